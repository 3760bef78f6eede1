"""Say when the last series of a patient is over: what is shared with their circle ends with it."""

from datetime import datetime
from uuid import UUID

from django.db.models import Max

from luna.people.actions import sharing
from luna.treatment.models import Infusion


def follow(patient_id: UUID, *, stopped_at: datetime | None = None) -> None:
    """Note the end of the last infusion that is booked. Part of every action that changes bookings.

    stopped_at: when a series was stopped just now: it is over then, though no infusion was given.
    """
    booked = Infusion.objects.filter(patient_id=patient_id, cancelled=False)
    last_at = booked.aggregate(last=Max("leaves_at"))["last"]
    ends = [at for at in (last_at, stopped_at) if at is not None]
    sharing.ends_with_series(patient_id=patient_id, last_at=max(ends, default=None))
