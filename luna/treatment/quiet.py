"""Whose quiet hours keep a message that changes what comes before an infusion, and whom it reaches too late.

That it was moved or cancelled, also with its series, or what is eaten, drunk or taken before it.

Who hears too late is called, like who cannot be reached; the message leaves all the same once it may, unless
staff told them. Worked out, never stored.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from django.db.models import Q

from luna.clinical import plan as rules
from luna.clinical import reaching
from luna.clinical import task as tasks
from luna.clinical.protocol import Actor
from luna.clinical.task import Task
from luna.library import plans as library
from luna.notices import plans as notices
from luna.notices import reach
from luna.notices.plans import Line
from luna.notices.words import BEFORE, MEDICINES
from luna.people import safety
from luna.people.access import Viewer
from luna.people.models import CircleMember, ContactSafety, Patient, User
from luna.treatment import covers, plans
from luna.treatment.models import Infusion, Moment, Series


@dataclass(frozen=True, slots=True)
class Silent:
    """Who keeps quiet hours now, and by when each would have to hear of a change of an infusion.

    until: user -> when their quiet hours end. by: through `hear_by`.
    """

    until: Mapping[UUID, datetime]
    by: Mapping[Actor, datetime]

    def sends_at(self, user: User) -> datetime | None:
        """Return when a message to somebody leaves, None where nothing keeps it."""
        return self.until.get(user.id)

    def is_too_late(self, user: User, actor: Actor) -> bool:
        """Say whether a message to somebody comes too late. actor: as what they hear of it."""
        return reaching.is_too_late(self.sends_at(user), self.by.get(actor))


@dataclass(frozen=True, slots=True)
class Kept:
    """A message that quiet hours keep, and how else its reader is reached.

    by: when they have to hear it. phone: empty where none is known. voicemail: what the patient said of
    leaving a message; None where nobody asked, or of others. to: the patient, or who of their circle it is.
    """

    line: Line
    infusion: Infusion
    by: datetime
    phone: str
    voicemail: bool | None
    to: Patient | CircleMember | None

    @property
    def name(self) -> str:
        """Return whom it is to."""
        return self.line.to

    @property
    def is_too_late(self) -> bool:
        """Say whether it comes too late to act on, so that somebody calls."""
        return reaching.is_too_late(self.line.sends_at, self.by)


NOBODY = Silent({}, {})  # keeps quiet hours


def hear_by(
    series: Series,
    infusion: Infusion,
    starts: Collection[datetime],
    since: datetime,
    *,
    of_medicines: bool = False,
) -> dict[Actor, datetime]:
    """Return by when the patient, and whoever helps, have to hear of a change of an infusion. No queries.

    series: through `plans.loaded`. starts: when it begins, before and after. since: when it changed.
    of_medicines: what changed is what they take, so that other steps do not count.
    """
    every = (step for at in starts for step in _steps(series, infusion, at, since))
    steps = [one for one in every if not of_medicines or (one.order and one.order.about)]
    return {who: tasks.to_hear_by(steps, who, starts, since) for who in (Actor.PATIENT, Actor.CARETAKER)}


def _steps(series: Series, infusion: Infusion, starts_at: datetime, now: datetime) -> list[Task]:
    """Return the steps of an infusion as they are, or were, with this start."""
    facts = plans.facts_if(series, infusion, starts_at, now)
    mine = infusion.id.hex
    bookings = tuple(
        replace(one, cancelled_at=None) if one.infusion == mine else one for one in facts.bookings
    )
    found = rules.apply(library.protocol(series.protocol), replace(facts, bookings=bookings, stopped_at=None))
    return [one for one in found if one.infusion == mine]


def silent(infusion: Infusion, circle: Iterable[CircleMember], now: datetime) -> Silent:
    """Return who of those who would hear that an infusion changes keeps quiet hours now.

    By the times it has: another start may matter sooner. As many queries for many in the circle.
    """
    users = [one.user_id for one in circle]
    if infusion.patient.user_id:
        users.append(infusion.patient.user_id)
    until = reach.silent_until(users, now, zone=infusion.clinic.zone)
    if not until:
        return NOBODY
    series = plans.loaded(Series.objects.filter(id=infusion.series_id)).get()
    return Silent(until, hear_by(series, infusion, [infusion.starts_at], now))


def kept(viewer: Viewer, now: datetime, about: Q | None = None) -> list[Kept]:
    """Return the messages that quiet hours keep, of those `notices.plans.kept_quiet` names.

    about: which infusions; all of them without. Nothing to staff who may not book, nor of who has come, or
    where the time is over. The same number of queries, however many they are.
    """
    if not viewer.has_role(*plans.BOOKERS):
        return []
    mine = Infusion.objects.visible_to(viewer)
    ids = None if about is None else mine.filter(about).values_list("id", flat=True)
    lines = notices.kept_quiet(viewer, ids, now)
    rows = mine.filter(id__in=[_about(line) for line in lines]).select_related("patient", "clinic")
    ahead = {row.id: row for row in rows.prefetch_related("moments") if _is_ahead(row, now)}
    lines = [line for line in lines if _about(line) in ahead and _is_told(line, ahead[_about(line)])]
    if not lines:
        return []
    patients = {row.patient_id for row in ahead.values()}
    told = {line.notice.to_user_id for line in lines}
    circle = list(covers.circle().filter(patient__in=patients, user__in=told))
    numbers = safety.numbers_of_members(viewer, circle)
    members = {(one.patient_id, one.user_id): (one, numbers[one.id]) for one in circle}
    safe = safety.latest_of(viewer, patients)
    bys = by_line(viewer, lines)
    return [_kept(line, ahead[_about(line)], bys[line.notice.id], members, safe) for line in lines]


def by_line(viewer: Viewer, lines: Iterable[Line]) -> dict[UUID, datetime]:
    """Return id of a message of those `kept` gives -> by when it must be heard.

    Where it names no time, by the steps of the infusion as they are now: an order leaves no older ones.

    As many queries for many, none for none.
    """
    kept = [one for one in lines if one.sends_at is not None]
    if not kept:
        return {}
    theirs = Series.objects.visible_to(viewer).filter(infusions__in={_about(one) for one in kept})
    series = list(plans.loaded(theirs.distinct()))
    library.protocols(one.protocol for one in series)  # all at once
    rows = {row.id: (one, row) for one in series for row in one.infusions.all()}
    known: dict[tuple[object, ...], Mapping[Actor, datetime]] = {}
    found: dict[UUID, datetime] = {}
    for one in kept:
        of, row = rows[_about(one)]
        since, told = one.notice.created_at, one.notice.values
        starts = tuple(datetime.fromisoformat(told[name]) for name in ("was_at", "starts_at") if name in told)
        of_medicines = one.notice.words == MEDICINES
        key = row.id, since, starts, of_medicines
        if key not in known:
            known[key] = hear_by(of, row, starts or [row.starts_at], since, of_medicines=of_medicines)
        found[one.notice.id] = known[key][_as(of.patient, one)]
    return found


def _about(line: Line) -> UUID:
    return UUID(hex=line.notice.task_key or line.notice.values["infusion"])


def _as(patient: Patient, line: Line) -> Actor:
    """Return as what somebody hears of a change."""
    return Actor.PATIENT if patient.user_id == line.notice.to_user_id else Actor.CARETAKER


def _is_told(line: Line, infusion: Infusion) -> bool:
    """Say whether a message is worth hearing of an infusion: what comes before one that is off is not."""
    return not (infusion.cancelled and line.notice.words in BEFORE)


def _is_ahead(infusion: Infusion, now: datetime) -> bool:
    """Say whether hearing of a change is of use still: the patient has not come, and its time is not over."""
    if infusion.cancelled:
        return infusion.ends_at > now
    return infusion.starts_at > now and Moment.What.ARRIVED not in plans.standing_moments(infusion)


def _kept(
    line: Line,
    infusion: Infusion,
    by: datetime,
    members: Mapping[tuple[UUID, UUID], tuple[CircleMember, str]],
    safe: Mapping[UUID, ContactSafety],
) -> Kept:
    patient = infusion.patient
    if _as(patient, line) is Actor.PATIENT:
        known = safe.get(patient.id)
        phone = safety.number(patient, known)
        return Kept(line, infusion, by, phone, known.voicemail if known else None, patient)
    member, phone = members.get((patient.id, line.notice.to_user_id), (None, ""))
    return Kept(line, infusion, by, phone, None, member)
