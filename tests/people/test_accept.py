"""From the link to one's own page (01.3): what a link shows, to whom it opens, how it ends."""

import re
from contextlib import contextmanager
from datetime import timedelta
from uuid import uuid4

import pytest
from django.core import mail
from django.db import connection
from django.test import Client

from luna.notices import jobs as notices
from luna.people import access
from luna.people.actions import circle, invitations
from luna.people.errors import Refused
from luna.people.models import CircleMember, Invitation, Patient, User
from tests import cast as people

NAMES = ("Ana Abel", "Harbour", "ketamine", "infusion", "clinic", "sam@example.org")


@pytest.fixture
def invitation(cast, now) -> Invitation:
    """Ana asks Sam to be her caretaker."""
    return invitations.invite(
        patient=cast.ana_patient, role="caretaker", email="sam@example.org", name="Sam Stone",
        relation="partner", by=cast.sees("ana"), client_id=uuid4(), now=now,
    )  # fmt: skip


@pytest.fixture
def link(invitation, now) -> str:
    """The path in the message Sam gets."""
    address = invitations.link(invitation_id=invitation.id, email=invitation.email, now=now)
    return address.removeprefix("http://localhost:8000")


def code_of(message) -> str:
    return re.search(r"\b\d{6}\b", message.body)[0]


def follow(browser, link):
    return browser.get(link, follow=True)


def sign_in(browser, link):
    """Follow the link, ask for the code, type it; return the page that asks to join."""
    follow(browser, link)
    ask = browser.post("/invitation/code")
    return browser.post(ask.url, {"code": code_of(mail.outbox[-1])}, follow=True)


@contextmanager
def taken_back_meanwhile(invitation):
    """Have the invitation taken back while a view that found it open is at work."""
    done = []

    def act(execute, sql, params, many, context):
        if sql.startswith('SELECT "people_patient"') and not done:
            done.append(Invitation.objects.filter(id=invitation.id).update(state="cancelled"))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(act):
        yield
    assert done == [1]


JOIN = {
    "name": "Sam Stone",
    "zone": "America/Chicago",
    "own_device": "yes",
    "help": "lives-with",
    "is_adult": "yes",
}


def test_link_swaps_its_secret_for_a_clean_address(as_nobody, link):
    response = as_nobody.get(link)

    assert (response.status_code, response.url) == (302, "/invitation")


@pytest.mark.threat("T6")
def test_link_is_not_used_up_by_looking(as_nobody, link):
    for _scan in range(5):
        Client().get(link)
        Client().head(link)

    assert follow(as_nobody, link).status_code == 200


@pytest.mark.threat("T6")
def test_invitation_before_the_code_shows_a_first_name_only(as_nobody, link):
    text = follow(as_nobody, link).content.decode()

    assert "Ana would like you to be there" in text
    assert [name for name in NAMES if name.lower() in text.lower()] == []


@pytest.mark.threat("T6")
def test_forwarded_link_yields_nothing_more(as_nobody, link, invitation):
    follow(as_nobody, link)
    asked = as_nobody.post("/invitation/code", follow=True)
    wrong = as_nobody.post("/sign-in/code", {"code": "000000"})
    accept = as_nobody.get("/invitation/accept")
    now_page = as_nobody.get("/circle")

    for page in (asked, wrong):
        text = page.content.decode()
        assert [name for name in NAMES if name.lower() in text.lower()] == []
    assert (accept.status_code, accept.url) == (302, "/invitation")
    assert now_page.url.startswith("/sign-in")


@pytest.mark.threat("T6")
def test_code_goes_to_the_invited_address_only(as_nobody, link):
    follow(as_nobody, link)
    as_nobody.post("/invitation/code", {"email": "mallory@example.org"})

    assert [message.to for message in mail.outbox] == [["sam@example.org"]]


@pytest.mark.threat("T6")
def test_code_of_another_person_does_not_open_the_invitation(as_cal, link, cast):
    follow(as_cal, link)

    response = as_cal.get("/invitation/accept")

    assert response.url == "/invitation"
    assert not CircleMember.objects.filter(patient=cast.ana_patient, user=cast.cal).exists()


