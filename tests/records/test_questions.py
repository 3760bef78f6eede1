"""One question a page: which comes next, what fits, and what is said of it."""

from dataclasses import replace
from datetime import date

import pytest

from luna.clinical.questionnaire import read_questionnaire
from luna.people.errors import Refused
from luna.people.models import Patient
from luna.records.questions import Asking
from tests.records import examples


@pytest.fixture
def asking() -> Asking:
    return Asking(
        patient=Patient(),
        questionnaire=read_questionnaire(examples.QUESTIONS),
        words=examples.WORDS,
        answers={},
        today=date(2027, 3, 8),
        kind="history",
        names=examples.NAMES,
    )


def test_first_question_comes_first(asking):
    assert asking.current.id == "born"
    assert asking.title == "Before your visit"


def test_next_question_is_the_first_one_not_answered(asking):
    on_its_way = replace(asking, answers={"born": "1990-05-31", "alone": "no"})

    assert on_its_way.current.id == "weight"


def test_question_asked_only_after_some_answers_appears_with_them(asking):
    without = replace(asking, answers={**examples.ANSWERS, "ill": "none"})
    with_it = replace(asking, answers=examples.ANSWERS)

    assert [item.id for item in without.items if item.id == "heart-steady"] == []
    assert (without.total, with_it.total) == (8, 9)


def test_question_that_may_be_left_out_is_done_once_it_was_seen(asking):
    seen = replace(asking, answers={**examples.ANSWERS, "fears": ""})
    unseen = {name: answer for name, answer in examples.ANSWERS.items() if name != "fears"}

    assert seen.current is None
    assert replace(asking, answers=unseen).current.id == "fears"


def test_needed_question_is_not_done_by_a_blank(asking):
    assert replace(asking, answers={**examples.ANSWERS, "weight": ""}).current.id == "weight"


def test_question_tells_its_place_and_the_one_before(asking):
    question = replace(asking, answers=examples.ANSWERS).question(asking.questionnaire.items[1])

    assert (question.place, question.total, question.before) == (2, 9, "born")


@pytest.mark.parametrize(
    ("item_id", "widget"),
    [
        ("born", "date"),
        ("weight", "quantity"),
        ("alone", "buttons"),
        ("ill", "boxes"),
        ("heart-steady", "buttons"),
        ("pain", "buttons"),
        ("times", "number"),
        ("fears", "text"),
    ],
)
def test_each_type_of_item_is_asked_in_its_own_way(asking, item_id, widget):
    whole = replace(asking, answers=examples.ANSWERS)

    assert whole.question(whole.item(item_id)).widget == widget


def test_quantity_has_no_unit_until_somebody_chooses_one(asking):
    question = asking.question(asking.item("weight"))

    assert [code for code, _name in question.units] == ["kg", "lb"]
    assert (question.amount, question.unit) == ("", "")


def test_number_typed_without_a_unit_stays_in_its_box(asking):
    question = asking.question(asking.item("weight"), typed="160")

    assert (question.amount, question.unit) == ("160", "")


@pytest.mark.parametrize(
    ("item_id", "shown"),
    [
        ("born", "31 May 1990"),
        ("weight", "72.5\N{NO-BREAK SPACE}kilograms"),
        ("alone", "With others"),
        ("ill", "Heart trouble; Head trouble"),
        ("heart-steady", "Yes"),
        ("pain", "7"),
        ("times", "12"),
        ("fears", "Needles."),
    ],
)
def test_answer_is_shown_in_words(asking, item_id, shown):
    whole = replace(asking, answers=examples.ANSWERS)

    assert whole.shown(whole.item(item_id)) == shown


@pytest.mark.parametrize(
    ("item_id", "typed", "says"),
    [
        ("weight", "72", "Choose the unit as well."),
        ("weight", "kg", "Type a number such as 72.5: 25 to 350 kilograms; 56 to 771 pounds."),
        ("weight", "9000 kg", "Type a number such as 72.5: 25 to 350 kilograms; 56 to 771 pounds."),
        ("weight", "-5 kg", "Type a number such as 72.5: 25 to 350 kilograms; 56 to 771 pounds."),
        ("weight", "72 stone", "Choose the unit as well."),
        ("weight", "", "Type a number, then choose its unit."),
        ("born", "2027-03-09", "Enter a day that has been, like 1990-05-31."),
        ("born", "1990-02-30", "Enter a day that has been, like 1990-05-31."),
        ("born", "", "Enter a day, like 1990-05-31."),
        ("alone", "perhaps", "Choose one of the answers."),
        ("alone", "", "Choose one of the answers."),
        (
            "ill",
            "heart,none",
            "One of these cannot be chosen together with others. Choose it alone, or take it out.",
        ),
        ("ill", "heart,teeth", "Choose one of the answers."),
        ("ill", "", "Choose at least one. There is a choice for none, or for not sure."),
        ("times", "31", "Type a whole number from 0 to 30."),
        ("times", "a lot", "Type a whole number from 0 to 30."),
        ("times", "", "Type a number."),
        ("fears", "x" * 2001, "This is too long. Write at most 2000 letters."),
    ],
)
def test_answer_that_does_not_fit_is_refused_with_what_to_do(asking, item_id, typed, says):
    with pytest.raises(Refused) as refused:
        asking.clean(asking.item(item_id), typed)

    assert (str(refused.value), refused.value.field) == (says, item_id)


@pytest.mark.parametrize(
    ("item_id", "typed", "kept"),
    [
        ("weight", " 72,5 kg ", "72.5 kg"),
        ("weight", "160 lb", "160 lb"),
        ("ill", "head,heart", "heart,head"),
        ("born", "2027-03-08", "2027-03-08"),
        ("fears", "  Needles. ", "Needles."),
        ("fears", "", ""),
    ],
)
def test_answer_that_fits_is_kept_in_one_way_of_writing(asking, item_id, typed, kept):
    assert asking.clean(asking.item(item_id), typed) == kept


def test_answers_that_cannot_both_be_true_are_named_with_their_questions(asking):
    clash = replace(asking, answers={**examples.ANSWERS, "alone": "yes", "drugs": "yes"})

    assert [(problem.text, problem.items) for problem in clash.problems] == [
        (
            "You cannot be alone and use drugs.",
            (("alone", "Do you live alone?"), ("drugs", "Do you use drugs?")),
        )
    ]


def test_what_is_sent_leaves_out_blanks_and_what_is_no_longer_asked(asking):
    answers = {**examples.ANSWERS, "ill": "none", "fears": ""}

    sent = replace(asking, answers=answers).to_send()

    assert sent.keys() == examples.ANSWERS.keys() - {"heart-steady", "fears"}


def test_check_page_tells_what_another_tab_changed(asking):
    asking = replace(asking, answers=examples.ANSWERS, saved_in={"born": 3, "weight": 9}, version=9)

    assert [line.id for line in asking.lines(since=8) if line.is_new] == ["weight"]
    assert [line.id for line in asking.lines() if line.is_new] == []
