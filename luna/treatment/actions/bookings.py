"""Book, move and cancel one infusion. Every change is a new booking revision."""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext_lazy as _

from luna.audit import actions as audit
from luna.feed import actions as feed
from luna.library import plans as library
from luna.people.access import Viewer
from luna.people.errors import Refused, Replayed, Stale
from luna.people.models import Clinic
from luna.treatment import plans
from luna.treatment.actions import ending, ride, telling
from luna.treatment.models import BookingRevision, Infusion, Moment, Series
from luna.treatment.slots import Length, Placed, Start, place

Why = BookingRevision.Why
LONGEST_WORDS = 500


@transaction.atomic
def book(*, series_id: UUID, start: Start, viewer: Viewer, client_id: UUID, now: datetime) -> Infusion:
    """Add one infusion to a running series and tell the people concerned."""
    clinic = _locked_clinic(viewer)
    series = _locked_series(series_id, viewer)
    same_form = BookingRevision.objects.filter(
        by=viewer.user_id, client_id=client_id, infusion__series=series
    )
    before = same_form.select_related("infusion").first()
    if before is not None:
        return _replayed(before, start)
    if series.stopped_at is not None:
        raise Refused(_("This series was stopped. Start a new one to book infusions."))
    length = Length.of(library.protocol(series.protocol))
    found = _placed(clinic, series.patient_id, start, length=length, now=now)
    infusion = add(series, found, by=viewer, client_id=client_id, now=now)
    audit.record("infusion.book", by=viewer, subject=infusion, now=now, payload={"at": start.at})
    telling.of_infusion(infusion, "booked", {"starts_at": infusion.starts_at}, now)
    ending.follow(series.patient_id)
    feed.changed(clinic_id=clinic.id, patient_id=series.patient_id, now=now)
    return infusion


@transaction.atomic
def move(
    *,
    infusion_id: UUID,
    start: Start,
    why: str,
    expected_revision: int,
    viewer: Viewer,
    client_id: UUID,
    now: datetime,
) -> Infusion:
    """Give an infusion another time or chair. With another time, tell the people concerned what changed.

    Every task moves with it, since none is stored. Raises Stale when the booking is not the one the
    form was opened on, and Refused for a time that cannot be.
    """
    clinic = _locked_clinic(viewer)
    infusion = _locked_infusion(infusion_id, viewer)
    before = infusion.revisions.filter(by=viewer.user_id, client_id=client_id).first()
    if before is not None:
        return _replayed(before, start)
    _check_open(infusion, why, expected_revision)
    if why in BookingRevision.CANCELLING:
        raise Refused(_("Say why."), "why")
    was, ride_was = infusion.starts_at, ride.standing(infusion)
    if (was, infusion.chair_id) == (start.at, start.chair_id or infusion.chair_id):
        raise Refused(_("It is booked for this time already. Choose another time or chair."), "time")
    arrived_at = plans.standing_moments(infusion).get(Moment.What.ARRIVED)
    if arrived_at is not None and start.at - plans.EARLY > arrived_at:
        # It would stand for the new day as well: there and fasting, days before they come.
        raise Refused(_("They have arrived. Take that back first, then choose another day."), "time")
    found = _placed(
        clinic,
        infusion.patient_id,
        start,
        length=Length.booked(infusion),
        now=now,
        besides=infusion.id,
    )
    _revise(infusion, found, why=why, by=viewer, client_id=client_id, now=now)
    audit.record("infusion.move", by=viewer, subject=infusion, now=now, reason=why, payload={"at": start.at})
    if found.starts_at != was:
        telling.of_infusion(infusion, "moved", {"was_at": was, "starts_at": found.starts_at}, now)
        ride.again(infusion, ride_was, by=viewer, now=now)
    ending.follow(infusion.patient_id)
    feed.changed(clinic_id=clinic.id, patient_id=infusion.patient_id, now=now)
    return infusion


@transaction.atomic
def cancel(
    *,
    infusion_id: UUID,
    why: str,
    words: str = "",
    expected_revision: int,
    viewer: Viewer,
    client_id: UUID,
    now: datetime,
) -> Infusion:
    """Cancel an infusion that has not started, and tell the people concerned. Raises Stale.

    This is where it is written down, once, why an infusion did not happen: on its day, or afterwards, when
    nobody is told any more. words: what `why` does not say; needed for "other".
    """
    infusion = _locked_infusion(infusion_id, viewer)
    before = infusion.revisions.filter(by=viewer.user_id, client_id=client_id).first()
    if before is not None:
        if not before.cancelled:
            raise Replayed
        return infusion
    _check_open(infusion, why, expected_revision)
    _check_why(infusion, why, words, now)
    call_off(infusion, why=why, words=words, by=viewer, client_id=client_id, now=now)
    audit.record("infusion.cancel", by=viewer, subject=infusion, now=now, reason=why)
    if infusion.ends_at > now:
        telling.of_infusion(infusion, "cancelled", {"was_at": infusion.starts_at}, now)
    ending.follow(infusion.patient_id)
    feed.changed(clinic_id=infusion.clinic_id, patient_id=infusion.patient_id, now=now)
    return infusion


