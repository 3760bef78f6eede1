"""A number of a protocol: its value and unit, where it comes from and how well it is known."""

import re
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from luna.clinical.errors import BadSpan
from luna.clinical.moment import DAY, LONGEST
from luna.clinical.reading import Grade, Table

SPANS = {"min": timedelta(minutes=1), "h": timedelta(hours=1), "d": DAY}
UNITS = {unit: unit for unit in (*SPANS, "count", "mg", "mg/kg", "mg/kg/h", "mg/h", "mL", "mL/h",
                                 "mmHg", "/min", "%", "kg", "points")}  # fmt: skip
STARTS = re.compile(r"[a-z]")


@dataclass(frozen=True, slots=True)
class Number:
    """One clinical number: what it limits in plain words, where it comes from, how it is known."""

    id: str
    value: Decimal
    unit: str
    text: str
    evidence: tuple[str, ...]
    grade: Grade

    @property
    def needs_tick(self) -> bool:
        """Tell whether the person signing must agree to this number one by one."""
        return self.grade in (Grade.B, Grade.D)

    @property
    def span(self) -> timedelta | None:
        """Return the time it counts, or None when it counts something else."""
        return span_of(self.value, self.unit)


def span_of(value: Decimal, unit: str) -> timedelta | None:
    """Return the time a value in this unit counts, or None. Raises BadSpan outside 0 to 400 days."""
    if unit not in SPANS:
        return None
    if not 0 <= value <= Decimal(LONGEST / SPANS[unit]):
        raise BadSpan(f"{value} {unit} is no time to wait.", f"Use 0 to {LONGEST.days} days.")
    return SPANS[unit] * float(value)


def read_number(row: Table) -> Number:
    """Return the number one [[number]] holds. Raises the text's own error."""
    number = Number(
        id=row.slug("id"),
        value=row.decimal("value"),
        unit=row.pick("unit", UNITS),
        text=row.text("text"),
        evidence=row.texts("evidence", required=True),
        grade=row.pick("grade", {grade.value: grade for grade in Grade}),
    )
    row.close()
    if not STARTS.match(number.id):  # or -2h would be both a span and a number
        row.refuse("id", f"'{number.id}' does not start with a letter.", "Put a word first.")
    if number.value < 0:
        row.refuse("value", f"{number.value} is below zero.", "Put the sign where it is used.")
    try:
        span_of(number.value, number.unit)
    except BadSpan as problem:
        row.refuse("value", problem.what, problem.mend)
    return number
