"""What is known of money in a series, and until when an infusion can be cancelled without a fee.

It is for the patient and the clinic's staff alone: the kind `money` is shared with nobody.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from luna.clinical import cancelling
from luna.clinical.cancelling import Ahead, Closing, Unit
from luna.escalation.models import Escalation
from luna.people import plans as people
from luna.people.access import Viewer
from luna.people.models import Clinic
from luna.treatment import plans, slots
from luna.treatment.models import BookingRevision, Infusion, MoneyNote, Series

Why = BookingRevision.Why
# Whoever had to give up an infusion for one of these reads nothing about money for a while.
UNWELL = (Why.UNWELL, Why.PRESSURE, Why.ATE, Why.NO_RIDE)


@dataclass(frozen=True, slots=True)
class Free:
    """An infusion to come, and until when it can be cancelled or moved without a fee.

    until: None where the clinic says nothing, or there never was such a time. is_over: it has passed.
    """

    infusion: Infusion
    until: datetime | None
    is_over: bool

    @property
    def is_open(self) -> bool:
        """Say whether it can still be cancelled or moved without a fee."""
        return self.until is not None and not self.is_over


@dataclass(frozen=True, slots=True)
class Teaser:
    """What a plan says of money. free: the next infusion, while it can be cancelled without a fee."""

    free: Free | None


@dataclass(frozen=True, slots=True)
class Told:
    """A note, and the one that took it back, None while it stands."""

    note: MoneyNote
    back: MoneyNote | None


def ahead(viewer: Viewer, now: datetime, *, series_id: UUID | None = None) -> list[Free]:
    """Return the infusions to come, of one series or all of a patient's, the next first.

    At most three queries.
    """
    rows = Infusion.objects.visible_to(viewer).filter(starts_at__gt=now, cancelled=False)
    rows = rows.filter(series=series_id) if series_id else rows.filter(patient_id=viewer.patient_id)
    rows = plans.booked(rows.select_related("series")).order_by("starts_at", "id")
    live = [one for one in rows if not plans.is_off(one, one.series)]
    return list(_free(viewer.clinic, live, now))


def teaser(viewer: Viewer, now: datetime) -> Teaser | None:
    """Return what a patient's plan says of money; None where there is nothing to say, or not now."""
    if MoneyNote.kind not in viewer.kinds or is_quiet(viewer, now):
        return None
    clinic = viewer.clinic
    is_said = bool(clinic.price or clinic.deposit or clinic.free_ahead)
    if not is_said and not MoneyNote.objects.visible_to(viewer).exists():
        return None
    coming = ahead(viewer, now)[:1]
    return Teaser(next((one for one in coming if one.is_open), None))


def notes(viewer: Viewer, series: Iterable[Series]) -> list[Told]:
    """Return what was noted of some series, the newest first. One query."""
    rows = MoneyNote.objects.visible_to(viewer).filter(series__in=list(series))
    rows = list(rows.select_related("by", "told_by", "series").order_by("-at", "-id"))
    backs = {one.supersedes_id: one for one in rows if one.supersedes_id is not None}
    return [Told(one, backs.get(one.id)) for one in rows if one.supersedes_id is None]


def is_quiet(viewer: Viewer, now: datetime) -> bool:
    """Say whether a patient is shown nothing about money now: `cancelling.is_quiet`.

    Only what they may know of themselves counts: what was told in confidence leaves no trace here either.
    """
    waiting = Escalation.objects.visible_to(viewer).filter(patient=viewer.patient_id).open()
    off = BookingRevision.objects.filter(
        why__in=UNWELL,
        infusion__patient=viewer.patient_id,
        clinic=viewer.clinic_id,
        at__gt=now - cancelling.QUIET_FOR,
    )
    return cancelling.is_quiet(
        now,
        impaired_until=people.effect_ends(viewer.patient),
        has_escalation=waiting.exists(),
        fell_through=off.values_list("at", flat=True),
    )


def _free(clinic: Clinic, infusions: list[Infusion], now: datetime) -> Iterable[Free]:
    asked, closing = _asked(clinic) if infusions else (None, None)
    for one in infusions:
        until = None
        if asked is not None and closing is not None:
            until = cancelling.free_until(one.starts_at, asked, closing, booked_at=one.booked_at)
        yield Free(one, until, until is not None and until <= now)


def _asked(clinic: Clinic) -> tuple[Ahead | None, Closing | None]:
    if clinic.free_ahead is None:
        return None, None
    opened = slots.openings(clinic)
    closes = {weekday: span[1] for weekday, span in opened.hours.items()}
    closing = Closing(opened.zone, closes, frozenset(opened.closed))
    return Ahead(clinic.free_ahead, Unit(clinic.free_unit)), closing
