"""Who somebody is to Luna: their sign-ins, their PIN, what they say of themselves.

An e-mail code alone opens nothing private: changing how one signs in needs the PIN or a passkey
a moment ago. Only the first hour after the first sign-in, or a code the clinic gives after two
identifiers, opens that door to somebody who has neither.
"""

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal import flows as recovery
from allauth.mfa.totp.internal import flows as totp
from allauth.mfa.webauthn.internal import flows as webauthn
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.hashers import check_password, make_password
from django.db import IntegrityError, transaction
from django.http import HttpRequest
from django.utils.crypto import get_random_string
from django.utils.module_loading import import_string
from django.utils.translation import gettext_lazy as _

from luna.audit import actions as audit
from luna.feed import actions as feed
from luna.people import access, mails, plans, tombstones
from luna.people.actions import calendars
from luna.people.errors import Refused, Stale
from luna.people.models import CircleMember, Clinician, Patient, User

FIRST_SET_UP = timedelta(hours=1)
CLINIC_CODE = timedelta(hours=24)
PIN_SHORTEST = 6
PIN_LONGEST = 12

STRANGER = _("You can only do this for people of your own clinic.")


@transaction.atomic
def account(email: str, *, name: str, now: datetime) -> User:
    """Return the account of an address, made when there is none yet. Of two at once, one makes it."""
    found = User.objects.filter(email__iexact=email)
    if user := found.first():
        return user
    user = User(email=email.lower(), name=name, created_at=now)
    user.set_unusable_password()
    try:
        with transaction.atomic():
            user.save()
    except IntegrityError:
        return found.get()
    return user


@transaction.atomic
def signed_in(user: User, how: str, *, now: datetime) -> bool:
    """Note a sign-in; return whether the person may now set up their first PIN or passkey.

    how: "code" or "passkey".
    """
    locked = User.objects.select_for_update().get(pk=user.pk)
    has_any = has_method(locked)
    if locked.set_up_until is None and not has_any:
        locked.set_up_until = now + FIRST_SET_UP
        locked.save(update_fields=["set_up_until"])
    _record("sign-in", locked, now, reason=how)
    return not has_any and not locked.set_up_code and locked.set_up_until > now


def has_method(user: User) -> bool:
    """Say whether the person has a PIN, a passkey or an authenticator app."""
    return bool(user.pin) or Authenticator.objects.filter(user_id=user.pk).exists()


def needs_second_factor(user: User) -> bool:
    """Say whether the person is staff anywhere."""
    return Clinician.objects.filter(user_id=user.pk, active=True).exists()


@transaction.atomic
def end_other_sessions(request: HttpRequest, user: User, *, now: datetime) -> None:
    """Sign a person out everywhere but here."""
    end_sessions(user)
    update_session_auth_hash(request, user)
    UserSession.objects.create_from_request(request)
    _record("sign-in.end-others", user, now)


def end_sessions(user: User) -> None:
    """Sign a person out everywhere: every session carries a digest of this unusable password."""
    user.set_unusable_password()
    user.save(update_fields=["password"])
    UserSession.objects.filter(user=user).delete()


def pin_problem(pin: str) -> Any | None:
    """Return what is wrong with a PIN somebody chose, or None."""
    if not pin.isascii() or not pin.isdigit() or not PIN_SHORTEST <= len(pin) <= PIN_LONGEST:
        return _("Use 6 to 12 digits.")
    steps = {(int(b) - int(a)) % 10 for a, b in itertools.pairwise(pin)}
    if len(steps) == 1 and steps <= {0, 1, 9}:
        return _("This is easy to guess. Use digits that are not all the same and do not just count.")
    return None


