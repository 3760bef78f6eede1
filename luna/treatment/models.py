"""Episodes, series, bookings and infusions. FHIR: EpisodeOfCare, CarePlan, Appointment, Encounter."""

from django.db import models
from uuid6 import uuid7

from luna.library.models import ContentVersion
from luna.people.models import Chair, Clinic, Patient, ScopedQuerySet, User
from luna.records.models import EachOfItsKind, EachOfItsKindQuerySet, Fact


class EpisodeOfCare(models.Model):
    """A patient's time under a clinic's programme."""

    kind = "schedule"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, related_name="episodes")
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="episodes")
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        """One open episode a patient."""

        constraints = [
            models.UniqueConstraint(
                fields=["patient"],
                condition=models.Q(ended_at__isnull=True),
                name="treatment_episode_open_once",
            )
        ]


class Series(models.Model):
    """A run of infusions under one protocol version. Locked by every action that changes what is in it."""

    kind = "schedule"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, related_name="series")
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="series")
    episode = models.ForeignKey(EpisodeOfCare, on_delete=models.PROTECT, related_name="series")
    protocol = models.ForeignKey(ContentVersion, on_delete=models.PROTECT, related_name="+")
    started_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    started_at = models.DateTimeField()  # when it was set up, not the first infusion
    stopped_at = models.DateTimeField(null=True)
    stopped_why = models.CharField(max_length=40, blank=True)
    client_id = models.UUIDField()
    version = models.PositiveIntegerField(default=1)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        """A replayed form starts one series."""

        constraints = [
            models.UniqueConstraint(fields=["started_by", "client_id"], name="treatment_series_once")
        ]
        indexes = [
            models.Index(fields=["clinic", "stopped_at", "-started_at"], name="treatment_series_by_clinic")
        ]


class Infusion(models.Model):
    """One infusion visit. Its times are its booking revisions; what happened is its moments."""

    kind = "schedule"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, related_name="infusions")
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="infusions")
    series = models.ForeignKey(Series, on_delete=models.PROTECT, related_name="infusions")
    # The current booking, copied from the latest revision in the same transaction, for boards and clashes.
    revision = models.PositiveIntegerField(default=1)
    # The revision that last changed the times; null: none did. Another chair asks nobody anything again.
    moved_revision = models.PositiveIntegerField(null=True)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()  # end of the infusion itself
    leaves_at = models.DateTimeField()  # when the chair is expected to be free
    chair = models.ForeignKey(Chair, null=True, on_delete=models.PROTECT, related_name="infusions")
    cancelled = models.BooleanField(default=False)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        """Ends after it starts; found by clinic and day."""

        constraints = [
            models.CheckConstraint(
                condition=models.Q(ends_at__gt=models.F("starts_at")), name="treatment_infusion_order"
            ),
            models.CheckConstraint(
                condition=models.Q(leaves_at__gte=models.F("ends_at")), name="treatment_infusion_leaves"
            ),
        ]
        indexes = [models.Index(fields=["clinic", "starts_at"], name="treatment_infusion_by_day")]


class BookingRevision(models.Model):
    """The times an infusion was planned for, as they stood from `at` on. Append-only. FHIR: Appointment."""

    kind = "schedule"

    class Why(models.TextChoices):
        """Why a booking was made or changed."""

        BOOKED = "booked"
        PATIENT = "patient"
        CLINIC = "clinic"
        UNWELL = "unwell"
        OTHER = "other"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, related_name="+")
    infusion = models.ForeignKey(Infusion, on_delete=models.PROTECT, related_name="revisions")
    revision = models.PositiveIntegerField()
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    leaves_at = models.DateTimeField()
    chair = models.ForeignKey(Chair, null=True, on_delete=models.PROTECT, related_name="+")
    cancelled = models.BooleanField(default=False)
    why = models.CharField(max_length=10, choices=Why)
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    client_id = models.UUIDField()

    class Meta:
        """Revisions are numbered without gaps, and a replayed form is one revision."""

        constraints = [
            models.UniqueConstraint(fields=["infusion", "revision"], name="treatment_revision_once"),
            models.UniqueConstraint(fields=["by", "client_id", "infusion"], name="treatment_revision_replay"),
        ]


class Moment(Fact):
    """Something that happened on an infusion day: arrived, started, ended, left, home."""

    kind = "schedule"

    class What(models.TextChoices):
        """In the order a day has them."""

        ARRIVED = "arrived"
        STARTED = "started"
        ENDED = "ended"
        LEFT = "left"
        HOME = "home"

    infusion = models.ForeignKey(Infusion, on_delete=models.PROTECT, related_name="moments")
    what = models.CharField(max_length=8, choices=What)
    taken_back = models.BooleanField(default=False)  # a correction that says it did not happen

    class Meta(Fact.Meta):
        """Read with the infusion."""

        indexes = [
            models.Index(fields=["infusion", "what", "recorded_at"], name="treatment_moment_by_infusion")
        ]


