"""An open request that a named human act. FHIR: Task (priority) and Flag."""

from datetime import datetime, timedelta
from typing import Any, Self

from django.db import models
from uuid6 import uuid7

from luna.people.models import STAFF_ONLY, Clinic, Clinician, Patient, ScopedQuerySet, User

UNSEEN = ("safety", "barred-adult")  # causes that no patient and no circle ever sees a trace of
# before a cause that a caretaker told in confidence: it never joins what the patient knows of
CONFIDED = "confided-"
# what it is about is between its writer and the clinic, answers and words: no circle sees a trace
BETWEEN_US = ("intake", "words")


class EscalationQuerySet(ScopedQuerySet):
    """Escalations by what is to be done about them."""

    def visible_to(self, viewer: Any) -> Self:
        """Return the rows `viewer` may see; what is about safety or told in confidence is for staff alone."""
        rows = super().visible_to(viewer)
        if not viewer.is_staff and viewer.capacity_kind != "patient":
            rows = rows.exclude(about_type__in=BETWEEN_US)
        if viewer.is_staff:
            return rows
        return rows.exclude(cause__in=UNSEEN).exclude(cause__startswith=CONFIDED)

    def open(self) -> Self:
        """Return those no human has closed."""
        return self.filter(closed_at=None)

    def due(self, now: datetime) -> Self:
        """Return the open ones whose ladder has somebody to tell by now."""
        return self.open().filter(next_rung_at__lte=now)


class Escalation(models.Model):
    """One cause for one patient, open until a human closes it. Urgency only rises."""

    kind = "recovery"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, related_name="escalations")
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="escalations")
    # a triage card id, or what the clock noticed: words.CAUSES; behind CONFIDED what was told in confidence
    cause = models.CharField(max_length=60)
    urgency = models.PositiveSmallIntegerField()  # clinical.triage.Urgency
    about_type = models.CharField(max_length=20)  # response, task, contact …
    about_id = models.CharField(max_length=64)
    opened_at = models.DateTimeField()
    owner = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="escalations_owned")
    acknowledged_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    climbs_from = models.DateTimeField()  # the rungs count from here: opening, a rise, a ladder begun again
    next_rung_at = models.DateTimeField(null=True)
    version = models.PositiveIntegerField(default=1)

    objects = EscalationQuerySet.as_manager()

    class Meta:
        """One open escalation per patient and cause; the tick asks for due rungs only."""

        constraints = [
            models.UniqueConstraint(
                fields=["patient", "cause"],
                condition=models.Q(closed_at__isnull=True),
                name="escalation_open_once",
            )
        ]
        indexes = [
            models.Index(fields=["next_rung_at"], name="escalation_due"),
            models.Index(
                fields=["clinic", "closed_at", "-urgency", "opened_at"], name="escalation_by_clinic"
            ),
        ]

    @property
    def staff_only(self) -> bool:
        """Say whether only staff may learn that it exists."""
        return self.cause in UNSEEN or self.is_confided

    @property
    def is_confided(self) -> bool:
        """Say whether a caretaker told it in confidence: the patient is not to know of it."""
        return self.cause.startswith(CONFIDED)

    @property
    def plain_cause(self) -> str:
        """Return the cause whoever told it."""
        return self.cause.removeprefix(CONFIDED)

    @property
    def reclimb_after(self) -> timedelta:
        """Return how long it may stay open once acknowledged, or once everybody was told."""
        return timedelta(minutes=self.clinic.reclimb_min)

    def begin_anew(self, now: datetime) -> None:
        """Make it everybody's again: nobody has it, and the ladder is climbed from the lowest rung."""
        self.owner = self.acknowledged_at = None
        self.climbs_from = self.next_rung_at = now


class EscalationStep(models.Model):
    """What happened to an escalation, when and by whom. Append-only."""

    kind = "recovery"

    class What(models.TextChoices):
        """The steps of an escalation's life."""

        OPENED = "opened"
        REPEATED = "repeated"
        TOLD = "told"
        NOBODY = "nobody"  # a rung that reached no one: a hole in the rota
        ACKNOWLEDGED = "acknowledged"
        HANDED_OVER = "handed-over"
        ACCEPTED = "accepted"
        CLOSED = "closed"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, related_name="escalation_steps")
    escalation = models.ForeignKey(Escalation, on_delete=models.PROTECT, related_name="steps")
    what = models.CharField(max_length=12, choices=What)
    by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    to = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    rung = models.PositiveSmallIntegerField(null=True)
    about_id = models.CharField(max_length=64, blank=True)
    outcome = models.CharField(max_length=40, blank=True)  # a code of escalation.actions.OUTCOMES
    note = models.TextField(blank=True)
    client_id = models.UUIDField(null=True)
    at = models.DateTimeField()

    class Meta:
        """A replayed form is one step."""

        constraints = [
            models.UniqueConstraint(
                fields=["by", "client_id"],
                condition=models.Q(client_id__isnull=False),
                name="escalation_step_once",
            )
        ]


class SafetyWord(models.Model):
    """What a patient told the clinic because they do not feel safe with someone. Append-only.

    It is written and never shown to its writer again: whoever holds their phone finds nothing.
    FHIR: Communication, with a security label.
    """

    kind = STAFF_ONLY
    staff_only = True

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, related_name="safety_words")
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="safety_words")
    escalation = models.ForeignKey(Escalation, on_delete=models.PROTECT, related_name="safety_words")
    text = models.TextField(blank=True)
    reach = models.CharField(max_length=300, blank=True)  # how and when it is safe to reach them
    in_danger = models.BooleanField(default=False)
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    client_id = models.UUIDField()

    objects = ScopedQuerySet.as_manager()

    class Meta:
        """A replayed form is one row."""

        constraints = [models.UniqueConstraint(fields=["by", "client_id"], name="escalation_word_once")]


class Rung(models.Model):
    """One step of a clinic's ladder: who is told after how long without an answer."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, related_name="rungs")
    position = models.PositiveSmallIntegerField()
    after_min = models.PositiveSmallIntegerField()
    clinician = models.ForeignKey(Clinician, null=True, on_delete=models.PROTECT, related_name="rungs")
    role = models.CharField(max_length=12, choices=Clinician.Role, blank=True)  # all active holders of a role

    class Meta:
        """A rung names a person or a role, and rungs are in order."""

        constraints = [
            models.UniqueConstraint(fields=["clinic", "position"], name="escalation_rung_once"),
            models.CheckConstraint(
                condition=models.Q(clinician__isnull=False) ^ ~models.Q(role=""),
                name="escalation_rung_names_one",
            ),
        ]
