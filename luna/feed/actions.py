"""Say that something changed: live pages look again, and the clock looks at the patient now."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.db.models import F

from luna.feed.models import Counter, Wake


def changed(*, clinic_id: UUID, patient_id: UUID | None = None, now: datetime) -> None:
    """Bump the clinic's counter and wake the tick for the patient. The last statement of an action."""
    if patient_id is not None:
        wake(clinic_id=clinic_id, patient_ids=[patient_id], now=now)
    bump(clinic_id)


def changed_for_all(*, clinic_id: UUID, now: datetime) -> None:
    """Bump the counter and wake the tick for all patients of a clinic: a zone, a text, its staff changed."""
    Wake.objects.filter(clinic_id=clinic_id).update(wake_at=now)
    bump(clinic_id)


def wake(*, clinic_id: UUID, patient_ids: Iterable[UUID], now: datetime) -> None:
    """Have the tick look at these patients at once."""
    Wake.objects.bulk_create(
        [Wake(patient_id=patient_id, clinic_id=clinic_id, wake_at=now) for patient_id in patient_ids],
        update_conflicts=True,
        unique_fields=["patient_id"],
        update_fields=["wake_at"],
    )


def bump(clinic_id: UUID) -> None:
    """Count one change of a clinic."""
    counter = Counter.objects.filter(clinic_id=clinic_id)
    if not counter.update(n=F("n") + 1):
        Counter.objects.get_or_create(clinic_id=clinic_id)  # another may make it at the same moment
        counter.update(n=F("n") + 1)
