"""Sign an order, stop one, and countersign one that was spoken. Orders always win over a protocol."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from django.db import transaction
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext_lazy as _
from uuid6 import uuid7

from luna.audit import actions as audit
from luna.clinical import fasting
from luna.clinical.errors import BadFast, BadSpan
from luna.clinical.number import Number, span_of
from luna.clinical.protocol import Protocol
from luna.feed import actions as feed
from luna.intake import plans as intake
from luna.library import content
from luna.library import plans as library
from luna.notices import actions as notices
from luna.people.access import Viewer
from luna.people.errors import Refused, Replayed
from luna.people.models import Clinician
from luna.records import facts
from luna.treatment import ordering, plans
from luna.treatment.actions import impairing, telling
from luna.treatment.models import Countersign, Order, Series

What, Handling = Order.What, Order.Handling
LONGEST_WORDS = 500
LONGEST_NAME = 120
LARGEST = Decimal(99999)
LONGEST_MIN = 60 * 24 * 28  # a hold of more than four weeks is another treatment, not an order for a visit
TOO_LONG = _("Use a time from 0 to 24 hours, like 6 or 2.5.")
TOO_DRY = _("Clear drinks may not end before food does. Use the same time or less.")
NOT_READ_BACK = _("Read it back to them. Tick this when they say that it is right.")
FAR = 2  # more than twice the protocol's value, or less than half of it, is asked about


@dataclass(frozen=True, slots=True)
class Wanted:
    """What an order is to say.

    name: id of the number or step, a medicine's name, or a `fasting.Choice`. infusion_id: the one it is
    for; None for all. stop_before_min, restart_after_min: of a held medicine, before the start and after
    the end. food_min, drink_min: of another fasting rule, before the start.
    prescriber_id: who said it, when somebody else writes it down. read_back: they heard it read back, and
    said it is right; no spoken order stands without. sure: an unusual value is meant.
    reasons: of an override, the keys of what it sets aside; `careplan.actions.override` sees to them.
    """

    what: str
    name: str
    infusion_id: UUID | None = None
    value: Decimal | None = None
    handling: str = ""
    stop_before_min: int | None = None
    restart_after_min: int | None = None
    food_min: int | None = None
    drink_min: int | None = None
    words: str = ""
    prescriber_id: UUID | None = None
    read_back: bool = False
    sure: bool = False
    reasons: tuple[str, ...] = ()


@transaction.atomic
def sign_order(*, series_id: UUID, wanted: Wanted, viewer: Viewer, client_id: UUID, now: datetime) -> Order:
    """Sign an order of one's own, or write down one that a prescriber spoke.

    It replaces the order in force about the same thing. Whoever it concerns is told, and steps it
    changes are asked again. Raises Refused for what cannot be signed: only a prescriber decides, what one
    spoke is read back to them, and a held medicine needs a time to stop and a time to start again.
    """
    series = _locked(series_id, viewer)
    before = Order.objects.filter(by=viewer.user_id, client_id=client_id).first()
    if before is not None:
        return _replayed(before, series, _timed(series, wanted))
    wanted = _timed(series, wanted)
    _check(series, wanted)
    standing = _same(series, wanted)
    if standing is not None and _says(standing) == _wants(wanted):
        raise Refused(_("This is ordered already."))
    order = _write(
        series,
        wanted,
        prescriber_id=_prescriber(viewer, wanted),
        supersedes=standing,
        viewer=viewer,
        client_id=client_id,
        now=now,
    )
    for one in _outdone(series, order):
        _stop(series, one, viewer=viewer, client_id=uuid7(), now=now)
    verb = "order.write" if order.spoken else "order.sign"
    said = {"order": _wants(wanted), "read_back": order.read_back}
    audit.record(verb, by=viewer, subject=order, now=now, payload=said)
    if order.what == Order.What.MEDICINE:
        _decided(series, order, now)
    telling.of_order(series, order, now)
    impairing.settle(series.patient_id)
    feed.changed(clinic_id=series.clinic_id, patient_id=series.patient_id, now=now)
    return order


def _decided(series: Series, order: Order, now: datetime) -> None:
    """Note that the prescriber decided what a colleague asked them to."""
    notices.mended(
        user_id=order.prescriber_id,
        patient_id=series.patient_id,
        subject=f"medicine:{ordering.hidden(ordering.key(order))}",
        infusion_id=order.infusion_id,
        now=now,
    )


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
    said = Countersign.objects.create(
        **facts.columns(series, viewer, client_id, now), order=found, agreed=agreed
    )
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
        if name not in (fasting.FOOD, fasting.DRINK)  # these two are one rule: What.FASTING
        and (name in used or (number.span is None and number.unit != "count"))
    )


def offered_steps(protocol: Protocol) -> tuple[str, ...]:
    """Return the names of the packaged steps an order may add."""
    own = {step.id for step in protocol.steps}
    return tuple(name for name in content.names("steps") if name not in own)


def _locked(series_id: UUID, viewer: Viewer) -> Series:
    mine = Series.objects.visible_to(viewer).select_for_update(no_key=True, of=("self",))
    get_object_or_404(mine, id=series_id)
    return plans.loaded(Series.objects.filter(id=series_id)).get()


def _prescriber(viewer: Viewer, wanted: Wanted) -> UUID:
    """Return who decides: the viewer, or the prescriber they name and read it back to."""
    named = wanted.prescriber_id
    if named is None or named == viewer.user_id:
        if not viewer.has_role(Clinician.Role.PRESCRIBER):
            raise Refused(_("Only a prescriber signs orders. Choose who told you this."), "prescriber")
        return viewer.user_id
    holders = Clinician.objects.filter(clinic_id=viewer.clinic_id, user_id=named, active=True)
    if not any(Clinician.Role.PRESCRIBER in one.roles for one in holders):
        raise Refused(_("Choose a prescriber who works here now."), "prescriber")
    if not wanted.read_back:
        raise Refused(NOT_READ_BACK, "read_back")
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
        What.FASTING: _check_fasting,
        What.OVERRIDE: _check_override,
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


def _timed(series: Series, wanted: Wanted) -> Wanted:
    """Return an order of a fasting rule with the times of its name; those typed count for another rule."""
    if wanted.what != What.FASTING or wanted.name == fasting.Choice.OTHER:
        return wanted
    named = dict(fasting.NAMED)
    usual = fasting.usual(library.protocol(series.protocol))
    if usual is not None:
        named[fasting.Choice.PROTOCOL] = usual
    fast = named.get(wanted.name)
    minutes = (None, None) if fast is None else (fast.food // fasting.MINUTE, fast.drink // fasting.MINUTE)
    return replace(wanted, food_min=minutes[0], drink_min=minutes[1])


def _check_fasting(protocol: Protocol, wanted: Wanted) -> None:
    usual = fasting.usual(protocol)
    if usual is None:
        raise Refused(_("The protocol of this series has no times for food and drink."), "name")
    if wanted.name not in tuple(fasting.Choice):
        raise Refused(_("Choose a rule."), "name")
    if wanted.food_min is None:
        raise Refused(_("Type how many hours without food."), "food")
    if wanted.drink_min is None:
        raise Refused(_("Type how many hours without clear drinks."), "drink")
    fast = fasting.Fast(timedelta(minutes=wanted.food_min), timedelta(minutes=wanted.drink_min))
    try:
        fasting.check(fast)
    except BadFast as problem:
        is_longer = problem.field == "drink" and fast.drink > fast.food
        raise Refused(TOO_DRY if is_longer else TOO_LONG, problem.field) from problem
    if wanted.name == fasting.Choice.OTHER and fasting.is_far(fast, usual) and not wanted.sure:
        raise Refused(
            _("This is far from what the protocol says. Look again, and tick “I mean this value” if you do."),
            "food",
        )


def _check_override(_protocol: Protocol, wanted: Wanted) -> None:
    if wanted.infusion_id is None:
        raise Refused(_("Choose an infusion of this series."), "infusion")
    if not wanted.reasons:
        raise Refused(_("Choose what it goes ahead in spite of."), "reasons")
    if not wanted.words.strip():
        raise Refused(_("Write down why."), "words")


def _same(series: Series, wanted: Wanted) -> Order | None:
    """Return the order in force about the same thing for the same infusion, or for all.

    Each override stands by itself: a later one is about what came after.
    """
    if wanted.what == What.OVERRIDE:
        return None
    about = "" if wanted.what == What.FASTING else wanted.name.strip().casefold()
    mine = (wanted.what, about, wanted.infusion_id)
    found = [
        one for one in ordering.standing(series) if (one.what, ordering.key(one), one.infusion_id) == mine
    ]
    return found[-1] if found else None


def _outdone(series: Series, order: Order) -> list[Order]:
    """Return the other orders a fasting rule puts an end to: of the whole series, also those of infusions.

    Needs the series as it was before the order was written.
    """
    if order.what != What.FASTING:
        return []
    return [
        one
        for one in ordering.fasts(series)
        if one.id != order.supersedes_id and order.infusion_id in (None, one.infusion_id)
    ]


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
        **facts.columns(series, viewer, client_id, now),
        kind=_kind(series, wanted),
        series=series,
        infusion_id=wanted.infusion_id,
        what=wanted.what,
        step_text=step_text,
        prescriber_id=prescriber_id,
        spoken=prescriber_id != viewer.user_id,
        read_back=True if prescriber_id != viewer.user_id else None,
        supersedes=supersedes,
        **dict(zip(SAID, _wants(wanted), strict=True)),
    )


def _kind(series: Series, wanted: Wanted) -> str:
    """Return what an order is shared as: one about a medicine as that is; see `ordering.is_open`."""
    if wanted.what == What.OVERRIDE:
        return Order.Kind.HISTORY
    if wanted.what != What.MEDICINE:
        return Order.Kind.SCHEDULE
    return ordering.shared_as(wanted.name, intake.by_name(series.patient.told))


def _stop(series: Series, order: Order, *, viewer: Viewer, client_id: UUID, now: datetime) -> Order:
    return Order.objects.create(
        **facts.columns(series, viewer, client_id, now),
        kind=order.kind,
        series=series,
        infusion_id=order.infusion_id,
        what=order.what,
        name=order.name,
        prescriber_id=viewer.user_id,
        stopped=True,
        supersedes=order,
    )


SAID = (
    "name", "value", "handling", "stop_before_min", "restart_after_min", "food_min", "drink_min", "words",
    "reasons",
)  # fmt: skip


def _wants(wanted: Wanted) -> tuple[object, ...]:
    """Return the columns an order says something with; times only of a medicine that is held."""
    is_held = wanted.what == What.MEDICINE and wanted.handling == Handling.HOLD
    return (
        wanted.name.strip(),
        wanted.value if wanted.what == What.NUMBER else None,
        wanted.handling if wanted.what == What.MEDICINE else "",
        wanted.stop_before_min if is_held else None,
        wanted.restart_after_min if is_held else None,
        wanted.food_min if wanted.what == What.FASTING else None,
        wanted.drink_min if wanted.what == What.FASTING else None,
        wanted.words.strip(),
        sorted(wanted.reasons) or None,
    )


def _says(order: Order) -> tuple[object, ...]:
    return tuple(getattr(order, column) for column in SAID)


def _replayed(before: Order, series: Series, wanted: Wanted) -> Order:
    same = (before.series_id, before.what, before.infusion_id) == (series.id, wanted.what, wanted.infusion_id)
    if not same or before.stopped or _says(before) != _wants(wanted):
        raise Replayed
    return before
