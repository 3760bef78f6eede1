import re

import pytest
from allauth.mfa.models import Authenticator
from django.core.cache import cache
from django.test import Client

from luna.audit.models import AuditEvent
from luna.people import access, plans
from luna.people.actions import identity
from luna.people.errors import Refused
from luna.people.models import User
from tests.cast import browser
from tests.people import reading

PIN = "385162"


@pytest.fixture(autouse=True)
def _no_limits_left_over(db):
    cache.clear()


@pytest.fixture
def ana(cast, clock):
    """Ana's browser; she has a PIN, not given lately."""
    identity.set_pin(cast.ana, PIN, now=clock.now)
    return browser(cast.ana, f"patient:{cast.ana_patient.id.hex}", clock.now)


def viewer(user: User, capacity: str) -> access.Viewer:
    return access.acting(user, capacity)


@pytest.mark.parametrize("pin", ["12345", "1234567890123", "12345a", "١٢٣٤٥٦", "", "385 162"])
def test_pin_of_another_shape_is_refused(pin):
    assert identity.pin_problem(pin) == "Use 6 to 12 digits."


@pytest.mark.parametrize("pin", ["000000", "123456", "987654", "7890123", "111111111111"])
def test_pin_that_is_easy_to_guess_is_refused(pin):
    assert str(identity.pin_problem(pin)).startswith("This is easy to guess.")


@pytest.mark.parametrize("pin", ["385162", "102030", "112233", "385162385162"])
def test_other_pins_are_taken(pin):
    assert identity.pin_problem(pin) is None


@pytest.mark.threat("T1")
def test_private_page_asks_for_the_pin_and_leads_back(ana):
    asked = ana.get("/me/email")
    answer = ana.post("/me/unlock", {"pin": PIN, "next": "/me/email"})

    assert asked.url == "/me/unlock?next=%2Fme%2Femail"
    assert answer.url == "/me/email"
    assert ana.get("/me/email").status_code == 200


@pytest.mark.threat("T1")
def test_pin_stays_fresh_for_ten_minutes(ana, clock):
    ana.post("/me/unlock", {"pin": PIN})

    clock.move(minutes=10)
    assert ana.get("/me/email").status_code == 200
    clock.move(seconds=1)
    assert ana.get("/me/email").status_code == 302


def test_wrong_pin_says_what_to_do(ana):
    answer = ana.post("/me/unlock", {"pin": "000111"})

    assert answer.status_code == 422
    assert reading.errors(answer) == [
        "That is not your PIN. Type it again. If you forgot it, call your clinic."
    ]


def test_unlock_without_anything_typed_says_what_to_do(ana):
    assert ana.post("/me/unlock", {"pin": ""}).content.decode().count("Type your PIN, or use a passkey.") == 1


@pytest.mark.threat("T1")
def test_pin_cannot_be_guessed(ana):
    for _ in range(5):
        ana.post("/me/unlock", {"pin": "000111"})

    answer = ana.post("/me/unlock", {"pin": PIN})

    assert answer.status_code == 422
    assert answer.content.decode().count("That was too many tries. Wait a few minutes, then try again.") == 1


@pytest.mark.threat("T10")
def test_guessing_on_one_device_does_not_lock_out_another(ana, cast, clock):
    for _ in range(7):
        ana.post("/me/unlock", {"pin": "000111"})
    other = browser(cast.ana, f"patient:{cast.ana_patient.id.hex}", clock.now)
    other.defaults["REMOTE_ADDR"] = "198.51.100.7"

    assert other.post("/me/unlock", {"pin": PIN}).status_code == 302


@pytest.mark.threat("T1")
def test_guessing_from_many_devices_ends_after_thirty_a_day(ana, cast, clock):
    for number in range(8):
        other = browser(cast.ana, f"patient:{cast.ana_patient.id.hex}", clock.now)
        other.defaults["REMOTE_ADDR"] = f"198.51.100.{number}"
        for _ in range(4):
            other.post("/me/unlock", {"pin": "000111"})

    assert ana.post("/me/unlock", {"pin": PIN}).status_code == 422


@pytest.mark.threat("T9")
def test_pin_is_stored_as_an_argon2_hash(ana, cast):
    stored = User.objects.get(pk=cast.ana.pk).pin

    assert stored.startswith("argon2$argon2id$")
    assert stored.count(PIN) == 0


