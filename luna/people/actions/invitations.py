"""Ask people in: invite, send again, decline, take back, agree to another address.

Nothing here sends a message: `luna.people.plans` says how the slice above does. An invitation is
accepted by whoever reads the mail of the address it went to; another address needs a yes first.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils.module_loading import import_string
from django.utils.translation import gettext_lazy as _

from luna.audit import actions as audit
from luna.feed import actions as feed
from luna.people import access, plans, tokens, tombstones
from luna.people.actions import identity
from luna.people.errors import Refused, Replayed, Stale
from luna.people.models import CircleMember, Clinic, Invitation, Patient, Token, User

LIFE = timedelta(days=14)  # how long a link can be accepted
MOST_CHASED = 2  # reminders by itself, however often staff send it again
MOST_SENT = 8  # nobody's mailbox is to be flooded

State = Invitation.State
Role = Invitation.Role
VERBS = {
    State.ACCEPTED: "invitation.accept",
    State.DECLINED: "invitation.decline",
    State.CANCELLED: "invitation.cancel",
}


@transaction.atomic
def invite(
    *,
    patient: Patient,
    role: str,
    email: str,
    name: str,
    by: access.Viewer,
    client_id: UUID,
    now: datetime,
    relation: str = "",
    named_before: bool = False,
) -> Invitation:
    """Ask somebody to join as patient, caretaker or outside therapist; the message follows by itself.

    named_before: as in `plans.check_may_let_in`. Raises Refused when the address cannot be invited or nobody
    may be let in now, and Replayed when the form came with other content.
    """
    patient = Patient.objects.select_for_update().get(pk=patient.pk)
    asked = {"patient_id": patient.id, "role": role, "email": email, "name": name, "relation": relation}
    before = Invitation.objects.filter(invited_by=by.user_id, client_id=client_id).first()
    if before is not None:
        return _same(before, asked)
    if role != Role.PATIENT:
        plans.check_may_let_in(patient, by=by, named_before=named_before, now=now)
    _check_address(patient, role=role, email=email, by_id=by.user_id)
    invitation = Invitation.objects.create(
        **asked,
        clinic_id=patient.clinic_id,
        invited_by_id=by.user_id,
        client_id=client_id,
        chase_at=_chase_at(patient.clinic, 0, now),
        created_at=now,
        expires_at=now + LIFE,
    )
    reason = plans.NAMED_BEFORE if named_before else ""
    _tell("invitation.create", invitation, by=by, now=now, payload=asked, reason=reason)
    return invitation


@transaction.atomic
def resend(*, invitation: Invitation, by: access.Viewer, sent: int, now: datetime) -> Invitation:
    """Send a fresh link; those sent before stop working. Pressed twice, it is sent once.

    sent: how often it had been sent when the page was shown.
    """
    invitation = pending(invitation)
    if invitation.sent != sent:
        return invitation
    plans.check_may_let_in(invitation.patient, by=by, named_before=True, now=now)
    _send_again(invitation, now)
    _tell("invitation.resend", invitation, by=by, now=now)
    return invitation


@transaction.atomic
def chase(invitation: Invitation, now: datetime) -> bool:
    """Send an unanswered invitation again, as its clinic says and never too often; say whether it was.

    The clinic may have changed its mind since: no days means no reminder.
    """
    rows = Invitation.objects.select_for_update(of=("self",)).select_related("clinic")
    locked = rows.to_chase(now).filter(pk=invitation.pk).first()
    if locked is None:
        return False
    if not locked.clinic.chase_days or locked.sent >= MOST_SENT:
        locked.chase_at = None
        locked.save(update_fields=["chase_at"])
        return False
    locked.sent, locked.chased = locked.sent + 1, locked.chased + 1
    locked.chase_at = _chase_at(locked.clinic, locked.chased, now)
    locked.save(update_fields=["sent", "chased", "chase_at"])
    _tell("invitation.chase", locked, by=audit.Actor(locked.clinic_id, "clock"), now=now)
    return True


@transaction.atomic
def cancel(*, invitation: Invitation, by: access.Viewer, now: datetime) -> Invitation:
    """Take an invitation back. Its links stop at once."""
    if invitation.state != State.CANCELLED:
        invitation = pending(invitation)
        close(invitation, State.CANCELLED, by=by, now=now)
    return invitation


@transaction.atomic
def decline(*, invitation: Invitation, now: datetime) -> Invitation:
    """Say no, by the link alone: nobody has to sign in for that."""
    if invitation.state != State.DECLINED:
        invitation = pending(invitation)
        close(invitation, State.DECLINED, by=audit.Actor(invitation.clinic_id, "link"), now=now)
        tell_patient(invitation.patient_id, now)
    return invitation


@transaction.atomic
def want_other_email(*, invitation: Invitation, email: str, now: datetime) -> Invitation:
    """Ask the inviter to send the invitation to another address. Nothing is sent before they agree."""
    invitation = unexpired(invitation, now)
    if email.lower() in (invitation.email.lower(), invitation.wanted_email.lower()):
        return invitation
    invitation.wanted_email = email
    _save(invitation, "wanted_email")
    _tell(
        "invitation.other-address",
        invitation,
        by=audit.Actor(invitation.clinic_id, "link"),
        now=now,
        payload={"email": email},
    )
    return invitation


@transaction.atomic
def approve_other_email(
    *, invitation: Invitation, email: str, by: access.Viewer, now: datetime
) -> Invitation:
    """Agree to the address somebody asked for: the invitation goes there and only there.

    email: the address the inviter was shown, so that nobody agrees to one they did not see.
    """
    invitation = pending(invitation)
    if invitation.email == email:
        return invitation
    if not may_approve(invitation, by):
        raise Refused(_("Only the person who sent this invitation can agree to another address."))
    plans.check_may_let_in(invitation.patient, by=by, named_before=True, now=now)
    if invitation.wanted_email != email:
        raise Stale
    _check_address(invitation.patient, role=invitation.role, email=email, by_id=by.user_id)
    invitation.email, invitation.wanted_email = email, ""
    _send_again(invitation, now)
    _tell("invitation.approve-address", invitation, by=by, now=now, payload={"email": email})
    return invitation


@transaction.atomic
def refuse_other_email(*, invitation: Invitation, by: access.Viewer, now: datetime) -> Invitation:
    """Say no to another address; the invitation stays with the first one."""
    invitation = pending(invitation)
    if invitation.wanted_email:
        invitation.wanted_email = ""
        _save(invitation, "wanted_email")
        _tell("invitation.refuse-address", invitation, by=by, now=now)
    return invitation


def may_approve(invitation: Invitation, by: access.Viewer) -> bool:
    """Say whether it is for this person to agree to another address: the patient's own is theirs alone."""
    by_patient = invitation.invited_by_id == invitation.patient.user_id
    return by.capacity_kind == "patient" or (by.is_staff and not by_patient)


