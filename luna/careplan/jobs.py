"""What the clock does for care plans: remind, write outcomes, and notice a check-in nobody answered.

Each patient has one `Wake` row. Every action sets it to now; only `run` raises it, to the next
instant at which time alone changes something. So the work follows what is due, not how many
patients there are.
"""

import logging
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from luna.careplan import actions, plans
from luna.careplan.models import Outcome
from luna.clinical import chase
from luna.clinical import plan as rules
from luna.clinical import task as tasks
from luna.clinical.protocol import Actor, Anchor
from luna.clinical.ride import State
from luna.clinical.task import Result, Task, TaskStatus
from luna.clinical.triage import Urgency
from luna.escalation import actions as escalation
from luna.escalation.models import EscalationStep
from luna.feed.models import Wake
from luna.notices import actions as notices
from luna.notices import reach
from luna.notices.models import STEPS, Notice, Reach
from luna.notices.words import CLOSES
from luna.people import access
from luna.people.models import User
from luna.records.models import Response
from luna.treatment import actions as treatment
from luna.treatment import covers, ordering, turns
from luna.treatment.models import Infusion, Order, Series

log = logging.getLogger(__name__)

BATCH = 100  # patients looked at in one turn of the clock: escalations and messages have their turn too
LONGEST_SLEEP = timedelta(hours=24)
WATCHED_SLEEP = timedelta(minutes=5)  # while somebody is watched at home
RETRY = timedelta(minutes=1)  # after a patient's plan could not be looked at
STEP_OPEN = "step-open"
NUDGE = timedelta(minutes=5)  # after a check-in fell due
WONDER = timedelta(minutes=30)  # after a chair should be free, or the way home over
# Why a human is asked: escalation.words says each in words.
NO_REPLY = "no-reply"
NOT_HOME = "not-home"
NO_RECORD = "no-record"
COUNTERSIGN = "countersign"
# Beyond this a task without an answer is history, not a person in danger.
STALE = timedelta(days=2)


Evenings = Mapping[UUID, Mapping[UUID, datetime]]  # infusion -> user -> when, through `_evenings`


@dataclass(frozen=True, slots=True)
class Found:
    """What the clock looks at of one patient. near: how the infusions stand that are near."""

    plans: list[plans.Plan]
    near: list[plans.Kept]


@dataclass(frozen=True, slots=True)
class Reminder:
    """One message to be sent now: which words, about which task, to whom."""

    words: str
    task: Task
    to: User

    @property
    def key(self) -> str:
        """Return the key that makes it one message, however often the clock looks."""
        return f"{self.task.key}:{self.words}:r{self.task.revision}:{self.to.id.hex}"


def run(now: datetime) -> int:
    """Look at the patients whose wake is due longest, each in a transaction of their own; return how many.

    A patient whose plan fails is logged by id, left for a minute, and stops nobody else.
    """
    due = list(Wake.objects.filter(wake_at__lte=now).order_by("wake_at", "patient_id")[:BATCH])
    found = _load([wake.patient_id for wake in due], now)
    return sum(_look(wake, found.get(wake.patient_id), now) for wake in due)


def _load(patient_ids: list[UUID], now: datetime) -> dict[UUID, Found]:
    """Return patient -> what is known for a batch; a patient whose plan cannot be worked out is missing."""
    going = Q(stopped_at__isnull=True) | Q(stopped_at__gt=now - plans.ENDED)
    series = Series.objects.filter(going, patient__in=patient_ids).order_by("started_at", "id")
    try:
        theirs: dict[UUID, list[plans.Plan]] = {patient_id: [] for patient_id in patient_ids}
        for plan in plans.plans_of(series, now):
            theirs[plan.patient.id].append(plan)
        near = plans.keep([plan for of in theirs.values() for plan in of], now)
        return {key: Found(of, near.get(key, [])) for key, of in theirs.items()}
    except Exception:
        if len(patient_ids) > 1:
            # One of them is broken: each is loaded alone, so that the others have their turn.
            return {key: of for one in patient_ids for key, of in _load([one], now).items()}
        log.exception("A care plan could not be worked out", extra={"patient": str(patient_ids[0])})
        return {}


