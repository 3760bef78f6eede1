"""02.1: after an infusion a patient signs nothing, lets nobody in and changes no sign-in; narrowing works."""

from datetime import timedelta
from uuid import uuid4

import pytest

from luna.people import plans
from luna.people.actions import address, circle, identity, invitations
from luna.people.errors import Impaired
from luna.people.models import CircleMember, Invitation, Patient

PIN = "482915"

pytestmark = pytest.mark.threat("T2")


def impair(patient, until):
    Patient.objects.filter(pk=patient.pk).update(impaired_until=until)
    patient.refresh_from_db()


@pytest.fixture
def impaired(cast, now):
    impair(cast.ana_patient, now + timedelta(hours=6))
    return cast


def asked(cast, now, **changed):
    return {
        "patient": cast.ana_patient, "role": "caretaker", "email": "sam@example.org", "name": "Sam",
        "relation": "partner", "by": changed.get("by") or cast.sees("ana"), "client_id": uuid4(), "now": now,
    } | changed  # fmt: skip


@pytest.mark.parametrize(("minutes", "may"), [(-1, False), (0, True), (1, True)])
def test_may_sign_from_the_moment_on(cast, now, minutes, may):
    cast.ana_patient.impaired_until = now - timedelta(minutes=minutes)

    assert plans.may_sign(cast.ana_patient, now) is may


def test_may_sign_who_was_never_infused(cast, now):
    assert plans.may_sign(cast.ana_patient, now)


WAITS = {
    "a caretaker is invited": lambda cast, now: invitations.invite(**asked(cast, now)),
    "the address is changed": lambda cast, now: address.change_email(cast.ana, "new@example.org", now=now),
    "a PIN is set": lambda cast, now: identity.set_pin(cast.ana, PIN, now=now),
    "a passkey is added": lambda cast, now: identity.add_passkey(
        None, cast.ana, name="x", credential={}, now=now
    ),
    "an app is added": lambda cast, now: identity.add_app(None, cast.ana, None, now=now),
    "recovery codes are made": lambda cast, now: identity.new_recovery_codes(None, cast.ana, now=now),
    "the clinic's code is used": lambda cast, now: identity.use_clinic_code(cast.ana, "12345678", now=now),
}


@pytest.mark.parametrize("act", WAITS.values(), ids=WAITS)
def test_patient_under_the_effect_is_told_until_when(impaired, now, act):
    with pytest.raises(Impaired) as refusal:
        act(impaired, now)

    assert str(refusal.value).replace("\u00a0", " ").startswith("This waits until ")
    assert not Invitation.objects.exists()


@pytest.mark.parametrize("do", ["resend", "approve_other_email"])
def test_invitation_sent_before_is_not_widened(cast, now, do):
    invitation = invitations.invite(**asked(cast, now))
    invitations.want_other_email(invitation=invitation, email="x@example.org", now=now)
    impair(cast.ana_patient, now + timedelta(hours=6))
    how = {"resend": {"sent": 1}, "approve_other_email": {"email": "x@example.org"}}[do]

    with pytest.raises(Impaired):
        getattr(invitations, do)(invitation=invitation, by=cast.sees("ana"), now=now, **how)


def test_patient_under_the_effect_does_not_accept_an_invitation(impaired, now):
    """Neither to sign in as that patient, nor to care for somebody else."""
    invitation = invitations.invite(
        **asked(
            impaired, now, patient=impaired.oli_patient, by=impaired.sees("nia"), email=impaired.ana.email
        )
    )

    with pytest.raises(Impaired):
        circle.accept(invitation=invitation, user=impaired.ana, name="Ana", zone="America/New_York", now=now)


def test_patient_without_an_account_accepts_after_the_effect(cast, now):
    Patient.objects.filter(pk=cast.ana_patient.pk).update(user=None)
    cast.ana_patient.refresh_from_db()
    invitation = invitations.invite(
        **asked(cast, now, role="patient", by=cast.sees("nia"), email=cast.ana.email)
    )
    impair(cast.ana_patient, now + timedelta(hours=6))

    with pytest.raises(Impaired):
        circle.accept(invitation=invitation, user=cast.ana, name="Ana", zone="America/New_York", now=now)


def test_caretaker_invited_before_still_joins(cast, now):
    invitation = invitations.invite(**asked(cast, now, email=cast.cal.email))
    impair(cast.ana_patient, now + timedelta(hours=6))

    circle.accept(invitation=invitation, user=cast.cal, name="Cal", zone="America/New_York", now=now)

    assert CircleMember.objects.filter(patient=cast.ana_patient, user=cast.cal, state="active").exists()


def test_narrowing_always_works(cast, now):
    invitation = invitations.invite(**asked(cast, now))
    impair(cast.ana_patient, now + timedelta(hours=6))

    invitations.cancel(invitation=invitation, by=cast.sees("ana"), now=now)
    circle.revoke(member=cast.bea_member, by=cast.sees("ana"), now=now)

    assert not CircleMember.objects.filter(patient=cast.ana_patient, state="active").exists()
    assert Invitation.objects.get().state == "cancelled"


def test_staff_still_invite_whom_the_patient_named_before(impaired, now):
    invitations.invite(**asked(impaired, now, by=impaired.sees("nia")))

    assert Invitation.objects.count() == 1


def test_somebody_else_is_not_held_up(impaired, now):
    identity.set_pin(impaired.bea, PIN, now=now)

    assert identity.is_pin(impaired.bea, PIN)


def test_after_the_effect_everything_works_again(impaired, now):
    later = now + timedelta(hours=6)

    invitations.invite(**asked(impaired, later))
    identity.set_pin(impaired.ana, PIN, now=later)

    assert Invitation.objects.count() == 1
    assert identity.is_pin(impaired.ana, PIN)


def test_page_of_the_invitation_keeps_what_was_typed(as_ana_fresh, impaired):
    typed = {"name": "Sam Stone", "email": "sam@example.org", "relation": "friend", "client_id": uuid4()}

    page = as_ana_fresh.post("/circle/invite", typed)

    assert page.status_code == 422
    assert "This waits until" in page.content.decode()
    assert 'value="Sam Stone"' in page.content.decode()


@pytest.mark.parametrize(
    ("path", "typed"),
    [
        ("/me/email", {"email": "new@example.org"}),
        ("/me/pin", {"pin": PIN, "again": PIN}),
        ("/me/recovery", {}),
    ],
)
def test_page_of_the_account_says_that_it_waits(as_ana_fresh, impaired, mailoutbox, path, typed):
    page = as_ana_fresh.post(path, typed)

    assert page.status_code == 422
    assert "<h1>This can wait</h1>" in page.content.decode()
    assert mailoutbox == []
