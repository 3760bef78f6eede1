"""Write the audit: one line an action, one line a chart read."""

import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings

from luna.audit.models import AuditEvent


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

    verb: "thing.action", such as "infusion.move" or "chart.read".
    by: an access.Viewer, or an Actor.
    subject: the row acted on; its model name and id are kept, nothing else of it.
    reason: a code, never free text.
    payload: what was written; only a keyed digest of it is kept.
    """
    return AuditEvent.objects.create(
        clinic_id=by.clinic_id,
        at=now,
        actor_id=by.user_id,
        capacity=by.capacity_kind,
        verb=verb,
        subject_type=type(subject)._meta.model_name,
        subject_id=subject.pk,
        patient_id=patient_id or getattr(subject, "patient_id", None),
        reason=reason,
        digest=digest(payload) if payload is not None else "",
    )


def digest(payload: Mapping[str, Any]) -> str:
    """Return a keyed digest of `payload`, hex: it proves what was written without telling it."""
    text = json.dumps(payload, sort_keys=True, default=str)
    return hmac.new(settings.LUNA_MASTER_KEY, b"audit:" + text.encode(), hashlib.sha256).hexdigest()
