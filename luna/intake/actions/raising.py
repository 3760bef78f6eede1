"""Bring a human at once when what somebody answers or writes cannot wait for its promise.

Every escalation of this slice is between its writer and the clinic: about_type is ABOUT, and no
circle is shown it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.utils.translation import get_language

from luna.clinical import questionnaire as questionnaires
from luna.clinical import triage
from luna.clinical.questionnaire import Item
from luna.clinical.triage import Urgency
from luna.escalation import actions as escalation
from luna.escalation.models import Escalation, EscalationStep
from luna.library import content
from luna.people.access import Viewer
from luna.records.questions import Asking

ABOUT = "intake"
RULES = "intake"
PHRASES = "safety"
# What asked for a human -> how soon.
HAPPENING, SAFETY, WORDS = "happening-now", "about-safety", "worrying-words"
URGENCY = {HAPPENING: Urgency.EMERGENCY, SAFETY: Urgency.URGENT, WORDS: Urgency.URGENT}


@dataclass(frozen=True, slots=True)
class Written:
    """A text for the clinic and what its writer ticked beside it. happening: a red flag, right now."""

    text: str
    happening: bool = False
    is_safety: bool = False

    @property
    def causes(self) -> tuple[str, ...]:
        """Return what of it asks for a human at once, the most urgent first."""
        asked = (
            (HAPPENING, self.happening),
            (SAFETY, self.is_safety),
            (WORDS, has_worrying_words(self.text)),
        )
        return tuple(cause for cause, holds in asked if holds)


def has_worrying_words(text: str) -> bool:
    """Tell whether a text holds a phrase after which it is read sooner. No phrase is no all-clear."""
    return content.phrases(PHRASES, get_language() or content.ENGLISH).holds(text)


def of_answer(viewer: Viewer, asking: Asking, item: Item, now: datetime) -> Escalation | None:
    """Judge one answer as it is kept; return what it asked for, None if it can wait.

    Kept again unchanged it asks for nothing new. A text is looked at for phrases only.
    """
    causes = causes_of(asking, item)
    about_id = about_answer(asking, item)
    if not causes:
        return None
    return _raise(viewer, asking.patient.id, causes[:1], about_id, now)


def causes_of(asking: Asking, item: Item) -> tuple[tuple[str, int], ...]:
    """Return the causes and urgencies that an answer as it stands asks for, the most urgent first."""
    answer = asking.answers.get(item.id, "")
    if item.type is questionnaires.ItemType.TEXT:
        return ((WORDS, int(URGENCY[WORDS])),) if has_worrying_words(answer) else ()
    if not item.safety:
        return ()
    facts = questionnaires.facts(asking.questionnaire, {item.id: answer})
    found = triage.assess(content.triage_rules(RULES), facts)
    return tuple((rule.card, int(rule.urgency)) for rule in found.matched)


def about_answer(asking: Asking, item: Item) -> str:
    """Return what an escalation about one answer names: the questionnaire, its round, and the save."""
    return f"{asking.questionnaire.id}:{asking.round}:{asking.saved_in.get(item.id, 0)}"


def of_writing(
    viewer: Viewer, patient_id: UUID, written: Written, row_id: UUID, now: datetime
) -> Escalation | None:
    """Open what a text and its ticks ask for; return the most urgent, None if it can wait."""
    causes = tuple((cause, int(URGENCY[cause])) for cause in written.causes)
    return _raise(viewer, patient_id, causes[:1], str(row_id), now)


def _raise(
    viewer: Viewer, patient_id: UUID, causes: Iterable[tuple[str, int]], about_id: str, now: datetime
) -> Escalation | None:
    for cause, urgency in causes:
        before = EscalationStep.objects.filter(
            about_id=about_id, escalation__patient_id=patient_id, escalation__cause=cause
        ).select_related("escalation")
        if (step := before.first()) is not None:
            return step.escalation
        return escalation.open(
            clinic_id=viewer.clinic_id,
            patient_id=patient_id,
            cause=cause,
            urgency=urgency,
            about_type=ABOUT,
            about_id=about_id,
            # The patient reads who opened what: a caretaker's words are not told that way.
            by=None if viewer.capacity_kind == "caretaker" else viewer,
            now=now,
        )
    return None
