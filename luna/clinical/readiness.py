"""Readiness: go, wait or hold for one infusion, and every reason with who can mend it.

Values in, values out: codes and times, never prose. Nothing is stored; it is worked out anew whenever
somebody looks, and once more in the transaction that starts the infusion. What nobody told is waited for:
a missing fact is never an all-clear. What somebody said of other times does not count: a move asks for
the ride, for the adult who stays and for fasting anew.

Sources (library/evidence.toml): escort, ride-default, briefing-default, medicines-as-ordered,
fasting-default, fasting-asa, tests-pregnancy, sx-bp-today, pressure-recheck, pressure-hold.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from enum import IntEnum, StrEnum
from itertools import takewhile

from luna.clinical.plan import Booking
from luna.clinical.protocol import RIDE, Actor
from luna.clinical.ride import Ride, State
from luna.clinical.task import Mark, Task


class Verdict(StrEnum):
    """What all reasons come to. Only a clinician starts, and only at go."""

    GO = "go"
    WAIT = "wait"  # something is missing that somebody can still see to
    HOLD = "hold"  # something speaks against it, and a prescriber decides


class Level(IntEnum):
    """How one reason stands, in rising order."""

    FINE = 0
    ASK = 1  # nobody can know it yet: it is asked at arrival
    LATER = 2  # not open yet: nobody is late with it
    WAIT = 3
    HOLD = 4


class Mender(StrEnum):
    """Who can put a reason right."""

    PATIENT = "patient"
    CARETAKER = "caretaker"
    DRIVER = "driver"
    CLINIC = "clinic"
    PRESCRIBER = "prescriber"


MENDERS = {
    Actor.PATIENT: Mender.PATIENT,
    Actor.CARETAKER: Mender.CARETAKER,
    Actor.CLINIC: Mender.CLINIC,
}
CURRENT = "current"  # how a consent or a decision stands that holds
MOVED = "moved"  # how something stands that was said of other times
# What nobody decides away: the patient's yes, and what is asked or measured in a moment at arrival.
FIRM_CODES = frozenset({"consent"})
UNASKED = frozenset(
    {
        ("fasting", "unasked"),
        ("fasting", "meal"),
        ("fasting", "over"),
        ("pressure", "unmeasured"),
        ("pressure", "recheck"),
        ("pressure", "over"),
    }
)
RECHECK = timedelta(minutes=5)  # between two readings above the limit: pressure-recheck


@dataclass(frozen=True, slots=True)
class Override:
    """A prescriber's word that an infusion goes ahead in spite of some reasons.

    keys: of those reasons. by: the prescriber. writer: who wrote down what they said, empty where they did.
    """

    keys: frozenset[str]
    by: str
    at: datetime
    words: str
    writer: str = ""


@dataclass(frozen=True, slots=True)
class Reason:
    """One thing that was looked at.

    code, how: what, and how it stands. about: what it is about, where a code has several, or what else
    would make it another reason: a task's key, a medicine, the findings, what was told at arrival.
    It names who or what a prescriber saw: somebody else, or something told later, is no longer set aside.
    name: of the person or thing, as people read it. source: what says so, empty where nothing does.
    at: when that was said. expires: until when it counts. revision: the booking it was judged for.
    by: until when it can be mended. audience: the kind of information it is, as a care circle shares it.
    """

    code: str
    how: str
    level: Level
    revision: int
    about: str = ""
    name: str = ""
    source: str = ""
    at: datetime | None = None
    expires: datetime | None = None
    mender: Mender | None = None
    by: datetime | None = None
    audience: str = "schedule"
    override: Override | None = None

    @property
    def key(self) -> str:
        """Return what names it as it stands: once it stands otherwise, no override or chase counts."""
        return f"{self.code}.{self.how}:{self.about}" if self.about else f"{self.code}.{self.how}"

    @property
    def is_open(self) -> bool:
        """Tell whether it keeps the infusion from starting."""
        return self.level >= Level.LATER and self.override is None

    @property
    def can_be_overridden(self) -> bool:
        """Tell whether a prescriber may decide that the infusion goes ahead in spite of it."""
        is_firm = self.code in FIRM_CODES or (self.code, self.how) in UNASKED
        return self.is_open and not is_firm


@dataclass(frozen=True, slots=True)
class Readiness:
    """All reasons of one infusion, the gravest first."""

    reasons: tuple[Reason, ...]

    @property
    def verdict(self) -> Verdict:
        """Return go only when nothing is open."""
        worst = max((one.level for one in self.open), default=Level.FINE)
        return Verdict.HOLD if worst is Level.HOLD else Verdict.WAIT if self.open else Verdict.GO

    @property
    def open(self) -> tuple[Reason, ...]:
        """Return what keeps it from starting."""
        return tuple(one for one in self.reasons if one.is_open)

    @property
    def asks(self) -> bool:
        """Tell whether something is still to be asked at arrival."""
        return any(one.level is Level.ASK for one in self.reasons)


@dataclass(frozen=True, slots=True)
class Stands:
    """How a consent or a decision stands. how: `CURRENT`, or why it does not hold. until: its end.

    about: what speaks against it, where that may change while `how` does not.
    """

    how: str
    source: str = ""
    about: str = ""
    at: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Adult:
    """The adult who stays: who is on duty, and of which booking they said so. who: empty for nobody.

    briefed_at: when they signed the briefing. is_barred: must not take the patient home; for staff alone.
    is_away: they also said that they are not there to take the patient home, or in the hours after.
    """

    who: str = ""
    at: datetime | None = None
    revision: int = 0
    briefed_at: datetime | None = None
    is_barred: bool = False
    source: str = ""
    is_away: bool = False


@dataclass(frozen=True, slots=True)
class Medicine:
    """A medicine of the plan. stop_at: when it is left out from, None while nobody decided about it.

    said: it was left out as ordered; False: it was not; None: nobody said.
    """

    key: str
    name: str
    kind: str
    stop_at: datetime | None
    said: bool | None = None
    at: datetime | None = None
    source: str = ""


@dataclass(frozen=True, slots=True)
class Gate:
    """A step that must be done before the infusion, and the mark that stands. name: as people read it."""

    task: Task
    mark: Mark | None
    name: str


class Meal(StrEnum):
    """What somebody ate last. Whoever is not sure may have eaten anything."""

    LIGHT = "light"
    HEAVY = "heavy"
    NOT_SURE = "not-sure"


@dataclass(frozen=True, slots=True)
class Arrival:
    """What staff asked when the patient came: last food, last drink, and medicines as ordered or not.

    meal: what the last food was, of `Meal`; empty where nobody asked.
    """

    food_at: datetime
    drink_at: datetime
    as_ordered: bool
    at: datetime
    revision: int
    source: str = ""
    meal: str = ""


@dataclass(frozen=True, slots=True)
class Pressure:
    """A blood pressure that was measured at arrival, in mmHg. by: the id of who measured it."""

    systolic: Decimal
    diastolic: Decimal
    at: datetime
    source: str = ""
    by: str = ""


@dataclass(frozen=True, slots=True)
class Facts:
    """All that is known of one infusion.

    ride: of the times it has now. ride_asked_from: since when it is asked for, None where no step says.
    is_driver_barred: whoever is asked or coming must not take the patient home; for staff alone.
    pregnancy: whether the test it asks for was done, None where none is asked for. pregnancy_from: since
    when a test counts for it, None where the protocol names no age. food, drink: how long before the start
    without, None where the protocol or an order does not ask. ate_late: the patient said so. heavy: how long
    without a fatty or heavy meal, None where the rule tells no meal from another. needs_briefing: the
    protocol asks that the adult who stays is briefed. desk_until: when the booked time is over, until which
    counts what was asked and measured at arrival. pressures: measured for this infusion. most_systolic,
    most_diastolic: mmHg above which it waits for a prescriber, None where the protocol names no limit.
    hold_systolic, hold_diastolic: mmHg from which one reading is enough for that.
    """

    booking: Booking
    consent: Stands
    eligibility: Stands
    ride: Ride
    adult: Adult
    ride_asked_from: datetime | None = None
    is_driver_barred: bool = False
    pregnancy: Stands | None = None
    pregnancy_from: datetime | None = None
    medicines: tuple[Medicine, ...] = ()
    gates: tuple[Gate, ...] = ()
    arrival: Arrival | None = None
    desk_until: datetime | None = None
    food: timedelta | None = None
    drink: timedelta | None = None
    heavy: timedelta | None = None
    ate_late: bool = False
    needs_briefing: bool = True
    pressures: tuple[Pressure, ...] = ()
    most_systolic: Decimal | None = None
    most_diastolic: Decimal | None = None
    hold_systolic: Decimal | None = None
    hold_diastolic: Decimal | None = None
    overrides: tuple[Override, ...] = ()

    @property
    def asked(self) -> Arrival | None:
        """Return what was asked at arrival, if about this booking, since they came: a move asks anew.

        So does an arrival that was taken back: it may have been somebody else's.
        """
        found, arrived_at = self.arrival, self.booking.arrived_at
        if found is None or arrived_at is None or found.at < arrived_at:
            return None
        return found if found.revision == self.booking.revision else None

    @property
    def measured(self) -> tuple[Pressure, ...]:
        """Return the blood pressures that count, in the order of time: since they came, at these times."""
        arrived_at, booked_at = self.booking.arrived_at, self.booking.booked_at
        if arrived_at is None:
            return ()
        since = max(arrived_at, booked_at or arrived_at)
        return tuple(sorted((one for one in self.pressures if one.at >= since), key=lambda one: one.at))

    def is_over(self, now: datetime) -> bool:
        """Say whether it did not start in the time it is booked for: nothing asked at arrival counts now."""
        return self.desk_until is not None and now >= self.desk_until and self.booking.started_at is None


def assess(facts: Facts, now: datetime) -> Readiness:
    """Return how one infusion stands now.

    1. Each thing gives one reason, fine or not. What is missing waits; what speaks against it holds.
    2. What must last until the start is judged at the booked start, or now if that is past.
    3. A prescriber's override takes the reasons it names out of the verdict. They are shown still.
    """
    reasons = [
        _consent(facts, now),
        _eligibility(facts, now),
        *_pregnancy(facts, now),
        *_medicines(facts, now),
        *_fasting(facts, now),
        *_pressure(facts, now),
        *_gates(facts, now),
        *_ride(facts, now),
        *_adult(facts),
    ]
    booked_at = facts.booking.booked_at
    # Signed for another time, it was about another day.
    signed = [one for one in facts.overrides if booked_at is None or one.at >= booked_at]
    said = [_with_override(one, signed) for one in reasons]
    return Readiness(tuple(sorted(said, key=lambda one: (not one.is_open, -one.level))))


def next_moment(facts: Facts, now: datetime) -> datetime | None:
    """Return the next instant at which time alone makes an infusion stand otherwise, or be said otherwise."""
    asked, booking = facts.asked, facts.booking
    moments = [booking.starts_at, facts.ride_asked_from, facts.consent.until, facts.eligibility.until]
    moments += [facts.pregnancy.until, facts.pregnancy_from] if facts.pregnancy else []
    moments += [one.stop_at for one in facts.medicines]
    moments += [at for gate in facts.gates for at in (gate.task.opens_at, gate.task.due_at)]
    moments += _ends(facts, asked) if asked is not None else []
    moments += [facts.desk_until] if asked is not None or facts.measured else []
    return min((at for at in moments if at is not None and at > now), default=None)


def _with_override(reason: Reason, overrides: Iterable[Override]) -> Reason:
    if not reason.can_be_overridden:
        return reason
    ours = [one for one in overrides if reason.key in one.keys]
    return replace(reason, override=max(ours, key=lambda one: one.at)) if ours else reason


def _start(facts: Facts, now: datetime) -> datetime:
    return max(facts.booking.starts_at, now)


def _lasting(stands: Stands, facts: Facts, now: datetime) -> str:
    """Return how something stands at the start: what ends before it is no longer current."""
    ends = stands.until is not None and stands.until <= _start(facts, now)
    return "ends" if stands.how == CURRENT and ends else stands.how


def _consent(facts: Facts, now: datetime) -> Reason:
    how = _lasting(facts.consent, facts, now)
    fine, back = how == CURRENT, how == "withdrawn"
    return Reason(
        code="consent",
        how=how,
        level=Level.FINE if fine else Level.HOLD if back else Level.WAIT,
        revision=facts.booking.revision,
        source=facts.consent.source,
        at=facts.consent.at,
        expires=facts.consent.until,
        # Nobody is asked again for what they took back: somebody talks with them.
        mender=None if fine else Mender.CLINIC if back else Mender.PATIENT,
        by=None if fine else facts.booking.starts_at,
        audience="history",
    )


def _eligibility(facts: Facts, now: datetime) -> Reason:
    how = _lasting(facts.eligibility, facts, now)
    fine, held = how == CURRENT, how in ("refused", "reopened")
    return Reason(
        code="eligibility",
        how=how,
        level=Level.FINE if fine else Level.HOLD if held else Level.WAIT,
        revision=facts.booking.revision,
        about="" if fine else facts.eligibility.about,
        source=facts.eligibility.source,
        at=facts.eligibility.at,
        expires=facts.eligibility.until,
        mender=None if fine else Mender.PRESCRIBER,
        by=None if fine else facts.booking.starts_at,
        audience="history",
    )


def _pregnancy(facts: Facts, now: datetime) -> Iterator[Reason]:
    """Give the test where it is asked for. A positive one is for the decision, which it opens again.

    How old it may be is the protocol's to say: no source does (tests-pregnancy).
    """
    found = facts.pregnancy
    if found is None:
        return
    how, level = _tested(found, facts, now)
    fine = level is Level.FINE
    yield Reason(
        code="pregnancy",
        how=how,
        level=level,
        revision=facts.booking.revision,
        source=found.source,
        at=found.at,
        expires=found.until,
        mender=None if fine else Mender.CLINIC,
        by=None if fine else facts.booking.starts_at,
        audience="pregnancy",
    )


def _tested(found: Stands, facts: Facts, now: datetime) -> tuple[str, Level]:
    """Return how the test stands; one that nobody can renew yet is none that anybody is late with."""
    how = _lasting(found, facts, now)
    if how == CURRENT:
        return "done", Level.FINE
    if how != "ends":
        return "missing", Level.WAIT
    is_early = facts.pregnancy_from is not None and now < facts.pregnancy_from
    return ("later", Level.LATER) if is_early else ("old", Level.WAIT)


def _medicines(facts: Facts, now: datetime) -> Iterator[Reason]:
    for one in facts.medicines:
        how, level, mender = _medicine(one, facts.asked, now)
        by = one.stop_at if level is Level.LATER else facts.booking.starts_at
        yield Reason(
            code="medicine",
            how=how,
            level=level,
            revision=facts.booking.revision,
            about=_about_medicine(one, facts.asked),
            name=one.name,
            source=one.source,
            at=one.at,
            mender=mender,
            by=None if level is Level.FINE else by,
            audience=one.kind,
        )


def _about_medicine(one: Medicine, asked: Arrival | None) -> str:
    """Return what names a medicine; not as ordered at arrival, it is not what was told before."""
    return one.key if asked is None or asked.as_ordered else f"{one.key}.{asked.source}"


def _medicine(one: Medicine, asked: Arrival | None, now: datetime) -> tuple[str, Level, Mender | None]:
    if one.stop_at is None:
        return "undecided", Level.WAIT, Mender.PRESCRIBER
    if one.said is False or (asked is not None and not asked.as_ordered):
        return "taken", Level.HOLD, Mender.PRESCRIBER
    if one.said or asked is not None:
        return "left-out", Level.FINE, None
    if now < one.stop_at:
        return "later", Level.LATER, Mender.PATIENT
    return "unsaid", Level.WAIT, Mender.PATIENT


def _fasting(facts: Facts, now: datetime) -> Iterator[Reason]:
    """Give fasting: asked at arrival, never taken from a mark. Source: fasting-default, fasting-asa."""
    if facts.food is None and facts.drink is None:
        return
    asked = facts.asked
    how, level, by = _fasted(facts, asked, now)
    yield Reason(
        code="fasting",
        how=how,
        level=level,
        revision=facts.booking.revision,
        about=asked.source if asked else "",
        source=asked.source if asked else "",
        at=asked.at if asked else None,
        expires=facts.desk_until if asked else None,
        mender=Mender.CLINIC if level >= Level.LATER else None,
        by=by,
    )


def _fasted(facts: Facts, asked: Arrival | None, now: datetime) -> tuple[str, Level, datetime | None]:
    booking = facts.booking
    if asked is None and booking.arrived_at is not None:
        return "unasked", Level.WAIT, booking.starts_at
    if asked is None:
        late = facts.ate_late
        return ("late", Level.WAIT, booking.starts_at) if late else ("ask", Level.ASK, None)
    if facts.is_over(now):
        return "over", Level.WAIT, None
    if facts.heavy is not None and not asked.meal:
        return "meal", Level.WAIT, booking.starts_at
    from_at = max(_ends(facts, asked))
    if from_at <= now:
        return "fasted", Level.FINE, None
    return ("soon", Level.WAIT, from_at) if from_at <= booking.starts_at else ("ate", Level.HOLD, from_at)


def _ends(facts: Facts, asked: Arrival) -> list[datetime]:
    """Return from when on they have gone long enough without food, and without drink, where that is asked."""
    food = _without_food(facts, asked)
    ends = [asked.food_at + food] if food is not None else []
    return ends + ([asked.drink_at + facts.drink] if facts.drink is not None else [])


def _without_food(facts: Facts, asked: Arrival) -> timedelta | None:
    """Return how long after what was eaten last an infusion may start: not light is judged as heavy.

    Source: fasting-asa.
    """
    if facts.food is None or facts.heavy is None or asked.meal == Meal.LIGHT:
        return facts.food
    return max(facts.food, facts.heavy)


def _pressure(facts: Facts, now: datetime) -> Iterator[Reason]:
    """Give the blood pressure at arrival, where the protocol names a limit; the newest reading counts.

    Above it once, it is measured again; still above it at least `RECHECK` later, a prescriber decides, and
    at once where one of these readings is so high as the protocol says.
    Source: sx-bp-today, pressure-recheck, pressure-hold.
    """
    if facts.most_systolic is None and facts.most_diastolic is None:
        return
    # An instant that is past is judged by the readings before it: a later one may be of the infusion itself.
    measured = tuple(one for one in facts.measured if one.at <= now) or facts.measured
    newest = measured[-1] if measured else None
    how, level, mender = _pressed(facts, measured, now)
    yield Reason(
        code="pressure",
        how=how,
        level=level,
        revision=facts.booking.revision,
        about=newest.source if newest else "",
        name=as_read(newest.systolic, newest.diastolic) if newest else "",
        source=newest.source if newest else "",
        at=newest.at if newest else None,
        expires=facts.desk_until if newest else None,
        mender=mender,
        by=facts.booking.starts_at if mender else None,
        audience="history",
    )


def as_read(systolic: Decimal | None, diastolic: Decimal | None) -> str:
    """Return two numbers in mmHg as people write them, such as 128/82; a dash for one there is not."""
    return "/".join("–" if one is None else f"{one.normalize():f}" for one in (systolic, diastolic))


def _pressed(facts: Facts, measured: tuple[Pressure, ...], now: datetime) -> tuple[str, Level, Mender | None]:
    if facts.booking.arrived_at is None:
        return "ask", Level.ASK, None
    if not measured:
        return "unmeasured", Level.WAIT, Mender.CLINIC
    if facts.is_over(now):
        return "over", Level.WAIT, Mender.CLINIC
    above = list(takewhile(lambda one: _is_above(one, facts), reversed(measured)))
    if not above:
        return "within", Level.FINE, None
    if above[0].at - above[-1].at >= RECHECK:
        return "above", Level.HOLD, Mender.PRESCRIBER
    if any(_is_high(one, facts) for one in above):
        return "high", Level.HOLD, Mender.PRESCRIBER
    return "recheck", Level.WAIT, Mender.CLINIC


def _is_above(one: Pressure, facts: Facts) -> bool:
    """Tell whether either number is above its limit. Source: sx-bp-today."""
    pairs = ((one.systolic, facts.most_systolic), (one.diastolic, facts.most_diastolic))
    return any(most is not None and value > most for value, most in pairs)


def _is_high(one: Pressure, facts: Facts) -> bool:
    """Tell whether either number is so high that nobody waits for another reading. Source: pressure-hold."""
    pairs = ((one.systolic, facts.hold_systolic), (one.diastolic, facts.hold_diastolic))
    return any(least is not None and value >= least for value, least in pairs)


def _gates(facts: Facts, now: datetime) -> Iterator[Reason]:
    for gate in facts.gates:
        task, mark = gate.task, gate.mark
        how, level = _gate(gate, facts.booking, now)
        said_no = how == "denied"
        yield Reason(
            code="gate",
            how=how,
            level=level,
            revision=task.revision,
            about=task.key,
            name=gate.name,
            source=task.key if mark else "",
            at=mark.at if mark else None,
            mender=None if level is Level.FINE else Mender.CLINIC if said_no else MENDERS[task.actor],
            by=None if level is Level.FINE else _by(task, facts, now),
            audience=task.step.kind,
        )


def _gate(gate: Gate, booking: Booking, now: datetime) -> tuple[str, Level]:
    task, mark = gate.task, gate.mark
    if mark is not None and mark.done:
        # A gate that closes with the booked start can still be met until the infusion really starts.
        is_open = task.infusion is None or task.closes_at >= booking.starts_at
        if is_open or task.step.late_accepted or mark.at <= task.closes_at:
            return "done", Level.FINE
        return "too-late", Level.WAIT
    if mark is not None:
        return "denied", Level.WAIT
    if now < task.opens_at:
        return "later", Level.LATER
    return ("open" if now < task.due_at else "late"), Level.WAIT


def _by(task: Task, facts: Facts, now: datetime) -> datetime:
    return task.due_at if now < task.due_at else facts.booking.starts_at


def _ride(facts: Facts, now: datetime) -> Iterator[Reason]:
    """Give the way home: never alone, and set for these times. Source: escort, ride-default."""
    ride, booking = facts.ride, facts.booking
    how = _ridden(ride)
    is_early = facts.ride_asked_from is not None and now < facts.ride_asked_from
    is_later = is_early and how in (State.NONE, State.ASKED, MOVED)
    yield Reason(
        code="ride",
        how=how,
        level=Level.FINE if ride.is_set else Level.LATER if is_later else Level.WAIT,
        revision=booking.revision,
        about=ride.driver.ask if ride.driver else "",
        name=ride.driver.name if ride.driver else "",
        source=ride.driver.ask if ride.driver else "",
        at=ride.since,
        mender=None if ride.is_set else _finds_ride(facts),
        by=None if ride.is_set else booking.starts_at,
        audience=RIDE,
    )
    if ride.driver is not None and facts.is_driver_barred and ride.driver.who != facts.adult.source:
        yield _barred(facts, "barred-driver", ride.driver.name, ride.driver.ask)


def _ridden(ride: Ride) -> str:
    """Return how the way home stands; why nobody is asked, where that is known."""
    if ride.state is State.NONE:
        return MOVED if ride.voided else "left" if ride.left else ride.state
    return ride.state


def _finds_ride(facts: Facts) -> Mender:
    """Return who can say yes, or find somebody: who is asked, else the adult on duty, else the patient."""
    ride = facts.ride
    if ride.state is State.ASKED and ride.driver is not None and ride.driver.who is not None:
        return Mender.DRIVER
    # Who is named by link is reminded by a message of their own (`chase.of_named`); these can ask another.
    return Mender.CARETAKER if facts.adult.who else Mender.PATIENT


def _adult(facts: Facts) -> Iterator[Reason]:
    """Give the adult who stays, and their briefing. Source: escort, briefing-default."""
    adult, booking = facts.adult, facts.booking
    there = bool(adult.who)
    is_asked = there and adult.revision == booking.revision
    fine = is_asked and not adult.is_away
    yield Reason(
        code="adult",
        how="there" if fine else "away" if is_asked else MOVED if there else "none",
        level=Level.FINE if fine else Level.WAIT,
        revision=booking.revision,
        about=adult.source,
        name=adult.who,
        source=adult.source,
        at=adult.at,
        mender=None if fine else Mender.CARETAKER if there else Mender.PATIENT,
        by=None if fine else booking.starts_at,
    )
    if adult.is_barred:
        yield _barred(facts, "barred", adult.who, adult.source)
    if there and facts.needs_briefing:
        briefed = adult.briefed_at is not None
        yield Reason(
            code="briefing",
            how="signed" if briefed else "none",
            level=Level.FINE if briefed else Level.WAIT,
            revision=booking.revision,
            about=adult.source,
            name=adult.who,
            at=adult.briefed_at,
            mender=None if briefed else Mender.CARETAKER,
            by=None if briefed else booking.starts_at,
        )


def _barred(facts: Facts, code: str, name: str, source: str) -> Reason:
    """Return that somebody must not take the patient home: for staff alone."""
    return Reason(
        code=code,
        how="barred",
        level=Level.HOLD,
        revision=facts.booking.revision,
        about=source,
        name=name,
        source=source,
        mender=Mender.CLINIC,
        by=facts.booking.starts_at,
        audience="safety-at-home",
    )
