"""The e-mail channel against a real mail server: what it says is what became of the message."""

import socket
import stat
from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

import pytest
from django.core import mail
from django.db import DatabaseError, connection

from luna.notices.channels import Letter, Refused, Unknown, Unreachable, email, sink
from luna.people.models import Installation
from tests.notices.mailserver import DROP, HANG, TAKE_AND_DROP

pytestmark = pytest.mark.django_db

LETTER = Letter(
    UUID(int=0xAB12),
    fence=1,
    channel="email",
    address="bea@example.org",
    subject="Time to check in",
    body="Hello.\n",
    at=datetime(2027, 3, 8, 17, tzinfo=UTC),
)
SECOND = replace(LETTER, notice_id=UUID(int=0xCD34))


@pytest.fixture
def channel():
    opened = email.Email()
    yield opened
    opened.close()


@pytest.fixture
def folder(settings, tmp_path):
    settings.LUNA_DATA = tmp_path
    return tmp_path / "outbox"


def test_message_arrives_whole(mail_server, channel):
    channel.send(LETTER)

    (taken,) = mail_server.taken
    assert taken.to == "bea@example.org"
    assert taken.message["From"] == "luna@clinic.example"
    assert taken.message["Subject"] == "Time to check in"
    assert taken.message["Auto-Submitted"] == "auto-generated"
    assert taken.message.get_content() == "Hello.\n"


def test_same_key_is_the_same_message_id(mail_server, channel):
    channel.send(LETTER)
    channel.send(LETTER)

    assert [taken.id for taken in mail_server.taken] == [f"<{LETTER.key}@localhost>"] * 2


@pytest.mark.parametrize(
    ("stage", "answer", "lasting"),
    [
        ("RCPT", "550 no such user", True),
        ("RCPT", "451 greylisted", False),
        ("MAIL", "552 no", True),
        ("DATA", "421 closing", False),
        ("END", "554 spam", True),
        ("END", "452 disk full", False),
    ],
)
def test_answer_of_the_server_is_a_refusal(mail_server, channel, stage, answer, lasting):
    mail_server.answers[stage] = answer

    with pytest.raises(Refused) as refused:
        channel.send(LETTER)

    assert (refused.value.reason, refused.value.lasting) == (f"smtp-{answer[:3]}", lasting)
    assert mail_server.taken == []


@pytest.mark.parametrize("silence", [HANG, DROP, TAKE_AND_DROP])
def test_silence_after_the_message_is_unknown(mail_server, channel, silence):
    mail_server.answers["END"] = silence

    with pytest.raises(Unknown) as doubt:
        channel.send(LETTER)

    assert doubt.value.reason == "no-answer"
    assert len(mail_server.taken) == (1 if silence == TAKE_AND_DROP else 0)


def test_nobody_at_the_door_is_unreachable(mail_server, settings):
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        settings.EMAIL_PORT = closed.getsockname()[1]

    with pytest.raises(Unreachable):
        email.Email().send(LETTER)


def test_bad_address_is_refused_for_good(mail_server, channel):
    with pytest.raises(Refused) as refused:
        channel.send(replace(LETTER, address="bea@example.org\nBcc: eve@example.org"))

    assert (refused.value.reason, refused.value.lasting) == ("bad-address", True)
    assert mail_server.taken == []


def test_server_that_hung_up_between_two_messages_is_called_again(mail_server, channel):
    channel.send(LETTER)
    mail_server.once["NOOP"] = DROP

    channel.send(SECOND)

    assert [taken.key for taken in mail_server.taken] == [LETTER.key, SECOND.key]


def test_channel_works_again_after_a_refusal(mail_server, channel):
    mail_server.once["RCPT"] = "550 no such user"
    with pytest.raises(Refused):
        channel.send(LETTER)

    channel.send(SECOND)

    assert [taken.key for taken in mail_server.taken] == [SECOND.key]


@pytest.mark.threat("T7")
def test_demo_sends_to_nobody_whatever_the_settings_say(mail_server, folder, now):
    Installation.objects.create(id=1, demo=True, created_at=now)

    email.Email().send(LETTER)
    mail.send_mail("Your sign-in code", "123456", None, ["ana@example.org"])

    assert mail_server.taken == []
    assert {letter.to for letter in sink.letters(10)} == {"bea@example.org", "ana@example.org"}


def test_without_a_mail_server_mail_goes_to_the_folder(folder, settings):
    settings.EMAIL_BACKEND = "luna.notices.channels.email.connection"
    settings.LUNA_SMTP_URL = ""

    email.Email().send(LETTER)

    (letter,) = sink.letters(10)
    assert (letter.to, letter.subject, letter.body) == ("bea@example.org", "Time to check in", "Hello.\n")


def test_lost_database_does_not_stop_the_watchdogs_mail(mail_server, channel, monkeypatch):
    channel.send(LETTER)
    channel.close()

    def away(*args, **kwargs):
        raise DatabaseError("away")

    with connection.execute_wrapper(away):
        mail.send_mail("Luna is not sending messages", "…", None, ["lead@harbour.example"])

    assert [taken.to for taken in mail_server.taken] == ["bea@example.org", "lead@harbour.example"]


def test_folder_shows_the_newest_first_and_is_private(folder, settings):
    settings.EMAIL_BACKEND = "luna.notices.channels.sink.EmailBackend"
    for number in range(3):
        mail.send_mail(f"Message {number}", "…", None, ["ana@example.org"])

    assert [letter.subject for letter in sink.letters(2)] == ["Message 2", "Message 1"]
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}


def test_empty_folder_has_no_letters(folder):
    assert sink.letters(10) == []
