"""Messages that appear by themselves: what a service is handed, what it cannot do, and when they end."""

import json
import socket
import threading
import time
from datetime import timedelta
from uuid import uuid4

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from django.contrib.sessions.models import Session

from luna import keys
from luna import settings as installed
from luna.audit.models import AuditEvent
from luna.notices import jobs, subscriptions, words
from luna.notices.channels import https, push
from luna.notices.models import Notice, PushSubscription
from luna.people import keys as people_keys
from luna.people.actions import circle, identity
from luna.people.models import CircleMember, Installation
from luna.people.models import Key as DataKey
from tests.notices import ledger, pushservice
from tests.notices.pushservice import HOST, Phone, unpadded
from tests.people import reading

State = Notice.State
CLINICAL = ("ketamine", "infusion", "clinic", "treatment", "depress", "drug")
# RFC 8291, section 5 and appendix A: what a browser holds, and a message that was sealed for it.
PRIVATE = "q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94"
PUBLIC = "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"
AUTH = "BTBZMqHH6r4Tts7J_aSIgg"
BODY = (
    "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27ml"
    "mlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPT"
    "pK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
)
REFUSALS = [(400, "push-refused"), (413, "push-refused"), (503, "push-later"), (429, "push-later")]


@pytest.fixture
def resolves(monkeypatch):
    """Say which addresses the push service's name has; on this machine unless a test says otherwise."""
    found = {HOST: ["127.0.0.1"]}
    resolve = socket.getaddrinfo

    def asked(host, port, *args, **kwargs):
        if host not in found:
            return resolve(host, port, *args, **kwargs)
        family = [socket.AF_INET6 if ":" in one else socket.AF_INET for one in found[host]]
        if not family:
            raise socket.gaierror
        return [
            (kind, socket.SOCK_STREAM, 6, "", (one, port))
            for kind, one in zip(family, found[host], strict=True)
        ]

    monkeypatch.setattr(socket, "getaddrinfo", asked)
    return found


@pytest.fixture
def service(settings, tmp_path, monkeypatch, resolves):
    """A push service on this machine, which Luna's settings for tests allow."""
    settings.LUNA_PUSH_HOSTS = [HOST]
    settings.LUNA_TEST_PUSH_ON_LOOPBACK = True
    settings.LUNA_KEYS = tmp_path / "keys"
    settings.LUNA_KEYS.mkdir()
    settings.LUNA_TOMBSTONES = settings.LUNA_KEYS / "tombstones.jsonl"
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    monkeypatch.setattr("luna.notices.channels.email._demo", None)
    with pushservice.running(tmp_path) as running:
        yield running


@pytest.fixture
def bea(service, as_bea):
    """Bea's phone, where she has turned messages on."""
    phone = service.phone()
    assert as_bea.post("/me/reach/push", phone.form).status_code == 204
    return phone


def send(notice: Notice, now) -> Notice:
    jobs.send(now)
    notice.refresh_from_db()
    return notice


def last(notice: Notice) -> tuple[str, str, str]:
    """Return what became of the last try: on which channel, how, and why."""
    found = notice.attempts.order_by("at", "id").last()
    return found.channel, found.outcome, found.reason


# What a service is handed


def test_channel_that_breaks_holds_up_neither_the_others_nor_its_own_message(
    cast, clock, service, bea, mail_server
):
    row = PushSubscription.objects.get()
    key = people_keys.key_for(cast.bea.pk, "person", clock.now)
    text = json.dumps([bea.endpoint, "AAAA", "AAAA"])  # a key that nothing can be sealed with
    where = {"table": subscriptions.TABLE, "column": subscriptions.COLUMN}
    row.sealed = people_keys.seal_text(key, text, **where, row=row.pk, person=cast.bea.pk)
    row.save()
    broken = ledger.planned(cast, clock.now)
    after = ledger.planned(cast, clock.now, key="after", to_user_id=cast.ana.id)

    send(broken, clock.now)

    assert last(broken) == ("push", "unknown", "broken")
    assert Notice.objects.get(id=after.id).state == State.SENT
    assert send(broken, clock.now + timedelta(minutes=2)).state == State.SENT
    assert last(broken)[0] == "email"


