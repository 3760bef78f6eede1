"""The ledger of messages: plan once, take, hand over, write down what became of it.

A message is one row, known by the key of its reason. Its life:

    planned ─ take ─→ sending ─ finish ─→ sent ─→ delivered, opened, acted: each noted with its time
       ↑                 │  another channel is left, or this one may do later: planned again, after a rest
       └─────────────────┤  none is left: not-reached          too late to be true: not-reached
                         └  none, and in doubt: unknown        reader may not read it any more: void

A try is on one channel, and `clinical.reaching` says which is next. What is urgent and was sent is
planned again when nobody acts on it, as long as there is a channel that has not taken it yet.

What can wait leaves together: the first of several that are due to one person plans a digest, which carries
the others (`digest`). It is a row like any other; whenever it is taken, each part is asked again whether it
is still true, and whatever becomes of it becomes of its parts. Who had their messages of the day gets the
rest in the morning.

`take` writes down that tries have begun before anyone outside is asked, and the asking happens
outside any transaction. So a worker that dies leaves rows that say so: `lapse` finds them when their
lease is over. Each take raises the fence, and only the holder of the latest one may change the row.
A helping of notices is taken at once, and what was heard is written down together, in few statements; but
what gathers or carries others has each transaction for itself: it waits for their rows and their reader, and
whoever holds many rows waits for none.
"""

import logging
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

from django.db import DatabaseError, transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from luna.audit import actions as audit
from luna.clinical import reaching
from luna.feed import actions as feed
from luna.notices import access, plans, ways
from luna.notices import words as texts
from luna.notices.book import Book
from luna.notices.channels import EMAIL, Letter
from luna.notices.lanes import Room, Said
from luna.notices.models import DIGEST, DIGESTS, Attempt, Notice
from luna.people import access as access_of
from luna.people import tokens
from luna.people.access import Viewer
from luna.people.actions import invitations
from luna.people.errors import Refused, Replayed, Stale
from luna.people.models import CircleMember, Invitation, Token, User
from luna.people.sharing import Tell

log = logging.getLogger(__name__)

BUSY = _("Someone is seeing to this message just now. Look again in a moment.")
LEASE = timedelta(minutes=5)  # longer than the slowest mail server is waited for
REST = timedelta(minutes=1), timedelta(minutes=15)  # after a failed try: the first rest, and the longest
URGENT_REST = timedelta(seconds=15), timedelta(minutes=2)
HEARD_FOR = timedelta(days=3)  # how long a provider may say what became of a try
FOLLOW = timedelta(minutes=2)  # urgent, sent, and nobody acts: then the next channel is tried

MOST = 50  # messages in a digest

SENT_BACK = (Attempt.Outcome.DELIVERED, Attempt.Outcome.RETURNED)  # a mailbox took it, and not for good
PERSON = "person"  # the channel of what staff told them another way

State = Notice.State
Outcome = Attempt.Outcome


def plan(  # noqa: PLR0913 -- these are the columns of a message, and each is named where it is called
    *,
    key: str,
    words: str,
    clinic_id: UUID,
    patient_id: UUID | None = None,
    to_user_id: UUID | None = None,
    to_email: str = "",
    to_phone: str = "",
    due_at: datetime,
    urgent: bool = False,
    values: Mapping[str, Any] | None = None,
    task_key: str = "",
    revision: int | None = None,
    now: datetime,
) -> Notice:
    """Put one message in the ledger, in the caller's transaction; the same key again changes nothing.

    key: names the reason and the person: `{task_key}:{reason}:r{revision}:{user hex}`.
    words: a code of notices.words.MESSAGES.
    values: ids, instants (names end in `_at`) and first names; the words are made from them when it is sent.
    Raises KeyError or ValueError for a message that could never be written or sent.
    """
    texts.check(words, values or {})
    if not (to_user_id or to_email or to_phone):
        raise ValueError(f"The notice '{key}' is for nobody. Give to_user_id, to_email or to_phone.")
    notice = Notice(
        key=key,
        words=words,
        clinic_id=clinic_id,
        patient_id=patient_id,
        to_user_id=to_user_id,
        to_email=to_email,
        to_phone=to_phone,
        due_at=due_at,
        urgent=urgent,
        values=texts.storable(values or {}),
        task_key=task_key,
        revision=revision,
        created_at=now,
    )
    Notice.objects.bulk_create([notice], update_conflicts=True, unique_fields=["key"], update_fields=["key"])
    return Notice.objects.get(key=key)


def gather(notices: Iterable[Notice], words: str, *, now: datetime) -> None:
    """Have messages to one person about one patient leave in one; one alone leaves as itself.

    Those of this transaction: nobody else holds them. words: of the one message, of DIGESTS. Each keeps its
    own row and key, and is withdrawn by itself; what is left when the one message is taken leaves in it.
    """
    parts = [one for one in notices if one.state == State.PLANNED and not one.tries and one.digest_id is None]
    if len(parts) > 1:
        _carrying(parts, words, now, patient_id=parts[0].patient_id)


