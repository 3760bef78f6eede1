"""A series laid out on a calendar: book it by its rhythm, apply the protocol, look at local times."""

from collections import Counter
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from luna.clinical import calendar, duty, plan
from luna.clinical.protocol import WEEKDAYS, Actor
from luna.library import content

ZONE = "America/New_York"
SERIES = "5e" * 16


class Laid:
    """A protocol applied to one series, one caretaker on duty. Local times are told: "Mon 2 Mar 10:00"."""

    def __init__(self, protocol, bookings, *, zone=ZONE, tags=frozenset({"lives-with"})):
        self.protocol, self.zone, self.bookings = content.protocol(protocol), zone, bookings
        self.facts = plan.SeriesFacts(series=SERIES, zone=zone, bookings=bookings, tags=tags)
        on = {booking.infusion: "bea" for booking in bookings}
        first = min(booking.starts_at for booking in bookings)
        tasks = plan.apply(self.protocol, self.facts)
        self.tasks = duty.briefings_once(tasks, on, {}, first)

    def local(self, instant):
        """Return an instant on the clinic's clock."""
        return f"{instant.astimezone(ZoneInfo(self.zone)):%a %-d %b %H:%M}"

    def days(self):
        """Return the local start of each infusion."""
        return [self.local(booking.starts_at) for booking in self.bookings]

    def times(self, step, number=None):
        """Return when a task of one infusion, or of the series, opens, is due and closes."""
        task = self.task(step, number)
        return self.local(task.opens_at), self.local(task.due_at), self.local(task.closes_at)

    def due(self, step, number=None):
        """Return when a task is due."""
        return self.local(self.task(step, number).due_at)

    def task(self, step, number=None):
        """Return the one task of a step for an infusion, or for the series."""
        (found,) = [task for task in self.tasks if (task.step.id, task.number) == (step, number)]
        return found

    def numbers(self, step):
        """Return the infusions a step belongs to."""
        return [task.number for task in self.tasks if task.step.id == step]


def lay(protocol, *, first_on, at, weekdays, count=None, zone=ZONE, closed=frozenset(), home_after=None):
    """Book a series and apply its protocol.

    first_on: "2026-03-02". weekdays: "mon wed fri". home_after: minutes from start to "we're home";
    the patient then left half an hour before that.
    """
    infusions = content.protocol(protocol).infusions
    visits = calendar.propose(
        count=count or infusions.count,
        first_on=date.fromisoformat(first_on),
        at=time.fromisoformat(at),
        weekdays=frozenset(WEEKDAYS[day] for day in weekdays.split()),
        zone=zone,
        minutes=infusions.minutes,
        closed=closed,
    )
    return Laid(
        protocol,
        tuple(_booking(number, visit, home_after) for number, visit in enumerate(visits, start=1)),
        zone=zone,
    )


def _booking(number, visit, home_after):
    home_at = visit.starts_at + timedelta(minutes=home_after) if home_after else None
    return plan.Booking(
        infusion=f"{number:032x}",
        number=number,
        revision=1,
        starts_at=visit.starts_at,
        ends_at=visit.ends_at,
        left_at=home_at - timedelta(minutes=30) if home_at else None,
        home_at=home_at,
    )


def utc(text):
    """Return an instant from "2026-03-02 15:00"."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def over_budget(laid):
    """Return (actor, day) -> asks for each day with more than 4, or 8 on an infusion day."""
    asked = Counter(
        (task.actor, laid.local(task.kind_at or task.due_at)[:-6])
        for task in laid.tasks
        if task.step.answerable and task.actor is not Actor.CLINIC
    )
    infusion_days = {start[:-6] for start in laid.days()}
    return {key: asks for key, asks in asked.items() if asks > (8 if key[1] in infusion_days else 4)}
