"""Users, clinics, roles, patients, care circles, links and keys.

FHIR: Organization, Practitioner and PractitionerRole, Patient, RelatedPerson, CareTeam.
"""

from datetime import datetime, time
from typing import Any, Self

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models.functions import Lower
from uuid6 import uuid7

STAFF_ONLY = "staff-only"  # the kind of rows that no patient and no circle ever sees a trace of
# Who has no e-mail still has an account, under an address of a name that can never be registered (RFC 2606).
NO_MAIL = "no-mail.invalid"
MIDNIGHT = time()  # as a closing time: the end of the day


class ScopedQuerySet(models.QuerySet[Any]):
    """Rows that belong to one patient of one clinic. `Viewer.scope` decides; this only asks."""

    def visible_to(self, viewer: Any) -> Self:
        """Return the rows `viewer` (access.Viewer) may see; none by default."""
        return self.filter(viewer.scope(self.model))


class InvitationQuerySet(ScopedQuerySet):
    """Invitations by what is to be done about them. All of these are read from an index."""

    def open(self, now: datetime) -> Self:
        """Return those that can still be accepted."""
        return self.filter(state=Invitation.State.PENDING, expires_at__gt=now)

    def unsent(self, now: datetime) -> Self:
        """Return the open ones that were asked to be sent more often than the ledger was told."""
        return self.open(now).filter(told__lt=models.F("sent"))

    def to_chase(self, now: datetime) -> Self:
        """Return the open ones whose first link has gone unanswered long enough for a reminder."""
        return self.open(now).filter(chase_at__lte=now)

    def declined(self, *, after: datetime) -> Self:
        """Return those somebody said no to after an instant."""
        return self.filter(state=Invitation.State.DECLINED, answered_at__gt=after)

    def ran_out(self, *, after: datetime, now: datetime) -> Self:
        """Return those nobody answered, which ran out after an instant."""
        return self.filter(state=Invitation.State.PENDING, expires_at__gt=after, expires_at__lte=now)


class Installation(models.Model):
    """The one row that says what this database is. `demo` is written when it is made, never later."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    demo = models.BooleanField(default=False)
    created_at = models.DateTimeField()

    class Meta:
        """There is one installation."""

        constraints = [models.CheckConstraint(condition=models.Q(id=1), name="people_one_installation")]


class UserManager(BaseUserManager["User"]):
    """Django's authentication asks for users here by e-mail."""

    def get_by_natural_key(self, username: str | None) -> "User":
        """Return the user with this e-mail, whatever its case."""
        return self.get(email__iexact=username)


