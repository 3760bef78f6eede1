"""How a person wants to be reached: their number, what they agree to, the order, and quiet hours.

Each widening asks `people.plans` first, since nobody changes a contact under the effect of an infusion;
what narrows (fewer ways, no number, STOP) never asks. Their address, the number they had and their clinics
are told of another number, or none, and a link there takes it back for 72 hours.
"""

import logging
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, time
from uuid import UUID, uuid5

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import translation
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from luna.audit import actions as audit
from luna.clinical import reaching
from luna.feed import actions as feed
from luna.notices.channels import EMAIL, REF, ChannelError, sms
from luna.notices.models import NumberChange, Reach, StoppedNumber, TextReply
from luna.people import mails, plans, tokens, tombstones
from luna.people.access import Viewer
from luna.people.actions import address, identity
from luna.people.errors import Impaired, Refused, Stale
from luna.people.models import CircleMember, Patient, Token, User

log = logging.getLogger(__name__)

PERSON = "person"  # as what somebody acts on their own account, or none
UNDO = Token.Purpose.UNDO_NUMBER
OLD = ("mobile", "mobile_at", "sms_at", "voice_at", "stopped_at")  # what a change keeps of the row before


def of(user: User) -> Reach:
    """Return how somebody is reached; an unsaved row when they never said anything."""
    return Reach.objects.filter(user_id=user.pk).first() or Reach(user_id=user.pk)


def addresses(email: str, phone: str) -> dict[str, str]:
    """Return channel -> where it reaches somebody who has no account, as they were named. As `of_named`."""
    return of_named([(email, phone)])[0]


def of_named(named: Sequence[tuple[str, str]]) -> list[dict[str, str]]:
    """Return channel -> where it reaches each of those who have no account. At most three queries for all.

    named: the address and the number of each, "" where none was given. Nobody is rung, or written to on a
    number that answered STOP.
    """
    numbers = {phone for _email, phone in named if phone}
    texts = numbers - stopped_among(numbers) if numbers and sms.is_there() else set()
    ways = [((EMAIL, email), (sms.Sms.name, phone if phone in texts else "")) for email, phone in named]
    return [{name: to for name, to in each if to} for each in ways]


def stopped_among(numbers: Collection[str]) -> set[str]:
    """Return which numbers answered STOP, and nothing since that takes it back. At most two queries."""
    if not numbers:
        return set()
    digests = {_digest(number): number for number in numbers}
    here = StoppedNumber.objects.filter(digest__in=digests, stopped_at__isnull=False)
    theirs = Reach.objects.filter(mobile__in=numbers, stopped_at__isnull=False)
    found = {digests[one] for one in here.values_list("digest", flat=True)}
    return found | set(theirs.values_list("mobile", flat=True))


def quiet_around(patient: Patient) -> list[Reach]:
    """Return how those are reached who keep quiet hours, of a patient, their circle and their clinic's staff.

    One query.
    """
    theirs = Q(user__patients=patient)
    circle = Q(user__circles__patient=patient, user__circles__state=CircleMember.State.ACTIVE)
    staff = Q(user__clinician_roles__clinic=patient.clinic_id, user__clinician_roles__active=True)
    rows = Reach.objects.filter(theirs | circle | staff, quiet_from__isnull=False)
    return list(rows.select_related("user").distinct())


def silent_until(users: Collection[UUID], now: datetime, *, zone: str) -> dict[UUID, datetime]:
    """Return user -> when the quiet hours end that they keep now; who keeps none now is left out. One query.

    What can wait leaves then at the earliest. zone: the clock (IANA) of who named none of their own.
    """
    rows = Reach.objects.filter(user__in=users, quiet_from__isnull=False).select_related("user")
    found = {
        row.user_id: reaching.quiet_until(
            now, begins=row.quiet_from, ends=row.quiet_to, zone=row.user.zone or zone
        )
        for row in rows
    }
    return {user_id: at for user_id, at in found.items() if at is not None}