def test_browser_alone_opens_a_line_and_which_notice_it_is(cast, clock, service, bea):
    notice = send(ledger.planned(cast, clock.now), clock.now)

    (asked,) = service.asked
    said = bea.opened(asked.body)
    assert said == {"text": str(words.MESSAGES["checkin-due"].subject), "notice": str(notice.id)}
    assert (notice.state, last(notice)) == (State.SENT, ("push", "accepted", ""))
    assert "example.org" not in str(said)
    assert "Ana" not in str(said)
    assert asked.headers["Content-Encoding"] == "aes128gcm"
    assert b"notice" not in asked.body


def test_browsers_of_these_tests_open_what_the_standard_seals():
    private = ec.derive_private_key(int.from_bytes(unpadded(PRIVATE)), pushservice.CURVE)
    phone = Phone("https://push.example.net/push", private, unpadded(AUTH))

    assert phone.form["p256dh"] == PUBLIC
    assert phone.unsealed(unpadded(BODY)) == b"When I grow up, I want to be a watermelon"


def test_service_knows_who_sends_by_the_key_the_browser_was_told(cast, clock, service, bea):
    ledger.planned(cast, clock.now)
    jobs.send(clock.now)

    (asked,) = service.asked
    claims = asked.claims()
    assert asked.key == push.public_key()
    assert claims["aud"] == f"https://{HOST}:{service.port}"
    assert claims["sub"].startswith("mailto:")
    assert time.time() < claims["exp"] < time.time() + 24 * 3600


@pytest.mark.parametrize(
    ("code", "late", "waits"),
    [
        ("checkin-due", timedelta(0), 15 * 60),
        ("checkin-due", timedelta(minutes=10), 5 * 60),
        ("plan-changed", timedelta(0), 4 * 3600),
    ],
)
def test_service_keeps_it_for_a_phone_that_is_off_no_longer_than_it_is_true(
    cast, clock, service, bea, code, late, waits
):
    ledger.planned(cast, clock.now, words=code)
    jobs.send(clock.now + late)

    (asked,) = service.asked
    assert int(asked.headers["Ttl"]) == pytest.approx(waits, abs=5)  # the time it takes to get there


def test_connection_goes_to_the_address_under_the_name(cast, clock, service, bea):
    ledger.planned(cast, clock.now)
    jobs.send(clock.now)

    (asked,) = service.asked
    assert (asked.name, asked.headers["Host"]) == (HOST, f"{HOST}:{service.port}")


def test_service_knows_a_second_copy_by_the_notice(cast, clock, service, bea):
    notice = send(ledger.planned(cast, clock.now), clock.now)

    assert [asked.headers["Topic"] for asked in service.asked] == [notice.id.hex]


@pytest.mark.parametrize("code", sorted(words.MESSAGES))
def test_what_appears_on_a_locked_phone_names_nobody_and_no_illness(code):
    said = str(words.MESSAGES[code].subject).lower()

    assert "%" not in said
    assert [
        one for one in ("ketamine", "infusion", "clinic", "treatment", "depress", "drug") if one in said
    ] == []


def test_phone_that_others_look_at_only_says_to_open_luna(cast, clock, service, bea):
    CircleMember.objects.filter(pk=cast.bea_member.pk).update(device="shared")
    ledger.planned(cast, clock.now)

    jobs.send(clock.now)

    assert bea.opened(service.asked[0].body)["text"] == "Open Luna"


def test_every_browser_of_a_person_is_asked_and_one_is_enough(cast, clock, service, bea):
    other = cast.browser("bea", clock.now)
    other.post("/me/reach/push", service.phone("tablet", pushservice.answer(500)).form)

    notice = send(ledger.planned(cast, clock.now), clock.now)

    assert {asked.path for asked in service.asked} == {"/phone", "/tablet"}
    assert notice.state == State.SENT


# What a service may answer


@pytest.mark.parametrize("status", [404, 410])
def test_browser_that_is_gone_is_forgotten_and_the_next_way_is_taken(
    cast, clock, service, as_bea, mailoutbox, status
):
    as_bea.post("/me/reach/push", service.phone("old", pushservice.answer(status)).form)
    notice = send(ledger.planned(cast, clock.now), clock.now)
    assert last(notice) == ("push", "refused", "push-gone")
    assert not PushSubscription.objects.exists()

    clock.move(minutes=2)
    send(notice, clock.now)

    assert [mail.to for mail in mailoutbox] == [["bea@example.org"]]
    assert len(service.asked) == 1