class User(AbstractBaseUser):
    """One human with one sign-in: patient, caretaker, staff, or several of these in turn."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    email = models.EmailField(unique=True)
    name = models.CharField(max_length=120)
    zone = models.CharField(max_length=64, blank=True)  # IANA; empty: the clinic's
    language = models.CharField(max_length=12, default="en")
    pin = models.CharField(max_length=200, blank=True)  # hashed personal PIN for step-up
    set_up_until = models.DateTimeField(null=True)  # until then a first PIN or passkey may be set …
    set_up_code = models.CharField(max_length=200, blank=True)  # … with this code of the clinic's, hashed
    watching_until = models.DateTimeField(null=True)  # their sign-in does not end while they watch at home
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField()
    version = models.PositiveIntegerField(default=1)

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: list[str] = []

    objects = UserManager()

    class Meta:
        """An address belongs to one person, whatever its case."""

        constraints = [models.UniqueConstraint(Lower("email"), name="people_user_email")]

    @property
    def first_name(self) -> str:
        """Return the name people are called by in running text."""
        return self.name.split(" ")[0]

    @property
    def has_mail(self) -> bool:
        """Say whether a message can reach them: a helper without e-mail is called instead."""
        return not self.email.endswith(f"@{NO_MAIL}")

    def move_to(self, email: str) -> None:
        """Change the address, and the one their clinics have for them as a patient if it is the same."""
        patients = Patient.objects.select_for_update().filter(user=self, email__iexact=self.email)
        for patient in list(patients):
            patient.email = email
            patient.version += 1
            patient.save(update_fields=["email", "version"])
        self.email = email
        self.version += 1
        self.save(update_fields=["email", "version"])

    def __str__(self) -> str:
        """Return the id: a user must never put a name in a log line."""
        return str(self.id)


class Clinic(models.Model):
    """One clinic of the installation, with the settings its pages and messages use."""

    class Charts(models.TextChoices):
        """Who opens a chart without saying why: everyone on the staff, or only who cares for the patient."""

        EVERYONE = "everyone"
        ASSIGNED = "assigned"

    class FreeUnit(models.TextChoices):
        """What the time to cancel without a fee is counted in, as `clinical.cancelling.Unit` has it."""

        HOURS = "hours"
        DAYS = "days"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    name = models.CharField(max_length=120)
    zone = models.CharField(max_length=64)
    country = models.CharField(max_length=2)
    address = models.CharField(max_length=250)
    phone = models.CharField(max_length=32)
    nurse_line = models.CharField(max_length=32)
    after_hours_phone = models.CharField(max_length=32, blank=True)
    lead_email = models.EmailField()
    welcome_name = models.CharField(max_length=120)  # who signs the caretaker's welcome
    welcome_text = models.TextField(blank=True)
    clock = models.PositiveSmallIntegerField(default=12, choices=[(12, "12"), (24, "24")])  # staff pages
    reclimb_min = models.PositiveSmallIntegerField(default=30)  # acknowledged but not closed: climb again
    charts = models.CharField(max_length=10, choices=Charts, default=Charts.EVERYONE)
    chase_days = models.PositiveSmallIntegerField(
        default=3
    )  # between two reminders of an invitation; 0: none
    messages_a_day = models.PositiveSmallIntegerField(
        default=3
    )  # to one person, above it what can wait leaves in the morning; 3 is a choice of ours (grade D)
    # How to find the clinic, as it says itself; blank is not shown.
    way_in = models.CharField(max_length=250, blank=True)
    parking = models.CharField(max_length=250, blank=True)
    ask_for = models.CharField(max_length=120, blank=True)
    # What it says of money, in its words; blank is not shown. Luna works out no fee and sends no bill.
    price = models.CharField(max_length=250, blank=True)
    deposit = models.CharField(max_length=120, blank=True)
    free_ahead = models.PositiveSmallIntegerField(
        null=True
    )  # so long before, cancelling is free; null: unsaid
    free_unit = models.CharField(max_length=5, choices=FreeUnit, default=FreeUnit.HOURS)
    taxi = models.BooleanField(default=False)  # home by taxi will do, with somebody beside the patient
    part2 = models.BooleanField(default=False)  # a programme under 42 CFR Part 2, in the United States
    created_at = models.DateTimeField()
    version = models.PositiveIntegerField(default=1)


class OpeningHours(models.Model):
    """When a clinic is open on one weekday, in its own zone. No row: closed.

    closes: midnight is the end of the day, so a clinic that never closes is open from 00:00 to 00:00.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, related_name="hours")
    weekday = models.PositiveSmallIntegerField()  # Monday is 0
    opens = models.TimeField()
    closes = models.TimeField()

    class Meta:
        """One span a weekday, and it ends after it begins."""

        constraints = [
            models.UniqueConstraint(fields=["clinic", "weekday"], name="people_hours_once"),
            models.CheckConstraint(condition=models.Q(weekday__lte=6), name="people_hours_weekday"),
            models.CheckConstraint(
                condition=models.Q(closes__gt=models.F("opens")) | models.Q(closes=MIDNIGHT),
                name="people_hours_order",
            ),
        ]

    @property
    def text(self) -> str:
        """Return the hours as staff read them: "08:30 – 17:00", "00:00 – 24:00"."""
        closes = "24:00" if self.closes == MIDNIGHT else f"{self.closes:%H:%M}"
        return f"{self.opens:%H:%M} – {closes}"


class ClosedDay(models.Model):
    """A day a clinic is closed although its hours say open."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, related_name="closed_days")
    on = models.DateField()
    reason = models.CharField(max_length=120, blank=True)

    class Meta:
        """A day is closed once."""

        constraints = [models.UniqueConstraint(fields=["clinic", "on"], name="people_closed_once")]


class Chair(models.Model):
    """A place to be infused. FHIR: Location."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, related_name="chairs")
    name = models.CharField(max_length=40)
    active = models.BooleanField(default=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        """A clinic's chairs have different names."""

        constraints = [models.UniqueConstraint(fields=["clinic", "name"], name="people_chair_name")]


class Clinician(models.Model):
    """A user as staff of one clinic. FHIR: PractitionerRole."""

    class Role(models.TextChoices):
        """What a member of staff may do; several may be held."""

        NURSE = "nurse"
        PRESCRIBER = "prescriber"
        THERAPIST = "therapist"
        COORDINATOR = "coordinator"
        ADMIN = "admin"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, related_name="clinicians")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="clinician_roles")
    roles = models.JSONField(default=list)  # Role values
    title = models.CharField(max_length=40, blank=True)  # "RN"
    active = models.BooleanField(default=True)
    since = models.DateTimeField()  # since when with these roles; tombstones measure by it
    to_tell = models.BooleanField(default=False)  # nobody has told them yet that they were added
    version = models.PositiveIntegerField(default=1)

    class Meta:
        """A person is staff of a clinic once."""

        constraints = [models.UniqueConstraint(fields=["clinic", "user"], name="people_clinician_once")]
        indexes = [
            models.Index(fields=["since"], condition=models.Q(to_tell=True), name="people_staff_to_tell")
        ]


