"""What the answers, medicines and measurements of a patient mean for ketamine, for a prescriber to read.

Nothing is stored: the same facts give the same findings, so a later answer or medicine raises one by
itself. None is cleared that way once a decision was signed: what was told since then counts, also when it
was taken back, until a prescriber decides again. A patient reads none of this.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime

from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from luna.clinical import interactions
from luna.clinical.interactions import Flag, Level, Screened
from luna.clinical.interactions import Medicine as Taken
from luna.intake.models import Enquiry, LabResult
from luna.intake.plans import answers as answers_of
from luna.intake.plans import home as home_of
from luna.intake.plans import measured as measured_of
from luna.intake.plans import medicines as medicines_
from luna.intake.plans.answers import Intake
from luna.intake.plans.known import Known
from luna.intake.plans.measured import MEASURES, Measured
from luna.intake.plans.medicines import Medicines
from luna.library import content
from luna.library.evidence import Record
from luna.people.access import Viewer
from luna.people.models import Patient

INTAKE, MEDICINES = "intake", "medicines"  # named as missing when nobody told them at all
# What may be missing and is no question of the intake.
MISSING: dict[str, Promise] = {
    INTAKE: _("The intake: nothing was sent yet"),
    MEDICINES: _("Medicines: nobody said which are taken, or that none are"),
    "age_years": _("Age"),
    "lives_alone": _("Whether they live alone"),
}
NOT_MEASURED = Measured()
BMI = {"bmi_kg_per_m2": "weight_kg"}  # a fact -> the measurement it is missing with
POSITIVE, NEGATIVE = _("Positive"), _("Negative")
NOTHING, NOT_LISTED = _("They said that they take nothing"), _("No medicine is listed")
PAST = "since."  # begins the id of a finding that stood since the decision and does so no more


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing a prescriber has to think of.

    id: "screening.<criterion>" or "interaction.<row>:<medicine>"; the same as long as it stands.
    because: what was told or measured. handling: of a medicine, what clinics do about it. ended: what
    became of one that was told since the decision and stands no more; blank for one that stands.
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
    ended: str = ""


@dataclass(frozen=True, slots=True)
class Test:
    """Something to measure or order before the first infusion, and what came of it.

    id: "test.<test>". result: in words. on: the day it was done; None while it is missing. lacks: the
    measurements it still wants, in words.
    """

    id: str
    title: str
    reason: str
    kind: str
    sources: tuple[Record, ...]
    grade: str
    result: str
    on: date | None
    lacks: tuple[str, ...] = ()

    @property
    def test(self) -> str:
        """Return the id it has in the screening."""
        return self.id.removeprefix("test.")


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
    def undone(self) -> tuple[Test, ...]:
        """Return the tests whose results are missing."""
        return tuple(test for test in self.tests if test.on is None)

    @property
    def all_clear(self) -> bool:
        """Tell whether nothing asks for a prescriber's thought and nothing is missing."""
        return not self.missing and not self.undone and self.worst is Level.INFO

    @property
    def grave(self) -> frozenset[str]:
        """Return the ids of what a decision has to have seen: findings of review and stop."""
        return frozenset(one.id for one in self.found if one.level >= Level.REVIEW)


@dataclass(frozen=True, slots=True)
class Reader:
    """For whom findings are worked out, and when.

    kinds: those they may see; None for staff, who see all and what is missing. zone: of the clinic.
    """

    kinds: frozenset[str] | None
    zone: str
    today: date


def findings(known: Known, patient: Patient, viewer: Viewer, now: datetime) -> Findings:
    """Return what all that is known stands for against ketamine. No queries."""
    kinds = None if viewer.is_staff else viewer.kinds
    reader = Reader(kinds, viewer.clinic.zone, answers_of.today_of(viewer, now))
    standing = _at(known, patient, reader)
    past = _past(known, patient, reader)
    ids = {one.id for one in standing.found}
    ended = [_ended(one, known) for one in past if one.id not in ids]
    return replace(standing, found=tuple(sorted((*standing.found, *ended), key=lambda one: -one.level)))


