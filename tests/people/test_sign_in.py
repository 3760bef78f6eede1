import time
from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from allauth.usersessions.models import UserSession
from django.core.cache import cache
from django.test import Client

from luna.audit.models import AuditEvent
from luna.people.models import Clinician, User
from tests.cast import browser
from tests.people import reading


@pytest.fixture(autouse=True)
def _no_limits_left_over(db):
    cache.clear()


def ask(client: Client, email: str, **more):
    return client.post("/sign-in", {"email": email, **more})


def sent(mailoutbox) -> str:
    """Return the code of the newest mail."""
    return mailoutbox[-1].body.split("code is ")[1][:6]


def sign_in(client: Client, email: str, mailoutbox, **more):
    ask(client, email, **more)
    return client.post("/sign-in/code", {"code": sent(mailoutbox)})


def test_code_signs_a_patient_in_and_leads_home(as_nobody, cast, mailoutbox):
    User.objects.update(set_up_until=cast.ana.created_at)  # this is not her first time

    answer = sign_in(as_nobody, "ana@example.org", mailoutbox)
    start = as_nobody.get("/")

    assert (answer.status_code, answer.url) == (302, "/")
    assert (start.status_code, start.url) == (302, "/now")
    assert as_nobody.session["capacity"] == f"patient:{cast.ana_patient.id.hex}"
    assert as_nobody.get("/me").status_code == 200


def test_code_is_six_digits_in_a_message_that_names_no_clinic(as_nobody, cast, mailoutbox):
    ask(as_nobody, "ana@example.org")

    message = mailoutbox[-1]
    assert sent(mailoutbox).isdigit()
    assert message.to == ["ana@example.org"]
    assert message.subject == "Your sign-in code"
    assert [word for word in ("Harbour", "Ana", "ketamine", "http") if word in message.body] == []


def test_address_is_found_whatever_its_case(as_nobody, cast, mailoutbox):
    assert sign_in(as_nobody, "ANA@Example.ORG", mailoutbox).status_code == 302


def test_code_may_be_typed_with_a_space(as_nobody, cast, mailoutbox):
    ask(as_nobody, "ana@example.org")
    code = sent(mailoutbox)

    assert as_nobody.post("/sign-in/code", {"code": f"{code[:3]} {code[3:]}"}).status_code == 302


def test_signing_in_keeps_no_second_copy_of_the_address(as_nobody, cast, mailoutbox):
    sign_in(as_nobody, "ana@example.org", mailoutbox)

    assert EmailAddress.objects.count() == 0


def test_signing_in_is_audited_by_id_only(as_nobody, cast, mailoutbox, now):
    sign_in(as_nobody, "ana@example.org", mailoutbox)

    event = AuditEvent.objects.get(verb="sign-in")
    assert (event.actor_id, event.at, event.reason, event.clinic_id) == (cast.ana.id, now, "code", None)


def test_next_page_is_kept_through_the_sign_in(as_nobody, cast, mailoutbox):
    asked = as_nobody.post("/sign-in?next=/me/profile", {"email": "ana@example.org", "next": "/me/profile"})
    answer = as_nobody.post(asked.url, {"code": sent(mailoutbox), "next": "/me/profile"})

    assert asked.url == "/sign-in/code?next=%2Fme%2Fprofile"
    assert answer.url == "/me/profile"


@pytest.mark.parametrize("wanted", ["https://evil.example/", "//evil.example", "javascript:alert(1)"])
def test_next_page_is_never_another_site(as_nobody, cast, mailoutbox, wanted):
    asked = as_nobody.post("/sign-in", {"email": "ana@example.org", "next": wanted})
    answer = as_nobody.post("/sign-in/code", {"code": sent(mailoutbox), "next": wanted})

    assert asked.url == "/sign-in/code"
    assert answer.url == "/"


