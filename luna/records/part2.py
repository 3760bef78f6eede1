"""Substance-use records of a 42 CFR Part 2 programme: labelled when saved, never out without the notice."""

from collections.abc import Iterable

from luna.library import content
from luna.people.models import Clinic
from luna.records.models import Response

KIND = "substances"  # the kind of information that such records are


def covers(kind: str, clinic: Clinic) -> bool:
    """Say whether what is being saved falls under Part 2. A label once given stays."""
    return clinic.part2 and kind == KIND


def notice(responses: Iterable[Response]) -> str:
    """Return what must stand on anything that takes these answers out of the clinic, "" for nothing."""
    if not any(one.part2 for one in responses):
        return ""
    return str(content.words("pages", "redisclosure")["notice"])
