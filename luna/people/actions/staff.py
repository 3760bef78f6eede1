"""Who works at a clinic, and as what."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from luna.audit import actions as audit
from luna.feed import actions as feed
from luna.people import access, tombstones
from luna.people.actions import identity
from luna.people.errors import Refused, Stale
from luna.people.models import Clinic, Clinician

ADMIN = Clinician.Role.ADMIN


@transaction.atomic
def add(
    *, email: str, name: str, title: str, roles: Iterable[str], by: access.Viewer, now: datetime
) -> Clinician:
    """Make somebody staff of the clinic, by their address; a message tells them how to sign in.

    Raises Refused when they are staff already.
    """
    Clinic.objects.select_for_update().get(pk=by.clinic_id)
    user = identity.account(email, name=name, now=now)
    clinician = Clinician.objects.filter(clinic_id=by.clinic_id, user=user).first()
    if clinician is None:
        clinician = Clinician(clinic_id=by.clinic_id, user=user, version=0)
    elif clinician.active:
        raise Refused(_("This person is on your staff already. Change their roles instead."), "email")
    clinician.roles, clinician.title = sorted(roles), title
    clinician.active, clinician.since, clinician.to_tell = True, now, True
    clinician.version += 1
    clinician.save()
    _note("staff.add", clinician, by=by, now=now, payload={"roles": clinician.roles})
    return clinician


@transaction.atomic
def change(
    *,
    clinician: Clinician,
    title: str,
    roles: Iterable[str],
    version: int,
    by: access.Viewer,
    now: datetime,
) -> Clinician:
    """Change what a member of staff may do; a later restore will not bring back what was taken from them.

    Raises Stale when someone else did meanwhile, Refused when no administrator would be left.
    """
    clinician = _locked(clinician)
    if clinician.version != version:
        raise Stale
    if ADMIN not in roles:
        _must_leave_an_admin(clinician)
    for role in sorted(set(clinician.roles) - set(roles)):
        tombstones.record("role-taken", tombstones.role_id(clinician.id, role), now)
    if sorted(clinician.roles) != sorted(roles):
        clinician.since = now
    clinician.roles, clinician.title = sorted(roles), title
    clinician.version += 1
    clinician.save(update_fields=["roles", "title", "since", "version"])
    _note("staff.change", clinician, by=by, now=now, payload={"roles": clinician.roles})
    return clinician


@transaction.atomic
def deactivate(*, clinician: Clinician, by: access.Viewer, now: datetime) -> None:
    """End somebody's place on the staff at once; a later restore will not bring it back. Twice is once.

    Raises Refused when no administrator would be left.
    """
    clinician = _locked(clinician)
    if not clinician.active:
        return
    _must_leave_an_admin(clinician)
    tombstones.record("staff-ended", clinician.id, now)
    clinician.active, clinician.to_tell = False, False
    clinician.version += 1
    clinician.save(update_fields=["active", "to_tell", "version"])
    _note("staff.deactivate", clinician, by=by, now=now, payload={})


def told(clinician: Clinician) -> None:
    """Note that the ledger holds the message that somebody was added. In the transaction that wrote it."""
    Clinician.objects.filter(pk=clinician.pk).update(to_tell=False)


def _locked(clinician: Clinician) -> Clinician:
    """Hold the clinic, which owns its staff, and read the row again."""
    Clinic.objects.select_for_update().get(pk=clinician.clinic_id)
    return Clinician.objects.select_related("user").get(pk=clinician.pk)


def _must_leave_an_admin(clinician: Clinician) -> None:
    others = Clinician.objects.filter(clinic_id=clinician.clinic_id, active=True).exclude(pk=clinician.pk)
    if ADMIN in clinician.roles and not any(ADMIN in row.roles for row in others):
        raise Refused(
            _("This is the clinic’s only administrator. Make someone else one first, then try again.")
        )


def _note(
    verb: str, clinician: Clinician, *, by: access.Viewer, now: datetime, payload: Mapping[str, Any]
) -> None:
    audit.record(verb, by=by, subject=clinician, now=now, payload=payload)
    feed.changed_for_all(clinic_id=clinician.clinic_id, now=now)  # who can put something right
