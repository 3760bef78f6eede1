from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from luna.clinical import plan, task
from luna.clinical.protocol import Actor
from luna.clinical.task import Mark, Result, TaskStatus
from tests.clinical.examples import at, booking, one_step, series

STARTS = at("2027-06-07 09:00")
OPENS, DUE, CLOSES = at("2027-06-06 09:00"), at("2027-06-07 08:00"), STARTS
SECOND = timedelta(seconds=1)


def make_task(revision=1, **changes):
    """Make the task of one step, open for the day before an infusion."""
    [made] = plan.apply(one_step(**changes), series(booking(1, STARTS, revision=revision)))
    return made


def mark(moment=DUE, *, done=True, revision=1, key=f"{1:032x}.ride.0"):
    """Let Ana mark the task."""
    return Mark(task_key=key, done=done, revision=revision, at=moment, by="ana")


@pytest.mark.parametrize(
    ("now", "status", "result"),
    [
        (OPENS - SECOND, TaskStatus.DRAFT, None),
        (OPENS, TaskStatus.READY, None),
        (DUE, TaskStatus.READY, None),
        (CLOSES - SECOND, TaskStatus.READY, None),
        (CLOSES, TaskStatus.FAILED, Result.MISSED),
        (CLOSES + SECOND, TaskStatus.FAILED, Result.MISSED),
    ],
)
def test_task_nobody_marked_follows_its_window(now, status, result):
    assert (task.status(make_task(), (), now), task.result(make_task(), (), now)) == (status, result)


@pytest.mark.parametrize("now", [OPENS - SECOND, DUE, CLOSES + SECOND])
def test_task_marked_done_is_completed_at_any_time(now):
    assert task.status(make_task(), [mark(OPENS - SECOND)], now) is TaskStatus.COMPLETED


@pytest.mark.parametrize(
    ("moment", "result"),
    [(OPENS - SECOND, Result.DONE), (CLOSES, Result.DONE), (CLOSES + SECOND, Result.DONE_LATE)],
)
def test_task_marked_after_closing_is_done_late_never_missed(moment, result):
    assert task.result(make_task(), [mark(moment)], CLOSES + SECOND) is result


@pytest.mark.hazard("H1")
@pytest.mark.parametrize("after_move", ["keep", "ask-again"])
def test_answer_from_before_a_check_in_opened_is_not_an_answer_to_it(after_move):
    check_in = make_task(questionnaire="checkin", kind="recovery", after_move=after_move)

    assert task.status(check_in, [mark(OPENS - SECOND)], DUE) is TaskStatus.READY
    assert task.status(check_in, [mark(OPENS)], DUE) is TaskStatus.COMPLETED


def test_mark_that_takes_it_back_opens_the_task_again():
    marks = [mark(DUE), mark(DUE + SECOND, done=False)]

    assert task.status(make_task(), marks, DUE + SECOND) is TaskStatus.READY
    assert task.result(make_task(), marks, CLOSES) is Result.MISSED


@pytest.mark.parametrize(
    "marks", [[mark(DUE), mark(DUE + SECOND, done=False)], [mark(DUE + SECOND, done=False), mark(DUE)]]
)
def test_latest_mark_stands_in_whatever_sequence_they_come(marks):
    assert task.standing(make_task(), marks) == mark(DUE + SECOND, done=False)


def test_last_given_of_two_marks_at_one_moment_stands():
    assert task.standing(make_task(), [mark(), mark(done=False)]) == mark(done=False)


def test_mark_of_another_task_is_ignored():
    assert task.standing(make_task(), [mark(key="other.ride.0")]) is None


@pytest.mark.parametrize(
    ("after_move", "status"),
    [("ask-again", TaskStatus.READY), ("keep", TaskStatus.COMPLETED)],
)
def test_move_asks_again_only_where_the_step_says_so(after_move, status):
    moved = make_task(revision=2, after_move=after_move)

    assert task.status(moved, [mark(revision=1)], DUE) is status


