"""Who may still read a message. Asked again at the moment it is sent, not when it was planned."""

from collections.abc import Collection, Mapping
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db.models import QuerySet
from django.utils.module_loading import import_string

from luna.clinical import reaching
from luna.notices import reach, ways
from luna.notices.channels import EMAIL
from luna.notices.models import DIGESTS, Notice, Reach
from luna.notices.words import BY_DAY, MESSAGES, Audience, Message, Reader
from luna.people.access import shared_with
from luna.people.models import CircleMember, Invitation, User

Device = CircleMember.Device


def with_readers(rows: QuerySet[Notice]) -> QuerySet[Notice]:
    """Return notices with what `reader` asks of a user: four queries, however many they are."""
    found = rows.select_related("clinic", "patient", "to_user", "to_user__reach")
    return found.prefetch_related(
        "to_user__circles", "to_user__clinician_roles", "to_user__push_subscriptions"
    )


def reader(notice: Notice) -> Reader | None:
    """Return who a message goes to, or None when it may no longer go to them: it is then void."""
    message = MESSAGES[notice.words]
    if message.audience is Audience.LEAD:
        return _lead(notice)
    if message.audience is Audience.INVITED:
        return _invited(notice)
    if message.audience is Audience.DRIVER:
        return _named(notice)
    user = notice.to_user
    if user is None or not user.is_active or not _still(user, notice, message):
        return None
    said = getattr(user, "reach", None) or Reach(user=user)
    return Reader(
        addresses=ways.addresses(user, said),
        order=said.order,
        language=user.language,
        zone=user.zone or notice.clinic.zone,
        device=_device(user, notice),
        quiet=(said.quiet_from, said.quiet_to),
        watching_until=user.watching_until,
    )


def readable(user: User, notices: Collection[Notice]) -> list[Notice]:
    """Return the messages to staff and to a circle that somebody may still read. At most two queries.

    notices: theirs, with the patient of each.
    """
    clinics: set[UUID] = set()
    kinds: dict[UUID, frozenset[str]] = {}
    if any(_audience(one) is Audience.STAFF for one in notices):
        clinics = {one.clinic_id for one in user.clinician_roles.all() if one.active}
    if any(_audience(one) is Audience.CIRCLE and not _is_about(one, user) for one in notices):
        kinds = {member.patient_id: shared_with(member) for member in _places(user)}
    return [one for one in notices if _may(one, user, clinics, kinds)]


def is_current(notice: Notice, now: datetime) -> bool:
    """Say whether a message still speaks of the times that stand, if it speaks of any."""
    if notice.revision is None:
        return True
    return import_string(settings.LUNA_BEFORE_SENDING["is_current"])(notice.task_key, notice.revision, now)


def is_hushed(notice: Notice, now: datetime) -> bool:
    """Say whether its reader is there for an infusion, or beside who is: no phone makes a sound there.

    Whoever has no account is known to be nowhere.
    """
    if notice.to_user_id is None:
        return False
    return import_string(settings.LUNA_BEFORE_SENDING["is_hushed"])(notice.to_user_id, now)


def _named(notice: Notice) -> Reader:
    """Return somebody named to drive, as the asking says they are reached: by mail, else by text message."""
    return Reader(
        addresses=reach.addresses(notice.to_email, notice.to_phone),
        language=settings.LANGUAGE_CODE,
        zone=notice.clinic.zone,
        quiet=reaching.NIGHT if notice.words in BY_DAY else (None, None),
    )


def _by_mail(notice: Notice) -> Reader:
    """Return somebody without an account, whom mail alone reaches."""
    return Reader({EMAIL: notice.to_email}, settings.LANGUAGE_CODE, notice.clinic.zone)


def _device(user: User, notice: Notice) -> str:
    """Return what a message reaches: a phone of their own, one that others look at, or none that shows it."""
    if not user.has_mail:
        return Device.NONE
    patients = {notice.patient_id}
    if notice.words in DIGESTS:
        patients = set(notice.parts.values_list("patient", flat=True))
    devices = {one.device for one in _places(user) if one.patient_id in patients}
    return next((one for one in (Device.NONE, Device.SHARED) if one in devices), Device.OWN)


def _still(user: User, notice: Notice, message: Message) -> bool:
    """Say whether a user is still of the audience of a message, for this clinic and patient."""
    if message.audience is Audience.PARTS:
        return bool(readable(user, notice.parts.select_related("patient")))
    if message.audience is not Audience.FORMER:
        return bool(readable(user, [notice]))
    if _is_about(notice, user):
        return True
    in_circle = [one for one in user.circles.all() if one.patient_id == notice.patient_id]
    return bool(in_circle) and not any(one.state == CircleMember.State.ACTIVE for one in in_circle)


def _places(user: User) -> list[CircleMember]:
    """Return the places somebody has now in circles."""
    return [one for one in user.circles.all() if one.state == CircleMember.State.ACTIVE]


def _may(
    notice: Notice, user: User, clinics: Collection[UUID], kinds: Mapping[UUID, Collection[str]]
) -> bool:
    """Say whether a message is for somebody who is staff of `clinics` and sees `kinds` of each patient."""
    if _audience(notice) is Audience.STAFF:
        return notice.clinic_id in clinics
    if _is_about(notice, user):
        return True
    return MESSAGES[notice.words].kind in kinds.get(notice.patient_id, ())


def _audience(notice: Notice) -> Audience:
    return MESSAGES[notice.words].audience


def _is_about(notice: Notice, user: User) -> bool:
    """Say whether it is about the person's own care."""
    return notice.patient is not None and notice.patient.user_id == user.id


def _invited(notice: Notice) -> Reader | None:
    """Return who was invited, if this is the latest message of the invitation.

    Whether the invitation still stands is asked when its link is made.
    """
    latest = Invitation.objects.filter(id=notice.values["invitation"], sent=notice.values["sent"])
    return _by_mail(notice) if latest.exists() else None


def _lead(notice: Notice) -> Reader | None:
    if notice.clinic.lead_email != notice.to_email:
        return None
    return _by_mail(notice)