@pytest.mark.threat("T1")
@pytest.mark.threat("T6")
def test_code_works_only_in_the_browser_that_asked(as_nobody, cast, mailoutbox):
    ask(as_nobody, "ana@example.org")
    other = Client()
    ask(other, "bea@example.org")

    mine = next(message for message in mailoutbox if message.to == ["ana@example.org"])
    answer = other.post("/sign-in/code", {"code": mine.body.split("code is ")[1][:6]})

    assert answer.status_code == 422
    assert Client().post("/sign-in/code", {"code": "123456"}).url == "/sign-in"


@pytest.mark.threat("T1")
def test_code_stops_after_ten_minutes(as_nobody, cast, mailoutbox, monkeypatch):
    ask(as_nobody, "ana@example.org")
    real = time.time
    monkeypatch.setattr(time, "time", lambda: real() + 601)

    answer = as_nobody.post("/sign-in/code", {"code": sent(mailoutbox)})

    assert (answer.status_code, answer.url) == (302, "/sign-in")
    assert "_auth_user_id" not in as_nobody.session


@pytest.mark.threat("T1")
def test_code_stops_after_five_wrong_tries(as_nobody, cast, mailoutbox):
    ask(as_nobody, "ana@example.org")
    right = sent(mailoutbox)
    wrong = "000000" if right != "000000" else "000001"

    answers = [as_nobody.post("/sign-in/code", {"code": wrong}) for _ in range(5)]
    late = as_nobody.post("/sign-in/code", {"code": right})

    assert [answer.status_code for answer in answers] == [422, 422, 422, 422, 302]
    assert (late.status_code, late.url) == (302, "/sign-in")


@pytest.mark.threat("T1")
def test_many_tries_at_once_gain_nothing(as_nobody, cast, mailoutbox):
    """Of tries sent together, each reads the session before the others counted theirs."""
    ask(as_nobody, "ana@example.org")
    wrong = "000000" if sent(mailoutbox) != "000000" else "000001"
    before = dict(as_nobody.session)

    for _ in range(25):
        as_nobody.post("/sign-in/code", {"code": wrong})
        session = as_nobody.session
        session.update(before)
        session.save()

    assert as_nobody.post("/sign-in/code", {"code": sent(mailoutbox)}).url == "/sign-in"
    assert "_auth_user_id" not in as_nobody.session


@pytest.mark.threat("T1")
def test_code_works_once(as_nobody, cast, mailoutbox):
    sign_in(as_nobody, "ana@example.org", mailoutbox)
    code = sent(mailoutbox)
    as_nobody.post("/sign-out")

    assert as_nobody.post("/sign-in/code", {"code": code}).url == "/sign-in"


def test_wrong_code_says_what_to_do(as_nobody, cast, mailoutbox):
    ask(as_nobody, "ana@example.org")
    wrong = "000000" if sent(mailoutbox) != "000000" else "000001"

    answer = as_nobody.post("/sign-in/code", {"code": wrong})

    assert reading.errors(answer) == [
        "That is not the code we sent. Look at the newest e-mail and type its 6 digits."
    ]


@pytest.mark.threat("T6")
def test_answer_is_the_same_for_an_address_nobody_has(as_nobody, cast, mailoutbox):
    known, unknown = Client(), Client()

    answers = [ask(known, "ana@example.org"), ask(unknown, "eva@example.org")]
    pages = [known.get("/sign-in/code"), unknown.get("/sign-in/code")]
    tries = [client.post("/sign-in/code", {"code": "x"}) for client in (known, unknown)]

    assert [(one.status_code, one.url) for one in answers] == [(302, "/sign-in/code")] * 2
    assert _without_address(pages[0], "ana") == _without_address(pages[1], "eva")
    assert [one.status_code for one in tries] == [422, 422]
    assert _without_address(tries[0], "ana") == _without_address(tries[1], "eva")


@pytest.mark.threat("T6")
def test_address_nobody_has_gets_a_mail_too_so_that_it_takes_as_long(as_nobody, cast, mailoutbox):
    ask(as_nobody, "stranger@example.org")

    assert [message.subject for message in mailoutbox] == ["About signing in"]
    assert mailoutbox[0].to == ["stranger@example.org"]