class Order(Fact, EachOfItsKind):
    """A signed change to one series, for one infusion or all. It always wins. Append-only.

    A later row replaces an earlier one, or only stops it: `supersedes`. FHIR: ServiceRequest.
    """

    class Kind(models.TextChoices):
        """What it is shared as."""

        SCHEDULE = "schedule"
        HISTORY = "history"
        SUBSTANCES = "substances"

    class What(models.TextChoices):
        """What it changes."""

        NUMBER = "number"
        SKIP = "skip"
        ADD = "add"
        MEDICINE = "medicine"

    class Handling(models.TextChoices):
        """What is to be done with a medicine."""

        TAKE = "take"
        HOLD = "hold"
        ASK = "ask"

    kind = models.CharField(max_length=16, choices=Kind)
    series = models.ForeignKey(Series, on_delete=models.PROTECT, related_name="orders")
    infusion = models.ForeignKey(Infusion, null=True, on_delete=models.PROTECT, related_name="+")  # null: all
    what = models.CharField(max_length=8, choices=What)
    name = models.CharField(max_length=120)  # id of the number or step; a medicine's name
    value = models.DecimalField(max_digits=9, decimal_places=3, null=True)  # in the unit of its number
    step_text = models.TextField(blank=True)  # the step it adds, exactly as it was signed
    handling = models.CharField(max_length=4, choices=Handling, blank=True)
    stop_before_min = models.PositiveIntegerField(null=True)  # before the infusion starts
    restart_after_min = models.PositiveIntegerField(null=True)  # after it has ended
    words = models.TextField(blank=True)  # for whoever follows it
    prescriber = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")  # who decided
    spoken = models.BooleanField(default=False)  # written down by a nurse; the prescriber is to countersign
    stopped = models.BooleanField(default=False)  # it only ends what it supersedes

    objects = EachOfItsKindQuerySet.as_manager()

    class Meta(Fact.Meta):
        """A held medicine has a time to stop and a time to start again, or it is not held."""

        constraints = [
            *Fact.Meta.constraints,
            models.UniqueConstraint(fields=["supersedes"], name="treatment_order_ended_once"),
            models.CheckConstraint(
                condition=~models.Q(handling="hold")
                | models.Q(stop_before_min__isnull=False, restart_after_min__isnull=False),
                name="treatment_order_hold_restarts",
            ),
            models.CheckConstraint(
                condition=models.Q(stopped=False) | models.Q(supersedes__isnull=False),
                name="treatment_order_stops_one",
            ),
        ]
        indexes = [models.Index(fields=["series", "at"], name="treatment_order_by_series")]


class Countersign(Fact):
    """The prescriber says that a spoken order was theirs, or that it was not. Append-only."""

    kind = "schedule"

    order = models.OneToOneField(Order, on_delete=models.PROTECT, related_name="countersign")
    agreed = models.BooleanField()


class Duty(Fact):
    """One thing said about who is there for an infusion. The latest counts: `clinical.duty.cover`."""

    kind = "schedule"

    class What(models.TextChoices):
        """What was said of `who`, as `clinical.duty.Said` has it."""

        TAKES = "takes"
        STANDS_BY = "stands-by"
        ASKED = "asked"
        DECLINED = "declined"
        CANNOT = "cannot"

    infusion = models.ForeignKey(Infusion, on_delete=models.PROTECT, related_name="duties")
    what = models.CharField(max_length=10, choices=What)
    who = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    class Meta(Fact.Meta):
        """Read with the infusion."""

        indexes = [models.Index(fields=["infusion", "recorded_at"], name="treatment_duty_by_infusion")]


class Briefing(Fact):
    """An adult signed that they know what to do at home, for one series. `by` signed it."""

    kind = "schedule"

    series = models.ForeignKey(Series, on_delete=models.PROTECT, related_name="briefings")
    adult = models.ForeignKey(User, on_delete=models.PROTECT, related_name="briefings")
    cards = models.JSONField()  # card -> the version of it that was read
    in_full = models.BooleanField()  # every card, with the questions; else only what was new
    signed_name = models.CharField(max_length=120)  # as it was typed

    class Meta(Fact.Meta):
        """Read with the series, and by adult."""

        indexes = [models.Index(fields=["adult", "recorded_at"], name="treatment_briefing_by_adult")]