def set_number(user: User, mobile: str, *, voice: bool, now: datetime) -> None:
    """Write to this number from now on, and call it if they agreed to that too.

    The page made sure that they are who they say, and that they read what is sent there. Their address
    and clinics are told first, so that no crash leaves a change nobody knows of. Raises Impaired, and
    OSError when nobody could be told: then nothing is changed.
    """
    plans.check_page_may_sign(user, now)
    with _changing(user, mobile, now) as (change, link):
        _tell(user, link)
        with transaction.atomic():
            plans.check_person_may_sign(user, now)
            row = _locked(user)
            _made(change, row, now)
            row.mobile, row.mobile_at, row.stopped_at = mobile, now, None
            row.sms_at, row.voice_at = now, now if voice else None
            _save(row)
            _note("reach.number", row, now)
    _tell_old_number(change, link)


def forget_number(user: User, *, now: datetime) -> bool:
    """Take the number away: but for word of that, nothing is sent to it any more. Always possible.

    Return whether the number was told.
    """
    if not of(user).mobile:
        return False
    with _changing(user, "", now) as (change, link):
        try:
            _tell(user, link)
        except OSError:
            # It is taken away whether or not the mail about it goes out; the old number is told too.
            log.exception("Nobody could be told that a number was taken away")
        with transaction.atomic():
            row = _locked(user)
            _made(change, row, now)
            _clear(row, now)
            _note("reach.forget", row, now)
    return _tell_old_number(change, link)


@transaction.atomic
def reset(*, user: User, by: Viewer, now: datetime) -> None:
    """Take the number away that may be somebody else's, and what would put one back.

    One of settings.LUNA_WHEN_RESET.
    """
    row = _locked(user)
    for change in NumberChange.objects.filter(user=user, undone_at=None):
        _give_up(change, now, was_reset=True)
    if not row.mobile:
        return
    _clear(row, now)
    audit.record("reach.forget", by=by, subject=row, now=now)


def link_of(secret: str) -> UUID | None:
    """Return the id of an undo link, also of one that works no more; None for what is no link."""
    token = tokens.known(UNDO, secret)
    return token.id if token else None


def change_of(link_id: UUID, now: datetime) -> NumberChange | None:
    """Return the change that a link of `link_of` can still undo; None once it was used, revoked or is old."""
    token = tokens.live(UNDO, now).filter(id=link_id).first()
    if token is None:
        return None
    change = NumberChange.objects.select_related("user").filter(id=token.subject_id).first()
    return change if change and change.is_undoable(now) else None


def was_undone(link_id: UUID, now: datetime) -> bool:
    """Say whether what a link of `link_of` is for was put back already, while the link would still work."""
    token = tokens.known_by_id(UNDO, link_id)
    rows = NumberChange.objects.filter(made_at__isnull=False, undone_at__isnull=False, was_reset=False)
    return token is not None and rows.filter(id=token.subject_id, undo_until__gt=now).exists()


def undo(change: NumberChange, *, now: datetime) -> Impaired | None:
    """Put back what stood before a change and those after it; return why some of it has to wait.

    Every device is signed out, so that codes under way are void. After an infusion only what was added is
    taken away, once, and the link goes on working. Raises Refused when it can no longer be undone.
    """
    with transaction.atomic():
        is_done, waits = _put_back(change, now)
        if is_done:
            identity.end_sessions(User.objects.get(pk=change.user_id))
    if not is_done:
        return waits
    try:
        mails.number_put_back(change.user, waits=waits is not None)
        for clinic, page in address.clinics(change.user):
            mails.number_changed_for_clinic(clinic.lead_email, page)
    except OSError:
        # It is put back whether or not anybody can be told, and who did it sees so.
        log.exception("Nobody could be told that a number was put back")
    return waits


@transaction.atomic
def choose(
    user: User,
    *,
    sms: bool,
    voice: bool,
    order: Sequence[str],
    quiet: tuple[time, time] | None,
    version: int,
    now: datetime,
) -> Reach:
    """Say which ways may be used, in which order, and when to be left in peace.

    Raises Stale when it was changed elsewhere meanwhile, and Impaired where somebody would agree to more,
    or to another order, under the effect of an infusion.
    """
    _hold_patients(user)
    row = _locked(user)
    is_on = row.sms_at is not None and row.stopped_at is None
    widens = (sms and not is_on) or (voice and row.voice_at is None)
    there = {*order, reaching.SILENT}  # everybody has an address
    is_other = reaching.order(row.order, there, urgent=True) != reaching.order(order, there, urgent=True)
    if widens or is_other:
        plans.check_person_may_sign(user, now)
    if row.version != version:
        raise Stale
    if bool(sms) != is_on:
        row.sms_at, row.stopped_at = (now if sms else None), None
    if bool(voice) != (row.voice_at is not None):
        row.voice_at = now if voice else None
    row.order = list(order)
    row.quiet_from, row.quiet_to = quiet or (None, None)
    _save(row)
    _note("reach.change", row, now)
    return row


