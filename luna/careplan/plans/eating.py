"""What the patient may eat and drink now, in words: worked out from the plan's steps, never made up."""

from collections.abc import Iterable, Iterator
from datetime import datetime

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from luna.careplan.plans.loading import Plan
from luna.clinical import eating
from luna.clinical.eating import Limits, May, Standing
from luna.clinical.fasting import DRINK, FOOD
from luna.clinical.moment import DAY
from luna.clinical.plan import Booking
from luna.clinical.task import Task
from luna.library import times


def standing(plans: Iterable[Plan], now: datetime) -> Standing:
    """Return what a patient may eat and drink now. plans: all of theirs."""
    fasts = (one for plan in plans for one in before(plan, plan.facts.bookings, plan.tasks))
    return eating.standing(fasts, now)


def before(plan: Plan, bookings: Iterable[Booking], tasks: Iterable[Task]) -> Iterator[Limits]:
    """Give the limits before each infusion of a plan that is still to be given.

    bookings, tasks: the plan's, or as they would be after a change.
    """
    limits = {(one.infusion, one.step.due.number): one for one in tasks}
    for one in bookings:
        if one.off_at(plan.facts.stopped_at) is None and one.ended_at is None:
            food, drink = (limits.get((one.infusion, name)) for name in (FOOD, DRINK))
            visit = plan.visit(one.infusion) if food else None
            heavy = plan.heavy(visit) if visit else None
            yield Limits(
                starts_at=one.starts_at,
                ends_at=_ends_at(one, plan.now),
                food_until=food.due_at if food else None,
                drink_until=drink.due_at if drink else None,
                food_kind_at=food.kind_at if food else None,
                drink_kind_at=drink.kind_at if drink else None,
                heavy_until=one.starts_at - heavy if heavy is not None else None,
            )


def limits(plan: Plan, infusion: str, own: str) -> tuple[str, ...]:
    """Return until when one eats and drinks before one infusion, each in words, however far it is.

    own: the zone of who hears it.
    """
    booking = next(one for one in plan.facts.bookings if one.infusion == infusion)
    found = next(before(plan, [booking], plan.tasks), None)
    if found is None:
        return ()
    says = (
        (found.heavy_until, gettext("A fatty or heavy meal until %(time)s.")),
        (found.food_until, gettext("Food until %(time)s.")),
        (found.drink_until, gettext("Clear drinks until %(time)s.")),
    )
    zone = plan.clinic.zone
    return tuple(
        words % {"time": times.until(at, zone, plan.now) + times.place(at, zone, own)}
        for at, words in says
        if at is not None
    )


def _ends_at(one: Booking, now: datetime) -> datetime:
    """Return until when the limits hold: of who has come, until it is over, however late that is."""
    return one.ends_at if one.arrived_at is None else max(one.ends_at, now + DAY)


def said(found: Standing, *, name: str, zone: str, own: str, now: datetime) -> tuple[str, str]:
    """Return the first line and the one below it.

    name: the patient's first name, empty when they read it themselves. zone: the clinic's; own: the reader's.
    """

    def at(moment: datetime | None) -> str:
        return times.until(moment, zone, now) + times.place(moment, zone, own) if moment else ""

    is_meal = found.may is May.DRINK and found.drink_until is None  # no step asks when to stop drinking
    first = (_LAST_MEAL if is_meal else _FIRST[found.may])[bool(name)]
    until = found.food_until if found.may is May.RATHER_NOT else found.drink_until or found.since
    words = {"name": name, "time": at(until)}
    below = _below(found, at(found.food_until), at(found.drink_until), now)
    return str(first) % words, " ".join(filter(None, [below, _heavy(found, at(found.heavy_until), now)]))


def _below(found: Standing, food: str, drink: str, now: datetime) -> str:
    """Return until when, as far as that is near; or that it goes on until after the infusion."""
    match found.may:
        case May.NOTHING:
            return gettext("No food and no drinks until after the infusion.")
        case May.DRINK:
            return gettext("No food until after the infusion.")
        case May.UNKNOWN:
            return gettext("Nobody has said yet when to stop before the infusion.")
    is_food, is_drink = (at is not None and at - now <= DAY for at in (found.food_until, found.drink_until))
    is_said = found.may is May.RATHER_NOT  # the first line names the limit
    words = [gettext("Food until %(time)s.") % {"time": food}] if is_food and not is_said else []
    words += [gettext("Clear drinks until %(time)s.") % {"time": drink}] if is_drink else []
    return " ".join(words)


def _heavy(found: Standing, limit: str, now: datetime) -> str:
    """Return until when a fatty or heavy meal is fine, as far as that is near; empty where no rule says."""
    if found.heavy_until is None or found.heavy_until - now > DAY:
        return ""
    if found.heavy_until <= now:
        return gettext("But no fatty or heavy meal any more.")
    return gettext("A fatty or heavy meal until %(time)s.") % {"time": limit}


# What the patient reads of themselves, and others of them. The first line is always one of these.
# What the patient reads of themselves, and others of them, between the kinder hour and the limit.
RATHER_NOT_EAT = (
    _("Best not to eat now. Your limit is %(time)s."),
    _("It is best if %(name)s does not eat now. The limit is %(time)s."),
)
# The same of what may be eaten and drunk at all. The first line is always one of these.
_FIRST = {
    May.EAT: (_("You can eat and drink now"), _("%(name)s can eat and drink now")),
    May.RATHER_NOT: RATHER_NOT_EAT,
    May.DRINK: (_("Clear drinks until %(time)s"), _("%(name)s: clear drinks until %(time)s")),
    May.NOTHING: (_("Last sip: %(time)s"), _("%(name)s’s last sip: %(time)s")),
    May.UNKNOWN: (
        _("Ask the clinic until when you can eat and drink"),
        _("Ask the clinic until when %(name)s can eat and drink"),
    ),
}
_LAST_MEAL = (_("Last meal: %(time)s"), _("%(name)s’s last meal: %(time)s"))
