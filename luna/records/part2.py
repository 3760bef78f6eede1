"""Substance-use records of a 42 CFR Part 2 programme: labelled when saved, never out without the notice.

The label itself is `records.models.Labelled`.
"""

from collections.abc import Iterable
from typing import Protocol

from luna.library import content


class Label(Protocol):
    """Whatever says of itself whether Part 2 covers it."""

    @property
    def part2(self) -> bool | None:
        """Say whether it is covered; None where nobody could say when it was saved."""


def notice(records: Iterable[Label]) -> str:
    """Return what must stand on anything that takes these records out of the clinic, "" for nothing."""
    if not any(one.part2 for one in records):
        return ""
    return str(content.words("pages", "redisclosure")["notice"])
