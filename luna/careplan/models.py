"""What became of the plan's tasks: marks people made, and one outcome a task. FHIR: Task, Provenance."""

from typing import Any, Self

from django.db import models
from uuid6 import uuid7

from luna.clinical.things import LONGEST
from luna.people.models import STAFF_ONLY, Chair, Clinic, Patient, ScopedQuerySet, User
from luna.records.models import Fact
from luna.treatment.models import Infusion, Series


class Mark(Fact):
    """Someone says a task is done, or takes it back. Bound to the booking revision it answered."""

    kind = "schedule"

    task_key = models.CharField(max_length=64)
    done = models.BooleanField()
    revision = models.PositiveIntegerField()

    class Meta(Fact.Meta):
        """Read by patient."""

        indexes = [models.Index(fields=["patient", "task_key"], name="careplan_mark_by_task")]


class ArrivalCheck(Fact):
    """What staff asked when a patient came for one infusion: each time afresh, of each booking anew.

    Fasting is judged by this, never by a mark. Append-only; the latest counts. FHIR: Observation.
    """

    kind = "infusion"

    class Meal(models.TextChoices):
        """What was eaten last, as `clinical.readiness.Meal`."""

        LIGHT = "light"
        HEAVY = "heavy"
        NOT_SURE = "not-sure"

    infusion = models.ForeignKey(Infusion, on_delete=models.PROTECT, related_name="arrival_checks")
    revision = models.PositiveIntegerField()  # of the booking: a move asks again
    food_at = models.DateTimeField()
    drink_at = models.DateTimeField()
    as_ordered = models.BooleanField()  # medicines were taken and left out as ordered
    # What the last food was; null: not asked.
    meal = models.CharField(max_length=8, choices=Meal, null=True)  # noqa: DJ001 -- as any new column of a guarded table

    class Meta(Fact.Meta):
        """Read by infusion."""

        indexes = [models.Index(fields=["infusion", "recorded_at"], name="careplan_arrival_by_infusion")]


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


class Standing(models.Model):
    """How an infusion that is near stood when the clock last looked: for the board, which shows many.

    No fact, and rebuilt at each look. It counts while the patient's `Wake` has the `wake_at` of that look
    and that is to come: whatever happens sets it to now, and the readiness is worked out instead. A
    release that judges otherwise empties this table in a migration.
    """

    kind = STAFF_ONLY  # it holds what of the patient only staff know

    infusion = models.OneToOneField(Infusion, models.PROTECT, primary_key=True, related_name="standing")
    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, related_name="+")
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="+")
    wake_at = models.DateTimeField()
    place = models.PositiveSmallIntegerField()  # plans.Place
    body = models.JSONField()  # plans.standing: number, total, what happened, reasons

    objects = ScopedQuerySet.as_manager()

    class Meta:
        """Read by infusion, written by patient."""

        indexes = [models.Index(fields=["patient"], name="careplan_standing_by_patient")]


class DayChange(models.Model):
    """A clinic ran late or closed on one day: which infusions that was to move or cancel. Append-only.

    It is written before any of them is. What came of each is its booking revision, whose `client_id` is
    the id of this row; so what was left half done is taken up, and never done twice.
    """

    class What(models.TextChoices):
        """What happened to the day."""

        LATE = "late"
        CLOSED = "closed"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, related_name="day_changes")
    on = models.DateField()  # the clinic's local day
    what = models.CharField(max_length=6, choices=What)
    minutes = models.PositiveIntegerField(null=True)  # later; null when it closed
    words = models.TextField(blank=True)  # why, for the clinic's staff
    # In the order they are done: infusion, the revision it was seen at, its new start or null.
    lines = models.JSONField()
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    client_id = models.UUIDField()

    objects = ScopedQuerySet.as_manager()

    class Meta:
        """A replayed form is one change; listed by clinic, the newest first."""

        constraints = [models.UniqueConstraint(fields=["by", "client_id"], name="careplan_day_change_once")]
        indexes = [models.Index(fields=["clinic", "-at"], name="careplan_day_change_by_clinic")]


