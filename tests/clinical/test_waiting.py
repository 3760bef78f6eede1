"""Who can be offered a freed chair: only who can still fast, and has a way home."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

import pytest

from luna.clinical.waiting import MARGIN, SHORTEST, Asker, Bar, Wish, bars

NOW = datetime(2027, 3, 10, 15, tzinfo=UTC)
SLOT = datetime(2027, 3, 12, 14, tzinfo=UTC)  # Friday, 9 am in New York
UNTIL = NOW + timedelta(hours=2)
ANY = Wish("America/New_York", frozenset(range(7)))
WELL = Asker(
    starts_at=SLOT + timedelta(days=3),
    wish=ANY,
    food_until=SLOT - timedelta(hours=8),
    drink_until=SLOT - timedelta(hours=2),
)


def of(until=UNTIL, slot_at=SLOT, **changes):
    return bars(replace(WELL, **changes), slot_at=slot_at, until=until, now=NOW)


def test_who_can_still_fast_and_get_home_is_offered_it():
    assert of() == ()


@pytest.mark.hazard("H7")
@pytest.mark.parametrize(
    ("changes", "bar"),
    [
        ({"food_until": UNTIL + MARGIN - timedelta(seconds=1)}, Bar.FOOD),
        ({"food_until": NOW - timedelta(hours=1)}, Bar.FOOD),
        ({"heavy_until": UNTIL + MARGIN - timedelta(seconds=1)}, Bar.FOOD),
        ({"drink_until": UNTIL}, Bar.DRINK),
        ({"food_until": None, "drink_until": None}, Bar.UNKNOWN),
        ({"stops": (SLOT, UNTIL)}, Bar.MEDICINE),
        ({"stops": (None,)}, Bar.MEDICINE),
    ],
)
def test_who_cannot_fast_or_leave_out_a_medicine_any_more_is_not(changes, bar):
    assert of(**changes) == (bar,)


@pytest.mark.hazard("H7")
def test_limits_are_met_to_the_second():
    assert of(food_until=UNTIL + MARGIN, heavy_until=UNTIL + MARGIN, stops=(UNTIL + MARGIN,)) == ()


@pytest.mark.hazard("H7")
def test_longer_offer_ends_too_late_for_the_last_meal():
    assert of(until=WELL.food_until) == (Bar.FOOD,)


def test_one_limit_is_enough_to_know_how_to_fast():
    assert of(drink_until=None) == ()
    assert of(food_until=None) == ()


@pytest.mark.parametrize(("until", "expected"), [(NOW, ()), (NOW + timedelta(seconds=1), (Bar.IMPAIRED,))])
def test_nobody_under_the_effect_is_offered_anything(until, expected):
    assert of(impaired_until=until) == expected


@pytest.mark.parametrize(
    ("slot_at", "expected"), [(WELL.starts_at, (Bar.LATER,)), (WELL.starts_at - timedelta(minutes=1), ())]
)
def test_only_an_earlier_time_is_offered(slot_at, expected):
    assert of(slot_at=slot_at) == expected


@pytest.mark.parametrize(
    ("wish", "fits"),
    [
        (replace(ANY, days=frozenset({4})), True),
        (replace(ANY, days=frozenset({3})), False),
        (replace(ANY, earliest=time(9), latest=time(9)), True),
        (replace(ANY, earliest=time(9, 1)), False),
        (replace(ANY, latest=time(8, 59)), False),
    ],
)
def test_times_are_those_they_said_on_the_clinics_clock(wish, fits):
    assert wish.fits(SLOT) is fits
    assert (Bar.TIMES in of(wish=wish)) is not fits


def test_hours_keep_to_the_clock_after_it_changes():
    # 9 am on Monday 15 March, in summer time, is an hour earlier in UTC.
    monday = datetime(2027, 3, 15, 13, tzinfo=UTC)

    assert replace(ANY, earliest=time(9), latest=time(9)).fits(monday)


@pytest.mark.parametrize(
    ("sends_at", "expected"),
    [
        (None, ()),
        (NOW, ()),
        (UNTIL - SHORTEST, ()),
        (UNTIL - SHORTEST + timedelta(seconds=1), (Bar.QUIET,)),
        (UNTIL + timedelta(hours=9), (Bar.QUIET,)),
    ],
)
def test_message_that_leaves_no_time_to_answer_is_no_offer(sends_at, expected):
    assert bars(WELL, slot_at=SLOT, until=UNTIL, now=NOW, sends_at=sends_at) == expected


def test_what_is_known_is_told_with_the_gravest_first():
    found = of(known=frozenset({Bar.RIDE, Bar.UNWELL}), food_until=NOW)

    assert found == (Bar.UNWELL, Bar.FOOD, Bar.RIDE)
