"""Several requests at the same moment, on the engine of this test run: no half state, nothing twice."""

import pytest

pytestmark = [pytest.mark.processes, pytest.mark.both_engines]


def test_two_tabs_that_move_one_infusion_one_moves_it(races):
    assert races["moving"] == [["Infusion", "Stale"], 2]


def test_the_last_chair_is_given_once(races):
    assert races["last_chair"] == [["Refused", "Series", "Series"], 2, 2]


def test_freed_chair_is_taken_by_one_however_often_two_say_yes(races):
    assert races["taking"] == [["OfferAnswer", "OfferAnswer", "Refused", "Refused"], 1]


def test_offer_is_taken_or_taken_back_and_never_both(races):
    assert races["withdrawing"] in (
        [["OfferAnswer", "Refused"], 1],
        [["OfferWithdrawal", "Refused"], 0],
    )


def test_double_click_starts_one_series(races):
    assert races["starting"] == [1, 1]


def test_double_click_marks_once(races):
    assert races["marking"] == [1, 1]


def test_double_click_keeps_one_line(races):
    assert races["keeping"] == 1


def test_clocks_at_the_same_moment_look_at_each_patient_once(races):
    looked, patients, doubled_notices, doubled_outcomes = races["ticking"]

    assert (looked, doubled_notices, doubled_outcomes) == (patients, 0, 0)
