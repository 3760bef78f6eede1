"""A passkey device in a few lines: it answers what a browser would pass on to a phone."""

import html
import json
import re
import secrets
from hashlib import sha256

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from django.http import HttpResponse
from fido2.cose import ES256
from fido2.utils import websafe_encode
from fido2.webauthn import AttestationObject, AttestedCredentialData, AuthenticatorData

FLAG = AuthenticatorData.FLAG
AAGUID = b"\0" * 16


class Authenticator:
    """One device holding one passkey. verified: whether it asks for a face, a finger or its PIN."""

    def __init__(self, *, verified: bool = True, host: str = "testserver") -> None:
        self.host = host
        self.flags = FLAG.UP | (FLAG.UV if verified else 0)
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.id = secrets.token_bytes(32)
        self.user_id = ""

    def create(self, options: dict) -> str:
        """Make the passkey and return what the browser's form carries."""
        asked = options["publicKey"]
        self.user_id = asked["user"]["id"]
        public = ES256.from_cryptography_key(self.key.public_key())
        data = AuthenticatorData.create(
            sha256(self.host.encode()).digest(),
            self.flags | FLAG.AT,
            0,
            AttestedCredentialData.create(AAGUID, self.id, public),
        )
        made = AttestationObject.create("none", data, {})
        client = self._client_data("webauthn.create", asked["challenge"])
        return self._credential(clientDataJSON=client, attestationObject=bytes(made))

    def get(self, options: dict) -> str:
        """Answer a question and return what the browser's form carries."""
        client = self._client_data("webauthn.get", options["publicKey"]["challenge"])
        data = AuthenticatorData.create(sha256(self.host.encode()).digest(), self.flags, 1)
        signature = self.key.sign(bytes(data) + sha256(client).digest(), ec.ECDSA(SHA256()))
        return self._credential(
            clientDataJSON=client, authenticatorData=bytes(data), signature=signature, userHandle=self.user_id
        )

    def _client_data(self, kind: str, challenge: str) -> bytes:
        return json.dumps({"type": kind, "challenge": challenge, "origin": f"http://{self.host}"}).encode()

    def _credential(self, **response: bytes | str) -> str:
        coded = {
            name: value if isinstance(value, str) else websafe_encode(value)
            for name, value in response.items()
        }
        own = websafe_encode(self.id)
        return json.dumps(
            {"id": own, "rawId": own, "type": "public-key", "response": coded, "clientExtensionResults": {}}
        )


def options_of(page: HttpResponse) -> dict:
    """Return the question a page puts to a passkey device."""
    found = re.search(r"data-options='([^']*)'", page.content.decode())
    return json.loads(html.unescape(found[1]))
