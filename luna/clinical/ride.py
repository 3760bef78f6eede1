"""The ride home: who takes a patient home from one infusion, and who is in reserve. FHIR: Appointment.

People say things about an infusion, one after the other, and the latest counts. What was said before
its time moved was said of another time: it counts no more. Nobody drives who has not said yes.
"""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum


class Said(StrEnum):
    """What can be said of one person and the way home from one infusion."""

    ASKED = "asked"  # they are to answer
    CONFIRMED = "confirmed"  # they are coming
    DECLINED = "declined"  # they are not coming: before a yes, or after it
    STEPS_IN = "steps-in"  # the reserve is coming in place of the first
    TAKEN_BACK = "taken-back"  # they are no longer asked
    NOT_NEEDED = "not-needed"  # the patient does not travel


class Hears(StrEnum):
    """What somebody who is asked, or was, has to hear of a ride."""

    ASKED = "asked"  # they are to say yes or no
    OPEN = "open"  # nobody is to come any more, and they are the reserve
    OFF = "off"  # they need not come


class State(StrEnum):
    """How the ride home stands."""

    NONE = "none"
    ASKED = "asked"
    CONFIRMED = "confirmed"
    DECLINED = "declined"
    NOT_NEEDED = "not-needed"


@dataclass(frozen=True, slots=True)
class Word:
    """One thing that was said. ask: the asking it is about; begins: it is that asking itself.

    A CONFIRMED that begins is "I drive", said unasked. who: their id as a member of the circle, None for
    somebody named by link. revision: of the times they were asked for.
    """

    said: Said
    ask: str
    at: datetime
    revision: int
    begins: bool = False
    who: str | None = None
    name: str = ""
    has_phone: bool = False
    is_reserve: bool = False
    by_taxi: bool = False


@dataclass(frozen=True, slots=True)
class Driver:
    """Who was asked, and what they said. by_taxi: they go with the patient in a taxi. since: of that word."""

    ask: str
    who: str | None
    name: str
    has_phone: bool
    by_taxi: bool
    state: State
    since: datetime


@dataclass(frozen=True, slots=True)
class Ride:
    """How the ride home from one infusion stands.

    driver: who is asked, is coming, or said no last. reserve: who may step in, None if they said no.
    since: when it came to stand so. voided: what stood was for another time. left: whoever was asked
    is no longer in the circle, or may not drive.
    """

    state: State = State.NONE
    driver: Driver | None = None
    reserve: Driver | None = None
    since: datetime | None = None
    voided: bool = False
    left: bool = False

    @property
    def is_gap(self) -> bool:
        """Tell whether nobody is even asked, though somebody has to come."""
        return self.state in {State.NONE, State.DECLINED}

    @property
    def is_open(self) -> bool:
        """Tell whether somebody was to come at this time, and nobody is any more."""
        return self.is_gap and self.since is not None

    @property
    def is_set(self) -> bool:
        """Tell whether somebody has said yes, or nobody has to come."""
        return self.state in {State.CONFIRMED, State.NOT_NEEDED}

    @property
    def asked(self) -> tuple[Driver, ...]:
        """Return those who are asked or are coming: the first, then the reserve."""
        first = self.driver if self.state in {State.ASKED, State.CONFIRMED} else None
        return tuple(one for one in (first, self.reserve) if one is not None)

    def of(self, ask: str) -> Driver | None:
        """Return whom an asking made the driver or the reserve, None if it stands no more."""
        return next((one for one in (self.driver, self.reserve) if one is not None and one.ask == ask), None)


@dataclass(frozen=True, slots=True)
class Hearing:
    """One asking, what whoever was asked has to hear, and since when it is so."""

    ask: str
    hears: Hears
    since: datetime


STATES = {
    Said.ASKED: State.ASKED,
    Said.CONFIRMED: State.CONFIRMED,
    Said.DECLINED: State.DECLINED,
    Said.STEPS_IN: State.CONFIRMED,
}


