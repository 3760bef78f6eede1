"""E-mail: by the mail server in LUNA_SMTP_URL or a provider, or into a folder where there is neither.

Every mail of Luna goes through `connection` (settings.EMAIL_BACKEND), sign-in codes too.
"""

import smtplib
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core import mail
from django.core.exceptions import ValidationError
from django.core.mail.backends import smtp
from django.core.mail.backends.base import BaseEmailBackend
from django.core.validators import validate_email
from django.db import DatabaseError
from django.utils.module_loading import import_string

from luna.notices.channels import (
    REF,
    Channel,
    ChannelError,
    Letter,
    Refused,
    Style,
    Told,
    Unknown,
    Unreachable,
    sink,
)
from luna.notices.models import Reach
from luna.people.models import Installation, User

LASTING = range(500, 600)  # SMTP: 4xx may pass, 5xx will not

_demo: bool | None = None  # what the database last said; the watchdog must send when it says nothing


def connection(**options: Any) -> BaseEmailBackend:
    """Return the way out for mail. A demo never sends to anybody, whatever the settings say."""
    if is_demo() or not (settings.LUNA_SMTP_URL or settings.LUNA_MAIL_PROVIDER):
        return sink.EmailBackend(**options)
    if settings.LUNA_MAIL_PROVIDER:
        return import_string("luna.notices.channels.providers.connection")(**options)
    return smtp.EmailBackend(**options)


def is_demo() -> bool:
    """Say whether this database is a demo. The mark never changes, so it outlives a lost database."""
    global _demo
    try:
        _demo = Installation.objects.filter(demo=True).exists()
    except DatabaseError:
        if _demo is None:
            raise
    return _demo


class Email(Channel):
    """The e-mail channel. One connection serves one message after the other."""

    name = "email"
    style = Style.LETTER

    @staticmethod
    def address(user: User, reach: Reach) -> str:
        """Return the address they sign in with; "" for a helper who has none."""
        return user.email if user.has_mail else ""

    def __init__(self) -> None:
        """Open nothing yet."""
        self._way = mail.get_connection()
        self._is_open = False

    def send(self, letter: Letter) -> str:
        """Hand one message to the mail server or provider. Raises Refused or Unknown.

        Returns the provider's id of it; a mail server gives none.
        """
        try:
            validate_email(letter.address)
        except ValidationError as error:
            raise Refused("bad-address", lasting=True) from error
        headers = {"Message-ID": message_id(letter.key), "Auto-Submitted": "auto-generated"}
        message = mail.EmailMessage(letter.subject, letter.body, to=[letter.address], headers=headers)
        way = self._open()
        try:
            way.send_messages([message])
        except ValueError as error:
            raise Refused("bad-address", lasting=True) from error
        except OSError as error:  # smtplib's errors are of this kind too
            self.close()
            raise _told(error) from error
        return _providers_id(message)

    def close(self) -> None:
        """Say goodbye to the mail server, whatever it answers."""
        with suppress(OSError):  # What was taken was taken before.
            if self._is_open:
                self._way.close()
        self._is_open = False

    def _open(self) -> BaseEmailBackend:
        """Return a connection that works now. Raises Unreachable."""
        if self._is_open and not _answers(self._way):
            self.close()
        if not self._is_open:
            self._is_open = True
            try:
                self._way.open()
            except OSError as error:
                self.close()
                raise Unreachable from error
        return self._way


def message_id(key: str) -> str:
    """Return the Message-ID of a message: the same key, the same id, so a second copy is known as one."""
    return f"<{key}@{urlsplit(settings.LUNA_BASE_URL).hostname}>"


def _providers_id(message: mail.EmailMessage) -> str:
    """Return the id that a provider gave a message it took; "" where a mail server took it."""
    status = getattr(message, "anymail_status", None)
    return str(status.message_id or "")[:REF] if status else ""


def _answers(way: BaseEmailBackend) -> bool:
    """Say whether a mail server we spoke to before still listens. What is not SMTP always does."""
    spoken = getattr(way, "connection", None)
    if spoken is None:
        return True
    try:
        return spoken.noop()[0] == 250
    except OSError:
        return False


def _told(error: OSError) -> ChannelError:
    """Return what an error means. Only an answer is a refusal; silence may hide a yes."""
    if isinstance(error, Told):
        return error.what
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        code = next(iter(error.recipients.values()))[0]
    elif isinstance(error, smtplib.SMTPResponseException):
        code = error.smtp_code
    elif isinstance(error, smtplib.SMTPNotSupportedError):
        return Refused("bad-address", lasting=True)
    else:
        return Unknown("no-answer")
    return Refused(f"smtp-{code}", lasting=code in LASTING)
