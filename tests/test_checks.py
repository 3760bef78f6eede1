"""Settings an operator got wrong are said, each with the way to mend it."""

import pytest

from luna import checks
from tests.notices import mailprovider


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


@pytest.mark.parametrize("sender", ["luna@mail", "luna", "Luna <luna@clinic>", "@example.org", "luna@org."])
def test_sender_that_no_push_service_takes_is_warned_of(settings, sender):
    settings.DEFAULT_FROM_EMAIL = sender

    ((id_, message),) = said()
    assert id_ == "luna.W003"
    assert sender in message


@pytest.mark.parametrize("sender", ["luna@example.org", "Luna <luna@mail.example.org>", "luna@localhost"])
def test_sender_that_is_a_whole_address_is_fine(settings, sender):
    settings.DEFAULT_FROM_EMAIL = sender

    assert said() == []


@pytest.fixture
def mail_provider(settings):
    """A provider of mail, and what it signs with, set as they should be."""

    def of(name, secret):
        settings.LUNA_MAIL_PROVIDER, settings.LUNA_MAIL_KEY = name, "s3cret"
        settings.LUNA_MAIL_HOOK_SECRET = secret

    return of


@pytest.mark.parametrize("name", mailprovider.SECRETS)
def test_secret_of_hooks_is_fine(mail_provider, name):
    mail_provider(name, mailprovider.SECRETS[name])

    assert said() == []


@pytest.mark.parametrize("name", mailprovider.SECRETS)
def test_provider_of_mail_that_cannot_tell_later_is_warned_of(mail_provider, name):
    mail_provider(name, "")

    assert [id_ for id_, _message in said()] == ["luna.W004"]


@pytest.mark.threat("T10")
@pytest.mark.parametrize(
    ("name", "secret"),
    [
        ("brevo", "short"),
        ("postmark", "a password with blanks in it"),
        ("sparkpost", "p@ssword:in/an-address?no#really"),
        ("resend", "whsec_no base64 at all"),
        ("resend", "whsec_c2hvcnQ="),
        ("mailersend", "short"),
        ("mailersend", "ein geheimes Wört von dort"),
    ],
)
def test_bad_secret_of_hooks_is_refused_and_not_shown(mail_provider, name, secret):
    mail_provider(name, secret)

    ((id_, message),) = said()
    assert id_ == "luna.E010"
    assert secret not in message


def test_secret_of_hooks_without_a_provider_is_refused(settings):
    settings.LUNA_MAIL_HOOK_SECRET = "x" * 32

    assert [id_ for id_, _message in said()] == ["luna.E010"]


@pytest.mark.threat("T6")
@pytest.mark.parametrize(
    "sender", ["Harbour Ketamine Clinic <luna@example.org>", '"Dr Diaz" <luna@example.org>']
)
def test_sender_whose_name_tells_something_is_warned_of(settings, sender):
    settings.DEFAULT_FROM_EMAIL = sender

    assert [id_ for id_, _message in said()] == ["luna.W005"]


def test_mail_is_from_luna_alone(settings):
    assert settings.DEFAULT_FROM_EMAIL == "Luna <luna@localhost>"
