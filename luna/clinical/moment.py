"""A moment: when something is, counted from an anchor. FHIR: PlanDefinition.action.relatedAction.

Written `-12h`, `30min`, `1h30min`, `2d` (time that passes), `-fasting-food` (a number of the
protocol, with its sign) or `day-1 20:00` (a clock time on the anchor's own day, or days from it).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from luna.clinical.errors import BadSpan

NOTHING = timedelta(0)
DAY = timedelta(days=1)
LONGEST = timedelta(days=400)
SPAN = re.compile(r"([+-]?)(?=[0-9])(?:([0-9]{1,3})d)?(?:([0-9]{1,4})h)?(?:([0-9]{1,5})min)?")
ON_DAY = re.compile(r"day([+-][0-9]{1,3}) ([01][0-9]|2[0-3]):([0-5][0-9])")
NAMED = re.compile(r"([+-])([a-z][a-z0-9-]{0,23})")


class SafeSide(StrEnum):
    """Where a local time goes that the clocks skip."""

    EARLIER = "earlier"
    LATER = "later"


@dataclass(frozen=True, slots=True)
class Moment:
    """A clock time on a day near the anchor if `at` is given, else an offset of time that passes.

    offset: counted in UTC, so a clock change neither adds nor takes an hour.
    day, at: the anchor's local day plus `day`, at the local time `at`.
    number, sign: the protocol number the offset was made from, if any; an order may replace it.
    """

    offset: timedelta = NOTHING
    day: int = 0
    at: time | None = None
    number: str | None = None
    sign: int = 1

    def elapsed(self, ordered: Mapping[str, timedelta]) -> timedelta:
        """Return the offset, with the value a clinician ordered in place of the protocol's."""
        if self.number is None or self.number not in ordered:
            return self.offset
        return self.sign * ordered[self.number]


def read_span(text: str) -> timedelta:
    """Return a time span from a text such as -12h, 30min or 1h30min. Raises BadSpan."""
    found = SPAN.fullmatch(text)
    if not found:
        raise BadSpan(f"{text[:40]!r} is not a time span.", "Write it like -12h, 30min or 2d.")
    sign, days, hours, minutes = found.groups()
    span = timedelta(days=int(days or 0), hours=int(hours or 0), minutes=int(minutes or 0))
    if span > LONGEST:
        raise BadSpan(f"{text!r} is too long.", f"Use at most {LONGEST.days}d.")
    return -span if sign == "-" else span


def read_moment(text: str, numbers: Mapping[str, timedelta]) -> Moment:
    """Return a moment from its text. numbers: id -> span. Raises BadSpan."""
    if found := ON_DAY.fullmatch(text):
        return Moment(day=int(found[1]), at=time(int(found[2]), int(found[3])))
    if found := NAMED.fullmatch(text):
        sign, name = (-1 if found[1] == "-" else 1), found[2]
        if name not in numbers:
            known = ", ".join(sorted(numbers)) or "none"
            raise BadSpan(f"There is no number '{name}' that counts time.", f"Use one of: {known}.")
        return Moment(offset=sign * numbers[name], number=name, sign=sign)
    return Moment(offset=read_span(text))


def instant(on: date, at: time, zone: ZoneInfo, *, safe_side: SafeSide = SafeSide.LATER) -> datetime:
    """Return the UTC instant of a local clock time.

    A time that exists twice is the first. One the clocks skip moves by as much as they do, to the
    safe side: 02:30 skipped by one hour becomes 01:30 (earlier) or 03:30 (later).
    """
    local = datetime.combine(on, at, zone)
    utc = local.astimezone(UTC)
    # Two times of one zone compare by their clock faces, so a skipped time is unlike its way back.
    if safe_side is SafeSide.EARLIER and utc.astimezone(zone) != local:
        return local.replace(fold=1).astimezone(UTC)
    return utc
