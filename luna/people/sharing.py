"""What a patient can share with one person: three presets, and the least that the way home needs. Pure."""

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from django.utils.translation import gettext_lazy as _

from luna.people.access import KINDS, PRACTICAL, SHAREABLE

KEPT = "kept"  # beside the kinds: that sharing goes on after the series


class Tell(StrEnum):
    """Who says to somebody that nothing is shared with them any more."""

    NOBODY = "nobody"
    LUNA = "luna"
    CLINIC = "clinic"

    @classmethod
    def _missing_(cls, value: object) -> "Tell":
        """Return that nobody does, for what was never offered."""
        return cls.NOBODY


@dataclass(frozen=True, slots=True)
class Preset:
    """A choice of kinds with a name of its own."""

    id: str
    label: Any
    kinds: frozenset[str]


PRESETS = (
    Preset("practical", _("Practical only"), frozenset(PRACTICAL)),
    Preset("doing", _("Practical, and how I’m doing"), frozenset((*PRACTICAL, "live", "scores"))),
    Preset("all", _("All but the journal"), frozenset(SHAREABLE) - {"journal"}),
)

# What the adult who takes the patient home would not know without a kind; said to the patient.
NEEDED = {
    "schedule": _("what you had, and when"),
    "ride": _("when and where to fetch you"),
    "recovery": _("what to watch at home, and who to call"),
}


def preset(id: str) -> Preset | None:
    """Return a preset by its id."""
    return next((one for one in PRESETS if one.id == id), None)


def preset_of(kinds: Collection[str]) -> str:
    """Return the id of the preset these kinds are, "" for a choice of one's own."""
    return next((one.id for one in PRESETS if one.kinds == set(kinds)), "")


def lacking(kinds: Collection[str]) -> tuple[str, ...]:
    """Return what of the least that the way home needs is not among `kinds`."""
    return tuple(kind for kind in PRACTICAL if kind not in kinds)


def in_order(kinds: Collection[str]) -> list[str]:
    """Return kinds in the order pages show them."""
    return [kind for kind in KINDS if kind in kinds]
