"""Ask the clinic, answer by name, write down what a caretaker noticed, and say what was read."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from django.db import transaction
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext_lazy as _

from luna.audit import actions as audit
from luna.escalation import promises, writing
from luna.escalation.writing import Written
from luna.feed import actions as feed
from luna.intake.actions import telling
from luna.intake.models import Answer, Collateral, News, Question, Reading
from luna.people.access import Viewer
from luna.people.errors import Refused, Replayed
from luna.people.models import Clinician, Patient, User
from luna.records import facts

LONGEST = 2000


def ask(*, viewer: Viewer, what: str, written: Written, client_id: UUID, now: datetime) -> Question | None:
    """Keep a patient's fear or question and promise an answer; what cannot wait brings a human at once.

    what: a Question.What value. Returns None where there are no words, only a tick that says it all.
    Raises Refused for a blank or too long text, and while nobody said whether a danger sign is there.
    """
    if viewer.capacity_kind != "patient" or what not in Question.What.values:
        raise Http404
    writing.heed(viewer=viewer, written=written, client_id=client_id, now=now)
    text = _worth_keeping(written)
    return _ask(viewer, what, text, client_id, now) if text else None


@transaction.atomic
def _ask(viewer: Viewer, what: str, text: str, client_id: UUID, now: datetime) -> Question:
    User.objects.select_for_update(no_key=True).get(id=viewer.user_id)  # a double click waits here
    before = Question.objects.filter(by_id=viewer.user_id, client_id=client_id).first()
    if before is not None:
        return _same(before, before.text == text and before.what == what)
    row = Question.objects.create(
        what=what,
        text=text,
        promised_at=promises.promise(viewer.clinic, now),
        **facts.columns(viewer.patient, viewer, client_id, now),
    )
    audit.record("question.ask", by=viewer, subject=row, payload={"text": text}, now=now)
    feed.changed(clinic_id=row.clinic_id, patient_id=row.patient_id, now=now)
    return row


@transaction.atomic
def answer(*, viewer: Viewer, question_id: UUID, text: str, client_id: UUID, now: datetime) -> Answer:
    """Answer a fear or question in one's own name; the patient is told that there is an answer.

    Raises Http404 for a question of another clinic or by anyone but staff, and Refused for a blank text.
    """
    text = _checked(text)
    if not viewer.is_staff:
        raise Http404
    rows = Question.objects.visible_to(viewer).select_related("patient").select_for_update(of=("self",))
    question = get_object_or_404(rows, id=question_id)
    before = Answer.objects.filter(by_id=viewer.user_id, client_id=client_id).first()
    if before is not None:
        return _same(before, before.text == text and before.question_id == question.id)
    row = Answer.objects.create(
        question=question, text=text, **facts.columns(question.patient, viewer, client_id, now)
    )
    audit.record("question.answer", by=viewer, subject=row, payload={"text": text}, now=now)
    telling.patient_of(question, row.id, now)
    feed.changed(clinic_id=row.clinic_id, patient_id=row.patient_id, now=now)
    return row


def notice(
    *, viewer: Viewer, audience: str, written: Written, client_id: UUID, now: datetime
) -> Collateral | None:
    """Keep what a caretaker noticed, for the audience they chose; what cannot wait brings a human at once.

    audience: a Collateral.Audience value. Returns None as `ask` does. Raises Refused as `ask` does, and
    for no audience.
    """
    if viewer.capacity_kind != "caretaker" or not viewer.kinds:
        raise Http404
    in_confidence = audience != Collateral.Audience.PATIENT
    writing.heed(viewer=viewer, written=written, in_confidence=in_confidence, client_id=client_id, now=now)
    text = _worth_keeping(written)
    return _notice(viewer, audience, text, client_id, now) if text else None


@transaction.atomic
def _notice(viewer: Viewer, audience: str, text: str, client_id: UUID, now: datetime) -> Collateral:
    if audience not in Collateral.Audience.values:
        raise Refused(_("Choose who may read this."), "audience")
    User.objects.select_for_update(no_key=True).get(id=viewer.user_id)  # a double click waits here
    before = Collateral.objects.filter(by_id=viewer.user_id, client_id=client_id).first()
    if before is not None:
        return _same(before, before.text == text and before.audience == audience)
    row = Collateral.objects.create(
        audience=audience, text=text, **facts.columns(viewer.patient, viewer, client_id, now)
    )
    audit.record("collateral.write", by=viewer, subject=row, payload={"text": text}, now=now)
    telling.clinic(
        viewer=viewer,
        patient=viewer.patient,
        what=News.What.COLLATERAL,
        about_id=row.id,
        for_prescribers=audience == Collateral.Audience.PRESCRIBERS,
        now=now,
    )
    feed.changed(clinic_id=row.clinic_id, patient_id=row.patient_id, now=now)
    return row


@transaction.atomic
def read(
    *, viewer: Viewer, patient: Patient, news_ids: Iterable[UUID], client_id: UUID, now: datetime
) -> None:
    """Say that one has read what is new in a chart: what the page showed, and nothing that came since.

    What a prescriber decides on waits for a prescriber, whoever else has read it.
    """
    rows = News.objects.visible_to(viewer).filter(patient=patient, id__in=list(news_ids), readings=None)
    if not viewer.has_role(Clinician.Role.PRESCRIBER):
        rows = rows.exclude(for_prescribers=True).exclude(what__in=News.DECIDED_ON)
    for row in rows.select_for_update(of=("self",)):
        once = uuid5(client_id, row.id.hex)
        reading, is_new = Reading.objects.get_or_create(
            by_id=viewer.user_id,
            client_id=once,
            defaults={"news": row} | facts.columns(patient, viewer, once, now),
        )
        if is_new:
            telling.was_read(row, viewer, now)
            audit.record("news.read", by=viewer, subject=reading, now=now)
    feed.changed(clinic_id=viewer.clinic_id, patient_id=patient.pk, now=now)


def _worth_keeping(written: Written) -> str:
    """Return the words to keep, blank where a tick beside them says it all."""
    if written.causes and not written.text.strip():
        return ""
    text = _checked(written.text)
    written.require_answer()
    return text


def _checked(text: str) -> str:
    text = text.strip()
    if not text:
        raise Refused(_("Write something first."), "text")
    if len(text) > LONGEST:
        raise Refused(_("This is too long. Write at most 2000 letters."), "text")
    return text


def _same(before: Any, is_same: bool) -> Any:
    if not is_same:
        raise Replayed
    return before
