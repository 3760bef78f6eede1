"""What the rules refuse. Every message says what is wrong, where, and what to do.

ClinicalError
├── ContentError         a content text cannot be read: path, what, mend
│   ├── ProtocolError
│   ├── QuestionnaireError
│   ├── TriageError
│   ├── InteractionError
│   ├── ScreeningError
│   ├── MedicineError
│   └── PhraseError
├── BadSpan              not a time span
├── BadFast              times nobody should fast for: field
├── BadBooking           a booking or series the rules cannot count from
├── BadMeasure           a measured value that cannot be: name, part
├── BadOrder             an order that does not fit its protocol
├── BadKey               not the key of a task
├── BadLadder            a ladder nobody can climb
├── BadRhythm            visits that can never be placed
├── MissingAnswers       required items left blank: ids
├── StrayAnswer          an answer the questionnaire does not offer: item, answer
└── UnknownFact          a fact no rule has heard of: name
"""

from collections.abc import Iterable


class ClinicalError(ValueError):
    """Something the clinical rules refuse."""


class ContentError(ClinicalError):
    """A content text that cannot be read: the place, what is wrong there, and how to mend it."""

    def __init__(self, path: str, what: str, mend: str) -> None:
        super().__init__(f"{path}: {what} {mend}")
        self.path, self.what, self.mend = path, what, mend


class ProtocolError(ContentError):
    """A protocol text that cannot be read."""


class QuestionnaireError(ContentError):
    """A questionnaire text that cannot be read."""


class TriageError(ContentError):
    """A text of triage rules that cannot be read."""


class InteractionError(ContentError):
    """A table of interactions that cannot be read."""


class ScreeningError(ContentError):
    """A text of screening criteria that cannot be read."""


class MedicineError(ContentError):
    """A list of medicines that cannot be read."""


class PhraseError(ContentError):
    """A list of phrases that cannot be read."""


class BadSpan(ClinicalError):
    """A text or value that is no time span: what is wrong, and how to mend it."""

    def __init__(self, what: str, mend: str) -> None:
        super().__init__(f"{what} {mend}")
        self.what, self.mend = what, mend


class BadFast(ClinicalError):
    """Times nobody should be asked to fast for. field: "food" or "drink"."""

    def __init__(self, field: str, what: str) -> None:
        """Keep which time was wrong; the words are the page's."""
        super().__init__(what)
        self.field = field


class BadBooking(ClinicalError):
    """A booking, or a series of them, that the rules cannot count from."""


class BadMeasure(ClinicalError):
    """A measured value cannot be. name: of what was measured; part: "value" or "unit"."""

    def __init__(self, name: str, part: str) -> None:
        """Keep what was wrong; the words are the page's."""
        self.name, self.part = name, part
        super().__init__(f"{name}: this {part} cannot be. Measure again.")


class BadOrder(ClinicalError):
    """An order that names or sets something its protocol does not have."""


class BadKey(ClinicalError):
    """A text that is not the key of a task."""


class BadLadder(ClinicalError):
    """A ladder with no rungs, or with rungs out of order."""


class BadRhythm(ClinicalError):
    """A rhythm of visits that can never be placed."""


class MissingAnswers(ClinicalError):
    """Required items are blank; a blank is never taken for a zero."""

    def __init__(self, ids: Iterable[str]) -> None:
        self.ids = tuple(ids)
        super().__init__(f"No answer to {', '.join(self.ids)}. Answer every required item.")


class StrayAnswer(ClinicalError):
    """An answer to an item that does not exist, or one the item does not offer.

    The message leaves the answer out: messages reach logs, and answers must not.
    """

    def __init__(self, item: str, answer: object, takes: str) -> None:
        self.item, self.answer, self.takes = item, answer, takes
        super().__init__(f"{item[:24]}: this is not one of its answers. It takes {takes}.")


class UnknownFact(ClinicalError):
    """A fact the triage rules do not know; a misspelt fact must never pass for an all-clear."""

    def __init__(self, name: str, known: Iterable[str]) -> None:
        self.name = name
        super().__init__(f"No triage rule knows the fact {name!r}. They know: {', '.join(sorted(known))}.")
