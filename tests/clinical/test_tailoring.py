"""Which tags hold by what was told, and what a task makes of who told it."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from luna.clinical import plan, tailoring
from luna.clinical.tailoring import Because, Tag, Word
from luna.clinical.task import Mark, standing
from luna.people.access import KINDS
from luna.people.models import STAFF_ONLY, CircleMember
from tests.clinical.examples import at, booking, one_step, series

MONDAY = at("2027-06-07 09:00")
SUNDAY = MONDAY - timedelta(days=1)
LONG_AGO = MONDAY - timedelta(days=90)
NO_DIABETES = Word(Tag.DIABETES, is_so=False, by="Ana", at=LONG_AGO, kind="history", own=True)


def word(tag, is_so=True, at=LONG_AGO, **changed):
    return Word(tag, is_so, **({"by": "Ana", "at": at, "kind": "history"} | changed))


def tags(*words, driver_since=LONG_AGO):
    return [one.tag for one in tailoring.because(words, driver_since=driver_since)]


@pytest.mark.parametrize("tag", [Tag.GLP1, Tag.LIVES_ALONE, Tag.TRAUMA])
@pytest.mark.parametrize(("is_so", "holds"), [(True, True), (False, False), (None, False)])
def test_tag_holds_once_somebody_said_so(tag, is_so, holds):
    assert (tag in tags(NO_DIABETES, word(tag, is_so))) is holds


@pytest.mark.hazard("H1")
@pytest.mark.parametrize(
    ("said", "holds"),
    [
        ([], [Tag.ASK_DIABETES]),
        ([None], [Tag.ASK_DIABETES]),
        ([False], []),
        ([True], [Tag.DIABETES]),
        ([False, True], [Tag.DIABETES]),
        ([None, True], [Tag.DIABETES]),
    ],
)
def test_diabetes_is_asked_until_somebody_said_and_yes_wins(said, holds):
    assert tags(*(word(Tag.DIABETES, is_so) for is_so in said)) == holds


@pytest.mark.hazard("H8")
@pytest.mark.parametrize("newer", [True, False])
def test_sides_that_contradict_each_other_go_to_the_safer_one(newer):
    alone = word(Tag.LIVES_ALONE, at=MONDAY if newer else LONG_AGO)
    not_alone = word(Tag.LIVES_ALONE, is_so=False, at=SUNDAY)

    assert Tag.LIVES_ALONE in tags(alone, not_alone)


@pytest.mark.parametrize(
    ("is_so", "driver_since", "holds"),
    [
        (None, None, True),  # nobody said anything, and nobody is there
        (None, LONG_AGO, False),
        (False, None, False),
        (True, None, True),
        (True, LONG_AGO, True),  # said after somebody came: they know better
        (True, MONDAY, False),  # somebody came forward since
    ],
)
def test_no_driver_holds_until_somebody_could_drive(is_so, driver_since, holds):
    words = [NO_DIABETES, *([] if is_so is None else [word(Tag.NO_DRIVER, is_so, at=SUNDAY)])]

    assert (Tag.NO_DRIVER in tags(*words, driver_since=driver_since)) is holds


@given(
    st.lists(
        st.tuples(st.sampled_from([*Tag]), st.sampled_from([True, False, None]), st.integers(0, 90)),
        max_size=8,
    ),
    st.none() | st.integers(0, 90),
)
def test_what_holds_never_hangs_on_the_order_it_is_given_in(said, driver):
    words = [word(tag, is_so, at=LONG_AGO + timedelta(days=day)) for tag, is_so, day in said]
    since = None if driver is None else LONG_AGO + timedelta(days=driver)
    once = tailoring.because(words, driver_since=since)

    assert [one.tag for one in tailoring.because(words[::-1], driver_since=since)] == [
        one.tag for one in once
    ]
    assert {Tag.DIABETES, Tag.ASK_DIABETES} - {one.tag for one in once}  # never both


@pytest.mark.parametrize(
    ("codes", "found"),
    [
        ({"insulin"}, [Tag.DIABETES]),
        ({"sglt2-inhibitor", "diabetes-other"}, [Tag.DIABETES]),
        ({"glp1"}, [Tag.GLP1]),
        ({"insulin", "glp1"}, [Tag.DIABETES, Tag.GLP1]),
        ({"ssri"}, []),
        (set(), []),
    ],
)
def test_medicine_tells_by_its_classes(codes, found):
    assert list(tailoring.of_medicine(codes)) == found


def test_tags_of_help_are_those_a_helper_can_say():
    assert set(CircleMember.Help.values) | {tailoring.HAS_CARETAKER} == tailoring.HELP
    assert not tailoring.HELP & set(Tag)
    assert tailoring.HISTORY in KINDS
    assert tailoring.STAFF_ONLY == STAFF_ONLY


# --- What a plan makes of it ---------------------------------------------------------------------


def tasks(*told, **step):
    protocol = one_step(needs=["diabetes"], **({"kind": "history"} | step))
    return plan.apply(protocol, series(booking(1, MONDAY), told=told))


def test_step_is_there_with_its_reason_and_gone_without():
    because = Because(Tag.DIABETES, (word(Tag.DIABETES),))

    assert [task.because for task in tasks(because, Because(Tag.GLP1))] == [(because,)]
    assert tasks() == tasks(Because(Tag.GLP1)) == ()


def test_order_that_skips_a_step_wins_over_what_was_told():
    protocol = one_step(needs=["diabetes"], kind="history")
    skipped = plan.Order(by="Dr Diaz", at=LONG_AGO, skip="ride")
    told = (Because(Tag.DIABETES, (word(Tag.DIABETES, at=SUNDAY),)),)

    assert plan.apply(protocol, series(booking(1, MONDAY), told=told, orders=(skipped,))) == ()


@pytest.mark.parametrize(("at", "stands"), [(SUNDAY - timedelta(hours=1), False), (SUNDAY, True)])
def test_what_was_marked_before_something_was_told_is_asked_again(at, stands):
    earlier, later = word(Tag.DIABETES), word(Tag.DIABETES, at=SUNDAY, medicine="insulin")
    (task,) = tasks(Because(Tag.DIABETES, (later, earlier)), after_move="keep")
    mark = Mark(task_key=task.key, done=True, revision=1, at=at, by="diaz")

    assert (standing(task, [mark]) is not None) is stands


@pytest.mark.threat("T1")
@pytest.mark.parametrize(("actor", "stands"), [("patient", True), ("clinic", False)])
def test_note_that_only_staff_know_asks_nobody_else_again(actor, stands):
    own, note = word(Tag.DIABETES), word(Tag.DIABETES, at=SUNDAY, kind=STAFF_ONLY)
    (task,) = tasks(Because(Tag.DIABETES, (note, own)), after_move="keep", actor=actor)
    mark = Mark(task_key=task.key, done=True, revision=1, at=SUNDAY - timedelta(hours=1), by="ana")

    assert (standing(task, [mark]) is not None) is stands


def test_what_is_told_after_a_task_was_over_leaves_it_done():
    (before,) = tasks(Because(Tag.DIABETES, (word(Tag.DIABETES),)), after_move="keep")
    later = word(Tag.DIABETES, at=before.closes_at)
    (task,) = tasks(Because(Tag.DIABETES, (later,)), after_move="keep")
    mark = Mark(task_key=task.key, done=True, revision=1, at=task.opens_at, by="diaz")

    assert task.infusion is not None
    assert standing(task, [mark]) == mark


@pytest.mark.threat("T1")
@pytest.mark.parametrize(
    ("words", "kinds", "is_open"),
    [
        ((), {"history", "schedule"}, True),
        ((), {"schedule"}, False),
        ((word(Tag.DIABETES, kind="staff-only"),), {"history", "schedule"}, False),
        ((word(Tag.DIABETES, kind="substances"),), {"history", "schedule"}, False),
        ((word(Tag.DIABETES), word(Tag.DIABETES, kind="staff-only")), {"history"}, True),
    ],
)
def test_who_may_not_know_why_may_not_know_of_the_step(words, kinds, is_open):
    because = Because(Tag.DIABETES, words)
    (task,) = tasks(because)

    assert task.is_open_to(kinds) is is_open
    assert {one.kind for one in because.to(kinds)} <= kinds
