"""The care plan: a protocol applied to one series. Worked out, never stored. FHIR: CarePlan, Task."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from operator import attrgetter
from zoneinfo import ZoneInfo

from luna.clinical.errors import BadBooking, BadKey, BadOrder, BadSpan
from luna.clinical.moment import DAY, NOTHING, Moment, SafeSide, instant
from luna.clinical.number import Number, span_of
from luna.clinical.order import Order
from luna.clinical.protocol import SERIES_ANCHORS, Actor, Anchor, Clock, Protocol, Step
from luna.clinical.tailoring import Because
from luna.clinical.task import Mark, Task, by_key, standing
from luna.clinical.tips import Choice, is_left_out

ANCHOR_ID = re.compile(r"[A-Za-z0-9-]{1,32}")
KEY = re.compile(r"([A-Za-z0-9-]{1,32})\.([a-z0-9-]{1,24})\.(0|[1-9][0-9]{0,2})")
EVENING, MORNING = time(22), time(6)
# The times of an infusion that may not be known, or never come.
MAY_BE = ("booked_at", "cancelled_at", "arrived_at", "started_at", "ended_at", "left_at", "home_at")


@dataclass(frozen=True, slots=True)
class Booking:
    """The times one infusion is planned for, and what has really happened. FHIR: Appointment.

    infusion: id, as hex. number: which infusion of the series, from 1. booked_at: since when it stands
    at this time. Every time is in UTC: adding hours to a local time would follow the wall clock across
    a clock change. Raises BadBooking.
    """

    infusion: str
    number: int
    revision: int
    starts_at: datetime
    ends_at: datetime
    booked_at: datetime | None = None
    cancelled_at: datetime | None = None
    arrived_at: datetime | None = None
    started_at: datetime | None = None
    ended_at: datetime | None = None
    left_at: datetime | None = None
    home_at: datetime | None = None

    def __post_init__(self) -> None:
        _check_anchor(self.infusion)
        for name in ("starts_at", "ends_at", *MAY_BE):
            _check_utc(name, getattr(self, name))
        if self.starts_at >= self.ends_at:
            raise BadBooking(
                f"The booking ends at {self.ends_at} but starts at {self.starts_at}. End it later."
            )

    @property
    def over_at(self) -> datetime:
        """Return when the infusion ended, or is to end."""
        return self.ended_at or self.ends_at

    def anchored(self, anchor: Anchor) -> datetime | None:
        """Return the instant an anchor stands for, or None while it has not happened."""
        if anchor in (Anchor.START, Anchor.SERIES_START):
            return self.starts_at
        if anchor in (Anchor.END, Anchor.SERIES_END):
            return self.over_at
        return self.left_at if anchor is Anchor.LEFT else self.home_at

    def off_at(self, stopped_at: datetime | None) -> datetime | None:
        """Return when it was called off, None while it is on. stopped_at: when its series was stopped."""
        if self.cancelled_at is None and stopped_at is not None and self.starts_at > stopped_at:
            return stopped_at
        return self.cancelled_at


@dataclass(frozen=True, slots=True)
class SeriesFacts:
    """All that is known of one series. zone: the clinic's; person_zones: where a person's differs.

    duty_zones: infusion -> the zone of the caretaker who is on duty for it; it wins over person_zones.
    tips: what the patient said of the tips for body and mind.
    rezoned: task key -> how often its times changed because the clinic went over to another zone.
    tags: who helps, and how. told: what was told of the patient, as tags with who said so.
    """

    series: str
    zone: str
    bookings: tuple[Booking, ...]
    orders: tuple[Order, ...] = ()
    tags: frozenset[str] = frozenset()
    told: tuple[Because, ...] = ()
    stopped_at: datetime | None = None
    person_zones: Mapping[Actor, str] = field(default_factory=dict)
    duty_zones: Mapping[str, str] = field(default_factory=dict)
    tips: tuple[Choice, ...] = ()
    rezoned: Mapping[str, int] = field(default_factory=dict)

    def zone_of(self, step: Step, infusion: str | None) -> str:
        """Return on whose clock a step's local times are read; infusion: None for a step of the series."""
        if step.clock is Clock.CLINIC:
            return self.zone
        usual = self.person_zones.get(step.actor, self.zone)
        if step.actor is not Actor.CARETAKER or infusion is None:
            return usual
        return self.duty_zones.get(infusion, usual)

    def __post_init__(self) -> None:
        _check_anchor(self.series)
        _check_utc("stopped_at", self.stopped_at)
        if len({booking.infusion for booking in self.bookings}) < len(self.bookings):
            raise BadBooking("An infusion has two bookings. Give only the newest revision of each.")


