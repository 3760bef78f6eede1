"""The intakes: whole, worded, plain, private where they must be, and judged at once where it matters."""

from collections import Counter
from datetime import date

import pytest

from luna.clinical import questionnaire, triage
from luna.clinical.errors import MissingAnswers
from luna.clinical.questionnaire import ItemType, Kind
from luna.clinical.triage import Urgency
from luna.library import content
from luna.library.wording import CARD_NAMES, PLACEHOLDER
from tests.library import reading

TODAY = date(2026, 11, 21)
INTAKES = ("intake-mood", "intake-pain", "intake-ptsd")
COMMON = content.questionnaire("intake")
RULES = content.triage_rules("intake")
CARDS = content.cards("intake")
SPOKEN = {"clinic": "Harbor Clinic", "age": "34", "address": "14 Alder Street"}
# Ana is well, and answers everything she is asked.
ANA = {
    "born": "1990-05-31",
    "weight": "160 lb",
    "height": "170 cm",
    "heart": "none",
    "head": "none",
    "breathing": "none",
    "organs": "none",
    "mind": "none",
    "dark-thoughts": "no",
    "self-harm": "never",
    "pregnancy": "cannot",
    "allergies": "none",
    "ketamine-before": "no",
    "anaesthesia": "fine",
    "implants": "none",
    "alcohol": "sometimes",
    "substances": "none",
    "use-problem": "no",
    "lives-with": "partner",
    "night-adult": "lives-here",
    "ride-home": "driven",
    "language": "English",
    "interpreter": "no",
    "fears": "needle,control",
}


def items_of(name):
    return [pytest.param(name, item, id=f"{name}-{item.id}") for item in content.questionnaire(name).items]


def said(name, item):
    """Return everything a patient reads on the page of one item."""
    words = content.words("questionnaires", name)["item"][item.id]
    choices = [text for choice in words.get("choice", {}).values() for text in choice.values() if text]
    return "\n".join([words["question"], words["hint"], words["why"], *choices])


EVERY = [item for name in INTAKES for item in items_of(name)]


def test_answers_of_someone_well_are_whole():
    assert questionnaire.check(COMMON, ANA, today=TODAY) is None
    assert questionnaire.conflicts(COMMON, ANA) == ()


@pytest.mark.hazard("H1")
@pytest.mark.parametrize("left_out", ANA)
def test_blank_answer_is_refused(left_out):
    with pytest.raises(MissingAnswers) as refused:
        questionnaire.check(COMMON, {**ANA, left_out: ""}, today=TODAY)

    assert refused.value.ids == (left_out,)


@pytest.mark.parametrize("name", INTAKES)
def test_intake_asks_its_own_questions_then_those_of_everybody(name):
    own = content.questionnaire(name)

    assert own.items[-len(COMMON.items) :] == COMMON.items
    assert (own.version, len(own.items) > len(COMMON.items)) == ("1.0.0+1.3.0", True)


@pytest.mark.parametrize("name", INTAKES)
def test_every_item_choice_and_conflict_has_words(name):
    asked, words = content.questionnaire(name), content.words("questionnaires", name)
    worded = {item: set(one.get("choice", {})) for item, one in words["item"].items()}

    assert worded == {item.id: {choice.code for choice in item.choices} for item in asked.items}
    assert {key for one in words["item"].values() for key in one} == {"question", "hint", "why", "choice"}
    assert set(words["conflict"]) == {conflict.id for conflict in asked.conflicts}


@pytest.mark.parametrize("name", INTAKES)
def test_every_question_says_what_it_is_about(name):
    asked = [one["question"] for one in content.words("questionnaires", name)["item"].values()]

    assert [one for one, times in Counter(asked).items() if times > 1] == []
    assert [one for one in asked if "any of these?" in one and len(reading.words(one)) < 8] == []


