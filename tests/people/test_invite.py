"""Inviting: who may be asked, how often, and what the ledger of messages is given."""

from datetime import timedelta
from uuid import uuid4

import pytest

from luna.audit.models import AuditEvent
from luna.people import jobs, plans, tokens
from luna.people.actions import invitations
from luna.people.errors import Refused, Replayed, Stale
from luna.people.models import Clinic, Invitation, Token, User


@pytest.fixture
def invite(cast, now):
    """Ana asks Sam; any part of it may be changed."""

    def ask(who="ana", **changed):
        asked = {
            "patient": cast.ana_patient, "role": "caretaker", "email": "sam@example.org", "name": "Sam Stone",
            "relation": "partner", "by": cast.sees(who), "client_id": uuid4(), "now": now,
        }  # fmt: skip
        return invitations.invite(**asked | changed)

    return ask


def test_invite_asks_for_one_message(invite, now):
    invitation = invite()

    assert list(plans.invitations_to_send(now)) == [invitation]
    assert invitation.expires_at == now + invitations.LIFE


def test_invite_writes_one_audit_line(invite, cast):
    invitation = invite()

    line = AuditEvent.objects.get(verb="invitation.create")
    assert (line.subject_id, line.patient_id, line.actor_id) == (
        invitation.id,
        cast.ana_patient.id,
        cast.ana.id,
    )


def test_invite_replayed_returns_the_first_without_a_second_line(invite, now):
    client_id = uuid4()

    first, second = invite(client_id=client_id), invite(client_id=client_id)

    assert first == second
    assert AuditEvent.objects.filter(verb="invitation.create").count() == 1


def test_invite_replayed_with_other_content_is_refused(invite):
    client_id = uuid4()
    invite(client_id=client_id)

    with pytest.raises(Replayed):
        invite(client_id=client_id, name="Somebody Else")


@pytest.mark.parametrize("email", ["sam@example.org", "SAM@Example.org"])
def test_invite_the_same_address_twice_is_refused(invite, email):
    invite()

    with pytest.raises(Refused, match="invited already"):
        invite(email=email)


@pytest.mark.parametrize("email", ["ana@example.org", "Ana@EXAMPLE.org"])
def test_invite_own_address_is_refused(invite, email):
    with pytest.raises(Refused, match="your own address"):
        invite(email=email)


def test_invite_patients_address_as_caretaker_is_refused_for_staff(invite):
    with pytest.raises(Refused, match="the patient’s address"):
        invite("nia", email="ana@example.org")


def test_invite_who_is_in_the_circle_is_refused(invite):
    with pytest.raises(Refused, match="already in the circle"):
        invite(email="bea@example.org")


@pytest.mark.threat("T1")
def test_invite_caretaker_as_the_patient_is_refused(invite, cast):
    cast.ana_patient.user = None
    cast.ana_patient.save()

    with pytest.raises(Refused, match="already in the circle"):
        invite("nia", role="patient", email="bea@example.org", relation="")


def test_invite_patient_with_an_account_is_refused(invite):
    with pytest.raises(Refused, match="has an account already"):
        invite("nia", role="patient", email="new@example.org", relation="")


def test_resend_twice_from_one_page_sends_once(invite, cast, now):
    invitation = invite()
    invitations.handed_over(invitation)

    for _press in range(2):
        sent = invitations.resend(invitation=invitation, by=cast.sees("ana"), sent=1, now=now)

    assert sent.sent == 2
    assert list(plans.invitations_to_send(now)) == [invitation]


def test_resend_makes_an_expired_invitation_open_again(invite, cast, now):
    invitation = invite()
    late = now + invitations.LIFE + timedelta(hours=1)

    sent = invitations.resend(invitation=invitation, by=cast.sees("ana"), sent=1, now=late)

    assert list(Invitation.objects.open(late)) == [sent]


def test_resend_has_an_end(invite, cast, now):
    invitation = invite()
    for sent in range(1, invitations.MOST_SENT):
        invitations.resend(invitation=invitation, by=cast.sees("ana"), sent=sent, now=now)

    with pytest.raises(Refused, match="8 times"):
        invitations.resend(invitation=invitation, by=cast.sees("ana"), sent=8, now=now)


def test_chase_sends_an_unanswered_invitation_twice_and_never_again(invite, now):
    invitation = invite()
    later = now + timedelta(days=3)

    done = [jobs.run(later - timedelta(seconds=1)), jobs.run(later), jobs.run(later + timedelta(days=2))]
    done += [jobs.run(later + timedelta(days=days)) for days in (3, 6, 9)]

    invitation.refresh_from_db()
    assert done == [0, 1, 0, 1, 0, 0]
    assert (invitation.sent, invitation.chased) == (3, 2)


def test_chase_waits_as_long_as_the_clinic_says(invite, cast, now):
    Clinic.objects.update(chase_days=7)
    invitation = invite()

    done = [jobs.run(now + timedelta(days=days)) for days in (3, 6, 7)]

    assert done == [0, 0, 1]
    assert Invitation.objects.get().chase_at == now + timedelta(days=14)
    assert Invitation.objects.get() == invitation


def test_chase_stops_when_the_clinic_wants_no_reminders_any_more(invite, now):
    invite()
    Clinic.objects.update(chase_days=0)

    assert jobs.run(now + timedelta(days=3)) == 0
    assert (Invitation.objects.get().sent, Invitation.objects.get().chase_at) == (1, None)


def test_no_reminder_is_planned_where_a_clinic_wants_none(invite):
    Clinic.objects.update(chase_days=0)

    assert invite().chase_at is None


