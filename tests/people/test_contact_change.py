import logging
import re
from datetime import timedelta

import pytest
from allauth.mfa.models import Authenticator
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from luna.audit.models import AuditEvent
from luna.people import jobs
from luna.people.actions import address, identity
from luna.people.errors import Impaired, Refused
from luna.people.models import ContactChange, Patient, Token, User
from tests.cast import browser
from tests.people import reading
from tests.people.test_impaired import impair


@pytest.fixture(autouse=True)
def _no_limits_left_over(db):
    cache.clear()


def change(client: Client, mailoutbox, to: str = "new@example.org"):
    client.post("/me/email", {"email": to})
    code = mailoutbox[-1].body.split("code is ")[1][:6]
    return client.post("/me/email/code", {"code": code})


def undo_path(mailoutbox, to: str = "ana@example.org") -> str:
    message = next(one for one in reversed(mailoutbox) if one.to == [to] and "/undo/" in one.body)
    return re.search(r"http://localhost:8000(/undo/\S+)", message.body)[1]


def undo(mailoutbox, to: str = "ana@example.org"):
    client = Client()
    client.get(undo_path(mailoutbox, to))
    return client.post("/undo")


def email_of(user: User) -> str:
    return User.objects.get(pk=user.pk).email


@pytest.mark.threat("T1")
def test_changing_the_address_needs_the_pin_or_a_passkey(as_ana):
    assert as_ana.get("/me/email").url == "/me/unlock?next=%2Fme%2Femail"
    assert as_ana.post("/me/email", {"email": "x@example.org"}).status_code == 423
    assert as_ana.post("/me/email/code", {"code": "123456"}).url == "/me/unlock"


def test_address_is_changed_by_a_code_that_went_there(as_ana_fresh, cast, mailoutbox):
    answer = change(as_ana_fresh, mailoutbox, "New@Example.org")

    assert answer.url == "/me"
    assert email_of(cast.ana) == "new@example.org"
    cast.ana_patient.refresh_from_db()
    assert (cast.ana_patient.email, cast.ana_patient.version) == ("new@example.org", 2)


def test_address_the_clinic_knows_a_patient_by_is_left_if_it_is_another(as_ana_fresh, cast, mailoutbox):
    cast.ana_patient.email = "ana.at.work@example.org"
    cast.ana_patient.save()

    change(as_ana_fresh, mailoutbox)

    cast.ana_patient.refresh_from_db()
    assert cast.ana_patient.email == "ana.at.work@example.org"


@pytest.mark.threat("T1")
def test_old_address_and_the_clinic_are_told(as_ana_fresh, cast, mailoutbox):
    change(as_ana_fresh, mailoutbox)

    assert [(one.to, one.subject) for one in mailoutbox] == [
        (["new@example.org"], "Your code for the new address"),
        (["ana@example.org"], "Your e-mail address was changed"),
        (["lead@harbour.example"], "A sign-in address was changed"),
    ]
    assert mailoutbox[2].body.count(f"/clinic/patients/{cast.ana_patient.id}") == 1
    assert [name for one in mailoutbox for name in ("Ana", "Abel", "Harbour") if name in one.body] == []


def test_clinics_of_all_capacities_are_told(cast, clock, mailoutbox):
    address.change_email(cast.dee, "dee.new@example.org", now=clock.now)

    assert sorted(one.to[0] for one in mailoutbox) == [
        "dee@example.org",
        "lead@harbour.example",
        "lead@hill.example",
    ]


def test_change_is_audited_in_each_clinic_without_the_address(cast, clock):
    address.change_email(cast.dee, "dee.new@example.org", now=clock.now)

    events = AuditEvent.objects.filter(verb="contact.change").order_by("capacity")
    assert [(one.clinic_id, one.capacity, one.patient_id) for one in events] == [
        (cast.harbour.id, "caretaker", cast.oli_patient.id),
        (cast.hill.id, "staff", None),
    ]


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("ANA@example.org", "This is the address you have now. Type the new one."),
        ("ana", "Type an e-mail address, like ana@example.org."),
        ("", "Type your new e-mail address."),
    ],
)
def test_address_that_cannot_be_is_refused(as_ana_fresh, typed, told):
    answer = as_ana_fresh.post("/me/email", {"email": typed})

    assert answer.status_code == 422
    assert reading.errors(answer) == [told]


