"""What the clock does for messages: write those that people asked for, then send what is due."""

import logging
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

from django.db import DatabaseError, transaction

from luna.notices import actions, plans
from luna.notices.channels import Channel, Refused, Unknown, Unreachable, email
from luna.notices.models import Attempt
from luna.people import plans as people
from luna.people.actions import invitations, staff
from luna.people.models import Invitation

log = logging.getLogger(__name__)

BATCH = 50
INVITING = {
    Invitation.Role.PATIENT: "invite-patient",
    Invitation.Role.CARETAKER: "invite",
    Invitation.Role.THERAPIST: "invite-therapist",
}
TURN_S = 5  # the clock has other things to do, and something urgent may come; the rest waits


def run(now: datetime) -> int:
    """Do a turn's worth of messages and return how many were dealt with."""
    done = actions.lapse(now=now) + invite(now) + welcome(now) + circles(now)
    return done + send(now)


@transaction.atomic
def invite(now: datetime) -> int:
    """Write the invitations people asked for into the ledger; return how many."""
    found = list(people.invitations_to_send(now))
    for invitation in found:
        _plan_invitation(invitation, now)
        invitations.handed_over(invitation)
    return len(found)


@transaction.atomic
def welcome(now: datetime) -> int:
    """Write a welcome to each new member of staff into the ledger; return how many."""
    found = list(people.staff_to_tell())
    for clinician in found:
        actions.plan(
            key=f"clinician:{clinician.id.hex}:invite-staff",
            words="invite-staff",
            clinic_id=clinician.clinic_id,
            to_user_id=clinician.user_id,
            due_at=now,
            now=now,
        )
        staff.told(clinician)
    return len(found)


@transaction.atomic
def circles(now: datetime) -> int:
    """Write to each patient whose circle changed by what somebody else did; return how many."""
    found = list(people.circles_to_tell())
    for patient in found:
        actions.plan(
            key=f"circle:{patient.id.hex}:{patient.circle_changed_at:%Y%m%dT%H%M%S%f}",
            words="circle-changed",
            clinic_id=patient.clinic_id,
            patient_id=patient.id,
            to_user_id=patient.user_id,
            due_at=now,
            now=now,
        )
        invitations.told_of_circle(patient)
    return len(found)


def send(now: datetime) -> int:
    """Send what is due, as much as a turn allows; return how many were dealt with."""
    began = time.monotonic()
    channel = email.Email()
    done = 0
    try:
        for notice_id in plans.due(now, BATCH):
            passed = time.monotonic() - began
            if passed > TURN_S:
                break
            done += 1
            if not _send(notice_id, channel, lambda: now + timedelta(seconds=time.monotonic() - began)):
                break
    finally:
        channel.close()
    return done


def _send(notice_id: UUID, channel: Channel, clock: Callable[[], datetime]) -> bool:
    """Try to send one notice; return whether it is worth going on with others."""
    try:
        letter = actions.take(notice_id, now=clock())
    except DatabaseError:
        raise
    except Exception:
        # Whatever is wrong with this one, the others must have their turn.
        log.exception("A notice could not be written", extra={"notice": str(notice_id)})
        actions.set_aside(notice_id, now=clock())
        return True
    return letter is None or _hand_over(letter, channel, clock)


def _hand_over(letter: actions.Letter, channel: Channel, clock: Callable[[], datetime]) -> bool:
    """Give a letter to the channel and write down what it said. No transaction is open meanwhile."""
    try:
        channel.send(
            address=letter.address, subject=letter.subject, body=letter.body, key=letter.notice_id.hex
        )
    except Refused as refusal:
        actions.finish(
            letter,
            outcome=Attempt.Outcome.REFUSED,
            reason=refusal.reason,
            lasting=refusal.lasting,
            now=clock(),
        )
        return not isinstance(refusal, Unreachable)
    except Unknown as doubt:
        actions.finish(letter, outcome=Attempt.Outcome.UNKNOWN, reason=doubt.reason, now=clock())
        return True
    actions.finish(letter, outcome=Attempt.Outcome.ACCEPTED, now=clock())
    return True


def _plan_invitation(invitation: Invitation, now: datetime) -> None:
    actions.plan(
        key=f"invitation:{invitation.id.hex}:invite:s{invitation.sent}",
        words=INVITING[invitation.role],
        clinic_id=invitation.clinic_id,
        patient_id=invitation.patient_id,
        to_email=invitation.email,
        values={
            "invitation": invitation.id.hex,
            "sent": invitation.sent,
            "who": invitation.patient.first_name,
            "until_at": invitation.expires_at,
        },
        due_at=now,
        now=now,
    )
