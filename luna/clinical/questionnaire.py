"""A questionnaire: items with choices. FHIR: Questionnaire; the types are item.type.

    id = "recovery"; version = "1.0.0"; source = "recovery-luna"; review_by = 2027-11-01; reviewed_by = ""

    [[item]]
    id = "waking"; type = "choice"; fact = "hard_to_wake"; safety = true
    choices = [{ code = "awake", points = 0 }, { code = "not-sure", points = 2 }]

    [[band]]                                   # only if the points are added up
    id = "mild"; at_least = 5

Choices give their points, integers (least, most) their value, booleans 1 or 0, to the item's fact.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from luna.clinical.errors import MissingAnswers, QuestionnaireError, StrayAnswer
from luna.clinical.reading import Table, table_of


class ItemType(StrEnum):
    """What an item takes as its answer."""

    CHOICE = "choice"
    INTEGER = "integer"
    TEXT = "text"
    BOOLEAN = "boolean"


@dataclass(frozen=True, slots=True)
class Choice:
    """One answer on offer. points: what it adds to the score and gives to the fact."""

    code: str
    points: int | None


@dataclass(frozen=True, slots=True)
class Item:
    """One question. fact: the name its value feeds. safety: shown and judged before the others."""

    id: str
    type: ItemType
    choices: tuple[Choice, ...]
    fact: str | None
    required: bool
    safety: bool
    least: int
    most: int

    @property
    def points(self) -> frozenset[int]:
        """Return the points its choices can add to a score; none if it does not count."""
        return frozenset(choice.points for choice in self.choices if choice.points is not None)

    @property
    def offered(self) -> Mapping[str, int | None]:
        """Return every answer it takes and the number each stands for; nothing for free words."""
        if self.type is ItemType.CHOICE:
            return {choice.code: choice.points for choice in self.choices}
        if self.type is ItemType.INTEGER:
            return {str(number): number for number in range(self.least, self.most + 1)}
        return {"true": 1, "false": 0} if self.type is ItemType.BOOLEAN else {}

    def value(self, answer: str) -> int | None:
        """Return the number an answer stands for, if any. Raises StrayAnswer."""
        if self.type is ItemType.TEXT:
            return None
        offered = self.offered
        if answer not in offered:
            span = f"{self.least} to {self.most}"
            raise StrayAnswer(self.id, answer, span if self.type is ItemType.INTEGER else ", ".join(offered))
        return offered[answer]


@dataclass(frozen=True, slots=True)
class Band:
    """A range of totals, from at_least up to the next band."""

    id: str
    at_least: int


@dataclass(frozen=True, slots=True)
class Questionnaire:
    """A set of items of one version. source: the evidence it comes from. bands: lowest first."""

    id: str
    version: str
    items: tuple[Item, ...]
    bands: tuple[Band, ...]
    source: str
    review_by: date
    reviewed_by: str


@dataclass(frozen=True, slots=True)
class Score:
    """The total of the points and the band it falls in, if there are bands. FHIR: Observation."""

    total: int
    band: str | None


def check(questionnaire: Questionnaire, answers: Mapping[str, str]) -> None:
    """Refuse answers it does not offer (StrayAnswer), then required items left blank (MissingAnswers).

    answers: item id -> code, whole number, true or false, or words.
    """
    _values(questionnaire, answers)
    blank = [
        item.id for item in questionnaire.items if item.required and not answers.get(item.id, "").strip()
    ]
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
    return {name: value for name in scored if (value := values.get(name)) is not None}


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


def _values(questionnaire: Questionnaire, answers: Mapping[str, str]) -> dict[str, int | None]:
    items = {item.id: item for item in questionnaire.items}
    for name, answer in answers.items():
        if name not in items:
            raise StrayAnswer(name, answer, "no answer, for there is no such item")
    return {name: items[name].value(answer) for name, answer in answers.items() if answer.strip()}


def read_questionnaire(text: str) -> Questionnaire:
    """Return the questionnaire a TOML text holds. Raises QuestionnaireError, naming place and cure."""
    top = table_of(text, QuestionnaireError)
    questionnaire = Questionnaire(
        id=top.slug("id"),
        version=top.version(),
        items=tuple(_item(row) for row in top.tables("item")),
        bands=tuple(_band(row) for row in top.tables("band")),
        source=top.text("source"),
        review_by=top.take("review_by", date),
        reviewed_by=top.take("reviewed_by", str),
    )
    top.close()
    items, bands = questionnaire.items, questionnaire.bands
    if not items:
        top.refuse("item", "There are no items.", "Add at least one [[item]].")
    fed = [item.fact for item in items if item.fact]
    if len(set(fed)) < len(fed):
        top.refuse("item", "Two items feed the same fact.", "Give each fact one item.")
    if [band.at_least for band in bands] != sorted({band.at_least for band in bands}):
        top.refuse("band", "The bands do not rise.", "Put the lowest at_least first, each once.")
    lowest = sum(min(item.points) for item in items if item.points)
    if bands and bands[0].at_least > lowest:
        top.refuse("band", f"A total of {lowest} falls in no band.", f"Start the first at {lowest} or lower.")
    return questionnaire


def _item(row: Table) -> Item:
    item = Item(
        id=row.slug("id"),
        type=row.pick("type", {kind.value: kind for kind in ItemType}),
        choices=tuple(_choice(choice) for choice in row.tables("choices", id_key="code")),
        fact=row.text("fact") if row.has("fact") else None,
        required=row.take("required", bool, True),
        safety=row.take("safety", bool, False),
        least=row.whole("least", 0, least=-999),
        most=row.whole("most", 10, least=-999, most=9999),
    )
    row.close()
    if (item.type is ItemType.CHOICE) != bool(item.choices):
        row.refuse(
            "choices", "Choices belong to items of type choice, and only there.", "Add or remove them."
        )
    unpointed = [choice.code for choice in item.choices if choice.points is None]
    if unpointed and (item.fact or item.points):
        row.refuse(
            "choices", f"'{unpointed[0]}' has no points.", "Give every choice points, or none and no fact."
        )
    if item.fact and item.type is ItemType.TEXT:
        row.refuse("fact", "Free words are no number.", "Take fact out, or change the type.")
    if item.least >= item.most:
        row.refuse("most", f"{item.most} is not above {item.least}.", "Write least below most.")
    return item


def _choice(row: Table) -> Choice:
    choice = Choice(row.slug("code"), row.whole("points", least=-999) if row.has("points") else None)
    row.close()
    return choice


def _band(row: Table) -> Band:
    band = Band(row.slug("id"), row.whole("at_least", least=-999, most=9999))
    row.close()
    return band
