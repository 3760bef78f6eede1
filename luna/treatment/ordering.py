"""Orders as the rules of a plan read them, and as people do.

The rows are read once with their series (`ORDERS`); nothing here asks the database.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

from django.db.models import Prefetch

from luna.clinical import order as rules
from luna.intake import plans as intake
from luna.intake.models import Medicine
from luna.library import content
from luna.people.access import Viewer
from luna.treatment.models import Infusion, Order, Series

# What a series' orders are read with.
ORDERS = Prefetch(
    "orders", Order.objects.select_related("prescriber", "by", "countersign").order_by("at", "id")
)

What = Order.What
OVERDUE = timedelta(hours=24)  # a spoken order that is not countersigned by then asks for a human


def ended(series: Series) -> dict[object, datetime]:
    """Return the id of each order that was replaced or stopped, and when."""
    return {one.supersedes_id: one.at for one in series.orders.all() if one.supersedes_id}


def standing(series: Series) -> list[Order]:
    """Return the orders in force, the oldest first."""
    over = ended(series)
    return [one for one in series.orders.all() if one.id not in over and not one.stopped]


def as_rules_read(series: Series) -> tuple[rules.Order, ...]:
    """Return every order of a series but those about medicines, those that ended with the time they did."""
    over = ended(series)
    rows = [one for one in series.orders.all() if not one.stopped and one.what != What.MEDICINE]
    return tuple(_rule(one, over.get(one.id)) for one in rows)


def decisions(series: Series, infusion: Infusion | None) -> dict[str, Order]:
    """Return what stands for each medicine at one infusion, by `key`; without one, what stands for all."""
    reach = {None, infusion.id if infusion else None}
    rows = [one for one in standing(series) if one.what == What.MEDICINE and one.infusion_id in reach]
    return dict(sorted({key(one): one for one in rows}.items()))


def shared_as(name: str, told: Mapping[str, Medicine]) -> str:
    """Return what a medicine is shared as: as they told it last, or else as the list has it.

    told: `intake.by_name` of all that was told.
    """
    row = told.get(name.strip().casefold())
    if row is not None:
        return row.kind
    drug = intake.recognised(name)
    return intake.kind_of(drug.codes if drug else frozenset())


def is_open(order: Order, viewer: Viewer, told: Mapping[str, Medicine]) -> bool:
    """Say whether somebody may read an order about a medicine: as it was signed, and as that is shared now.

    What turns out to be private is so at once; what was signed as private is so until it is signed anew.
    """
    return {order.kind, shared_as(order.name, told)} <= viewer.kinds


def not_countersigned(series: Series) -> list[Order]:
    """Return the spoken orders that nobody has signed for yet, the oldest first."""
    return [one for one in series.orders.all() if one.spoken and not hasattr(one, "countersign")]


def key(order: Order) -> str:
    """Return what makes two orders about medicines be about the same one: its name, whatever its case."""
    return order.name.casefold()


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