@transaction.atomic
def stop(number: str, *, ref: str = "", now: datetime) -> int:
    """End text messages to a number that answered STOP, whoever uses it; return for how many accounts.

    It holds for whoever is named by it alone too. ref: the provider's id of that answer. Heard again, it ends
    nothing that was agreed to since.
    """
    if not _is_new(ref, now):
        return 0
    _stop_number(number, now)
    rows = Reach.objects.select_for_update(of=("self",)).filter(mobile=number, stopped_at=None)
    found = list(rows.exclude(mobile="").select_related("user"))
    for row in found:
        row.stopped_at = now
        _save(row)
        _note("reach.stop", row, now)
    return len(found)


@transaction.atomic
def start(number: str, *, ref: str = "", now: datetime) -> None:
    """Let whoever is named by a number alone have text messages again: it answered START.

    Who has an account agrees again there. ref: the provider's id of that answer. Heard again, it takes back
    no STOP that came since.
    """
    if not _is_new(ref, now):
        return
    row = StoppedNumber.objects.select_for_update().filter(digest=_digest(number)).first()
    if row is not None and row.stopped_at is not None:
        row.stopped_at = None
        row.save()
        audit.record("reach.start", by=audit.Actor(None, PERSON), subject=row, now=now)


def _is_new(ref: str, now: datetime) -> bool:
    """Say whether an answer was not heard before, and remember it. One without an id is always new."""
    return not ref or TextReply.objects.get_or_create(ref=ref[:REF], defaults={"at": now})[1]


def _stop_number(number: str, now: datetime) -> None:
    """Note that a number answered STOP; of a number that has, it changes nothing."""
    if not number:
        return
    digest = _digest(number)
    StoppedNumber.objects.get_or_create(digest=digest)
    row = StoppedNumber.objects.select_for_update().get(digest=digest)
    if row.stopped_at is None:
        row.stopped_at = now
        row.save()
        audit.record("reach.stop", by=audit.Actor(None, PERSON), subject=row, now=now)


def _digest(number: str) -> str:
    return salted_hmac("luna.notices.reach.number", number, algorithm="sha256").hexdigest()


@contextmanager
def _changing(user: User, mobile: str, now: datetime) -> Iterator[tuple[NumberChange, str]]:
    """Write down a change that is about to be made, and give the link that undoes it.

    One that is refused, or cannot be told of, is given up.
    """
    until = now + address.UNDO
    change = NumberChange.objects.create(user=user, new_mobile=mobile, at=now, undo_until=until)
    _token, secret = tokens.make(UNDO, clinic_id=None, subject_id=change.id, expires_at=until, now=now)
    try:
        yield change, f"{settings.LUNA_BASE_URL}/u/{secret}"
    except (OSError, Refused):
        _give_up(change, now)
        raise


def _made(change: NumberChange, row: Reach, now: datetime) -> None:
    """Note that a change is made, and what stood before it."""
    for name in OLD:
        setattr(change, f"old_{name}", getattr(row, name))
    change.made_at = now
    change.save()


@transaction.atomic
def _give_up(change: NumberChange, now: datetime, *, was_reset: bool = False) -> None:
    tokens.revoke(UNDO, subject_id=change.id, now=now)
    NumberChange.objects.filter(pk=change.pk).update(undone_at=now, was_reset=was_reset)


def _put_back(change: NumberChange, now: datetime) -> tuple[bool, Impaired | None]:
    """Put back what may be; return whether anything was changed, and why the rest has to wait."""
    waits = _why_wait(change, now)  # it holds the patient's row: before the user's, as everywhere
    row = _locked(change.user)
    change.refresh_from_db()
    if not change.is_undoable(now):
        raise Refused(_("This change can no longer be undone. Nothing was changed."))
    is_done = waits is None or bool(row.mobile)
    if waits is None:
        _as_before(change, row, now)
        tombstones.record("number-undone", change.id, now)
        _note("reach.undo", row, now)
    elif row.mobile:
        _clear(row, now)
        _note("reach.forget", row, now)
    return is_done, waits


