"""Care plans: protocols applied to series, as pages and the clock read them. FHIR: CarePlan."""

from luna.careplan.plans.daily import Day, Mode, PlanDay, day, days, timetable, watch_ends_at, where
from luna.careplan.plans.items import DRINK, FOOD, Item, item, names, reader, values
from luna.careplan.plans.loading import (
    ENDED,
    Plan,
    Visit,
    about,
    find,
    hold,
    is_actor,
    may_see,
    plans_for,
    plans_of,
)

__all__ = [
    "DRINK",
    "ENDED",
    "FOOD",
    "Day",
    "Item",
    "Mode",
    "Plan",
    "PlanDay",
    "Visit",
    "about",
    "day",
    "days",
    "find",
    "hold",
    "is_actor",
    "item",
    "may_see",
    "names",
    "plans_for",
    "plans_of",
    "reader",
    "timetable",
    "values",
    "watch_ends_at",
    "where",
]
