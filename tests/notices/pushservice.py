"""A push service on this machine: real HTTPS, and the browsers it serves can open what it was handed.

They open it as RFC 8291 says, without the library that Luna seals it with.
"""

import base64
import json
import ssl
import struct
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from cryptography.x509.oid import NameOID
from py_vapid import Vapid

HOST = "push.example.test"
CURVE = ec.SECP256R1()


def text(key: bytes) -> str:
    return base64.urlsafe_b64encode(key).decode().rstrip("=")


def unpadded(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


def derived(secret: bytes, salt: bytes, about: bytes, length: int) -> bytes:
    return HKDF(hashes.SHA256(), length, salt, about).derive(secret)


@dataclass
class Phone:
    """A browser that subscribed: it alone has the private key."""

    endpoint: str
    private: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(CURVE))
    auth: bytes = b"sixteen bytes ok"

    @property
    def form(self) -> dict[str, str]:
        """Return what its script sends when messages are turned on."""
        return {"endpoint": self.endpoint, "p256dh": text(self.point), "auth": text(self.auth)}

    @property
    def point(self) -> bytes:
        """Return the public key."""
        return self.private.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)

    def opened(self, body: bytes) -> dict:
        """Return what a message says."""
        return json.loads(self.unsealed(body))

    def unsealed(self, body: bytes) -> bytes:
        """Return what was sealed for this browser: one record (RFC 8188), its key by RFC 8291."""
        salt, (size, length) = body[:16], struct.unpack_from("!LB", body, 16)
        sender, record = body[21 : 21 + length], body[21 + length :]
        assert len(record) <= size
        shared = self.private.exchange(ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(CURVE, sender))
        key = derived(shared, self.auth, b"WebPush: info\0" + self.point + sender, 32)
        aes = AESGCM(derived(key, salt, b"Content-Encoding: aes128gcm\0", 16))
        padded = aes.decrypt(derived(key, salt, b"Content-Encoding: nonce\0", 12), record, None).rstrip(b"\0")
        assert padded[-1:] == b"\2"  # the last record, as the only one is
        return padded[:-1]


@dataclass
class Asked:
    """One request that arrived: under which name the connection came, and what it held."""

    name: str | None
    path: str
    headers: Message
    body: bytes

    def claims(self) -> dict:
        """Return what its signature says. Fails when the signature is not by the key it names."""
        assert Vapid.verify(self.headers["Authorization"])
        token = self.headers["Authorization"].partition("t=")[2].partition(",")[0]
        return json.loads(unpadded(token.split(".")[1]))

    @property
    def key(self) -> str:
        """Return the public key it was signed with."""
        return self.headers["Authorization"].partition("k=")[2]


class Handler(BaseHTTPRequestHandler):
    def do_POST(self):
        service = self.server.service
        length = int(self.headers["Content-Length"])
        body = self.rfile.read(length)
        if len(body) < length:
            return  # Whoever asked died: nothing was handed over.
        name = getattr(self.connection, "asked_for", None)
        self.asked = Asked(name, self.path, self.headers, body)
        service.asked.append(self.asked)
        service.answers.get(self.path, answer(201))(self)

    def log_message(self, *args):
        """Say nothing: pytest shows what matters."""


def answer(status: int, **headers: str):
    """Answer at once."""

    def give(handler: Handler) -> None:
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name.title(), value)
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    return give


def dripping(handler: Handler) -> None:
    """Answer one byte at a time, for ever: each comes before any wait for one is over."""
    try:
        for letter in "HTTP/1.1 201 Created\r\nX-Slow: " + "x" * 10_000:
            handler.wfile.write(letter.encode())
            handler.wfile.flush()
            time.sleep(0.05)
    except OSError:
        handler.close_connection = True


def silent(handler: Handler) -> None:
    """Take it and hang up without a word."""
    handler.close_connection = True


def huge(handler: Handler) -> None:
    """Answer with a body that never ends."""
    handler.send_response(201)
    handler.end_headers()
    try:
        while True:
            handler.wfile.write(b"x" * 65536)
    except OSError:
        handler.server.service.hung_up.set()
        handler.close_connection = True


def big_head(handler: Handler) -> None:
    """Answer with more headers than anyone needs."""
    handler.send_response(201)
    for number in range(500):
        handler.send_header(f"X-{number}", "x" * 60)
    handler.end_headers()


@dataclass
class Service:
    """A running push service. answers: path -> how it answers there; 201 elsewhere."""

    port: int
    host: str = HOST
    asked: list[Asked] = field(default_factory=list)
    answers: dict = field(default_factory=dict)
    hung_up: threading.Event = field(default_factory=threading.Event)

    def phone(self, name: str = "phone", how=None) -> Phone:
        """Return a browser that subscribed here. how: the way the service answers about it."""
        if how is not None:
            self.answers[f"/{name}"] = how
        return Phone(f"https://{self.host}:{self.port}/{name}")


@contextmanager
def running(folder: Path, host: str = HOST):
    """Run a push service under a name; SSL_CERT_FILE is to be `folder`/ca.pem."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*_certificate(folder, host))
    context.sni_callback = lambda connection, name, _context: setattr(connection, "asked_for", name)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.handle_error = lambda *_args: None  # a client that refuses its certificate
    server.socket = context.wrap_socket(server.socket, server_side=True)
    server.service = Service(server.server_port, host)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server.service
    server.shutdown()
    thread.join()
    server.server_close()


def _certificate(folder: Path, host: str) -> tuple[Path, Path]:
    """Write a certificate for a name that signs itself, and its key."""
    key = ec.generate_private_key(CURVE)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    certificate, private = folder / "ca.pem", folder / "key.pem"
    certificate.write_bytes(made.public_bytes(Encoding.PEM))
    private.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return certificate, private
