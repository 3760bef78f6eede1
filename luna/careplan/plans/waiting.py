"""The waiting list: who waits for an earlier chair, which chairs are free, and who can be offered which.

Nothing here writes. An offer has no state of its own: whether it is open is worked out anew whenever
somebody looks, so it ends by itself.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from luna.careplan.models import ChairOffer, Waiting
from luna.careplan.plans.daily import RUNNING, where
from luna.careplan.plans.loading import ENDED, Plan, Visit, plans_of
from luna.careplan.plans.ready import HOLDING, Ready, ready_of
from luna.clinical import calendar, cancelling, waiting
from luna.clinical import plan as rules
from luna.clinical.fasting import DRINK, FOOD
from luna.clinical.readiness import Level
from luna.clinical.task import Task
from luna.clinical.waiting import Asker, Bar, Wish
from luna.escalation.models import Escalation
from luna.intake import plans as intake
from luna.notices import plans as notices
from luna.notices import reach
from luna.notices.models import Notice
from luna.notices.plans import Word
from luna.people import safety
from luna.people.access import Viewer
from luna.people.models import Clinic, ContactSafety, Patient
from luna.treatment import covers, ordering, rides, slots
from luna.treatment import plans as treatment
from luna.treatment.models import BookingRevision, Infusion, Order, Series
from luna.treatment.slots import Freed, Length, Room

OFFER = "offer"  # what a message about an offered chair is about: {offer}.offer
AHEAD = timedelta(days=14)  # how far freed chairs are shown
OFFERED = timedelta(hours=2)  # how long an offer is open unless staff say otherwise
# Causes of an escalation that say nothing of how somebody is: `escalation.words` says them in words.
ARRANGING = ("ride", "coverage", "barred-adult", "countersign", "unanswered", "unread")
HELPERS = ("barred", "barred-driver")  # reasons about who helps at the time they have, not at another
# Why somebody cannot be offered a chair, in words for staff.
BARS = {
    Bar.UNWELL: _("Not well: the clinic is asked to see to them, or they gave up an infusion lately"),
    Bar.UNDER_WAY: _("An infusion of theirs is under way or being watched"),
    Bar.IMPAIRED: _("Still under the effect of an infusion"),
    Bar.HELD: _("Something speaks against it that a prescriber decides"),
    Bar.UNDECIDED: _("Nobody has decided about a medicine of theirs"),
    Bar.FOOD: _("Too late for their last meal"),
    Bar.DRINK: _("Too late for their last drink"),
    Bar.UNKNOWN: _("Nobody has said how long they fast"),
    Bar.MEDICINE: _("Too late to leave out a medicine"),
    Bar.RIDE: _("Nobody is said to take them home then"),
    Bar.ADULT: _("Nobody is said to stay with them then"),
    Bar.BARRED: _("Who they named must not take them home: see contact safety"),
    Bar.SPACING: _("It breaks the rhythm of their protocol"),
    Bar.LATER: _("No earlier than what they have"),
    Bar.TIMES: _("Not a day or hour they can come"),
    Bar.CHAIR: _("Their infusion does not fit into the free time"),
    Bar.QUIET: _("No message leaves in time, because of their quiet hours: call them"),
    Bar.ACCOUNT: _("No message reaches them: call, then move the infusion"),
}


class State(StrEnum):
    """How an offer stands."""

    OPEN = "open"
    TAKEN = "taken"  # by them
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"  # staff took it back before anybody answered
    GONE = "gone"  # somebody else said yes first
    OVER = "over"  # its time is over, or it can no longer be theirs


@dataclass(frozen=True, slots=True)
class Waits:
    """Somebody on the list: their newest word, and since when they wait without a break."""

    row: Waiting
    since: datetime
    plan: Plan
    visit: Visit

    @property
    def patient(self) -> Patient:
        """Return who waits."""
        return self.plan.patient

    @property
    def infusion(self) -> Infusion:
        """Return the infusion they want earlier."""
        return self.visit.row


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody on the list beside one free chair. offer: the last one of it to them, None without.

    sends_at: when their quiet hours let a message out, None where it leaves at once. notice: about an open
    offer. phone: the number staff call them on, empty where none is known.
    """

    waits: Waits
    bars: tuple[Bar, ...]
    offer: ChairOffer | None
    state: State | None
    food_until: datetime | None
    sends_at: datetime | None
    notice: Notice | None
    phone: str

    @property
    def word(self) -> Word | None:
        """Return how far the message about an open offer came, None where none is open."""
        if self.offer is None or self.state is not State.OPEN:
            return None
        if self.notice is None:
            return Word.UNREACHED
        return notices.word(self.notice, sends_at=self.sends_at, by=self.offer.until)

    @property
    def reasons(self) -> list[str]:
        """Return why they cannot be offered it, in words for staff."""
        return [str(BARS[bar]) for bar in self.bars]


