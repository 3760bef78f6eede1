"""Several requests at the same moment, on the engine of this test run: no half state, nothing twice."""

import pytest

pytestmark = [pytest.mark.processes, pytest.mark.both_engines]


def test_double_click_on_the_first_answer_makes_one_draft(races):
    assert races["beginning"] == [True, 1]


def test_two_tabs_with_two_answers_one_is_told(races):
    assert races["two_tabs"] == ["Asking", "Stale"]


def test_double_click_sends_once(races):
    assert races["sending"] == [1, 1, 1]