def _at(known: Known, patient: Patient, reader: Reader) -> Findings:
    intake = answers_of.intake(patient, known.responses)
    listed = medicines_.medicines_in(known.medicines, known.reviews)
    measured = measured_of.measured(known, reader.zone)
    told = answers_of.measures(intake, patient, reader.today)
    facts = answers_of.with_bmi({**told, **measured.facts})
    compared, said = _compared(known, intake, listed, measured)
    return weigh(
        intake=intake,
        taken=[medicines_.as_rules_read(row) for row in listed.current],
        list_is_told=bool(listed.current) or listed.is_whole,
        facts={**facts, **compared} if reader.kinds is None else facts,
        said=said,
        measured=measured,
        kinds=reader.kinds,
    )


def _past(known: Known, patient: Patient, reader: Reader) -> Iterable[Finding]:
    """Return the grave findings of what was told since the decision, whatever was said of it later.

    Before a first decision, those of the medicines that were stopped: how long one matters after it
    was taken last is for a prescriber to say, for no source of ours does.
    """
    decision = known.decision
    if decision is None:
        listed = medicines_.medicines_in(known.medicines, known.reviews)
        stopped = [medicines_.as_rules_read(row) for row in listed.stopped]
        found = [
            _of_flag(flag) for flag in interactions.flags(stopped, content.interactions(medicines_.TABLE))
        ]
    else:
        moments = (known.up_to(fact) for fact in known.since(decision))
        found = [one for moment in moments for one in _at(moment, patient, reader).found]
    seen = set(decision.seen) if decision else set()
    grave = {one.id: one for one in _open(found, reader.kinds) if one.level >= Level.REVIEW}
    return [one for name, one in grave.items() if not {name, f"{PAST}{name}"} & seen]


def _ended(one: Finding, known: Known) -> Finding:
    """Return a finding that stands no more, with what became of it."""
    name = one.id.partition(":")[2] if one.id.startswith("interaction.") else ""
    row = next((row for row in reversed(known.medicines) if row.name.casefold() == name), None)
    ended = str(_("Told, and changed since."))
    if row is not None and row.mistaken:
        ended = str(_("Told, and said since to be a mistake."))
    elif row is not None and row.stopped_on is not None:
        words = _("Told, and said to be taken last on %(day)s.")
        ended = str(words % {"day": row.stopped_on.isoformat()})
    return replace(one, id=f"{PAST}{one.id}", ended=ended)


def _compared(
    known: Known, intake: Intake | None, listed: Medicines, measured: Measured
) -> tuple[dict[str, float], dict[str, str]]:
    """Return the facts that take several sources beside one another, and each in words."""
    home = home_of.home(known)
    count = len(listed.current)
    facts = {"medicines_count": float(count)}
    said = {} if count else {"medicines_count": str(NOTHING if listed.takes_none else NOT_LISTED)}
    if home.alone is not None:
        facts |= {"lives_alone": float(home.alone), "lives_alone_clash": float(home.clash)}
        said |= {"lives_alone": home.text, "lives_alone_clash": home.text}
    row = measured.rows.get("weight_kg")
    if intake is not None and row is not None and "weight_kg" in intake.facts:
        facts["weight_difference_percent"] = interactions.difference_percent(
            intake.facts["weight_kg"], float(row.value)
        )
        both = {"told": intake.said("weight"), "measured": row.typed}
        said["weight_difference_percent"] = str(_("told %(told)s, measured %(measured)s") % both)
    screened = known.enquiries[-1] if known.enquiries else None
    if screened is not None and screened.screen == Enquiry.Screen.LOOK:
        facts["phone_screen_look"] = 1.0
        said["phone_screen_look"] = f"{screened.by.name}: {screened.screen_words}".removesuffix(": ")
    return facts, said


