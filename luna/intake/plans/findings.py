"""What the answers, medicines and measurements of a patient mean for ketamine, for a prescriber to read.

Nothing is stored: the same facts give the same findings, so a later answer or medicine raises or
clears one by itself. A patient reads none of this.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from luna.clinical import interactions
from luna.clinical.interactions import Flag, Level, Screened
from luna.clinical.interactions import Medicine as Taken
from luna.intake.plans import answers as answers_of
from luna.intake.plans import medicines as medicines_
from luna.intake.plans.answers import Intake
from luna.library import content
from luna.library.evidence import Record
from luna.people.access import Viewer
from luna.people.models import Patient

INTAKE, MEDICINES = "intake", "medicines"  # named as missing when nobody told them at all
# What may be missing and is no question of the intake.
MISSING: dict[str, Promise] = {
    INTAKE: _("The intake: nothing was sent yet"),
    MEDICINES: _("Medicines: nobody said which are taken, or that none are"),
    "systolic_mmhg": _("Systolic blood pressure"),
    "diastolic_mmhg": _("Diastolic blood pressure"),
    "bmi_kg_per_m2": _("Body mass index: weight and height"),
    "age_years": _("Age"),
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing a prescriber has to think of.

    id: "screening.<criterion>" or "interaction.<row>:<medicine>"; the same as long as it stands.
    because: what was told or measured. handling: of a medicine, what clinics do about it.
    """

    id: str
    level: Level
    title: str
    reason: str
    because: str
    handling: str
    kind: str
    sources: tuple[Record, ...]
    grade: str


@dataclass(frozen=True, slots=True)
class Test:
    """Something to measure or order before the first infusion."""

    id: str
    title: str
    reason: str
    kind: str
    sources: tuple[Record, ...]
    grade: str


@dataclass(frozen=True, slots=True)
class Findings:
    """The gravest first.

    missing: what nobody told or measured yet: (id of the item or fact, in words)."""

    found: tuple[Finding, ...]
    missing: tuple[tuple[str, str], ...]
    tests: tuple[Test, ...]
    version: str  # of the screening and the table of interactions

    @property
    def worst(self) -> Level:
        """Return the gravest level there is."""
        return max((one.level for one in self.found), default=Level.INFO)

    @property
    def all_clear(self) -> bool:
        """Tell whether nothing asks for a prescriber's thought and nothing is missing."""
        return not self.missing and self.worst is Level.INFO

    @property
    def grave(self) -> frozenset[str]:
        """Return the ids of what a decision has to have seen: findings of review and stop."""
        return frozenset(one.id for one in self.found if one.level >= Level.REVIEW)


def findings(
    viewer: Viewer, patient: Patient, now: datetime, measured: Mapping[str, float] | None = None
) -> Findings:
    """Return what stands against ketamine for a patient, of the kinds open to the viewer. Three queries.

    measured: fact name -> value the clinic measured, such as systolic_mmhg; it goes before what was told.
    """
    intake = answers_of.intake_of(viewer, patient)
    listed = medicines_.medicines_of(viewer, patient)
    told = answers_of.measures(intake, patient, answers_of.today_of(viewer, now))
    facts = answers_of.with_bmi({**told, **(measured or {})})
    return weigh(
        intake=intake,
        taken=[medicines_.as_rules_read(row) for row in listed.current],
        list_is_told=bool(listed.current) or listed.is_whole,
        facts=facts,
        kinds=None if viewer.is_staff else viewer.kinds,
    )


def weigh(
    *,
    intake: Intake | None,
    taken: Iterable[Taken],
    list_is_told: bool,
    facts: Mapping[str, float],
    kinds: frozenset[str] | None = None,
) -> Findings:
    """Return what answers, medicines and measurements mean. It reads packaged content and nothing else.

    list_is_told: somebody named a medicine or said that none is taken; else the list is missing.
    kinds: those the reader may see; None for staff, who see all and what is missing.
    """
    screening = content.screening(medicines_.TABLE)
    table = content.interactions(medicines_.TABLE)
    words = content.words("screening", medicines_.TABLE, _language())
    given = intake.answers if intake else {}
    screened = interactions.findings(screening, given, facts)
    found = [
        *(_of_flag(flag) for flag in interactions.flags(taken, table)),
        *(_of_criterion(one, intake, facts, words) for one in screened.findings),
    ]
    tests = [_test(one, words) for one in interactions.tests(screening, given, facts)]
    return Findings(
        found=tuple(sorted(_open(found, kinds), key=lambda one: -one.level)),
        missing=_missing(screened, intake, list_is_told=list_is_told) if kinds is None else (),
        tests=tuple(_open(tests, kinds)),
        version=f"{screening.version}+{table.version}",
    )


def _open(rows: list, kinds: frozenset[str] | None) -> list:
    return [row for row in rows if kinds is None or row.kind in kinds]


def _of_flag(flag: Flag) -> Finding:
    words = content.words("interactions", medicines_.TABLE, _language())
    said = words["interaction"][flag.id]
    taken = flag.medicine
    return Finding(
        id=f"interaction.{flag.id}:{taken.name.casefold()}",
        level=flag.level,
        title=said["title"],
        reason=" ".join(said[part] for part in ("effect", "numbers", "practice") if said[part]),
        because=", ".join(part for part in (taken.name, taken.dose_text, taken.when_text) if part),
        handling=words["handling"][flag.handling],
        kind=str(flag.kind),
        sources=_sources(flag.evidence),
        grade=str(flag.grade),
    )


def _of_criterion(
    one: interactions.Finding, intake: Intake | None, facts: Mapping[str, float], words: Mapping
) -> Finding:
    said = words["criterion"][one.id]
    answered = intake.said(one.item) if intake else ""
    measured = f"{facts[one.item]:g}" if one.item in facts else ""
    return Finding(
        id=f"screening.{one.id}",
        level=one.level,
        title=said["title"],
        reason=said["staff"],
        because=answered or measured,
        handling="",
        kind=str(one.kind),
        sources=_sources(one.evidence),
        grade=str(one.grade),
    )


def _test(one: interactions.Test, words: Mapping) -> Test:
    said = words["test"][one.id]
    return Test(
        id=one.id,
        title=said["title"],
        reason=said["staff"],
        kind=str(one.kind),
        sources=_sources(one.evidence),
        grade=str(one.grade),
    )


def _missing(screened: Screened, intake: Intake | None, *, list_is_told: bool) -> tuple[tuple[str, str], ...]:
    """Return what nobody told: the whole intake, or single answers; the medicines; measurements."""
    items = content.words("questionnaires", "intake", _language())["item"]
    left = [] if list_is_told else [MEDICINES]
    left += [INTAKE] if intake is None else []
    left += [name for name in screened.missing if intake is not None or name not in items]
    return tuple((name, _named(name, items)) for name in left)


def _named(name: str, items: Mapping) -> str:
    return items[name]["question"] if name in items else str(MISSING.get(name, name))


def _sources(evidence: Iterable[str]) -> tuple[Record, ...]:
    known = content.evidence()
    return tuple(known[name] for name in evidence if name in known)


def _language() -> str:
    return get_language() or content.ENGLISH
