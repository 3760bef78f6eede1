"""The waiting list: who can be offered a freed chair. Values in, codes out.

Nobody is offered a time for which they can no longer fast, leave out a medicine as ordered, or get home;
what nobody knows is a reason against it. It is judged when staff look, when they offer, when the message
goes out and once more when the patient takes it.

Sources (library/evidence.toml): fasting-default, fasting-asa, medicines-as-ordered, escort.
"""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from luna.clinical import reaching

# How long before the last meal, or the last dose, an offer must be over: time to read it and to eat.
# A choice of ours (grade D).
MARGIN = timedelta(hours=1)
SHORTEST = reaching.TO_ACT  # an offer is open at least this long


class Bar(StrEnum):
    """Why somebody cannot be offered a chair, as staff read it, the gravest first."""

    UNWELL = "unwell"  # an escalation about them is open, or they gave up an infusion lately as unwell
    UNDER_WAY = "under-way"  # they have arrived, are in the chair, on the way home or watched
    IMPAIRED = "impaired"  # an infusion still has its effect
    HELD = "held"  # something speaks against it that a prescriber decides
    UNDECIDED = "undecided"  # nobody has decided about a medicine
    FOOD = "food"  # the last moment to eat is past, or too close
    DRINK = "drink"
    UNKNOWN = "unknown"  # no step says how long they fast
    MEDICINE = "medicine"  # it should have been left out by then
    RIDE = "ride"  # nobody is said to take them home then
    ADULT = "adult"  # nobody is said to stay with them then
    BARRED = "barred"  # whoever is said must not take them home; for staff alone
    SPACING = "spacing"  # it breaks the rhythm of the protocol
    LATER = "later"  # it is no earlier than what they have
    TIMES = "times"  # not a day or hour they said
    CHAIR = "chair"  # they do not fit into the chair's free time
    QUIET = "quiet"  # their quiet hours keep any message until the offer is over
    ACCOUNT = "account"  # no message reaches them


@dataclass(frozen=True, slots=True)
class Wish:
    """When somebody can come, on the clinic's clock: days of the week (Monday is 0), starts from and to."""

    zone: str
    days: frozenset[int]
    earliest: time | None = None
    latest: time | None = None

    def fits(self, starts_at: datetime) -> bool:
        """Say whether a start is on a day and at an hour they can come."""
        local = starts_at.astimezone(ZoneInfo(self.zone))
        at = local.time()
        is_early = self.earliest is not None and at < self.earliest
        is_late = self.latest is not None and at > self.latest
        return local.weekday() in self.days and not is_early and not is_late


@dataclass(frozen=True, slots=True)
class Asker:
    """What is known of somebody on the list, for one free chair.

    starts_at: of the infusion they have now. food_until, drink_until: before the free time, None where no
    step says. heavy_until: of a fatty or heavy meal, None where the rule tells it from no light one.
    stops: of each medicine that is to be left out, until when it is taken; None: it is too late,
    or unknown. known: bars that need no clock: `Bar` values found while loading.
    """

    starts_at: datetime
    wish: Wish
    food_until: datetime | None
    drink_until: datetime | None
    heavy_until: datetime | None = None
    stops: tuple[datetime | None, ...] = ()
    impaired_until: datetime | None = None
    known: frozenset[Bar] = frozenset()


def bars(
    asker: Asker, *, slot_at: datetime, until: datetime, now: datetime, sends_at: datetime | None = None
) -> tuple[Bar, ...]:
    """Return why somebody cannot be offered a start; none of it if they can.

    until: when the offer ends, now while it is being taken: by then nothing may be too late.
    sends_at: when a message to them can leave at the earliest, None where no message is waited for.
    """
    found = set(asker.known)
    food, drink = asker.food_until, asker.drink_until
    meals = (food, asker.heavy_until)
    if food is None and drink is None:
        found.add(Bar.UNKNOWN)
    late = {
        Bar.FOOD: any(meal is not None and meal < until + MARGIN for meal in meals),
        Bar.DRINK: drink is not None and drink < until + MARGIN,
        Bar.MEDICINE: any(stop is None or stop < until + MARGIN for stop in asker.stops),
        Bar.IMPAIRED: asker.impaired_until is not None and asker.impaired_until > now,
        Bar.LATER: slot_at >= asker.starts_at,
        Bar.TIMES: not asker.wish.fits(slot_at),
        Bar.QUIET: reaching.is_too_late(sends_at, until),
    }
    found |= {bar for bar, holds in late.items() if holds}
    return tuple(bar for bar in Bar if bar in found)
