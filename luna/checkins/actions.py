"""Store a check-in exactly once and bring a human when it asks for one; begin a recovery watch."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, Max, OuterRef
from django.http import Http404
from django.utils.translation import gettext_lazy as _

from luna.audit import actions as audit
from luna.careplan import plans as careplan
from luna.checkins import plans
from luna.checkins.models import Watch
from luna.checkins.plans import CheckIn
from luna.clinical.duty import Said
from luna.clinical.errors import StrayAnswer
from luna.clinical.protocol import Anchor
from luna.clinical.task import TaskStatus
from luna.clinical.triage import Triage, Urgency
from luna.escalation import actions as escalation
from luna.feed import actions as feed
from luna.notices import actions as notices
from luna.notices.words import Act
from luna.people.access import Viewer
from luna.people.errors import Refused, Replayed
from luna.people.models import CircleMember, User
from luna.people.sharing import Tell
from luna.records.models import Response
from luna.treatment import actions as treatment
from luna.treatment import covers
from luna.treatment.models import Infusion, Moment, Series


@transaction.atomic
def submit(
    *,
    viewer: Viewer,
    task_key: str,
    revision: int,
    answers: Mapping[str, str],
    told_by: UUID | None = None,
    client_id: UUID,
    now: datetime,
) -> Response:
    """Store one check-in and open an escalation if the answers ask for it; return what was stored.

    answers: item id -> code. An emergency may leave the rest unanswered; nothing else may.
    told_by: the caretaker on the phone whose answers staff write down; None for one's own.
    The same client_id again returns the first response; with other answers it raises Replayed.
    Raises Http404 if the check-in is not the viewer's, and Refused with words for the page.
    """
    careplan.hold(viewer, task_key)
    written = {"task": task_key, "answers": dict(answers), **({"told_by": str(told_by)} if told_by else {})}
    content_hash = audit.digest(written)
    earlier = Response.objects.filter(by_id=viewer.user_id, client_id=client_id).first()
    if earlier is not None:
        if earlier.content_hash != content_hash:
            raise Replayed
        return earlier
    asked = _asked(viewer, task_key, told_by, now)
    found = _judge(asked, answers)
    patient_id = asked.plan.patient.id
    response = Response.objects.create(
        clinic_id=viewer.clinic_id,
        patient_id=patient_id,
        at=now,
        recorded_at=now,
        by_id=viewer.user_id,
        told_by_id=told_by,
        capacity=viewer.capacity_kind,
        client_id=client_id,
        questionnaire=asked.questionnaire.id,
        questionnaire_version=asked.questionnaire.version,
        task_key=task_key,
        revision=revision,
        answers=dict(answers),
        urgency=found.urgency,
        cards=[rule.card for rule in found.matched],
        missing=list(found.missing),
        rules_version=asked.rules.version,
        content_hash=content_hash,
    )
    who_id = told_by or viewer.user_id
    notices.acted(Act.CHECK_IN, user_id=who_id, patient_id=patient_id, task_key=task_key, now=now)
    notices.void(patient_id=patient_id, task_key_prefix=task_key)  # answered: remind nobody any more
    verb = "check-in.phoned" if told_by else "check-in.submit"
    audit.record(verb, by=viewer, subject=response, payload=written, now=now)
    if found.urgency > Urgency.ROUTINE:
        _escalate(viewer, response, now)
    feed.changed(clinic_id=viewer.clinic_id, patient_id=patient_id, now=now)
    return response


@transaction.atomic
def start_watch(*, viewer: Viewer, infusion_id: UUID, client_id: UUID, now: datetime) -> Watch:
    """Say "we're home": the check-ins begin, and whoever says so watches, if they can be the adult who stays.

    Of anybody else it is true all the same that they are home: the watch begins, and nobody keeps it
    yet. Said twice, by one person or by two, it is one watch; said anew after it was taken back, that
    watch begins again; one that nobody keeps is theirs. Raises Http404 if the infusion is not the
    viewer's to see, and Refused while the infusion has not ended.
    """
    infusion = _held(viewer, infusion_id)
    running = Watch.objects.filter(infusion=infusion).first()
    plan, visit = _visit(infusion, now)
    if running is not None and visit.booking.home_at is not None and plans.adult_of(plan, running):
        return running
    if visit.booking.home_at is None:  # never said, or taken back
        treatment.record_moment(
            infusion_id=infusion.pk,
            what=Moment.What.HOME,
            at=now,
            viewer=viewer,
            client_id=client_id,
            now=now,
        )
        plan, visit = _visit(infusion, now)
    return _keep(plan, visit, viewer=viewer, who_id=viewer.user_id, verb="watch.start", now=now)


@transaction.atomic
def take_over(
    *, viewer: Viewer, infusion_id: UUID, told_by: UUID | None = None, client_id: UUID, now: datetime
) -> Watch:
    """Say "I'm with them now": from here on this adult is on duty and watches, whoever it was before.

    told_by: the caretaker on the phone whose word staff write down; None for one's own.
    Said twice by one person, it is once. Raises Http404 if the infusion or how the patient is at
    home is not the viewer's to see, and Refused when nobody is at home, or no longer, or this is
    not somebody who can stay.
    """
    infusion = _held(viewer, infusion_id, told_by=told_by)
    who_id = told_by or viewer.user_id
    if Watch.kind not in viewer.kinds:
        raise Http404
    plan, visit = _visit(infusion, now)
    ends_at = careplan.watch_ends_at(plan, visit)
    if ends_at is None or ends_at <= now:
        raise Refused(_("The hours at home are not running now, so there is nothing to take over."))
    before = Watch.objects.filter(infusion=infusion).first()
    adult = plans.adult_of(plan, before) if before is not None else None
    if before is not None and adult is not None and adult.user_id == who_id:
        return before
    if visit.on is None or visit.on.user_id != who_id:
        treatment.say_duty(
            said=Said.TAKES,
            infusion_id=infusion.pk,
            who_id=who_id,
            viewer=viewer,
            client_id=client_id,
            now=now,
        )
    verb = "watch.phoned" if told_by else "watch.take-over"
    return _keep(plan, visit, viewer=viewer, who_id=who_id, verb=verb, now=now)


def keep_signed_in(user_id: UUID) -> None:
    """Let a person's sign-in last until the last of the watches they still keep has ended."""
    adult = User.objects.select_for_update().get(pk=user_id)
    circle = CircleMember.objects.filter(
        patient=OuterRef("patient"), user=OuterRef("adult"), state=CircleMember.State.ACTIVE
    )
    kept = Watch.objects.filter(Exists(circle), adult=adult)
    until = kept.aggregate(until=Max("ends_at"))["until"]
    if until != adult.watching_until:
        User.objects.filter(pk=adult.pk).update(watching_until=until)


