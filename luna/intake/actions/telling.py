"""Tell the clinic that there is something new to read, and the patient that somebody answered."""

from datetime import datetime
from uuid import UUID, uuid5

from luna.escalation import promises
from luna.intake.actions import facts
from luna.intake.models import News, Question
from luna.notices import actions as notices
from luna.people.access import Viewer
from luna.people.models import Clinician, Patient


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
        defaults=facts.columns(viewer, patient, once, now)
        | {
            "what": what,
            "about_id": about_id,
            "for_prescribers": for_prescribers,
            "promised_at": promises.promise(patient.clinic, now),
        },
    )
    if is_new and not unread:
        _write_to_prescribers(row, now)
    return row


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


def _write_to_prescribers(row: News, now: datetime) -> None:
    staff = Clinician.objects.filter(clinic_id=row.clinic_id, active=True, user__is_active=True)
    for one in staff:
        if Clinician.Role.PRESCRIBER in one.roles and one.user_id != row.by_id:
            notices.plan(
                key=f"news:{row.id.hex}:{one.user_id.hex}",
                words="chart-news",
                clinic_id=row.clinic_id,
                patient_id=row.patient_id,
                to_user_id=one.user_id,
                due_at=now,
                now=now,
            )
