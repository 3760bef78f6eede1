"""Ask and measure at arrival, start an infusion that is ready, and decide that one goes ahead anyway."""

from collections.abc import Collection
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid5

from django.db import transaction
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext_lazy as _

from luna.audit import actions as audit
from luna.careplan import plans
from luna.careplan.models import ArrivalCheck
from luna.clinical.readiness import Verdict
from luna.feed import actions as feed
from luna.intake import actions as intake
from luna.library import content
from luna.notices import actions as notices
from luna.people.access import Viewer
from luna.people.errors import Refused, Replayed, Stale
from luna.people.models import Patient
from luna.records import facts
from luna.records.models import Observation, Response
from luna.treatment import actions as treatment
from luna.treatment import plans as series
from luna.treatment.models import Infusion, Moment, Order, Series

LONGEST_AGO = timedelta(days=4)  # nobody who is treated has gone without food for longer
PRESSURE = ("systolic_mmhg", "diastolic_mmhg")  # what is measured, by name
What = Moment.What


class NotReady(Refused):
    """An infusion may not start. said: its readiness in words, with every reason."""

    def __init__(self, said: plans.Said) -> None:
        """Name what keeps it from starting, each with its sentence."""
        reasons = " ".join(one.text for one in said.open)
        super().__init__(_("It cannot start yet. %(reasons)s") % {"reasons": reasons})
        self.said = said


@dataclass(frozen=True, slots=True)
class Told:
    """What a patient says when they come, as staff write it down.

    meal: what the last food was, of `Meal`; the rule of the series may tell a heavy one apart, and then it
    has to be said. anxiety: 0 to 10, None where they leave it out.
    """

    food_at: datetime
    drink_at: datetime
    as_ordered: bool
    meal: str = ""
    anxiety: int | None = None


@transaction.atomic
def check_arrival(
    *,
    infusion_id: UUID,
    told: Told,
    pressure: tuple[str, str] | None = None,
    revision: int,
    viewer: Viewer,
    client_id: UUID,
    now: datetime,
) -> ArrivalCheck:
    """Write down what was asked when a patient came, and their blood pressure if it was measured.

    It is asked afresh each time, and of each booking anew; a later word corrects an earlier one. pressure:
    both numbers as typed, in mmHg, of those who may measure.
    """
    infusion = _held(infusion_id, viewer)
    before = ArrivalCheck.objects.filter(by=viewer.user_id, client_id=client_id).first()
    if before is not None:
        if before.infusion_id != infusion.id or not _is_same(before, told, pressure, viewer):
            raise Replayed
        return before
    _check_here(infusion, revision)
    ready = plans.readiness_of(viewer, infusion.id, now)
    if not told.meal and ready.plan.heavy(ready.visit) is not None:
        raise Refused(_("Ask whether it was a light or a heavy meal, and write it down."), "meal")
    _check_times(told, now)
    row = ArrivalCheck.objects.create(
        infusion=infusion,
        revision=infusion.moved_revision or 1,
        food_at=told.food_at,
        drink_at=told.drink_at,
        as_ordered=told.as_ordered,
        meal=told.meal or None,
        supersedes=infusion.arrival_checks.order_by("-recorded_at", "-id").first(),
        **facts.columns(infusion, viewer, client_id, now),
    )
    audit.record("arrival.check", by=viewer, subject=row, now=now, payload=asdict(told))
    if told.anxiety is not None:
        _write_anxiety(infusion, told.anxiety, viewer, client_id, now)
    if pressure is not None:
        _keep_pressure(infusion, pressure, viewer, client_id, now)
    feed.changed(clinic_id=infusion.clinic_id, patient_id=infusion.patient_id, now=now)
    return row


@transaction.atomic
def measure_pressure(
    *,
    infusion_id: UUID,
    pressure: tuple[str, str],
    revision: int,
    viewer: Viewer,
    client_id: UUID,
    now: datetime,
) -> list[Observation]:
    """Write down a blood pressure of somebody who came, as often as it is measured; the newest counts.

    pressure: both numbers as typed, in mmHg.
    """
    infusion = _held(infusion_id, viewer)
    if not intake.measured_before(viewer, client_id):
        _check_here(infusion, revision)
    return _keep_pressure(infusion, pressure, viewer, client_id, now)


@transaction.atomic
def start(
    *, infusion_id: UUID, at: datetime, revision: int, viewer: Viewer, client_id: UUID, now: datetime
) -> Moment:
    """Start an infusion, if it is ready at that moment: the one way to start.

    at: when it started, which is judged by what is known now: it may have been written down later. Of what
    was measured since, nothing counts where something was before. Not once the time it is booked for is
    over. Everything is worked out anew while neither the booking nor the patient's record can change.
    Raises NotReady with the reasons, Stale after a change of the booking, and Refused for whoever is no
    clinician and for such a time.
    """
    infusion = _held(infusion_id, viewer)
    before = Moment.objects.filter(by=viewer.user_id, client_id=client_id).first()
    if before is not None:  # its time may be another now: left empty, it is the moment it is sent
        if (before.infusion_id, before.what, before.taken_back) != (infusion.id, What.STARTED, False):
            raise Replayed
        return before
    if not viewer.has_role(*series.STARTERS):
        raise Refused(_("Only a nurse or a prescriber starts an infusion. Ask one to."))
    _check_open(infusion, revision)
    if at >= infusion.leaves_at:
        raise Refused(_("The time it is booked for is over then. Move the infusion to when it takes place."))
    ready = plans.readiness_of(viewer, infusion.id, min(at, now))
    if ready.readiness.verdict is not Verdict.GO:
        raise NotReady(plans.in_words(ready))
    return treatment.record_moment(
        infusion_id=infusion.id,
        what=What.STARTED,
        at=at,
        viewer=viewer,
        client_id=client_id,
        now=now,
        is_ready=True,
    )


