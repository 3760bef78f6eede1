"""Reads about people that join several tables, and what the slice above must send for this one.

How an invitation reaches a mailbox
-----------------------------------
Messages belong to `luna.notices`, which lies above this slice, so nothing here sends. An invitation
counts what was asked for (`sent`) and what the ledger of messages has been given (`told`).
`luna.notices.jobs` does this, each time it runs, all in one transaction:

    for invitation in plans.invitations_to_send(now):
        notice = actions.plan(
            key=f"invitation:{invitation.id.hex}:invite:s{invitation.sent}", words="invite",
            clinic_id=invitation.clinic_id, patient_id=invitation.patient_id,
            to_email=invitation.email, values={"invitation": invitation.id.hex}, due_at=now, now=now)
        invitations.handed_over(invitation)           # luna.people.actions.invitations

When such a notice is about to be sent, each attempt anew:

    link = invitations.link(invitation_id=…, email=notice.to_email, now=now)

makes a fresh secret, revokes the older ones, and returns the address to put in the message; or
None when the invitation was answered, cancelled, has run out or now goes to another address: then
the notice is void. The secret is never stored: render, send, forget. The message may say
`invitation.patient.first_name` and `invitation.name`, and no more.

Added staff are told in the same way: `plans.staff_to_tell()`, words "invite-staff", key
`clinician:{id hex}:invite-staff`, to_user_id=clinician.user_id, then `clinic.told(clinician)`
(luna.people.actions.clinic). Their message links to /sign-in; there is no secret in it.
"""

from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import QuerySet

from luna.people.models import Clinician, Invitation

BATCH = 100  # how many are handed over in one transaction


def invitations_to_send(now: datetime) -> QuerySet[Invitation]:
    """Return the invitations the ledger has to be given, oldest first, locked for this transaction."""
    return _claimed(Invitation.objects.unsent(now).order_by("created_at"))


def staff_to_tell() -> QuerySet[Clinician]:
    """Return staff nobody has told yet that they were added, locked for this transaction."""
    return _claimed(Clinician.objects.filter(to_tell=True, active=True).order_by("since"))


def _claimed(rows: QuerySet[Any]) -> QuerySet[Any]:
    """Return the next few rows no other worker holds. SQLite has one writer, and needs no lock."""
    if connection.features.has_select_for_update_skip_locked:
        rows = rows.select_for_update(skip_locked=True)
    return rows[:BATCH]