def test_closed_account_gets_no_code(as_nobody, cast, mailoutbox):
    User.objects.filter(pk=cast.ana.pk).update(is_active=False)

    answer = ask(as_nobody, "ana@example.org")

    assert answer.url == "/sign-in/code"
    assert [message.subject for message in mailoutbox] == ["About signing in"]


def test_nobody_can_sign_up(as_nobody, cast, mailoutbox):
    before = User.objects.count()

    ask(as_nobody, "new@example.org")

    assert User.objects.count() == before
    assert as_nobody.get("/accounts/signup/").status_code == 404


@pytest.mark.threat("T10")
def test_stranger_asking_for_codes_does_not_lock_out_a_known_device(cast, clock, mailoutbox):
    own = Client(REMOTE_ADDR="198.51.100.7")
    sign_in(own, "nia@example.org", mailoutbox)
    own.post("/sign-out")
    stranger = Client(REMOTE_ADDR="203.0.113.9")

    stranger_answers = [ask(stranger, "nia@example.org").status_code for _ in range(7)]

    assert stranger_answers == [302] * 5 + [422] * 2
    assert ask(own, "nia@example.org").status_code == 302


@pytest.mark.threat("T10")
def test_stranger_does_not_lock_out_a_new_device_elsewhere(cast, clock, mailoutbox):
    stranger = Client(REMOTE_ADDR="203.0.113.9")
    for _ in range(7):
        ask(stranger, "nia@example.org")

    assert ask(Client(REMOTE_ADDR="198.51.100.7"), "nia@example.org").status_code == 302


@pytest.mark.threat("T10")
def test_many_strangers_do_not_lock_out_a_known_device(cast, clock, mailoutbox):
    own = Client(REMOTE_ADDR="198.51.100.7")
    sign_in(own, "nia@example.org", mailoutbox)
    own.post("/sign-out")

    answers = [
        ask(Client(REMOTE_ADDR=f"203.0.113.{place}"), "nia@example.org").status_code
        for place in range(8)
        for _ in range(4)
    ]

    assert answers.count(302) == 29  # of 30 an hour; her own first one was from a new device too
    assert ask(own, "nia@example.org").status_code == 302


@pytest.mark.threat("T10")
def test_forged_device_cookie_is_a_strangers(cast, clock, mailoutbox):
    stranger = Client(REMOTE_ADDR="203.0.113.9")
    for number in range(5):
        stranger.cookies["luna_device"] = f"device{number}.{'0' * 64}"
        ask(stranger, "nia@example.org")
    stranger.cookies["luna_device"] = f"another.{'0' * 64}"

    assert ask(stranger, "nia@example.org").status_code == 422


@pytest.mark.threat("T10")
def test_device_known_to_one_person_is_a_stranger_to_another(cast, clock, mailoutbox):
    own = Client(REMOTE_ADDR="203.0.113.9")
    sign_in(own, "cal@example.org", mailoutbox)
    own.post("/sign-out")

    answers = [ask(own, "nia@example.org").status_code for _ in range(6)]

    assert answers == [302] * 5 + [422]


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("", "Type your e-mail address."),
        ("ana", "Type an e-mail address, like ana@example.org."),
        ("a" * 2_000_000 + "@example.org", "Type an e-mail address, like ana@example.org."),
    ],
)
def test_address_that_cannot_be_one_is_refused_and_kept(as_nobody, cast, typed, told):
    answer = ask(as_nobody, typed)

    assert answer.status_code == 422
    assert reading.errors(answer) == [told]