def test_accept_takes_three_pages_after_the_code(as_nobody, link, cast):
    page = sign_in(as_nobody, link)
    welcome = as_nobody.post("/invitation/accept", JOIN)
    as_nobody.get(welcome.url)
    done = as_nobody.post("/welcome/part")

    assert page.request["PATH_INFO"] == "/invitation/accept"
    assert (welcome.url, done.url) == ("/welcome", "/now")
    member = CircleMember.objects.get(patient=cast.ana_patient, user__email="sam@example.org")
    assert (member.kinds, member.relation, member.help, member.is_adult) == (
        ["schedule", "ride", "recovery"],
        "partner",
        "lives-with",
        True,
    )
    assert member.welcomed_at == member.since


def test_accept_page_says_which_clinic_and_how_to_call_it(as_nobody, link):
    text = sign_in(as_nobody, link).content.decode()

    assert "Harbour Clinic" in text
    assert "(212) 555-0100" in text


def test_accept_keeps_name_place_and_device(as_nobody, link):
    sign_in(as_nobody, link)

    as_nobody.post("/invitation/accept", JOIN | {"name": "Samuel Stone", "own_device": "no"})

    sam = User.objects.get(email="sam@example.org")
    assert (sam.name, sam.zone) == ("Samuel Stone", "America/Chicago")
    assert as_nobody.session["own_device"] is False


def test_accept_without_saying_whose_phone_keeps_what_was_typed(as_nobody, link):
    sign_in(as_nobody, link)

    response = as_nobody.post("/invitation/accept", {"name": "Samuel Stone", "zone": "Europe/Rome"})

    text = response.content.decode()
    assert response.status_code == 422
    assert "Say whether this is your own phone or computer." in text
    assert "18 or older? Choose yes or no." in text
    assert 'value="Samuel Stone"' in text
    assert CircleMember.objects.filter(user__email="sam@example.org").count() == 0


def test_accept_with_an_endless_name_is_refused_in_words(as_nobody, link):
    sign_in(as_nobody, link)

    response = as_nobody.post("/invitation/accept", JOIN | {"name": "x" * 2_000_000})

    assert response.status_code == 422
    assert "Use at most 120 letters. There are 2000000." in response.content.decode()


def test_accept_twice_is_once(as_nobody, link, cast):
    sign_in(as_nobody, link)

    pressed = [as_nobody.post("/invitation/accept", JOIN) for _press in range(2)]

    assert [response.status_code for response in pressed] == [302, 410]
    assert CircleMember.objects.filter(patient=cast.ana_patient, user__email="sam@example.org").count() == 1


def test_accept_by_the_action_twice_returns_the_same(invitation, now):
    sam = invitations.account_for(invitation, now)
    asked = {"user": sam, "name": "Sam", "zone": "", "now": now}

    first = circle.accept(invitation=invitation, **asked)
    again = circle.accept(invitation=Invitation.objects.get(pk=invitation.pk), **asked)

    assert first == again == f"caretaker:{invitation.patient_id.hex}"


def test_accept_for_another_address_is_refused(invitation, cast, now):
    with pytest.raises(Refused, match="another address"):
        circle.accept(invitation=invitation, user=cast.cal, name="Cal", zone="", now=now)


def test_accept_after_it_ran_out_is_refused(invitation, now):
    sam = invitations.account_for(invitation, now)

    with pytest.raises(Refused, match="run out"):
        circle.accept(
            invitation=invitation, user=sam, name="Sam", zone="",
            now=now + invitations.LIFE,
        )  # fmt: skip


def test_welcome_thanks_in_the_name_of_a_person(as_nobody, link):
    sign_in(as_nobody, link)

    text = as_nobody.post("/invitation/accept", JOIN, follow=True).content.decode()

    assert "Thank you for being there for Ana." in text
    assert "— Rosa Reyes, Harbour Clinic" in text


def test_part_lists_what_is_shared_and_nothing_else(as_nobody, link):
    sign_in(as_nobody, link)
    as_nobody.post("/invitation/accept", JOIN)

    text = as_nobody.get("/welcome/part").content.decode()

    assert "Schedule and tasks" in text
    assert "Journal" not in text


