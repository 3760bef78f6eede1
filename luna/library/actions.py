"""Sign content: keep one exact text as a clinic agreed to it."""

import hashlib
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from luna.clinical.protocol import Protocol
from luna.clinical.reading import Grade
from luna.library import content
from luna.library.errors import NotAccepted
from luna.library.models import ContentVersion


def sign(
    *,
    clinic_id: UUID,
    kind: str,
    text: str,
    accepted: Collection[str],
    by_id: UUID,
    name: str,
    now: datetime,
    demo: bool = False,
) -> ContentVersion:
    """Sign a text for a clinic and return its version; the same text is signed once.

    accepted: what was ticked one by one: every number, rule or line of grade B or D, by its id.
    Raises ContentError for a text that cannot be read, and NotAccepted if something is unticked.
    """
    read = _READERS[ContentVersion.Kind(kind)](text)
    for ticked in read.to_tick:
        if ticked not in accepted:
            raise NotAccepted(ticked)
    row, _new = ContentVersion.objects.get_or_create(
        clinic_id=clinic_id,
        kind=kind,
        content_id=read.content_id,
        sha256=hashlib.sha256(text.encode()).hexdigest(),
        defaults={
            "version": read.version,
            "text": text,
            "accepted": list(read.to_tick),
            "signed_by_id": by_id,
            "signed_name": name,
            "signed_at": now,
            "demo": demo,
        },
    )
    return row


@dataclass(frozen=True, slots=True)
class _Read:
    """What a signature needs to know of a text."""

    content_id: str
    version: str
    to_tick: tuple[str, ...]


def to_tick(protocol: Protocol) -> tuple[str, ...]:
    """Return the ids of the numbers a person must agree to one by one, in the protocol's order."""
    return tuple(number.id for number in protocol.numbers.values() if number.needs_tick)


def _protocol(text: str) -> _Read:
    read = content.protocol_of(text)
    return _Read(read.id, read.version, to_tick(read))


def _triage(text: str) -> _Read:
    read = content.triage_of(text)
    unsure = tuple(rule.id for rule in read.rules if rule.grade in (Grade.B, Grade.D))
    return _Read(read.id, read.version, unsure)


def _emergency(text: str) -> _Read:
    read = content.emergency_of(text)
    unsure = tuple(line.name for line in read.lines if line.needs_tick)
    return _Read(read.country.lower(), read.version, unsure)


_READERS: dict[str, Callable[[str], _Read]] = {
    ContentVersion.Kind.PROTOCOL: _protocol,
    ContentVersion.Kind.TRIAGE: _triage,
    ContentVersion.Kind.EMERGENCY: _emergency,
}
