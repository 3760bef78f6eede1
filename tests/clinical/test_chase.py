"""Which reminder is due: at each moment, after a move, booked late, over a change of clocks."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from luna.clinical.chase import (
    EVENING,
    GRACE,
    STAGES,
    evening,
    evening_of_named,
    is_evening,
    moments,
    of_named,
    passed,
    stage,
)
from luna.clinical.reaching import NIGHT, quiet_until
from luna.clinical.ride import Driver, Ride, State

START = datetime(2027, 3, 15, 13, tzinfo=UTC)
HOUR = timedelta(hours=1)
LONG_AGO = START - timedelta(days=30)


@pytest.mark.parametrize(
    ("before_h", "due_h"),
    [
        (49, None),
        (48, 48),
        (36.5, 48),
        (36, None),
        (24, 24),
        (12.5, 24),
        (12, None),
        (3, 3),
        (2.1, 3),
        (2, None),
        (0, None),
    ],
)
def test_reminder_is_due_at_its_moment_and_for_a_while(before_h, due_h):
    found = stage(START, LONG_AGO, START - HOUR * before_h)

    assert found == (None if due_h is None else HOUR * due_h)


def test_what_was_booked_after_a_moment_was_not_known_then():
    booked_at = START - HOUR * 47.5

    assert stage(START, booked_at, booked_at) is None
    assert stage(START, booked_at, START - HOUR * 24) == HOUR * 24
    assert stage(START, START - HOUR * 2.5, START - HOUR * 2.5) is None


def test_moved_later_the_moments_come_again():
    moved_at, new = START - HOUR * 20, START + HOUR * 72

    assert stage(new, moved_at, new - HOUR * 48) == HOUR * 48


def test_change_of_clocks_moves_nothing():
    """New York, on the day the clocks go forward: 48 hours before nine are eight."""
    zone = ZoneInfo("America/New_York")
    start = datetime(2027, 3, 15, 9, tzinfo=zone).astimezone(UTC)

    first = moments(start)[0]

    assert f"{first.astimezone(zone):%a %H:%M}" == "Sat 08:00"
    assert stage(start, LONG_AGO, first) == HOUR * 48


@given(st.integers(-10, 60 * 60))
def test_at_most_one_is_due_and_never_after_the_start(minutes):
    now = START - timedelta(minutes=minutes)

    found = stage(START, LONG_AGO, now)

    assert found in (None, *STAGES)
    assert found is None or START - found <= now < START - found + GRACE[STAGES.index(found)] <= START


NEW_YORK = "America/New_York"
EIGHT = datetime(2027, 3, 15, 12, tzinfo=UTC)  # 8 am there; three hours before it are five


def of_new_york(text):
    return datetime.strptime(f"2027-{text}", "%Y-%m-%d %H:%M").replace(tzinfo=ZoneInfo(NEW_YORK))


@pytest.mark.parametrize(
    ("begins", "ends", "at"),
    [
        (time(22), time(7), "03-14 21:00"),
        (time(20, 30), time(6, 1), "03-14 19:30"),
        (time(22), time(6), None),  # an hour later it still helps
        (time(22), time(5), None),
        (time(6), time(9), None),
        (time(4), time(9), "03-15 03:00"),
        (None, None, None),
    ],
)
def test_last_reminder_before_an_early_infusion_leaves_before_the_quiet_hours(begins, ends, at):
    found = evening(EIGHT, begins=begins, ends=ends, zone=NEW_YORK)

    assert found == (of_new_york(at) if at else None)


def test_evening_is_that_of_the_persons_own_clock():
    found = evening(EIGHT, begins=time(22), ends=time(7), zone="America/Los_Angeles")

    assert found == datetime(2027, 3, 15, 4, tzinfo=UTC)  # 9 pm there


def test_evening_before_the_clocks_go_forward_is_nine_by_the_old_ones():
    sunday = datetime(2027, 3, 14, 12, tzinfo=UTC)  # 8 am by the new ones

    found = evening(sunday, begins=time(22), ends=time(7), zone=NEW_YORK)

    assert found == of_new_york("03-13 21:00")


@pytest.mark.parametrize(("minutes", "said"), [(-1, False), (0, True), (59, True), (60, False)])
def test_evening_lasts_until_the_quiet_hours_begin(minutes, said):
    at = of_new_york("03-14 21:00")

    assert is_evening(at, LONG_AGO, at + timedelta(minutes=minutes)) is said


def test_what_was_booked_in_the_evening_was_not_known_before():
    at = of_new_york("03-14 21:00")

    assert not is_evening(at, at + timedelta(minutes=5), at + timedelta(minutes=10))


@given(st.times(), st.times(), st.integers(0, 24 * 60))
def test_evening_never_lies_in_the_quiet_hours_and_is_before_the_moment(begins, ends, minutes):
    start = EIGHT + timedelta(minutes=minutes)
    at = evening(start, begins=begins, ends=ends, zone="UTC")

    if at is not None:
        assert at + EVENING <= start - STAGES[-1]
        assert (at + EVENING).time() == begins


ASKED, CONFIRMED, DECLINED = State.ASKED, State.CONFIRMED, State.DECLINED


def driver(state=ASKED, *, since=LONG_AGO, who=None, ask="a"):
    return Driver(ask, who, "Rae", has_phone=True, by_taxi=False, state=state, since=since)


def named(ride, before_h, start=START, zone="UTC"):
    """Return (asking, hours) of who is reminded so many hours before."""
    found = of_named(ride, start, start - HOUR * before_h, zone=zone)
    return [(one.ask, stage / HOUR) for one, stage in found]


@pytest.mark.parametrize(
    ("state", "before_h", "due"),
    [
        (ASKED, 49, []),
        (ASKED, 48, [("a", 48)]),
        (ASKED, 24, [("a", 24)]),
        (ASKED, 3, [("a", 3)]),
        (ASKED, 2, []),
        (CONFIRMED, 48, []),
        (CONFIRMED, 24, [("a", 24)]),
        (CONFIRMED, 3, []),
        (DECLINED, 24, []),
    ],
)
def test_driver_by_link_is_reminded_until_they_answer_and_once_after_a_yes(state, before_h, due):
    assert named(Ride(state=state, driver=driver(state)), before_h) == due


def test_reserve_by_link_is_reminded_until_they_answer_and_not_after():
    bea = driver(CONFIRMED, who="bea", ask="b")

    assert named(Ride(state=CONFIRMED, driver=bea, reserve=driver()), 24) == [("a", 24)]
    assert named(Ride(state=CONFIRMED, driver=bea, reserve=driver(CONFIRMED)), 24) == []


def test_member_of_the_circle_is_not_reminded_as_one_named_by_link():
    assert named(Ride(state=ASKED, driver=driver(who="bea")), 24) == []


@pytest.mark.parametrize(("since_h", "due"), [(27.1, [("a", 24)]), (27, []), (25, []), (24, []), (23.9, [])])
def test_who_was_asked_or_answered_shortly_before_a_moment_is_spared(since_h, due):
    for state in (ASKED, CONFIRMED):
        ride = Ride(state=state, driver=driver(state, since=START - HOUR * since_h))

        assert named(ride, 24 if since_h >= 24 else 23.5) == due


def test_last_one_to_who_has_no_account_leaves_before_the_night():
    ride = Ride(state=ASKED, driver=driver())
    eight = of_new_york("03-15 08:00").astimezone(UTC)  # three hours before it are five

    at = evening_of_named(eight, zone=NEW_YORK)
    assert at == of_new_york("03-14 20:00")
    assert named(ride, (eight - at) / HOUR, eight, NEW_YORK) == [("a", 3)]
    assert named(ride, 3, eight, NEW_YORK) == []


def test_who_was_asked_that_evening_is_not_woken_for_it():
    eight = of_new_york("03-15 08:00").astimezone(UTC)
    ride = Ride(state=ASKED, driver=driver(since=of_new_york("03-14 19:00")))

    assert [named(ride, before_h, eight, NEW_YORK) for before_h in (12, 11.5, 11, 3)] == [[], [], [], []]


@given(st.integers(0, 24 * 60))
def test_last_one_to_who_has_no_account_is_never_held_by_the_night_until_too_late(minute):
    start = START + timedelta(minutes=minute)
    moment = start - STAGES[-1]
    at = evening_of_named(start, zone="UTC")
    begins, ends = NIGHT

    is_said = bool(of_named(Ride(state=ASKED, driver=driver()), start, moment, zone="UTC"))

    assert is_said is (at is None)
    until = quiet_until(at or moment, begins=begins, ends=ends, zone="UTC")
    assert until is None or until <= moment + GRACE[-1]


@pytest.mark.parametrize(
    ("before_h", "last_h"), [(48.1, None), (48, 48), (30, 48), (24, 24), (12, 24), (3, 3), (0.1, 3)]
)
def test_last_moment_counts_for_a_call_until_the_next(before_h, last_h):
    found = passed(START, LONG_AGO, START - HOUR * before_h)

    assert found == (HOUR * last_h if last_h else None)


@pytest.mark.parametrize(("since_h", "last_h"), [(48.1, 24), (48, 24), (24, None), (20, None)])
def test_moment_before_which_it_was_not_known_counts_for_no_call(since_h, last_h):
    found = passed(START, START - HOUR * since_h, START - HOUR * 20)

    assert found == (HOUR * last_h if last_h else None)
