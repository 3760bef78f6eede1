"""Change the address a person signs in with, and take that back.

Whoever holds an unlocked phone and its mailbox must not be able to take an account over: the old
address and the clinic are told at once, and the old address can undo it for 72 hours.
"""

import logging
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from allauth.mfa.models import Authenticator
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from luna.audit import actions as audit
from luna.people import access, mails, plans, tokens, tombstones
from luna.people.actions import identity
from luna.people.errors import Impaired, Refused
from luna.people.models import CircleMember, Clinician, ContactChange, Patient, Token, User

log = logging.getLogger(__name__)

UNDO = timedelta(hours=72)
IN_HAND = timedelta(minutes=5)  # longer than telling takes: whoever began it is gone
WAITED_FOR = timedelta(hours=1)  # after that, whoever asked has seen that it was not done

UNREACHED = _("We could not send the mail about this change, so nothing was changed. Try again in a minute.")
TAKEN = _("This address cannot be used. Give another one, or call your clinic.")


def may_use(email: str, *, user: User) -> bool:
    """Say whether nobody else signs in with this address."""
    return not User.objects.filter(email__iexact=email).exclude(pk=user.pk).exists()


def change_email(user: User, email: str, *, now: datetime) -> ContactChange:
    """Change the address a person signs in with; tell the old one and their clinics; return the change.

    The page made sure that they are who they say and read the new address. They are told before it
    is changed, so that no crash leaves a change nobody knows of; `resume` ends what a crash cut off. The
    link sent to the old address takes it back for 72 hours. Raises Refused when the address is
    somebody else's, when nobody could be told, and after an infusion: then nothing is changed.
    """
    change = _begin(user, email.lower(), now)
    _complete(change, now)
    user.email = change.new_email
    return change


def resume(now: datetime) -> int:
    """Tell of the changes that a crash cut off before anybody was told, and make them; return how many.

    One that cannot be told of is given up, and so is one whose owner waits no more, or may not change it now.
    """
    cut_off = list(_pending().filter(at__lte=now - IN_HAND).select_related("user"))
    for change in cut_off:
        if change.at <= now - WAITED_FOR:
            _give_up(change, now)
            continue
        try:
            _complete(change, now)
        except Refused:
            log.warning("A change of address was given up", extra={"change": str(change.id)})
    return len(cut_off)


def undoable(users: Iterable[UUID], *, now: datetime) -> dict[UUID, ContactChange]:
    """Return the first change of each of these users that can still be undone: it undoes later ones too."""
    rows = ContactChange.objects.filter(
        user__in=users, told_at__isnull=False, undone_at=None, undo_until__gt=now
    )
    return {row.user_id: row for row in rows.order_by("-at")}


def undo_for(change: ContactChange, *, patient: Patient | None, by: access.Viewer, now: datetime) -> None:
    """Do as `undo_email` for somebody who told the clinic that it was not them.

    Only for the clinic, after two identifiers: the link may be lost, and a restore voids it.
    patient: in whose chart it is done; None for a colleague. Raises Refused also for somebody who is
    not with the viewer's clinic, and when it can no longer be undone.
    """
    identity.check_is_ours(change.user, by)
    if undoable([change.user_id], now=now).get(change.user_id) != change:
        raise Refused(_("This change can no longer be undone. Nothing was changed."))
    undo_email(change, by=[(by, patient.id if patient else None)], now=now)


def undo_email(
    change: ContactChange,
    *,
    by: Iterable[tuple[audit.Actor | access.Viewer, UUID | None]] | None = None,
    now: datetime,
) -> None:
    """Put the old address back, with all that somebody else may have done since.

    by: who does it, and the patient concerned; None: the person, by the link.

    Every device is signed out; the PIN and the methods added since are forgotten; later changes
    and their links are void. Raises Refused when the old address is somebody else's by now.
    """
    try:
        with transaction.atomic():
            _take_back(change, by, now)
            tombstones.record("address-undone", change.id, now)
            user = User.objects.get(pk=change.user_id)
            with identity.forgetting(user, now):
                Authenticator.objects.filter(user=user, created_at__gte=change.at).delete()
                user.pin = ""
                user.save(update_fields=["pin"])
            identity.end_sessions(user)
    except IntegrityError:
        raise Refused(_("Your old address is used by another account now. Call your clinic.")) from None
    for address in (change.old_email, change.new_email):
        try:
            mails.address_put_back(address)
        except OSError:
            # It is put back whether or not anybody can be told, and who did it sees so.
            log.exception("Nobody could be told that an address was put back")


def was_taken_over(user: User, at: datetime) -> bool:
    """Say whether somebody else may have had the account then: an address it had was put back since."""
    undone = ContactChange.objects.filter(user=user, told_at__isnull=False, undone_at__gte=at)
    return undone.filter(at__lte=at).exists()