def task_key(anchor_hex: str, step_id: str, n: int) -> str:
    """Return the key of a task, a legal FHIR id. The same step of the same infusion keeps its key."""
    return f"{anchor_hex}.{step_id}.{n}"


def split_key(key: str) -> tuple[str, str, int]:
    """Return a key's anchor, step id and occurrence. Raises BadKey."""
    found = KEY.fullmatch(key)
    if not found:
        raise BadKey(f"{key[:80]!r} is not the key of a task. It looks like <anchor>.<step>.<n>.")
    return found[1], found[2], int(found[3])


def apply(protocol: Protocol, facts: SeriesFacts) -> tuple[Task, ...]:
    """Return every task of the series, by opening, due time and key.

    1. A step is there for whom all its tags hold: who helps, and what was told.
    2. Bookings that are cancelled, or start after the series was stopped, give nothing but what ends a
       step that had begun by then: whoever left out a medicine must take it again.
    3. Each step meets the anchors it counts from; left and home only once they have happened.
    4. Orders replace numbers, skip steps and add steps. Raises BadOrder if one does not fit the protocol.
    5. An order raises the revision of the tasks it concerns, as a move does: what was said of their
       former times no longer stands. It changes nothing that was over when it was signed.
    6. Tips that the patient leaves out are not asked; those that were over by then stay as they were.
    7. Times that changed with the clinic's zone raise the revision of their task, as a move does.
    """
    live = _live(facts)
    signed = _signed(protocol, facts.orders)
    origins: dict[tuple[Anchor, Actor | None], tuple[_Origin, ...]] = {}
    tasks: dict[str, Task] = {}
    tags = facts.tags | {one.tag for one in facts.told}
    for step, added in _steps(protocol, signed):
        if not step.needs <= tags:
            continue
        why = _because(step, facts)
        counted = step.anchor, None if step.clock is Clock.CLINIC else step.actor
        if counted not in origins:
            origins[counted] = tuple(_origins(step, facts, live, signed))
        for origin in origins[counted]:
            if origin.has(step, first=live[0].number, last=live[-1].number):
                tasks.update((task.key, task) for task in _tasks(step, added, origin, why))
        for origin in _kept(step, facts, signed):
            tasks.update((task.key, task) for task in _tasks(step, added, origin, why))
    for key in facts.rezoned.keys() & tasks.keys():
        tasks[key] = replace(tasks[key], revision=tasks[key].revision + facts.rezoned[key])
    asked = (one for one in tasks.values() if not is_left_out(facts.tips, one.step.part, one.closes_at))
    return tuple(sorted(asked, key=attrgetter("opens_at", "due_at", "key")))


def retimed(before: Iterable[Task], after: Iterable[Task], now: datetime) -> frozenset[str]:
    """Return the keys of the tasks that came to other instants and were not over by then.

    before, after: the tasks of one series, by other facts of whose clock they are on.
    """
    was = {task.key: _instants(task) for task in before if task.closes_at > now}
    return frozenset(one.key for one in after if one.key in was and was[one.key] != _instants(one))


def _instants(task: Task) -> tuple[datetime | None, ...]:
    return task.opens_at, task.due_at, task.closes_at, task.kind_at


def number_of(protocol: Protocol, facts: SeriesFacts, name: str, infusion: str | None) -> Number | None:
    """Return a number as it stands for one infusion, or the series if None; None if there is no such.

    Of the orders that reach it the latest signed wins, as in `apply`.
    """
    number = protocol.numbers.get(name)
    reaching = [
        one
        for one in facts.orders
        if one.number == name and one.ended_at is None and one.infusion in {None, infusion}
    ]
    if number is None or not reaching:
        return number
    latest = sorted(reaching, key=attrgetter("at"))[-1]
    return number if latest.value is None else replace(number, value=latest.value)


