"""What patients, caretakers and callers tell the clinic, and the clinic's answers to it.

FHIR: MedicationStatement, Communication, Observation (collateral), ReferralRequest.
"""

from typing import Any, Self

from django.db import models

from luna.people.models import STAFF_ONLY, Clinician, ScopedQuerySet
from luna.records.models import EachOfItsKind, EachOfItsKindQuerySet, Fact, Labelled


class Medicine(Fact, EachOfItsKind):
    """One medicine as somebody told it; a change supersedes it. Append-only. FHIR: MedicationStatement."""

    class Kind(models.TextChoices):
        """What it is shared as: some medicines tell of substance use or its treatment."""

        HISTORY = "history"
        SUBSTANCES = "substances"

    kind = models.CharField(max_length=16, choices=Kind)
    name = models.CharField(max_length=120)  # as it was typed or chosen
    listed = models.CharField(max_length=120, blank=True)  # its name in the packaged list; blank: not there
    codes = models.JSONField(default=list)  # its classes there
    list_version = models.CharField(max_length=20, blank=True)
    dose_text = models.CharField(max_length=200, blank=True)
    when_text = models.CharField(max_length=200, blank=True)
    since_text = models.CharField(max_length=120, blank=True)
    stopped_on = models.DateField(null=True)
    mistaken = models.BooleanField(default=False)  # it was never taken: entered by mistake

    objects = EachOfItsKindQuerySet.as_manager()

    class Meta(Fact.Meta):
        """Read by patient. What was changed once is not changed again: its change is."""

        constraints = [
            *Fact.Meta.constraints,
            models.UniqueConstraint(fields=["supersedes"], name="intake_medicine_changed_once"),
        ]
        indexes = [models.Index(fields=["patient", "at"], name="intake_medicine_by_patient")]

    @property
    def is_taken(self) -> bool:
        """Tell whether it says that the medicine is taken: not that it ended, or was never taken."""
        return self.stopped_on is None and not self.mistaken


class MedicineReview(Fact):
    """Somebody says that the list of medicines is whole, or that nothing is taken. Append-only."""

    kind = "history"

    takes_none = models.BooleanField()

    class Meta(Fact.Meta):
        """Read by patient."""

        indexes = [models.Index(fields=["patient", "at"], name="intake_review_by_patient")]


class BetweenUsQuerySet(ScopedQuerySet):
    """Rows between the patient and the clinic: no circle is shown one, whatever it is shared."""

    def visible_to(self, viewer: Any) -> Self:
        """Return the rows to the patient and to staff, and none to anybody of the circle."""
        is_between = viewer.is_staff or viewer.capacity_kind == "patient"
        return super().visible_to(viewer) if is_between else self.none()


class Question(Fact, Labelled):
    """A fear or a question for the clinic, answered by name. Append-only. FHIR: Communication.

    Nobody but its writer and the clinic reads it: it may be about whoever cares for them.
    """

    kind = "messages"

    class What(models.TextChoices):
        """What it is."""

        FEAR = "fear"
        QUESTION = "question"

    what = models.CharField(max_length=8, choices=What)
    code = models.CharField(max_length=24, blank=True)  # of a fear that was chosen from the list
    text = models.TextField(blank=True)
    promised_at = models.DateTimeField()  # the promise it was sent under

    objects = BetweenUsQuerySet.as_manager()

    class Meta(Fact.Meta):
        """Read by patient, and by the promise."""

        indexes = [
            models.Index(fields=["patient", "at"], name="intake_question_by_patient"),
            models.Index(fields=["promised_at"], name="intake_question_by_promise"),
        ]


class Answer(Fact, Labelled):
    """What a named member of staff answers to a fear or question. Append-only."""

    kind = "messages"

    question = models.ForeignKey(Question, on_delete=models.PROTECT, related_name="answers")
    text = models.TextField()

    objects = BetweenUsQuerySet.as_manager()


class CollateralQuerySet(ScopedQuerySet):
    """What a caretaker noticed, read by its audience and its writer."""

    def visible_to(self, viewer: Any) -> Self:
        """Return what was written for this viewer, and what they wrote while they are let in."""
        rows = self.filter(clinic_id=viewer.clinic_id)
        if viewer.is_staff:
            is_prescriber = viewer.has_role(Clinician.Role.PRESCRIBER)
            return rows if is_prescriber else rows.exclude(audience=Collateral.Audience.PRESCRIBERS)
        rows = rows.filter(patient_id=viewer.patient_id)
        if viewer.capacity_kind == "patient":
            return rows.filter(audience=Collateral.Audience.PATIENT)
        return rows.filter(by_id=viewer.user_id) if viewer.kinds else rows.none()


