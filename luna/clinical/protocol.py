"""A protocol: the written rules of a treatment, before any patient. FHIR: PlanDefinition.

id = "mood-acute"; version = "1.0.0"; title = "Ketamine for depression, first series"
indication = "depression"; review_by = 2027-11-01; reviewed_by = ""

[infusions]                     # count, minutes and stay are ids of numbers
count = "infusions"; minutes = "infusion-length"; stay = "stay"
per_week = "2-3"; days = ["mon", "wed", "fri"]; numbers = ["dose"]; evidence = ["trd-acute-6"]

[[number]]                      # every clinical number, once, with its source and grade
id = "fasting-food"; value = 6; unit = "h"; text = "Hours without food before the infusion"
grade = "D"; evidence = ["fasting-luna-default"]

[[step]]
id = "last-food"; actor = "patient"; anchor = "start"; kind = "schedule"; gate = true
opens = "-16h"; due = "-fasting-food"; closes = "-fasting-food"
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Literal, TypeVar

from luna.clinical.errors import BadSpan, ProtocolError
from luna.clinical.moment import DAY, NOTHING, Moment, SafeSide, read_moment, read_span
from luna.clinical.number import SPANS, Number, read_number
from luna.clinical.reading import Table, table_of
from luna.clinical.tips import Part
from luna.clinical.triage import URGENCIES, Urgency

WEEKDAYS = {"mon": 0, "tue": 1, "wed": 2, "thu": 3, "fri": 4, "sat": 5, "sun": 6}
PER_WEEK = re.compile(r"[1-9](-[1-9])?")
COUNTED = {"count": "count", "minutes": "min", "stay": "min"}
WHICH: dict[str, Literal["all", "first", "last"]] = {"all": "all", "first": "first", "last": "last"}
W = TypeVar("W", bound=StrEnum)


class Actor(StrEnum):
    """Whose step it is."""

    PATIENT = "patient"
    CARETAKER = "caretaker"
    CLINIC = "clinic"


class Anchor(StrEnum):
    """What a step's times count from. Left and home exist only once they have happened."""

    START = "start"
    END = "end"
    LEFT = "left"
    HOME = "home"
    SERIES_START = "series-start"
    SERIES_END = "series-end"


BRIEFING = "briefing"  # the questionnaire with which an adult signs that they can stay
PREGNANCY_TEST = "pregnancy-test"  # the number that says for how many days after its own a test counts
RIDE = "ride"  # the kind of what tells of the way home
SERIES_ANCHORS = frozenset({Anchor.SERIES_START, Anchor.SERIES_END})


class AfterMove(StrEnum):
    """What moving an infusion does to the marks of its tasks."""

    KEEP = "keep"
    ASK_AGAIN = "ask-again"


class Clock(StrEnum):
    """Whose clock a step's local times are read on."""

    CLINIC = "clinic"
    PERSON = "person"


