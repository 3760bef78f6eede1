"""What the clock does for escalations: climb every ladder that is due."""

import logging
from datetime import datetime, timedelta
from uuid import UUID

from django.db import DatabaseError

from luna.escalation import climb, plans
from luna.escalation.models import Escalation

log = logging.getLogger(__name__)

BATCH = 100
RETRY = timedelta(minutes=1)  # after a ladder could not be climbed


def run(now: datetime) -> int:
    """Climb every ladder that is due; return how many were."""
    return sum(_climb(escalation_id, now) for escalation_id in plans.due(now, BATCH))


def _climb(escalation_id: UUID, now: datetime) -> bool:
    try:
        return climb.climb(escalation_id, now=now)
    except DatabaseError:
        raise
    except Exception:
        # Whatever is wrong with this one, the others must have their turn.
        log.exception("An escalation could not climb", extra={"escalation": str(escalation_id)})
        Escalation.objects.filter(id=escalation_id).update(next_rung_at=now + RETRY)
        return False
