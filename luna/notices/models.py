"""Messages out. One row a reason; a channel is an attempt, not part of the key. FHIR: Communication."""

from datetime import datetime
from typing import Self

from django.db import models
from uuid6 import uuid7

from luna.people.models import Clinic, Patient, ScopedQuerySet, User

UNWANTED = "unwanted"  # the reason of an attempt whose reader said that they want no such mail
DIGEST = "digest"  # the words of a notice that carries others
STEPS = "steps-open"  # the same of one that carries only steps that open at once
DIGESTS = (DIGEST, STEPS)


class Reach(models.Model):
    """How somebody wants to be reached, as whatever they act: their number, what for, and when not.

    No row: by e-mail alone, at any hour. The address they sign in with and their zone and language are
    the user's own.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    user = models.OneToOneField(User, on_delete=models.PROTECT, related_name="reach")
    mobile = models.CharField(max_length=20, blank=True)  # E.164; they typed the code that was sent there
    mobile_at = models.DateTimeField(null=True)  # when they did
    sms_at = models.DateTimeField(null=True)  # when they agreed to text messages there; null: they did not
    voice_at = models.DateTimeField(null=True)  # the same for calls
    stopped_at = models.DateTimeField(null=True)  # when that number answered STOP
    order = models.JSONField(default=list)  # names of channels, first the one to begin with
    quiet_from = models.TimeField(null=True)  # on their own clock
    quiet_to = models.TimeField(null=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        """Whose number it is that answered STOP is asked by number. Quiet hours have both ends."""

        constraints = [
            models.CheckConstraint(
                condition=models.Q(quiet_from__isnull=True, quiet_to__isnull=True)
                | models.Q(quiet_from__isnull=False, quiet_to__isnull=False),
                name="notices_reach_quiet",
            )
        ]
        indexes = [models.Index(fields=["mobile"], name="notices_reach_mobile")]

    @property
    def writes(self) -> bool:
        """Say whether they want text messages: they agreed, and did not answer STOP since."""
        return self.sms_at is not None and self.stopped_at is None


class StoppedNumber(models.Model):
    """A number that answered STOP, whoever uses it. Who is named by it alone gets no text messages there.

    Known by a keyed digest: whose number it is, nobody told us.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    digest = models.CharField(max_length=64, unique=True)
    stopped_at = models.DateTimeField(null=True)  # null: it answered START since


class TextReply(models.Model):
    """A text message that somebody sent back, by the provider's id: told of again, it changes nothing."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    ref = models.CharField(max_length=64, unique=True)
    at = models.DateTimeField()


class NumberChange(models.Model):
    """A mobile number that was given, changed or taken away; as it was before can be put back for a while.

    They are told first: nothing was changed before `made_at`. One with `undone_at` and no `made_at` never
    happened.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="number_changes")
    new_mobile = models.CharField(max_length=20, blank=True)  # "": it was taken away
    # What stood before, as in Reach.
    old_mobile = models.CharField(max_length=20, blank=True)
    old_mobile_at = models.DateTimeField(null=True)
    old_sms_at = models.DateTimeField(null=True)
    old_voice_at = models.DateTimeField(null=True)
    old_stopped_at = models.DateTimeField(null=True)
    at = models.DateTimeField()
    undo_until = models.DateTimeField()
    made_at = models.DateTimeField(null=True)
    undone_at = models.DateTimeField(null=True)
    # the clinic reset their sign-in, which took the number away: nothing was put back
    was_reset = models.BooleanField(default=False)

    def is_undoable(self, now: datetime) -> bool:
        """Say whether what stood before can still be put back."""
        return self.made_at is not None and self.undone_at is None and self.undo_until > now


