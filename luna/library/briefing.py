"""A briefing: the cards an adult reads before they stay with a patient, and three questions about them.

    id = "caretaker"; version = "1.0.0"; review_by = 2027-11-01; reviewed_by = ""
    reader = "caretaker"            # whose guides the cards are
    questionnaire = "briefing"      # the questions and their words

    [[card]]
    id = "briefing-stay"            # a guide; its own version tells whether it is new to somebody

    [[question]]
    id = "leave"                    # an item of the questionnaire
    right = "stay"                  # the answer that is safe
    card = "briefing-stay"          # read again after any other answer

An answer is never scored or counted: one that is not safe shows its card again.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from luna.clinical.protocol import Actor
from luna.clinical.reading import Table, table_of
from luna.library.errors import LibraryError


@dataclass(frozen=True, slots=True)
class Question:
    """One question: the answer that is safe, and the card that says why."""

    id: str
    right: str
    card: str


@dataclass(frozen=True, slots=True)
class Briefing:
    """The cards in the order they are read, and the questions. reviewed_by: empty until a clinician did."""

    id: str
    version: str
    reader: Actor
    questionnaire: str
    cards: tuple[str, ...]
    questions: tuple[Question, ...]
    review_by: date
    reviewed_by: str

    def again(self, answers: Mapping[str, str]) -> Question | None:
        """Return the first question that was answered, but not safely."""
        return next((one for one in self.questions if answers.get(one.id, one.right) != one.right), None)


def read_briefing(text: str) -> Briefing:
    """Return the briefing a TOML text holds. Raises LibraryError, naming the place and the cure."""
    top = table_of(text, LibraryError)
    cards = tuple(_card(row) for row in top.tables("card"))
    found = Briefing(
        id=top.slug("id"),
        version=top.version(),
        reader=top.pick("reader", {one.value: one for one in Actor}),
        questionnaire=top.text("questionnaire"),
        cards=cards,
        questions=tuple(_question(row, cards) for row in top.tables("question")),
        review_by=top.take("review_by", date),
        reviewed_by=top.take("reviewed_by", str),
    )
    top.close()
    return found


def _card(row: Table) -> str:
    card = row.slug("id")
    row.close()
    return card


def _question(row: Table, cards: tuple[str, ...]) -> Question:
    found = Question(id=row.slug("id"), right=row.text("right"), card=row.text("card"))
    row.close()
    if found.card not in cards:
        row.refuse("card", f"There is no card {found.card[:24]!r}.", f"Use one of: {', '.join(cards)}.")
    return found