def _held(viewer: Viewer, infusion_id: UUID, *, told_by: UUID | None = None) -> Infusion:
    """Return an infusion the viewer may keep watch after, or write down who does, holding its series."""
    infusion = Infusion.objects.visible_to(viewer).filter(pk=infusion_id).first()
    may = viewer.has_role(*plans.WRITERS) if told_by else viewer.capacity_kind == "caretaker"
    if infusion is None or not may:
        raise Http404
    Series.objects.select_for_update(no_key=True).get(pk=infusion.series_id)
    return infusion


def _keep(
    plan: careplan.Plan, visit: careplan.Visit, *, viewer: Viewer, who_id: UUID, verb: str, now: datetime
) -> Watch:
    """Begin the one watch after an infusion, or go on with it; who is there keeps it if they can stay."""
    before = Watch.objects.filter(infusion=visit.row).values_list("adult_id", flat=True).first()
    watch, _new = Watch.objects.update_or_create(
        infusion=visit.row,
        defaults={
            "clinic_id": viewer.clinic_id,
            "patient_id": visit.row.patient_id,
            "adult_id": who_id if plans.who_stays(plan, who_id) else None,
            "started_at": visit.booking.home_at,
            "ends_at": careplan.watch_ends_at(plan, visit),
        },
    )
    for adult_id in {before, watch.adult_id} - {None}:
        keep_signed_in(adult_id)
    ask_if_barred(plan, watch, who_id, now)
    _acted(plan, visit, who_id, now)
    audit.record(verb, by=viewer, subject=watch, now=now)
    feed.changed(clinic_id=viewer.clinic_id, patient_id=visit.row.patient_id, now=now)
    return watch


