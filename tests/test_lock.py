"""One holder at a time, until it lets go or dies."""

import os

import pytest

from luna import lock


def test_second_holder_is_told_who_has_it(tmp_path):
    with lock.hold(tmp_path / "lock"), pytest.raises(lock.Held, match=f"process {os.getpid()}"):
        lock.hold(tmp_path / "lock")


def test_lock_is_free_after_its_holder_let_go(tmp_path):
    lock.hold(tmp_path / "lock").close()

    with lock.hold(tmp_path / "lock") as file:
        assert not file.closed
