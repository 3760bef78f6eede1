"""Episodes, series, bookings and infusions. FHIR: EpisodeOfCare, CarePlan, Appointment, Encounter."""

from django.db import models
from uuid6 import uuid7

from luna.clinical.comfort import LONGEST
from luna.library.models import ContentVersion
from luna.people.models import STAFF_ONLY, Chair, Clinic, Patient, ScopedQuerySet, User
from luna.records.models import EachOfItsKind, EachOfItsKindQuerySet, Fact, OwnQuerySet


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
    # Task key -> how often its times changed with the clinic's zone; null: never. What was marked of the
    # former times counts no more.
    rezoned = models.JSONField(null=True)
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

    @property
    def times_revision(self) -> int:
        """Return the booking revision that gave it its times: what was agreed before counts no more."""
        return self.moved_revision or 1


class BookingRevision(models.Model):
    """The times an infusion was planned for, as they stood from `at` on. Append-only. FHIR: Appointment."""

    kind = "schedule"

    class Why(models.TextChoices):
        """Why a booking was made or changed."""

        BOOKED = "booked"
        PATIENT = "patient"
        CLINIC = "clinic"
        UNWELL = "unwell"
        NO_RIDE = "no-ride"
        ATE = "ate"
        PRESSURE = "pressure"
        NO_SHOW = "no-show"
        OTHER = "other"

    # Why an infusion did not happen, said only of one whose day has come; that there is no ride is known
    # before. Nothing is moved for these, only cancelled.
    ON_THE_DAY = (Why.ATE, Why.PRESSURE, Why.NO_SHOW)
    CANCELLING = (Why.NO_RIDE, *ON_THE_DAY)

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
    words = models.TextField(null=True)  # noqa: DJ001 -- a guarded table takes a new column only as null
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
        FASTING = "fasting"
        OVERRIDE = "override"  # the infusion goes ahead in spite of some reasons against its start

    class Handling(models.TextChoices):
        """What is to be done with a medicine."""

        TAKE = "take"
        HOLD = "hold"
        ASK = "ask"

    kind = models.CharField(max_length=16, choices=Kind)
    series = models.ForeignKey(Series, on_delete=models.PROTECT, related_name="orders")
    infusion = models.ForeignKey(Infusion, null=True, on_delete=models.PROTECT, related_name="+")  # null: all
    what = models.CharField(max_length=8, choices=What)
    # Id of the number or step; a medicine's name; of a fasting rule, `clinical.fasting.Choice`.
    name = models.CharField(max_length=120)
    value = models.DecimalField(max_digits=9, decimal_places=3, null=True)  # in the unit of its number
    step_text = models.TextField(blank=True)  # the step it adds, exactly as it was signed
    handling = models.CharField(max_length=4, choices=Handling, blank=True)
    stop_before_min = models.PositiveIntegerField(null=True)  # before the infusion starts
    restart_after_min = models.PositiveIntegerField(null=True)  # after it has ended
    food_min = models.PositiveIntegerField(null=True)  # of a fasting rule: without food before the start
    drink_min = models.PositiveIntegerField(null=True)  # the same without clear drinks
    words = models.TextField(blank=True)  # for whoever follows it; of an override, why
    reasons = models.JSONField(null=True)  # of an override: `clinical.readiness.Reason.key` of each
    prescriber = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")  # who decided
    spoken = models.BooleanField(default=False)  # written down by a nurse; the prescriber is to countersign
    # Of a spoken order: whoever wrote it down read it back, and heard that it is right. Null: never asked.
    read_back = models.BooleanField(null=True)
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


