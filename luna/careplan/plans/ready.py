"""Load what the readiness of infusions is worked out from: the same number of queries for one or many."""

import hashlib
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time
from decimal import Decimal
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import QuerySet
from django.http import Http404

from luna.careplan.models import ArrivalCheck
from luna.careplan.plans import before, items
from luna.careplan.plans.loading import Plan, Visit, plans_of
from luna.clinical import plan as rules
from luna.clinical import readiness
from luna.clinical.fasting import DRINK, FOOD
from luna.clinical.moment import DAY, instant
from luna.clinical.protocol import PREGNANCY_TEST
from luna.clinical.readiness import CURRENT, Facts, Readiness, Stands
from luna.clinical.task import Mark, Task
from luna.consents import plans as consents
from luna.intake import plans as intake
from luna.intake.models import EligibilityDecision, LabResult
from luna.intake.plans import Consultation
from luna.people.access import Viewer
from luna.people.models import Clinic
from luna.records.models import Observation
from luna.treatment import briefings, covers, ordering, rides
from luna.treatment.models import Infusion, Order, Series

PREGNANCY = "pregnancy"
ASKED_AT_ARRIVAL = "medicines"  # the guide of the step that the question at arrival answers as well
HOLDING = "medicine-stop"
SYSTOLIC, DIASTOLIC = "pressure-systolic", "pressure-diastolic"  # numbers of a protocol, in mmHg
HIGH_SYSTOLIC, HIGH_DIASTOLIC = "pressure-hold-systolic", "pressure-hold-diastolic"


@dataclass(frozen=True, slots=True)
class Ready:
    """One infusion and how it stands. decision: of the prescriber, with their conditions; None without.

    until: the next instant at which time alone changes it, None for never.
    """

    plan: Plan
    visit: Visit
    readiness: Readiness
    decision: EligibilityDecision | None
    asked: ArrivalCheck | None  # what was asked last when the patient came
    until: datetime | None
    facts: Facts  # what it is judged by
    tested: LabResult | None  # the newest pregnancy test, where one is asked for

    @property
    def row(self) -> Infusion:
        """Return the infusion."""
        return self.visit.row


@dataclass(frozen=True, slots=True)
class Told:
    """What was asked of each infusion when the patient came, and the blood pressures measured, by key."""

    asked: Mapping[UUID, ArrivalCheck]
    pressures: Mapping[str | None, list[readiness.Pressure]]


def readiness_of(viewer: Viewer, infusion_id: UUID, now: datetime) -> Ready:
    """Return how one infusion stands that the viewer may see. Raises Http404; cancelled ones have none."""
    series = Series.objects.visible_to(viewer).filter(infusions=infusion_id)
    found = _ready(viewer, series, now, lambda visit: visit.row.id == infusion_id)
    if not found:
        raise Http404
    return found[0]


def ready_among(viewer: Viewer, infusions: QuerySet[Infusion], now: datetime) -> list[Ready]:
    """Return how each of some infusions stands, but for those that will not be given."""
    wanted = set(infusions.visible_to(viewer).values_list("id", flat=True))
    series = Series.objects.visible_to(viewer).filter(infusions__in=wanted).distinct()
    return _ready(viewer, series, now, lambda visit: visit.row.id in wanted)


def days_of(viewer: Viewer, now: datetime) -> tuple[datetime, datetime, datetime]:
    """Return where today begins on the clinic's calendar, where tomorrow does, and where that ends."""
    zone = ZoneInfo(viewer.clinic.zone)
    today = now.astimezone(zone).date()
    start, middle, end = (instant(today + DAY * n, time(), zone) for n in range(3))
    return start, middle, end


def _ready(
    viewer: Viewer, series: QuerySet[Series], now: datetime, wanted: Callable[[Visit], bool]
) -> list[Ready]:
    pairs = [(plan, visit) for plan in plans_of(series, now) for visit in plan.live_visits if wanted(visit)]
    return ready_of(viewer, pairs, now)


