"""A provider of text messages and calls on loopback, in the shape of Twilio, that can misbehave on demand.

`answer` gives what it says to a request: an HTTP status, HANG (takes it and keeps silent), DROP (hangs up
before it takes it) or TAKE_AND_DROP (takes it and hangs up without a word). What is said over and over is in
`answers`, what is said once in `once`.
"""

import base64
import hashlib
import hmac
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlencode

from django.conf import settings

ACCOUNT, SECRET = "AC0", "s3cret"
HANG, DROP, TAKE_AND_DROP = "hang", "drop", "take and drop"


@dataclass(frozen=True)
class Taken:
    """One message or call that was taken."""

    what: str  # "Messages" or "Calls"
    key: str
    sid: str
    fields: dict[str, str]
    authorization: str

    @property
    def notice(self) -> str:
        """Return the id of the notice, which the key begins with."""
        return self.key.partition("-")[0]


class Provider(ThreadingHTTPServer):
    """Takes messages and calls and remembers them."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Request)
        self.taken: list[Taken] = []
        self.once: list[object] = []
        self.answers: object = 201
        self.code = 21211  # what is wrong, in a 400
        self.stop = threading.Event()

    @property
    def url(self) -> str:
        return f"http://{ACCOUNT}:{SECRET}@127.0.0.1:{self.server_port}/2010-04-01"

    def answer(self) -> object:
        return self.once.pop(0) if self.once else self.answers

    def handle_error(self, request, client_address) -> None:
        """A worker that was killed in the middle of a talk is no news."""


class Request(BaseHTTPRequestHandler):
    """One request of one worker."""

    server: Provider
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        answer = self.server.answer()
        sid = ""
        if answer in (HANG, TAKE_AND_DROP, 201):
            sid = self.take(body)
        if answer == HANG:
            self.server.stop.wait(9)
        if answer in (HANG, DROP, TAKE_AND_DROP):
            self.close_connection = True
            return
        self.say(answer, {"sid": sid} if answer == 201 else {"code": self.server.code})

    def take(self, body: str) -> str:
        sid = f"SM{len(self.server.taken)}"
        what = self.path.rpartition("/")[2].removesuffix(".json")
        key, authorization = self.headers["Idempotency-Key"], self.headers["Authorization"]
        self.server.taken.append(Taken(what, key, sid, dict(parse_qsl(body)), authorization))
        return sid

    def say(self, status: int, content: dict) -> None:
        text = json.dumps(content).encode()
        self.send_response(status)
        if status == 302:
            self.send_header("Location", f"{self.server.url}/elsewhere")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, format, *args) -> None:
        """Say nothing: the test says what went wrong."""


@contextmanager
def running() -> Iterator[Provider]:
    """Run a provider for as long as the block lasts."""
    with Provider() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield server
        finally:
            server.stop.set()
            server.shutdown()
            thread.join()


def signed(url: str, fields: dict[str, str], secret: str = SECRET) -> str:
    """Return the signature of a hook, worked out from Twilio's description and not by our own code."""
    text = url + "".join(f"{name}{fields[name]}" for name in sorted(fields))
    return base64.b64encode(hmac.new(secret.encode(), text.encode(), hashlib.sha1).digest()).decode()


def tell(client, path: str, fields: dict[str, str], *, signature: str | None = None):
    """Post a hook as the provider does, and return the answer."""
    mine = signed(f"{settings.LUNA_BASE_URL}{path}", fields) if signature is None else signature
    return client.post(
        path,
        urlencode(fields),
        content_type="application/x-www-form-urlencoded",
        headers={"X-Twilio-Signature": mine},
    )
