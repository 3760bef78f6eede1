from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from luna.clinical import hold
from tests.clinical.examples import at

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
MONDAY = at("2027-06-07 09:00")
LONG_AGO = MONDAY - 30 * DAY


def span(number=1, start=MONDAY, *, before=24, after=8, known_at=LONG_AGO, off_at=None):
    """Leave a medicine out from so many hours before an infusion of two hours until so many after it."""
    return hold.Span(
        infusion=f"{number:032x}",
        stop_at=start - before * HOUR,
        restart_at=start + (2 + after) * HOUR,
        known_at=known_at,
        off_at=off_at,
    )


def daily(count, **of):
    """Give infusions on days that follow one another."""
    return [span(number, MONDAY + (number - 1) * DAY, **of) for number in range(1, count + 1)]


def shown(spans):
    """Return (last one, new start) of each hold, in hours from Monday's infusion."""
    return [
        ((one.first.stop_at - MONDAY) / HOUR, (one.last.restart_at - MONDAY) / HOUR)
        for one in hold.holds(spans)
    ]


# --- Infusions that are close ------------------------------------------------------------------------


def test_hold_of_one_infusion_is_its_own():
    assert shown([span()]) == [(-24, 10)]


def test_no_medicine_is_held_without_infusions():
    assert hold.holds([]) == ()


def test_hold_runs_on_through_infusions_on_days_that_follow():
    assert shown(daily(5)) == [(-24, 4 * 24 + 10)]


@pytest.mark.parametrize(
    ("gap_h", "expected"),
    [
        (33, [(-24, 33 + 10)]),  # again at +10 h, the next last one at +9 h
        (34, [(-24, 34 + 10)]),  # in the same minute
        (35, [(-24, 10), (11, 35 + 10)]),
    ],
)
def test_hold_runs_on_only_where_the_new_start_meets_the_next_last_one(gap_h, expected):
    assert shown([span(1), span(2, MONDAY + gap_h * HOUR)]) == expected


def test_hold_ends_with_the_latest_new_start_though_it_is_another_infusions():
    assert shown([span(1, after=70), span(2, MONDAY + DAY, after=4)]) == [(-24, 72)]


def test_hold_knows_when_the_one_before_is_over_and_the_next_begins():
    found = hold.holds([span(1), span(2, MONDAY + 7 * DAY)])

    assert [(one.since, one.next_at) for one in found] == [
        (None, MONDAY + 6 * DAY), (MONDAY + 10 * HOUR, None),
    ]  # fmt: skip


# --- What was called off -----------------------------------------------------------------------------


@pytest.mark.parametrize(("off_h", "expected"), [(-25, []), (-24, [(-24, 10)]), (-1, [(-24, 10)])])
def test_new_start_stands_once_the_medicine_was_left_out(off_h, expected):
    assert shown([span(off_at=MONDAY + off_h * HOUR)]) == expected


@pytest.mark.parametrize(
    ("off_h", "expected"),
    [
        (9, [(-24, 10)]),  # the first infusion still holds it: its new start is ahead
        (10, [(-24, 24 + 10)]),  # nobody took it at the first new start: the second stands
    ],
)
def test_hold_is_as_long_as_what_was_not_called_off_in_time(off_h, expected):
    assert shown([span(1), span(2, MONDAY + DAY, off_at=MONDAY + off_h * HOUR)]) == expected


def test_hold_runs_on_from_an_infusion_that_was_called_off_too_late():
    called_off = span(1, off_at=MONDAY - HOUR)

    assert shown([called_off, span(2, MONDAY + DAY)]) == [(-24, 24 + 10)]


# --- What became known late --------------------------------------------------------------------------


def test_medicine_that_was_taken_again_is_left_out_anew():
    moved_close = span(2, MONDAY + DAY, known_at=MONDAY + 11 * HOUR)

    assert shown([span(1), moved_close]) == [(-24, 10), (0, 24 + 10)]


def test_hold_runs_on_to_what_becomes_known_before_its_end():
    moved_close = span(2, MONDAY + DAY, known_at=MONDAY + 9 * HOUR)

    assert shown([span(1), moved_close]) == [(-24, 24 + 10)]


def test_former_hold_is_over_when_one_that_became_known_late_begins():
    moved_close = span(2, MONDAY + DAY, known_at=MONDAY + 11 * HOUR)

    assert hold.holds([span(1), moved_close])[0].next_at == MONDAY + 11 * HOUR


# --- Always ------------------------------------------------------------------------------------------


@st.composite
def any_spans(draw):
    """Draw infusions close and far, each with hours of its own; some known late, some called off."""
    starts = draw(st.lists(st.integers(0, 400), min_size=1, max_size=7, unique=True))
    spans = []
    for number, hour in enumerate(sorted(starts), start=1):
        start = MONDAY + hour * HOUR
        known_h = draw(st.sampled_from([500, 500, 30, 1]))
        one = span(
            number, start, before=draw(st.integers(0, 72)), after=draw(st.integers(0, 72)),
            known_at=start - known_h * HOUR,
        )  # fmt: skip
        off_h = draw(st.sampled_from([None, None, 100, 20, 1, -30]))
        spans.append(replace(one, off_at=off_h if off_h is None else start - off_h * HOUR))
    return spans


def covers(one, moment):
    return one.first.from_at <= moment <= one.last.restart_at


@given(spans=any_spans(), hour=st.integers(-80, 500))
def test_every_infusion_that_stands_lies_in_one_hold_that_no_new_start_breaks(spans, hour):
    found = hold.holds(spans)

    for one in spans:
        if one.off_at is None:
            holding = [held for held in found if one in held.spans]
            assert len(holding) == 1
            assert covers(holding[0], one.from_at)
            assert covers(holding[0], one.restart_at)
    asked = any(one.from_at <= MONDAY + hour * HOUR <= one.restart_at for one in spans if one.off_at is None)
    assert not asked or any(covers(held, MONDAY + hour * HOUR) for held in found)


@given(spans=any_spans())
def test_no_hold_begins_before_the_one_before_it_is_over(spans):
    found = hold.holds(spans)

    for one, later in pairwise(found):
        assert later.since == one.last.restart_at < later.first.from_at == one.next_at


@given(spans=any_spans(), by=st.timedeltas(-400 * DAY, 400 * DAY))
def test_moving_everything_moves_every_hold_alike(spans, by):
    there = [
        replace(
            one, stop_at=one.stop_at + by, restart_at=one.restart_at + by, known_at=one.known_at + by,
            off_at=one.off_at and one.off_at + by,
        )
        for one in spans
    ]  # fmt: skip

    assert [
        (one.first.from_at + by, one.last.restart_at + by) for one in hold.holds(spans)
    ] == [(one.first.from_at, one.last.restart_at) for one in hold.holds(there)]  # fmt: skip


@given(spans=any_spans(), seed=st.randoms())
def test_sequence_of_the_infusions_changes_nothing(spans, seed):
    shuffled = list(spans)
    seed.shuffle(shuffled)

    assert hold.holds(shuffled) == hold.holds(spans)
