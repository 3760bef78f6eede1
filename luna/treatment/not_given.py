"""Why infusions did not happen, by month: said once of each, when it was cancelled on its day or after.

One that was moved to another day then did not happen on its own either.
"""

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Case, Count, F, OuterRef, Q, QuerySet, Subquery, When
from django.db.models.functions import TruncMonth

from luna.clinical.moment import instant
from luna.people.access import Viewer
from luna.treatment.models import BookingRevision, Infusion, Moment
from luna.treatment.plans import EARLY

MONTHS = 12  # with the one that runs


@dataclass(frozen=True, slots=True)
class Month:
    """A month of a clinic. on: its first day. due: how many infusions whose day came.

    whys: `BookingRevision.Why` -> how many were cancelled for it on their day or after. moved: the same of
    those that were moved to another day. unsaid: how many whose time is over and of which nobody wrote down
    a start, nor why there was none. before: how many were called off before their day, which are none of
    these.
    """

    on: date
    due: int
    whys: Counter[str]
    moved: Counter[str]
    unsaid: int
    before: int

    @property
    def missed(self) -> int:
        """Return how many did not happen."""
        return self.whys.total() + self.moved.total()

    @property
    def percent(self) -> int:
        """Return how many of a hundred did not happen, 0 to 100."""
        return round(100 * self.missed / self.due) if self.due else 0


def by_month(viewer: Viewer, now: datetime) -> list[Month]:
    """Return the last twelve months of a clinic that had any, the newest first. Four queries.

    An infusion is of the month it was last booked for, on the clinic's calendar; one that was moved on its
    day is also of the month of that day, which came as any other.
    """
    zone = ZoneInfo(viewer.clinic.zone)
    since = instant(_first(now.astimezone(zone).date()), time(), zone)
    month = TruncMonth("starts_at", tzinfo=zone)
    mine = Infusion.objects.visible_to(viewer).filter(starts_at__gte=since)
    held = mine.filter(cancelled=False, starts_at__lte=now).exclude(series__stopped_at__lt=F("starts_at"))
    given = Counter({at.date(): n for at, n in _counted(held.annotate(month=month), "month")})
    started = Moment.objects.filter(infusion=OuterRef("pk"), what=Moment.What.STARTED)
    over = held.filter(leaves_at__lte=now).annotate(
        month=month, is_not=Subquery(started.order_by("-recorded_at", "-id").values("taken_back")[:1])
    )
    silent = over.filter(Q(is_not=None) | Q(is_not=True))
    unsaid = Counter({at.date(): n for at, n in _counted(silent, "month")})
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
    moved = _moved(viewer, since, zone)
    return [
        Month(
            on,
            given[on] + missed[on].total() + moved[on].total(),
            missed[on],
            moved[on],
            unsaid[on],
            before[on],
        )
        for on in sorted({*given, *missed, *moved, *before}, reverse=True)
    ]


def _moved(viewer: Viewer, since: datetime, zone: ZoneInfo) -> dict[date, Counter[str]]:
    """Return month -> for what infusions were moved to another day when theirs had come. One query.

    Of each and each such day the last word counts, and none where it came back to that day.
    """
    before = BookingRevision.objects.filter(
        infusion=OuterRef("infusion"), revision=OuterRef("revision") - 1
    ).values("starts_at")[:1]
    rows = BookingRevision.objects.filter(
        infusion__in=Infusion.objects.visible_to(viewer), revision__gt=1, cancelled=False
    ).annotate(was_at=Subquery(before))
    on_day = rows.filter(was_at__gte=since, at__gte=F("was_at") - EARLY).order_by("revision")
    last: dict[tuple[UUID, date], str] = {}
    for infusion, was_at, now_at, why in on_day.values_list(
        "infusion", "was_at", "infusion__starts_at", "why"
    ):
        on = was_at.astimezone(zone).date()
        if now_at.astimezone(zone).date() != on:
            last[infusion, on] = why
    found: dict[date, Counter[str]] = defaultdict(Counter)
    for (_infusion, on), why in last.items():
        found[on.replace(day=1)][why] += 1
    return found


def _counted(rows: QuerySet[Any], *by: str) -> QuerySet[Any]:
    return rows.order_by().values_list(*by).annotate(n=Count("id"))


def _first(today: date) -> date:
    """Return the first day of the month from which on there is a report."""
    months = today.year * 12 + today.month - MONTHS
    return date(months // 12, months % 12 + 1, 1)
