from datetime import date

import pytest

from luna.clinical import errors, questionnaire
from luna.clinical.questionnaire import Score

TEXT = """
id = "example"
version = "1.0.0"
source = "example-source"
review_by = 2027-11-01
reviewed_by = ""

[[item]]
id = "waking"
type = "choice"
fact = "drowsy_0_3"
safety = true
choices = [{ code = "awake", points = 0 }, { code = "drowsy", points = 1 }, { code = "not-sure", points = 3 }]

[[item]]
id = "sleep"
type = "choice"
choices = [{ code = "well", points = 0 }, { code = "badly", points = 2 }]

[[item]]
id = "company"
type = "choice"
required = false
choices = [{ code = "alone" }, { code = "together" }]

[[item]]
id = "pain"
type = "integer"
fact = "pain_0_10"
most = 10

[[item]]
id = "vomited"
type = "boolean"
fact = "vomited"

[[item]]
id = "words"
type = "text"
required = false

[[band]]
id = "low"
at_least = 0

[[band]]
id = "middle"
at_least = 2

[[band]]
id = "high"
at_least = 5
"""
READ = questionnaire.read_questionnaire(TEXT)
ANSWERS = {"waking": "drowsy", "sleep": "badly", "pain": "7", "vomited": "false"}


# The lowest total, each band's edge from below and at it, and the highest.
@pytest.mark.parametrize(
    ("waking", "sleep", "score"),
    [
        (0, 0, Score(0, "low")),
        (1, 0, Score(1, "low")),
        (0, 2, Score(2, "middle")),
        (1, 2, Score(3, "middle")),
        (3, 2, Score(5, "high")),
    ],
)
def test_score_adds_the_points_and_finds_the_band(waking, sleep, score):
    assert questionnaire.score(READ, {"waking": waking, "sleep": sleep}) == score


def test_score_just_below_the_highest_band_stays_in_the_one_before():
    text = TEXT.replace('"badly", points = 2', '"badly", points = 1')

    assert questionnaire.score(questionnaire.read_questionnaire(text), {"waking": 3, "sleep": 1}) == Score(
        4, "middle"
    )


def test_score_has_no_band_when_there_are_none():
    found = questionnaire.read_questionnaire(TEXT.split("[[band]]")[0])

    assert questionnaire.score(found, {"waking": 3, "sleep": 2}) == Score(5, None)


def test_score_refuses_to_guess_at_a_blank():
    with pytest.raises(errors.MissingAnswers) as refused:
        questionnaire.score(READ, {"sleep": 2})

    assert refused.value.ids == ("waking",)
    assert str(refused.value) == "No answer to waking. Answer every required item."


@pytest.mark.parametrize(
    ("item", "points", "message"),
    [
        ("waking", 2, "waking: this is not one of its answers. It takes 0, 1, 3."),
        ("waking", -1, "waking: this is not one of its answers. It takes 0, 1, 3."),
        ("company", 0, "company: this is not one of its answers. It takes no points."),
        ("dizzy", 1, "dizzy: this is not one of its answers. It takes no points."),
    ],
)
def test_score_refuses_a_stray(item, points, message):
    with pytest.raises(errors.StrayAnswer) as refused:
        questionnaire.score(READ, {"waking": 0, "sleep": 0, item: points})

    assert (refused.value.item, refused.value.answer, str(refused.value)) == (item, points, message)


def test_points_are_those_of_the_chosen_codes():
    assert questionnaire.points(READ, ANSWERS) == {"waking": 1, "sleep": 2}


def test_facts_are_named_numbers():
    assert questionnaire.facts(READ, ANSWERS) == {"drowsy_0_3": 1.0, "pain_0_10": 7.0, "vomited": 0.0}


def test_blank_answer_gives_no_fact():
    assert questionnaire.facts(READ, {"waking": "", "pain": "  ", "vomited": "true"}) == {"vomited": 1.0}


def test_answers_are_good_when_every_required_item_is_answered():
    assert questionnaire.check(READ, ANSWERS) is None


