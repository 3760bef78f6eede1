"""`luna backup`: the whole database as it is at one moment, sealed to a key that is not on this machine."""

import hashlib
import hmac
import os
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import IO

from django.conf import settings
from django.db import connection
from psycopg import conninfo
from sqlcipher3 import dbapi2

from luna import seal

PUBLIC_KEY = "backup.pub"


class Refused(Exception):
    """Why nothing was done, and what to do; fit to print."""


def new_key(private: Path) -> Path:
    """Make the two keys of backups; return where the public one is.

    private: the file for the private key, which must not exist yet, and must then be taken away.
    """
    public = settings.LUNA_KEYS / PUBLIC_KEY
    private_key, public_key = seal.new_key_pair()
    with new_file(private) as file:
        file.write(f"{private_key}\n".encode())
    public.write_text(f"{public_key}\n")
    return public


def backup(target: Path, now: datetime) -> None:
    """Write a sealed copy of the database to target, while Luna runs or not. Raises Refused."""
    public = settings.LUNA_KEYS / PUBLIC_KEY
    if not public.exists():
        raise Refused(f"There is no {public}. Make the keys first: luna backup-key new FILE")
    facts = {"engine": connection.vendor, "at": now.isoformat(), "keys": keys_id()}
    snapshot = _sqlite_snapshot if connection.vendor == "sqlite" else _postgres_snapshot
    with new_file(target) as file, snapshot() as content:
        seal.seal(content, file, public_key=public.read_text().strip(), facts=facts)


def keys_id() -> str:
    """Return a name for the keys this database needs that does not give them away."""
    both = settings.LUNA_MASTER_KEY + settings.LUNA_AUDIT_KEY
    return hmac.new(both, b"backup", hashlib.sha256).hexdigest()[:16]


def postgres_tool(name: str, *options: str) -> tuple[list[str], dict[str, str]]:
    """Return the command and the environment to run a program of PostgreSQL on Luna's database."""
    own = connection.settings_dict
    named = {"dbname": own["NAME"], "user": own["USER"], "host": own["HOST"], "port": own["PORT"]}
    target = {**{key: value for key, value in named.items() if value}, **own["OPTIONS"]}
    command = [name, *options, f"--dbname={conninfo.make_conninfo('', **target)}"]
    # Not on the command line, where every user of the machine could read it.
    secret = {"PGPASSWORD": own["PASSWORD"]} if own["PASSWORD"] else {}
    return command, os.environ | secret


@contextmanager
def new_file(path: Path) -> Iterator[IO[bytes]]:
    """Open a file that does not exist yet, for its owner only; leave none behind if something fails."""
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        raise Refused(f"{path} cannot be written: {error.strerror}. Nothing was changed.") from None
    try:
        with os.fdopen(handle, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
    except BaseException:
        path.unlink()
        raise


@contextmanager
def _sqlite_snapshot() -> Iterator[IO[bytes]]:
    """Copy the database page by page beside itself, under the same key if it has one."""
    with tempfile.NamedTemporaryFile(dir=settings.LUNA_DATA, prefix="backup-") as file:
        factory = connection.settings_dict["OPTIONS"].get("factory", dbapi2.Connection)
        copy = dbapi2.connect(file.name, factory=factory)
        connection.ensure_connection()
        connection.connection.backup(copy)
        copy.close()
        yield file


@contextmanager
def _postgres_snapshot() -> Iterator[IO[bytes]]:
    command, environment = postgres_tool("pg_dump", "--format=custom", "--no-owner")
    with tempfile.TemporaryFile() as complaints:
        try:
            dump = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=complaints)
        except FileNotFoundError:
            raise Refused("pg_dump is not on this machine. Install the package postgresql-client.") from None
        with dump:
            yield dump.stdout
        if dump.returncode:
            complaints.seek(0)
            raise Refused(f"pg_dump failed: {complaints.read().decode().strip()}")
