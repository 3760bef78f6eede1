"""A person's times as a calendar program reads them (RFC 5545), through the same access as their pages.

A calendar lies open on a locked phone, and its address can be passed on. So it names nobody, no clinic and
nothing of the treatment, and its ids tell nothing. Every time is one instant in UTC: a clock change moves
none of them, and the phone shows each on its own clock.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Count, Max, Q
from django.urls import reverse
from django.utils.translation import gettext, gettext_lazy

from luna.careplan.plans.items import DRINK, FOOD, Item, item
from luna.careplan.plans.loading import Plan, Visit, may_see, plans_for
from luna.clinical.plan import EVENING, MORNING
from luna.clinical.ride import State
from luna.library import plans as library
from luna.library import times
from luna.people.access import Viewer
from luna.people.actions.sharing import AFTER_SERIES
from luna.people.models import CalendarLink
from luna.treatment.models import Series
from luna.treatment.rides import BE_THERE

LEAVE_HOME = "leave-home"  # the protocol's number: how long before an infusion to set off
HOUR = timedelta(hours=1)
# The steps that have a place in a calendar, by the number their time comes from: what it says, and how
# long before it reminds. Nothing else of a protocol's words ever gets there.
STEPS = {
    FOOD: (gettext_lazy("Last food"), HOUR),
    DRINK: (gettext_lazy("Last drink"), HOUR / 2),
    LEAVE_HOME: (gettext_lazy("Leave home"), HOUR / 2),
    BE_THERE: (gettext_lazy("Be there"), HOUR),
}
DAY_BEFORE = timedelta(days=1)
REFRESH = HOUR  # how often a calendar program is asked to look again


@dataclass(frozen=True, slots=True)
class Entry:
    """One event of a calendar.

    uid: the same for the same thing, however often it moves. sequence: rises with each revision of it.
    ends_at: None for what is only a moment. remind: how long before; None for not at all.
    """

    uid: UUID
    title: str
    note: str
    starts_at: datetime
    ends_at: datetime | None
    sequence: int
    revised_at: datetime
    cancelled: bool
    remind: timedelta | None


def has_ended(link: CalendarLink, now: datetime) -> bool:
    """Say whether the series a calendar link was made in are over, or its owner's account is.

    A series is over a week after it was stopped, or after the last infusion of its protocol: a calendar
    program may drop for good what it was once told is gone, so a pause between bookings ends nothing. It
    asks nothing of who may see what: whoever is taken out of a circle cannot tell it from a pause.
    """
    if not link.user.is_active:
        return True
    rows = Series.objects.filter(patient=link.patient_id, started_at__lte=link.created_at)
    booked = Q(infusions__cancelled=False)
    found = (
        rows.select_related("protocol")
        .defer("protocol__text")
        .annotate(
            last_at=Max("infusions__leaves_at", filter=booked),
            given=Count("infusions", filter=booked & Q(infusions__leaves_at__lte=now)),
        )
    )
    return all(_is_over(series, series.last_at, series.given, now) for series in found)


def _is_over(series: Series, last_at: datetime | None, given: int, now: datetime) -> bool:
    """Say whether a week has passed since a series was stopped, or since all of its protocol was given.

    last_at: when the last infusion that is booked ends. given: how many of them are over.
    """
    if series.stopped_at is None and given < library.protocol(series.protocol).infusions.count:
        return False
    ends = [at for at in (series.stopped_at, last_at) if at is not None]
    return max(ends) + AFTER_SERIES <= now


def calendar_of(viewer: Viewer, now: datetime) -> bytes:
    """Return a person's calendar, in the language of the moment; with no events where they see nothing."""
    import icalendar  # noqa: PLC0415 -- a fifth of what a start takes, which only who fetches one should pay

    calendar = icalendar.Calendar()
    calendar.add("prodid", "-//Luna//Calendar//EN")
    calendar.add("version", "2.0")
    calendar.add("x-wr-calname", gettext("Appointments"))
    calendar.add("refresh-interval", REFRESH, parameters={"VALUE": "DURATION"})
    calendar.add("x-published-ttl", "PT1H")
    for entry in entries(viewer, now):
        calendar.add_component(_event(icalendar, entry))
    return calendar.to_ical()


def entries(viewer: Viewer, now: datetime) -> tuple[Entry, ...]:
    """Return what is in a person's calendar, by time: appointments, own steps with a time, the ride."""
    plans = plans_for(viewer, now)
    visits = [visit for plan in plans for visit in plan.live_visits]
    found = [_in_peace(entry, viewer, visits) for plan in plans for entry in _of_plan(viewer, plan)]
    return tuple(sorted(found, key=lambda one: (one.starts_at, one.uid)))


def _in_peace(entry: Entry, viewer: Viewer, visits: Iterable[Visit]) -> Entry:
    """Return an entry without its reminder where that would wake somebody, or sound beside the chair."""
    if entry.remind is None:
        return entry
    at = entry.starts_at - entry.remind
    is_day = MORNING <= at.astimezone(ZoneInfo(viewer.zone)).time() < EVENING
    beside = any(visit.starts_at <= at < visit.leaves_at for visit in visits)
    return entry if is_day and not beside else replace(entry, remind=None)