def _look(wake: Wake, found: Found | None, now: datetime) -> bool:
    """Do what is due for one patient and set their next wake. Return whether it was done."""
    if found is None:
        return _retry(wake, now)
    try:
        with transaction.atomic():
            # Another wake_at than the plan was loaded for: something changed since, so look again next time.
            held = Wake.objects.filter(patient_id=wake.patient_id, wake_at=wake.wake_at)
            if not held.select_for_update(skip_locked=True).first():
                return False
            _gather((notice for plan in found.plans for notice in _remind(plan, now)), now)
            for plan in found.plans:
                actions.retell(plan, now)
                _conclude(plan, now)
            evenings = _evenings(found, now)
            _chase(found, evenings, now)
            next_at = _next_wake(found, evenings, now)
            plans.store(wake.patient_id, found.near, next_at)
            Wake.objects.filter(patient_id=wake.patient_id).update(wake_at=next_at)
    except Exception:
        log.exception("A patient could not be looked at", extra={"patient": str(wake.patient_id)})
        return _retry(wake, now)
    return True


def _retry(wake: Wake, now: datetime) -> bool:
    Wake.objects.filter(patient_id=wake.patient_id, wake_at=wake.wake_at).update(wake_at=now + RETRY)
    return False


def _gather(fresh: Iterable[Notice], now: datetime) -> None:
    """Have the steps that open for one person at one look leave in one message: each alone says the same."""
    theirs: dict[UUID | None, list[Notice]] = {}
    for notice in fresh:
        if notice.words == STEP_OPEN:
            theirs.setdefault(notice.to_user_id, []).append(notice)
    for opened in theirs.values():
        notices.gather(opened, STEPS, now=now)


def _remind(plan: plans.Plan, now: datetime) -> Iterator[Notice]:
    """Plan the reminders that are true now; give those that were not planned before."""
    wanted = {reminder.key: reminder for reminder in _reminders(plan, now)}
    known = Notice.objects.filter(key__in=wanted).values_list("key", flat=True) if wanted else ()
    for key in wanted.keys() - set(known):
        reminder = wanted[key]
        yield notices.plan(
            key=key,
            words=reminder.words,
            clinic_id=plan.series.clinic_id,
            patient_id=plan.patient.id,
            to_user_id=reminder.to.id,
            due_at=now,
            values={CLOSES: reminder.task.closes_at} if reminder.words == STEP_OPEN else {},
            task_key=reminder.task.key,
            revision=reminder.task.revision,
            now=now,
        )


def _reminders(plan: plans.Plan, now: datetime) -> Iterator[Reminder]:
    """Give the reminders that are true now: open, unanswered, and to somebody who may see the task."""
    for task in plan.tasks:
        if plan.status(task) is not TaskStatus.READY or plan.standing(task) is not None:
            continue
        if _is_at_desk(plan, task):
            continue
        for words in _words(task, now):
            for user in _readers(plan, task):
                yield Reminder(words, task, user)


def _is_at_desk(plan: plans.Plan, task: Task) -> bool:
    """Say whether they have come for what a step comes before: they are asked there."""
    visit = plan.visit(task.infusion) if task.step.anchor is Anchor.START else None
    return visit is not None and visit.booking.arrived_at is not None


def _words(task: Task, now: datetime) -> Iterator[str]:
    if task.step.is_check_in:
        if now >= task.due_at + NUDGE:
            yield "checkin-nudge"
        elif now >= task.due_at:
            yield "checkin-due"
    # The way home: without "we're home" no watch begins. A medicine: who held it must take it again.
    elif task.gate or task.step.anchor is Anchor.LEFT or (task.order and task.order.about):
        yield STEP_OPEN


