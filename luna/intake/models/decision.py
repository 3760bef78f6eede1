"""What a prescriber reads beside the answers, and what they decide. FHIR: Observation, ClinicalImpression."""

from django.db import models

from luna.library import content
from luna.people.models import STAFF_ONLY
from luna.records.models import Fact, Labelled

SCREENING = "ketamine"  # the packaged one


class LabResult(Fact, Labelled):
    """One laboratory value or test result, as it was typed. Append-only. FHIR: Observation.

    A corrected one supersedes the wrong one.
    """

    kind = STAFF_ONLY

    test = models.CharField(max_length=40, blank=True)  # of the screening it answers; blank: of none
    positive = models.BooleanField(null=True)  # of a test that is positive or negative; null: of others
    name = models.CharField(max_length=80)
    result = models.CharField(max_length=120, blank=True)
    taken_on = models.DateField()
    mistaken = models.BooleanField(default=False)  # the one it supersedes was entered by mistake

    class Meta(Fact.Meta):
        """Read by patient. What was corrected once is not corrected again: its correction is."""

        constraints = [
            *Fact.Meta.constraints,
            models.UniqueConstraint(fields=["supersedes"], name="intake_lab_corrected_once"),
        ]
        indexes = [models.Index(fields=["patient", "taken_on"], name="intake_lab_by_patient")]

    @property
    def tells_of(self) -> str:
        """Return the kind of its test; one of no test may tell of anything."""
        kinds = {one.id: one.kind for one in content.screening(SCREENING).tests}
        return kinds.get(self.test, super().tells_of)


class EligibilityDecision(Fact, Labelled):
    """Whether somebody may be treated, signed by a prescriber, with an end. Append-only.

    Whether it still holds is worked out (`plans.current_eligibility`), never stored. `supersedes` names
    the decision before it. FHIR: ClinicalImpression.
    """

    kind = STAFF_ONLY

    class Verdict(models.TextChoices):
        """What was decided."""

        ELIGIBLE = "eligible"
        NOT_NOW = "not-now"
        NOT_SUITABLE = "not-suitable"

    verdict = models.CharField(max_length=12, choices=Verdict)
    reasons = models.TextField()
    conditions = models.TextField(blank=True)
    alone_plan = models.TextField(blank=True)  # who is there, where somebody lives alone
    review_on = models.DateField()  # the clinic's day on which it ends
    addressed = models.JSONField(default=dict)  # id of a finding or of a test not done -> why in spite of it
    seen = models.JSONField(default=list)  # ids of the findings that were on the page
    missing = models.JSONField(default=list)  # what nobody had told or measured
    missing_why = models.TextField(blank=True)  # why in spite of that
    lives_alone = models.BooleanField()  # as it was known
    content_version = models.CharField(max_length=40)  # of the screening and the interactions

    class Meta(Fact.Meta):
        """Two prescribers who decide at once meet here."""

        constraints = [
            *Fact.Meta.constraints,
            models.UniqueConstraint(fields=["supersedes"], name="intake_decision_followed_once"),
        ]
        indexes = [
            models.Index(fields=["patient", "at"], name="intake_decision_by_patient"),
            models.Index(fields=["review_on"], name="intake_decision_by_end"),
        ]
