"""What medicines and answers mean for ketamine: flags for medicines, findings for a person.

    id = "ketamine"; version = "1.0.0"; review_by = 2027-11-01; reviewed_by = ""

    [[interaction]]                                         # a table of interactions
    id = "lamotrigine"; codes = ["lamotrigine"]; level = "review"; handling = "ask-prescriber"
    grade = "R"; evidence = ["ix-lamotrigine"]              # kind = "substances" for a private one

    [[criterion]]                                           # a screening
    id = "bipolar-unmedicated"; level = "stop"; grade = "B"; evidence = ["sx-mania"]
    when = [{ item = "mind", any = ["bipolar"] }, { item = "mood-stabiliser", any = ["no"] }]

    [[test]]                                                # what the clinic measures beforehand
    id = "weight"; grade = "B"; evidence = ["tests-baseline"]      # when = [...] for some people only
    measures = ["weight_kg"]                                # done when these are measured
    # or fact = "drug_screen_positive": its result is positive (1) or negative (0), for criteria to read

Nothing here decides: a prescriber does. What is not known is named, and is never an all-clear.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import IntEnum, StrEnum
from math import isfinite

from luna.clinical.errors import InteractionError, ScreeningError
from luna.clinical.questionnaire import KINDS, Answered, Kind, read_answered
from luna.clinical.reading import Grade, Table, table_of
from luna.clinical.triage import Bound, read_bound

UNKNOWN = "unknown"
GRADES = {grade.value: grade for grade in Grade}


class Level(IntEnum):
    """How much stands against an infusion, in rising order."""

    INFO = 0
    CAUTION = 1
    REVIEW = 2
    """A prescriber decides before the next infusion."""
    STOP = 3
    """Sources speak against it; a prescriber who goes on says why."""


LEVELS = {level.name.lower(): level for level in Level}


class Handling(StrEnum):
    """What the clinic does about a medicine. Never read to a patient."""

    AVOID = "avoid"
    ASK_PRESCRIBER = "ask-prescriber"
    HOLD_DOSE_DAY = "hold-dose-day"
    MONITOR = "monitor"
    OK = "ok"
    INFO = "info"


HANDLINGS = {handling.value: handling for handling in Handling}


@dataclass(frozen=True, slots=True)
class Medicine:
    """What someone takes, as they told it. FHIR: MedicationStatement.

    codes: its classes, from the packaged list; none if nobody could say what it is.
    dose_text, when_text: in the person's words; never read by a rule.
    """

    name: str
    codes: frozenset[str] = frozenset()
    dose_text: str = ""
    when_text: str = ""


@dataclass(frozen=True, slots=True)
class Interaction:
    """One row of the table: medicines of these classes, and what they mean beside ketamine."""

    id: str
    codes: tuple[str, ...]
    level: Level
    handling: Handling
    kind: Kind
    evidence: tuple[str, ...]
    grade: Grade


@dataclass(frozen=True, slots=True)
class InteractionTable:
    """The interactions of one version."""

    id: str
    version: str
    interactions: tuple[Interaction, ...]
    review_by: date
    reviewed_by: str


@dataclass(frozen=True, slots=True)
class Flag:
    """One medicine met one interaction. FHIR: DetectedIssue.

    id: the interaction, whose words lie with the table. reason: the class that met it. kind: what
    it is shared as.
    """

    id: str
    medicine: Medicine
    level: Level
    handling: Handling
    reason: str
    kind: Kind
    evidence: tuple[str, ...]
    grade: Grade


@dataclass(frozen=True, slots=True)
class Criterion:
    """One line of screening. needed: what it asks for and nobody told is named as missing."""

    id: str
    level: Level
    when: tuple[Answered | Bound, ...]
    needed: bool
    kind: Kind
    evidence: tuple[str, ...]
    grade: Grade


@dataclass(frozen=True, slots=True)
class Test:
    """Something to measure before the first infusion: of everybody, or where the answers ask for it.

    measures: the measurements it consists of; none for one with a result of its own. fact: what a
    positive result makes 1; None for a result that is neither positive nor negative.
    """

    id: str
    when: tuple[Answered | Bound, ...]
    measures: tuple[str, ...]
    fact: str | None
    kind: Kind
    evidence: tuple[str, ...]
    grade: Grade


@dataclass(frozen=True, slots=True)
class Screening:
    """The criteria and tests of one version."""

    id: str
    version: str
    criteria: tuple[Criterion, ...]
    tests: tuple[Test, ...]
    review_by: date
    reviewed_by: str


@dataclass(frozen=True, slots=True)
class Finding:
    """A criterion that is met. item: the item or fact that met it, first of its conditions."""

    id: str
    level: Level
    item: str
    kind: Kind
    evidence: tuple[str, ...]
    grade: Grade


@dataclass(frozen=True, slots=True)
class Screened:
    """What is met, the gravest first, and the items and facts nobody told yet."""

    findings: tuple[Finding, ...]
    missing: tuple[str, ...]

    @property
    def all_clear(self) -> bool:
        """Tell whether nothing asks for a prescriber's thought and nothing is missing."""
        return not self.missing and all(finding.level is Level.INFO for finding in self.findings)


def flags(medicines: Iterable[Medicine], table: InteractionTable) -> tuple[Flag, ...]:
    """Return what the medicines mean beside ketamine, the gravest first, then as they were told.

    A medicine without classes meets the row of unknown ones: not recognised is not harmless.
    """
    found = [
        Flag(
            id=row.id,
            medicine=medicine,
            level=row.level,
            handling=row.handling,
            reason=reason,
            kind=row.kind,
            evidence=row.evidence,
            grade=row.grade,
        )
        for medicine in medicines
        for row in table.interactions
        for reason in _met(row, medicine)
    ]
    return tuple(sorted(found, key=lambda flag: -flag.level))