@transaction.atomic
def account_for(invitation: Invitation, now: datetime) -> User:
    """Return the account of the invited address, made when there is none yet."""
    invitation = unexpired(invitation, now)
    return identity.account(invitation.email, name=invitation.name, now=now)


def tell_patient(patient_id: UUID, now: datetime) -> None:
    """Have the patient told that their circle changed by what somebody else did; several changes are one."""
    Patient.objects.filter(pk=patient_id, user__isnull=False, circle_changed_at=None).update(
        circle_changed_at=now
    )


# What the slice above calls; see luna.people.plans.


def told_of_circle(patient: Patient) -> None:
    """Note that the ledger holds the message. In the transaction that wrote it there."""
    Patient.objects.filter(pk=patient.pk).update(circle_changed_at=None)


def handed_over(invitation: Invitation) -> None:
    """Note that the ledger holds every message asked for. In the transaction that wrote it there."""
    Invitation.objects.filter(pk=invitation.pk).update(told=invitation.sent)


@transaction.atomic
def link(*, invitation_id: UUID, email: str, now: datetime) -> str | None:
    """Return a fresh secret link for a message to `email`, and end those sent before.

    None when the invitation is no longer open or no longer goes to that address: send nothing.
    """
    invitation = Invitation.objects.select_for_update().open(now).filter(id=invitation_id).first()
    if invitation is None or invitation.email.lower() != email.lower():
        return None
    tokens.revoke(Token.Purpose.INVITE, subject_id=invitation.id, now=now)
    _token, secret = tokens.make(
        Token.Purpose.INVITE,
        clinic_id=invitation.clinic_id,
        subject_id=invitation.id,
        expires_at=invitation.expires_at,
        now=now,
    )
    return f"{settings.LUNA_BASE_URL}/i/{secret}"


# What accepting needs as well; see luna.people.actions.circle.


