"""Mail through a provider's own interface, by django-anymail, where `LUNA_MAIL_PROVIDER` names one.

Loaded only then: it brings a second HTTP library along. What became of a mail later, the provider posts to
`/hooks/mail`: see `heard`.
"""

import base64
import hashlib
import hmac
from typing import Any

from anymail.exceptions import (
    AnymailConfigurationError,
    AnymailError,
    AnymailRecipientsRefused,
    AnymailRequestsAPIError,
    AnymailWebhookValidationFailure,
)
from anymail.signals import AnymailTrackingEvent, EventType, RejectReason
from anymail.webhooks.brevo import BrevoTrackingWebhookView
from anymail.webhooks.mailersend import MailerSendTrackingWebhookView
from anymail.webhooks.postmark import PostmarkTrackingWebhookView
from anymail.webhooks.resend import ResendTrackingWebhookView
from anymail.webhooks.sparkpost import SparkPostTrackingWebhookView
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.core.mail.backends.base import BaseEmailBackend
from django.http import HttpRequest
from django.utils.crypto import constant_time_compare
from django.utils.module_loading import import_string
from requests import ConnectTimeout
from urllib3.exceptions import NewConnectionError

from luna.notices.channels import (
    REF,
    ChannelError,
    Refused,
    Told,
    Unknown,
    Unreachable,
    Word,
    of_status,
)
from luna.notices.models import UNWANTED

# Each provider's way of naming its one secret.
PROVIDERS = {
    "brevo": "api_key",
    "mailersend": "api_token",
    "postmark": "server_token",
    "resend": "api_key",
    "sparkpost": "api_key",
}
# What reads each provider's hooks.
HOOKS = {
    "brevo": BrevoTrackingWebhookView,
    "mailersend": MailerSendTrackingWebhookView,
    "postmark": PostmarkTrackingWebhookView,
    "resend": ResendTrackingWebhookView,
    "sparkpost": SparkPostTrackingWebhookView,
}
USER = "luna"  # who a provider that signs nothing says it is, with our secret
FRESH_S = 300  # how old a hook may be whose time is signed, as Standard Webhooks has it
# What an event means: whether the mail arrived, and what more there is to say. Any other says nothing yet, or
# no more than that a program opened it.
MEANS = {
    EventType.DELIVERED: (True, ""),
    EventType.COMPLAINED: (True, UNWANTED),
    EventType.UNSUBSCRIBED: (True, UNWANTED),
    EventType.BOUNCED: (False, "mail-returned"),
    EventType.REJECTED: (False, "mail-blocked"),
    EventType.FAILED: (False, "not-failed"),
}


class Truthful:
    """Say what became of a mail in our own words, as an OSError, which whoever sends mail expects."""

    def send_messages(self, email_messages: Any) -> int:
        """Hand the messages over. Raises Told."""
        try:
            taken: int = super().send_messages(email_messages)  # type: ignore[misc]
        except AnymailError as error:
            raise Told(_meant(error)) from error
        if any("unknown" in (message.anymail_status.status or ()) for message in email_messages):
            raise Told(Unknown("provider-silent"))  # an answer that does not say what became of it
        return taken


def connection(**options: Any) -> BaseEmailBackend:
    """Return the way out through the provider that the settings name."""
    name = settings.LUNA_MAIL_PROVIDER
    kind = import_string(f"anymail.backends.{name}.EmailBackend")
    secret = {PROVIDERS[name]: settings.LUNA_MAIL_KEY, "requests_timeout": settings.EMAIL_TIMEOUT}
    return type("EmailBackend", (Truthful, kind), {})(**options, **secret)


def heard(request: HttpRequest) -> list[Word]:
    """Return what the provider says became of mails. Raises PermissionDenied for what is not from it.

    Raises ValueError for what is from it and cannot be read.
    """
    name, secret = settings.LUNA_MAIL_PROVIDER, settings.LUNA_MAIL_HOOK_SECRET
    if name == "mailersend":
        hook = HOOKS[name](signing_secret=secret, webhook_secret=[])
    else:
        hook = HOOKS[name](webhook_secret=f"{USER}:{secret}")
    try:
        if name == "resend":
            _check_signature(request, secret)
        else:
            hook.run_validators(request)
    except AnymailWebhookValidationFailure as error:
        raise PermissionDenied from error
    try:
        events = hook.parse_events(request)
    except (AnymailConfigurationError, AttributeError, LookupError, RecursionError, TypeError) as error:
        raise ValueError("This is no hook of this provider.") from error
    return [_word(event) for event in events if event.message_id and event.event_type in MEANS]


def _check_signature(request: HttpRequest, secret: str) -> None:
    """Check that a hook was signed just now, over its id, its time and its raw body.

    As Standard Webhooks has it, which django-anymail leaves to a library of its own. Raises PermissionDenied.
    """
    number, at, signatures = (
        request.headers.get(f"svix-{name}", "") for name in ("id", "timestamp", "signature")
    )
    if not (at.isdecimal() and len(at) < 12 and abs(request.now.timestamp() - int(at)) <= FRESH_S):
        raise PermissionDenied
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = hmac.new(key, f"{number}.{at}.".encode() + request.body, hashlib.sha256).digest()
    mine = f"v1,{base64.b64encode(signed).decode()}"
    if not any(constant_time_compare(mine, one) for one in signatures.split(" ")):
        raise PermissionDenied


def _word(event: AnymailTrackingEvent) -> Word:
    """Return what an event says of one mail: no words of any mail server, which may hold an address."""
    delivered, reason = MEANS[event.event_type]
    if not delivered and event.reject_reason == RejectReason.INVALID:
        reason = "bad-address"
    return Word(str(event.message_id)[:REF], delivered, reason)


def _meant(error: AnymailError) -> ChannelError:
    """Return what an error means. Only an answer is a refusal; silence may hide a yes."""
    if isinstance(error, AnymailRecipientsRefused):
        return Refused("bad-address", lasting=True)
    status = getattr(error, "status_code", None)
    if isinstance(error, AnymailRequestsAPIError) and isinstance(status, int):
        return of_status(status)
    return Unreachable("provider-away") if _is_nobody_there(error.__cause__) else Unknown("provider-silent")


def _is_nobody_there(cause: BaseException | None) -> bool:
    """Say whether no connection came about, so that nothing can have been taken."""
    inner = cause.args[0] if cause is not None and cause.args else None
    return isinstance(cause, ConnectTimeout) or isinstance(getattr(inner, "reason", None), NewConnectionError)
