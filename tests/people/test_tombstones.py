"""Tombstones: what was taken back stays taken back after a restore."""

import json
from datetime import timedelta
from uuid import uuid4

import pytest
from allauth.mfa.models import Authenticator

from luna.people import tombstones
from luna.people.actions import address, circle, identity, invitations, staff
from luna.people.models import CircleMember, Clinician, ContactChange, Invitation, Key, Patient, Token, User

pytestmark = [pytest.mark.django_db, pytest.mark.threat("T9")]


@pytest.fixture(autouse=True)
def book(settings, tmp_path):
    settings.LUNA_TOMBSTONES = tmp_path / "keys" / "tombstones.jsonl"
    return settings.LUNA_TOMBSTONES


def test_line_says_what_when_and_which(book, now):
    id_ = uuid4()

    tombstones.record("key-destroyed", id_, now)

    assert [json.loads(line) for line in book.read_text().splitlines()] == [
        {"at": now.isoformat(), "kind": "key-destroyed", "id": str(id_)}
    ]
    assert book.stat().st_mode & 0o777 == 0o600


def test_lines_are_added_never_replaced(book, now):
    tombstones.record("key-destroyed", uuid4(), now)
    tombstones.record("token-revoked", uuid4(), now)

    assert len(book.read_text().splitlines()) == 2


def test_unknown_kind_is_refused(now):
    with pytest.raises(ValueError, match="No kind of tombstone 'eaten'"):
        tombstones.record("eaten", uuid4(), now)


def test_nothing_recorded_replays_nothing():
    assert tombstones.replay() == {}


def test_revoked_member_is_out_again(cast, now):
    tombstones.record("circle-revoked", cast.bea_member.id, now)

    assert tombstones.replay() == {"circle-revoked": 1}

    member = CircleMember.objects.get(id=cast.bea_member.id)
    assert (member.state, member.until) == ("revoked", now)


def test_destroyed_key_is_gone_again(now):
    key = Key.objects.create(owner_id=uuid4(), purpose="entry", wrapped=b"x", master_id="m", created_at=now)
    tombstones.record("key-destroyed", key.id, now)

    assert tombstones.replay() == {"key-destroyed": 1}

    key.refresh_from_db()
    assert (key.wrapped, key.destroyed_at) == (None, now)


def test_revoked_link_is_void_again(now):
    token = Token.objects.create(
        purpose="invite", hash="h", subject_id=uuid4(), created_at=now, expires_at=now + timedelta(days=1)
    )
    tombstones.record("token-revoked", token.id, now)

    assert tombstones.replay() == {"token-revoked": 1}

    token.refresh_from_db()
    assert token.revoked_at == now


@pytest.fixture
def invitation(cast, now) -> Invitation:
    """Ana asked Sam."""
    return invitations.invite(
        patient=cast.ana_patient, role="caretaker", email="sam@example.org", name="Sam Stone",
        relation="partner", by=cast.sees("ana"), client_id=uuid4(), now=now,
    )  # fmt: skip


def as_in_the_backup(invitation: Invitation) -> None:
    """Make an invitation what it was before anybody answered it."""
    before = {"state": "pending", "answered_at": None, "accepted_by": None, "chase_at": invitation.chase_at}
    Invitation.objects.filter(id=invitation.id).update(**before)


@pytest.mark.parametrize("end", ["cancel", "decline"])
def test_ended_invitation_asks_nobody_again(cast, invitation, now, end):
    by = {"by": cast.sees("ana")} if end == "cancel" else {}
    getattr(invitations, end)(invitation=invitation, now=now, **by)
    as_in_the_backup(invitation)

    assert tombstones.replay()["invitation-ended"] == 1

    assert not Invitation.objects.to_chase(now + timedelta(days=3)).exists()
    assert Invitation.objects.get(id=invitation.id).state == "cancelled"


def test_revoked_member_is_not_asked_again_by_the_invitation_of_an_older_backup(cast, invitation, now):
    sam = invitations.account_for(invitation, now)
    circle.accept(invitation=invitation, user=sam, name="Sam", zone="", now=now)
    circle.revoke(member=CircleMember.objects.get(user=sam), by=cast.sees("ana"), now=now)
    CircleMember.objects.filter(user=sam).delete()
    as_in_the_backup(invitation)

    assert tombstones.replay()["invitation-ended"] == 1


def test_accepted_invitation_of_an_older_backup_can_be_sent_again(invitation, now):
    sam = invitations.account_for(invitation, now)
    circle.accept(invitation=invitation, user=sam, name="Sam", zone="", now=now)
    as_in_the_backup(invitation)

    assert tombstones.replay()["invitation-ended"] == 0


