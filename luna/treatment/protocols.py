"""What a clinic reads before it signs: each number with its source, each step with its times."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django.utils.translation import get_language, gettext, ngettext
from django.utils.translation import gettext_lazy as _

from luna.clinical.moment import Moment
from luna.clinical.number import Number
from luna.clinical.protocol import Actor, Anchor, Protocol, Step
from luna.clinical.reading import Grade
from luna.library import content, times
from luna.library import plans as library
from luna.library.errors import NoSuchContent
from luna.library.evidence import Record
from luna.library.models import ContentVersion
from luna.people.models import Installation

GRADES = {
    Grade.R: _("Read at its source"),
    Grade.S: _("Read in a copy or summary of its source"),
    Grade.C: _("Worked out from numbers with a source"),
    Grade.B: _("Background knowledge, not yet checked"),
    Grade.D: _("Our proposal: it is yours to decide"),
}
ACTORS = {Actor.PATIENT: _("Patient"), Actor.CARETAKER: _("Caretaker"), Actor.CLINIC: _("Clinic")}
ANCHORS = {
    Anchor.START: _("the start"),
    Anchor.END: _("the end"),
    Anchor.LEFT: _("leaving the clinic"),
    Anchor.HOME: _("coming home"),
    Anchor.SERIES_START: _("the first infusion"),
    Anchor.SERIES_END: _("the last infusion"),
}


@dataclass(frozen=True, slots=True)
class Listed:
    """One packaged protocol in the clinic's list, and the version the clinic signed last, if any."""

    protocol: Protocol
    title: str
    strength: str
    sha256: str
    signed: ContentVersion | None

    @property
    def is_current(self) -> bool:
        """Say whether the text of today is the one that was signed."""
        return self.signed is not None and self.signed.sha256 == self.sha256


@dataclass(frozen=True, slots=True)
class NumberLine:
    """One number of a protocol with where it comes from."""

    number: Number
    grade: str
    records: tuple[Record, ...]


@dataclass(frozen=True, slots=True)
class StepLine:
    """One step of a protocol as a clinician reads it."""

    actor: str
    title: str
    times: str
    is_gate: bool


@dataclass(frozen=True, slots=True)
class Reading:
    """A whole protocol to be read and signed."""

    listed: Listed
    summary: str
    evidence: str
    text: str
    numbers: tuple[NumberLine, ...]
    steps: tuple[StepLine, ...]


def listed(clinic_id: UUID) -> list[Listed]:
    """Return every packaged protocol with what the clinic signed of it."""
    signed = {version.content_id: version for version in library.signed_protocols(clinic_id)}
    return [_listed(name, signed.get(name)) for name in content.names("protocols")]


def usable(clinic_id: UUID) -> list[ContentVersion]:
    """Return the versions a series may start from: signed by the clinic, and not a demonstration's own."""
    is_demo = Installation.objects.filter(demo=True).exists()
    return [version for version in library.signed_protocols(clinic_id) if is_demo or not version.demo]


def title(version: ContentVersion) -> str:
    """Return the title of a signed protocol in the language of the page."""
    return _words(library.protocol(version)).get("title", version.content_id)


def reading(clinic_id: UUID, name: str) -> Reading | None:
    """Return a packaged protocol to be read and signed, None if there is none of that name."""
    try:
        text = content.protocol_text(name)
    except NoSuchContent:
        return None
    found = _listed(name, library.signed(clinic_id, ContentVersion.Kind.PROTOCOL, name))
    words = _words(found.protocol)
    return Reading(
        listed=found,
        summary=words.get("summary", ""),
        evidence=words.get("evidence", ""),
        text=text,
        numbers=tuple(_number(number) for number in found.protocol.numbers.values()),
        steps=tuple(_step(step) for step in found.protocol.steps),
    )


def _listed(name: str, signed: ContentVersion | None) -> Listed:
    text = content.protocol_text(name)
    protocol = content.protocol_of(text)
    words = _words(protocol)
    return Listed(
        protocol=protocol,
        title=words.get("title", protocol.title),
        strength=words.get("strength", ""),
        sha256=hashlib.sha256(text.encode()).hexdigest(),
        signed=signed,
    )


def _words(protocol: Protocol) -> dict[str, str]:
    try:
        return dict(content.words("protocols", protocol.id, get_language() or content.ENGLISH))
    except NoSuchContent:  # a clinic's own protocol has only the words it brought along
        return {"title": protocol.title}


def _number(number: Number) -> NumberLine:
    known = content.evidence()
    return NumberLine(
        number=number,
        grade=str(GRADES[number.grade]),
        records=tuple(known[name] for name in number.evidence if name in known),
    )


def _step(step: Step) -> StepLine:
    try:
        words = content.guide(step.actor, step.guide or "", get_language() or content.ENGLISH).title
    except NoSuchContent:
        words = step.id
    return StepLine(
        actor=str(ACTORS[step.actor]), title=words, times=" · ".join(_times(step)), is_gate=step.gate
    )


def _times(step: Step) -> Iterator[str]:
    anchor = str(ANCHORS[step.anchor])
    yield gettext("opens %(when)s") % {"when": _when(step.opens, anchor)}
    yield gettext("due %(when)s") % {"when": _when(step.due, anchor)}
    yield gettext("closes %(when)s") % {"when": _when(step.closes, anchor)}
    if step.every is not None:
        every = gettext("%(times)s times, every %(span)s")
        yield every % {"times": step.times, "span": times.span(step.every)}


def _when(moment: Moment, anchor: str) -> str:
    """Return a moment in words: "6 hours before the start", "at 20:00 on the day before the start"."""
    if moment.at is not None:
        day = gettext("at %(time)s %(day)s")
        return day % {"time": f"{moment.at:%H:%M}", "day": _day(moment.day, anchor)}
    if not moment.offset:
        return gettext("at %(anchor)s") % {"anchor": anchor}
    is_before = moment.offset < timedelta(0)
    words = gettext("%(span)s before %(anchor)s") if is_before else gettext("%(span)s after %(anchor)s")
    return words % {"span": times.span(abs(moment.offset)), "anchor": anchor}


def _day(day: int, anchor: str) -> str:
    if day == 0:
        return gettext("on the day of %(anchor)s") % {"anchor": anchor}
    words = (
        ngettext("%(n)s day before %(anchor)s", "%(n)s days before %(anchor)s", -day)
        if day < 0
        else ngettext("%(n)s day after %(anchor)s", "%(n)s days after %(anchor)s", day)
    )
    return words % {"n": abs(day), "anchor": anchor}
