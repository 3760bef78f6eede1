"""Load care plans: the only way tasks come into being. Worked out each time, never stored."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Q, QuerySet
from django.db.models.functions import Coalesce
from django.http import Http404

from luna.careplan import models
from luna.clinical import duty
from luna.clinical import plan as rules
from luna.clinical import task as tasks_of
from luna.clinical.duty import Cover
from luna.clinical.errors import BadKey
from luna.clinical.fasting import FOOD
from luna.clinical.plan import Booking, SeriesFacts
from luna.clinical.protocol import Actor, Anchor, Protocol
from luna.clinical.ride import Ride
from luna.clinical.task import Mark, Result, Task, TaskStatus
from luna.library import plans as library
from luna.people.access import Viewer
from luna.people.models import CircleMember, Clinic, Clinician, Patient
from luna.records.models import Response
from luna.treatment import briefings, covers, ordering, rides
from luna.treatment import plans as treatment
from luna.treatment.models import Infusion, Moment, Series

# A series that was stopped this long ago asks nothing of anybody any more.
ENDED = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Visit:
    """One infusion as pages name it: its booking, who is there, what has happened. FHIR: Encounter.

    on, reserve: the caretaker on duty, and who stands by; None for nobody. briefed: whoever is on duty
    has signed for this series that they can stay.
    """

    booking: Booking
    row: Infusion
    off: bool  # cancelled, or after the series was stopped
    cover: Cover
    on: CircleMember | None
    reserve: CircleMember | None
    briefed: bool
    ride: Ride

    @property
    def number(self) -> int:
        """Return which infusion of the series this is, from 1."""
        return self.booking.number

    @property
    def starts_at(self) -> datetime:
        """Return when it is booked to start."""
        return self.booking.starts_at

    @property
    def leaves_at(self) -> datetime:
        """Return when the chair is expected to be free."""
        return self.row.leaves_at

    @property
    def chair(self) -> str:
        """Return the name of the chair, empty when none is booked."""
        return self.row.chair.name if self.row.chair else ""

    @property
    def is_asked_again(self) -> bool:
        """Say whether who is on duty said so of other times."""
        return covers.is_asked_again(self.cover, self.ride, self.row)

    @property
    def is_away(self) -> bool:
        """Say whether who is on duty said not to be there to take the patient home, or after."""
        return self.booking.home_at is None and covers.is_away_from(self.on, self.row)

    def given(self, now: datetime) -> bool:
        """Say whether it has been given: ended, or begun and its booked end is past."""
        booking = self.booking
        begun = booking.started_at is not None and booking.ends_at <= now
        return not self.off and (booking.ended_at is not None or begun)


@dataclass(frozen=True, slots=True)
class Plan:
    """One series with its tasks as they stand at `now`. FHIR: CarePlan."""

    series: Series
    protocol: Protocol
    facts: SeriesFacts
    visits: tuple[Visit, ...]
    tasks: tuple[Task, ...]
    marks: Mapping[str, tuple[Mark, ...]]  # task key -> every mark of it
    taken_back: frozenset[str]  # keys of the tasks whose latest mark takes one back
    now: datetime

    @property
    def patient(self) -> Patient:
        """Return whose plan it is."""
        return self.series.patient

    @property
    def clinic(self) -> Clinic:
        """Return whose care it is."""
        return self.series.clinic

    @property
    def circle(self) -> list[CircleMember]:
        """Return the patient's active caretakers, the longest in the circle first."""
        return treatment.circle(self.series)

    @property
    def everybody(self) -> list[CircleMember]:
        """Return everybody who is or was a caretaker of the patient, in the order they came."""
        return self.series.patient.everybody

    @property
    def live_visits(self) -> tuple[Visit, ...]:
        """Return the infusions that are to be given or were, by time."""
        return tuple(visit for visit in self.visits if not visit.off)

    @property
    def called_off(self) -> tuple[Task, ...]:
        """Return the tasks that infusions which are off would have, but for those that stand all the same."""
        off = {visit.booking.infusion for visit in self.visits if visit.off}
        if not off:
            return ()
        bookings = tuple(replace(booking, cancelled_at=None) for booking in self.facts.bookings)
        as_if = replace(self.facts, bookings=bookings, stopped_at=None)
        kept = {task.key for task in self.tasks}
        tasks = rules.apply(self.protocol, as_if)
        return tuple(task for task in tasks if task.infusion in off and task.key not in kept)

    def visit(self, infusion: str | None) -> Visit | None:
        """Return the infusion with this hex id, or None."""
        return next((visit for visit in self.visits if visit.booking.infusion == infusion), None)

    def heavy(self, visit: Visit) -> timedelta | None:
        """Return how long before an infusion nothing heavy is eaten, None where no rule tells it apart."""
        asked = (one for one in self.tasks if one.infusion == visit.booking.infusion)
        asks = any(one.step.due.number == FOOD for one in asked)
        return ordering.heavy(self.series, visit.row.id) if asks else None

    def ride_step(self, visit: Visit) -> Task | None:
        """Return the step that asks who takes the patient home from an infusion, None where none does."""
        return _ride_step(self.tasks, visit)

    def marks_of(self, task: Task) -> tuple[Mark, ...]:
        """Return every mark ever made of a task."""
        return self.marks.get(task.key, ())

    def status(self, task: Task) -> TaskStatus:
        """Return how a task stands now."""
        return tasks_of.status(task, self.marks_of(task), self.now)

    def result(self, task: Task) -> Result | None:
        """Return what became of a task, None while it is open."""
        return tasks_of.result(task, self.marks_of(task), self.now)

    def standing(self, task: Task) -> Mark | None:
        """Return the mark that stands, None when there is none or it was taken back."""
        mark = tasks_of.standing(task, self.marks_of(task))
        return None if mark is None or (not mark.done and task.key in self.taken_back) else mark

    def helpers(self, task: Task) -> list[CircleMember]:
        """Return the caretakers a task is for: of an infusion, who is on duty; of the series, everybody.

        While nobody is on duty it is for all who did not say that they cannot. Who said "we're home" is
        there, on duty or not.
        """
        visit = self.visit(task.infusion)
        if visit is None:
            return self.circle
        if visit.on is None:
            return [one for one in self.circle if one.user_id.hex not in visit.cover.cannot]
        at_home = said_home(visit) if task.step.anchor is Anchor.HOME else None
        return [one for one in self.circle if one.id == visit.on.id or one.user_id == at_home]

    def away(self, task: Task) -> list[CircleMember]:
        """Return whom a step asks who said that they are not there when it is due; none while one may be.

        Only of the way home and the hours after, which need somebody beside the patient.
        """
        if task.actor is not Actor.CARETAKER or task.step.anchor not in (Anchor.LEFT, Anchor.HOME):
            return []
        asked = self.helpers(task)
        return asked if all(covers.is_away(one, self.series, task.due_at) for one in asked) else []

    def next_moment(self) -> datetime | None:
        """Return the next instant at which time alone changes something."""
        return rules.next_moment(
            self.tasks, (mark for marks in self.marks.values() for mark in marks), self.now
        )


