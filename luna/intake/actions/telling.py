"""Tell the clinic that there is something new to read, and the patient that somebody answered."""

from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from django.db import transaction

from luna.escalation import promises
from luna.feed import actions as feed
from luna.intake import plans
from luna.intake.models import EligibilityDecision, News, Question, Reading
from luna.intake.plans import Standing
from luna.notices import actions as notices
from luna.notices.words import Act
from luna.people.access import Viewer
from luna.people.models import CircleMember, Clinician, Invitation, Patient
from luna.records import facts

# news of a decision -> the words of the message
WORDS = {News.What.REOPENED: "decision-open", News.What.OVER: "decision-over"}


def clinic(
    *,
    viewer: Viewer,
    patient: Patient,
    what: str,
    about_id: UUID,
    for_prescribers: bool = False,
    now: datetime,
) -> News:
    """Put something new before the clinic, and write to its prescribers unless they were written to already.

    what: a News.What value. about_id: the row it points to; told once.
    """
    unread = News.objects.filter(patient=patient, what=what, readings=None).exists()
    once = uuid5(about_id, what)
    row, is_new = News.objects.get_or_create(
        by_id=viewer.user_id,
        client_id=once,
        defaults=facts.columns(patient, viewer, once, now)
        | {
            "what": what,
            "about_id": about_id,
            "for_prescribers": for_prescribers,
            "promised_at": promises.promise(patient.clinic, now),
        },
    )
    if is_new and not unread:
        _write_to_prescribers(row, "chart-news", besides=row.by_id, now=now)
    return row


@transaction.atomic
def of_circle(row: Invitation | CircleMember, what: str, now: datetime) -> bool:
    """Put before the clinic what others did to a patient's circle; say whether that is new.

    what: a News.What value of `News.OF_CIRCLE`. An invitation that was sent anew can run out anew.
    """
    if isinstance(row, CircleMember):
        by_id, capacity, once = row.user_id, row.role, uuid5(row.pk, what)
    else:
        by_id, capacity, once = row.invited_by_id, "link", uuid5(row.pk, f"{what}:{row.sent}")
    _row, is_new = News.objects.get_or_create(
        by_id=by_id,
        client_id=once,
        defaults={
            "clinic_id": row.clinic_id,
            "patient_id": row.patient_id,
            "at": now,
            "recorded_at": now,
            "capacity": capacity,
            "what": what,
            "about_id": row.pk,
            "promised_at": promises.promise(row.clinic, now),
        },
    )
    if is_new:
        feed.changed(clinic_id=row.clinic_id, patient_id=row.patient_id, now=now)
    return is_new


def reopened(*, viewer: Viewer, patient: Patient, now: datetime) -> None:
    """Tell the prescribers once if what was just told opened the decision again.

    Called by every action that tells something, which holds the patient's row.
    """
    how = plans.current_eligibility(patient, now)
    if how.standing is Standing.REOPENED and how.decision is not None:
        said = facts.columns(patient, viewer, uuid5(how.decision.id, News.What.REOPENED), now)
        _of_decision(how.decision, News.What.REOPENED, said, besides=viewer.user_id, now=now)


def over(decision: EligibilityDecision, now: datetime) -> None:
    """Tell the prescribers once, whoever of them signed it, that the day to decide again has come."""
    said = {
        "clinic_id": decision.clinic_id,
        "patient": decision.patient,
        "at": now,
        "recorded_at": now,
        "by_id": decision.by_id,  # the clock speaks for whoever set the day
        "capacity": decision.capacity,
        "client_id": uuid5(decision.id, News.What.OVER),
    }
    _of_decision(decision, News.What.OVER, said, besides=None, now=now)


def settled(*, viewer: Viewer, patient: Patient, client_id: UUID, now: datetime) -> None:
    """Say that whoever decides anew has read that the decision before was open again, or over."""
    rows = News.objects.filter(patient=patient, what__in=(News.What.REOPENED, News.What.OVER), readings=None)
    for row in rows.select_for_update(of=("self",)):
        once = uuid5(client_id, row.id.hex)
        Reading.objects.create(news=row, **facts.columns(patient, viewer, once, now))
        was_read(row, viewer, now)


def was_read(row: News, viewer: Viewer, now: datetime) -> None:
    """Note that somebody did what the message about something new asked for."""
    notices.acted(
        Act.READ,
        user_id=viewer.user_id,
        patient_id=row.patient_id,
        task_key=_task_key(row),
        now=now,
    )


def patient_of(question: Question, answer_id: UUID, now: datetime) -> None:
    """Tell whoever asked that there is an answer. The message holds no word of either."""
    user_id = question.patient.user_id
    if user_id is None:
        return
    notices.plan(
        key=f"question:{answer_id.hex}:answered:{user_id.hex}",
        words="answered",
        clinic_id=question.clinic_id,
        patient_id=question.patient_id,
        to_user_id=user_id,
        due_at=now,
        now=now,
    )


def _of_decision(
    decision: EligibilityDecision, what: str, said: dict[str, Any], *, besides: UUID | None, now: datetime
) -> None:
    if News.objects.filter(patient_id=decision.patient_id, what=what, about_id=decision.id).exists():
        return
    promised_at = promises.promise(decision.patient.clinic, now)
    row = News.objects.create(what=what, about_id=decision.id, promised_at=promised_at, **said)
    _write_to_prescribers(row, WORDS[what], besides=besides, now=now)


def _write_to_prescribers(row: News, words: str, *, besides: UUID | None, now: datetime) -> None:
    """Write to every prescriber of the clinic. besides: who knows, for it was they who said so."""
    staff = Clinician.objects.filter(clinic_id=row.clinic_id, active=True, user__is_active=True)
    for one in staff:
        if Clinician.Role.PRESCRIBER in one.roles and one.user_id != besides:
            notices.plan(
                key=f"news:{row.id.hex}:{one.user_id.hex}",
                words=words,
                clinic_id=row.clinic_id,
                patient_id=row.patient_id,
                to_user_id=one.user_id,
                due_at=now,
                task_key=_task_key(row),
                now=now,
            )


def _task_key(row: News) -> str:
    """Return what messages about something new belong to."""
    return f"news.{row.id.hex}"
