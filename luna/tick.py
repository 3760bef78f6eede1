"""The clock: do what has fallen due, then wait a moment, for ever.

Each job is a function of `now` that claims due rows under a lease and returns how many it did. Any number
of ticks may run on PostgreSQL; on SQLite one does. A job that fails is logged and does not stop the others.
"""

import logging
import signal
import threading
import uuid
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.sessions.backends.db import SessionStore
from django.db import close_old_connections, connection
from django.utils import timezone

from luna import health, lock
from luna.audit import jobs as audit
from luna.careplan import jobs as careplan
from luna.checkins import jobs as checkins
from luna.escalation import jobs as escalation
from luna.feed.models import Heartbeat
from luna.intake import jobs as intake
from luna.notices import jobs as notices
from luna.people import jobs as people

log = logging.getLogger(__name__)

PAUSE_S = 1.0
BEAT_EVERY = timedelta(seconds=5)
SELDOM_EVERY = timedelta(hours=1)

Job = Callable[[datetime], int]


def tidy(now: datetime) -> int:
    """Forget sessions that have run out, and ticks that are no more."""
    SessionStore.clear_expired()
    Heartbeat.objects.filter(at__lt=now - timedelta(days=1)).delete()
    return 0


JOBS: dict[str, Job] = {
    "people": people.run,
    "checkins": checkins.run,  # before careplan, which puts off the wakes both look at
    "careplan": careplan.run,
    "intake": intake.run,
    "escalation": escalation.run,
    "notices": notices.run,  # after those that plan messages
    "audit": audit.run,
}

# At the first turn and every hour: what looks through more than has just fallen due.
SELDOM: dict[str, Job] = {"tidy": tidy, "overdue": intake.overdue}


@dataclass
class Tick:
    """One worker of the clock."""

    worker: uuid.UUID
    jobs: dict[str, Job]
    started_at: datetime
    beaten_at: datetime | None = None
    looked_at: datetime | None = None
    failures: int = 0

    def turn(self, now: datetime) -> int:
        """Run every job once, beat, and return how much was done."""
        self.failures = 0
        done = sum(self._run(name, job, now) for name, job in self.jobs.items())
        if self.looked_at is None or now - self.looked_at >= SELDOM_EVERY:
            done += sum(self._run(name, job, now) for name, job in SELDOM.items())
            self.looked_at = now
        if self.beaten_at is None or now - self.beaten_at >= BEAT_EVERY:
            self._run("beat", self._beat, now)
        return done

    def _run(self, name: str, job: Job, now: datetime) -> int:
        try:
            return job(now)
        except Exception:
            # Whatever it was, the other jobs must have their turn.
            log.exception("A job failed", extra={"job": name})
            self.failures += 1
            return 0

    def _beat(self, now: datetime) -> int:
        Heartbeat.objects.update_or_create(
            worker=self.worker,
            defaults={"at": now, "failures": self.failures},
            create_defaults={"at": now, "failures": self.failures, "started_at": self.started_at},
        )
        self.beaten_at = now
        return 0


def run(worker: uuid.UUID) -> None:
    """Turn until SIGTERM or SIGINT; the turn in hand is finished first, and what was heard written down.

    Raises SystemExit on a database that is not ready, and on SQLite where another tick runs.
    """
    if problem := health.problem():
        raise SystemExit(problem)
    with _alone():
        _turn_until_told(worker)


def _alone() -> AbstractContextManager:
    if connection.vendor != "sqlite":
        return nullcontext()
    try:
        return lock.hold(settings.LUNA_DATA / "tick.lock")
    except lock.Held as holder:
        raise SystemExit(
            f"A tick already runs on this database ({holder}); on SQLite there is one."
        ) from None


def _turn_until_told(worker: uuid.UUID) -> None:
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    tick = Tick(worker=worker, jobs=JOBS, started_at=timezone.now())
    while not stop.is_set():
        close_old_connections()
        if not tick.turn(timezone.now()):
            stop.wait(PAUSE_S)
    notices.end(timezone.now())
