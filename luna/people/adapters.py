"""How django-allauth works for Luna: no signing up, our words and mails, our limits, sealed secrets.

Which device asks matters for the limits. A browser that once signed in as somebody keeps a cookie
that says so; it has limits of its own. Everybody else who asks for that person's code shares
limits with strangers, so a stranger can use up only the strangers' share.
"""

import base64
from functools import partial
from io import BytesIO
from typing import Any
from uuid import UUID

import qrcode
from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.flows.login import get_authentication_records
from allauth.account.internal.flows.login_by_code import LoginCodeVerificationProcess
from allauth.core import context, ratelimit
from allauth.core.internal import ratelimit as every_method
from allauth.core.internal.ratelimit import get_ip
from allauth.mfa.adapter import DefaultMFAAdapter
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.crypto import constant_time_compare, get_random_string, salted_hmac
from django.utils.translation import gettext_lazy as _
from qrcode.image.svg import SvgPathFillImage

from luna.people import access, keys, mails, sessions
from luna.people.actions import identity
from luna.people.models import User

DEVICE_COOKIE = "luna_device"
DEVICE_COOKIE_AGE = 365 * 24 * 3600
PLACE = {"table": "mfa_authenticator", "column": "data"}

METHODS_CHANGED = {
    "mfa/email/totp_activated": _("An authenticator app was added to your account."),
    "mfa/email/totp_deactivated": _("The authenticator app was removed from your account."),
    "mfa/email/webauthn_added": _("A passkey was added to your account."),
    "mfa/email/webauthn_removed": _("A passkey was removed from your account."),
    "mfa/email/recovery_codes_generated": _("New recovery codes were made for your account."),
}


