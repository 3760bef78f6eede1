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
