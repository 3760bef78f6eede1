"""The board of who is ready: kept by the clock between two looks, worked out where that does not count.

Readiness comes from whole plans, which takes too long for hundreds at once. So the clock keeps what it
found of near infusions (`models.Standing`) until something happens or time changes it. Only the board
reads it: whoever starts, reminds or overrides goes by what is worked out then.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime, time
from enum import IntEnum
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import F, OuterRef, Subquery

from luna.careplan.models import Standing
from luna.careplan.plans.loading import Plan
from luna.careplan.plans.ready import days_of, ready_among, ready_for_clock
from luna.careplan.plans.reasons import Said, Summary, prescribers, said, summary
from luna.clinical.moment import DAY, instant
from luna.clinical.readiness import Level, Mender, Override, Readiness, Reason
from luna.feed.models import Wake
from luna.people.access import Viewer
from luna.people.models import Clinic, User
from luna.treatment.models import Infusion

# Which infusions the clock keeps: those of the board's two days, and those that come to it before the
# clock looks at the patient again, a day later at most.
BEFORE, AFTER = 2 * DAY, 4 * DAY
BEGUN = ("started", "ended")
TIMES = ("at", "expires", "by")  # of a reason


class Place(IntEnum):
    """Where an infusion stands on the board, from the top."""

    HOLD = 0
    PRESSING = 1  # somebody can see to something now
    WAITING = 2
    READY = 3
    BEGUN = 4


# The parts of a day, from the top; what is ready or begun is folded away.
PARTS = ((Place.HOLD, Place.PRESSING, Place.WAITING), (Place.READY,), (Place.BEGUN,))


@dataclass(frozen=True, slots=True)
class Part:
    """Some infusions of a day, the gravest first. count: how many; shown: those that are on the page."""

    count: int
    shown: tuple[Said, ...]


@dataclass(frozen=True, slots=True)
class Day:
    """One day of the board. on: by the clinic's calendar."""

    on: date
    waiting: Part
    ready: Part
    begun: Part

    @property
    def parts(self) -> tuple[Part, ...]:
        """Return its parts, from the top."""
        return self.waiting, self.ready, self.begun

    @property
    def count(self) -> int:
        """Return how many infusions there are."""
        return sum(part.count for part in self.parts)

    @property
    def pressing(self) -> list[Said]:
        """Return those that somebody can see to now."""
        return [one for one in self.waiting.shown if one.pressing]


@dataclass(frozen=True, slots=True)
class Kept:
    """What the clock found of one infusion. until: when time alone changes it, at the latest at midnight."""

    said: Said
    until: datetime


@dataclass(frozen=True, slots=True)
class _Entry:
    """One infusion of the board. said: None where what the clock kept counts, and was not read yet."""

    id: UUID
    starts_at: datetime
    place: int
    said: Said | None = None


def board(viewer: Viewer, now: datetime, *, most: int | None) -> list[Day]:
    """Return who is ready today and tomorrow. As many queries for many.

    most: how many of each part are shown, None for all. All are counted.
    """
    today, tomorrow, end = days_of(viewer, now)
    entries = sorted(_entries(viewer, today, end, now), key=lambda one: (one.place, one.starts_at, one.id))
    days = [
        [one for one in entries if begin <= one.starts_at < over]
        for begin, over in ((today, tomorrow), (tomorrow, end))
    ]
    parts = [[[one for one in day if one.place in places] for places in PARTS] for day in days]
    shown = _read(viewer, [one for day in parts for part in day for one in part[:most]], now)
    zone = ZoneInfo(viewer.clinic.zone)
    return [
        Day(
            begin.astimezone(zone).date(),
            *(Part(len(part), tuple(shown[one.id] for one in part[:most])) for part in day),
        )
        for begin, day in zip((today, tomorrow), parts, strict=True)
    ]


def _entries(viewer: Viewer, start: datetime, end: datetime, now: datetime) -> list[_Entry]:
    """Return the infusions that are to be given or were; worked out are those the clock did not keep."""
    near = Infusion.objects.visible_to(viewer).filter(
        starts_at__gte=start, starts_at__lt=end, cancelled=False
    )
    wake = Wake.objects.filter(patient_id=OuterRef("patient_id"), wake_at__gt=now).values("wake_at")
    kept = Standing.objects.filter(infusion=OuterRef("pk"), wake_at=Subquery(wake)).values("place")
    given = near.exclude(series__stopped_at__lt=F("starts_at")).annotate(place=Subquery(kept))
    rows = list(given.values_list("id", "starts_at", "place"))
    found = [_Entry(*row) for row in rows if row[2] is not None]
    return [*found, *_worked_out(viewer, [row[0] for row in rows if row[2] is None], now)]


def _worked_out(viewer: Viewer, ids: Sequence[UUID], now: datetime) -> list[_Entry]:
    if not ids:
        return []
    deciding = prescribers(viewer.clinic_id)
    found = ready_among(viewer, Infusion.objects.filter(id__in=ids), now)
    shown = [said(summary(one, deciding), viewer.clinic, now) for one in found]
    return [_Entry(one.row.id, one.row.starts_at, place(one), one) for one in shown]


