"""Tips for body and mind: a patient may leave them out, all of a part at once, and have them back.

They are help, never a condition: no gate is one, and no question that somebody judges.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Part(StrEnum):
    """What a tip is for: light days, water and sleep; short practices."""

    BODY = "body"
    MIND = "mind"


@dataclass(frozen=True, slots=True)
class Choice:
    """A patient says that the tips of a part are left out from then on, or asked again."""

    part: Part
    leaves_out: bool
    at: datetime


def standing(choices: Iterable[Choice], part: Part, until: datetime | None = None) -> Choice | None:
    """Return the latest choice about a part, None while there is none. until: only those made before."""
    found = None
    for one in choices:
        if one.part is part and (until is None or one.at < until) and (found is None or one.at >= found.at):
            found = one
    return found


def is_left_out(choices: Iterable[Choice], part: Part | None, closes_at: datetime) -> bool:
    """Tell whether a tip that closes then is left out. One that was over when it was said stays as it was."""
    found = standing(choices, part, closes_at) if part is not None else None
    return found is not None and found.leaves_out
