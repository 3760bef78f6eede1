"""Whether somebody lives alone: the newest word, and whether another says otherwise."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from luna.clinical.questionnaire import codes
from luna.intake.models import Enquiry
from luna.intake.plans.known import Known
from luna.records.models import Response

ALONE = "alone"
ITEM = "lives-with"


@dataclass(frozen=True, slots=True)
class Word:
    """What one side says: the patient in the intake, or staff in the enquiry. at: since when.

    kind: what it is shared as. own: the patient said it.
    """

    is_alone: bool
    by: str
    at: datetime
    kind: str
    own: bool

    def text(self) -> str:
        """Return it in words, as staff read it."""
        words = _("%(name)s: lives alone") if self.is_alone else _("%(name)s: does not live alone")
        return words % {"name": self.by}


@dataclass(frozen=True, slots=True)
class Home:
    """Both words, the newest first. alone: None while nobody said."""

    words: tuple[Word, ...]

    @property
    def alone(self) -> bool | None:
        """Return what was said last; of two said at once, that they live alone."""
        return self.words[0].is_alone if self.words else None

    @property
    def clash(self) -> bool:
        """Tell whether the two say otherwise."""
        return len({word.is_alone for word in self.words}) > 1

    @property
    def text(self) -> str:
        """Return who said what."""
        return "; ".join(word.text() for word in self.words)


def home(known: Known) -> Home:
    """Return whether somebody lives alone, as it is known.

    A word counts from when it was first said: to send other answers again, or to save another line of
    the enquiry, is not to say it anew.
    """
    asked = [row for row in known.responses if row.answers.get(ITEM)]
    sides = (_said(map(_of_response, asked)), _said(map(_of_enquiry, known.enquiries)))
    found = [word for word in sides if word is not None]
    return Home(tuple(sorted(found, key=lambda word: (word.at, word.is_alone), reverse=True)))


def _said(words: Iterable[Word | None]) -> Word | None:
    """Return the last word of one side, from when it was first said; None where it was taken back."""
    standing: Word | None = None
    for word in words:
        if word is None or standing is None or word.is_alone is not standing.is_alone:
            standing = word
    return standing


def _of_response(row: Response) -> Word:
    is_alone, own = ALONE in codes(row.answers[ITEM]), row.capacity == "patient"
    return Word(is_alone, row.by.name, row.recorded_at, kind=row.kind, own=own)


def _of_enquiry(row: Enquiry) -> Word | None:
    if row.lives_alone == Enquiry.Known.UNKNOWN:
        return None
    is_alone = row.lives_alone == Enquiry.Known.YES
    return Word(is_alone, row.by.name, row.recorded_at, kind=row.kind, own=False)
