"""The waiting list: wait for an earlier time, offer a freed chair, take it or say no."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time
from uuid import UUID, uuid5

from django.db import transaction
from django.db.models import QuerySet
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext_lazy as _

from luna.audit import actions as audit
from luna.careplan import plans
from luna.careplan.models import ChairOffer, OfferAnswer, OfferWithdrawal, Waiting
from luna.clinical.waiting import SHORTEST
from luna.feed import actions as feed
from luna.notices import actions as notices
from luna.notices.words import Act
from luna.people.access import Viewer
from luna.people.errors import Refused, Replayed
from luna.people.models import Clinic
from luna.records import facts
from luna.treatment import actions as treatment
from luna.treatment import covers, rides
from luna.treatment import plans as booked
from luna.treatment.models import BookingRevision, Infusion, Moment, Series
from luna.treatment.slots import Freed

LONGEST_NAME = 60
TAKEN_BACK = _("This offer was taken back. Your time stays as it is, and you stay on the list.")
GONE = _("It is taken. Your time stays as it is, and you stay on the list.")
OVER = _("This time can’t be taken any more. Yours stays as it is, and you stay on the list.")


@dataclass(frozen=True, slots=True)
class Wish:
    """When somebody can come, and who helps them then: of the circle, or by name."""

    days: tuple[int, ...]
    earliest: time | None = None
    latest: time | None = None
    driver_id: UUID | None = None
    driver_name: str = ""
    adult_id: UUID | None = None
    adult_name: str = ""


@transaction.atomic
def wait(*, infusion_id: UUID, wish: Wish, viewer: Viewer, client_id: UUID, now: datetime) -> Waiting:
    """Put a patient on the list for an earlier time than an infusion has, or change what they said.

    The patient does it, or staff for them. Whoever waits already keeps their place.
    """
    infusion, wish = _held(infusion_id, viewer), _trimmed(wish)
    before = Waiting.objects.filter(by=viewer.user_id, client_id=client_id).first()
    if before is not None:
        if (before.infusion_id, before.is_on, *_said(before)) != (infusion.id, True, *_of(wish)):
            raise Replayed
        return before
    _check_ahead(infusion, now)
    _check(wish, infusion)
    return _write(infusion, wish, is_on=True, viewer=viewer, client_id=client_id, now=now)


@transaction.atomic
def stop_waiting(*, infusion_id: UUID, viewer: Viewer, client_id: UUID, now: datetime) -> None:
    """Take a patient off the list, and withdraw what they were offered. Off already is off."""
    infusion = _held(infusion_id, viewer)
    before = Waiting.objects.filter(by=viewer.user_id, client_id=client_id).first()
    if before is not None:
        if (before.infusion_id, before.is_on) != (infusion.id, False):
            raise Replayed
        return
    if infusion.id not in plans.waiting_of([infusion]):
        return
    _write(infusion, Wish(()), is_on=False, viewer=viewer, client_id=client_id, now=now)
    _withdraw(ChairOffer.objects.filter(infusion=infusion, until__gt=now))


@transaction.atomic
def offer_chair(
    *,
    starts_at: datetime,
    chair_id: UUID,
    infusion_ids: Sequence[UUID],
    until: datetime,
    viewer: Viewer,
    client_id: UUID,
    now: datetime,
) -> list[ChairOffer]:
    """Offer a freed chair to some who wait, until a time; each gets one message.

    Raises Refused, with the name, when one of them cannot have it, and when it is free no more. Whoever
    has an open offer of it already is not asked again.
    """
    if not viewer.has_role(*booked.BOOKERS):
        raise Http404
    _hold_clinic(viewer)
    ids = {uuid5(client_id, infusion_id.hex): infusion_id for infusion_id in infusion_ids}
    mine = ChairOffer.objects.filter(by=viewer.user_id, client_id__in=ids)
    before = list(mine.order_by("recorded_at", "id"))
    if any((one.starts_at, one.chair_id) != (starts_at, chair_id) for one in before):
        raise Replayed
    asked = {one.client_id for one in before}
    ids = {form_id: infusion_id for form_id, infusion_id in ids.items() if form_id not in asked}
    if before and not ids:
        return before
    _check_asked(infusion_ids, starts_at, until, now)
    of = plans.known(viewer.clinic, now)
    slot = plans.slot_of(of, starts_at, chair_id)
    if slot is None:
        raise Refused(_("This chair is not free any more."))
    waits = [one for one in of.waits if one.infusion.id in ids.values()]
    silent = plans.silent_until(of, [one.patient for one in waits])
    chosen = {form_id: _able(of, infusion_id, slot, until, silent) for form_id, infusion_id in ids.items()}
    return before + [
        _offer(one, slot, until, viewer=viewer, form_id=form_id, now=now)
        for form_id, one in chosen.items()
        if not _has_open(one, slot, of)
    ]


@transaction.atomic
def answer_offer(
    *, offer_id: UUID, takes: bool, viewer: Viewer, client_id: UUID, now: datetime
) -> OfferAnswer:
    """Take an offered chair, or say no. The first who takes it has it, and their infusion moves there.

    Everything is judged once more: who cannot fast or come any more is refused kindly, and nothing moves.
    """
    if viewer.capacity_kind != "patient":
        raise Http404
    found = get_object_or_404(ChairOffer.objects.visible_to(viewer), id=offer_id)
    # The locks of bookings.move, in its order: two who say yes at once find each other here.
    _hold_clinic(viewer)
    Series.objects.select_for_update(no_key=True).get(infusions=found.infusion_id)
    before = OfferAnswer.objects.filter(offer=found).first()
    if before is not None:
        if before.is_taken != takes:
            raise Refused(_("You have answered this already."))
        return before
    if OfferWithdrawal.objects.filter(offer=found).exists():
        raise Refused(TAKEN_BACK)
    if takes:
        _check_open(found, viewer, now)
        infusion = Infusion.objects.get(id=found.infusion_id)
        treatment.move(
            infusion_id=infusion.id,
            start=treatment.Start(found.starts_at, found.chair_id),
            why=BookingRevision.Why.PATIENT,
            expected_revision=infusion.revision,
            viewer=viewer,
            client_id=found.id,
            now=now,
        )
        same = ChairOffer.objects.filter(
            clinic=found.clinic_id, starts_at=found.starts_at, chair=found.chair_id
        )
        _withdraw(same.exclude(id=found.id))
    row = OfferAnswer.objects.create(
        offer=found, is_taken=takes, **facts.columns(found.infusion, viewer, client_id, now)
    )
    who = {"user_id": viewer.user_id, "patient_id": found.patient_id}
    notices.acted(Act.OFFER, task_key=plans.about_offer(found.id), **who, now=now)
    audit.record("chair.take" if takes else "chair.decline", by=viewer, subject=found, now=now)
    feed.changed(clinic_id=found.clinic_id, patient_id=found.patient_id, now=now)
    return row


@transaction.atomic
def withdraw_offer(*, offer_id: UUID, viewer: Viewer, client_id: UUID, now: datetime) -> OfferWithdrawal:
    """Take an open offer back: nobody can say yes to it any more, and a message still waiting is not sent.

    Taken back already is taken back. Raises Refused once it was answered or is over.
    """
    if not viewer.has_role(*booked.BOOKERS):
        raise Http404
    found = get_object_or_404(ChairOffer.objects.visible_to(viewer), id=offer_id)
    # The locks of an answer, in its order: who says yes meanwhile and who takes it back find each other here.
    _hold_clinic(viewer)
    Series.objects.select_for_update(no_key=True).get(infusions=found.infusion_id)
    before = OfferWithdrawal.objects.filter(offer=found).first()
    if before is not None:
        return before
    if OfferWithdrawal.objects.filter(by=viewer.user_id, client_id=client_id).exists():
        raise Replayed
    _check_withdrawable(found, viewer, now)
    row = OfferWithdrawal.objects.create(offer=found, **facts.columns(found.infusion, viewer, client_id, now))
    _withdraw(ChairOffer.objects.filter(id=found.id))
    audit.record("chair.withdraw", by=viewer, subject=found, now=now, payload={"at": found.starts_at})
    feed.changed(clinic_id=found.clinic_id, patient_id=found.patient_id, now=now)
    return row


def _hold_clinic(viewer: Viewer) -> None:
    # Chairs are the clinic's: nobody books, moves or offers one meanwhile.
    Clinic.objects.select_for_update(no_key=True).get(id=viewer.clinic_id)


def _held(infusion_id: UUID, viewer: Viewer) -> Infusion:
    """Return an infusion of a patient's own, or of a patient of staff who book, holding its series."""
    if viewer.capacity_kind != "patient" and not viewer.has_role(*booked.BOOKERS):
        raise Http404
    found = get_object_or_404(Infusion.objects.visible_to(viewer), id=infusion_id)
    Series.objects.select_for_update(no_key=True).get(id=found.series_id)
    return Infusion.objects.select_related("series").prefetch_related("moments").get(id=found.id)


