"""Guides are short, plain and written to their reader."""

import re

import pytest

from luna.clinical.protocol import Actor
from luna.library import content
from luna.web import icons
from tests.library import reading

HIGHEST_GRADE = 8
LONGEST_SENTENCE = 15
GUIDES = [content.guide(actor, name) for actor in Actor for name in content.names(f"guides/{actor}")]
PEOPLES = [guide for guide in GUIDES if guide.actor is not Actor.CLINIC]
VALUES = {
    "patient": "Ana",
    "caretaker": "Bea",
    "clinic": "Harbor Clinic",
    "time": "10 am",
    "day": "Friday 21 November",
    "phone": "555 0142",
    "nurse_line": "555 0143",
    "hours_food": "6 hours",
    "hours_drink": "2 hours",
    "food_until": "10 pm",
    "drink_until": "7:45 am tomorrow",
    "due": "10 pm",
    "medicine": "Calmazine",
}


def id_of(guide):
    return f"{guide.actor}/{guide.id}"


each_guide = pytest.mark.parametrize("guide", GUIDES, ids=id_of)
each_peoples_guide = pytest.mark.parametrize("guide", PEOPLES, ids=id_of)


@each_guide
def test_guide_is_named_by_its_file(guide):
    assert guide.id in content.names(f"guides/{guide.actor}")


@each_guide
def test_guide_can_be_filled_with_what_pages_know(guide):
    shown = [content.fill(words, VALUES) for words in (guide.title, guide.why, guide.done, guide.not_done)]
    shown.append(content.fill_html(guide.html, VALUES))

    assert [text for text in shown if "{" in text or "}" in text] == []


@each_guide
def test_guide_reads_at_grade_eight_or_lower(guide):
    assert reading.grade(content.fill_html(guide.html, VALUES)) <= HIGHEST_GRADE


@each_guide
def test_guide_has_no_long_sentence(guide):
    text = content.fill_html(guide.html, VALUES)
    said = [*reading.sentences(text), *reading.sentences(content.fill(guide.why, VALUES))]

    assert [one for one in said if len(reading.words(one)) > LONGEST_SENTENCE] == []


@each_guide
def test_guide_is_neither_empty_nor_a_wall(guide):
    said = sum(len(reading.words(one)) for one in reading.sentences(content.fill_html(guide.html, VALUES)))

    assert 60 <= said <= 200


@each_guide
def test_guide_rests_on_evidence(guide):
    assert [name for name in guide.sources if name not in content.evidence()] == []


@each_guide
def test_guide_shows_an_icon_there_is(guide):
    assert guide.icon in icons.PATHS


@each_guide
def test_guide_leaves_the_patients_gender_open(guide):
    words = {word.lower() for text in (guide.title, guide.why, guide.html) for word in reading.words(text)}

    assert words & {"she", "her", "hers", "herself", "he", "him", "his", "himself"} == set()


@each_guide
def test_guide_avoids_the_words_we_avoid(guide):
    text = " ".join((guide.title, guide.why, guide.html)).lower()
    avoided = re.findall(
        r"\b(journey|trip|dose-up|complian\w+|treatment-resistant|npo|contraindicated)\b", text
    )

    assert avoided == []


@each_peoples_guide
def test_guide_for_people_never_names_a_dose(guide):
    assert re.findall(r"\d\s*(?:mg|ml|mcg)\b", guide.html.lower()) == []


@pytest.mark.parametrize("guide", [guide for guide in GUIDES if guide.actor is Actor.PATIENT], ids=id_of)
def test_guide_for_the_patient_says_you(guide):
    assert "{patient}" not in guide.title + guide.html


def test_reader_without_a_guide_gets_an_error_not_another_readers():
    assert set(content.names("guides/clinic")) & set(content.names("guides/patient")) == set()


def test_grade_of_a_known_text():
    # 10 words, 1 sentence, 11 syllables: 0.39 * 10 + 11.8 * 1.1 - 15.59
    assert reading.grade("The cat sat on the mat and saw a table.") == pytest.approx(1.29)


def test_grade_of_a_hard_text_is_refused():
    hard = (
        "Preprocedural anticoagulation necessitates multidisciplinary reconsideration of contraindications."
    )

    assert reading.grade(hard) > HIGHEST_GRADE