def test_mark_on_an_old_page_does_not_undo_one_on_the_new_times():
    moved = make_task(revision=2)
    marks = [mark(DUE, revision=2), mark(DUE + SECOND, revision=1, done=False)]

    assert task.standing(moved, marks) == marks[0]


@pytest.mark.parametrize(
    ("changes", "after_closing", "result"),
    [
        ({"markable": False}, TaskStatus.COMPLETED, Result.DONE),
        ({"markable": False, "questionnaire": "recovery"}, TaskStatus.FAILED, Result.MISSED),
    ],
)
def test_task_that_only_informs_is_never_missed_but_a_check_in_is(changes, after_closing, result):
    made = make_task(**changes)

    assert task.status(made, (), DUE) is TaskStatus.READY
    assert task.status(made, (), CLOSES) is after_closing
    assert task.result(made, (), CLOSES) is result


@pytest.mark.parametrize(
    ("marks", "late_accepted", "met"),
    [
        ([], True, False),
        ([mark(done=False)], True, False),
        ([mark(CLOSES)], False, True),
        ([mark(CLOSES + SECOND)], False, False),
        ([mark(CLOSES + SECOND)], True, True),
        ([mark(DUE), mark(CLOSES, done=False)], True, False),
        ([mark(revision=0)], True, False),
    ],
)
def test_gate_is_met_in_time_or_late_where_its_step_accepts_it(marks, late_accepted, met):
    assert task.met(make_task(gate=True, late_accepted=late_accepted), marks) is met


RESULTS = st.lists(st.sampled_from(Result), max_size=12)


@given(RESULTS)
def test_each_asking_ends_once_however_often_it_is_looked_at(found):
    noted = []
    for one in found:
        if task.follows(one, noted):
            noted.append(one)

    ends = [one for one in noted if one is not Result.MISSED]
    assert noted[:1] == found[:1]
    assert len(ends) <= 1
    assert Result.MISSED not in noted[1:]  # nothing done or cancelled is missed afterwards
    assert Result.CANCELLED not in noted[1:]


@given(st.lists(st.tuples(st.integers(-30, 30), st.booleans()), max_size=8))
def test_task_that_was_done_is_never_missed_whatever_is_said_afterwards(said):
    made, marks, noted = make_task(), [], []
    for minutes, done in said:
        marks.append(mark(CLOSES + timedelta(minutes=minutes), done=done))
        now = max(one.at for one in (*marks, mark(CLOSES)))
        found = task.result(made, marks, now)
        if found is not None and task.follows(found, noted):
            noted.append(found)

    assert len(noted) <= 2
    assert Result.MISSED not in noted[1:]
    assert noted[0:1] in ([], [Result.MISSED]) or len(noted) == 1


def test_marks_are_found_by_their_key():
    mine, taken_back, other = mark(), mark(DUE + SECOND, done=False), mark(key="other.ride.0")

    assert task.by_key([mine, other, taken_back]) == {
        mine.task_key: (mine, taken_back),
        "other.ride.0": (other,),
    }


def test_statuses_are_the_words_of_fhir():
    assert [status.value for status in TaskStatus] == ["draft", "ready", "completed", "failed"]


@pytest.mark.hazard("H7")
@pytest.mark.parametrize(
    ("since", "whose", "by"),
    [
        (OPENS, Actor.PATIENT, DUE),
        (DUE, Actor.PATIENT, STARTS),  # their step was over by then
        (OPENS, Actor.CARETAKER, STARTS),  # it is not theirs
        (STARTS, Actor.PATIENT, STARTS),  # nothing is ahead any more
    ],
)
def test_change_is_to_be_heard_before_the_first_time_that_is_ahead(since, whose, by):
    assert task.to_hear_by([make_task()], whose, [STARTS], since) == by


def test_tip_is_nothing_to_hear_of_in_time():
    tip = make_task()
    tip = replace(tip, step=replace(tip.step, part="body"))

    assert task.to_hear_by([tip], Actor.PATIENT, [STARTS], OPENS) == STARTS


def test_earlier_of_two_starts_counts():
    assert task.to_hear_by([], Actor.PATIENT, [STARTS, DUE], OPENS) == DUE