def _met(row: Interaction, medicine: Medicine) -> tuple[str, ...]:
    codes = medicine.codes or {UNKNOWN}
    return tuple(code for code in row.codes if code in codes)[:1]


def findings(
    screening: Screening, answers: Mapping[str, str], facts: Mapping[str, float] | None = None
) -> Screened:
    """Return which criteria the answers and facts meet, and what nobody told yet.

    answers: item id -> answer, as an intake takes it. facts: name -> value in the unit its name ends
    with; one that is not finite is missing. A criterion is open while nothing told rules it out.
    """
    known = {name: value for name, value in (facts or {}).items() if isfinite(value)}
    missing: set[str] = set()
    found: list[Finding] = []
    for one in screening.criteria:
        held = [_holds(part, answers, known) for part in one.when]
        if all(held):
            found.append(_finding(one))
        elif one.needed and False not in held:
            missing.update(_asks(part) for part, met in zip(one.when, held, strict=True) if met is None)
    return Screened(tuple(sorted(found, key=lambda finding: -finding.level)), tuple(sorted(missing)))


def tests(
    screening: Screening, answers: Mapping[str, str], facts: Mapping[str, float] | None = None
) -> tuple[Test, ...]:
    """Return the tests to do: those not ruled out by what is known."""
    return tuple(
        test
        for test in screening.tests
        if False not in (_holds(part, answers, facts or {}) for part in test.when)
    )


def age_years(born_on: date, today: date) -> int:
    """Return the whole years a person has lived. today: where the person is."""
    return today.year - born_on.year - ((today.month, today.day) < (born_on.month, born_on.day))


def bmi_kg_per_m2(weight_kg: float, height_cm: float) -> float:
    """Return the body mass index. weight_kg and height_cm are above zero."""
    return weight_kg / (height_cm / 100) ** 2


def difference_percent(told: float, measured: float) -> float:
    """Return how far what was told is from what was measured, of the measured. measured: above zero."""
    return abs(told - measured) / measured * 100


def _holds(part: Answered | Bound, answers: Mapping[str, str], facts: Mapping[str, float]) -> bool | None:
    if isinstance(part, Answered):
        return part.holds(answers)
    return part.holds(facts[part.fact]) if part.fact in facts else None


def _asks(part: Answered | Bound) -> str:
    return part.item if isinstance(part, Answered) else part.fact


def _finding(one: Criterion) -> Finding:
    return Finding(
        id=one.id,
        level=one.level,
        item=_asks(one.when[0]),
        kind=one.kind,
        evidence=one.evidence,
        grade=one.grade,
    )


def read_interactions(text: str) -> InteractionTable:
    """Return the table a TOML text holds. Raises InteractionError, naming place and cure."""
    top = table_of(text, InteractionError)
    table = InteractionTable(
        id=top.slug("id"),
        version=top.version(),
        interactions=tuple(map(_interaction, top.tables("interaction"))),
        review_by=top.take("review_by", date),
        reviewed_by=top.take("reviewed_by", str),
    )
    top.close()
    if not any(UNKNOWN in row.codes for row in table.interactions):
        top.refuse(
            "interaction",
            "An unknown medicine would pass for harmless.",
            f'Add one with codes = ["{UNKNOWN}"].',
        )
    return table


def _interaction(row: Table) -> Interaction:
    interaction = Interaction(
        id=row.slug("id"),
        codes=row.texts("codes", required=True),
        level=row.pick("level", LEVELS),
        handling=row.pick("handling", HANDLINGS),
        kind=row.pick("kind", KINDS, Kind.HISTORY),
        evidence=row.texts("evidence", required=True),
        grade=row.pick("grade", GRADES),
    )
    row.close()
    return interaction


def read_screening(text: str) -> Screening:
    """Return the screening a TOML text holds. Raises ScreeningError, naming place and cure."""
    top = table_of(text, ScreeningError)
    screening = Screening(
        id=top.slug("id"),
        version=top.version(),
        criteria=tuple(map(_criterion, top.tables("criterion"))),
        tests=tuple(map(_test, top.tables("test"))),
        review_by=top.take("review_by", date),
        reviewed_by=top.take("reviewed_by", str),
    )
    top.close()
    if not screening.criteria:
        top.refuse("criterion", "There are no criteria.", "Add at least one [[criterion]].")
    return screening


def _criterion(row: Table) -> Criterion:
    criterion = Criterion(
        id=row.slug("id"),
        level=row.pick("level", LEVELS),
        when=_when(row),
        needed=row.take("needed", bool, True),
        kind=row.pick("kind", KINDS, Kind.HISTORY),
        evidence=row.texts("evidence", required=True),
        grade=row.pick("grade", GRADES),
    )
    row.close()
    if not criterion.when:
        row.refuse(
            "when",
            "A criterion without a condition would always be met.",
            'Add one, like { item = "heart", any = ["angina"] }.',
        )
    return criterion


def _test(row: Table) -> Test:
    test = Test(
        id=row.slug("id"),
        when=_when(row),
        measures=row.texts("measures"),
        fact=row.text("fact") if row.has("fact") else None,
        kind=row.pick("kind", KINDS, Kind.HISTORY),
        evidence=row.texts("evidence", required=True),
        grade=row.pick("grade", GRADES),
    )
    row.close()
    if test.fact and test.measures:
        row.refuse("fact", "Measurements are neither positive nor negative.", "Take one of the two out.")
    return test


def _when(row: Table) -> tuple[Answered | Bound, ...]:
    return tuple(
        read_answered(part) if part.has("item") else read_bound(part)
        for part in row.tables("when", id_key="")
    )
