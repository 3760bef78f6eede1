"""Write down what is known before the first visit. Staff only; every save is a new version."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.http import Http404

from luna.audit import actions as audit
from luna.feed import actions as feed
from luna.intake.actions import telling
from luna.intake.models import Enquiry, News
from luna.people.access import Viewer
from luna.people.errors import Replayed, Stale
from luna.people.models import Patient
from luna.records import facts


@transaction.atomic
def save(
    *,
    viewer: Viewer,
    patient: Patient,
    values: Mapping[str, Any],
    version: int,
    client_id: UUID,
    now: datetime,
) -> Enquiry:
    """Save the enquiry of a patient as a new version. Saving what stands already writes nothing.

    Whoever heard on the phone that a prescriber should look first has told the prescribers by that.

    version: how often it had been saved when the form was drawn. Raises Stale when it was saved meanwhile.
    """
    rows = Patient.objects.visible_to(viewer).select_for_update(no_key=True).filter(pk=patient.pk)
    if not viewer.is_staff or not rows.exists():
        raise Http404
    before = Enquiry.objects.filter(by_id=viewer.user_id, client_id=client_id).first()
    if before is not None:
        if any(getattr(before, name) != value for name, value in values.items()):
            raise Replayed
        return before
    saved = Enquiry.objects.filter(patient=patient)
    if saved.count() != version:
        raise Stale
    standing = saved.filter(superseded_by=None).first()
    if standing and all(getattr(standing, name) == value for name, value in values.items()):
        return standing
    row = Enquiry.objects.create(
        supersedes=standing, **facts.columns(patient, viewer, client_id, now), **values
    )
    audit.record("enquiry.save", by=viewer, subject=row, now=now)
    if row.screen == Enquiry.Screen.LOOK and (standing is None or _screened(standing) != _screened(row)):
        telling.clinic(viewer=viewer, patient=patient, what=News.What.SCREEN, about_id=row.id, now=now)
    telling.reopened(viewer=viewer, patient=patient, now=now)
    feed.changed(clinic_id=patient.clinic_id, patient_id=patient.pk, now=now)
    return row


def _screened(row: Enquiry) -> tuple[str, str]:
    return row.screen, row.screen_words
