"""What was told of a person, and which steps that switches on. Nothing stored: worked out each time.

A step names tags in `needs`. The tags here come from what somebody told; who helps, and how, gives others.
A missing answer is never an all-clear: nobody knowing is a tag of its own where a step has to ask, and no tag
takes away what everybody is asked. Source: sx-diabetes, ix-glp1, sx-home-alone, sx-no-escort, sx-unsure.
"""

from collections.abc import Iterable, Iterator, Set
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

# Tags of who helps, and how, by what each helper said of themselves.
HAS_CARETAKER = "has-caretaker"
HELP = frozenset({HAS_CARETAKER, "lives-with", "comes-over", "drives", "phone"})
STAFF_ONLY = "staff-only"  # what of the patient only staff know
HISTORY = "history"  # what a tag is shared as while nobody told anything of it


class Tag(StrEnum):
    """Something a step may need to be true of a person."""

    DIABETES = "diabetes"
    ASK_DIABETES = "ask-diabetes"  # nobody said, or they are not sure
    GLP1 = "glp-1"  # takes a medicine of the GLP-1 kind
    LIVES_ALONE = "lives-alone"
    NO_DRIVER = "no-driver"  # nobody is known who could take them home
    TRAUMA = "trauma"  # answered the questions about it, whatever the protocol is for


# The classes of medicines that tell of diabetes. Some of them have other uses: then the prescriber says so.
# Source: ix-insulin, ix-sulfonylureas, ix-sglt2, ix-diabetes-tablets.
SUGAR = frozenset({"insulin", "sulfonylurea", "sglt2-inhibitor", "diabetes-other"})
STOMACH = frozenset({"glp1"})  # Source: ix-glp1


@dataclass(frozen=True, slots=True)
class Word:
    """What one side says of one thing now, and since when. FHIR: Observation.

    tag: what it is about, of `Tag`; a word on diabetes is about `DIABETES`. is_so: None for "not sure".
    by: who said it, as people read the name. own: the patient said it. kind: what it is shared as.
    medicine: the name of the medicine that says it, empty for an answer; stopped: they take it no more.
    """

    tag: str
    is_so: bool | None
    by: str
    at: datetime
    kind: str
    own: bool = False
    medicine: str = ""
    stopped: bool = False


@dataclass(frozen=True, slots=True)
class Because:
    """A tag that holds, and the words it holds by, the newest first; none while nobody told anything."""

    tag: str
    words: tuple[Word, ...] = ()

    def since(self, *, of_clinic: bool) -> datetime | None:
        """Return when the newest of its words was said: what was marked before is asked again.

        of_clinic: for a step of the clinic. What only staff know asks nobody else again, where another word
        stands: it would show.
        """
        shown = [word.at for word in self.words if of_clinic or word.kind != STAFF_ONLY]
        return max(shown or (word.at for word in self.words), default=None)

    def is_open_to(self, kinds: Set[str]) -> bool:
        """Tell whether somebody who sees these kinds may know that it holds."""
        return not kinds.isdisjoint({word.kind for word in self.words} or {HISTORY})

    def to(self, kinds: Set[str]) -> tuple[Word, ...]:
        """Return the words that somebody who sees these kinds may read."""
        return tuple(word for word in self.words if word.kind in kinds)


def of_medicine(codes: Set[str]) -> Iterator[Tag]:
    """Give the tags that taking a medicine of some classes tells of."""
    if not SUGAR.isdisjoint(codes):
        yield Tag.DIABETES
    if not STOMACH.isdisjoint(codes):
        yield Tag.GLP1


def because(words: Iterable[Word], *, driver_since: datetime | None) -> tuple[Because, ...]:
    """Return the tags that hold by what was told, in the order of `Tag`.

    words: what each side says now; sides that contradict each other go to the safer one, which is the one
    that switches a step on. driver_since: since when somebody is known who could drive, None for nobody.

    - Diabetes: an answer or a medicine says so. Nobody said, or not sure: the step that asks.
    - GLP-1: a medicine says so, also one that was stopped only lately. Nobody said: all are told to ask,
      see the guide `last-food`.
    - Lives alone: the patient or staff say so. Nobody said: readiness asks for the adult anyway.
    - No driver: the patient says so and nobody came forward since; or neither says anything.
    """
    # Of two words said at once, the one that switches a step on.
    said = sorted(words, key=lambda word: (word.at, word.is_so is not False), reverse=True)
    found = {
        tag: tuple(word for word in said if word.tag == tag and word.is_so)
        for tag in (Tag.DIABETES, Tag.GLP1, Tag.LIVES_ALONE, Tag.TRAUMA)
    }
    holds = [Because(tag, yes) for tag, yes in found.items() if yes]
    return tuple(
        sorted(
            (*holds, *_unknown_diabetes(said), *_no_driver(said, driver_since)),
            key=lambda one: list(Tag).index(Tag(one.tag)),
        )
    )


def _unknown_diabetes(said: Iterable[Word]) -> Iterator[Because]:
    words = [word for word in said if word.tag == Tag.DIABETES]
    if all(word.is_so is None for word in words):
        yield Because(Tag.ASK_DIABETES, tuple(words))


def _no_driver(said: Iterable[Word], driver_since: datetime | None) -> Iterator[Because]:
    word = next((word for word in said if word.tag == Tag.NO_DRIVER), None)
    if word is None:
        if driver_since is None:
            yield Because(Tag.NO_DRIVER)
    elif word.is_so is not False and (driver_since is None or driver_since <= word.at):
        yield Because(Tag.NO_DRIVER, (word,))