def void(*, patient_id: UUID, task_key_prefix: str, before_revision: int | None = None) -> int:
    """Withdraw the messages about some tasks, unless they were sent; return how many.

    Those that failed go too: sent again by hand, they would say what is no longer true. So do those on
    their way: if the mail server does not take one now, it is not tried again.
    task_key_prefix: a whole key, or its first parts: an infusion's hex means all its tasks.
    before_revision: only those that speak of an older revision of the booking.
    """
    late = Notice.objects.filter(_about(task_key_prefix), patient_id=patient_id)
    if before_revision is not None:
        late = late.filter(revision__lt=before_revision)
    return _withdraw(late)


def unheard(*, patient_id: UUID, task_keys: Collection[str]) -> dict[UUID, datetime]:
    """Return user -> when they still believe an infusion is, of those who have not heard of a change.

    task_keys: of the messages that infusions were moved or cancelled; of several, the earliest counts. What
    may have gone out is heard. Ask before they are withdrawn.
    """
    rows = Notice.objects.filter(patient_id=patient_id, task_key__in=task_keys, words__in=texts.MOVING)
    waiting = rows.filter(to_user__isnull=False, sent_at=None).exclude(
        state__in=[State.SENT, State.VOID, State.SENDING]
    )
    found: dict[UUID, datetime] = {}
    for user_id, values in waiting.values_list("to_user_id", "values"):
        if "was_at" in values:
            was_at = datetime.fromisoformat(values["was_at"])
            found[user_id] = min(was_at, found.get(user_id, was_at))
    return found


def outdone(*, patient_id: UUID, words: str, infusion_id: UUID) -> None:
    """Withdraw the messages of one kind that hold an infusion: another takes their place."""
    _withdraw(Notice.objects.filter(patient_id=patient_id, words=words, values__infusion=str(infusion_id)))


def _withdraw(late: QuerySet[Notice]) -> int:
    """Send these no more, on any channel; return how many will never have been sent."""
    done = {"lease_until": None, "follow_at": None}
    # In this order: while a worker writes that one was sent, the first waits and leaves it to the second.
    never = late.filter(sent_at=None).exclude(state__in=[State.SENT, State.VOID])
    count = never.update(state=State.VOID, **done)
    sent = late.filter(sent_at__isnull=False).exclude(state=State.VOID)
    sent.update(state=State.SENT, withdrawn=True, **done)
    return count


def waiting(*, patient_id: UUID, task_key_prefix: str) -> set[str]:
    """Return the task keys that begin so of the messages about a patient which reached nobody yet."""
    late = Notice.objects.filter(patient_id=patient_id, task_key__startswith=task_key_prefix)
    return set(late.exclude(state__in=[State.SENT, State.VOID]).values_list("task_key", flat=True))


def narrowed(
    *, member: CircleMember, was: CircleMember, by: Viewer | audit.Actor, tell: Tell, now: datetime
) -> None:
    """Withdraw what was still to be said to somebody who is to see less; tell them if the patient wants it.

    One of settings.LUNA_WHEN_NARROWED.
    """
    shared = access_of.shared_with(member)
    lost = [code for code, message in texts.MESSAGES.items() if message.for_circle_without(shared)]
    theirs = Notice.objects.filter(patient_id=member.patient_id, to_user_id=member.user_id, words__in=lost)
    list(theirs.order_by("id").select_for_update(of=("self",)))  # in the order of whoever settles a digest
    _withdraw(theirs)
    if tell is Tell.LUNA:
        plan(
            key=f"member:{member.id.hex}:sharing-ended:{member.user_id.hex}",
            words="sharing-ended",
            clinic_id=member.clinic_id,
            patient_id=member.patient_id,
            to_user_id=member.user_id,
            values={"who": member.patient.first_name},
            due_at=now,
            now=now,
        )


@transaction.atomic
def opened(notices: QuerySet[Notice], *, now: datetime) -> None:
    """Note that their reader has opened what these messages lead to; what was noted before stays.

    Where nothing is asked of them, that is the end: an urgent one goes on to no other channel. Who was asked
    to sign in has done so.
    """
    # A page waits for nobody: what somebody else holds is noted when they look again, or by what they do.
    rows = notices.filter(opened_at=None).order_by("id")
    found = list(rows.select_for_update(skip_locked=True, of=("self",)))
    Notice.objects.filter(id__in=[one.id for one in found]).update(opened_at=now)
    _follow_no_more(one.id for one in found if one.words in texts.READ_ONLY)
    signed_in = [one.id for one in found if one.words in texts.DONE_BY[texts.Act.SIGN_IN]]
    if signed_in:
        _have_acted(Notice.objects.filter(id__in=signed_in), now)


def acted(
    act: texts.Act, *, user_id: UUID | None, patient_id: UUID | None, task_key: str, now: datetime
) -> None:
    """Note that somebody did what their messages about a task asked for; no other channel is tried.

    Whoever did it knows what it was about, so they have opened it too. Call it before what voids the others.
    user_id: None: whoever answered by a secret link. That is the only proof there is of such a link: mail
    servers open every link in a letter before anybody reads it, so that it was followed says nothing.
    task_key: a whole key, or its first parts.
    """
    theirs = Notice.objects.filter(_about(task_key), words__in=texts.DONE_BY[act], withdrawn=None)
    _have_acted(theirs.filter(to_user_id=user_id, patient_id=patient_id), now)


