"""Refusals: what a person asked for cannot be done, said in words fit to show.

Refused
├── Stale         someone changed it meanwhile; both versions are shown
├── Impaired      after an infusion nothing is signed and nobody let in
└── Replayed      this form was already sent, with other content

Unreadable        a sealed value does not open: never shown, a bug or an erasure
"""

from django.utils.translation import gettext_lazy as _


class Refused(Exception):
    """The message says what is wrong and what to do; `field` is the form field it belongs to, if one."""

    def __init__(self, message: object, field: str = "") -> None:
        """Keep the message lazy, so that it is read in the reader's language."""
        super().__init__(message)
        self.message = message
        self.field = field

    def __str__(self) -> str:
        """Return the message."""
        return str(self.message)


class Stale(Refused):
    """The row changed after the form was opened."""

    def __init__(self, field: str = "") -> None:
        """Say so; the page shows what stands now beside what was typed."""
        super().__init__(
            _("Someone changed this while you had it open. Look at what it says now, then save again."), field
        )


class Impaired(Refused):
    """The person is still under the effect of an infusion. It waits until then; narrowing never does."""

    def __init__(self, when: str) -> None:
        """Say until when. when: the moment in words, on the person's clock."""
        words = _(
            "This waits until %(when)s at the latest, because of your infusion. Until then sign nothing, let "
            "nobody in and do not change how you sign in. What you stop or take back works now."
        )
        super().__init__(words % {"when": when})


class Replayed(Refused):
    """One form id came twice with different content."""

    def __init__(self) -> None:
        """Say what to do; nothing was stored the second time."""
        super().__init__(
            _("This form was sent before with other answers. Open the page again to change them.")
        )


class Unreadable(Exception):
    """A sealed value cannot be opened; the message says why, never what it holds."""