@pytest.mark.parametrize(("status", "reason"), REFUSALS)
def test_refusal_is_no_message_and_the_browser_stays(cast, clock, service, as_bea, status, reason):
    as_bea.post("/me/reach/push", service.phone("old", pushservice.answer(status)).form)

    notice = send(ledger.planned(cast, clock.now), clock.now)

    assert last(notice) == ("push", "refused", reason)
    assert notice.state == State.PLANNED
    assert PushSubscription.objects.count() == 1


def test_hang_up_without_a_word_is_in_doubt(cast, clock, service, as_bea):
    as_bea.post("/me/reach/push", service.phone("mute", pushservice.silent).form)

    notice = send(ledger.planned(cast, clock.now), clock.now)

    assert last(notice) == ("push", "unknown", "push-no-answer")


@pytest.mark.threat("T10")
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirect_is_not_followed(cast, clock, service, as_bea, status):
    inside = f"https://{HOST}:{service.port}/inside"
    as_bea.post("/me/reach/push", service.phone("moved", pushservice.answer(status, location=inside)).form)

    notice = send(ledger.planned(cast, clock.now), clock.now)

    assert [asked.path for asked in service.asked] == ["/moved"]
    assert last(notice) == ("push", "refused", "push-refused")


@pytest.mark.threat("T10")
def test_answer_that_never_ends_holds_nobody_up(cast, clock, service, as_bea, monkeypatch):
    monkeypatch.setattr(https, "WITHIN_S", 0.5)
    as_bea.post("/me/reach/push", service.phone("slow", pushservice.dripping).form)
    began = time.monotonic()

    notice = send(ledger.planned(cast, clock.now), clock.now)

    assert time.monotonic() - began < 5
    assert last(notice) == ("push", "unknown", "push-no-answer")


@pytest.mark.threat("T10")
def test_body_without_end_is_not_read(cast, clock, service, as_bea):
    as_bea.post("/me/reach/push", service.phone("big", pushservice.huge).form)

    notice = send(ledger.planned(cast, clock.now), clock.now)

    assert notice.state == State.SENT
    assert service.hung_up.wait(5)


@pytest.mark.threat("T10")
def test_head_without_end_is_not_read(cast, clock, service, as_bea):
    as_bea.post("/me/reach/push", service.phone("head", pushservice.big_head).form)

    notice = send(ledger.planned(cast, clock.now), clock.now)

    assert last(notice) == ("push", "unknown", "push-no-answer")


# Where it may lead (03.1)

FOREIGN = (
    "http://{host}/x", "https://{host}.evil.test/x", "https://evil.test/x", "https://evil.test/{host}",
    "https://evil.test#@{host}/x", "https://evil.test\\@{host}/x", "https://me@{host}/x", "https://{host}:22/x",
    "https://127.0.0.1/x", "https://[::1]/x", "https://localhost/x", "https://169.254.169.254/latest/meta-data",
    "https://{host}", "https://{host}/x y", "https://{host}/x\r\nHost: evil.test", "https://{host}/é", "",
    "ftp://{host}/x", "https://{host}/" + "x" * 1000, "https://PUSH.example.test@evil.test/x",
)  # fmt: skip


@pytest.mark.threat("T10")
@pytest.mark.parametrize("endpoint", FOREIGN)
def test_endpoint_that_is_no_push_service_is_refused(service, as_bea, settings, endpoint):
    settings.LUNA_TEST_PUSH_ON_LOOPBACK = False
    phone = service.phone()
    phone.endpoint = endpoint.format(host=HOST)

    refused = as_bea.post("/me/reach/push", phone.form)

    assert refused.status_code == 422
    assert not PushSubscription.objects.exists()


