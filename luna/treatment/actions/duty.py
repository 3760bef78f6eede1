"""Say who is there for an infusion: take it, stand by, ask somebody, say yes or no, say "I can't"."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext_lazy as _

from luna.audit import actions as audit
from luna.clinical.duty import Said
from luna.clinical.triage import Urgency
from luna.escalation import actions as escalation
from luna.feed import actions as feed
from luna.library import plans as library
from luna.notices import actions as notices
from luna.notices.words import Act
from luna.people import plans as people
from luna.people.access import Viewer
from luna.people.errors import Refused, Replayed
from luna.people.models import CircleMember, Patient
from luna.people.sharing import Tell
from luna.records import facts
from luna.treatment import covers, plans, rides, turns
from luna.treatment.actions import ride
from luna.treatment.models import Duty, Infusion, Series
from luna.treatment.turns import Turn

COVERAGE = "coverage"  # why a human is asked: escalation.words says it in words
CHANGED = _("This has changed meanwhile. Look at who is there now, then choose again.")
VERBS = {
    Said.TAKES: "duty.takes",
    Said.STANDS_BY: "duty.stands-by",
    Said.ASKED: "duty.asked",
    Said.DECLINED: "duty.declined",
    Said.CANNOT: "duty.cannot",
}
# What staff write down for somebody who told them.
BY_STAFF = (Said.TAKES, Said.STANDS_BY, Said.CANNOT)


@transaction.atomic
def say(
    *, said: str, infusion_id: UUID, who_id: UUID, viewer: Viewer, client_id: UUID, now: datetime
) -> Duty:
    """Say one thing about who is there for an infusion; tell whom it concerns. Twice is once.

    said: a clinical.duty.Said value. who_id: the user it is about. Caretakers speak for themselves,
    staff write down what somebody told them; the patient asks. "I can't" is never refused to who is
    on duty or stands by, and no reason is asked. Raises Refused when it does not fit what stands now,
    and Impaired while the patient may change nothing.
    """
    infusion = get_object_or_404(Infusion.objects.visible_to(viewer), id=infusion_id)
    Series.objects.select_for_update(no_key=True).get(id=infusion.series_id)
    before = Duty.objects.filter(by=viewer.user_id, client_id=client_id).first()
    if before is not None:
        if (before.infusion_id, before.what, before.who_id) != (infusion.id, said, who_id):
            raise Replayed
        return before
    found = _turn(infusion_id, viewer)
    _check(Said(said), found, who_id, viewer, now)
    row = Duty.objects.create(
        infusion=infusion, what=said, who_id=who_id, **facts.columns(infusion, viewer, client_id, now)
    )
    audit.record(VERBS[Said(said)], by=viewer, subject=row, now=now, payload={"who": who_id})
    if said == Said.CANNOT:
        ride.not_there(infusion, who_id=who_id, by=viewer, now=now)
    _acted(infusion, row, viewer, now)
    _tell(found, _turn(infusion_id, viewer), row, viewer, now)
    feed.changed(clinic_id=infusion.clinic_id, patient_id=infusion.patient_id, now=now)
    return row


def uncovered(infusion: Infusion, *, by: Viewer | None, now: datetime) -> None:
    """Ask for a human because nobody is there for an infusion."""
    is_day = now >= infusion.starts_at - plans.EARLY
    escalation.open(
        clinic_id=infusion.clinic_id,
        patient_id=infusion.patient_id,
        cause=COVERAGE,
        urgency=Urgency.URGENT if is_day else Urgency.SOON,
        about_type="duty",
        about_id=about(infusion),
        by=by,
        now=now,
    )


def narrowed(
    *, member: CircleMember, was: CircleMember, by: Viewer | audit.Actor, tell: Tell, now: datetime
) -> None:
    """Ask for a human at once when somebody is on duty no more: about the soonest infusion that is left bare.

    However far ahead it is, and until the patient is home from it; whoever could take it is told. The clock
    asks about each when it is near (`luna.careplan.jobs`). One of settings.LUNA_WHEN_NARROWED.
    """
    bare = [one for one in _turns(member.patient_id, now) if one.on is None and _had(one, was)]
    for soonest in sorted(bare, key=lambda one: one.infusion.starts_at)[:1]:
        tell_open(soonest, now, now, besides=[by.user_id] if by.user_id else ())
        uncovered(soonest.infusion, by=by if isinstance(by, Viewer) else None, now=now)


def about(infusion: Infusion) -> str:
    """Return what an escalation about nobody on duty is about: not what others about the infusion are."""
    return f"duty-{infusion.id.hex}"


def tell_open(found: Turn, since: datetime | None, now: datetime, *, besides: Iterable[UUID] = ()) -> None:
    """Tell whoever can do something that nobody is there: the patient, and the reserve or all who could.

    since: when the gap opened, None if nobody ever was there; each is told once. besides: users who know.
    """
    key = f"{since:%Y%m%dT%H%M%S%f}" if since else "never"
    helpers = [found.reserve] if found.reserve else found.able
    patient = found.infusion.patient.user_id
    able = [one.user_id for one in helpers if one.user_id.hex not in found.cover.cannot]
    _send(found.infusion, "duty-open", key, [patient, *able], now, besides=besides)


def _turn(infusion_id: UUID, viewer: Viewer) -> Turn:
    """Return an infusion with who is there, read anew."""
    rows = Infusion.objects.visible_to(viewer).select_related("series__protocol", "patient__user", "clinic")
    infusion = plans.booked(rows).prefetch_related(covers.DUTIES, rides.RIDES).get(id=infusion_id)
    return turns.turn(infusion, list(covers.circle().filter(patient=infusion.patient_id)))


def _turns(patient_id: UUID, now: datetime) -> list[Turn]:
    """Return a patient's turns that are not over, but for those they are home from."""
    series = plans.loaded(Series.objects.filter(patient_id=patient_id))
    return [one for of in series for one in turns.of_series(of, now) if not plans.is_home(one.infusion)]


