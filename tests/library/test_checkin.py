"""The check-in at home and its triage: every answer, every rule, every card."""

from itertools import product

import pytest

from luna.clinical import questionnaire, triage
from luna.clinical.errors import MissingAnswers
from luna.clinical.triage import Urgency
from luna.library import content
from luna.library.wording import CARD_NAMES, PLACEHOLDER
from tests.library import reading

CHECKIN = content.questionnaire("checkin")
RULES = content.triage_rules("recovery")
CARDS = content.cards("recovery")
WORDS = content.words("questionnaires", "checkin")
FINE = {"wake": "awake", "breathing": "easy", "other": "fine"}
SPOKEN = {
    "patient": "Ana",
    "clinic": "Harbor Clinic",
    "relation_words": "My partner",
    "age": "34",
    "address": "14 Alder Street",
}


def judge(**answers):
    return triage.assess(RULES, questionnaire.facts(CHECKIN, answers))


def urgency_and_card(**answers):
    found = judge(**{**FINE, **answers})
    return found.urgency, found.matched[0].card if found.matched else None


def test_all_fine_is_all_clear():
    assert judge(**FINE).all_clear is True


@pytest.mark.hazard("H1")
@pytest.mark.parametrize("left_out", FINE)
def test_missing_answer_is_never_all_clear(left_out):
    found = judge(**{item: code for item, code in FINE.items() if item != left_out})

    assert (found.all_clear, len(found.missing)) == (False, 1)


@pytest.mark.hazard("H1")
@pytest.mark.parametrize("left_out", FINE)
def test_blank_answer_is_refused(left_out):
    with pytest.raises(MissingAnswers):
        questionnaire.check(CHECKIN, {**FINE, left_out: ""})


@pytest.mark.parametrize(
    ("answers", "urgency", "card"),
    [
        ({"wake": "awake"}, Urgency.ROUTINE, None),
        ({"wake": "asleep"}, Urgency.ROUTINE, None),
        ({"wake": "slowly"}, Urgency.URGENT, "hard-to-wake"),
        ({"wake": "not-sure"}, Urgency.URGENT, "hard-to-wake"),
        ({"wake": "no"}, Urgency.EMERGENCY, "cannot-wake"),
        ({"breathing": "odd"}, Urgency.URGENT, "breathing-odd"),
        ({"breathing": "not-sure"}, Urgency.URGENT, "breathing-odd"),
        ({"breathing": "bad"}, Urgency.EMERGENCY, "breathing"),
        ({"other": "mild"}, Urgency.ROUTINE, "mild"),
        ({"other": "upset"}, Urgency.URGENT, "panic"),
        ({"other": "confused"}, Urgency.URGENT, "confused"),
        ({"other": "vomiting"}, Urgency.URGENT, "vomiting"),
        ({"other": "fall"}, Urgency.URGENT, "fall"),
        ({"other": "dark-thoughts"}, Urgency.URGENT, "dark-thoughts"),
        ({"other": "chest"}, Urgency.EMERGENCY, "chest"),
        ({"other": "head"}, Urgency.EMERGENCY, "head"),
        ({"other": "seizure"}, Urgency.EMERGENCY, "seizure"),
        ({"other": "swelling"}, Urgency.EMERGENCY, "swelling"),
        ({"other": "self-harm"}, Urgency.EMERGENCY, "self-harm"),
        ({"other": "danger"}, Urgency.EMERGENCY, "danger"),
        ({"other": "something-else"}, Urgency.URGENT, "something-else"),
        ({"other": "not-sure"}, Urgency.URGENT, "something-else"),
        ({"wake": "slowly", "other": "vomiting"}, Urgency.EMERGENCY, "drowsy-vomiting"),
        ({"wake": "asleep", "other": "vomiting"}, Urgency.URGENT, "vomiting"),
        ({"wake": "slowly", "other": "fall"}, Urgency.EMERGENCY, "drowsy-fall"),
        ({"wake": "asleep", "other": "fall"}, Urgency.URGENT, "fall"),
        ({"wake": "slowly", "breathing": "odd"}, Urgency.EMERGENCY, "breathing"),
        ({"wake": "asleep", "breathing": "odd"}, Urgency.URGENT, "breathing-odd"),
    ],
)
def test_answer_asks_for(answers, urgency, card):
    assert urgency_and_card(**answers) == (urgency, card)


def test_every_answer_is_tried_above():
    tried = {
        (item, code)
        for parameters in test_answer_asks_for.pytestmark[0].args[1]
        for item, code in parameters[0].items()
    }
    offered = {(item.id, choice.code) for item in CHECKIN.items for choice in item.choices}

    assert offered - tried == {("breathing", "easy"), ("other", "fine")}


@pytest.mark.parametrize("first", ["no", "slowly", "not-sure"])
def test_first_answer_alone_is_judged(first):
    expected = Urgency.EMERGENCY if first == "no" else Urgency.URGENT

    assert judge(wake=first).urgency is expected


