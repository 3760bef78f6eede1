"""What is measured before a first infusion: its units and limits. FHIR: Observation.

A value outside these limits is not believed by anybody: they find slips of the finger, never what is
well or ill. No unit is chosen for anybody.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from luna.clinical.errors import BadMeasure
from luna.clinical.questionnaire import UNITS

NUMBER = re.compile(r"[0-9]{1,4}(?:[.,][0-9]{1,2})?")


@dataclass(frozen=True, slots=True)
class Measure:
    """One thing to measure. units: those it may be typed in, the first being that of least and most."""

    name: str
    units: tuple[str, ...]
    least: Decimal
    most: Decimal


def _measure(name: str, units: str, least: int, most: int) -> Measure:
    return Measure(name, tuple(units.split()), Decimal(least), Decimal(most))


MEASURES: Mapping[str, Measure] = {
    one.name: one
    for one in (
        _measure("systolic_mmhg", "mmHg", 60, 260),
        _measure("diastolic_mmhg", "mmHg", 30, 160),
        _measure("heart_rate_per_min", "/min", 25, 220),
        _measure("breaths_per_min", "/min", 4, 60),
        _measure("spo2_percent", "%", 50, 100),
        _measure("weight_kg", "kg lb", 25, 350),
        _measure("height_cm", "cm in", 90, 250),
    )
}


def value_of(name: str, text: str, unit: str) -> Decimal:
    """Return a typed value in the unit its name ends with. Raises BadMeasure for what cannot be."""
    measure = MEASURES[name]
    if unit not in measure.units:
        raise BadMeasure(name, "unit")
    typed = text.strip()
    if not NUMBER.fullmatch(typed):
        raise BadMeasure(name, "value")
    value = Decimal(typed.replace(",", "."))
    if unit in UNITS:
        value *= UNITS[unit][1]
    if not measure.least <= value <= measure.most:
        raise BadMeasure(name, "value")
    return value.quantize(Decimal("0.01"))


def check_pressure(systolic: Decimal, diastolic: Decimal) -> None:
    """Refuse two numbers that were swapped, or are one. Raises BadMeasure."""
    if diastolic >= systolic:
        raise BadMeasure("diastolic_mmhg", "value")
