"""Ways out of the house. Each takes one message and says truthfully what became of it.

ChannelError
├── Refused       it was not taken, for certain
│   └── Unreachable  nobody was there to take it; others will fare no better now
└── Unknown       it may or may not have been taken
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol
from uuid import UUID

from luna.notices.models import Reach
from luna.people.models import User

EMAIL = "email"  # the channel of whoever has no account
REF = 64  # of a provider's id, as many characters are kept


class ChannelError(Exception):
    """A message was not taken, or may not have been. `reason` is a code of notices.words."""

    def __init__(self, reason: str) -> None:
        """Keep the reason."""
        super().__init__(reason)
        self.reason = reason


class Refused(ChannelError):
    """It was not taken. `lasting`: trying again would change nothing."""

    def __init__(self, reason: str, *, lasting: bool) -> None:
        """Keep the reason, and whether it lasts."""
        super().__init__(reason)
        self.lasting = lasting


class Unreachable(Refused):
    """Nobody was there to take it."""

    def __init__(self, reason: str = "unreachable") -> None:
        """Say so; it is worth trying again."""
        super().__init__(reason, lasting=False)


class Unknown(ChannelError):
    """It may or may not have been taken."""


class Told(OSError):
    """What a provider of mail said, for whoever sends mail without the ledger and knows only OSError."""

    def __init__(self, what: ChannelError) -> None:
        """Keep it."""
        super().__init__(what.reason)
        self.what = what


def of_status(status: int) -> ChannelError:
    """Return what an HTTP status means that is not a yes. A server's own trouble may hide a yes."""
    if status in (400, 406, 422):
        return Refused(f"provider-{status}", lasting=True)
    if status >= 500 and status != 503:
        return Unknown(f"provider-{status}")
    return Refused(f"provider-{status}", lasting=False)  # our account, or too much at once


class Style(StrEnum):
    """How a message is worded for a channel."""

    LETTER = "letter"  # a greeting, what it is about, the link and how it ends
    LINE = "line"  # one line for a locked phone, and the link
    SPOKEN = "spoken"  # said aloud: no link, and nothing that names anybody


@dataclass(frozen=True, slots=True)
class Letter:
    """One try to send one notice on one channel. Whoever holds it may send it, and write down how it went.

    fence: which try of the notice it is. at: when that began. link: the one page it leads to. asks: on the
    phone, pressing 1 says "I have this". urgent: it has places of its own on the way out. until: when it is
    true no more, None for never.
    """

    notice_id: UUID
    fence: int
    channel: str
    address: str
    subject: str
    body: str
    at: datetime
    link: str = ""
    asks: bool = False
    urgent: bool = False
    until: datetime | None = None

    @property
    def key(self) -> str:
        """Return what a provider knows the message by: the same however often it is handed over."""
        return self.notice_id.hex


@dataclass(frozen=True, slots=True)
class Word:
    """What a provider of mail says later of one try.

    ref: its own id of that. reason: a code of notices.words. delivered: False: it was taken, and then reached
    nobody.
    """

    ref: str
    delivered: bool
    reason: str = ""


class Channel(Protocol):
    """One way out. It has one letter at a time; many of a kind are at work at once.

    Only `send` and `close` may ask anybody outside. They run in a thread of their own and touch no database.
    `prepare` comes before `send` and `tidy` after it, where the database is at hand.
    """

    name: str
    style: Style

    @staticmethod
    def address(user: User, reach: Reach) -> str:
        """Return where this channel reaches somebody; "" when it does not, or is not set up here.

        reach: what they said of how to be reached; an unsaved one when they never said anything.
        """

    def prepare(self, letter: Letter) -> None:
        """Read what `send` needs to know of the database for this letter: for most, nothing."""

    def send(self, letter: Letter) -> str:
        """Hand over one message. Raises Refused or Unknown; returning means that it was taken.

        Returns the provider's own id of it, by which it tells later what became of it; "" when it has none.
        """

    def tidy(self) -> None:
        """Store what `send` found out about the way itself: for most, nothing."""

    def close(self) -> None:
        """Let go of what is held open."""
