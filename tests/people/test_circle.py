"""The circle: seen by the patient, left by the caretaker, ended at once."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext

from luna.audit.models import AuditEvent
from luna.people import access
from luna.people.actions import circle, identity, invitations
from luna.people.models import CircleMember, Invitation
from tests.people import reading

PIN = "385162"
INVITE = {"name": "Sam Stone", "email": "sam@example.org", "relation": "partner"}


@pytest.fixture
def invitation(cast, now) -> Invitation:
    """Ana asks Sam to be her caretaker."""
    return invitations.invite(
        patient=cast.ana_patient, by=cast.sees("ana"), role="caretaker", client_id=uuid4(), now=now, **INVITE
    )


def page(browser, path="/circle"):
    return browser.get(path).content.decode()


def test_circle_shows_who_is_in_and_what_they_see(as_ana):
    text = page(as_ana)

    assert "Bea Burns" in text
    assert "Schedule and tasks" in text
    assert "Journal" not in text


def test_invite_is_one_page_after_the_pin(as_ana_fresh, cast):
    sent = as_ana_fresh.post("/circle/invite", INVITE | {"client_id": uuid4()})

    invitation = Invitation.objects.get(patient=cast.ana_patient)
    assert (sent.status_code, sent.url) == (302, "/circle")
    assert (invitation.name, invitation.email, invitation.role) == (
        "Sam Stone",
        "sam@example.org",
        "caretaker",
    )
    assert "Invited, no answer yet" in page(as_ana_fresh)


@pytest.mark.threat("T1")
def test_invite_without_the_pin_asks_for_it(as_ana):
    shown = as_ana.get("/circle/invite")
    sent = as_ana.post("/circle/invite", INVITE | {"client_id": uuid4()})

    assert shown.url.startswith("/me/unlock")
    assert (sent.status_code, reading.heading(sent)) == (423, "Is it really you?")
    assert not Invitation.objects.exists()


def test_invite_that_met_a_stale_pin_is_sent_once_after_it(as_ana, cast, clock):
    identity.set_pin(cast.ana, PIN, now=clock.now)
    locked = as_ana.post("/circle/invite", INVITE | {"client_id": uuid4()})

    wrong = as_ana.post("/me/unlock", reading.hidden(locked, "/me/unlock") | {"pin": "000111"})
    opened = as_ana.post("/me/unlock", reading.hidden(wrong, "/me/unlock") | {"pin": PIN})
    again = reading.hidden(opened, "/circle/invite")
    pressed = [as_ana.post("/circle/invite", again) for _press in range(2)]

    assert [wrong.status_code, opened.status_code] == [422, 200]
    assert [response.url for response in pressed] == ["/circle", "/circle"]
    assert Invitation.objects.get().email == "sam@example.org"


def test_what_was_typed_without_any_way_to_prove_oneself_is_said_not_to_have_arrived(as_ana):
    page = as_ana.post("/circle/invite", INVITE | {"client_id": uuid4()}).content.decode()

    assert "You have no PIN yet" in page
    assert "What you just sent did not arrive." in page
    assert "What you typed is kept." not in page


def test_invite_twice_by_double_click_is_once(as_ana_fresh):
    form = INVITE | {"client_id": uuid4()}

    pressed = [as_ana_fresh.post("/circle/invite", form) for _press in range(2)]

    assert [response.status_code for response in pressed] == [302, 302]
    assert Invitation.objects.count() == 1


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"email": "ana@example.org"}, "This is your own address."),
        ({"email": "bea@example.org"}, "already in the circle"),
        ({"email": "not an address"}, "Type an e-mail address, like ana@example.org."),
        ({"email": ""}, "Type an e-mail address, like ana@example.org."),
        ({"name": ""}, "Type a name."),
        ({"name": "x" * 2_000_000}, "Use at most 120 letters. There are 2000000."),
        ({"relation": ""}, "Choose what they are to you."),
        ({"relation": "boss"}, "Select a valid choice."),
    ],
)
def test_invite_with_a_mistake_says_so_and_keeps_what_was_typed(as_ana_fresh, change, words):
    client_id = uuid4()
    response = as_ana_fresh.post("/circle/invite", INVITE | change | {"client_id": client_id})

    text = response.content.decode()
    assert response.status_code == 422
    assert words in text
    assert str(client_id) in text
    if "name" not in change:
        assert 'value="Sam Stone"' in text
    assert not Invitation.objects.exists()


def test_invite_makes_one_line_of_a_name(as_ana_fresh):
    name = "Sam\r\nBcc: everybody@example.org"
    as_ana_fresh.post("/circle/invite", INVITE | {"name": name, "client_id": uuid4()})

    assert Invitation.objects.get().name == "Sam Bcc: everybody@example.org"


def test_resend_asks_for_another_message(as_ana, invitation):
    as_ana.post(f"/circle/invitations/{invitation.id}", {"do": "resend", "sent": 1})

    invitation.refresh_from_db()
    assert invitation.sent == 2


def test_cancel_takes_the_invitation_off_the_page(as_ana, invitation):
    as_ana.post(f"/circle/invitations/{invitation.id}", {"do": "cancel"})

    assert "Sam Stone" not in page(as_ana)


def test_answer_too_late_says_what_happened(as_ana, invitation, now):
    invitations.decline(invitation=invitation, now=now)

    response = as_ana.post(f"/circle/invitations/{invitation.id}", {"do": "cancel"})

    assert response.status_code == 422
    assert "This invitation was declined." in response.content.decode()


def test_answer_that_is_none_changes_nothing(as_ana, invitation):
    response = as_ana.post(f"/circle/invitations/{invitation.id}", {"do": "explode"})

    assert response.status_code == 422
    assert "press the button again" in response.content.decode()


def test_declined_invitation_is_shown_to_the_patient(as_ana, invitation, now):
    invitations.decline(invitation=invitation, now=now)

    assert "Declined" in page(as_ana)


def test_other_address_is_shown_and_agreed_to(as_ana_fresh, invitation, now):
    invitations.want_other_email(invitation=invitation, email="new@example.org", now=now)
    shown = page(as_ana_fresh)

    as_ana_fresh.post(f"/circle/invitations/{invitation.id}", {"do": "approve", "email": "new@example.org"})

    invitation.refresh_from_db()
    assert "new@example.org" in shown
    assert (invitation.email, invitation.sent) == ("new@example.org", 2)


@pytest.mark.threat("T1")
def test_other_address_needs_the_pin(as_ana, invitation, now):
    invitations.want_other_email(invitation=invitation, email="new@example.org", now=now)

    response = as_ana.post(
        f"/circle/invitations/{invitation.id}", {"do": "approve", "email": "new@example.org"}
    )

    invitation.refresh_from_db()
    assert (response.status_code, reading.heading(response)) == (423, "Is it really you?")
    assert invitation.email == "sam@example.org"


def test_expired_invitation_says_so(as_ana, invitation, clock):
    Invitation.objects.filter(pk=invitation.pk).update(expires_at=clock.now - timedelta(hours=1))

    assert "The invitation ran out" in page(as_ana)


@pytest.mark.threat("T1")
def test_revoke_ends_what_the_caretaker_sees_at_once(as_ana, as_bea, cast):
    before = page(as_bea)

    as_ana.get(f"/circle/members/{cast.bea_member.id}/remove")
    as_ana.post(f"/circle/members/{cast.bea_member.id}/remove")

    after = page(as_bea)
    assert "Schedule and tasks" in before
    assert "Schedule and tasks" not in after
    assert "Nothing to do here now." in after
    assert as_bea.get("/welcome/part").url == "/circle"
    assert cast.sees("bea").kinds == frozenset()


@pytest.mark.threat("T1")
def test_revoke_needs_no_pin_and_tells_nobody(as_ana, cast, mailoutbox):
    as_ana.post(f"/circle/members/{cast.bea_member.id}/remove")

    cast.bea_member.refresh_from_db()
    assert cast.bea_member.state == "revoked"
    assert mailoutbox == []


@pytest.mark.threat("T9")
def test_revoke_is_written_down_outside_the_database(as_ana, cast):
    as_ana.post(f"/circle/members/{cast.bea_member.id}/remove")

    lines = settings.LUNA_TOMBSTONES.read_text().splitlines()
    assert f'"kind": "circle-revoked", "id": "{cast.bea_member.id}"' in lines[-1]


def test_revoke_twice_is_once(as_ana, cast):
    for _press in range(2):
        as_ana.post(f"/circle/members/{cast.bea_member.id}/remove")

    assert AuditEvent.objects.filter(verb="circle.revoke").count() == 1


def test_leave_is_seen_by_the_patient(as_ana, as_bea, cast):
    as_bea.get("/circle/leave")
    left = as_bea.post("/circle/leave", follow=True)

    assert "Thank you for what you did." in left.content.decode()
    assert "Left today" in page(as_ana)
    assert CircleMember.objects.get(pk=cast.bea_member.pk).state == "left"


def test_left_caretaker_cannot_leave_again(as_bea, cast, now):
    circle.leave(by=cast.sees("bea"), now=now)

    assert as_bea.get("/circle/leave").url == "/circle"


def test_caretaker_can_be_invited_back(cast, now):
    circle.leave(by=cast.sees("bea"), now=now)
    again = invitations.invite(
        patient=cast.ana_patient, role="caretaker", email="bea@example.org", name="Bea Burns",
        relation="friend", by=cast.sees("ana"), client_id=uuid4(), now=now,
    )  # fmt: skip

    circle.accept(
        invitation=again, user=cast.bea, name="Bea Burns", zone="",
        now=now + timedelta(hours=1),
    )  # fmt: skip

    assert cast.sees("bea").kinds == frozenset(access.PRACTICAL)


@pytest.mark.threat("T4")
@pytest.mark.parametrize("who", ["as_cal", "as_oli", "as_dee_caring", "as_eve", "as_dee", "as_nia", "as_bea"])
def test_member_can_only_be_taken_out_by_the_patient(who, request, cast):
    browser = request.getfixturevalue(who)

    response = browser.post(f"/circle/members/{cast.bea_member.id}/remove")

    cast.bea_member.refresh_from_db()
    assert (response.status_code, cast.bea_member.state) == (404, "active")


@pytest.mark.threat("T4")
@pytest.mark.parametrize("who", ["as_cal", "as_oli", "as_dee_caring", "as_eve", "as_dee", "as_bea"])
def test_invitation_is_not_found_by_strangers(who, request, invitation):
    browser = request.getfixturevalue(who)

    response = browser.post(f"/circle/invitations/{invitation.id}", {"do": "cancel"})

    invitation.refresh_from_db()
    assert (response.status_code, invitation.state) == (404, "pending")


def test_circle_takes_as_many_queries_for_many(as_ana, cast, now):
    few = queries(as_ana, "/circle")
    Invitation.objects.bulk_create(
        Invitation(
            clinic=cast.harbour, patient=cast.ana_patient, role="caretaker", email=f"p{i}@example.org",
            name=f"P {i}", relation="friend", invited_by=cast.ana, client_id=uuid4(), created_at=now,
            expires_at=now + timedelta(days=1),
        )
        for i in range(20)
    )  # fmt: skip

    assert queries(as_ana, "/circle") == few


def queries(browser, path):
    browser.get(path)
    with CaptureQueriesContext(connection) as captured:
        browser.get(path)
    return len(captured)
