"""Several requests at the same moment, on the engine of this test run: no half state, nothing twice."""

import pytest

pytestmark = [pytest.mark.processes, pytest.mark.both_engines]


def test_two_prescribers_sign_at_once_and_one_is_told_of_the_other(races):
    assert races["two_prescribers"] == [["EligibilityDecision", "Stale"], 1]


def test_double_click_signs_once(races):
    assert races["double_click"] == [1, 1]


def test_decision_never_passes_over_a_medicine_told_at_the_same_moment(races):
    assert races["beside_a_medicine"] == [True] * 4


def test_decision_never_passes_over_answers_sent_at_the_same_moment(races):
    assert races["beside_answers"] == [True] * 4


def test_several_medicines_at_once_open_a_decision_once(races):
    assert races["many_medicines"] == [4, 1, 1]
