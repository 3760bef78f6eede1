"""The columns every fact of this slice carries."""

from datetime import datetime
from typing import Any
from uuid import UUID

from luna.people.access import Viewer
from luna.people.models import Patient


def columns(viewer: Viewer, patient: Patient, client_id: UUID, now: datetime) -> dict[str, Any]:
    """Return who says something of whom, as what, and when."""
    return {
        "clinic_id": patient.clinic_id,
        "patient": patient,
        "at": now,
        "recorded_at": now,
        "by_id": viewer.user_id,
        "capacity": viewer.capacity_kind,
        "client_id": client_id,
    }