def weigh(
    *,
    intake: Intake | None,
    taken: Iterable[Taken],
    list_is_told: bool,
    facts: Mapping[str, float],
    said: Mapping[str, str] | None = None,
    measured: Measured = NOT_MEASURED,
    kinds: frozenset[str] | None = None,
) -> Findings:
    """Return what answers, medicines and measurements mean. It reads packaged content and nothing else.

    list_is_told: somebody named a medicine or said that none is taken; else the list is missing.
    said: fact -> who told it and how, where its number alone says little. measured: what tests came to.
    kinds: those the reader may see; None for staff, who see all and what is missing.
    """
    screening = content.screening(medicines_.TABLE)
    table = content.interactions(medicines_.TABLE)
    words = content.words("screening", medicines_.TABLE, _language())
    given = intake.answers if intake else {}
    results = _results(screening, measured)
    facts = {**facts, **{name: float(bool(row.positive)) for name, row in results.items()}}
    said = {**(said or {}), **{name: _shown(row) for name, row in results.items()}}
    screened = interactions.findings(screening, given, facts)
    asked = interactions.tests(screening, given, facts)
    found = [
        *(_of_flag(flag) for flag in interactions.flags(taken, table)),
        *(_of_criterion(one, intake, facts, said) for one in screened.findings),
    ]
    missing = _missing(screened, intake, asked, list_is_told=list_is_told)
    return Findings(
        found=tuple(sorted(_open(found, kinds), key=lambda one: -one.level)),
        missing=missing if kinds is None else (),
        tests=tuple(_open([_test(one, measured, words) for one in asked], kinds)),
        version=f"{screening.version}+{table.version}",
    )


def tests() -> tuple[interactions.Test, ...]:
    """Return every test of the packaged screening, whoever is asked for it."""
    return content.screening(medicines_.TABLE).tests


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
    one: interactions.Finding, intake: Intake | None, facts: Mapping[str, float], said: Mapping[str, str]
) -> Finding:
    words = content.words("screening", medicines_.TABLE, _language())["criterion"][one.id]
    answered = intake.said(one.item) if intake else ""
    measured = f"{facts[one.item]:g}" if one.item in facts else ""
    return Finding(
        id=f"screening.{one.id}",
        level=one.level,
        title=words["title"],
        reason=words["staff"],
        because=said.get(one.item) or answered or measured,
        handling="",
        kind=str(one.kind),
        sources=_sources(one.evidence),
        grade=str(one.grade),
    )


def _test(one: interactions.Test, measured: Measured, words: Mapping) -> Test:
    said = words["test"][one.id]
    row = measured.result_of(one.id)
    result, on, lacks = (_shown(row), row.taken_on, ()) if row else ("", None, ())
    if one.measures:
        result, on, lacks = _together(one.measures, measured)
    return Test(
        id=f"test.{one.id}",
        title=said["title"],
        reason=said["staff"],
        kind=str(one.kind),
        sources=_sources(one.evidence),
        grade=str(one.grade),
        result=result,
        on=on,
        lacks=lacks,
    )


def _together(names: Iterable[str], measured: Measured) -> tuple[str, date | None, tuple[str, ...]]:
    """Return several measurements as one test: their values, the oldest day, and those that are missing."""
    there = [name for name in names if name in measured.rows]
    lacks = tuple(str(MEASURES[name]) for name in names if name not in measured.rows)
    on = None if lacks else min(measured.day_of(name) for name in there)
    return ", ".join(measured.rows[name].typed for name in there), on, lacks


def _results(screening: interactions.Screening, measured: Measured) -> dict[str, LabResult]:
    """Return fact -> the newest result of the test that feeds it. No result is no negative one."""
    of = {test.fact: measured.result_of(test.id) for test in screening.tests if test.fact}
    return {fact: row for fact, row in of.items() if row is not None and row.positive is not None}


def _shown(row: LabResult) -> str:
    """Return a result in words."""
    sign = {True: str(POSITIVE), False: str(NEGATIVE)}.get(row.positive, "")
    return ": ".join(part for part in (sign, row.result) if part)


def _missing(
    screened: Screened,
    intake: Intake | None,
    tests: Iterable[interactions.Test],
    *,
    list_is_told: bool,
) -> tuple[tuple[str, str], ...]:
    """Return what nobody told: the whole intake, or single answers; the medicines; facts.

    What a test measures is missing there, and is not named twice.
    """
    items = content.words("questionnaires", "intake", _language())["item"]
    there = {name for test in tests for name in test.measures}
    left = [] if list_is_told else [MEDICINES]
    left += [INTAKE] if intake is None else []
    left += [
        name
        for name in screened.missing
        if (intake is not None or name not in items) and BMI.get(name, name) not in there
    ]
    return tuple((name, _named(name, items)) for name in left)


def _named(name: str, items: Mapping) -> str:
    return items[name]["question"] if name in items else str(MISSING.get(name, name))


def _sources(evidence: Iterable[str]) -> tuple[Record, ...]:
    known = content.evidence()
    return tuple(known[name] for name in evidence if name in known)


def _language() -> str:
    return get_language() or content.ENGLISH
