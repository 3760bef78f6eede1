from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from luna.clinical import errors, moment
from luna.clinical.moment import Moment, SafeSide

HOUR = timedelta(hours=1)
SIX_HOURS = {"fasting": timedelta(hours=6)}


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("-12h", -12 * HOUR),
        ("+12h", 12 * HOUR),
        ("30min", HOUR / 2),
        ("2d", 48 * HOUR),
        ("1h30min", 1.5 * HOUR),
        ("-1d2h3min", -timedelta(days=1, hours=2, minutes=3)),
        ("0min", timedelta(0)),
        ("400d", timedelta(days=400)),
    ],
)
def test_span_is_read(text, span):
    assert moment.read_span(text) == span


@pytest.mark.parametrize(
    "text", ["", "-", "+", "8 hours", "12", "h", "1h1h", "30min1h", "--1h", "1.5h", "٣h", "1h\n"]
)
def test_span_is_refused_when_not_written_like_one(text):
    with pytest.raises(errors.BadSpan) as refused:
        moment.read_span(text)

    assert str(refused.value) == f"{text!r} is not a time span. Write it like -12h, 30min or 2d."


@pytest.mark.parametrize("text", ["401d", "9999h99999min", "-401d"])
def test_span_is_refused_when_longer_than_any_series(text):
    with pytest.raises(errors.BadSpan) as refused:
        moment.read_span(text)

    assert str(refused.value) == f"{text!r} is too long. Use at most 400d."


def test_moment_is_a_clock_time_on_a_day():
    assert moment.read_moment("day-1 20:00", {}) == Moment(day=-1, at=time(20))
    assert moment.read_moment("day+0 00:00", {}) == Moment(day=0, at=time(0))


@pytest.mark.parametrize(
    "text", ["day-1 24:00", "day-1 7:00", "day 20:00", "day-1 20:60", "day-1", "day-1  20:00"]
)
def test_moment_is_refused_when_its_clock_time_does_not_exist(text):
    with pytest.raises(errors.BadSpan):
        moment.read_moment(text, {})


def test_moment_is_a_number_with_its_sign():
    assert moment.read_moment("-fasting", SIX_HOURS) == Moment(offset=-6 * HOUR, number="fasting", sign=-1)
    assert moment.read_moment("+fasting", SIX_HOURS) == Moment(offset=6 * HOUR, number="fasting", sign=1)


def test_moment_is_refused_when_its_number_is_unknown():
    with pytest.raises(errors.BadSpan) as refused:
        moment.read_moment("-fastin", SIX_HOURS)

    assert str(refused.value) == "There is no number 'fastin' that counts time. Use one of: fasting."


def test_moment_is_refused_when_its_number_has_no_sign():
    with pytest.raises(errors.BadSpan):
        moment.read_moment("fasting", SIX_HOURS)


def test_moment_takes_the_ordered_value_with_its_own_sign():
    fasting = moment.read_moment("-fasting", SIX_HOURS)

    assert fasting.elapsed({}) == -6 * HOUR
    assert fasting.elapsed({"fasting": 8 * HOUR}) == -8 * HOUR
    assert fasting.elapsed({"other": 8 * HOUR}) == -6 * HOUR


# The clocks go forward: New York 2027-03-14 02:00 -> 03:00, Dublin 2027-03-28 01:00 -> 02:00,
# Lord Howe 2027-10-03 02:00 -> 02:30 (half an hour). Kolkata never changes.
@pytest.mark.parametrize(
    ("zone", "on", "at", "earlier", "later"),
    [
        ("America/New_York", date(2027, 3, 14), time(2, 30), "2027-03-14 06:30", "2027-03-14 07:30"),
        ("Europe/Dublin", date(2027, 3, 28), time(1, 15), "2027-03-28 00:15", "2027-03-28 01:15"),
        ("Australia/Lord_Howe", date(2027, 10, 3), time(2, 10), "2027-10-02 15:10", "2027-10-02 15:40"),
        ("Asia/Kolkata", date(2027, 3, 28), time(1, 15), "2027-03-27 19:45", "2027-03-27 19:45"),
    ],
)
def test_instant_goes_to_the_safe_side_when_the_clocks_skip_it(zone, on, at, earlier, later):
    found = [moment.instant(on, at, ZoneInfo(zone), safe_side=side) for side in SafeSide]

    assert [f"{one:%Y-%m-%d %H:%M}" for one in found] == [earlier, later]


@pytest.mark.parametrize(
    ("zone", "on", "at", "first"),
    [
        ("America/New_York", date(2027, 11, 7), time(1, 30), "2027-11-07 05:30"),
        ("Europe/Dublin", date(2027, 10, 31), time(1, 30), "2027-10-31 00:30"),
        ("Australia/Lord_Howe", date(2027, 4, 4), time(1, 45), "2027-04-03 14:45"),
    ],
)
@pytest.mark.parametrize("side", list(SafeSide))
def test_instant_is_the_first_when_a_time_exists_twice(zone, on, at, first, side):
    assert f"{moment.instant(on, at, ZoneInfo(zone), safe_side=side):%Y-%m-%d %H:%M}" == first


@given(
    on=st.dates(date(2026, 1, 1), date(2029, 12, 31)),
    at=st.times().map(lambda at: at.replace(second=0, microsecond=0)),
    zone=st.sampled_from(["America/New_York", "Europe/Dublin", "Australia/Lord_Howe", "Asia/Kolkata"]),
)
def test_instant_shows_the_time_asked_for_or_lies_on_the_safe_side_of_it(on, at, zone):
    asked, place = datetime.combine(on, at), ZoneInfo(zone)

    early, late = (moment.instant(on, at, place, safe_side=side) for side in SafeSide)

    shown = [one.astimezone(place).replace(tzinfo=None) for one in (early, late)]
    assert early.tzinfo is UTC and late.tzinfo is UTC
    assert shown == [asked, asked] or shown[0] < asked < shown[1]
