"""Orders as the rules of a plan read them, and as people do.

The rows are read once with their series (`ORDERS`); nothing here asks the database.
"""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Prefetch

from luna.clinical import order as rules
from luna.clinical.moment import Moment
from luna.clinical.protocol import Actor, Anchor, Step
from luna.library import content
from luna.treatment.models import Infusion, Order, Series

# What a series' orders are read with.
ORDERS = Prefetch(
    "orders", Order.objects.select_related("prescriber", "by", "countersign").order_by("at", "id")
)

What, Handling = Order.What, Order.Handling
LOOK_AHEAD = timedelta(hours=24)  # how long before a stop or a new start it is shown as open
OVERDUE = timedelta(hours=24)  # a spoken order that is not countersigned by then asks for a human
ASKED = timedelta(hours=12)  # how long after its time a restart can be said to be done


@dataclass(frozen=True, slots=True)
class Times:
    """When to stop a held medicine and when to take it again, for one infusion."""

    stop_at: datetime
    restart_at: datetime


@dataclass(frozen=True, slots=True)
class Decision:
    """What was decided about one medicine. times: of a held one, for the infusion that was asked for."""

    order: Order
    times: Times | None


def ended(series: Series) -> dict[object, datetime]:
    """Return the id of each order that was replaced or stopped, and when."""
    return {one.supersedes_id: one.at for one in series.orders.all() if one.supersedes_id}


def standing(series: Series) -> list[Order]:
    """Return the orders in force, the oldest first."""
    over = ended(series)
    return [one for one in series.orders.all() if one.id not in over and not one.stopped]


def as_rules_read(series: Series) -> tuple[rules.Order, ...]:
    """Return every order of a series, those that ended with the time they did."""
    over = ended(series)
    rows = [one for one in series.orders.all() if not one.stopped]
    plain = [_rule(one, over.get(one.id)) for one in rows if one.what != What.MEDICINE]
    held = [
        rule
        for of_one in _by_medicine(rows).values()
        for infusion in series.infusions.all()
        for rule in _holds(of_one, infusion, over)
    ]
    return (*plain, *held)


def decisions(series: Series, infusion: Infusion | None) -> list[Decision]:
    """Return what stands for each medicine at one infusion, by name; without one, what stands for all."""
    reach = {None, infusion.id if infusion else None}
    latest = {
        key(one): one for one in standing(series) if one.what == What.MEDICINE and one.infusion_id in reach
    }
    return [Decision(one, times(one, infusion) if infusion else None) for _key, one in sorted(latest.items())]


def times(order: Order, infusion: Infusion) -> Times | None:
    """Return the clock times of a held medicine, None for any other order."""
    if order.handling != Handling.HOLD:
        return None
    return Times(
        stop_at=infusion.starts_at - timedelta(minutes=order.stop_before_min),
        restart_at=_ended_at(infusion) + timedelta(minutes=order.restart_after_min),
    )


def not_countersigned(series: Series) -> list[Order]:
    """Return the spoken orders that nobody has signed for yet, the oldest first."""
    return [one for one in series.orders.all() if one.spoken and not hasattr(one, "countersign")]


def key(order: Order) -> str:
    """Return what makes two orders about medicines be about the same one: its name, whatever its case."""
    return order.name.casefold()


def _ended_at(infusion: Infusion) -> datetime:
    """Return when an infusion ended, or is to end. Needs its moments."""
    said = [one for one in infusion.moments.all() if one.what == "ended"]
    return said[-1].at if said and not said[-1].taken_back else infusion.ends_at


def _by_medicine(rows: Iterable[Order]) -> dict[str, list[Order]]:
    found: dict[str, list[Order]] = {}
    for one in rows:
        if one.what == What.MEDICINE:
            found.setdefault(key(one), []).append(one)
    return found


def _rule(one: Order, ended_at: datetime | None) -> rules.Order:
    return rules.Order(
        by=one.prescriber.name,
        at=one.at,
        number=one.name if one.what == What.NUMBER else None,
        value=one.value,
        skip=one.name if one.what == What.SKIP else None,
        add=content.step_of(one.step_text) if one.what == What.ADD else None,
        infusion=one.infusion_id.hex if one.infusion_id else None,
        ended_at=ended_at,
    )


def _holds(of_one: list[Order], infusion: Infusion, over: dict[object, datetime]) -> Iterator[rules.Order]:
    """Give the two steps of a held medicine at one infusion; a later word about it ends an earlier one."""
    reaching = [one for one in of_one if one.infusion_id in {None, infusion.id}]
    for place, one in enumerate(reaching):
        if one.handling != Handling.HOLD:
            continue
        # A later word that was stopped before the infusion lets the earlier one stand again.
        later = [other for other in reaching[place + 1 :] if _held(other, infusion, over)]
        ends = [other.at for other in later[:1]]
        if one.id in over:
            ends.append(over[one.id])
        for step in _steps_of(one):
            yield rules.Order(
                by=one.prescriber.name,
                at=one.at,
                add=step,
                infusion=infusion.id.hex,
                about=one.name,
                ended_at=min(ends, default=None),
            )


def _held(one: Order, infusion: Infusion, over: dict[object, datetime]) -> bool:
    return one.id not in over or over[one.id] >= infusion.starts_at


def _steps_of(one: Order) -> tuple[Step, Step]:
    """Return "last before the infusion" and "take it again". Their ids stay the same for one medicine."""
    name = hashlib.sha256(key(one).encode()).hexdigest()[:12]
    stop = -timedelta(minutes=one.stop_before_min)
    again = timedelta(minutes=one.restart_after_min)
    return (
        Step(
            id=f"stop-{name}",
            actor=Actor.PATIENT,
            anchor=Anchor.START,
            opens=Moment(offset=stop - LOOK_AHEAD),
            due=Moment(offset=stop),
            closes=Moment(),
            kind=one.kind,
            guide="medicine-stop",
        ),
        Step(
            id=f"again-{name}",
            actor=Actor.PATIENT,
            anchor=Anchor.END,
            opens=Moment(offset=again),
            due=Moment(offset=again),
            closes=Moment(offset=again + ASKED),
            kind=one.kind,
            guide="medicine-again",
            late_accepted=True,
            kept_from=stop,
        ),
    )