@pytest.mark.parametrize(("name", "item"), EVERY)
def test_page_of_an_item_is_plain(name, item):
    text = said(name, item)

    assert reading.grade(text) <= 8
    assert [one for one in reading.sentences(text) if len(reading.words(one)) > 16] == []


@pytest.mark.parametrize(("name", "item"), EVERY)
def test_page_of_an_item_tells_nobody_to_change_a_medicine(name, item):
    commands = {"stop taking", "start taking", "skip", "hold off", "reduce", "increase", "your dose to"}

    assert [word for word in commands if word in said(name, item).lower()] == []


@pytest.mark.parametrize(("name", "item"), EVERY)
def test_words_of_an_item_hold_no_placeholder(name, item):
    assert PLACEHOLDER.findall(said(name, item)) == []


@pytest.mark.threat("T1")
def test_private_answers_are_kinds_of_their_own():
    private = {item.id: item.kind for item in COMMON.items if item.kind is not Kind.HISTORY}

    assert private == {
        "dark-thoughts": Kind.SUICIDALITY,
        "self-harm": Kind.SUICIDALITY,
        "pregnancy": Kind.PREGNANCY,
        "alcohol": Kind.SUBSTANCES,
        "substances": Kind.SUBSTANCES,
        "use-problem": Kind.SUBSTANCES,
    }


@pytest.mark.parametrize("name", INTAKES)
def test_every_item_says_what_it_is_shared_as(name):
    assert [item.id for item in content.questionnaire(name).items if item.kind is None] == []


@pytest.mark.threat("T1")
@pytest.mark.parametrize("name", INTAKES)
def test_safety_at_home_is_never_asked_where_another_could_read_it(name):
    kinds = {item.kind for item in content.questionnaire(name).items}

    assert Kind.SAFETY_AT_HOME not in kinds


@pytest.mark.parametrize("name", INTAKES)
def test_no_unit_is_chosen_beforehand(name):
    units = {item.id: item.units for item in content.questionnaire(name).items if item.units}

    assert units == {"weight": ("kg", "lb"), "height": ("cm", "in")}


@pytest.mark.parametrize("name", INTAKES)
def test_whoever_is_not_sure_or_has_none_says_only_that(name):
    loose = [
        (item.id, choice.code)
        for item in content.questionnaire(name).items
        for choice in item.choices
        if item.repeats
        and choice.code in ("none", "not-sure", "rather-talk", "never", "alone")
        and not choice.alone
        if (item.id, choice.code) != ("fears", "alone")
    ]

    assert loose == []


def test_every_medical_list_takes_not_sure():
    lists = (
        "heart",
        "head",
        "breathing",
        "organs",
        "mind",
        "pregnancy",
        "allergies",
        "anaesthesia",
        "implants",
    )

    assert [item.id for item in COMMON.items if item.id in lists and "not-sure" not in item.offered] == []


@pytest.mark.hazard("H7")
@pytest.mark.parametrize("name", INTAKES)
def test_diabetes_is_asked_of_everybody_before_anybody_fasts(name):
    asked = {item.id: item for item in content.questionnaire(name).items}["organs"]

    assert ("diabetes" in asked.offered, asked.when) == (True, ())
    assert "diabetes" in said(name, asked).casefold()


@pytest.mark.parametrize(
    ("answers", "conflict"),
    [
        ({"lives-with": "alone"}, "home-alone"),
        ({"allergies": "ketamine"}, "ketamine-allergy"),
        ({"substances": "ketamine,cannabis"}, "ketamine-use"),
        ({"use-problem": "now", "alcohol": "never"}, "use-without-use"),
        ({"anaesthesia": "never", "implants": "shunt"}, "never-anaesthesia"),
    ],
)
def test_conflict_is_found(answers, conflict):
    assert [one.id for one in questionnaire.conflicts(COMMON, {**ANA, **answers})] == [conflict]


def test_conflict_of_the_mood_intake_is_found():
    found = questionnaire.conflicts(
        content.questionnaire("intake-mood"), {"mood-tried": "medicines,talking", "mood-medicines": "0"}
    )

    assert [one.id for one in found] == ["medicines-none"]