def _check_ahead(infusion: Infusion, now: datetime) -> None:
    is_off = booked.is_off(infusion, infusion.series)
    if is_off or infusion.starts_at <= now or Moment.What.ARRIVED in booked.standing_moments(infusion):
        raise Refused(_("This infusion is not ahead any more. Nothing was changed."))


def _trimmed(wish: Wish) -> Wish:
    """Return a wish as it is kept. Of the circle or by name, not both: the circle counts."""
    return replace(
        wish,
        days=tuple(sorted(set(wish.days))),
        driver_name="" if wish.driver_id else wish.driver_name.strip(),
        adult_name="" if wish.adult_id else wish.adult_name.strip(),
    )


def _check(wish: Wish, infusion: Infusion) -> None:
    """Refuse a wish nobody could keep, and helpers who cannot help."""
    if not wish.days or not set(wish.days) <= set(range(7)):
        raise Refused(_("Choose one day of the week or more."), "days")
    if wish.earliest and wish.latest and wish.latest < wish.earliest:
        raise Refused(_("The latest start must not be before the earliest."), "latest")
    members = list(covers.circle().filter(patient=infusion.patient_id))
    _check_helper("driver", wish.driver_id, wish.driver_name, {one.user_id for one in rides.able(members)})
    _check_helper("adult", wish.adult_id, wish.adult_name, {one.user_id for one in covers.able(members)})


