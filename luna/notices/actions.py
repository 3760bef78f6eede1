"""The ledger of messages: plan once, take, hand over, write down what became of it.

A message is one row, known by the key of its reason. Its life:

    planned ─ take ─→ sending ─ finish ─→ sent
       ↑                 │  refused for now, or urgent and in doubt: planned again, after a rest
       └─────────────────┤  refused for good: not-reached      too late to be true: not-reached
                         └  in doubt: unknown                  reader may not read it any more: void

`take` writes down that a try has begun before anyone outside is asked, and the asking happens
outside any transaction. So a worker that dies leaves a row that says so: `lapse` finds it when its
lease is over. Each take raises the fence, and only the holder of the latest one may change the row.
"""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from luna.audit import actions as audit
from luna.feed import actions as feed
from luna.notices import access
from luna.notices import words as texts
from luna.notices.models import Attempt, Notice
from luna.people import access as access_of
from luna.people.access import Viewer
from luna.people.actions import invitations
from luna.people.errors import Refused, Stale
from luna.people.models import CircleMember
from luna.people.sharing import Tell

log = logging.getLogger(__name__)

LEASE = timedelta(minutes=5)  # longer than the slowest mail server is waited for
REST = timedelta(minutes=1), timedelta(minutes=15)  # after a failed try: the first rest, and the longest
URGENT_REST = timedelta(seconds=15), timedelta(minutes=2)

State = Notice.State
Outcome = Attempt.Outcome


@dataclass(frozen=True, slots=True)
class Letter:
    """One try to send one notice. Whoever holds it may send it, and write down what became of it."""

    notice_id: UUID
    fence: int
    address: str
    subject: str
    body: str


