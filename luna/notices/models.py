"""Messages out. One row a reason; a channel is an attempt, not part of the key. FHIR: Communication."""

from datetime import datetime
from typing import Self

from django.db import models
from uuid6 import uuid7

from luna.people.models import Clinic, Patient, ScopedQuerySet, User


class NoticeQuerySet(ScopedQuerySet):
    """Notices by what is to be done about them."""

    def due(self, now: datetime) -> Self:
        """Return those to be sent by now, but not those left alone for a while after a failed try."""
        rested = models.Q(lease_until=None) | models.Q(lease_until__lte=now)
        return self.filter(rested, state=Notice.State.PLANNED, due_at__lte=now)

    def lapsed(self, now: datetime) -> Self:
        """Return those whose worker began to send them and was never heard of again."""
        return self.filter(state=Notice.State.SENDING, lease_until__lte=now)

    def for_staff(self) -> Self:
        """Return those that reached nobody, as far as we know, and wait for a human."""
        return self.filter(state__in=Notice.OPEN_TO_STAFF)


class Notice(models.Model):
    """One message to one person for one reason. Its words are made when it is sent, from ids and instants."""

    kind = "schedule"

    class State(models.TextChoices):
        """planned → sending → sent; or unknown, not-reached, void (no longer true), held (by a restore)."""

        PLANNED = "planned"
        SENDING = "sending"
        SENT = "sent"
        UNKNOWN = "unknown"
        NOT_REACHED = "not-reached"
        VOID = "void"
        HELD = "held"

    OPEN_TO_STAFF = (State.NOT_REACHED, State.UNKNOWN, State.HELD)

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    clinic = models.ForeignKey(Clinic, null=True, on_delete=models.PROTECT, related_name="notices")
    patient = models.ForeignKey(Patient, null=True, on_delete=models.PROTECT, related_name="notices")
    to_user = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="notices")
    to_email = models.EmailField(blank=True)  # for one who has no account yet
    key = models.CharField(max_length=200, unique=True)
    words = models.CharField(max_length=40)  # which message: notices.words.MESSAGES
    values = models.JSONField(default=dict)  # ids, instants and first names only
    task_key = models.CharField(max_length=64, blank=True)
    revision = models.PositiveIntegerField(null=True)  # the booking revision it speaks of
    urgent = models.BooleanField(default=False)
    state = models.CharField(max_length=12, choices=State, default=State.PLANNED)
    due_at = models.DateTimeField()
    lease_until = models.DateTimeField(null=True)  # nobody else may take it before
    fence = models.PositiveIntegerField(default=0)  # raised by each claim; a late worker's write is refused
    tries = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)  # accepted by the mail server: not read, not even delivered
    opened_at = models.DateTimeField(null=True)

    objects = NoticeQuerySet.as_manager()

    class Meta:
        """Claimed by what is due, urgent first; listed by clinic and by person."""

        indexes = [
            models.Index(fields=["state", "-urgent", "due_at"], name="notices_due"),
            models.Index(fields=["clinic", "state", "-due_at"], name="notices_by_clinic"),
            models.Index(fields=["clinic", "-due_at"], name="notices_latest"),
            models.Index(fields=["patient", "-due_at"], name="notices_by_patient"),
        ]


class Attempt(models.Model):
    """One try on one channel. Append-only: what is learned later is another row."""

    class Outcome(models.TextChoices):
        """What became of the try."""

        STARTED = "started"
        ACCEPTED = "accepted"
        REFUSED = "refused"
        UNKNOWN = "unknown"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    notice = models.ForeignKey(Notice, on_delete=models.PROTECT, related_name="attempts")
    channel = models.CharField(max_length=10)  # "email"; "person" when staff told them another way
    outcome = models.CharField(max_length=10, choices=Outcome)
    fence = models.PositiveIntegerField()
    reason = models.CharField(max_length=60, blank=True)  # a code, never an address
    at = models.DateTimeField()
