"""E-mail: by the mail server in LUNA_SMTP_URL, or into a folder where there is none.

Every mail of Luna goes through `connection` (settings.EMAIL_BACKEND), sign-in codes too.
"""

import smtplib
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core import mail
from django.core.mail.backends import smtp
from django.core.mail.backends.base import BaseEmailBackend
from django.db import DatabaseError

from luna.notices.channels import ChannelError, Refused, Unknown, Unreachable, sink
from luna.people.models import Installation

LASTING = range(500, 600)  # SMTP: 4xx may pass, 5xx will not

_demo: bool | None = None  # what the database last said; the watchdog must send when it says nothing


def connection(**options: Any) -> BaseEmailBackend:
    """Return the way out for mail. A demo never sends to anybody, whatever the settings say."""
    if not settings.LUNA_SMTP_URL or is_demo():
        return sink.EmailBackend(**options)
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


class Email:
    """The e-mail channel. One connection serves the messages of one turn of the clock."""

    name = "email"

    def __init__(self) -> None:
        """Open nothing yet."""
        self._connection: BaseEmailBackend | None = None

    def send(self, *, address: str, subject: str, body: str, key: str) -> None:
        """Hand one message to the mail server. Raises Refused or Unknown."""
        headers = {"Message-ID": message_id(key), "Auto-Submitted": "auto-generated"}
        message = mail.EmailMessage(subject, body, to=[address], headers=headers)
        way = self._open()
        try:
            way.send_messages([message])
        except ValueError as error:
            raise Refused("bad-address", lasting=True) from error
        except OSError as error:  # smtplib's errors are of this kind too
            self.close()
            raise _told(error) from error

    def close(self) -> None:
        """Say goodbye to the mail server, whatever it answers."""
        if self._connection is None:
            return
        with suppress(OSError):  # What was taken was taken before.
            self._connection.close()
        self._connection = None

    def _open(self) -> BaseEmailBackend:
        """Return a connection that works now. Raises Unreachable."""
        if self._connection is not None and not _answers(self._connection):
            self.close()
        if self._connection is None:
            way = mail.get_connection()
            try:
                way.open()
            except OSError as error:
                raise Unreachable from error
            self._connection = way
        return self._connection


def message_id(key: str) -> str:
    """Return the Message-ID of a message: the same key, the same id, so a second copy is known as one."""
    return f"<{key}@{urlsplit(settings.LUNA_BASE_URL).hostname}>"


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
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        code = next(iter(error.recipients.values()))[0]
    elif isinstance(error, smtplib.SMTPResponseException):
        code = error.smtp_code
    elif isinstance(error, smtplib.SMTPNotSupportedError):
        return Refused("bad-address", lasting=True)
    else:
        return Unknown("no-answer")
    return Refused(f"smtp-{code}", lasting=code in LASTING)