def test_mail_server_that_does_not_answer_is_told_and_the_address_kept(as_nobody, cast, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1

    answer = ask(as_nobody, "ana@example.org")

    assert answer.status_code == 503
    assert answer.content.decode().count("We could not send the code just now.") == 1
    assert answer.content.decode().count('value="ana@example.org"') == 1


@pytest.mark.parametrize(("own", "days"), [({"own_device": "on"}, 30), ({}, None)])
def test_own_device_is_remembered_for_thirty_days(as_nobody, cast, mailoutbox, own, days):
    answer = sign_in(as_nobody, "ana@example.org", mailoutbox, **own)

    age = answer.cookies["sessionid"]["max-age"]
    assert age == (days * 24 * 3600 if days else "")


def test_person_with_one_capacity_is_not_asked(as_nobody, cast, mailoutbox):
    sign_in(as_nobody, "bea@example.org", mailoutbox)

    assert as_nobody.get("/?next=/me").url == "/me"
    assert as_nobody.session["capacity"] == f"caretaker:{cast.ana_patient.id.hex}"


def test_person_with_several_capacities_chooses(cast, clock):
    client = Client()
    client.force_login(cast.dee)
    held = client.session
    held["second_factor"] = clock.now.isoformat()
    held.save()

    asked = client.get("/?next=/me/profile")
    page = client.get(asked.url)
    answer = client.post(
        "/choose", {"capacity": f"caretaker:{cast.oli_patient.id.hex}", "next": "/me/profile"}
    )

    assert asked.url == "/choose?next=%2Fme%2Fprofile"
    assert reading.heading(page) == "What are you here for?"
    assert answer.url == "/me/profile"
    assert client.session["capacity"] == f"caretaker:{cast.oli_patient.id.hex}"


@pytest.mark.threat("T4")
def test_capacity_of_somebody_else_cannot_be_chosen(as_bea, cast):
    before = as_bea.session["capacity"]

    answers = [
        as_bea.post("/choose", {"capacity": wanted}).status_code
        for wanted in (f"patient:{cast.ana_patient.id.hex}", f"staff:{cast.harbour.id.hex}", "staff:x", "")
    ]

    assert answers == [200, 200, 200, 200]
    assert as_bea.session["capacity"] == before


def test_person_with_no_capacity_sees_an_empty_page(cast, clock):
    stranger = User.objects.create(email="new@example.org", name="New", created_at=clock.now)
    client = Client()
    client.force_login(stranger)

    page = client.get("/", follow=True)

    assert page.redirect_chain == [("/choose", 302)]
    assert page.content.decode().count("Nothing to do here now.") == 1


def test_staff_who_left_the_clinic_are_asked_for_another_capacity(as_dee, cast):
    Clinician.objects.filter(user=cast.dee).update(active=False)

    assert as_dee.get("/").url == "/now"
    assert as_dee.session["capacity"] == f"caretaker:{cast.oli_patient.id.hex}"


def test_signing_out_ends_the_session(as_ana):
    answer = as_ana.post("/sign-out", follow=True)

    assert reading.flashes(answer) == ["You are signed out."]
    assert as_ana.get("/me").url == "/sign-in?next=%2Fme"


def test_looking_at_sign_out_changes_nothing(as_ana):
    assert as_ana.get("/sign-out").status_code == 405
    assert as_ana.get("/me").status_code == 200


@pytest.mark.parametrize("path", ["/", "/me", "/choose", "/me/pin", "/me/unlock", "/sign-in/second"])
def test_page_of_ones_own_asks_a_stranger_to_sign_in(as_nobody, path):
    answer = as_nobody.get(path)

    assert (answer.status_code, answer.url.split("?")[0]) == (302, "/sign-in")


def test_background_poll_of_a_stranger_is_refused_without_a_page(as_nobody):
    assert as_nobody.get("/me", headers={"X-Luna-Poll": "1"}).status_code == 401


def test_signed_in_person_is_sent_on_from_the_sign_in_page(as_ana):
    assert as_ana.get("/sign-in").url == "/now"


def test_list_of_devices_names_this_one(as_nobody, cast, mailoutbox):
    as_nobody.defaults["HTTP_USER_AGENT"] = "Mozilla/5.0 (Linux; Android 14) Firefox/130"
    sign_in(as_nobody, "ana@example.org", mailoutbox)

    page = as_nobody.get("/me").content.decode()

    assert UserSession.objects.filter(user=cast.ana).count() == 1
    assert page.count("Firefox on Android") == 1
    assert page.count("Here and now") == 1


def test_profile_is_changed(as_ana, cast):
    typed = {"name": "Ana B. Abel", "zone": "Asia/Kolkata", "language": "en", "version": cast.ana.version}

    answer = as_ana.post("/me/profile", typed)

    cast.ana.refresh_from_db()
    assert answer.url == "/me"
    assert (cast.ana.name, cast.ana.zone, cast.ana.version) == ("Ana B. Abel", "Asia/Kolkata", 2)


def test_profile_changed_meanwhile_shows_both_and_loses_nothing(as_ana, cast):
    User.objects.filter(pk=cast.ana.pk).update(name="Ana Other", version=2)

    answer = as_ana.post("/me/profile", {"name": "Ana Mine", "zone": "", "language": "en", "version": 1})

    text = answer.content.decode()
    assert answer.status_code == 422
    assert (text.count('value="Ana Mine"'), text.count("<td>Ana Other</td>")) == (1, 1)
    assert reading.hidden(answer, None)["version"] == "2"


def test_profile_sent_twice_is_saved_once(as_ana, cast):
    typed = {"name": "Ana Two", "zone": "", "language": "en", "version": cast.ana.version}

    answers = [as_ana.post("/me/profile", typed).status_code for _ in range(2)]

    cast.ana.refresh_from_db()
    assert answers == [302, 302]
    assert cast.ana.version == 2
    assert AuditEvent.objects.filter(verb="profile.change").count() == 1


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ({"name": ""}, "Type your name."),
        ({"name": "x" * 2_000_000}, "Use at most 120 letters for your name."),
        ({"zone": "Mars/Olympus"}, "Choose a time zone from the list."),
    ],
)
def test_profile_that_cannot_be_is_refused(as_ana, typed, told):
    answer = as_ana.post("/me/profile", {"name": "Ana", "zone": "", "language": "en", "version": 1, **typed})

    assert answer.status_code == 422
    assert reading.errors(answer) == [told]


