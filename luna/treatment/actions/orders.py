"""Sign an order, stop one, and countersign one that was spoken. Orders always win over a protocol."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.db import transaction
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext_lazy as _

from luna.audit import actions as audit
from luna.clinical.errors import BadSpan
from luna.clinical.number import Number, span_of
from luna.clinical.protocol import Protocol
from luna.feed import actions as feed
from luna.intake import plans as intake
from luna.library import content
from luna.library import plans as library
from luna.people.access import Viewer
from luna.people.errors import Refused, Replayed
from luna.people.models import Clinician
from luna.treatment import ordering, plans
from luna.treatment.actions import impairing, telling
from luna.treatment.models import Countersign, Order, Series

What, Handling = Order.What, Order.Handling
LONGEST_WORDS = 500
LONGEST_NAME = 120
LARGEST = Decimal(99999)
LONGEST_MIN = 60 * 24 * 28  # a hold of more than four weeks is another treatment, not an order for a visit
FAR = 2  # more than twice the protocol's value, or less than half of it, is asked about


@dataclass(frozen=True, slots=True)
class Wanted:
    """What an order is to say.

    name: id of the number or step, or a medicine's name. infusion_id: the one it is for; None for all.
    stop_before_min, restart_after_min: of a held medicine, before the start and after the end.
    prescriber_id: who said it, when somebody else writes it down. sure: an unusual value is meant.
    """

    what: str
    name: str
    infusion_id: UUID | None = None
    value: Decimal | None = None
    handling: str = ""
    stop_before_min: int | None = None
    restart_after_min: int | None = None
    words: str = ""
    prescriber_id: UUID | None = None
    sure: bool = False


@transaction.atomic
def sign_order(*, series_id: UUID, wanted: Wanted, viewer: Viewer, client_id: UUID, now: datetime) -> Order:
    """Sign an order of one's own, or write down one that a prescriber spoke.

    It replaces the order in force about the same thing. Whoever it concerns is told, and steps it
    changes are asked again. Raises Refused for what cannot be signed: only a prescriber decides, and a
    held medicine needs a time to stop and a time to start again.
    """
    series = _locked(series_id, viewer)
    before = Order.objects.filter(by=viewer.user_id, client_id=client_id).first()
    if before is not None:
        return _replayed(before, series, wanted)
    _check(series, wanted)
    standing = _same(series, wanted)
    if standing is not None and _says(standing) == _wants(wanted):
        raise Refused(_("This is ordered already."))
    order = _write(
        series,
        wanted,
        prescriber_id=_prescriber(viewer, wanted.prescriber_id),
        supersedes=standing,
        viewer=viewer,
        client_id=client_id,
        now=now,
    )
    verb = "order.write" if order.spoken else "order.sign"
    audit.record(verb, by=viewer, subject=order, now=now, payload={"order": _wants(wanted)})
    telling.of_order(series, order, now)
    impairing.settle(series.patient_id)
    feed.changed(clinic_id=series.clinic_id, patient_id=series.patient_id, now=now)
    return order


@transaction.atomic
def stop_order(*, order_id: UUID, viewer: Viewer, client_id: UUID, now: datetime) -> Order:
    """Stop an order: what the protocol says holds again. Only a prescriber does; twice changes nothing."""
    found = get_object_or_404(Order.objects.visible_to(viewer), id=order_id, stopped=False)
    series = _locked(found.series_id, viewer)
    after = Order.objects.filter(supersedes=found).first()
    if after is not None:
        if after.client_id == client_id and after.by_id == viewer.user_id:
            return after
        raise Refused(_("This order was replaced or stopped meanwhile. Look at what stands now."))
    if not viewer.has_role(Clinician.Role.PRESCRIBER):
        raise Refused(_("Only a prescriber can stop an order. Ask one to."))
    stop = _stop(series, found, viewer=viewer, client_id=client_id, now=now)
    audit.record("order.stop", by=viewer, subject=found, now=now)
    telling.of_order(series, stop, now)
    impairing.settle(series.patient_id)
    feed.changed(clinic_id=series.clinic_id, patient_id=series.patient_id, now=now)
    return stop


@transaction.atomic
def countersign(
    *, order_id: UUID, agreed: bool, viewer: Viewer, client_id: UUID, now: datetime
) -> Countersign:
    """Say, as the prescriber who is named, that a spoken order was one's own; if it was not, it stops."""
    found = get_object_or_404(Order.objects.visible_to(viewer), id=order_id, spoken=True)
    series = _locked(found.series_id, viewer)
    before = Countersign.objects.filter(order=found).first()
    if before is not None:
        if before.agreed != agreed:
            raise Refused(_("This was answered already. Look at what stands now."))
        return before
    if found.prescriber_id != viewer.user_id or not viewer.has_role(Clinician.Role.PRESCRIBER):
        raise Refused(_("Only the prescriber who is named can countersign this."))
    said = Countersign.objects.create(**_fact(series, viewer, client_id, now), order=found, agreed=agreed)
    verb = "order.countersign" if agreed else "order.deny"
    audit.record(verb, by=viewer, subject=found, now=now)
    if not agreed and not Order.objects.filter(supersedes=found).exists():
        stop = _stop(series, found, viewer=viewer, client_id=client_id, now=now)
        telling.of_order(series, stop, now)
    impairing.settle(series.patient_id)
    feed.changed(clinic_id=series.clinic_id, patient_id=series.patient_id, now=now)
    return said