@transaction.atomic
def set_pin(user: User, pin: str, *, now: datetime) -> None:
    """Give a person a PIN. The page made sure that they are who they say. Raises Impaired."""
    plans.check_person_may_sign(user, now)
    problem = pin_problem(pin)
    if problem:
        raise Refused(problem, "pin")
    had_one = bool(user.pin)
    with forgetting(user, now):
        user.pin, user.set_up_code = make_password(pin), ""
        user.save(update_fields=["pin", "set_up_code"])
    _record("pin.change" if had_one else "pin.set", user, now)
    if had_one:
        words = str(_("Your PIN was changed."))
        transaction.on_commit(partial(mails.methods_changed, user, words), robust=True)


def is_pin(user: User, pin: str) -> bool:
    """Say whether this is the person's PIN."""
    return bool(user.pin) and check_password(pin, user.pin)


@transaction.atomic
def reset_pin(user: User, *, patient: Patient, by: access.Viewer, now: datetime) -> str:
    """Forget a person's PIN and sign them out; return the code that lets them choose another.

    Only for the clinic, after two identifiers. The code is told, never sent: who can read their
    mail must not be able to use it. It works once, for 24 hours, when they are signed in.
    patient: in whose chart it is done; they can read that it was.
    Raises Refused for somebody who is not with the viewer's clinic.
    """
    check_is_ours(user, by)
    return _reset(user, "pin.reset", patient_id=patient.id, by=by, now=now)


@transaction.atomic
def reset_second_factor(user: User, *, by: access.Viewer, now: datetime) -> str:
    """Forget all of a colleague's sign-in methods; return the code to set up new ones, as `reset_pin`.

    Only for an administrator of their clinic. Raises Refused to anyone else.
    """
    colleagues = Clinician.objects.filter(user=user, clinic_id=by.clinic_id, active=True)
    if not by.has_role(Clinician.Role.ADMIN) or not colleagues.exists():
        raise Refused(STRANGER)
    with forgetting(user, now):
        Authenticator.objects.filter(user=user).delete()
    return _reset(user, "second-factor.reset", patient_id=None, by=by, now=now)


@contextmanager
def forgetting(user: User, now: datetime) -> Iterator[None]:
    """Have a later restore forget again the PIN and the methods that a person loses meanwhile."""
    stored = User.objects.get(pk=user.pk)
    methods = list(Authenticator.objects.filter(user=user))
    yield
    if stored.pin and User.objects.get(pk=user.pk).pin != stored.pin:
        tombstones.record("pin-forgotten", tombstones.pin_id(stored), now)
    kept = set(Authenticator.objects.filter(user=user).values_list("pk", flat=True))
    for method in methods:
        if method.pk not in kept:
            tombstones.record("method-removed", tombstones.method_id(method), now)


@transaction.atomic
def add_passkey(request: HttpRequest, user: User, *, name: str, credential: Any, now: datetime) -> None:
    """Let a person sign in with a passkey. Raises Impaired."""
    plans.check_person_may_sign(user, now)
    webauthn.add_authenticator(request, name, credential)
    _record("method.add", user, now, reason="passkey")


@transaction.atomic
def add_app(request: HttpRequest, user: User, form: Any, *, now: datetime) -> None:
    """Let a person prove who they are with an app. form: a valid first code of it. Raises Impaired."""
    plans.check_person_may_sign(user, now)
    totp.activate_totp(request, form)
    _record("method.add", user, now, reason="app")


@transaction.atomic
def remove_passkey(request: HttpRequest, user: User, passkey: Authenticator, *, now: datetime) -> None:
    """Take a passkey away: whoever has it gets in no more, also after a restore.

    Under the effect of an infusion too: it only narrows, and a phone that is lost on the way home
    must not keep its key until the next day. Nothing new can be set up then, so nobody gains by it.
    """
    with forgetting(user, now):
        webauthn.remove_authenticator(request, passkey)
    _record("method.remove", user, now, reason="passkey")


