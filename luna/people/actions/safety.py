"""Note what a patient said, asked alone, about being safe at home and safe to call."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from luna.audit import actions as audit
from luna.feed import actions as feed
from luna.people import access
from luna.people.errors import Refused, Replayed, Stale
from luna.people.models import STAFF_ONLY, ContactSafety, Patient


@transaction.atomic
def note(
    *,
    patient: Patient,
    values: Mapping[str, Any],
    before: UUID | None,
    by: access.Viewer,
    client_id: UUID,
    now: datetime,
) -> ContactSafety:
    """Add what stands from now on. The same form again is the first one.

    values: safe, phone, voicemail, barred (ids of users, as text) and note.
    before: the answer the page showed. Raises Stale when another came since, Replayed for other content,
    and Refused for somebody barred who was never in this circle.
    """
    Patient.objects.select_for_update().get(pk=patient.pk)
    said = dict(values) | {"barred": sorted(values["barred"])}
    first = ContactSafety.objects.filter(by=by.user_id, client_id=client_id).first()
    if first is not None:
        if first.patient_id != patient.pk or any(getattr(first, key) != value for key, value in said.items()):
            raise Replayed
        return first
    stands = patient.contact_safety.order_by("-at", "-id").first()
    if (stands.pk if stands else None) != before:
        raise Stale
    known = {str(user_id) for user_id in patient.circle.values_list("user_id", flat=True)}
    if not known.issuperset(said["barred"]):
        raise Refused(_("Choose people of this patient’s circle."), "barred")
    row = ContactSafety.objects.create(
        **said, clinic_id=patient.clinic_id, patient=patient, by_id=by.user_id, at=now, client_id=client_id
    )
    audit.record("safety.set", by=by, subject=row, now=now, reason=STAFF_ONLY, payload=said)
    feed.changed(clinic_id=patient.clinic_id, patient_id=patient.pk, now=now)
    return row