def offered_numbers(protocol: Protocol) -> tuple[Number, ...]:
    """Return the numbers an order may change: those steps go by, and doses; not the booked lengths."""
    used = {name for step in protocol.steps for name in step.numbers}
    return tuple(
        number
        for name, number in protocol.numbers.items()
        if name in used or (number.span is None and number.unit != "count")
    )


def offered_steps(protocol: Protocol) -> tuple[str, ...]:
    """Return the names of the packaged steps an order may add."""
    own = {step.id for step in protocol.steps}
    return tuple(name for name in content.names("steps") if name not in own)


def _locked(series_id: UUID, viewer: Viewer) -> Series:
    mine = Series.objects.visible_to(viewer).select_for_update(no_key=True, of=("self",))
    get_object_or_404(mine, id=series_id)
    return plans.loaded(Series.objects.filter(id=series_id)).get()


def _prescriber(viewer: Viewer, named: UUID | None) -> UUID:
    """Return who decides: the viewer, or the prescriber they name."""
    if named is None or named == viewer.user_id:
        if not viewer.has_role(Clinician.Role.PRESCRIBER):
            raise Refused(_("Only a prescriber signs orders. Choose who told you this."), "prescriber")
        return viewer.user_id
    holders = Clinician.objects.filter(clinic_id=viewer.clinic_id, user_id=named, active=True)
    if not any(Clinician.Role.PRESCRIBER in one.roles for one in holders):
        raise Refused(_("Choose a prescriber who works here now."), "prescriber")
    return named


def _check(series: Series, wanted: Wanted) -> None:
    if series.stopped_at is not None:
        raise Refused(_("This series was stopped. There is nothing to order for it."))
    if wanted.infusion_id is not None and wanted.infusion_id not in {
        one.id for one in series.infusions.all() if not plans.is_off(one, series)
    }:
        raise Refused(_("Choose an infusion of this series."), "infusion")
    if len(wanted.words) > LONGEST_WORDS:
        raise Refused(_("This is too long. Write at most 500 letters."), "words")
    checks = {
        What.NUMBER: _check_number,
        What.SKIP: _check_skip,
        What.ADD: _check_add,
        What.MEDICINE: _check_medicine,
    }
    if wanted.what not in checks:
        raise Refused(_("Choose what to order."))
    checks[What(wanted.what)](library.protocol(series.protocol), wanted)


def _check_skip(protocol: Protocol, wanted: Wanted) -> None:
    if wanted.name not in {step.id for step in protocol.steps}:
        raise Refused(_("Choose a step of the protocol."), "name")


def _check_add(protocol: Protocol, wanted: Wanted) -> None:
    if wanted.name not in offered_steps(protocol):
        raise Refused(_("Choose a step from the list."), "name")


def _check_number(protocol: Protocol, wanted: Wanted) -> None:
    number = next((one for one in offered_numbers(protocol) if one.id == wanted.name), None)
    if number is None:
        raise Refused(_("Choose a number of the protocol."), "name")
    if wanted.value is None:
        raise Refused(_("Type the number."), "value")
    if not (wanted.value.is_finite() and 0 <= wanted.value <= LARGEST):
        raise Refused(_("This is not a value it can have. Look at the unit."), "value")
    try:
        span_of(wanted.value, number.unit)
    except BadSpan as problem:
        raise Refused(_("This is not a value it can have. Look at the unit."), "value") from problem
    far = wanted.value > number.value * FAR or wanted.value * FAR < number.value
    if far and not wanted.sure:
        words = _("The protocol says %(value)s %(unit)s. Look again, and tick “I mean this value” if you do.")
        raise Refused(words % {"value": number.value, "unit": number.unit}, "value")