@pytest.mark.threat("T1")
def test_changing_the_pin_needs_the_old_one(ana, cast):
    asked = ana.post("/me/pin", {"pin": "927461", "again": "927461"})

    assert asked.url == "/me/unlock"
    assert identity.is_pin(User.objects.get(pk=cast.ana.pk), PIN)


def test_pin_is_changed_and_the_person_told(ana, cast, mailoutbox, django_capture_on_commit_callbacks):
    ana.post("/me/unlock", {"pin": PIN})

    with django_capture_on_commit_callbacks(execute=True):
        answer = ana.post("/me/pin", {"pin": "927461", "again": "927461", "next": "/me"})

    assert answer.url == "/me"
    assert identity.is_pin(User.objects.get(pk=cast.ana.pk), "927461")
    assert [one.body.split("\n")[0] for one in mailoutbox] == ["Your PIN was changed."]
    assert [event.verb for event in AuditEvent.objects.order_by("id")] == ["pin.set", "pin.change"]


@pytest.mark.parametrize(
    ("pin", "again", "told"),
    [
        ("385162", "385163", "The two PINs differ. Type the same one twice."),
        (
            "123456",
            "123456",
            "This is easy to guess. Use digits that are not all the same and do not just count.",
        ),
        ("", "", "Type a PIN of 6 digits or more."),
    ],
)
def test_pin_that_cannot_be_is_refused(as_ana_fresh, pin, again, told):
    answer = as_ana_fresh.post("/me/pin", {"pin": pin, "again": again})

    assert answer.status_code == 422
    assert reading.errors(answer)[0] == told


def test_refused_pin_is_not_shown_again(as_ana_fresh):
    answer = as_ana_fresh.post("/me/pin", {"pin": "385162", "again": "385163"})

    assert re.findall(r"38516\d", answer.content.decode()) == []


@pytest.mark.threat("T1")
def test_code_from_an_email_cannot_set_a_first_pin_later(cast, clock, mailoutbox):
    """An unlocked phone and its mailbox open none of the private pages."""
    User.objects.filter(pk=cast.ana.pk).update(set_up_until=clock.now)
    phone = Client()
    phone.post("/sign-in", {"email": "ana@example.org"})
    phone.post("/sign-in/code", {"code": mailoutbox[-1].body.split("code is ")[1][:6]})

    private = ["/me/pin", "/me/email", "/me/passkeys", "/me/totp", "/me/recovery"]

    assert [phone.get(path).url.split("?")[0] for path in private] == ["/me/unlock"] * 5
    assert reading.heading(phone.get("/me/unlock")) == "Is it really you?"
    assert phone.get("/me/unlock").content.decode().count("You have no PIN yet") == 1


def test_first_pin_is_set_right_after_the_first_sign_in(as_nobody, cast, mailoutbox):
    as_nobody.post("/sign-in", {"email": "ana@example.org"})
    as_nobody.post("/sign-in/code", {"code": mailoutbox[-1].body.split("code is ")[1][:6]})

    answer = as_nobody.post("/me/pin", {"pin": PIN, "again": PIN})

    assert answer.url == "/"
    assert identity.is_pin(User.objects.get(pk=cast.ana.pk), PIN)


@pytest.mark.threat("T1")
def test_clinic_resets_the_pin_by_a_code_that_is_told(ana, cast, clock, mailoutbox):
    nia = viewer(cast.nia, f"staff:{cast.harbour.id.hex}")
    code = identity.reset_pin(cast.ana, patient=cast.ana_patient, by=nia, now=clock.now)

    signed_out = ana.get("/me")
    phone = Client()
    phone.post("/sign-in", {"email": "ana@example.org"})
    phone.post("/sign-in/code", {"code": mailoutbox[-1].body.split("code is ")[1][:6]})
    closed = phone.get("/me/pin")
    phone.post("/me/unlock", {"clinic_code": code})

    assert signed_out.url == "/sign-in?next=%2Fme"
    assert closed.url == "/me/unlock?next=%2Fme%2Fpin"
    assert phone.post("/me/pin", {"pin": "927461", "again": "927461"}).status_code == 302
    assert [code in message.body for message in mailoutbox] == [False]
    assert identity.is_pin(User.objects.get(pk=cast.ana.pk), "927461")