def test_answers_are_refused_when_required_items_are_blank():
    with pytest.raises(errors.MissingAnswers) as refused:
        questionnaire.check(READ, {**ANSWERS, "waking": " ", "pain": ""})

    assert refused.value.ids == ("waking", "pain")


@pytest.mark.parametrize("answer", ["", "0", "10", "7"])
def test_whole_number_within_its_limits_is_an_answer(answer):
    found = questionnaire.facts(READ, {"pain": answer})

    assert found == ({"pain_0_10": float(answer)} if answer else {})


@pytest.mark.parametrize(
    ("item", "answer", "takes"),
    [
        ("waking", "asleep", "awake, drowsy, not-sure"),
        ("pain", "11", "0 to 10"),
        ("pain", "-1", "0 to 10"),
        ("pain", "7.0", "0 to 10"),
        ("pain", "\u0667", "0 to 10"),
        ("vomited", "yes", "true, false"),
        ("dizzy", "true", "no answer, for there is no such item"),
    ],
)
def test_stray_answer_is_refused_by_name(item, answer, takes):
    with pytest.raises(errors.StrayAnswer) as refused:
        questionnaire.check(READ, {**ANSWERS, item: answer})

    assert str(refused.value) == f"{item}: this is not one of its answers. It takes {takes}."


def test_questionnaire_is_read_whole():
    waking, *_, words = READ.items

    assert (READ.id, READ.version, READ.source, READ.reviewed_by) == (
        "example",
        "1.0.0",
        "example-source",
        "",
    )
    assert (waking.type, waking.fact, waking.required, waking.safety) == ("choice", "drowsy_0_3", True, True)
    assert [(choice.code, choice.points) for choice in waking.choices] == [
        ("awake", 0),
        ("drowsy", 1),
        ("not-sure", 3),
    ]
    assert (words.type, words.fact, words.required, words.choices) == ("text", None, False, ())
    assert [(band.id, band.at_least) for band in READ.bands] == [("low", 0), ("middle", 2), ("high", 5)]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            'type = "boolean"',
            'type = "bool"',
            "item[5] 'vomited'.type: There is no 'bool'. Did you mean boolean?",
        ),
        (
            'code = "drowsy", points = 1',
            'code = "drowsy"',
            "item[1] 'waking'.choices: 'drowsy' has no points. "
            "Give every choice points, or none and no fact.",
        ),
        (
            'code = "drowsy"',
            'code = "awake"',
            "item[1] 'waking'.choices[2] 'awake'.code: There is another one above. Give each one of its own.",
        ),
        (
            'choices = [{ code = "alone" }, { code = "together" }]',
            "",
            "item[3] 'company'.choices: Choices belong to items of type choice, and only there. "
            "Add or remove them.",
        ),
        (
            'type = "text"',
            'type = "text"\nfact = "words"',
            "item[6] 'words'.fact: Free words are no number. Take fact out, or change the type.",
        ),
        ("most = 10", "most = 0", "item[4] 'pain'.most: 0 is not above 0. Write least below most."),
        (
            'fact = "vomited"',
            'fact = "pain_0_10"',
            "item: Two items feed the same fact. Give each fact one item.",
        ),
        (
            "at_least = 2",
            "at_least = 5",
            "band: The bands do not rise. Put the lowest at_least first, each once.",
        ),
        (
            "at_least = 0",
            "at_least = 1",
            "band: A total of 0 falls in no band. Start the first at 0 or lower.",
        ),
        ('source = "example-source"', 'source = ""', "source: This is blank. Write something here."),
    ],
)
def test_questionnaire_is_refused_with_the_place_and_the_cure(old, new, message):
    with pytest.raises(errors.QuestionnaireError) as refused:
        questionnaire.read_questionnaire(TEXT.replace(old, new))

    assert str(refused.value) == message


def test_questionnaire_is_refused_without_items():
    with pytest.raises(errors.QuestionnaireError) as refused:
        questionnaire.read_questionnaire(TEXT.split("[[item]]")[0])

    assert str(refused.value) == "item: There are no items. Add at least one [[item]]."


