"""Signatures under consents, and the files that keep them. FHIR: Consent, DocumentReference."""

from django.db import models
from uuid6 import uuid7

from luna.library.models import ContentVersion
from luna.people.models import Clinic, Patient, ScopedQuerySet
from luna.records.models import Blob, Fact


class Consent(Fact):
    """One yes to one exact text, or the taking back of it. The last word on a matter stands."""

    kind = "history"  # no page shows it to a circle, whatever is shared

    class What(models.TextChoices):
        """What was done."""

        SIGNED = "signed"
        WITHDRAWN = "withdrawn"

    class Route(models.TextChoices):
        """Where the name was written."""

        PAGE = "page"
        PAPER = "paper"

    what = models.CharField(max_length=9, choices=What)
    route = models.CharField(max_length=5, choices=Route, default=Route.PAGE)
    about = models.CharField(max_length=24)  # id of the consent, in any language: "treatment"
    language = models.CharField(max_length=24)
    content = models.ForeignKey(ContentVersion, on_delete=models.PROTECT, related_name="+")
    sha256 = models.CharField(max_length=64)  # of the exact text that was read
    name = models.CharField(max_length=120)  # as it was typed or written
    witness = models.CharField(max_length=120, blank=True)  # who saw it signed on paper
    signed_on = models.DateField()  # on the clinic's calendar
    good_until = models.DateTimeField()  # as the text said when it was signed

    class Meta(Fact.Meta):
        """Read by patient, and for all of a clinic at once."""

        indexes = [
            models.Index(fields=["patient", "about", "recorded_at"], name="consents_by_patient"),
            models.Index(fields=["clinic", "recorded_at"], name="consents_by_clinic"),
        ]


class ConsentFile(models.Model):
    """The file that keeps a signature: the PDF that Luna made of it, or the paper."""

    kind = "history"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, related_name="+")
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="+")
    consent = models.OneToOneField(Consent, on_delete=models.PROTECT, related_name="file")
    blob = models.OneToOneField(Blob, on_delete=models.PROTECT, related_name="+")

    objects = ScopedQuerySet.as_manager()