def _readers(plan: plans.Plan, task: Task) -> list[User]:
    """Return who is told about a task. Clinic tasks are read on the clinic's own pages."""
    if task.actor is Actor.PATIENT:
        is_theirs = plan.patient.user and task.is_open_to(access.KINDS.keys())
        return [plan.patient.user] if is_theirs else []
    if task.actor is Actor.CARETAKER:
        shared = ((one.user, set(one.kinds)) for one in plan.helpers(task))
        return [user for user, kinds in shared if Series.kind in kinds and task.is_open_to(kinds)]
    return []


def _chase(found: Found, evenings: Evenings, now: datetime) -> None:
    """Remind of what is open before each infusion ahead, at its own moments; withdraw what is over.

    That is what was mended meanwhile, all once the patient has come, and all of ours once its time has.
    Nobody is reminded while the patient is in the chair or on the way home.
    """
    if not found.near:
        return
    near = sorted((one.said for one in found.near), key=lambda one: one.row.starts_at)
    ahead = [one for one in near if _is_ahead(one, now)]
    waiting = notices.waiting(patient_id=near[0].row.patient_id, task_key_prefix="")
    if not any(plans.where(one)[0] in plans.HUSHED for one in found.plans):
        _ask(found, [_due(one, evenings, now) for one in ahead], waiting, now)
    for one in near:
        _stop_chasing(one, waiting)
        if not one.state and one.row.starts_at <= now:
            actions.withdraw(one.row, (), waiting)
    for one in ahead:
        actions.withdraw(one.row, [line.to for line in one.pressing if line.to is not None], waiting)


def _ask(found: Found, ahead: list[actions.Due], waiting: Collection[str], now: datetime) -> None:
    for one in ahead:
        _remind_drivers(found, one.shown.row, now)
    if any(one.stage is not None or one.early for one in ahead):
        actions.remind(ahead, waiting, now, is_alone=not any(plan.circle for plan in found.plans))


def _due(shown: plans.Said, evenings: Evenings, now: datetime) -> actions.Due:
    row = shown.row
    early = evenings[row.id].items()
    return actions.Due(
        shown,
        chase.stage(row.starts_at, row.booked_at, now),
        {user: at for user, at in early if chase.is_evening(at, row.booked_at, now)},
    )


def _stop_chasing(said: plans.Said, waiting: Collection[str]) -> None:
    """Withdraw reminders of what nobody mends any more: they have come, or it has started."""
    for what, until in plans.READY_UNTIL.items():
        about = f"{said.row.id.hex}.{what}"
        if until in said.of.happened and any(one.startswith(about) for one in waiting):
            notices.void(patient_id=said.row.patient_id, task_key_prefix=about)


def _remind_drivers(found: Found, row: Infusion, now: datetime) -> None:
    """Remind those who were named by link to drive home from an infusion: no page of theirs says it."""
    for plan in found.plans:
        for visit in plan.live_visits:
            if visit.row.id == row.id:
                treatment.remind_drivers(visit.row, visit.ride, zone=plan.clinic.zone, now=now)


def _evenings(found: Found, now: datetime) -> Evenings:
    """Return infusion -> user -> when the last reminder is due to them, of the infusions ahead.

    Of those whose quiet hours it would lie in. One query, and none where nothing is ahead.
    """
    ahead = [one.said for one in found.near if _is_ahead(one.said, now)]
    if not ahead:
        return {}
    quiet = reach.quiet_around(ahead[0].patient)
    zone = found.plans[0].clinic.zone
    return {one.row.id: dict(_early(quiet, one.row.starts_at, zone)) for one in ahead}


def _early(quiet: Iterable[Reach], starts_at: datetime, zone: str) -> Iterator[tuple[UUID, datetime]]:
    for row in quiet:
        own = row.user.zone or zone
        at = chase.evening(starts_at, begins=row.quiet_from, ends=row.quiet_to, zone=own)
        if at is not None:
            yield row.user_id, at