def _had(found: Turn, was: CircleMember) -> bool:
    """Say whether somebody had this turn as they were then. found: one of `_turns`."""
    everybody = found.infusion.series.patient.everybody
    before = covers.cover(found.infusion, [was if one.pk == was.pk else one for one in everybody])
    return before.on == was.user_id.hex


def _check(said: Said, found: Turn, who_id: UUID, viewer: Viewer, now: datetime) -> None:
    """Refuse what this person may not say of an infusion as it stands."""
    infusion = found.infusion
    if plans.is_off(infusion, infusion.series) or infusion.leaves_at + turns.OVER <= now:
        raise Refused(_("This infusion is over, or was cancelled. Nothing was changed."))
    if viewer.is_staff:
        _check_staff(said, found, who_id, viewer)
    elif said is Said.ASKED:
        _check_asked(found, who_id, viewer, now)
    elif said is Said.DECLINED:
        _check_declined(found, who_id, viewer)
    elif said is Said.TAKES and found.waits_for(viewer) and found.cover.asked == who_id.hex:
        return
    elif viewer.user_id != who_id or viewer.capacity_kind != "caretaker":
        raise Http404
    else:
        _check_own(said, found, viewer, now)


def _check_staff(said: Said, found: Turn, who_id: UUID, viewer: Viewer) -> None:
    if not viewer.has_role(*plans.BOOKERS) or said not in BY_STAFF:
        raise Http404
    if said is Said.CANNOT and who_id.hex in {found.cover.on, found.cover.reserve}:
        return
    if said is Said.CANNOT or not _is_able(found, who_id):
        raise Refused(CHANGED, "who")


def _check_asked(found: Turn, who_id: UUID, viewer: Viewer, now: datetime) -> None:
    is_patient = viewer.capacity_kind == "patient"
    if is_patient:
        people.check_may_sign(Patient.objects.select_for_update().get(id=viewer.patient_id), now)
    is_swap = viewer.user_id.hex == found.cover.on or viewer.user_id == who_id
    if not (is_patient or is_swap) or not _is_able(found, who_id):
        raise Refused(CHANGED, "who")
    if found.cover.on == who_id.hex or (found.on is None and viewer.user_id == who_id):
        raise Refused(CHANGED, "who")


