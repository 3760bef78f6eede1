"""A protocol as a clinic reads it: each number with its source, each step with its times."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django.utils.translation import get_language, gettext, ngettext
from django.utils.translation import gettext_lazy as _

from luna.clinical import tailoring
from luna.clinical.moment import Moment
from luna.clinical.number import Number
from luna.clinical.protocol import Actor, Anchor, Protocol, Step
from luna.clinical.tailoring import Tag
from luna.library import content, times
from luna.library import plans as library
from luna.library.errors import NoSuchContent
from luna.library.models import ContentVersion
from luna.people.models import Installation
from luna.treatment.lines import Line, Words

WORDS = Words(
    heading=_("Every number, and where it comes from"),
    columns=(_("Number"), _("Value")),
    ask=_("Tick each number that is not from a source. You agree to it one by one."),
    vow=_(
        "By signing you say: our clinic has read this protocol and will treat by it. Your name and this exact"
        " text are kept."
    ),
    done=_("Signed. New series can follow it from now on."),
    until=_("Until then no series can follow it."),
)
ACTORS = {Actor.PATIENT: _("Patient"), Actor.CARETAKER: _("Caretaker"), Actor.CLINIC: _("Clinic")}
# tag that a step needs -> for whom it is then
CONDITIONS = {
    tailoring.HAS_CARETAKER: _("Only with a caretaker"),
    "lives-with": _("Only if a helper lives with them"),
    "comes-over": _("Only if a helper comes over"),
    "drives": _("Only if a helper only drives"),
    "phone": _("Only if a helper is there by phone only"),
    Tag.DIABETES: _("Only if an answer or a medicine tells of diabetes"),
    Tag.ASK_DIABETES: _("Only while nobody knows whether they have diabetes"),
    Tag.GLP1: _("Only with a GLP-1 medicine on the list"),
    Tag.LIVES_ALONE: _("Only if they live alone"),
    Tag.NO_DRIVER: _("Only while nobody is known who could drive them home"),
    Tag.TRAUMA: _("Only if they answered the questions about trauma"),
}
ANCHORS = {
    Anchor.START: _("the start"),
    Anchor.END: _("the end"),
    Anchor.LEFT: _("leaving the clinic"),
    Anchor.HOME: _("coming home"),
    Anchor.SERIES_START: _("the first infusion"),
    Anchor.SERIES_END: _("the last infusion"),
}


@dataclass(frozen=True, slots=True)
class StepLine:
    """One step of a protocol as a clinician reads it."""

    actor: str
    title: str
    times: str
    is_gate: bool
    conditions: tuple[str, ...]  # for whom it is, in words; none: for everybody


@dataclass(frozen=True, slots=True)
class Headline:
    """A protocol's title with how strong its evidence is: never the one without the other.

    strength is empty for a clinic's own protocol that brought no words.
    """

    title: str
    strength: str


def usable(clinic_id: UUID) -> list[ContentVersion]:
    """Return the versions a series may start from: signed by the clinic, and not a demonstration's own."""
    is_demo = Installation.objects.filter(demo=True).exists()
    return [version for version in library.signed_protocols(clinic_id) if is_demo or not version.demo]


def headline(version: ContentVersion) -> Headline:
    """Return what a page calls a signed protocol, in its language."""
    said = words(library.protocol(version))
    return Headline(said.get("title", version.content_id), said.get("strength", ""))


def lines(protocol: Protocol) -> tuple[Line, ...]:
    """Return every number of a protocol, with its value and where it comes from."""
    return tuple(
        Line(
            id=number.id,
            title=number.text,
            cells=(_value(number),),
            grade=number.grade,
            needs_tick=number.needs_tick,
            evidence=number.evidence,
        )
        for number in protocol.numbers.values()
    )


def steps(protocol: Protocol) -> tuple[StepLine, ...]:
    """Return every step of a protocol as a clinician reads it."""
    return tuple(_step(step) for step in protocol.steps)


def words(protocol: Protocol) -> Mapping[str, str]:
    """Return title, summary, strength and evidence of a protocol in the language of the page."""
    try:
        return content.words("protocols", protocol.id, get_language() or content.ENGLISH)
    except NoSuchContent:  # a clinic's own protocol has only the words it brought along
        return {"title": protocol.title}


def _value(number: Number) -> str:
    return f"{number.value}" if number.unit == "count" else f"{number.value}\u00a0{number.unit}"


def _step(step: Step) -> StepLine:
    try:
        title = content.guide(step.actor, step.guide or "", get_language() or content.ENGLISH).title
    except NoSuchContent:
        title = step.id
    return StepLine(
        actor=gettext("Prescriber") if step.prescriber else str(ACTORS[step.actor]),
        title=title,
        times=" · ".join(_times(step)),
        is_gate=step.gate,
        conditions=tuple(str(CONDITIONS.get(tag, tag)) for tag in sorted(step.needs)),
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
