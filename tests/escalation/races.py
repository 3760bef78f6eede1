"""Several requests at the same moment, each with a connection of its own. Run inside a Luna of its own.

Append-only tables cannot be emptied again after a test, so this needs a database to throw away.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from luna.escalation import actions, climb
from luna.escalation.models import Escalation
from luna.notices.models import Notice
from tests import cast as people
from tests.crowding import CROWD, at_once
from tests.escalation.crew import diaz, nia, opened, set_rungs, whats
from tests.notices.ledger import planned, take


def run_all() -> dict[str, Any]:
    """Run every race and return what came of each."""
    now = datetime.now(UTC)
    cast = people.build(now)
    set_rungs(cast, ("role:nurse", 0))
    return {
        race.__name__: race(cast, now) for race in (opening, taking, clicking, ticking, planning, sending)
    }


def opening(cast: people.Cast, now: datetime) -> Any:
    found = at_once([lambda: opened(cast, now, cause="opening")] * CROWD)
    return [len({str(one.id) for one in found}), sorted(whats(found[0]))]


def taking(cast: people.Cast, now: datetime) -> Any:
    row = opened(cast, now, cause="taking")
    found = at_once([acknowledge(row, viewer, now) for viewer in (nia(cast), diaz(cast))])
    return [sorted(type(one).__name__ for one in found), whats(row)]


def clicking(cast: people.Cast, now: datetime) -> Any:
    row = opened(cast, now, cause="clicking")
    found = at_once([acknowledge(row, nia(cast), now, uuid4())] * 2)
    return [sorted(type(one).__name__ for one in found), whats(row)]


def ticking(cast: people.Cast, now: datetime) -> Any:
    row = opened(cast, now, cause="ticking")
    found = at_once([lambda: climb.climb(row.id, now=now)] * CROWD)
    return [sorted(found), whats(row), Notice.objects.filter(task_key__contains=row.id.hex).count()]


def planning(cast: people.Cast, now: datetime) -> Any:
    found = at_once([lambda: planned(cast, now, key="planning")] * CROWD)
    return len({one.id for one in found})


def sending(cast: people.Cast, now: datetime) -> Any:
    notice = planned(cast, now, key="sending")
    found = at_once([lambda: take(notice.id, now=now)] * CROWD)
    return [letter.fence for letter in found if letter is not None]


def acknowledge(row: Escalation, viewer: Any, now: datetime, client_id: Any = None) -> Callable[[], Any]:
    form = client_id or uuid4()
    return lambda: actions.acknowledge(
        escalation_id=row.id, viewer=viewer, client_id=form, version=1, now=now
    )
