"""Start a demonstration over while the clock is at work in it. Run inside a Luna of its own."""

import time
from datetime import UTC, datetime

from django.db import transaction
from django.db.models import F

from luna import demo
from luna.escalation.models import Escalation
from luna.people.models import User
from tests.crowding import at_once

WORK_S = 3  # long enough for the other to have begun


def beside_the_clock() -> list[str | None]:
    """Return what went wrong for the clock, and for whoever started over: None for nothing."""
    now = datetime.now(UTC)
    demo.seed(now)
    found = at_once([_work, lambda: demo.start_over(now)])
    return [repr(one) if isinstance(one, Exception) else None for one in found]


@transaction.atomic
def _work() -> None:
    """Change a table late in the alphabet, then one before it: the other way round than starting over."""
    User.objects.update(version=F("version"))
    time.sleep(WORK_S)
    Escalation.objects.update(version=F("version"))
