"""What a provider of mail tells later: only from the provider, only once, of what was sent, only forwards."""

from datetime import timedelta

import pytest
from django.test import Client

from luna.notices import jobs
from luna.notices.models import Attempt, Notice
from tests.notices import mailprovider
from tests.notices.ledger import finish, planned, rung, take
from tests.notices.reaching import reached

pytestmark = [pytest.mark.django_db, pytest.mark.threat("T10")]

NAMES = tuple(mailprovider.SECRETS)
State = Notice.State
Outcome = Attempt.Outcome


@pytest.fixture
def browser():
    """Something on the internet that is not signed in and sends no token."""
    return Client(enforce_csrf_checks=True)


@pytest.fixture(params=["brevo"])
def name(request, settings):
    """The provider that Luna is set up to use for mail."""
    settings.LUNA_MAIL_PROVIDER, settings.LUNA_MAIL_KEY = request.param, "s3cret"
    settings.LUNA_MAIL_HOOK_SECRET = mailprovider.SECRETS[request.param]
    return request.param


each_provider = pytest.mark.parametrize("name", NAMES, indirect=True)


@pytest.fixture
def sent(cast, clock, now):
    """Give a mail to Bea, or one as changed, that the provider took and calls m0."""

    def of(notice=None, ref="m0"):
        notice = notice or planned(cast, now)
        finish(take(notice.id, now=now), outcome=Outcome.ACCEPTED, ref=ref, now=now)
        return notice

    clock.move(seconds=30)
    return of


@pytest.fixture
def tell(browser, name, clock):
    """Post a hook about a mail as the provider does."""

    def said(what, ref="m0", **more):
        content = mailprovider.hook(name, what, ref) if isinstance(what, str) else what
        return mailprovider.tell(browser, name, content, at=clock.now, **more)

    return said


def again(notice):
    return Notice.objects.get(id=notice.id)


def outcomes(notice):
    return list(notice.attempts.order_by("at", "id").values_list("outcome", "reason"))[2:]


@each_provider
def test_delivered_is_noted_and_is_neither_read_nor_acted_on(tell, sent):
    notice = sent()

    assert tell("delivered").status_code == 204

    row = again(notice)
    assert (row.state, row.opened_at, row.acted_at) == (State.SENT, None, None)
    assert row.delivered_at is not None
    assert outcomes(notice) == [("delivered", "")]


@each_provider
def test_mail_that_comes_back_goes_on_to_the_next_way(tell, sent, cast, provider, now, clock):
    reached(cast.bea, now, order=["email", "sms"])
    notice = sent()

    assert tell("returned").status_code == 204

    assert (again(notice).state, again(notice).sent_at) == (State.PLANNED, None)
    assert outcomes(notice) == [("returned", "mail-returned")]
    jobs.run(clock.now + timedelta(minutes=1))
    assert (again(notice).state, len(provider.taken)) == (State.SENT, 1)


@each_provider
def test_complaint_is_noted_and_silences_nothing(tell, sent, cast, now, as_nia):
    notice = sent()

    assert tell("unwanted").status_code == 204

    assert again(notice).state == State.SENT
    assert outcomes(notice) == [("delivered", "unwanted")]
    page = as_nia.get("/clinic/messages").content.decode()
    assert "They want no such e-mail" in page
    assert "Bea Burns" in page[page.index("They want no such e-mail") : page.index("Latest messages")]
    assert take(rung(cast, now, to_user_id=cast.bea.id, words="checkin-due", values={}).id, now=now)


@each_provider
def test_that_a_program_opened_it_says_nothing(tell, sent):
    notice = sent()

    assert tell("opened").status_code == 204
    assert outcomes(notice) == []


@each_provider
@pytest.mark.parametrize("secret", ["x" * 32, ""])
def test_forged_hook_is_refused(tell, sent, browser, name, clock, secret):
    notice = sent()
    body = b"{}"
    forged = mailprovider.headers(name, body, at=clock.now, secret=secret) if secret else {}

    assert tell("returned", headers=forged).status_code == 403
    assert outcomes(notice) == []


