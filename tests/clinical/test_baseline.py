from decimal import Decimal

import pytest

from luna.clinical import baseline
from luna.clinical.errors import BadMeasure


@pytest.mark.parametrize(
    ("name", "text", "unit", "value"),
    [
        ("systolic_mmhg", "118", "mmHg", "118.00"),
        ("weight_kg", "72.5", "kg", "72.50"),
        ("weight_kg", "72,5", "kg", "72.50"),
        ("weight_kg", " 160 ", "lb", "72.57"),
        ("height_cm", "70", "in", "177.80"),
        ("spo2_percent", "100", "%", "100.00"),
    ],
)
def test_value_is_kept_in_the_unit_its_name_ends_with(name, text, unit, value):
    assert baseline.value_of(name, text, unit) == Decimal(value)


@pytest.mark.parametrize(
    ("name", "text", "unit", "part"),
    [
        ("weight_kg", "72.5", "", "unit"),  # nobody's unit is chosen for them
        ("weight_kg", "72.5", "st", "unit"),
        ("weight_kg", "7", "kg", "value"),
        ("weight_kg", "725", "kg", "value"),
        ("weight_kg", "1e2", "kg", "value"),
        ("weight_kg", "-72", "kg", "value"),
        ("weight_kg", "", "kg", "value"),
        ("weight_kg", "NaN", "kg", "value"),
        ("height_cm", "178", "in", "value"),
        ("height_cm", "1.78", "cm", "value"),
        ("spo2_percent", "101", "%", "value"),
        ("systolic_mmhg", "1180", "mmHg", "value"),
        ("heart_rate_per_min", "0", "/min", "value"),
    ],
)
def test_value_that_cannot_be_is_refused(name, text, unit, part):
    with pytest.raises(BadMeasure) as refused:
        baseline.value_of(name, text, unit)

    assert (refused.value.name, refused.value.part) == (name, part)


@pytest.mark.parametrize("diastolic", [118, 130])
def test_pressures_that_were_swapped_are_refused(diastolic):
    with pytest.raises(BadMeasure):
        baseline.check_pressure(Decimal(118), Decimal(diastolic))
    baseline.check_pressure(Decimal(118), Decimal(76))
