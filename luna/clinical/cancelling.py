"""Until when an infusion can be cancelled or moved without a fee, as its clinic says.

The clinic chooses the time; nothing here works out a fee, and nothing says that one is due. Whoever is
unwell is not told of money at all: `is_quiet`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from luna.clinical.moment import DAY, instant

FARTHEST = timedelta(days=60)  # a working day is not looked for further back than this
QUIET_FOR = timedelta(days=3)  # nobody whose infusion fell through reads about money for this long
MIDNIGHT = time()  # as a closing time: the end of the day


class Unit(StrEnum):
    """What a clinic counts in."""

    HOURS = "hours"
    DAYS = "days"  # on which the clinic is open


@dataclass(frozen=True, slots=True)
class Ahead:
    """How long before its start an infusion can be cancelled without a fee. count: 1 or more."""

    count: int
    unit: Unit


@dataclass(frozen=True, slots=True)
class Closing:
    """When a clinic closes, in its own zone. closes: weekday (Monday is 0) -> when; none: not open then."""

    zone: str
    closes: Mapping[int, time]
    closed: frozenset[date] = frozenset()


def free_until(
    starts_at: datetime, ahead: Ahead, closing: Closing, *, booked_at: datetime | None = None
) -> datetime | None:
    """Return until when an infusion can be cancelled without a fee; None if there never was such a time.

    1. Hours are time that passes, so a clock change neither adds nor takes one.
    2. Days are those the clinic is open on; the time ends when it closes on the last of them.
    3. What was booked or moved after that time has none: nobody could have kept to it.
    """
    if ahead.unit is Unit.HOURS:
        until: datetime | None = starts_at - timedelta(hours=ahead.count)
    else:
        until = _open_days_before(starts_at, ahead.count, closing)
    if until is None or (booked_at is not None and until <= booked_at):
        return None
    return until


def is_quiet(
    now: datetime, *, impaired_until: datetime | None, has_escalation: bool, fell_through: Iterable[datetime]
) -> bool:
    """Say whether nothing about money is shown now.

    impaired_until: the end of the effect of their last infusion. has_escalation: somebody at the clinic is
    asked to see to them. fell_through: when an infusion was cancelled because they were not well, had eaten,
    had no ride or for their blood pressure.
    """
    is_impaired = impaired_until is not None and now < impaired_until
    return is_impaired or has_escalation or any(now - at < QUIET_FOR for at in fell_through)


def _open_days_before(starts_at: datetime, count: int, closing: Closing) -> datetime | None:
    zone = ZoneInfo(closing.zone)
    on, left = starts_at.astimezone(zone).date(), count
    first = on - FARTHEST
    while left and on > first:
        on -= DAY
        left -= on.weekday() in closing.closes and on not in closing.closed
    if left:
        return None
    at = closing.closes[on.weekday()]
    return instant(on + DAY if at == MIDNIGHT else on, at, zone)
