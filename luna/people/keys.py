"""Keys that protect what a person keeps to themselves, and what must die with them.

A master key, which never lies beside the data, wraps one data key for each person, entry or
clinic. A sealed value is AES-256-GCM: one byte of format, the data key's id, a nonce, the
ciphertext. It is bound to its table, column, row and person, so that it opens nowhere else.
Destroying a data key makes everything it sealed unreadable, in every backup too.
"""

import hashlib
import json
import secrets
from datetime import datetime
from typing import Any
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.db import transaction

from luna.people import tombstones
from luna.people.errors import Unreadable
from luna.people.models import Key

FORMAT = b"\x01"
NONCE = 12  # bytes, as AES-GCM wants it
HEAD = len(FORMAT) + 16  # format, then the key's id


@transaction.atomic
def key_for(owner_id: UUID, purpose: str, now: datetime) -> Key:
    """Return the data key of a person, entry or clinic, made at the first call.

    purpose: "person", "entry" or "clinic". Raises Unreadable once the key has been destroyed.
    """
    key = Key.objects.filter(owner_id=owner_id, purpose=purpose).first()
    if key is None:
        key = Key(owner_id=owner_id, purpose=purpose, created_at=now)
        _wrap(key, secrets.token_bytes(32), settings.LUNA_MASTER_KEY)
        key, _made = Key.objects.get_or_create(
            owner_id=owner_id,
            purpose=purpose,
            defaults={
                "id": key.id, "wrapped": key.wrapped, "master_id": key.master_id, "created_at": now,
            },
        )  # fmt: skip
    if key.wrapped is None:
        raise Unreadable("its key was destroyed")
    return key


def seal_text(key: Key, text: str, *, table: str, column: str, row: Any, person: Any) -> bytes:
    """Return `text` sealed with `key`, readable only at this table, column, row and person."""
    return seal(key, text.encode(), table=table, column=column, row=row, person=person)


def open_text(value: bytes, *, table: str, column: str, row: Any, person: Any) -> str:
    """Return the text sealed in `value`. Raises Unreadable as `unseal` does."""
    return unseal(value, table=table, column=column, row=row, person=person).decode()


def seal(key: Key, content: bytes, *, table: str, column: str, row: Any, person: Any) -> bytes:
    """Return `content` sealed with `key`, readable only at this table, column, row and person."""
    nonce = secrets.token_bytes(NONCE)
    sealed = AESGCM(_unwrap(key, settings.LUNA_MASTER_KEY)).encrypt(
        nonce, content, _place(table, column, row, person)
    )
    return FORMAT + key.id.bytes + nonce + sealed


def unseal(value: bytes, *, table: str, column: str, row: Any, person: Any) -> bytes:
    """Return what is sealed in `value`.

    Raises Unreadable when its key was destroyed, or when it was not written at this place.
    """
    value = bytes(value)  # PostgreSQL hands out a memoryview
    if value[:1] != FORMAT or len(value) < HEAD + NONCE:
        raise Unreadable("it is not a sealed value")
    key = Key.objects.filter(id=UUID(bytes=value[1:HEAD])).first()
    if key is None:
        raise Unreadable("its key is not in this database")
    nonce, sealed = value[HEAD : HEAD + NONCE], value[HEAD + NONCE :]
    secret = _unwrap(key, settings.LUNA_MASTER_KEY)
    try:
        return AESGCM(secret).decrypt(nonce, sealed, _place(table, column, row, person))
    except InvalidTag:
        raise Unreadable("it was changed, or moved from the place it was written for") from None


@transaction.atomic
def destroy(key: Key, now: datetime) -> None:
    """Erase a data key for good, and with it all it sealed. A later restore will not bring it back."""
    tombstones.record("key-destroyed", key.id, now)
    Key.objects.filter(id=key.id, destroyed_at=None).update(wrapped=None, destroyed_at=now)


@transaction.atomic
def rewrap(old: bytes, new: bytes) -> int:
    """Wrap every data key of master key `old` with `new`; return how many. Sealed values stay as they are."""
    keys = Key.objects.select_for_update().filter(master_id=master_id(old), wrapped__isnull=False)
    rewrapped = list(keys)
    for key in rewrapped:
        _wrap(key, _unwrap(key, old), new)
        key.save(update_fields=["wrapped", "master_id"])
    return len(rewrapped)


def master_id(master: bytes) -> str:
    """Return the name by which a master key is known: a digest that does not tell the key."""
    return hashlib.sha256(b"luna master key:" + master).hexdigest()[:16]


def _wrap(key: Key, secret: bytes, master: bytes) -> None:
    nonce = secrets.token_bytes(NONCE)
    key.wrapped = nonce + AESGCM(master).encrypt(nonce, secret, _owner(key))
    key.master_id = master_id(master)


def _unwrap(key: Key, master: bytes) -> bytes:
    if key.wrapped is None:
        raise Unreadable("its key was destroyed")
    wrapped = bytes(key.wrapped)
    try:
        return AESGCM(master).decrypt(wrapped[:NONCE], wrapped[NONCE:], _owner(key))
    except InvalidTag:
        raise Unreadable(f"its key is wrapped by the master key {key.master_id}, not by this one") from None


def _owner(key: Key) -> bytes:
    return json.dumps(["key", str(key.id), str(key.owner_id), key.purpose]).encode()


def _place(table: str, column: str, row: Any, person: Any) -> bytes:
    return json.dumps([table, column, str(row), str(person)]).encode()
