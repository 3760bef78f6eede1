"""A person's day and their whole plan by day; the clinic's timetable of a series."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from luna.careplan.plans.changed import Changed, changed
from luna.careplan.plans.items import Item, item
from luna.careplan.plans.loading import Plan, Visit, may_see, plans_for
from luna.clinical.protocol import Actor, Anchor
from luna.clinical.task import TaskStatus
from luna.people.access import Viewer

NEXT = 5  # what the timeline of Now holds; the rest is "later"
LATER = 12
PRESSING = timedelta(hours=12)  # a gate or check-in due this soon goes before everything else
WEEK = timedelta(days=7)
RECENT = timedelta(hours=24)  # how long Now still shows what was done or missed
# Moments staff forgot to record must not keep a person "in the chair" for ever.
FORGOTTEN = timedelta(hours=12)


class Mode(StrEnum):
    """Where a person is in the series, from the bookings and what has happened."""

    NO_SERIES = "no-series"
    BEFORE_FIRST = "before-first"
    EVE = "eve"  # the day before an infusion
    TODAY = "today"  # an infusion day, before arriving
    IN_CHAIR = "in-chair"  # arrived or started, not ended
    GOING_HOME = "going-home"  # ended or left, not yet home
    AT_HOME = "at-home"  # home, until the last check-in closes
    BETWEEN = "between"
    AFTER_LAST = "after-last"


# From the chair until the watch at home is over: what belongs to it comes before everything else.
RUNNING = (Mode.IN_CHAIR, Mode.GOING_HOME, Mode.AT_HOME)
HUSHED = (Mode.IN_CHAIR, Mode.GOING_HOME)  # nothing is asked of anybody meanwhile


@dataclass(frozen=True, slots=True)
class Day:
    """What a patient or caretaker does right now, next and later. Now is drawn from this.

    current: open tasks, the most pressing first; [0] is the Now card. Those answered "not done"
    and those only good to know come last.
    next: the coming few, by the time they are shown; group them by `item.on` for day dividers.
    later: what comes after those. done, missed: of the last day, newest first.
    number, total: which infusion this is about and how many there are; 0 without a series.
    given: how many have been given; given / total lights the moon.
    visit: the infusion this is about: running, else the coming one, else the last; or None.
    plan: the series' plan, for protocol, clinic and circle; None without a series.
    changed: a move or cancellation that is to be read first.
    """

    mode: Mode
    now: datetime
    zone: str  # the reader's own
    current: tuple[Item, ...] = ()
    next: tuple[Item, ...] = ()
    later: tuple[Item, ...] = ()
    done: tuple[Item, ...] = ()
    missed: tuple[Item, ...] = ()
    number: int = 0
    total: int = 0
    given: int = 0
    visit: Visit | None = None
    plan: Plan | None = None
    changed: Changed | None = None


@dataclass(frozen=True, slots=True)
class PlanDay:
    """One day of the plan: the infusions on it and what is to do, by time."""

    on: date
    is_today: bool
    is_past: bool
    is_far: bool  # more than a week ahead
    visits: tuple[Visit, ...]
    items: tuple[Item, ...]

    def of(self, actor: Actor) -> tuple[Item, ...]:
        """Return what one actor has to do on this day."""
        return tuple(one for one in self.items if one.task.actor is actor)


def day(viewer: Viewer, now: datetime) -> Day:
    """Return a patient's or caretaker's day: their own tasks of the kinds shared with them."""
    plans = plans_for(viewer, now)
    if not plans:
        return Day(mode=Mode.NO_SERIES, now=now, zone=viewer.zone)
    plan, mode, visit = min(((plan, *where(plan)) for plan in plans), key=_nearness)
    items = _items(viewer, plans)
    coming = sorted((one for one in items if one.status is TaskStatus.DRAFT), key=_by_time)
    return Day(
        mode=mode,
        now=now,
        zone=viewer.zone,
        current=tuple(sorted((one for one in items if one.status is TaskStatus.READY), key=pressing)),
        next=tuple(coming[:NEXT]),
        later=tuple(coming[NEXT : NEXT + LATER]),
        done=_recent(items, TaskStatus.COMPLETED, now),
        missed=_recent(items, TaskStatus.FAILED, now),
        number=visit.number if visit else 0,
        total=len(plan.live_visits),
        given=sum(one.given(now) for one in plan.live_visits),
        visit=visit,
        plan=plan,
        changed=changed(viewer, plans, now),
    )


def days(viewer: Viewer, now: datetime) -> tuple[PlanDay, ...]:
    """Return a patient's or caretaker's whole plan by day."""
    plans = plans_for(viewer, now)
    return _by_day(plans, _items(viewer, plans), now)


def timetable(plan: Plan, now: datetime) -> tuple[PlanDay, ...]:
    """Return every person's tasks of one series by day, for the clinic."""
    return _by_day([plan], [item(plan, task) for task in plan.tasks], now)


