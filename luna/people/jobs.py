"""What the clock does about people: remind those who have not answered an invitation."""

from datetime import datetime

from luna.people.actions import invitations
from luna.people.models import Invitation

BATCH = 100


def run(now: datetime) -> int:
    """Send invitations again that have waited long enough, once each; return how many."""
    waiting = Invitation.objects.to_chase(now).order_by("chase_at")[:BATCH]
    return sum(invitations.chase(invitation, now) for invitation in waiting)
