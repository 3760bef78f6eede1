"""Reads of the ledger: what to send next, and what a clinic's staff must know of it."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, NamedTuple
from uuid import UUID

from django.core.paginator import Page, Paginator
from django.db.models import Count, Exists, F, Min, OuterRef, Prefetch, Q, QuerySet, Subquery, Window
from django.db.models.functions import RowNumber
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from luna.audit.models import AuditEvent
from luna.clinical import reaching
from luna.notices import access, reach, ways, words
from luna.notices.channels import EMAIL, voice
from luna.notices.models import DIGEST, UNWANTED, Attempt, Notice, NumberChange
from luna.people.access import Viewer
from luna.people.models import CircleMember, Patient, User

LISTED = 50  # messages on one page of a list
LATEST = 12  # messages beside what reached nobody
KEPT = timedelta(days=14)  # how long a page lists what left together
MOST = 1000  # messages about one day
UNWANTED_FOR = timedelta(days=30)  # how long staff read who wanted no such mail
CALL = timedelta(minutes=15)  # longer than a call of ours takes
LEVELS = {
    Notice.State.NOT_REACHED: "warn",
    Notice.State.UNKNOWN: "warn",
    Notice.State.HELD: "note",
    Notice.State.SENT: "fine",
    Notice.State.VOID: "na",
}


# What staff did by hand about a message: verb of the audit -> in words.
HANDS: dict[str, Promise] = {
    "notice.resend": _("Sent again by %(name)s"),
    "notice.told": _("%(name)s told them"),
}


class Word(StrEnum):
    """How far a message came. None of it means that anybody has read it."""

    WAITS = "waits"  # quiet hours keep it, and leave time to act on it
    LEAVES = "leaves"  # it is on its way
    SENT = "sent"
    OPENED = "opened"  # they opened what it leads to
    UNREACHED = "unreached"  # none reached them, or none will in time: somebody has to call


@dataclass(frozen=True, slots=True)
class Hand:
    """One thing that staff did about a message by hand."""

    text: str
    name: str
    at: datetime

    @property
    def words(self) -> str:
        """Return what was done, and by whom."""
        return self.text % {"name": self.name}


@dataclass(frozen=True, slots=True)
class Line:
    """One message as staff see it. sends_at: when quiet hours that keep it let it out; see `sends_at`."""

    notice: Notice
    title: str
    to: str
    about: str  # the patient's name, "" if it is about nobody
    level: str
    why: str
    tries: list[Attempt]
    hands: list[Hand]
    starts_at: datetime | None = None  # the time it tells, if it tells one
    sends_at: datetime | None = None

    @property
    def standing(self) -> str:
        """Return how far it came: its state, and once it was sent, what is known beyond that."""
        if self.notice.state != Notice.State.SENT:
            return str(self.notice.state)
        known = (
            ("acted", self.notice.acted_at),
            ("opened", self.notice.opened_at),
            ("delivered", self.notice.delivered_at),
        )
        return next((name for name, at in known if at), "sent")

    @property
    def known(self) -> list[tuple[str, datetime]]:
        """Return what is known of it since it left, each with when: that it was opened, and acted on."""
        since = (("opened", self.notice.opened_at), ("acted", self.notice.acted_at))
        return [(name, at) for name, at in since if at is not None]

    @property
    def together_at(self) -> datetime | None:
        """Return when it left in one message with others; None if it did not."""
        return self.notice.digest.sent_at if self.notice.digest else None

    @property
    def ways(self) -> list[tuple[str, str, datetime]]:
        """Return each thing that came of a try: the channel's name, what it was, when."""
        ended = [one for one in self.tries if one.channel and one.outcome != Attempt.Outcome.STARTED]
        return [(ways.name(one.channel), words.outcome(one.outcome, one.reason), one.at) for one in ended]

    @property
    def asks(self) -> str:
        """Return the key of the check-in it asks for, empty for a message of any other kind."""
        return self.notice.task_key if self.notice.words in words.CHECK_INS else ""


