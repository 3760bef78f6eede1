"""Reads about who opened whose chart: the care team, and the week an administrator goes through.

A clinic says who opens a chart without saying why (`Clinic.charts`); `access.enter` holds to it. In either
case a look at one's own chart, at a colleague's, and at that of somebody one cares for at home comes up for
review, and so does every stated reason.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Count, Max, Q
from django.utils.translation import gettext_lazy as _

from luna.audit.models import LISTED, AuditEvent
from luna.people.models import AccessReview, ChartReason, CircleMember, Clinic, Clinician, Patient, User

WEEKS = 8  # how many are listed
WHY = {
    "own": _("Their own chart"),
    "close": _("The chart of someone they care for at home"),
    "colleague": _("A colleague’s chart"),
    "reason": _("With a reason"),
}


@dataclass(frozen=True, slots=True)
class Line:
    """One thing to review: who was in whose chart, why it is listed, how often and when last."""

    who: str
    patient_id: UUID
    patient_name: str
    why: Any
    reason: str
    times: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Week:
    """A week of the list. review: None while nobody has gone through it. is_over: it can be signed."""

    monday: date
    review: AccessReview | None
    is_over: bool

    @property
    def sunday(self) -> date:
        """Return its last day."""
        return self.monday + timedelta(days=6)


def weeks(clinic: Clinic, now: datetime) -> list[Week]:
    """Return the latest weeks since the clinic is here, this one first."""
    today = now.astimezone(ZoneInfo(clinic.zone)).date()
    this = today - timedelta(days=today.weekday())
    began = clinic.created_at.astimezone(ZoneInfo(clinic.zone)).date()
    latest = (this - timedelta(weeks=n) for n in range(WEEKS))
    mondays = [monday for monday in latest if monday == this or monday + timedelta(days=7) > began]
    done = {row.week: row for row in clinic.access_reviews.filter(week__in=mondays).select_related("by")}
    return [Week(monday, done.get(monday), is_over=monday < this) for monday in mondays]


def unreviewed(clinic: Clinic, now: datetime) -> list[Week]:
    """Return the weeks that are over and that nobody has gone through, the latest first. One query."""
    return [week for week in weeks(clinic, now) if week.is_over and week.review is None]


def to_review(clinic: Clinic, monday: date) -> list[Line]:
    """Return what is to be gone through of one week, newest first. Six queries, however much it is."""
    begins, ends = (
        datetime.combine(day, time(), ZoneInfo(clinic.zone)).astimezone(UTC)
        for day in (monday, monday + timedelta(days=7))
    )
    said = ChartReason.objects.filter(clinic=clinic, at__gte=begins, at__lt=ends)
    reasons = [
        Line(row.by.name, row.patient_id, row.patient.name, WHY["reason"], row.reason, 1, row.at)
        for row in said.select_related("by", "patient")
    ]
    return sorted([*reasons, *_close(clinic, begins, ends)], key=lambda line: line.at, reverse=True)


def team(patient: Patient) -> list[tuple[Clinician, bool]]:
    """Return everybody who works at the clinic now, and whether they care for a patient."""
    ours = set(patient.care_relations.filter(until=None).values_list("user_id", flat=True))
    staff = Clinician.objects.filter(clinic_id=patient.clinic_id, active=True).select_related("user")
    return [(row, row.user_id in ours) for row in staff.order_by("user__name")]


def responsible(patient: Patient, *, besides: UUID) -> list[User]:
    """Return the staff who must hear what became of a patient: who cares for them, else each prescriber.

    besides: who knows already.
    """
    others = [(row, ours) for row, ours in team(patient) if row.user.is_active and row.user_id != besides]
    carers = [row.user for row, ours in others if ours]
    return carers or [row.user for row, _ours in others if Clinician.Role.PRESCRIBER in row.roles]


def _close(clinic: Clinic, begins: datetime, ends: datetime) -> Iterable[Line]:
    """Return who of the staff was in the chart of themselves, a colleague, or someone they care for."""
    colleagues = set(Clinician.objects.filter(clinic=clinic).values_list("user_id", flat=True))
    cared_for = set(
        CircleMember.objects.filter(clinic=clinic, user__in=colleagues).values_list("user_id", "patient_id")
    )
    ours = Q(user__in=colleagues) | Q(pk__in={patient_id for _user, patient_id in cared_for})
    charts = {row.pk: row for row in Patient.objects.filter(ours, clinic=clinic)}
    looks = (
        AuditEvent.objects.filter(
            clinic_id=clinic.pk, capacity="staff", at__gte=begins, at__lt=ends, patient_id__in=set(charts)
        )
        .exclude(verb__startswith=LISTED)  # whoever opens a list sees all who are in it
        .values("actor_id", "patient_id")
        .annotate(times=Count("id"), last=Max("at"))
        .order_by()
    )
    found = list(looks)
    names = dict(User.objects.filter(pk__in={look["actor_id"] for look in found}).values_list("pk", "name"))
    for look in found:
        patient, who = charts[look["patient_id"]], look["actor_id"]
        why = _why(patient, who, colleagues, cared_for)
        if why:
            yield Line(
                names.get(who, ""), patient.pk, patient.name, WHY[why], "", look["times"], look["last"]
            )


def _why(patient: Patient, who: UUID, colleagues: set[UUID], cared_for: set[tuple[UUID, UUID]]) -> str:
    if patient.user_id == who:
        return "own"
    if (who, patient.pk) in cared_for:
        return "close"
    return "colleague" if patient.user_id in colleagues else ""
