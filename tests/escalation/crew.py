"""Harbour Clinic's staff as viewers, and its ladder, for the tests of this slice."""

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from luna.clinical.triage import Urgency
from luna.escalation import actions
from luna.escalation.models import Escalation, EscalationStep, Rung
from luna.people import access
from luna.people.models import Clinic, Clinician, User
from tests.cast import Cast


def viewer(person: User, clinic: Clinic) -> access.Viewer:
    """Return a member of staff as the pages see them."""
    row = Clinician.objects.get(user=person, clinic=clinic)
    return access.Viewer(
        user_id=person.id,
        name=person.name,
        capacity_kind="staff",
        clinic_id=clinic.id,
        zone=clinic.zone,
        clinic=Clinic.objects.get(id=clinic.id),
        roles=frozenset(row.roles),
        kinds=frozenset(access.KINDS),
    )


def nia(cast: Cast) -> access.Viewer:
    return viewer(cast.nia, cast.harbour)


def diaz(cast: Cast) -> access.Viewer:
    return viewer(cast.diaz, cast.harbour)


def set_rungs(cast: Cast, *rungs: tuple[str, int]) -> None:
    """Store a ladder: ("role:nurse", 0) or ("person:diaz", 10)."""
    for position, (who, after_min) in enumerate(rungs):
        kind, _sep, name = who.partition(":")
        person = Clinician.objects.get(user=getattr(cast, name)) if kind == "person" else None
        role = name if kind == "role" else ""
        Rung.objects.create(
            clinic=cast.harbour, position=position, after_min=after_min, clinician=person, role=role
        )


def opened(cast: Cast, now: datetime, **changes: Any) -> Escalation:
    """Open an escalation about Ana; any argument of `open` may be given."""
    given = {
        "clinic_id": cast.harbour.id,
        "patient_id": cast.ana_patient.id,
        "cause": "hard-to-wake",
        "urgency": Urgency.URGENT,
        "about_type": "response",
        "about_id": "1",
        "by": None,
        "now": now,
    }
    return actions.open(**(given | changes))


def act(action: Any, row: Escalation, who: access.Viewer, now: datetime, **about: Any) -> Escalation:
    """Do what one button does, from a page drawn just now."""
    fresh = Escalation.objects.get(id=row.id)
    given = {"client_id": uuid4(), "version": fresh.version}
    return action(escalation_id=row.id, viewer=who, now=now, **(given | about))


def life(row: Escalation) -> list[tuple[str, UUID | None, UUID | None]]:
    """Return (what, by, to) of each step, in order."""
    return list(
        EscalationStep.objects.filter(escalation=row)
        .order_by("at", "id")
        .values_list("what", "by_id", "to_id")
    )


def whats(row: Escalation) -> list[str]:
    return [what for what, _by, _to in life(row)]
