"""How somebody helps: where, when, how old, on what phone, in which language."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from luna.audit import actions as audit
from luna.feed import actions as feed
from luna.people import access, plans
from luna.people.actions import identity
from luna.people.errors import Refused, Replayed, Stale
from luna.people.models import NO_MAIL, CircleMember, Patient, User

Device = CircleMember.Device


@dataclass(frozen=True, slots=True)
class Helping:
    """What is known of how somebody helps. hours: [weekday, from, to] as in `people.hours`.

    is_adult: None while nobody has said whether they are 18 or older; nothing is guessed.
    """

    help: str = ""
    hours: tuple[tuple[int, str, str], ...] = ()
    is_adult: bool | None = None
    device: str = Device.OWN
    language: str = ""
    interpreter: bool = False

    @property
    def columns(self) -> dict[str, Any]:
        """Return it as the columns of a CircleMember."""
        return asdict(self) | {"hours": [list(window) for window in self.hours]}


@transaction.atomic
def change(
    *,
    member: CircleMember,
    helping: Helping,
    phone: str | None = None,
    version: int,
    by: access.Viewer,
    now: datetime,
) -> CircleMember:
    """Say how somebody helps from now on. On a phone others look at, they sign in each time.

    phone: to call them about this patient; None leaves it as it is. Raises Stale when someone else changed
    it meanwhile, Refused when they left, or when they have no e-mail and a device that would need one, and
    Impaired where a patient after an infusion would make somebody fit for more.
    """
    Patient.objects.select_for_update().get(pk=member.patient_id)
    row = CircleMember.objects.select_related("user").get(pk=member.pk)
    if row.state != CircleMember.State.ACTIVE:
        raise Refused(_("They are no longer in the circle. Nothing was changed."))
    if row.version != version:
        raise Stale
    if not row.user.has_mail and helping.device != Device.NONE:
        raise Refused(
            _("They have no e-mail address, so Luna cannot write to them. Invite them instead."), "device"
        )
    if not by.is_staff and (_grows(row, helping) or phone not in (None, row.phone)):
        plans.check_person_may_sign(User.objects.get(pk=by.user_id), now)
    _end_long_sign_ins(row, helping, by)
    said = helping.columns | ({} if phone is None else {"phone": phone})
    for name, value in said.items():
        setattr(row, name, value)
    row.version += 1
    row.save(update_fields=[*said, "version"])
    _note("helper.change", row, said, by=by, now=now)
    return row


@transaction.atomic
def add_without_mail(
    *,
    patient: Patient,
    name: str,
    phone: str,
    relation: str,
    helping: Helping,
    by: access.Viewer,
    client_id: UUID,
    now: datetime,
    named_before: bool = False,
) -> CircleMember:
    """Put somebody into the circle who has no e-mail: they get calls, never messages, and cannot sign in.

    They see nothing, so nothing is shared: the clinic tells them what the schedule asks of them. The same
    form again is the first one. named_before: as in `plans.check_may_let_in`. Raises Replayed when it came
    with other content, and Refused when nobody may be let in now.
    """
    patient = Patient.objects.select_for_update().get(pk=patient.pk)
    plans.check_may_let_in(patient, by=by, named_before=named_before, now=now)
    address = f"{client_id.hex}@{NO_MAIL}"
    before = CircleMember.objects.filter(user__email=address).select_related("user").first()
    if before is not None:
        if (before.patient_id, before.user.name, before.phone) != (patient.pk, name, phone):
            raise Replayed
        return before
    user = User(email=address, name=name, created_at=now)
    user.set_unusable_password()
    user.save()
    said = helping.columns | {"phone": phone}
    row = CircleMember.objects.create(
        **said,
        clinic_id=patient.clinic_id,
        patient=patient,
        user=user,
        relation=relation,
        kinds=list(access.PRACTICAL),
        since=now,
        welcomed_at=now,
    )
    _note("helper.add", row, said, by=by, now=now, reason=plans.NAMED_BEFORE if named_before else "")
    return row


def _grows(row: CircleMember, helping: Helping) -> bool:
    """Say whether somebody becomes fit to stay with the patient, or is written to where they were not."""
    devices = list(Device)
    return (
        (helping.is_adult is True and not row.is_adult)
        or (helping.help in plans.STAY and row.help not in plans.STAY)
        or devices.index(Device(helping.device)) < devices.index(Device(row.device))
    )


def _end_long_sign_ins(row: CircleMember, helping: Helping, by: access.Viewer) -> None:
    """Whoever moves to a shared phone, or has none any more, is signed out of what was kept open."""
    if row.device == Device.OWN and helping.device != Device.OWN and by.user_id != row.user_id:
        identity.end_sessions(row.user)


def _note(
    verb: str,
    row: CircleMember,
    said: Mapping[str, Any],
    *,
    by: access.Viewer,
    now: datetime,
    reason: str = "",
) -> None:
    audit.record(verb, by=by, subject=row, now=now, payload=said, reason=reason)
    feed.changed(clinic_id=row.clinic_id, patient_id=row.patient_id, now=now)
