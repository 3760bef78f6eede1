"""Several requests at the same moment, on the engine of this test run: one wins, none is lost."""

import pytest

from tests.crowding import CROWD

pytestmark = [pytest.mark.processes, pytest.mark.both_engines]


def test_crowd_that_opens_the_same_cause_has_one(races):
    assert races["opening"] == [1, ["opened"] + ["repeated"] * (CROWD - 1)]


def test_two_who_take_it_at_once_one_has_it(races):
    assert races["taking"] == [["Escalation", "Stale"], ["opened", "acknowledged"]]


def test_double_click_at_the_same_moment_is_one_step(races):
    assert races["clicking"] == [["Escalation", "Escalation"], ["opened", "acknowledged"]]


def test_ticks_at_the_same_moment_tell_each_person_once(races):
    assert races["ticking"] == [[False] * (CROWD - 1) + [True], ["opened", "told"], 1]


def test_crowd_that_plans_the_same_message_has_one(races):
    assert races["planning"] == 1


def test_workers_at_the_same_moment_one_takes_the_message(races):
    assert races["sending"] == [1]
