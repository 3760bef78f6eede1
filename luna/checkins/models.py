"""The hours at home after an infusion. FHIR: CarePlan.activity."""

from django.db import models
from uuid6 import uuid7

from luna.people.models import Clinic, Patient, ScopedQuerySet, User
from luna.treatment.models import Infusion


class Watch(models.Model):
    """One recovery watch: who watches, from when. It ends when its last check-in closes.

    adult: None while nobody who can stay has said that it is they.
    """

    kind = "recovery"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, related_name="watches")
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="watches")
    infusion = models.OneToOneField(Infusion, on_delete=models.PROTECT, related_name="watch")
    adult = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="watches")
    started_at = models.DateTimeField()
    ends_at = models.DateTimeField()

    objects = ScopedQuerySet.as_manager()

    class Meta:
        """Running watches are found by their end."""

        indexes = [models.Index(fields=["clinic", "ends_at"], name="checkins_watch_running")]
