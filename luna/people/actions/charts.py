"""Who cares for whom, why a chart was opened all the same, and that somebody went through it."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from luna.audit import actions as audit
from luna.feed import actions as feed
from luna.people import access
from luna.people.errors import Refused, Replayed
from luna.people.models import AccessReview, CareRelation, ChartReason, Clinic, Clinician, Patient

WEEK = timedelta(days=7)


@transaction.atomic
def say_why(
    *, patient: Patient, reason: str, by: access.Viewer, client_id: UUID, now: datetime
) -> ChartReason:
    """Open a chart for one shift by saying why; the words go to the weekly review. Twice is once."""
    Patient.objects.select_for_update().get(pk=patient.pk)
    before = ChartReason.objects.filter(by=by.user_id, client_id=client_id).first()
    if before is not None:
        if (before.patient_id, before.reason) != (patient.pk, reason):
            raise Replayed
        return before
    row = ChartReason.objects.create(
        clinic_id=patient.clinic_id,
        patient=patient,
        by_id=by.user_id,
        reason=reason,
        at=now,
        client_id=client_id,
    )
    audit.record("chart.reason", by=by, subject=row, now=now, payload={"reason": reason})
    return row


@transaction.atomic
def set_team(
    *, patient: Patient, users: Iterable[UUID], before: Iterable[UUID], by: access.Viewer, now: datetime
) -> None:
    """Say which members of staff care for a patient. before: who did when the page was drawn.

    Only what was changed on the page is changed, so two people at once do not undo each other. Raises
    Refused for somebody who is not staff of the clinic now.
    """
    Patient.objects.select_for_update().get(pk=patient.pk)
    wanted, shown = set(users), set(before)
    staff = Clinician.objects.filter(clinic_id=patient.clinic_id, active=True)
    if not wanted <= set(staff.values_list("user_id", flat=True)):
        raise Refused(_("Choose colleagues who work here now."), "users")
    for user_id in sorted(wanted - shown):
        row, is_new = _join(patient.clinic_id, patient.pk, user_id, by=by, now=now)
        if is_new:
            audit.record("team.join", by=by, subject=row, now=now)
    for row in patient.care_relations.filter(until=None, user__in=shown - wanted):
        row.until = now
        row.save(update_fields=["until"])
        audit.record("team.leave", by=by, subject=row, now=now)
    feed.changed(clinic_id=patient.clinic_id, patient_id=patient.pk, now=now)


@transaction.atomic
def take_part(*, patient_id: UUID, by: access.Viewer, now: datetime) -> None:
    """Count whoever acts for a patient as one who cares for them. In the action's own transaction.

    It has no line of its own in the audit: what they did has one.
    """
    if by.is_staff:
        Patient.objects.select_for_update().get(pk=patient_id)
        _join(by.clinic_id, patient_id, by.user_id, by=by, now=now)


@transaction.atomic
def review(*, week: date, note: str, by: access.Viewer, now: datetime) -> AccessReview:
    """Sign that a week of looks at charts was gone through. week: its Monday. Twice is once.

    Raises Refused for a day that is no Monday, for a week that is not over, and when somebody else signed it.
    """
    today = now.astimezone(ZoneInfo(by.clinic.zone)).date()
    if week.weekday() != 0 or week + WEEK > today:
        raise Refused(_("This week is not over yet. Review it from Monday on."))
    Clinic.objects.select_for_update().get(pk=by.clinic_id)
    try:
        with transaction.atomic():
            row = AccessReview.objects.create(
                clinic_id=by.clinic_id, week=week, by_id=by.user_id, note=note, at=now
            )
    except IntegrityError:
        row = AccessReview.objects.get(clinic_id=by.clinic_id, week=week)
        if row.by_id != by.user_id:
            raise Refused(_("Somebody else reviewed this week meanwhile. See below.")) from None
        return row
    audit.record("access.review", by=by, subject=row, now=now, payload={"week": week, "note": note})
    feed.changed(clinic_id=by.clinic_id, now=now)
    return row


def _join(
    clinic_id: UUID, patient_id: UUID, user_id: UUID, *, by: access.Viewer, now: datetime
) -> tuple[CareRelation, bool]:
    return CareRelation.objects.get_or_create(
        patient_id=patient_id,
        user_id=user_id,
        until=None,
        defaults={"clinic_id": clinic_id, "by_id": by.user_id, "since": now},
    )
