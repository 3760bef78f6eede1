"""Where an infusion can be: opening hours, closed days, chairs, and what is booked already."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from django.utils.translation import gettext_lazy as _

from luna.clinical.protocol import Protocol
from luna.library import times
from luna.people import plans as people
from luna.people.errors import Refused
from luna.people.models import Chair, Clinic, ClosedDay, OpeningHours
from luna.treatment.models import Infusion

FARTHEST = timedelta(days=400)  # a date beyond this is a slip of the finger


@dataclass(frozen=True, slots=True)
class Start:
    """What a person asks for. anyway: they know the clinic is closed then, and want it."""

    at: datetime
    chair_id: UUID | None = None
    anyway: bool = False


@dataclass(frozen=True, slots=True)
class Length:
    """How long an infusion takes, and how long its chair is needed, both from the start."""

    infusion: timedelta
    stay: timedelta

    @classmethod
    def of(cls, protocol: Protocol) -> "Length":
        """Return the lengths a protocol plans."""
        plan = protocol.infusions
        return cls(timedelta(minutes=plan.minutes), timedelta(minutes=max(plan.stay_min, plan.minutes)))

    @classmethod
    def booked(cls, infusion: Infusion) -> "Length":
        """Return the lengths an infusion is booked for."""
        return cls(infusion.ends_at - infusion.starts_at, infusion.leaves_at - infusion.starts_at)


@dataclass(frozen=True, slots=True)
class Placed:
    """A start with the chair found for it, or with the reason there is none. The instants are UTC."""

    start: Start
    starts_at: datetime
    ends_at: datetime
    leaves_at: datetime
    chair: Chair | None
    refused: Refused | None


@dataclass(frozen=True, slots=True)
class Openings:
    """When a clinic is open, in its own zone. hours: weekday -> (opens, closes); closed: day -> reason."""

    zone: str
    hours: Mapping[int, tuple[time, time]]
    closed: Mapping[date, str]

    def closed_on(self, on: date) -> bool:
        """Say whether the clinic is closed on a day."""
        return on in self.closed or on.weekday() not in self.hours

    def holds(self, starts_at: datetime, leaves_at: datetime) -> bool:
        """Say whether the clinic is open for the whole of a visit, over midnight if it stays open."""
        until = starts_at
        while until < leaves_at:
            on = until.astimezone(ZoneInfo(self.zone)).date()
            if self.closed_on(on):
                return False
            opens, closes = people.hours_on(on, self.hours[on.weekday()], self.zone)
            if not opens <= until < closes:
                return False
            until = closes
        return True


def openings(clinic: Clinic) -> Openings:
    """Return when a clinic is open."""
    hours = OpeningHours.objects.filter(clinic=clinic)
    return Openings(
        zone=clinic.zone,
        hours={row.weekday: (row.opens, row.closes) for row in hours},
        closed=dict(ClosedDay.objects.filter(clinic=clinic).values_list("on", "reason")),
    )


def place(
    *,
    clinic: Clinic,
    patient_id: UUID,
    starts: Sequence[Start],
    length: Length,
    now: datetime,
    besides: UUID | None = None,
) -> list[Placed]:
    """Find each start a chair, in order, or say why it cannot be. Three queries.

    besides: an infusion that is being moved and so is not in its own way.
    """
    if not starts:
        return []
    first = min(start.at for start in starts)
    last = max(start.at for start in starts) + length.stay
    booked = Infusion.objects.filter(
        clinic=clinic, cancelled=False, starts_at__lt=last, leaves_at__gt=first
    ).exclude(id=besides)
    room = _Room(
        openings=openings(clinic),
        chairs=list(Chair.objects.filter(clinic=clinic, active=True).order_by("name")),
        taken=[_Taken(row.starts_at, row.leaves_at, row.chair_id, row.patient_id) for row in booked],
        patient_id=patient_id,
        now=now,
        hours=clinic.clock,
    )
    return [_place(start, length, room) for start in starts]


@dataclass(frozen=True, slots=True)
class _Taken:
    starts_at: datetime
    leaves_at: datetime
    chair_id: UUID | None
    patient_id: UUID


@dataclass(slots=True)
class _Room:
    """What is free; each placed start takes its share."""

    openings: Openings
    chairs: list[Chair]
    taken: list[_Taken]
    patient_id: UUID
    now: datetime
    hours: int
    zone: str = field(init=False)

    def __post_init__(self) -> None:
        self.zone = self.openings.zone

    def when(self, at: datetime) -> str:
        return times.when(at, self.zone, self.now, hours=self.hours)

    def clock(self, at: datetime) -> str:
        return times.clock(at, self.zone, hours=self.hours)


def _place(start: Start, length: Length, room: _Room) -> Placed:
    leaves_at = start.at + length.stay
    chair, refused = None, None
    meeting = [one for one in room.taken if one.starts_at < leaves_at and start.at < one.leaves_at]
    try:
        _check_time(start, leaves_at, room)
        _check_patient(meeting, room)
        chair = _chair(start, meeting, room)
    except Refused as refusal:
        refused = refusal
    else:
        room.taken.append(_Taken(start.at, leaves_at, chair.id if chair else None, room.patient_id))
    return Placed(start, start.at, start.at + length.infusion, leaves_at, chair, refused)


def _check_time(start: Start, leaves_at: datetime, room: _Room) -> None:
    if start.at <= room.now:
        raise Refused(
            _("%(when)s has passed. Choose a later time.") % {"when": _capital(room.when(start.at))}, "time"
        )
    if start.at > room.now + FARTHEST:
        raise Refused(_("This is more than a year away. Check the date."), "date")
    if start.anyway:
        return
    on = start.at.astimezone(ZoneInfo(room.zone)).date()
    if room.openings.closed_on(on):
        closed = _("The clinic is closed on %(day)s. Choose another day, or tick “book it anyway”.")
        raise Refused(closed % {"day": times.full_day(on, room.now)}, "date")
    if not room.openings.holds(start.at, leaves_at):
        outside = _(
            "The clinic is not open from %(start)s to %(end)s. Choose another time, or tick “book it anyway”."
        )
        raise Refused(outside % {"start": room.clock(start.at), "end": room.clock(leaves_at)}, "time")


def _check_patient(meeting: Iterable[_Taken], room: _Room) -> None:
    own = next((one for one in meeting if one.patient_id == room.patient_id), None)
    if own is not None:
        busy = _("This patient already has an infusion then: %(when)s. Choose another time.")
        raise Refused(busy % {"when": room.when(own.starts_at)}, "time")


def _chair(start: Start, meeting: Sequence[_Taken], room: _Room) -> Chair | None:
    taken = {one.chair_id for one in meeting}
    if start.chair_id is not None:
        chair = next((chair for chair in room.chairs if chair.id == start.chair_id), None)
        if chair is None:
            raise Refused(_("This chair is not in use any more. Choose another."), "chair")
        if chair.id in taken:
            busy = _("%(chair)s is taken at that time. Choose another chair or another time.")
            raise Refused(busy % {"chair": chair.name}, "chair")
        return chair
    free = [chair for chair in room.chairs if chair.id not in taken]
    chairless = sum(one.chair_id is None for one in meeting)  # booked before the clinic named its chairs
    if room.chairs and len(free) <= chairless:
        raise Refused(_("Every chair is taken at that time. Choose another time."), "time")
    return free[0] if free else None


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]
