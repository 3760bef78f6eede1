"""Who saw or did what, when. FHIR: AuditEvent. The rules never read it; "who looked" pages do."""

from django.db import models
from uuid6 import uuid7

LISTED = "list."  # begins the verb of a look at a list: somebody was seen in it, and no chart was opened
STAFF_ONLY = "staff-only"  # as a line's reason: no patient ever reads that it is there


class AuditEvent(models.Model):
    """One access or action. Holds ids, a verb and codes; never a name or a text."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    clinic_id = models.UUIDField(null=True)  # null: the installation itself
    at = models.DateTimeField()
    actor_id = models.UUIDField(null=True)  # null: the clock
    capacity = models.CharField(max_length=12)  # patient, caretaker, staff, clock, link
    verb = models.CharField(max_length=60)  # "infusion.move", "chart.read"
    subject_type = models.CharField(max_length=40)
    subject_id = models.UUIDField(null=True)
    patient_id = models.UUIDField(null=True)
    reason = models.CharField(max_length=40, blank=True)
    digest = models.CharField(max_length=64, blank=True)  # keyed digest of what was written

    class Meta:
        """Indexed for the two questions asked of it: a patient's readers, a clinic's recent past."""

        indexes = [
            models.Index(fields=["patient_id", "-at"], name="audit_by_patient"),
            models.Index(fields=["clinic_id", "-at"], name="audit_by_clinic"),
        ]


class AuditUnsealed(models.Model):
    """A line the sealer has yet to chain: written with the line, gone with its seal."""

    event = models.OneToOneField(
        AuditEvent, primary_key=True, on_delete=models.PROTECT, related_name="unsealed"
    )
    chain = models.UUIDField()

    class Meta:
        """The sealer goes chain by chain."""

        indexes = [models.Index(fields=["chain", "event"], name="audit_unsealed_by_chain")]


class AuditSeal(models.Model):
    """One link of a clinic's chain: the event, and a hash over it and the link before it."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    chain = models.UUIDField()  # the clinic, or the nil UUID for the installation
    number = models.PositiveBigIntegerField()
    event = models.OneToOneField(AuditEvent, on_delete=models.PROTECT, related_name="seal")
    hash = models.CharField(max_length=64)
    sealed_at = models.DateTimeField()

    class Meta:
        """A chain has no gaps and no forks."""

        constraints = [models.UniqueConstraint(fields=["chain", "number"], name="audit_seal_once")]


class AuditHead(models.Model):
    """A chain's head that left this machine: when, where to, and what it was."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    chain = models.UUIDField()
    number = models.PositiveBigIntegerField()
    hash = models.CharField(max_length=64)
    sent_at = models.DateTimeField()

    class Meta:
        """One message a day asks for the latest."""

        indexes = [
            models.Index(fields=["chain", "-number"], name="audit_head_latest"),
            models.Index(fields=["-sent_at"], name="audit_head_sent"),
        ]
