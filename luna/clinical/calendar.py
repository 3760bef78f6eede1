"""A series in one step: the visits a rhythm asks for, on days the clinic is open; what a change breaks."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from luna.clinical.errors import BadRhythm
from luna.clinical.moment import DAY, instant

EVERY_DAY = frozenset(range(7))


@dataclass(frozen=True, slots=True)
class Visit:
    """A proposed or booked visit. on: the clinic's local day; the instants are UTC."""

    on: date
    starts_at: datetime
    ends_at: datetime


def propose(
    *,
    count: int,
    first_on: date,
    at: time,
    weekdays: frozenset[int],
    zone: str,
    minutes: int,
    closed: frozenset[date] = frozenset(),
    open_days: frozenset[int] = EVERY_DAY,
) -> tuple[Visit, ...]:
    """Return `count` visits from first_on at the local time `at`, each `minutes` long.

    weekdays: days the rhythm allows, open_days: days the clinic works, 0 is Monday. A day that is
    closed is skipped and its visit takes the next allowed day. Raises BadRhythm.
    """
    days = weekdays & open_days & EVERY_DAY
    if not days or count < 1 or minutes < 1:
        raise BadRhythm("No visit can be placed. Ask for one or more, on a weekday the clinic is open.")
    visits: list[Visit] = []
    on = first_on
    while len(visits) < count:
        if on.weekday() in days and on not in closed:
            starts_at = instant(on, at, ZoneInfo(zone))
            visits.append(Visit(on, starts_at, starts_at + timedelta(minutes=minutes)))
        on += DAY
    return tuple(visits)


def clashes(
    proposed: Iterable[Visit], taken: Iterable[tuple[datetime, datetime]], *, chairs: int
) -> tuple[Visit, ...]:
    """Return the visits that find every chair taken at some moment. taken: (start, end) in UTC."""
    booked = tuple(taken)
    return tuple(visit for visit in proposed if _most_at_once(visit, booked) >= chairs)


class Break(StrEnum):
    """What a moved or cancelled visit breaks of the rhythm its protocol was signed with."""

    WEEKDAY = "weekday"  # a day of the week the protocol does not use
    SAME_DAY = "same-day"  # two on one day
    TOO_MANY = "too-many"  # more in seven days than the protocol asks for
    TOO_FEW = "too-few"  # fewer in its calendar week


def breaks(
    was: date, to: date | None, others: Iterable[date], *, weekdays: frozenset[int], a_week: tuple[int, int]
) -> tuple[Break, ...]:
    """Return what a change breaks that was not broken before it.

    was, to: the visit's local day, `to` None when it is cancelled. others: the days of the series' other
    visits. a_week: the least and the most in a week, as the protocol has them with its evidence.
    """
    days = sorted(others)
    if to is None:
        left = sum(one.isocalendar()[:2] == was.isocalendar()[:2] for one in days)
        return (Break.TOO_FEW,) if left == a_week[0] - 1 else ()
    before = _broken(was, days, weekdays, a_week[1])
    return tuple(one for one in _broken(to, days, weekdays, a_week[1]) if one not in before)


def _broken(on: date, others: Sequence[date], weekdays: frozenset[int], most: int) -> tuple[Break, ...]:
    """Return what a visit on one day breaks, beside the others."""
    found = {
        Break.WEEKDAY: on.weekday() not in weekdays,
        Break.SAME_DAY: on in others,
        Break.TOO_MANY: _most_in_a_week(on, others) > most,
    }
    return tuple(one for one, is_broken in found.items() if is_broken)


def _most_in_a_week(on: date, others: Sequence[date]) -> int:
    """Return the most visits in any seven days that `on` is one of."""
    firsts = [on - DAY * n for n in range(7)]
    return max(1 + sum(first <= one < first + DAY * 7 for one in others) for first in firsts)


def _most_at_once(visit: Visit, booked: tuple[tuple[datetime, datetime], ...]) -> int:
    meeting = [(start, end) for start, end in booked if start < visit.ends_at and end > visit.starts_at]
    moments = {visit.starts_at, *(start for start, _ in meeting if start > visit.starts_at)}
    return max(sum(start <= moment < end for start, end in meeting) for moment in moments)
