"""Days at the ends of the calendar, where no time zone can be applied."""

from datetime import UTC, date, datetime

import pytest

from luna.treatment import forms

YEAR = "Look at the year, and choose the day again."


@pytest.mark.parametrize("typed", ["0001-01-01", "1899-12-31", "3000-01-01", "9999-12-31"])
def test_day_at_the_end_of_the_calendar_is_refused(typed):
    rhythm = forms.Rhythm({"count": "6", "on": typed, "at": "09:00", "weekdays": ["0"]})

    assert rhythm.errors == {"on": [YEAR]}


@pytest.mark.parametrize("day", [forms.FIRST, forms.LAST])
def test_day_just_inside_is_read(day):
    rhythm = forms.Rhythm({"count": "6", "on": day.isoformat(), "at": "09:00", "weekdays": ["0"]})

    assert rhythm.is_valid()
    assert rhythm.cleaned_data["on"] == day


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Pacific/Honolulu"])
@pytest.mark.parametrize("typed", ["0001-01-01T00:00", "9999-12-31T23:59"])
def test_moment_at_the_end_of_the_calendar_is_refused(zone, typed):
    now = datetime.combine(date(2027, 3, 8), datetime.min.time(), UTC)
    happened = forms.Happened({"what": "arrived", "at": typed}, zone=zone, now=now)

    assert happened.errors == {"at": [YEAR]}
