from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from luna.clinical import ride
from luna.clinical.ride import Ride, Said, State, Word
from tests.clinical.examples import at

MONDAY = at("2027-06-07 09:00")
HOUR = timedelta(hours=1)
HERE = {"sam", "dele"}


def word(said, ask="sam-asked", hours=0, *, who="sam", revision=1, **more):
    """Return what was said so many hours after Monday nine o'clock. To be asked begins an asking."""
    more = {"begins": said == "asked", **more}
    return Word(Said(said), ask, MONDAY + hours * HOUR, revision, who=who, name=who or "Ada", **more)


def standing(*words, revision=1, here=HERE):
    return ride.standing(words, revision=revision, here=here)


def test_nothing_said_is_a_gap():
    assert (standing().state, standing().is_gap, standing().voided) == (State.NONE, True, False)


def test_who_was_asked_is_not_yet_coming():
    found = standing(word("asked", has_phone=True))

    assert (found.state, found.driver.who, found.driver.has_phone) == (State.ASKED, "sam", True)
    assert not found.is_gap


def test_a_yes_confirms_since_it_was_said():
    found = standing(word("asked"), word("confirmed", hours=2))

    assert (found.state, found.since) == (State.CONFIRMED, MONDAY + 2 * HOUR)


def test_who_says_that_they_drive_needs_no_other_word():
    assert standing(word("confirmed", "sam-drives", begins=True)).state is State.CONFIRMED


@pytest.mark.parametrize("before", [["asked"], ["asked", "confirmed"]])
def test_a_no_opens_the_gap_and_says_who_said_it(before):
    found = standing(*map(word, before), word("declined", hours=3))

    assert (found.state, found.is_gap, found.driver.name) == (State.DECLINED, True, "sam")


def test_who_said_no_may_say_yes_after_all():
    assert standing(word("asked"), word("declined"), word("confirmed")).state is State.CONFIRMED


def test_who_is_asked_next_takes_the_place_of_the_one_before():
    found = standing(word("asked"), word("confirmed"), word("asked", "dele-asked", who="dele"))

    assert (found.state, found.driver.who) == (State.ASKED, "dele")


def test_a_late_word_about_who_is_no_longer_asked_counts_for_nothing():
    found = standing(word("asked"), word("asked", "dele-asked", who="dele"), word("confirmed"))

    assert (found.state, found.driver.who) == (State.ASKED, "dele")


def test_taken_back_is_a_gap_with_nobody_in_it():
    found = standing(word("asked"), word("taken-back", hours=1))

    assert (found.state, found.driver, found.since) == (State.NONE, None, MONDAY + HOUR)


def test_a_move_voids_what_was_agreed():
    found = standing(word("asked"), word("confirmed"), revision=2)

    assert (found.state, found.driver, found.voided) == (State.NONE, None, True)


def test_a_no_before_a_move_leaves_nothing_to_void():
    assert not standing(word("asked"), word("declined"), revision=2).voided


def test_what_is_said_of_the_new_time_counts():
    found = standing(word("asked"), word("asked", "again", revision=2), revision=2)

    assert (found.state, found.voided) == (State.ASKED, False)


def test_an_old_yes_does_not_confirm_the_new_time():
    found = standing(
        word("asked"), word("asked", "again", revision=2), word("confirmed", "sam-asked"), revision=2
    )

    assert found.state is State.ASKED


def test_who_left_the_circle_leaves_a_gap():
    found = standing(word("asked"), word("confirmed"), here={"dele"})

    assert (found.state, found.driver, found.left) == (State.NONE, None, True)


def test_who_was_named_by_link_need_not_be_in_the_circle():
    found = standing(word("asked", who=None), word("confirmed", who=None), here=set())

    assert (found.state, found.driver.name) == (State.CONFIRMED, "Ada")


def test_the_reserve_stands_beside_the_driver():
    found = standing(word("asked"), word("asked", "dele-asked", who="dele", is_reserve=True))

    assert (found.state, found.driver.who, found.reserve.who) == (State.ASKED, "sam", "dele")


def test_a_gap_keeps_the_reserve_who_can_step_in():
    reserve = [word("asked", "d", who="dele", is_reserve=True), word("confirmed", "d", who="dele")]
    gap = standing(word("asked"), *reserve, word("declined"))
    filled = standing(word("asked"), *reserve, word("declined"), word("steps-in", "d", 4, who="dele"))

    assert (gap.state, gap.reserve.state) == (State.DECLINED, State.CONFIRMED)
    assert (filled.state, filled.driver.who, filled.reserve) == (State.CONFIRMED, "dele", None)


def test_a_reserve_who_says_no_is_none():
    found = standing(word("asked", "d", who="dele", is_reserve=True), word("declined", "d", who="dele"))

    assert (found.reserve, found.state) == (None, State.NONE)