def _is_ahead(shown: plans.Said, now: datetime) -> bool:
    """Say whether an infusion is near enough for its first reminder, and nobody has come for it yet."""
    starts_at = shown.row.starts_at
    return starts_at - chase.STAGES[0] <= now < starts_at and not shown.state


def _conclude(plan: plans.Plan, now: datetime) -> None:
    """Write what became of each closed task, once, and ask a human where an answer is missing."""
    ended = list(_ended(plan))
    written = _written(task for task, _result in ended)
    fresh = [(task, result) for task, result in ended if _is_fresh(task, result, written)]
    Outcome.objects.bulk_create(_outcome(plan, task, result, now) for task, result in fresh)
    for task in _silent(plan, ended, now):
        _ask_human(plan, NO_REPLY, "task", task.key, urgency=_silence(plan, task))
        _tell_reserve(plan, task, now)
    for task in _not_home(plan, now):
        _ask_human(plan, NOT_HOME, "task", task.key, urgency=Urgency.SOON)
    for order in _overdue(plan, now):
        _ask_human(plan, COUNTERSIGN, "order", order.id.hex, urgency=Urgency.SOON)
    for visit in _unaccounted(plan, now):
        _ask_human(plan, NO_RECORD, "infusion", visit.booking.infusion, urgency=Urgency.SOON)
    for visit in _uncovered(plan, now):
        treatment.tell_open(turns.turn(visit.row, plan.patient.everybody), visit.cover.since, now)
        treatment.uncovered(visit.row, by=None, now=now)
    for visit in _unridden(plan, now):
        treatment.unridden(visit.row, by=None, now=now)
    for visit in _barred(plan, now):
        near = visit.starts_at - now <= covers.ahead(plan.protocol)
        urgency = Urgency.URGENT if near else Urgency.SOON
        _ask_human(plan, covers.BARRED, "duty", _about_barred(visit), urgency=urgency)


def _written(tasks: Iterable[Task]) -> dict[tuple[str, int], dict[Result, datetime]]:
    """Return what was written of each task and revision: result -> when that asking closed. One query."""
    keys = {task.key for task in tasks}
    found: dict[tuple[str, int], dict[Result, datetime]] = {}
    known = Outcome.objects.filter(task_key__in=keys) if keys else Outcome.objects.none()
    for key, revision, result, at in known.values_list("task_key", "revision", "result", "closes_at"):
        found.setdefault((key, revision), {})[Result(result)] = at
    return found


def _is_fresh(
    task: Task, result: Result, written: Mapping[tuple[str, int], Mapping[Result, datetime]]
) -> bool:
    """Say whether an outcome is still to be written: each once, and nothing after a task was done.

    A watch that was taken back and begun anew asks again, so only what closed then counts. A task that was
    over before its infusion was cancelled keeps the outcome it had.
    """
    before = written.get((task.key, task.revision), {})
    is_off = result is Result.CANCELLED
    asked = [one for one, at in before.items() if is_off or at == task.closes_at]
    return result not in before and tasks.follows(result, asked)


def _ended(plan: plans.Plan) -> Iterator[tuple[Task, Result]]:
    """Give every task somebody was asked to do whose window is over, and what became of it."""
    for task in plan.tasks:
        if task.step.answerable and task.closes_at <= plan.now and (result := plan.result(task)):
            yield task, result
    for task in plan.called_off:
        if task.step.answerable:
            yield task, Result.CANCELLED


def _outcome(plan: plans.Plan, task: Task, result: Result, now: datetime) -> Outcome:
    return Outcome(
        clinic_id=plan.series.clinic_id,
        patient_id=plan.patient.id,
        series_id=plan.series.id,
        task_key=task.key,
        revision=task.revision,
        step=task.step.id,
        actor=task.actor,
        opens_at=task.opens_at,
        due_at=task.due_at,
        closes_at=task.closes_at,
        result=result,
        protocol_sha256=plan.series.protocol.sha256,
        at=now,
    )


