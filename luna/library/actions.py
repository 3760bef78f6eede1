"""Sign content: keep one exact text as a clinic agreed to it."""

import hashlib
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from luna.clinical.protocol import Protocol
from luna.library import content, plans
from luna.library.errors import NotAccepted, Unsound
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
    country: str = "",
    demo: bool = False,
) -> ContentVersion:
    """Sign a text for a clinic and return its version; one that stands already is not signed again.

    accepted: what was ticked one by one: every number, rule or line of grade B or D, by its id.
    country: whose emergency numbers they are to be; a set may serve several, and is signed for one.
    Raises ContentError for a text that cannot be read, Unsound for a protocol or rules the library
    does not bear out, and NotAccepted if something is unticked.
    """
    read = _READERS[ContentVersion.Kind(kind)](text)
    if missing := [one for one in read.to_tick if one not in accepted]:
        raise NotAccepted(missing)
    content_id = country.lower() or read.content_id
    sha256 = hashlib.sha256(text.encode()).hexdigest()
    words = {"clinic_id": clinic_id, "kind": kind, "content_id": content_id, "sha256": sha256}
    renewal = ContentVersion.objects.filter(**words).count()  # counted first: of two at once, one wins
    newest = plans.signed(clinic_id, kind, content_id)
    if newest is not None and newest.sha256 == sha256 and not plans.has_run_out(newest, now):
        return newest
    row, _new = ContentVersion.objects.get_or_create(
        **words,
        renewal=renewal,
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
    if flaws := content.problems(read):
        raise Unsound(read.id, flaws)
    return _Read(read.id, read.version, to_tick(read))


def _triage(text: str) -> _Read:
    read = content.triage_of(text)
    if flaws := content.wordless(read):
        raise Unsound(read.id, flaws)
    unsure = tuple(rule.id for rule in read.rules if rule.needs_tick)
    return _Read(read.id, read.version, unsure)


def _emergency(text: str) -> _Read:
    read = content.emergency_of(text)
    unsure = tuple(line.name for line in read.lines if line.needs_tick)
    return _Read(read.country.lower(), read.version, unsure)


def _consent(text: str) -> _Read:
    read = content.consent_of(text)
    unsure = tuple(number.id for number in read.numbers if number.needs_tick)
    return _Read(read.content_id, read.version, unsure)


_READERS: dict[str, Callable[[str], _Read]] = {
    ContentVersion.Kind.PROTOCOL: _protocol,
    ContentVersion.Kind.TRIAGE: _triage,
    ContentVersion.Kind.EMERGENCY: _emergency,
    ContentVersion.Kind.CONSENT: _consent,
}