def sends_at(notices: Iterable[Notice], now: datetime) -> dict[UUID, datetime]:
    """Return id of a notice -> when the quiet hours that keep it now let it out. One query a clinic.

    notices: with their clinic and whom they are to.
    """
    zones: dict[str, list[Notice]] = {}
    for one in notices:
        is_waiting = one.state == Notice.State.PLANNED and one.to_user is not None
        if is_waiting and not words.breaks_quiet(one, one.to_user.watching_until, now):
            zones.setdefault(one.clinic.zone, []).append(one)
    found: dict[UUID, datetime] = {}
    for zone, mine in zones.items():
        silent = reach.silent_until({one.to_user_id for one in mine}, now, zone=zone)
        found |= {one.id: silent[one.to_user_id] for one in mine if one.to_user_id in silent}
    return found


def word(notice: Notice, *, sends_at: datetime | None, by: datetime | None) -> Word:
    """Return how far a message came.

    sends_at: from the function of that name. by: when it must be acted on by, None for no such.
    """
    if notice.opened_at:
        return Word.OPENED  # also where no message brought them to it
    if notice.state in (*Notice.OPEN_TO_STAFF, Notice.State.VOID):
        return Word.UNREACHED
    if notice.sent_at is not None:
        return Word.SENT
    if notice.state == Notice.State.SENDING or sends_at is None:
        return Word.LEAVES
    is_lost = sends_at >= words.best_before(notice) or reaching.is_too_late(sends_at, by)
    return Word.UNREACHED if is_lost else Word.WAITS


def due(now: datetime, limit: int) -> list[UUID]:
    """Return the ids of the notices to send next: urgent first, then one of each clinic in turn.

    A clinic with ten thousand due makes another wait for one of them, not for all.
    """
    turn = Window(RowNumber(), partition_by=[F("clinic_id"), F("urgent")], order_by=[F("due_at"), F("id")])
    rows = Notice.objects.due(now).annotate(turn=turn).order_by("-urgent", "turn", "due_at")
    return list(rows.values_list("id", flat=True)[:limit])


def alone(notice_ids: Collection[UUID]) -> set[UUID]:
    """Return which of these are taken one by one: each may gather others, or carries them."""
    rows = Notice.objects.filter(id__in=notice_ids, words__in=words.ALONE)
    return set(rows.values_list("id", flat=True))


def had(user_id: UUID, clinic_id: UUID, *, since: datetime) -> int:
    """Return how many messages of a clinic that were not urgent somebody had since an instant.

    Those on their way count, and several in one count once.
    """
    sent = Q(sent_at__gte=since) | Q(state=Notice.State.SENDING)
    rows = Notice.objects.filter(sent, to_user=user_id, clinic=clinic_id, urgent=False, digest=None)
    return rows.count()


def together(user: User, now: datetime) -> list[Notice]:
    """Return what could wait, left to somebody in one message lately and is still theirs to read.

    Newest first. At most three queries.
    """
    rows = own(user).filter(digest__words=DIGEST, state=Notice.State.SENT, withdrawn=None)
    lately = rows.filter(sent_at__gt=now - KEPT).select_related("patient").order_by("-sent_at", "-due_at")
    return access.readable(user, list(lately[:LISTED]))


def led_here(user: User, viewer: Viewer | None, path: str) -> list[UUID]:
    """Return the ids of the messages to whoever looks at a page that lead to it and are not opened yet.

    Only those that may have reached them and still stand, about whom they look at: a page of another
    patient's, or of another clinic, is not what a message means. One query at most.
    """
    codes = words.leading_to(path)
    if not codes:
        return []
    theirs = Q(to_user=user)
    if viewer is not None and viewer.is_staff and viewer.clinic.lead_email == user.email:
        theirs |= Q(to_user=None, to_email=user.email)
    rows = Notice.objects.filter(theirs, _looked_at(viewer), words__in=codes, opened_at=None, withdrawn=None)
    never = Q(state=Notice.State.PLANNED, sent_at=None) | Q(state=Notice.State.VOID)
    return [notice.id for notice in rows.exclude(never).order_by("id") if words.is_at(notice, path)]


def _looked_at(viewer: Viewer | None) -> Q:
    """Return the condition that a message is about what somebody looks at now, as what they act."""
    everywhere = Q(words=words.DIGEST)
    if viewer is None:
        return everywhere
    if viewer.is_staff:
        return everywhere | Q(clinic=viewer.clinic_id, words__in=words.TO_STAFF)
    return everywhere | (Q(patient=viewer.patient_id) & ~Q(words__in=words.TO_STAFF))


