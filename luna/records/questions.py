"""One question a page: which comes next, what an answer must look like, and what was answered so far.

Values in, values out. `drafts` keeps the answers, `pages` draws the questions.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.formats import number_format
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from luna.clinical import questionnaire as questionnaires
from luna.clinical.errors import StrayAnswer
from luna.clinical.questionnaire import Item, ItemType, Questionnaire
from luna.library import content, times
from luna.people.errors import Refused
from luna.people.models import Patient

FEW = 11  # so many numbers are shown as buttons; more are typed
UNITS = {
    "kg": _("kilograms"),
    "lb": _("pounds"),
    "cm": _("centimeters"),
    "in": _("inches"),
}
YES_NO = {"true": _("Yes"), "false": _("No")}


@dataclass(frozen=True, slots=True)
class Option:
    """One answer on offer, as it is shown."""

    code: str
    label: str
    meaning: str


@dataclass(frozen=True, slots=True)
class Question:
    """One question as a page asks it.

    widget: buttons, boxes, number, text, date or quantity. chosen: codes of the boxes ticked.
    shown: the answer in words, blank if none. amount: what is typed; unit: of a quantity, blank until
    somebody chooses one.
    """

    id: str
    text: str
    hint: str
    why: str
    widget: str
    options: tuple[Option, ...]
    units: tuple[tuple[str, Any], ...]
    chosen: frozenset[str]
    shown: str
    amount: str
    unit: str
    required: bool
    place: int
    total: int
    before: str  # the item before it, blank for the first

    @property
    def boxes(self) -> tuple[tuple[str, str, str], ...]:
        """Return the options as a form's part takes them: (code, label, meaning)."""
        return tuple((one.code, one.label, one.meaning) for one in self.options)


@dataclass(frozen=True, slots=True)
class Line:
    """One answered question on the page that checks the answers. is_new: saved since the page was drawn."""

    id: str
    text: str
    shown: str
    is_new: bool


@dataclass(frozen=True, slots=True)
class Problem:
    """Answers that cannot all be true, and the questions to look at again: (item id, its text)."""

    text: str
    items: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Asking:
    """A questionnaire on its way: its questions, their words, and the answers so far.

    patient: whom it is about. answers: item id -> as kept; a blank one was seen and left out.
    today: where the person is. kind: what answers are shared as unless their question says otherwise.
    task_key, revision: the task it answers, if one. names: what the words' placeholders stand for.
    saved_in: item id -> the version its answer came with. version, round: of the draft.
    """

    patient: Patient
    questionnaire: Questionnaire
    words: Mapping[str, Any]
    answers: Mapping[str, str]
    today: date
    kind: str
    task_key: str = ""
    revision: int = 0
    names: Mapping[str, str] = field(default_factory=dict)
    saved_in: Mapping[str, int] = field(default_factory=dict)
    version: int = 0
    round: int = 1

    @property
    def title(self) -> str:
        """Return what the whole is called; blank if it has no title."""
        return self._fill(self.words.get("title", ""))

    @property
    def intro(self) -> str:
        """Return what is said before the first question; blank if nothing."""
        return self._fill(self.words.get("intro", ""))

    @property
    def items(self) -> tuple[Item, ...]:
        """Return the questions that the answers so far leave to be asked, in order."""
        return questionnaires.asked(self.questionnaire, questionnaires.kept(self.questionnaire, self.answers))

    @property
    def current(self) -> Item | None:
        """Return the first question not seen yet, or seen and still needed; None when all are done."""
        return next((item for item in self.items if not self._is_done(item)), None)

    @property
    def is_begun(self) -> bool:
        """Tell whether anything was answered yet."""
        return bool(self.answers)

    @property
    def place(self) -> int:
        """Return how many questions are done."""
        return sum(self._is_done(item) for item in self.items)

    @property
    def total(self) -> int:
        """Return how many questions there are, as far as the answers so far tell."""
        return len(self.items)

    def item(self, item_id: str) -> Item | None:
        """Return the question of this id if it is to be asked."""
        return next((item for item in self.items if item.id == item_id), None)

    def question(self, item: Item, *, typed: str | None = None) -> Question:
        """Return a question with its words, ready for a page. typed: shown instead of what is kept."""
        ids = [one.id for one in self.items]
        place = ids.index(item.id)
        said = self.words["item"][item.id]
        given = self.answers.get(item.id, "") if typed is None else typed
        amount, unit = _parts(item, given)
        return Question(
            id=item.id,
            text=self.text(item.id),
            hint=self._fill(said.get("hint", "")),
            why=self._fill(said.get("why", "")),
            widget=_widget(item),
            options=self._options(item),
            units=tuple((one, UNITS[one]) for one in item.units),
            chosen=questionnaires.codes(given) if item.repeats else frozenset(),
            shown=self.shown(item, given),
            amount=amount,
            unit=unit,
            required=item.required,
            place=place + 1,
            total=len(ids),
            before=ids[place - 1] if place else "",
        )

    def text(self, item_id: str) -> str:
        """Return the words of a question."""
        return self._fill(self.words["item"][item_id]["question"])

    def shown(self, item: Item, answer: str | None = None) -> str:
        """Return an answer in words, the one given so far unless told; blank for none."""
        answer = self.answers.get(item.id, "") if answer is None else answer
        if not answer or not self._reads(item, answer):
            return answer
        if item.type is ItemType.DATE:
            return times.dated(date.fromisoformat(answer))
        if item.type is ItemType.QUANTITY:
            amount, unit = answer.split(" ")
            return f"{number_format(Decimal(amount))}\N{NO-BREAK SPACE}{UNITS[unit]}"
        labels = {option.code: option.label for option in self._options(item)}
        if not labels:
            return answer
        return "; ".join(label for code, label in labels.items() if code in answer.split(","))

    def lines(self, *, since: int | None = None) -> tuple[Line, ...]:
        """Return every question with its answer. since: the version the person last looked at."""
        return tuple(
            Line(item.id, self.text(item.id), self.shown(item), self._is_new(item.id, since))
            for item in self.items
        )

    @property
    def problems(self) -> tuple[Problem, ...]:
        """Return the answers that cannot all be true, in words."""
        kept = questionnaires.kept(self.questionnaire, self.answers)
        return tuple(
            Problem(
                self._fill(self.words["conflict"][one.id]["text"]),
                tuple((item, self.text(item)) for item in one.items),
            )
            for one in questionnaires.conflicts(self.questionnaire, kept)
        )

    def clean(self, item: Item, answer: str) -> str:
        """Return an answer as it is kept. Raises Refused with words that say how to mend it."""
        try:
            kept = item.clean(answer, today=self.today)
        except StrayAnswer:
            raise Refused(_mend(item, answer), item.id) from None
        if item.required and not kept:
            raise Refused(MISSING[_widget(item)], item.id)
        return kept

    def to_send(self) -> dict[str, str]:
        """Return the answers to send: without blanks, and without those no longer asked for."""
        kept = questionnaires.kept(self.questionnaire, self.answers)
        return {item_id: answer for item_id, answer in kept.items() if answer}

    def _is_done(self, item: Item) -> bool:
        return bool(self.answers.get(item.id)) or (item.id in self.answers and not item.required)

    def _is_new(self, item_id: str, since: int | None) -> bool:
        return since is not None and self.saved_in.get(item_id, 0) > since

    def _reads(self, item: Item, answer: str) -> bool:
        try:
            return item.clean(answer, today=self.today) == answer
        except StrayAnswer:
            return False

    def _options(self, item: Item) -> tuple[Option, ...]:
        if item.type is ItemType.CHOICE:
            said = self.words["item"][item.id]["choice"]
            return tuple(
                Option(code, self._fill(said[code]["label"]), self._fill(said[code]["meaning"]))
                for code in item.offered
            )
        if item.type is ItemType.BOOLEAN:
            return tuple(Option(code, str(label), "") for code, label in YES_NO.items())
        if _widget(item) == "buttons":
            return tuple(Option(code, code, "") for code in item.offered)
        return ()

    def _fill(self, text: str) -> str:
        return content.fill(text, self.names)


