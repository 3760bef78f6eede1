"""What is still open before an infusion and only a call can ask for, since no message can go to who mends it.

A patient without an account is called instead of reminded: from 48 hours before the infusion, so that days
on which the clinic is open lie between, and again at 24 and at 3 hours if something is open then. Worked out
from the readiness, never stored; that staff told them is a `PhoneCall`.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Q, QuerySet

from luna.careplan.plans.daily import HUSHED, where
from luna.careplan.plans.loading import ENDED, plans_of
from luna.careplan.plans.ready import ready_of
from luna.careplan.plans.reasons import HOUR, Line, Said, about_ready, prescribers, said, summary
from luna.clinical import chase
from luna.clinical.readiness import Mender
from luna.people import safety
from luna.people.access import Viewer
from luna.people.models import ContactSafety
from luna.treatment import calls
from luna.treatment import plans as treatment
from luna.treatment.calls import Call, What
from luna.treatment.models import Infusion, PhoneCall, Series

PATIENT = "patient"  # the end of the key of a call to them


@dataclass(frozen=True, slots=True)
class ByPhone:
    """Whom to call about what is open before an infusion, as the board shows it. told: the latest call."""

    name: str
    phone: str
    voicemail: bool | None
    told: PhoneCall | None


def going(viewer: Viewer, now: datetime) -> QuerySet[Series]:
    """Return the series that run, or ended a short while ago."""
    is_going = Q(stopped_at__isnull=True) | Q(stopped_at__gt=now - ENDED)
    return Series.objects.visible_to(viewer).filter(is_going).order_by("started_at", "id")


def to_call(viewer: Viewer, now: datetime, about: Q | None = None) -> list[Call]:
    """Return the calls that staff have to make and nobody made yet: about a change, and what is open.

    about: which infusions; all of them without. The same number of queries, however many they are.
    """
    changed = calls.to_make(viewer, now, about)
    # Who is to hear that nobody drives any more is not told twice of the ride.
    rides = {one.infusion.id for one in changed if one.what is What.OPEN and one.to is not None}
    found = (one for one in _all(viewer, now, about or Q(), rides) if one.told is None)
    return sorted([*changed, *found], key=lambda one: (one.since, one.key))


def by_phone(viewer: Viewer, shown: Iterable[Said], now: datetime) -> dict[UUID, ByPhone]:
    """Return infusion -> whom to call instead of a reminder, of those that have no account.

    shown: as the board has them. At most three queries. Nobody to staff who may not book.
    """
    near = [one for one in shown if one.patient.user_id is None and viewer.has_role(*treatment.BOOKERS)]
    return {
        one.infusion.id: ByPhone(one.name, one.phone, one.voicemail, one.told)
        for one in _calls(viewer, near, now)
    }


def said_of(viewer: Viewer, infusions: Collection[UUID], now: datetime) -> dict[UUID, Said]:
    """Return how some infusions stand whose patient can be spoken to now: nobody in the chair or going home.

    The same number of queries, however many they are; none without one.
    """
    if not infusions:
        return {}
    patients = Infusion.objects.visible_to(viewer).filter(id__in=infusions).values("patient")
    every = plans_of(going(viewer, now).filter(patient__in=patients), now)
    hushed = {one.patient.id for one in every if where(one)[0] in HUSHED}
    pairs = [
        (plan, visit)
        for plan in every
        if plan.patient.id not in hushed
        for visit in plan.live_visits
        if visit.row.id in infusions
    ]
    deciding = prescribers(viewer.clinic_id)
    ready = ready_of(viewer, pairs, now)
    return {one.row.id: said(summary(one, deciding), viewer.clinic, now) for one in ready}


def _all(viewer: Viewer, now: datetime, about: Q, rides: Collection[UUID]) -> Iterator[Call]:
    if not viewer.has_role(*treatment.BOOKERS):
        return
    ahead = Infusion.objects.visible_to(viewer).filter(
        about, patient__user=None, cancelled=False, starts_at__gt=now, starts_at__lte=now + chase.STAGES[0]
    )
    shown = said_of(viewer, set(ahead.values_list("id", flat=True)), now)
    yield from _calls(viewer, shown.values(), now, rides)


def _calls(
    viewer: Viewer, shown: Iterable[Said], now: datetime, rides: Collection[UUID] = ()
) -> Iterator[Call]:
    """Give the calls to patients without an account. rides: infusions whose ride they are called about."""
    open_of = {one.row.id: mine for one in shown if not one.state and (mine := _theirs(one))}
    rows = treatment.booked(Infusion.objects.visible_to(viewer).filter(id__in=open_of))
    found = list(rows.select_related("patient", "clinic").prefetch_related(calls.CALLED)) if open_of else []
    known = safety.latest_of(viewer, {row.patient_id for row in found}) if found else {}
    for row in found:
        stage = chase.passed(row.starts_at, row.booked_at, now)
        if stage is not None and row.starts_at > now:
            lines = _but_ride(open_of[row.id], row, stage, rides)
            if lines:
                yield _call(row, lines, stage, known)


def _theirs(shown: Said) -> list[Line]:
    """Return what is open that the patient can mend, and would be sent a message about with an account."""
    return [one for one in shown.pressing if one.reason.mender is Mender.PATIENT and one.to is None]


def _but_ride(lines: Iterable[Line], row: Infusion, stage: timedelta, rides: Collection[UUID]) -> list[Line]:
    """Return what to ask for, without the ride where they are, or just were, called about that alone."""
    since = row.starts_at - stage - chase.SPARED
    told = (one for one in row.phone_calls.all() if one.at > since)
    key = f"{row.id.hex}{calls.RIDE_OPEN}:"
    is_told = any(one.key.startswith(key) and one.key.endswith(f":{PATIENT}") for one in told)
    return [one for one in lines if one.reason.code != "ride" or not (is_told or row.id in rides)]


def _call(row: Infusion, lines: list[Line], stage: timedelta, known: Mapping[UUID, ContactSafety]) -> Call:
    safe = known.get(row.patient_id)
    since = row.starts_at - stage
    prefix, suffix = f"{about_ready(row)}:", f":r{row.times_revision}:{PATIENT}"
    # Who was called shortly before a moment is left alone at it, as with a message.
    late = [one for one in row.phone_calls.all() if one.at > since - chase.SPARED]
    told = [one for one in late if one.key.startswith(prefix) and one.key.endswith(suffix)]
    return Call(
        key=f"{prefix}{stage // HOUR}h{suffix}",
        infusion=row,
        what=What.STILL_OPEN,
        since=since,
        name=row.patient.name,
        phone=safety.number(row.patient, safe),
        voicemail=safe.voicemail if safe else None,
        to=row.patient,
        still_open=tuple(one.text for one in lines),
        told=max(told, key=lambda one: one.at, default=None),
    )
