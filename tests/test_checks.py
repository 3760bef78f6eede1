"""Settings an operator got wrong are said, each with the way to mend it."""

import pytest

from luna import checks


def said() -> list[tuple[str, str]]:
    return [(problem.id, problem.msg) for problem in checks.problems()]


@pytest.fixture(autouse=True)
def good(monkeypatch, settings, tmp_path):
    """Start each test from settings that are fine."""
    for name in checks.ALL:
        monkeypatch.delenv(name, raising=False)
    settings.LUNA_DATA = tmp_path / "data"


def test_good_settings_have_no_problem():
    assert said() == []


@pytest.mark.threat("T9")
@pytest.mark.parametrize("name", ["LUNA_KEYS", "LUNA_TOMBSTONES"])
def test_keys_inside_the_data_are_refused(settings, name):
    setattr(settings, name, settings.LUNA_DATA / "inside")

    assert [id_ for id_, _message in said()] == ["luna.E001"]


@pytest.mark.parametrize("text", ["", "short", "g" * 64])
def test_bad_database_key_is_refused(settings, tmp_path, text):
    settings.LUNA_DB_KEY_FILE = tmp_path / "key"
    settings.LUNA_DB_KEY_FILE.write_text(text)

    assert [id_ for id_, _message in said()] == ["luna.E002"]


def test_missing_database_key_is_refused(settings, tmp_path):
    settings.LUNA_DB_KEY_FILE = tmp_path / "nowhere"

    assert [id_ for id_, _message in said()] == ["luna.E002"]


@pytest.mark.parametrize(
    "address", ["luna.example", "ftp://luna.example", "https://luna.example/app", "https://"]
)
def test_base_address_must_be_one(settings, address):
    settings.LUNA_BASE_URL = address

    assert "luna.E003" in [id_ for id_, _message in said()]


def test_watcher_must_be_on_the_web(settings):
    settings.LUNA_HEARTBEAT_URL = "file:///etc/passwd"

    assert [id_ for id_, _message in said()] == ["luna.E004"]


@pytest.mark.parametrize(
    ("name", "value"),
    [("PORT", "0"), ("PORT", "65536"), ("PORT", "http"), ("LUNA_WORKERS", "0"), ("LUNA_PROXIES", "-1")],
)
def test_numbers_must_be_in_range(settings, name, value):
    setattr(settings, name, value)

    assert [id_ for id_, _message in said()] == ["luna.E005"]


@pytest.mark.parametrize("host", ["0.0.0.0", "luna.example", "192.0.2.1"])
def test_open_address_without_https_is_warned_of(settings, host):
    settings.LUNA_HOST = host

    assert [id_ for id_, _message in said()] == ["luna.W001"]


def test_misspelt_setting_is_guessed(monkeypatch):
    monkeypatch.setenv("LUNA_WORKER", "2")

    (problem,) = checks.problems()
    assert (problem.id, problem.hint) == ("luna.W002", "Did you mean LUNA_WORKERS?")