def next_moment(tasks: Iterable[Task], marks: Iterable[Mark], now: datetime) -> datetime | None:
    """Return the next instant at which an open task opens, is shown due, falls due or closes."""
    marked = by_key(marks)
    ahead = [
        moment
        for task in tasks
        if task.closes_at > now and not ((mark := standing(task, marked.get(task.key, ()))) and mark.done)
        for moment in (task.opens_at, task.kind_at, task.due_at, task.closes_at)
        if moment is not None and moment > now
    ]
    return min(ahead, default=None)


@dataclass(frozen=True, slots=True)
class _Origin:
    """What the steps of one infusion, or of the series, count from; and the orders that reach them."""

    key: str
    at: datetime
    day: date
    zone: ZoneInfo
    booking: Booking
    of_series: bool
    signed: tuple["_Signed", ...]

    def has(self, step: Step, *, first: int, last: int) -> bool:
        """Tell whether the protocol, or who added a step, asks for it here."""
        return self.of_series or step.applies_to(self.booking.number, first=first, last=last)

    def resolve(
        self, moment: Moment, step: Step, shift: timedelta, spans: Mapping[str, timedelta]
    ) -> datetime:
        """Return the instant of a moment, `shift` later for a repeated step. spans: those ordered."""
        if moment.at is None:
            return self.at + moment.elapsed(spans) + shift
        return instant(self.day + DAY * moment.day + shift, moment.at, self.zone, safe_side=step.safe_side)


@dataclass(frozen=True, slots=True)
class _Signed:
    """An order that fits its protocol, with the time it sets, if it sets one."""

    order: Order
    span: timedelta | None


def _because(step: Step, facts: SeriesFacts) -> tuple[Because, ...]:
    """Return what was told that switches a step on."""
    return tuple(one for one in facts.told if one.tag in step.needs)


def _live(facts: SeriesFacts) -> list[Booking]:
    live = [booking for booking in facts.bookings if booking.off_at(facts.stopped_at) is None]
    return sorted(live, key=attrgetter("starts_at", "infusion"))


def _signed(protocol: Protocol, orders: tuple[Order, ...]) -> list[_Signed]:
    """Return the orders, the latest last. Raises BadOrder if one does not fit the protocol."""
    signed = []
    for order in sorted(orders, key=attrgetter("at")):
        if order.skip is not None and all(step.id != order.skip for step in protocol.steps):
            raise BadOrder(f"Protocol '{protocol.id}' has no step '{order.skip}' to skip. Name one it has.")
        if order.number is not None and order.number not in protocol.numbers:
            raise BadOrder(f"Protocol '{protocol.id}' has no number '{order.number}'. Name one it has.")
        if order.add is not None and any(step.id == order.add.id for step in protocol.steps):
            raise BadOrder(f"Protocol '{protocol.id}' has the step '{order.add.id}' already. Add another.")
        signed.append(_Signed(order, _span(protocol, order)))
    return signed


def _steps(protocol: Protocol, signed: list[_Signed]) -> Iterator[tuple[Step, Order | None]]:
    """Give every step, and the order that added it; of one added twice, the latest comes last."""
    for step in protocol.steps:
        yield step, None
    for one in signed:
        if one.order.add is not None:
            yield one.order.add, one.order


def _span(protocol: Protocol, order: Order) -> timedelta | None:
    if order.number is None or order.value is None:
        return None
    try:
        return span_of(order.value, protocol.numbers[order.number].unit)
    except BadSpan as problem:
        raise BadOrder(f"{order.number}: {problem}") from problem


def _origins(step: Step, facts: SeriesFacts, live: list[Booking], signed: list[_Signed]) -> Iterator[_Origin]:
    of_series = step.anchor in SERIES_ANCHORS
    ends = live[:1] if step.anchor is Anchor.SERIES_START else live[-1:]
    for booking in ends if of_series else live:
        at = booking.anchored(step.anchor)
        if at is None:
            continue
        zone = ZoneInfo(facts.zone_of(step, None if of_series else booking.infusion))
        reach = {None} if of_series else {None, booking.infusion}
        here = [one for one in signed if one.order.infusion in reach]
        yield _Origin(
            key=facts.series if of_series else booking.infusion,
            at=at,
            day=at.astimezone(zone).date(),
            zone=zone,
            booking=booking,
            of_series=of_series,
            signed=tuple(here),
        )


