"""Orders as the rules of a plan read them, and as people do.

The rows are read once with their series (`ORDERS`); nothing here asks the database.
"""

import hashlib
from collections.abc import Collection, Iterator, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import Prefetch

from luna.clinical import fasting
from luna.clinical import order as rules
from luna.intake import plans as intake
from luna.intake.models import Medicine
from luna.library import content
from luna.treatment.models import Infusion, Order, Series

# What a series' orders are read with.
ORDERS = Prefetch(
    "orders", Order.objects.select_related("prescriber", "by", "countersign").order_by("at", "id")
)

What = Order.What
OF_STEPS = (What.NUMBER, What.SKIP, What.ADD, What.FASTING)
HOUR_MIN = 60
OVERDUE = timedelta(hours=24)  # a spoken order that is not countersigned by then asks for a human


def ended(series: Series) -> dict[object, datetime]:
    """Return the id of each order that was replaced or stopped, and when."""
    return {one.supersedes_id: one.at for one in series.orders.all() if one.supersedes_id}


def standing(series: Series) -> list[Order]:
    """Return the orders in force, the oldest first."""
    over = ended(series)
    return [one for one in series.orders.all() if one.id not in over and not one.stopped]


def as_rules_read(series: Series) -> tuple[rules.Order, ...]:
    """Return every order that changes steps, those that ended with the time they did."""
    over = ended(series)
    rows = [one for one in series.orders.all() if not one.stopped and one.what in OF_STEPS]
    return tuple(rule for one in rows for rule in _rules(one, over.get(one.id)))


def fasts(series: Series) -> list[Order]:
    """Return the orders in force about fasting, the oldest first; those signed as a number are among them."""
    names = (fasting.FOOD, fasting.DRINK)
    return [
        one
        for one in standing(series)
        if one.what == What.FASTING or (one.what == What.NUMBER and one.name in names)
    ]


def heavy(series: Series, infusion_id: UUID) -> timedelta | None:
    """Return how long before an infusion nothing fatty or heavy is eaten, None where no order tells it apart.

    Of the orders on fasting that reach it the latest signed wins, as for the other numbers.
    """
    reaching = [one for one in fasts(series) if one.infusion_id in (None, infusion_id)]
    latest = max(reaching, key=lambda one: (one.at, one.id), default=None)
    return fasting.heavy(latest.name) if latest and latest.what == What.FASTING else None


def decisions(series: Series, infusion: Infusion | None) -> dict[str, Order]:
    """Return what stands for each medicine at one infusion, by `key`; without one, what stands for all."""
    reach = {None, infusion.id if infusion else None}
    rows = [one for one in standing(series) if one.what == What.MEDICINE and one.infusion_id in reach]
    return dict(sorted({key(one): one for one in rows}.items()))


def overrides(series: Series, infusion: Infusion) -> list[Order]:
    """Return the orders in force that an infusion goes ahead in spite of something, the oldest first."""
    return [one for one in standing(series) if one.what == What.OVERRIDE and one.infusion_id == infusion.id]


def shared_as(name: str, told: Mapping[str, Medicine]) -> str:
    """Return what a medicine is shared as: as they told it last, or else as the list has it.

    told: `intake.by_name` of all that was told.
    """
    row = told.get(name.strip().casefold())
    if row is not None:
        return row.kind
    drug = intake.recognised(name)
    return intake.kind_of(drug.codes if drug else frozenset())


def is_open(order: Order, kinds: Collection[str], told: Mapping[str, Medicine]) -> bool:
    """Say whether somebody may read an order about a medicine: as it was signed, and as that is shared now.

    kinds: what they are shown. What turns out to be private is so at once; what was signed as private is so
    until it is signed anew.
    """
    return {order.kind, shared_as(order.name, told)} <= set(kinds)


def not_countersigned(series: Series) -> list[Order]:
    """Return the spoken orders that nobody has signed for yet, the oldest first."""
    return [one for one in series.orders.all() if one.spoken and not hasattr(one, "countersign")]


def hidden(key: str) -> str:
    """Return what names a medicine where its name must not stand, as in the keys of messages."""
    return hashlib.sha256(key.encode()).hexdigest()[:12]


def key(order: Order) -> str:
    """Return what makes two orders of a kind be about the same: a name, whatever its case.

    A fasting rule is always about the same, whichever was chosen.
    """
    if order.what == What.FASTING:
        return ""
    return order.name.casefold()


def _rules(one: Order, ended_at: datetime | None) -> Iterator[rules.Order]:
    """Give what an order says to the rules: one thing; of a fasting rule, both its numbers."""
    said: list[dict[str, Any]] = []
    match one.what:
        case What.NUMBER:
            said = [{"number": one.name, "value": one.value}]
        case What.SKIP:
            said = [{"skip": one.name}]
        case What.ADD:
            said = [{"add": content.step_of(one.step_text)}]
        case What.FASTING:
            times = {fasting.FOOD: one.food_min or 0, fasting.DRINK: one.drink_min or 0}
            said = [{"number": name, "value": Decimal(of) / HOUR_MIN} for name, of in times.items()]
    infusion = one.infusion_id.hex if one.infusion_id else None
    for words in said:
        yield rules.Order(by=one.prescriber.name, at=one.at, infusion=infusion, ended_at=ended_at, **words)
