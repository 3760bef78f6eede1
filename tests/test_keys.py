"""The key folder: made once, closed to others, never made anew beside an existing database."""

import pytest

from luna import keys


def test_keys_are_made_once(tmp_path):
    first = keys.load(tmp_path / "keys", may_make=True)

    assert keys.load(tmp_path / "keys", may_make=False) == first
    assert len(first.master) == len(first.audit) == 32
    assert first.master != first.audit


def test_folder_and_files_are_closed_to_others(tmp_path):
    keys.load(tmp_path / "keys", may_make=True)

    assert (tmp_path / "keys").stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in (tmp_path / "keys").iterdir()} == {0o600}


@pytest.mark.threat("T9")
def test_missing_keys_of_a_database_are_not_replaced(tmp_path):
    with pytest.raises(keys.KeysMissing, match=r"no master\.key"):
        keys.load(tmp_path / "keys", may_make=False)

    assert not (tmp_path / "keys").exists()


def test_keys_do_not_show_in_a_traceback(tmp_path):
    assert repr(keys.load(tmp_path / "keys", may_make=True)) == "Keys(...)"