@transaction.atomic
def override(
    *,
    infusion_id: UUID,
    keys: Collection[str],
    words: str,
    prescriber_id: UUID | None,
    read_back: bool,
    revision: int,
    viewer: Viewer,
    client_id: UUID,
    now: datetime,
) -> Order:
    """Sign that an infusion goes ahead in spite of some reasons, or write down that a prescriber said so.

    keys: of reasons that stand and may be set aside; Stale if one of them stands otherwise by now. It is
    an order: spoken, it is read back and countersigned like any other, and it does not outlive a move.
    """
    infusion = _held(infusion_id, viewer)
    if not viewer.has_role(*series.STARTERS):
        raise Refused(_("Only a prescriber decides this, or a nurse writes down what one said."))
    wanted = treatment.Wanted(
        what=Order.What.OVERRIDE,
        name="",
        infusion_id=infusion.id,
        words=words,
        prescriber_id=prescriber_id,
        read_back=read_back,
        reasons=tuple(sorted(keys)),
    )
    if not Order.objects.filter(by=viewer.user_id, client_id=client_id).exists():
        _check_open(infusion, revision)
        found = plans.readiness_of(viewer, infusion.id, now).readiness
        if not set(keys) <= {one.key for one in found.reasons if one.can_be_overridden}:
            raise Stale
    order = treatment.sign_order(
        series_id=infusion.series_id, wanted=wanted, viewer=viewer, client_id=client_id, now=now
    )
    _decided(order, now)
    return order


def _decided(order: Order, now: datetime) -> None:
    """Note that the prescriber decided on what a colleague, or the clock, asked them to."""
    about = {"user_id": order.prescriber_id, "patient_id": order.patient_id, "now": now}
    for subject in plans.subjects(order.reasons or ()):
        notices.mended(subject=subject, infusion_id=order.infusion_id, **about)


def _held(infusion_id: UUID, viewer: Viewer) -> Infusion:
    """Return an infusion, keeping its series and its patient's record from changing until the end."""
    if not viewer.has_role(*series.BOOKERS):
        raise Http404
    rows = Infusion.objects.visible_to(viewer).select_related("series", "patient")
    infusion = get_object_or_404(rows, id=infusion_id)
    Series.objects.select_for_update(no_key=True).get(id=infusion.series_id)
    Patient.objects.select_for_update(no_key=True).get(id=infusion.patient_id)
    infusion.refresh_from_db()
    return infusion


def _is_same(row: ArrivalCheck, told: Told, pressure: tuple[str, str] | None, viewer: Viewer) -> bool:
    """Tell whether a form that comes again says what it said before."""
    said = Response.objects.filter(by=viewer.user_id, client_id=_anxiety_id(row.client_id)).first()
    anxiety = int(said.answers[plans.ANXIETY]) if said else None
    before = Told(row.food_at, row.drink_at, row.as_ordered, row.meal or "", anxiety)
    measured = {one.name: one.typed for one in intake.measured_before(viewer, row.client_id)}
    typed = _typed(pressure) if pressure is not None else {}
    return told == before and measured == {
        name: f"{value.strip()} {unit}" for name, (value, unit) in typed.items()
    }


def _check_here(infusion: Infusion, revision: int) -> None:
    """Refuse what comes too late, and what comes before the patient does."""
    _check_open(infusion, revision)
    if What.ARRIVED not in series.standing_moments(infusion):
        raise Refused(_("Say first when the patient arrived."))


def _check_times(told: Told, now: datetime) -> None:
    for field, at in (("food_at", told.food_at), ("drink_at", told.drink_at)):
        if at > now:
            raise Refused(_("This time is in the future. Write down when it was."), field)
        if at < now - LONGEST_AGO:
            raise Refused(_("This is more than four days ago. Look at the day."), field)


def _typed(pressure: tuple[str, str]) -> dict[str, tuple[str, str]]:
    return {name: (value, "mmHg") for name, value in zip(PRESSURE, pressure, strict=True)}


def _keep_pressure(
    infusion: Infusion, pressure: tuple[str, str], viewer: Viewer, client_id: UUID, now: datetime
) -> list[Observation]:
    return intake.measure(
        viewer=viewer,
        patient=infusion.patient,
        typed=_typed(pressure),
        task_key=plans.pressure_key(infusion),
        client_id=client_id,
        now=now,
    )


def _write_anxiety(infusion: Infusion, number: int, viewer: Viewer, client_id: UUID, now: datetime) -> None:
    """Write down the number a patient says, in their name."""
    asked = content.questionnaire(plans.ANXIETY)
    answers = {plans.ANXIETY: asked.items[0].clean(str(number), today=now.date())}
    Response.objects.create(
        kind=Response.Kind.SCORES,
        questionnaire=asked.id,
        questionnaire_version=asked.version,
        task_key=plans.anxiety_key(infusion),
        revision=infusion.revision,
        answers=answers,
        content_hash=audit.digest({"kind": Response.Kind.SCORES, "answers": answers}),
        told_by_id=infusion.patient.user_id,
        **facts.columns(infusion, viewer, _anxiety_id(client_id), now),
    )


def _anxiety_id(client_id: UUID) -> UUID:
    return uuid5(client_id, plans.ANXIETY)


def _check_open(infusion: Infusion, revision: int) -> None:
    """Refuse what comes too late: it was moved, cancelled, or has started."""
    if infusion.revision != revision:
        raise Stale
    if series.is_off(infusion, infusion.series):
        raise Refused(_("This infusion was cancelled. Book a new one instead."))
    if What.STARTED in series.standing_moments(infusion):
        raise Refused(_("This infusion has started already."))
