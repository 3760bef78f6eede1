"""An order: a clinician's signed change to one series. It always wins. FHIR: ServiceRequest."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from math import isfinite

from luna.clinical.errors import BadOrder
from luna.clinical.protocol import Step


@dataclass(frozen=True, slots=True)
class Order:
    """A number's value, a step to skip, or a step to add, for one infusion or all. Raises BadOrder.

    Of the orders that reach a task, the latest signed wins. by: who decided, as people read the name.
    about: what an added step is about, such as a medicine. ended_at: when it was stopped or replaced.
    """

    by: str
    at: datetime
    number: str | None = None
    value: Decimal | None = None
    skip: str | None = None
    add: Step | None = None
    infusion: str | None = None
    about: str = ""
    ended_at: datetime | None = None

    def __post_init__(self) -> None:
        kinds = sum(one is not None for one in (self.number, self.skip, self.add))
        if kinds != 1 or (self.number is None) != (self.value is None):
            raise BadOrder(
                "An order sets one number, skips one step or adds one. Give number and value, skip, or add."
            )
        if self.value is not None and not (isfinite(self.value) and self.value >= 0):
            raise BadOrder(f"{self.number}: {self.value} is no value for a number. Use zero or more.")

    def stands(self, limit: datetime) -> bool:
        """Tell whether it was in force at `limit`, when what it concerns was over: then it is history."""
        return self.at < limit and (self.ended_at is None or self.ended_at >= limit)

    def changes(self, limit: datetime) -> int:
        """Return how often it changed what it concerns before `limit`: when it was signed, when it ended."""
        return (self.at < limit) + (self.ended_at is not None and self.ended_at < limit)

    def concerns(self, step: Step) -> bool:
        """Tell whether it changes a step: its times, whether it is there, or that it is there at all."""
        if self.number is not None:
            return self.number in step.numbers
        return step.id == (self.skip if self.add is None else self.add.id)