def _not_home(plan: plans.Plan, now: datetime) -> Iterator[Task]:
    """Give the ways home that should be over, with nobody saying "we're home": no watch has begun."""
    for task in plan.tasks:
        is_way_home = task.step.anchor is Anchor.LEFT and task.step.markable
        if not (is_way_home and _is_time_to_wonder(task.due_at, now)):
            continue
        if plan.standing(task) is None and not _was_asked(plan, task.key):
            yield task


def _unaccounted(plan: plans.Plan, now: datetime) -> Iterator[plans.Visit]:
    """Give the infusions that should be over, with nobody saying who left: no way home has begun either."""
    for visit in plan.live_visits:
        gone = visit.booking.left_at or visit.booking.home_at
        if gone is not None or not _is_time_to_wonder(visit.leaves_at, now):
            continue
        if not _was_asked(plan, visit.booking.infusion):
            yield visit


def _uncovered(plan: plans.Plan, now: datetime) -> Iterator[plans.Visit]:
    """Give the infusions so near that nobody on duty is a matter for the clinic, once for each gap."""
    ahead = covers.ahead(plan.protocol)
    for visit in _not_over(plan, now):
        near_at = visit.starts_at - ahead
        if visit.on is not None or now < near_at:
            continue
        since = max(near_at, visit.cover.since or near_at)  # asked about from afar, it is asked about again
        if not _was_asked(plan, treatment.about_duty(visit.row), since=since):
            yield visit


def _unridden(plan: plans.Plan, now: datetime) -> Iterator[plans.Visit]:
    """Give the infusions so near that a ride which fell through is a matter for the clinic, once for each."""
    ahead = covers.ahead(plan.protocol)
    for visit in _not_over(plan, now):
        near_at, fell_at = visit.starts_at - ahead, visit.ride.since
        if not visit.ride.is_gap or fell_at is None or now < near_at or visit.booking.left_at is not None:
            continue
        if not _was_asked(plan, treatment.about_ride(visit.row), since=max(near_at, fell_at)):
            yield visit


def _barred(plan: plans.Plan, now: datetime) -> Iterator[plans.Visit]:
    """Give the infusions somebody is on duty for who must not take the patient home; for staff alone."""
    for visit in _not_over(plan, now):
        if covers.is_barred(visit.on) and not _was_asked(plan, _about_barred(visit)):
            yield visit


def _not_over(plan: plans.Plan, now: datetime) -> Iterator[plans.Visit]:
    """Give the infusions somebody must be on duty for: until the patient is home, or a day has passed."""
    for visit in plan.live_visits:
        if visit.booking.home_at is None and now < visit.leaves_at + turns.OVER:
            yield visit


def _about_barred(visit: plans.Visit) -> str:
    """Return what such an escalation is about: this infusion, and this person."""
    who = visit.on.id.hex[-12:] if visit.on else ""
    return f"barred-{visit.booking.infusion}-{who}"


def _tell_reserve(plan: plans.Plan, task: Task, now: datetime) -> None:
    """Tell who stands by that whoever is on duty did not answer."""
    visit = plan.visit(task.infusion)
    if visit is None or visit.reserve is None:
        return
    notices.plan(
        key=f"{task.key}:duty-silent:r{task.revision}:{visit.reserve.user_id.hex}",
        words="duty-silent",
        clinic_id=plan.series.clinic_id,
        patient_id=plan.patient.id,
        to_user_id=visit.reserve.user_id,
        due_at=now,
        urgent=True,
        task_key=task.key,
        revision=task.revision,
        now=now,
    )


def _overdue(plan: plans.Plan, now: datetime) -> Iterator[Order]:
    """Give the spoken orders that nobody has signed for in time."""
    for order in ordering.not_countersigned(plan.series):
        if now - order.at >= ordering.OVERDUE and not _was_asked(plan, order.id.hex):
            yield order