@dataclass(frozen=True, slots=True)
class Free:
    """A freed chair and who waits, the longest first."""

    slot: Freed
    candidates: tuple[Candidate, ...]

    @property
    def able(self) -> list[Candidate]:
        """Return whom it can be offered to."""
        return [one for one in self.candidates if not one.bars and one.state is not State.DECLINED]

    @property
    def barred(self) -> list[Candidate]:
        """Return who cannot have it, with why."""
        return [one for one in self.candidates if one.bars or one.state is State.DECLINED]


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of everybody on a clinic's list, loaded once: the same queries for one or many."""

    waits: tuple[Waits, ...]
    ready: Mapping[UUID, Ready]  # by infusion
    unwell: frozenset[UUID]  # patients
    under_way: frozenset[UUID]
    impaired: Mapping[UUID, datetime]
    slots: tuple[Freed, ...]
    room: Room
    now: datetime


def known(clinic: Clinic, now: datetime, *, patient_id: UUID | None = None) -> Known:
    """Return who waits at a clinic and what is free. patient_id: only their own words on the list.

    It is judged on all that the clinic knows, whoever looks; what is shown of it is for the page to say.
    """
    reader = intake.reader_of(clinic)
    rows = _newest(reader, now, patient_id)
    series = Series.objects.visible_to(reader).filter(
        Q(stopped_at__isnull=True) | Q(stopped_at__gt=now - ENDED),
        patient__in=[row.patient_id for row, _since in rows.values()],
    )
    every = plans_of(series.order_by("started_at", "id"), now)
    waits = sorted(_waits(rows, every), key=lambda one: (one.since, one.row.id))
    found, room = slots.freed(clinic=clinic, now=now, ahead=AHEAD)
    ready = ready_of(reader, [(one.plan, one.visit) for one in waits], now)
    return Known(
        waits=tuple(waits),
        ready={one.row.id: one for one in ready},
        unwell=_unwell(clinic, {one.patient.id for one in waits}, now),
        under_way=frozenset(plan.patient.id for plan in every if _is_under_way(plan)),
        impaired=_impaired(waits),
        slots=tuple(found),
        room=room,
        now=now,
    )


def free_chairs(viewer: Viewer, now: datetime) -> tuple[list[Free], Known]:
    """Return a clinic's freed chairs by time, each with everybody who waits; and what that is known from."""
    of = known(viewer.clinic, now)
    starts = [slot.starts_at for slot in of.slots]
    offers = (
        ChairOffer.objects.visible_to(viewer)
        .filter(starts_at__in=starts)
        .select_related("answer", "withdrawal", "infusion")
    )
    last = {
        (one.starts_at, one.chair_id, one.infusion_id): one for one in offers.order_by("recorded_at", "id")
    }
    told = Notice.objects.visible_to(viewer).filter(
        task_key__in=[about_offer(one.id) for one in last.values()]
    )
    seen = _Seen(
        offers=last,
        notices={one.task_key: one for one in told},
        silent=silent_until(of, [one.patient for one in of.waits]),
        safe=safety.latest_of(viewer, [one.patient.id for one in of.waits]),
    )
    return [Free(slot, tuple(_candidate(one, slot, of, seen) for one in of.waits)) for slot in of.slots], of


def bars_of(
    one: Waits, slot: Freed, of: Known, *, until: datetime, sends_at: datetime | None
) -> tuple[Bar, ...]:
    """Return why somebody cannot be offered a chair, none of it if they can. No queries.

    sends_at: when a message to them can leave, None where it leaves at once.
    """
    asker = _asker(one, slot, of)
    return waiting.bars(asker, slot_at=slot.starts_at, until=until, now=of.now, sends_at=sends_at)


def silent_until(of: Known, patients: Iterable[Patient]) -> dict[UUID, datetime]:
    """Return patient -> when the quiet hours end that keep a message to them now. One query."""
    users = {one.user_id: one for one in patients if one.user_id is not None}
    found = reach.silent_until(users, of.now, zone=of.room.zone)
    return {users[user_id].id: at for user_id, at in found.items()}


def about_offer(offer_id: UUID) -> str:
    """Return what a message about an offer is about: the key it is withdrawn by."""
    return f"{offer_id.hex}.{OFFER}"


