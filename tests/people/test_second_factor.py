import base64
import re
import time
from datetime import timedelta

import pytest
from allauth.mfa.models import Authenticator as Row
from allauth.mfa.totp.internal import auth as totp
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.db import connection
from django.test import Client

from luna.audit.models import AuditEvent
from luna.people import adapters
from luna.people.actions import identity
from luna.people.errors import Unreadable
from luna.people.models import Clinician, User
from tests.cast import browser, patient
from tests.people import reading
from tests.people.authenticator import Authenticator, options_of
from tests.people.test_impaired import impair


@pytest.fixture(autouse=True)
def _no_limits_left_over(db):
    cache.clear()


@pytest.fixture
def nia(cast, clock, mailoutbox):
    """Nia's browser, right after the code of her first sign-in."""
    client = Client()
    client.post("/sign-in", {"email": "nia@example.org"})
    client.post("/sign-in/code", {"code": mailoutbox[-1].body.split("code is ")[1][:6]})
    return client


def come_back(client: Client, mailoutbox, cast) -> None:
    """Sign Nia out and in again by a code."""
    client.post("/sign-out")
    client.post("/sign-in", {"email": "nia@example.org"})
    code = next(one.body.split("code is ")[1][:6] for one in reversed(mailoutbox) if "code is" in one.body)
    client.post("/sign-in/code", {"code": code})


def secret_on(page) -> str:
    return re.search(r"<code>([A-Z2-7]+)</code>", page.content.decode())[1]


