"""Words for the clinic that cannot wait: the ticks beside them, and the phrases that only ever raise."""

import pytest

from luna.clinical import triage
from luna.clinical.errors import PhraseError
from luna.clinical.phrases import read_phrases
from luna.clinical.triage import Urgency
from luna.library import content

PHRASES = content.phrases("safety")
RULES = content.triage_rules("writing")
CALM = {"red_flag_now": 0, "about_safety": 0}
TEXT = 'id = "safety"\nversion = "1.0.0"\nreview_by = 2027-11-01\nreviewed_by = ""\nphrases = [{}]'


@pytest.mark.hazard("H10")
@pytest.mark.parametrize(
    "text",
    [
        "I want to DIE.",
        "I can't breathe",
        "I can’t breathe!",
        "an\nover-dose? No: overdose",
        "suicídal",
        "he hits me",
    ],
)
def test_phrase_is_found_whatever_its_case_accents_and_commas(text):
    assert PHRASES.holds(text)


@pytest.mark.parametrize("text", ["", "My diet changed", "The sheets hit mended", "I feel fine", "killjoy"])
def test_text_without_a_phrase_holds_none(text):
    assert not PHRASES.holds(text)


@pytest.mark.parametrize(("phrases", "path"), [('"?!"', "phrases"), ("", "phrases"), ('"a", "a"', "phrases")])
def test_phrases_without_words_are_refused(phrases, path):
    with pytest.raises(PhraseError) as refused:
        read_phrases(TEXT.format(phrases))

    assert refused.value.path == path


@pytest.mark.hazard("H10")
@pytest.mark.parametrize(
    ("facts", "urgency"),
    [
        ({}, Urgency.ROUTINE),
        ({"worrying_phrase": 1}, Urgency.URGENT),
        ({"about_safety": 1}, Urgency.URGENT),
        ({"red_flag_now": 1, "worrying_phrase": 1}, Urgency.EMERGENCY),
    ],
)
def test_what_was_ticked_and_written_asks_for(facts, urgency):
    assert triage.assess(RULES, {**CALM, **facts}).urgency is urgency


def test_every_rule_has_its_card_and_every_card_a_rule():
    assert {rule.card for rule in RULES.rules} == set(content.cards("writing"))
