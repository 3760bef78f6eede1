import json
from datetime import timedelta

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from luna.people import sessions
from luna.people.actions import identity
from luna.people.models import User
from luna.people.sessions import Standing
from tests.cast import browser
from tests.people import reading

MINUTE = timedelta(minutes=1)


def session(now, **more):
    return {"began_at": now.isoformat(), "seen_at": now.isoformat(), **more}


def standing(held, now, watching_until=None):
    return sessions.standing(held, watching_until=watching_until, now=now)


@pytest.mark.parametrize(
    ("away", "found"),
    [(15 * MINUTE, Standing.OPEN), (15 * MINUTE + timedelta(seconds=1), Standing.ENDED)],
)
def test_shared_phone_is_signed_out_after_fifteen_minutes(now, away, found):
    assert standing(session(now, capacity="patient:1"), now + away) is found


@pytest.mark.parametrize(
    ("later", "found"),
    [(timedelta(days=30), Standing.OPEN), (timedelta(days=30, seconds=1), Standing.ENDED)],
)
def test_own_phone_is_signed_out_thirty_days_after_signing_in(now, later, found):
    assert standing(session(now, capacity="caretaker:1", own_device=True), now + later) is found


@pytest.mark.parametrize(
    ("away", "found"),
    [(15 * MINUTE, Standing.OPEN), (15 * MINUTE + timedelta(seconds=1), Standing.LOCKED)],
)
def test_staff_are_locked_after_fifteen_minutes(now, away, found):
    held = session(now, capacity="staff:1", second_factor=now.isoformat(), own_device=True)

    assert standing(held, now + away) is found


def test_staff_are_signed_out_twelve_hours_after_the_second_factor(now):
    later = now + timedelta(hours=12, seconds=1)
    held = session(now, capacity="staff:1", second_factor=now.isoformat()) | {"seen_at": later.isoformat()}

    assert standing(held, later) is Standing.ENDED


@pytest.mark.parametrize("own_device", [True, False])
def test_sign_in_does_not_end_during_a_watch(now, own_device):
    held = session(now, capacity="caretaker:1", own_device=own_device)
    later = now + timedelta(days=40)

    assert standing(held, later, watching_until=later + MINUTE) is Standing.OPEN
    assert standing(held, later, watching_until=later) is Standing.ENDED


def test_watching_at_home_does_not_keep_a_clinic_open(now):
    held = session(now, capacity="staff:1", second_factor=now.isoformat())

    assert standing(held, now + 20 * MINUTE, watching_until=now + timedelta(days=1)) is Standing.LOCKED


def test_presence_is_noted_once_a_minute_at_most(now):
    held = session(now)

    sessions.note(held, now + timedelta(seconds=59))
    assert held["seen_at"] == now.isoformat()

    sessions.note(held, now + MINUTE)
    assert held["seen_at"] == (now + MINUTE).isoformat()


@pytest.mark.threat("T4")
def test_leaving_the_staff_capacity_gives_up_the_second_factor():
    held = {"capacity": "staff:1", "second_factor": "x", "fresh_at": "x"}

    sessions.act_as(held, "caretaker:2")

    assert held == {"capacity": "caretaker:2"}


def test_staying_in_a_capacity_keeps_the_second_factor():
    held = {"capacity": "staff:1", "second_factor": "x"}

    sessions.act_as(held, "staff:1")

    assert held == {"capacity": "staff:1", "second_factor": "x"}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (
            "Mozilla/5.0 (Linux; Android 14) Chrome/120 Mobile Safari/537",
            ("Chrome", "Android"),
        ),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) Safari/604",
            ("Safari", "iPhone"),
        ),
        ("Mozilla/5.0 (Windows NT 10.0) Chrome/120 Safari/537 Edg/120", ("Edge", "Windows")),
        ("", ("", "")),
    ],
)
def test_device_is_named_by_browser_and_system(text, found):
    assert sessions.device(text) == found


@pytest.fixture
def nia(cast, clock):
    """Nia at work, a moment after she used a page."""
    client = browser(cast.nia, f"staff:{cast.harbour.id.hex}", clock.now)
    assert client.get("/me").status_code == 200
    return client