def _as_before(change: NumberChange, row: Reach, now: datetime) -> None:
    """Write down what stood before a change; it and those after it count no more."""
    for name in OLD:
        setattr(row, name, getattr(change, f"old_{name}"))
    _save(row)
    for each in NumberChange.objects.filter(user=change.user_id, at__gte=change.at, undone_at=None):
        _give_up(each, now)


def undone_again(change_id: UUID, at: datetime) -> int:
    """Put back once more, after a restore, what stood before a change that was undone then.

    One of settings.LUNA_GONE_AGAIN.
    """
    change = NumberChange.objects.filter(id=change_id, made_at__isnull=False, undone_at=None).first()
    if change is None:
        return 0
    _as_before(change, _locked(change.user), at)
    return 1


def gone_again(gone_id: UUID, at: datetime) -> int:
    """Take a number away once more, after a restore; one that was put back since then stays.

    One of settings.LUNA_GONE_AGAIN.
    """
    kept = NumberChange.objects.filter(user=OuterRef("user"), undone_at__gte=at, was_reset=False)
    rows = Reach.objects.filter(~Exists(kept), mobile_at__lte=at).exclude(mobile="")
    found = [row for row in rows if _gone_id(row) == gone_id]
    for row in found:
        _forget(row)
    return len(found)


def _gone_id(row: Reach) -> UUID:
    """Return what a number is known by once it is gone: made from when it was given, it tells no digit."""
    return uuid5(row.id, row.mobile_at.isoformat() if row.mobile_at else "")


def _why_wait(change: NumberChange, now: datetime) -> Impaired | None:
    """Return why a number cannot be given again now; taking one away never waits."""
    if not change.old_mobile:
        return None
    try:
        plans.check_person_may_sign(change.user, now)
    except Impaired as impaired:
        return impaired
    return None


def _tell(user: User, link: str) -> None:
    """Tell a person and their clinics that the number is another one, or none. Raises OSError."""
    mails.number_changed(user, link)
    for clinic, page in address.clinics(user):
        mails.number_changed_for_clinic(clinic.lead_email, page)


def _tell_old_number(change: NumberChange, link: str) -> bool:
    """Tell the number they had, where they agreed to be written to; return whether it was."""
    old = Reach(user=change.user, **{name: getattr(change, f"old_{name}") for name in OLD})
    if change.old_mobile == change.new_mobile or not sms.Sms.address(change.user, old):
        return False
    try:
        with translation.override(change.user.language):
            sms.number_changed(old.mobile, link)
    except ChannelError as error:
        log.warning("An old number was not told", extra={"change": str(change.id), "why": error.reason})
        return False
    return True


def _hold_patients(user: User) -> None:
    """Hold what may be asked of a person's infusions, before the person: in this order everywhere."""
    list(Patient.objects.select_for_update(of=("self",), no_key=True).filter(user=user).order_by("id"))


def _locked(user: User) -> Reach:
    """Return the row, made at the first call, held until the end of the transaction."""
    User.objects.select_for_update().get(pk=user.pk)
    return Reach.objects.select_for_update(of=("self",)).get_or_create(user_id=user.pk)[0]


def _clear(row: Reach, now: datetime) -> None:
    """Take a number away, also from what a backup would bring back."""
    tombstones.record("number-gone", _gone_id(row), now)
    _forget(row)


def _forget(row: Reach) -> None:
    row.mobile, row.mobile_at, row.sms_at, row.voice_at, row.stopped_at = "", None, None, None, None
    _save(row)


def _save(row: Reach) -> None:
    row.version += 1
    row.save()


def _note(verb: str, row: Reach, now: datetime) -> None:
    """Write it into the audit, as whatever the person acts, and show it on their clinics' pages."""
    acting = list(address.acting(row.user)) or [(audit.Actor(None, PERSON, row.user_id), None)]
    for by, page in acting:
        audit.record(verb, by=by, subject=row, now=now, patient_id=page)
    for clinic_id in sorted({by.clinic_id for by, _page in acting if by.clinic_id}):  # as the ledger does
        feed.changed(clinic_id=clinic_id, now=now)