def ready_for_clock(clinic: Clinic, pairs: Sequence[tuple[Plan, Visit]], now: datetime) -> list[Ready]:
    """Return how infusions of one clinic stand, of plans that are loaded: nobody looks but the clock."""
    return ready_of(intake.reader_of(clinic), pairs, now) if pairs else []


def ready_of(viewer: Viewer, pairs: Sequence[tuple[Plan, Visit]], now: datetime) -> list[Ready]:
    """Return how each of some infusions stands, of plans that are loaded."""
    patients = {plan.patient.id: plan.patient for plan, _visit in pairs}.values()
    agreed = consents.standings(patients, consents.newest(viewer.clinic_id), now)
    known = intake.consultations(viewer, patients, now)
    told = _told([visit.row for _plan, visit in pairs])
    return [
        _one(plan, visit, agreed[plan.patient.id][consents.TREATMENT], known[plan.patient.id], told)
        for plan, visit in pairs
    ]


def _one(
    plan: Plan,
    visit: Visit,
    agreed: consents.Standing,
    known: Consultation,
    told: Told,
) -> Ready:
    check = told.asked.get(visit.row.id)
    facts = replace(
        _facts(plan, visit, agreed, known, _arrival(check)),
        pressures=tuple(told.pressures.get(before.pressure_key(visit.row), ())),
        most_systolic=_number(plan, visit, SYSTOLIC),
        most_diastolic=_number(plan, visit, DIASTOLIC),
        hold_systolic=_number(plan, visit, HIGH_SYSTOLIC),
        hold_diastolic=_number(plan, visit, HIGH_DIASTOLIC),
    )
    found, until = readiness.assess(facts, plan.now), readiness.next_moment(facts, plan.now)
    return Ready(plan, visit, found, known.eligibility.decision, check, until, facts, _tested(known))


def _number(plan: Plan, visit: Visit, name: str) -> Decimal | None:
    """Return a number of the protocol, or of an order that changed it; None where there is no such."""
    number = rules.number_of(plan.protocol, plan.facts, name, visit.booking.infusion)
    return number.value if number else None


def _facts(
    plan: Plan,
    visit: Visit,
    agreed: consents.Standing,
    known: Consultation,
    arrival: readiness.Arrival | None,
) -> Facts:
    fasts = {
        one.step.due.number: one
        for one in plan.tasks
        if one.infusion == visit.booking.infusion and one.step.due.number in (FOOD, DRINK)
    }
    spans = {
        name: rules.number_of(plan.protocol, plan.facts, name, one.infusion) for name, one in fasts.items()
    }
    food, drink = spans.get(FOOD), spans.get(DRINK)
    marks = [plan.standing(one) for one in fasts.values()]
    return Facts(
        booking=visit.booking,
        consent=_consent(agreed),
        eligibility=_eligibility(plan, known),
        ride=visit.ride,
        ride_asked_from=_ride_asked_from(plan, visit),
        is_driver_barred=rides.is_barred(visit.row, visit.ride.driver, plan.everybody),
        adult=_adult(plan, visit),
        pregnancy=_pregnancy(plan, visit, known),
        pregnancy_from=_pregnancy_from(plan, visit),
        medicines=tuple(_medicines(plan, visit, known)),
        gates=tuple(_gates(plan, visit, arrival)),
        arrival=arrival,
        desk_until=visit.leaves_at,
        food=food.span if food else None,
        drink=drink.span if drink else None,
        heavy=plan.heavy(visit),
        ate_late=any(mark is not None and not mark.done for mark in marks),
        needs_briefing=any(step.is_briefing for step in plan.protocol.steps),
        overrides=tuple(_override(one) for one in ordering.overrides(plan.series, visit.row)),
    )