def plans_of(series: QuerySet[Series], now: datetime) -> list[Plan]:
    """Return the plan of every series asked for, in the same number of queries for one or for thousands."""
    rows = list(treatment.loaded(series))
    protocols = library.protocols(row.protocol for row in rows)
    marks, taken_back = _marks({row.patient_id for row in rows})
    return [
        _plan(row, protocols[row.protocol.sha256], marks.get(row.patient_id, {}), taken_back, now)
        for row in rows
    ]


def plans_for(viewer: Viewer, now: datetime) -> list[Plan]:
    """Return the plans a patient's or caretaker's pages show: theirs, unless ended long ago."""
    going = Q(stopped_at__isnull=True) | Q(stopped_at__gt=now - ENDED)
    mine = Series.objects.visible_to(viewer).filter(going, patient_id=viewer.patient_id)
    return [_as_seen_by(viewer, plan) for plan in plans_of(mine.order_by("started_at", "id"), now)]


def find(viewer: Viewer, task_key: str, now: datetime) -> tuple[Plan, Task]:
    """Return a task the viewer may see, with its plan. Raises Http404 for any other.

    Patients and caretakers see their own tasks, of the kinds shared with them; staff see all of
    their clinic's.
    """
    plan = about(viewer, task_key, now)
    for task in plan.tasks:
        if task.key == task_key and may_see(viewer, plan, task):
            return plan, task
    raise Http404