def _is_time_to_wonder(over_at: datetime, now: datetime) -> bool:
    return timedelta(0) <= now - (over_at + WONDER) < STALE


def _silent(plan: plans.Plan, ended: Iterable[tuple[Task, Result]], now: datetime) -> Iterator[Task]:
    """Give the check-ins nobody answered, and nobody was asked about since they closed.

    Not judged by their outcome: a watch taken back and begun anew has the same keys, and closes later.
    """
    for task, result in ended:
        if result is not Result.MISSED or task.step.missed is None or now - task.closes_at >= STALE:
            continue
        if not _was_asked(plan, task.key, since=task.closes_at):
            yield task


def _silence(plan: plans.Plan, task: Task) -> Urgency:
    """Return how soon silence needs a human: as the protocol says, sooner if the last word was not fine."""
    anchor, _step, _n = rules.split_key(task.key)
    judged = Response.objects.filter(patient=plan.patient).exclude(rules_version="")
    answered = judged.filter(task_key__startswith=f"{anchor}.")
    last = answered.order_by("recorded_at", "id").last()
    was_fine = last is None or (last.urgency == Urgency.ROUTINE and not last.missing)
    planned = task.step.missed or Urgency.ROUTINE
    return planned if was_fine else max(planned, Urgency.URGENT)


def _was_asked(plan: plans.Plan, about_id: str, since: datetime | None = None) -> bool:
    asked = EscalationStep.objects.filter(escalation__patient=plan.patient, about_id=about_id)
    return (asked if since is None else asked.filter(at__gte=since)).exists()


def _ask_human(plan: plans.Plan, cause: str, about_type: str, about_id: str, *, urgency: Urgency) -> None:
    escalation.open(
        clinic_id=plan.series.clinic_id,
        patient_id=plan.patient.id,
        cause=cause,
        urgency=urgency,
        about_type=about_type,
        about_id=about_id,
        by=None,
        now=plan.now,
    )


def _next_wake(found: Found, evenings: Evenings, now: datetime) -> datetime:
    """Return when to look again: the next change that time alone makes, and never too late."""
    moments = [now + LONGEST_SLEEP]
    moments.extend(one.until for one in found.near)
    moments.extend(at for users in evenings.values() for at in users.values() if at > now)
    for plan in found.plans:
        if (moment := plan.next_moment()) is not None:
            moments.append(moment)
        moments.extend(at for task in plan.tasks if (at := _extra(task)) is not None and at > now)
        unsigned = (one.at + ordering.OVERDUE for one in ordering.not_countersigned(plan.series))
        moments.extend(at for at in unsigned if at > now)
        moments.extend(at for one in plan.live_visits if (at := one.leaves_at + WONDER) > now)
        ahead = covers.ahead(plan.protocol)
        moments.extend(at for one in plan.live_visits if (at := one.starts_at - ahead) > now)
        moments.extend(at for one in plan.live_visits for at in chase.moments(one.starts_at) if at > now)
        moments.extend(at for one in plan.live_visits if (at := _named_evening(plan, one)) and at > now)
        if plans.where(plan)[0] in (plans.Mode.GOING_HOME, plans.Mode.AT_HOME):
            moments.append(now + WATCHED_SLEEP)
    return min(moments)


def _named_evening(plan: plans.Plan, visit: plans.Visit) -> datetime | None:
    """Return when the last reminder is due to a driver by link who has not answered, if not at its moment."""
    if not any(one.who is None and one.state is State.ASKED for one in visit.ride.asked):
        return None
    return chase.evening_of_named(visit.starts_at, zone=plan.clinic.zone)


def _extra(task: Task) -> datetime | None:
    """Return when the clock has more to do for a task than its own window says."""
    if task.step.is_check_in:
        return task.due_at + NUDGE
    return task.due_at + WONDER if task.step.anchor is Anchor.LEFT else None