def plan(  # noqa: PLR0913 -- these are the columns of a message, and each is named where it is called
    *,
    key: str,
    words: str,
    clinic_id: UUID,
    patient_id: UUID | None = None,
    to_user_id: UUID | None = None,
    to_email: str = "",
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
    if not (to_user_id or to_email):
        raise ValueError(f"The notice '{key}' is for nobody. Give to_user_id or to_email.")
    notice = Notice(
        key=key,
        words=words,
        clinic_id=clinic_id,
        patient_id=patient_id,
        to_user_id=to_user_id,
        to_email=to_email,
        due_at=due_at,
        urgent=urgent,
        values=texts.storable(values or {}),
        task_key=task_key,
        revision=revision,
        created_at=now,
    )
    Notice.objects.bulk_create([notice], update_conflicts=True, unique_fields=["key"], update_fields=["key"])
    return Notice.objects.get(key=key)


def void(*, patient_id: UUID, task_key_prefix: str, before_revision: int | None = None) -> int:
    """Withdraw the messages about some tasks, unless they were sent; return how many.

    Those that failed go too: sent again by hand, they would say what is no longer true. So do those on
    their way: if the mail server does not take one now, it is not tried again.
    task_key_prefix: a whole key, or its first parts: an infusion's hex means all its tasks.
    before_revision: only those that speak of an older revision of the booking.
    """
    late = Notice.objects.filter(
        Q(task_key=task_key_prefix) | Q(task_key__startswith=f"{task_key_prefix}."), patient_id=patient_id
    ).exclude(state__in=[State.SENT, State.VOID])
    if before_revision is not None:
        late = late.filter(revision__lt=before_revision)
    return late.update(state=State.VOID, lease_until=None)


def narrowed(
    *, member: CircleMember, was: CircleMember, by: Viewer | audit.Actor, tell: Tell, now: datetime
) -> None:
    """Withdraw what was still to be said to somebody who is to see less; tell them if the patient wants it.

    One of settings.LUNA_WHEN_NARROWED.
    """
    shared = access_of.shared_with(member)
    lost = [code for code, message in texts.MESSAGES.items() if message.for_circle_without(shared)]
    waiting = Notice.objects.filter(
        patient_id=member.patient_id, to_user_id=member.user_id, words__in=lost
    ).exclude(state__in=[State.SENT, State.VOID])
    waiting.update(state=State.VOID, lease_until=None)
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


def opened(*, user_id: UUID, task_key: str, now: datetime) -> None:
    """Note that a person has opened what their messages about a task led to."""
    Notice.objects.filter(to_user_id=user_id, task_key=task_key, opened_at=None).update(opened_at=now)


@transaction.atomic
def take(notice_id: UUID, *, now: datetime) -> Letter | None:
    """Take a due notice for sending and write down that a try begins.

    Returns None when there is nothing to send: another worker has it, it may no longer be read by
    this person, or it comes too late.
    """
    notice = (
        Notice.objects.due(now)
        .select_related("clinic", "patient", "to_user")
        .select_for_update(skip_locked=True, of=("self",))
        .filter(id=notice_id)
        .first()
    )
    if notice is None:
        return None
    if now > _best_before(notice):
        return _drop(notice, "too-late", now)
    reader = access.reader(notice)
    link = reader and _link(notice, now)
    if not reader or not link:
        notice.state = State.VOID
        notice.save()
        return None
    if reader.device == CircleMember.Device.NONE:
        return _drop(notice, texts.BY_PHONE, now)
    subject, body = texts.render(notice, reader, link)
    return _begin(notice, reader.address, subject, body, now)


@transaction.atomic
def set_aside(notice_id: UUID, *, now: datetime) -> None:
    """Give up a notice that cannot be written, so that it does not hold up all the others.

    One that was withdrawn or taken by another worker meanwhile is left as it is.
    """
    planned = Notice.objects.select_for_update(of=("self",)).filter(id=notice_id, state=State.PLANNED)
    if notice := planned.first():
        _drop(notice, "words", now)


@transaction.atomic
def finish(letter: Letter, *, outcome: str, reason: str = "", lasting: bool = False, now: datetime) -> None:
    """Write down what became of a try. A late worker's word is kept, but changes nothing.

    outcome: accepted, refused or unknown. lasting: a refusal that will not pass.
    """
    notice = Notice.objects.select_for_update().get(id=letter.notice_id)
    _attempt(notice, outcome, reason, now, fence=letter.fence)
    if notice.state != State.SENDING or notice.fence != letter.fence:
        log.warning("A result came too late and changes nothing", extra={"notice": str(notice.id)})
        return
    _settle(notice, outcome, lasting=lasting, now=now)


@transaction.atomic
def lapse(*, now: datetime) -> int:
    """Settle the notices whose worker was never heard of again; return how many."""
    lost = list(Notice.objects.lapsed(now).select_for_update(skip_locked=True))
    for notice in lost:
        _attempt(notice, Outcome.UNKNOWN, "worker-lost", now)
        _settle(notice, Outcome.UNKNOWN, lasting=False, now=now)
    return len(lost)


@transaction.atomic
def resend(*, notice_id: UUID, fence: int, viewer: Viewer, now: datetime) -> Notice:
    """Have a notice that reached nobody, as far as we know, sent again.

    fence: of the notice when the page was drawn. Raises Stale when it was tried again since.
    """
    notice = _for_staff(notice_id, fence, viewer, already=State.PLANNED)
    if notice.state == State.PLANNED:
        return notice
    notice.state, notice.due_at, notice.tries, notice.lease_until = State.PLANNED, now, 0, None
    notice.save()
    audit.record("notice.resend", by=viewer, subject=notice, now=now)
    feed.changed(clinic_id=notice.clinic_id, now=now)
    return notice


@transaction.atomic
def told_otherwise(*, notice_id: UUID, fence: int, viewer: Viewer, now: datetime) -> Notice:
    """Write down that staff told the person another way, so the notice needs nothing more.

    Raises Stale when it was tried again since.
    """
    notice = _for_staff(notice_id, fence, viewer, already=State.SENT)
    if notice.state == State.SENT:
        return notice
    _attempt(notice, Outcome.ACCEPTED, "told-otherwise", now, channel="person")
    notice.state, notice.sent_at, notice.lease_until = State.SENT, now, None
    notice.save()
    audit.record("notice.told", by=viewer, subject=notice, now=now)
    feed.changed(clinic_id=notice.clinic_id, now=now)
    return notice


def _for_staff(notice_id: UUID, fence: int, viewer: Viewer, *, already: str) -> Notice:
    """Lock a notice a human decides about. Raises Notice.DoesNotExist, Stale or Refused.

    already: the state it is in when the same form is sent twice.
    """
    notice = Notice.objects.visible_to(viewer).select_for_update(of=("self",)).get(id=notice_id)
    if notice.fence != fence:
        raise Stale
    if notice.state not in (*Notice.OPEN_TO_STAFF, already):
        raise Refused(_("Someone has seen to this message meanwhile. Nothing was changed."))
    return notice


def _link(notice: Notice, now: datetime) -> str | None:
    """Return the address a message holds; None when what it would open is over.

    The link of an invitation is made anew for each try and kept nowhere.
    """
    if texts.MESSAGES[notice.words].audience is texts.Audience.INVITED:
        invitation = UUID(notice.values["invitation"])
        return invitations.link(invitation_id=invitation, email=notice.to_email, now=now)
    return texts.link(notice)


def _begin(notice: Notice, address: str, subject: str, body: str, now: datetime) -> Letter:
    notice.state = State.SENDING
    notice.fence += 1
    notice.tries += 1
    notice.lease_until = now + LEASE
    notice.save()
    _attempt(notice, Outcome.STARTED, "", now)
    return Letter(notice.id, notice.fence, address, subject, body)


def _drop(notice: Notice, reason: str, now: datetime) -> None:
    """Give a notice up before it is tried, and say why."""
    _attempt(notice, Outcome.REFUSED, reason, now)
    _settle(notice, Outcome.REFUSED, lasting=True, now=now)


def _settle(notice: Notice, outcome: str, *, lasting: bool, now: datetime) -> None:
    """Move a notice on after a try, and tell the pages of its clinic if one shows it."""
    notice.lease_until = None
    if outcome == Outcome.ACCEPTED:
        notice.state, notice.sent_at = State.SENT, now
    elif outcome == Outcome.REFUSED and lasting:
        notice.state = State.NOT_REACHED
        _tell_lead(notice, now)
    elif outcome == Outcome.UNKNOWN and not notice.urgent:
        notice.state = State.UNKNOWN  # a second copy would do harm; silence is seen by staff
    else:
        notice.state, notice.lease_until = State.PLANNED, min(now + _rest(notice), _best_before(notice))
    notice.save()
    if notice.urgent or notice.state in Notice.OPEN_TO_STAFF:  # no page waits for the others
        feed.changed(clinic_id=notice.clinic_id, now=now)


def _tell_lead(notice: Notice, now: datetime) -> None:
    """Tell the clinic's lead of an urgent message to staff that came back: someone may be waiting."""
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


def _best_before(notice: Notice) -> datetime:
    """Return until when a notice is worth sending."""
    return notice.due_at + texts.MESSAGES[notice.words].good_for


def _rest(notice: Notice) -> timedelta:
    """Return how long a notice is left alone after a failed try: twice as long each time."""
    first, longest = URGENT_REST if notice.urgent else REST
    return min(first * 2 ** min(notice.tries - 1, 10), longest)


def _attempt(
    notice: Notice,
    outcome: str,
    reason: str,
    now: datetime,
    *,
    fence: int | None = None,
    channel: str = "email",
) -> None:
    Attempt.objects.create(
        notice=notice, channel=channel, outcome=outcome, reason=reason, at=now,
        fence=notice.fence if fence is None else fence,
    )  # fmt: skip