@pytest.mark.threat("T6")
def test_address_of_somebody_else_is_not_told_apart(as_ana_fresh, cast, mailoutbox):
    taken = as_ana_fresh.post("/me/email", {"email": "bea@example.org"})
    page = as_ana_fresh.get("/me/email/code")

    assert taken.url == "/me/email/code"
    assert reading.heading(page) == "Type the code"
    assert [(one.to, one.subject) for one in mailoutbox] == [(["bea@example.org"], "About your account")]


def test_wrong_code_says_what_to_do_and_five_end_it(as_ana_fresh, cast, mailoutbox):
    as_ana_fresh.post("/me/email", {"email": "new@example.org"})
    right = mailoutbox[-1].body.split("code is ")[1][:6]
    wrong = "000000" if right != "000000" else "000001"

    answers = [as_ana_fresh.post("/me/email/code", {"code": wrong}) for _ in range(5)]

    assert [one.status_code for one in answers] == [422, 422, 422, 422, 302]
    assert reading.errors(answers[0]) == ["That is not the code we sent. Look at the newest e-mail."]
    assert as_ana_fresh.post("/me/email/code", {"code": right}).url == "/me/email"
    assert email_of(cast.ana) == "ana@example.org"


def test_code_page_without_an_address_leads_back(as_ana_fresh):
    assert as_ana_fresh.get("/me/email/code").url == "/me/email"


