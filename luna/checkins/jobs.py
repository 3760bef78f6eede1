"""What the clock does for watches: keep each true to its plan, and notice that the adult has left.

"We're home" may be taken back or written down anew by the clinic, and the times of the check-ins
follow it. Whoever watches may be relieved by the reserve, or leave the circle. Both wake the patient,
and so does every few minutes at home; this looks before `luna.careplan.jobs` puts the wake off.
"""

import logging
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, Max, OuterRef

from luna.careplan import plans as careplan
from luna.checkins import plans
from luna.checkins.models import Watch
from luna.clinical.triage import Urgency
from luna.escalation import actions as escalation
from luna.escalation.models import EscalationStep
from luna.feed import actions as feed
from luna.feed.models import Wake
from luna.people.models import CircleMember, User
from luna.treatment.models import Series

log = logging.getLogger(__name__)

BATCH = 100  # patients looked at in one turn of the clock, the same ones as careplan's
OVER = timedelta(days=2)  # a watch that ended this long ago is not begun again by a correction


def run(now: datetime) -> int:
    """Look at the recent watches of patients whose wake is due; return how many had changed.

    A watch that fails is logged by id and stops no other.
    """
    due = Wake.objects.filter(wake_at__lte=now).order_by("wake_at", "patient_id")[:BATCH]
    patients = list(due.values_list("patient_id", flat=True))
    recent = Watch.objects.filter(patient__in=patients, ends_at__gt=now - OVER)
    return sum(_look(watch, now) for watch in recent.select_related("infusion")) if patients else 0


def _look(watch: Watch, now: datetime) -> bool:
    try:
        with transaction.atomic():
            return _follow(watch, now)
    except Exception:
        log.exception("A watch could not be looked at", extra={"watch": str(watch.pk)})
        return False


def _follow(watch: Watch, now: datetime) -> bool:
    """Bring one watch to what its plan says now. Return whether that changed it."""
    series = Series.objects.filter(pk=watch.infusion.series_id)
    series.select_for_update(no_key=True).get()
    watch.refresh_from_db(fields=["adult", "started_at", "ends_at"])
    plan = careplan.plans_of(series, now)[0]
    visit = next(one for one in plan.visits if one.row.pk == watch.infusion_id)
    was = (watch.started_at, watch.ends_at, watch.adult_id)
    ends_at = careplan.watch_ends_at(plan, visit)
    if ends_at is None:  # taken back: nobody is at home
        watch.ends_at = min(watch.ends_at, now)
    else:
        watch.started_at, watch.ends_at = visit.booking.home_at, ends_at
        if visit.on is not None and visit.cover.since is not None and visit.cover.since > watch.started_at:
            watch.adult = visit.on.user  # took over since: the reserve, when whoever was there fell silent
        if now < ends_at and plans.adult_of(plan, watch) is None:
            _ask_human(watch, now)
    changed = (watch.started_at, watch.ends_at, watch.adult_id) != was
    if changed:
        watch.save(update_fields=["started_at", "ends_at", "adult"])
        feed.changed(clinic_id=watch.clinic_id, patient_id=watch.patient_id, now=now)
    for adult_id in {was[2], watch.adult_id}:
        _keep_signed_in(adult_id)
    return changed


def _keep_signed_in(adult_id: UUID) -> None:
    """Let an adult's sign-in last until the last of the watches they still keep has ended."""
    adult = User.objects.select_for_update().get(pk=adult_id)
    circle = CircleMember.objects.filter(
        patient=OuterRef("patient"), user=OuterRef("adult"), state=CircleMember.State.ACTIVE
    )
    kept = Watch.objects.filter(Exists(circle), adult=adult)
    until = kept.aggregate(until=Max("ends_at"))["until"]
    if until != adult.watching_until:
        User.objects.filter(pk=adult.pk).update(watching_until=until)


def _ask_human(watch: Watch, now: datetime) -> None:
    """Ask for a human once for each time the adult has left."""
    left = CircleMember.objects.filter(patient=watch.patient_id, user=watch.adult_id)
    steps = EscalationStep.objects.filter(escalation__patient=watch.patient_id, about_id=watch.pk.hex)
    left_at = left.aggregate(until=Max("until"))["until"]
    if (steps if left_at is None else steps.filter(at__gte=left_at)).exists():
        return
    escalation.open(
        clinic_id=watch.clinic_id,
        patient_id=watch.patient_id,
        cause=plans.NO_ADULT,
        urgency=Urgency.URGENT,
        about_type="watch",
        about_id=watch.pk.hex,
        by=None,
        now=now,
    )
