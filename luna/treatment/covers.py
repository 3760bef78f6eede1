"""Who of the circle is there for each infusion, from what was said. Loads nothing: values in, values out.

The rows come through `plans.loaded`, or through `circle` and `words` of a single infusion.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.db.models import JSONField, OuterRef, Prefetch, QuerySet, Subquery

from luna.clinical import duty
from luna.clinical.duty import Cover, Said
from luna.clinical.protocol import Protocol
from luna.clinical.ride import Ride, State
from luna.people import hours
from luna.people import plans as people
from luna.people.models import CircleMember, ContactSafety
from luna.treatment.models import Duty, Infusion, Series

# What was said of an infusion, in the order it was said.
DUTIES = Prefetch("duties", Duty.objects.order_by("recorded_at", "id"))
# Whoever stays must be able to read the steps and to answer the check-ins.
NEEDED = frozenset({"schedule", "recovery"})
# How long before an infusion nobody on duty calls a human at the clinic, where the protocol's number
# `cover-ahead` does not say. A choice of ours (grade D): two evenings to ask somebody.
AHEAD = timedelta(hours=48)
NUMBER = "cover-ahead"
# How long the adult on duty is to be there after taking the patient home, where hours somebody said are
# compared with it. A choice of ours (grade D): as the page asks, the first hours.
FIRST_HOURS = timedelta(hours=4)
BARRED = "barred-adult"  # why a human is asked: escalation.words says it in words


def circle() -> QuerySet[CircleMember]:
    """Return everybody who is or was a caretaker, in the order they came, with what `is_barred` asks."""
    safety = ContactSafety.objects.filter(patient=OuterRef("patient")).order_by("-at", "-id")
    barred = Subquery(safety.values("barred")[:1], output_field=JSONField())
    caretakers = CircleMember.objects.filter(role=CircleMember.Role.CARETAKER)
    return caretakers.annotate(barred=barred).select_related("user").order_by("since", "id")


def may(member: CircleMember) -> bool:
    """Say whether a member can be the adult on duty, as everybody may know it.

    Who must not take the patient home counts here as anybody else: a duty that vanished with what the
    patient told the clinic would tell the very person. Staff are told of it, see `is_barred`.
    """
    return people.may_be_named_adult(member) and set(member.kinds) >= NEEDED


def is_barred(member: CircleMember | None) -> bool:
    """Say whether a member that came through `circle` must not take the patient home: for staff alone."""
    return member is not None and str(member.user_id) in (member.barred or ())


def able(members: Iterable[CircleMember]) -> list[CircleMember]:
    """Return those of a circle who can be on duty, the longest in it first."""
    return [member for member in members if may(member)]


def is_away(member: CircleMember | None, series: Series, at: datetime) -> bool:
    """Say whether a helper said that they are not there at a moment; False while nobody said when they are.

    It warns and bars nothing: hours change, and who is asked knows better.
    """
    if member is None or not member.hours:
        return False
    user = series.patient.user
    local = at.astimezone(ZoneInfo((user.zone if user else "") or series.clinic.zone))
    return not hours.is_there(member.hours, local)


def is_away_from(member: CircleMember | None, infusion: Infusion) -> bool:
    """Say whether a helper said that they are not there to take the patient home or for the first hours."""
    home_at = infusion.leaves_at
    return any(is_away(member, infusion.series, at) for at in (home_at, home_at + FIRST_HOURS))


def cover(infusion: Infusion, members: Iterable[CircleMember]) -> Cover:
    """Return who is there for an infusion. members: the whole circle, through `circle`."""
    return duty.cover(
        (
            duty.Word(Said(row.what), row.who_id.hex, row.by_id.hex, row.recorded_at)
            for row in infusion.duties.all()
        ),
        (duty.Member(one.user_id.hex, may(one), one.since, one.until) for one in members),
    )


def is_asked_again(found: Cover, ride: Ride, infusion: Infusion) -> bool:
    """Say whether who is on duty was there for other times, and has not said yes to these: a move asks anew.

    To drive the patient home then is such a yes. infusion: one with `booked_at`, as through `plans.booked`.
    """
    if found.on is None or infusion.moved_revision is None:
        return False
    drives = ride.state is State.CONFIRMED and ride.driver is not None and ride.driver.who == found.on
    return not drives and (found.said_at is None or found.said_at < infusion.booked_at)


def ahead(protocol: Protocol) -> timedelta:
    """Return how long before an infusion nobody on duty is a matter for the clinic."""
    number = protocol.numbers.get(NUMBER)
    return number.span if number and number.span is not None else AHEAD