def about(viewer: Viewer, task_key: str, now: datetime) -> Plan:
    """Return the plan a task belongs to, or belonged to before a change took it out. Raises Http404."""
    found = plans_of(_series_of(viewer, task_key), now)
    if not found:
        raise Http404
    return _as_seen_by(viewer, found[0])


def hold(viewer: Viewer, task_key: str) -> None:
    """Keep the series of a task from changing until the transaction ends. Raises Http404.

    What is decided about a task is decided on a plan that is loaded after this.
    """
    held = _series_of(viewer, task_key).select_for_update(no_key=True).values_list("id", flat=True)
    if not list(held):
        raise Http404


def _series_of(viewer: Viewer, task_key: str) -> QuerySet[Series]:
    try:
        anchor, _step, _n = rules.split_key(task_key)
        anchored = UUID(hex=anchor)
    except (BadKey, ValueError):
        raise Http404 from None
    of_infusion = Infusion.objects.filter(id=anchored).values("series")
    return Series.objects.visible_to(viewer).filter(Q(id=anchored) | Q(id__in=of_infusion))


def _as_seen_by(viewer: Viewer, plan: Plan) -> Plan:
    """Return a plan as it is; to a patient who looks as a caretaker does, without what that one said.

    What they were to do before now is left out as well: it would look as if it had been missed.
    """
    if viewer.looking is None:
        return plan
    by = str(viewer.place_id)
    marks = {key: tuple(one for one in of if one.by != by) for key, of in plan.marks.items()}
    ahead = (one for one in plan.tasks if one.actor is not Actor.CARETAKER or one.closes_at > plan.now)
    return replace(plan, marks=marks, tasks=tuple(ahead))


def may_see(viewer: Viewer, plan: Plan, task: Task) -> bool:
    """Say whether a task is the viewer's to see: staff see all, others their own of the kinds shared.

    Of an infusion, a caretaker sees the tasks while on duty for it.
    """
    if viewer.is_staff:
        return True
    if task.actor != viewer.capacity_kind or not task.is_open_to(viewer.kinds):
        return False
    return task.actor is not Actor.CARETAKER or viewer.place_id in {one.user_id for one in plan.helpers(task)}


def said_home(visit: Visit) -> UUID | None:
    """Return who said last that they are home with the patient, None while nobody has."""
    said = [one for one in treatment.said(visit.row) if one.what == Moment.What.HOME]
    return said[-1].by_id if said and not said[-1].taken_back else None


def is_actor(viewer: Viewer, task: Task) -> bool:
    """Say whether a task is the viewer's to do. What only a prescriber decides is no other staff's."""
    if task.step.prescriber and not viewer.has_role(Clinician.Role.PRESCRIBER):
        return False
    return task.actor is (Actor.CLINIC if viewer.is_staff else Actor(viewer.capacity_kind))


def _plan(
    row: Series,
    protocol: Protocol,
    marks: Mapping[str, list[Mark]],
    taken_back: frozenset[str],
    now: datetime,
) -> Plan:
    facts = treatment.facts(row)
    infusions = zip(facts.bookings, row.infusions.all(), strict=True)
    visits = tuple(_visit(row, booking, one) for booking, one in infusions)
    on = {visit.booking.infusion: visit.cover.on for visit in visits}
    signed = briefings.signed(row)
    tasks = duty.briefings_once(rules.apply(protocol, facts), on, signed, now)
    found = {key: tuple(of) for key, of in marks.items()}
    for task in tasks:
        if task.step.is_ride:  # the ride is what meets it; what was ticked before there were rides is not
            found.pop(task.key, None)
    for mark in (*_said_home(tasks, facts), *_briefed(tasks, on, signed), *_ridden(tasks, visits)):
        found[mark.task_key] = (*found.get(mark.task_key, ()), mark)
    return Plan(
        series=row,
        protocol=protocol,
        facts=facts,
        visits=visits,
        tasks=tasks,
        marks=found,
        taken_back=taken_back,
        now=now,
    )


