"""An infusion that was moved or called off lately: what its people read first, in big words."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.translation import gettext

from luna.careplan.plans import eating
from luna.careplan.plans.loading import Plan, Visit
from luna.intake import plans as intake
from luna.library import times
from luna.people.access import Viewer
from luna.treatment import ordering
from luna.treatment import plans as treatment
from luna.treatment.holding import Held
from luna.treatment.models import Infusion, Order

NEAR = timedelta(days=2)  # a change of what is first felt farther ahead than this is no news for today
FRESH = timedelta(hours=12)  # how long a move stands first; a cancellation does until the old time is over


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads of a change, or hears of it on the phone.

    name: the patient's first name, empty when it is the patient. zone: the reader's own. kinds: what they
    are shown.
    """

    name: str
    zone: str
    kinds: Collection[str]


@dataclass(frozen=True, slots=True)
class Changed:
    """What a patient or caretaker reads first after a move or a cancellation.

    title: what may be eaten and drunk now. below: until when, or that it goes on. what: which time became
    which. medicines: each one that was to be left out, from its order.
    """

    title: str
    below: str
    what: str
    medicines: tuple[str, ...]
    visit: Visit


def changed(viewer: Viewer, plans: Iterable[Plan], now: datetime) -> Changed | None:
    """Return the change that stands first, the one whose infusion is the nearest; None without one."""
    mine = list(plans)
    found = [(plan, visit) for plan in mine for visit in plan.visits if _is_news(plan, visit, now)]
    if not found:
        return None
    plan, visit = min(found, key=lambda one: one[1].starts_at)
    is_patient = viewer.capacity_kind == "patient"
    reader = Reader("" if is_patient else plan.patient.first_name, viewer.zone, viewer.kinds)
    title, below = _eating(plan, mine, reader)
    medicines = tuple(_medicines(plan, visit, reader))
    return Changed(title, below, _what(plan, visit, viewer, now), medicines, visit)


def spoken(visit: Visit, was: datetime, mine: Sequence[Plan], reader: Reader) -> tuple[str, ...]:
    """Return what somebody whom no message reaches is told on the phone, line by line.

    The same words stand first on the page of whoever has one. was: when the infusion began before it was
    moved. mine: all plans of the patient, that of the infusion among them. Empty where the page has none:
    the infusion is far, it is over, or they have come.
    """
    plan = next(one for one in mine if visit in one.visits)
    booking = visit.booking
    is_near = _first(plan, visit, was) - plan.now <= NEAR
    if not is_near or booking.arrived_at or booking.started_at or visit.leaves_at <= plan.now:
        return ()
    return tuple(line for line in (*_eating(plan, mine, reader), *_medicines(plan, visit, reader)) if line)


def _eating(plan: Plan, mine: Iterable[Plan], reader: Reader) -> tuple[str, str]:
    found, zone = eating.standing(mine, plan.now), plan.clinic.zone
    return eating.said(found, name=reader.name, zone=zone, own=reader.zone, now=plan.now)


def _first(plan: Plan, visit: Visit, was: datetime) -> datetime:
    """Return when something of an infusion is first felt: a medicine is left out before it, or it begins.

    was: when it began before it was moved. What is left out since an earlier infusion goes on, and is not of
    this one.
    """
    mine = visit.booking.infusion
    every = (one for of in treatment.holds(plan.series).values() for one in of)
    leads = (visit.starts_at - one.stop_at for one in every if one.first == mine)
    return min(was, visit.starts_at) - max(leads, default=timedelta())


def _is_news(plan: Plan, visit: Visit, now: datetime) -> bool:
    """Say whether a visit was moved or called off a short while ago, and is near, or was."""
    booking, row = visit.booking, visit.row
    if booking.arrived_at or booking.started_at:
        return False
    if row.cancelled:
        since, was, over_at = booking.cancelled_at, row.starts_at, row.leaves_at
    elif row.was_at is not None and not visit.off:
        since, was = booking.booked_at, row.was_at
        over_at = min(row.starts_at, since + FRESH)
    else:
        return False
    return now < over_at and _first(plan, visit, was) - since <= NEAR


def _what(plan: Plan, visit: Visit, viewer: Viewer, now: datetime) -> str:
    zone = plan.clinic.zone

    def at(moment: datetime) -> str:
        return times.when(moment, zone, now) + times.place(moment, zone, viewer.zone)

    if visit.off:
        return gettext("The infusion does not take place. It was planned for %(was)s.") % {
            "was": at(visit.starts_at)
        }
    return gettext("The infusion is now planned for %(now)s, no longer for %(was)s.") % {
        "now": at(visit.starts_at),
        "was": at(visit.row.was_at),
    }


def _medicines(plan: Plan, visit: Visit, reader: Reader) -> Iterator[str]:
    """Give a line for each medicine the reader may know of that is left out, or to be asked about."""
    told = intake.by_name(plan.patient.told)
    holds = treatment.holds(plan.series)
    for key, order in ordering.decisions(plan.series, visit.row).items():
        if order.handling == Order.Handling.TAKE or not ordering.is_open(order, reader.kinds, told):
            continue
        row = told.get(key)
        is_old = row is not None and row.recorded_at > order.at
        held = None if is_old else _around(visit.row, holds.get(key, ()))
        yield _medicine(order.name, held, plan, reader)


def _around(row: Infusion, holds: Iterable[Held]) -> Held | None:
    """Return the hold an infusion is one of, None where its order says nothing of it any more."""
    return next((one for one in holds if one.stop_at <= row.starts_at <= one.restart_at), None)


def _medicine(name: str, held: Held | None, plan: Plan, reader: Reader) -> str:
    """Return what the order says of one medicine; where it says nothing, whom to ask. Never more."""
    if held is None:
        return gettext("%(name)s: ask the clinic.") % {"name": name}
    next_at = held.stop_at if held.stop_at > plan.now else held.restart_at
    zone = plan.clinic.zone
    when = times.when(next_at, zone, plan.now) + times.place(next_at, zone, reader.zone)
    if held.stop_at > plan.now:
        words = gettext("%(name)s: last one %(when)s, at the latest.")
    elif held.restart_at > plan.now:
        words = gettext("%(name)s: left out until %(when)s.")
    else:
        words = gettext("%(name)s: to be taken again, as ordered.")
    return words % {"name": name, "when": when}
