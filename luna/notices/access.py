"""Who may still read a message. Asked again at the moment it is sent, not when it was planned."""

from django.conf import settings

from luna.notices.models import Notice
from luna.notices.words import MESSAGES, Audience, Message, Reader
from luna.people.access import shared_with
from luna.people.models import CircleMember, Clinician, Invitation, User

Device = CircleMember.Device


def reader(notice: Notice) -> Reader | None:
    """Return who a message goes to, or None when it may no longer go to them: it is then void."""
    message = MESSAGES[notice.words]
    if message.audience is Audience.LEAD:
        return _lead(notice)
    if message.audience is Audience.INVITED:
        return _invited(notice)
    user = notice.to_user
    if user is None or not user.is_active or not _still(user, notice, message):
        return None
    zone = user.zone or notice.clinic.zone
    return Reader(user.email, user.first_name, user.language, zone, device=_device(user, notice))


def _device(user: User, notice: Notice) -> str:
    """Return what a message reaches: a phone of their own, one that others look at, or none that shows it."""
    if not user.has_mail:
        return Device.NONE
    devices = CircleMember.objects.filter(
        patient=notice.patient_id, user=user, state=CircleMember.State.ACTIVE
    ).values_list("device", flat=True)
    return devices.first() or Device.OWN


def _still(user: User, notice: Notice, message: Message) -> bool:
    """Say whether a user is still of the audience of a message, for this clinic and patient."""
    if message.audience is Audience.STAFF:
        return Clinician.objects.filter(clinic=notice.clinic_id, user=user, active=True).exists()
    if notice.patient is None:
        return False
    if notice.patient.user_id == user.id:
        return True
    in_circle = CircleMember.objects.filter(patient=notice.patient_id, user=user)
    member = in_circle.filter(state=CircleMember.State.ACTIVE).first()
    if message.audience is Audience.FORMER:
        return member is None and in_circle.exists()
    return member is not None and message.kind in shared_with(member)


def _invited(notice: Notice) -> Reader | None:
    """Return who was invited, if this is the latest message of the invitation.

    Whether the invitation still stands is asked when its link is made.
    """
    invitation = Invitation.objects.filter(id=notice.values["invitation"], sent=notice.values["sent"]).first()
    if invitation is None:
        return None
    name = invitation.name.split(" ")[0]
    return Reader(notice.to_email, name, settings.LANGUAGE_CODE, notice.clinic.zone)


def _lead(notice: Notice) -> Reader | None:
    if notice.clinic.lead_email != notice.to_email:
        return None
    return Reader(notice.to_email, "", settings.LANGUAGE_CODE, notice.clinic.zone)
