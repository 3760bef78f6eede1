"""The key folder: what must never lie beside the data or in a backup.

secret_key  signs cookies; losing it signs everyone out
master.key  wraps every person's and clinic's key; losing it loses all that is private
audit.key   seals the audit; it is never changed, since every link made before would seem forged
vapid.key   proves to push services that a message is this Luna's; losing it ends every subscription.
            Made when the first is asked for
"""

import base64
import contextlib
import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ec


class KeysMissing(Exception):
    """The keys of an existing database are not where they should be."""


@dataclass(frozen=True)
class Keys:
    """The secrets of one installation."""

    secret: str
    master: bytes  # 32 bytes
    audit: bytes  # 32 bytes

    def __repr__(self) -> str:
        return "Keys(...)"  # Never in a log or a traceback.


def load(folder: Path, *, may_make: bool) -> Keys:
    """Return the keys in folder, making the folder and fresh keys where there are none yet.

    Raises KeysMissing when they are not there and a database is, since only its own keys can open it.
    """
    missing = [name for name in ("master.key", "audit.key") if not (folder / name).exists()]
    if missing and not may_make:
        raise KeysMissing(
            f"There is a database but no {missing[0]} in {folder}. Put the key folder of this database back, "
            "or set LUNA_KEYS to where it is. Fresh keys could not read what is private in it."
        )
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    secret = _read_or_make(folder / "secret_key", secrets.token_urlsafe(64))
    master = _read_or_make(folder / "master.key", secrets.token_hex(32))
    audit = _read_or_make(folder / "audit.key", secrets.token_hex(32))
    return Keys(secret=secret, master=bytes.fromhex(master), audit=bytes.fromhex(audit))


def vapid(folder: Path) -> str:
    """Return the private key that push services know this Luna by, made at the first need.

    It is a number on P-256, 32 bytes in URL-safe Base64.
    """
    number = ec.generate_private_key(ec.SECP256R1()).private_numbers().private_value
    return _read_or_make(folder / "vapid.key", base64.urlsafe_b64encode(number.to_bytes(32)).decode())


def _read_or_make(path: Path, fresh: str) -> str:
    """Return what path holds, having first written fresh there if it did not exist.

    Two processes may start at once: the file appears whole, by a link, and the first one wins.
    """
    if not path.exists():
        draft = path.with_name(f".{path.name}.{os.getpid()}")
        draft.write_text(fresh)
        draft.chmod(0o600)
        with contextlib.suppress(FileExistsError):
            path.hardlink_to(draft)
        draft.unlink()
    return path.read_text().strip()
