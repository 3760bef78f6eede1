"""What the clock does about people: chase invitations, end sharing with a series, resume new addresses."""

from datetime import datetime

from luna.people.actions import address, invitations, sharing
from luna.people.models import Invitation, Patient

BATCH = 100


def run(now: datetime) -> int:
    """Do what has fallen due; return how much."""
    return chase(now) + end_sharing(now) + address.resume(now)


def chase(now: datetime) -> int:
    """Send invitations again that have waited long enough, once each; return how many."""
    waiting = Invitation.objects.to_chase(now).order_by("chase_at")[:BATCH]
    return sum(invitations.chase(invitation, now) for invitation in waiting)


def end_sharing(now: datetime) -> int:
    """End what was shared for a series that is over, but for who is kept; return with how many people."""
    over = Patient.objects.filter(sharing_ends_at__lte=now).order_by("sharing_ends_at")
    due = over.values_list("pk", flat=True)[:BATCH]
    return sum(sharing.end_with_series(patient_id, now) for patient_id in due)