def add(series: Series, found: Placed, *, by: Viewer, client_id: UUID, now: datetime) -> Infusion:
    """Write a new infusion and its first booking revision. Part of an action that holds the locks."""
    infusion = Infusion(
        clinic_id=series.clinic_id, patient_id=series.patient_id, series=series, **_times(found)
    )
    infusion.save(force_insert=True)
    _write(infusion, why=Why.BOOKED, by=by, client_id=client_id, now=now)
    return infusion


def call_off(
    infusion: Infusion, *, why: str, words: str = "", by: Viewer, client_id: UUID, now: datetime
) -> None:
    """Cancel an infusion, and let go who was to drive. Part of an action that holds the locks."""
    infusion.cancelled, infusion.revision = True, infusion.revision + 1
    infusion.save(update_fields=["cancelled", "revision"])
    _write(infusion, why=why, words=words, by=by, client_id=client_id, now=now)
    if infusion.ends_at > now:  # afterwards nobody is told any more
        ride.called_off(infusion, now=now)


def _revise(
    infusion: Infusion, found: Placed, *, why: str, by: Viewer, client_id: UUID, now: datetime
) -> None:
    moved = found.starts_at != infusion.starts_at
    infusion.revision += 1
    if moved:
        infusion.moved_revision = infusion.revision
    for name, value in _times(found).items():
        setattr(infusion, name, value)
    infusion.save(update_fields=["revision", "moved_revision", *_times(found)])
    _write(infusion, why=why, by=by, client_id=client_id, now=now)


def _times(found: Placed) -> dict[str, object]:
    return {
        "starts_at": found.starts_at,
        "ends_at": found.ends_at,
        "leaves_at": found.leaves_at,
        "chair": found.chair,
    }


def _write(
    infusion: Infusion, *, why: str, words: str = "", by: Viewer, client_id: UUID, now: datetime
) -> None:
    BookingRevision.objects.create(
        clinic_id=infusion.clinic_id,
        infusion=infusion,
        revision=infusion.revision,
        starts_at=infusion.starts_at,
        ends_at=infusion.ends_at,
        leaves_at=infusion.leaves_at,
        chair_id=infusion.chair_id,
        cancelled=infusion.cancelled,
        why=why,
        words=words.strip() or None,
        by_id=by.user_id,
        at=now,
        client_id=client_id,
    )


def _locked_clinic(viewer: Viewer) -> Clinic:
    # Chairs are the clinic's: two bookings of two series must not both find the last one free.
    return Clinic.objects.select_for_update(no_key=True).get(id=viewer.clinic_id)


def _locked_series(series_id: UUID, viewer: Viewer) -> Series:
    mine = Series.objects.visible_to(viewer).select_for_update(no_key=True, of=("self",))
    return get_object_or_404(mine.select_related("protocol"), id=series_id)


def _locked_infusion(infusion_id: UUID, viewer: Viewer) -> Infusion:
    series_id = get_object_or_404(Infusion.objects.visible_to(viewer), id=infusion_id).series_id
    series = _locked_series(series_id, viewer)
    infusion = Infusion.objects.get(id=infusion_id)  # again, now that nobody else changes it
    infusion.series = series
    return infusion


def _check_open(infusion: Infusion, why: str, expected_revision: int) -> None:
    if infusion.revision != expected_revision:
        raise Stale
    if infusion.cancelled:
        raise Refused(_("This infusion was cancelled. Book a new one instead."))
    if Moment.What.STARTED in plans.standing_moments(infusion):
        raise Refused(_("This infusion has started. It can no longer be moved or cancelled."))
    if why not in Why.values or why == Why.BOOKED:
        raise Refused(_("Say why."), "why")


def _check_why(infusion: Infusion, why: str, words: str, now: datetime) -> None:
    """Refuse a reason that its day has not shown yet, and one that says nothing."""
    if why in BookingRevision.ON_THE_DAY and not plans.is_day(infusion, now):
        raise Refused(_("Say why."), "why")
    if why == Why.OTHER and not words.strip():
        raise Refused(_("Write down what the reason was."), "words")
    if len(words) > LONGEST_WORDS:
        raise Refused(_("This is too long. Write at most 500 letters."), "words")


def _placed(
    clinic: Clinic,
    patient_id: UUID,
    start: Start,
    *,
    length: Length,
    now: datetime,
    besides: UUID | None = None,
) -> Placed:
    (found,) = place(
        clinic=clinic, patient_id=patient_id, starts=[start], length=length, now=now, besides=besides
    )
    if found.refused:
        raise found.refused
    return found


def _replayed(before: BookingRevision, start: Start) -> Infusion:
    """Return the infusion as this form left it the first time. Raises Replayed if it said something else."""
    chair_agrees = start.chair_id in (None, before.chair_id)
    if before.cancelled or before.starts_at != start.at or not chair_agrees:
        raise Replayed
    return before.infusion