def slot_of(of: Known, starts_at: datetime, chair_id: UUID) -> Freed | None:
    """Return a freed chair by its time, None if it is not free any more."""
    return next((one for one in of.slots if (one.starts_at, one.chair.id) == (starts_at, chair_id)), None)


def standing(infusions: Iterable[Infusion]) -> dict[UUID, Waiting]:
    """Return infusion -> the word on an earlier time that counts, for those somebody waits for. One query."""
    rows = {one.id: one for one in infusions}
    last = {
        row.infusion_id: row
        for row in Waiting.objects.filter(infusion__in=rows).order_by("recorded_at", "id")
    }
    return {
        of: row
        for of, row in last.items()
        if row.is_on and row.revision == rows[of].times_revision and not rows[of].cancelled
    }


def offers_of(viewer: Viewer, now: datetime) -> list[tuple[ChairOffer, State]]:
    """Return the offers a patient was made of times still to come, the newest first, as each stands."""
    rows = ChairOffer.objects.visible_to(viewer).filter(patient=viewer.patient_id, starts_at__gt=now)
    return _as_they_stand(viewer, rows.order_by("-recorded_at", "-id"), now)


def open_offers(viewer: Viewer, now: datetime) -> list[ChairOffer]:
    """Return what a patient can say yes to now, the first to end first. One query where nothing was."""
    rows = ChairOffer.objects.visible_to(viewer).filter(
        patient=viewer.patient_id, until__gt=now, answer__isnull=True, withdrawal__isnull=True
    )
    found = _as_they_stand(viewer, rows.order_by("until", "id"), now)
    return [one for one, how in found if how is State.OPEN]


def _as_they_stand(
    viewer: Viewer, offers: QuerySet[ChairOffer], now: datetime
) -> list[tuple[ChairOffer, State]]:
    rows = list(offers.select_related("answer", "withdrawal", "chair", "infusion"))
    if not rows:
        return []
    of, taken = known(viewer.clinic, now, patient_id=viewer.patient_id), taken_of(rows)
    return [(one, state(one, of, taken)) for one in rows]


def is_open(offer_id: UUID, now: datetime) -> bool:
    """Say whether an offer can still be taken: asked before its message goes out."""
    rows = ChairOffer.objects.select_related("clinic", "infusion", "answer", "withdrawal")
    row = rows.filter(id=offer_id).first()
    if row is None:
        return False
    of = known(row.clinic, now, patient_id=row.patient_id)
    return state(row, of, taken_of([row])) is State.OPEN


def taken_of(offers: Iterable[ChairOffer]) -> frozenset[tuple[datetime, UUID]]:
    """Return the times and chairs of some offers that somebody took by an offer. One query."""
    at = {one.starts_at for one in offers}
    rows = ChairOffer.objects.filter(starts_at__in=at, answer__is_taken=True)
    return frozenset(rows.values_list("starts_at", "chair_id"))


def state(offer: ChairOffer, of: Known, taken: frozenset[tuple[datetime, UUID]]) -> State:
    """Return how an offer stands now. taken: `taken_of`. No queries."""
    slot, mine = slot_of(of, offer.starts_at, offer.chair_id), waits_for(of, offer.infusion_id)
    return _ended(offer, slot, mine, of.now, taken) or _judged(offer, _asker(mine, slot, of), of.now)


def waits_for(of: Known, infusion_id: UUID) -> Waits | None:
    """Return who waits for an infusion, None while nobody does."""
    return next((one for one in of.waits if one.infusion.id == infusion_id), None)


def _ended(
    offer: ChairOffer,
    slot: Freed | None,
    mine: Waits | None,
    now: datetime,
    taken: frozenset[tuple[datetime, UUID]],
) -> State | None:
    """Return how an offer ended, None where its chair is free and they wait for it: then the rules judge."""
    if getattr(offer, "withdrawal", None) is not None:
        return State.WITHDRAWN
    answer = getattr(offer, "answer", None)
    if answer is not None and not answer.is_taken:
        return State.DECLINED
    if answer is not None:
        has_it = offer.infusion.starts_at == offer.starts_at and not offer.infusion.cancelled
        return State.TAKEN if has_it else State.OVER
    if slot is None:
        # Taken by whoever said yes first; or booked otherwise, or closed, which nobody needs to know.
        return State.GONE if (offer.starts_at, offer.chair_id) in taken else State.OVER
    if offer.until <= now or mine is None or offer.revision != mine.infusion.times_revision:
        return State.OVER
    return None


