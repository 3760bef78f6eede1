"""Shortcuts to one planned notice, one taken and one settled."""

from collections.abc import Collection
from datetime import datetime
from itertools import product
from typing import Any
from uuid import UUID

from luna.notices import actions, ways
from luna.notices.channels import Letter
from luna.notices.lanes import Room, Said
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


def everywhere(away: Collection[str] = ()) -> Room:
    """Return room for one letter on each way out, urgent or not."""
    return Room(away=set(away), free=dict.fromkeys(product(ways.CHANNELS, (False, True)), 1))


def take(notice_id: UUID, *, away: Collection[str] = (), now: datetime) -> Letter | None:
    """Take one notice; return what may be handed over, None for nothing."""
    taken = actions.take([notice_id], everywhere(away), now=now)
    return taken.letters[0] if taken.letters else None


def finish(letter: Letter, *, now: datetime, **became: Any) -> None:
    """Write down what became of one letter."""
    actions.finish([Said(letter, **became)], now=now)