@dataclass(frozen=True, slots=True)
class Step:
    """One item of a protocol. FHIR: PlanDefinition.action.

    infusions: which infusions it belongs to. needs: tags a series must have, all of them; see `tailoring`.
    every, times: repeats, n = 0 .. times - 1. kind: what a care circle shares it as.
    missed: how urgent it is that a check-in closed unanswered. markable: a person can say done.
    prescriber: a decision of the clinic that a prescriber alone can mark.
    part: of a tip for the patient, what it is for: it can be left out with all others of its part.
    kind_time: a limit that falls between 22:00 and 06:00 may be shown as 22:00.
    kept_from: it ends what began then, counted from the start: called off later, the infusion keeps it.
    """

    id: str
    actor: Actor
    anchor: Anchor
    opens: Moment
    due: Moment
    closes: Moment
    kind: str
    infusions: frozenset[int] | Literal["all", "first", "last"] = "all"
    gate: bool = False
    late_accepted: bool = False
    after_move: AfterMove = AfterMove.ASK_AGAIN
    clock: Clock = Clock.CLINIC
    safe_side: SafeSide = SafeSide.LATER
    kind_time: bool = False
    guide: str | None = None
    questionnaire: str | None = None
    missed: Urgency | None = None
    every: timedelta | None = None
    times: int = 1
    numbers: tuple[str, ...] = ()
    evidence: tuple[str, ...] = ()
    needs: frozenset[str] = frozenset()
    markable: bool = True
    prescriber: bool = False
    part: Part | None = None
    kept_from: timedelta | None = None

    @property
    def answerable(self) -> bool:
        """Tell whether a person can complete it, by a mark or by answering; else it only informs."""
        return self.markable or self.questionnaire is not None

    @property
    def is_check_in(self) -> bool:
        """Tell whether it asks how somebody is at home: the answers are judged, and silence calls a human."""
        return self.questionnaire is not None and self.kind == "recovery"

    @property
    def is_briefing(self) -> bool:
        """Tell whether it is done once an adult has signed that they can stay."""
        return self.questionnaire == BRIEFING

    @property
    def is_ride(self) -> bool:
        """Tell whether it is done once it is set who takes the patient home."""
        return self.gate and self.actor is Actor.CARETAKER and self.kind == RIDE

    def applies_to(self, number: int, *, first: int, last: int) -> bool:
        """Tell whether infusion `number` has this step. first, last: numbers still to be given."""
        if self.infusions == "all":
            return True
        if isinstance(self.infusions, frozenset):
            return number in self.infusions
        return number == (first if self.infusions == "first" else last)


@dataclass(frozen=True, slots=True)
class Infusions:
    """How a series is usually booked. days: 0 is Monday. stay_min: minutes from start to leaving.

    per_week: how many there are in a week, "3" or "2-3".
    """

    count: int
    per_week: str
    days: tuple[int, ...]
    minutes: int
    stay_min: int
    numbers: tuple[str, ...]
    evidence: tuple[str, ...]

    @property
    def a_week(self) -> tuple[int, int]:
        """Return the least and the most there are in a week."""
        least, _to, most = self.per_week.partition("-")
        return int(least), int(most or least)


@dataclass(frozen=True, slots=True)
class Protocol:
    """A whole protocol, checked. reviewed_by is empty until a clinician has signed this version."""

    id: str
    version: str
    title: str
    indication: str
    review_by: date
    reviewed_by: str
    infusions: Infusions
    numbers: Mapping[str, Number]
    steps: tuple[Step, ...]

    @property
    def sources(self) -> tuple[str, ...]:
        """Return the ids of every piece of evidence it rests on, sorted."""
        cited = {self.infusions.evidence, *(number.evidence for number in self.numbers.values())}
        cited.update(step.evidence for step in self.steps)
        return tuple(sorted({record for records in cited for record in records}))


def read_protocol(text: str) -> Protocol:
    """Return the protocol a TOML text holds. Raises ProtocolError, naming the place and the cure."""
    top = table_of(text, ProtocolError)
    rows = top.tables("number")
    numbers = {number.id: number for number in map(read_number, rows)}
    protocol = Protocol(
        id=top.slug("id"),
        version=top.version(),
        title=top.text("title"),
        indication=top.text("indication"),
        review_by=top.take("review_by", date),
        reviewed_by=top.take("reviewed_by", str),
        infusions=_infusions(top.table("infusions"), numbers),
        numbers=numbers,
        steps=tuple(_step(row, numbers) for row in top.tables("step")),
    )
    top.close()
    if not protocol.steps:
        top.refuse("step", "There are no steps.", "Add at least one [[step]].")
    used = {*protocol.infusions.numbers, *(name for step in protocol.steps for name in step.numbers)}
    for row in rows:
        if row.values["id"] not in used:
            row.refuse("", "Nothing uses this number.", "Name it in a step or [infusions], or drop it.")
        if row.values["id"] == PREGNANCY_TEST and row.values["unit"] != "d":
            row.refuse("unit", "A pregnancy test counts for whole days.", 'Write "d".')
    return protocol