@pytest.fixture
def new_patient(cast, now) -> Patient:
    """Max, in Harbour Clinic's care, without an account yet."""
    return Patient.objects.create(
        clinic=cast.harbour, name="Max Moss", born_on="1980-01-02", email="max@example.org", created_at=now
    )


def patient_link(new_patient, cast, now) -> str:
    asked = invitations.invite(
        patient=new_patient, role="patient", email=new_patient.email, name=new_patient.name,
        by=cast.sees("nia"), client_id=uuid4(), now=now,
    )  # fmt: skip
    address = invitations.link(invitation_id=asked.id, email=asked.email, now=now)
    return address.removeprefix("http://localhost:8000")


def test_patient_joins_and_acts_as_the_patient(as_nobody, new_patient, cast, now):
    sign_in(as_nobody, patient_link(new_patient, cast, now))

    text = as_nobody.post("/invitation/accept", JOIN, follow=True).content.decode()

    new_patient.refresh_from_db()
    assert new_patient.user.email == "max@example.org"
    assert as_nobody.session["capacity"] == f"patient:{new_patient.id.hex}"
    assert "Welcome, Max." in text


@pytest.mark.threat("T1")
def test_caretaker_cannot_become_the_patient(new_patient, cast, now):
    asked = invitations.invite(
        patient=new_patient, role="patient", email="bea@example.org", name="Max", by=cast.sees("nia"),
        client_id=uuid4(), now=now,
    )  # fmt: skip
    people.member(new_patient, cast.bea, now)

    with pytest.raises(Refused, match="in this patient’s circle"):
        circle.accept(invitation=asked, user=cast.bea, name="Bea", zone="", now=now)


def test_patient_cannot_become_their_own_caretaker(cast, now):
    asked = Invitation.objects.create(
        clinic=cast.harbour, patient=cast.ana_patient, role="caretaker", email=cast.ana.email, name="Ana",
        invited_by=cast.nia, client_id=uuid4(), created_at=now, expires_at=now + timedelta(days=1),
    )  # fmt: skip

    with pytest.raises(Refused, match="your own care"):
        circle.accept(invitation=asked, user=cast.ana, name="Ana", zone="", now=now)


@pytest.mark.parametrize(("has", "asked"), [("caretaker", "therapist"), ("therapist", "caretaker")])
def test_member_keeps_the_role_they_have(as_nobody, cast, now, has, asked):
    # Bea was asked at an address that became hers only after she had joined.
    invitation = invitations.invite(
        patient=cast.ana_patient, role=asked, email="bea@new.example.org", name="Bea", relation="friend",
        by=cast.sees("ana"), client_id=uuid4(), now=now,
    )  # fmt: skip
    CircleMember.objects.filter(pk=cast.bea_member.pk).update(role=has)
    cast.bea.move_to("bea@new.example.org")
    address = invitations.link(invitation_id=invitation.id, email=invitation.email, now=now)
    sign_in(as_nobody, address.removeprefix("http://localhost:8000"))

    page = as_nobody.post("/invitation/accept", JOIN)

    assert page.status_code == 422
    assert "You are in Ana’s circle already" in page.content.decode()
    assert [row.role for row in CircleMember.objects.filter(patient=cast.ana_patient)] == [has]
    assert Invitation.objects.get().state == "pending"


def test_member_who_accepts_the_same_role_again_is_let_in_once(as_nobody, cast, now):
    invitation = invitations.invite(
        patient=cast.ana_patient, role="caretaker", email="bea@new.example.org", name="Bea",
        relation="friend", by=cast.sees("ana"), client_id=uuid4(), now=now,
    )  # fmt: skip
    cast.bea.move_to("bea@new.example.org")

    capacity = circle.accept(invitation=invitation, user=cast.bea, name="Bea", zone="", now=now)

    assert access.acting(cast.bea, capacity).member == cast.bea_member


def test_decline_needs_no_sign_in_and_ends_the_link(as_nobody, link, invitation):
    follow(as_nobody, link)
    as_nobody.get("/invitation/decline")
    declined = as_nobody.post("/invitation/decline")

    invitation.refresh_from_db()
    assert invitation.state == "declined"
    assert "You declined" in declined.content.decode()
    assert follow(Client(), link).status_code == 410


