"""A patient does not feel safe with someone: a private word to the clinic that leaves no trace."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from luna.clinical.triage import Urgency
from luna.escalation import actions
from luna.escalation.models import Escalation, SafetyWord
from luna.people.access import Viewer
from luna.people.errors import Replayed
from luna.people.models import Patient

CAUSE = "safety"


@transaction.atomic
def tell(
    *, text: str, reach: str, in_danger: bool, viewer: Viewer, client_id: UUID, now: datetime
) -> SafetyWord:
    """Ask the clinic for a human, for staff's eyes alone. The same form again is the first one.

    reach: how and when it is safe to reach the patient. Raises Replayed when the form came with other words.
    """
    Patient.objects.select_for_update().get(pk=viewer.patient_id)
    said = {"text": text, "reach": reach, "in_danger": in_danger}
    before = SafetyWord.objects.filter(by=viewer.user_id, client_id=client_id).first()
    if before is not None:
        if any(getattr(before, name) != value for name, value in said.items()):
            raise Replayed
        return before
    escalation = actions.open(
        clinic_id=viewer.clinic_id,
        patient_id=viewer.patient_id,
        cause=CAUSE,
        urgency=Urgency.EMERGENCY if in_danger else Urgency.URGENT,
        about_type=CAUSE,
        about_id=client_id.hex,
        by=viewer,
        now=now,
    )
    return SafetyWord.objects.create(
        **said,
        clinic_id=viewer.clinic_id,
        patient_id=viewer.patient_id,
        escalation=escalation,
        by_id=viewer.user_id,
        at=now,
        client_id=client_id,
    )


def words(viewer: Viewer, escalation: Escalation) -> list[SafetyWord]:
    """Return what the patient said, newest first; nothing for anybody who is not staff."""
    rows = SafetyWord.objects.visible_to(viewer).filter(escalation=escalation)
    return list(rows.order_by("-at", "-id")) if escalation.staff_only else []