def change_of(secret: str, *, now: datetime) -> ContactChange | None:
    """Return the change of address that an undo link belongs to, or None."""
    token = tokens.find(Token.Purpose.UNDO_CONTACT, secret, now)
    return ContactChange.objects.filter(pk=token.subject_id, undone_at=None).first() if token else None


def _pending() -> QuerySet[ContactChange]:
    return ContactChange.objects.filter(told_at=None, undone_at=None)


@transaction.atomic
def _begin(user: User, email: str, now: datetime) -> ContactChange:
    """Write down what is to be changed. One that was cut off before is given up for it."""
    plans.check_person_may_sign(user, now)
    locked = User.objects.select_for_update().get(pk=user.pk)
    if not may_use(email, user=locked):
        raise Refused(TAKEN, "email")
    for earlier in _pending().filter(user=locked):
        _give_up(earlier, now)
    return ContactChange.objects.create(
        user=locked, old_email=locked.email, new_email=email, at=now, undo_until=now + UNDO
    )


def _complete(change: ContactChange, now: datetime) -> None:
    """Tell the old address and the clinics, then change it. Raises Refused, and then it is given up.

    An infusion may have started since it was begun, and while it is told of: both times it is asked again.
    """
    try:
        plans.check_page_may_sign(change.user, now)
        _tell(change, now)
        _move(change, now)
    except Impaired:
        _give_up(change, now)
        raise
    except OSError:
        _give_up(change, now)
        raise Refused(UNREACHED, "email") from None
    except IntegrityError:
        _give_up(change, now)
        raise Refused(TAKEN, "email") from None


def _tell(change: ContactChange, now: datetime) -> None:
    """Tell the old address and the clinics of a change, and how to undo it. Raises OSError."""
    _token, secret = tokens.make(
        Token.Purpose.UNDO_CONTACT,
        clinic_id=None,
        subject_id=change.id,
        expires_at=change.undo_until,
        now=now,
    )
    mails.address_changed(change, secret)
    for clinic, page in clinics(change.user):
        mails.address_changed_for_clinic(clinic.lead_email, page)


@transaction.atomic
def _move(change: ContactChange, now: datetime) -> None:
    """Change the address, unless it was changed or taken back meanwhile. Raises Impaired."""
    plans.check_person_may_sign(change.user, now)
    user = User.objects.select_for_update().get(pk=change.user_id)
    if not _pending().filter(pk=change.pk).update(told_at=now):
        return
    user.move_to(change.new_email)
    for by, page in acting(user):
        audit.record(
            "contact.change",
            by=by,
            subject=change,
            now=now,
            patient_id=page,
            payload={"email": change.new_email},
        )


@transaction.atomic
def _give_up(change: ContactChange, now: datetime) -> None:
    if _pending().filter(pk=change.pk).update(undone_at=now):
        tokens.revoke(Token.Purpose.UNDO_CONTACT, subject_id=change.id, now=now)


@transaction.atomic
def _take_back(
    change: ContactChange,
    by: Iterable[tuple[audit.Actor | access.Viewer, UUID | None]] | None,
    now: datetime,
) -> None:
    """Put the address back as it was before `change`, and void what came after it."""
    user = User.objects.select_for_update().get(pk=change.user_id)
    for each in ContactChange.objects.filter(user=user, at__gte=change.at, undone_at=None):
        tokens.revoke(Token.Purpose.UNDO_CONTACT, subject_id=each.id, now=now)
    change.put_back(now)
    for actor, page in by or acting(user):
        audit.record("contact.undo", by=actor, subject=change, now=now, patient_id=page)


def clinics(user: User) -> Iterator[tuple[Any, str]]:
    """Yield each clinic a person has to do with, once, and the page that shows them there."""
    seen: set[UUID] = set()
    for clinic, page in (
        *((row.clinic, f"/clinic/patients/{row.id}") for row in _patients(user)),
        *((row.clinic, f"/clinic/patients/{row.patient_id}") for row in _circles(user)),
        *((row.clinic, "/clinic/staff") for row in _roles(user)),
    ):
        if clinic.id not in seen:
            seen.add(clinic.id)
            yield clinic, page


def acting(user: User) -> Iterator[tuple[audit.Actor, UUID | None]]:
    """Yield a person in each of their capacities, and the patient concerned."""
    for row in _patients(user):
        yield audit.Actor(row.clinic_id, "patient", user.id), row.id
    for row in _circles(user):
        yield audit.Actor(row.clinic_id, row.role, user.id), row.patient_id
    for row in _roles(user):
        yield audit.Actor(row.clinic_id, "staff", user.id), None


def _patients(user: User) -> Any:
    return Patient.objects.filter(user=user).select_related("clinic")


def _circles(user: User) -> Any:
    return CircleMember.objects.filter(user=user, state=CircleMember.State.ACTIVE).select_related("clinic")


def _roles(user: User) -> Any:
    return Clinician.objects.filter(user=user, active=True).select_related("clinic")
