"""The SQLite that Luna brings along, plain or encrypted, in the place of Python's own.

Debian 12's SQLite can corrupt a database in WAL mode (a race mended in 3.51.3), so Luna never uses it.
"""

import sys
from pathlib import Path

import sqlcipher3
from sqlcipher3 import dbapi2

OLDEST_SAFE = (3, 51, 3)
OPTIONS = {
    "transaction_mode": "IMMEDIATE",  # A later upgrade from read to write would fail at once, timeout or not.
    "timeout": 20,
    "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL",
}


class Connection(dbapi2.Connection):
    """A connection that hands over the key, if there is one, before anything reads the file."""

    key_file: Path | None = None

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if self.key_file is not None:
            # Django reads the schema before it runs init_command: the key cannot wait until then.
            super().execute(f"PRAGMA key = \"x'{read_key(self.key_file)}'\"")


def install() -> None:
    """Let every later `import sqlite3`, Django's among them, get the SQLite that Luna ships.

    Raises RuntimeError when the shipped SQLite is older than 3.51.3.
    """
    if dbapi2.sqlite_version_info < OLDEST_SAFE:
        oldest = ".".join(map(str, OLDEST_SAFE))
        raise RuntimeError(
            f"SQLite {dbapi2.sqlite_version} can corrupt its file; Luna needs {oldest} or newer. "
            "Install the versions in requirements.lock."
        )
    sys.modules["sqlite3"] = sqlcipher3
    sys.modules["sqlite3.dbapi2"] = dbapi2


def database(path: Path, key_file: Path | None) -> dict:
    """Return Django's settings for one SQLite file, encrypted when key_file is given; make its folder."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    options = dict(OPTIONS)
    if key_file is not None:
        options["factory"] = type("KeyedConnection", (Connection,), {"key_file": key_file})
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": path,
        "OPTIONS": options,
        "CONN_MAX_AGE": None,  # Opening the file and its WAL anew costs more than a short query.
    }


def read_key(key_file: Path) -> str:
    """Return the 64 hexadecimal digits in key_file. Raises ValueError when it holds anything else."""
    text = key_file.read_text().strip()
    if len(text) != 64 or set(text.lower()) - set("0123456789abcdef"):
        raise ValueError(f"{key_file} is not a database key. It must hold 64 hexadecimal digits and no more.")
    return text