@pytest.mark.threat("T10")
@pytest.mark.parametrize(
    "address",
    [
        "10.0.0.8", "192.168.1.1", "172.16.0.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1",
        "::1", "fe80::1", "fd00::1", "ff02::1", "::ffff:10.0.0.8", "64:ff9b::a00:8", "2002:a00:8::1",
        "2001:0:4136:e378:8000:63bf:f5ff:fff7", "127.0.0.1",
    ],
)  # fmt: skip
def test_name_that_leads_inside_is_asked_nothing(cast, clock, service, bea, settings, resolves, address):
    settings.LUNA_TEST_PUSH_ON_LOOPBACK = False
    row = PushSubscription.objects.get()
    resolves[HOST] = [address]
    phone = service.phone()
    phone.endpoint = f"https://{HOST}/x"
    row.delete()
    browser = cast.browser("bea", clock.now)
    assert browser.post("/me/reach/push", phone.form).status_code == 204

    notice = send(ledger.planned(cast, clock.now), clock.now)

    assert service.asked == []
    assert last(notice) == ("push", "refused", "push-refused")


@pytest.mark.threat("T10")
def test_name_with_one_address_inside_is_asked_nothing(service, settings, resolves):
    settings.LUNA_TEST_PUSH_ON_LOOPBACK = False
    resolves[HOST] = ["93.184.216.34", "10.0.0.8"]

    with pytest.raises(https.NotAllowed):
        https.post(f"https://{HOST}/x", b"", {})


@pytest.mark.threat("T10")
def test_certificate_of_another_name_is_no_push_service(service, settings, resolves):
    settings.LUNA_PUSH_HOSTS = [".example.test"]
    resolves["other.example.test"] = ["127.0.0.1"]

    with pytest.raises(https.NotReached):
        https.post(f"https://other.example.test:{service.port}/x", b"", {})

    assert service.asked == []


def test_name_without_an_address_can_be_tried_again(cast, clock, service, bea, resolves):
    resolves[HOST] = []

    notice = send(ledger.planned(cast, clock.now), clock.now)

    assert last(notice) == ("push", "refused", "push-later")


@pytest.mark.threat("T10")
def test_name_server_that_keeps_silent_is_not_waited_for(service, resolves, monkeypatch):
    over = threading.Event()
    monkeypatch.setattr(https, "WITHIN_S", 0.3)
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_args, **_more: over.wait(20) and [])
    began = time.monotonic()

    with pytest.raises(https.NotReached):
        https.post(f"https://{HOST}/x", b"", {})

    assert time.monotonic() - began < 5
    over.set()


@pytest.mark.threat("T10")
def test_name_server_that_is_slow_leaves_less_time_for_the_service(service, bea, resolves, monkeypatch):
    monkeypatch.setattr(https, "WITHIN_S", 1.5)
    quick = socket.getaddrinfo
    monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **more: time.sleep(0.5) or quick(*args, **more))
    slow = service.phone("slow", pushservice.dripping)
    began = time.monotonic()

    with pytest.raises(https.NoAnswer):
        https.post(slow.endpoint, b"", {})

    assert time.monotonic() - began < 5


@pytest.mark.parametrize("sender", ["luna@mail", "luna"])
def test_sender_that_no_service_takes_is_said_and_the_next_way_is_taken(
    cast, clock, service, bea, mailoutbox, settings, sender
):
    settings.DEFAULT_FROM_EMAIL = sender

    notice = send(ledger.planned(cast, clock.now), clock.now)
    assert (service.asked, last(notice)) == ([], ("push", "refused", "push-sender"))
    clock.move(minutes=2)

    assert send(notice, clock.now).state == State.SENT
    assert len(mailoutbox) == 1


@pytest.mark.threat("T10")
def test_only_the_settings_of_tests_let_this_machine_be_a_push_service():
    assert not hasattr(installed, "LUNA_TEST_PUSH_ON_LOOPBACK")
    assert all(host.strip(".") and "localhost" not in host for host in installed.LUNA_PUSH_HOSTS)


@pytest.mark.parametrize(
    ("host", "is_known"),
    [
        ("fcm.googleapis.com", True), ("updates.push.services.mozilla.com", True),
        ("web.push.apple.com", True), ("wns2-bl2p.notify.windows.com", True), ("notify.windows.com", False),
        ("evilnotify.windows.com", False), ("googleapis.com", False),
    ],
)  # fmt: skip
def test_hosts_are_those_of_the_browsers(host, is_known):
    try:
        https.place(f"https://{host}/x")
    except https.NotAllowed:
        assert not is_known
    else:
        assert is_known


# Turning on and off


