"""Tell whose steps came or went by what was told while a series runs."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from luna.careplan.plans import Plan
from luna.clinical.protocol import Actor, Step
from luna.clinical.tailoring import Because
from luna.notices import actions as notices
from luna.people import access
from luna.people.models import User
from luna.records.models import Fact
from luna.treatment import plans as treatment
from luna.treatment.models import Series

NEWS = timedelta(days=2)  # what was told longer ago is no news, as after a stop of the clock
WORDS = "steps-changed"

Told = tuple[Because, ...]


def retell(plan: Plan, now: datetime) -> None:
    """Send whoever has a step more or less by what was told one message; withdraw what was to be said of it.

    Of the answers, medicines and notes since the series began. Part of the clock's look at a patient: the
    same again is the same message.
    """
    if not any(visit.starts_at > now for visit in plan.live_visits):
        return
    here = {task.step.id for task in plan.tasks}  # what went and came back is asked again, with its reminder
    for fact, before, after in _changes(plan, now):
        for step, told in _flipped(plan, before, after):
            for anchor in (plan.series.id, *(visit.row.id for visit in plan.visits)):
                if told is before and step.id not in here:
                    notices.void(patient_id=plan.patient.id, task_key_prefix=f"{anchor.hex}.{step.id}")
            for user in _whose(plan, step, told):
                notices.plan(
                    key=f"{plan.series.id.hex}:{WORDS}:{fact.id.hex}:{user.id.hex}",
                    words=WORDS,
                    clinic_id=plan.series.clinic_id,
                    patient_id=plan.patient.id,
                    to_user_id=user.id,
                    due_at=now,
                    now=now,
                )


def _changes(plan: Plan, now: datetime) -> Iterator[tuple[Fact, Told, Told]]:
    """Give each fact that changed what holds, with what held before it and after."""
    series = plan.series
    known = treatment.known(series)
    since = max(series.started_at, now - NEWS)
    before: Told | None = None
    told = (*known.responses, *known.medicines, *known.enquiries)
    for fact in sorted(told, key=lambda one: (one.recorded_at, one.id)):
        if fact.recorded_at <= since:
            continue
        if before is None:
            before = treatment.tailored(series, known.before(fact))
        after = treatment.tailored(series, known.up_to(fact))
        if _tags(before) != _tags(after):
            yield fact, before, after
        before = after


def _flipped(plan: Plan, before: Told, after: Told) -> Iterator[tuple[Step, Told]]:
    """Give the steps that came or went, each with what held while it was there; none that an order skips."""
    there = {task.step.id for task in plan.tasks if task.closes_at > plan.now}
    skipped = {order.skip for order in plan.facts.orders if order.ended_at is None and order.infusion is None}
    for step in plan.protocol.steps:
        was, is_ = (step.needs <= plan.facts.tags | _tags(told) for told in (before, after))
        if is_ and not was and step.id in there:
            yield step, after
        elif was and not is_ and step.id not in skipped:
            yield step, before


def _tags(told: Told) -> frozenset[str]:
    return frozenset(one.tag for one in told)


def _whose(plan: Plan, step: Step, told: Told) -> Iterator[User]:
    """Give whose step it is and who may know of it. The clinic reads its steps on pages of its own."""
    why = [one for one in told if one.tag in step.needs]

    def may_know(kinds: frozenset[str]) -> bool:
        return step.kind in kinds and all(one.is_open_to(kinds) for one in why)

    user = plan.patient.user
    if step.actor is Actor.PATIENT and user is not None and may_know(frozenset(access.KINDS)):
        yield user
    if step.actor is Actor.CARETAKER:
        shared = ((one.user, frozenset(access.shared_with(one))) for one in plan.circle)
        yield from (user for user, kinds in shared if Series.kind in kinds and may_know(kinds))