@transaction.atomic
def remove_app(request: HttpRequest, user: User, app: Authenticator, *, now: datetime) -> None:
    """Take an authenticator app away, also after a restore. At any time, as `remove_passkey`."""
    with forgetting(user, now):
        totp.deactivate_totp(request, app)
    _record("method.remove", user, now, reason="app")


@transaction.atomic
def new_recovery_codes(request: HttpRequest, user: User, *, now: datetime) -> None:
    """Make new recovery codes; those from before work no more, also after a restore. Raises Impaired."""
    plans.check_person_may_sign(user, now)
    with forgetting(user, now):
        recovery.generate_recovery_codes(request)
    _record("method.add", user, now, reason="recovery-codes")


@transaction.atomic
def use_clinic_code(user: User, code: str, *, now: datetime) -> bool:
    """Use up the code the clinic gave; say whether it was right and in time. Raises Impaired."""
    plans.check_person_may_sign(user, now)
    locked = User.objects.select_for_update().get(pk=user.pk)
    has_code = bool(locked.set_up_code) and locked.set_up_until is not None and locked.set_up_until > now
    if not has_code or not check_password(code, locked.set_up_code):
        return False
    # The time ends with the code: it would be a first sign-in's, which asks for no code.
    user.set_up_code, user.set_up_until = locked.set_up_code, locked.set_up_until = "", now
    locked.save(update_fields=["set_up_code", "set_up_until"])
    _record("set-up.code", locked, now)
    return True


@transaction.atomic
def update_profile(user: User, *, name: str, zone: str, language: str, version: int, now: datetime) -> User:
    """Change a person's name, time zone and language. Raises Stale if they changed meanwhile."""
    locked = User.objects.select_for_update().get(pk=user.pk)
    if (locked.name, locked.zone, locked.language) == (name, zone, language):
        return locked
    if locked.version != version:
        raise Stale
    locked.name, locked.zone, locked.language = name, zone, language
    locked.version += 1
    locked.save(update_fields=["name", "zone", "language", "version"])
    _record("profile.change", locked, now)
    _look_again(locked, now)
    return locked


def _look_again(user: User, now: datetime) -> None:
    """Have the clock look at everybody whose plan goes by the clock of this person, or names them."""
    theirs = set(Patient.objects.filter(user=user).values_list("clinic_id", "id"))
    theirs |= set(CircleMember.objects.filter(user=user).values_list("clinic_id", "patient_id"))
    for clinic_id, patient_id in sorted(theirs):
        feed.changed(clinic_id=clinic_id, patient_id=patient_id, now=now)


def check_is_ours(user: User, by: access.Viewer) -> None:
    """Refuse to help somebody who is not with the viewer's clinic, or by somebody who is not staff."""
    at_clinic = {"user": user, "clinic_id": by.clinic_id}
    is_ours = (
        Patient.objects.filter(**at_clinic).exists()
        or CircleMember.objects.filter(**at_clinic).exists()
        or Clinician.objects.filter(**at_clinic).exists()
    )
    if not by.is_staff or not is_ours:
        raise Refused(STRANGER)


def _reset(user: User, verb: str, *, patient_id: UUID | None, by: access.Viewer, now: datetime) -> str:
    code = get_random_string(8, "0123456789")
    with forgetting(user, now):
        user.pin, user.set_up_code, user.set_up_until = "", make_password(code), now + CLINIC_CODE
        user.save(update_fields=["pin", "set_up_code", "set_up_until"])
    end_sessions(user)
    calendars.end_all(user, now=now)  # whoever had their sign-in may have had it made
    for path in settings.LUNA_WHEN_RESET:
        import_string(path)(user=user, by=by, now=now)
    audit.record(verb, by=by, subject=user, now=now, patient_id=patient_id)
    return code


def _record(verb: str, user: User, now: datetime, reason: str = "") -> None:
    """Write an audit line of what a person did to their own sign-in, which belongs to no clinic."""
    audit.record(verb, by=audit.Actor(None, "person", user.id), subject=user, now=now, reason=reason)
