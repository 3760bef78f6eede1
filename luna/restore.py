"""`luna restore`: bring a backup back, made safe before anybody can use it.

1. The backup goes into an empty database that nobody serves yet.
2. Everybody is signed out and every link is void.
3. What was taken back or erased since the backup is taken away again.
4. Messages that fell due since the backup are planned and held: the lost database may have sent them.
5. Only then does the database get its name (SQLite) or lose its mark as unfinished (PostgreSQL).
"""

import contextlib
import logging
import subprocess
import tempfile
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.sessions.models import Session
from django.core import management
from django.core.cache import cache
from django.db import DatabaseError, connection, transaction

from luna import backup, health, lock, seal
from luna.audit import actions as audit
from luna.careplan import jobs as careplan
from luna.notices import jobs as notices
from luna.notices.models import Notice
from luna.people import jobs as people
from luna.people import tombstones
from luna.people.models import Installation, Token, User

log = logging.getLogger(__name__)

REHEARSED = "restore-rehearsed"  # in the key folder: when a restore last succeeded
THE_CLOCK = SimpleNamespace(user_id=None, capacity_kind="clock", clinic_id=None)
PLANNERS = {
    "people": people.chase,
    "careplan": careplan.run,
    "invite": notices.invite,
    "welcome": notices.welcome,
    "circles": notices.circles,
}


def restore(source: Path, private_key: Path, now: datetime) -> dict[str, int]:
    """Put a backup in the place of an empty database; return what was done to make it safe, as counts.

    Raises backup.Refused when the target is not empty, is in use, or the backup does not fit it, and
    seal.CannotOpen when the backup was changed or the key is another.
    """
    facts = seal.facts(source)
    _require_fit(facts)
    with source.open("rb") as file:
        pieces = seal.open_sealed(file, private_key=private_key.read_text())
        done = _into_sqlite(pieces, now) if connection.vendor == "sqlite" else _into_postgres(pieces, now)
    (settings.LUNA_KEYS / REHEARSED).write_text(now.isoformat())
    return done


def make_safe(now: datetime) -> dict[str, int]:
    """Make a restored database fit to be used again; return counts of what changed."""
    if health.halfway():
        raise backup.Refused(health.HALFWAY)
    management.call_command("migrate", interactive=False, verbosity=0)
    with transaction.atomic():
        cache.clear()
        done = {
            "sessions ended": Session.objects.all().delete()[0] + UserSession.objects.all().delete()[0],
            "links made void": Token.objects.filter(revoked_at=None).update(revoked_at=now),
            "clinic's codes made void": _void_codes(now),
        }
        done |= {f"{kind}, again": n for kind, n in tombstones.replay().items()}
    _plan_the_gap(now)
    with transaction.atomic():
        done["messages held for review"] = _hold(now)
        if installation := Installation.objects.first():
            audit.record("database.restore", by=THE_CLOCK, subject=installation, now=now)
    return done


def _require_fit(facts: dict) -> None:
    if facts["engine"] != connection.vendor:
        raise backup.Refused(
            f"This is a backup of {facts['engine']}, but DATABASE_URL says {connection.vendor}."
        )
    if facts["keys"] != backup.keys_id():
        raise backup.Refused(
            f"This backup belongs to other keys than those in {settings.LUNA_KEYS}. Put the key "
            "folder of that time back first; without it, what is private cannot be read."
        )


def _plan_the_gap(now: datetime) -> None:
    """Plan every message that fell due since the backup, so that it can be held."""
    for name, plan in PLANNERS.items():
        try:
            while plan(now):
                pass
        except Exception:
            # A restore without these messages beats no restore: at worst some are sent twice.
            log.exception("Not every message since the backup could be held", extra={"job": name})


def _void_codes(now: datetime) -> int:
    # Without its code the time that is left would be a first sign-in's, which asks for none.
    waiting = User.objects.exclude(set_up_code="")
    return waiting.update(set_up_code="", set_up_until=now)


def _hold(now: datetime) -> int:
    # What was sent before the backup has been followed up or acted on since.
    Notice.objects.filter(follow_at__isnull=False).update(follow_at=None)
    unsent = Notice.objects.filter(state__in=[Notice.State.PLANNED, Notice.State.SENDING], due_at__lte=now)
    done = unsent.reasons().update(state=Notice.State.HELD, lease_until=None, digest=None)
    unsent.update(state=Notice.State.VOID, lease_until=None)  # what only carried them
    return done


def _into_sqlite(pieces: Iterator[bytes], now: datetime) -> dict[str, int]:
    """Restore beside the database's place, and move it there when it is safe."""
    target = Path(connection.settings_dict["NAME"])
    draft = target.with_name(f"{target.name}.restoring")
    try:
        held = lock.hold(target.with_name("serve.lock"))
    except lock.Held as holder:
        raise backup.Refused(f"Luna runs on {target.parent} ({holder}). Stop it first.") from None
    with held:
        _require_empty(f"Move {target} away first")
        connection.close()
        _remove(draft)
        try:
            with backup.new_file(draft) as file:
                file.writelines(pieces)
            connection.settings_dict["NAME"] = draft
            _require_whole()
            done = make_safe(now)
            connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")
            connection.close()
            _remove(target)
            draft.replace(target)
        finally:
            connection.close()
            connection.settings_dict["NAME"] = target
            _remove(draft)
    return done


def _remove(path: Path) -> None:
    for suffix in ("", "-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)


def _require_empty(what_to_do: str) -> None:
    if connection.introspection.table_names():
        raise backup.Refused(
            f"There is already a database here, and a restore replaces nothing. {what_to_do}."
        )


def _require_whole() -> None:
    try:
        found = connection.cursor().execute("PRAGMA integrity_check").fetchone()[0]
    except DatabaseError:
        raise backup.Refused(
            "The backup's database cannot be read. If it is encrypted, set LUNA_DB_KEY_FILE to its key."
        ) from None
    if found != "ok":
        raise backup.Refused(f"The database in the backup is damaged: {found}. Use another backup.")


def _into_postgres(pieces: Iterator[bytes], now: datetime) -> dict[str, int]:
    """Restore in one transaction under a mark that keeps Luna from serving it, and lift the mark last."""
    _require_empty("Make an empty one and set DATABASE_URL to it")
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TABLE {health.UNFINISHED} ()")
    connection.close()
    try:
        _feed_pg_restore(pieces)
    except BaseException:
        with connection.cursor() as cursor:
            cursor.execute(f"DROP TABLE {health.UNFINISHED}")
        raise
    done = make_safe(now)
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE {health.UNFINISHED}")
    return done


def _feed_pg_restore(pieces: Iterator[bytes]) -> None:
    options = ("--no-owner", "--single-transaction", "--exit-on-error")
    command, environment = backup.postgres_tool("pg_restore", *options)
    with tempfile.TemporaryFile() as complaints:
        try:
            run = subprocess.Popen(command, env=environment, stdin=subprocess.PIPE, stderr=complaints)
        except FileNotFoundError:
            raise backup.Refused(
                "pg_restore is not on this machine. Install the package postgresql-client."
            ) from None
        with contextlib.suppress(BrokenPipeError), run:  # A broken pipe says why below.
            try:
                run.stdin.writelines(pieces)
            except seal.CannotOpen:
                run.kill()  # What it has so far must not be committed.
                raise
        if run.returncode:
            complaints.seek(0)
            raise backup.Refused(f"pg_restore failed: {complaints.read().decode().strip()}")