def test_not_needed_ends_what_was_asked_and_an_asking_ends_that():
    no_ride = standing(word("asked"), word("not-needed", "none", who=None))
    again = standing(word("asked"), word("not-needed", "none", who=None), word("asked", "anew"))

    assert (no_ride.state, no_ride.driver, no_ride.is_gap) == (State.NOT_NEEDED, None, False)
    assert again.state is State.ASKED


ASKS = st.sampled_from(["a", "b", "c"])
WORDS = st.builds(
    lambda said, ask, revision, who, reserve: Word(
        said, ask, MONDAY, revision, begins=said is Said.ASKED, who=who, name="x", is_reserve=reserve
    ),
    st.sampled_from(Said),
    ASKS,
    st.sampled_from([1, 2]),
    st.sampled_from(["sam", "gone", None]),
    st.booleans(),
)


@given(st.lists(WORDS, max_size=12))
def test_nobody_counts_as_coming_who_did_not_say_so_of_these_times(words):
    found = ride.standing(words, revision=2, here=HERE)
    yes = {one.ask for one in words if one.said in {Said.CONFIRMED, Said.STEPS_IN} and one.revision == 2}

    assert found.state is not State.CONFIRMED or found.driver.ask in yes
    assert all(one.who != "gone" for one in (found.driver, found.reserve) if one is not None)


def test_no_word_is_no_ride():
    assert Ride().asked == ()


# Who has to hear of it


def hearings(*words, revision=1, here=HERE, is_off=False):
    found = ride.hearings(words, revision=revision, here=here, is_off=is_off)
    return {one.ask: (one.hears, one.since) for one in found}


def by_phone(said, ask="ada", hours=0, **more):
    return word(said, ask, hours, who=None, **more)


def test_who_was_asked_and_has_not_answered_is_to_answer():
    assert hearings(by_phone("asked")) == {"ada": (ride.Hears.ASKED, MONDAY)}
    assert hearings(by_phone("asked"), by_phone("confirmed", hours=1)) == {}
    assert hearings(by_phone("asked"), by_phone("declined", hours=1)) == {}


def test_reserve_hears_that_the_ride_is_open_since_then():
    said = (by_phone("asked"), by_phone("asked", "bo", is_reserve=True), by_phone("confirmed", "bo", hours=1))

    assert hearings(*said, by_phone("confirmed", hours=2)) == {}
    assert hearings(*said, by_phone("declined", hours=3)) == {"bo": (ride.Hears.OPEN, MONDAY + 3 * HOUR)}


def test_reserve_of_a_ride_nobody_had_yet_is_only_asked():
    assert hearings(by_phone("asked", is_reserve=True)) == {"ada": (ride.Hears.ASKED, MONDAY)}


@pytest.mark.parametrize(
    ("words", "since"),
    [
        ([by_phone("taken-back", hours=2)], MONDAY + 2 * HOUR),
        ([by_phone("asked", "bo", hours=2), by_phone("confirmed", "bo", hours=3)], MONDAY + 2 * HOUR),
        ([by_phone("not-needed", "", hours=2)], MONDAY + 2 * HOUR),
    ],
)
def test_who_is_no_longer_asked_hears_that_they_need_not_come(words, since):
    found = hearings(by_phone("asked"), by_phone("confirmed", hours=1), *words)

    assert found == {"ada": (ride.Hears.OFF, since)}


def test_who_said_no_hears_nothing_more():
    said = (by_phone("asked"), by_phone("declined", hours=1), by_phone("asked", "bo", hours=2))

    assert hearings(*said, by_phone("confirmed", "bo", hours=3)) == {}


def test_move_asks_anew_and_releases_nobody_it_asks():
    said = (by_phone("asked"), by_phone("confirmed", hours=1))
    again = by_phone("asked", "ada-again", hours=2, revision=2)

    assert hearings(*said, again, revision=2) == {"ada-again": (ride.Hears.ASKED, MONDAY + 2 * HOUR)}


def test_who_was_released_before_a_move_still_hears_it():
    said = (by_phone("asked"), by_phone("asked", "bo", hours=1), by_phone("confirmed", "bo", hours=2))
    again = by_phone("asked", "bo-again", hours=3, revision=2)

    assert hearings(*said, again, revision=2)["ada"] == (ride.Hears.OFF, MONDAY + HOUR)


def test_infusion_that_is_off_releases_all_who_were_to_come():
    said = (by_phone("asked"), by_phone("confirmed", hours=1), by_phone("asked", "bo", 2, is_reserve=True))

    found = hearings(*said, is_off=True)

    assert {ask: hears for ask, (hears, _since) in found.items()} == dict.fromkeys(
        ("ada", "bo"), ride.Hears.OFF
    )