def _judged(offer: ChairOffer, asker: Asker, now: datetime) -> State:
    """Return whether an offer that did not end can still be theirs, by the rules."""
    found = waiting.bars(asker, slot_at=offer.starts_at, until=now, now=now)
    return State.OVER if found else State.OPEN


@dataclass(frozen=True, slots=True)
class _Seen:
    """What a page of staff shows of those who wait: their last offers, the messages, how to reach them."""

    offers: Mapping[tuple[datetime, UUID, UUID], ChairOffer]
    notices: Mapping[str, Notice]  # by what they are about
    silent: Mapping[UUID, datetime]  # patient -> when their quiet hours end
    safe: Mapping[UUID, ContactSafety]  # by patient


def _candidate(one: Waits, slot: Freed, of: Known, seen: _Seen) -> Candidate:
    asker = _asker(one, slot, of)
    offer = seen.offers.get((slot.starts_at, slot.chair.id, one.infusion.id))
    how = notice = None
    if offer is not None:
        # Its chair is free, so nobody took it.
        how = _ended(offer, slot, one, of.now, frozenset()) or _judged(offer, asker, of.now)
        notice = seen.notices.get(about_offer(offer.id))
    return Candidate(
        waits=one,
        bars=waiting.bars(asker, slot_at=slot.starts_at, until=of.now + OFFERED, now=of.now),
        offer=offer,
        state=how,
        food_until=asker.food_until,
        sends_at=seen.silent.get(one.patient.id),
        notice=notice,
        phone=safety.number(one.patient, seen.safe.get(one.patient.id)),
    )


def _newest(reader: Viewer, now: datetime, patient_id: UUID | None) -> dict[UUID, tuple[Waiting, datetime]]:
    """Return infusion -> the word that counts, and since when they wait without a break. One query."""
    rows = Waiting.objects.visible_to(reader).filter(infusion__cancelled=False, infusion__starts_at__gt=now)
    if patient_id is not None:
        rows = rows.filter(patient=patient_id)
    found: dict[UUID, tuple[Waiting, datetime]] = {}
    for row in rows.select_related("infusion", "driver", "adult").order_by("recorded_at", "id"):
        if row.is_on and row.revision == row.infusion.times_revision:
            found[row.infusion_id] = (row, found.get(row.infusion_id, (row, row.recorded_at))[1])
        else:
            found.pop(row.infusion_id, None)
    return found


def _waits(rows: Mapping[UUID, tuple[Waiting, datetime]], every: Iterable[Plan]) -> Iterator[Waits]:
    for plan in every:
        for visit in plan.live_visits:
            if visit.row.id in rows and visit.booking.started_at is None:
                yield Waits(*rows[visit.row.id], plan, visit)


def _asker(one: Waits, slot: Freed, of: Known) -> Asker:
    """Return what is known of somebody for one chair: the plan as it would be with them in it."""
    row, plan = one.row, one.plan
    facts = treatment.facts_if(plan.series, one.infusion, slot.starts_at, of.now)
    tasks = rules.apply(plan.protocol, facts)
    mine = (task for task in tasks if task.infusion == one.visit.booking.infusion)
    limits = {task.step.due.number: task.due_at for task in mine}
    heavy = plan.heavy(one.visit)
    return Asker(
        starts_at=one.visit.starts_at,
        wish=Wish(plan.clinic.zone, frozenset(row.days), row.earliest, row.latest),
        food_until=limits.get(FOOD),
        drink_until=limits.get(DRINK),
        heavy_until=None if heavy is None else slot.starts_at - heavy,
        stops=tuple(_stops(one, tasks, slot)),
        impaired_until=of.impaired.get(one.patient.id),
        known=frozenset(_known_bars(one, slot, of)),
    )


def _stops(one: Waits, tasks: Iterable[Task], slot: Freed) -> Iterator[datetime | None]:
    """Give until when each medicine that is to be left out is taken; None where that cannot be known.

    What is left out already, for an infusion before it, needs no time.
    """
    told = intake.by_name(one.patient.told)
    stops = [task for task in tasks if task.step.guide == HOLDING and task.order is not None]
    for key, order in ordering.decisions(one.plan.series, one.infusion).items():
        if order.handling != Order.Handling.HOLD or (key in told and not told[key].is_taken):
            continue
        mine = [
            task
            for task in stops
            if task.order is not None and task.order.about.casefold() == key and task.due_at <= slot.starts_at
        ]
        stop = max(mine, key=lambda task: task.due_at, default=None)
        mark = one.plan.standing(stop) if stop else None
        is_out = stop is not None and stop.infusion != one.visit.booking.infusion and mark and mark.done
        if not is_out:
            yield stop.due_at if stop else None