def mended(
    *, user_id: UUID, patient_id: UUID, subject: str, infusion_id: UUID | None = None, now: datetime
) -> None:
    """Note that somebody put right one thing their reminders named; they have acted once each is put right.

    subject: of the reminder's `of`, or how it begins. infusion_id: None for what counts for all of them.
    """
    about = Q() if infusion_id is None else _about(infusion_id.hex)
    rows = Notice.objects.filter(about, words__in=texts.DONE_BY[texts.Act.MEND], withdrawn=None)
    theirs = rows.filter(to_user_id=user_id, patient_id=patient_id, acted_at=None)
    whole = []
    for notice in theirs.order_by("id").select_for_update(of=("self",)):
        of, before = notice.values["of"], set(notice.values.get("done", ()))
        done = before.union(one for one in of if one.startswith(subject))
        if done != before:
            Notice.objects.filter(id=notice.id).update(values=notice.values | {"done": sorted(done)})
        if done.issuperset(of):
            whole.append(notice.id)
    if whole:
        _have_acted(Notice.objects.filter(id__in=whole), now)


def answered(*, invitation: Invitation, now: datetime) -> None:
    """Note that whoever was invited said yes or no. One of settings.LUNA_WHEN_ANSWERED."""
    sent = Notice.objects.filter(key__startswith=f"invitation:{invitation.id.hex}:", withdrawn=None)
    _have_acted(sent.filter(words__in=texts.DONE_BY[texts.Act.ANSWER]), now)


def _have_acted(theirs: QuerySet[Notice], now: datetime) -> None:
    ids = list(theirs.filter(acted_at=None).order_by("id").values_list("id", flat=True))
    if not ids:
        return
    rows = Notice.objects.filter(id__in=ids)
    list(rows.order_by("id").select_for_update(of=("self",)))  # in the order of whoever settles a digest
    sent = rows.filter(sent_at__isnull=False)  # nobody opens, or acts on, what never left
    sent.filter(opened_at=None).update(opened_at=now)
    sent.update(acted_at=now)
    _withdraw(rows)


def _follow_no_more(ids: Iterable[UUID]) -> None:
    """Leave it at the channel that took an urgent message; a try that is under way sees for itself."""
    sent = Notice.objects.filter(id__in=list(ids), urgent=True, sent_at__isnull=False)
    sent.filter(state__in=[State.PLANNED, State.SENT]).update(
        state=State.SENT, lease_until=None, follow_at=None
    )


def _about(task_key: str) -> Q:
    """Return the condition that a message is about a task. task_key: a whole key, or its first parts."""
    return Q(task_key=task_key) | Q(task_key__startswith=f"{task_key}.")


@dataclass(frozen=True, slots=True)
class Taken:
    """What came of a helping of due notices.

    letters: may be handed over now. done: how many were dealt with. left: those there was no room for yet.
    """

    letters: list[Letter]
    done: int
    left: list[UUID]


@transaction.atomic
def take(notice_ids: Sequence[UUID], room: Room, *, now: datetime) -> Taken:
    """Decide what becomes of due notices, in this order, and write down which tries begin.

    room: what the ways out have room for; where one is away, what would go out there rests instead.
    Nothing is handed over of one that another worker has, that may no longer be read by this person, that
    comes too late, or that has no way left. One that cannot be written is given up, so that it does not
    hold up all the others. One that gathers or carries others is passed over, unless it is the only one.
    """
    due = Notice.objects.due(now).filter(id__in=notice_ids)
    if len(notice_ids) == 1:
        _hold_reader(notice_ids[0])
    else:
        due = due.exclude(words__in=texts.ALONE)
    found = {notice.pk: notice for notice in _hold(due)}
    book = Book([found[one] for one in notice_ids if one in found])
    letters = []
    for notice in list(book.notices):
        try:
            with transaction.atomic():
                letter = _decide(notice, book, room, now)
        except DatabaseError:
            raise
        except Exception:
            log.exception("A notice could not be written", extra={"notice": str(notice.pk)})
            book.undo(notice)
            letter = _drop(notice, "words", now)
        if letter:
            letters.append(letter)
    left = [notice.pk for notice in book.notices if not book.has_moved(notice)]
    book.write()
    book.tell(now)
    return Taken(letters, len(book.notices) - len(left), left)


@transaction.atomic
def finish(said: Sequence[Said], *, now: datetime) -> list[Said]:
    """Write down what became of tries. A late worker's word is kept, but changes nothing.

    Returns those of notices that somebody else holds now, to be written down later: who holds many rows waits
    for none. So it returns those that carry others, unless all is about that one.
    """
    ids = {one.letter.notice_id for one in said}
    wanted = Notice.objects.filter(id__in=ids)
    rows = wanted.select_related("clinic", "patient", "to_user")
    if len(ids) > 1:
        rows = rows.exclude(words__in=DIGESTS)
    book = Book(list(rows.select_for_update(skip_locked=True, of=("self",))))
    held = {notice.pk for notice in book.notices}
    elsewhere = set(wanted.exclude(id__in=held).values_list("id", flat=True))

    def settle(notice: Notice) -> None:
        for one in said:
            if one.letter.notice_id == notice.pk:
                _end(notice, one, now)

    _each(book, settle)
    book.write()
    book.tell(now)
    return [one for one in said if one.letter.notice_id in elsewhere]


