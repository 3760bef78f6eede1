"""The browsers where somebody wants messages to appear: turned on, turned off, and which still work."""

import base64
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric import ec
from django.contrib.auth import HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.db import transaction
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.translation import gettext_lazy as _

from luna.audit import actions as audit
from luna.notices.channels import https
from luna.notices.models import PushSubscription
from luna.people import keys, sessions
from luna.people.errors import Refused, Unreadable
from luna.people.models import User

MOST = 5  # browsers of one person; the oldest makes place
TABLE, COLUMN = "notices_pushsubscription", "sealed"
AUTH_BYTES = 16
UNUSABLE = _("This browser cannot show messages of Luna. We still reach you the other ways.")


@dataclass(frozen=True, slots=True)
class Browser:
    """Where a browser is asked to show something, and the keys that only it can open it with."""

    endpoint: str
    p256dh: bytes  # its public key, a point on P-256
    auth: bytes  # the secret it shares with whoever sends

    @classmethod
    def read(cls, *, endpoint: str, p256dh: str, auth: str) -> "Browser":
        """Return what a browser told of itself, keys in URL-safe Base64. Raises Refused."""
        try:
            https.place(endpoint)
            found = cls(endpoint, _bytes(p256dh), _bytes(auth))
            ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), found.p256dh)
        except (https.NotAllowed, ValueError) as error:
            raise Refused(UNUSABLE) from error
        if len(found.auth) != AUTH_BYTES:
            raise Refused(UNUSABLE)
        return found


@dataclass(frozen=True, slots=True)
class Switch:
    """What the page shows of the browser it is shown in. key: what the browser is told of this Luna."""

    key: str
    is_on: bool


def may_be_on(session: Mapping[str, Any]) -> bool:
    """Say whether messages may appear in the browser of a session: staff's, or a person's own device.

    Elsewhere a sign-in lasts minutes, and others use the browser after.
    """
    return sessions.is_staff(session) or bool(session.get("own_device"))


@transaction.atomic
def turn_on(*, user: User, browser: Browser, session_key: str, now: datetime) -> PushSubscription:
    """Have messages appear in a browser, for as long as this sign-in lasts. Twice is once.

    A browser shows the messages of one person: whoever turned it on last.
    """
    User.objects.select_for_update().get(pk=user.pk)
    digest = _digest(browser.endpoint)
    PushSubscription.objects.filter(digest=digest).delete()
    row = PushSubscription(user=user, digest=digest, session_key=session_key, created_at=now)
    text = json.dumps([browser.endpoint, _text(browser.p256dh), _text(browser.auth)])
    key = keys.key_for(user.pk, "person", now)
    row.sealed = keys.seal_text(key, text, table=TABLE, column=COLUMN, row=row.pk, person=user.pk)
    row.save(force_insert=True)
    mine = PushSubscription.objects.filter(user=user).order_by("-created_at", "-id")
    PushSubscription.objects.filter(id__in=list(mine.values_list("id", flat=True)[MOST:])).delete()
    audit.record("push.on", by=audit.Actor(None, "person", user.pk), subject=row, now=now)
    return row


@transaction.atomic
def turn_off(*, user: User, session_key: str, now: datetime) -> bool:
    """Have no more messages appear in the browser of this sign-in; say whether they did."""
    row = of_session(user, session_key)
    if row is None:
        return False
    audit.record("push.off", by=audit.Actor(None, "person", user.pk), subject=row, now=now)
    row.delete()
    return True


def of_session(user: User, session_key: str) -> PushSubscription | None:
    """Return the subscription of the browser somebody is signed in with, None for none."""
    return PushSubscription.objects.filter(user=user, session_key=session_key).order_by("created_at").last()


def has_any(user: User) -> bool:
    """Say whether messages appear in any browser of a person."""
    return any(_is_signed_in(row) for row in user.push_subscriptions.all())


def working(user_id: UUID, now: datetime) -> Iterator[tuple[PushSubscription, Browser]]:
    """Give the subscriptions of a person that still work; those whose sign-in is over are thrown away.

    A sign-in is over when its time is, though nobody has opened a page since: staff's after a shift.
    """
    for row in _rows(user_id):
        browser = _opened(row) if _is_signed_in(row) and not _has_ended(row, now) else None
        if browser is None:
            row.delete()
        else:
            yield row, browser


def _rows(user_id: UUID) -> list[PushSubscription]:
    return list(PushSubscription.objects.filter(user=user_id).select_related("user").order_by("created_at"))


def _is_signed_in(row: PushSubscription) -> bool:
    """Say whether the sign-in it was asked for in still stands: not signed out here, nor from elsewhere."""
    session = SessionStore(row.session_key).load()
    stands = constant_time_compare(session.get(HASH_SESSION_KEY, ""), row.user.get_session_auth_hash())
    return stands and session.get(SESSION_KEY) == str(row.user_id)


def _has_ended(row: PushSubscription, now: datetime) -> bool:
    session = SessionStore(row.session_key).load()
    stands = sessions.standing(session, watching_until=row.user.watching_until, now=now)
    return stands is sessions.Standing.ENDED


def _opened(row: PushSubscription) -> Browser | None:
    """Return what is sealed in a row, None when its key was destroyed."""
    try:
        text = keys.open_text(row.sealed, table=TABLE, column=COLUMN, row=row.pk, person=row.user_id)
    except Unreadable:
        return None
    endpoint, p256dh, auth = json.loads(text)
    return Browser(endpoint, _bytes(p256dh), _bytes(auth))


def _digest(endpoint: str) -> str:
    return salted_hmac("luna.notices.subscriptions", endpoint, algorithm="sha256").hexdigest()


def _text(key: bytes) -> str:
    return base64.urlsafe_b64encode(key).decode()


def _bytes(text: str) -> bytes:
    """Return the bytes of URL-safe Base64, with its padding or without. Raises ValueError."""
    bare = text.rstrip("=")
    return base64.b64decode(bare + "=" * (-len(bare) % 4), altchars="-_", validate=True)