def _check_helper(field: str, who: UUID | None, name: str, able: set[UUID]) -> None:
    if who is None and not name:
        raise Refused(_("Choose somebody, or type a name."), field)
    if who is not None and who not in able:
        raise Refused(_("This person can’t do that just now. Choose somebody else."), field)
    if len(name) > LONGEST_NAME:
        raise Refused(_("This is too long. Write at most %(n)s letters.") % {"n": LONGEST_NAME}, field)


def _write(
    infusion: Infusion, wish: Wish, *, is_on: bool, viewer: Viewer, client_id: UUID, now: datetime
) -> Waiting:
    row = Waiting.objects.create(
        infusion=infusion,
        revision=infusion.times_revision,
        is_on=is_on,
        days=list(wish.days),
        earliest=wish.earliest,
        latest=wish.latest,
        driver_id=wish.driver_id,
        driver_name=wish.driver_name,
        adult_id=wish.adult_id,
        adult_name=wish.adult_name,
        **facts.columns(infusion, viewer, client_id, now),
    )
    audit.record("waiting.join" if is_on else "waiting.leave", by=viewer, subject=row, now=now)
    feed.changed(clinic_id=infusion.clinic_id, patient_id=infusion.patient_id, now=now)
    return row


def _said(row: Waiting) -> tuple[object, ...]:
    helpers = (row.driver_id, row.driver_name, row.adult_id, row.adult_name)
    return tuple(row.days), row.earliest, row.latest, *helpers


def _of(wish: Wish) -> tuple[object, ...]:
    helpers = (wish.driver_id, wish.driver_name, wish.adult_id, wish.adult_name)
    return wish.days, wish.earliest, wish.latest, *helpers


