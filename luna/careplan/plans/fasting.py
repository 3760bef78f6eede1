"""Until when a patient eats and drinks before an infusion, as pages say it."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from luna.careplan.plans.eating import RATHER_NOT_EAT
from luna.careplan.plans.items import Item, item
from luna.careplan.plans.loading import Plan, Visit, plans_for
from luna.clinical import eating
from luna.clinical.eating import Stage
from luna.clinical.fasting import DRINK, FOOD
from luna.library import times
from luna.people.access import Viewer


@dataclass(frozen=True, slots=True)
class Fast:
    """The next infusion with its limits; None for one the plan does not ask for."""

    visit: Visit
    zone: str  # the clinic's
    food: Item | None
    drink: Item | None

    @property
    def limits(self) -> tuple[Item, ...]:
        """Return those the plan asks for, food first."""
        return tuple(one for one in (self.food, self.drink) if one)


def fast(viewer: Viewer, now: datetime) -> Fast | None:
    """Return until when the patient eats and drinks before the next infusion; None if none is to come.

    The times are for whoever may see the schedule. What the patient said of them is the patient's own.
    """
    ahead = [
        (visit.starts_at, visit.booking.infusion, visit, plan)
        for plan in plans_for(viewer, now)
        for visit in plan.live_visits
        if visit.booking.ended_at is None and visit.leaves_at > now  # late, they still fast for it
    ]
    if not ahead:
        return None
    _at, _infusion, visit, plan = min(ahead, key=lambda one: one[:2])
    found = limits(plan, visit)
    return Fast(visit=visit, zone=plan.clinic.zone, food=found.get(FOOD), drink=found.get(DRINK))


def limit(one: Item) -> str:
    """Return which fasting number a step's limit counts from, empty for any other step."""
    return next((name for name in (FOOD, DRINK) if one.task.step.due.number == name), "")


def stage(one: Item) -> Stage:
    """Return where a limit stands: it is over only when it is due, however kind the hour shown."""
    return eating.stage(one.task.due_at, one.task.kind_at, one.plan.now)


def named_at(one: Item) -> datetime:
    """Return the time people read: the kinder hour while it is ahead, and then the limit."""
    return one.shown_at if stage(one) is Stage.AHEAD else one.task.due_at


def until(one: Item, *, name: str, own: str) -> str:
    """Return the big words of a limit.

    name: the patient's first name, empty when they read it themselves. own: the reader's zone.
    """
    at = named_at(one)
    time = times.until(at, one.zone, one.plan.now) + times.place(at, one.zone, own)
    return str(_SAID[limit(one), stage(one)][bool(name)]) % {"name": name, "time": time}


def kinder(one: Item) -> str:
    """Return what the clinic asks for beside a kinder time, empty where none is shown."""
    if not one.is_kind:
        return ""
    return gettext("Your clinic asks for %(hours)s. %(time)s is kinder.") % {
        "hours": one.hours(limit(one)),
        "time": times.clock(one.shown_at, one.zone),
    }


def limits(plan: Plan, visit: Visit) -> dict[str, Item]:
    """Return the number of each limit the plan asks for at an infusion -> its step."""
    mine = (item(plan, task) for task in plan.tasks if task.infusion == visit.booking.infusion)
    return {name: one for one in mine if (name := limit(one))}


# What the patient reads of a limit, and others.
_SAID = {
    (FOOD, Stage.AHEAD): (_("Eat until %(time)s"), _("Food until %(time)s")),
    (FOOD, Stage.LATE): RATHER_NOT_EAT,
    (FOOD, Stage.OVER): (_("No more food now"), _("No more food now")),
    (DRINK, Stage.AHEAD): (_("Clear drinks until %(time)s"), _("Clear drinks until %(time)s")),
    (DRINK, Stage.LATE): (
        _("Best not to drink now. Your limit is %(time)s."),
        _("It is best if %(name)s does not drink now. The limit is %(time)s."),
    ),
    (DRINK, Stage.OVER): (_("No more drinks now"), _("No more drinks now")),
}
