"""The ride home from each infusion, from what was said. Loads nothing: values in, values out.

The rows come through `RIDES`, for one infusion or many in one query; the circle through `covers.circle`.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Prefetch

from luna.clinical import ride as rules
from luna.clinical.protocol import Protocol
from luna.clinical.ride import Driver, Said, State
from luna.people import plans as people
from luna.people.models import CircleMember
from luna.treatment import covers
from luna.treatment.models import Infusion, Ride

# What was said of the ride from an infusion, in the order it was said.
RIDES = Prefetch("rides", Ride.objects.select_related("who", "ask__who").order_by("recorded_at", "id"))
# Whoever drives must be able to read when and that they are asked.
NEEDED = frozenset({"schedule", "ride"})
RIDE = "ride"
TAIL = 20  # hex digits of an asking's id in the keys of messages, which hold 64 characters
# What a reminder to a driver by link speaks of, as its key has it, and how they stand then.
REMINDED = {"asked": State.ASKED, "comes": State.CONFIRMED}
BE_THERE = "be-there"  # the protocol's number: how long before an infusion to be at the desk


def may(member: CircleMember) -> bool:
    """Say whether a member of the circle can drive, as everybody may know it: 18, near, and told when.

    As `covers.may`, it says nothing of what the patient told staff alone: see `is_barred`.
    """
    is_active = member.state == CircleMember.State.ACTIVE
    return is_active and bool(member.is_adult) and people.may_take_home(member) and sees(member)


def sees(member: CircleMember) -> bool:
    """Say whether a member of the circle is shown the ride."""
    return set(member.kinds) >= NEEDED


def able(members: Iterable[CircleMember]) -> list[CircleMember]:
    """Return those of a circle who can drive, the longest in it first."""
    return [member for member in members if may(member)]


def ride(infusion: Infusion, members: Iterable[CircleMember]) -> rules.Ride:
    """Return how the ride home from an infusion stands. members: the whole circle. No queries."""
    here = _here(members)
    return rules.standing(_words(infusion, here), revision=infusion.times_revision, here=here)


def hearings(
    infusion: Infusion, members: Iterable[CircleMember], *, is_off: bool
) -> tuple[rules.Hearing, ...]:
    """Return what each who is asked, or was, has to hear of the ride home. members: the whole circle.

    is_off: the infusion is not given. No queries.
    """
    here = _here(members)
    words = _words(infusion, here)
    return rules.hearings(words, revision=infusion.times_revision, here=here, is_off=is_off)


def asking(infusion: Infusion, driver: Driver) -> Ride:
    """Return the row that first asked a driver: how to reach them. No queries."""
    return next(row for row in infusion.rides.all() if row.id.hex == driver.ask)


def is_barred(infusion: Infusion, driver: Driver | None, members: Iterable[CircleMember]) -> bool:
    """Say whether a driver must not take the patient home, by place, address or number: for staff alone."""
    if driver is None:
        return False
    asked = asking(infusion, driver)
    barred = [one for one in members if covers.is_barred(one)]
    return any(one.user_id.hex == driver.who or is_named(one, asked.email, asked.phone) for one in barred)


def is_named(member: CircleMember, email: str, phone: str) -> bool:
    """Say whether an address or a number is that of somebody known to the circle. "": none was given."""
    is_address = email != "" and email.lower() == member.user.email.lower()
    return is_address or (phone != "" and phone == member.phone)


def gap_key(infusion: Infusion, ask_id: UUID | None = None) -> str:
    """Return what messages about a gap and who is coming belong to: a later word withdraws them.

    ask_id: of the reserve who is asked to step in.
    """
    about = f"{infusion.id.hex}.{RIDE}"
    return f"{about}.{ask_id.hex[-TAIL:]}" if ask_id else about


def asking_key(infusion: Infusion, ask_id: UUID, about: str = "") -> str:
    """Return what messages to one driver belong to: what they say, or a move, withdraws them.

    about: of a reminder, the name of the state that it speaks of, in REMINDED.
    """
    key = f"{infusion.id.hex}.{RIDE}-{ask_id.hex[-TAIL:]}"
    return f"{key}.{about}" if about else key


def is_reminder(about: str) -> bool:
    """Say whether a message reminds a driver by link. about: what follows the infusion in its key."""
    asked, _, stands = about.partition(".")
    return asked.startswith(f"{RIDE}-") and stands in REMINDED


def is_as_told(infusion: Infusion, about: str) -> bool:
    """Say whether a driver by link still stands as a reminder says; yes of what `is_reminder` is not."""
    if not is_reminder(about):
        return True
    asked, _, stands = about.partition(".")
    tail = asked.removeprefix(f"{RIDE}-")
    found = ride(infusion, ()).asked
    return any(one.ask.endswith(tail) and one.state is REMINDED[stands] for one in found)


def arrives_at(infusion: Infusion, protocol: Protocol) -> datetime:
    """Return when the patient is to be at the desk."""
    number = protocol.numbers.get(BE_THERE)
    return infusion.starts_at - (number.span if number and number.span is not None else timedelta(0))


def _here(members: Iterable[CircleMember]) -> dict[str, CircleMember]:
    return {one.user_id.hex: one for one in members if may(one)}


def _words(infusion: Infusion, here: Mapping[str, CircleMember]) -> Iterator[rules.Word]:
    return (_word(row, here.get(row.who_id.hex if row.who_id else "")) for row in infusion.rides.all())


def _word(row: Ride, member: CircleMember | None) -> rules.Word:
    begun = row.ask or row
    return rules.Word(
        said=Said(row.what),
        ask=begun.id.hex,
        at=row.recorded_at,
        revision=begun.revision,
        begins=row.ask is None,
        who=begun.who_id.hex if begun.who_id else None,
        name=begun.who.first_name if begun.who else begun.name,
        has_phone=bool(member.phone if member else begun.phone),
        is_reserve=begun.reserve,
        by_taxi=begun.how == Ride.How.TAXI,
    )
