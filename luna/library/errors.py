"""What the library refuses. Every message says what is wrong, where, and what to do.

luna.clinical.errors.ContentError
└── LibraryError         a packaged text cannot be read
    ├── NoSuchContent    there is no content of that name
    ├── BadPlaceholder   a {name} nobody may fill, or one left without a value
    ├── NotAccepted      numbers that must be ticked before signing were not
    └── Unsound          a protocol or triage rules the library does not bear out
"""

from collections.abc import Sequence

from luna.clinical.errors import ContentError


class LibraryError(ContentError):
    """A packaged text that cannot be read."""


class NoSuchContent(LibraryError):
    """There is no content of that name; the message lists what there is."""


class BadPlaceholder(LibraryError):
    """A placeholder that is not on the list, or that was given no value."""


class NotAccepted(LibraryError):
    """Numbers, rules or lines of grade B or D that the person signing did not tick; `ids` names them all."""

    def __init__(self, ids: Sequence[str]) -> None:
        named = ", ".join(f"'{id_}'" for id_ in ids)
        super().__init__(named, "Not ticked.", "Tick each of them if you agree, or do not sign.")
        self.ids = tuple(ids)


class Unsound(LibraryError):
    """A protocol or rules that the library does not bear out; `problems` says where."""

    def __init__(self, id_: str, problems: Sequence[str]) -> None:
        super().__init__(f"'{id_}'", " ".join(problems), "Mend that before it is signed.")
        self.problems = tuple(problems)
