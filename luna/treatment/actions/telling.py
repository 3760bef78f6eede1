"""Tell the people concerned that a series changed: one message each, and no older one after it."""

from collections.abc import Mapping
from datetime import datetime

from luna.notices import actions as notices
from luna.people.models import CircleMember, User
from luna.treatment.models import Infusion, Series


def concerned(series: Series) -> list[User]:
    """Return the patient, if they have an account, and every caretaker who may see the schedule."""
    members = CircleMember.objects.filter(
        patient_id=series.patient_id,
        state=CircleMember.State.ACTIVE,
        role=CircleMember.Role.CARETAKER,
    ).select_related("user")
    caretakers = [member.user for member in members.order_by("since", "id") if Series.kind in member.kinds]
    patient = User.objects.filter(patients=series.patient_id)
    return [*patient, *caretakers]


def of_series(series: Series, words: str, values: Mapping[str, datetime], now: datetime) -> None:
    """Send each person concerned one message about the whole series."""
    for user in concerned(series):
        notices.plan(
            key=f"{series.id.hex}:{words}:{user.id.hex}",
            words=words,
            clinic_id=series.clinic_id,
            patient_id=series.patient_id,
            to_user_id=user.id,
            due_at=now,
            values=values,
            now=now,
        )


def of_infusion(infusion: Infusion, words: str, values: Mapping[str, datetime], now: datetime) -> None:
    """Void what was still to be said of this infusion's old times, and send each person one message.

    The message belongs to the infusion's new revision: a still later change voids it in turn.
    """
    # Of the infusion, all: an order raises a task's revision past that of its booking.
    notices.void(patient_id=infusion.patient_id, task_key_prefix=infusion.id.hex)
    notices.void(
        patient_id=infusion.patient_id,
        task_key_prefix=infusion.series_id.hex,
        before_revision=infusion.revision,
    )
    for user in concerned(infusion.series):
        notices.plan(
            key=f"{infusion.id.hex}:{words}:r{infusion.revision}:{user.id.hex}",
            words=words,
            clinic_id=infusion.clinic_id,
            patient_id=infusion.patient_id,
            to_user_id=user.id,
            due_at=now,
            values=values,
            task_key=infusion.id.hex,
            revision=infusion.revision,
            now=now,
        )
