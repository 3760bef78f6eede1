"""Several requests at the same moment, on the engine of this test run: no half state, nothing twice."""

import pytest

pytestmark = [pytest.mark.processes, pytest.mark.both_engines]


def test_double_click_invites_once(races):
    assert races["inviting"] == [1, 1]


def test_double_click_joins_once(races):
    kinds, members = races["accepting"]

    assert members == 1
    assert set(kinds) <= {"str", "Refused"}


def test_new_address_in_many_browsers_gets_one_account(races):
    assert races["first_accounts"] == [1, 1]


def test_taken_back_while_it_is_accepted_is_one_of_the_two(races):
    assert races["accepting_and_cancelling"] in (["accepted", 1], ["cancelled", 0])


def test_double_click_adds_one_patient(races):
    assert races["adding"] == [1, 1]


def test_administrators_who_end_each_other_leave_one(races):
    assert races["ending_admins"] == 1


@pytest.mark.threat("T2")
def test_sign_in_is_not_changed_while_an_infusion_starts(races):
    assert races["changing_while_it_starts"] == ["Impaired"]


@pytest.mark.threat("T5")
def test_two_tabs_looking_write_one_line(races):
    assert races["looking"] == 1


@pytest.mark.threat("T5")
def test_clocks_that_seal_at_once_make_one_whole_chain(races):
    assert races["sealing"] == [[], True, []]
