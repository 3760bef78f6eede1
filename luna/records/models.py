"""What people give: answers, drafts of them, files, and lines kept for oneself.

FHIR: QuestionnaireResponse, DocumentReference.
"""

from typing import Any, Self

from django.db import models
from uuid6 import uuid7

from luna.clinical.questionnaire import Kind
from luna.library import content
from luna.people.models import CircleMember, Clinic, Patient, ScopedQuerySet, User


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


class Labelled(models.Model):
    """A row that says whether 42 CFR Part 2 covers it, labelled when it is first saved.

    A label once given stays, whatever the clinic says later, and so it does on what takes its place.
    """

    clinic: Any  # whose row it is

    part2 = models.BooleanField(null=True)  # null: saved before Luna could say

    class Meta:
        """Each table has its own."""

        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Label a new row."""
        if self._state.adding:
            before = getattr(self, "supersedes", None)
            is_covered = self.clinic.part2 and self.tells_of == Kind.SUBSTANCES
            self.part2 = is_covered or bool(before and before.part2)
        super().save(*args, **kwargs)

    @property
    def tells_of(self) -> str:
        """Return the kind of information it is. Words that nobody sorted may tell of substance use."""
        return Kind.SUBSTANCES


class EachOfItsKind(Labelled):
    """A row of a table whose rows differ in what they are shared as: it tells of what it is shared as."""

    kind: Any

    class Meta(Labelled.Meta):
        """Each table has its own."""

        abstract = True

    @property
    def tells_of(self) -> str:
        """Return its kind."""
        return str(self.kind)


class EachOfItsKindQuerySet(ScopedQuerySet):
    """Rows of one table that differ in what they are shared as."""

    def visible_to(self, viewer: Any) -> Self:
        """Return the rows of the kinds that are open to `viewer`; staff see all of their clinic's."""
        of_the_clinic = self.filter(clinic_id=viewer.clinic_id)
        if viewer.is_staff:
            return of_the_clinic
        return of_the_clinic.filter(patient_id=viewer.patient_id, kind__in=viewer.kinds)


class OwnQuerySet(ScopedQuerySet):
    """Rows between a patient and their clinic: no circle reads them, whatever is shared with it."""

    def visible_to(self, viewer: Any) -> Self:
        """Return the rows a patient or staff may see; none to anybody else."""
        return super().visible_to(viewer) if viewer.is_staff or viewer.member is None else self.none()


class DraftQuerySet(ScopedQuerySet):
    """Drafts are read by whoever writes them, and by nobody else."""

    def visible_to(self, viewer: Any) -> Self:
        """Return the viewer's own drafts in this capacity; none to someone who is no longer let in."""
        if not viewer.kinds:
            return self.none()
        own = self.filter(clinic_id=viewer.clinic_id, by_id=viewer.user_id, capacity=viewer.capacity_kind)
        return own if viewer.is_staff else own.filter(patient_id=viewer.patient_id)


class Draft(Labelled):
    """One person's answers to a questionnaire before they are sent; emptied when they are.

    A current value: `version` rises with every answer.
    """

    kind = "schedule"  # each answer has a kind of its own once it is sent; until then it is the writer's

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, related_name="+")
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="+")
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    capacity = models.CharField(max_length=12)
    questionnaire = models.CharField(max_length=60)
    questionnaire_version = models.CharField(max_length=40)
    task_key = models.CharField(max_length=64, blank=True)  # the task it answers, if one
    round = models.PositiveIntegerField(default=1)  # which time it is answered
    answers = models.JSONField(default=dict)  # item id -> as kept; blank: seen and left out
    saved_in = models.JSONField(default=dict)  # item id -> the version its answer came with
    version = models.PositiveIntegerField(default=0)
    begun_at = models.DateTimeField()
    saved_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)

    objects = DraftQuerySet.as_manager()

    class Meta:
        """A person has one draft of a thing at a time."""

        constraints = [
            models.UniqueConstraint(
                fields=["by", "patient", "capacity", "questionnaire", "task_key", "round"],
                name="records_draft_once",
            )
        ]

    @property
    def tells_of(self) -> str:
        """Return the most private kind its questions have: of substance use, if one asks for that."""
        kinds = {item.kind for item in content.questionnaire(self.questionnaire).items}
        return Kind.SUBSTANCES if Kind.SUBSTANCES in kinds else self.kind


