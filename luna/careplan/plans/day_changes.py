"""A day on which the clinic runs late or closes: what that would do, and what it did.

Nothing here writes. Who has arrived, is in the chair or at home is never touched: their watch goes on.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from luna.careplan.models import DayChange
from luna.careplan.plans import eating
from luna.careplan.plans.calling import plans_of_called, said_to
from luna.careplan.plans.changed import NEAR
from luna.careplan.plans.daily import RUNNING, where
from luna.careplan.plans.loading import Plan, Visit, plans_of
from luna.careplan.plans.still_open import going
from luna.clinical import calendar
from luna.clinical import plan as rules
from luna.clinical.calendar import Break
from luna.clinical.eating import standing
from luna.clinical.moment import DAY, instant
from luna.library import times
from luna.notices import plans as notices
from luna.notices import reach
from luna.notices.models import Notice
from luna.notices.plans import Line, Word
from luna.people import safety
from luna.people.access import Viewer
from luna.people.models import CircleMember, ContactSafety, Patient
from luna.treatment import calls, covers, quiet, slots
from luna.treatment.calls import Call, Hearers
from luna.treatment.models import BookingRevision, Infusion
from luna.treatment.quiet import Silent
from luna.treatment.slots import Length, Openings, Placed, Start, Wanted

What = DayChange.What
BREAKS: dict[Break, Promise] = {
    Break.WEEKDAY: _("Its protocol does not use this day of the week."),
    Break.SAME_DAY: _("They would have two infusions on one day."),
    Break.TOO_MANY: _("They would have more in seven days than the protocol asks for: %(a_week)s a week."),
    Break.TOO_FEW: _("They would have fewer that week than the protocol asks for: %(a_week)s."),
}


# How far a message came -> how that stands.
LEVELS = {
    Word.WAITS: "todo",
    Word.LEAVES: "todo",
    Word.SENT: "fine",
    Word.OPENED: "fine",
    Word.UNREACHED: "warn",
}


@dataclass(frozen=True, slots=True)
class Asked:
    """What staff say of a day. minutes: how much later everything is; None when the clinic closes."""

    on: date
    what: str
    minutes: int | None = None


@dataclass(frozen=True, slots=True)
class Touched:
    """An infusion that would be moved or cancelled, and what that does.

    to: its new start, None when it is cancelled. breaks: what speaks against it, in words. refused: why it
    cannot be at all. eating: the first line the patient would read. hearers: who would hear of it.
    """

    plan: Plan
    visit: Visit
    to: datetime | None
    breaks: tuple[str, ...]
    refused: str
    eating: str
    hearers: Hearers

    @property
    def key(self) -> str:
        """Return what names it in a form."""
        return self.visit.booking.infusion

    @property
    def revision(self) -> int:
        """Return the revision of the booking this was worked out from."""
        return self.visit.row.revision

    @property
    def is_whole(self) -> bool:
        """Say whether nothing speaks against it."""
        return not self.breaks and not self.refused


@dataclass(frozen=True, slots=True)
class Kept:
    """An infusion of the day that stays as it is, and why."""

    plan: Plan
    visit: Visit
    why: str


@dataclass(frozen=True, slots=True)
class Preview:
    """What a change of a day would do, by time."""

    asked: Asked
    touched: tuple[Touched, ...]
    kept: tuple[Kept, ...]

    @property
    def patients(self) -> list[Patient]:
        """Return whose infusions it shows."""
        return [one.plan.patient for one in (*self.touched, *self.kept)]


def preview(viewer: Viewer, asked: Asked, now: datetime) -> Preview:
    """Return what a change would do to every infusion of a day. The same number of queries for any day."""
    zone = ZoneInfo(viewer.clinic.zone)
    start, end = (instant(on, time(), zone) for on in (asked.on, asked.on + DAY))
    booked = Infusion.objects.visible_to(viewer).filter(
        starts_at__gte=start, starts_at__lt=end, cancelled=False
    )
    every = plans_of(going(viewer, now).filter(patient__in=booked.values("patient")), now)
    of_day = [(plan, one) for plan in every for one in plan.live_visits if start <= one.starts_at < end]
    of_day.sort(key=lambda one: (one[1].starts_at, one[0].patient.name))
    kept = [Kept(plan, one, why) for plan, one in of_day if (why := _stays(one, now))]
    ahead = [(plan, one) for plan, one in of_day if not _stays(one, now)]
    theirs = {plan.patient.id: [one for one in every if one.patient.id == plan.patient.id] for plan in every}
    placed, opened = _placed(viewer, ahead, asked, now)
    reached = calls.reached(one.row for _plan, one in ahead)
    until = _silent_until([plan for plan, _one in ahead], viewer.clinic.zone, now)
    touched = (
        _touched(
            plan, one, theirs[plan.patient.id], placed=placed, opened=opened, reached=reached, until=until
        )
        for plan, one in ahead
    )
    return Preview(asked, tuple(touched), tuple(kept))


def _stays(visit: Visit, now: datetime) -> str:
    """Return why an infusion is left alone, empty where it is not."""
    booking = visit.booking
    if booking.home_at:
        return gettext("At home: the watch goes on")
    if booking.ended_at or booking.left_at:
        return gettext("Over")
    if booking.started_at:
        return gettext("Under way")
    if booking.arrived_at:
        return gettext("Has arrived: tell them yourself")
    return gettext("Its time is over, and nothing was written down") if booking.ends_at <= now else ""


def _placed(
    viewer: Viewer, ahead: Sequence[tuple[Plan, Visit]], asked: Asked, now: datetime
) -> tuple[Mapping[UUID, Placed], Openings]:
    """Return infusion -> where it would be, none when the clinic closes; and when the clinic is open.

    The last goes first, as they are carried out, so that none is in the way of another. In its own chair
    where that is free, else in any.
    """
    later = timedelta(minutes=asked.minutes or 0)
    rows = [one.row for _plan, one in reversed(ahead)]

    def wanted(row: Infusion, chair: UUID | None) -> Wanted:
        start = Start(row.starts_at + later, chair, anyway=True)
        return Wanted(row.patient_id, start, Length.booked(row))

    anywhere = [wanted(row, None) for row in rows]
    room = slots.room(clinic=viewer.clinic, wanted=anywhere, now=now, besides=[row.id for row in rows])
    found = {}
    for row in rows if asked.minutes is not None else ():
        own = room.place(wanted(row, row.chair_id))
        found[row.id] = room.place(wanted(row, None)) if own.refused else own
    return found, room.openings


def _touched(
    plan: Plan,
    visit: Visit,
    theirs: Sequence[Plan],
    *,
    placed: Mapping[UUID, Placed],
    opened: Openings,
    reached: Collection[UUID],
    until: Mapping[UUID, datetime],
) -> Touched:
    found = placed.get(visit.row.id)
    to = found.starts_at if found else None
    silent = _silent(plan, visit, to, until)
    refused = str(found.refused) if found and found.refused else ""
    return Touched(
        plan=plan,
        visit=visit,
        to=to,
        breaks=tuple(_breaks(plan, visit, found, opened)),
        refused=refused,
        eating=_eating(plan, visit, theirs, to),
        hearers=calls.hearers(visit.row, plan.patient, plan.everybody, reached, silent),
    )


def _silent_until(plans: Iterable[Plan], zone: str, now: datetime) -> dict[UUID, datetime]:
    """Return user -> when the quiet hours end that they keep now, of all who would hear. One query."""
    users = {one.user_id for plan in plans for one in (plan.patient, *plan.everybody)} - {None}
    return reach.silent_until(users, now, zone=zone)


def _silent(plan: Plan, visit: Visit, to: datetime | None, until: Mapping[UUID, datetime]) -> Silent:
    """Return who keeps quiet hours now of those who would hear, and by when they would have to."""
    theirs = {one.user_id for one in (plan.patient, *plan.everybody)}
    if not theirs & until.keys():
        return quiet.NOBODY
    starts = [visit.starts_at] if to is None else [visit.starts_at, to]
    return Silent(until, quiet.hear_by(plan.series, visit.row, starts, plan.now))


def _breaks(plan: Plan, visit: Visit, found: Placed | None, opened: Openings) -> Iterator[str]:
    """Give what speaks against a change: the clinic's hours, and the rhythm of the protocol."""
    zone, hours = ZoneInfo(plan.clinic.zone), plan.clinic.clock
    if found is not None and not opened.holds(found.starts_at, found.leaves_at):
        was_open = opened.holds(visit.starts_at, visit.leaves_at)
        ends = times.clock(found.leaves_at, plan.clinic.zone, hours=hours)
        if was_open:
            yield gettext("It would last until %(time)s. The clinic is closed by then.") % {"time": ends}
    infusions = plan.protocol.infusions
    others = [one.starts_at.astimezone(zone).date() for one in plan.live_visits if one is not visit]
    broken = calendar.breaks(
        visit.starts_at.astimezone(zone).date(),
        found.starts_at.astimezone(zone).date() if found else None,
        others,
        weekdays=frozenset(infusions.days),
        a_week=infusions.a_week,
    )
    for one in broken:
        yield str(BREAKS[one]) % {"a_week": infusions.per_week}


