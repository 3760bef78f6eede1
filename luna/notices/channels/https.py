"""One request to an address that a browser gave us, without letting it lead anywhere else (03.1).

The host must be one of LUNA_PUSH_HOSTS, by https. Its name is resolved once; every address it has must be
public, and the connection goes to one of those, under the name. No redirect is followed, no proxy asked, no
answer read beyond its head, and the whole takes no longer than WITHIN_S, its name server too.
"""

import ipaddress
import queue
import re
import socket
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from http.client import HTTPException
from threading import Thread, Timer
from typing import Any

from django.conf import settings
from urllib3.connection import HTTPSConnection
from urllib3.exceptions import HTTPError
from urllib3.util.ssl_match_hostname import CertificateError

WITHIN_S = 10  # for the whole request; the lease of a notice is far longer
CONNECT_S = 5
MOST = 2  # addresses of one host that are tried
PORT = 443
ENDPOINT = re.compile(
    r'https://([a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63})*)(?::([0-9]{1,5}))?(/[!"$-~]{0,900})', re.ASCII
)
NAT64 = ipaddress.ip_network("64:ff9b::/96")  # RFC 6052: the last 32 bits are an IPv4 address


class NotAllowed(Exception):
    """The address is none that Luna sends anything to."""


class NotReached(Exception):
    """Nobody was there: nothing was sent."""


class NoAnswer(Exception):
    """It was sent, and may or may not have been taken."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where an endpoint leads: the parts of its address."""

    host: str
    port: int
    path: str

    @property
    def origin(self) -> str:
        """Return the start of the address, as a signature names it."""
        return f"https://{self.netloc}"

    @property
    def netloc(self) -> str:
        """Return the host, with the port where it is not the usual one."""
        return self.host if self.port == PORT else f"{self.host}:{self.port}"


def place(endpoint: str) -> Place:
    """Return where an endpoint leads. Raises NotAllowed for anything but a push service's https address."""
    found = ENDPOINT.fullmatch(endpoint)
    if not found:
        raise NotAllowed
    host, port, path = found[1], int(found[2] or PORT), found[3]
    if not any(_is_of(host, name) for name in settings.LUNA_PUSH_HOSTS):
        raise NotAllowed
    if port != PORT and not _on_loopback():
        raise NotAllowed
    return Place(host, port, path)


def post(endpoint: str, body: bytes, headers: Mapping[str, str], *, until: float | None = None) -> int:
    """Send one body and return the status that was answered.

    until: by when, on the clock of `time.monotonic`. Raises NotAllowed, NotReached or NoAnswer.
    """
    where = place(endpoint)
    ends = time.monotonic() + WITHIN_S if until is None else until
    for address in _addresses(where, ends)[:MOST]:
        left = ends - time.monotonic()
        if left <= 0:
            break
        connection = HTTPSConnection(
            address,
            where.port,
            timeout=min(CONNECT_S, left),
            server_hostname=where.host,
            assert_hostname=where.host,
        )
        watch = Timer(left, _cut, [connection])
        watch.start()
        try:
            try:
                connection.connect()
            except (OSError, HTTPError, CertificateError):
                continue
            return _ask(connection, where, body, headers)
        finally:
            watch.cancel()
            connection.close()
    raise NotReached


def _ask(connection: HTTPSConnection, where: Place, body: bytes, headers: Mapping[str, str]) -> int:
    try:
        connection.request(
            "POST", where.path, body=body, headers={**headers, "Host": where.netloc}, preload_content=False
        )
        return connection.getresponse().status
    except (OSError, HTTPException, HTTPError) as error:
        raise NoAnswer from error


def _cut(connection: HTTPSConnection) -> None:
    """End a request that takes too long, even if a byte comes now and then: whoever waits for it wakes."""
    with suppress(OSError, AttributeError):  # It is over, or was never open.
        socket.socket.shutdown(connection.sock, socket.SHUT_RDWR)  # type: ignore[arg-type]


def _is_of(host: str, name: str) -> bool:
    return host.endswith(name) if name.startswith(".") else host == name


def _addresses(where: Place, ends: float) -> list[str]:
    """Return the addresses of a host.

    Raises NotReached for none, and when the name server takes too long; NotAllowed if one is not public.
    """
    addresses = list(dict.fromkeys(str(one[4][0]) for one in _resolved(where, ends)))
    if not all(_is_public(ipaddress.ip_address(address)) for address in addresses):
        raise NotAllowed
    return addresses


def _resolved(where: Place, ends: float) -> list[Any]:
    """Ask the name server, in a thread of its own: nothing but its end could end the wait for it."""
    answer: queue.SimpleQueue[list[Any]] = queue.SimpleQueue()

    def ask() -> None:
        with suppress(OSError, UnicodeError):
            answer.put(socket.getaddrinfo(where.host, where.port, type=socket.SOCK_STREAM))
            return
        answer.put([])

    Thread(target=ask, daemon=True).start()
    try:
        found = answer.get(timeout=max(ends - time.monotonic(), 0.0))
    except queue.Empty as error:
        raise NotReached from error
    if not found:
        raise NotReached
    return found


def _is_public(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    if isinstance(address, ipaddress.IPv6Address) and (inner := _inner(address)):
        return _is_public(inner)
    if address.is_loopback:
        return _on_loopback()
    return address.is_global and not address.is_multicast


def _inner(address: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    """Return the IPv4 address that an IPv6 one stands for, None for none."""
    if address in NAT64:
        return ipaddress.IPv4Address(address.packed[-4:])
    return address.ipv4_mapped or address.sixtofour or (address.teredo or (None, None))[1]


def _on_loopback() -> bool:
    """Say whether this machine itself may be a push service: in tests, whose settings alone say so."""
    return getattr(settings, "LUNA_TEST_PUSH_ON_LOOPBACK", False)