def read_step(text: str) -> Step:
    """Return a step that stands alone, for an order to add. Its times count in hours, not in numbers.

    Raises ProtocolError, naming the place and the cure.
    """
    row = table_of(text, ProtocolError)
    row.version()
    row.take("review_by", date)
    row.take("reviewed_by", str)
    return _step(row, {})


def _infusions(row: Table, numbers: Mapping[str, Number]) -> Infusions:
    counts = {key: _counted(row, key, unit, numbers) for key, unit in COUNTED.items()}
    named = _known_numbers(row, numbers)
    infusions = Infusions(
        count=counts["count"],
        per_week=_per_week(row),
        days=tuple(_weekday(row, day) for day in row.texts("days", required=True)),
        minutes=counts["minutes"],
        stay_min=counts["stay"],
        numbers=tuple(sorted({*named, *(row.values[key] for key in COUNTED)})),
        evidence=row.texts("evidence", required=True),
    )
    row.close()
    return infusions


def _per_week(row: Table) -> str:
    text = row.text("per_week")
    if not PER_WEEK.fullmatch(text):
        row.refuse("per_week", f"{text!r} is not how many there are in a week.", 'Write "3", or "2-3".')
    return text


def _counted(row: Table, key: str, unit: str, numbers: Mapping[str, Number]) -> int:
    if row.has(key) and type(row.values[key]) is not str:
        row.refuse(key, "This is a bare number.", f'Make it a [[number]] and write its id: {key} = "id".')
    number = row.pick(key, numbers)
    value = number.value if number.span is None else Decimal(number.span / SPANS["min"])
    if (unit == "min") != (number.span is not None) or value != int(value) or value < 1:
        what = f"'{number.id}' is {number.value} {number.unit}."
        row.refuse(key, what, f"Use a whole number of {unit}, 1 or more.")
    return int(value)


def _weekday(row: Table, name: str) -> int:
    if name not in WEEKDAYS:
        row.refuse("days", f"There is no day {name!r}.", f"Use {', '.join(WEEKDAYS)}.")
    return WEEKDAYS[name]


def _known_numbers(row: Table, numbers: Mapping[str, Number]) -> tuple[str, ...]:
    names = row.texts("numbers")
    for name in names:
        if name not in numbers:
            row.refuse("numbers", f"There is no number {name[:24]!r}.", f"There are: {', '.join(numbers)}.")
    return names


def _step(row: Table, numbers: Mapping[str, Number]) -> Step:
    moments = _moments(row, numbers)
    timed = {moment.number for moment in moments.values() if moment.number}
    step = Step(
        id=row.slug("id"),
        actor=row.pick("actor", _words(Actor)),
        anchor=row.pick("anchor", _words(Anchor)),
        opens=moments["opens"],
        due=moments["due"],
        closes=moments["closes"],
        kind=row.slug("kind"),
        infusions=_which(row),
        gate=row.take("gate", bool, False),
        late_accepted=row.take("late_accepted", bool, False),
        after_move=row.pick("after_move", _words(AfterMove), AfterMove.ASK_AGAIN),
        clock=row.pick("clock", _words(Clock), Clock.CLINIC),
        safe_side=row.pick("safe_side", _words(SafeSide), SafeSide.LATER),
        kind_time=row.take("kind_time", bool, False),
        guide=row.text("guide") if row.has("guide") else None,
        questionnaire=row.text("questionnaire") if row.has("questionnaire") else None,
        missed=row.pick("missed", URGENCIES) if row.has("missed") else None,
        every=_span(row, "every") if row.has("every") else None,
        times=row.whole("times", 1, least=1),
        numbers=tuple(sorted({*_known_numbers(row, numbers), *timed})),
        evidence=row.texts("evidence"),
        needs=frozenset(row.texts("needs")),
        markable=row.take("markable", bool, True),
        prescriber=row.take("prescriber", bool, False),
        part=row.pick("part", _words(Part)) if row.has("part") else None,
    )
    row.close()
    _check_order(row, step)
    _check_fit(row, step)
    _check_marking(row, step)
    return step