@pytest.mark.parametrize(
    "change", [{"p256dh": "AAAA"}, {"auth": "AAAA"}, {"p256dh": "é"}, {"auth": "*" * 24}]
)
def test_keys_that_are_none_are_refused(service, as_bea, change):
    refused = as_bea.post("/me/reach/push", service.phone().form | change)

    assert refused.status_code == 422
    assert not PushSubscription.objects.exists()


@pytest.mark.threat("T9")
def test_where_a_browser_is_and_its_keys_are_sealed(service, bea):
    row = PushSubscription.objects.get()

    kept = b"".join(
        value if isinstance(value, bytes) else str(value).encode() for value in vars(row).values()
    )
    assert HOST.encode() not in kept
    assert bea.form["auth"].encode() not in kept
    assert bea.form["p256dh"].encode() not in kept


def test_same_browser_twice_is_one_row_and_belongs_to_who_turned_it_on_last(
    cast, clock, service, bea, as_ana
):
    phone = bea.form
    cast.browser("bea", clock.now).post("/me/reach/push", phone)
    assert PushSubscription.objects.count() == 1

    as_ana.post("/me/reach/push", phone)

    assert [row.user for row in PushSubscription.objects.all()] == [cast.ana]


def test_sixth_browser_takes_the_place_of_the_oldest(cast, clock, service):
    for number in range(6):
        clock.move(minutes=1)
        cast.browser("bea", clock.now).post("/me/reach/push", service.phone(f"phone{number}").form)

    endpoints = [browser.endpoint[-1] for _row, browser in subscriptions.working(cast.bea.pk, clock.now)]
    assert endpoints == ["1", "2", "3", "4", "5"]


def test_turned_off_nothing_appears_and_mail_goes_on(cast, clock, service, bea, as_bea, mailoutbox):
    assert as_bea.post("/me/reach/push/off").status_code == 204

    notice = send(ledger.planned(cast, clock.now), clock.now)

    assert service.asked == []
    assert (notice.state, len(mailoutbox)) == (State.SENT, 1)
    verbs = AuditEvent.objects.filter(verb__startswith="push.").values_list("verb", flat=True)
    assert list(verbs.order_by("at", "id")) == ["push.on", "push.off"]


@pytest.mark.threat("T3")
@pytest.mark.parametrize("how", ["sign-out", "elsewhere", "clinic"])
def test_signed_out_nothing_appears(cast, clock, service, bea, as_bea, mailoutbox, how):
    if how == "sign-out":
        as_bea.post("/sign-out")
    elif how == "elsewhere":
        cast.browser("bea", clock.now).post("/me/sign-out-others")
    else:
        identity.reset_pin(cast.bea, patient=cast.ana_patient, by=cast.sees("nia"), now=clock.now)

    send(ledger.planned(cast, clock.now), clock.now)

    assert service.asked == []
    assert len(mailoutbox) == 1


@pytest.mark.threat("T3")
def test_sign_in_that_ran_out_shows_nothing_more(cast, clock, service, bea, mailoutbox):
    clock.move(days=40)

    send(ledger.planned(cast, clock.now, due_at=clock.now), clock.now)

    assert service.asked == []
    assert len(mailoutbox) == 1


@pytest.mark.threat("T3")
@pytest.mark.parametrize(("hours", "shown"), [(11, 1), (12.1, 0)])
def test_sign_in_of_staff_shows_nothing_after_a_shift(cast, clock, service, mailoutbox, hours, shown):
    staff = cast.browser("nia", clock.now)
    session = staff.session
    session["second_factor"] = clock.now.isoformat()
    session.save()
    assert staff.post("/me/reach/push", service.phone().form).status_code == 204
    clock.move(hours=hours)

    send(ledger.rung(cast, clock.now, due_at=clock.now), clock.now)

    assert len(service.asked) == shown
    assert PushSubscription.objects.count() == shown


@pytest.mark.threat("T3")
def test_own_phone_shows_nothing_a_month_after_signing_in(cast, clock, service, bea, mailoutbox):
    clock.move(days=29)
    keep = PushSubscription.objects.get().session_key
    Session.objects.filter(session_key=keep).update(expire_date=clock.now + timedelta(days=30))
    clock.move(days=2)

    notice = send(ledger.planned(cast, clock.now, due_at=clock.now), clock.now)
    assert last(notice) == ("push", "refused", "push-gone")
    send(notice, clock.move(minutes=2))

    assert service.asked == []
    assert len(mailoutbox) == 1


