"""What staff change about their clinic: its settings, its patients' charts, its staff."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date, datetime, time
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Model
from django.utils.module_loading import import_string
from django.utils.translation import gettext_lazy as _

from luna.audit import actions as audit
from luna.feed import actions as feed
from luna.people import access
from luna.people.actions import charts, invitations
from luna.people.errors import Refused, Replayed, Stale
from luna.people.models import Chair, Clinic, ClosedDay, Invitation, OpeningHours, Patient

Hours = Mapping[int, tuple[time, time]]  # weekday (Monday is 0) -> opens, closes


@transaction.atomic
def add_patient(
    *, values: Mapping[str, Any], invite: bool, by: access.Viewer, client_id: UUID, now: datetime
) -> Patient:
    """Take a patient into care and, if asked, invite them at once.

    values: name, born_on, email, phone, address.
    Raises Refused when they cannot be invited at their address, Replayed for other content.
    """
    Clinic.objects.select_for_update().get(pk=by.clinic_id)
    patient = Patient.objects.filter(added_by=by.user_id, client_id=client_id).first()
    if patient is not None:
        if any(getattr(patient, name) != value for name, value in values.items()):
            raise Replayed
        return patient
    twins = Patient.objects.filter(clinic_id=by.clinic_id, name__iexact=values["name"])
    if twins.filter(born_on=values["born_on"]).exists():
        raise Refused(
            _("There is a chart with this name and date of birth. Look for it under Patients."), "name"
        )
    patient = Patient.objects.create(
        **values, clinic_id=by.clinic_id, added_by_id=by.user_id, client_id=client_id, created_at=now
    )
    audit.record("patient.add", by=by, subject=patient, now=now, payload=values)
    charts.take_part(patient_id=patient.id, by=by, now=now)
    if invite:
        invite_patient(patient, by=by, client_id=client_id, now=now)
    feed.changed(clinic_id=by.clinic_id, patient_id=patient.id, now=now)
    return patient


def invite_patient(patient: Patient, *, by: access.Viewer, client_id: UUID, now: datetime) -> Invitation:
    """Ask a patient to sign in, at the address in their chart."""
    return invitations.invite(
        patient=patient,
        role=Invitation.Role.PATIENT,
        email=patient.email,
        name=patient.name,
        by=by,
        client_id=client_id,
        now=now,
    )


@transaction.atomic
def change_patient(
    *, patient: Patient, values: Mapping[str, Any], version: int, by: access.Viewer, now: datetime
) -> Patient:
    """Change a chart's name and contacts. Raises Stale when someone else did meanwhile.

    An open invitation to another address is taken back: the chart's address is the patient's.
    """
    patient = _change(patient, values, version)
    waiting = patient.invitations.filter(role=Invitation.Role.PATIENT, state=Invitation.State.PENDING)
    for invitation in waiting.exclude(email__iexact=patient.email):
        invitations.cancel(invitation=invitation, by=by, now=now)
    audit.record("patient.change", by=by, subject=patient, now=now, payload=values)
    feed.changed(clinic_id=by.clinic_id, patient_id=patient.id, now=now)
    return patient


@transaction.atomic
def change_clinic(
    *, clinic: Clinic, values: Mapping[str, Any], version: int, by: access.Viewer, now: datetime
) -> Clinic:
    """Change a clinic's settings. Raises Stale when someone else did meanwhile.

    Another zone moves what is told by the clock: `settings.LUNA_WHEN_ZONE_CHANGED` names the functions of
    the slices above this one that follow it, in the same transaction.
    """
    was = Clinic.objects.select_for_update(no_key=True).get(pk=clinic.pk).zone
    clinic = _change(clinic, values, version)
    audit.record("clinic.change", by=by, subject=clinic, now=now, payload=values)
    if clinic.zone != was:
        for path in settings.LUNA_WHEN_ZONE_CHANGED:
            import_string(path)(clinic=clinic, was=was, now=now)
    feed.changed_for_all(clinic_id=clinic.id, now=now)
    return clinic


@transaction.atomic
def set_hours(*, clinic: Clinic, hours: Hours, version: int, by: access.Viewer, now: datetime) -> None:
    """Say when a clinic is open on each weekday. Raises Stale when someone else did meanwhile."""
    clinic = _change(clinic, {}, version)
    clinic.hours.all().delete()
    OpeningHours.objects.bulk_create(
        OpeningHours(clinic=clinic, weekday=weekday, opens=opens, closes=closes)
        for weekday, (opens, closes) in sorted(hours.items())
    )
    audit.record(
        "clinic.hours", by=by, subject=clinic, now=now, payload={str(k): v for k, v in hours.items()}
    )
    feed.changed_for_all(clinic_id=clinic.id, now=now)


@transaction.atomic
def add_closed_day(*, on: date, reason: str, by: access.Viewer, now: datetime) -> ClosedDay:
    """Close the clinic on a day. Twice is once. Raises Refused when it is closed for another reason."""
    closed, is_new = ClosedDay.objects.get_or_create(
        clinic_id=by.clinic_id, on=on, defaults={"reason": reason}
    )
    if closed.reason != reason:
        raise Refused(_("This day is in the list already. To change why, open it again there first."), "on")
    if is_new:
        _note("closed-day.add", closed, by=by, now=now, payload={"on": on})
    return closed


@transaction.atomic
def remove_closed_day(*, closed_day: ClosedDay, by: access.Viewer, now: datetime) -> None:
    """Open the clinic on a day that was closed."""
    _note("closed-day.remove", closed_day, by=by, now=now, payload={"on": closed_day.on})
    ClosedDay.objects.filter(pk=closed_day.pk).delete()


@transaction.atomic
def add_chair(*, name: str, by: access.Viewer, now: datetime) -> Chair:
    """Add a chair. Raises Refused when there is one of that name."""
    with _another_name():
        chair = Chair.objects.create(clinic_id=by.clinic_id, name=name)
    _note("chair.add", chair, by=by, now=now, payload={"name": name})
    return chair


@transaction.atomic
def change_chair(
    *, chair: Chair, name: str, active: bool, version: int, by: access.Viewer, now: datetime
) -> Chair:
    """Rename a chair, or take it in or out of use. Infusions that are booked in it stay there.

    Raises Refused when another has that name or none would be left in use (then two infusions at
    once would clash unseen), and Stale when someone else changed it meanwhile.
    """
    values = {"name": name, "active": active}
    Clinic.objects.select_for_update(no_key=True).get(pk=by.clinic_id)
    others = Chair.objects.filter(clinic_id=by.clinic_id, active=True).exclude(pk=chair.pk)
    if chair.active and not active and not others.exists():
        raise Refused(
            _("This is the last chair in use. Add another one first, or put one back in use."), "active"
        )
    with _another_name():
        chair = _change(chair, values, version)
    _note("chair.change", chair, by=by, now=now, payload=values)
    return chair


@contextmanager
def _another_name() -> Iterator[None]:
    """Refuse a name that another chair has."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError:
        raise Refused(_("There is a chair with this name. Give it another one."), "name") from None


def _change(row: Any, values: Mapping[str, Any], version: int) -> Any:
    """Lock a row, refuse a version that is not the newest, and write."""
    row = type(row).objects.select_for_update(no_key=True).get(pk=row.pk)
    if row.version != version:
        raise Stale
    for name, value in values.items():
        setattr(row, name, value)
    row.version += 1
    row.save(update_fields=[*values, "version"])
    return row


def _note(verb: str, subject: Model, *, by: access.Viewer, now: datetime, payload: Mapping[str, Any]) -> None:
    audit.record(verb, by=by, subject=subject, now=now, payload=payload)
    feed.changed(clinic_id=by.clinic_id, now=now)
