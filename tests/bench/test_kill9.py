"""The shortest run of the measure kill9: what it proves must hold in every change, not only when measured."""

import pytest

from bench import kill9


@pytest.mark.processes
@pytest.mark.hazard("H5")
def test_killed_tick_and_server_lose_and_double_nothing():
    outcome = kill9.trial(kill9.sqlite, rounds=2)

    assert outcome.lost == []
    assert outcome.doubled == []
    assert not outcome.said.startswith("sqlite: 0 forms")