def test_staff_see_their_account_in_the_staff_layout(as_nia):
    page = as_nia.get("/me").content.decode()

    assert page.count('class="rail"') == 1
    assert page.count("Is it your own?") == 0


def test_first_sign_in_offers_a_pin_once(as_nobody, cast, mailoutbox):
    sign_in(as_nobody, "ana@example.org", mailoutbox)

    assert as_nobody.get("/").url == "/me/pin"
    assert as_nobody.get("/").url == "/now"


@pytest.mark.threat("T1")
def test_code_does_not_carry_over_what_the_browser_had_proved(cast, clock, mailoutbox):
    client = browser(cast.nia, f"staff:{cast.harbour.id.hex}", clock.now, fresh=True)
    held = client.session
    held["seen_at"] = (clock.now - timedelta(minutes=20)).isoformat()
    held.save()

    sign_in(client, "nia@example.org", mailoutbox)

    assert "second_factor" not in client.session
    assert client.get("/me").url == "/sign-in?next=%2Fme"


@pytest.mark.threat("T1")
def test_passkey_of_an_earlier_sign_in_is_no_second_factor_of_this_one(cast, clock, mailoutbox):
    client = browser(cast.nia, f"staff:{cast.harbour.id.hex}", clock.now, fresh=True)
    held = client.session
    before = [{"method": "mfa", "type": "webauthn", "passwordless": True, "at": clock.now.timestamp()}]
    held["account_authentication_methods"] = before
    held["account_authentication_methods_user"] = str(cast.nia.pk)
    held["seen_at"] = (clock.now - timedelta(minutes=20)).isoformat()
    held.save()

    sign_in(client, "nia@example.org", mailoutbox)

    assert "second_factor" not in client.session
    assert client.get("/me").url == "/sign-in?next=%2Fme"


def _without_address(response, name: str) -> str:
    text = response.content.decode().replace(f"{name}@example.org", "…")
    return "\n".join(line for line in text.splitlines() if "csrfmiddlewaretoken" not in line)
