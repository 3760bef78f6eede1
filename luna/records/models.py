"""Facts people give: answers, and lines kept for oneself. FHIR: QuestionnaireResponse."""

from django.db import models
from uuid6 import uuid7

from luna.people.models import Clinic, Patient, ScopedQuerySet, User


class Fact(models.Model):
    """What every stored fact carries. Facts are added, never changed; a correction supersedes."""

    class Source(models.TextChoices):
        """How a fact reached the server."""

        PAGE = "page"
        OFFLINE = "offline"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, related_name="+")
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="%(class)ss")
    at = models.DateTimeField()  # when it happened
    recorded_at = models.DateTimeField()  # when the server wrote it
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    capacity = models.CharField(max_length=12)  # as what the person acted
    source = models.CharField(max_length=8, choices=Source, default=Source.PAGE)
    client_id = models.UUIDField()  # made by the form; a replay is recognised by it
    supersedes = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="superseded_by")

    objects = ScopedQuerySet.as_manager()

    class Meta:
        """The same form from the same person is one fact."""

        abstract = True
        constraints = [
            models.UniqueConstraint(fields=["by", "client_id"], name="%(app_label)s_%(class)s_once")
        ]


class Response(Fact):
    """One person's answers at one time."""

    kind = "recovery"

    questionnaire = models.CharField(max_length=60)
    questionnaire_version = models.CharField(max_length=20)
    task_key = models.CharField(max_length=64, blank=True)
    revision = models.PositiveIntegerField(default=0)
    answers = models.JSONField()  # item id -> code
    urgency = models.PositiveSmallIntegerField()  # as judged when it came in
    cards = models.JSONField(default=list)  # matched triage cards, most urgent first
    missing = models.JSONField(default=list)  # required facts that were not answered
    rules_version = models.CharField(max_length=20)
    content_hash = models.CharField(max_length=64)  # tells a replay from other content under one id

    class Meta(Fact.Meta):
        """Read by task."""

        indexes = [models.Index(fields=["patient", "task_key"], name="records_response_by_task")]


class PrivateLine(models.Model):
    """A line only its writer can read, under a key of its own. Deleting it destroys the key."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="private_lines")
    task_key = models.CharField(max_length=64, blank=True)
    sealed = models.BinaryField(null=True)  # null once deleted
    at = models.DateTimeField()
    deleted_at = models.DateTimeField(null=True)
    client_id = models.UUIDField()

    class Meta:
        """A replayed form is one line."""

        constraints = [models.UniqueConstraint(fields=["by", "client_id"], name="records_line_once")]
        indexes = [models.Index(fields=["by", "task_key"], name="records_line_by_task")]
