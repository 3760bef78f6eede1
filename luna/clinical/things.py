"""A list of things to tick before an infusion: what the library suggests, and what people add themselves.

What is ticked is ticked for one infusion. What was added or taken off holds for all that follow.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from luna.clinical.comfort import ANSWERS
from luna.clinical.reading import Table

LONGEST = 60  # letters of a thing of one's own: one line of a list on a phone
MOST = 30  # things of one's own on a list


class Said(StrEnum):
    """What can be said of a thing. TICKED and OPEN are of one infusion, the others of all."""

    TICKED = "ticked"
    OPEN = "open"
    ADDED = "added"
    OFF = "off"


@dataclass(frozen=True, slots=True)
class Thing:
    """One thing that a reviewed list suggests.

    card: the question of the comfort card it is about, empty for none. wanted: the answers that ask for it;
    unwanted: those after which it is not on the list.
    """

    id: str
    text: str
    card: str = ""
    wanted: tuple[str, ...] = ()
    unwanted: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Word:
    """Somebody says one thing. thing: its id; of one added anew, the id it gets. infusion: of a tick."""

    said: Said
    thing: str
    by: str
    at: datetime
    text: str = ""
    infusion: str | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a list. is_own: somebody added it. is_wanted: the comfort card asks for it.

    ticked: the tick that stands, None without one.
    """

    id: str
    text: str
    is_own: bool
    is_wanted: bool
    ticked: Word | None


def read_thing(row: Table) -> Thing:
    """Return a thing from its table. Raises the error of the text it stands in."""
    thing = Thing(
        id=row.slug("id"),
        text=row.text("text"),
        card=row.pick("card", {name: name for name in ANSWERS}) if row.has("card") else "",
        wanted=row.texts("wanted"),
        unwanted=row.texts("unwanted"),
    )
    row.close()
    if not set(thing.wanted + thing.unwanted) <= set(ANSWERS.get(thing.card, ())):
        row.refuse("card", "The comfort card has no such answer.", "Name answers of the question in card.")
    return thing


def standing(
    suggested: Sequence[Thing], words: Iterable[Word], infusion: str, said: Mapping[str, str]
) -> tuple[Line, ...]:
    """Return the list for one infusion: what is suggested first, then what was added, in that order.

    words: in the order they were said. said: the answers of the comfort card that stands, none without one.
    """
    words = tuple(words)
    off, ticks = _off(words), _ticks(words, infusion)
    fitting = [one for one in suggested if said.get(one.card) not in one.unwanted]
    lines = [
        *(
            Line(one.id, one.text, False, said.get(one.card) in one.wanted, ticks.get(one.id))
            for one in fitting
        ),
        *(
            Line(one.thing, one.text, True, False, ticks.get(one.thing))
            for one in words
            if one.said is Said.ADDED and one.text
        ),
    ]
    return tuple(one for one in lines if one.id not in off)


def taken_off(suggested: Sequence[Thing], words: Iterable[Word]) -> tuple[Thing, ...]:
    """Return what is suggested and was taken off the list: it can be put back."""
    off = _off(words)
    return tuple(one for one in suggested if one.id in off)


def is_complete(lines: Sequence[Line]) -> bool:
    """Tell whether all on a list is ticked. An empty one never is."""
    return bool(lines) and all(one.ticked for one in lines)


def _off(words: Iterable[Word]) -> set[str]:
    found: set[str] = set()
    for one in words:
        if one.said is Said.OFF:
            found.add(one.thing)
        elif one.said is Said.ADDED:
            found.discard(one.thing)
    return found


def _ticks(words: Iterable[Word], infusion: str) -> dict[str, Word]:
    found: dict[str, Word] = {}
    for one in words:
        if one.infusion != infusion:
            continue
        if one.said is Said.TICKED:
            found[one.thing] = one
        else:
            found.pop(one.thing, None)
    return found
