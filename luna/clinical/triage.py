"""Triage: which urgency the facts ask for, and which required facts are missing.

    id = "recovery"; version = "1.0.0"; review_by = 2027-11-01; reviewed_by = ""
    required = ["breathing_trouble"]      # without these there is no all-clear
    facts = ["pain_0_10"]                 # known facts that no rule reads, if any

    [[rule]]
    id = "cannot-wake"; urgency = "emergency"; card = "cannot-wake"
    when = [{ fact = "hard_to_wake", at_least = 2 }]          # every bound must hold
    grade = "S"; evidence = ["rf-unresponsive"]

A missing fact meets no bound and is never an all-clear; a further fact can only raise the urgency.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import IntEnum
from math import isfinite

from luna.clinical.errors import TriageError, UnknownFact
from luna.clinical.reading import Grade, Table, table_of


class Urgency(IntEnum):
    """How soon a human must act."""

    ROUTINE = 0
    SOON = 1
    URGENT = 2
    EMERGENCY = 3


URGENCIES = {urgency.name.lower(): urgency for urgency in Urgency}


@dataclass(frozen=True, slots=True)
class Bound:
    """A limit on one fact; exactly one of the three is set."""

    fact: str
    at_least: float | None = None
    at_most: float | None = None
    equals: float | None = None

    def holds(self, value: float) -> bool:
        """Tell whether a value meets the limit."""
        if self.at_least is not None:
            return value >= self.at_least
        if self.at_most is not None:
            return value <= self.at_most
        return value == self.equals


@dataclass(frozen=True, slots=True)
class Rule:
    """One line of triage: when every bound holds, this urgency and this card."""

    id: str
    when: tuple[Bound, ...]
    urgency: Urgency
    card: str
    evidence: tuple[str, ...]
    grade: Grade

    @property
    def needs_tick(self) -> bool:
        """Tell whether the person signing must agree to this rule one by one."""
        return self.grade in (Grade.B, Grade.D)

    def matches(self, facts: Mapping[str, float]) -> bool:
        """Tell whether every bound holds; an absent fact holds none."""
        return all(bound.fact in facts and bound.holds(facts[bound.fact]) for bound in self.when)


@dataclass(frozen=True, slots=True)
class RuleSet:
    """The triage rules of one version. known: every fact name they accept."""

    id: str
    version: str
    required: frozenset[str]
    known: frozenset[str]
    rules: tuple[Rule, ...]
    review_by: date
    reviewed_by: str


@dataclass(frozen=True, slots=True)
class Triage:
    """What the facts ask for. matched: the most urgent first. missing: facts there should be."""

    urgency: Urgency
    matched: tuple[Rule, ...]
    missing: tuple[str, ...]

    @property
    def all_clear(self) -> bool:
        """Tell whether nothing matched and nothing is missing."""
        return self.urgency is Urgency.ROUTINE and not self.missing


def assess(rules: RuleSet, facts: Mapping[str, float]) -> Triage:
    """Return the urgency the facts ask for.

    facts: fact name -> value in the unit its name ends with. A value that is not a finite number
    counts as missing. Raises UnknownFact for a name the rules do not know.
    """
    for name in facts:
        if name not in rules.known:
            raise UnknownFact(name, rules.known)
    usable = {name: value for name, value in facts.items() if isfinite(value)}
    missing = (rules.required | facts.keys()) - usable.keys()
    matched = sorted((rule for rule in rules.rules if rule.matches(usable)), key=lambda rule: -rule.urgency)
    urgency = matched[0].urgency if matched else Urgency.ROUTINE
    return Triage(urgency, tuple(matched), tuple(sorted(missing)))


def read_triage(text: str) -> RuleSet:
    """Return the rules a TOML text holds. Raises TriageError, naming the place and the cure."""
    top = table_of(text, TriageError)
    rules = tuple(_rule(row) for row in top.tables("rule"))
    required = frozenset(top.texts("required"))
    read = {bound.fact for rule in rules for bound in rule.when}
    known = required | frozenset(top.texts("facts")) | read
    rule_set = RuleSet(
        id=top.slug("id"),
        version=top.version(),
        required=required,
        known=known,
        rules=rules,
        review_by=top.take("review_by", date),
        reviewed_by=top.take("reviewed_by", str),
    )
    top.close()
    if not rules:
        top.refuse("rule", "There are no rules.", "Add at least one [[rule]].")
    return rule_set


def _rule(row: Table) -> Rule:
    rule = Rule(
        id=row.slug("id"),
        when=tuple(read_bound(bound) for bound in row.tables("when", id_key="fact")),
        urgency=row.pick("urgency", URGENCIES),
        card=row.slug("card"),
        evidence=row.texts("evidence", required=True),
        grade=row.pick("grade", {grade.value: grade for grade in Grade}),
    )
    row.close()
    if not rule.when:
        row.refuse(
            "when",
            "A rule without a bound would always match.",
            'Add one, like { fact = "x", at_least = 1 }.',
        )
    return rule


def read_bound(row: Table) -> Bound:
    """Return one limit on a fact, like { fact = "spo2_percent", at_most = 91 }."""
    limits = [key for key in ("at_least", "at_most", "equals") if row.has(key)]
    if len(limits) != 1:
        row.refuse("", f"It has {len(limits)} limits.", "Give exactly one of at_least, at_most, equals.")
    bound = Bound(fact=row.text("fact"), **{limits[0]: float(row.decimal(limits[0]))})
    row.close()
    return bound