def app_code(secret: str, steps: int = 0) -> str:
    """Return what an authenticator app shows, `steps` times 30 seconds from now."""
    return totp.format_hotp_value(totp.hotp_value(secret, int(time.time()) // 30 + steps))


def add_app(client: Client) -> str:
    secret = secret_on(client.get("/me/totp"))
    assert client.post("/me/totp", {"code": app_code(secret)}).url == "/me/recovery"
    cache.clear()  # a code is refused the second time
    return secret


def add_passkey(client: Client) -> Authenticator:
    device = Authenticator()
    credential = device.create(options_of(client.get("/me/passkeys")))
    answer = client.post(
        "/me/passkeys", {"name": "Blue phone", "passwordless": "on", "credential": credential}
    )
    assert answer.status_code == 302
    return device


def test_staff_are_led_to_set_up_a_second_factor(nia):
    page = nia.get("/", follow=True)

    assert page.redirect_chain == [("/sign-in/second", 302)]
    assert reading.heading(page) == "Protect your account"


@pytest.mark.threat("T1")
@pytest.mark.parametrize("path", ["/me", "/me/profile", "/me/pin", "/me/email", "/me/recovery", "/choose"])
def test_code_alone_opens_no_page_of_staff(nia, path):
    assert nia.get(path).url == f"/sign-in?next={path.replace('/', '%2F')}"


def test_app_is_set_up_by_its_first_code_and_gives_recovery_codes(nia, cast):
    page = nia.get("/me/totp")
    image = nia.get("/me/totp/image")

    secret = add_app(nia)
    codes = nia.get("/me/recovery")

    assert len(base64.b32decode(secret)) == 20
    assert (image.status_code, image["Content-Type"]) == (200, "image/svg+xml")
    assert reading.heading(page) == "Set up an authenticator app"
    assert len(re.findall(r"<code>\d{8}</code>", codes.content.decode())) == 10
    assert nia.get("/").url == "/me/pin"
    assert nia.get("/").url == "/clinic"


def test_setting_up_shows_one_secret_until_it_is_done(nia):
    first, second = secret_on(nia.get("/me/totp")), secret_on(nia.get("/me/totp"))

    assert first == second


def test_setting_up_with_a_wrong_code_says_what_to_do(nia, cast):
    secret = secret_on(nia.get("/me/totp"))

    answer = nia.post("/me/totp", {"code": "000000" if app_code(secret) != "000000" else "000001"})

    assert answer.status_code == 422
    assert reading.errors(answer) == [
        "That code did not work. Wait for the next one in your app, then type it."
    ]
    assert Row.objects.count() == 0


@pytest.mark.threat("T9")
def test_raw_database_holds_no_secret_while_setting_up_and_after(nia, cast):
    secret = secret_on(nia.get("/me/totp"))
    during = _everything_stored()

    add_app(nia)

    seen = [text.count(secret) for text in (during, _everything_stored())]
    assert seen == [0, 0]


@pytest.mark.threat("T9")
def test_sealed_secrets_swapped_between_two_people_do_not_open(cast, now):
    nias = adapters.seal(cast.nia, "JBSWY3DPEHPK3PXP", now=now)

    assert adapters.unseal(cast.nia, nias) == "JBSWY3DPEHPK3PXP"
    with pytest.raises(Unreadable):
        adapters.unseal(cast.eve, nias)


def test_app_code_opens_the_clinic_at_the_next_sign_in(nia, cast, mailoutbox):
    secret = add_app(nia)
    come_back(nia, mailoutbox, cast)

    asked = nia.get("/?next=/me").url
    answer = nia.post(asked, {"code": app_code(secret), "next": "/me"})

    assert asked == "/sign-in/second?next=%2Fme"
    assert answer.url == "/me"
    assert nia.get("/me").status_code == 200


@pytest.mark.threat("T1")
def test_app_code_works_once(nia, cast, mailoutbox):
    secret = add_app(nia)
    code = app_code(secret)
    come_back(nia, mailoutbox, cast)
    nia.post("/sign-in/second", {"code": code})
    come_back(nia, mailoutbox, cast)

    assert nia.post("/sign-in/second", {"code": code}).status_code == 422


@pytest.mark.threat("T1")
def test_app_code_is_not_fresh_enough_for_private_pages(nia, cast, mailoutbox):
    secret = add_app(nia)
    come_back(nia, mailoutbox, cast)
    nia.post("/sign-in/second", {"code": app_code(secret)})

    assert nia.get("/me/email").url == "/me/unlock?next=%2Fme%2Femail"


@pytest.mark.threat("T1")
def test_app_codes_cannot_be_guessed(nia, cast, mailoutbox):
    secret = add_app(nia)
    come_back(nia, mailoutbox, cast)
    for _ in range(5):
        nia.post("/sign-in/second", {"code": "000000"})

    answer = nia.post("/sign-in/second", {"code": app_code(secret)})

    assert reading.errors(answer) == ["That was too many tries. Wait a few minutes, then ask for a new code."]


def test_recovery_code_opens_once(nia, cast, mailoutbox):
    add_app(nia)
    code = re.search(r"<code>(\d{8})</code>", nia.get("/me/recovery").content.decode())[1]

    come_back(nia, mailoutbox, cast)
    first = nia.post("/sign-in/second", {"code": code})
    come_back(nia, mailoutbox, cast)
    second = nia.post("/sign-in/second", {"code": code})

    assert (first.status_code, second.status_code) == (302, 422)


def test_new_recovery_codes_end_the_old_ones(nia, cast, mailoutbox):
    add_app(nia)
    old = re.findall(r"<code>(\d{8})</code>", nia.get("/me/recovery").content.decode())

    nia.post("/me/recovery")

    new = re.findall(r"<code>(\d{8})</code>", nia.get("/me/recovery").content.decode())
    assert (len(new), set(new) & set(old)) == (10, set())


@pytest.mark.threat("T1")
def test_second_app_or_passkey_cannot_be_added_to_get_around_the_first(nia, cast, mailoutbox):
    add_app(nia)
    identity.set_pin(User.objects.get(pk=cast.nia.pk), "385162", now=cast.nia.created_at)
    come_back(nia, mailoutbox, cast)

    nia.post("/me/unlock", {"pin": "385162"})

    assert [nia.get(path).url for path in ("/me/passkeys", "/me/totp")] == [
        "/sign-in?next=%2Fme%2Fpasskeys",
        "/sign-in?next=%2Fme%2Ftotp",
    ]


@pytest.mark.threat("T1")
def test_later_sign_in_by_code_cannot_set_up_a_first_factor(nia, cast, clock, mailoutbox):
    nia.post("/sign-out")
    clock.move(hours=2)
    come_back(nia, mailoutbox, cast)

    assert nia.get("/me/totp").url == "/me/unlock?next=%2Fme%2Ftotp"
    assert nia.get("/me/passkeys").url == "/me/unlock?next=%2Fme%2Fpasskeys"


def test_sign_in_again_within_the_first_hour_can_still_set_up(nia, cast, clock, mailoutbox):
    clock.move(minutes=14)
    come_back(nia, mailoutbox, cast)

    assert nia.get("/me/totp").status_code == 200


def test_passkey_is_a_second_factor_and_opens_private_pages(nia, cast, mailoutbox):
    device = add_passkey(nia)
    come_back(nia, mailoutbox, cast)

    page = nia.get("/sign-in/second")
    answer = nia.post("/sign-in/second", {"credential": device.get(options_of(page))})

    assert answer.url == "/clinic"
    assert nia.get("/me/email").status_code == 200


def test_passkey_signs_in_by_itself(nia, cast):
    device = add_passkey(nia)
    nia.post("/sign-out")

    asked = nia.get("/sign-in/passkey", headers={"X-Requested-With": "XMLHttpRequest"}).json()
    answer = nia.post("/sign-in/passkey", {"credential": device.get(asked["request_options"]), "next": "/me"})

    assert answer.url == "/me"
    assert nia.get("/me/email").status_code == 200
    assert nia.session["capacity"] == f"staff:{cast.harbour.id.hex}"


@pytest.mark.threat("T1")
def test_passkey_of_somebody_else_does_not_sign_in(nia, cast):
    add_passkey(nia)
    nia.post("/sign-out")
    stranger = Authenticator()
    stranger.user_id = _websafe(cast.nia.id.hex)

    asked = nia.get("/sign-in/passkey", headers={"X-Requested-With": "XMLHttpRequest"}).json()
    answer = nia.post("/sign-in/passkey", {"credential": stranger.get(asked["request_options"])})

    assert answer.url == "/sign-in"
    assert "_auth_user_id" not in nia.session


@pytest.mark.parametrize("credential", ["", "{}", "not json", '{"response": {"userHandle": "x"}}', "[]"])
def test_broken_passkey_answer_is_refused(as_nobody, cast, credential):
    as_nobody.get("/sign-in/passkey", headers={"X-Requested-With": "XMLHttpRequest"})

    assert as_nobody.post("/sign-in/passkey", {"credential": credential}).url == "/sign-in"


@pytest.mark.threat("T1")
def test_passkey_answer_works_once(nia, cast):
    device = add_passkey(nia)
    nia.post("/sign-out")
    asked = nia.get("/sign-in/passkey", headers={"X-Requested-With": "XMLHttpRequest"}).json()
    credential = device.get(asked["request_options"])
    nia.post("/sign-in/passkey", {"credential": credential})
    nia.post("/sign-out")

    assert nia.post("/sign-in/passkey", {"credential": credential}).url == "/sign-in"


@pytest.mark.threat("T1")
def test_device_that_asks_nobody_is_no_passkey(nia):
    device = Authenticator(verified=False)
    credential = device.create(options_of(nia.get("/me/passkeys")))

    answer = nia.post("/me/passkeys", {"name": "x", "passwordless": "on", "credential": credential})

    assert answer.status_code == 422
    assert Row.objects.count() == 0


def test_passkey_is_listed_and_removed_and_the_person_told(
    nia, mailoutbox, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        add_passkey(nia)
    page = nia.get("/me/passkeys").content.decode()
    passkey = Row.objects.get(type=Row.Type.WEBAUTHN)

    with django_capture_on_commit_callbacks(execute=True):
        answer = nia.post(f"/me/passkeys/{passkey.pk}/remove")

    assert page.count("Blue phone") == 2  # the row, and its button for screen readers
    assert answer.url == "/me/passkeys"
    assert Row.objects.filter(type=Row.Type.WEBAUTHN).count() == 0
    assert [one.body.split("\n")[0] for one in mailoutbox[1:]] == [
        "A passkey was added to your account.",
        "A passkey was removed from your account.",
    ]
    lines = AuditEvent.objects.filter(verb__startswith="method.").order_by("id")
    assert list(lines.values_list("verb", "reason")) == [
        ("method.add", "passkey"),
        ("method.remove", "passkey"),
    ]


@pytest.mark.threat("T4")
def test_passkey_of_somebody_else_cannot_be_removed(nia, as_diaz):
    add_passkey(nia)
    passkey = Row.objects.get(type=Row.Type.WEBAUTHN)

    assert as_diaz.post(f"/me/passkeys/{passkey.pk}/remove").status_code == 404
    assert Row.objects.filter(pk=passkey.pk).exists()


def test_app_is_removed(nia):
    add_app(nia)

    assert nia.post("/me/totp/remove").url == "/me"
    assert Row.objects.count() == 0


@pytest.mark.threat("T2")
def test_lost_passkey_and_app_are_removed_under_the_effect_and_none_is_added(nia, cast, now):
    add_passkey(nia)
    add_app(nia)
    passkey = Row.objects.get(type=Row.Type.WEBAUTHN)
    impair(patient(cast.hill, cast.nia, now), now + timedelta(hours=6))

    gone = [nia.post(path).status_code for path in (f"/me/passkeys/{passkey.pk}/remove", "/me/totp/remove")]
    added = nia.post("/me/recovery")

    assert (gone, added.status_code) == ([302, 302], 422)
    assert not Row.objects.filter(type__in=(Row.Type.WEBAUTHN, Row.Type.TOTP)).exists()


def test_caretaker_needs_no_second_factor(as_bea):
    assert as_bea.get("/me").status_code == 200


@pytest.mark.threat("T4")
def test_nurse_who_is_also_a_caretaker_gives_her_factor_again_to_go_back_to_work(as_dee, cast, now):
    as_dee.post("/choose", {"capacity": f"caretaker:{cast.oli_patient.id.hex}"})

    assert "second_factor" not in as_dee.session
    as_dee.post("/choose", {"capacity": f"staff:{cast.hill.id.hex}"})
    assert as_dee.get("/me").url == "/sign-in?next=%2Fme"


def test_former_staff_need_no_second_factor(cast, clock):
    Clinician.objects.filter(user=cast.dee).update(active=False)
    client = browser(cast.dee, f"caretaker:{cast.oli_patient.id.hex}", clock.now)

    assert client.get("/me").status_code == 200


def test_image_is_drawn_only_while_setting_up(as_diaz):
    assert as_diaz.get("/me/totp/image").status_code == 404


def test_locked_screen_opens_with_a_code_of_the_app_but_not_the_private_pages(nia, clock):
    secret = add_app(nia)
    nia.get("/")
    nia.get("/")
    clock.move(minutes=16)

    page = nia.get("/me/unlock?next=/me")
    answer = nia.post("/me/unlock", {"code": app_code(secret), "next": "/me"})

    assert reading.heading(page) == "Locked"
    assert answer.url == "/me"
    assert nia.get("/me").status_code == 200
    assert nia.get("/me/email").url == "/me/unlock?next=%2Fme%2Femail"


def test_code_of_the_app_opens_nothing_private(nia, clock):
    secret = add_app(nia)
    nia.get("/me")
    clock.move(minutes=11)

    answer = nia.post("/me/unlock", {"code": app_code(secret)})

    assert answer.status_code == 200
    assert nia.get("/me/email").status_code == 302


def _websafe(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _everything_stored() -> str:
    """Return every row of every table as text, sessions decoded."""
    found = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names():
            cursor.execute(f'SELECT * FROM "{table}"')  # the names come from the database itself
            found += [str(row) for row in cursor.fetchall()]
    found += [str(session.get_decoded()) for session in Session.objects.all()]
    return "\n".join(found)
