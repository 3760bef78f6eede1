"""A series in one step: the visits a rhythm asks for, on days the clinic is open."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
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


def _most_at_once(visit: Visit, booked: tuple[tuple[datetime, datetime], ...]) -> int:
    meeting = [(start, end) for start, end in booked if start < visit.ends_at and end > visit.starts_at]
    moments = {visit.starts_at, *(start for start, _ in meeting if start > visit.starts_at)}
    return max(sum(start <= moment < end for start, end in meeting) for moment in moments)
