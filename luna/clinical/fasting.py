"""The fasting rule: how long before an infusion somebody eats and drinks last.

Source: fasting-default, fasting-asa, fasting-esketamine; for the longest, fasting-glp1.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from luna.clinical.errors import BadFast
from luna.clinical.protocol import Protocol

FOOD, DRINK = "fasting-food", "fasting-drink"  # the numbers the steps of last food and drink count from
UNIT = "h"  # of both
LONGEST = timedelta(hours=24)
MINUTE = timedelta(minutes=1)
FAR = 2  # more than twice the protocol's time, or less than half of it, is asked about


class Choice(StrEnum):
    """Which rule a prescriber chose."""

    PROTOCOL = "protocol"
    ASA = "asa"
    ESKETAMINE = "esketamine"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Fast:
    """How long without food, and without clear drinks, before an infusion starts.

    heavy: how long without a fatty or heavy meal, where the rule tells it from a light one; else None.
    """

    food: timedelta
    drink: timedelta
    heavy: timedelta | None = None


NAMED: Mapping[Choice, Fast] = {
    Choice.ASA: Fast(food=timedelta(hours=6), drink=timedelta(hours=2), heavy=timedelta(hours=8)),
    Choice.ESKETAMINE: Fast(food=timedelta(hours=2), drink=timedelta(minutes=30)),
}
EVIDENCE: Mapping[Choice, tuple[str, ...]] = {
    Choice.PROTOCOL: ("fasting-default",),
    Choice.ASA: ("fasting-asa",),
    Choice.ESKETAMINE: ("fasting-esketamine", "fasting-label"),
    Choice.OTHER: ("fasting-glp1",),
}


def usual(protocol: Protocol) -> Fast | None:
    """Return what a protocol asks for, None where it has no times for food and drink in hours."""
    food, drink = (protocol.numbers.get(name) for name in (FOOD, DRINK))
    if food is None or drink is None or {food.unit, drink.unit} != {UNIT}:
        return None
    if food.span is None or drink.span is None:
        return None
    return Fast(food=food.span, drink=drink.span)


def heavy(choice: str) -> timedelta | None:
    """Return how long a rule asks to go without a fatty or heavy meal, None where it names none."""
    named = NAMED.get(Choice(choice)) if choice in tuple(Choice) else None
    return named.heavy if named else None


def check(fast: Fast) -> None:
    """Raise BadFast, with the field, for times nobody should be asked to keep."""
    for field, span in (("food", fast.food), ("drink", fast.drink)):
        if span < timedelta(0) or span > LONGEST:
            raise BadFast(field, f"{span} is no time to fast. Use 0 to {LONGEST}.")
    if fast.drink > fast.food:
        raise BadFast("drink", "Clear drinks would end before food does. Use the same time or less.")


def is_far(fast: Fast, from_usual: Fast) -> bool:
    """Tell whether a time is so unlike the protocol's that it may be a slip of the finger."""
    pairs = ((fast.food, from_usual.food), (fast.drink, from_usual.drink))
    return any(one > other * FAR or one * FAR < other for one, other in pairs)
