"""Until when an infusion can be cancelled without a fee, and when nobody reads about money."""

from datetime import UTC, date, datetime, time, timedelta

import pytest

from luna.clinical.cancelling import Ahead, Closing, Unit, free_until, is_quiet

NEW_YORK = "America/New_York"
WEEK = dict.fromkeys(range(5), time(17))  # Monday to Friday until five
NOW = datetime(2027, 3, 1, 15, tzinfo=UTC)


def utc(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def days(count, starts_at, closes=WEEK, closed=(), zone=NEW_YORK, **more):
    return free_until(starts_at, Ahead(count, Unit.DAYS), Closing(zone, closes, frozenset(closed)), **more)


def hours(count, starts_at, **more):
    return free_until(starts_at, Ahead(count, Unit.HOURS), Closing(NEW_YORK, WEEK), **more)


def test_working_days_end_when_the_clinic_closes():
    # Thursday 4 March, 9 am in New York: two working days before is Tuesday, 5 pm there.
    assert days(2, utc("2027-03-04T14:00")) == utc("2027-03-02T22:00")


def test_working_days_leave_out_the_weekend_and_closed_days():
    monday = utc("2027-03-08T14:00")

    assert days(1, monday) == utc("2027-03-05T22:00")
    assert days(1, monday, closed=[date(2027, 3, 5)]) == utc("2027-03-04T22:00")


def test_working_day_before_a_clock_change_keeps_the_clinics_closing_time():
    # The clocks go forward on Sunday 14 March: Friday's 5 pm is still winter time.
    assert days(1, utc("2027-03-15T13:00")) == utc("2027-03-12T22:00")
    # And back on Sunday 7 November: Friday's 5 pm is still summer time.
    assert days(1, utc("2027-11-08T14:00")) == utc("2027-11-05T21:00")


def test_day_is_the_clinics_own_and_not_that_of_utc():
    # 11 pm on Wednesday in New York is Thursday in UTC; the day before is Tuesday.
    assert days(1, utc("2027-03-04T04:00")) == utc("2027-03-02T22:00")


def test_clinic_that_closes_at_midnight_closes_at_the_end_of_the_day():
    assert days(1, utc("2027-03-04T14:00"), closes={2: time()}) == utc("2027-03-04T05:00")


def test_closing_time_that_the_clocks_skip_goes_to_the_later_side():
    # 2:30 am on Sunday 14 March does not exist in New York.
    assert days(1, utc("2027-03-15T13:00"), closes={6: time(2, 30)}) == utc("2027-03-14T07:30")


@pytest.mark.parametrize("closes", [{}, {2: time(17)}])
def test_clinic_that_is_hardly_open_has_no_such_day(closes):
    assert days(20, utc("2027-03-04T14:00"), closes=closes) is None


def test_hours_are_time_that_passes():
    assert hours(48, utc("2027-03-04T14:00")) == utc("2027-03-02T14:00")
    # Across the clock change it is Saturday at 8 am there, 48 real hours before Monday at 9.
    assert hours(48, utc("2027-03-15T13:00")) == utc("2027-03-13T13:00")


def test_what_was_booked_after_the_time_has_none():
    start = utc("2027-03-04T14:00")

    assert hours(48, start, booked_at=utc("2027-03-02T13:59")) == utc("2027-03-02T14:00")
    assert hours(48, start, booked_at=utc("2027-03-02T14:00")) is None
    assert days(2, start, booked_at=utc("2027-03-03T10:00")) is None


@pytest.mark.parametrize(
    ("said", "quiet"),
    [
        ({}, False),
        ({"impaired_until": NOW + timedelta(minutes=1)}, True),
        ({"impaired_until": NOW}, False),
        ({"has_escalation": True}, True),
        ({"fell_through": [NOW - timedelta(days=2, hours=23)]}, True),
        ({"fell_through": [NOW - timedelta(days=3)]}, False),
        ({"fell_through": [NOW - timedelta(days=9), NOW - timedelta(hours=1)]}, True),
    ],
)
def test_nobody_who_is_unwell_reads_about_money(said, quiet):
    known = {"impaired_until": None, "has_escalation": False, "fell_through": [], **said}

    assert is_quiet(NOW, **known) is quiet