def lapse(*, now: datetime) -> int:
    """Settle the notices whose worker was never heard of again; return how many."""
    lost = Notice.objects.lapsed(now)
    done = _lapse(lost.exclude(words__in=DIGESTS), now)
    for one in lost.filter(words__in=DIGESTS).values_list("id", flat=True):
        done += _lapse(lost.filter(id=one), now)
    return done


@transaction.atomic
def _lapse(lost: QuerySet[Notice], now: datetime) -> int:
    book = Book(_hold(lost))

    def settle(notice: Notice) -> None:
        _attempt(notice, Outcome.UNKNOWN, "worker-lost", now, channel=_tried_on(notice))
        _settle(notice, now)

    _each(book, settle)
    done = sum(book.has_moved(notice) for notice in book.notices)
    book.write()
    book.tell(now)
    return done


@transaction.atomic
def follow(*, now: datetime) -> int:
    """Plan again what is urgent, was sent, and nobody acted on: on the next channel. Return how many."""
    silent = Notice.objects.to_follow(now).select_for_update(skip_locked=True)
    ids = [notice.id for notice in silent]
    return Notice.objects.filter(id__in=ids).update(state=State.PLANNED, lease_until=None, follow_at=None)


@transaction.atomic
def report(
    *, notice_id: UUID, fence: int, channel: str, ref: str, delivered: bool, reason: str = "", now: datetime
) -> None:
    """Write down what a provider says later of one try, and move its notice on. Delivered is not read.

    delivered: False: it was taken, and then reached nobody. ref: the provider's id of it.
    Raises Attempt.DoesNotExist for a try that was never made, Stale for one that is long over, and
    Replayed when that was said before, or its end was: it is not taken back.
    """
    notice = (
        Notice.objects.select_for_update(of=("self",)).select_related("clinic", "to_user").get(id=notice_id)
    )
    book = Book([notice])
    tried = [one for one in notice.tried if (one.fence, one.channel) == (fence, channel)]
    if not tried or {one.ref for one in tried if one.ref} - {ref}:
        raise Attempt.DoesNotExist
    outcome = Outcome.DELIVERED if delivered else Outcome.RETURNED
    if not _adds(tried, outcome, reason):
        raise Replayed
    if now - tried[0].at > HEARD_FOR:
        raise Stale
    elsewhere = any(one.outcome == Outcome.DELIVERED and one not in tried for one in notice.tried)
    _attempt(notice, outcome, reason, now, channel=channel, fence=fence, ref=ref)
    if delivered:
        notice.delivered_at = notice.delivered_at or now
    elif not elsewhere:
        notice.delivered_at = None
    if _is_moved(notice, tried[0], delivered=delivered):
        _settle(notice, now)
    else:
        _share(notice, now)
    book.write()
    book.tell(now)


def _adds(tried: Collection[Attempt], outcome: str, reason: str) -> bool:
    """Say whether what a provider says of a try is more than it said before.

    On a phone its first word is the last. A mailbox takes a mail and may send it back later, or its reader
    says that they want no such mail; what came back stays so.
    """
    said = {(one.outcome, one.reason) for one in tried if _is_end(one)}
    if not said:
        return True
    is_over = tried[0].channel != EMAIL or any(became == Outcome.RETURNED for became, _why in said)
    return not is_over and (outcome, reason) not in said


def _is_moved(notice: Notice, began: Attempt, *, delivered: bool) -> bool:
    """Say whether what a provider says of a try that began then changes what is done next.

    A try under way says itself how it ended; what was done or withdrawn stays so. Delivered ends a doubt,
    and makes nobody wait longer for the next channel. What came back, but was opened since, need not be said
    again where it can wait.
    """
    if notice.state in (State.SENDING, State.VOID, State.HELD):
        return False
    if delivered:
        return notice.sent_at is None
    is_unread = notice.opened_at is None or notice.opened_at < began.at
    return not _is_done(notice) and (notice.urgent or is_unread)


@transaction.atomic
def resend(
    chosen: Mapping[UUID, int], *, viewer: Viewer, client_id: UUID, now: datetime
) -> list[tuple[Notice, Refused]]:
    """Have notices that reached nobody, as far as we know, sent again; return which were not, with why.

    chosen: id -> fence of the notice when the page was drawn: one that was tried again since is left alone.
    One that its reader may not read any more, or that no longer speaks of the times that stand, is void; that
    is asked once more when it leaves. Raises Notice.DoesNotExist for one the viewer may not see.
    """
    return _by_hand(_send_again, State.PLANNED, chosen, viewer=viewer, client_id=client_id, now=now)


@transaction.atomic
def told_otherwise(
    chosen: Mapping[UUID, int], *, viewer: Viewer, client_id: UUID, now: datetime
) -> list[tuple[Notice, Refused]]:
    """Write down that staff told people another way, so the notices need nothing more; return as `resend`."""
    return _by_hand(_told, State.SENT, chosen, viewer=viewer, client_id=client_id, now=now)


