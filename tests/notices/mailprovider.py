"""A provider of mail on loopback, in the shape of Postmark, and the hooks of each provider that Luna knows.

The hooks are written from the providers' descriptions, and signed by no code of ours.
"""

import base64
import hashlib
import hmac
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

YES = {"To": "bea@example.org", "ErrorCode": 0, "Message": "OK"}
PATH = "/hooks/mail"
KEY = base64.b64encode(b"sixteen bytes or more").decode()
SECRETS = {
    "brevo": "0123456789abcdef0123456789abcdef",
    "mailersend": "a signing secret of theirs!".replace(" ", "-"),
    "postmark": "0123456789abcdef0123456789abcdef",
    "resend": f"whsec_{KEY}",
    "sparkpost": "0123456789abcdef0123456789abcdef",
}
TO = "bea@example.org"


class Server(ThreadingHTTPServer):
    """Takes mails, and answers as it was told to."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Request)
        self.asked: list[tuple[dict, dict]] = []
        self.status: int | None = 200
        self.content: dict[str, Any] = YES


class Request(BaseHTTPRequestHandler):
    """One mail; the first has the id PM0."""

    server: Server

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.asked.append((dict(self.headers), asked))
        if self.server.status is None:
            return  # hangs up without a word
        content = self.server.content | {"MessageID": f"PM{len(self.server.asked) - 1}"}
        text = json.dumps(content).encode()
        self.send_response(self.server.status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, format, *args) -> None:
        """Say nothing."""


@contextmanager
def running() -> Iterator[Server]:
    """Run a provider for as long as the block lasts."""
    with Server() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


def hook(name: str, what: str, ref: str) -> Any:
    """Return what a provider posts. what: delivered, returned, unwanted or opened."""
    number = ("delivered", "returned", "unwanted", "opened").index(what)
    if name == "brevo":
        said = ("delivered", "hard_bounce", "spam", "unique_opened")[number]
        return {"event": said, "message-id": ref, "email": TO, "ts_epoch": 1806000000000}
    if name == "mailersend":
        said = ("delivered", "hard_bounced", "spam_complaint", "opened")[number]
        mail = {"message": {"id": ref}, "recipient": {"email": TO}}
        data = {"type": said, "id": "e1", "created_at": "2027-03-08T17:00:00Z", "email": mail, "morph": None}
        return {"type": f"activity.{said}", "data": data}
    if name == "postmark":
        said = ("Delivery", "Bounce", "SpamComplaint", "Open")[number]
        kind = {"Type": ("", "HardBounce", "SpamComplaint", "")[number], "ID": 42, "Email": TO}
        return {"RecordType": said, "MessageID": ref, "BouncedAt": "2027-03-08T17:00:00Z"} | kind
    if name == "resend":
        said = ("delivered", "bounced", "complained", "opened")[number]
        data = {"email_id": ref, "to": [TO], "bounce": {"message": "a hard bounce message"}}
        return {"type": f"email.{said}", "created_at": "2027-03-08T17:00:00.000Z", "data": data}
    said = ("delivery", "bounce", "spam_complaint", "open")[number]
    event = {"type": said, "transmission_id": ref, "timestamp": "1806000000", "raw_rcpt_to": TO}
    return [{"msys": {"message_event": event | ({"bounce_class": "30"} if said == "bounce" else {})}}]


def headers(name: str, body: bytes, *, at: datetime, secret: str = "") -> dict[str, str]:
    """Return what a provider sends beside a body, to say that it is the provider."""
    secret = secret or SECRETS[name]
    if name == "mailersend":
        return {"Signature": hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()}
    if name == "resend":
        when = str(int(at.timestamp()))
        key = base64.b64decode(secret.removeprefix("whsec_"))
        signed = hmac.new(key, b"msg_1." + when.encode() + b"." + body, hashlib.sha256).digest()
        mine = f"v1,c29tZXRoaW5nIGVsc2U= v1,{base64.b64encode(signed).decode()}"
        return {"svix-id": "msg_1", "svix-timestamp": when, "svix-signature": mine}
    return {"Authorization": f"Basic {base64.b64encode(f'luna:{secret}'.encode()).decode()}"}


def tell(client, name: str, content: Any, *, at: datetime, **more: Any):
    """Post a hook as a provider does, and return the answer. more: headers that are other than right."""
    body = content if isinstance(content, bytes) else json.dumps(content).encode()
    beside = more.get("headers")
    return client.post(
        PATH,
        body,
        content_type="application/json",
        headers=headers(name, body, at=at) if beside is None else beside,
    )
