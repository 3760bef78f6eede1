"""What must stay gone: revocations and erasures, written down outside the database and its backups.

A restored backup knows nothing of what was taken back after it was made. Each line of this file says so:
`{"at": ..., "kind": "circle-revoked", "id": ...}`. It is only ever added to.
"""

import json
import os
from collections import Counter
from collections.abc import Callable
from datetime import datetime
from functools import partial
from uuid import UUID, uuid5

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils.module_loading import import_string

from luna.people import access, sharing
from luna.people.models import CircleMember, Clinician, ContactChange, Invitation, Key, Token, User


def record(kind: str, id_: UUID, at: datetime) -> None:
    """Write down that a thing is gone, before the change is committed.

    kind: a key of KINDS. It is on the disk when this returns. Should the change then fail, a later restore
    takes away what nobody wanted gone, which can be mended; the reverse could not.
    """
    if kind not in KINDS:
        raise ValueError(f"No kind of tombstone {kind!r}. There are: {', '.join(KINDS)}.")
    line = json.dumps({"at": at.isoformat(), "kind": kind, "id": str(id_)})
    settings.LUNA_TOMBSTONES.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle = os.open(settings.LUNA_TOMBSTONES, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        os.write(handle, f"{line}\n".encode())
        os.fsync(handle)
    finally:
        os.close(handle)


@transaction.atomic
def replay() -> Counter[str]:
    """Take away again whatever the file says is gone; return how many of each kind that changed."""
    changed: Counter[str] = Counter()
    if settings.LUNA_TOMBSTONES.exists():
        for number, line in enumerate(settings.LUNA_TOMBSTONES.read_text().splitlines(), start=1):
            kind, id_, at = _read(line, number)
            changed[kind] += KINDS[kind](id_, at)
    return +changed


def pin_id(user: User) -> UUID:
    """Return the id a person's present PIN is known by here. It is made from the hash, and tells no digit."""
    return uuid5(user.id, user.pin)


def method_id(method: Authenticator) -> UUID:
    """Return the id a passkey, an authenticator app or a set of recovery codes is known by here."""
    return UUID(int=method.pk)


def role_id(clinician_id: UUID, role: str) -> UUID:
    """Return the id one role of a member of staff is known by here."""
    return uuid5(clinician_id, role)


def _read(line: str, number: int) -> tuple[str, UUID, datetime]:
    try:
        fields = json.loads(line)
        kind, id_, at = fields["kind"], UUID(fields["id"]), datetime.fromisoformat(fields["at"])
    except (ValueError, KeyError, TypeError):
        kind = ""
    if kind not in KINDS:
        raise ValueError(
            f"{settings.LUNA_TOMBSTONES}, line {number}, is not a tombstone. "
            "Restore nothing before it is understood: what it stood for would come back."
        )
    return kind, id_, at


def _revoke_member(id_: UUID, at: datetime) -> int:
    active = CircleMember.objects.filter(id=id_, state=CircleMember.State.ACTIVE)
    return active.update(state=CircleMember.State.REVOKED, until=at)


def _narrow(kind: str, id_: UUID, at: datetime) -> int:
    # Whoever was let see it again afterwards keeps it: the backup knew of this.
    before = Q(shared_at__isnull=True) | Q(shared_at__lte=at)
    row = CircleMember.objects.filter(before, id=id_).first()
    if row is None or kind not in row.kinds:
        return 0
    kinds = [one for one in row.kinds if one != kind]
    return CircleMember.objects.filter(id=id_).update(kinds=kinds)


def _keep_no_longer(id_: UUID, at: datetime) -> int:
    return CircleMember.objects.filter(id=id_, kept_at__lte=at).update(kept_at=None)


def _destroy_key(id_: UUID, at: datetime) -> int:
    return Key.objects.filter(id=id_, destroyed_at=None).update(wrapped=None, destroyed_at=at)


def _revoke_token(id_: UUID, at: datetime) -> int:
    return Token.objects.filter(id=id_, revoked_at=None).update(revoked_at=at)


def _end_staff(id_: UUID, at: datetime) -> int:
    # Whoever was added again afterwards stays.
    return Clinician.objects.filter(id=id_, active=True, since__lte=at).update(active=False)


def _take_role(id_: UUID, at: datetime) -> int:
    # Whose roles were changed again afterwards keeps them: the backup knew of this.
    for clinician in Clinician.objects.filter(since__lte=at):
        kept = [role for role in clinician.roles if role_id(clinician.id, role) != id_]
        if kept != clinician.roles:
            return Clinician.objects.filter(id=clinician.id).update(roles=kept)
    return 0


def _end_invitation(id_: UUID, at: datetime) -> int:
    waiting = Invitation.objects.filter(id=id_, state=Invitation.State.PENDING)
    return waiting.update(state=Invitation.State.CANCELLED, answered_at=at, chase_at=None, wanted_email="")


def _forget_pin(id_: UUID, at: datetime) -> int:
    found = [user.pk for user in User.objects.exclude(pin="") if pin_id(user) == id_]
    return User.objects.filter(pk__in=found).update(pin="", set_up_until=at)


def _remove_method(id_: UUID, at: datetime) -> int:
    # Numbers are given again after a restore: a newer method with this one stays.
    return Authenticator.objects.filter(pk=id_.int, created_at__lte=at).delete()[0]


def _put_address_back(id_: UUID, at: datetime) -> int:
    change = ContactChange.objects.filter(id=id_, undone_at=None).first()
    if change is None or User.objects.filter(email__iexact=change.old_email).exists():
        return 0
    change.put_back(at)
    return 1


def _elsewhere(kind: str, id_: UUID, at: datetime) -> int:
    return int(import_string(settings.LUNA_GONE_AGAIN[kind])(id_, at))


KINDS: dict[str, Callable[[UUID, datetime], int]] = {
    "address-undone": _put_address_back,
    "circle-revoked": _revoke_member,
    "invitation-ended": _end_invitation,
    "key-destroyed": _destroy_key,
    "method-removed": _remove_method,
    **{f"narrowed-{kind}": partial(_narrow, kind) for kind in access.SHAREABLE},
    f"narrowed-{sharing.KEPT}": _keep_no_longer,
    **{kind: partial(_elsewhere, kind) for kind in settings.LUNA_GONE_AGAIN},
    "pin-forgotten": _forget_pin,
    "role-taken": _take_role,
    "staff-ended": _end_staff,
    "token-revoked": _revoke_token,
}