class ThingQuerySet(ScopedQuerySet):
    """What is packed is between the patient and the clinic; what is made ready at home is shared."""

    def visible_to(self, viewer: Any) -> Self:
        """Return the rows somebody may see: to the circle, only those of the home."""
        rows = super().visible_to(viewer)
        return rows.filter(which=ThingWord.Which.HOME) if viewer.member is not None else rows


class ThingWord(Fact):
    """Somebody ticks a thing of a list, adds one or takes one off. Append-only.

    What stands: `clinical.things.standing`.
    """

    kind = "schedule"

    class Which(models.TextChoices):
        """Which list: the patient's bag, or the home that a caretaker makes ready."""

        BAG = "bag"
        HOME = "home"

    class What(models.TextChoices):
        """What was said of it, as `clinical.things.Said` has it."""

        TICKED = "ticked"
        OPEN = "open"
        ADDED = "added"
        OFF = "off"

    series = models.ForeignKey(Series, on_delete=models.PROTECT, related_name="things")
    infusion = models.ForeignKey(Infusion, null=True, on_delete=models.PROTECT, related_name="+")  # of a tick
    which = models.CharField(max_length=4, choices=Which)
    what = models.CharField(max_length=6, choices=What)
    thing = models.CharField(max_length=32)  # id in the guide; of one's own, hex of the row that added it
    text = models.CharField(max_length=LONGEST, blank=True)  # of one's own, as it was typed when added

    objects = ThingQuerySet.as_manager()

    class Meta(Fact.Meta):
        """Read with the series."""

        indexes = [models.Index(fields=["series", "which", "recorded_at"], name="careplan_thing_by_series")]


class Waiting(Fact):
    """A patient's word on an earlier time for one infusion: when they can come, and who helps then.

    The newest row counts: `is_on` says whether they wait. It is about the times the infusion has: a move
    ends it.
    """

    kind = "schedule"

    infusion = models.ForeignKey(Infusion, on_delete=models.PROTECT, related_name="waitings")
    revision = models.PositiveIntegerField()  # of the times it was said of: Infusion.times_revision
    is_on = models.BooleanField()
    days = models.JSONField(default=list)  # days of the week they can come, Monday is 0
    earliest = models.TimeField(null=True)  # starts from then on, on the clinic's clock
    latest = models.TimeField(null=True)  # and until then
    # Who takes them home and who stays: somebody of the circle, or a name.
    driver = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    driver_name = models.CharField(max_length=60, blank=True)
    adult = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    adult_name = models.CharField(max_length=60, blank=True)

    class Meta(Fact.Meta):
        """Read by clinic, and with the infusion."""

        indexes = [
            models.Index(fields=["clinic", "infusion", "recorded_at"], name="careplan_waiting_by_clinic")
        ]


class ChairOffer(Fact):
    """A freed chair offered to one patient on the waiting list, until a time. `by` offered it."""

    kind = "schedule"

    waiting = models.ForeignKey(Waiting, on_delete=models.PROTECT, related_name="offers")
    infusion = models.ForeignKey(Infusion, on_delete=models.PROTECT, related_name="chair_offers")
    revision = models.PositiveIntegerField()  # of the times it would replace: Infusion.times_revision
    starts_at = models.DateTimeField()
    chair = models.ForeignKey(Chair, on_delete=models.PROTECT, related_name="+")
    until = models.DateTimeField()

    class Meta(Fact.Meta):
        """Listed by clinic and time."""

        indexes = [models.Index(fields=["clinic", "starts_at"], name="careplan_offer_by_clinic")]


class OfferAnswer(Fact):
    """A patient took an offered chair, or said no. One answer an offer."""

    kind = "schedule"

    offer = models.OneToOneField(ChairOffer, on_delete=models.PROTECT, related_name="answer")
    is_taken = models.BooleanField()


class OfferWithdrawal(Fact):
    """Staff took an offered chair back before anybody answered. Once an offer."""

    kind = "schedule"

    offer = models.OneToOneField(ChairOffer, on_delete=models.PROTECT, related_name="withdrawal")