def _eating(plan: Plan, visit: Visit, theirs: Sequence[Plan], to: datetime | None) -> str:
    """Return the first line the patient would read: what they may eat and drink then.

    Empty where it would not stand first: the infusion is far, or another one is under way or watched.
    """
    is_near = min(visit.starts_at, to or visit.starts_at) - plan.now <= NEAR
    if not is_near or any(where(one)[0] in RUNNING for one in theirs):
        return ""
    booking = visit.booking
    if to is None:
        after = replace(booking, cancelled_at=plan.now)
    else:
        after = replace(booking, starts_at=to, ends_at=to + (booking.ends_at - booking.starts_at))
    bookings = tuple(after if one is booking else one for one in plan.facts.bookings)
    tasks = rules.apply(plan.protocol, replace(plan.facts, bookings=bookings))
    fasts = [*eating.before(plan, bookings, tasks)]
    for other in (one for one in theirs if one is not plan):
        fasts += eating.before(other, other.facts.bookings, other.tasks)
    zone = plan.clinic.zone
    return eating.said(standing(fasts, plan.now), name="", zone=zone, own=zone, now=plan.now)[0]


@dataclass(frozen=True, slots=True)
class Told:
    """Somebody who is to hear of a change. phone: E.164, empty where none is known.

    line: the message to them, None where Luna has no address to write to; then call says what they are to
    hear and whether staff told them. voicemail: what the patient said of leaving a message; None where
    nobody asked, or of others. to: the patient, or who of their circle it is; None for who drives. words:
    what to say to them, line by line, while they are to be called. by: when they have to hear it, where
    their quiet hours keep the message.
    """

    name: str
    phone: str
    line: Line | None
    voicemail: bool | None = None
    call: Call | None = None
    to: Patient | CircleMember | None = None
    words: tuple[str, ...] = ()
    by: datetime | None = None

    @property
    def word(self) -> Word | None:
        """Return how far the message to them came, None where there is none, or it is no longer true."""
        if self.line is None or self.line.notice.state == Notice.State.VOID:
            return None
        return notices.word(self.line.notice, sends_at=self.line.sends_at, by=self.by)

    @property
    def level(self) -> str:
        """Return how it stands: "fine" once told, "todo" until the message left, else "warn": call them."""
        if self.line is None:
            return "fine" if self.call and self.call.told else "warn"
        return LEVELS[self.word] if self.word else "na"