def own(user: User) -> QuerySet[Notice]:
    """Return the messages to a person, as whatever they act."""
    return Notice.objects.filter(to_user=user, words__in=list(words.MESSAGES)).select_related("clinic")


def for_staff(viewer: Viewer, state: str, number: str) -> Page[Line]:
    """Return a page of the messages that reached nobody, as far as we know; urgent and oldest first.

    state: one of Notice.OPEN_TO_STAFF; any other: all of them. number: as it was asked for.
    """
    rows = Notice.objects.visible_to(viewer).for_staff()
    if state in Notice.OPEN_TO_STAFF:
        rows = rows.filter(state=state)
    return _page(rows.order_by("-urgent", "due_at", "id"), number)


def open_to_staff(viewer: Viewer) -> dict[str, int]:
    """Return state -> how many messages that reached nobody, as far as we know, are in it. One query."""
    rows = Notice.objects.visible_to(viewer).for_staff().order_by()
    return dict(rows.values_list("state").annotate(Count("id")))


def history(viewer: Viewer, number: str, **of: Any) -> Page[Line]:
    """Return a page of a clinic's messages, newest first. of: what narrows them, as a filter takes it."""
    rows = Notice.objects.visible_to(viewer).reasons().filter(**of)
    return _page(rows.order_by("-due_at", "-id"), number)


def latest(viewer: Viewer) -> list[Line]:
    """Return the newest messages of a clinic."""
    return _lines(Notice.objects.visible_to(viewer).reasons().order_by("-due_at", "-id"), LATEST)


def to(viewer: Viewer, notice: Notice, number: str) -> Page[Line]:
    """Return a page of what the clinic sent to whoever one of its messages was for, newest first.

    Somebody without an account is the address or number they were written to.
    """
    if notice.to_user_id is not None:
        return history(viewer, number, to_user=notice.to_user_id)
    named = {"to_email__iexact": notice.to_email} if notice.to_email else {"to_phone": notice.to_phone}
    return history(viewer, number, to_user=None, **named)


def about(viewer: Viewer, patient_id: UUID, task_key: str) -> list[Line]:
    """Return the latest messages about one task or escalation of a patient, newest first."""
    rows = Notice.objects.visible_to(viewer).filter(patient_id=patient_id, task_key=task_key)
    return _lines(rows.order_by("-due_at", "-id"))


def call(*, notice_id: UUID, fence: int, ref: str, now: datetime) -> tuple[Notice, Attempt]:
    """Return the message somebody was rung about a moment ago and was asked to press 1, and that try.

    ref: the provider's id of the call. Raises Notice.DoesNotExist for any other, and for who has no account
    in use any more.
    """
    rows = Notice.objects.select_related("clinic", "to_user").filter(to_user__is_active=True)
    notice = rows.get(id=notice_id)
    tried = notice.attempts.filter(fence=fence, channel=voice.Voice.name, at__gt=now - CALL)
    tries = list(tried.order_by("at", "id"))
    asked = notice.words in words.MESSAGES and words.MESSAGES[notice.words].asks
    if not (tries and asked) or {one.ref for one in tries if one.ref} - {ref}:
        raise Notice.DoesNotExist
    return notice, tries[0]


def mail_try(ref: str) -> Attempt:
    """Return the newest try by e-mail that a provider knows by this id. Raises Attempt.DoesNotExist."""
    row = Attempt.objects.filter(ref=ref, channel=EMAIL).order_by("at", "id").last() if ref else None
    if row is None:
        raise Attempt.DoesNotExist
    return row


def is_mailing(now: datetime) -> bool:
    """Say whether any e-mail is on its way, so that its provider may know it before we know its id."""
    begun = Attempt.objects.filter(
        notice=OuterRef("pk"), fence=OuterRef("fence"), channel=EMAIL, outcome=Attempt.Outcome.STARTED
    )
    sending = Notice.objects.filter(state=Notice.State.SENDING, lease_until__gt=now)
    return sending.filter(Exists(begun)).exists()