def _known_bars(one: Waits, slot: Freed, of: Known) -> Iterator[Bar]:
    """Give what speaks against somebody whatever the clock says."""
    reasons = of.ready[one.infusion.id].readiness.reasons
    asked = slot.wanted(one.patient.id, Length.booked(one.infusion))
    found = {
        Bar.UNWELL: one.patient.id in of.unwell,
        Bar.UNDER_WAY: one.patient.id in of.under_way,
        # An override was signed for the time they have: it does not reach another.
        Bar.HELD: any(reason.level is Level.HOLD and reason.code not in HELPERS for reason in reasons),
        Bar.UNDECIDED: any((reason.code, reason.how) == ("medicine", "undecided") for reason in reasons),
        Bar.SPACING: _breaks(one, slot),
        Bar.CHAIR: of.room.without(one.patient.id, one.visit.starts_at).place(asked).refused is not None,
        Bar.ACCOUNT: one.patient.user is None or not one.patient.user.has_mail,
    }
    yield from (bar for bar, holds in found.items() if holds)
    yield from _helper_bars(one, slot)


def _helper_bars(one: Waits, slot: Freed) -> Iterator[Bar]:
    """Give what is missing of who takes them home and who stays, as they said for such a time."""
    row = one.row
    here = {member.user_id: member for member in one.plan.everybody}
    driver, adult = here.get(row.driver_id), here.get(row.adult_id)
    if not row.driver_name and (driver is None or not rides.may(driver)):
        yield Bar.RIDE
    leaves_at = one.infusion.leaves_at + (slot.starts_at - one.infusion.starts_at)
    first_hours = (leaves_at, leaves_at + covers.FIRST_HOURS)
    is_away = any(covers.is_away(adult, one.plan.series, at) for at in first_hours)
    if not row.adult_name and (adult is None or not covers.may(adult) or is_away):
        yield Bar.ADULT
    if covers.is_barred(driver) or covers.is_barred(adult):
        yield Bar.BARRED


def _breaks(one: Waits, slot: Freed) -> bool:
    """Say whether a start breaks what the protocol says of days and weeks."""
    zone, infusions = ZoneInfo(one.plan.clinic.zone), one.plan.protocol.infusions
    others = [
        visit.starts_at.astimezone(zone).date() for visit in one.plan.live_visits if visit is not one.visit
    ]
    return bool(
        calendar.breaks(
            one.visit.starts_at.astimezone(zone).date(),
            slot.starts_at.astimezone(zone).date(),
            others,
            weekdays=frozenset(infusions.days),
            a_week=infusions.a_week,
        )
    )


def _is_under_way(plan: Plan) -> bool:
    come = (visit.booking for visit in plan.live_visits if visit.booking.arrived_at is not None)
    return where(plan)[0] in RUNNING or any(one.left_at is None and one.home_at is None for one in come)


def _unwell(clinic: Clinic, patients: Collection[UUID], now: datetime) -> frozenset[UUID]:
    """Return who somebody is asked to see to, or gave up an infusion lately as unwell. Two queries."""
    waiting_for = Escalation.objects.filter(clinic=clinic, patient__in=patients).exclude(cause__in=ARRANGING)
    gave_up = BookingRevision.objects.filter(
        clinic=clinic,
        infusion__patient__in=patients,
        why=BookingRevision.Why.UNWELL,
        at__gt=now - cancelling.QUIET_FOR,
    )
    return frozenset(waiting_for.open().values_list("patient", flat=True)) | frozenset(
        gave_up.values_list("infusion__patient", flat=True)
    )


def _impaired(waits: Sequence[Waits]) -> dict[UUID, datetime]:
    """Return until when each is under the effect of an infusion, here or at another clinic. One query."""
    patients = {one.patient.id: one.patient for one in waits}
    users = [one.user_id for one in patients.values() if one.user_id]
    same = Q(pk__in=patients) | Q(user__in=users)
    ends: dict[UUID | None, datetime] = {}
    for row in Patient.objects.filter(same, impaired_until__isnull=False):
        of = row.user_id or row.id
        ends[of] = max(row.impaired_until, ends.get(of, row.impaired_until))
    theirs = {key: patient.user_id or key for key, patient in patients.items()}
    return {key: ends[of] for key, of in theirs.items() if of in ends}
