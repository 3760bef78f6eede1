"""Start and stop a series."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext_lazy as _

from luna.audit import actions as audit
from luna.feed import actions as feed
from luna.intake import plans as intake
from luna.intake.plans import Standing
from luna.library import plans as library
from luna.library.models import ContentVersion
from luna.people.access import Viewer
from luna.people.actions import charts
from luna.people.errors import Refused, Replayed, Stale
from luna.people.models import Clinic, Installation, Patient
from luna.treatment.actions import bookings, ending, telling
from luna.treatment.models import BookingRevision, EpisodeOfCare, Series
from luna.treatment.slots import Length, Start, place

MOST = 60  # infusions booked in one step
# Why a series cannot start, as staff read it.
NOT_ELIGIBLE = {
    Standing.NONE: _("No prescriber has decided yet whether they can be treated. That comes first."),
    Standing.REFUSED: _("A prescriber decided against treatment for now. A new decision comes first."),
    Standing.RUN_OUT: _("The prescriber’s decision has run out. A new one comes first."),
    Standing.REOPENED: _("Something new came up after the prescriber’s decision. A new one comes first."),
}


@transaction.atomic
def start_series(
    *,
    patient: Patient,
    content: ContentVersion,
    starts: Sequence[Start],
    by: Viewer,
    client_id: UUID,
    now: datetime,
) -> Series:
    """Start a series under a signed protocol with all its infusions, and tell the people concerned.

    starts: in UTC. Refuses a patient without a current decision of a prescriber, a protocol the clinic
    has not signed, and the first start that cannot be booked (its field is "starts-<n>", counted from
    0): then nothing is written.
    """
    clinic = Clinic.objects.select_for_update(no_key=True).get(id=by.clinic_id)
    # Held, so that no medicine or answer comes in between the decision and the start.
    mine = Patient.objects.visible_to(by).select_for_update(no_key=True, of=("self",))
    patient = get_object_or_404(mine.select_related("clinic"), id=patient.id)
    before = Series.objects.filter(started_by=by.user_id, client_id=client_id).first()
    if before is not None:
        return _replayed(before, patient, content, starts)
    _check_eligible(patient, now)
    _check_signed(content, clinic)
    if not 1 <= len(starts) <= MOST:
        raise Refused(_("Book between 1 and %(most)s infusions in one step.") % {"most": MOST}, "count")
    placed = place(
        clinic=clinic,
        patient_id=patient.id,
        starts=starts,
        length=Length.of(library.protocol(content)),
        now=now,
    )
    for place_of, found in enumerate(placed):
        if found.refused:
            raise Refused(found.refused.message, f"starts-{place_of}")
    series = Series.objects.create(
        clinic=clinic,
        patient=patient,
        episode=_episode(patient, now),
        protocol=content,
        started_by_id=by.user_id,
        started_at=now,
        client_id=client_id,
    )
    for found in placed:
        bookings.add(series, found, by=by, client_id=client_id, now=now)
    charts.take_part(patient_id=patient.id, by=by, now=now)
    audit.record("series.start", by=by, subject=series, now=now, payload={"starts": [s.at for s in starts]})
    first = min(found.starts_at for found in placed)
    telling.of_series(series, "series-booked", {"starts_at": first}, now)
    ending.follow(patient.id)
    feed.changed(clinic_id=clinic.id, patient_id=patient.id, now=now)
    return series


@transaction.atomic
def stop_series(
    *, series_id: UUID, why: str, version: int, viewer: Viewer, client_id: UUID, now: datetime
) -> Series:
    """Stop a series: what has begun goes on to its end, every later infusion is cancelled.

    why: a BookingRevision.Why value. Stopping it again changes nothing. Raises Stale.
    """
    series = get_object_or_404(Series.objects.visible_to(viewer).select_for_update(no_key=True), id=series_id)
    if series.stopped_at is not None:
        return series
    if series.version != version:
        raise Stale
    if why not in BookingRevision.Why.values:
        raise Refused(_("Say why the series stops."), "why")
    ahead = list(series.infusions.filter(cancelled=False, starts_at__gt=now).order_by("starts_at"))
    for infusion in ahead:
        bookings.call_off(infusion, why=why, by=viewer, client_id=client_id, now=now)
    series.stopped_at, series.stopped_why, series.version = now, why, series.version + 1
    series.save(update_fields=["stopped_at", "stopped_why", "version"])
    audit.record("series.stop", by=viewer, subject=series, now=now, reason=why)
    if ahead:  # by when somebody has to hear it, the next one says
        next_at = {"was_at": ahead[0].starts_at}
        telling.of_infusion(ahead[0], "series-stopped", next_at, now, besides=ahead[1:])
    else:
        telling.of_series(series, "series-stopped", {}, now)
    ending.follow(series.patient_id, stopped_at=now)
    feed.changed(clinic_id=series.clinic_id, patient_id=series.patient_id, now=now)
    return series


def _replayed(before: Series, patient: Patient, content: ContentVersion, starts: Sequence[Start]) -> Series:
    """Return the series this form started the first time. Raises Replayed if it said something else."""
    first = BookingRevision.objects.filter(infusion__series=before, revision=1, client_id=before.client_id)
    booked = sorted(first.values_list("starts_at", flat=True))
    same = (before.patient_id, before.protocol_id) == (patient.id, content.id)
    if not same or booked != sorted(start.at for start in starts):
        raise Replayed
    return before


def _check_eligible(patient: Patient, now: datetime) -> None:
    how = intake.current_eligibility(patient, now).standing
    if how in NOT_ELIGIBLE:
        raise Refused(NOT_ELIGIBLE[how], "eligibility")


def _check_signed(content: ContentVersion, clinic: Clinic) -> None:
    if content.clinic_id != clinic.id or content.kind != ContentVersion.Kind.PROTOCOL:
        raise Refused(_("Your clinic has not signed this protocol. Sign it first."), "protocol")
    if content.demo and not Installation.objects.filter(demo=True).exists():
        raise Refused(_("This protocol is from a demonstration. Sign it yourself first."), "protocol")


def _episode(patient: Patient, now: datetime) -> EpisodeOfCare:
    episode, _new = EpisodeOfCare.objects.get_or_create(
        patient=patient, ended_at=None, defaults={"clinic_id": patient.clinic_id, "started_at": now}
    )
    return episode
