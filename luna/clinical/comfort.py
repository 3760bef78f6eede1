"""The comfort card: how a patient wants to be cared for during an infusion. Nothing said is nothing assumed.

People write a card, and another when they change their mind. The newest that was written before an
infusion started stands for it. Touch is never suggested: it is only as the patient says.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType

# What is asked, and what can be answered; "" is "not said", which is always an answer.
ANSWERS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "near": ("room", "outside", "nurse"),
        "voice": ("silent", "few"),
        "touch": ("none", "hand"),
        "sound": ("own", "calm", "quiet"),
        "light": ("dim", "normal"),
        "mask": ("yes", "no"),
        "blanket": ("yes", "no"),
    }
)
TEXTS = ("calms", "avoid")  # what is said in the patient's own words
LONGEST = 200
# How long calm sound goes on after the booked end. A choice of ours (grade D): feeling detached fades then
# (evidence: effects-course).
SOUND_AFTER = timedelta(minutes=20)


@dataclass(frozen=True, slots=True)
class Suggestion:
    """What a first card begins with. evidence: the record of the library it comes from."""

    answer: str
    evidence: str


# Somebody near who speaks little, and calm sound: what is known to help. The rest is not said until it is.
SUGGESTED: Mapping[str, Suggestion] = MappingProxyType(
    {
        "near": Suggestion("room", "presence"),
        "voice": Suggestion("few", "presence"),
        "sound": Suggestion("calm", "music"),
    }
)


@dataclass(frozen=True, slots=True)
class Card:
    """One card as it was written. infusion: the only one it is for, None for all of the series.

    said: question -> answer, only of what was answered. calms, avoid: in the patient's words.
    """

    at: datetime
    said: Mapping[str, str]
    calms: str = ""
    avoid: str = ""
    infusion: str | None = None

    @property
    def is_empty(self) -> bool:
        """Say whether nothing is said on it."""
        return not (self.said or self.calms or self.avoid)


def suggested() -> dict[str, str]:
    """Return question -> the answer a first card begins with."""
    return {name: one.answer for name, one in SUGGESTED.items()}


def standing(cards: Iterable[Card], infusion: str, started_at: datetime | None) -> Card | None:
    """Return the card that stands for an infusion, None while there is none.

    cards: in the order they were written. started_at: what is written from then on is for the next one.
    """
    found = None
    for card in cards:
        is_for_it = card.infusion in (None, infusion)
        if is_for_it and (started_at is None or card.at < started_at):
            found = card
    return found


def sound_minutes(starts_at: datetime, ends_at: datetime) -> int:
    """Return how many minutes of calm sound an infusion needs as it is booked."""
    return math.ceil((ends_at - starts_at + SOUND_AFTER) / timedelta(minutes=1))