@pytest.mark.hazard("H10")
@pytest.mark.parametrize(
    ("answer", "urgency", "card"),
    [
        ("no", Urgency.ROUTINE, None),
        ("thoughts", Urgency.SOON, "thoughts"),
        ("might-act", Urgency.URGENT, "might-act"),
        ("rather-talk", Urgency.URGENT, "might-act"),
        ("now", Urgency.EMERGENCY, "danger-now"),
    ],
)
def test_dark_thoughts_are_judged_by_themselves(answer, urgency, card):
    found = triage.assess(RULES, questionnaire.facts(COMMON, {"dark-thoughts": answer}))

    assert (found.urgency, found.matched[0].card if found.matched else None) == (urgency, card)


@pytest.mark.hazard("H10")
@pytest.mark.parametrize(
    ("answer", "urgency", "card"),
    [
        ("never", Urgency.ROUTINE, None),
        ("long-ago", Urgency.ROUTINE, None),
        ("last-year", Urgency.SOON, "hurt-last-year"),
        ("lately", Urgency.URGENT, "hurt-lately"),
        ("rather-talk", Urgency.URGENT, "hurt-lately"),
    ],
)
def test_self_harm_is_judged_by_itself(answer, urgency, card):
    found = triage.assess(RULES, questionnaire.facts(COMMON, {"self-harm": answer}))

    assert (found.urgency, found.matched[0].card if found.matched else None) == (urgency, card)


@pytest.mark.hazard("H10")
@pytest.mark.parametrize(
    ("item", "fact"), [("dark-thoughts", "suicide_thoughts_level"), ("self-harm", "self_harm_level")]
)
def test_answer_of_danger_left_blank_is_never_all_clear(item, fact):
    found = triage.assess(RULES, questionnaire.facts(COMMON, {**ANA, item: ""}))

    assert (found.missing, found.all_clear) == ((fact,), False)


@pytest.mark.hazard("H10")
@pytest.mark.parametrize("name", INTAKES)
def test_items_that_cannot_wait_are_those_the_triage_reads(name):
    asked = content.questionnaire(name).items

    assert {item.fact for item in asked if item.safety} == RULES.required
    assert {item.fact for item in asked if item.fact} <= RULES.known


@pytest.mark.hazard("H10")
@pytest.mark.parametrize("name", INTAKES)
def test_every_answer_about_suicide_is_judged(name):
    private = [item for item in content.questionnaire(name).items if item.kind is Kind.SUICIDALITY]

    assert [item.id for item in private if not item.safety] == []


def test_every_rule_has_its_card_and_every_card_a_rule():
    assert {rule.card for rule in RULES.rules} == set(CARDS)


@pytest.mark.parametrize("rule", RULES.rules, ids=lambda rule: rule.id)
def test_rule_is_graded_no_surer_than_its_evidence(rule):
    cited = [content.SURENESS.index(content.evidence()[name].grade) for name in rule.evidence]

    assert content.SURENESS.index(rule.grade) >= min(cited)


@pytest.mark.parametrize("card", CARDS.values(), ids=lambda card: card.id)
def test_card_is_plain_enough_for_someone_in_distress(card):
    shown = "\n".join(content.fill(words, SPOKEN) for words in (card.told, card.say, *card.steps))

    assert reading.grade(shown) <= 6
    assert [one for one in reading.sentences(shown) if len(reading.words(one)) > 16] == []
    assert set(PLACEHOLDER.findall(card.say)) <= CARD_NAMES


def test_emergency_card_tells_the_dispatcher_who_and_where():
    assert set(PLACEHOLDER.findall(CARDS["danger-now"].say)) == {"age", "clinic", "address"}


def test_scores_of_an_intake_are_none():
    assert [item.id for item in COMMON.items if item.type is ItemType.CHOICE and item.points] == [
        "dark-thoughts",
        "self-harm",
    ]