def _read(viewer: Viewer, entries: Iterable[_Entry], now: datetime) -> dict[UUID, Said]:
    """Return infusion -> what the page says of it, worked out where the clock took away what it kept."""
    found = {one.id: one.said for one in entries if one.said is not None}
    kept = [one.id for one in entries if one.said is None]
    rows = list(Standing.objects.visible_to(viewer).filter(pk__in=kept).select_related("infusion__patient"))
    users = User.objects.in_bulk({UUID(hex=who) for row in rows for who in row.body["to"].values()})
    found |= {row.pk: said(_summary(row, users), viewer.clinic, now) for row in rows}
    gone = _worked_out(viewer, [one for one in kept if one not in found], now)
    return found | {one.id: one.said for one in gone if one.said is not None}


def keep(plans: Iterable[Plan], now: datetime) -> dict[UUID, list[Kept]]:
    """Return patient -> how their near infusions stand, for the clock. As many queries for many."""
    near: dict[Clinic, list[Any]] = defaultdict(list)
    for plan in plans:
        near[plan.clinic] += [(plan, visit) for visit in plan.live_visits if is_near(visit.starts_at, now)]
    found: dict[UUID, list[Kept]] = defaultdict(list)
    for clinic, pairs in near.items():
        deciding = prescribers(clinic.id) if pairs else []
        zone = ZoneInfo(clinic.zone)
        midnight = instant(now.astimezone(zone).date() + DAY, time(), zone)  # ages and due days change
        for one in ready_for_clock(clinic, pairs, now):
            shown = said(summary(one, deciding), clinic, now)
            found[one.plan.patient.id].append(Kept(shown, min(midnight, one.until or midnight)))
    return found


def is_near(starts_at: datetime, now: datetime) -> bool:
    """Say whether the clock keeps how an infusion stands."""
    return now - BEFORE <= starts_at < now + AFTER


def store(patient_id: UUID, kept: Iterable[Kept], wake_at: datetime) -> None:
    """Keep how a patient's near infusions stand, instead of what was kept. wake_at: of the patient's Wake."""
    rows = [
        Standing(
            infusion=one.said.row,
            clinic_id=one.said.row.clinic_id,
            patient_id=patient_id,
            wake_at=wake_at,
            place=place(one.said),
            body=_body(one.said.of),
        )
        for one in kept
    ]
    Standing.objects.filter(patient_id=patient_id).exclude(pk__in=[row.pk for row in rows]).delete()
    Standing.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["infusion"], update_fields=["wake_at", "place", "body"]
    )


def place(of: Said) -> Place:
    """Return where an infusion stands on the board."""
    if of.state in BEGUN:
        return Place.BEGUN
    return {"alarm": Place.HOLD, "warn": Place.PRESSING, "fine": Place.READY}.get(of.level, Place.WAITING)


def _body(of: Summary) -> dict[str, Any]:
    """Return what is kept of one infusion, as JSON has it."""
    return {
        "number": of.number,
        "total": of.total,
        "happened": {what: at.isoformat() for what, at in of.happened.items()},
        "reasons": [_written(one) for one in of.readiness.reasons],
        "to": {key: user.id.hex for key, user in of.to.items()},
    }


def _summary(row: Standing, users: Mapping[UUID, User]) -> Summary:
    """Return what was kept of one infusion."""
    body = row.body
    return Summary(
        row=row.infusion,
        patient=row.infusion.patient,
        number=body["number"],
        total=body["total"],
        happened={what: datetime.fromisoformat(at) for what, at in body["happened"].items()},
        readiness=Readiness(tuple(_reason(one) for one in body["reasons"])),
        to={key: users[UUID(hex=who)] for key, who in body["to"].items()},
    )


def _written(reason: Reason) -> dict[str, Any]:
    """Return a reason as JSON has it, without what says nothing."""
    found = {one.name: value for one in fields(reason) if (value := getattr(reason, one.name)) != one.default}
    for name in TIMES:
        if name in found:
            found[name] = found[name].isoformat()
    if reason.override is not None:
        one = reason.override
        found["override"] = {
            "keys": sorted(one.keys), "by": one.by, "at": one.at.isoformat(), "words": one.words,
            "writer": one.writer,
        }  # fmt: skip
    return found


def _reason(body: Mapping[str, Any]) -> Reason:
    """Return a reason that was written by `_written`."""
    found = dict(body)
    for name in TIMES:
        if name in found:
            found[name] = datetime.fromisoformat(found[name])
    if "mender" in found:
        found["mender"] = Mender(found["mender"])
    if one := found.get("override"):
        at = datetime.fromisoformat(one["at"])
        found["override"] = Override(
            frozenset(one["keys"]), one["by"], at, one["words"], one.get("writer", "")
        )
    return Reason(**found | {"level": Level(found["level"])})