def _check_medicine(_protocol: Protocol, wanted: Wanted) -> None:
    if not wanted.name.strip() or len(wanted.name) > LONGEST_NAME:
        raise Refused(_("Name the medicine."), "name")
    if wanted.handling not in Handling.values:
        raise Refused(_("Choose what is to be done with it."), "handling")
    if wanted.handling != Handling.HOLD:
        return
    if wanted.stop_before_min is None:
        raise Refused(_("Say how long before the infusion it is taken last."), "stop")
    if wanted.restart_after_min is None:
        raise Refused(
            _("Say how long after the infusion it is taken again. Without that it cannot be held."), "restart"
        )
    for field, minutes in (("stop", wanted.stop_before_min), ("restart", wanted.restart_after_min)):
        if not 0 <= minutes <= LONGEST_MIN:
            raise Refused(_("Use a time between none and 28 days."), field)


def _same(series: Series, wanted: Wanted) -> Order | None:
    """Return the order in force about the same thing for the same infusion, or for all."""
    mine = (wanted.what, wanted.name.strip().casefold(), wanted.infusion_id)
    found = [
        one for one in ordering.standing(series) if (one.what, ordering.key(one), one.infusion_id) == mine
    ]
    return found[-1] if found else None


def _write(
    series: Series,
    wanted: Wanted,
    *,
    prescriber_id: UUID,
    supersedes: Order | None,
    viewer: Viewer,
    client_id: UUID,
    now: datetime,
) -> Order:
    step_text = content.step_text(wanted.name) if wanted.what == What.ADD else ""
    return Order.objects.create(
        **_fact(series, viewer, client_id, now),
        kind=_kind(series, wanted),
        series=series,
        infusion_id=wanted.infusion_id,
        what=wanted.what,
        step_text=step_text,
        prescriber_id=prescriber_id,
        spoken=prescriber_id != viewer.user_id,
        supersedes=supersedes,
        **dict(zip(SAID, _wants(wanted), strict=True)),
    )


def _kind(series: Series, wanted: Wanted) -> str:
    """Return what an order is shared as: one about a medicine as that is; see `ordering.is_open`."""
    if wanted.what != What.MEDICINE:
        return Order.Kind.SCHEDULE
    return ordering.shared_as(wanted.name, intake.by_name(series.patient.told))


def _stop(series: Series, order: Order, *, viewer: Viewer, client_id: UUID, now: datetime) -> Order:
    return Order.objects.create(
        **_fact(series, viewer, client_id, now),
        kind=order.kind,
        series=series,
        infusion_id=order.infusion_id,
        what=order.what,
        name=order.name,
        prescriber_id=viewer.user_id,
        stopped=True,
        supersedes=order,
    )


SAID = ("name", "value", "handling", "stop_before_min", "restart_after_min", "words")


def _wants(wanted: Wanted) -> tuple[object, ...]:
    """Return the columns an order says something with; times only of a medicine that is held."""
    is_held = wanted.what == What.MEDICINE and wanted.handling == Handling.HOLD
    return (
        wanted.name.strip(),
        wanted.value if wanted.what == What.NUMBER else None,
        wanted.handling if wanted.what == What.MEDICINE else "",
        wanted.stop_before_min if is_held else None,
        wanted.restart_after_min if is_held else None,
        wanted.words.strip(),
    )


def _says(order: Order) -> tuple[object, ...]:
    return tuple(getattr(order, column) for column in SAID)


def _replayed(before: Order, series: Series, wanted: Wanted) -> Order:
    same = (before.series_id, before.what, before.infusion_id) == (series.id, wanted.what, wanted.infusion_id)
    if not same or before.stopped or _says(before) != _wants(wanted):
        raise Replayed
    return before


def _fact(series: Series, viewer: Viewer, client_id: UUID, now: datetime) -> dict[str, object]:
    return {
        "clinic_id": series.clinic_id,
        "patient_id": series.patient_id,
        "at": now,
        "recorded_at": now,
        "by_id": viewer.user_id,
        "capacity": viewer.capacity_kind,
        "client_id": client_id,
    }