def _told(infusions: Collection[Infusion]) -> Told:
    """Return what was asked and measured when patients came. Two queries."""
    rows = ArrivalCheck.objects.filter(infusion__in=[one.id for one in infusions])
    asked = {row.infusion_id: row for row in rows.order_by("recorded_at", "id")}
    measured = Observation.objects.filter(
        patient__in={one.patient_id for one in infusions},
        task_key__in=[before.pressure_key(one) for one in infusions],
    )
    readings: dict[tuple[str | None, datetime, UUID], dict[str, Observation]] = defaultdict(dict)
    for row in measured.order_by("at", "id"):
        readings[row.task_key, row.at, row.by_id][row.name] = row
    pressures: dict[str | None, list[readiness.Pressure]] = defaultdict(list)
    for (key, at, by), of in readings.items():
        upper, lower = of["systolic_mmhg"], of["diastolic_mmhg"]
        pressures[key].append(readiness.Pressure(upper.value, lower.value, at, upper.id.hex, by.hex))
    return Told(asked, pressures)


def _arrival(row: ArrivalCheck | None) -> readiness.Arrival | None:
    if row is None:
        return None
    return readiness.Arrival(
        food_at=row.food_at,
        drink_at=row.drink_at,
        as_ordered=row.as_ordered,
        at=row.at,
        revision=row.revision,
        source=row.id.hex,
        meal=row.meal or "",
    )


def _consent(found: consents.Standing) -> Stands:
    last = found.last
    if last is None:
        return Stands(str(found.state))
    return Stands(str(found.state), source=last.id.hex, at=last.at, until=last.good_until)


def _eligibility(plan: Plan, known: Consultation) -> Stands:
    """Return how the decision stands; what speaks against it is named by a digest of all of it."""
    found = known.eligibility
    raised = sorted(one.id for one in found.raised)
    if found.decision is None:
        return Stands(str(found.standing), about=_digest(raised) if raised else "")
    return Stands(
        str(found.standing),
        source=found.decision.id.hex,
        about=_digest([found.decision.id.hex, *raised]),
        at=found.decision.at,
        until=instant(found.decision.review_on, time(), ZoneInfo(plan.clinic.zone)),
    )


def _digest(ids: Iterable[str]) -> str:
    return hashlib.sha256("\n".join(ids).encode()).hexdigest()[:12]


def _pregnancy(plan: Plan, visit: Visit, known: Consultation) -> Stands | None:
    """Return whether the test was done, and until when it counts, or a prescriber said why not.

    None where none is asked for. What the prescriber said goes on where a test has run out since.
    """
    asked, row = _asked(known), _tested(known)
    if asked is None:
        return None
    tested = _of_test(row, plan, _days(plan, visit)) if row else None
    decision = known.eligibility.decision
    is_over = (
        tested is not None and tested.until is not None and tested.until <= max(visit.starts_at, plan.now)
    )
    if decision is not None and asked.id in decision.addressed and (tested is None or is_over):
        return Stands(CURRENT, source=decision.id.hex, at=decision.at)
    return tested or Stands("none")


def _asked(known: Consultation) -> intake.Test | None:
    return next((one for one in known.findings.tests if one.kind == PREGNANCY), None)


def _tested(known: Consultation) -> LabResult | None:
    """Return the newest pregnancy test, where one is asked for."""
    asked = _asked(known)
    return known.measured.result_of(asked.test) if asked else None


def _of_test(row: LabResult, plan: Plan, days: int | None) -> Stands:
    """Return how a test stands by the day it was done. days: for how many it counts after, None: no end."""
    zone = ZoneInfo(plan.clinic.zone)
    until = None if days is None else instant(row.taken_on + DAY * (days + 1), time(), zone)
    return Stands(CURRENT, source=row.id.hex, at=instant(row.taken_on, time(), zone), until=until)


def _pregnancy_from(plan: Plan, visit: Visit) -> datetime | None:
    """Return since when a test counts for an infusion, None where the protocol names no age."""
    days, zone = _days(plan, visit), ZoneInfo(plan.clinic.zone)
    on = visit.starts_at.astimezone(zone).date()
    return None if days is None else instant(on - DAY * days, time(), zone)


def _days(plan: Plan, visit: Visit) -> int | None:
    """Return for how many days after its own a pregnancy test counts; None where the protocol says none."""
    days = _number(plan, visit, PREGNANCY_TEST)
    return None if days is None else int(days)


