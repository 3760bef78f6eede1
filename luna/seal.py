"""Sealed files: anyone with the public key can write one, only the private key opens it.

Each file has an X25519 key of its own; what it agrees with the public key is stretched (HKDF-SHA256) into
one AES-256-GCM key. The content follows in chunks, each bound to its place and to the header, the last one
marked as last: a cut, swapped or changed file is refused, never half opened.

    LUNASEAL1 | length of header, 4 bytes | header, JSON | chunks of up to 1 MiB + 16 bytes
"""

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

MAGIC = b"LUNASEAL1"
CHUNK = 1 << 20
TAG = 16
DAMAGED = "This file was changed or cut short. Use another copy of it."


class CannotOpen(Exception):
    """The file is not a sealed one, was changed or cut, or is sealed to another key; fit to print."""


def new_key_pair() -> tuple[str, str]:
    """Return a fresh private and public key, each as text of one line."""
    private = X25519PrivateKey.generate()
    return _text(private.private_bytes_raw()), _text(private.public_key().public_bytes_raw())


def public_of(private_key: str) -> str:
    """Return the public key that belongs to private_key."""
    return _text(X25519PrivateKey.from_private_bytes(_bytes(private_key)).public_key().public_bytes_raw())


def seal(source: IO[bytes], target: IO[bytes], *, public_key: str, facts: dict[str, Any]) -> None:
    """Write what source holds to target, readable only by the owner of public_key.

    facts: what may be read without the key, and cannot be changed unnoticed.
    """
    own = X25519PrivateKey.generate()
    header = json.dumps(
        facts | {"key": public_key, "own": _text(own.public_key().public_bytes_raw())}
    ).encode()
    cipher = _cipher(own.exchange(X25519PublicKey.from_public_bytes(_bytes(public_key))), header)
    target.write(MAGIC + len(header).to_bytes(4) + header)
    chunk, number = source.read(CHUNK), 0
    while chunk or number == 0:
        following = source.read(CHUNK)
        target.write(cipher.encrypt(_nonce(number, last=not following), chunk, header))
        chunk, number = following, number + 1


def facts(path: Path) -> dict[str, Any]:
    """Return what a sealed file says about itself. It is only proved by opening the file."""
    with path.open("rb") as file:
        return _header(file)[1]


def open_sealed(source: IO[bytes], *, private_key: str) -> Iterator[bytes]:
    """Yield the content of a sealed file, piece by piece.

    Raises CannotOpen as soon as something is wrong; what came before it must then be thrown away.
    """
    header, about = _header(source)
    own = X25519PrivateKey.from_private_bytes(_bytes(private_key))
    if about["key"] != public_of(private_key):
        raise CannotOpen(
            "This file is sealed to another key. Use the private key made with that backup's key."
        )
    cipher = _cipher(own.exchange(X25519PublicKey.from_public_bytes(_bytes(about["own"]))), header)
    chunk, number = source.read(CHUNK + TAG), 0
    while True:
        following = source.read(CHUNK + TAG)
        try:
            yield cipher.decrypt(_nonce(number, last=not following), chunk, header)
        except InvalidTag:
            raise CannotOpen(DAMAGED) from None
        if not following:
            return
        chunk, number = following, number + 1


def _header(source: IO[bytes]) -> tuple[bytes, dict[str, Any]]:
    """Return the header of a sealed file as it is written, and what it says."""
    start = source.read(len(MAGIC) + 4)
    if not start.startswith(MAGIC):
        raise CannotOpen("This is not a backup made by luna backup.")
    header = source.read(int.from_bytes(start[len(MAGIC) :]))
    try:
        about = json.loads(header)
    except ValueError:
        about = {}
    if not {"key", "own"} <= set(about):
        raise CannotOpen(DAMAGED)
    return header, about


def _cipher(shared: bytes, header: bytes) -> AESGCM:
    """Return the cipher of one file; its key depends on the header too."""
    return AESGCM(HKDF(hashes.SHA256(), length=32, salt=None, info=MAGIC + header).derive(shared))


def _nonce(number: int, *, last: bool) -> bytes:
    return number.to_bytes(11) + bytes([last])


def _text(key: bytes) -> str:
    return base64.urlsafe_b64encode(key).decode()


def _bytes(text: str) -> bytes:
    try:
        key = base64.urlsafe_b64decode(text.strip())
    except ValueError:
        key = b""
    if len(key) != 32:
        raise CannotOpen("That is not a backup key. It is one line, as luna backup-key new wrote it.")
    return key
