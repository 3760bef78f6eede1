"""02.1: after an infusion a patient signs nothing, lets nobody in and changes no sign-in; narrowing works."""

from datetime import timedelta
from uuid import uuid4

import pytest

from luna.audit.models import AuditEvent
from luna.people import plans
from luna.people.actions import address, circle, helping, identity, invitations
from luna.people.actions.helping import Helping
from luna.people.errors import Impaired, Refused
from luna.people.models import CircleMember, Invitation, Patient
from tests import cast as people

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


# What staff do for the patient: to ask them now would be to let them decide now.


def ask_in(cast, now, **said):
    return invitations.invite(**asked(cast, now, by=cast.sees("nia"), **said))


def add_without_mail(cast, now, **said):
    return helping.add_without_mail(
        patient=cast.ana_patient, name="Gus Grey", phone="+12125550144", relation="parent",
        helping=Helping(help="comes-over", is_adult=True, device="none"), by=cast.sees("nia"),
        client_id=uuid4(), now=now, **said,
    )  # fmt: skip


@pytest.mark.parametrize("let_in", [ask_in, add_without_mail])
def test_staff_let_in_only_whom_the_patient_named_before(impaired, now, let_in):
    with pytest.raises(Refused) as refusal:
        let_in(impaired, now)

    assert refusal.value.field == "named_before"
    assert Invitation.objects.count() + CircleMember.objects.filter(relation="parent").count() == 0
    assert let_in(impaired, now, named_before=True).patient == impaired.ana_patient


@pytest.mark.parametrize("let_in", [ask_in, add_without_mail])
def test_staff_let_in_whom_the_patient_names_once_the_effect_is_over(impaired, now, let_in):
    assert let_in(impaired, now + timedelta(hours=6)).patient == impaired.ana_patient


@pytest.mark.parametrize("let_in", [ask_in, add_without_mail])
def test_audit_keeps_that_staff_said_so(impaired, now, let_in):
    row = let_in(impaired, now, named_before=True)

    assert AuditEvent.objects.get(subject_id=row.pk).reason == "named-before"


def test_staff_invite_the_patient_who_accepts_later(cast, now):
    Patient.objects.filter(pk=cast.ana_patient.pk).update(user=None)
    impair(cast.ana_patient, now + timedelta(hours=6))

    ask_in(cast, now, role="patient", relation="", email=cast.ana.email)

    assert Invitation.objects.get().role == "patient"


@pytest.mark.parametrize("page", ["caretaker", "helper"])
def test_page_of_staff_asks_only_then_whether_it_was_before(as_nia, cast, now, page):
    path = f"/clinic/patients/{cast.ana_patient.id}/{page}"
    before = as_nia.get(path).content.decode()
    impair(cast.ana_patient, now + timedelta(hours=6))
    during = as_nia.get(path).content.decode()

    assert ('name="named_before"' in before, 'name="named_before"' in during) == (False, True)


@pytest.mark.parametrize(("named", "status"), [({}, 422), ({"named_before": "on"}, 302)])
def test_page_of_staff_lets_in_whom_they_say_was_named_before(as_nia, impaired, named, status):
    path = f"/clinic/patients/{impaired.ana_patient.id}"
    invited = {
        "name": "Sam Stone", "email": "sam@example.org", "relation": "friend", "agreed": "on",
        "client_id": str(uuid4()),
    }  # fmt: skip
    added = {
        "name": "Gus Grey", "phone": "(212) 555-0144", "relation": "parent", "help": "comes-over",
        "is_adult": "yes", "language": "", "agreed": "on", "client_id": str(uuid4()),
    }  # fmt: skip

    assert as_nia.post(f"{path}/caretaker", invited | named).status_code == status
    assert as_nia.post(f"{path}/helper", added | named).status_code == status


# How somebody helps says who may stay, and what reaches them.

GROWS = {
    "is of age": ({"is_adult": False}, {"is_adult": True}),
    "is of age after all": ({"is_adult": None}, {"is_adult": True}),
    "can stay": ({"help": "drives"}, {"help": "comes-over"}),
    "lives there": ({"help": ""}, {"help": "lives-with"}),
    "has the phone alone": ({"device": "shared"}, {"device": "own"}),
    "is written to": ({"device": "none"}, {"device": "shared"}),
}
NARROWS = {name: (after, before) for name, (before, after) in GROWS.items()}
SAID = {"help": "drives", "is_adult": False, "device": "none", "language": ""}