def _visit(series: Series, booking: Booking, infusion: Infusion) -> Visit:
    found = covers.cover(infusion, series.patient.everybody)
    here = {one.user_id.hex: one for one in treatment.circle(series)}
    return Visit(
        booking=booking,
        row=infusion,
        off=treatment.is_off(infusion, series),
        cover=found,
        on=here.get(found.on or ""),
        reserve=here.get(found.reserve or ""),
        briefed=found.on in briefings.signed(series),
        ride=rides.ride(infusion, series.patient.everybody),
    )


def _marks(patient_ids: Iterable[UUID]) -> tuple[dict[UUID, dict[str, list[Mark]]], frozenset[str]]:
    """Return patient -> task key -> marks, and the keys whose latest mark is a taking back.

    An answered questionnaire counts as a mark. Two queries.
    """
    ids = list(patient_ids)
    said = models.Mark.objects.filter(patient__in=ids).order_by("recorded_at", "id")
    answered = Response.objects.filter(patient__in=ids).exclude(task_key="")
    found: dict[UUID, dict[str, list[Mark]]] = defaultdict(lambda: defaultdict(list))
    latest: dict[str, bool] = {}
    columns = ("patient_id", "task_key", "revision", "at")
    for patient, key, revision, at, by, done, supersedes in said.values_list(
        *columns, "by_id", "done", "supersedes_id"
    ):
        found[patient][key].append(Mark(task_key=key, done=done, revision=revision, at=at, by=str(by)))
        latest[key] = supersedes is not None
    whose = Coalesce("told_by_id", "by_id")
    for patient, key, revision, at, by in answered.values_list(*columns, whose):
        found[patient][key].append(Mark(task_key=key, done=True, revision=revision, at=at, by=str(by)))
        latest[key] = False
    return found, frozenset(key for key, is_back in latest.items() if is_back)


def _said_home(tasks: Iterable[Task], facts: SeriesFacts) -> Iterator[Mark]:
    """Give the steps of the way home a mark once somebody said "we're home": it is what they wait for."""
    home = {booking.infusion: booking for booking in facts.bookings if booking.home_at}
    for task in tasks:
        if task.step.anchor is Anchor.LEFT and task.step.markable and task.infusion in home:
            booking = home[task.infusion]
            assert booking.home_at is not None
            yield Mark(task_key=task.key, done=True, revision=task.revision, at=booking.home_at, by="")


def _briefed(
    tasks: Iterable[Task], on: Mapping[str, str | None], signed: Mapping[str, datetime]
) -> Iterator[Mark]:
    """Give the briefing a mark once whoever is on duty has signed: it is done once for all infusions."""
    for task in tasks:
        who = on.get(task.infusion or "") or ""
        if task.step.is_briefing and who in signed:
            yield Mark(task_key=task.key, done=True, revision=task.revision, at=signed[who], by=who)


def _ridden(tasks: Iterable[Task], visits: Iterable[Visit]) -> Iterator[Mark]:
    """Give the step of the ride a mark once it is set who takes the patient home, each time it asks about."""
    asking = [one for one in tasks if one.step.is_ride]
    live = [visit for visit in visits if not visit.off]
    for task in asking:
        asked = [visit.ride for visit in live if _ride_step(asking, visit) is task]
        since = [ride.since for ride in asked if ride.is_set and ride.since is not None]
        if asked and len(since) == len(asked):
            yield Mark(task_key=task.key, done=True, revision=task.revision, at=max(since), by="")


def _ride_step(tasks: Iterable[Task], visit: Visit) -> Task | None:
    """Return the step of the ride of an infusion: its own, else the last before, which asks of several."""
    asking = (one for one in tasks if one.step.is_ride and (one.number or 0) <= visit.number)
    return max(asking, key=lambda one: one.number or 0, default=None)
