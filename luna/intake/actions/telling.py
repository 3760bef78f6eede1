"""Tell the clinic that there is something new to read, and the patient that somebody answered."""

from datetime import datetime
from uuid import UUID, uuid5

from django.db import transaction

from luna.escalation import promises
from luna.feed import actions as feed
from luna.intake.actions import facts
from luna.intake.models import News, Question
from luna.notices import actions as notices
from luna.people.access import Viewer
from luna.people.models import CircleMember, Clinician, Invitation, Patient


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
