"""The columns that every fact carries."""

from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from luna.people.access import Viewer
from luna.people.models import Patient


class OfPatient(Protocol):
    """A row of one patient of one clinic."""

    clinic_id: UUID
    patient_id: UUID


def columns(of: Patient | OfPatient, viewer: Viewer, client_id: UUID, now: datetime) -> dict[str, Any]:
    """Return of whom a fact is, who says it as what, and when."""
    return {
        "clinic_id": of.clinic_id,
        "patient_id": of.id if isinstance(of, Patient) else of.patient_id,
        "at": now,
        "recorded_at": now,
        "by_id": viewer.user_id,
        "capacity": viewer.capacity_kind,
        "client_id": client_id,
    }
