"""What one turn of the clock does for messages, with a real mail server."""

import re
from datetime import timedelta
from uuid import uuid4

import pytest

from luna.notices import actions, jobs
from luna.notices.models import Attempt, Notice
from luna.people import access, tokens
from luna.people.actions import invitations
from luna.people.models import Clinician, Invitation, Token
from tests.notices.ledger import planned, rung
from tests.notices.mailserver import TAKE_AND_DROP

pytestmark = pytest.mark.django_db

State = Notice.State


def state(notice):
    return Notice.objects.get(id=notice.id).state


@pytest.fixture
def ana(cast):
    """Ana, acting as the patient."""
    return access.Viewer(
        user_id=cast.ana.id,
        name=cast.ana.name,
        capacity_kind="patient",
        clinic_id=cast.harbour.id,
        zone=cast.harbour.zone,
        clinic=cast.harbour,
        patient=cast.ana_patient,
        kinds=frozenset(access.KINDS),
    )


@pytest.fixture
def invitation(cast, ana, now):
    """Ana asks Sam to be her caretaker."""
    return invitations.invite(
        patient=cast.ana_patient, role="caretaker", email="sam@example.org", name="Sam Sloan", by=ana,
        client_id=cast.ana.id, now=now, relation="friend",
    )  # fmt: skip


def secret_in(taken):
    return re.search(r"/i/(\S+)", taken.message.get_content())[1]


def test_due_messages_are_sent_once(mail_server, cast, now):
    notice = planned(cast, now)

    jobs.run(now)
    jobs.run(now + timedelta(seconds=1))

    assert [(taken.to, taken.key) for taken in mail_server.taken] == [("bea@example.org", notice.id.hex)]
    assert state(notice) == State.SENT


def test_turn_says_how_much_it_did(mail_server, cast, now):
    planned(cast, now, key="a")
    planned(cast, now, key="b")

    assert [jobs.run(now), jobs.run(now)] == [2, 0]


def test_routine_in_doubt_is_never_sent_twice(mail_server, cast, now):
    notice = planned(cast, now)
    mail_server.once["END"] = TAKE_AND_DROP

    for minutes in range(10):
        jobs.run(now + timedelta(minutes=minutes))

    assert state(notice) == State.UNKNOWN
    assert len(mail_server.taken) == 1


@pytest.mark.hazard("H5")
def test_urgent_in_doubt_is_sent_again_as_the_same_message(mail_server, cast, now):
    notice = rung(cast, now)
    mail_server.once["END"] = TAKE_AND_DROP

    for seconds in (0, 14, 17, 60):
        jobs.run(now + timedelta(seconds=seconds))

    assert state(notice) == State.SENT
    assert [taken.key for taken in mail_server.taken] == [notice.id.hex] * 2


def test_greylisted_message_is_sent_later(mail_server, cast, now):
    notice = planned(cast, now)
    mail_server.once["RCPT"] = "451 come back later"

    jobs.run(now)
    assert state(notice) == State.PLANNED
    jobs.run(now + timedelta(minutes=1, seconds=1))

    assert state(notice) == State.SENT
    assert len(mail_server.taken) == 1


def test_server_that_is_away_is_asked_once_a_turn(mail_server, cast, now, settings):
    notices = [planned(cast, now, key=key) for key in ("a", "b", "c")]
    settings.EMAIL_PORT = 1

    jobs.run(now)

    assert [state(notice) for notice in notices] == [State.PLANNED] * 3
    assert Attempt.objects.filter(outcome="refused", reason="unreachable").count() == 1


def test_message_given_up_while_the_server_was_away_is_not_reached(mail_server, cast, now, settings):
    notice = planned(cast, now)
    settings.EMAIL_PORT = 1

    for minutes in range(17):
        jobs.run(now + timedelta(minutes=minutes))

    assert state(notice) == State.NOT_REACHED
    assert mail_server.taken == []


