"""A task: one step at real times. What people said of it, and what that makes of it. FHIR: Task."""

from collections.abc import Collection, Iterable, Set
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from luna.clinical.order import Order
from luna.clinical.protocol import Actor, AfterMove, Step
from luna.clinical.tailoring import Because


class TaskStatus(StrEnum):
    """How a task stands at a moment. People read: later, now, done, missed."""

    DRAFT = "draft"
    READY = "ready"
    COMPLETED = "completed"
    FAILED = "failed"


class Result(StrEnum):
    """What became of a task, for its outcome. A task that left the plan was cancelled."""

    DONE = "done"
    DONE_LATE = "done-late"
    MISSED = "missed"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Mark:
    """Someone says a task is done, or takes it back. A response counts as a mark.

    revision: of the booking whose times the person saw. by: the person's id.
    """

    task_key: str
    done: bool
    revision: int
    at: datetime
    by: str


@dataclass(frozen=True, slots=True)
class Task:
    """One step at real times, in UTC. zone: whose clock to show them on. FHIR: Task.

    infusion, number: None for a step of the whole series. kind_at: a kinder time to show for due_at.
    revision: rises when the booking moves, and when an order that concerns it is signed or ends.
    order: the latest order in force that gave it its times, or added it. because: what was told of the
    person that switches it on.
    """

    key: str
    step: Step
    infusion: str | None
    number: int | None
    revision: int
    opens_at: datetime
    due_at: datetime
    closes_at: datetime
    kind_at: datetime | None
    zone: str
    order: Order | None = None
    because: tuple[Because, ...] = ()

    @property
    def actor(self) -> Actor:
        """Return whose task it is."""
        return self.step.actor

    @property
    def gate(self) -> bool:
        """Tell whether it must be done before the infusion."""
        return self.step.gate

    @property
    def questionnaire(self) -> str | None:
        """Return the id of the questionnaire it asks, if any."""
        return self.step.questionnaire

    def is_open_to(self, kinds: Set[str]) -> bool:
        """Tell whether somebody who sees these kinds may know of it: of the step, and why it is there."""
        return self.step.kind in kinds and all(one.is_open_to(kinds) for one in self.because)


def by_key(marks: Iterable[Mark]) -> dict[str, tuple[Mark, ...]]:
    """Return the marks of each task key, so that many tasks need not search them all."""
    found: dict[str, tuple[Mark, ...]] = {}
    for mark in marks:
        found[mark.task_key] = (*found.get(mark.task_key, ()), mark)
    return found


def standing(task: Task, marks: Iterable[Mark]) -> Mark | None:
    """Return the mark that stands: the latest, or none if a move asks again. Others' marks are ignored."""
    latest = None
    for mark in marks:
        if mark.task_key == task.key and (latest is None or mark.at >= latest.at) and _answers(mark, task):
            latest = mark
    return latest


def status(task: Task, marks: Iterable[Mark], now: datetime) -> TaskStatus:
    """Return how the task stands now. It opens at opens_at and has closed at closes_at."""
    mark = standing(task, marks)
    if mark is not None and mark.done:
        return TaskStatus.COMPLETED
    if now < task.opens_at:
        return TaskStatus.DRAFT
    if now < task.closes_at:
        return TaskStatus.READY
    return TaskStatus.FAILED if task.step.answerable else TaskStatus.COMPLETED


def result(task: Task, marks: Iterable[Mark], now: datetime) -> Result | None:
    """Return what became of the task, or None while it is open. Done after closing is done late."""
    mark = standing(task, marks)
    if mark is not None and mark.done:
        return Result.DONE if mark.at <= task.closes_at else Result.DONE_LATE
    if now < task.closes_at:
        return None
    return Result.MISSED if task.step.answerable else Result.DONE


def to_hear_by(
    tasks: Iterable[Task], actor: Actor, starts: Collection[datetime], since: datetime
) -> datetime:
    """Return by when somebody has to hear that an infusion, or what comes before it, changed since then.

    That is the first time that was still ahead: of the steps that are theirs, or of a start. Tips count for
    nothing. tasks: of the infusion, by its times before and after. starts: the same.
    """
    steps = (one.due_at for one in tasks if one.actor is actor and one.step.part is None)
    return min((at for at in (*steps, *starts) if at > since), default=since)


def follows(found: Result, before: Collection[Result]) -> bool:
    """Tell whether what became of a task is still to be noted, after what was noted of the same asking.

    Each asking ends once. What was missed may be done after all; what was done stays done, also where
    something told since asks for it again.
    """
    return not before or (found in (Result.DONE, Result.DONE_LATE) and set(before) == {Result.MISSED})


def met(task: Task, marks: Iterable[Mark]) -> bool:
    """Tell whether a gate is met: done, and in time unless the step accepts it late."""
    mark = standing(task, marks)
    return mark is not None and mark.done and (task.step.late_accepted or mark.at <= task.closes_at)


def _answers(mark: Mark, task: Task) -> bool:
    """Tell whether a mark is about these times. An answer from before they opened was of another hour."""
    if task.step.is_check_in and mark.at < task.opens_at:
        return False
    if any(_is_asked_again(mark, task, one) for one in task.because):
        return False  # something was told since: it is another thing to decide
    return mark.revision == task.revision or task.step.after_move is AfterMove.KEEP


def _is_asked_again(mark: Mark, task: Task, because: Because) -> bool:
    """Tell whether something was told after a mark; of an infusion, only while its task was not over."""
    since = because.since(of_clinic=task.actor is Actor.CLINIC)
    is_over = task.infusion is not None and since is not None and since >= task.closes_at
    return since is not None and not is_over and mark.at < since
