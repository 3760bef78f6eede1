from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from luna.clinical import errors, escalation
from luna.clinical.escalation import Ladder, Rung
from tests.clinical.examples import at

OPENED = at("2027-06-07 20:00")
MINUTE = timedelta(minutes=1)
LADDER = Ladder(
    rungs=(
        Rung(position=1, after=0 * MINUTE, to="nurse"),
        Rung(position=2, after=5 * MINUTE, to="second-nurse"),
        Rung(position=3, after=15 * MINUTE, to="lead", urgent=True),
    ),
    reclimb_after=30 * MINUTE,
)


def due(minute, *told, acknowledged=None):
    """Return the positions due some minutes after opening."""
    rungs = escalation.due_rungs(
        LADDER,
        opened_at=OPENED,
        acknowledged_at=None if acknowledged is None else OPENED + acknowledged * MINUTE,
        told=frozenset(told),
        now=OPENED + minute * MINUTE,
    )
    return [rung.position for rung in rungs]


def next_minute(*told, acknowledged=None):
    """Return when the next rung is due, in minutes after opening."""
    found = escalation.next_rung_at(
        LADDER,
        opened_at=OPENED,
        acknowledged_at=None if acknowledged is None else OPENED + acknowledged * MINUTE,
        told=frozenset(told),
    )
    return None if found is None else (found - OPENED) / MINUTE


@pytest.mark.parametrize(
    ("minute", "positions"),
    [(-0.1, []), (0, [1]), (4.9, [1]), (5, [1, 2]), (14.9, [1, 2]), (15, [1, 2, 3]), (600, [1, 2, 3])],
)
def test_rungs_are_due_one_after_another(minute, positions):
    assert due(minute) == positions


def test_rungs_already_told_are_not_due_again():
    assert due(600, 1, 3) == [2]
    assert due(600, 1, 2, 3) == []


def test_acknowledging_stops_the_clock_and_starts_one_that_climbs_again():
    assert due(600, acknowledged=4) == [1, 2, 3]
    assert [due(minute, acknowledged=4) for minute in (5, 33.9, 34, 39, 49)] == [
        [],
        [],
        [1],
        [1, 2],
        [1, 2, 3],
    ]


@pytest.mark.parametrize(
    ("told", "acknowledged", "minute"),
    [
        ((), None, 0),
        ((1,), None, 5),
        ((2,), None, 0),
        ((1, 2), None, 15),
        ((1, 2, 3), None, None),
        ((), 4, 34),
        ((1,), 4, 39),
        ((1, 2, 3), 4, None),
    ],
)
def test_next_rung_is_the_lowest_not_told(told, acknowledged, minute):
    assert next_minute(*told, acknowledged=acknowledged) == minute


@given(
    minutes=st.lists(st.integers(0, 200), max_size=30).map(sorted),
    acknowledged=st.none() | st.integers(0, 60),
)
def test_every_rung_is_told_once_and_in_order_however_often_someone_looks(minutes, acknowledged):
    told = []
    for minute in [*minutes, 1000]:
        expected = next_minute(*told, acknowledged=acknowledged)
        now_due = due(minute, *told, acknowledged=acknowledged)
        assert bool(now_due) == (expected is not None and expected <= minute)
        told += now_due

    assert told == [1, 2, 3]


@pytest.mark.parametrize(
    "rungs",
    [
        (),
        (Rung(1, MINUTE, "a"), Rung(1, MINUTE, "b")),
        (Rung(2, MINUTE, "a"), Rung(1, MINUTE, "b")),
        (Rung(1, 2 * MINUTE, "a"), Rung(2, MINUTE, "b")),
        (Rung(1, -MINUTE, "a"),),
    ],
)
def test_ladder_is_refused_when_its_rungs_do_not_rise(rungs):
    with pytest.raises(errors.BadLadder):
        Ladder(rungs=rungs, reclimb_after=MINUTE)


def test_ladder_is_refused_when_it_would_climb_again_at_once():
    with pytest.raises(errors.BadLadder):
        Ladder(rungs=LADDER.rungs, reclimb_after=0 * MINUTE)
