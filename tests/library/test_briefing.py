"""The briefing of an adult who stays: short enough to be read aloud, and safe to say back."""

import pytest

from luna.library import content
from luna.library.errors import LibraryError
from tests.library import reading

NAMES = {"patient": "Ana", "clinic": "Harbor Clinic", "phone": "555 0142", "nurse_line": "555 0143"}
LONGEST_ALOUD = 450  # words: two and a half minutes at 180 words a minute
BRIEFING = content.briefing("caretaker")
QUESTIONS = content.questionnaire(BRIEFING.questionnaire)
WORDS = content.words("questionnaires", BRIEFING.questionnaire)["item"]


def test_cards_are_guides_of_their_reader_and_name_no_time():
    cards = [content.guide(BRIEFING.reader, name) for name in BRIEFING.cards]

    assert len(cards) == 5
    assert all(content.fill_html(card.html, NAMES) for card in cards)


def test_cards_can_be_read_aloud_in_two_minutes():
    said = [
        word
        for name in BRIEFING.cards
        for sentence in reading.sentences(content.fill_html(content.guide(BRIEFING.reader, name).html, NAMES))
        for word in reading.words(sentence)
    ]

    assert len(said) <= LONGEST_ALOUD


def test_three_questions_each_with_one_safe_answer_and_its_card():
    assert len(BRIEFING.questions) == 3
    assert [one.id for one in BRIEFING.questions] == [item.id for item in QUESTIONS.items]
    for one, item in zip(BRIEFING.questions, QUESTIONS.items, strict=True):
        assert (one.right in item.offered, one.card in BRIEFING.cards) == (True, True)
        assert item.points == frozenset()  # nothing is scored


def test_safe_answer_is_not_always_at_the_same_place():
    places = {
        list(item.offered).index(one.right)
        for one, item in zip(BRIEFING.questions, QUESTIONS.items, strict=True)
    }

    assert places == {0, 1, 2}


def test_every_question_and_choice_has_words():
    for item in QUESTIONS.items:
        assert content.fill(WORDS[item.id]["question"], NAMES)
        assert set(WORDS[item.id]["choice"]) == set(item.offered)


@pytest.mark.parametrize(
    ("answers", "again"),
    [
        ({}, None),
        ({"shop": "stay"}, None),
        ({"shop": "quick"}, "shop"),
        ({"unsure": "skip", "cannot-wake": "write"}, "cannot-wake"),
        ({"cannot-wake": ""}, "cannot-wake"),
    ],
)
def test_answer_that_is_not_safe_is_asked_again(answers, again):
    found = BRIEFING.again(answers)

    assert (found.id if found else None) == again


def test_question_about_a_card_there_is_not_names_the_place():
    text = (content.ROOT / "briefings/caretaker.toml").read_text(encoding="utf-8")

    with pytest.raises(LibraryError, match="There is no card 'nothing'"):
        content.briefing_of(text.replace('card = "briefing-call"', 'card = "nothing"'))
