"""One line of what a clinic reads before it signs, whatever kind of content it is in."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from luna.clinical.reading import Grade
from luna.library import content
from luna.library.evidence import Record

GRADES = {
    Grade.R: _("Read at its source"),
    Grade.S: _("Read in a copy or summary of its source"),
    Grade.C: _("Worked out from numbers with a source"),
    Grade.B: _("Background knowledge, not yet checked"),
    Grade.D: _("Our proposal: it is yours to decide"),
}


@dataclass(frozen=True, slots=True)
class Line:
    """One number, rule or phone number. id: what is ticked. cells: what stands beside its title."""

    id: str
    title: str
    cells: tuple[str, ...]
    grade: Grade
    needs_tick: bool
    evidence: tuple[str, ...]

    @property
    def known(self) -> str:
        """Return in words how it is known."""
        return f"{self.grade.value} · {GRADES[self.grade]}"

    @property
    def records(self) -> tuple[Record, ...]:
        """Return where it comes from."""
        known = content.evidence()
        return tuple(known[name] for name in self.evidence if name in known)


@dataclass(frozen=True, slots=True)
class Words:
    """What the page says of one kind of content. columns: the first is that of the titles.

    ask: what to tick. vow: what a signature says. done: what is true after it. until: what is not
    before it.
    """

    heading: Promise
    columns: tuple[Promise, ...]
    ask: Promise
    vow: Promise
    done: Promise
    until: Promise
