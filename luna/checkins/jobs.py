"""What the clock does for watches: keep each true to its plan, and notice that nobody keeps one.

"We're home" may be taken back or written down anew by the clinic, and the times of the check-ins
follow it. When the clinic was the first to write it down, the watch begins without an adult.
Whoever watches may be relieved by another, leave the circle, or turn out not to be an adult who can
stay. All of these wake the patient, and so does every few minutes at home; this looks before
`luna.careplan.jobs` puts the wake off.
"""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

from django.db import transaction

from luna.careplan import plans as careplan
from luna.checkins import actions, plans
from luna.checkins.models import Watch
from luna.escalation.models import EscalationStep
from luna.feed import actions as feed
from luna.feed.models import Wake
from luna.treatment.models import Infusion, Moment, Series

log = logging.getLogger(__name__)

BATCH = 100  # patients looked at in one turn of the clock, the same ones as careplan's
OVER = timedelta(days=2)  # a watch that ended this long ago is not begun again by a correction
WHO = timedelta(minutes=15)  # how long the clinic's word that they are home waits for whoever is with them


def run(now: datetime) -> int:
    """Look at the recent watches of patients whose wake is due; return how many had changed.

    A watch that fails is logged by id and stops no other.
    """
    due = Wake.objects.filter(wake_at__lte=now).order_by("wake_at", "patient_id")[:BATCH]
    patients = list(due.values_list("patient_id", flat=True))
    if not patients:
        return 0
    recent = Watch.objects.filter(patient__in=patients, ends_at__gt=now - OVER).select_related("infusion")
    home = Moment.objects.filter(patient__in=patients, what=Moment.What.HOME, at__gt=now - OVER)
    unkept = Infusion.objects.filter(pk__in=home.values("infusion"), watch=None)
    followed = sum(_look(partial(_follow, watch, now), watch=str(watch.pk)) for watch in recent)
    return followed + sum(_look(partial(_begin, one, now), infusion=str(one.pk)) for one in unkept)


def _look(act: Callable[[], bool], **about: str) -> bool:
    try:
        with transaction.atomic():
            return act()
    except Exception:
        log.exception("A watch could not be looked at", extra=about)
        return False


def _begin(infusion: Infusion, now: datetime) -> bool:
    """Begin the watch of somebody whom the clinic said to be at home. Nobody has said that they keep it."""
    plan, visit = _held(infusion, now)
    ends_at = careplan.watch_ends_at(plan, visit)
    if ends_at is None or ends_at <= now:
        return False
    about = {"clinic_id": infusion.clinic_id, "patient_id": infusion.patient_id}
    times = {"started_at": visit.booking.home_at, "ends_at": ends_at}
    _watch, is_new = Watch.objects.get_or_create(infusion=infusion, defaults={**about, **times})
    feed.changed(**about, now=now)
    return is_new


def _follow(watch: Watch, now: datetime) -> bool:
    """Bring one watch to what its plan says now. Return whether that changed it."""
    plan, visit = _held(watch.infusion, now)
    watch.refresh_from_db(fields=["adult", "started_at", "ends_at"])
    was = (watch.started_at, watch.ends_at, watch.adult_id)
    ends_at = careplan.watch_ends_at(plan, visit)
    if ends_at is None:  # taken back: nobody is at home
        watch.ends_at = min(watch.ends_at, now)
    else:
        watch.started_at, watch.ends_at = visit.booking.home_at, ends_at
        if visit.on is not None and visit.cover.since is not None and visit.cover.since > watch.started_at:
            watch.adult = visit.on.user  # took over since: the reserve, when whoever was there fell silent
        if now < ends_at and plans.adult_of(plan, watch) is None:
            _let_go(watch, now)
    changed = (watch.started_at, watch.ends_at, watch.adult_id) != was
    if changed:
        watch.save(update_fields=["started_at", "ends_at", "adult"])
        if watch.adult_id != was[2]:
            actions.ask_if_barred(plan, watch, watch.adult_id, now)
        feed.changed(clinic_id=watch.clinic_id, patient_id=watch.patient_id, now=now)
    for adult_id in {was[2], watch.adult_id} - {None}:
        actions.keep_signed_in(adult_id)
    return changed


def _held(infusion: Infusion, now: datetime) -> tuple[careplan.Plan, careplan.Visit]:
    """Return an infusion as it stands, in its plan, holding its series still."""
    series = Series.objects.filter(pk=infusion.series_id)
    series.select_for_update(no_key=True).get()
    plan = careplan.plans_of(series, now)[0]
    return plan, next(one for one in plan.visits if one.row.pk == infusion.pk)


def _let_go(watch: Watch, now: datetime) -> None:
    """Ask for a human when the adult cannot stay any more, and once when nobody ever said it is they."""
    was, watch.adult = watch.adult_id, None
    if was is None:
        steps = EscalationStep.objects.filter(escalation__patient=watch.patient_id, about_id=watch.pk.hex)
        if now < watch.started_at + WHO or steps.filter(at__gte=watch.started_at).exists():
            return
    actions.ask_for_adult(watch, by=None, now=now)
