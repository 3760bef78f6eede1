"""What providers tell later: only what they signed, only once, only of what was sent, and only forwards."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.test import Client

from luna.notices import jobs
from luna.notices.models import Attempt, Notice, Reach, StoppedNumber, TextReply
from tests.notices.ledger import planned, rung
from tests.notices.provider import signed, tell
from tests.notices.reaching import MOBILE, reached

pytestmark = [pytest.mark.django_db, pytest.mark.threat("T10")]


@pytest.fixture
def browser():
    """Something on the internet that is not signed in and sends no token."""
    return Client(enforce_csrf_checks=True)


@pytest.fixture
def notice(provider, cast, clock, now):
    """A text message to Bea that the provider took."""
    reached(cast.bea, now, order=["sms"])
    row = planned(cast, now)
    jobs.run(now)
    clock.move(seconds=30)
    return row


@pytest.fixture
def call(mail_server, provider, cast, clock, now):
    """A call to Nia that the provider took."""
    reached(cast.nia, now, order=["voice"])
    row = rung(cast, now)
    jobs.run(now)
    clock.move(seconds=30)
    return row


def path(notice, channel="sms", fence=1):
    return f"/hooks/{channel}/{notice.id}/{fence}"


def said(status, **more):
    return {"MessageSid": "SM0", "MessageStatus": status} | more


def again(notice):
    return Notice.objects.get(id=notice.id)


def outcomes(notice):
    return list(notice.attempts.order_by("at", "id").values_list("outcome", "reason"))[2:]


def test_delivered_is_noted(browser, notice):
    assert tell(browser, path(notice), said("delivered")).status_code == 204

    assert again(notice).delivered_at is not None
    assert again(notice).opened_at is None


@pytest.mark.parametrize("status", ["queued", "sending", "sent", "whatever"])
def test_what_is_on_its_way_says_nothing(browser, notice, status):
    assert tell(browser, path(notice), said(status)).status_code == 204

    assert outcomes(notice) == []


def test_undelivered_says_why(browser, notice):
    tell(browser, path(notice), said("undelivered", ErrorCode="30003"))

    assert outcomes(notice) == [("returned", "provider-30003")]


@pytest.mark.parametrize("signature", ["", "forged", "é"])
def test_forged_hook_is_refused(browser, notice, signature):
    answer = tell(browser, path(notice), said("delivered"), signature=signature)

    assert answer.status_code == 403
    assert outcomes(notice) == []


def test_hook_signed_for_another_address_is_refused(browser, notice):
    other = signed(f"http://localhost:8000{path(notice, fence=2)}", said("delivered"))

    assert tell(browser, path(notice), said("delivered"), signature=other).status_code == 403


def test_hook_that_is_no_form_is_refused(browser, notice):
    headers = {"X-Twilio-Signature": "x"}

    assert browser.post(path(notice), {"a": "b"}, headers=headers).status_code == 403
    assert browser.post(path(notice), b"\xff", content_type="text/plain", headers=headers).status_code == 403


def test_hook_without_a_provider_is_refused_even_signed_with_nothing(browser, notice, settings):
    settings.LUNA_SMS_URL = ""
    nothing = signed(f"http://localhost:8000{path(notice)}", said("delivered"), secret="")

    assert tell(browser, path(notice), said("delivered"), signature=nothing).status_code == 403


def test_replayed_hook_changes_nothing(browser, notice):
    tell(browser, path(notice), said("delivered"))

    assert tell(browser, path(notice), said("delivered")).status_code == 409
    assert tell(browser, path(notice), said("failed")).status_code == 409
    assert outcomes(notice) == [("delivered", "")]


def test_stale_hook_changes_nothing(browser, notice, clock):
    clock.move(days=4)

    assert tell(browser, path(notice), said("delivered")).status_code == 410
    assert outcomes(notice) == []


def test_hook_of_another_message_is_not_found(browser, notice):
    assert tell(browser, path(notice, fence=9), said("delivered")).status_code == 404
    assert tell(browser, f"/hooks/sms/{uuid4()}/1", said("delivered")).status_code == 404
    assert tell(browser, path(notice), said("delivered", MessageSid="SM9")).status_code == 404
    assert outcomes(notice) == []


def test_hook_is_only_told(browser, notice):
    assert browser.get(path(notice)).status_code == 405


@pytest.mark.parametrize(
    ("fields", "outcome"),
    [
        ({"CallStatus": "completed", "AnsweredBy": "human"}, ("delivered", "")),
        ({"CallStatus": "completed", "AnsweredBy": "machine_start"}, ("returned", "machine")),
        ({"CallStatus": "no-answer"}, ("returned", "not-no-answer")),
        ({"CallStatus": "busy"}, ("returned", "not-busy")),
    ],
)
def test_end_of_a_call(browser, call, fields, outcome):
    tell(browser, path(call, "voice"), {"CallSid": "SM0"} | fields)

    assert outcomes(call) == [outcome]
    assert Attempt.objects.filter(notice=call, channel="voice").count() == 3


@pytest.mark.parametrize("word", ["STOP", " stop\n", "Unsubscribe"])
def test_stop_ends_text_messages_and_staff_see_it(browser, cast, provider, now, clock, word):
    row = reached(cast.bea, now)

    answer = tell(browser, "/hooks/sms/reply", {"From": MOBILE, "Body": word, "MessageSid": "SM5"})

    row.refresh_from_db()
    assert (answer.status_code, answer.content) == (200, b"<Response/>")
    assert row.stopped_at == now
    assert b"Bea Burns" in cast.browser("nia", now).get("/clinic/messages").content


def test_old_stop_heard_again_ends_nothing_agreed_to_since(browser, cast, provider, now, clock):
    row = reached(cast.bea, now)
    said = {"From": MOBILE, "Body": "STOP", "MessageSid": "SM5"}
    tell(browser, "/hooks/sms/reply", said)
    Reach.objects.filter(pk=row.pk).update(stopped_at=None, sms_at=clock.now)

    tell(browser, "/hooks/sms/reply", said)

    row.refresh_from_db()
    assert row.stopped_at is None
    tell(browser, "/hooks/sms/reply", said | {"MessageSid": "SM6"})
    row.refresh_from_db()
    assert row.stopped_at == clock.now


@pytest.mark.threat("T10")
def test_answers_are_heard_once_however_many_came_since(browser, cast, provider, now, clock):
    row = reached(cast.bea, now)
    said = [("STOP", "SM1"), ("START", "SM2"), ("STOP", "SM3"), ("START", "SM4"), ("STOP", "SM5")]
    for word, ref in [*said, *said[:4]]:
        tell(browser, "/hooks/sms/reply", {"From": MOBILE, "Body": word, "MessageSid": ref})

    assert StoppedNumber.objects.get().stopped_at == now
    row.refresh_from_db()
    assert row.stopped_at == now
    assert TextReply.objects.count() == 5


def test_other_replies_change_nothing(browser, cast, provider, now, clock):
    row = reached(cast.bea, now)

    tell(browser, "/hooks/sms/reply", {"From": MOBILE, "Body": "Stop that noise"})
    tell(browser, "/hooks/sms/reply", {"From": "", "Body": "STOP"})

    row.refresh_from_db()
    assert row.stopped_at is None


def test_forged_stop_is_refused(browser, cast, provider, now, clock):
    row = reached(cast.bea, now)

    tell(browser, "/hooks/sms/reply", {"From": MOBILE, "Body": "STOP"}, signature="forged")

    row.refresh_from_db()
    assert row.stopped_at is None


def test_stop_said_twice_is_noted_once(browser, cast, provider, now, clock):
    row = reached(cast.bea, now)
    tell(browser, "/hooks/sms/reply", {"From": MOBILE, "Body": "STOP"})
    clock.now = now + timedelta(hours=1)
    tell(browser, "/hooks/sms/reply", {"From": MOBILE, "Body": "STOP"})

    row.refresh_from_db()
    assert row.stopped_at == now