def _by_hand(
    decide: Callable[[Notice, Viewer, datetime], None],
    already: str,
    chosen: Mapping[UUID, int],
    *,
    viewer: Viewer,
    client_id: UUID,
    now: datetime,
) -> list[tuple[Notice, Refused]]:
    """Decide about some notices in one transaction, each for itself; what this form decided, it did once.

    already: the state of one about which the same was decided before.
    """
    form = uuid5(client_id, already)
    rows = access.with_readers(Notice.objects.visible_to(viewer).reasons().filter(id__in=chosen))
    # Whoever holds many waits for none: who answers one of them holds it, and may be about to hold another.
    found = list(rows.order_by("id").select_for_update(skip_locked=True, of=("self",)))
    busy = list(rows.exclude(id__in=[one.id for one in found])) if len(found) < len(chosen) else []
    if len(found) + len(busy) < len(chosen):
        raise Notice.DoesNotExist
    refused: list[tuple[Notice, Refused]] = [(one, Refused(BUSY)) for one in busy]
    for notice in found:
        is_so = (notice.fence, notice.state) == (chosen[notice.id], already)
        if is_so or notice.decided_by_form == form:
            continue
        try:
            _check_open(notice, chosen[notice.id], already, now)
            decide(notice, viewer, now)
        except Refused as why:
            refused.append((notice, why))
        else:
            Notice.objects.filter(id=notice.id).update(decided_by_form=form)
    feed.changed(clinic_id=viewer.clinic_id, now=now)
    return refused


def _check_open(notice: Notice, fence: int, already: str, now: datetime) -> None:
    """Refuse a notice that was tried again since the page was drawn, or that waits for nobody.

    Somebody whose quiet hours keep it may be told of it meanwhile.
    """
    if notice.fence != fence:
        raise Stale
    is_kept = already == State.SENT and bool(plans.sends_at([notice], now))
    if notice.state not in Notice.OPEN_TO_STAFF and not is_kept:
        raise Refused(_("Someone has seen to this message meanwhile. Nothing was changed."))


def _send_again(notice: Notice, viewer: Viewer, now: datetime) -> None:
    """Plan a notice once more. Raises Refused when it would not leave."""
    reader = access.reader(notice)
    if reader is None or not access.is_current(notice, now):
        Notice.objects.filter(id=notice.id).update(state=State.VOID, lease_until=None, digest=None)
        gone = _("It is not for them to read any more. It was not sent, and is off the list.")
        untrue = _("It is no longer true: something has changed. It was not sent, and is off the list.")
        raise Refused(untrue if reader else gone)
    if reader.device == CircleMember.Device.NONE:
        raise Refused(_("They have no smartphone or no e-mail: please call them."))
    Notice.objects.filter(id=notice.id).update(
        state=State.PLANNED, due_at=now, tries=0, lease_until=now, digest=None
    )
    audit.record("notice.resend", by=viewer, subject=notice, now=now)


def _told(notice: Notice, viewer: Viewer, now: datetime) -> None:
    """Note that the reader of a notice was told another way."""
    Attempt.objects.create(
        notice=notice, channel=PERSON, outcome=Outcome.ACCEPTED, reason="told-otherwise",
        fence=notice.fence, at=now, ref="",
    )  # fmt: skip
    Notice.objects.filter(id=notice.id).update(state=State.SENT, sent_at=now, lease_until=None, digest=None)
    audit.record("notice.told", by=viewer, subject=notice, now=now)


def _hold(rows: QuerySet[Notice]) -> list[Notice]:
    """Lock notices that nobody else holds, with who reads them: three queries, however many they are."""
    return list(access.with_readers(rows).select_for_update(skip_locked=True, of=("self",)))


def _each(book: Book, settle: Callable[[Notice], None]) -> None:
    """Settle each notice for itself: one that cannot be is left as it is, and the others have their turn."""
    for notice in book.notices:
        try:
            with transaction.atomic():
                settle(notice)
        except DatabaseError:
            raise
        except Exception:
            log.exception("A notice could not be settled", extra={"notice": str(notice.pk)})
            book.undo(notice)


def _end(notice: Notice, said: Said, now: datetime) -> None:
    """Note how a try ended, and move its notice on if it is still this worker's."""
    letter = said.letter
    _attempt(
        notice, said.outcome, said.reason, now, channel=letter.channel, fence=letter.fence,
        lasting=said.lasting if said.outcome == Outcome.REFUSED else None, ref=said.ref,
    )  # fmt: skip
    if notice.state != State.SENDING or notice.fence != letter.fence:
        log.warning("A result came too late and changes nothing", extra={"notice": str(notice.pk)})
        return
    _settle(notice, now)


def _decide(notice: Notice, book: Book, room: Room, now: datetime) -> Letter | None:
    """Begin a try with a notice that is due, or leave it alone, or give it up."""
    if notice.words in DIGESTS and not _keep_true(notice, now):
        return _void(notice)
    if now > texts.best_before(notice):
        return _drop(notice, "too-late", now)
    reader = access.reader(notice)
    if not reader or not access.is_current(notice, now):
        return _void(notice)
    if reader.device == CircleMember.Device.NONE:
        return _drop(notice, texts.BY_PHONE, now)
    if until := _quiet_until(notice, reader, now):
        return _wait(notice, until, now)
    if _is_gathered(notice):
        if until := _held_until(notice, reader, now):
            return _wait(notice, until, now)
        notice, reader = _together(notice, reader, book, now)
    return _go(notice, reader, room, now)