class Response(Fact, EachOfItsKind):
    """One person's answers of one kind at one time. What was sent together has one draft."""

    class Kind(models.TextChoices):
        """What the answers are shared as. The last four are private: no other kind implies them."""

        RECOVERY = "recovery"
        SCHEDULE = "schedule"
        HISTORY = "history"
        JOURNAL = "journal"
        SCORES = "scores"
        PREGNANCY = "pregnancy"
        SUBSTANCES = "substances"
        SAFETY_AT_HOME = "safety-at-home"
        SUICIDALITY = "suicidality"

    kind = models.CharField(max_length=16, choices=Kind, default=Kind.RECOVERY)
    draft = models.ForeignKey(Draft, null=True, on_delete=models.PROTECT, related_name="responses")
    questionnaire = models.CharField(max_length=60)
    questionnaire_version = models.CharField(max_length=40)
    task_key = models.CharField(max_length=64, blank=True)
    revision = models.PositiveIntegerField(default=0)
    answers = models.JSONField()  # item id -> code
    urgency = models.PositiveSmallIntegerField(default=0)  # as judged when it came in
    cards = models.JSONField(default=list)  # matched triage cards, most urgent first
    missing = models.JSONField(default=list)  # required facts that were not answered
    rules_version = models.CharField(max_length=20, blank=True)  # blank: nothing judges these answers
    content_hash = models.CharField(max_length=64)  # tells a replay from other content under one id
    # Who gave the answers to `by`, who wrote them down, such as on the phone; null: `by` themselves.
    told_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")

    objects = EachOfItsKindQuerySet.as_manager()

    class Meta(Fact.Meta):
        """Read by task, and by questionnaire."""

        indexes = [
            models.Index(fields=["patient", "task_key"], name="records_response_by_task"),
            models.Index(fields=["patient", "questionnaire"], name="records_response_by_questions"),
        ]


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


class LineShare(models.Model):
    """A private line shown to one person of the circle, or to the clinic's nurses.

    It is sealed once more, under a key of its own: to stop destroys that key, so no backup can bring it back.
    """

    kind = "journal"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, related_name="+")
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="+")
    line = models.ForeignKey(PrivateLine, on_delete=models.PROTECT, related_name="shares")
    member = models.ForeignKey(
        CircleMember, null=True, on_delete=models.PROTECT, related_name="+"
    )  # null: nurses
    sealed = models.BinaryField(null=True)  # null once it ended
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    client_id = models.UUIDField()

    objects = OwnQuerySet.as_manager()

    class Meta:
        """A replayed form is one share."""

        constraints = [models.UniqueConstraint(fields=["by", "client_id"], name="records_share_once")]


class Blob(models.Model):
    """A file of a patient's, sealed under a key of its own. Append-only; destroying the key erases it.

    FHIR: DocumentReference.
    """

    class Kind(models.TextChoices):
        """What the file is shared as."""

        SCHEDULE = "schedule"
        HISTORY = "history"
        INFUSION = "infusion"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, related_name="+")
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="blobs")
    kind = models.CharField(max_length=16, choices=Kind)
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    name = models.CharField(max_length=80)  # what it is saved as, made by Luna: "consent.pdf"
    media = models.CharField(max_length=40)  # what it is, told by its first bytes: "application/pdf"
    size = models.PositiveIntegerField()  # bytes
    digest = models.CharField(max_length=64)  # SHA-256 of what was stored, keyed
    sealed = models.BinaryField()

    objects = EachOfItsKindQuerySet.as_manager()

    class Meta:
        """Read by patient."""

        indexes = [models.Index(fields=["patient", "at"], name="records_blob_by_patient")]


class Observation(Fact):
    """One measured value at one time, in the unit its name ends with. Append-only. FHIR: Observation.

    The newest of a name stands; a value measured again, or corrected, is another row.
    """

    kind = "history"

    # What it was measured for, such as an arrival; null: the baseline, which the screening judges.
    task_key = models.CharField(max_length=64, null=True)  # noqa: DJ001 -- as any new column of a guarded table
    name = models.CharField(max_length=40)  # a fact of clinical.baseline, such as systolic_mmhg
    value = models.DecimalField(max_digits=8, decimal_places=2)
    typed = models.CharField(max_length=24)  # as it was typed, with its unit: "158 lb"

    class Meta(Fact.Meta):
        """Read by patient and name."""

        indexes = [models.Index(fields=["patient", "name", "at"], name="records_observation_by_name")]