class Patient(models.Model):
    """A person in a clinic's care. FHIR: Patient. An infusion happens to a patient, not to a user."""

    kind = "schedule"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, related_name="patients")
    user = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="patients")
    name = models.CharField(max_length=120)
    born_on = models.DateField()
    email = models.EmailField()
    phone = models.CharField(max_length=32, blank=True)
    address = models.CharField(max_length=250, blank=True)  # for the dispatcher
    added_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    client_id = models.UUIDField(null=True)  # made by the form; a replay is recognised by it
    impaired_until = models.DateTimeField(null=True)  # an infusion's effect: see plans.may_sign
    sharing_ends_at = models.DateTimeField(null=True)  # with the series, but for those who are kept
    circle_changed_at = models.DateTimeField(null=True)  # somebody answered or left; nobody told them yet
    created_at = models.DateTimeField()
    version = models.PositiveIntegerField(default=1)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        """A user is a patient of a clinic once."""

        constraints = [
            models.UniqueConstraint(
                fields=["clinic", "user"], condition=models.Q(user__isnull=False), name="people_patient_once"
            ),
            models.UniqueConstraint(fields=["added_by", "client_id"], name="people_patient_replay"),
        ]
        indexes = [
            models.Index(fields=["clinic", "name"], name="people_patient_by_name"),
            models.Index(
                fields=["sharing_ends_at"],
                condition=models.Q(sharing_ends_at__isnull=False),
                name="people_sharing_ends",
            ),
            models.Index(
                fields=["circle_changed_at"],
                condition=models.Q(circle_changed_at__isnull=False),
                name="people_circle_changed",
            ),
        ]

    @property
    def first_name(self) -> str:
        """Return the name used in running text."""
        return self.name.split(" ")[0]


class CircleMember(models.Model):
    """Someone a patient let in, and to what. FHIR: RelatedPerson, CareTeam.participant, Consent."""

    kind = "schedule"

    class Relation(models.TextChoices):
        """What the caretaker is to the patient, in the dispatcher's words."""

        PARTNER = "partner"
        PARENT = "parent"
        CHILD = "child"
        SIBLING = "sibling"
        FRIEND = "friend"
        OTHER = "other"

    class Role(models.TextChoices):
        """As what somebody is in the circle. An outside therapist is never on duty and never watches."""

        CARETAKER = "caretaker"
        THERAPIST = "therapist"

    class Help(models.TextChoices):
        """How somebody helps; empty while nobody has said."""

        LIVES_WITH = "lives-with"
        COMES_OVER = "comes-over"
        DRIVES = "drives"
        PHONE = "phone"

    class Device(models.TextChoices):
        """What messages reach: a phone of their own, one that others look at, or nothing that shows them."""

        OWN = "own"
        SHARED = "shared"
        NONE = "none"

    class State(models.TextChoices):
        """A member is in the circle, or was."""

        ACTIVE = "active"
        LEFT = "left"
        REVOKED = "revoked"
        GONE = "gone"  # taken out, and then left: nobody was told of that

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, related_name="circle_members")
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="circle")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="circles")
    relation = models.CharField(max_length=12, choices=Relation)
    role = models.CharField(max_length=10, choices=Role, default=Role.CARETAKER)
    help = models.CharField(max_length=12, choices=Help, blank=True)
    hours = models.JSONField(default=list)  # when they are there: [weekday, from, to], see people.hours
    is_adult = models.BooleanField(null=True)  # 18 or older; null while nobody has said
    device = models.CharField(max_length=8, choices=Device, default=Device.OWN)
    # To call about this patient; E.164. Nobody else who knows this person sees it or changes it.
    phone = models.CharField(max_length=32, blank=True)
    language = models.CharField(max_length=40, blank=True)  # the one they speak best, in their own word
    interpreter = models.BooleanField(default=False)  # they need one on the phone
    kinds = models.JSONField(default=list)  # kinds of information shared, see access.KINDS
    shared_at = models.DateTimeField(null=True)  # when the kinds last changed; tombstones measure by it
    kept_at = models.DateTimeField(null=True)  # when the patient kept them; null: it ends with the series
    state = models.CharField(max_length=8, choices=State, default=State.ACTIVE)
    welcomed_at = models.DateTimeField(null=True, blank=True)
    since = models.DateTimeField()
    until = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        """A person is in a patient's circle once at a time."""

        constraints = [
            models.UniqueConstraint(
                fields=["patient", "user"], condition=models.Q(state="active"), name="people_circle_once"
            )
        ]
        indexes = [
            models.Index(fields=["user", "state"], name="people_circle_by_user"),
            models.Index(fields=["until"], condition=models.Q(state="left"), name="people_circle_left"),
        ]


