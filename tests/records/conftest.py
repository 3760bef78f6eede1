"""A short questionnaire with one item of each type, and pages that ask it, for tests of the engine."""

import pytest

from luna.clinical.questionnaire import read_questionnaire
from luna.library import content
from tests.records import examples
from tests.web.conftest import page, site  # noqa: F401 -- fixtures: pages in a real browser


@pytest.fixture
def asked(monkeypatch):
    """Have the library hold the short questionnaire beside the packaged ones."""
    packaged, packaged_words = content.questionnaire, content.words
    example = read_questionnaire(examples.QUESTIONS)
    monkeypatch.setattr(
        content, "questionnaire", lambda name: example if name == "example" else packaged(name)
    )
    monkeypatch.setattr(
        content,
        "words",
        lambda kind, name, language: (
            examples.WORDS if name == "example" else packaged_words(kind, name, language)
        ),
    )
    return example