def test_free_words_are_an_answer_but_no_number():
    answers = {**ANSWERS, "words": "I slept a little."}

    assert questionnaire.check(READ, answers) is None
    assert questionnaire.facts(READ, answers) == questionnaire.facts(READ, ANSWERS)


INTAKE_TEXT = """
id = "intake"
version = "1.2.0"
source = "example-source"
kind = "history"
review_by = 2027-11-01
reviewed_by = ""

[[item]]
id = "born"
type = "date"
past = true

[[item]]
id = "next-trip"
type = "date"
required = false

[[item]]
id = "weight"
type = "quantity"
fact = "weight_kg"
units = ["kg", "lb"]
least = 25
most = 350

[[item]]
id = "heart"
type = "choice"
repeats = true
choices = [
  { code = "angina" },
  { code = "rhythm" },
  { code = "none", alone = true },
  { code = "not-sure", alone = true },
]

[[item]]
id = "steady"
type = "boolean"
when = [{ item = "heart", any = ["angina", "rhythm"] }]

[[item]]
id = "since"
type = "text"
when = [{ item = "steady", any = ["false"] }]

[[item]]
id = "lives"
type = "choice"
kind = "safety-at-home"
choices = [{ code = "alone" }, { code = "together" }]

[[item]]
id = "night"
type = "choice"
choices = [{ code = "lives-here" }, { code = "comes-over" }]

[[conflict]]
id = "home-alone"
when = [{ item = "lives", any = ["alone"] }, { item = "night", any = ["lives-here"] }]
"""
INTAKE = questionnaire.read_questionnaire(INTAKE_TEXT)
ITEMS = {item.id: item for item in INTAKE.items}
TODAY = date(2026, 11, 21)
TOLD = {
    "born": "1990-05-31",
    "weight": "72.5 kg",
    "heart": "none",
    "lives": "together",
    "night": "lives-here",
}


def ids(items):
    return [item.id for item in items]


def clean(item, answer):
    return ITEMS[item].clean(answer, today=TODAY)


def refusal(item, answer):
    with pytest.raises(errors.StrayAnswer) as refused:
        clean(item, answer)
    return refused.value.takes


@pytest.mark.parametrize(
    ("item", "answer", "kept"),
    [
        ("born", " 1990-05-31 ", "1990-05-31"),
        ("born", "2026-11-21", "2026-11-21"),
        ("born", "1900-01-01", "1900-01-01"),
        ("born", "2024-02-29", "2024-02-29"),
        ("next-trip", "2027-01-01", "2027-01-01"),
        ("weight", "72.5 kg", "72.5 kg"),
        ("weight", "72,5 kg", "72.5 kg"),
        ("weight", "160lb", "160 lb"),
        ("weight", "25 kg", "25 kg"),
        ("weight", "350 kg", "350 kg"),
        ("heart", "rhythm,angina", "angina,rhythm"),
        ("heart", " angina , angina ,", "angina"),
        ("heart", "none", "none"),
        ("since", "  May  ", "May"),
        ("since", "x" * 2000, "x" * 2000),
        ("steady", "true", "true"),
        ("born", "  ", ""),
        ("weight", "", ""),
    ],
)
def test_answer_is_kept_in_one_form(item, answer, kept):
    assert clean(item, answer) == kept


@pytest.mark.hazard("H4")
@pytest.mark.parametrize(
    "answer",
    [
        "72.5",
        "kg",
        "72.5 st",
        "72.5 KG",
        "-72 kg",
        "24.99 kg",
        "350.01 kg",
        "55 lb",
        "772 lb",
        "7.255 kg",
        "72.5 kg lb",
        "\u0667\u0662 kg",
        "1e2 kg",
        "nan kg",
    ],
)
def test_weight_that_cannot_be_is_refused(answer):
    assert refusal("weight", answer) == "25 to 350 kg or 56 to 771 lb"