@pytest.fixture
def bea(cast, clock):
    """Bea on a phone that is not her own, a moment after she used a page."""
    client = browser(cast.bea, f"caretaker:{cast.ana_patient.id.hex}", clock.now)
    held = client.session
    held["own_device"] = False
    held.save()
    assert client.get("/me").status_code == 200
    return client


def test_locked_page_asks_staff_to_unlock_and_leads_back(nia, clock):
    clock.move(minutes=16)

    response = nia.get("/me/profile?x=1")

    assert (response.status_code, response.url) == (302, "/me/unlock?next=%2Fme%2Fprofile%3Fx%3D1")


def test_what_staff_typed_on_a_locked_page_is_sent_after_the_pin(nia, cast, clock):
    _give_pin(cast.nia)
    clock.move(minutes=16)
    typed = {"name": "Nia <b>Noor</b>", "zone": "", "language": "en", "version": "1"}

    locked = nia.post("/me/profile", typed)
    unlocked = nia.post("/me/unlock", reading.hidden(locked, "/me/unlock") | {"pin": "385162"})
    sent = nia.post("/me/profile", reading.hidden(unlocked, "/me/profile"))

    assert locked.status_code == 423
    assert unlocked.status_code == 200
    assert (sent.status_code, sent.url) == (302, "/me")
    assert User.objects.get(pk=cast.nia.pk).name == "Nia <b>Noor</b>"


def test_wrong_pin_keeps_a_page_locked_and_what_was_typed(nia, cast, clock):
    _give_pin(cast.nia)
    clock.move(minutes=16)

    locked = nia.post("/me/profile", {"name": "Nia", "version": "1"})
    kept = reading.hidden(locked, "/me/unlock")
    again = nia.post("/me/unlock", kept | {"pin": "000111"})

    assert again.status_code == 422
    assert reading.hidden(again, "/me/unlock") == kept
    assert nia.get("/me").status_code == 302


@pytest.mark.threat("T1")
def test_pin_typed_on_a_locked_page_is_kept_nowhere(nia, cast, clock):
    _give_pin(cast.nia)
    clock.move(minutes=16)

    response = nia.post("/me/pin", {"pin": "927461", "again": "927461"}, follow=True)

    assert response.redirect_chain == [("/me/unlock", 302)]
    assert reading.flashes(response) == [
        "What you just sent did not arrive. Give your PIN or passkey first, then send it again."
    ]
    assert b"927461" not in response.content


def test_file_sent_from_a_locked_page_is_chosen_again(nia, cast, clock):
    _give_pin(cast.nia)
    clock.move(minutes=16)
    paper = SimpleUploadedFile("paper.pdf", b"%PDF-1.7 canary", content_type="application/pdf")

    locked = nia.post("/me/profile", {"name": "Nia Noor", "paper": paper})

    assert json.loads(reading.hidden(locked, "/me/unlock")["kept"]) == {"name": ["Nia Noor"]}
    assert b"canary" not in locked.content


@pytest.mark.threat("T1")
def test_code_from_an_email_does_not_unlock(nia, cast, clock, mailoutbox):
    clock.move(minutes=16)

    nia.post("/sign-in", {"email": cast.nia.email})
    code = mailoutbox[-1].body.split("code is ")[1][:6]
    nia.post("/sign-in/code", {"code": code})

    assert "second_factor" not in nia.session
    assert nia.get("/me").url == "/sign-in?next=%2Fme"


def test_typed_text_is_only_kept_for_a_form_that_was_ours(cast, clock):
    client = browser(cast.nia, f"staff:{cast.harbour.id.hex}", clock.now)
    client.get("/me")
    client.handler.enforce_csrf_checks = True
    clock.move(minutes=16)

    response = client.post("/me/profile", {"name": "Mallory"})

    assert response.status_code == 403


@pytest.mark.parametrize(
    "to", ["https://evil.example/", "//evil.example/x", "/\\\\evil.example/x", "javascript:alert(1)"]
)
def test_unlocking_sends_nothing_to_another_site(nia, cast, clock, to):
    _give_pin(cast.nia)
    clock.move(minutes=16)

    response = nia.post("/me/unlock", {"pin": "385162", "to": to, "kept": "{}", "next": to})

    assert (response.status_code, response.url) == (302, "/")