def _check_asked(infusion_ids: Sequence[UUID], starts_at: datetime, until: datetime, now: datetime) -> None:
    if not infusion_ids:
        raise Refused(_("Choose at least one person."))
    if until < now + SHORTEST:
        raise Refused(_("Give them at least 15 minutes."), "hours")
    if until >= starts_at:
        raise Refused(_("The offer must end before the infusion starts."), "hours")


def _able(
    of: plans.Known, infusion_id: UUID, slot: Freed, until: datetime, silent: Mapping[UUID, datetime]
) -> plans.Waits:
    """Return who waits for an infusion, if the chair can be offered to them until then."""
    one = plans.waits_for(of, infusion_id)
    if one is None:
        raise Refused(_("Somebody is not on the list any more. Look again."))
    bars = plans.bars_of(one, slot, of, until=until, sends_at=silent.get(one.patient.id))
    if bars:
        said = {"name": one.patient.name, "why": plans.BARS[bars[0]]}
        raise Refused(_("%(name)s cannot be offered it until then: %(why)s.") % said)
    return one


def _has_open(one: plans.Waits, slot: Freed, of: plans.Known) -> bool:
    rows = ChairOffer.objects.filter(infusion=one.infusion, starts_at=slot.starts_at, chair=slot.chair)
    found = list(rows.select_related("answer", "withdrawal", "infusion"))
    taken = plans.taken_of(found)
    return any(plans.state(row, of, taken) is plans.State.OPEN for row in found)


def _offer(
    one: plans.Waits,
    slot: Freed,
    until: datetime,
    *,
    viewer: Viewer,
    form_id: UUID,
    now: datetime,
) -> ChairOffer:
    infusion, patient = one.infusion, one.patient
    row = ChairOffer.objects.create(
        waiting=one.row,
        infusion=infusion,
        revision=infusion.times_revision,
        starts_at=slot.starts_at,
        chair=slot.chair,
        until=until,
        **facts.columns(infusion, viewer, form_id, now),
    )
    notices.plan(
        key=f"{row.id.hex}:sooner-offered:{patient.user_id.hex}",
        words="sooner-offered",
        clinic_id=infusion.clinic_id,
        patient_id=patient.id,
        to_user_id=patient.user_id,
        due_at=now,
        values={"until_at": until},
        task_key=plans.about_offer(row.id),
        revision=infusion.revision,
        now=now,
    )
    audit.record("chair.offer", by=viewer, subject=row, now=now, payload={"at": slot.starts_at})
    feed.changed(clinic_id=infusion.clinic_id, patient_id=patient.id, now=now)
    return row


def _check_open(found: ChairOffer, viewer: Viewer, now: datetime) -> None:
    """Judge an offer once more, on all that is known now. Raises Refused with kind words."""
    of = plans.known(viewer.clinic, now, patient_id=found.patient_id)
    match plans.state(found, of, plans.taken_of([found])):
        case plans.State.OPEN:
            return
        case plans.State.GONE:
            raise Refused(GONE)
        case _:
            raise Refused(OVER)


def _check_withdrawable(found: ChairOffer, viewer: Viewer, now: datetime) -> None:
    of = plans.known(viewer.clinic, now, patient_id=found.patient_id)
    match plans.state(found, of, plans.taken_of([found])):
        case plans.State.OPEN:
            return
        case plans.State.TAKEN:
            raise Refused(_("They said yes before you took it back. The time is theirs."))
        case plans.State.DECLINED:
            raise Refused(_("They said no before you took it back."))
        case plans.State.OVER if found.until > now:
            return  # over for now: what bars it may pass, and then they could say yes
        case _:
            raise Refused(_("This offer is over already. Nobody can say yes to it."))


def _withdraw(offers: QuerySet[ChairOffer]) -> None:
    """Withdraw what was still to be said of some offers."""
    for row in offers:
        notices.void(patient_id=row.patient_id, task_key_prefix=plans.about_offer(row.id))