@each_provider
@pytest.mark.parametrize("value", ["é", "Basic", "Basic é", "Basic bHVuYQ==", "v1,", "v1,é v2,x"])
def test_headers_that_make_no_sense_are_refused(tell, sent, clock, value):
    sent()
    at = str(int(clock.now.timestamp()))
    given = dict.fromkeys(("Authorization", "Signature", "svix-signature", "svix-id"), value)

    assert tell("returned", headers=given | {"svix-timestamp": at}).status_code == 403
    assert tell("returned", headers=given | {"svix-timestamp": value}).status_code == 403


@pytest.mark.parametrize("name", ["resend", "mailersend"], indirect=True)
def test_body_changed_after_it_was_signed_is_refused(browser, name, sent, clock):
    notice = sent()
    signed = mailprovider.headers(name, b'{"type": "x"}', at=clock.now)

    content = mailprovider.hook(name, "returned", "m0")
    assert mailprovider.tell(browser, name, content, at=clock.now, headers=signed).status_code == 403
    assert outcomes(notice) == []


@pytest.mark.parametrize("name", ["resend"], indirect=True)
@pytest.mark.parametrize(("seconds", "status"), [(-301, 403), (-299, 204), (299, 204), (301, 403)])
def test_hook_whose_signed_time_is_not_now_is_refused(browser, name, sent, clock, seconds, status):
    sent()
    at = clock.now.replace(microsecond=0) + timedelta(seconds=seconds)

    content = mailprovider.hook(name, "returned", "m0")
    assert mailprovider.tell(browser, name, content, at=at).status_code == status


@each_provider
def test_hook_without_a_secret_of_ours_is_refused(tell, sent, settings):
    sent()
    settings.LUNA_MAIL_HOOK_SECRET = ""

    assert tell("returned").status_code == 403


def test_hook_without_a_provider_is_refused(tell, sent, settings):
    sent()
    settings.LUNA_MAIL_PROVIDER = ""

    assert tell("returned").status_code == 403


@each_provider
def test_replayed_hook_changes_nothing(tell, sent, name):
    notice = sent()
    for what in ("returned", "returned", "delivered", "unwanted"):
        assert tell(what).status_code == 204

    assert outcomes(notice) == [("returned", "mail-returned")]
    assert again(notice).delivered_at is None


def test_stale_hook_changes_nothing(tell, sent, clock):
    notice = sent()
    clock.move(days=4)

    assert tell("returned").status_code == 204
    assert (again(notice).state, outcomes(notice)) == (State.SENT, [])


@each_provider
@pytest.mark.parametrize("ref", ["m9", "", "x" * 500])
def test_hook_of_a_mail_the_ledger_does_not_know_changes_nothing(tell, sent, ref):
    """A sign-in code has an id too; a provider that hears no over and over stops telling."""
    notice = sent()

    assert tell("returned", ref).status_code == 204
    assert outcomes(notice) == []


def test_hook_about_a_mail_still_on_its_way_is_to_be_told_again(tell, sent, cast, clock):
    other = sent()
    notice = planned(cast, clock.now, key="second")
    letter = take(notice.id, now=clock.now)

    assert tell("returned", "m1").status_code == 503
    assert tell("returned", "m0").status_code == 204
    finish(letter, outcome=Outcome.ACCEPTED, ref="m1", now=clock.now)
    assert tell("returned", "m1").status_code == 204

    assert outcomes(notice) == outcomes(other) == [("returned", "mail-returned")]


def test_text_message_on_its_way_is_no_reason_to_tell_again(tell, sent, cast, provider, now, clock):
    reached(cast.bea, now, order=["sms"])
    take(planned(cast, now).id, now=now)

    assert tell("returned", "m1").status_code == 204


def test_id_of_a_text_message_is_no_id_of_a_mail(tell, cast, provider, now, clock):
    reached(cast.bea, now, order=["sms"])
    notice = planned(cast, now)
    finish(take(notice.id, now=now), outcome=Outcome.ACCEPTED, ref="m0", now=now)

    assert tell("returned").status_code == 204
    assert outcomes(notice) == []


def test_mailbox_that_took_it_may_send_it_back(tell, sent, clock):
    notice = sent()
    tell("delivered")
    clock.move(minutes=20)

    tell("returned")

    assert outcomes(notice) == [("delivered", ""), ("returned", "mail-returned")]
    assert (again(notice).state, again(notice).delivered_at) == (State.NOT_REACHED, None)