@pytest.mark.threat("T1")
def test_who_is_taken_out_gets_nothing_more(cast, clock, service, bea):
    notice = ledger.planned(cast, clock.now)
    circle.revoke(member=cast.bea_member, by=cast.sees("ana"), now=clock.now)

    assert send(notice, clock.now).state == State.VOID
    assert service.asked == []


def test_key_destroyed_ends_it(cast, clock, service, bea):
    DataKey.objects.filter(owner_id=cast.bea.pk).update(wrapped=None, destroyed_at=clock.now)

    send(ledger.planned(cast, clock.now), clock.now)

    assert service.asked == []


@pytest.mark.threat("T3")
def test_browser_that_is_not_ones_own_cannot_turn_it_on(cast, clock, service):
    browser = cast.browser("bea", clock.now)
    session = browser.session
    session["own_device"] = False
    session.save()

    assert browser.post("/me/reach/push", service.phone().form).status_code == 404


@pytest.fixture
def demo(db, now):
    """This database is a demonstration."""
    Installation.objects.create(id=1, demo=True, created_at=now)


def test_demonstration_sends_to_nobodys_phone(demo, cast, clock, service, bea):
    send(ledger.planned(cast, clock.now), clock.now)

    assert service.asked == []


# The page


def test_page_offers_it_on_ones_own_device_with_the_key_of_this_luna(service, as_bea):
    page = as_bea.get("/me/reach").content.decode()

    assert f'data-key="{push.public_key()}" data-on="no" hidden' in page


def test_page_says_that_it_is_on_here_and_asks_for_its_place(service, bea, as_bea, cast, clock):
    page = as_bea.get("/me/reach").content.decode()
    elsewhere = cast.browser("bea", clock.now).get("/me/reach").content.decode()

    assert 'data-on="yes"' in page
    assert "On the phone or computer itself" in page
    assert 'data-on="no"' in elsewhere


def test_page_offers_nothing_on_a_device_of_others(cast, clock, service):
    browser = cast.browser("bea", clock.now)
    session = browser.session
    session["own_device"] = False
    session.save()

    assert "data-push" not in browser.get("/me/reach").content.decode()


def test_page_of_a_demonstration_offers_nothing(demo, cast, clock, service, as_bea):
    assert "data-push" not in as_bea.get("/me/reach").content.decode()


def test_mail_can_be_chosen_before_the_phone(cast, clock, service, bea, as_bea, mailoutbox):
    asked = reading.hidden(as_bea.get("/me/reach"), None)
    as_bea.post("/me/reach", asked | {"place_push": "1", "place_email": "0"})

    send(ledger.planned(cast, clock.now), clock.now)

    assert (len(mailoutbox), service.asked) == (1, [])


# Opening


def test_what_appeared_opens_its_page_and_is_noted(cast, clock, as_bea):
    notice = ledger.planned(cast, clock.now)

    found = as_bea.get(f"/n/{notice.id}")

    notice.refresh_from_db()
    assert (found.status_code, found.url) == (302, words.path(notice))
    assert notice.opened_at == clock.now


@pytest.mark.threat("T4")
@pytest.mark.parametrize("name", ["ana", "oli", "cal", "nia", "dee"])
def test_anybody_else_finds_nothing(cast, clock, name):
    notice = ledger.planned(cast, clock.now)

    found = cast.browser(name, clock.now).get(f"/n/{notice.id}")

    notice.refresh_from_db()
    assert (found.status_code, notice.opened_at) == (404, None)


def test_who_is_signed_out_signs_in_first(cast, clock, as_nobody):
    notice = ledger.planned(cast, clock.now)

    found = as_nobody.get(f"/n/{notice.id}")

    assert found.url.startswith("/sign-in?next=")
    assert not Notice.objects.filter(opened_at__isnull=False).exists()


def test_notice_that_never_was_is_not_found(as_bea):
    assert as_bea.get(f"/n/{uuid4()}").status_code == 404


def test_key_is_made_once_and_kept_beside_the_others(tmp_path):
    first, second = keys.vapid(tmp_path), keys.vapid(tmp_path)

    assert first == second
    assert (tmp_path / "vapid.key").stat().st_mode & 0o077 == 0
