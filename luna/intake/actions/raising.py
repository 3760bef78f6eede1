"""Bring a human at once when an answer cannot wait until all of them are sent.

Every such escalation is between whoever answered and the clinic: about_type is ABOUT, and no circle is
shown it. Words are `luna.escalation.writing`.
"""

from datetime import datetime

from luna.clinical import questionnaire as questionnaires
from luna.clinical import triage
from luna.clinical.questionnaire import Item
from luna.escalation import actions as escalation
from luna.escalation.models import Escalation, EscalationStep
from luna.library import content
from luna.people.access import Viewer
from luna.records.questions import Asking

ABOUT = "intake"
RULES = "intake"

Cause = tuple[str, int]  # a card, and its urgency


def of_answer(viewer: Viewer, asking: Asking, item: Item, now: datetime) -> Escalation | None:
    """Judge one answer as it is kept; return what it asked for, None if it can wait.

    Only the most urgent cause. Kept again unchanged it asks for nothing new.
    """
    causes = causes_of(asking, item)
    if not causes:
        return None
    cause, urgency = causes[0]
    about_id = about_answer(asking, item)
    before = EscalationStep.objects.filter(
        about_id=about_id, escalation__patient_id=asking.patient.id, escalation__cause=cause
    )
    if (step := before.select_related("escalation").first()) is not None:
        return step.escalation
    return escalation.open(
        clinic_id=viewer.clinic_id,
        patient_id=asking.patient.id,
        cause=cause,
        urgency=urgency,
        about_type=ABOUT,
        about_id=about_id,
        by=viewer,
        now=now,
    )


def causes_of(asking: Asking, item: Item) -> tuple[Cause, ...]:
    """Return what an answer as it stands asks for, the most urgent first."""
    if not item.safety:
        return ()
    facts = questionnaires.facts(asking.questionnaire, {item.id: asking.answers.get(item.id, "")})
    found = triage.assess(content.triage_rules(RULES), facts)
    return tuple((rule.card, int(rule.urgency)) for rule in found.matched)


def about_answer(asking: Asking, item: Item) -> str:
    """Return what an escalation about one answer names: the questionnaire, its round, and the save."""
    return f"{asking.questionnaire.id}:{asking.round}:{asking.saved_in.get(item.id, 0)}"