@pytest.mark.parametrize(
    "answer",
    [
        "2026-11-22",
        "2027-01-01",
        "1899-12-31",
        "1990-02-30",
        "2023-02-29",
        "19900531",
        "31.05.1990",
        "1990-5-31",
        "1990-W22-4",
        "\u0661990-05-31",
        "today",
    ],
)
def test_day_that_cannot_be_is_refused(answer):
    assert refusal("born", answer) == "a day that has been, like 1990-05-31"


def test_day_to_come_may_be_told_where_it_may():
    assert refusal("next-trip", "2026-02-30") == "a day, like 1990-05-31"


def test_day_that_has_been_needs_to_know_today():
    with pytest.raises(TypeError):
        ITEMS["born"].clean("1990-05-31")


@pytest.mark.parametrize("answer", ["none,angina", "angina,asthma", "none,not-sure", "angina;rhythm"])
def test_answers_that_exclude_each_other_are_refused(answer):
    assert refusal("heart", answer) == "angina, rhythm, none, not-sure"


def test_single_choice_takes_one_answer():
    assert refusal("lives", "alone,together") == "alone, together"


def test_words_without_end_are_refused():
    assert refusal("since", "x" * 2001) == "at most 2000 letters"


@pytest.mark.parametrize(("answer", "weight"), [("72.5 kg", 72.5), ("160 lb", 72.5747792)])
def test_quantity_gives_its_fact_in_the_first_unit(answer, weight):
    assert questionnaire.facts(INTAKE, {**TOLD, "weight": answer}) == {"weight_kg": pytest.approx(weight)}


def test_days_words_and_several_choices_give_no_fact():
    assert questionnaire.facts(INTAKE, {"born": "1990-05-31", "since": "May", "heart": "angina"}) == {}


@pytest.mark.parametrize(
    ("answers", "more"),
    [
        ({}, []),
        ({"heart": "none"}, []),
        ({"heart": "rhythm,angina"}, ["steady"]),
        ({"heart": "angina", "steady": "true"}, ["steady"]),
        ({"heart": "angina", "steady": "false"}, ["steady", "since"]),
    ],
)
def test_item_is_asked_when_the_answers_before_ask_for_it(answers, more):
    always = ["born", "next-trip", "weight", "heart", *more, "lives", "night"]

    assert ids(questionnaire.asked(INTAKE, answers)) == always


def test_answers_nobody_asks_for_any_more_are_left_out():
    answers = {**TOLD, "heart": "none", "steady": "false", "since": "May"}

    assert questionnaire.kept(INTAKE, answers) == TOLD


def test_answers_still_asked_for_are_kept():
    answers = {**TOLD, "heart": "angina", "steady": "false", "since": "May"}

    assert questionnaire.kept(INTAKE, answers) == answers


def test_intake_is_whole_without_what_is_not_asked():
    assert questionnaire.check(INTAKE, TOLD, today=TODAY) is None


def test_intake_misses_what_the_answers_ask_for():
    with pytest.raises(errors.MissingAnswers) as refused:
        questionnaire.check(INTAKE, {**TOLD, "heart": "angina", "steady": "false"}, today=TODAY)

    assert refused.value.ids == ("since",)


def test_answer_to_an_item_not_asked_is_refused():
    with pytest.raises(errors.StrayAnswer) as refused:
        questionnaire.check(INTAKE, {**TOLD, "steady": "true"}, today=TODAY)

    assert str(refused.value) == (
        "steady: this is not one of its answers. It takes no answer, for it is not asked after the others."
    )


def test_impossible_day_is_refused_with_the_whole_intake():
    with pytest.raises(errors.StrayAnswer) as refused:
        questionnaire.check(INTAKE, {**TOLD, "born": "2030-01-01"}, today=TODAY)

    assert refused.value.item == "born"


def test_conflict_names_both_items():
    (found,) = questionnaire.conflicts(INTAKE, {**TOLD, "lives": "alone"})

    assert (found.id, found.items) == ("home-alone", ("lives", "night"))


@pytest.mark.parametrize("answers", [TOLD, {}, {"lives": "alone"}, {"lives": "alone", "night": "comes-over"}])
def test_answers_that_can_all_be_true_are_no_conflict(answers):
    assert questionnaire.conflicts(INTAKE, answers) == ()


