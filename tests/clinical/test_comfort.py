"""Which comfort card stands for an infusion, and what a first one may begin with."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from luna.clinical import comfort
from luna.clinical.comfort import ANSWERS, Card
from luna.library import content
from tests.clinical.examples import at

MONDAY = at("2027-06-07 09:00")
HOUR = timedelta(hours=1)


def card(hours, *, infusion=None, **said):
    """Return a card written so many hours after Monday nine o'clock."""
    return Card(at=MONDAY + hours * HOUR, said=said, infusion=infusion)


def test_nothing_written_is_no_card():
    assert comfort.standing([], "one", None) is None


def test_newest_card_stands():
    first, second = card(0, voice="few"), card(1, voice="silent")

    assert comfort.standing([first, second], "one", None) == second


def test_card_of_one_infusion_stands_for_that_one_alone():
    whole, single = card(0, voice="few"), card(1, infusion="one", voice="silent")

    assert comfort.standing([whole, single], "one", None) == single
    assert comfort.standing([whole, single], "two", None) == whole


def test_card_of_the_series_written_later_replaces_that_of_one_infusion():
    single, whole = card(0, infusion="one", voice="silent"), card(1, voice="few")

    assert comfort.standing([single, whole], "one", None) == whole


def test_card_written_at_the_start_or_later_is_for_the_next_infusion():
    before, at_start = card(0, touch="none"), card(2, touch="hand")

    assert comfort.standing([before, at_start], "one", MONDAY + 2 * HOUR) == before
    assert comfort.standing([before, at_start], "two", None) == at_start


@given(st.lists(st.integers(0, 9), max_size=6), st.integers(0, 9))
def test_nothing_written_after_the_start_ever_stands(hours, started):
    cards = [card(hour) for hour in sorted(hours)]

    found = comfort.standing(cards, "one", MONDAY + started * HOUR)

    assert found is None or found.at < MONDAY + started * HOUR
    assert (found is None) == all(hour >= started for hour in hours)


def test_touch_is_never_suggested():
    assert "touch" not in comfort.suggested()


def test_what_is_suggested_can_be_answered_and_cites_a_record():
    for name, one in comfort.SUGGESTED.items():
        assert one.answer in ANSWERS[name]
        assert one.evidence in content.evidence()


def test_card_on_which_nothing_is_said_is_empty():
    assert (card(0).is_empty, card(0, mask="no").is_empty) == (True, False)
    assert not Card(at=MONDAY, said={}, calms="The sea").is_empty


def test_sound_lasts_the_booked_infusion_and_twenty_minutes():
    assert comfort.sound_minutes(MONDAY, MONDAY + timedelta(minutes=40)) == 60
    assert comfort.sound_minutes(MONDAY, MONDAY + timedelta(hours=4, seconds=1)) == 261
