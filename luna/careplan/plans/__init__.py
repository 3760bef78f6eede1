"""Care plans: protocols applied to series, as pages and the clock read them. FHIR: CarePlan."""

from luna.careplan.plans.daily import Day, Mode, PlanDay, day, days, timetable, watch_ends_at, where
from luna.careplan.plans.items import Item, item, reader
from luna.careplan.plans.loading import ENDED, Plan, Visit, find, is_actor, may_see, plans_for, plans_of

__all__ = [
    "ENDED",
    "Day",
    "Item",
    "Mode",
    "Plan",
    "PlanDay",
    "Visit",
    "day",
    "days",
    "find",
    "is_actor",
    "item",
    "may_see",
    "plans_for",
    "plans_of",
    "reader",
    "timetable",
    "watch_ends_at",
    "where",
]