def test_sending_again_by_hand_does_not_bring_more_reminders(invite, cast, now):
    invitation = invite()
    jobs.run(now + timedelta(days=3))
    jobs.run(now + timedelta(days=6))

    again = invitations.resend(
        invitation=invitation, by=cast.sees("ana"), sent=3, now=now + timedelta(days=7)
    )

    assert (again.chased, again.chase_at) == (2, None)


def test_chase_leaves_answered_invitations_alone(invite, cast, now):
    invitations.cancel(invitation=invite(), by=cast.sees("ana"), now=now)

    assert jobs.run(now + timedelta(days=3)) == 0


def test_handed_over_is_not_given_twice(invite, now):
    invitation = invite()

    invitations.handed_over(plans.invitations_to_send(now).get())

    assert list(plans.invitations_to_send(now)) == []
    assert Invitation.objects.get(pk=invitation.pk).told == 1


def test_cancelled_invitation_is_not_handed_over(invite, cast, now):
    invitations.cancel(invitation=invite(), by=cast.sees("ana"), now=now)

    assert list(plans.invitations_to_send(now)) == []


@pytest.mark.threat("T6")
def test_link_made_again_ends_the_one_before(invite, now):
    invitation = invite()
    first, second = (
        invitations.link(invitation_id=invitation.id, email=invitation.email, now=now).rpartition("/")[2]
        for _attempt in range(2)
    )

    assert tokens.find(Token.Purpose.INVITE, first, now) is None
    assert tokens.find(Token.Purpose.INVITE, second, now).subject_id == invitation.id


@pytest.mark.threat("T6")
def test_link_is_not_made_for_an_address_no_longer_invited(invite, cast, now):
    invitation = invite()
    invitations.want_other_email(invitation=invitation, email="new@example.org", now=now)
    invitations.approve_other_email(
        invitation=invitation, email="new@example.org", by=cast.sees("ana"), now=now
    )

    assert invitations.link(invitation_id=invitation.id, email="sam@example.org", now=now) is None


@pytest.mark.parametrize("answer", ["cancel", "decline"])
def test_link_is_not_made_once_answered(invite, cast, now, answer):
    invitation = invite()
    by = {"by": cast.sees("ana")} if answer == "cancel" else {}

    getattr(invitations, answer)(invitation=invitation, now=now, **by)

    assert invitations.link(invitation_id=invitation.id, email=invitation.email, now=now) is None


def test_decline_twice_is_once(invite, now):
    invitation = invite()

    for _press in range(2):
        declined = invitations.decline(invitation=Invitation.objects.get(pk=invitation.pk), now=now)

    assert declined.state == "declined"
    assert AuditEvent.objects.filter(verb="invitation.decline").count() == 1


def test_cancel_after_decline_says_so(invite, cast, now):
    invitation = invite()
    invitations.decline(invitation=invitation, now=now)

    with pytest.raises(Refused, match="declined"):
        invitations.cancel(invitation=invitation, by=cast.sees("ana"), now=now)


@pytest.mark.threat("T6")
def test_other_address_is_not_written_to_before_the_yes(invite, now):
    invitation = invite()
    invitations.handed_over(invitation)

    wanted = invitations.want_other_email(invitation=invitation, email="new@example.org", now=now)

    assert (wanted.email, wanted.wanted_email) == ("sam@example.org", "new@example.org")
    assert list(plans.invitations_to_send(now)) == []


def test_other_address_with_the_yes_gets_its_own_message(invite, cast, now):
    invitation = invite()
    invitations.handed_over(invitation)
    invitations.want_other_email(invitation=invitation, email="new@example.org", now=now)

    for _press in range(2):
        invitations.approve_other_email(
            invitation=invitation, email="new@example.org", by=cast.sees("ana"), now=now
        )

    to_send = plans.invitations_to_send(now).get()
    assert (to_send.email, to_send.wanted_email, to_send.sent) == ("new@example.org", "", 2)


def test_other_address_changed_while_the_inviter_looked_is_refused(invite, cast, now):
    invitation = invite()
    invitations.want_other_email(invitation=invitation, email="third@example.org", now=now)

    with pytest.raises(Stale):
        invitations.approve_other_email(
            invitation=invitation, email="second@example.org", by=cast.sees("ana"), now=now
        )


@pytest.mark.threat("T1")
def test_other_address_for_whom_the_patient_invited_needs_the_patient(invite, cast, now):
    invitation = invite()
    invitations.want_other_email(invitation=invitation, email="new@example.org", now=now)

    with pytest.raises(Refused, match="Only the person who sent"):
        invitations.approve_other_email(
            invitation=invitation, email="new@example.org", by=cast.sees("nia"), now=now
        )


def test_other_address_refused_stays_with_the_first(invite, cast, now):
    invitation = invite()
    invitations.want_other_email(invitation=invitation, email="new@example.org", now=now)

    kept = invitations.refuse_other_email(invitation=invitation, by=cast.sees("ana"), now=now)

    assert (kept.email, kept.wanted_email) == ("sam@example.org", "")


def test_account_for_an_invited_address_is_made_once(invite, now):
    invitation = invite(email="Sam@Example.org")

    made = [invitations.account_for(invitation, now) for _press in range(2)]

    assert made[0] == made[1] == User.objects.get(email="sam@example.org")


def test_account_for_an_expired_invitation_is_not_made(invite, now):
    invitation = invite()

    with pytest.raises(Refused, match="run out"):
        invitations.account_for(invitation, now + invitations.LIFE)

    assert not User.objects.filter(email="sam@example.org").exists()
