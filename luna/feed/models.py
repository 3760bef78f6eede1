"""Something changed. One counter row a clinic wakes live pages; one row a patient wakes the tick."""

from django.db import models
from uuid6 import uuid7


class Counter(models.Model):
    """How often anything changed in a clinic. Bumped as the last statement of every action."""

    clinic_id = models.UUIDField(primary_key=True)
    n = models.PositiveBigIntegerField(default=0)


class Wake(models.Model):
    """When the clock must look at a patient again. Actions set it to now; only the tick raises it."""

    patient_id = models.UUIDField(primary_key=True)
    clinic_id = models.UUIDField()
    wake_at = models.DateTimeField()

    class Meta:
        """The tick asks for what is due, never for everybody."""

        indexes = [models.Index(fields=["wake_at"], name="feed_wake_due")]


class Heartbeat(models.Model):
    """The last sign of life of each tick worker, read by the watchdog."""

    worker = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    started_at = models.DateTimeField()
    at = models.DateTimeField()
    failures = models.PositiveIntegerField(default=0)  # jobs that raised in the last round
