"""What the clock does for escalations: climb the ladders, and say which steps reached nobody."""

from datetime import datetime

from luna.escalation import climb, plans

BATCH = 100


def run(now: datetime) -> int:
    """Climb every ladder that is due; return how many were."""
    return sum(climb.climb(escalation_id, now=now) for escalation_id in plans.due(now, BATCH))
