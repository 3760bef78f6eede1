"""Write the audit: one line an action, at most one an hour for looking at the same thing."""

import hashlib
import hmac
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, transaction

from luna.audit.models import STAFF_ONLY, AuditEvent, AuditUnsealed

INSTALLATION = UUID(int=0)  # the chain of what belongs to no clinic


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts when nobody is signed in: the clock, or whoever holds a link."""

    clinic_id: UUID | None
    capacity_kind: str  # "clock" or "link"
    user_id: UUID | None = None


def record(
    verb: str,
    *,
    by: Any,
    subject: Any,
    now: datetime,
    patient_id: UUID | None = None,
    reason: str = "",
    payload: Mapping[str, Any] | None = None,
) -> AuditEvent:
    """Add one audit line.

    verb: "thing.action", such as "infusion.move" or "chart.read"; luna.audit.words has its sentence.
    by: an access.Viewer, or an Actor.
    subject: the row acted on; its model name and id are kept, nothing else of it.
    reason: a code, never free text. STAFF_ONLY by itself for a subject that says it is `staff_only`.
    payload: what was written; only a keyed digest of it is kept.
    """
    event = _event(verb, by=by, subject=subject, now=now, patient_id=patient_id)
    event.reason = reason or event.reason
    event.digest = digest(payload) if payload is not None else ""
    return _add(event)


def read(
    verb: str, *, by: Any, subject: Any, now: datetime, patient_id: UUID | None = None, reason: str = ""
) -> None:
    """Note that somebody looked: one line for a person, a verb, a subject and an hour of the clock.

    Call it with every page shown; looking again within the hour writes nothing. reason: as in `record`.
    """
    event = _event(verb, by=by, subject=subject, now=now, patient_id=patient_id)
    event.reason = reason or event.reason
    _note([event])


def read_all(verb: str, *, by: Any, subjects: Iterable[Any], now: datetime) -> None:
    """Note that somebody saw a list: a line for each subject, as `read` writes; as many queries for many."""
    _note([_event(verb, by=by, subject=subject, now=now, patient_id=None) for subject in subjects])


def digest(payload: Mapping[str, Any]) -> str:
    """Return a keyed digest of `payload`, hex: it proves what was written without telling it."""
    text = json.dumps(payload, sort_keys=True, default=str)
    return hmac.new(settings.LUNA_AUDIT_KEY, b"digest:" + text.encode(), hashlib.sha256).hexdigest()


def _note(looks: list[AuditEvent]) -> None:
    """Write the looks that nobody wrote in this hour."""
    for look in looks:
        look.id = _id_of_hour(look)
    known = set(AuditEvent.objects.filter(pk__in=[look.id for look in looks]).values_list("pk", flat=True))
    fresh = list({look.id: look for look in looks if look.id not in known}.values())
    if not fresh:
        return
    try:
        with transaction.atomic():
            AuditEvent.objects.bulk_create(fresh)
            AuditUnsealed.objects.bulk_create(
                AuditUnsealed(event=look, chain=look.clinic_id or INSTALLATION) for look in fresh
            )
    except IntegrityError:  # the same person's other tab wrote one at this moment
        if len(fresh) > 1:
            for look in fresh:
                _note([look])


def _event(verb: str, *, by: Any, subject: Any, now: datetime, patient_id: UUID | None) -> AuditEvent:
    kind = subject._meta.model_name
    about = subject.pk if kind == "patient" else getattr(subject, "patient_id", None)
    return AuditEvent(
        clinic_id=by.clinic_id,
        at=now,
        actor_id=by.user_id,
        capacity=by.capacity_kind,
        verb=verb,
        subject_type=kind,
        subject_id=subject.pk,
        patient_id=patient_id or about,
        reason=STAFF_ONLY if getattr(subject, "staff_only", False) else "",
    )


@transaction.atomic(savepoint=False)
def _add(event: AuditEvent) -> AuditEvent:
    event.save(force_insert=True)
    AuditUnsealed.objects.create(event=event, chain=event.clinic_id or INSTALLATION)
    return event


def _id_of_hour(event: AuditEvent) -> UUID:
    """Return the one id such a line can have in this hour: ordered by time as the others (UUID 7)."""
    hour = event.at.replace(minute=0, second=0, microsecond=0)
    who = f"{event.actor_id} {event.capacity} {event.clinic_id} {event.verb} {event.subject_id} {hour}"
    mixed = int.from_bytes(hashlib.sha256(who.encode()).digest()[:16], "big")
    time_bits = int(hour.timestamp() * 1000) << 80
    return UUID(
        int=time_bits | (0x7 << 76) | (mixed & (0xFFF << 64)) | (0b10 << 62) | (mixed & ((1 << 62) - 1))
    )