def test_background_poll_does_not_keep_staff_signed_in(nia, clock):
    for _ in range(4):
        clock.move(minutes=4)
        nia.get("/feed", headers={"X-Luna-Poll": "1"})

    assert nia.get("/feed", headers={"X-Luna-Poll": "1"}).status_code == 401
    assert nia.get("/me").url.startswith("/me/unlock")


def test_use_keeps_staff_signed_in(nia, clock):
    for _ in range(4):
        clock.move(minutes=14)
        assert nia.get("/me").status_code == 200


def test_presence_is_written_once_a_minute(nia, clock):
    with CaptureQueriesContext(connection) as first:
        clock.move(seconds=59)
        nia.get("/me")
    with CaptureQueriesContext(connection) as second:
        clock.move(seconds=2)
        nia.get("/me")

    assert [_session_writes(each) for each in (first, second)] == [0, 1]


def test_shared_phone_left_alone_is_signed_out_and_says_why(bea, clock):
    clock.move(minutes=16)

    response = bea.get("/me", follow=True)

    assert response.redirect_chain == [("/sign-in?next=%2Fme", 302)]
    assert reading.flashes(response) == ["You were signed out because nobody used this page for a while."]
    assert "_auth_user_id" not in bea.session


def late_form(client, clock) -> None:
    """Have somebody send a form on a page about care, after their sign-in ended."""
    clock.move(minutes=16)
    response = client.post(
        "/circle/leave?x=1",
        {"why": ["Ill <b>", "Busy"], "client_id": "1"},
        headers={"Referer": "http://testserver/circle/leave"},
    )
    assert response.url == "/sign-in?next=%2Fme%2Ftyped"


def sign_in_again(client, person, clock) -> None:
    client.force_login(person)
    session = client.session
    session["began_at"] = session["seen_at"] = clock.now.isoformat()
    session.save()


def test_page_that_asks_for_news_too_late_loses_no_form(bea, cast, clock):
    clock.move(minutes=16)
    polled = bea.get("/now", headers={"X-Luna-Poll": "1"})
    late_form(bea, clock)
    sign_in_again(bea, cast.bea, clock)

    assert polled.status_code == 401
    assert bea.get("/").url == "/me/typed"


@pytest.mark.parametrize("path", ["/sw.js", "/worried", "/sign-in"])
def test_public_page_opened_too_late_loses_no_form(bea, cast, clock, path):
    clock.move(minutes=16)
    opened = bea.get(path)
    late_form(bea, clock)
    sign_in_again(bea, cast.bea, clock)

    assert opened.status_code == 200
    assert bea.get("/").url == "/me/typed"


@pytest.mark.threat("T1")
def test_public_page_opened_too_late_knows_nobody(bea, cast, clock):
    known = bea.get("/worried").content.decode()
    clock.move(minutes=16)

    shown = bea.get("/worried").content.decode()

    assert ("Ana" in known, "Ana" in shown) == (True, False)
    assert bea.get("/me").url == "/sign-in?next=%2Fme"


@pytest.mark.threat("T1")
@pytest.mark.parametrize("looked", [{"path": "/worried"}, {"path": "/now", "headers": {"X-Luna-Poll": "1"}}])
def test_sign_in_that_was_seen_to_have_ended_stays_so_when_a_watch_begins(bea, cast, clock, looked):
    clock.move(minutes=16)
    bea.get(**looked)
    User.objects.filter(pk=cast.bea.pk).update(watching_until=clock.now + timedelta(hours=24))

    assert bea.get("/me").url == "/sign-in?next=%2Fme"


def test_what_was_typed_when_the_sign_in_ended_is_sent_after_signing_in(bea, cast, clock):
    late_form(bea, clock)
    sign_in_again(bea, cast.bea, clock)

    start = bea.get("/")
    again = bea.get("/me/typed")
    form = reading.forms(again)[0]

    assert start.url == "/me/typed"
    assert reading.heading(again) == "Signed in again"
    assert (form["action"], form["hidden"]) == ("/circle/leave?x=1", {"why": "Busy", "client_id": "1"})
    assert again.content.count(b'name="why"') == 2
    assert bea.session["capacity"] == f"caretaker:{cast.ana_patient.id.hex}"