def _words(words: type[W]) -> dict[str, W]:
    return {word.value: word for word in words}


def _which(row: Table) -> frozenset[int] | Literal["all", "first", "last"]:
    if row.has("infusions") and type(row.values["infusions"]) is list:
        chosen = row.values["infusions"]
        if not chosen or any(type(number) is not int or number < 1 for number in chosen):
            row.refuse("infusions", "This is no list of infusions.", "Count from 1, like [1, 2].")
        return frozenset(chosen)
    return row.pick("infusions", WHICH, "all")


def _span(row: Table, key: str) -> timedelta:
    try:
        return read_span(row.text(key))
    except BadSpan as problem:
        row.refuse(key, problem.what, problem.mend)


def _moments(row: Table, numbers: Mapping[str, Number]) -> dict[str, Moment]:
    spans = {name: number.span for name, number in numbers.items() if number.span is not None}
    moments = {}
    for key in ("opens", "due", "closes"):
        try:
            moments[key] = read_moment(row.text(key), spans)
        except BadSpan as problem:
            row.refuse(key, problem.what, problem.mend)
    return moments


def _check_order(row: Table, step: Step) -> None:
    """Refuse a window out of order, as far as its moments can be compared without a date."""
    opens, due, closes = step.opens, step.due, step.closes
    if _after(opens, due) or _after(due, closes) or _after(opens, closes):
        row.refuse("due", "Opens, due and closes are not in that order.", "Put the earliest first.")
    if opens == closes:
        row.refuse("closes", "It closes the moment it opens.", "Open it earlier or close it later.")


def _after(one: Moment, other: Moment) -> bool:
    if one.at is not None and other.at is not None:
        return (one.day, one.at) > (other.day, other.at)
    return one.at is None and other.at is None and one.offset > other.offset


def _check_fit(row: Table, step: Step) -> None:
    """Refuse keys that contradict each other."""
    by_clock = any(moment.at is not None for moment in (step.opens, step.due, step.closes))
    if by_clock and not row.has("safe_side"):
        row.refuse("safe_side", "The clocks may skip its clock time.", "Write earlier or later.")
    if (step.every is None) != (step.times == 1):
        row.refuse("every", "every and times go together.", 'Write both, like every = "1d", times = 3.')
    if step.every is not None and step.every <= NOTHING:
        row.refuse("every", "A step repeats forwards.", 'Write it like "1d".')
    if step.every is not None and by_clock and step.every % DAY:
        row.refuse("every", "A step with a clock time repeats by whole days.", 'Write it like "1d".')
    if step.missed is not None and step.questionnaire is None:
        row.refuse("missed", "Only a check-in can go unanswered.", "Give it a questionnaire, or drop this.")
    if step.anchor in SERIES_ANCHORS and row.has("infusions"):
        row.refuse("infusions", "A step of the series has no infusion.", "Drop this, or change the anchor.")


def _check_marking(row: Table, step: Step) -> None:
    """Refuse a step that whoever it asks for could not mark."""
    if step.prescriber and (step.actor is not Actor.CLINIC or not step.markable):
        row.refuse("prescriber", "A prescriber could not mark it.", "Make it a markable step of the clinic.")
    if step.gate and not step.answerable:
        row.refuse("gate", "Nobody could meet this gate.", "Make it markable, or give it a questionnaire.")
    is_tip = step.actor is Actor.PATIENT and not (step.gate or step.questionnaire or step.numbers)
    if step.part is not None and not is_tip:
        row.refuse("part", "This is no tip: it could not be left out.", "Drop this, or make it a plain step.")
