"""Say what happened on an infusion day: arrived, started, ended, left, home; and take it back."""

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext_lazy as _

from luna.audit import actions as audit
from luna.feed import actions as feed
from luna.library import times
from luna.people.access import Viewer
from luna.people.errors import Refused, Replayed
from luna.records import facts
from luna.treatment import plans
from luna.treatment.actions import impairing
from luna.treatment.models import Infusion, Moment, Series

What = Moment.What

SKEW = timedelta(minutes=2)  # how far ahead a clock may run
BACK = timedelta(hours=24)  # how long afterwards a time may still be written down

REFUSALS = {
    What.STARTED: _("Say first when the patient arrived."),
    What.ENDED: _("Say first when the infusion started."),
    What.LEFT: _("Say first when the infusion ended."),
    What.HOME: _("The infusion has not ended yet. Tell us when you are home."),
}


@transaction.atomic
def record_moment(
    *,
    infusion_id: UUID,
    what: str,
    at: datetime,
    viewer: Viewer,
    client_id: UUID,
    now: datetime,
    is_ready: bool = False,
) -> Moment:
    """Say when something happened, or correct what was said before.

    what: a Moment.What value, in the order of a day; patients and caretakers say only "home".
    at: not in the future, not before what came first. A correction supersedes and never edits.
    is_ready: the infusion was found ready to start, while nothing can change; only `careplan.actions.start`
    says so.
    """
    if what not in What.values or not (viewer.is_staff or what == What.HOME):
        raise Http404
    infusion = _locked(infusion_id, viewer)
    before = Moment.objects.filter(by=viewer.user_id, client_id=client_id).first()
    if before is not None:
        if (before.infusion_id, before.what, before.at, before.taken_back) != (infusion.id, what, at, False):
            raise Replayed
        return before
    happened = plans.standing_moments(infusion)
    if happened.get(what) == at and (latest := _latest(infusion, what)):
        return latest
    if what == What.STARTED and what not in happened and not is_ready:
        raise Refused(_("Start it on the page that says whether it is ready."))
    _check_order(infusion, what, happened, now)
    _check_time(infusion, what, at, happened, now)
    return _write(infusion, what, at, viewer=viewer, client_id=client_id, now=now)


@transaction.atomic
def take_back_moment(
    *, infusion_id: UUID, what: str, viewer: Viewer, client_id: UUID, now: datetime
) -> Moment:
    """Say that the latest moment of a day did not happen after all. The first word stays on record."""
    if what not in What.values or not (viewer.is_staff or what == What.HOME):
        raise Http404
    infusion = _locked(infusion_id, viewer)
    before = Moment.objects.filter(by=viewer.user_id, client_id=client_id).first()
    if before is not None:
        if (before.infusion_id, before.what, before.taken_back) != (infusion.id, what, True):
            raise Replayed
        return before
    happened = plans.standing_moments(infusion)
    if what not in happened:
        raise Refused(_("This was taken back already."))
    if any(later in happened for later in plans.ORDER[plans.ORDER.index(What(what)) + 1 :]):
        raise Refused(_("Take back what came after it first."))
    return _write(
        infusion, what, happened[what], viewer=viewer, client_id=client_id, now=now, taken_back=True
    )


def _locked(infusion_id: UUID, viewer: Viewer) -> Infusion:
    infusion = get_object_or_404(
        Infusion.objects.visible_to(viewer).select_related("clinic", "series"), id=infusion_id
    )
    Series.objects.select_for_update(no_key=True).get(id=infusion.series_id)
    return infusion


def _check_order(infusion: Infusion, what: str, happened: dict[str, datetime], now: datetime) -> None:
    if plans.is_off(infusion, infusion.series):
        raise Refused(_("This infusion was cancelled. Book a new one instead."))
    if what == What.HOME:
        # Who is home must be heard even when the clinic forgot to say that they left.
        if What.ENDED not in happened and infusion.ends_at > now:
            raise Refused(REFUSALS[What.HOME])
    elif what != What.ARRIVED and plans.ORDER[plans.ORDER.index(What(what)) - 1] not in happened:
        raise Refused(REFUSALS[What(what)])


def _check_time(
    infusion: Infusion, what: str, at: datetime, happened: dict[str, datetime], now: datetime
) -> None:
    if at > now + SKEW:
        raise Refused(_("This time is in the future. Write down when it happened."), "at")
    if at < now - BACK:
        raise Refused(_("This is more than a day ago. Check the time."), "at")
    if at < infusion.starts_at - plans.EARLY:
        clinic = infusion.clinic
        when = times.when(infusion.starts_at, clinic.zone, now, hours=clinic.clock)
        early = _("This infusion is booked for %(when)s. Move it first if it is given today.")
        raise Refused(early % {"when": when}, "at")
    place = plans.ORDER.index(What(what))
    before = [happened[one] for one in plans.ORDER[:place] if one in happened]
    after = [happened[one] for one in plans.ORDER[place + 1 :] if one in happened]
    if (before and at < max(before)) or (after and at > min(after)):
        raise Refused(_("This does not fit the other times of this day. Check the time."), "at")


def _latest(infusion: Infusion, what: str) -> Moment | None:
    return next((one for one in reversed(plans.said(infusion)) if one.what == what), None)


def _write(
    infusion: Infusion,
    what: str,
    at: datetime,
    *,
    viewer: Viewer,
    client_id: UUID,
    now: datetime,
    taken_back: bool = False,
) -> Moment:
    moment = Moment.objects.create(
        **facts.columns(infusion, viewer, client_id, now) | {"at": at},
        infusion=infusion,
        what=what,
        taken_back=taken_back,
        supersedes=_latest(infusion, what),
    )
    impairing.settle(infusion.patient_id)
    verb = "infusion.take-back" if taken_back else "infusion.say"
    audit.record(verb, by=viewer, subject=infusion, now=now, reason=what, payload={"at": at})
    feed.changed(clinic_id=infusion.clinic_id, patient_id=infusion.patient_id, now=now)
    return moment