def pressing(one: Item) -> tuple[bool, bool, bool, datetime, str]:
    """Order open tasks: gates and check-ins due soon, then by time; then said "no"; then good to know."""
    is_urgent = (one.task.gate or one.is_check_in) and one.shown_at - one.plan.now <= PRESSING
    return (not one.is_asked, one.said is False, not is_urgent, one.shown_at, one.key)


def where(plan: Plan) -> tuple[Mode, Visit | None]:
    """Return where the patient is in a series, and the infusion that is about."""
    live = plan.live_visits
    for visit in reversed(live):
        if (mode := _running(plan, visit)) is not None:
            return mode, visit
    coming = next((visit for visit in live if visit.leaves_at > plan.now and not _begun(visit)), None)
    if coming is None:
        return (Mode.AFTER_LAST, live[-1]) if live else (Mode.NO_SERIES, None)
    zone = ZoneInfo(plan.clinic.zone)
    ahead = coming.starts_at.astimezone(zone).date() - plan.now.astimezone(zone).date()
    if ahead.days <= 1:
        return (Mode.EVE if ahead.days == 1 else Mode.TODAY), coming
    return (Mode.BEFORE_FIRST if coming is live[0] else Mode.BETWEEN), coming


def watch_ends_at(plan: Plan, visit: Visit) -> datetime | None:
    """Return when the last check-in counted from coming home closes, None before "we're home"."""
    if visit.booking.home_at is None:
        return None
    check_ins = (
        task.closes_at
        for task in plan.tasks
        if task.infusion == visit.booking.infusion
        and task.step.is_check_in
        and task.step.anchor is Anchor.HOME
    )
    return max(check_ins, default=visit.booking.home_at + RECENT)


def _running(plan: Plan, visit: Visit) -> Mode | None:
    booking, now = visit.booking, plan.now
    if (until := watch_ends_at(plan, visit)) is not None:
        return Mode.AT_HOME if now < until else None
    out = booking.left_at or booking.ended_at
    if out is not None:
        return Mode.GOING_HOME if now < out + FORGOTTEN else None
    if booking.started_at or booking.arrived_at:
        return Mode.IN_CHAIR if now < visit.leaves_at + FORGOTTEN else None
    return None


def _begun(visit: Visit) -> bool:
    booking = visit.booking
    return any((booking.arrived_at, booking.started_at, booking.ended_at, booking.left_at, booking.home_at))


def _nearness(found: tuple[Plan, Mode, Visit | None]) -> tuple[int, timedelta]:
    """Order series by how much they concern today: running, then the soonest to come, then the last past."""
    plan, mode, visit = found
    running = mode in (Mode.IN_CHAIR, Mode.GOING_HOME, Mode.AT_HOME)
    rank = 0 if running else 2 if mode is Mode.AFTER_LAST else 3 if visit is None else 1
    return rank, abs(visit.starts_at - plan.now) if visit else timedelta.max


def _items(viewer: Viewer, plans: Iterable[Plan]) -> list[Item]:
    return [item(plan, task) for plan in plans for task in plan.tasks if may_see(viewer, plan, task)]


def _recent(items: Iterable[Item], status: TaskStatus, now: datetime) -> tuple[Item, ...]:
    """Return what people did or missed in the last day, newest first; nobody did what was not asked."""
    found = [one for one in items if one.status is status and one.is_asked and now - _ended_at(one) <= RECENT]
    return tuple(sorted(found, key=_ended_at, reverse=True))


def _ended_at(one: Item) -> datetime:
    return one.mark.at if one.mark and one.mark.done else one.task.closes_at


def _by_time(one: Item) -> tuple[datetime, str]:
    return one.shown_at, one.key


def _by_day(plans: Iterable[Plan], items: Iterable[Item], now: datetime) -> tuple[PlanDay, ...]:
    found: dict[date, tuple[list[Visit], list[Item]]] = {}
    today = now.date()
    for plan in plans:
        zone = ZoneInfo(plan.clinic.zone)
        today = now.astimezone(zone).date()
        for visit in plan.live_visits:
            found.setdefault(visit.starts_at.astimezone(zone).date(), ([], []))[0].append(visit)
    for one in sorted(items, key=_by_time):
        found.setdefault(one.on, ([], []))[1].append(one)
    return tuple(
        PlanDay(
            on=on,
            is_today=on == today,
            is_past=on < today,
            is_far=on - today > WEEK,
            visits=tuple(visits),
            items=tuple(of_day),
        )
        for on, (visits, of_day) in sorted(found.items())
    )