def _link(notice: Notice, now: datetime) -> str | None:
    """Return the address a message holds; None when what it would open is over.

    A secret one, of an invitation or to a driver, is made anew for each try and kept nowhere.
    """
    if texts.MESSAGES[notice.words].audience is texts.Audience.INVITED:
        invitation = UUID(notice.values["invitation"])
        return invitations.link(invitation_id=invitation, email=notice.to_email, now=now)
    if texts.MESSAGES[notice.words].audience is texts.Audience.DRIVER:
        secret = tokens.another(Token.Purpose.RIDE, subject_id=UUID(notice.values["ask"]), now=now)
        return texts.link(notice, secret=secret) if secret else None
    return texts.link(notice)


def _void(notice: Notice) -> None:
    """Say that a notice is no longer true, or no longer this person's to read."""
    notice.state = State.VOID


def _go(notice: Notice, reader: texts.Reader, room: Room, now: datetime) -> Letter | None:
    """Begin a try on the next channel, if there is one; leave the notice alone where nobody answers now.

    What is urgent goes round a channel where nobody answered a moment ago, but waits for one that is full.
    """
    is_taken = any(one.became is reaching.Became.TAKEN for one in _tries(notice))
    if is_taken and not (notice.urgent and notice.sent_at):
        return _settle(notice, now)  # a worker that was long given up had sent it after all
    channel = _following(notice, reader)
    if channel is None:
        return _drop(notice, "no-way", now)
    if channel != reaching.SILENT and access.is_hushed(notice, now):
        reader = reader.hushed()
        channel = _following(notice, reader)
    if channel in room.away and notice.urgent:
        channel = _following(notice, reader.without(room.away)) or channel
    if channel is None or channel in room.away:
        notice.lease_until = now + (URGENT_REST if notice.urgent else REST)[0]
        return None
    lane = (channel, notice.urgent)
    if not room.claim(lane):
        if rest := room.queue(lane):
            notice.lease_until = now + rest
        return None
    link = _link(notice, now)  # the last thing: a fresh one ends what an invited person holds
    return _begin(notice, reader, channel, link, now) if link else _void(notice)


def _begin(notice: Notice, reader: texts.Reader, channel: str, link: str, now: datetime) -> Letter:
    notice.state = State.SENDING
    notice.fence += 1
    notice.tries += 1
    notice.lease_until = now + LEASE
    _attempt(notice, Outcome.STARTED, "", now, channel=channel)
    style = ways.CHANNELS[channel].style
    subject, body = texts.render(notice, reader, link, style)
    return Letter(
        notice_id=notice.id, fence=notice.fence, channel=channel, address=reader.addresses[channel],
        subject=subject, body=body, at=now, link=link, asks=texts.MESSAGES[notice.words].asks,
        urgent=notice.urgent, until=texts.best_before(notice),
    )  # fmt: skip


def _quiet_until(notice: Notice, reader: texts.Reader, now: datetime) -> datetime | None:
    """Return until when their quiet hours keep a message waiting, None when they do not."""
    if texts.breaks_quiet(notice, reader.watching_until, now):
        return None
    begins, ends = reader.quiet
    return reaching.quiet_until(now, begins=begins, ends=ends, zone=reader.zone)


def _wait(notice: Notice, until: datetime, now: datetime) -> None:
    """Leave a notice alone until then; one that would be too late by then is needed no more.

    What asks for a step that can still be done then is due then.
    """
    if notice.words in DIGESTS:
        _put_off(notice, until, now)
    if (closes_at := texts.closes_at(notice)) and until < closes_at:
        notice.due_at = until
    if until > texts.best_before(notice):
        _attempt(notice, Outcome.REFUSED, "quiet", now, channel="", lasting=True)
        notice.state = State.SENT if notice.sent_at else State.VOID
    else:
        notice.lease_until = until
    _share(notice, now)


def _put_off(digest: Notice, until: datetime, now: datetime) -> None:
    """Judge each part of a digest that is left alone until then: those that would be too late fall out."""
    parts = Book(list(_locked_parts(digest).filter(state=State.PLANNED, withdrawn=None)))
    for part in parts.notices:
        if (closes_at := texts.closes_at(part)) and until < closes_at:
            part.due_at = until
        elif until > texts.best_before(part):
            _attempt(part, Outcome.REFUSED, "quiet", now, channel="", lasting=True)
            part.state, part.digest_id = State.VOID, None
    parts.write()


def _hold_reader(notice_id: UUID) -> None:
    """Hold whoever a message that can wait is for: two workers must not count, or gather, for one person."""
    gathered = Notice.objects.filter(id=notice_id, words__in=texts.CAN_WAIT)
    User.objects.select_for_update(no_key=True).filter(id__in=gathered.values("to_user")).first()


