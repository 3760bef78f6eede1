from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from luna.clinical import duty, plan
from luna.clinical.duty import Cover, Member, Said, Word
from tests.clinical.examples import at, booking, make_protocol, series, step_text

MONDAY = at("2027-06-07 09:00")
HOUR = timedelta(hours=1)


def came(who, hours=0, *, may=True, until=None):
    """Return somebody who came into the circle so many hours after Monday nine o'clock."""
    return Member(who, may, MONDAY + hours * HOUR, None if until is None else MONDAY + until * HOUR)


def word(said, who, hours=10, by=None):
    return Word(Said(said), who, by or who, MONDAY + hours * HOUR)


def cover(*words, members=()):
    """Return who is there; in the circle are Sam, and Dele since an hour later."""
    return duty.cover(words, members or (came("sam"), came("dele", 1)))


def test_only_caretaker_is_on_duty_until_said_otherwise():
    assert duty.cover([], [came("sam")]) == Cover(on="sam")


def test_nobody_in_the_circle_is_a_gap():
    assert duty.cover([], []).is_gap


def test_second_caretaker_does_not_relieve_the_first_unasked():
    assert cover().on == "sam"


def test_who_may_not_stay_is_not_on_duty_and_nobody_slips_in():
    members = (came("teen", may=False), came("dele", 1))

    assert duty.cover([], members).on is None


def test_who_remains_when_the_first_leaves_is_not_on_duty_unasked():
    found = duty.cover([], [came("sam", until=5), came("dele", 1)])

    assert (found.on, found.is_gap) == (None, True)


def test_who_came_after_the_first_had_left_is_on_duty():
    assert duty.cover([], [came("sam", until=5), came("dele", 6)]).on == "dele"


def test_taking_relieves_the_one_before():
    found = cover(word("takes", "dele"))

    assert (found.on, found.since) == ("dele", MONDAY + 10 * HOUR)


def test_latest_word_counts():
    assert cover(word("takes", "dele", 10), word("takes", "sam", 11)).on == "sam"


def test_cannot_leaves_a_gap_that_nobody_falls_into():
    found = cover(word("stands-by", "dele", 9), word("cannot", "sam"))

    assert found == Cover(on=None, reserve="dele", since=MONDAY + 10 * HOUR, cannot=frozenset({"sam"}))


def test_who_cannot_may_change_their_mind():
    found = cover(word("cannot", "sam"), word("takes", "sam", 11))

    assert (found.on, found.cannot) == ("sam", frozenset())


def test_reserve_who_takes_it_is_the_reserve_no_more():
    found = cover(word("stands-by", "dele"), word("cannot", "sam", 11), word("takes", "dele", 12))

    assert (found.on, found.reserve) == ("dele", None)


def test_reserve_who_cannot_is_none():
    assert cover(word("stands-by", "dele"), word("cannot", "dele", 11)).reserve is None


def test_proposal_changes_nothing_before_a_yes():
    found = cover(word("asked", "dele", by="ana"))

    assert (found.on, found.asked, found.answers) == ("sam", "dele", "dele")


def test_offer_is_answered_by_who_would_be_relieved():
    assert cover(word("asked", "dele", by="dele")).answers == "sam"


@pytest.mark.parametrize("last", ["declined", "takes", "cannot"])
def test_proposal_ends_with_an_answer(last):
    found = cover(word("asked", "dele", by="sam"), word(last, "dele", 11))

    assert (found.asked, found.asked_by, found.answers) == (None, None, None)


def test_whoever_left_leaves_a_gap_since_then():
    members = [came("sam"), came("dele", 1, until=20)]

    found = cover(word("takes", "dele"), members=members)

    assert (found.on, found.left, found.since) == (None, True, MONDAY + 20 * HOUR)


def test_who_left_and_came_again_stands_by_what_was_said():
    members = [came("sam"), came("dele", 1, until=20), came("dele", 30)]

    assert cover(word("takes", "dele"), members=members).on == "dele"


def test_reserve_and_asked_who_may_no_longer_stay_are_none():
    members = [came("sam"), came("dele", 1, may=False)]

    found = cover(word("stands-by", "dele"), word("asked", "dele", 11, by="sam"), members=members)

    assert found == Cover(on="sam")


WORDS = st.lists(st.tuples(st.sampled_from(list(Said)), st.sampled_from(["sam", "dele", "ida"])), max_size=12)


@given(WORDS, st.sets(st.sampled_from(["sam", "dele", "ida"])))
def test_nobody_is_ever_there_who_is_not_in_the_circle_and_may(said, here):
    members = [came(who, place) for place, who in enumerate(sorted(here))]
    words = [word(one, who, place) for place, (one, who) in enumerate(said)]

    found = duty.cover(words, members)

    assert {found.on, found.reserve, found.asked} - {None} <= here


@given(WORDS)
def test_who_said_last_that_they_cannot_is_neither_on_duty_nor_in_reserve(said):
    words = [*(word(one, who, place) for place, (one, who) in enumerate(said)), word("cannot", "sam", 99)]

    found = cover(*words)

    assert "sam" not in {found.on, found.reserve, found.asked}


# --- One briefing for each adult --------------------------------------------------------------


def briefed(on, signed=None, *, now=MONDAY - 24 * HOUR):
    """Return the infusions a briefing is asked for; they are two days apart, from Monday on."""
    step = step_text(
        "briefing", questionnaire="briefing", actor="caretaker", markable=False, due="-1h", closes="0min"
    )
    protocol = make_protocol(step, step_text("ride"))
    bookings = [booking(n, MONDAY + 48 * (n - 1) * HOUR) for n in range(1, len(on) + 1)]
    tasks = plan.apply(protocol, series(*bookings))
    who = {f"{n:032x}": one for n, one in enumerate(on, start=1)}

    found = duty.briefings_once(tasks, who, signed or {}, now)

    assert len([task for task in found if not task.step.is_briefing]) == len(on)
    return [(task.number, who[task.infusion]) for task in found if task.step.is_briefing]


def test_each_adult_is_briefed_for_the_first_infusion_they_are_on_duty_for():
    assert briefed(["sam", "sam", "dele", "sam", "dele"]) == [(1, "sam"), (3, "dele")]


def test_nobody_is_briefed_for_a_gap():
    assert briefed([None, "sam", None]) == [(2, "sam")]


def test_briefing_that_nobody_signed_in_time_is_asked_for_again():
    assert briefed(["sam", "sam", "sam"], now=MONDAY + HOUR) == [(1, "sam"), (2, "sam")]


def test_briefing_signed_in_time_is_not_asked_for_again():
    signed = {"sam": MONDAY - 30 * HOUR}

    assert briefed(["sam", "sam"], signed, now=MONDAY + HOUR) == [(1, "sam")]


def test_briefing_signed_late_counts_for_the_next():
    signed = {"sam": MONDAY + 2 * HOUR}

    assert briefed(["sam", "sam", "sam"], signed, now=MONDAY + 50 * HOUR) == [(1, "sam"), (2, "sam")]