def _kept(step: Step, facts: SeriesFacts, signed: list[_Signed]) -> Iterator[_Origin]:
    """Give the infusions that were called off when what this step ends had begun."""
    if step.kept_from is None:
        return
    for booking in facts.bookings:
        off_at = booking.off_at(facts.stopped_at)
        if off_at is not None and off_at >= booking.starts_at + step.kept_from:
            yield from _origins(step, facts, [booking], signed)


def _tasks(step: Step, added: Order | None, origin: _Origin, why: tuple[Because, ...]) -> Iterator[Task]:
    """Give a step's tasks, as the orders that reach each of them leave it."""
    for n in range(step.times):
        concerned = [one for one in origin.signed if one.order.concerns(step)]
        if not concerned:
            if added is None:
                yield _task(step, origin, n, why=why)
            continue
        # What was over when an order was signed, or ended, stays as it was.
        limit = max(origin.at, origin.resolve(step.closes, step, _shift(step, n), {}))
        standing = [one for one in concerned if one.order.stands(limit)]
        if added is not None and all(one.order is not added for one in standing):
            continue
        if all(one.order.skip is None for one in standing):
            changes = sum(one.order.changes(limit) for one in concerned)
            yield _task(step, origin, n, why=why, standing=standing, changes=changes)


def _shift(step: Step, n: int) -> timedelta:
    return step.every * n if step.every else NOTHING


def _task(
    step: Step,
    origin: _Origin,
    n: int,
    *,
    why: tuple[Because, ...],
    standing: Sequence[_Signed] = (),
    changes: int = 0,
) -> Task:
    shift = _shift(step, n)
    spans = {one.order.number: one.span for one in standing if one.order.number and one.span is not None}
    due_at = origin.resolve(step.due, step, shift, spans)
    opens_at = min(origin.resolve(step.opens, step, shift, spans) - _sooner(step, spans), due_at)
    return Task(
        key=task_key(origin.key, step.id, n),
        step=step,
        infusion=None if origin.of_series else origin.booking.infusion,
        number=None if origin.of_series else origin.booking.number,
        revision=origin.booking.revision + changes,
        opens_at=opens_at,
        due_at=due_at,
        closes_at=max(origin.resolve(step.closes, step, shift, spans), due_at),
        kind_at=_kind(opens_at, due_at, origin.zone) if step.kind_time else None,
        zone=origin.zone.key,
        order=standing[-1].order if standing else None,
        because=why,
    )


def _sooner(step: Step, spans: Mapping[str, timedelta]) -> timedelta:
    """Return how much an order pulls the due time forward: the window then opens as much sooner."""
    if not spans or step.opens.number is not None:
        return NOTHING
    return max(step.due.offset - step.due.elapsed(spans), NOTHING)


def _kind(opens_at: datetime, due_at: datetime, zone: ZoneInfo) -> datetime | None:
    """Return 22:00 of the evening before a limit in the night, unless the task is not open by then."""
    local = due_at.astimezone(zone)
    if MORNING <= local.time() < EVENING:
        return None
    evening = local.date() if local.time() >= EVENING else local.date() - DAY
    kind_at = instant(evening, EVENING, zone, safe_side=SafeSide.EARLIER)
    return kind_at if opens_at <= kind_at < due_at else None


def _check_anchor(anchor: str) -> None:
    if not ANCHOR_ID.fullmatch(anchor):
        raise BadBooking(
            f"{anchor[:40]!r} cannot be part of a key. Use the id as hex, at most 32 characters."
        )


def _check_utc(name: str, at: datetime | None) -> None:
    # London in winter has no offset either, but adding hours to it follows the wall clock.
    if at is not None and str(at.tzinfo) != "UTC":
        raise BadBooking(f"{name} is {at}, which is not in UTC. Convert it with astimezone(UTC).")
