"""`luna serve`: prepare the database, then keep the web workers and the tick alive."""

import gc
import socket
import sys
import time
import urllib.error
import urllib.request
from datetime import datetime, timedelta
from importlib import import_module
from typing import IO
from uuid import UUID, uuid4

from django.conf import settings
from django.core import management
from django.db import Error, connection, connections, transaction
from django.template import engines
from django.urls import reverse
from django.utils import timezone
from granian import Granian
from granian.constants import Interfaces
from granian.log import LogLevels

from luna import checks, demo, health, lock, static, supervisor, tick
from luna.escalation import watchdog
from luna.library import times
from luna.people.models import Installation

LOOK_EVERY = timedelta(seconds=5)
ABSENT_AFTER = timedelta(seconds=30)  # a suspended machine; its silence is nobody's fault
ERRAND_S = 60
READY_WITHIN_S = 60
KILL_WORKERS_AFTER_S = 3
MIGRATION_LOCK = 0x6C756E61
GRANIAN_LOG = {
    "formatters": {"json": {"()": "luna.logs.JsonFormatter"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json"}},
    "loggers": {"_granian": {"handlers": ["stderr"], "level": "WARNING", "propagate": False}},
}


class CannotServe(Exception):
    """Why Luna does not start, and what to do; fit to print."""


def run(*, for_demo: bool) -> int:
    """Serve until told to stop; return the exit status."""
    try:
        _check_settings()
        with claim():
            _serve(for_demo=for_demo)
    except CannotServe as problem:
        print(f"Luna cannot start. {problem}", file=sys.stderr)
        return 1
    return 0


def _serve(*, for_demo: bool) -> None:
    host, port = address()
    prepare(for_demo=for_demo)
    settings.STATIC_ROOT = static.build()
    is_demo = Installation.objects.filter(demo=True).exists()
    load()
    worker = uuid4()
    children = [
        supervisor.Child("web", lambda: web(host, port)),
        supervisor.Child("tick", lambda: tick.run(worker)),
    ]
    looking = Look(worker, timezone.now(), say_ready=lambda: announce(port, is_demo=is_demo))
    supervisor.Supervisor(children, looking).run()


def load() -> None:
    """Load the whole application: every process is forked from this one and shares what it holds."""
    import_module("luna.wsgi")
    reverse("health")  # all addresses, and with them all views
    engines.all()
    times.full_day(timezone.now().date())  # the names of days and months
    connections.close_all()
    gc.collect()
    gc.freeze()  # The collector must not write to what is shared.


def claim() -> IO[str]:
    """Take the data folder for this process. Raises CannotServe when another has it."""
    settings.LUNA_DATA.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        return lock.hold(settings.LUNA_DATA / "serve.lock")
    except lock.Held as holder:
        raise CannotServe(
            f"It already runs on {settings.LUNA_DATA} ({holder}). "
            "Stop that one first, or give this one a data folder of its own: LUNA_DATA=/some/folder"
        ) from None


def address() -> tuple[str, int]:
    """Return where to listen: on this machine only, unless LUNA_HOST says otherwise.

    Raises CannotServe when something else listens there.
    """
    host, port = settings.LUNA_HOST or "127.0.0.1", int(settings.PORT)
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise CannotServe(
                f"It cannot listen on {host} port {port}: {error.strerror}. "
                f"Stop what uses that port, or choose another: PORT={port + 1}"
            ) from None
    return host, port


def prepare(*, for_demo: bool) -> None:
    """Make the database ready: reachable, migrated, and marked once as a demo or as real."""
    try:
        if health.unapplied() and not health.halfway():
            _require_owner()
            supervisor.in_child("migrate", migrate)
        problem = health.problem()
    except Error as error:
        raise CannotServe(
            f"The database cannot be opened ({type(error).__name__}). Look at DATABASE_URL, or, for an "
            "encrypted file, at LUNA_DB_KEY_FILE."
        ) from None
    if problem:
        raise CannotServe(problem)
    installation = Installation.objects.first()
    if installation is None:
        supervisor.in_child("demo", lambda: mark_new(for_demo=for_demo, now=timezone.now()))
    elif for_demo and not installation.demo:
        raise CannotServe(
            "This database is not a demo. Run `luna serve` for it, or choose another LUNA_DATA."
        )


def migrate() -> None:
    """Bring the database up to date; on PostgreSQL one machine does it while the others wait."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT pg_advisory_lock(%s)", [MIGRATION_LOCK])
        management.call_command("createcachetable", verbosity=0)
        management.call_command("migrate", interactive=False, verbosity=0)


def mark_new(*, for_demo: bool, now: datetime) -> None:
    """Say once and for all what a new database is; fill it with made-up people if it is a demo."""
    with transaction.atomic():
        if for_demo:
            demo.seed(now)
        else:
            Installation.objects.create(demo=False, created_at=now)


def web(host: str, port: int) -> None:
    """Serve pages. One blocking thread a worker: more would fight for one interpreter."""
    Granian(
        "luna.wsgi:application",
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        workers=int(settings.LUNA_WORKERS),
        blocking_threads=1,
        blocking_threads_idle_timeout=600,  # A new thread would open the database anew.
        websockets=False,
        respawn_failed_workers=True,
        respawn_interval=0.5,
        workers_kill_timeout=KILL_WORKERS_AFTER_S,
        log_level=LogLevels.warning,
        log_dictconfig=GRANIAN_LOG,
    ).serve()


def announce(port: int, *, is_demo: bool) -> None:
    """Print where Luna is, as soon as it answers there."""
    url = f"http://127.0.0.1:{port}/health"
    until = time.monotonic() + READY_WITHIN_S
    while time.monotonic() < until:
        try:
            urllib.request.urlopen(url, timeout=2).close()
        except (urllib.error.URLError, OSError):
            time.sleep(0.05)
        else:
            print(f"\nLuna runs at {settings.LUNA_BASE_URL}   (stop it with Ctrl-C)")
            if is_demo:
                print(f"Everybody in it is made up. Choose who to be: {settings.LUNA_BASE_URL}/demo")
            return


class Look:
    """What the supervisor does in between: be the watchdog of the tick."""

    def __init__(self, worker: UUID, now: datetime, *, say_ready):
        self.worker = worker
        self.watch = watchdog.Watch(since=now)
        self.say_ready = say_ready
        self.looked_at: datetime | None = None

    def __call__(self, running: supervisor.Supervisor) -> None:
        """Look, if it is time: restart a silent tick, tell the leads, ping the outside watcher."""
        now = timezone.now()
        if self.looked_at is None:
            running.send_out(self.say_ready, within_s=READY_WITHIN_S)
        elif now - self.looked_at < LOOK_EVERY:
            return
        elif now - self.looked_at > ABSENT_AFTER:
            self.watch.since = now
        self.looked_at = now
        self.watch.read()
        connections.close_all()
        self._act(running, now)

    def _act(self, running: supervisor.Supervisor, now: datetime) -> None:
        watch = self.watch
        if watch.must_restart(now, self.worker):
            watch.restarted_at = now
            running.restart("tick")
        if watch.must_tell(now):
            watch.told_at = now
            leads, heard_at = watch.leads, now - watch.silent_for(now)
            running.send_out(lambda: watchdog.tell_leads(leads, heard_at), within_s=ERRAND_S)
        if settings.LUNA_HEARTBEAT_URL and watch.must_ping(now):
            watch.pinged_at = now
            running.send_out(lambda: watchdog.ping(settings.LUNA_HEARTBEAT_URL), within_s=ERRAND_S)


def _check_settings() -> None:
    problems = checks.problems()
    for problem in problems:
        print(f"{problem.msg} {problem.hint}", file=sys.stderr)
    if any(problem.is_serious() for problem in problems):
        raise CannotServe("Mend the settings above first; they are all explained in docs/run-it.md.")


def _require_owner() -> None:
    """Refuse to migrate as a role that may not make tables; that is a safeguard, not a fault."""
    if connection.vendor != "postgresql":
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT has_schema_privilege(current_schema(), 'CREATE')")
        if not cursor.fetchone()[0]:
            raise CannotServe(
                "The database must be brought up to date by its owner. "
                "Run with the owner's address: DATABASE_URL=... luna manage migrate"
            )