def test_other_address_is_asked_for_and_not_written_to(as_nobody, link, invitation):
    follow(as_nobody, link)

    response = as_nobody.post("/invitation/other-address", {"email": "new@example.org"})

    invitation.refresh_from_db()
    assert invitation.wanted_email == "new@example.org"
    assert "We have asked" in response.content.decode()
    assert mail.outbox == []


@pytest.mark.parametrize(
    ("end", "words"),
    [
        ("cancelled", "This invitation was taken back"),
        ("declined", "This invitation was declined"),
        ("accepted", "You have said yes already"),
    ],
)
def test_invitation_held_when_it_ends_says_what_happened(as_nobody, link, invitation, end, words):
    follow(as_nobody, link)
    Invitation.objects.filter(pk=invitation.pk).update(state=end)

    response = as_nobody.get("/invitation")

    assert response.status_code == 410
    assert words in response.content.decode()


def test_invitation_held_when_it_runs_out_says_so(as_nobody, link, clock):
    follow(as_nobody, link)
    clock.move(days=15)

    response = follow(as_nobody, link)

    assert response.status_code == 410
    assert "This link does not work" in response.content.decode()


@pytest.mark.threat("T6")
@pytest.mark.parametrize("secret", ["x", "a" * 43, "%00", "<script>", "é" * 40])
def test_unknown_link_says_what_to_do(as_nobody, secret):
    response = as_nobody.get(f"/i/{secret}")

    assert response.status_code == 410
    assert "send it again" in response.content.decode()


def test_invitation_without_a_link_says_what_to_do(as_nobody):
    assert as_nobody.get("/invitation").status_code == 410


def test_code_signs_out_whoever_else_was_signed_in(as_cal, link):
    follow(as_cal, link)

    as_cal.post("/invitation/code")

    assert "_auth_user_id" not in as_cal.session
    assert [message.to for message in mail.outbox] == [["sam@example.org"]]


def test_code_asked_for_too_often_is_refused_in_words(as_nobody, link):
    follow(as_nobody, link)

    answers = [as_nobody.post("/invitation/code") for _press in range(20)]

    assert answers[-1].status_code == 422
    assert "Wait 10 minutes" in answers[-1].content.decode()
    assert len(mail.outbox) < 20


def test_message_leads_to_the_page(as_nobody, invitation, clock):
    """From the ledger's own message: once for one asking, once more for another, each with a working link."""
    notices.run(clock.now)
    notices.run(clock.move(minutes=5))
    first = link_in(mail.outbox)
    invitations.resend(invitation=invitation, by=invitation_by(invitation), sent=1, now=clock.now)
    notices.run(clock.move(minutes=5))
    second = link_in(mail.outbox[1:])

    assert [message.to for message in mail.outbox] == [["sam@example.org"]] * 2
    assert follow(Client(), first).status_code == 410
    assert follow(as_nobody, second).status_code == 200


def link_in(messages) -> str:
    [found] = [re.search(r"http://localhost:8000(/i/\S+)", message.body)[1] for message in messages]
    return found


def invitation_by(invitation):
    return people.viewer(invitation.invited_by, f"patient:{invitation.patient_id.hex}")


@pytest.mark.parametrize(
    ("page", "typed"), [("code", {}), ("decline", {}), ("other-address", {"email": "sam@home.example"})]
)
def test_invitation_taken_back_at_the_same_moment_is_said(as_nobody, invitation, link, page, typed):
    follow(as_nobody, link)

    with taken_back_meanwhile(invitation):
        answer = as_nobody.post(f"/invitation/{page}", typed)

    assert answer.status_code == 410


def test_accept_does_not_undo_what_was_changed_meanwhile(cast, invitation, now):
    user = invitations.account_for(invitation, now)
    User.objects.filter(pk=user.pk).update(version=7)

    circle.accept(invitation=invitation, user=user, name="Sam", zone="", now=now)

    assert User.objects.get(pk=user.pk).version == 8


def test_accept_goes_by_the_address_of_this_moment(cast, invitation, now):
    user = invitations.account_for(invitation, now)
    User.objects.filter(pk=user.pk).update(email="other@example.org")

    with pytest.raises(Refused, match="was sent to another address"):
        circle.accept(invitation=invitation, user=user, name="Sam", zone="", now=now)
