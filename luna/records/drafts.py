"""Keep the answers to a questionnaire while they are given, and send them once.

A draft is written at every answer, so that nothing is lost by stopping, by going back or by a
sign-in that ends. Nobody but its writer reads it, and it is not audited: sending is.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from uuid import uuid5
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import QuerySet
from django.http import Http404
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from luna.audit import actions as audit
from luna.clinical.errors import StrayAnswer
from luna.clinical.questionnaire import Item
from luna.feed import actions as feed
from luna.library import content
from luna.people.access import Viewer
from luna.people.errors import Refused, Stale
from luna.people.models import Patient, User
from luna.records import facts
from luna.records.models import Draft, Response
from luna.records.questions import Asking

SENT = _("You sent these answers already. Nothing was changed. To change them, begin again.")


def open(
    *,
    viewer: Viewer,
    patient: Patient,
    questionnaire: str,
    kind: str,
    now: datetime,
    task_key: str = "",
    revision: int = 0,
    names: Mapping[str, str] | None = None,
    begin_with: Mapping[str, str] | None = None,
) -> Asking:
    """Return a questionnaire with the viewer's own answers so far. It writes nothing.

    patient: whom it is about; the viewer, whom they care for, or a patient of the staff's clinic.
    kind: what answers are shared as (Response.Kind) unless their question says otherwise.
    task_key, revision: the task it answers, if one.
    names: what the placeholders in its words stand for.
    begin_with: answers to begin with when there is no draft, such as those sent last time.
    Raises Http404 when the patient is not the viewer's.
    """
    if not _is_theirs(viewer, patient):
        raise Http404
    asking = Asking(
        questionnaire=content.questionnaire(questionnaire),
        words=content.words("questionnaires", questionnaire, get_language() or content.ENGLISH),
        answers={},
        today=now.astimezone(ZoneInfo(viewer.zone)).date(),
        kind=kind,
        patient=patient,
        task_key=task_key,
        revision=revision,
        names=names or {},
    )
    last = _rows(viewer, asking).order_by("-round").first()
    if last is None or last.sent_at:
        return replace(
            asking, answers=_that_fit(asking, begin_with or {}), round=last.round + 1 if last else 1
        )
    return _as_kept(asking, last)


@transaction.atomic
def save(
    *,
    viewer: Viewer,
    asking: Asking,
    item: Item,
    answer: str,
    version: int,
    round: int,
    now: datetime,
) -> Asking:
    """Keep one answer; return what stands now. The same answer again changes nothing.

    answer: as `Item.clean` takes it; blank leaves out a question that may be left out.
    version, round: of the draft when the page was drawn.
    Raises Refused with words when the answer does not fit, and when the answers were sent already;
    Stale when another tab gave this question another answer meanwhile.
    """
    kept = asking.clean(item, answer)
    draft = _locked(viewer, asking, round=round, now=now)
    if draft.answers.get(item.id) == kept:
        return _as_kept(asking, draft)
    if draft.saved_in.get(item.id, 0) > version:
        raise Stale(item.id)
    draft.version += 1
    draft.answers[item.id] = kept
    draft.saved_in[item.id] = draft.version
    draft.questionnaire_version = asking.questionnaire.version
    draft.saved_at = now
    draft.save()
    return _as_kept(asking, draft)


@transaction.atomic
def submit(
    *,
    viewer: Viewer,
    asking: Asking,
    version: int,
    round: int,
    now: datetime,
) -> list[Response]:
    """Send the answers, once, and empty the draft; return one response for each kind of answer.

    version, round: of the draft that the person looked through. Sent again, it returns the same.
    Raises Refused while questions are open or answers contradict each other, and Stale when
    another tab changed an answer after the person looked through them.
    """
    User.objects.select_for_update(no_key=True).get(id=viewer.user_id)  # a double click waits here
    before = _rows(viewer, asking).filter(round=round, sent_at__isnull=False).first()
    if before is not None:
        return _replayed(before, version)
    draft = _locked(viewer, asking, round=round, now=now)
    asking = _as_kept(asking, draft)
    if draft.version != version:
        raise Stale
    _require_whole(asking)
    sent = [
        _respond(viewer, draft, asking, kind=kind, answers=answers, now=now)
        for kind, answers in _by_kind(asking).items()
    ]
    draft.answers, draft.saved_in, draft.sent_at = {}, {}, now
    draft.save()
    payload = {"questionnaire": draft.questionnaire, "answers": asking.to_send()}
    audit.record("answers.send", by=viewer, subject=draft, payload=payload, now=now)
    feed.changed(clinic_id=draft.clinic_id, patient_id=draft.patient_id, now=now)
    return sent


def _is_theirs(viewer: Viewer, patient: Patient) -> bool:
    if viewer.clinic_id != patient.clinic_id or not viewer.kinds:
        return False
    return viewer.is_staff or viewer.patient_id == patient.id


def _rows(viewer: Viewer, asking: Asking) -> QuerySet[Draft]:
    return Draft.objects.visible_to(viewer).filter(
        patient=asking.patient, questionnaire=asking.questionnaire.id, task_key=asking.task_key
    )


def _as_kept(asking: Asking, draft: Draft) -> Asking:
    """Return what a draft holds, without answers that this version of the questions does not take."""
    return replace(
        asking,
        answers=_that_fit(asking, draft.answers),
        saved_in=draft.saved_in,
        version=draft.version,
        round=draft.round,
    )


def _that_fit(asking: Asking, answers: Mapping[str, str]) -> dict[str, str]:
    return {
        item.id: answers[item.id]
        for item in asking.questionnaire.items
        if item.id in answers and _fits(asking, item, answers[item.id])
    }


def _fits(asking: Asking, item: Item, answer: str) -> bool:
    try:
        return item.clean(answer, today=asking.today) == answer
    except StrayAnswer:
        return False


def _locked(viewer: Viewer, asking: Asking, *, round: int, now: datetime) -> Draft:
    """Return the draft to write to, made at the first answer; two tabs wait for each other here."""
    User.objects.select_for_update(no_key=True).get(id=viewer.user_id)
    last = _rows(viewer, asking).order_by("-round").first()
    if last is not None and last.round >= round and (last.sent_at or last.round > round):
        raise Refused(SENT)
    if last is not None and not last.sent_at:
        return last
    return Draft.objects.create(
        clinic_id=viewer.clinic_id,
        patient=asking.patient,
        by_id=viewer.user_id,
        capacity=viewer.capacity_kind,
        questionnaire=asking.questionnaire.id,
        questionnaire_version=asking.questionnaire.version,
        task_key=asking.task_key,
        round=last.round + 1 if last else 1,
        answers=dict(asking.answers),
        begun_at=now,
        saved_at=now,
    )


def _replayed(draft: Draft, version: int) -> list[Response]:
    """Return what was sent, unless the person looked through other answers than those."""
    if draft.version != version:
        raise Refused(SENT)
    return list(draft.responses.order_by("recorded_at", "id"))


def _require_whole(asking: Asking) -> None:
    if asking.current is not None:
        raise Refused(_("One question has no answer yet. Please answer it, then send."), asking.current.id)
    for problem in asking.problems:
        raise Refused(problem.text, problem.items[0][0])


def _by_kind(asking: Asking) -> dict[str, dict[str, str]]:
    """Return kind -> answers: what one kind holds must not be read by who is let into another."""
    answers = asking.to_send()
    found: dict[str, dict[str, str]] = {}
    for item in asking.items:
        if item.id in answers:
            found.setdefault(item.kind or asking.kind, {})[item.id] = answers[item.id]
    return found or {asking.kind: {}}


def _respond(
    viewer: Viewer, draft: Draft, asking: Asking, *, kind: str, answers: dict[str, str], now: datetime
) -> Response:
    return Response.objects.create(
        **facts.columns(draft, viewer, uuid5(draft.id, kind), now),
        draft=draft,
        kind=kind,
        questionnaire=draft.questionnaire,
        questionnaire_version=asking.questionnaire.version,
        task_key=draft.task_key,
        revision=asking.revision,
        answers=answers,
        content_hash=audit.digest({"kind": kind, "answers": answers}),
    )
