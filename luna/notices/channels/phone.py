"""The provider that sends text messages and rings: an HTTP interface in the shape of Twilio's.

`LUNA_SMS_URL` is `https://account:secret@host/2010-04-01`. Messages are posted to its `Messages.json`, calls
to its `Calls.json`. What became of them comes back to `/hooks/…`, signed with the secret: see `is_signed`.
"""

import base64
import hashlib
import hmac
import json
import time
from contextlib import suppress
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import urllib3
from django.conf import settings
from django.utils.crypto import constant_time_compare
from urllib3.exceptions import (
    ConnectTimeoutError,
    HTTPError,
    NameResolutionError,
    NewConnectionError,
)

from luna.notices.channels import REF, Letter, Refused, Unknown, Unreachable, of_status
from luna.notices.models import Reach
from luna.people import safety
from luna.people.actions import address

ANSWER_S = 10.0  # how long an answer may take, all of it
CONNECT_S = 5.0
LONGEST = 64 * 1024  # bytes of an answer that are read, and of a hook that is heard
FIELDS = 100  # of a hook
STOPPED = 21610  # the provider's code for a number that answered STOP …
STOPPED_WHY = "stopped"  # … and ours
NOBODY_THERE = (NewConnectionError, ConnectTimeoutError, NameResolutionError)


class Provider:
    """One talk with the provider. Connections are kept for the turn."""

    def __init__(self) -> None:
        """Open nothing yet."""
        self._pool = urllib3.PoolManager(
            retries=False, timeout=urllib3.Timeout(connect=CONNECT_S, read=ANSWER_S), maxsize=1
        )

    def post(self, what: str, key: str, fields: dict[str, str]) -> str:
        """Hand one message over and return the provider's id of it. Raises Refused or Unknown.

        what: "Messages" or "Calls". key: the same for the same message. Only an answer is a refusal; silence
        may hide a yes.
        """
        account, secret, base = _account()
        headers = urllib3.make_headers(basic_auth=f"{account}:{secret}")
        headers["Idempotency-Key"] = key
        try:
            answer = self._pool.request(
                "POST",
                f"{base}/Accounts/{account}/{what}.json",
                fields=fields,
                encode_multipart=False,
                headers=headers,
                redirect=False,
                preload_content=False,
            )
        except NOBODY_THERE as error:
            raise Unreachable("provider-away") from error
        except HTTPError as error:
            raise Unknown("provider-silent") from error
        try:
            return _heard(answer.status, _read(answer))
        finally:
            answer.close()

    def close(self) -> None:
        """Let go of the connections."""
        self._pool.clear()


def is_set_up(sender: str) -> bool:
    """Say whether there is a provider, and a number of ours to send from."""
    return bool(settings.LUNA_SMS_URL and sender)


def may_reach(reach: Reach) -> bool:
    """Say whether their number may be used.

    It is confirmed, not by somebody who had taken the account over, and not one that staff were told not to
    call.
    """
    if not reach.mobile or reach.mobile_at is None:
        return False
    user, since = reach.user, reach.mobile_at
    return safety.may_use(user, reach.mobile) and not address.was_taken_over(user, since)


def hook(letter: Letter, *more: str) -> str:
    """Return the address at which the provider tells what became of one try."""
    return "/".join(
        (settings.LUNA_BASE_URL, "hooks", letter.channel, str(letter.notice_id), str(letter.fence), *more)
    )


def is_signed(url: str, body: bytes, signature: str) -> bool:
    """Say whether the provider signed this body for this address with our secret, as Twilio does.

    url: whole, as the provider was given it. The signature is over the address and the fields of the raw
    body in order of name, each name and value one after the other.
    """
    fields = sorted(read(body))
    signed = url + "".join(name + value for name, value in fields)
    _account_id, secret, _base = _account()
    mine = base64.b64encode(hmac.new(secret.encode(), signed.encode(), hashlib.sha1).digest()).decode()
    return bool(secret) and constant_time_compare(mine, signature)


def read(body: bytes) -> list[tuple[str, str]]:
    """Return the fields of a form's raw body. Raises ValueError for what is none."""
    return parse_qsl(
        body.decode("ascii"),
        keep_blank_values=True,
        strict_parsing=True,
        errors="strict",
        max_num_fields=FIELDS,
    )


def _account() -> tuple[str, str, str]:
    """Return the account, its secret and the address that its requests begin with."""
    url = urlsplit(settings.LUNA_SMS_URL)
    base = url._replace(netloc=url.netloc.rpartition("@")[2]).geturl().rstrip("/")
    return unquote(url.username or ""), unquote(url.password or ""), base


def _read(answer: urllib3.BaseHTTPResponse) -> bytes:
    """Return the first bytes of an answer, however slowly more would come."""
    until, found = time.monotonic() + ANSWER_S, b""
    with suppress(HTTPError):  # The status says what became of it; the rest only says more.
        while len(found) < LONGEST and time.monotonic() < until and (more := answer.read1(LONGEST)):
            found += more
    return found


def _heard(status: int, body: bytes) -> str:
    """Return the provider's id of what it took. Raises Refused or Unknown for any other answer."""
    said = _json(body)
    if 200 <= status < 300:
        return str(said.get("sid") or "")[:REF]
    code = said.get("code")
    if status == 400 and isinstance(code, int):
        raise Refused(STOPPED_WHY if code == STOPPED else f"provider-{code}", lasting=True)
    raise of_status(status)


def _json(body: bytes) -> dict[str, Any]:
    try:
        said = json.loads(body)
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}