def test_what_came_back_here_but_arrived_elsewhere_stays_arrived(tell, cast, provider, now, clock):
    reached(cast.nia, now, order=["email", "sms"])
    notice = rung(cast, now)
    finish(take(notice.id, now=now), outcome=Outcome.ACCEPTED, ref="m0", now=now)
    Notice.objects.filter(id=notice.id).update(state=State.PLANNED)
    second = take(notice.id, now=now)
    finish(second, outcome=Outcome.ACCEPTED, ref="SM0", now=now)
    Attempt.objects.create(
        notice=notice, channel="sms", outcome=Outcome.DELIVERED, fence=second.fence, ref="SM0", at=now
    )
    Notice.objects.filter(id=notice.id).update(delivered_at=now)

    tell("returned")

    assert again(notice).delivered_at == now
    assert again(notice).state == State.SENT


def test_delivered_after_opened_stays_opened(tell, sent, clock, as_nia):
    notice = sent()
    Notice.objects.filter(id=notice.id).update(opened_at=clock.now)

    tell("delivered")

    row = again(notice)
    assert (row.state, row.opened_at) == (State.SENT, clock.now)
    assert row.delivered_at is not None
    assert "Opened" in as_nia.get("/clinic/messages").content.decode()


@pytest.mark.parametrize(("opened_s", "state"), [(20, State.SENT), (-1, State.NOT_REACHED)])
def test_what_was_opened_since_needs_no_other_way(tell, sent, now, opened_s, state):
    notice = sent()
    Notice.objects.filter(id=notice.id).update(opened_at=now + timedelta(seconds=opened_s))

    tell("returned")

    assert again(notice).state == state
    assert outcomes(notice) == [("returned", "mail-returned")]


@pytest.mark.hazard("H5")
def test_urgent_that_was_opened_and_comes_back_goes_on_until_somebody_acts(tell, sent, cast, provider, now):
    reached(cast.nia, now, order=["email", "voice"])
    notice = sent(rung(cast, now))
    Notice.objects.filter(id=notice.id).update(opened_at=now + timedelta(seconds=9))

    tell("returned")

    assert again(notice).state == State.PLANNED


@pytest.mark.hazard("H5")
def test_urgent_that_comes_back_with_no_way_left_is_told_to_the_lead(tell, sent, cast, now):
    notice = sent(rung(cast, now))

    tell("returned")

    assert again(notice).state == State.NOT_REACHED
    assert Notice.objects.get(words="unreached").to_email == cast.harbour.lead_email


@pytest.mark.hazard("H5")
def test_delivered_makes_nobody_wait_longer_for_the_next_way(tell, sent, cast, provider, now, clock):
    reached(cast.nia, now, order=["email", "voice"])
    notice = sent(rung(cast, now))
    follow_at = again(notice).follow_at

    tell("delivered")
    assert again(notice).follow_at == follow_at
    Notice.objects.filter(id=notice.id).update(state=State.PLANNED, follow_at=None)
    tell("unwanted")

    assert again(notice).state == State.PLANNED


@pytest.mark.parametrize("state", [State.VOID, State.HELD])
def test_what_is_needed_no_more_stays_so(tell, sent, state):
    notice = sent()
    Notice.objects.filter(id=notice.id).update(state=state)

    tell("returned")

    assert (again(notice).state, outcomes(notice)) == (state, [("returned", "mail-returned")])


def test_hook_moves_only_the_message_it_is_about(tell, sent, cast, now):
    """One account of a provider serves every clinic; its id is of one mail alone."""
    here = sent()
    there = sent(
        planned(
            cast, now, key="there", words="rung", clinic_id=cast.hill.id, patient_id=None,
            to_user_id=cast.dee.id, values={"escalation": "0193e0f0-0000-7000-8000-000000000000"},
        ),
        ref="m1",
    )  # fmt: skip

    tell("returned", "m1")

    assert outcomes(here) == []
    assert outcomes(there) == [("returned", "mail-returned")]


