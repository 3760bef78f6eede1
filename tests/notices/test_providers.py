"""Mail through a provider's own interface: what it answers is what became of the message."""

import socket
from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

import pytest
from django.core import mail

from luna import checks
from luna.notices.channels import Letter, Refused, Unknown, Unreachable, email, providers
from luna.people.models import Installation

pytestmark = pytest.mark.django_db

LETTER = Letter(
    UUID(int=0xAB12), fence=1, channel="email", address="bea@example.org", subject="Time to check in",
    body="Hello.\n", at=datetime(2027, 3, 8, 17, tzinfo=UTC),
)  # fmt: skip
UNCLEAR = {"ErrorCode": 406, "Message": "Something else"}
REFUSED = {
    "ErrorCode": 406,
    "Message": "Found inactive addresses: bea@example.org. Inactive recipients are ones that bounced.",
}


@pytest.fixture
def channel():
    opened = email.Email()
    yield opened
    opened.close()


def test_message_is_handed_to_the_provider(postmark, channel):
    assert channel.send(LETTER) == "PM0"

    ((headers, asked),) = postmark.asked
    assert headers["X-Postmark-Server-Token"] == "s3cret"
    assert (asked["To"], asked["Subject"], asked["TextBody"]) == (
        "bea@example.org",
        LETTER.subject,
        "Hello.\n",
    )
    assert {"Name": "Message-ID", "Value": f"<{LETTER.key}@localhost>"} in asked["Headers"]


@pytest.mark.parametrize(
    ("status", "content", "lasting"),
    [
        (422, {"ErrorCode": 300, "Message": "bad"}, True),
        (422, REFUSED, True),
        (401, {}, False),
        (429, {}, False),
        (503, {}, False),
    ],
)
def test_answer_of_the_provider_is_a_refusal(postmark, channel, status, content, lasting):
    postmark.status, postmark.content = status, content

    with pytest.raises(Refused) as refused:
        channel.send(LETTER)

    assert refused.value.lasting is lasting


def test_answer_that_does_not_say_what_became_of_it_is_unknown(postmark, channel):
    postmark.status, postmark.content = 422, UNCLEAR

    with pytest.raises(Unknown):
        channel.send(LETTER)


@pytest.mark.parametrize("status", [None, 500])
def test_silence_of_the_provider_is_unknown(postmark, channel, status):
    postmark.status = status

    with pytest.raises(Unknown):
        channel.send(LETTER)


def test_nobody_at_the_door_is_unreachable(postmark, settings):
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        settings.ANYMAIL = {"POSTMARK_API_URL": f"http://127.0.0.1:{closed.getsockname()[1]}/"}

    with pytest.raises(Unreachable):
        email.Email().send(LETTER)


def test_bad_address_is_refused_for_good(postmark, channel):
    with pytest.raises(Refused) as refused:
        channel.send(replace(LETTER, address="bea@example.org\nBcc: eve@example.org"))

    assert (refused.value.reason, refused.value.lasting) == ("bad-address", True)


def test_mail_past_the_ledger_fails_as_with_a_mail_server(postmark):
    postmark.status = 401

    with pytest.raises(OSError, match="provider-401"):
        mail.send_mail("Your sign-in code", "123456", None, ["ana@example.org"])


@pytest.mark.threat("T7")
def test_demo_asks_no_provider(postmark, settings, tmp_path, now):
    settings.LUNA_DATA = tmp_path
    Installation.objects.create(id=1, demo=True, created_at=now)

    email.Email().send(LETTER)

    assert postmark.asked == []


@pytest.mark.parametrize("name", providers.PROVIDERS)
def test_every_provider_can_be_opened(postmark, settings, name):
    settings.LUNA_MAIL_PROVIDER = name

    way = mail.get_connection()
    way.open()
    way.close()


def test_checks_know_the_same_providers():
    assert tuple(providers.PROVIDERS) == checks.MAIL_PROVIDERS
