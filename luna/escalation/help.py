"""What somebody is told at once when what they answered or wrote cannot wait."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import get_language, gettext

from luna.clinical.interactions import age_years
from luna.clinical.triage import Urgency
from luna.escalation import plans as escalation
from luna.escalation.models import Escalation
from luna.escalation.plans import Home
from luna.library import content
from luna.library import plans as library
from luna.library.emergency import Line, LineKind
from luna.people import plans as people
from luna.people.access import Viewer
from luna.people.models import Patient


@dataclass(frozen=True, slots=True)
class Help:
    """One card in words, whom to call, and truthfully what the clinic knows. answered: who answers now."""

    level: str
    told: str
    say: str
    steps: tuple[tuple[str, str], ...]
    emergency: Line
    crisis: tuple[Line, ...]
    answered: str
    opening: people.Opening
    standing: Home


def help_for(viewer: Viewer, raised: Escalation, now: datetime) -> Help:
    """Return what to tell the person whose words or answer asked for a human."""
    language = get_language() or content.ENGLISH
    cards = {**content.cards("writing", language), **content.cards("intake", language)}
    card = cards[raised.plain_cause]
    names = _names(viewer.patient, now)
    numbers = library.emergency(viewer.clinic_id, viewer.clinic.country)
    return Help(
        level=Urgency(raised.urgency).name.lower(),
        told=content.fill(card.told, names),
        say=content.fill(card.say, names),
        steps=tuple(_lead(content.fill(step, names)) for step in card.steps),
        emergency=numbers.of(LineKind.EMERGENCY)[0],
        crisis=tuple(numbers.of(LineKind.CRISIS)),
        answered=people.answered(viewer.clinic, now),
        opening=people.opening(viewer.clinic, now),
        standing=escalation.state_for_home(raised),
    )


def _names(patient: Patient, now: datetime) -> dict[str, str]:
    return {
        "patient": patient.first_name,
        "clinic": patient.clinic.name,
        "age": str(age_years(patient.born_on, now.date())),
        "address": patient.address or gettext("(say where you are)"),
    }


def _lead(text: str) -> tuple[str, str]:
    """Return a step as its first sentence and the rest."""
    first, stop, rest = text.partition(". ")
    return (f"{first}.", rest) if stop else (text, "")