def _is_gathered(notice: Notice) -> bool:
    """Say whether a message may leave together with others: it can wait, and nobody was asked to take it."""
    return notice.words in texts.CAN_WAIT and not notice.urgent and not notice.tries


def _held_until(notice: Notice, reader: texts.Reader, now: datetime) -> datetime | None:
    """Return the morning that a message waits for whose reader had their messages of the day; None: none.

    What was left alone before, for this or for quiet hours, or is sent again by hand, waits no more.
    """
    if notice.lease_until is not None:
        return None
    began = reaching.day_began(now, zone=reader.zone)
    had = plans.had(notice.to_user_id, notice.clinic_id, since=began)
    until = reaching.held_until(now, had=had, most=notice.clinic.messages_a_day, zone=reader.zone)
    return until if until and until <= texts.best_before(notice) else None


def _together(notice: Notice, reader: texts.Reader, book: Book, now: datetime) -> tuple[Notice, texts.Reader]:
    """Return what a message leaves in, and who reads that: itself, or a digest with others that are due."""
    due = (
        Notice.objects.due(now).filter(words__in=texts.CAN_WAIT, urgent=False, tries=0).exclude(pk=notice.pk)
    )
    theirs = due.filter(to_user=notice.to_user_id, clinic=notice.clinic_id)
    locked = theirs.select_for_update(skip_locked=True, of=("self",)).order_by("due_at", "id")
    others = [one for one in access.with_readers(locked)[: MOST - 1] if _stands(one, now)]
    if not others:
        return notice, reader
    parts = [notice, *others]
    digest = _carrying(parts, DIGEST, now)
    digest.clinic, digest.to_user = notice.clinic, notice.to_user
    book.carry(notice, by=digest)
    return digest, access.reader(digest) or reader


def _carrying(
    parts: Sequence[Notice], words: str, now: datetime, *, patient_id: UUID | None = None
) -> Notice:
    """Plan one message that carries some to one person. patient_id: None where they are about several."""
    first = parts[0]
    closes = [at for one in parts if (at := texts.closes_at(one))]
    digest = plan(
        key=f"{words}:{first.id.hex}:{now:%Y%m%dT%H%M%S%f}",
        words=words,
        clinic_id=first.clinic_id,
        patient_id=patient_id,
        to_user_id=first.to_user_id,
        due_at=now,
        values={"things": len(parts)} | ({texts.CLOSES: max(closes)} if closes else {}),
        now=now,
    )
    Notice.objects.filter(id__in=[one.id for one in parts]).update(digest=digest)
    return digest


def _keep_true(digest: Notice, now: datetime) -> int:
    """Let go of the parts of a digest that no longer stand, so that each says why; return how many are left.

    One alone leaves by itself, unless somebody may have it.
    """
    parts = list(access.with_readers(_locked_parts(digest).filter(state=State.PLANNED, withdrawn=None)))
    done = {part.id for part in parts if _is_done(part)}  # read meanwhile: it is not said again
    Notice.objects.filter(id__in=done).update(digest=None, state=State.VOID, lease_until=None)
    left = {part.id for part in parts if part.id not in done and _stands(part, now)}
    if len(left) == 1 and not any(one.became is reaching.Became.DOUBT for one in _tries(digest)):
        left = set()
    over = [part.id for part in parts if part.id not in left | done]
    Notice.objects.filter(id__in=over).update(digest=None, lease_until=now)
    digest.values["things"] = len(left)
    Notice.objects.filter(id=digest.id).update(values=digest.values)
    return len(left)


def _stands(part: Notice, now: datetime) -> bool:
    """Say whether a message may leave in a digest now."""
    if now > texts.best_before(part):
        return False
    reader = access.reader(part)
    return reader is not None and reader.device != CircleMember.Device.NONE and access.is_current(part, now)


def _share(digest: Notice, now: datetime) -> None:
    """Let the parts of a digest stand as it does. Where it reached nobody, each of them says why.

    It writes the parts at once: no book holds them.
    """
    if digest.words not in DIGESTS:
        return
    state = State.PLANNED if digest.state == State.SENDING else digest.state
    ends = [one for one in digest.tried if one.outcome != Outcome.STARTED]
    end = ends[-1] if ends and state not in (State.PLANNED, State.SENT) else None
    parts = Book(list(_locked_parts(digest).exclude(state=State.VOID).filter(withdrawn=None)))
    for part in parts.notices:
        if end and part.state != state:
            part.fence += 1  # a page that was drawn before is out of date
            _attempt(part, end.outcome, end.reason, now, channel=end.channel, lasting=end.lasting)
        part.state, part.sent_at, part.delivered_at = state, digest.sent_at, digest.delivered_at
    parts.write()


def _locked_parts(digest: Notice) -> QuerySet[Notice]:
    """Lock the parts of a digest, always in one order, and return them."""
    parts = digest.parts.all()
    list(parts.order_by("id").select_for_update(of=("self",)))
    return parts


def _following(notice: Notice, reader: texts.Reader | None) -> str | None:
    """Return the channel to try next; None when there is none, or nobody to reach any more."""
    if reader is None:
        return None
    channels = reaching.order(reader.order, reader.addresses, urgent=notice.urgent)
    return reaching.following(channels, _tries(notice), urgent=notice.urgent)


