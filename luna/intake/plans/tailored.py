"""What was told that switches steps of a plan on or off, as the rules want it."""

from collections.abc import Callable, Iterable, Iterator
from datetime import date

from luna.clinical.questionnaire import codes
from luna.clinical.tailoring import Tag, Word, of_medicine
from luna.intake.models import Medicine
from luna.intake.plans import home as home_of
from luna.intake.plans import medicines as medicines_of
from luna.intake.plans.known import Known
from luna.records.models import Response

ILLNESSES, RIDE = "organs", "ride-home"  # the items that ask
TRAUMA = "intake-ptsd"
UNSURE = "not-sure"
NO_RIDE = frozenset({"not-yet", "nobody"})


def words(known: Known, *, since: date) -> tuple[Word, ...]:
    """Return what each side says now of what steps ask for. No queries.

    since: a medicine that was stopped on that day or later still counts: its effect outlasts it (ix-glp1).

    An answer counts from when it was first given: to send the same again is not to say it anew. A medicine
    counts from when it was told last, for another dose is another thing to decide.
    """
    asked = (
        _answer(known.responses, ILLNESSES, Tag.DIABETES, _diabetes),
        _answer(known.responses, RIDE, Tag.NO_DRIVER, lambda said: bool(said & NO_RIDE)),
        _trauma(known.responses),
    )
    return (
        *(word for word in asked if word is not None),
        *_home(known),
        *_medicines(known.medicines, since),
    )


def _diabetes(said: frozenset[str]) -> bool | None:
    return True if "diabetes" in said else None if UNSURE in said else False


def _answer(
    rows: Iterable[Response], item: str, tag: Tag, read: Callable[[frozenset[str]], bool | None]
) -> Word | None:
    """Return the newest answer to an item, from when it was first given; None while it was never asked."""
    standing: Word | None = None
    for row in rows:
        if answer := row.answers.get(item):
            word = _word(row, tag, read(frozenset(codes(answer))))
            if word.is_so is None and standing is not None and standing.is_so:
                continue  # not being sure takes no earlier yes away
            if standing is None or word.is_so is not standing.is_so:
                standing = word
    return standing


def _trauma(rows: Iterable[Response]) -> Word | None:
    """Return the word of whoever answered the questions on trauma, once they were sent."""
    # Of what was sent together only the answers on health: that they are there is no secret of another kind.
    told = (row for row in rows if row.questionnaire == TRAUMA and row.kind == Response.Kind.HISTORY)
    first = next(told, None)
    return None if first is None else _word(first, Tag.TRAUMA, is_so=True)


def _word(row: Response, tag: Tag, is_so: bool | None) -> Word:
    own = row.capacity == "patient"
    return Word(tag, is_so, row.by.name, row.recorded_at, row.kind, own=own)


def _home(known: Known) -> Iterator[Word]:
    for word in home_of.home(known).words:
        yield Word(Tag.LIVES_ALONE, word.is_alone, word.by, word.at, word.kind, own=word.own)


def _medicines(rows: Iterable[Medicine], since: date) -> Iterator[Word]:
    found = medicines_of.medicines_in(rows, ())
    lately = (row for row in found.stopped if row.stopped_on is not None and row.stopped_on >= since)
    for row in (*found.current, *lately):
        for tag in of_medicine(frozenset(row.codes)):
            yield Word(
                tag,
                True,
                row.by.name,
                row.recorded_at,
                row.kind,
                own=row.capacity == "patient",
                medicine=row.name,
                stopped=row.stopped_on is not None,
            )
