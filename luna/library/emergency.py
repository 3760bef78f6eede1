"""Emergency numbers: who to call or text in one country. FHIR: none.

    country = "GB"; name = "United Kingdom"; language = "English"; version = "1.0.0"
    review_by = 2027-11-01; reviewed_by = ""; countries = ["GB"]

    [[line]]
    kind = "crisis"; name = "Samaritans"; call = "116 123"
    text = "85258"; text_word = "SHOUT"; note = "Free, day and night."
    grade = "B"; evidence = ["numbers-gb"]

Numbers are never pinned to a series: the newest set a clinic signed applies.
"""

import re
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from luna.clinical.reading import Grade, Table, table_of
from luna.library.errors import LibraryError

GRADES = {grade.value: grade for grade in Grade}
DIALLED = re.compile(r"\+?[0-9][0-9 -]{1,19}")


class LineKind(StrEnum):
    """What a line is for."""

    EMERGENCY = "emergency"
    URGENT = "urgent"
    CRISIS = "crisis"


KINDS = {kind.value: kind for kind in LineKind}


@dataclass(frozen=True, slots=True)
class Line:
    """One number to call, or to text. text_word: what to write in the message. note: plain words."""

    kind: LineKind
    name: str
    call: str
    text: str
    text_word: str
    note: str
    grade: Grade
    evidence: tuple[str, ...]

    @property
    def needs_tick(self) -> bool:
        """Tell whether the person signing must agree to this number one by one."""
        return self.grade in (Grade.B, Grade.D)


@dataclass(frozen=True, slots=True)
class Emergency:
    """The numbers of one country. language: what the person who answers speaks."""

    country: str
    name: str
    language: str
    version: str
    countries: frozenset[str]
    lines: tuple[Line, ...]
    review_by: date
    reviewed_by: str

    def of(self, kind: LineKind) -> tuple[Line, ...]:
        """Return the lines of one kind, the first to try first."""
        return tuple(line for line in self.lines if line.kind is kind)


def read_emergency(text: str) -> Emergency:
    """Return the numbers a TOML text holds. Raises LibraryError, naming the place and the cure."""
    top = table_of(text, LibraryError)
    emergency = Emergency(
        country=top.text("country"),
        name=top.text("name"),
        language=top.take("language", str),
        version=top.version(),
        countries=frozenset(top.texts("countries", required=True)),
        lines=tuple(_line(row) for row in top.tables("line", id_key="name")),
        review_by=top.take("review_by", date),
        reviewed_by=top.take("reviewed_by", str),
    )
    top.close()
    for kind in (LineKind.EMERGENCY, LineKind.CRISIS):
        if not emergency.of(kind):
            top.refuse("line", f"There is no {kind} number.", f'Add a [[line]] with kind = "{kind}".')
    return emergency


def _line(row: Table) -> Line:
    line = Line(
        kind=row.pick("kind", KINDS),
        name=row.text("name"),
        call=row.take("call", str, ""),
        text=row.take("text", str, ""),
        text_word=row.take("text_word", str, ""),
        note=row.take("note", str, ""),
        grade=row.pick("grade", GRADES),
        evidence=row.texts("evidence", required=True),
    )
    row.close()
    for key, number in (("call", line.call), ("text", line.text)):
        if number and not DIALLED.fullmatch(number):
            row.refuse(key, f"{number!r} is not a number a phone can dial.", 'Write it like "116 123".')
    if not (line.call or line.text):
        row.refuse("call", "Nobody could be reached.", "Give a number to call, or one to text.")
    return line