def test_item_takes_the_kind_of_its_questionnaire_unless_it_has_its_own():
    assert (ITEMS["born"].kind, ITEMS["lives"].kind) == ("history", "safety-at-home")
    assert [item.kind for item in READ.items] == [None] * 6


def test_joined_questionnaire_asks_its_own_items_first():
    whole = questionnaire.joined(READ, INTAKE)

    assert ids(whole.items) == [*ids(READ.items), *ids(INTAKE.items)]
    assert (whole.id, whole.version, whole.include) == ("example", "1.0.0+1.2.0", "")
    assert (whole.conflicts, whole.bands) == (INTAKE.conflicts, READ.bands)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('id = "words"', 'id = "born"', "example.include: 'born' is also in intake. Rename one of them."),
        (
            'fact = "vomited"',
            'fact = "weight_kg"',
            "example.include: intake also feeds 'weight_kg'. Give each fact one item.",
        ),
    ],
)
def test_joined_questionnaires_share_no_id_and_no_fact(old, new, message):
    own = questionnaire.read_questionnaire(TEXT.replace(old, new))

    with pytest.raises(errors.QuestionnaireError) as refused:
        questionnaire.joined(own, INTAKE)

    assert str(refused.value) == message


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            'item = "heart", any = ["angina", "rhythm"]',
            'item = "lives", any = ["alone"]',
            "item[5] 'steady'.when[1] 'lives'.item: There is no item 'lives' above. "
            "Name one that was asked before.",
        ),
        (
            'item = "heart", any = ["angina", "rhythm"]',
            'item = "heart", any = ["asthma"]',
            "item[5] 'steady'.when[1] 'heart'.any: 'heart' does not offer 'asthma'. "
            "It takes angina, rhythm, none, not-sure.",
        ),
        (
            'item = "lives", any = ["alone"] }, ',
            'item = "night", any = ["comes-over"] }]#',
            "conflict[1] 'home-alone'.when: One answer alone is no conflict. Name at least two items.",
        ),
        (
            'type = "boolean"',
            'type = "boolean"\nrepeats = true',
            "item[5] 'steady'.repeats: Only choices can be several. Take repeats out, or change the type.",
        ),
        (
            "repeats = true\n",
            "",
            "item[4] 'heart'.choices: There is only ever one answer. Take alone out, or add repeats = true.",
        ),
        (
            'type = "boolean"',
            'type = "boolean"\npast = true',
            "item[5] 'steady'.past: Only a day can have been. Take past out, or change the type.",
        ),
        (
            'units = ["kg", "lb"]',
            "",
            "item[3] 'weight'.units: Units belong to items of type quantity, and only there. "
            "Add or remove them.",
        ),
        (
            'units = ["kg", "lb"]',
            'units = ["kg", "cm"]',
            "item[3] 'weight'.units: 'cm' cannot be read in kg. Use kg, lb, cm, in; kg or cm first.",
        ),
        (
            'units = ["kg", "lb"]',
            'units = ["lb", "kg"]',
            "item[3] 'weight'.units: 'lb' cannot be read in lb. Use kg, lb, cm, in; kg or cm first.",
        ),
        (
            'fact = "weight_kg"',
            'fact = "weight"',
            "item[3] 'weight'.fact: It does not end in its unit. End it in _kg.",
        ),
        (
            "past = true",
            'past = true\nfact = "born"',
            "item[1] 'born'.fact: Days and several choices are no number. Take fact out, or change the item.",
        ),
        (
            'kind = "safety-at-home"',
            'kind = "home"',
            "item[7] 'lives'.kind: There is no 'home'. Use one of: "
            "history, pregnancy, substances, safety-at-home, suicidality.",
        ),
    ],
)
def test_intake_is_refused_with_the_place_and_the_cure(old, new, message):
    assert INTAKE_TEXT.count(old) == 1

    with pytest.raises(errors.QuestionnaireError) as refused:
        questionnaire.read_questionnaire(INTAKE_TEXT.replace(old, new))

    assert str(refused.value) == message