def standing(words: Iterable[Word], *, revision: int, here: Collection[str]) -> Ride:
    """Return how the ride home from one infusion stands. words: about it, oldest first.

    revision: of the times it has now. here: ids of the members of the circle who may drive.

    1. Only what was said of the times it has now counts.
    2. The latest word counts. Whoever is asked next takes the place of the one before.
    3. Nobody counts who is not in the circle now, or may not drive; named by link, they are in none.
    """
    found, before = Ride(), Ride()
    for word in words:
        if word.revision == revision:
            found = _after(found, word)
        else:
            before = _after(before, word)
    if found == Ride():
        return Ride(voided=before.state in {State.ASKED, State.CONFIRMED, State.NOT_NEEDED})
    return _of_the_present(found, here)


def hearings(
    words: Iterable[Word], *, revision: int, here: Collection[str], is_off: bool
) -> tuple[Hearing, ...]:
    """Return what everybody who is asked, or was, has to hear now. words, revision, here: as `standing`.

    is_off: the infusion is not given. Who said no themselves hears nothing, nor who has said yes.
    """
    said = tuple(words)
    stands = standing(said, revision=revision, here=here)
    if is_off:
        now = [Hearing(one.ask, Hears.OFF, one.since) for one in stands.asked]
    else:
        now = [heard for one in stands.asked if (heard := _hearing(stands, one))]
    return (*_released(said), *now)


def _hearing(stands: Ride, one: Driver) -> Hearing | None:
    if one == stands.reserve and stands.is_open and stands.since is not None:
        return Hearing(one.ask, Hears.OPEN, stands.since)
    return Hearing(one.ask, Hears.ASKED, one.since) if one.state is State.ASKED else None


def _released(words: Iterable[Word]) -> Iterator[Hearing]:
    """Give whom another word than their own no let go. A move lets nobody go: it asks them anew."""
    found, revision = Ride(), 0
    for word in words:
        before = found if word.revision == revision else Ride()
        found, revision = _after(before, word), word.revision
        kept = {one.ask for one in found.asked}
        if word.said is not Said.DECLINED:
            yield from (Hearing(one.ask, Hears.OFF, word.at) for one in before.asked if one.ask not in kept)


def _after(found: Ride, word: Word) -> Ride:
    """Return how things stand after one more word."""
    if word.said is Said.NOT_NEEDED:
        return Ride(state=State.NOT_NEEDED, since=word.at)
    known = found.of(word.ask)
    if known is None:
        return _opened(found, word) if word.begins else found
    is_reserve = known == found.reserve
    if word.said is Said.TAKEN_BACK or (is_reserve and word.said is Said.DECLINED):
        return _without(found, known, word.at)
    one = replace(known, state=STATES[word.said], since=word.at)
    if is_reserve and word.said is not Said.STEPS_IN:
        return replace(found, reserve=one)
    reserve = None if is_reserve else found.reserve
    return replace(found, state=one.state, driver=one, reserve=reserve, since=word.at)


def _opened(found: Ride, word: Word) -> Ride:
    """Return how things stand once somebody new was asked, or said that they drive."""
    state = STATES[word.said]
    one = Driver(word.ask, word.who, word.name, word.has_phone, word.by_taxi, state, word.at)
    if word.is_reserve:
        return replace(Ride() if found.state is State.NOT_NEEDED else found, reserve=one)
    return replace(found, state=state, driver=one, since=word.at)


def _without(found: Ride, one: Driver, at: datetime) -> Ride:
    if one == found.reserve:
        return replace(found, reserve=None)
    return replace(found, state=State.NONE, driver=None, since=at)


def _of_the_present(found: Ride, here: Collection[str]) -> Ride:
    """Return the same without anybody who is not in the circle now, or may not drive."""
    if not _is_here(found.reserve, here):
        found = replace(found, reserve=None)
    if _is_here(found.driver, here):
        return found
    return replace(found, state=State.NONE, driver=None, left=found.state is not State.DECLINED)


def _is_here(one: Driver | None, here: Collection[str]) -> bool:
    return one is None or one.who is None or one.who in here