def _ride_asked_from(plan: Plan, visit: Visit) -> datetime | None:
    """Return since when somebody is asked who takes the patient home, None where no step asks."""
    task = plan.ride_step(visit)
    return task.opens_at if task else None


def _adult(plan: Plan, visit: Visit) -> readiness.Adult:
    """Return who stays. After a move they count once they said so anew."""
    if visit.on is None:
        return readiness.Adult()
    on = visit.on
    return readiness.Adult(
        who=on.user.first_name,
        at=visit.cover.said_at or on.since,
        revision=0 if visit.is_asked_again else visit.booking.revision,
        briefed_at=briefings.signed(plan.series).get(on.user_id.hex),
        is_barred=covers.is_barred(on),
        is_away=visit.is_away,
        source=on.user_id.hex,
    )


def _medicines(plan: Plan, visit: Visit, known: Consultation) -> Iterator[readiness.Medicine]:
    """Give the medicines that are left out for this infusion, and those nobody has decided about."""
    told = intake.by_name(plan.patient.told)
    decisions = ordering.decisions(plan.series, visit.row)
    decided: dict[UUID, datetime] = {}
    for key, order in decisions.items():
        row = told.get(key)
        if row is not None:
            decided[row.id] = max(order.at, decided.get(row.id, order.at))
        if row is not None and not row.is_taken:
            continue
        if order.handling == Order.Handling.ASK:
            yield readiness.Medicine(ordering.hidden(key), order.name, order.kind, None, source=order.id.hex)
        elif order.handling == Order.Handling.HOLD:
            yield _held(plan, visit, order)
    for row in known.medicines.current:
        if row.id not in decided or decided[row.id] < row.recorded_at:
            key = ordering.hidden(row.name.casefold())
            yield readiness.Medicine(key, row.name, row.kind, None, source=row.id.hex)


def _held(plan: Plan, visit: Visit, order: Order) -> readiness.Medicine:
    """Return a medicine that is left out, by the stop it goes by: this infusion's, or that of one before."""
    stops = [
        one
        for one in plan.tasks
        if one.step.guide == HOLDING
        and one.order is not None
        and one.order.about.casefold() == ordering.key(order)
        and one.due_at <= visit.starts_at
    ]
    stop = max(stops, key=lambda one: one.due_at, default=None)
    mark = plan.standing(stop) if stop else None
    return readiness.Medicine(
        key=ordering.hidden(ordering.key(order)),
        name=order.name,
        kind=order.kind,
        stop_at=stop.due_at if stop else order.at,
        said=mark.done if mark else None,
        at=mark.at if mark else None,
        source=stop.key if stop else order.id.hex,
    )


def _gates(plan: Plan, visit: Visit, arrival: readiness.Arrival | None) -> Iterator[readiness.Gate]:
    """Give the gates of an infusion and of its series, but for those that other reasons speak of."""
    for task in plan.tasks:
        mine = task.infusion in (None, visit.booking.infusion)
        is_fasting = task.step.due.number in (FOOD, DRINK)
        if not (mine and task.gate) or task.step.is_briefing or task.step.is_ride or is_fasting:
            continue
        mark = plan.standing(task)
        if task.step.guide == ASKED_AT_ARRIVAL and arrival and arrival.revision == visit.booking.revision:
            mark = Mark(task.key, arrival.as_ordered, task.revision, arrival.at, "")
        yield readiness.Gate(task, mark, items.item(plan, task).title)


def _override(order: Order) -> readiness.Override:
    writer = order.by.name if order.spoken else ""
    return readiness.Override(
        frozenset(order.reasons or ()), order.prescriber.name, order.at, order.words, writer
    )


def mended_by(task: Task) -> tuple[str, ...]:
    """Return the subjects of the reasons that go once a task is said to be done."""
    gate = f"gate:{task.key}"
    if task.step.guide != HOLDING or task.order is None:
        return (gate,)
    return gate, f"medicine:{ordering.hidden(task.order.about.casefold())}"
