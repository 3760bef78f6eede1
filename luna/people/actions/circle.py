"""Who is with a patient: join by accepting an invitation, leave, be taken out."""

from copy import copy
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from luna.audit import actions as audit
from luna.feed import actions as feed
from luna.people import access, plans, tombstones
from luna.people.actions import invitations, narrowing
from luna.people.actions.helping import Helping
from luna.people.errors import Refused
from luna.people.models import CircleMember, Invitation, Patient, User
from luna.people.sharing import Tell

# What somebody sees who comes in, until the patient says otherwise.
KINDS = {Invitation.Role.CARETAKER: access.PRACTICAL, Invitation.Role.THERAPIST: access.THERAPY}


@transaction.atomic
def accept(
    *,
    invitation: Invitation,
    user: User,
    name: str,
    zone: str,
    now: datetime,
    helping: Helping | None = None,
) -> str:
    """Join, as the owner of the invited address; return the capacity to act in. Twice is once.

    Raises Refused when the invitation is not for this person or no longer open.
    """
    if invitation.accepted_by_id == user.id:
        return _capacity(invitation)
    invitation = invitations.unexpired(invitation, now)
    plans.check_person_may_sign(user, now)
    user = User.objects.select_for_update().get(pk=user.pk)
    if invitation.email.lower() != user.email.lower():
        raise Refused(
            _("This invitation was sent to another address. Sign in with that one, or ask for a new one.")
        )
    if invitation.role == Invitation.Role.PATIENT:
        plans.check_may_sign(invitation.patient, now)
        _become_patient(invitation.patient, user)
    else:
        _join(invitation, user, helping or Helping(), now)
    user.name, user.zone = name, zone
    user.version += 1
    user.save(update_fields=["name", "zone", "version"])
    invitation.accepted_by = user
    by = audit.Actor(invitation.clinic_id, invitation.role, user.id)
    invitations.close(invitation, Invitation.State.ACCEPTED, by=by, now=now)
    if invitation.role != Invitation.Role.PATIENT:
        invitations.tell_patient(invitation.patient_id, now)
    return _capacity(invitation)


@transaction.atomic
def welcomed(*, by: access.Viewer, now: datetime) -> None:
    """Note that a caretaker has seen the welcome, their part and what is shared with them."""
    CircleMember.objects.filter(pk=by.member.pk, welcomed_at=None).update(welcomed_at=now)


@transaction.atomic
def leave(*, by: access.Viewer, now: datetime) -> None:
    """Leave the circle. It ends at once, the patient is told, and twice is once.

    Who was taken out leaves as anybody else does, and does not learn from it. Nobody is told then, and to
    the patient and the clinic they stay taken out.
    """
    member = _locked(by.member)
    if member.state == CircleMember.State.ACTIVE:
        invitations.tell_patient(member.patient_id, now)
        _end(member, CircleMember.State.LEFT, verb="circle.leave", by=by, now=now)
    elif member.state == CircleMember.State.REVOKED:
        CircleMember.objects.filter(pk=member.pk).update(state=CircleMember.State.GONE)
        audit.record("circle.leave", by=by, subject=member, now=now)
        feed.changed(clinic_id=member.clinic_id, patient_id=member.patient_id, now=now)


@transaction.atomic
def revoke(*, member: CircleMember, by: access.Viewer, now: datetime, tell: Tell = Tell.NOBODY) -> None:
    """Take somebody out of the circle. It ends at once, and nobody is told unless the patient wants it."""
    member = _locked(member)
    if member.state == CircleMember.State.ACTIVE:
        _end(member, CircleMember.State.REVOKED, verb="circle.revoke", by=by, now=now, tell=tell)


def _become_patient(patient: Patient, user: User) -> None:
    if patient.user_id is not None:
        raise Refused(_("Someone has signed in as this patient already. Please call the clinic."))
    if Patient.objects.filter(clinic_id=patient.clinic_id, user=user).exists():
        raise Refused(_("You have a chart at this clinic already. Please call the clinic."))
    if patient.circle.filter(user=user, state=CircleMember.State.ACTIVE).exists():
        raise Refused(_("You are in this patient’s circle. Their own account needs their own address."))
    patient.user = user
    patient.version += 1
    patient.save(update_fields=["user", "version"])


def _join(invitation: Invitation, user: User, helping: Helping, now: datetime) -> None:
    patient = invitation.patient
    if patient.user_id == user.id:
        raise Refused(_("This is your own care. Ask the clinic to invite someone else."))
    member, _is_new = CircleMember.objects.get_or_create(
        patient=patient,
        user=user,
        state=CircleMember.State.ACTIVE,
        defaults={
            "clinic_id": patient.clinic_id,
            "relation": invitation.relation or CircleMember.Relation.OTHER,
            **helping.columns,
            "role": invitation.role,
            "kinds": list(KINDS[invitation.role]),
            "since": now,
        },
    )
    if member.role != invitation.role:
        raise Refused(
            _("You are in %(name)s’s circle already. Ask %(name)s if you are to be there as something else.")
            % {"name": patient.first_name}
        )


def _capacity(invitation: Invitation) -> str:
    return f"{invitation.role}:{invitation.patient_id.hex}"


def _locked(member: CircleMember) -> CircleMember:
    """Return a member as they stand, once nobody else changes the patient's circle."""
    Patient.objects.select_for_update().get(pk=member.patient_id)
    return CircleMember.objects.get(pk=member.pk)


def _end(
    member: CircleMember,
    state: str,
    *,
    verb: str,
    by: access.Viewer,
    now: datetime,
    tell: Tell = Tell.NOBODY,
) -> None:
    tombstones.record("circle-revoked", member.id, now)
    for invitation in Invitation.objects.filter(patient_id=member.patient_id, accepted_by_id=member.user_id):
        tombstones.record("invitation-ended", invitation.id, now)  # in an older backup it is still open
    was = copy(member)
    member.state, member.until = state, now
    member.version += 1
    member.save(update_fields=["state", "until", "version"])
    audit.record(verb, by=by, subject=member, now=now)
    narrowing.follow(member, was=was, by=by, now=now, tell=tell)
    feed.changed(clinic_id=member.clinic_id, patient_id=member.patient_id, now=now)
