"""Say that a task is done or not done, and take it back."""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.http import Http404
from django.utils.translation import gettext_lazy as _

from luna.audit import actions as audit
from luna.careplan import plans
from luna.careplan.models import Mark
from luna.clinical.task import Task, TaskStatus
from luna.feed import actions as feed
from luna.library import times
from luna.notices import actions as notices
from luna.notices.words import Act
from luna.people.access import Viewer
from luna.people.errors import Refused, Replayed, Stale
from luna.records import facts


@transaction.atomic
def mark(*, viewer: Viewer, task_key: str, done: bool, revision: int, client_id: UUID, now: datetime) -> Mark:
    """Say that one of the viewer's own tasks is done, or that it is not.

    revision: of the booking whose times the person saw; Stale if it moved since. After closing,
    done is done late. A task of somebody else raises Http404.
    """
    plan, task = _own(viewer, task_key, now)
    before = _replayed(viewer, client_id, task_key, done=done, is_back=False)
    if before is not None:
        return before
    _check(plan, task, revision, now)
    said = plan.standing(task)
    if said is not None and said.done == done:
        return _latest(plan, task_key)
    return _write(plan, task, viewer=viewer, done=done, supersedes=None, client_id=client_id, now=now)


@transaction.atomic
def take_back(*, viewer: Viewer, task_key: str, revision: int, client_id: UUID, now: datetime) -> Mark:
    """Take back what was said of a task: it counts as unanswered again. The first word stays on record."""
    plan, task = _own(viewer, task_key, now)
    before = _replayed(viewer, client_id, task_key, done=False, is_back=True)
    if before is not None:
        return before
    _check(plan, task, revision, now)
    if plan.standing(task) is None:
        raise Refused(_("There is nothing to take back."))
    latest = _latest(plan, task_key)
    return _write(plan, task, viewer=viewer, done=False, supersedes=latest, client_id=client_id, now=now)


def _own(viewer: Viewer, task_key: str, now: datetime) -> tuple[plans.Plan, Task]:
    """Return the task and its plan, holding the series still: it cannot move while this is written."""
    plans.hold(viewer, task_key)
    plan, task = plans.find(viewer, task_key, now)
    if not plans.is_actor(viewer, task):
        raise Http404
    return plan, task


def _replayed(viewer: Viewer, client_id: UUID, task_key: str, *, done: bool, is_back: bool) -> Mark | None:
    """Return the mark this form made the first time. Raises Replayed if it said something else."""
    before = Mark.objects.filter(by=viewer.user_id, client_id=client_id).first()
    if before is None:
        return None
    if (before.task_key, before.done, before.supersedes_id is not None) != (task_key, done, is_back):
        raise Replayed
    return before


def _check(plan: plans.Plan, task: Task, revision: int, now: datetime) -> None:
    if revision != task.revision:
        raise Stale
    item = plans.item(plan, task)
    if not item.is_markable:
        raise Refused(_("This step is not marked here. Open it to see what it asks."))
    if plan.status(task) is TaskStatus.DRAFT:
        opens = times.when(task.opens_at, task.zone, now, hours=item.clock)
        raise Refused(_("This step opens %(when)s. You can mark it then.") % {"when": opens})


def _latest(plan: plans.Plan, task_key: str) -> Mark:
    mine = Mark.objects.filter(patient=plan.patient, task_key=task_key)
    return mine.order_by("-recorded_at", "-id")[0]


def _write(
    plan: plans.Plan,
    task: Task,
    *,
    viewer: Viewer,
    done: bool,
    supersedes: Mark | None,
    client_id: UUID,
    now: datetime,
) -> Mark:
    row = Mark.objects.create(
        **facts.columns(plan.series, viewer, client_id, now),
        task_key=task.key,
        done=done,
        revision=task.revision,
        supersedes=supersedes,
    )
    if supersedes is None:  # answered: nobody need be reminded of it any more
        _acted(plan, task, viewer, done=done, now=now)
        notices.void(patient_id=plan.patient.id, task_key_prefix=task.key)
    audit.record("task.mark", by=viewer, subject=row, now=now, payload={"task": task.key, "done": done})
    feed.changed(clinic_id=plan.series.clinic_id, patient_id=plan.patient.id, now=now)
    return row


def _acted(plan: plans.Plan, task: Task, viewer: Viewer, *, done: bool, now: datetime) -> None:
    """Note that they did what their messages about a step asked for, and put right what waits for it."""
    who = {"user_id": viewer.user_id, "patient_id": plan.patient.id, "now": now}
    notices.acted(Act.MARK, task_key=task.key, **who)
    if done:
        infusion_id = UUID(hex=task.infusion) if task.infusion else None
        for subject in plans.mended_by(task):
            notices.mended(subject=subject, infusion_id=infusion_id, **who)