def _check_declined(found: Turn, who_id: UUID, viewer: Viewer) -> None:
    is_theirs = viewer.user_id.hex in {found.cover.answers, found.cover.asked_by}
    if found.cover.asked != who_id.hex or not is_theirs:
        raise Refused(CHANGED)


def _check_own(said: Said, found: Turn, viewer: Viewer, now: datetime) -> None:
    """Refuse what a caretaker cannot say of themselves now."""
    me = viewer.user_id.hex
    is_free = found.reserve is None and me != found.cover.on and _is_able(found, viewer.user_id)
    fits = {
        Said.CANNOT: me in {found.cover.on, found.cover.reserve},
        Said.TAKES: found.may_take(viewer, now),
        Said.STANDS_BY: is_free,
    }
    if not fits[said]:
        raise Refused(CHANGED)


def _is_able(found: Turn, who_id: UUID) -> bool:
    return any(one.user_id == who_id for one in found.able)


def _acted(infusion: Infusion, row: Duty, viewer: Viewer, now: datetime) -> None:
    """Note that whoever spoke, also to staff, did what their messages asked for.

    To stand by is no answer, and a no is one that puts nothing right.
    """
    if row.what == Said.STANDS_BY:
        return
    who_id = row.who_id if viewer.is_staff else viewer.user_id
    asked = {"user_id": who_id, "patient_id": infusion.patient_id, "now": now}
    notices.acted(Act.DUTY, task_key=_task_key(infusion), **asked)
    if row.what in (Said.TAKES, Said.ASKED):
        notices.mended(subject="adult:", infusion_id=infusion.id, **asked)


def _tell(was: Turn, found: Turn, row: Duty, viewer: Viewer, now: datetime) -> None:
    """Tell whom it concerns, and nobody what is no longer true; ask a human where it cannot wait."""
    infusion, key, speaker = found.infusion, row.id.hex, [row.by_id]
    if row.what != Said.STANDS_BY:
        notices.void(patient_id=infusion.patient_id, task_key_prefix=_task_key(infusion))
    if row.what == Said.TAKES and found.on is not None:
        told = [infusion.patient.user_id, row.who_id, was.on.user_id if was.on else None]
        _send(infusion, "duty-set", key, told, now, besides=speaker)
    elif row.what == Said.ASKED and found.cover.answers is not None:
        _send(infusion, "duty-asked", key, [UUID(hex=found.cover.answers)], now, besides=speaker)
    elif row.what == Said.DECLINED and was.cover.asked_by is not None:
        _send(infusion, "duty-stays", key, [UUID(hex=was.cover.asked_by)], now, besides=speaker)
    elif row.what == Said.CANNOT and was.on is not None and found.on is None:
        tell_open(found, found.cover.since, now, besides=speaker)
        if infusion.starts_at - now <= covers.ahead(library.protocol(infusion.series.protocol)):
            uncovered(infusion, by=viewer, now=now)


def _send(
    infusion: Infusion,
    words: str,
    key: str,
    to: Iterable[UUID | None],
    now: datetime,
    *,
    besides: Iterable[UUID] = (),
) -> None:
    """Send each of some people one message about an infusion."""
    known = set(besides)
    for user_id in dict.fromkeys(one for one in to if one is not None and one not in known):
        notices.plan(
            key=f"{_task_key(infusion)}:{words}:{key}:{user_id.hex}",
            words=words,
            clinic_id=infusion.clinic_id,
            patient_id=infusion.patient_id,
            to_user_id=user_id,
            due_at=now,
            values={"starts_at": infusion.starts_at},
            task_key=_task_key(infusion),
            revision=infusion.revision,
            now=now,
        )


def _task_key(infusion: Infusion) -> str:
    """Return what messages about duty belong to: a later word withdraws them, and so does a move."""
    return f"{infusion.id.hex}.duty"