class Collateral(Fact, Labelled):
    """What a caretaker noticed, in their own name, for an audience they chose. Append-only."""

    kind = "collateral"  # shared by its writer, not by the patient

    class Audience(models.TextChoices):
        """Who reads it. By law the patient may be able to ask for any of it."""

        PRESCRIBERS = "prescribers"
        TEAM = "team"
        PATIENT = "patient"  # the team, and the patient

    audience = models.CharField(max_length=12, choices=Audience)
    text = models.TextField()

    objects = CollateralQuerySet.as_manager()

    class Meta(Fact.Meta):
        """Read by patient."""

        indexes = [models.Index(fields=["patient", "at"], name="intake_collateral_by_patient")]

    @property
    def staff_only(self) -> bool:
        """Say whether the patient is not to read in "who looked" that it was written."""
        return self.audience != Collateral.Audience.PATIENT


class News(Fact):
    """Something new that the clinic is to read by a time it promised: a pointer, no words. Append-only."""

    kind = STAFF_ONLY
    staff_only = True

    class What(models.TextChoices):
        """What is new."""

        INTAKE = "intake"
        MEDICINE = "medicine"
        COLLATERAL = "collateral"
        DECLINED = "declined"
        RAN_OUT = "ran-out"
        LEFT = "left"
        SCREEN = "phone-screen"  # on the phone: a prescriber should look first
        REOPENED = "reopened"  # what was told since speaks against a decision
        OVER = "over"  # the day to decide again has come

    # A prescriber decides on it: only their reading counts.
    DECIDED_ON = (What.INTAKE, What.MEDICINE, What.SCREEN, What.REOPENED, What.OVER)
    # What others did there: nobody was promised a reader.
    OF_CIRCLE = (What.DECLINED, What.RAN_OUT, What.LEFT)

    what = models.CharField(max_length=12, choices=What)
    about_id = models.UUIDField()
    for_prescribers = models.BooleanField(default=False)  # only they may read what it points to
    promised_at = models.DateTimeField()  # the promise

    class Meta(Fact.Meta):
        """Read by patient, and by the promise."""

        indexes = [
            models.Index(fields=["patient", "at"], name="intake_news_by_patient"),
            models.Index(fields=["promised_at"], name="intake_news_by_promise"),
        ]

    @property
    def who(self) -> str:
        """Return whose doing it is, "" for what came by a link or by itself."""
        return "" if self.what in (self.What.DECLINED, self.What.RAN_OUT, self.What.OVER) else self.by.name


class Reading(Fact):
    """A named member of staff has read something new. Append-only."""

    kind = STAFF_ONLY
    staff_only = True

    news = models.ForeignKey(News, on_delete=models.PROTECT, related_name="readings")


class Enquiry(Fact, Labelled):
    """What is known before the first visit; every save is a new one. Staff only. Append-only."""

    kind = STAFF_ONLY
    staff_only = True

    class Screen(models.TextChoices):
        """What the first talk on the phone told."""

        NOT_ASKED = "not-asked"
        NOTHING = "nothing"
        LOOK = "look"

    class Known(models.TextChoices):
        """Yes, no, or nobody asked yet."""

        UNKNOWN = "unknown"
        YES = "yes"
        NO = "no"

    class Interpreter(models.TextChoices):
        """Whether somebody is to translate."""

        UNKNOWN = "unknown"
        NO = "no"
        SPOKEN = "spoken"
        SIGNED = "signed"

    intake = models.CharField(max_length=60, blank=True)  # the questionnaire to fill in; blank: they choose
    screen = models.CharField(max_length=12, choices=Screen, default=Screen.NOT_ASKED)
    screen_words = models.TextField(blank=True)
    referred_by = models.CharField(max_length=120, blank=True)
    referral_asked_on = models.DateField(null=True)
    referral_received_on = models.DateField(null=True)
    records_from = models.CharField(max_length=120, blank=True)
    records_asked_on = models.DateField(null=True)
    records_received_on = models.DateField(null=True)
    language = models.CharField(max_length=60, blank=True)
    interpreter = models.CharField(max_length=8, choices=Interpreter, default=Interpreter.UNKNOWN)
    emergency_name = models.CharField(max_length=120, blank=True)
    emergency_relation = models.CharField(max_length=60, blank=True)
    emergency_phone = models.CharField(max_length=32, blank=True)
    lives_alone = models.CharField(max_length=8, choices=Known, default=Known.UNKNOWN)
    words = models.TextField(blank=True)

    class Meta(Fact.Meta):
        """Two people who save over one another meet here."""

        constraints = [
            *Fact.Meta.constraints,
            models.UniqueConstraint(fields=["supersedes"], name="intake_enquiry_changed_once"),
        ]
        indexes = [models.Index(fields=["patient", "at"], name="intake_enquiry_by_patient")]