@pytest.mark.threat("T1")
def test_forgotten_pin_is_forgotten_again_and_the_present_one_stays(cast, now):
    identity.set_pin(cast.ana, "385162", now=now)
    old = cast.ana.pin
    identity.set_pin(cast.ana, "927461", now=now)

    assert tombstones.replay() == {}
    User.objects.filter(id=cast.ana.id).update(pin=old)
    assert tombstones.replay() == {"pin-forgotten": 1}

    ana = User.objects.get(id=cast.ana.id)
    assert (ana.pin, ana.set_up_until) == ("", now)


@pytest.mark.threat("T1")
def test_lost_second_factor_opens_nothing_again(cast, now):
    lost = Authenticator.objects.create(user=cast.nia, type="totp", data={}, created_at=now)
    identity.reset_second_factor(cast.nia, by=cast.sees("diaz"), now=now)
    Authenticator.objects.create(pk=lost.pk, user=cast.nia, type="totp", data={}, created_at=now)

    assert tombstones.replay() == {"method-removed": 1}

    assert not Authenticator.objects.exists()


def test_newer_method_with_the_number_of_a_removed_one_stays(cast, now):
    lost = Authenticator.objects.create(user=cast.nia, type="totp", data={}, created_at=now)
    identity.reset_second_factor(cast.nia, by=cast.sees("diaz"), now=now)
    later = now + timedelta(seconds=1)
    Authenticator.objects.create(pk=lost.pk, user=cast.nia, type="totp", data={}, created_at=later)

    assert tombstones.replay() == {}


@pytest.mark.threat("T1")
def test_undone_address_is_put_back_again(cast, now):
    change = address.change_email(cast.ana, "thief@example.org", now=now)
    address.undo_email(change, now=now)
    ContactChange.objects.update(undone_at=None)
    User.objects.filter(id=cast.ana.id).update(email="thief@example.org")
    Patient.objects.filter(id=cast.ana_patient.id).update(email="thief@example.org")

    assert tombstones.replay()["address-undone"] == 1

    patient = Patient.objects.select_related("user").get(id=cast.ana_patient.id)
    assert (patient.email, patient.user.email) == ("ana@example.org", "ana@example.org")
    assert ContactChange.objects.get().undone_at == now


def test_second_replay_changes_nothing(cast, now):
    tombstones.record("circle-revoked", cast.bea_member.id, now)
    tombstones.replay()

    assert tombstones.replay() == {}


@pytest.mark.parametrize("line", ["", "{}", "not json", '{"kind": "eaten", "id": "x", "at": "y"}'])
def test_line_nobody_understands_stops_the_restore(cast, book, now, line):
    tombstones.record("circle-revoked", cast.bea_member.id, now)
    with book.open("a") as file:
        file.write(f"{line}\n")

    with pytest.raises(ValueError, match="line 2, is not a tombstone"):
        tombstones.replay()

    assert CircleMember.objects.get(id=cast.bea_member.id).state == "active"


@pytest.fixture
def demoted(cast, now) -> Clinician:
    """Nia, a nurse, was an administrator too until now."""
    row = Clinician.objects.get(user=cast.nia)
    Clinician.objects.filter(id=row.id).update(roles=["admin", "nurse"])
    staff.change(
        clinician=row, title="RN", roles=["nurse"], version=row.version, by=cast.sees("diaz"), now=now
    )
    return Clinician.objects.get(id=row.id)


@pytest.mark.threat("T1")
def test_role_taken_since_the_backup_is_taken_again(demoted, now):
    before = now - timedelta(days=1)
    Clinician.objects.filter(id=demoted.id).update(roles=["admin", "nurse"], since=before)

    assert tombstones.replay() == {"role-taken": 1}
    assert tombstones.replay() == {}

    assert Clinician.objects.get(id=demoted.id).roles == ["nurse"]


def test_role_given_again_before_the_backup_stays(cast, demoted, now):
    later = now + timedelta(days=1)
    staff.change(
        clinician=demoted, title="RN", roles=["admin", "nurse"], version=demoted.version,
        by=cast.sees("diaz"), now=later,
    )  # fmt: skip

    assert tombstones.replay() == {}


def test_title_changed_alone_leaves_no_tombstone(cast, book, now):
    nia = Clinician.objects.get(user=cast.nia)

    staff.change(
        clinician=nia, title="NP", roles=["nurse"], version=nia.version, by=cast.sees("diaz"), now=now
    )

    assert not book.exists()
    assert Clinician.objects.get(id=nia.id).since == nia.since
