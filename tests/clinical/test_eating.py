"""What may be eaten and drunk now: before, between and past the limits, moved, and with nothing ahead."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from luna.clinical.eating import Limits, May, Stage, Standing, stage, standing

NINE = datetime(2027, 3, 15, 13, tzinfo=UTC)
HOUR = timedelta(hours=1)

pytestmark = pytest.mark.hazard("H7")


def fast(starts_at=NINE, food=6, drink=2, heavy=None):
    """Return the limits before an infusion of forty minutes. All: hours, None for not asked."""
    return Limits(
        starts_at=starts_at,
        ends_at=starts_at + timedelta(minutes=40),
        food_until=None if food is None else starts_at - HOUR * food,
        drink_until=None if drink is None else starts_at - HOUR * drink,
        heavy_until=None if heavy is None else starts_at - HOUR * heavy,
    )


def test_before_the_limits_everything_is_allowed_until_each_of_them():
    found = standing([fast()], NINE - HOUR * 7)

    assert found == Standing(
        May.EAT, food_until=NINE - HOUR * 6, drink_until=NINE - HOUR * 2, infusion_at=NINE
    )


@pytest.mark.parametrize("hours", [9, 8, 7])
def test_limit_of_a_heavy_meal_is_named_while_a_light_one_is_allowed(hours):
    found = standing([fast(heavy=8)], NINE - HOUR * hours)

    assert (found.may, found.heavy_until) == (May.EAT, NINE - HOUR * 8)
    assert standing([fast(heavy=8)], NINE - HOUR * 6).heavy_until is None


@pytest.mark.parametrize(
    ("hours", "stands"), [(9, Stage.AHEAD), (8, Stage.LATE), (7, Stage.LATE), (6, Stage.OVER)]
)
def test_limit_is_over_only_when_it_is_due(hours, stands):
    assert stage(NINE - HOUR * 6, NINE - HOUR * 8, NINE - HOUR * hours) is stands


def test_limit_without_a_kinder_hour_is_never_late():
    assert stage(NINE - HOUR * 6, None, NINE - HOUR * 7) is Stage.AHEAD


@pytest.mark.parametrize(
    ("hours", "may", "until"),
    [(9, May.EAT, 8), (8, May.RATHER_NOT, 6), (7, May.RATHER_NOT, 6), (6, May.DRINK, None)],
)
def test_kinder_hour_is_shown_while_it_is_ahead_and_then_it_is_best_not_to_eat(hours, may, until):
    kind = replace(fast(), food_kind_at=NINE - HOUR * 8)

    found = standing([kind], NINE - HOUR * hours)

    assert (found.may, found.food_until) == (may, until and NINE - HOUR * until)


def test_at_the_limit_of_food_only_drinks_are_left():
    found = standing([fast()], NINE - HOUR * 6)

    assert (found.may, found.drink_until, found.since) == (May.DRINK, NINE - HOUR * 2, NINE - HOUR * 6)


def test_at_the_limit_of_drinks_nothing_is_left_until_the_infusion_is_over():
    found = standing([fast()], NINE - HOUR * 2)

    assert found == Standing(May.NOTHING, since=NINE - HOUR * 2, infusion_at=NINE)
    assert standing([fast()], NINE + timedelta(minutes=39)).may is May.NOTHING
    assert standing([fast()], NINE + timedelta(minutes=40)).may is May.EAT


def test_moved_later_what_was_forbidden_is_allowed_again():
    at = NINE - HOUR

    assert standing([fast()], at).may is May.NOTHING
    assert standing([fast(NINE + HOUR * 3)], at).may is May.DRINK
    assert standing([fast(NINE + HOUR * 6)], at).may is May.EAT


def test_called_off_with_nothing_else_ahead_everything_is_allowed():
    assert standing([], NINE - HOUR) == Standing(May.EAT)


def test_called_off_with_another_one_near_that_one_still_counts():
    assert standing([fast(NINE + HOUR * 4)], NINE).may is May.DRINK


def test_where_no_step_asks_somebody_has_to_be_asked():
    assert standing([fast(food=None, drink=None)], NINE - HOUR * 9).may is May.UNKNOWN
    assert standing([fast(food=None)], NINE - HOUR * 9).may is May.EAT


@given(st.integers(-2000, 2000), st.integers(0, 12), st.integers(0, 12))
def test_nothing_past_is_ever_shown_as_a_limit_to_come(minutes, food, drink):
    now = NINE + timedelta(minutes=minutes)

    found = standing([fast(food=food, drink=drink), fast(NINE + HOUR * 48, food, drink)], now)

    assert all(at > now for at in (found.food_until, found.drink_until) if at is not None)
    assert found.since is None or found.since <= now