def pending(invitation: Invitation) -> Invitation:
    """Hold the patient's row, which owns everybody's place with them, and read the invitation again.

    Raises Refused when it was answered or taken back.
    """
    Patient.objects.select_for_update().get(pk=invitation.patient_id)
    invitation = Invitation.objects.select_related("patient__user").get(pk=invitation.pk)
    gone = {
        State.ACCEPTED: _("This invitation was accepted. There is nothing left to do here."),
        State.DECLINED: _("This invitation was declined. A new one can be sent."),
        State.CANCELLED: _("This invitation was taken back. A new one can be sent."),
    }
    if invitation.state in gone:
        raise Refused(gone[State(invitation.state)])
    return invitation


def unexpired(invitation: Invitation, now: datetime) -> Invitation:
    """Do as `pending`, and refuse an invitation that has run out."""
    invitation = pending(invitation)
    if invitation.expires_at <= now:
        raise Refused(_("This invitation has run out. Ask for a new one; it takes them a moment."))
    return invitation


def close(invitation: Invitation, state: str, *, by: access.Viewer | audit.Actor, now: datetime) -> None:
    """Answer or take back an invitation and end its links.

    What others do when it is answered lies above this slice: settings.LUNA_WHEN_ANSWERED names it.
    """
    if state != State.ACCEPTED:
        tombstones.record("invitation-ended", invitation.id, now)
    if state != State.CANCELLED:  # taken back: whoever was invited did nothing
        for path in settings.LUNA_WHEN_ANSWERED:  # first: who sends a message holds it before the invitation
            import_string(path)(invitation=invitation, now=now)
    tokens.revoke(Token.Purpose.INVITE, subject_id=invitation.id, now=now)
    invitation.state, invitation.answered_at = state, now
    invitation.chase_at, invitation.wanted_email = None, ""
    _save(invitation, "state", "answered_at", "accepted_by", "chase_at", "wanted_email")
    _tell(VERBS[state], invitation, by=by, now=now)


def _same(before: Invitation, asked: Mapping[str, Any]) -> Invitation:
    first = {key: getattr(before, key) for key in asked}
    # The address may have been changed since, with the inviter's yes.
    if {**first, "email": ""} != {**asked, "email": ""}:
        raise Replayed
    return before


def _check_address(patient: Patient, *, role: str, email: str, by_id: UUID) -> None:
    """Refuse an address that belongs to somebody else's part in this."""
    own = {patient.email.lower(), patient.user.email.lower() if patient.user else ""}
    in_circle = patient.circle.filter(state=CircleMember.State.ACTIVE, user__email__iexact=email)
    message = None
    if role == Role.PATIENT and patient.user_id is not None:
        message = _("This patient has an account already. They can sign in with their address.")
    elif User.objects.filter(pk=by_id, email__iexact=email).exists():
        message = _(
            "This is your own address. Whoever you invite needs an account of their own: enter theirs."
        )
    elif role != Role.PATIENT and email.lower() in own:
        message = _("This is the patient’s address. Whoever you invite needs one of their own: enter theirs.")
    elif in_circle.exists():
        message = _("This address belongs to someone already in the circle. Check it, or use another one.")
    elif patient.invitations.filter(state=State.PENDING, email__iexact=email).exists():
        message = _("This address is invited already. Use “Send again” next to that invitation.")
    if message is not None:
        raise Refused(message, "email")


def _send_again(invitation: Invitation, now: datetime) -> None:
    if invitation.sent >= MOST_SENT:
        raise Refused(
            _("This was sent %(n)s times. Ask whether the address is right, cancel, and invite again.")
            % {"n": invitation.sent}
        )
    tokens.revoke(Token.Purpose.INVITE, subject_id=invitation.id, now=now)
    invitation.sent += 1
    invitation.expires_at = now + LIFE
    invitation.chase_at = _chase_at(invitation.clinic, invitation.chased, now)
    _save(invitation, "email", "wanted_email", "sent", "expires_at", "chase_at")


def _chase_at(clinic: Clinic, chased: int, now: datetime) -> datetime | None:
    """Return when an invitation is sent again by itself; None when it has been often enough."""
    if not clinic.chase_days or chased >= MOST_CHASED:
        return None
    return now + timedelta(days=clinic.chase_days)


def _save(invitation: Invitation, *fields: str) -> None:
    invitation.version += 1
    invitation.save(update_fields=[*fields, "version"])


def _tell(
    verb: str,
    invitation: Invitation,
    *,
    by: access.Viewer | audit.Actor,
    now: datetime,
    payload: Mapping[str, Any] | None = None,
    reason: str = "",
) -> None:
    audit.record(verb, by=by, subject=invitation, now=now, payload=payload, reason=reason)
    feed.changed(clinic_id=invitation.clinic_id, patient_id=invitation.patient_id, now=now)
