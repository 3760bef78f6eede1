"""What the clock does about people: chase invitations, and end changes of address a crash cut off."""

from datetime import datetime

from luna.people.actions import address, invitations
from luna.people.models import Invitation

BATCH = 100


def run(now: datetime) -> int:
    """Do what has fallen due; return how much."""
    return chase(now) + address.resume(now)


def chase(now: datetime) -> int:
    """Send invitations again that have waited long enough, once each; return how many."""
    waiting = Invitation.objects.to_chase(now).order_by("chase_at")[:BATCH]
    return sum(invitations.chase(invitation, now) for invitation in waiting)