class AccountAdapter(DefaultAccountAdapter):
    """Sign in by a code in an e-mail."""

    error_messages = DefaultAccountAdapter.error_messages | {
        "account_inactive": _("This account is closed. Call your clinic."),
        "incorrect_code": _("That is not the code we sent. Look at the newest e-mail and type its 6 digits."),
        "too_many_login_attempts": _("That was too many tries. Wait a few minutes, then ask for a new code."),
        "rate_limited": _("That was too many tries. Wait a few minutes, then try again."),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Let nobody sign up: people are invited."""
        return False

    def generate_login_code(self) -> str:
        """Return six digits."""
        return get_random_string(6, "0123456789")

    def get_login_stages(self) -> list[str]:
        """Ask for the code only; the second factor has a page that also serves who is signed in already."""
        return ["allauth.account.stages.LoginByCodeStage"]

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Send the code: the only message of allauth's own that Luna lets out."""
        mails.code(email, context["code"])

    def send_notification_mail(
        self,
        template_prefix: str,
        user: User,
        context: dict[str, Any] | None = None,
        email: str | None = None,
    ) -> None:
        """Tell a person that how they sign in changed."""
        words = str(METHODS_CHANGED[template_prefix])
        transaction.on_commit(partial(mails.methods_changed, user, words), robust=True)

    def add_message(  # noqa: PLR0917 -- allauth's signature
        self,
        request: HttpRequest,
        level: int,
        message_template: str | None = None,
        message_context: dict[str, Any] | None = None,
        extra_tags: str = "",
        message: str | None = None,
    ) -> None:
        """Show what went wrong; what went well, our pages say themselves."""
        if message:
            messages.add_message(request, level, message, extra_tags=extra_tags)

    def respond_user_inactive(self, request: HttpRequest, user: AbstractBaseUser) -> HttpResponse:
        """Say so on the sign-in page. Only who proved to be that person gets here."""
        messages.error(request, self.error_messages["account_inactive"])
        return HttpResponseRedirect(settings.LOGIN_URL)

    def login(self, request: HttpRequest, user: User) -> None:
        """Begin a session, with what was proved on the way in."""
        own_device = bool(request.session.get("own_device"))
        super().login(request, user)
        used = [record for record in get_authentication_records(request, user) if record["method"] == "mfa"]
        may_set_up = identity.signed_in(user, "passkey" if used else "code", now=request.now)
        begin(request, own_device=own_device, second_factor=bool(used), fresh=bool(used) or may_set_up)
        if len(found := access.capacities(user)) == 1:
            sessions.act_as(request.session, found[0][0])

    def post_login(self, request: HttpRequest, user: User, **kwargs: Any) -> HttpResponse:
        """Remember that this browser is known to this person."""
        response = super().post_login(request, user, **kwargs)
        remember_device(request, response, user.email)
        remember_language(response, user.language)
        return response


class MFAAdapter(DefaultMFAAdapter):
    """Passkeys, authenticator apps and recovery codes."""

    error_messages = DefaultMFAAdapter.error_messages | {
        "incorrect_code": _("That code did not work. Wait for the next one in your app, then type it."),
    }

    def get_totp_issuer(self) -> str:
        """Return the name an authenticator app shows: it tells nothing about health."""
        return "Luna"

    def _get_site_name(self) -> str:
        return "Luna"

    def get_public_key_credential_user_entity(self, user: User) -> dict[str, Any]:
        """Return how the browser's list of passkeys names this account."""
        return super().get_public_key_credential_user_entity(user) | {"display_name": user.name}

    def build_totp_svg(self, url: str) -> str:
        """Draw the square code on white, so that it can be read in the dark too."""
        out = BytesIO()
        qrcode.make(url, image_factory=SvgPathFillImage).save(out)
        return out.getvalue().decode()

    def encrypt(self, text: str) -> str:
        """Seal a secret under the key of whoever is signed in."""
        return seal(context.request.user, text, now=context.request.now)

    def decrypt(self, encrypted_text: str) -> str:
        """Open a secret of whoever is signed in; another person's does not open."""
        return unseal(context.request.user, encrypted_text)


def seal(user: User, secret: str, *, now: Any) -> str:
    """Return a person's sign-in secret sealed, as text."""
    key = keys.key_for(user.id, "person", now)
    return base64.b64encode(keys.seal_text(key, secret, **PLACE, row=user.id, person=user.id)).decode()


def unseal(user: User, sealed: str) -> str:
    """Return a person's sign-in secret. Raises Unreadable if it is not theirs."""
    return keys.open_text(base64.b64decode(sealed), **PLACE, row=user.id, person=user.id)


def begin(request: HttpRequest, *, own_device: bool, second_factor: bool, fresh: bool) -> None:
    """Fill a session that just began; what was proved in it before is no longer so."""
    session = request.session
    for left_over in ("capacity", "second_factor", "fresh_at", "pin_asked", "over"):
        session.pop(left_over, None)
    sessions.own_device(session, own_device and not access.shares_phone(request.user))
    sessions.begin(session, request.now)
    if second_factor:
        session["second_factor"] = request.now.isoformat()
    if fresh:
        session["fresh_at"] = request.now.isoformat()


def send_code(request: HttpRequest, user: User | None, email: str) -> None:
    """Send a sign-in code that works in this browser only. The next page is the one that asks for it.

    user: None for an address nobody signs in with. All that differs is what its mail says.
    Raises OSError when no mail server takes it.
    """
    if user is None:
        mails.no_account(email)
    LoginCodeVerificationProcess.initiate(request=request, user=user, email=email)


def may_ask(request: HttpRequest, email: str) -> bool:
    """Say whether this browser may have another code for this address, counting it."""
    email = email.lower()
    device = known_device(request, email)
    if device:
        return ratelimit.consume(request, action="code_known_device", key=f"{device}:{email}")
    place = get_ip(request)
    return ratelimit.consume(request, action="code_new_device", key=f"{place}:{email}") and ratelimit.consume(
        request, action="code_new_devices", key=email
    )


def may_text(request: HttpRequest) -> bool:
    """Say whether somebody may have another code sent to a phone, whatever its number, counting it."""
    return ratelimit.consume(request, action="text_code", key=str(request.user.pk))


def may_try_code(request: HttpRequest) -> bool:
    """Say whether this browser may try a code, counting it, so that trying many at once gains nothing."""
    return ratelimit.consume(request, action="code_try", key=str(request.session.session_key))


def may_undo(request: HttpRequest) -> bool:
    """Say whether a link that undoes something may be opened from this place, counting it."""
    asked = {"app": "allauth.account", "action": "undo", "key": get_ip(request), "limit_get": True}
    return every_method.consume(request, **asked) is not None


def may_try_pin(request: HttpRequest, user: User) -> bool:
    """Say whether a PIN may be tried, counting it: by device and person, and in all by person."""
    device = known_device(request, user.email) or get_ip(request)
    return ratelimit.consume(request, action="pin_device", key=f"{device}:{user.id}") and ratelimit.consume(
        request, action="pin", key=str(user.id)
    )


def may_fetch_calendar(request: HttpRequest, link_id: UUID | None = None) -> bool:
    """Say whether a calendar may be fetched now, counting it, though it is only read.

    link_id: of the link that was asked for; None before that is known. A secret that never was one is
    counted by its place alone, so that making many up fills no memory of other limits.
    """
    action = "calendar" if link_id is None else "calendar_link"
    asked = {"app": "allauth.account", "action": action, "key": str(link_id), "limit_get": True}
    return every_method.consume(request, **asked) is not None


def known_device(request: HttpRequest, email: str) -> str:
    """Return the id of the browser if it once signed in with this address, else nothing."""
    device, _sep, proof = request.COOKIES.get(DEVICE_COOKIE, "").partition(".")
    return device if device and constant_time_compare(proof, _proof(device, email)) else ""


def remember_device(request: HttpRequest, response: HttpResponse, email: str) -> None:
    """Let this browser be known as one of this address's own."""
    device = known_device(request, email) or get_random_string(22)
    response.set_cookie(DEVICE_COOKIE, f"{device}.{_proof(device, email)}", **_cookie(DEVICE_COOKIE_AGE))


def remember_language(response: HttpResponse, language: str) -> None:
    """Show the next pages in a person's language."""
    response.set_cookie(settings.LANGUAGE_COOKIE_NAME, language, **_cookie(DEVICE_COOKIE_AGE))


def _proof(device: str, email: str) -> str:
    return salted_hmac("luna.people.device", f"{device}:{email.lower()}", algorithm="sha256").hexdigest()


def _cookie(age: int) -> dict[str, Any]:
    return {"max_age": age, "httponly": True, "samesite": "Lax", "secure": settings.SESSION_COOKIE_SECURE}