@pytest.mark.threat("T9")
def test_private_line_that_came_too_late_is_kept_nowhere(bea, clock):
    clock.move(minutes=16)

    response = bea.post("/steps/any/private", {"text": "Canary under the bridge"})

    assert response.url == "/sign-in"
    assert "typed" not in bea.session


def test_form_that_is_sent_after_all_is_kept_no_longer(bea, cast, clock):
    late_form(bea, clock)
    sign_in_again(bea, cast.bea, clock)
    bea.get("/me/typed")

    bea.post("/circle/leave?x=1", {"client_id": "00000000-0000-0000-0000-000000000001"})

    assert "typed" not in bea.session


def test_form_nobody_wants_any_more_is_thrown_away(bea, cast, clock):
    late_form(bea, clock)
    sign_in_again(bea, cast.bea, clock)

    bea.post("/me/typed")

    assert "typed" not in bea.session
    assert bea.get("/me/typed").url != "/me/typed"


@pytest.mark.threat("T1")
def test_next_person_at_the_phone_never_sees_what_was_typed(bea, cast, clock):
    late_form(bea, clock)
    sign_in_again(bea, cast.cal, clock)

    found = bea.get("/me/typed")

    assert found.status_code == 302
    assert "typed" not in bea.session


@pytest.mark.threat("T1")
def test_what_was_typed_is_thrown_away_after_an_hour(bea, cast, clock):
    late_form(bea, clock)
    clock.move(minutes=61)
    sign_in_again(bea, cast.bea, clock)

    assert bea.get("/me/typed").status_code == 302
    assert "typed" not in bea.session


@pytest.mark.threat("T1")
@pytest.mark.parametrize("path", ["/me/pin", "/me/profile", "/me/unlock"])
def test_what_may_be_a_pin_is_never_kept(bea, clock, path):
    clock.move(minutes=16)

    bea.post(path, {"pin": "385162"})

    assert "typed" not in bea.session


def test_form_that_is_too_long_is_not_kept_and_its_writer_told(bea, clock):
    clock.move(minutes=16)

    response = bea.post("/circle/leave", {"why": "x" * 100_001}, follow=True)

    assert "typed" not in bea.session
    assert reading.flashes(response) == [
        "You are not signed in. What you just sent did not arrive: send it again."
    ]


def test_form_that_is_kept_is_not_called_lost(bea, clock):
    clock.move(minutes=16)

    response = bea.post("/circle/leave", {"why": "Ill"}, follow=True)

    assert reading.flashes(response) == [
        "You were signed out because nobody used this page for a while.",
        "What you typed is kept. Sign in again to send it.",
    ]


def test_open_page_stays_open_after_the_sign_in_ended(bea, clock):
    clock.move(minutes=16)

    assert bea.get("/sign-in").status_code == 200


def test_caretaker_on_watch_stays_signed_in(bea, cast, clock):
    User.objects.filter(pk=cast.bea.pk).update(watching_until=clock.now + timedelta(hours=24))
    clock.move(hours=20)

    assert bea.get("/me").status_code == 200


def test_own_device_keeps_the_cookie_for_thirty_days(bea):
    bea.post("/me/device", {"own_device": "yes"})

    assert bea.session["own_device"] is True
    assert bea.cookies[settings.SESSION_COOKIE_NAME]["max-age"] == 30 * 24 * 3600


def test_other_device_keeps_the_cookie_until_the_browser_closes(bea):
    bea.post("/me/device", {"own_device": "yes"})
    bea.post("/me/device", {"own_device": "no"})

    assert bea.cookies[settings.SESSION_COOKIE_NAME]["max-age"] == ""


def test_signing_out_everywhere_else_keeps_only_this_device(cast, clock):
    capacity = f"patient:{cast.ana_patient.id.hex}"
    here, elsewhere = (browser(cast.ana, capacity, clock.now) for _ in range(2))

    response = here.post("/me/sign-out-others")

    assert response.status_code == 302
    assert here.get("/me").status_code == 200
    assert elsewhere.get("/me").status_code == 302


def _give_pin(user: User) -> None:
    identity.set_pin(user, "385162", now=timezone.now())


def _session_writes(queries: CaptureQueriesContext) -> int:
    return sum(one["sql"].startswith('UPDATE "django_session"') for one in queries.captured_queries)
