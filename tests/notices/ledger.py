"""A shortcut to a planned notice, for the tests of this slice."""

from datetime import datetime
from typing import Any

from luna.notices import actions
from luna.notices.models import Notice
from tests.cast import Cast


def planned(cast: Cast, now: datetime, **changes: Any) -> Notice:
    """Plan a reminder to Bea about Ana; any argument of `plan` may be given."""
    given = {
        "key": "task:checkin-due:r1:bea",
        "words": "checkin-due",
        "clinic_id": cast.harbour.id,
        "patient_id": cast.ana_patient.id,
        "to_user_id": cast.bea.id,
        "due_at": now,
        "now": now,
    }
    return actions.plan(**(given | changes))


def rung(cast: Cast, now: datetime, **changes: Any) -> Notice:
    """Plan an urgent message to Nia about Ana."""
    urgent = {
        "key": "escalation:rung0:nia",
        "words": "rung",
        "to_user_id": cast.nia.id,
        "urgent": True,
        "values": {"escalation": "0193e0f0-0000-7000-8000-000000000000"},
    }
    return planned(cast, now, **(urgent | changes))
