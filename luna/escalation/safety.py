"""A patient does not feel safe with someone: a private word to the clinic that leaves no trace."""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from luna.clinical.triage import Urgency
from luna.escalation import actions
from luna.escalation.models import Escalation, EscalationStep, SafetyWord
from luna.people.access import Viewer
from luna.people.errors import Refused, Replayed
from luna.people.models import Patient

CAUSE = "safety"
LONGEST = {"text": 4000, "reach": 300}


def tell(
    *, text: str, reach: str, in_danger: bool, viewer: Viewer, client_id: UUID, now: datetime
) -> SafetyWord:
    """Ask the clinic for a human, for staff's eyes alone. The same form again is the first one.

    reach: how and when it is safe to reach the patient. Nothing has to be said. Raises Refused for words
    that are too long, and Replayed when the form came with other words; the human is asked for all the same.
    """
    urgency = Urgency.EMERGENCY if in_danger else Urgency.URGENT
    escalation = _call(viewer, urgency, client_id, now)
    said = {"text": text.strip(), "reach": reach.strip()}
    for name, words in said.items():
        if len(words) > LONGEST[name]:
            raise Refused(_("Use at most %(most)s letters.") % {"most": LONGEST[name]}, name)
    return _keep(escalation, {**said, "in_danger": in_danger}, viewer, client_id, now)


def words(viewer: Viewer, escalation: Escalation) -> list[SafetyWord]:
    """Return what the patient said, newest first; nothing for anybody who is not staff."""
    rows = SafetyWord.objects.visible_to(viewer).filter(escalation=escalation)
    return list(rows.order_by("-at", "-id")) if escalation.staff_only else []


@transaction.atomic
def _call(viewer: Viewer, urgency: Urgency, client_id: UUID, now: datetime) -> Escalation:
    """Open or join the patient's escalation, once a form unless it is more urgent now."""
    Patient.objects.select_for_update().get(pk=viewer.patient_id)  # a double click waits here
    mine = EscalationStep.objects.filter(by_id=viewer.user_id, about_id=client_id.hex)
    enough = mine.filter(escalation__cause=CAUSE, escalation__urgency__gte=urgency)
    if (before := enough.select_related("escalation").first()) is not None:
        return before.escalation
    return actions.open(
        clinic_id=viewer.clinic_id,
        patient_id=viewer.patient_id,
        cause=CAUSE,
        urgency=urgency,
        about_type=CAUSE,
        about_id=client_id.hex,
        by=viewer,
        now=now,
    )


@transaction.atomic
def _keep(
    escalation: Escalation, said: dict[str, str | bool], viewer: Viewer, client_id: UUID, now: datetime
) -> SafetyWord:
    Patient.objects.select_for_update().get(pk=viewer.patient_id)
    before = SafetyWord.objects.filter(by=viewer.user_id, client_id=client_id).first()
    if before is not None:
        if any(getattr(before, name) != value for name, value in said.items()):
            raise Replayed
        return before
    return SafetyWord.objects.create(
        **said,
        clinic_id=viewer.clinic_id,
        patient_id=viewer.patient_id,
        escalation=escalation,
        by_id=viewer.user_id,
        at=now,
        client_id=client_id,
    )