class PushSubscription(models.Model):
    """One browser where somebody wants messages to appear. It ends with the sign-in it was asked for in.

    Where it is and its keys are sealed with the person's key.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="push_subscriptions")
    digest = models.CharField(max_length=64, unique=True)  # keyed, of the address: one browser, one row
    sealed = models.BinaryField()
    session_key = models.CharField(max_length=40)  # of that sign-in
    created_at = models.DateTimeField()


class NoticeQuerySet(ScopedQuerySet):
    """Notices by what is to be done about them."""

    def due(self, now: datetime) -> Self:
        """Return those to be sent by now, but not those left alone for a while, or that leave with others."""
        rested = models.Q(lease_until=None) | models.Q(lease_until__lte=now)
        return self.filter(rested, state=Notice.State.PLANNED, due_at__lte=now, digest=None)

    def lapsed(self, now: datetime) -> Self:
        """Return those whose worker began to send them and was never heard of again."""
        return self.filter(state=Notice.State.SENDING, lease_until__lte=now)

    def to_follow(self, now: datetime) -> Self:
        """Return the urgent ones that were sent, and that nobody has acted on long enough."""
        return self.filter(state=Notice.State.SENT, follow_at__lte=now)

    def reasons(self) -> Self:
        """Return those that stand for a reason each: a digest only carries others."""
        return self.exclude(words__in=DIGESTS)

    def for_staff(self) -> Self:
        """Return those that reached nobody, as far as we know, and wait for a human."""
        return self.reasons().filter(state__in=Notice.OPEN_TO_STAFF)


class Notice(models.Model):
    """One message to one person for one reason. Its words are made when it is sent, from ids and instants."""

    kind = "schedule"

    class State(models.TextChoices):
        """planned → sending → sent; or unknown, not-reached, void (no longer true), held (by a restore)."""

        PLANNED = "planned"
        SENDING = "sending"
        SENT = "sent"
        UNKNOWN = "unknown"
        NOT_REACHED = "not-reached"
        VOID = "void"
        HELD = "held"

    OPEN_TO_STAFF = (State.NOT_REACHED, State.UNKNOWN, State.HELD)

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    clinic = models.ForeignKey(Clinic, null=True, on_delete=models.PROTECT, related_name="notices")
    patient = models.ForeignKey(Patient, null=True, on_delete=models.PROTECT, related_name="notices")
    to_user = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="notices")
    to_email = models.EmailField(blank=True)  # for one who has no account yet
    to_phone = models.CharField(max_length=20, blank=True)  # the same, E.164: for text messages
    key = models.CharField(max_length=200, unique=True)
    words = models.CharField(max_length=40)  # which message: notices.words.MESSAGES
    values = models.JSONField(default=dict)  # ids, instants and first names only
    # the one message it leaves in with others; null: it leaves by itself
    digest = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="parts")
    task_key = models.CharField(max_length=64, blank=True)
    revision = models.PositiveIntegerField(null=True)  # the booking revision it speaks of
    urgent = models.BooleanField(default=False)
    state = models.CharField(max_length=12, choices=State, default=State.PLANNED)
    due_at = models.DateTimeField()
    lease_until = models.DateTimeField(null=True)  # nobody else may take it before
    fence = models.PositiveIntegerField(default=0)  # raised by each claim; a late worker's write is refused
    tries = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)  # taken on some channel: not read, not even delivered
    delivered_at = models.DateTimeField(null=True)  # a provider says it reached phone or mailbox: not read
    opened_at = models.DateTimeField(null=True)  # they opened what it leads to, signed in, or acted
    acted_at = models.DateTimeField(null=True)  # they did what it asks for: `done_by` of its words
    withdrawn = models.BooleanField(null=True)  # sent, and then no longer true or another's: nothing follows
    # the form by which staff decided about it last: sent twice, it decides once
    decided_by_form = models.UUIDField(null=True)
    follow_at = models.DateTimeField(null=True)  # urgent and sent: the next channel is tried, unless they act

    objects = NoticeQuerySet.as_manager()

    class Meta:
        """Claimed by what is due, however much is planned for later; listed by clinic and by person."""

        indexes = [
            models.Index(fields=["state", "due_at"], name="notices_due"),
            models.Index(fields=["clinic", "state", "-due_at"], name="notices_by_clinic"),
            models.Index(fields=["clinic", "-due_at"], name="notices_latest"),
            models.Index(fields=["patient", "-due_at"], name="notices_by_patient"),
            models.Index(
                fields=["to_user", "words"],
                condition=models.Q(opened_at__isnull=True),
                name="notices_unopened",
            ),
            models.Index(
                fields=["follow_at"],
                condition=models.Q(follow_at__isnull=False),
                name="notices_to_follow",
            ),
        ]


class Attempt(models.Model):
    """One try on one channel. Append-only: what is learned later is another row."""

    class Outcome(models.TextChoices):
        """What became of the try."""

        STARTED = "started"
        ACCEPTED = "accepted"
        REFUSED = "refused"
        UNKNOWN = "unknown"
        DELIVERED = "delivered"  # said later, by the provider
        RETURNED = "returned"  # the same: it was taken, and then reached nobody

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    notice = models.ForeignKey(Notice, on_delete=models.PROTECT, related_name="attempts")
    channel = models.CharField(max_length=10)  # "email" …; "person" when staff told them another way
    outcome = models.CharField(max_length=10, choices=Outcome)
    fence = models.PositiveIntegerField()
    reason = models.CharField(max_length=60, blank=True)  # a code, never an address
    lasting = models.BooleanField(
        null=True
    )  # refused for good; null: not refused, or written before Luna asked
    # the provider's own id of it; null where there is none
    ref = models.CharField(max_length=64, null=True)  # noqa: DJ001 -- a guarded table takes a column only as null
    at = models.DateTimeField()

    class Meta:
        """Found by what a provider of mail calls it, and where its reader wanted no such mail."""

        indexes = [
            models.Index(fields=["ref"], condition=models.Q(ref__isnull=False), name="notices_by_ref"),
            models.Index(fields=["at"], condition=models.Q(reason=UNWANTED), name="notices_unwanted"),
        ]
