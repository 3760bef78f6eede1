"""What became of the plan's tasks: marks people made, and one outcome a task. FHIR: Task, Provenance."""

from django.db import models
from uuid6 import uuid7

from luna.people.models import Clinic, Patient, ScopedQuerySet
from luna.records.models import Fact
from luna.treatment.models import Series


class Mark(Fact):
    """Someone says a task is done, or takes it back. Bound to the booking revision it answered."""

    kind = "schedule"

    task_key = models.CharField(max_length=64)
    done = models.BooleanField()
    revision = models.PositiveIntegerField()

    class Meta(Fact.Meta):
        """Read by patient."""

        indexes = [models.Index(fields=["patient", "task_key"], name="careplan_mark_by_task")]


class Outcome(models.Model):
    """What became of one task, written once when it completed, closed or was cancelled. Append-only."""

    kind = "schedule"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, related_name="outcomes")
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="outcomes")
    series = models.ForeignKey(Series, on_delete=models.PROTECT, related_name="outcomes")
    task_key = models.CharField(max_length=64)
    revision = models.PositiveIntegerField()
    step = models.CharField(max_length=24)
    actor = models.CharField(max_length=10)
    opens_at = models.DateTimeField()
    due_at = models.DateTimeField()
    closes_at = models.DateTimeField()
    result = models.CharField(max_length=10)  # clinical.task.Result
    protocol_sha256 = models.CharField(max_length=64)
    at = models.DateTimeField()

    objects = ScopedQuerySet.as_manager()

    class Meta:
        """One outcome a task and result at one booking revision: done late may follow missed."""

        constraints = [
            models.UniqueConstraint(fields=["task_key", "revision", "result"], name="careplan_outcome_once")
        ]
        indexes = [models.Index(fields=["clinic", "-at"], name="careplan_outcome_by_clinic")]
