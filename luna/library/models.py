"""Content a clinic signed: protocol, triage rules, numbers, a consent. FHIR: PlanDefinition, Library."""

from django.db import models
from uuid6 import uuid7


class ContentVersion(models.Model):
    """One exact text, as one clinic signed it. A changed text is a new row."""

    class Kind(models.TextChoices):
        """What kind of content a version holds."""

        PROTOCOL = "protocol"
        TRIAGE = "triage"
        EMERGENCY = "emergency"
        CONSENT = "consent"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    clinic_id = models.UUIDField()
    kind = models.CharField(max_length=12, choices=Kind)
    content_id = models.CharField(max_length=60)
    version = models.CharField(max_length=20)
    text = models.TextField()
    sha256 = models.CharField(max_length=64)
    accepted = models.JSONField(default=list)  # ids of the B and D numbers ticked one by one
    signed_by_id = models.UUIDField()
    signed_name = models.CharField(max_length=120)  # as it stood on the day
    signed_at = models.DateTimeField()
    renewal = models.PositiveSmallIntegerField(default=0)  # how often these words were signed before
    demo = models.BooleanField(default=False)  # taken up by the demo seeder, signed by nobody real

    class Meta:
        """The newest signature wins; one is made once, however often the button is pressed."""

        constraints = [
            models.UniqueConstraint(
                fields=["clinic_id", "kind", "content_id", "sha256", "renewal"], name="library_signed_once"
            )
        ]
        indexes = [
            models.Index(fields=["clinic_id", "kind", "content_id", "-signed_at"], name="library_newest")
        ]
