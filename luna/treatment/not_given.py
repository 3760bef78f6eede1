"""Why infusions did not happen, by month: said once of each, when it was cancelled on its day or after."""

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Case, Count, F, QuerySet, When
from django.db.models.functions import TruncMonth

from luna.clinical.moment import instant
from luna.people.access import Viewer
from luna.treatment.models import BookingRevision, Infusion
from luna.treatment.plans import EARLY

MONTHS = 12  # with the one that runs


@dataclass(frozen=True, slots=True)
class Month:
    """A month of a clinic. on: its first day. due: how many infusions whose day came.

    whys: `BookingRevision.Why` -> how many did not happen for it. before: how many were called off before
    their day, which are none of these.
    """

    on: date
    due: int
    whys: Counter[str]
    before: int

    @property
    def missed(self) -> int:
        """Return how many did not happen."""
        return self.whys.total()

    @property
    def percent(self) -> int:
        """Return how many of a hundred did not happen, 0 to 100."""
        return round(100 * self.missed / self.due) if self.due else 0


def by_month(viewer: Viewer, now: datetime) -> list[Month]:
    """Return the last twelve months of a clinic that had any, the newest first. Two queries.

    An infusion is of the month it was last booked for, on the clinic's calendar.
    """
    zone = ZoneInfo(viewer.clinic.zone)
    since = instant(_first(now.astimezone(zone).date()), time(), zone)
    month = TruncMonth("starts_at", tzinfo=zone)
    mine = Infusion.objects.visible_to(viewer).filter(starts_at__gte=since)
    held = mine.filter(cancelled=False, starts_at__lte=now).exclude(series__stopped_at__lt=F("starts_at"))
    given = Counter({at.date(): n for at, n in _counted(held.annotate(month=month), "month")})
    ended = BookingRevision.objects.filter(infusion__in=mine, cancelled=True)
    on_day = Case(When(at__gte=F("starts_at") - EARLY, then=True), default=False)
    rows = _counted(ended.annotate(month=month, on_day=on_day), "month", "on_day", "why")
    missed: dict[date, Counter[str]] = defaultdict(Counter)
    before: Counter[date] = Counter()
    for at, is_day, why, n in rows:
        if is_day:
            missed[at.date()][why] += n
        else:
            before[at.date()] += n
    return [
        Month(on, given[on] + missed[on].total(), missed[on], before[on])
        for on in sorted({*given, *missed, *before}, reverse=True)
    ]


def _counted(rows: QuerySet[Any], *by: str) -> QuerySet[Any]:
    return rows.order_by().values_list(*by).annotate(n=Count("id"))


def _first(today: date) -> date:
    """Return the first day of the month from which on there is a report."""
    months = today.year * 12 + today.month - MONTHS
    return date(months // 12, months % 12 + 1, 1)