def of_bookings(
    viewer: Viewer, infusion_ids: Collection[UUID], *, since: datetime, now: datetime
) -> list[Line]:
    """Return the messages that told people since then that an infusion was moved or cancelled.

    Each person has one for each infusion. As many queries for many.
    """
    starts = Q()
    for one in infusion_ids:
        starts |= Q(key__startswith=one.hex)
    rows = Notice.objects.visible_to(viewer).filter(starts, created_at__gte=since, words__in=words.MOVING)
    return _with_sends_at(_lines(rows.order_by("due_at", "id"), MOST), now) if infusion_ids else []


def kept_quiet(viewer: Viewer, infusion_ids: Collection[UUID] | None, now: datetime) -> list[Line]:
    """Return the messages that change what comes before an infusion and that quiet hours keep now.

    That it was moved or cancelled, or that they eat and drink until other times or take their medicines
    otherwise; the longest waiting first.
    infusion_ids: which infusions; all of them for None. Who has no account keeps none from these. That a
    series is stopped which had no infusion ahead is about none. As many queries for many.
    """
    moving = Q(words__in=words.MOVING) & ~Q(task_key="")
    before = Q(words__in=words.BEFORE, values__has_key="infusion")
    if infusion_ids is not None:
        moving &= Q(task_key__in=[one.hex for one in infusion_ids])
        before &= Q(values__infusion__in=[str(one) for one in infusion_ids])
    rows = Notice.objects.visible_to(viewer).filter(
        moving | before, state=Notice.State.PLANNED, to_user__reach__quiet_from__isnull=False
    )
    lines = _with_sends_at(_lines(rows.order_by("due_at", "id"), None), now)
    return [one for one in lines if one.sends_at is not None]


def _with_sends_at(lines: list[Line], now: datetime) -> list[Line]:
    found = sends_at([one.notice for one in lines], now)
    return [replace(one, sends_at=found.get(one.notice.id)) for one in lines]


@dataclass(frozen=True, slots=True)
class Call:
    """Somebody the clinic phones, and what for. member: their latest place, also one that ended."""

    user: User
    member: CircleMember
    patient: Patient
    lines: list[Line]


def to_drivers(patients: Collection[UUID]) -> list[tuple[UUID, str, datetime]]:
    """Return what was written to those named by link to drive some patients: asking, words and when.

    One query. What was withdrawn before it left is not among it.
    """
    rows = Notice.objects.filter(patient__in=patients, to_user=None, words__in=words.TO_DRIVERS)
    rows = rows.exclude(state=Notice.State.VOID).values_list("values", "words", "created_at")
    return [(UUID(values["ask"]), code, at) for values, code, at in rows] if patients else []


class Waiting(NamedTuple):
    """Somebody to be phoned about a patient, and since when."""

    user_id: UUID
    patient_id: UUID
    since: datetime


def to_phone(viewer: Viewer) -> list[Waiting]:
    """Return everybody who is to be phoned because no message reaches them. One query."""
    waiting = _unwritten(viewer).values_list("to_user", "patient").annotate(since=Min("due_at"))
    return [Waiting(*one) for one in waiting]


def calls(viewer: Viewer, waiting: Iterable[Waiting]) -> list[Call]:
    """Return what some of those who are to be phoned are to hear, in this order.

    Five queries, however many they are.
    """
    of: dict[tuple[UUID, UUID], list[Line]] = {(one.user_id, one.patient_id): [] for one in waiting}
    users = {user for user, _patient in of}
    for line in _lines(_unwritten(viewer).filter(to_user__in=users).order_by("due_at", "id"), None):
        of.get((line.notice.to_user_id, line.notice.patient_id), []).append(line)
    members = CircleMember.objects.visible_to(viewer).filter(user__in=users)
    known = {(row.user_id, row.patient_id): row for row in members.order_by("since")}
    return [
        Call(lines[0].notice.to_user, known[who], lines[0].notice.patient, lines)
        for who, lines in of.items()
        if lines  # told by somebody else, a moment ago
    ]


def _unwritten(viewer: Viewer) -> QuerySet[Notice]:
    """Return the messages that were not written because their reader has no way to read them."""
    tried = Attempt.objects.filter(notice=OuterRef("pk"), reason=words.BY_PHONE)
    return Notice.objects.visible_to(viewer).reasons().filter(Exists(tried), state=Notice.State.NOT_REACHED)