@dataclass(frozen=True, slots=True)
class Done:
    """One infusion of a change of a day, and what came of it.

    was, to: its start before and after, `to` None when it is cancelled. is_done: it was moved or cancelled
    by this change. told: those concerned, whoever has to be called first.
    """

    infusion: Infusion
    was: datetime
    to: datetime | None
    is_done: bool
    told: tuple[Told, ...]

    @property
    def calls(self) -> list[Told]:
        """Return who has to be called."""
        return [one for one in self.told if one.level == "warn"]


def done(viewer: Viewer, change: DayChange, now: datetime) -> list[Done]:
    """Return what came of a change of a day, by time, and what to say to whom no message reaches.

    The same number of queries for any day.
    """
    found = _done(viewer, change, now)
    called = {one.infusion.patient_id for one in found if any(told.to for told in one.calls)}
    plans = plans_of_called(viewer, called, now)
    return [
        replace(one, told=tuple(_with_words(told, one, plans, now) for told in one.told)) for one in found
    ]


def _with_words(told: Told, one: Done, plans: Mapping[UUID, list[Plan]], now: datetime) -> Told:
    """Return who is to be called with what to say to them, others as they are."""
    if told.level != "warn":
        return told
    words = calls.words(told.call, now) if told.call else ()
    if not words and told.to is not None:
        words = said_to(told.to, one.infusion, one.was, plans.get(one.infusion.patient_id, []))
    return replace(told, words=words)