def _acted(plan: careplan.Plan, visit: careplan.Visit, who_id: UUID, now: datetime) -> None:
    """Note that they did what their messages asked for: to be home, or to look in where nobody answered."""
    home = [one for one in plan.tasks if one.step.anchor is Anchor.LEFT and one.infusion == visit.row.id.hex]
    asked = {"user_id": who_id, "patient_id": visit.row.patient_id, "now": now}
    for task in home:
        notices.acted(Act.MARK, task_key=task.key, **asked)
    notices.acted(Act.WATCH, task_key=visit.row.id.hex, **asked)


def ask_if_barred(plan: careplan.Plan, watch: Watch, who_id: UUID | None, now: datetime) -> None:
    """Ask for a human at once when whoever is there now must not be; their own page says nothing of it."""
    who = next((one for one in plan.circle if one.user_id == who_id), None)
    if covers.is_barred(who):
        about_id = f"barred-{watch.pk.hex}"  # not what others about the watch are
        _ask(watch, cause=covers.BARRED, about_id=about_id, by=None, now=now)


def ask_for_adult(watch: Watch, *, by: Viewer | None, now: datetime) -> None:
    """Ask for a human because nobody who can stay keeps a watch."""
    _ask(watch, cause=plans.NO_ADULT, about_id=watch.pk.hex, by=by, now=now)


def narrowed(
    *, member: CircleMember, was: CircleMember, by: Viewer | audit.Actor, tell: Tell, now: datetime
) -> None:
    """Ask for a human at once when somebody who keeps a watch can do so no longer; nobody keeps it then.

    One of settings.LUNA_WHEN_NARROWED. `jobs` does the same whenever the clock finds such a watch.
    """
    if covers.may(member):
        return
    kept = Watch.objects.filter(patient_id=member.patient_id, adult_id=member.user_id, ends_at__gt=now)
    for watch in kept:
        ask_for_adult(watch, by=by if isinstance(by, Viewer) else None, now=now)
    if kept.update(adult=None):
        keep_signed_in(member.user_id)


def _visit(infusion: Infusion, now: datetime) -> tuple[careplan.Plan, careplan.Visit]:
    """Return an infusion as it stands, in its plan."""
    plan = careplan.plans_of(Series.objects.filter(pk=infusion.series_id), now)[0]
    return plan, next(one for one in plan.visits if one.row.pk == infusion.pk)


def _asked(viewer: Viewer, task_key: str, told_by: UUID | None, now: datetime) -> CheckIn:
    """Return a check-in the viewer may send, in their own name or as they were told on the phone."""
    asked = plans.check_in(viewer, task_key, now)
    if not viewer.is_staff and told_by is not None:
        raise Http404
    if viewer.is_staff and told_by not in {one.user_id for one in asked.tellers}:
        raise Refused(_("Say who answers: somebody whose check-in it is now."), "told_by")
    return asked


def _judge(asked: CheckIn, answers: Mapping[str, str]) -> Triage:
    if asked.item.status is TaskStatus.DRAFT:
        raise Refused(_("This check-in has not opened yet. If you are worried now, use “I’m worried”."))
    try:
        found = asked.judge(answers)
    except StrayAnswer:
        raise Refused(_("We could not read one of the answers. Please choose again.")) from None
    if found.missing and found.urgency < Urgency.EMERGENCY:
        raise Refused(_("One question has no answer yet. Please answer it, then send again."))
    return found


def _ask(watch: Watch, *, cause: str, about_id: str, by: Viewer | None, now: datetime) -> None:
    escalation.open(
        clinic_id=watch.clinic_id,
        patient_id=watch.patient_id,
        cause=cause,
        urgency=Urgency.URGENT,
        about_type="watch",
        about_id=about_id,
        by=by,
        now=now,
    )


def _escalate(viewer: Viewer, response: Response, now: datetime) -> None:
    escalation.open(
        clinic_id=viewer.clinic_id,
        patient_id=response.patient_id,
        cause=plans.cause_of(response),
        urgency=response.urgency,
        about_type="response",
        about_id=str(response.pk),
        by=viewer,
        now=now,
    )
