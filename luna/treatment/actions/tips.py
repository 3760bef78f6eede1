"""Leave out the tips for body or mind, or ask for them again."""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.http import Http404

from luna.audit import actions as audit
from luna.clinical.tips import Part
from luna.feed import actions as feed
from luna.people.access import Viewer
from luna.people.errors import Replayed
from luna.people.models import Patient
from luna.records import facts
from luna.treatment import tips
from luna.treatment.models import TipChoice


@transaction.atomic
def choose(*, viewer: Viewer, part: Part, leaves_out: bool, client_id: UUID, now: datetime) -> None:
    """Keep what a patient chose for all of a part, in every infusion to come. To say the same again is fine.

    Raises Http404 for anybody but the patient.
    """
    if viewer.capacity_kind != "patient":
        raise Http404
    Patient.objects.select_for_update(no_key=True).get(id=viewer.patient_id)  # a double click waits here
    before = TipChoice.objects.filter(by=viewer.user_id, client_id=client_id).first()
    if before is not None:
        if (before.part, before.leaves_out) != (part, leaves_out):
            raise Replayed
        return
    stands = next(one for one in tips.switches(viewer) if one.part is part)
    if stands.is_off == leaves_out:
        return
    row = TipChoice.objects.create(
        part=part, leaves_out=leaves_out, **facts.columns(viewer, viewer, client_id, now)
    )
    payload = {"part": part, "leaves_out": leaves_out}
    audit.record("tips.choose", by=viewer, subject=row, now=now, payload=payload)
    feed.changed(clinic_id=viewer.clinic_id, patient_id=viewer.patient_id, now=now)
