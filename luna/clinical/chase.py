"""When the clock reminds people of what is still open before an infusion. A choice of ours (grade D)."""

from datetime import datetime, time, timedelta

from luna.clinical import reaching
from luna.clinical.ride import Driver, Ride, State

# How long before the booked start: two evenings to see to it, one evening, and before the way to the clinic.
STAGES = (timedelta(hours=48), timedelta(hours=24), timedelta(hours=3))
# How long after each it is still said: to who sat in a chair at that hour, or was on the way home from one.
GRACE = (timedelta(hours=12), timedelta(hours=12), timedelta(hours=1))

EVENING = timedelta(hours=1)  # before quiet hours begin: for the last reminder, which would lie in them
# What somebody was asked for so shortly before a reminder is due is not said again with it.
TOGETHER = timedelta(hours=1)
# How long after staff reminded somebody of a reason nobody is reminded of it again, by the clock or a tap.
SPARED = timedelta(hours=3)


def stage(starts_at: datetime, booked_at: datetime | None, now: datetime) -> timedelta | None:
    """Return which reminder is due now, None for none.

    starts_at, booked_at: of the times the infusion has now, in UTC: a change of clocks moves nothing.
    What was booked, or moved, after a moment is not spoken of as if it had been known before.
    """
    for one, grace in zip(STAGES, GRACE, strict=True):
        moment = starts_at - one
        if moment <= now < moment + grace and (booked_at is None or booked_at < moment):
            return one
    return None


def passed(starts_at: datetime, since: datetime | None, now: datetime) -> timedelta | None:
    """Return the last of the moments that are past and came after `since`, None for none.

    For who is called instead of written to: a call can be made until the infusion begins.
    """
    past = [one for one in STAGES if starts_at - one <= now and (since is None or since < starts_at - one)]
    return past[-1] if past else None


def moments(starts_at: datetime) -> tuple[datetime, ...]:
    """Return when each reminder before an infusion is due."""
    return tuple(starts_at - one for one in STAGES)


def evening(starts_at: datetime, *, begins: time | None, ends: time | None, zone: str) -> datetime | None:
    """Return when the last reminder is due to somebody whose quiet hours would keep it until too late.

    That is in the last hour before those begin: the evening before an early infusion. None: at its moment,
    or so little later that it still helps. begins, ends: on the clock of `zone` (IANA).
    """
    moment = starts_at - STAGES[-1]
    quiet = reaching.quiet(moment, begins=begins, ends=ends, zone=zone)
    return quiet[0] - EVENING if quiet and quiet[1] > moment + GRACE[-1] else None


def is_evening(at: datetime, booked_at: datetime | None, now: datetime) -> bool:
    """Say whether it is the hour in which `evening` has the last reminder leave. booked_at: as in `stage`."""
    return at <= now < at + EVENING and (booked_at is None or booked_at < at)


def evening_of_named(starts_at: datetime, *, zone: str) -> datetime | None:
    """Return when the last reminder is due to who has no account, if its moment lies in the night.

    None: at its moment. zone: of the clinic (IANA), whose night it is.
    """
    begins, ends = reaching.NIGHT
    return evening(starts_at, begins=begins, ends=ends, zone=zone)


def of_named(ride: Ride, starts_at: datetime, now: datetime, *, zone: str) -> list[tuple[Driver, timedelta]]:
    """Return whom to remind now of those who were named by link, and which reminder it is.

    1. Who was asked and has not answered is reminded at each moment, the reserve too.
    2. Who said yes is reminded once, a day before; not the reserve.
    3. Nobody is reminded who was asked, or answered, within SPARED before the moment, or after it.
    """
    named = [one for one in ride.asked if one.who is None]
    due = [(one, _named_stage(one, starts_at, now, zone)) for one in named]
    return [(one, stage) for one, stage in due if stage is not None and _is_for(one, stage, ride)]


def _is_for(one: Driver, stage: timedelta, ride: Ride) -> bool:
    """Say whether a reminder is for who stands so."""
    comes = one.state is State.CONFIRMED and one == ride.driver
    return one.state is State.ASKED or (comes and stage == STAGES[1])


def _named_stage(one: Driver, starts_at: datetime, now: datetime, zone: str) -> timedelta | None:
    spared_until = one.since + SPARED
    at = evening_of_named(starts_at, zone=zone)
    if at is not None and is_evening(at, spared_until, now):
        return STAGES[-1]
    found = stage(starts_at, spared_until, now)
    return None if at is not None and found == STAGES[-1] else found