def stopped(viewer: Viewer) -> list[str]:
    """Return the names of the people of a clinic whose number answered STOP, by name."""
    found = _people(viewer).filter(reach__stopped_at__isnull=False)
    return list(found.order_by("name").values_list("name", flat=True))


def unwanted(viewer: Viewer, now: datetime) -> list[str]:
    """Return whom a clinic wrote to lately and who said that they want no such mail: a name or address."""
    if not viewer.is_staff:
        return []
    lately = Attempt.objects.filter(reason=UNWANTED, at__gt=now - UNWANTED_FOR)
    rows = Notice.objects.filter(clinic=viewer.clinic_id, attempts__in=lately).select_related("to_user")
    return sorted({addressed(one) for one in rows})


def numbers(viewer: Viewer, now: datetime) -> list[NumberChange]:
    """Return whose number changed lately, so that it can still be put back or just was, newest first."""
    lately = NumberChange.objects.filter(made_at__isnull=False, undo_until__gt=now)
    rows = lately.filter(user__in=_people(viewer)).select_related("user")
    return list(rows.order_by("-made_at")[:LISTED])


def _people(viewer: Viewer) -> QuerySet[User]:
    """Return the people of a clinic, to its staff alone: patients, who is in a circle, and colleagues."""
    if not viewer.is_staff:
        return User.objects.none()
    here = Q(patients__clinic=viewer.clinic_id) | Q(clinician_roles__clinic=viewer.clinic_id)
    circle = Q(circles__clinic=viewer.clinic_id, circles__state=CircleMember.State.ACTIVE)
    return User.objects.filter(here | circle).distinct()


def addressed(notice: Notice) -> str:
    """Return whom a message is for: a name, or the address or number of somebody without an account."""
    return notice.to_user.name if notice.to_user else notice.to_email or notice.to_phone


def _page(rows: QuerySet[Notice], number: str) -> Page[Line]:
    page: Page[Any] = Paginator(_whole(rows), LISTED).get_page(number)
    page.object_list = _as_lines(page.object_list)
    return page


def _lines(rows: QuerySet[Notice], most: int | None = LISTED) -> list[Line]:
    return _as_lines(_whole(rows)[:most])


def _whole(rows: QuerySet[Notice]) -> QuerySet[Notice]:
    """Return notices with what a line says of them."""
    in_order = Attempt.objects.order_by("at", "id")
    tries = [Prefetch(of, in_order, to_attr="tried") for of in ("attempts", "digest__attempts")]
    return rows.select_related("to_user", "patient", "digest", "clinic").prefetch_related(*tries)


def _as_lines(notices: Iterable[Notice]) -> list[Line]:
    found = list(notices)
    hands = _hands(found)
    return [_line(notice, hands.get(notice.id, [])) for notice in found]


def _hands(notices: Collection[Notice]) -> dict[UUID, list[Hand]]:
    """Return id of a notice about a patient -> who of the staff decided about it, in order. One query."""
    ids = [one.id for one in notices]
    patients = {one.patient_id for one in notices}  # by whom the audit is indexed
    rows = AuditEvent.objects.filter(patient_id__in=patients, subject_id__in=ids, verb__in=HANDS)
    named = User.objects.filter(id=OuterRef("actor_id")).values("name")
    found: dict[UUID, list[Hand]] = {}
    for row in rows.annotate(name=Subquery(named)).order_by("at", "id"):
        found.setdefault(row.subject_id, []).append(Hand(str(HANDS[row.verb]), row.name, row.at))
    return found


def _line(notice: Notice, hands: list[Hand]) -> Line:
    tries = notice.digest.tried if notice.digest else notice.tried  # its own are a copy of how that ended
    last = next((attempt for attempt in reversed(tries) if attempt.reason), None)
    return Line(
        notice=notice,
        title=words.title(notice.words),
        to=addressed(notice),
        about=notice.patient.name if notice.patient else "",
        level=LEVELS.get(Notice.State(notice.state), "todo"),
        why=words.why(last.reason) if last else "",
        tries=tries,
        hands=hands,
        starts_at=datetime.fromisoformat(told) if (told := notice.values.get("starts_at")) else None,
    )