def _parts(item: Item, given: str) -> tuple[str, str]:
    """Return what stands in the box, and the unit that is chosen, if any."""
    if item.type is not ItemType.QUANTITY:
        return given, ""
    amount, _space, unit = given.rpartition(" ") if given.split(" ")[-1] in item.units else (given, "", "")
    return amount, unit


def _widget(item: Item) -> str:
    if item.type is ItemType.CHOICE:
        return "boxes" if item.repeats else "buttons"
    if item.type is ItemType.INTEGER:
        return "buttons" if len(item.offered) <= FEW else "number"
    return {ItemType.BOOLEAN: "buttons"}.get(item.type, item.type.value)


# What to say of a blank answer to a question that needs one.
MISSING = {
    "buttons": _("Choose one of the answers."),
    "boxes": _("Choose at least one. There is a choice for none, or for not sure."),
    "number": _("Type a number."),
    "text": _("Write something first."),
    "date": _("Enter a day, like 1990-05-31."),
    "quantity": _("Type a number, then choose its unit."),
}


def _mend(item: Item, answer: str) -> str:
    """Return how to mend an answer that does not fit."""
    match item.type:
        case ItemType.QUANTITY:
            return _mend_quantity(item, answer)
        case ItemType.INTEGER:
            return gettext("Type a whole number from %(least)s to %(most)s.") % {
                "least": item.least,
                "most": item.most,
            }
        case ItemType.DATE if item.past:
            return gettext("Enter a day that has been, like 1990-05-31.")
        case ItemType.DATE:
            return gettext("Enter a day, like 1990-05-31.")
        case ItemType.TEXT:
            return gettext("This is too long. Write at most %(n)s letters.") % {
                "n": questionnaires.LONGEST_TEXT
            }
    if item.repeats and questionnaires.codes(answer) <= item.offered.keys():
        return gettext("One of these cannot be chosen together with others. Choose it alone, or take it out.")
    return gettext("Choose one of the answers.")


def _mend_quantity(item: Item, answer: str) -> str:
    if answer.strip().split(" ")[-1] not in item.units:
        return gettext("Choose the unit as well.")
    spans = [
        gettext("%(least)s to %(most)s %(unit)s") % {"least": least, "most": most, "unit": UNITS[unit]}
        for unit in item.units
        for least, most in [item.bounds(unit)]
    ]
    return gettext("Type a number such as 72.5: %(spans)s.") % {"spans": "; ".join(spans)}
