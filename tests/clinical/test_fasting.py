"""The fasting rules: what each asks for, what nobody may be asked for, what is asked about."""

from datetime import timedelta

import pytest

from luna.clinical import fasting
from luna.clinical.errors import BadFast
from luna.clinical.fasting import Choice, Fast
from luna.library import content

HOUR = timedelta(hours=1)
USUAL = Fast(food=6 * HOUR, drink=2 * HOUR)


@pytest.mark.parametrize(
    ("choice", "food", "drink", "heavy"),
    [(Choice.ASA, 6, 2, 8 * HOUR), (Choice.ESKETAMINE, 2, 0.5, None)],
    ids=str,
)
def test_named_rule_asks_for_the_hours_of_its_source(choice, food, drink, heavy):
    assert fasting.NAMED[choice] == Fast(food=food * HOUR, drink=drink * HOUR, heavy=heavy)
    assert fasting.heavy(choice) == heavy


@pytest.mark.parametrize("name", [Choice.PROTOCOL, Choice.OTHER, "a-rule-of-before"])
def test_rule_without_a_time_of_its_own_for_a_heavy_meal_has_none(name):
    assert fasting.heavy(name) is None


@pytest.mark.parametrize("choice", Choice)
def test_rule_names_its_evidence(choice):
    assert set(fasting.EVIDENCE[choice]) <= set(content.evidence())


@pytest.mark.parametrize(
    ("food", "drink", "field"),
    [(-1, 0, "food"), (24.1, 2, "food"), (24, 24.1, "drink"), (6, -1, "drink"), (2, 2.5, "drink")],
)
def test_time_nobody_should_fast_for_is_refused_at_its_field(food, drink, field):
    with pytest.raises(BadFast) as refused:
        fasting.check(Fast(food * HOUR, drink * HOUR))

    assert refused.value.field == field


@pytest.mark.parametrize(("food", "drink"), [(0, 0), (24, 24), (6, 6), (2, 0.5)])
def test_time_somebody_may_fast_for_passes(food, drink):
    fasting.check(Fast(food * HOUR, drink * HOUR))


@pytest.mark.parametrize(
    ("food", "drink", "far"),
    [(6, 2, False), (12, 4, False), (3, 1, False), (12.1, 2, True), (2.9, 2, True), (6, 4.1, True),
     (6, 0.9, True), (0, 0, True)],
)  # fmt: skip
def test_time_far_from_the_protocols_is_asked_about(food, drink, far):
    assert fasting.is_far(Fast(food * HOUR, drink * HOUR), USUAL) is far