def test_broken_message_does_not_hold_up_the_others(mail_server, cast, now):
    broken = planned(cast, now - timedelta(minutes=1), key="broken")
    Notice.objects.filter(id=broken.id).update(words="forgotten")
    good = planned(cast, now, key="good")

    jobs.run(now)

    assert (state(broken), state(good)) == (State.NOT_REACHED, State.SENT)
    assert broken.attempts.get().reason == "words"


def test_turn_ends_in_time_and_the_next_goes_on(mail_server, cast, now, monkeypatch):
    monkeypatch.setattr(jobs, "TURN_S", -1)
    notice = planned(cast, now)

    assert jobs.send(now) == 0
    assert state(notice) == State.PLANNED


@pytest.mark.threat("T6")
def test_invitation_is_sent_with_a_link_that_is_kept_nowhere(mail_server, cast, invitation, now):
    jobs.run(now)

    (taken,) = mail_server.taken
    secret = secret_in(taken)
    assert taken.to == "sam@example.org"
    assert tokens.find(Token.Purpose.INVITE, secret, now).subject_id == invitation.id
    assert secret not in str(list(Notice.objects.values())) + str(list(Attempt.objects.values()))


def test_invitation_is_given_to_the_ledger_once(mail_server, invitation, now):
    jobs.run(now)
    jobs.run(now)

    assert list(Notice.objects.values_list("key", flat=True)) == [f"invitation:{invitation.id.hex}:invite:s1"]
    assert len(mail_server.taken) == 1


@pytest.mark.threat("T6")
def test_invitation_sent_again_has_a_fresh_link_and_the_old_one_is_over(
    mail_server, cast, ana, invitation, now
):
    jobs.run(now)
    invitations.resend(invitation=invitation, by=ana, sent=1, now=now)
    jobs.run(now)

    old, new = map(secret_in, mail_server.taken)
    assert tokens.find(Token.Purpose.INVITE, old, now) is None
    assert tokens.find(Token.Purpose.INVITE, new, now).subject_id == invitation.id


@pytest.mark.threat("T6")
def test_invitation_sent_again_by_staff_after_doubt_has_a_fresh_link(mail_server, cast, invitation, now):
    mail_server.once["END"] = TAKE_AND_DROP
    jobs.run(now)
    notice = Notice.objects.get()
    assert notice.state == State.UNKNOWN

    actions.resend({notice.id: notice.fence}, viewer=nia(cast), client_id=uuid4(), now=now)
    jobs.run(now)

    first, second = map(secret_in, mail_server.taken)
    assert first != second
    assert tokens.find(Token.Purpose.INVITE, second, now) is not None


def nia(cast):
    return access.Viewer(
        user_id=cast.nia.id,
        name=cast.nia.name,
        capacity_kind="staff",
        clinic_id=cast.harbour.id,
        zone=cast.harbour.zone,
        clinic=cast.harbour,
        kinds=frozenset(access.KINDS),
    )


def test_cancelled_invitation_is_not_sent(mail_server, ana, invitation, now):
    jobs.invite(now)
    invitations.cancel(invitation=invitation, by=ana, now=now)

    jobs.run(now)

    assert Notice.objects.get().state == State.VOID
    assert mail_server.taken == []


def test_older_message_of_an_invitation_is_void_when_a_newer_is_asked_for(mail_server, ana, invitation, now):
    jobs.invite(now)
    invitations.resend(invitation=invitation, by=ana, sent=1, now=now)

    jobs.run(now)

    assert list(Notice.objects.order_by("key").values_list("state", flat=True)) == [State.VOID, State.SENT]
    assert len(mail_server.taken) == 1


def test_patient_is_invited_in_words_of_their_own(mail_server, cast, invitation, now):
    Invitation.objects.filter(id=invitation.id).update(role="patient")

    jobs.run(now)

    assert Notice.objects.get().words == "invite-patient"
    assert "Ana" not in mail_server.taken[0].message.get_content()


def test_new_staff_are_welcomed_once(mail_server, cast, now):
    Clinician.objects.filter(user=cast.nia).update(to_tell=True)

    jobs.run(now)
    jobs.run(now)

    assert [(taken.to, taken.message["Subject"]) for taken in mail_server.taken] == [
        ("nia@example.org", "You can now sign in to Luna")
    ]