@pytest.mark.threat("T1")
def test_change_nobody_can_be_told_of_does_not_happen(cast, clock, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1

    with pytest.raises(Refused) as refusal:
        address.change_email(cast.ana, "new@example.org", now=clock.now)

    assert str(refusal.value).startswith(
        "We could not send the mail about this change, so nothing was changed."
    )
    assert email_of(cast.ana) == "ana@example.org"


class Killed(BaseException):
    """What a kill -9 is to the code that runs: nothing after it happens."""


@pytest.fixture
def cut_off(cast, clock, settings) -> ContactChange:
    """Ana's change, of which the process died while the mail was being handed over."""
    settings.EMAIL_BACKEND = "tests.people.test_contact_change.Dying"
    with pytest.raises(Killed):
        address.change_email(cast.ana, "new@example.org", now=clock.now)
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    return ContactChange.objects.get()


class Dying:
    """A way out of the machine, on which the process dies."""

    def __init__(self, **_options):
        pass

    def send_messages(self, messages):
        raise Killed


@pytest.mark.threat("T1")
def test_change_cut_off_before_anybody_was_told_has_not_happened(cast, cut_off):
    assert email_of(cast.ana) == "ana@example.org"
    assert (cut_off.told_at, cut_off.undone_at) == (None, None)


@pytest.mark.threat("T1")
def test_change_cut_off_is_told_and_made_by_the_clock(cast, cut_off, clock, mailoutbox):
    assert jobs.run(clock.move(minutes=4)) == 0
    later = clock.move(minutes=1)

    assert [jobs.run(later) for _ in range(2)] == [1, 0]

    cut_off.refresh_from_db()
    assert (email_of(cast.ana), cut_off.told_at) == ("new@example.org", later)
    assert [one.to for one in mailoutbox] == [["ana@example.org"], ["lead@harbour.example"]]
    assert undo(mailoutbox).status_code == 200
    assert email_of(cast.ana) == "ana@example.org"


@pytest.mark.threat("T1")
def test_change_cut_off_that_cannot_be_told_of_is_given_up(cast, cut_off, clock, settings, caplog):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1

    assert [jobs.run(clock.move(minutes=5)) for _ in range(2)] == [1, 0]

    assert email_of(cast.ana) == "ana@example.org"
    assert not AuditEvent.objects.filter(verb="contact.change").exists()


@pytest.mark.threat("T2")
def test_change_cut_off_is_given_up_once_an_infusion_has_started(cast, cut_off, clock, mailoutbox):
    impair(cast.ana_patient, clock.now + timedelta(hours=6))

    assert [jobs.run(clock.move(minutes=5)) for _ in range(2)] == [1, 0]

    cut_off.refresh_from_db()
    assert (email_of(cast.ana), mailoutbox) == ("ana@example.org", [])
    assert (cut_off.told_at, cut_off.undone_at) == (None, clock.now - timedelta(minutes=5))


class Starting:
    """A way out of the machine that takes so long that an infusion starts meanwhile."""

    def __init__(self, **_options):
        pass

    def send_messages(self, messages):
        Patient.objects.update(impaired_until=timezone.now() + timedelta(hours=6))
        return len(messages)


@pytest.mark.threat("T2")
def test_change_told_of_while_an_infusion_starts_is_not_made(cast, clock, settings):
    settings.EMAIL_BACKEND = "tests.people.test_contact_change.Starting"

    with pytest.raises(Impaired):
        address.change_email(cast.ana, "new@example.org", now=clock.now)

    change = ContactChange.objects.get()
    assert (email_of(cast.ana), change.told_at, change.undone_at) == ("ana@example.org", None, clock.now)
    assert not Token.objects.filter(subject_id=change.id, revoked_at=None).exists()


def test_change_cut_off_long_ago_is_given_up(cast, cut_off, clock, mailoutbox):
    assert jobs.run(clock.move(hours=1)) == 1

    assert (email_of(cast.ana), mailoutbox) == ("ana@example.org", [])


def test_change_cut_off_gives_way_to_the_next(cast, cut_off, clock):
    address.change_email(cast.ana, "newer@example.org", now=clock.move(minutes=1))

    assert jobs.run(clock.move(minutes=5)) == 0

    assert email_of(cast.ana) == "newer@example.org"


def test_address_taken_meanwhile_is_refused_and_nothing_changed(cast, clock, mailoutbox):
    with pytest.raises(Refused):
        address.change_email(cast.ana, "BEA@example.org", now=clock.now)

    assert email_of(cast.ana) == "ana@example.org"
    assert (len(mailoutbox), ContactChange.objects.count()) == (0, 0)


@pytest.mark.threat("T6")
def test_looking_at_the_undo_link_changes_nothing_and_hides_it(as_ana_fresh, cast, mailoutbox):
    change(as_ana_fresh, mailoutbox)
    scanner = Client()

    for _ in range(3):
        opened = scanner.get(undo_path(mailoutbox))
    page = scanner.get("/undo")

    assert (opened.status_code, opened.url) == (302, "/undo")
    assert reading.heading(page) == "Put your old address back?"
    assert email_of(cast.ana) == "new@example.org"


@pytest.mark.threat("T1")
def test_old_address_takes_the_change_back_and_throws_everybody_out(as_ana_fresh, cast, clock, mailoutbox):
    identity.set_pin(User.objects.get(pk=cast.ana.pk), "385162", now=clock.now)
    change(as_ana_fresh, mailoutbox)
    Authenticator.objects.create(user=cast.ana, type="webauthn", data={}, created_at=clock.move(hours=1))

    answer = undo(mailoutbox)

    user = User.objects.get(pk=cast.ana.pk)
    cast.ana_patient.refresh_from_db()
    assert (answer.status_code, reading.heading(answer)) == (200, "Your old address is back")
    assert (user.email, user.pin, cast.ana_patient.email) == ("ana@example.org", "", "ana@example.org")
    assert Authenticator.objects.count() == 0
    assert as_ana_fresh.get("/me").url == "/sign-in?next=%2Fme"
    assert sorted(one.to[0] for one in mailoutbox if one.subject.endswith("put back")) == [
        "ana@example.org",
        "new@example.org",
    ]


def test_address_is_put_back_though_nobody_can_be_told(as_ana_fresh, cast, mailoutbox, settings, caplog):
    change(as_ana_fresh, mailoutbox)
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1

    with caplog.at_level(logging.CRITICAL):
        answer = undo(mailoutbox)

    assert reading.heading(answer) == "Your old address is back"
    assert email_of(cast.ana) == "ana@example.org"


def test_passkeys_from_before_the_change_are_kept(as_ana_fresh, cast, clock, mailoutbox):
    Authenticator.objects.create(
        user=cast.ana, type="webauthn", data={}, created_at=clock.now - timedelta(days=9)
    )
    change(as_ana_fresh, mailoutbox)

    undo(mailoutbox)

    assert Authenticator.objects.count() == 1


@pytest.mark.threat("T1")
def test_undo_works_for_seventy_two_hours(as_ana_fresh, cast, clock, mailoutbox):
    change(as_ana_fresh, mailoutbox)
    clock.move(hours=71, minutes=59)
    client = Client()
    client.get(undo_path(mailoutbox))
    clock.move(minutes=1)

    late = client.post("/undo")

    assert (late.status_code, reading.heading(late)) == (404, "This link no longer works")
    assert undo(mailoutbox).status_code == 404
    assert email_of(cast.ana) == "new@example.org"


def test_undo_works_once(as_ana_fresh, cast, mailoutbox):
    change(as_ana_fresh, mailoutbox)

    answers = [undo(mailoutbox).status_code for _ in range(2)]

    assert answers == [200, 404]


@pytest.mark.threat("T1")
def test_thief_who_changed_twice_is_undone_and_cannot_undo_that(cast, clock, mailoutbox):
    address.change_email(cast.ana, "thief@example.org", now=clock.now)
    address.change_email(cast.ana, "thief2@example.org", now=clock.move(minutes=5))

    owner = undo(mailoutbox, "ana@example.org")
    thief = undo(mailoutbox, "thief@example.org")

    assert (owner.status_code, thief.status_code) == (200, 404)
    assert email_of(cast.ana) == "ana@example.org"


def test_undo_is_refused_when_the_old_address_is_somebody_elses_now(cast, clock, mailoutbox):
    address.change_email(cast.ana, "new@example.org", now=clock.now)
    User.objects.filter(pk=cast.bea.pk).update(email="ana@example.org")

    answer = undo(mailoutbox)

    assert answer.status_code == 422
    assert answer.content.decode().count("Your old address is used by another account now.") == 1
    assert email_of(cast.ana) == "new@example.org"


@pytest.mark.parametrize("path", ["/undo", "/undo/unknown", "/undo/" + "x" * 2000])
def test_undo_without_a_link_says_so(as_nobody, path):
    page = as_nobody.get(path, follow=True)

    assert (page.status_code, reading.heading(page)) == (404, "This link no longer works")


def test_new_address_signs_in_and_the_old_does_not(as_ana_fresh, cast, clock, mailoutbox):
    change(as_ana_fresh, mailoutbox)
    client = Client()

    client.post("/sign-in", {"email": "ana@example.org"})
    client.post("/sign-in", {"email": "new@example.org"})

    assert [one.subject for one in mailoutbox[-2:]] == ["About signing in", "Your sign-in code"]


@pytest.mark.threat("T4")
@pytest.mark.parametrize("path", ["/me", "/me/profile"])
def test_account_pages_show_only_ones_own_account(cast, clock, path):
    for person, capacity in (
        (cast.cal, f"caretaker:{cast.oli_patient.id.hex}"),
        (cast.eve, f"staff:{cast.hill.id.hex}"),
    ):
        page = browser(person, capacity, clock.now).get(path).content.decode()

        assert [page.count(text) for text in ("ana@example.org", "Ana Abel")] == [0, 0]
