"""Text messages and calls against a real provider on loopback: what it says is what became of the message."""

import socket
from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID, uuid4
from xml.etree import ElementTree

import pytest

from luna.notices.channels import Letter, Refused, Unknown, Unreachable, phone, sink, sms, voice
from luna.notices.models import Reach
from luna.people.models import ContactSafety, Installation
from tests.notices.provider import DROP, HANG, TAKE_AND_DROP, signed
from tests.notices.reaching import MOBILE, reached

pytestmark = pytest.mark.django_db

TEXT = Letter(
    UUID(int=0xAB12), fence=3, channel="sms", address=MOBILE, subject="Time to check in",
    body="Time to check in: http://localhost:8000/now", at=datetime(2027, 3, 8, 17, tzinfo=UTC),
)  # fmt: skip
CALL = replace(TEXT, channel="voice", body="This is a call from Luna. Open Luna & see.", asks=True)


@pytest.fixture
def texts(provider):
    channel = sms.Sms()
    yield channel
    channel.close()


@pytest.fixture
def calls(provider):
    channel = voice.Voice()
    yield channel
    channel.close()


def test_text_message_is_handed_over_whole(provider, texts):
    ref = texts.send(TEXT)

    (taken,) = provider.taken
    assert (taken.what, taken.sid, taken.key) == ("Messages", ref, f"{TEXT.key}-sms")
    assert taken.authorization.startswith("Basic ")
    assert taken.fields == {
        "To": MOBILE,
        "From": "+12125550111",
        "Body": TEXT.body,
        "StatusCallback": f"http://localhost:8000/hooks/sms/{TEXT.notice_id}/3",
    }


def test_call_says_its_words_and_waits_for_a_key_where_it_asks(provider, calls):
    calls.send(CALL)
    calls.send(replace(CALL, asks=False))

    asking, telling = (ElementTree.fromstring(taken.fields["Twiml"]) for taken in provider.taken)
    assert (
        asking.find("Gather").get("action") == f"http://localhost:8000/hooks/voice/{CALL.notice_id}/3/pressed"
    )
    assert asking.find("Gather/Say").text == telling.find("Say").text == CALL.body
    assert telling.find("Gather") is None
    assert provider.taken[0].fields["MachineDetection"] == "Enable"


@pytest.mark.parametrize(
    ("status", "lasting", "reason"),
    [
        (400, True, "provider-21211"),
        (401, False, "provider-401"),
        (404, False, "provider-404"),
        (429, False, "provider-429"),
        (503, False, "provider-503"),
        (302, False, "provider-302"),
    ],
)
def test_answer_of_the_provider_is_a_refusal(provider, texts, status, lasting, reason):
    provider.answers = status

    with pytest.raises(Refused) as refused:
        texts.send(TEXT)

    assert (refused.value.reason, refused.value.lasting) == (reason, lasting)
    assert provider.taken == []


def test_number_that_answered_stop_is_refused_for_good(provider, texts):
    provider.answers, provider.code = 400, 21610

    with pytest.raises(Refused) as refused:
        texts.send(TEXT)

    assert (refused.value.reason, refused.value.lasting) == ("stopped", True)


@pytest.mark.parametrize("answer", [HANG, DROP, TAKE_AND_DROP, 500, 502])
def test_silence_of_the_provider_is_unknown(provider, texts, answer, monkeypatch):
    monkeypatch.setattr(phone, "ANSWER_S", 0.3)
    channel = sms.Sms()
    provider.answers = answer

    with pytest.raises(Unknown):
        channel.send(TEXT)

    channel.close()


def test_nobody_at_the_door_is_unreachable(texts, settings):
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        settings.LUNA_SMS_URL = f"http://a:b@127.0.0.1:{closed.getsockname()[1]}"

    with pytest.raises(Unreachable):
        texts.send(TEXT)


def test_answer_without_end_is_read_only_so_far(provider, texts, monkeypatch):
    monkeypatch.setattr(phone, "LONGEST", 5)

    assert texts.send(TEXT) == ""  # taken; what it says besides is cut off
    assert len(provider.taken) == 1


@pytest.mark.threat("T7")
def test_demo_writes_to_the_folder_and_rings_nobody(provider, settings, tmp_path, now):
    settings.LUNA_DATA = tmp_path
    Installation.objects.create(id=1, demo=True, created_at=now)

    sms.Sms().send(TEXT)
    voice.Voice().send(CALL)
    sms.code(MOBILE, "123456")

    assert provider.taken == []
    assert [(one.to, one.subject) for one in sink.letters(10)] == [
        (MOBILE, "SMS"), (MOBILE, "Call"), (MOBILE, "SMS"),
    ]  # fmt: skip


def test_channel_is_there_for_who_agreed(provider, cast, now):
    row = reached(cast.bea, now)

    assert (sms.Sms.address(cast.bea, row), voice.Voice.address(cast.bea, row)) == (MOBILE, MOBILE)


@pytest.mark.parametrize(
    "changes",
    [{"mobile": ""}, {"sms_at": None, "voice_at": None}],
)
def test_channel_is_not_there_without_number_or_consent(provider, cast, now, changes):
    row = reached(cast.bea, now, **changes)

    assert (sms.Sms.address(cast.bea, row), voice.Voice.address(cast.bea, row)) == ("", "")


def test_stop_ends_text_messages_but_not_calls(provider, cast, now):
    row = reached(cast.bea, now, stopped_at=now)

    assert (sms.Sms.address(cast.bea, row), voice.Voice.address(cast.bea, row)) == ("", MOBILE)


def test_channel_is_not_there_without_a_provider(cast, now):
    row = reached(cast.bea, now)

    assert (sms.Sms.address(cast.bea, row), voice.Voice.address(cast.bea, row)) == ("", "")


@pytest.mark.threat("T1")
def test_number_that_is_not_the_safe_one_is_never_used(provider, cast, now):
    row = reached(cast.ana, now)
    for phone_number, expected in (("", MOBILE), ("+12125550199", ""), (MOBILE, MOBILE)):
        ContactSafety.objects.create(
            clinic=cast.harbour, patient=cast.ana_patient, safe="no", phone=phone_number, by=cast.nia, at=now,
            client_id=uuid4(),
        )  # fmt: skip
        assert (sms.Sms.address(cast.ana, row), voice.Voice.address(cast.ana, row)) == (expected, expected)


def test_nobody_who_never_said_anything_is_written_to(provider, cast):
    assert sms.Sms.address(cast.bea, Reach(user=cast.bea)) == ""


URL = "http://localhost:8000/hooks/sms/1/2"
FIELDS = {"MessageSid": "SM1", "MessageStatus": "delivered", "Body": "a b&c=é"}
BODY = b"MessageStatus=delivered&MessageSid=SM1&Body=a+b%26c%3D%C3%A9"


def test_signature_is_over_the_address_and_the_whole_body(provider):
    good = signed(URL, FIELDS)

    assert phone.is_signed(URL, BODY, good)
    assert not phone.is_signed(URL + "?x", BODY, good)
    assert not phone.is_signed(URL, BODY + b"&To=1", good)
    assert not phone.is_signed(URL, BODY.replace(b"delivered", b"failed"), good)
    assert not phone.is_signed(URL, BODY, signed(URL, FIELDS, "other"))
    assert not phone.is_signed(URL, BODY, "")


@pytest.mark.parametrize("body", [b"\xff", b"a", b"&".join(b"a=1" for _ in range(200))])
def test_body_that_is_no_form_is_refused(provider, body):
    with pytest.raises(ValueError, match=r".+"):
        phone.read(body)
