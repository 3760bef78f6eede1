"""A folder that takes mail in place of a mail server: for the demo, and where none is set up yet.

In a demo it takes text messages and calls as well.
"""

import os
import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes, policy
from email.mime.text import MIMEText
from email.utils import formatdate, parsedate_to_datetime
from pathlib import Path
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend


@dataclass(frozen=True, slots=True)
class Letter:
    """One message in the folder, to be shown in `/demo/outbox`."""

    at: datetime
    to: str
    subject: str
    body: str


class EmailBackend(BaseEmailBackend):
    """Write each message to a file of its own, readable by any mail program."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        """Write the messages and return how many there were."""
        folder().mkdir(mode=0o700, parents=True, exist_ok=True)
        for message in email_messages:
            _write(message.message().as_bytes())
        return len(email_messages)


def keep(to: str, what: str, body: str, *, key: str) -> None:
    """Write down what would have gone to a phone. what: "SMS" or a call, in the place of a subject.

    key: the same for the same message.
    """
    message = MIMEText(body)
    message["Message-ID"] = f"<{key}@{urlsplit(settings.LUNA_BASE_URL).hostname}>"
    message["Date"], message["To"], message["Subject"] = formatdate(), to, what
    folder().mkdir(mode=0o700, parents=True, exist_ok=True)
    _write(message.as_bytes())


def folder() -> Path:
    """Return where the messages lie."""
    return Path(settings.LUNA_DATA) / "outbox"


def letters(limit: int) -> list[Letter]:
    """Return the newest messages first, at most limit."""
    newest = sorted(folder().glob("*.eml"), reverse=True)[:limit]
    return [_read(path) for path in newest]


def empty() -> None:
    """Throw all messages away, when a demonstration starts over."""
    for path in folder().glob("*.eml"):
        path.unlink(missing_ok=True)


def _write(content: bytes) -> None:
    """Write a message under a name that sorts by time; nobody ever sees half of it."""
    path = folder() / f"{time.time_ns():020}-{uuid.uuid4().hex}.eml"
    half = path.with_suffix(".part")
    with os.fdopen(os.open(half, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
    half.rename(path)


def _read(path: Path) -> Letter:
    message = message_from_bytes(path.read_bytes(), policy=policy.default)
    return Letter(
        at=parsedate_to_datetime(message["Date"]),
        to=message["To"],
        subject=message["Subject"],
        body=message.get_content(),
    )
