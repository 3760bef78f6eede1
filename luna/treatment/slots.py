"""Where an infusion can be: opening hours, closed days, chairs, and what is booked already."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from luna.clinical.moment import DAY
from luna.clinical.protocol import Protocol
from luna.library import times
from luna.people import plans as people
from luna.people.errors import Refused
from luna.people.models import Chair, Clinic, ClosedDay, OpeningHours
from luna.treatment.models import BookingRevision, Infusion

NOBODY = UUID(int=0)  # whose a freed chair is, while nobody has taken it
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
    """Find each start a chair, in order, or say why it cannot be. Four queries.

    besides: an infusion that is being moved and so is not in its own way.
    """
    wanted = [Wanted(patient_id, start, length) for start in starts]
    free = room(clinic=clinic, wanted=wanted, now=now, besides=[besides] if besides else ())
    return [free.place(one) for one in wanted]


@dataclass(frozen=True, slots=True)
class Wanted:
    """A start somebody asks for, whose it is, and how long it takes."""

    patient_id: UUID
    start: Start
    length: Length


def room(
    *, clinic: Clinic, wanted: Sequence[Wanted], now: datetime, besides: Collection[UUID] = ()
) -> "Room":
    """Return what is free when these starts are wanted. Four queries, however many they are.

    besides: the infusions that are being moved and so are not in the way.
    """
    first = min((one.start.at for one in wanted), default=now)
    last = max((one.start.at + one.length.stay for one in wanted), default=now)
    booked = Infusion.objects.filter(
        clinic=clinic, cancelled=False, starts_at__lt=last, leaves_at__gt=first
    ).exclude(id__in=besides)
    return Room(
        openings=openings(clinic),
        chairs=list(Chair.objects.filter(clinic=clinic, active=True).order_by("name")),
        taken=[_Taken(row.starts_at, row.leaves_at, row.chair_id, row.patient_id) for row in booked],
        now=now,
        hours=clinic.clock,
    )


@dataclass(frozen=True, slots=True)
class Freed:
    """A chair that was booked for a time to come, and is not any more. The instants are UTC."""

    starts_at: datetime
    leaves_at: datetime
    chair: Chair

    @property
    def key(self) -> str:
        """Return what names it in a form."""
        return f"{self.starts_at:%Y%m%dT%H%M%S}.{self.chair.id.hex}"

    @property
    def length(self) -> Length:
        """Return for how long it is free, as it was booked."""
        return Length(self.leaves_at - self.starts_at, self.leaves_at - self.starts_at)

    def wanted(self, patient_id: UUID, length: Length) -> "Wanted":
        """Return it as somebody asks for it."""
        return Wanted(patient_id, Start(self.starts_at, self.chair.id), length)


def freed(*, clinic: Clinic, now: datetime, ahead: timedelta) -> tuple[list[Freed], "Room"]:
    """Return the chairs that were freed and can be booked as they were, by time, and what is free then.

    ahead: how far. Somebody who moved or cancelled freed it; a chair nobody ever booked is not among them.
    Five queries.
    """
    rows = BookingRevision.objects.filter(
        clinic=clinic, cancelled=False, chair__active=True, starts_at__gt=now, starts_at__lt=now + ahead
    )
    left = Q(infusion__cancelled=True) | ~Q(infusion__starts_at=F("starts_at"), infusion__chair=F("chair"))
    found = {
        (row.starts_at, row.chair_id): Freed(row.starts_at, row.leaves_at, row.chair)
        for row in rows.filter(left).select_related("chair").order_by("starts_at", "id")
    }
    # Whoever takes one may need it for longer than who left it: all of the day counts.
    wanted = [one.wanted(NOBODY, Length(DAY, DAY)) for one in found.values()]
    free = room(clinic=clinic, wanted=wanted, now=now)
    still = [
        one for one in found.values() if not free.without().place(one.wanted(NOBODY, one.length)).refused
    ]
    return sorted(still, key=lambda one: (one.starts_at, one.chair.name)), free


@dataclass(frozen=True, slots=True)
class _Taken:
    starts_at: datetime
    leaves_at: datetime
    chair_id: UUID | None
    patient_id: UUID


@dataclass(slots=True)
class Room:
    """What is free; each placed start takes its share."""

    openings: Openings
    chairs: list[Chair]
    taken: list[_Taken]
    now: datetime
    hours: int
    zone: str = field(init=False)

    def __post_init__(self) -> None:
        self.zone = self.openings.zone

    def place(self, wanted: Wanted) -> Placed:
        """Find a start a chair and take it, or say why it cannot be."""
        start, length = wanted.start, wanted.length
        leaves_at = start.at + length.stay
        chair, refused = None, None
        meeting = [one for one in self.taken if one.starts_at < leaves_at and start.at < one.leaves_at]
        try:
            _check_time(start, leaves_at, self)
            _check_patient(meeting, wanted.patient_id, self)
            chair = _chair(start, meeting, self)
        except Refused as refusal:
            refused = refusal
        else:
            self.taken.append(_Taken(start.at, leaves_at, chair.id if chair else None, wanted.patient_id))
        return Placed(start, start.at, start.at + length.infusion, leaves_at, chair, refused)

    def without(self, patient_id: UUID | None = None, starts_at: datetime | None = None) -> "Room":
        """Return it as it is, with one booking out of the way; what is placed there takes nothing here."""
        taken = [one for one in self.taken if (one.patient_id, one.starts_at) != (patient_id, starts_at)]
        return replace(self, taken=taken)

    def when(self, at: datetime) -> str:
        """Return a moment in words."""
        return times.when(at, self.zone, self.now, hours=self.hours)

    def clock(self, at: datetime) -> str:
        """Return a time of day in words."""
        return times.clock(at, self.zone, hours=self.hours)


def _check_time(start: Start, leaves_at: datetime, room: Room) -> None:
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


def _check_patient(meeting: Iterable[_Taken], patient_id: UUID, room: Room) -> None:
    own = next((one for one in meeting if one.patient_id == patient_id), None)
    if own is not None:
        busy = _("This patient already has an infusion then: %(when)s. Choose another time.")
        raise Refused(busy % {"when": room.when(own.starts_at)}, "time")


def _chair(start: Start, meeting: Sequence[_Taken], room: Room) -> Chair | None:
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