def say(cast, now, who, before, after):
    CircleMember.objects.filter(pk=cast.bea_member.pk).update(**SAID | before)
    return helping.change(
        member=cast.bea_member, helping=Helping(**SAID | after), version=1, by=cast.sees(who), now=now
    )


@pytest.mark.hazard("H9")
@pytest.mark.parametrize(("before", "after"), GROWS.values(), ids=GROWS)
def test_patient_under_the_effect_makes_nobody_fit_for_more(impaired, now, before, after):
    with pytest.raises(Impaired):
        say(impaired, now, "ana", before, after)

    assert CircleMember.objects.get(pk=impaired.bea_member.pk).version == 1


@pytest.mark.parametrize(("before", "after"), NARROWS.values(), ids=NARROWS)
def test_patient_under_the_effect_still_says_that_somebody_cannot(impaired, now, before, after):
    assert say(impaired, now, "ana", before, after).version == 2


@pytest.mark.parametrize("who", ["bea", "nia"])
@pytest.mark.parametrize(("before", "after"), GROWS.values(), ids=GROWS)
def test_helper_and_staff_say_so_meanwhile(impaired, now, who, before, after):
    assert say(impaired, now, who, before, after).version == 2


def test_helper_who_is_a_patient_under_the_effect_says_nothing_more_of_themselves(cast, now):
    impair(people.patient(cast.hill, cast.bea, now), now + timedelta(hours=6))

    with pytest.raises(Impaired):
        say(cast, now, "bea", {"is_adult": False}, {"is_adult": True})


def test_helper_who_is_a_patient_under_the_effect_changes_no_number_of_theirs(cast, now):
    impair(people.patient(cast.hill, cast.bea, now), now + timedelta(hours=6))
    as_is = {"member": cast.bea_member, "version": 1, "by": cast.sees("bea"), "now": now}

    with pytest.raises(Impaired):
        helping.change(helping=Helping(**SAID), phone="+12125550144", **as_is)


def test_page_of_a_helper_says_that_it_waits(as_ana, impaired):
    CircleMember.objects.filter(pk=impaired.bea_member.pk).update(is_adult=False)
    typed = {"help": "comes-over", "is_adult": "yes", "device": "own", "language": "", "version": "1"}
    page = as_ana.post(f"/circle/members/{impaired.bea_member.id}/helping", typed)

    assert page.status_code == 422
    assert "This waits until" in page.content.decode()


# Somebody may be a patient of two clinics.


def test_effect_counts_at_every_clinic_of_the_patient(cast, now):
    impair(people.patient(cast.hill, cast.ana, now), now + timedelta(hours=6))

    with pytest.raises(Impaired):
        invitations.invite(**asked(cast, now))


@pytest.mark.threat("T4")
def test_staff_learn_nothing_of_an_infusion_at_another_clinic(as_nia, cast, now):
    impair(people.patient(cast.hill, cast.ana, now), now + timedelta(hours=6))

    ask_in(cast, now)

    assert (
        "named_before" not in as_nia.get(f"/clinic/patients/{cast.ana_patient.id}/caretaker").content.decode()
    )


def test_somebody_else_is_not_held_up(impaired, now):
    identity.set_pin(impaired.bea, PIN, now=now)

    assert identity.is_pin(impaired.bea, PIN)


def test_after_the_effect_everything_works_again(impaired, now):
    later = now + timedelta(hours=6)

    invitations.invite(**asked(impaired, later))
    identity.set_pin(impaired.ana, PIN, now=later)

    assert Invitation.objects.count() == 1
    assert identity.is_pin(impaired.ana, PIN)


def test_page_of_the_circle_says_before_anything_is_typed_that_letting_in_waits(cast, as_ana, clock, now):
    words = "To let somebody in waits until today at 6\N{NO-BREAK SPACE}pm at the latest"
    before = as_ana.get("/circle").content.decode()
    impair(cast.ana_patient, now + timedelta(hours=6))
    during = as_ana.get("/circle").content.decode()
    clock.move(hours=6)
    after = as_ana.get("/circle").content.decode()

    assert [words in page for page in (before, during, after)] == [False, True, False]


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
