"""Bring a human at once when what somebody answers or writes cannot wait for its promise.

Every escalation of this slice is between its writer and the clinic: about_type is ABOUT, and no
circle is shown it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.utils.translation import get_language

from luna.clinical import questionnaire as questionnaires
from luna.clinical import triage
from luna.clinical.questionnaire import Item, ItemType
from luna.escalation import actions as escalation
from luna.escalation.models import Escalation, EscalationStep
from luna.library import content
from luna.people.access import Viewer
from luna.records.questions import Asking

ABOUT = "intake"
ANSWERS, WRITING = "intake", "writing"  # the triage rules for answers, and for words
PHRASES = "safety"

Cause = tuple[str, int]  # a card, and its urgency


@dataclass(frozen=True, slots=True)
class Written:
    """A text for the clinic and what its writer ticked beside it. happening: a red flag, right now."""

    text: str
    happening: bool = False
    is_safety: bool = False

    @property
    def causes(self) -> tuple[Cause, ...]:
        """Return what of it asks for a human at once, the most urgent first."""
        ticked = {"red_flag_now": self.happening, "about_safety": self.is_safety}
        return _causes(WRITING, {**ticked, "worrying_phrase": has_worrying_words(self.text)})


def has_worrying_words(text: str) -> bool:
    """Tell whether a text holds a phrase after which it is read sooner. No phrase is no all-clear."""
    return content.phrases(PHRASES, get_language() or content.ENGLISH).holds(text)


def of_answer(viewer: Viewer, asking: Asking, item: Item, now: datetime) -> Escalation | None:
    """Judge one answer as it is kept; return what it asked for, None if it can wait.

    Kept again unchanged it asks for nothing new. A text is looked at for phrases only.
    """
    return _raise(viewer, asking.patient.id, causes_of(asking, item), about_answer(asking, item), now)


def causes_of(asking: Asking, item: Item) -> tuple[Cause, ...]:
    """Return what an answer as it stands asks for, the most urgent first."""
    answer = asking.answers.get(item.id, "")
    if item.type is ItemType.TEXT:
        return _causes(WRITING, {"worrying_phrase": has_worrying_words(answer)})
    if not item.safety:
        return ()
    return _causes(ANSWERS, questionnaires.facts(asking.questionnaire, {item.id: answer}))


def about_answer(asking: Asking, item: Item) -> str:
    """Return what an escalation about one answer names: the questionnaire, its round, and the save."""
    return f"{asking.questionnaire.id}:{asking.round}:{asking.saved_in.get(item.id, 0)}"


def of_writing(
    viewer: Viewer, patient_id: UUID, written: Written, row_id: UUID, now: datetime
) -> Escalation | None:
    """Open what a text and its ticks ask for, the most urgent cause only; return it, None if it can wait."""
    return _raise(viewer, patient_id, written.causes, str(row_id), now)


def _causes(rules: str, facts: Mapping[str, float]) -> tuple[Cause, ...]:
    found = triage.assess(content.triage_rules(rules), facts)
    return tuple((rule.card, int(rule.urgency)) for rule in found.matched)


def _raise(
    viewer: Viewer, patient_id: UUID, causes: Sequence[Cause], about_id: str, now: datetime
) -> Escalation | None:
    if not causes:
        return None
    cause, urgency = causes[0]
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
        # The patient reads who called the clinic: a caretaker's words are not told that way.
        by=None if viewer.capacity_kind == "caretaker" else viewer,
        now=now,
    )
