"""A passkey made and used with a browser's own virtual authenticator, checked by the server's library."""

import json

import pytest
from fido2.server import Fido2Server
from fido2.webauthn import (
    AuthenticationResponse,
    PublicKeyCredentialRpEntity,
    PublicKeyCredentialUserEntity,
    RegistrationResponse,
    UserVerificationRequirement,
)

from tests.web import conftest, gallery

pytestmark = pytest.mark.journey

ORIGIN = "http://localhost"  # a secure context, which passkeys ask for
PAGE = """{% extends "plain.html" %}{% block title %}Passkey{% endblock %}
{% block scripts %}<script src="{{ static("passkey.js") }}" defer></script>{% endblock %}
{% block main %}<h1>Passkey</h1>
<form method="post" action="/done" data-passkey="{{ kind }}" data-options='{{ options | tojson }}'>
<input type="hidden" name="credential"><button class="btn">Go</button>
<p data-passkey-error hidden>It did not work.</p></form>{% endblock %}"""


@pytest.fixture
def server() -> Fido2Server:
    return Fido2Server(PublicKeyCredentialRpEntity(id="localhost", name="Luna"))


@pytest.fixture
def device(page, site, authenticator):
    """Return a page on localhost with a fingerprint reader that always agrees."""
    page.route(f"{ORIGIN}/**", lambda route: conftest._answer(route, site))
    authenticator(page)
    return page


def proof(device, site, kind: str, options) -> dict:
    """Press the button on a page with these options and return what the form sent."""
    site["/done"] = lambda route: route.fulfill(status=204)
    env = gallery.environment()
    site["/"] = env.from_string(PAGE).render(kind=kind, options=json.loads(json.dumps(dict(options))))
    device.goto(f"{ORIGIN}/")
    with device.expect_request(f"{ORIGIN}/done") as asked:
        device.click("button")
    return json.loads(asked.value.post_data_json["credential"])


def test_passkey_is_made_and_then_opens_the_door(device, site, server):
    user = PublicKeyCredentialUserEntity(id=b"ana", name="ana", display_name="Ana")
    options, state = server.register_begin(user, resident_key_requirement="required")
    made = proof(device, site, "create", options)
    known = server.register_complete(state, RegistrationResponse.from_dict(made)).credential_data

    options, state = server.authenticate_begin(user_verification=UserVerificationRequirement.REQUIRED)
    used = proof(device, site, "get", options)

    assert server.authenticate_complete(state, [known], AuthenticationResponse.from_dict(used)) == known


def test_refused_passkey_says_so(device, site):
    env = gallery.environment()
    site["/"] = env.from_string(PAGE).render(kind="get", options={"publicKey": {"challenge": "!"}})
    device.goto(f"{ORIGIN}/")

    device.click("button")

    assert device.inner_text("[data-passkey-error]") == "It did not work."