class Ride(Fact):
    """One thing said about the way home from an infusion. The latest counts: `clinical.ride.standing`.

    Whoever answers by link has no account: `by` is then null, and `capacity` says "link".
    """

    kind = "ride"

    class What(models.TextChoices):
        """What was said of somebody, as `clinical.ride.Said` has it."""

        ASKED = "asked"
        CONFIRMED = "confirmed"
        DECLINED = "declined"
        STEPS_IN = "steps-in"
        TAKEN_BACK = "taken-back"
        NOT_NEEDED = "not-needed"

    class How(models.TextChoices):
        """How the patient gets home: with a driver, or in a taxi with somebody beside them. Never alone."""

        CAR = "car"
        TAXI = "taxi"

    infusion = models.ForeignKey(Infusion, on_delete=models.PROTECT, related_name="rides")
    what = models.CharField(max_length=10, choices=What)
    ask = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="words")  # null: begins
    revision = models.PositiveIntegerField()  # of the times it was said of: Infusion.times_revision
    reserve = models.BooleanField(default=False)
    how = models.CharField(max_length=4, choices=How, default=How.CAR)
    who = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")  # in the circle
    name = models.CharField(max_length=60, blank=True)  # first name of somebody asked by link
    email = models.EmailField(blank=True)
    phone = models.CharField(max_length=32, blank=True)  # E.164
    by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta(Fact.Meta):
        """Read with the infusion. Only who answers by link is nobody."""

        constraints = [
            *Fact.Meta.constraints,
            models.CheckConstraint(
                condition=models.Q(by__isnull=False) | models.Q(capacity="link", ask__isnull=False),
                name="treatment_ride_by",
            ),
        ]
        indexes = [models.Index(fields=["infusion", "recorded_at"], name="treatment_ride_by_infusion")]


class PhoneCall(models.Model):
    """Staff told somebody on the phone what changed, whom no message can go to. Append-only.

    Who is to be called is worked out: `treatment.calls`.
    """

    kind = STAFF_ONLY

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, related_name="+")
    infusion = models.ForeignKey(Infusion, on_delete=models.PROTECT, related_name="phone_calls")
    key = models.CharField(max_length=120, unique=True)  # names the reason and the person, as of a notice
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    objects = ScopedQuerySet.as_manager()


class ComfortCard(Fact):
    """How a patient wants to be cared for, as they wrote it at one time. Append-only.

    The newest stands: `clinical.comfort.standing`.
    """

    kind = "schedule"

    series = models.ForeignKey(Series, on_delete=models.PROTECT, related_name="comfort_cards")
    infusion = models.ForeignKey(Infusion, null=True, on_delete=models.PROTECT, related_name="+")  # null: all
    said = models.JSONField()  # question -> answer, as `clinical.comfort.ANSWERS` has them
    calms = models.CharField(max_length=LONGEST, blank=True)
    avoid = models.CharField(max_length=LONGEST, blank=True)

    class Meta(Fact.Meta):
        """Read with the series."""

        indexes = [models.Index(fields=["series", "recorded_at"], name="treatment_comfort_by_series")]


class MoneyNote(Fact):
    """One thing staff note about money in a series: what was told or paid. Append-only.

    It is no bill: nothing is worked out from it, and readiness never asks for it. A later row that
    `supersedes` one only takes it back. `at`: when it was told, paid or decided.
    """

    kind = "money"

    class What(models.TextChoices):
        """What it says."""

        PRICE = "price"  # somebody told the patient, or whoever pays, what it costs
        DEPOSIT = "deposit"  # it was received
        WAIVER = "waiver"  # a fee is not asked for

    series = models.ForeignKey(Series, on_delete=models.PROTECT, related_name="money_notes")
    what = models.CharField(max_length=7, choices=What)
    words = models.CharField(max_length=250, blank=True)  # the price as told; of a waiver or taking back, why
    told_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")  # of a price
    told_to = models.CharField(max_length=120, blank=True)  # of a price

    class Meta(Fact.Meta):
        """Read with the series; taken back once."""

        constraints = [
            *Fact.Meta.constraints,
            models.UniqueConstraint(fields=["supersedes"], name="treatment_money_taken_back_once"),
        ]
        indexes = [models.Index(fields=["series", "at"], name="treatment_money_by_series")]


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


class TipChoice(Fact):
    """A patient leaves out the tips of a part, or asks for them again. Append-only.

    The latest of a part stands: `clinical.tips.standing`.
    """

    kind = "schedule"

    class Part(models.TextChoices):
        """What they are for, as `clinical.tips.Part` has it."""

        BODY = "body"
        MIND = "mind"

    part = models.CharField(max_length=4, choices=Part)
    leaves_out = models.BooleanField()

    objects = OwnQuerySet.as_manager()

    class Meta(Fact.Meta):
        """Read by patient."""

        indexes = [models.Index(fields=["patient", "recorded_at"], name="treatment_tips_by_patient")]
