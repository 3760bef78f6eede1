"""Medicines that are held: the two steps of each hold as the plan reads them, and the holds as people do.

A series comes through `plans.loaded`; nothing here asks the database.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from luna.clinical import hold
from luna.clinical import order as rules
from luna.clinical.hold import Hold, Span
from luna.clinical.moment import Moment
from luna.clinical.plan import Booking
from luna.clinical.protocol import Actor, Anchor, Step
from luna.intake import plans as intake
from luna.treatment import ordering
from luna.treatment.models import Order, Series

Handling = Order.Handling
LOOK_AHEAD = timedelta(hours=24)  # how long before a stop it is shown as open
ASKED = timedelta(hours=12)  # how long after its time a new start can be said to be done
STOP = "stop-"  # how the id of a step "last one, at the latest" begins


@dataclass(frozen=True, slots=True)
class Held:
    """A medicine left out without a break.

    order: the word its end goes by. first, last: the infusions it begins before and ends after, as hex.
    count: of its infusions. until: how long the new start is asked for. is_off: the last infusion, or
    the word, was called off after the medicine had been left out.
    """

    order: Order
    first: str
    last: str
    count: int
    stop_at: datetime
    restart_at: datetime
    until: datetime
    is_off: bool


def holds(series: Series, bookings: Iterable[Booking]) -> dict[str, tuple[Held, ...]]:
    """Return the holds of each medicine that has any, in order: `ordering.key` -> holds."""
    listed = tuple(bookings)
    return {key: found for key, one in _medicines(series).items() if (found := _held(one, listed))}


def as_rules_read(series: Series, bookings: Iterable[Booking]) -> tuple[rules.Order, ...]:
    """Return the steps of every held medicine, those that ended with the time they did."""
    listed = tuple(bookings)
    return tuple(step for one in _medicines(series).values() for step in _steps(one, listed))


@dataclass(frozen=True, slots=True)
class _Asked:
    """For how long a medicine is left out for one infusion, and by which word."""

    order: Order
    span: Span


@dataclass(frozen=True, slots=True)
class _Medicine:
    """All that was ordered about one medicine. words: the oldest first. over: id -> when one ended.

    stopped_at: when the series was. gone_at: since when they say that they do not take it, if they do.
    """

    words: tuple[Order, ...]
    over: Mapping[object, datetime]
    stopped_at: datetime | None
    gone_at: datetime | None

    def reaching(self, booking: Booking) -> list[Order]:
        """Return the words that are about an infusion."""
        reach = {None, booking.infusion}
        return [one for one in self.words if (one.infusion_id and one.infusion_id.hex) in reach]

    def ended_at(self, word: Order, booking: Booking) -> datetime | None:
        """Return when a word ended for an infusion: it was stopped, or a later one took its place."""
        reaching = self.reaching(booking)
        # A later word that was stopped before the infusion lets the earlier one stand again.
        later = [
            one.at
            for one in reaching[reaching.index(word) + 1 :]
            if one.id not in self.over or self.over[one.id] >= booking.starts_at
        ]
        ends = [*later[:1], self.over.get(word.id), self.gone(word)]
        return min((at for at in ends if at is not None), default=None)

    def gone(self, word: Order) -> datetime | None:
        """Return when, after a word, the patient said that they do not take it; None if they did not."""
        return self.gone_at if self.gone_at is not None and self.gone_at > word.at else None

    def asked(self, booking: Booking) -> _Asked | None:
        """Return for how long it is left out for an infusion, None if it is not.

        1. What was said is followed as it was said: a new word sets another end, or none: "take it".
        2. Where a word only ended, or the new one is "ask", nobody said how to go on: once the medicine
           was left out, the end that was signed stands.
        3. What was said after that end, or for the first time after the start, changes nothing.
        4. Nobody takes again what they do not take: it is for the prescriber to say.
        """
        found: _Asked | None = None
        for at, word in self._turns(booking):
            left_out = found if found is not None and found.span.from_at <= at else None
            if left_out is not None and left_out.span.restart_at <= at:
                break
            if word is not None and word.handling == Handling.HOLD:
                found = self._asks(word, booking, at, left_out)
            elif left_out is not None and (word is None or word.handling == Handling.ASK or word.at < at):
                span = left_out.span
                found = _Asked(left_out.order, replace(span, off_at=min(at, span.off_at or at)))
            else:
                found = None
        gone_at = self.gone(found.order) if found else None
        return found if gone_at is None or gone_at >= found.span.restart_at else None

    def _asks(self, word: Order, booking: Booking, at: datetime, before: _Asked | None) -> _Asked | None:
        """Return what a word asks for. before: what it was left out by when that was said."""
        known_at = before.span.known_at if before else max(at, booking.booked_at or at)
        if before is None and known_at >= booking.starts_at:
            return None
        span = Span(
            infusion=booking.infusion,
            stop_at=booking.starts_at - timedelta(minutes=word.stop_before_min),
            restart_at=booking.over_at + timedelta(minutes=word.restart_after_min),
            known_at=known_at,
            off_at=booking.off_at(self.stopped_at),
        )
        return _Asked(word, span)

    def _turns(self, booking: Booking) -> Iterator[tuple[datetime, Order | None]]:
        """Give each time something was said of it for an infusion, and the word in force from then on."""
        reaching = self.reaching(booking)
        times = {time for one in reaching for time in (one.at, self.over.get(one.id, one.at))}
        for at in sorted(times):
            said = [
                one
                for one in reaching
                if one.at <= at and (one.id not in self.over or at < self.over[one.id])
            ]
            yield at, said[-1] if said else None


def is_stop(step: str) -> bool:
    """Say whether a step is the last one of a held medicine. step: its id."""
    return step.startswith(STOP)


def _medicines(series: Series) -> dict[str, _Medicine]:
    over = ordering.ended(series)
    told = intake.by_name(series.patient.told)
    words: dict[str, list[Order]] = {}
    for one in series.orders.all():
        if one.what == Order.What.MEDICINE and not one.stopped:
            words.setdefault(ordering.key(one), []).append(one)
    gone = {key: row.recorded_at for key, row in told.items() if not row.is_taken}
    return {
        key: _Medicine(tuple(of_one), over, series.stopped_at, gone.get(key)) for key, of_one in words.items()
    }


def _asked(one: _Medicine, bookings: tuple[Booking, ...]) -> dict[str, _Asked]:
    """Return infusion -> for how long the medicine is left out for it."""
    found = {booking.infusion: one.asked(booking) for booking in bookings}
    return {infusion: asked for infusion, asked in found.items() if asked is not None}


def _held(one: _Medicine, bookings: tuple[Booking, ...]) -> tuple[Held, ...]:
    asked = _asked(one, bookings)
    return tuple(
        Held(
            order=asked[run.last.infusion].order,
            first=run.first.infusion,
            last=run.last.infusion,
            count=len(run.spans),
            stop_at=run.first.stop_at,
            restart_at=run.last.restart_at,
            until=_until(run),
            is_off=run.last.off_at is not None,
        )
        for run in hold.holds(each.span for each in asked.values())
    )


def _until(run: Hold) -> datetime:
    """Return how long a new start is asked for: not any more once the medicine is left out anew."""
    usual = run.last.restart_at + ASKED
    return usual if run.next_at is None else min(usual, run.next_at)


def _steps(one: _Medicine, bookings: tuple[Booking, ...]) -> Iterator[rules.Order]:
    """Give "last one" and "take it again" for each word that holds it, around each infusion it is about.

    Of infusions that are close the first has the one and the last the other.
    """
    asked = _asked(one, bookings)
    runs = {
        span.infusion: run for run in hold.holds(each.span for each in asked.values()) for span in run.spans
    }
    for booking in bookings:
        run = runs.get(booking.infusion)
        for word in one.reaching(booking):
            counts = run is not None and asked[booking.infusion].order == word
            if word.handling != Handling.HOLD or (word.at >= booking.starts_at and not counts):
                continue
            ended_at = one.ended_at(word, booking)
            if run is None or run.first.infusion == booking.infusion:
                since = run.since - booking.starts_at if run and run.since else None
                yield _rule(word, booking, _stop(word, since), ended_at)
            if run is None or run.last.infusion == booking.infusion:
                until = _until(run) - booking.over_at if run and counts else None
                yield _rule(word, booking, _again(word, until), one.gone(word) if counts else ended_at)


def _rule(word: Order, booking: Booking, step: Step, ended_at: datetime | None) -> rules.Order:
    return rules.Order(
        by=word.prescriber.name,
        at=word.at,
        add=step,
        infusion=booking.infusion,
        about=word.name,
        ended_at=ended_at,
    )


def _stop(word: Order, since: timedelta | None) -> Step:
    """Return "last one, at the latest". since: when it is taken at all, from the start; None if always."""
    stop = -timedelta(minutes=word.stop_before_min)
    opens = stop - LOOK_AHEAD
    return Step(
        id=f"{STOP}{_named(word)}",
        actor=Actor.PATIENT,
        anchor=Anchor.START,
        opens=Moment(offset=opens if since is None else max(opens, since)),
        due=Moment(offset=stop),
        closes=Moment(),
        kind=word.kind,
        guide="medicine-stop",
    )


def _again(word: Order, until: timedelta | None) -> Step:
    """Return "take it again". until: how long after the end it can be said to be done, where it stands."""
    again = timedelta(minutes=word.restart_after_min)
    return Step(
        id=f"again-{_named(word)}",
        actor=Actor.PATIENT,
        anchor=Anchor.END,
        opens=Moment(offset=again),
        due=Moment(offset=again),
        closes=Moment(offset=again + ASKED if until is None else until),
        kind=word.kind,
        guide="medicine-again",
        late_accepted=True,
        kept_from=None if until is None else -timedelta(minutes=word.stop_before_min),
    )


def _named(word: Order) -> str:
    """Return what names a medicine in the ids of its steps: the same whatever is ordered about it."""
    return hashlib.sha256(ordering.key(word).encode()).hexdigest()[:12]
