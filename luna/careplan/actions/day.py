"""Run late from here on, or close a day: one step for staff, each infusion in a transaction of its own."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.http import Http404
from django.utils.translation import gettext_lazy as _

from luna.audit import actions as audit
from luna.careplan import plans
from luna.careplan.models import DayChange
from luna.feed import actions as feed
from luna.people.access import Viewer
from luna.people.actions import clinic
from luna.people.errors import Refused, Replayed, Stale
from luna.people.models import Clinic, ClosedDay
from luna.treatment import actions as treatment
from luna.treatment import plans as booked
from luna.treatment.models import BookingRevision, Infusion, Moment, Series

What = DayChange.What
SHORTEST, LONGEST = timedelta(minutes=5), timedelta(hours=8)  # how much later a clinic may run in one step
LONGEST_WORDS = 300
LONGEST_REASON = 120  # of a closed day
ARRIVED = _("They have arrived meanwhile. Their time stays as it is.")


@transaction.atomic
def change_day(
    *,
    asked: plans.Asked,
    seen: Mapping[str, int],
    words: str,
    shut: bool = False,
    viewer: Viewer,
    client_id: UUID,
    now: datetime,
) -> DayChange:
    """Write down that the clinic runs late or closes, and for which infusions. `carry_out` then does it.

    seen: infusion, as hex -> the revision of its booking on the page that was confirmed. shut: it is a
    closed day from now on, so that nothing new is booked. The same form again is the same change. Raises
    Stale when one of them is not as it was, or may not be touched any more.
    """
    if not viewer.has_role(*booked.BOOKERS):
        raise Http404
    Clinic.objects.select_for_update(no_key=True).get(id=viewer.clinic_id)
    before = DayChange.objects.filter(by=viewer.user_id, client_id=client_id).first()
    if before is not None:
        if (before.on, before.what, before.minutes) != (asked.on, asked.what, asked.minutes):
            raise Replayed
        return before
    _check(asked, seen, words)
    found = {one.key: one for one in plans.preview(viewer, asked, now).touched if not one.refused}
    if any(key not in found or found[key].revision != revision for key, revision in seen.items()):
        raise Stale
    # The last of the day goes first: none is then in the way of another.
    chosen = sorted((found[key] for key in seen), key=lambda one: one.visit.starts_at, reverse=True)
    change = DayChange.objects.create(
        clinic_id=viewer.clinic_id,
        on=asked.on,
        what=asked.what,
        minutes=asked.minutes,
        words=words.strip(),
        lines=[
            {"infusion": one.key, "revision": one.revision, "to": one.to.isoformat() if one.to else None}
            for one in chosen
        ],
        by_id=viewer.user_id,
        at=now,
        client_id=client_id,
    )
    is_open = not ClosedDay.objects.filter(clinic=viewer.clinic_id, on=asked.on).exists()
    if shut and asked.what == What.CLOSED and is_open:
        clinic.add_closed_day(on=asked.on, reason=words.strip()[:LONGEST_REASON], by=viewer, now=now)
    audit.record("day.change", by=viewer, subject=change, now=now, reason=asked.what, payload={"of": [*seen]})
    feed.changed(clinic_id=viewer.clinic_id, now=now)
    return change


def carry_out(*, change_id: UUID, viewer: Viewer, now: datetime) -> dict[str, Refused]:
    """Move or cancel what a change of a day is about and is not done yet; return infusion -> why not.

    Each in a transaction of its own, so that one that cannot be holds up none. What was left half done by
    a worker that died, or refused, is taken up when this is called again.
    """
    if not viewer.has_role(*booked.BOOKERS):
        raise Http404
    change = DayChange.objects.visible_to(viewer).get(id=change_id)
    refused = {}
    for line in change.lines:
        try:
            _do(change, line, viewer, now)
        except (Refused, Stale) as refusal:
            refused[line["infusion"]] = refusal
    return refused


@transaction.atomic
def _do(change: DayChange, line: Mapping[str, str], viewer: Viewer, now: datetime) -> None:
    # The locks of bookings.move, in its order; held from before what it does not ask: who has arrived.
    Clinic.objects.select_for_update(no_key=True).get(id=viewer.clinic_id)
    infusion = Infusion.objects.visible_to(viewer).get(id=UUID(line["infusion"]))
    Series.objects.select_for_update(no_key=True).get(id=infusion.series_id)
    if BookingRevision.objects.filter(infusion=infusion, client_id=change.id).exists():
        return
    infusion = Infusion.objects.prefetch_related("moments").get(id=infusion.id)
    if Moment.What.ARRIVED in booked.standing_moments(infusion):
        raise Refused(ARRIVED)
    asked = {
        "infusion_id": infusion.id,
        "why": BookingRevision.Why.CLINIC,
        "expected_revision": int(line["revision"]),
        "viewer": viewer,
        "client_id": change.id,
        "now": now,
    }
    if line["to"] is None:
        treatment.cancel(words=change.words, **asked)
    else:
        _move(infusion, datetime.fromisoformat(line["to"]), asked)


def _move(infusion: Infusion, to: datetime, asked: Mapping[str, object]) -> None:
    """Move an infusion, in its own chair where that is free, else to any."""
    try:
        with transaction.atomic():
            treatment.move(start=treatment.Start(to, infusion.chair_id, anyway=True), **asked)
    except Refused as refusal:
        if refusal.field != "chair":
            raise
        treatment.move(start=treatment.Start(to, anyway=True), **asked)


def _check(asked: plans.Asked, seen: Mapping[str, int], words: str) -> None:
    is_late = asked.what == What.LATE
    if asked.what not in What.values or is_late != (asked.minutes is not None):
        raise Refused(_("Say whether you run late or close."), "what")
    if asked.minutes is not None and not SHORTEST <= timedelta(minutes=asked.minutes) <= LONGEST:
        raise Refused(_("Type from 5 to 480 minutes."), "minutes")
    if len(words) > LONGEST_WORDS:
        raise Refused(_("This is too long. Write at most 300 letters."), "words")
    if not seen:
        raise Refused(_("Choose at least one infusion."))
