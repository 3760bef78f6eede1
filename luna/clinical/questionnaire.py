"""A questionnaire: items with choices. FHIR: Questionnaire; the types are item.type.

    id = "recovery"; version = "1.0.0"; source = "recovery-luna"; review_by = 2027-11-01; reviewed_by = ""
    kind = "history"; include = "intake"       # what it is shared as; the items that come after its own

    [[item]]
    id = "waking"; type = "choice"; fact = "hard_to_wake"; safety = true
    choices = [{ code = "awake", points = 0 }, { code = "not-sure", points = 2 }]

    [[item]]
    id = "heart"; type = "choice"; repeats = true       # all that are true, like "angina,rhythm"
    choices = [{ code = "angina" }, { code = "rhythm" }, { code = "none", alone = true }]

    [[item]]
    id = "heart-steady"; type = "boolean"; when = [{ item = "heart", any = ["angina", "rhythm"] }]

    [[item]]
    id = "weight"; type = "quantity"; units = ["kg", "lb"]; least = 25; most = 350    # in the first unit

    [[conflict]]                               # answers that cannot all be true
    id = "example"; when = [{ item = "waking", any = ["awake"] }, { item = "heart", any = ["none"] }]

    [[band]]                                   # only if the points are added up
    id = "mild"; at_least = 5

Choices give their points, integers (least, most) their value, booleans 1 or 0, and quantities their
value in the first unit to the item's fact. Days are written 1990-05-31, quantities "72.5 kg".
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from enum import StrEnum
from math import ceil, floor

from luna.clinical.errors import MissingAnswers, QuestionnaireError, StrayAnswer
from luna.clinical.reading import Table, table_of

LONGEST_TEXT = 2000
EARLIEST_DAY = date(1900, 1, 1)
DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
QUANTITY = re.compile(r"(?P<value>[0-9]{1,4}(?:[.,][0-9]{1,2})?) ?(?P<unit>[a-z]+)")
# Unit -> the unit its values are compared in, and what one of it comes to there (exact by definition).
UNITS = {
    "kg": ("kg", Decimal(1)),
    "lb": ("kg", Decimal("0.45359237")),
    "cm": ("cm", Decimal(1)),
    "in": ("cm", Decimal("2.54")),
}


class ItemType(StrEnum):
    """What an item takes as its answer."""

    CHOICE = "choice"
    INTEGER = "integer"
    TEXT = "text"
    BOOLEAN = "boolean"
    DATE = "date"
    QUANTITY = "quantity"


class Kind(StrEnum):
    """What answers are shared as. All but history are private: no other kind ever implies them."""

    HISTORY = "history"
    PREGNANCY = "pregnancy"
    SUBSTANCES = "substances"
    SAFETY_AT_HOME = "safety-at-home"
    SUICIDALITY = "suicidality"


KINDS = {kind.value: kind for kind in Kind}


@dataclass(frozen=True, slots=True)
class Choice:
    """One answer on offer. points: added to the score, given to the fact. alone: never with another."""

    code: str
    points: int | None
    alone: bool


@dataclass(frozen=True, slots=True)
class Answered:
    """True when any of these codes is among the answers to an item. FHIR: Questionnaire.item.enableWhen."""

    item: str
    any: frozenset[str]

    def holds(self, answers: Mapping[str, str]) -> bool | None:
        """Tell whether it is so; None while the item is not answered."""
        given = codes(answers.get(self.item, ""))
        return bool(given & self.any) if given else None


@dataclass(frozen=True, slots=True)
class Item:
    """One question. FHIR: Questionnaire.item.

    fact: the name its value feeds. safety: shown and judged before the others. repeats: takes
    several choices. units: of a quantity, the first one being that of least, most and the fact;
    none is chosen beforehand. past: a day that has been. when: asked only if all of these hold.
    kind: what its answer is shared as; None is shared as the step that asks it.
    """

    id: str
    type: ItemType
    choices: tuple[Choice, ...]
    fact: str | None
    required: bool
    safety: bool
    least: int
    most: int
    repeats: bool
    units: tuple[str, ...]
    past: bool
    when: tuple[Answered, ...]
    kind: Kind | None

    @property
    def points(self) -> frozenset[int]:
        """Return the points its choices can add to a score; none if it does not count."""
        return frozenset(choice.points for choice in self.choices if choice.points is not None)

    @property
    def offered(self) -> Mapping[str, int | None]:
        """Return every answer it takes and the number each stands for; nothing for those it cannot list."""
        if self.type is ItemType.CHOICE:
            return {choice.code: choice.points for choice in self.choices}
        if self.type is ItemType.INTEGER:
            return {str(number): number for number in range(self.least, self.most + 1)}
        return {"true": 1, "false": 0} if self.type is ItemType.BOOLEAN else {}

    @property
    def takes(self) -> str:
        """Return what it takes, in words for whoever reads an error."""
        if self.type is ItemType.QUANTITY:
            return " or ".join(map(self._span, self.units))
        return {
            ItemType.INTEGER: f"{self.least} to {self.most}",
            ItemType.DATE: "a day that has been, like 1990-05-31" if self.past else "a day, like 1990-05-31",
            ItemType.TEXT: f"at most {LONGEST_TEXT} letters",
        }.get(self.type) or ", ".join(self.offered)

    def bounds(self, unit: str) -> tuple[int, int]:
        """Return the least and the most it takes in one of its units, in whole numbers within them."""
        least, most = (bound / UNITS[unit][1] for bound in (self.least, self.most))
        return ceil(least), floor(most)

    def clean(self, answer: str, *, today: date | None = None) -> str:
        """Return an answer as it is kept: trimmed, choices in the order of the item. A blank stays blank.

        today: where the person is; needed for a day that has been. Raises StrayAnswer.
        """
        answer = answer.strip()
        if not answer:
            return ""
        kept = {
            ItemType.TEXT: self._words,
            ItemType.DATE: lambda given: self._day(given, today),
            ItemType.QUANTITY: self._quantity,
        }.get(self.type, self._codes)(answer)
        if kept is None:
            raise StrayAnswer(self.id, answer, self.takes)
        return kept

    def value(self, answer: str) -> float | None:
        """Return the number an answer stands for, if any. Raises StrayAnswer."""
        if self.type in (ItemType.TEXT, ItemType.DATE):
            return None
        kept = self.clean(answer)
        if self.type is ItemType.QUANTITY:
            value, unit = kept.split()
            return float(Decimal(value) * UNITS[unit][1])
        return None if self.repeats else self.offered[kept]

    def _words(self, given: str) -> str | None:
        return given if len(given) <= LONGEST_TEXT else None

    def _codes(self, given: str) -> str | None:
        chosen = codes(given) if self.repeats else frozenset([given])
        alone = [choice.code for choice in self.choices if choice.alone and choice.code in chosen]
        if not chosen <= self.offered.keys() or (alone and len(chosen) > 1):
            return None
        return ",".join(code for code in self.offered if code in chosen)

    def _day(self, given: str, today: date | None) -> str | None:
        if self.past and today is None:
            raise TypeError("a day that has been needs `today`")
        try:
            day = date.fromisoformat(given) if DAY.fullmatch(given) else None
        except ValueError:
            return None
        fits = day and day >= EARLIEST_DAY and not (self.past and today and day > today)
        return given if fits else None

    def _quantity(self, given: str) -> str | None:
        found = QUANTITY.fullmatch(given)
        if not found or found["unit"] not in self.units:
            return None
        value = found["value"].replace(",", ".")
        within = self.least <= Decimal(value) * UNITS[found["unit"]][1] <= self.most
        return f"{value} {found['unit']}" if within else None

    def _span(self, unit: str) -> str:
        least, most = self.bounds(unit)
        return f"{least} to {most} {unit}"


def codes(answer: str) -> frozenset[str]:
    """Return the codes an answer holds: one, or several with commas between them."""
    return frozenset(code for part in answer.split(",") if (code := part.strip()))


@dataclass(frozen=True, slots=True)
class Conflict:
    """Answers that cannot all be true; the person is asked which one to mend."""

    id: str
    when: tuple[Answered, ...]

    @property
    def items(self) -> tuple[str, ...]:
        """Return the ids of the items to look at again."""
        return tuple(given.item for given in self.when)


@dataclass(frozen=True, slots=True)
class Band:
    """A range of totals, from at_least up to the next band."""

    id: str
    at_least: int


@dataclass(frozen=True, slots=True)
class Questionnaire:
    """A set of items of one version. source: the evidence it comes from. bands: lowest first.

    include: the questionnaire whose items come after its own; empty once they are joined.
    """

    id: str
    version: str
    include: str
    items: tuple[Item, ...]
    conflicts: tuple[Conflict, ...]
    bands: tuple[Band, ...]
    source: str
    review_by: date
    reviewed_by: str


@dataclass(frozen=True, slots=True)
class Score:
    """The total of the points and the band it falls in, if there are bands. FHIR: Observation."""

    total: int
    band: str | None


def asked(questionnaire: Questionnaire, answers: Mapping[str, str]) -> tuple[Item, ...]:
    """Return the items that these answers leave to be asked, in order."""
    return tuple(item for item in questionnaire.items if all(given.holds(answers) for given in item.when))


def conflicts(questionnaire: Questionnaire, answers: Mapping[str, str]) -> tuple[Conflict, ...]:
    """Return what cannot be true together, also among answers that are no longer asked for."""
    return tuple(one for one in questionnaire.conflicts if all(given.holds(answers) for given in one.when))


def kept(questionnaire: Questionnaire, answers: Mapping[str, str]) -> dict[str, str]:
    """Return the answers without those to items which the others leave unasked."""
    left = dict(answers)
    for item in questionnaire.items:  # one by one: leaving one out can leave out the next
        if not all(given.holds(left) for given in item.when):
            left.pop(item.id, None)
    return left


def check(questionnaire: Questionnaire, answers: Mapping[str, str], *, today: date | None = None) -> None:
    """Refuse answers it does not offer (StrayAnswer), then required items left blank (MissingAnswers).

    answers: item id -> code or codes, whole number, true or false, day, quantity, or words.
    today: as for `Item.clean`. Conflicts are not refused: `conflicts` tells them.
    """
    _values(questionnaire, answers)
    wanted = asked(questionnaire, answers)
    for item in questionnaire.items:
        answer = item.clean(answers.get(item.id, ""), today=today)
        if answer and item not in wanted:
            raise StrayAnswer(item.id, answer, "no answer, for it is not asked after the others")
    blank = [item.id for item in wanted if item.required and not answers.get(item.id, "").strip()]
    if blank:
        raise MissingAnswers(blank)


def facts(questionnaire: Questionnaire, answers: Mapping[str, str]) -> dict[str, float]:
    """Return fact name -> value for every answered item that feeds a fact. Raises StrayAnswer."""
    values = _values(questionnaire, answers)
    return {
        item.fact: float(value)
        for item in questionnaire.items
        if item.fact is not None and (value := values.get(item.id)) is not None
    }


def points(questionnaire: Questionnaire, answers: Mapping[str, str]) -> dict[str, int]:
    """Return item id -> points of the answered items that count towards the score. Raises StrayAnswer."""
    values = _values(questionnaire, answers)
    scored = [item.id for item in questionnaire.items if item.points]
    return {name: int(value) for name in scored if (value := values.get(name)) is not None}


def score(questionnaire: Questionnaire, answers: Mapping[str, int]) -> Score:
    """Return the total of the points and the band it falls in.

    answers: item id -> points, as the item's choices give them.
    Raises MissingAnswers rather than guess at a blank, and StrayAnswer.
    """
    scored = {item.id: item.points for item in questionnaire.items if item.points}
    for name, value in answers.items():
        if value not in scored.get(name, ()):
            raise StrayAnswer(name, value, ", ".join(map(str, sorted(scored.get(name, ())))) or "no points")
    if blank := [name for name in scored if name not in answers]:
        raise MissingAnswers(blank)
    total = sum(answers.values())
    reached = [band.id for band in questionnaire.bands if band.at_least <= total]
    return Score(total, reached[-1] if reached else None)


def _values(questionnaire: Questionnaire, answers: Mapping[str, str]) -> dict[str, float | None]:
    items = {item.id: item for item in questionnaire.items}
    for name, answer in answers.items():
        if name not in items:
            raise StrayAnswer(name, answer, "no answer, for there is no such item")
    return {name: items[name].value(answer) for name, answer in answers.items() if answer.strip()}


def joined(questionnaire: Questionnaire, included: Questionnaire) -> Questionnaire:
    """Return a questionnaire with the items and conflicts of the one it includes after its own.

    Both versions are told, like 1.0.0+1.2.0. Raises QuestionnaireError if an id or fact comes twice.
    """
    whole = replace(
        questionnaire,
        version=f"{questionnaire.version}+{included.version}",
        include="",
        items=(*questionnaire.items, *included.items),
        conflicts=(*questionnaire.conflicts, *included.conflicts),
    )
    for name in ("items", "conflicts"):
        if twice := _twice(one.id for one in getattr(whole, name)):
            raise QuestionnaireError(
                f"{questionnaire.id}.include", f"'{twice}' is also in {included.id}.", "Rename one of them."
            )
    if twice := _twice(item.fact for item in whole.items if item.fact):
        raise QuestionnaireError(
            f"{questionnaire.id}.include", f"{included.id} also feeds '{twice}'.", "Give each fact one item."
        )
    return whole


def read_questionnaire(text: str) -> Questionnaire:
    """Return the questionnaire a TOML text holds. Raises QuestionnaireError, naming place and cure."""
    top = table_of(text, QuestionnaireError)
    kind = top.pick("kind", KINDS) if top.has("kind") else None
    rows = top.tables("item")
    items: dict[str, Item] = {}
    for row in rows:
        item = _item(row, items, kind)
        items[item.id] = item
    questionnaire = Questionnaire(
        id=top.slug("id"),
        version=top.version(),
        include=top.slug("include") if top.has("include") else "",
        items=tuple(items.values()),
        conflicts=tuple(_conflict(row, items) for row in top.tables("conflict")),
        bands=tuple(_band(row) for row in top.tables("band")),
        source=top.text("source"),
        review_by=top.take("review_by", date),
        reviewed_by=top.take("reviewed_by", str),
    )
    top.close()
    _refuse_unsound(top, questionnaire)
    return questionnaire


def _refuse_unsound(top: Table, questionnaire: Questionnaire) -> None:
    items, bands = questionnaire.items, questionnaire.bands
    if not items:
        top.refuse("item", "There are no items.", "Add at least one [[item]].")
    if _twice(item.fact for item in items if item.fact):
        top.refuse("item", "Two items feed the same fact.", "Give each fact one item.")
    if [band.at_least for band in bands] != sorted({band.at_least for band in bands}):
        top.refuse("band", "The bands do not rise.", "Put the lowest at_least first, each once.")
    lowest = sum(min(item.points) for item in items if item.points)
    if bands and bands[0].at_least > lowest:
        top.refuse("band", f"A total of {lowest} falls in no band.", f"Start the first at {lowest} or lower.")


def _twice(names: Iterable[str]) -> str:
    """Return the first name that comes again, or an empty text."""
    seen: set[str] = set()
    for name in names:
        if name in seen:
            return name
        seen.add(name)
    return ""


def _item(row: Table, above: Mapping[str, Item], kind: Kind | None) -> Item:
    item = Item(
        id=row.slug("id"),
        type=row.pick("type", {one.value: one for one in ItemType}),
        choices=tuple(_choice(choice) for choice in row.tables("choices", id_key="code")),
        fact=row.text("fact") if row.has("fact") else None,
        required=row.take("required", bool, True),
        safety=row.take("safety", bool, False),
        least=row.whole("least", 0, least=-999),
        most=row.whole("most", 10, least=-999, most=9999),
        repeats=row.take("repeats", bool, False),
        units=row.texts("units"),
        past=row.take("past", bool, False),
        when=tuple(_answered(given, above) for given in row.tables("when", id_key="item")),
        kind=row.pick("kind", KINDS) if row.has("kind") else kind,
    )
    row.close()
    _refuse_misfits(row, item)
    _refuse_bad_fact(row, item)
    if item.least >= item.most:
        row.refuse("most", f"{item.most} is not above {item.least}.", "Write least below most.")
    return item


def _refuse_misfits(row: Table, item: Item) -> None:
    if (item.type is ItemType.CHOICE) != bool(item.choices):
        row.refuse(
            "choices", "Choices belong to items of type choice, and only there.", "Add or remove them."
        )
    if item.repeats and item.type is not ItemType.CHOICE:
        row.refuse("repeats", "Only choices can be several.", "Take repeats out, or change the type.")
    if any(choice.alone for choice in item.choices) and not item.repeats:
        row.refuse("choices", "There is only ever one answer.", "Take alone out, or add repeats = true.")
    if item.past and item.type is not ItemType.DATE:
        row.refuse("past", "Only a day can have been.", "Take past out, or change the type.")
    if (item.type is ItemType.QUANTITY) != bool(item.units):
        row.refuse("units", "Units belong to items of type quantity, and only there.", "Add or remove them.")
    for unit in item.units:
        if UNITS.get(unit, ("", 0))[0] != item.units[0]:
            row.refuse(
                "units",
                f"'{unit}' cannot be read in {item.units[0]}.",
                f"Use {', '.join(UNITS)}; kg or cm first.",
            )


def _refuse_bad_fact(row: Table, item: Item) -> None:
    unpointed = [choice.code for choice in item.choices if choice.points is None]
    if unpointed and (item.fact or item.points):
        row.refuse(
            "choices", f"'{unpointed[0]}' has no points.", "Give every choice points, or none and no fact."
        )
    if item.fact and (item.repeats or item.type is ItemType.DATE):
        row.refuse("fact", "Days and several choices are no number.", "Take fact out, or change the item.")
    if item.fact and item.type is ItemType.TEXT:
        row.refuse("fact", "Free words are no number.", "Take fact out, or change the type.")
    if item.fact and item.units and not item.fact.endswith(f"_{item.units[0]}"):
        row.refuse("fact", "It does not end in its unit.", f"End it in _{item.units[0]}.")


def _answered(row: Table, items: Mapping[str, Item]) -> Answered:
    given = read_answered(row)
    if given.item not in items:
        row.refuse("item", f"There is no item '{given.item}' above.", "Name one that was asked before.")
    stray = sorted(given.any - items[given.item].offered.keys())
    if stray:
        row.refuse(
            "any", f"'{given.item}' does not offer '{stray[0]}'.", f"It takes {items[given.item].takes}."
        )
    return given


def read_answered(row: Table) -> Answered:
    """Return one condition on an answer, like { item = "heart", any = ["angina"] }."""
    given = Answered(item=row.slug("item"), any=frozenset(row.texts("any", required=True)))
    row.close()
    return given


def _conflict(row: Table, items: Mapping[str, Item]) -> Conflict:
    conflict = Conflict(
        id=row.slug("id"),
        when=tuple(_answered(given, items) for given in row.tables("when", id_key="item")),
    )
    row.close()
    if len(conflict.when) < 2:
        row.refuse("when", "One answer alone is no conflict.", "Name at least two items.")
    return conflict


def _choice(row: Table) -> Choice:
    choice = Choice(
        code=row.slug("code"),
        points=row.whole("points", least=-999) if row.has("points") else None,
        alone=row.take("alone", bool, False),
    )
    row.close()
    return choice


def _band(row: Table) -> Band:
    band = Band(row.slug("id"), row.whole("at_least", least=-999, most=9999))
    row.close()
    return band