class Token(models.Model):
    """A secret link: 256 bits, of which only a keyed hash is kept; one purpose; expiring; revocable."""

    class Purpose(models.TextChoices):
        """What a link is for; it opens nothing else."""

        INVITE = "invite"
        UNDO_CONTACT = "undo-contact"
        UNDO_NUMBER = "undo-number"
        RIDE = "ride"
        CALENDAR = "calendar"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    purpose = models.CharField(max_length=12, choices=Purpose)
    hash = models.CharField(max_length=64, unique=True)
    clinic = models.ForeignKey(Clinic, null=True, on_delete=models.PROTECT, related_name="tokens")
    subject_id = models.UUIDField()  # invitation, contact or number change, asking, calendar link
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)


class CalendarLink(models.Model):
    """The secret address where one person's calendar program fetches their times, in one capacity.

    Its token says whether it still works.
    """

    kind = "schedule"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, related_name="+")
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="+")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="calendar_links")
    capacity = models.CharField(max_length=10)  # as what they act: patient, caretaker or therapist
    created_at = models.DateTimeField()
    fetched_at = models.DateTimeField(null=True)  # when something last asked for it
    client_id = models.UUIDField()

    objects = ScopedQuerySet.as_manager()

    class Meta:
        """A replayed form makes one link."""

        constraints = [models.UniqueConstraint(fields=["user", "client_id"], name="people_calendar_replay")]


class Invitation(models.Model):
    """A patient or caretaker asked to join: pending, then accepted, declined, cancelled or expired."""

    kind = "schedule"

    class Role(models.TextChoices):
        """As what the person is invited."""

        PATIENT = "patient"
        CARETAKER = "caretaker"
        THERAPIST = "therapist"

    class State(models.TextChoices):
        """Where an invitation stands; expiry is worked out from `expires_at`."""

        PENDING = "pending"
        ACCEPTED = "accepted"
        DECLINED = "declined"
        CANCELLED = "cancelled"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, related_name="invitations")
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="invitations")
    role = models.CharField(max_length=10, choices=Role)
    email = models.EmailField()
    wanted_email = models.EmailField(blank=True)  # another address, waiting for the inviter's yes
    name = models.CharField(max_length=120)
    relation = models.CharField(max_length=12, choices=CircleMember.Relation, blank=True)
    invited_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=10, choices=State, default=State.PENDING)
    sent = models.PositiveSmallIntegerField(default=1)  # how many messages were asked for
    told = models.PositiveSmallIntegerField(default=0)  # how many of them the ledger has: see plans.py
    chase_at = models.DateTimeField(null=True)  # when an unanswered one is sent again by itself
    chased = models.PositiveSmallIntegerField(default=0)  # how often it was
    client_id = models.UUIDField()
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True)
    accepted_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    version = models.PositiveIntegerField(default=1)

    objects = InvitationQuerySet.as_manager()

    class Meta:
        """One open invitation for an address, a role and a patient."""

        constraints = [
            models.UniqueConstraint(
                "patient",
                "role",
                Lower("email"),
                condition=models.Q(state="pending"),
                name="people_invited_once",
            ),
            models.UniqueConstraint(fields=["invited_by", "client_id"], name="people_invitation_replay"),
        ]
        indexes = [
            models.Index(fields=["clinic", "state", "expires_at"], name="people_invitations_open"),
            models.Index(
                fields=["created_at"],
                condition=models.Q(state="pending", told__lt=models.F("sent")),
                name="people_invitations_unsent",
            ),
            models.Index(
                fields=["chase_at"],
                condition=models.Q(state="pending", chase_at__isnull=False),
                name="people_invitations_to_chase",
            ),
            models.Index(
                fields=["answered_at"],
                condition=models.Q(state="declined"),
                name="people_invitations_declined",
            ),
            models.Index(
                fields=["expires_at"],
                condition=models.Q(state="pending"),
                name="people_invitations_by_expiry",
            ),
        ]

    def is_open(self, now: datetime) -> bool:
        """Say whether it can still be accepted."""
        return self.state == self.State.PENDING and self.expires_at > now