def test_complaint_of_another_clinic_is_not_told_here(tell, sent, cast, now, as_nia):
    sent(
        planned(
            cast, now, key="there", words="rung", clinic_id=cast.hill.id, patient_id=None,
            to_user_id=cast.dee.id, values={"escalation": "0193e0f0-0000-7000-8000-000000000000"},
        )
    )  # fmt: skip

    tell("unwanted")

    assert "They want no such e-mail" not in as_nia.get("/clinic/messages").content.decode()


@pytest.mark.parametrize(("days", "is_listed"), [(29, True), (31, False)])
def test_complaint_is_listed_for_a_month(tell, sent, clock, cast, days, is_listed):
    sent()
    tell("unwanted")

    clock.move(days=days)

    page = cast.browser("nia", clock.now).get("/clinic/messages").content.decode()
    assert "Latest messages" in page
    assert ("They want no such e-mail" in page) is is_listed


def test_digest_that_comes_back_stands_for_each_of_its_parts(tell, cast, now, clock):
    parts = [
        planned(cast, now, key=f"p{number}", words="circle-changed", to_user_id=cast.ana.id)
        for number in range(3)
    ]
    letter = take(parts[0].id, now=now)
    finish(letter, outcome=Outcome.ACCEPTED, ref="m0", now=now)
    clock.move(seconds=30)

    tell("returned")

    assert {again(one).state for one in parts} == {State.NOT_REACHED}


@pytest.mark.parametrize("name", ["sparkpost"], indirect=True)
def test_one_hook_may_be_about_many(tell, sent, cast, now, name):
    first = sent()
    second = sent(planned(cast, now, key="second"), ref="m1")
    events = [one for ref in ("m0", "m9", "m1") for one in mailprovider.hook(name, "returned", ref)]

    assert tell([{"msys": {}}, *events]).status_code == 204

    assert outcomes(first) == outcomes(second) == [("returned", "mail-returned")]


@each_provider
@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b"null", b"7", b'{"data": 3}', b"\xff", b"[" * 60_000, b'{"type": []}', b"[1]"]
)
def test_body_that_is_no_hook_is_refused_and_breaks_nothing(tell, name, body):
    assert tell(body, ref="").status_code in ((204, 400) if body else (400,))


def test_huge_body_is_not_read(tell, sent):
    notice = sent()
    content = mailprovider.hook("brevo", "returned", "m0")

    assert tell(content | {"more": "x" * 1024 * 1024}).status_code == 403
    assert tell(content | {"more": "x" * 3 * 1024 * 1024}).status_code == 400
    assert outcomes(notice) == []


def test_hook_is_only_told(browser, name):
    assert browser.get(mailprovider.PATH).status_code == 405
    assert browser.head(mailprovider.PATH).status_code == 405


def test_what_a_mail_server_said_is_kept_nowhere(tell, sent, name, caplog):
    notice = sent()
    told = {"reason": "550 bea@example.org has no mailbox", "email": "bea@example.org"}

    tell(mailprovider.hook(name, "returned", "m0") | told)

    (row,) = notice.attempts.filter(outcome="returned")
    assert "bea@" not in f"{row.reason} {row.ref} {caplog.text}"


@pytest.mark.usefixtures("provider")
def test_from_the_provider_and_back(postmark, browser, cast, now, clock, settings):
    """The whole way: handed to the provider, bounced there, told here, said by text message."""
    settings.LUNA_MAIL_HOOK_SECRET = mailprovider.SECRETS["postmark"]
    reached(cast.bea, now, order=["email", "sms"])
    notice = planned(cast, now)
    jobs.run(now)
    assert notice.attempts.get(outcome="accepted").ref == "PM0"
    clock.move(minutes=5)

    hook = mailprovider.hook("postmark", "returned", "PM0")
    assert mailprovider.tell(browser, "postmark", hook, at=clock.now).status_code == 204
    jobs.run(clock.now + timedelta(minutes=1))

    assert again(notice).state == State.SENT
    assert list(notice.attempts.order_by("at", "id").values_list("channel", "outcome")) == [
        ("email", "started"),
        ("email", "accepted"),
        ("email", "returned"),
        ("sms", "started"),
        ("sms", "accepted"),
    ]