def _tries(notice: Notice) -> list[reaching.Try]:
    """Return what became of each try since it was last planned; a human who sends it again begins anew."""
    if not notice.tries:
        return []
    last: dict[int, Attempt] = {}
    for attempt in notice.tried:
        if attempt.fence <= notice.fence - notice.tries or not attempt.channel:
            continue
        before = last.get(attempt.fence)
        if before is None or not _is_end(before) or (before.outcome, attempt.outcome) == SENT_BACK:
            last[attempt.fence] = attempt
    return [reaching.Try(one.channel, _became(one)) for one in last.values()]


def _is_end(attempt: Attempt) -> bool:
    """Say whether nothing comes after it in a try: what a provider said later, or that staff told them."""
    return attempt.channel == PERSON or attempt.outcome in (Outcome.DELIVERED, Outcome.RETURNED)


def _became(attempt: Attempt) -> reaching.Became:
    if attempt.outcome in (Outcome.ACCEPTED, Outcome.DELIVERED):
        return reaching.Became.TAKEN
    if attempt.outcome == Outcome.RETURNED:
        return reaching.Became.FAILED
    if attempt.outcome == Outcome.REFUSED:
        return reaching.Became.FAILED if attempt.lasting else reaching.Became.LATER
    return reaching.Became.DOUBT


def _tried_on(notice: Notice) -> str:
    """Return the channel of the try that is under way."""
    begun = [one for one in notice.tried if (one.fence, one.outcome) == (notice.fence, Outcome.STARTED)]
    return begun[0].channel if begun else EMAIL  # a row of a Luna that knew no other way


def _drop(notice: Notice, reason: str, now: datetime) -> None:
    """Give a notice up before it is tried, and say why."""
    _attempt(notice, Outcome.REFUSED, reason, now, channel="", lasting=True)
    _give_up(notice, now)
    _share(notice, now)


def _settle(notice: Notice, now: datetime) -> None:
    """Move a notice on by what became of its tries."""
    notice.lease_until = notice.follow_at = None
    tries = _tries(notice)
    became = {one.became for one in tries}
    is_taken = reaching.Became.TAKEN in became
    is_over = notice.withdrawn or _is_done(notice)
    channel = None
    if not is_over and (notice.urgent or not is_taken):  # else nothing follows, and nobody need be asked
        channel = _following(notice, access.reader(notice))
    if is_taken:
        notice.state, notice.sent_at = State.SENT, notice.sent_at or now
        notice.follow_at = now + FOLLOW if channel else None
    elif is_over:
        notice.state, notice.sent_at = State.VOID, None
    elif channel:
        notice.state, notice.sent_at = State.PLANNED, None
        notice.lease_until = min(now + _rest(notice, channel, tries), texts.best_before(notice))
    elif reaching.Became.DOUBT in became:
        notice.state, notice.sent_at = State.UNKNOWN, None  # nothing is left to try; staff see that
        _tell_lead(notice, now)
    else:
        notice.sent_at = None
        _give_up(notice, now)
    _share(notice, now)


def _is_done(notice: Notice) -> bool:
    """Say whether its reader has done all it asks for: acted, or opened it where there is nothing to do."""
    is_read = notice.opened_at is not None and notice.words in texts.READ_ONLY
    return notice.acted_at is not None or is_read


def _give_up(notice: Notice, now: datetime) -> None:
    """Say that no way is left: sent, if one channel took it before, else it reached nobody."""
    notice.lease_until = notice.follow_at = None
    if notice.sent_at:
        notice.state = State.SENT
        return
    notice.state = State.NOT_REACHED
    _tell_lead(notice, now)


def _tell_lead(notice: Notice, now: datetime) -> None:
    """Tell the clinic's lead that no way is left to tell staff what is urgent: someone may be waiting."""
    message = texts.MESSAGES.get(notice.words)
    if not notice.urgent or (message and message.audience is not texts.Audience.STAFF):
        return
    plan(
        key=f"{notice.key}:unreached:{notice.fence}",
        words="unreached",
        clinic_id=notice.clinic_id,
        patient_id=notice.patient_id,
        to_email=notice.clinic.lead_email,
        due_at=now,
        urgent=True,
        now=now,
    )


def _rest(notice: Notice, channel: str, tries: Collection[reaching.Try]) -> timedelta:
    """Return how long a notice is left alone before the next try: twice as long each time on one channel."""
    first, longest = URGENT_REST if notice.urgent else REST
    before = sum(one.channel == channel for one in tries)
    return min(first * 2 ** min(max(before - 1, 0), 10), longest)


def _attempt(
    notice: Notice,
    outcome: str,
    reason: str,
    now: datetime,
    *,
    channel: str,
    fence: int | None = None,
    lasting: bool | None = None,
    ref: str = "",
) -> None:
    """Note a try, or what became of one; the book that holds the notice stores it."""
    row = Attempt(
        notice=notice, channel=channel, outcome=outcome, reason=reason, at=now, lasting=lasting,
        fence=notice.fence if fence is None else fence, ref=ref or None,
    )  # fmt: skip
    notice.tried.append(row)
