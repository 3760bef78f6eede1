from datetime import date, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from luna.clinical import calendar, errors
from tests.clinical.examples import at

MON, TUE, WED, THU, FRI, SAT, SUN = range(7)


def propose(**changes):
    """Propose six visits on Mondays, Wednesdays and Fridays from Monday 7 June 2027."""
    wish = {
        "count": 6,
        "first_on": date(2027, 6, 7),
        "at": time(10),
        "weekdays": frozenset({MON, WED, FRI}),
        "zone": "Europe/Dublin",
        "minutes": 120,
    }
    return calendar.propose(**{**wish, **changes})


def days(**changes):
    """Return the proposed days."""
    return [f"{visit.on:%a %d %b}" for visit in propose(**changes)]


#      June 2027
# Mo Tu We Th Fr Sa Su
#  7  8  9 10 11 12 13
# 14 15 16 17 18 19 20
def test_six_visits_on_three_days_a_week_span_twelve_days():
    assert days() == ["Mon 07 Jun", "Wed 09 Jun", "Fri 11 Jun", "Mon 14 Jun", "Wed 16 Jun", "Fri 18 Jun"]


def test_ten_weekdays_span_two_weeks():
    found = days(count=10, weekdays=frozenset({MON, TUE, WED, THU, FRI}))

    assert (found[0], found[4], found[5], found[9]) == (
        "Mon 07 Jun",
        "Fri 11 Jun",
        "Mon 14 Jun",
        "Fri 18 Jun",
    )


def test_weekly_visits_cross_the_end_of_a_month_and_a_year():
    found = days(count=3, first_on=date(2027, 12, 24), weekdays=frozenset({FRI}))

    assert found == ["Fri 24 Dec", "Fri 31 Dec", "Fri 07 Jan"]


def test_first_visit_waits_for_the_first_day_of_the_rhythm():
    assert days(count=1, first_on=date(2027, 6, 8)) == ["Wed 09 Jun"]


def test_closed_day_is_skipped_and_its_visit_takes_the_next_allowed_day():
    assert days(count=3, closed=frozenset({date(2027, 6, 9)})) == ["Mon 07 Jun", "Fri 11 Jun", "Mon 14 Jun"]


def test_day_the_clinic_does_not_work_is_skipped():
    assert days(count=3, open_days=frozenset({MON, TUE, WED})) == ["Mon 07 Jun", "Wed 09 Jun", "Mon 14 Jun"]


def test_visits_keep_their_clock_time_and_length_across_a_clock_change():
    first, second = propose(count=2, first_on=date(2027, 3, 26), weekdays=frozenset({FRI, MON}))

    assert (first.starts_at, first.ends_at) == (at("2027-03-26 10:00"), at("2027-03-26 12:00"))
    assert (second.starts_at, second.ends_at) == (at("2027-03-29 09:00"), at("2027-03-29 11:00"))


@pytest.mark.parametrize(
    "changes",
    [
        {"weekdays": frozenset()},
        {"weekdays": frozenset({7})},
        {"open_days": frozenset({SAT, SUN})},
        {"count": 0},
        {"minutes": 0},
    ],
)
def test_rhythm_is_refused_when_no_visit_could_ever_be_placed(changes):
    with pytest.raises(errors.BadRhythm) as refused:
        propose(**changes)

    assert str(refused.value) == (
        "No visit can be placed. Ask for one or more, on a weekday the clinic is open."
    )


@given(
    count=st.integers(1, 12),
    first_on=st.dates(date(2026, 1, 1), date(2029, 1, 1)),
    weekdays=st.frozensets(st.integers(0, 6), min_size=1),
    skipped=st.frozensets(st.integers(0, 60)),
    zone=st.sampled_from(["America/New_York", "Europe/Dublin", "Australia/Lord_Howe", "Asia/Kolkata"]),
)
def test_every_visit_is_on_an_allowed_open_day_at_its_time(count, first_on, weekdays, skipped, zone):
    closed = frozenset(first_on + timedelta(days=day) for day in skipped)

    visits = propose(count=count, first_on=first_on, weekdays=weekdays, closed=closed, zone=zone)

    found = [visit.on for visit in visits]
    assert len(visits) == count
    assert found == sorted(set(found))
    assert all(on >= first_on and on.weekday() in weekdays and on not in closed for on in found)
    assert {visit.starts_at.astimezone(ZoneInfo(zone)).time() for visit in visits} == {time(10)}


NINE, TEN, ELEVEN, NOON = (at(f"2027-06-07 {hour:02}:00") for hour in (9, 10, 11, 12))


@pytest.mark.parametrize(
    ("taken", "chairs", "clash"),
    [
        ([], 1, False),
        ([(NINE, TEN)], 1, False),  # ends as the visit starts
        ([(NOON, NOON + timedelta(hours=1))], 1, False),  # starts as the visit ends
        ([(NINE, ELEVEN)], 1, True),
        ([(ELEVEN, NOON)], 1, True),
        ([(NINE, ELEVEN)], 2, False),
        ([(NINE, ELEVEN), (ELEVEN, NOON)], 2, False),  # one chair after the other
        ([(NINE, NOON), (ELEVEN, NOON)], 2, True),
        ([], 0, True),
    ],
)
def test_visit_clashes_when_every_chair_is_taken_at_some_moment(taken, chairs, clash):
    [visit] = propose(count=1, at=time(11))

    assert (visit.starts_at, visit.ends_at) == (TEN, NOON)
    assert calendar.clashes([visit], taken, chairs=chairs) == ((visit,) if clash else ())


#      June 2027
# Mo Tu We Th Fr Sa Su
#  7  8  9 10 11 12 13
# 14 15 16 17 18 19 20
def breaks(was, to, others, a_week=(2, 3)):
    """Return what a change breaks; days of June 2027 by number, others those of the series' other visits."""
    return calendar.breaks(
        date(2027, 6, was),
        date(2027, 6, to) if to else None,
        [date(2027, 6, one) for one in others],
        weekdays=frozenset({MON, WED, FRI}),
        a_week=a_week,
    )


@pytest.mark.parametrize(
    ("was", "to", "others", "broken"),
    [
        (9, 9, [7, 11, 14], []),  # later on the same day
        (9, 10, [7, 11, 14], ["weekday"]),
        (9, 11, [7, 11, 14], ["same-day"]),
        (16, 14, [7, 9, 11], []),  # three in any seven days, not more
        (21, 12, [7, 9, 11], ["weekday", "too-many"]),
        (13, 12, [7, 9, 11], []),  # broken before it moved
        (9, None, [7, 11, 14], []),  # two are left of "2-3"
        (9, None, [7, 14, 16], ["too-few"]),
        (9, None, [], []),  # it was fewer before
    ],
)
def test_change_breaks_only_what_was_whole_before(was, to, others, broken):
    assert breaks(was, to, others) == tuple(broken)


def test_the_only_one_of_a_week_leaves_too_few():
    assert breaks(9, None, [2, 16], a_week=(1, 1)) == ("too-few",)
