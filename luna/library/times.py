"""Instants as words people read: "10 pm", "tomorrow at 7:45 am", "in 2 hours".

People read a kind 12-hour clock without needless minutes; staff pages follow the clinic's
setting. A no-break space keeps the number and its unit on one line.
"""

from datetime import date, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from babel.core import negotiate_locale
from babel.dates import format_date
from babel.localedata import locale_identifiers
from django.utils.translation import get_language, gettext, ngettext, to_locale

NBSP = "\u00a0"


def clock(at: datetime, zone: str, *, hours: int = 12) -> str:
    """Return the time of day in `zone`: "10 pm", "7:45 am"; with hours=24 "22:00"."""
    local = at.astimezone(ZoneInfo(zone))
    if hours == 24:
        return local.strftime("%H:%M")
    if (local.hour, local.minute) == (12, 0):
        return gettext("noon")  # "12 pm" is read both ways
    minutes = f":{local.minute:02}" if local.minute else ""
    half = gettext("am") if local.hour < 12 else gettext("pm")
    return f"{local.hour % 12 or 12}{minutes}{NBSP}{half}"


def day(at: datetime | date, zone: str, now: datetime) -> str:
    """Return the day in words: "today", "tomorrow", "yesterday", else "Friday 21 November"."""
    match _days_ahead(at, zone, now):
        case 0:
            return gettext("today")
        case 1:
            return gettext("tomorrow")
        case -1:
            return gettext("yesterday")
    return full_day(_local(at, zone), _local(now, zone))


def full_day(on: date, today: date | None = None) -> str:
    """Return "Friday 21 November", with the year if today is known and is of another one."""
    return _date(on, "EEEE d MMMM", today)


def short_day(on: date, today: date | None = None) -> str:
    """Return "Fri 21 Nov", with the year if today is known and is of another one."""
    return _date(on, "EEE d MMM", today)


def day_and_month(on: date) -> str:
    """Return "21 Nov"."""
    return _date(on, "d MMM", None)


def dated(on: date) -> str:
    """Return "31 May 1990", for what is still read in years."""
    return _date(on, "d MMMM y", None)


def weekday(number: int) -> str:
    """Return "Friday" for 4; Monday is 0."""
    return _date(date(1, 1, 1 + number), "EEEE", None)


def when(at: datetime, zone: str, now: datetime, *, hours: int = 12) -> str:
    """Return the day and the time of day: "tomorrow at 7:45 am"."""
    return gettext("%(day)s at %(time)s") % {
        "day": day(at, zone, now),
        "time": clock(at, zone, hours=hours),
    }


def until(at: datetime, zone: str, now: datetime, *, hours: int = 12) -> str:
    """Return the time of day with its day unless that is today: "10 pm", "9 am tomorrow"."""
    words = {"time": clock(at, zone, hours=hours), "day": day(at, zone, now)}
    match _days_ahead(at, zone, now):
        case 0:
            return words["time"]
        case 1 | -1:
            return gettext("%(time)s %(day)s") % words
    return gettext("%(time)s on %(day)s") % words


def place(at: datetime, zone: str, own: str) -> str:
    """Return " (New York time)" where clocks in `zone` differ from the reader's own, else nothing."""
    if at.astimezone(ZoneInfo(zone)).utcoffset() == at.astimezone(ZoneInfo(own)).utcoffset():
        return ""
    city = zone.split("/")[-1].replace("_", " ")
    return " " + gettext("(%(place)s time)") % {"place": city}


def span(length: timedelta) -> str:
    """Return a length of time in the largest two units that matter: "2 hours 18 minutes"."""
    minutes = max(0, round(length.total_seconds() / 60))
    days, rest = divmod(minutes, 24 * 60)
    hours, left = divmod(rest, 60)
    parts = []
    if days:
        parts.append(ngettext("%(n)s day", "%(n)s days", days) % {"n": f"{days}{NBSP}"})
    if hours:
        parts.append(ngettext("%(n)s hour", "%(n)s hours", hours) % {"n": f"{hours}{NBSP}"})
    if left and not days:
        parts.append(ngettext("%(n)s minute", "%(n)s minutes", left) % {"n": f"{left}{NBSP}"})
    words = " ".join(part.replace(f"{NBSP} ", NBSP) for part in parts[:2])
    return words or gettext("less than a minute")


def _local(at: datetime | date, zone: str) -> date:
    return at.astimezone(ZoneInfo(zone)).date() if isinstance(at, datetime) else at


def _days_ahead(at: datetime | date, zone: str, now: datetime) -> int:
    return (_local(at, zone) - _local(now, zone)).days


def _date(on: date, pattern: str, today: date | None) -> str:
    if isinstance(on, datetime):  # it would be written as the day it is in UTC
        raise TypeError(f"A day is a date, not an instant: {on}")
    is_near = today is None or on.year == today.year
    return format_date(on, pattern if is_near else f"{pattern} y", locale=_locale())


def _locale() -> str:
    return _nearest(to_locale(get_language() or "en"))


@cache
def _nearest(locale: str) -> str:
    """Return the locale whose dates are known, or else its language's."""
    return negotiate_locale([locale], locale_identifiers()) or "en"
