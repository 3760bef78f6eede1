"""Note what was told, paid or waived in a series. It bills nobody, and no message comes of it."""

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext_lazy as _

from luna.audit import actions as audit
from luna.feed import actions as feed
from luna.people.access import Viewer
from luna.people.errors import Refused, Replayed
from luna.people.models import Clinician
from luna.records import facts
from luna.treatment import plans
from luna.treatment.models import MoneyNote, Series

What = MoneyNote.What
LONGEST = 250
LONGEST_NAME = 120


@dataclass(frozen=True, slots=True)
class Wanted:
    """What staff note. words: the price as it was told, the deposit, or why a fee is waived.

    at: when that was. told_by_id, told_to: who told a price to whom.
    """

    what: str
    words: str
    at: datetime
    told_by_id: UUID | None = None
    told_to: str = ""


@transaction.atomic
def note(*, series_id: UUID, wanted: Wanted, viewer: Viewer, client_id: UUID, now: datetime) -> MoneyNote:
    """Note that a price was told, a deposit received or a fee waived. The same form again is one note."""
    series = _locked(series_id, viewer)
    wanted = replace(wanted, words=wanted.words.strip(), told_to=wanted.told_to.strip())
    before = MoneyNote.objects.filter(by=viewer.user_id, client_id=client_id).first()
    if before is not None:
        return _replayed(before, series, wanted)
    _check(wanted, viewer, now)
    row = _write(series, wanted, viewer=viewer, client_id=client_id, now=now)
    audit.record("money.note", by=viewer, subject=row, now=now, reason=row.what, payload={"words": row.words})
    feed.changed(clinic_id=series.clinic_id, patient_id=series.patient_id, now=now)
    return row


@transaction.atomic
def take_back(
    *, series_id: UUID, note_id: UUID, words: str, viewer: Viewer, client_id: UUID, now: datetime
) -> MoneyNote:
    """Take a note of a series back, with why. Staff still read it, and no patient does any more."""
    series = _locked(series_id, viewer)
    notes = MoneyNote.objects.visible_to(viewer).filter(series=series, supersedes=None)
    found = get_object_or_404(notes, id=note_id)
    words = words.strip()
    before = MoneyNote.objects.filter(by=viewer.user_id, client_id=client_id).first()
    if before is not None:
        if (before.supersedes_id, before.words) != (found.id, words):
            raise Replayed
        return before
    if found.superseded_by.exists():
        raise Refused(_("It was taken back already."))
    wanted = Wanted(found.what, words, now)
    _check_words(wanted, is_needed=True)
    row = _write(series, wanted, viewer=viewer, client_id=client_id, now=now, supersedes=found)
    audit.record("money.take-back", by=viewer, subject=found, now=now, reason=words)
    feed.changed(clinic_id=series.clinic_id, patient_id=series.patient_id, now=now)
    return row


def _locked(series_id: UUID, viewer: Viewer) -> Series:
    if not viewer.has_role(*plans.BOOKERS):
        raise Http404
    return get_object_or_404(
        Series.objects.visible_to(viewer).select_for_update(no_key=True, of=("self",)), id=series_id
    )


def _check(wanted: Wanted, viewer: Viewer, now: datetime) -> None:
    if wanted.what not in What.values:
        raise Http404
    _check_words(wanted, is_needed=wanted.what != What.DEPOSIT)
    if wanted.at > now:
        raise Refused(_("This time is still to come. Enter when it was."), "at")
    if wanted.what != What.PRICE:
        return
    ours = Clinician.objects.filter(clinic=viewer.clinic_id, user=wanted.told_by_id)
    if not ours.exists():
        raise Refused(_("Choose who told them."), "told_by")
    if not wanted.told_to:
        raise Refused(_("Type who was told."), "told_to")
    if len(wanted.told_to) > LONGEST_NAME:
        raise Refused(_("This is too long. Write at most %(n)s letters.") % {"n": LONGEST_NAME}, "told_to")


def _check_words(wanted: Wanted, *, is_needed: bool) -> None:
    if is_needed and not wanted.words:
        missing = _("Type what was told.") if wanted.what == What.PRICE else _("Write down why.")
        raise Refused(missing, "words")
    if len(wanted.words) > LONGEST:
        raise Refused(_("This is too long. Write at most %(n)s letters.") % {"n": LONGEST}, "words")


def _write(
    series: Series,
    wanted: Wanted,
    *,
    viewer: Viewer,
    client_id: UUID,
    now: datetime,
    supersedes: MoneyNote | None = None,
) -> MoneyNote:
    is_price = wanted.what == What.PRICE and supersedes is None
    return MoneyNote.objects.create(
        **facts.columns(series, viewer, client_id, now) | {"at": wanted.at},
        series=series,
        what=wanted.what,
        words=wanted.words,
        told_by_id=wanted.told_by_id if is_price else None,
        told_to=wanted.told_to if is_price else "",
        supersedes=supersedes,
    )


def _replayed(before: MoneyNote, series: Series, wanted: Wanted) -> MoneyNote:
    said = (before.series_id, before.what, before.words, before.supersedes_id)
    told = (wanted.told_by_id, wanted.told_to) if wanted.what == What.PRICE else (None, "")
    is_other = said != (series.id, wanted.what, wanted.words, None)
    if is_other or (before.told_by_id, before.told_to) != told:
        raise Replayed
    return before