class ContactChange(models.Model):
    """A changed sign-in address: the old one is told first, and can take it back for a while.

    Nothing is changed before `told_at`. A change with `undone_at` and no `told_at` never happened.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="contact_changes")
    old_email = models.EmailField()
    new_email = models.EmailField()
    at = models.DateTimeField()
    undo_until = models.DateTimeField()
    told_at = models.DateTimeField(null=True)  # the old address and the clinics were, and it was changed
    undone_at = models.DateTimeField(null=True)

    class Meta:
        """The clock asks for those that were begun and neither told nor given up."""

        indexes = [
            models.Index(
                fields=["at"],
                condition=models.Q(told_at=None, undone_at=None),
                name="people_change_untold",
            )
        ]

    def put_back(self, now: datetime) -> None:
        """Give the person their old address again; this change and those after it count no more."""
        user = User.objects.select_for_update().get(pk=self.user_id)
        later = ContactChange.objects.filter(user=user, at__gte=self.at, undone_at=None)
        later.update(undone_at=now)
        user.move_to(self.old_email)


class ContactSafety(models.Model):
    """What a patient said, asked alone, about being safe at home and safe to call. Append-only.

    The latest row stands. Only staff see it: no page, message, export or "who looked" of the patient's or
    of anybody in the circle holds a trace of it. FHIR: Flag (category safety), with a security label.
    """

    kind = STAFF_ONLY
    staff_only = True

    class Safe(models.TextChoices):
        """The answer to "Are you safe at home?"."""

        YES = "yes"
        NO = "no"
        UNSURE = "unsure"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, related_name="contact_safety")
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="contact_safety")
    safe = models.CharField(max_length=8, choices=Safe)
    phone = models.CharField(max_length=32, blank=True)  # the number to call instead of the chart's; E.164
    voicemail = models.BooleanField(default=False)  # a message may be left there
    barred = models.JSONField(default=list)  # ids of users who must not take the patient home; see safety.py
    note = models.TextField(blank=True)
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    client_id = models.UUIDField()

    objects = ScopedQuerySet.as_manager()

    class Meta:
        """Read by the latest of a patient; a replayed form is one row."""

        constraints = [models.UniqueConstraint(fields=["by", "client_id"], name="people_safety_replay")]
        indexes = [models.Index(fields=["patient", "-at"], name="people_safety_latest")]


class CareRelation(models.Model):
    """A member of staff who cares for a patient, and so opens their chart without saying why.

    FHIR: CareTeam.participant.
    """

    kind = "schedule"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, related_name="care_relations")
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="care_relations")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="care_relations")
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")  # themselves, when they acted
    since = models.DateTimeField()
    until = models.DateTimeField(null=True)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        """Somebody cares for a patient once at a time."""

        constraints = [
            models.UniqueConstraint(
                fields=["patient", "user"], condition=models.Q(until=None), name="people_relation_once"
            )
        ]


class ChartReason(models.Model):
    """Why somebody on the staff opened the chart of a patient they do not care for. Append-only."""

    kind = STAFF_ONLY

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, related_name="chart_reasons")
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="chart_reasons")
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    reason = models.CharField(max_length=300)
    at = models.DateTimeField()
    client_id = models.UUIDField()

    objects = ScopedQuerySet.as_manager()

    class Meta:
        """Looked up by who wants in where; a replayed form is one row."""

        constraints = [models.UniqueConstraint(fields=["by", "client_id"], name="people_reason_replay")]
        indexes = [models.Index(fields=["clinic", "-at"], name="people_reason_latest")]


class AccessReview(models.Model):
    """A week of looks at charts that somebody reviewed, by name. Append-only."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, related_name="access_reviews")
    week = models.DateField()  # its Monday
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    note = models.CharField(max_length=600, blank=True)
    at = models.DateTimeField()

    class Meta:
        """A week is reviewed once."""

        constraints = [models.UniqueConstraint(fields=["clinic", "week"], name="people_review_once")]


class Key(models.Model):
    """A person's, an entry's or a clinic's data key, wrapped by the master key. Destroying it erases."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    owner_id = models.UUIDField()  # the user, entry or clinic it protects
    purpose = models.CharField(max_length=20)  # "person", "entry", "clinic"
    wrapped = models.BinaryField(null=True)  # null once destroyed
    master_id = models.CharField(max_length=16)  # which master key wrapped it
    created_at = models.DateTimeField()
    destroyed_at = models.DateTimeField(null=True)

    class Meta:
        """An owner has one key for a purpose."""

        constraints = [models.UniqueConstraint(fields=["owner_id", "purpose"], name="people_key_once")]
