"""Secret links: 256 bits, of which only a keyed hash is kept. One purpose, expiring, revocable.

Looking at a link never uses it up, because mail scanners open every link they see. What is done on
POST revokes the links to it.
"""

import secrets
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.utils.crypto import salted_hmac

from luna.people import tombstones
from luna.people.models import Token


def make(
    purpose: str, *, clinic_id: UUID | None, subject_id: UUID, expires_at: datetime, now: datetime
) -> tuple[Token, str]:
    """Return a new token and its secret. The secret is known only now: nothing stored tells it."""
    secret = secrets.token_urlsafe(32)
    token = Token.objects.create(
        purpose=purpose,
        hash=_hash(purpose, secret),
        clinic_id=clinic_id,
        subject_id=subject_id,
        created_at=now,
        expires_at=expires_at,
    )
    return token, secret


def find(purpose: str, secret: str, now: datetime) -> Token | None:
    """Return the token of a secret, or None if it is not one of this purpose that still works."""
    return live(purpose, now).filter(hash=_hash(purpose, secret)).first()


def known(purpose: str, secret: str) -> Token | None:
    """Return the token of a secret, also one that works no more; None for what never was one."""
    return Token.objects.filter(purpose=purpose, hash=_hash(purpose, secret)).first()


def known_by_id(purpose: str, token_id: UUID) -> Token | None:
    """Return the token of an id, also one that works no more; None for another purpose."""
    return Token.objects.filter(purpose=purpose, id=token_id).first()


def live(purpose: str, now: datetime) -> QuerySet[Token]:
    """Return the tokens of a purpose that still work."""
    return Token.objects.filter(purpose=purpose, expires_at__gt=now, revoked_at__isnull=True)


def another(purpose: str, *, subject_id: UUID, now: datetime) -> str | None:
    """Return one more secret for what has a working link, for as long as that; None if it has none.

    Those before go on working: nobody knows yet whether the new one arrives.
    """
    last = live(purpose, now).filter(subject_id=subject_id).order_by("-expires_at").first()
    if last is None:
        return None
    _token, secret = make(
        purpose, clinic_id=last.clinic_id, subject_id=subject_id, expires_at=last.expires_at, now=now
    )
    return secret


@transaction.atomic
def revoke(purpose: str, *, subject_id: UUID, now: datetime) -> int:
    """Stop every working link to a subject; return how many. A later restore will not bring them back."""
    stopped = live(purpose, now).filter(subject_id=subject_id)
    ids = list(stopped.values_list("id", flat=True))
    for token_id in ids:
        tombstones.record("token-revoked", token_id, now)
    return stopped.update(revoked_at=now)


def _hash(purpose: str, secret: str) -> str:
    return salted_hmac(f"luna.people.tokens.{purpose}", secret, algorithm="sha256").hexdigest()
