"""What a clinic signs: protocols, triage rules, and the emergency numbers of its country."""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from luna.library import content
from luna.library import plans as library
from luna.library.models import ContentVersion
from luna.people.models import Clinic
from luna.treatment import numbers, protocols, rules
from luna.treatment.lines import Line, Words
from luna.treatment.protocols import StepLine

NUMBERS = "emergency"  # in the address of the page: the clinic's country says which
Kind = ContentVersion.Kind
WORDS: Mapping[str, Words] = {
    Kind.PROTOCOL: protocols.WORDS,
    Kind.TRIAGE: rules.WORDS,
    Kind.EMERGENCY: numbers.WORDS,
}


@dataclass(frozen=True, slots=True)
class Packaged:
    """One text there is to sign. name: in the address; content_id: what it is signed as.

    about: one line for the list. summary, evidence: more, for its own page. problem: why this
    clinic cannot sign it, mostly empty.
    """

    kind: str
    name: str
    content_id: str
    title: str
    about: str
    summary: str
    evidence: str
    text: str
    version: str
    review_by: date
    reviewed_by: str
    problem: str = ""

    @property
    def sha256(self) -> str:
        """Return what tells this text from any other."""
        return hashlib.sha256(self.text.encode()).hexdigest()

    @property
    def stamp(self) -> str:
        """Return what a page sends back to say which text it showed, and for what."""
        return f"{self.content_id}.{self.sha256}"

    @property
    def words(self) -> Words:
        """Return what the page says of this kind of content."""
        return WORDS[self.kind]


@dataclass(frozen=True, slots=True)
class Listed:
    """One text with the version the clinic signed last, if any. is_out: that signature is too old."""

    packaged: Packaged
    signed: ContentVersion | None
    is_out: bool

    @property
    def is_same(self) -> bool:
        """Say whether the text of today is the one that was signed last."""
        return self.signed is not None and self.signed.sha256 == self.packaged.sha256

    @property
    def is_current(self) -> bool:
        """Say whether nothing is left to sign."""
        return self.is_same and not self.is_out


@dataclass(frozen=True, slots=True)
class Reading:
    """A whole text to be read and signed. steps: of a protocol only."""

    listed: Listed
    lines: tuple[Line, ...]
    steps: tuple[StepLine, ...]

    def place(self, line_id: str) -> int:
        """Return which line this is, counted from 1."""
        return [line.id for line in self.lines].index(line_id) + 1


def listed(clinic: Clinic, now: datetime) -> list[Listed]:
    """Return every text there is to sign for a clinic, with what it signed of it."""
    newest = library.newest(clinic.id)
    return [_listed(one, newest.get((one.kind, one.content_id)), now) for one in _packaged(clinic)]


def reading(clinic: Clinic, name: str, now: datetime) -> Reading | None:
    """Return a text to be read and signed, None if there is none of that name."""
    found = next((one for one in listed(clinic, now) if one.packaged.name == name), None)
    if found is None:
        return None
    one = found.packaged
    is_protocol = one.kind == Kind.PROTOCOL
    return Reading(
        listed=found,
        lines=lines(one.kind, one.text, clinic),
        steps=protocols.steps(content.protocol_of(one.text)) if is_protocol else (),
    )


def lines(kind: str, text: str, clinic: Clinic) -> tuple[Line, ...]:
    """Return what a text says line by line. Raises ContentError if it cannot be read."""
    if kind == Kind.PROTOCOL:
        return protocols.lines(content.protocol_of(text))
    if kind == Kind.TRIAGE:
        return rules.lines(content.triage_of(text), clinic)
    return numbers.lines(content.emergency_of(text))


def problem(kind: str, text: str, clinic: Clinic) -> str:
    """Return why a clinic cannot sign a text, empty if it can. Raises ContentError if it cannot be read."""
    if kind == Kind.PROTOCOL:
        return " ".join(content.problems(content.protocol_of(text)))
    return numbers.problem(content.emergency_of(text), clinic) if kind == Kind.EMERGENCY else ""


def _listed(one: Packaged, signed: ContentVersion | None, now: datetime) -> Listed:
    return Listed(one, signed, is_out=signed is not None and library.has_run_out(signed, now))


def _packaged(clinic: Clinic) -> Iterator[Packaged]:
    for name in content.names("protocols"):
        yield _protocol(content.protocol_text(name))
    yield _rules(content.triage_text(library.RULES))
    yield _numbers(content.emergency_text(clinic.country), clinic)


def _protocol(text: str) -> Packaged:
    read = content.protocol_of(text)
    words = protocols.words(read)
    return Packaged(
        kind=Kind.PROTOCOL,
        name=read.id,
        content_id=read.id,
        title=words.get("title", read.title),
        about=words.get("strength", ""),
        summary=words.get("summary", ""),
        evidence=words.get("evidence", ""),
        text=text,
        version=read.version,
        review_by=read.review_by,
        reviewed_by=read.reviewed_by,
    )


def _rules(text: str) -> Packaged:
    read = content.triage_of(text)
    return Packaged(
        kind=Kind.TRIAGE,
        name=read.id,
        content_id=read.id,
        title=str(rules.TITLE),
        about=str(rules.ABOUT),
        summary=str(rules.SUMMARY),
        evidence="",
        text=text,
        version=read.version,
        review_by=read.review_by,
        reviewed_by=read.reviewed_by,
    )


def _numbers(text: str, clinic: Clinic) -> Packaged:
    read = content.emergency_of(text)
    return Packaged(
        kind=Kind.EMERGENCY,
        name=NUMBERS,
        content_id=clinic.country.lower(),
        title=numbers.title(read),
        about=str(numbers.ABOUT),
        summary=numbers.summary(clinic),
        evidence="",
        text=text,
        version=read.version,
        review_by=read.review_by,
        reviewed_by=read.reviewed_by,
        problem=numbers.problem(read, clinic),
    )
