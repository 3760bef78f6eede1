"""Web push (RFC 8030): a line on the locked phone of whoever turned it on, and which notice it is.

The service that carries it reads neither (RFC 8291) and knows who sent it (RFC 8292). It may take a message
and never bring it, and says nothing later: taken is not delivered.
"""

import json
import time
from datetime import timedelta
from email.utils import parseaddr
from functools import cache

import http_ece
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.conf import settings
from django.contrib.sessions.backends.base import SessionBase
from py_vapid import Vapid, VapidException
from py_vapid.utils import b64urlencode

from luna import keys
from luna.clinical.reaching import Became
from luna.notices import subscriptions
from luna.notices.channels import Channel, Letter, Refused, Style, Unknown, email, https
from luna.notices.models import PushSubscription, Reach
from luna.notices.subscriptions import Browser, Switch
from luna.people.models import User

WAITS = timedelta(hours=4)  # for a phone that is off, at most; later it would mislead
SIGNED_FOR_S = 12 * 3600  # a service takes no signature that is good for more than a day
TAKEN = range(200, 300)
GONE = (404, 410)  # the browser is no more
NOT_NOW = (408, 425, 429, *range(500, 600))


class Push(Channel):
    """The channel of what appears by itself on somebody's phone or computer."""

    name = "push"
    style = Style.LINE

    @staticmethod
    def address(user: User, reach: Reach) -> str:
        """Return whose browsers it reaches; "" while none wants it, and in a demonstration."""
        return user.id.hex if subscriptions.has_any(user) and not email.is_demo() else ""

    def __init__(self) -> None:
        """Hold nothing open: each service is asked for itself."""
        self._browsers: list[tuple[PushSubscription, Browser]] = []
        self._gone: list[PushSubscription] = []

    def prepare(self, letter: Letter) -> None:
        """Read where the browsers of this person are, and their keys."""
        self._browsers = list(subscriptions.working(letter.address, letter.at))

    def send(self, letter: Letter) -> str:
        """Ask every browser of a person to show it. One that takes it is enough."""
        became = []
        until = time.monotonic() + https.WITHIN_S  # for all of them: others wait for this place
        for row, browser in self._browsers:
            try:
                found = _hand_over(browser, letter, until)
            except VapidException as error:  # at the first one, before anybody was asked
                raise Refused("push-sender", lasting=True) from error
            became.append(found)
            if found is None:
                self._gone.append(row)
        if Became.TAKEN in became:
            return ""
        if Became.DOUBT in became:
            raise Unknown("push-no-answer")
        if Became.LATER in became:
            raise Refused("push-later", lasting=False)
        raise Refused("push-refused" if Became.FAILED in became else "push-gone", lasting=True)

    def tidy(self) -> None:
        """Forget the browsers that are no more."""
        for row in self._gone:
            row.delete()
        self._gone.clear()

    def close(self) -> None:
        """Nothing is open."""


def switch(user: User, session: SessionBase) -> Switch | None:
    """Return what a page says of the browser it is shown in; None where messages cannot appear there.

    That is in a demonstration, and on a device that is not the person's own.
    """
    if email.is_demo() or not subscriptions.may_be_on(session):
        return None
    row = subscriptions.of_session(user, session.session_key or "")
    return Switch(key=public_key(), is_on=row is not None)


def public_key() -> str:
    """Return what a browser is told, so that it takes messages from this Luna alone."""
    point = _vapid(keys.vapid(settings.LUNA_KEYS)).public_key
    return b64urlencode(point.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint))


def _hand_over(browser: Browser, letter: Letter, until: float) -> Became | None:
    """Hand a letter to the service of one browser; return what became of it, None if the browser is gone."""
    try:
        status = https.post(
            browser.endpoint, _sealed(browser, letter), _headers(browser, letter), until=until
        )
    except https.NotAllowed:
        return Became.FAILED
    except https.NotReached:
        return Became.LATER
    except https.NoAnswer:
        return Became.DOUBT
    if status in TAKEN:
        return Became.TAKEN
    if status in GONE:
        return None
    return Became.LATER if status in NOT_NOW else Became.FAILED


def _sealed(browser: Browser, letter: Letter) -> bytes:
    """Return what only this browser can open: the line it shows, and which notice that leads to."""
    said = json.dumps({"text": letter.subject, "notice": str(letter.notice_id)}).encode()
    own = ec.generate_private_key(ec.SECP256R1())
    return http_ece.encrypt(said, private_key=own, dh=browser.p256dh, auth_secret=browser.auth)


def _headers(browser: Browser, letter: Letter) -> dict[str, str]:
    claims = {
        "sub": f"mailto:{parseaddr(settings.DEFAULT_FROM_EMAIL)[1]}",  # whom a service asks in trouble
        "aud": https.place(browser.endpoint).origin,
        "exp": int(time.time()) + SIGNED_FOR_S,
    }
    return {
        **_vapid(keys.vapid(settings.LUNA_KEYS)).sign(claims),
        "Content-Encoding": "aes128gcm",
        "Content-Type": "application/octet-stream",
        "TTL": str(_waits_s(letter)),
        "Topic": letter.key,  # a second copy takes the place of the first
        "Urgency": "high",
    }


def _waits_s(letter: Letter) -> int:
    """Return how many seconds a service may keep it for a phone that is off: never longer than it is true."""
    waits = min(WAITS, letter.until - letter.at) if letter.until else WAITS
    return max(0, int(waits.total_seconds()))


@cache
def _vapid(private: str) -> Vapid:
    return Vapid.from_raw(private.encode())