def _of_plan(viewer: Viewer, plan: Plan) -> Iterator[Entry]:
    for visit in plan.visits:
        yield _appointment(viewer, plan, visit)
        if _drives(viewer, visit):
            yield _ride(viewer, plan, visit)
    for task in (*plan.tasks, *plan.called_off):
        if task.step.due.number in STEPS and task.step.answerable and may_see(viewer, plan, task):
            yield _step(viewer, item(plan, task))


def _appointment(viewer: Viewer, plan: Plan, visit: Visit) -> Entry:
    return Entry(
        uid=_uid(visit, "appointment"),
        title=gettext("Appointment"),
        note=_note(visit.starts_at, plan.clinic.zone, viewer),
        starts_at=visit.starts_at,
        ends_at=visit.leaves_at,
        sequence=visit.row.revision - 1,
        revised_at=_revised_at(plan, visit),
        cancelled=visit.off,
        remind=None if visit.off else DAY_BEFORE,
    )


def _drives(viewer: Viewer, visit: Visit) -> bool:
    """Say whether somebody said yes to taking the patient home from here, and still sees the ride.

    Also from an infusion that is off since: what stands in a calendar says so there.
    """
    driver = visit.ride.driver
    is_coming = visit.ride.state is State.CONFIRMED and driver is not None
    return is_coming and "ride" in viewer.kinds and driver.who == viewer.place_id.hex


def _ride(viewer: Viewer, plan: Plan, visit: Visit) -> Entry:
    return Entry(
        uid=_uid(visit, "ride"),
        title=gettext("Ride"),
        note=_note(visit.leaves_at, plan.clinic.zone, viewer),
        starts_at=visit.leaves_at,
        ends_at=None,
        sequence=visit.row.revision - 1,
        revised_at=_revised_at(plan, visit),
        cancelled=visit.off,
        remind=None if visit.off else HOUR,
    )


def _step(viewer: Viewer, one: Item) -> Entry:
    task, visit = one.task, one.visit
    assert visit is not None  # what counts from a start is of an infusion
    title, remind = STEPS[task.step.due.number or ""]
    revised_at = _revised_at(one.plan, visit)
    return Entry(
        uid=_uid(visit, f"{task.step.id}.{task.key.rsplit('.', 1)[1]}"),
        title=str(title),
        note=_note(one.shown_at, task.zone, viewer, latest=task.due_at if one.is_kind else None),
        starts_at=one.shown_at,
        ends_at=None,
        sequence=visit.row.revision - 1 + task.revision - visit.booking.revision,
        revised_at=max(revised_at, task.order.at) if task.order else revised_at,
        cancelled=visit.off,
        remind=None if visit.off else remind,
    )


def _uid(visit: Visit, what: str) -> UUID:
    """Return an id that stays and tells nothing: a step's own name may say what it is about."""
    return uuid5(visit.row.id, what)


def _revised_at(plan: Plan, visit: Visit) -> datetime:
    booking = visit.booking
    return booking.off_at(plan.facts.stopped_at) or booking.booked_at or plan.series.started_at


def _note(at: datetime, zone: str, viewer: Viewer, *, latest: datetime | None = None) -> str:
    """Return what stands below an event: its time at the clinic where the reader's clock differs."""
    words = []
    if latest is not None:
        limit = times.clock(latest, zone) + times.place(latest, zone, viewer.zone)
        words.append(gettext("This is a kinder time. The latest is %(time)s.") % {"time": limit})
    if place := times.place(at, zone, viewer.zone):
        words.append(gettext("%(time)s.") % {"time": times.clock(at, zone) + place})
    words.append(gettext("Times can move. Your page shows how it stands."))
    return " ".join(words)


def _event(icalendar: Any, entry: Entry) -> Any:
    event = icalendar.Event()
    event.add("uid", str(entry.uid))
    event.add("dtstamp", entry.revised_at)
    event.add("last-modified", entry.revised_at)
    event.add("sequence", entry.sequence)
    event.add("summary", entry.title)
    event.add("description", entry.note)
    event.add("url", settings.LUNA_BASE_URL + reverse("start"))
    event.add("dtstart", entry.starts_at)
    if entry.ends_at is not None:
        event.add("dtend", entry.ends_at)
    event.add("status", "CANCELLED" if entry.cancelled else "CONFIRMED")
    event.add("class", "PRIVATE")
    event.add("transp", "TRANSPARENT" if entry.cancelled or entry.ends_at is None else "OPAQUE")
    if entry.remind is not None:
        event.add_component(_alarm(icalendar, entry))
    return event


def _alarm(icalendar: Any, entry: Entry) -> Any:
    alarm = icalendar.Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("description", entry.title)
    alarm.add("trigger", -entry.remind)
    return alarm