@pytest.mark.parametrize(
    ("fact", "value", "urgency"),
    [
        ("hard_to_wake_level", 1.99, Urgency.ROUTINE),
        ("hard_to_wake_level", 2, Urgency.URGENT),
        ("hard_to_wake_level", 2.99, Urgency.URGENT),
        ("hard_to_wake_level", 3, Urgency.EMERGENCY),
        ("breathing_trouble_level", 1.99, Urgency.ROUTINE),
        ("breathing_trouble_level", 2, Urgency.URGENT),
        ("breathing_trouble_level", 2.99, Urgency.URGENT),
        ("breathing_trouble_level", 3, Urgency.EMERGENCY),
    ],
)
def test_level_below_at_and_above_its_bound(fact, value, urgency):
    assert triage.assess(RULES, {fact: value}).urgency is urgency


@pytest.mark.hazard("H10")
def test_not_sure_is_never_less_than_a_call():
    unsure = [
        (item.id, judge(**{**FINE, item.id: "not-sure"}).urgency >= Urgency.URGENT) for item in CHECKIN.items
    ]

    assert unsure == [("wake", True), ("breathing", True), ("other", True)]


def test_worse_answers_never_lower_the_urgency():
    for first, second, third in product(*(item.choices for item in CHECKIN.items)):
        together = judge(wake=first.code, breathing=second.code, other=third.code).urgency
        alone = (judge(wake=first.code), judge(breathing=second.code), judge(other=third.code))

        assert together >= max(found.urgency for found in alone)


def test_every_sign_but_fine_has_a_rule():
    signs = {choice.points for choice in CHECKIN.items[2].choices} - {0}
    ruled = {bound.equals for rule in RULES.rules for bound in rule.when if bound.fact == "other_sign_code"}

    assert ruled == signs


def test_facts_of_the_questions_are_those_the_rules_require():
    assert {item.fact for item in CHECKIN.items} == RULES.required


def test_every_rule_has_its_card_and_every_card_a_rule():
    assert {rule.card for rule in RULES.rules} == set(CARDS)


@pytest.mark.parametrize("rule", RULES.rules, ids=lambda rule: rule.id)
def test_rule_is_graded_no_surer_than_its_evidence(rule):
    cited = [content.SURENESS.index(content.evidence()[name].grade) for name in rule.evidence]

    assert content.SURENESS.index(rule.grade) >= min(cited)


@pytest.mark.parametrize("card", CARDS.values(), ids=lambda card: card.id)
def test_card_can_be_filled_with_what_the_page_knows(card):
    shown = [content.fill(words, SPOKEN) for words in (card.told, card.say, *card.steps)]

    assert [text for text in shown if "{" in text] == []


@pytest.mark.parametrize("card", CARDS.values(), ids=lambda card: card.id)
def test_card_is_plain_enough_for_a_frightened_reader(card):
    shown = "\n".join(content.fill(words, SPOKEN) for words in (card.told, card.say, *card.steps))

    assert reading.grade(shown) <= 6
    assert [one for one in reading.sentences(shown) if len(reading.words(one)) > 15] == []


@pytest.mark.parametrize(
    "card",
    [CARDS[rule.card] for rule in RULES.rules if rule.urgency is Urgency.EMERGENCY],
    ids=lambda card: card.id,
)
def test_emergency_card_tells_the_dispatcher_who_what_where(card):
    assert {"relation_words", "age", "clinic", "address"} <= set(PLACEHOLDER.findall(card.say))


def test_words_of_cards_use_only_what_may_be_filled():
    named = {
        name
        for card in CARDS.values()
        for text in (card.told, card.say, *card.steps)
        for name in PLACEHOLDER.findall(text)
    }

    assert named - CARD_NAMES == set()


def test_every_question_and_choice_has_words():
    worded = {(item, code) for item, words in WORDS["item"].items() for code in words["choice"]}
    offered = {(item.id, choice.code) for item in CHECKIN.items for choice in item.choices}

    assert worded == offered
    assert [set(words) for words in WORDS["item"].values()] == [{"question", "hint", "why", "choice"}] * 3


@pytest.mark.hazard("H1")
def test_later_answers_are_whole_fine_and_worded():
    later = content.later("checkin")

    assert [(quick.id, judge(**quick.answers).all_clear, quick.after_fine) for quick in later] == [
        ("same", True, True),
        ("asleep", True, True),
    ]
    assert set(WORDS["later"]) == {quick.id for quick in later}


@pytest.mark.hazard("H10")
def test_worried_page_begins_with_the_emergency_for_the_caretaker_and_a_person_for_the_patient():
    page = content.words("pages", "worried")
    parts = {
        reader: [key for key in page[reader] if key not in ("title", "intro")]
        for reader in ("caretaker", "patient")
    }

    assert (parts["caretaker"][0], parts["patient"][:2]) == ("emergency", ["dark", "clinic"])