def _done(viewer: Viewer, change: DayChange, now: datetime) -> list[Done]:
    lines = {UUID(line["infusion"]): line for line in change.lines}
    infusions = calls.with_calls(Infusion.objects.visible_to(viewer).filter(id__in=lines))
    rows = list(infusions.prefetch_related("revisions"))
    patients = {row.patient_id for row in rows}
    members = list(covers.circle().filter(patient__in=patients))
    safe, numbers = safety.latest_of(viewer, patients), safety.numbers_of_members(viewer, members)
    sent = calls.written(rows)
    messages = notices.of_bookings(viewer, [row.id for row in rows], since=change.at, now=now)
    bys = quiet.by_line(viewer, messages)
    found = []
    for row in rows:
        line, revisions = lines[row.id], row.revisions.all()
        own = next((one for one in revisions if one.client_id == change.id), None)
        before = max((one for one in revisions if one.revision <= line["revision"]), key=lambda r: r.revision)
        circle = [one for one in members if one.patient_id == row.patient_id]
        known = safe.get(row.patient_id)
        told = _told(row, own, messages, circle=circle, safe=known, sent=sent, now=now) if own else ()
        told = [_reachable(one, bys, numbers) for one in told]
        to = datetime.fromisoformat(line["to"]) if line["to"] else None
        found.append(Done(row, before.starts_at, to, own is not None, tuple(told)))
    return sorted(found, key=lambda one: (one.was, one.infusion.patient.name))


def _reachable(told: Told, bys: Mapping[UUID, datetime], numbers: Mapping[UUID, str]) -> Told:
    """Return who was told, with by when they have to hear it and the number that is safe."""
    by = bys.get(told.line.notice.id) if told.line else told.by
    phone = numbers[told.to.id] if isinstance(told.to, CircleMember) else told.phone
    return replace(told, by=by, phone=phone)


def _told(
    row: Infusion,
    own: BookingRevision,
    messages: Iterable[Line],
    *,
    circle: Sequence[CircleMember],
    safe: ContactSafety | None,
    sent: calls.Written,
    now: datetime,
) -> Iterator[Told]:
    """Give who is concerned by one infusion's change: to be called while no later change took its place."""
    if own.revision == (row.revision if row.cancelled else row.times_revision):
        for one in calls.of(row, circle, safe, sent, now):
            if one.since >= own.at and one.what is not calls.What.TIMES:  # else it is no news of this change
                yield Told(one.name, one.phone, None, one.voicemail, call=one, to=one.to)
    mine = [one for one in messages if one.notice.key.startswith(row.id.hex)]
    yield from _written_to(row, [one for one in mine if one.notice.revision == own.revision], circle, safe)


def latest(viewer: Viewer, most: int) -> list[tuple[DayChange, int]]:
    """Return a clinic's last changes of a day, each with how many infusions are not done. Two queries."""
    rows = list(DayChange.objects.visible_to(viewer).select_related("by").order_by("-at")[:most])
    done = BookingRevision.objects.filter(clinic=viewer.clinic_id, client_id__in=[row.id for row in rows])
    counts = Counter(done.values_list("client_id", flat=True))
    return [(row, len(row.lines) - counts[row.id]) for row in rows]


def _written_to(
    row: Infusion, lines: Iterable[Line], circle: Iterable[CircleMember], safe: ContactSafety | None
) -> Iterator[Told]:
    """Give who was written to of one infusion's change, each with how else to reach them."""
    members = {one.user_id: one for one in circle}
    named = {str(one.id): one for one in row.rides.all() if one.who_id is None}
    patient, own = row.patient, safety.number(row.patient, safe)
    for line in lines:
        notice = line.notice
        if notice.to_user_id == patient.user_id and notice.to_user_id is not None:
            yield Told(patient.name, own, line, safe.voicemail if safe else None, to=patient)
        elif notice.to_user_id is not None:
            member = members.get(notice.to_user_id)
            yield Told(line.to, "", line, to=member)  # the number: through `_reachable`
        elif (ride := named.pop(notice.values.get("ask", ""), None)) is not None:
            yield Told(ride.name, ride.phone, line)
