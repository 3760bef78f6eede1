"""Check the audit's chains against themselves and against a head kept elsewhere.

Each clinic has a chain. Link n is a keyed hash over link n-1 and the fields of one line, so a
changed line breaks its link. Whoever holds both file and key could make a whole new chain: that,
and a cut tail, only shows against a head that left the machine.
"""

import hashlib
import hmac
import json
from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

from django.conf import settings

from luna.audit.models import AuditEvent, AuditHead, AuditSeal

FIELDS = (
    "id", "clinic_id", "at", "actor_id", "capacity", "verb", "subject_type", "subject_id",
    "patient_id", "reason", "digest",
)  # fmt: skip
CHANGED, CUT, LOST, REBUILT = "changed", "cut", "lost", "rebuilt"
SENTENCES = {
    CHANGED: "line {number} was changed, or does not follow the one before it",
    CUT: "the chain ends before line {number}, which it had when its head was saved",
    LOST: "{number} lines are in no chain, though nothing waits to seal them",
    REBUILT: "line {number} is another than the one whose head was saved: the chain was made anew",
}


@dataclass(frozen=True, slots=True)
class Head:
    """The newest link of a chain, to be kept elsewhere. Its text is `chain:number:hash`."""

    chain: UUID
    number: int
    hash: str

    def __str__(self) -> str:
        """Return the text that leaves the machine."""
        return f"{self.chain}:{self.number}:{self.hash}"


@dataclass(frozen=True, slots=True)
class Finding:
    """Something wrong with a chain. code: CHANGED, CUT, LOST or REBUILT."""

    chain: UUID
    code: str
    number: int

    def __str__(self) -> str:
        """Say it in a sentence, without a name."""
        return f"Chain {self.chain}: {SENTENCES[self.code].format(number=self.number)}."


def read_head(text: str) -> Head:
    """Read what `str(head)` wrote. Raises ValueError when it is something else."""
    chain, _colon, rest = text.strip().partition(":")
    number, _colon, hash_ = rest.partition(":")
    if len(hash_) != 64 or not number.isdigit():
        raise ValueError(f"{text!r} is not a saved head. It looks like <chain>:<number>:<64 letters>.")
    return Head(UUID(chain), int(number), hash_)


def chains() -> list[UUID]:
    """Return every chain there is or once was: those with links, and those whose head was sent."""
    sealed = AuditSeal.objects.values_list("chain", flat=True).distinct()
    sent = AuditHead.objects.values_list("chain", flat=True).distinct()
    return sorted({*sealed, *sent})


def head(chain: UUID) -> Head | None:
    """Return the newest link of a chain."""
    last = AuditSeal.objects.filter(chain=chain).order_by("-number").first()
    return Head(chain, last.number, last.hash) if last else None


def verify(chain: UUID, saved_head: Head | None = None, *, newest: int | None = None) -> list[Finding]:
    """Return what is wrong with a chain, nothing if it is whole.

    saved_head: a head kept elsewhere. The last one this machine sent is compared in any case.
    newest: check only that many of the last links.
    """
    found = [*_broken(chain, newest), *_lost(chain)]
    sent = AuditHead.objects.filter(chain=chain).order_by("-number").first()
    if sent is not None:
        found += _against(Head(chain, sent.number, sent.hash))
    if saved_head is not None:
        found += _against(saved_head)
    return list(dict.fromkeys(found))


def link(number: int, previous: str, event: AuditEvent) -> str:
    """Return the hash of link `number`: over its line and the link before it, keyed."""
    text = json.dumps([number, previous, *(_text(event, name) for name in FIELDS)])
    return hmac.new(settings.LUNA_AUDIT_KEY, b"link:" + text.encode(), hashlib.sha256).hexdigest()


def _text(event: AuditEvent, name: str) -> str:
    value = getattr(event, name)
    return value.isoformat() if name == "at" else str(value)


def _broken(chain: UUID, newest: int | None) -> Iterator[Finding]:
    seals = AuditSeal.objects.filter(chain=chain).order_by("number").select_related("event")
    expected, previous = 1, ""
    last = head(chain)
    if newest is not None and last is not None and last.number > newest:
        before = seals.filter(number__lte=last.number - newest).last()
        if before is not None:
            expected, previous = before.number + 1, before.hash
        seals = seals.filter(number__gte=expected)
    for seal in seals.iterator(chunk_size=1000):
        if seal.number != expected or not hmac.compare_digest(
            seal.hash, link(seal.number, previous, seal.event)
        ):
            yield Finding(chain, CHANGED, expected)
            return  # everything after it hangs on it
        expected, previous = seal.number + 1, seal.hash
    if last is not None and expected <= last.number:
        yield Finding(chain, CHANGED, expected)  # its last lines are gone, their links are not


def _lost(chain: UUID) -> Iterator[Finding]:
    lines = AuditEvent.objects.filter(clinic_id=chain if chain.int else None)
    number = lines.filter(seal=None, unsealed=None).count()
    if number:
        yield Finding(chain, LOST, number)


def _against(saved: Head) -> Iterator[Finding]:
    now = AuditSeal.objects.filter(chain=saved.chain, number=saved.number).first()
    if now is None:
        yield Finding(saved.chain, CUT, saved.number)
    elif not hmac.compare_digest(now.hash, saved.hash):
        yield Finding(saved.chain, REBUILT, saved.number)