@pytest.mark.threat("T1")
def test_clinics_code_works_once_and_for_a_day(cast, clock):
    nia = viewer(cast.nia, f"staff:{cast.harbour.id.hex}")
    ana = User.objects.get(pk=cast.ana.pk)

    code = identity.reset_pin(ana, patient=cast.ana_patient, by=nia, now=clock.now)
    assert identity.use_clinic_code(ana, code, now=clock.now) is True
    assert identity.use_clinic_code(ana, code, now=clock.now) is False

    code = identity.reset_pin(ana, patient=cast.ana_patient, by=nia, now=clock.now)
    assert identity.use_clinic_code(ana, code, now=clock.move(hours=24)) is False


@pytest.mark.threat("T1")
def test_used_clinic_code_leaves_no_door_open_behind_it(cast, clock):
    nia = viewer(cast.nia, f"staff:{cast.harbour.id.hex}")
    ana = User.objects.get(pk=cast.ana.pk)
    code = identity.reset_pin(ana, patient=cast.ana_patient, by=nia, now=clock.now)
    identity.use_clinic_code(ana, code, now=clock.now)

    assert identity.signed_in(ana, "code", now=clock.move(minutes=1)) is False


def test_wrong_clinic_code_says_what_to_do(as_ana, cast, clock):
    nia = viewer(cast.nia, f"staff:{cast.harbour.id.hex}")
    identity.reset_pin(User.objects.get(pk=cast.ana.pk), patient=cast.ana_patient, by=nia, now=clock.now)
    client = browser(User.objects.get(pk=cast.ana.pk), f"patient:{cast.ana_patient.id.hex}", clock.now)

    answer = client.post("/me/unlock", {"clinic_code": "00000000"})

    assert reading.errors(answer) == ["That code does not work. Type the 8 digits your clinic told you."]


def test_reset_is_audited_for_the_clinic(cast, clock):
    nia = viewer(cast.nia, f"staff:{cast.harbour.id.hex}")

    identity.reset_pin(cast.ana, patient=cast.ana_patient, by=nia, now=clock.now)

    event = AuditEvent.objects.get(verb="pin.reset")
    assert (event.clinic_id, event.actor_id, event.subject_id) == (cast.harbour.id, cast.nia.id, cast.ana.id)


@pytest.mark.threat("T4")
@pytest.mark.parametrize("stranger", ["eve", "bea"])
def test_pin_is_reset_only_by_staff_of_the_persons_clinic(cast, clock, stranger):
    capacity = {"eve": f"staff:{cast.hill.id.hex}", "bea": f"caretaker:{cast.ana_patient.id.hex}"}[stranger]
    by = viewer(getattr(cast, stranger), capacity)

    with pytest.raises(Refused):
        identity.reset_pin(cast.ana, patient=cast.ana_patient, by=by, now=clock.now)


def test_administrator_resets_a_colleagues_second_factor(cast, clock):
    Authenticator.objects.create(user=cast.nia, type="totp", data={})
    diaz = viewer(cast.diaz, f"staff:{cast.harbour.id.hex}")

    code = identity.reset_second_factor(cast.nia, by=diaz, now=clock.now)

    assert Authenticator.objects.count() == 0
    assert identity.use_clinic_code(cast.nia, code, now=clock.now) is True


@pytest.mark.threat("T4")
def test_second_factor_is_reset_by_nobody_else(cast, clock):
    nurse, stranger = (
        viewer(cast.nia, f"staff:{cast.harbour.id.hex}"),
        viewer(cast.eve, f"staff:{cast.hill.id.hex}"),
    )

    for by in (nurse, stranger):
        with pytest.raises(Refused):
            identity.reset_second_factor(cast.diaz, by=by, now=clock.now)


@pytest.mark.threat("T5")
def test_patient_can_read_that_their_pin_was_reset(cast, clock):
    identity.reset_pin(cast.ana, patient=cast.ana_patient, by=cast.sees("nia"), now=clock.now)

    lines = plans.who_looked(cast.sees("ana"), number="1", own=False)
    assert [(line.who, line.what) for line in lines] == [("Nia Noor", "helped someone who lost their PIN")]
