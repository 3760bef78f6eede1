"""Ways out of the house. Each takes one message and says truthfully what became of it.

ChannelError
├── Refused       it was not taken, for certain
│   └── Unreachable  nobody was there to take it; others will fare no better now
└── Unknown       it may or may not have been taken
"""

from typing import Protocol


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

    def __init__(self) -> None:
        """Say so; it is worth trying again."""
        super().__init__("unreachable", lasting=False)


class Unknown(ChannelError):
    """It may or may not have been taken."""


class Channel(Protocol):
    """One way out."""

    name: str

    def send(self, *, address: str, subject: str, body: str, key: str) -> None:
        """Hand over one message. Raises Refused or Unknown; returning means it was taken.

        key: the same for the same message however often it is handed over.
        """

    def close(self) -> None:
        """Let go of what is held open."""
