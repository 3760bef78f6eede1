"""What somebody may eat and drink now, from the limits before the infusions ahead of them.

The limits are the plan's: the protocol's hours or an order's, before the booked start. Nothing is made up:
where no step asks for fasting, nobody is told until when. A limit holds until the infusion is over, or was
called off; then nothing is left of it. A kinder hour before a limit in the night is no limit: once it has
passed it is best not to eat, and the limit still is what was decided.

Sources (library/evidence.toml): fasting-default, fasting-asa.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class May(StrEnum):
    """What is allowed at one moment."""

    EAT = "eat"  # food and drinks
    RATHER_NOT = "rather-not"  # the same, but the kinder hour for food has passed
    DRINK = "drink"  # clear drinks alone
    NOTHING = "nothing"
    UNKNOWN = "unknown"  # an infusion is ahead, and no step says when to stop


class Stage(StrEnum):
    """Where one limit stands."""

    AHEAD = "ahead"
    LATE = "late"  # the kinder hour has passed, the limit has not
    OVER = "over"


def stage(limit: datetime, kind_at: datetime | None, now: datetime) -> Stage:
    """Return where a limit stands. kind_at: a kinder hour before it, None without one."""
    if limit <= now:
        return Stage.OVER
    return Stage.LATE if kind_at is not None and kind_at <= now else Stage.AHEAD


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits before one infusion that is still to be given. None where no step asks for it.

    food_kind_at, drink_kind_at: a kinder hour before the limit, None without one.
    heavy_until: of a fatty or heavy meal, where the rule tells it from a light one.
    """

    starts_at: datetime
    ends_at: datetime
    food_until: datetime | None
    drink_until: datetime | None
    food_kind_at: datetime | None = None
    drink_kind_at: datetime | None = None
    heavy_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """What is allowed now.

    food_until, drink_until: the next limit of each that is not past, or the kinder hour while that is
    ahead; None without one. since: when the last sip was, where nothing is allowed. heavy_until: the limit
    of a fatty or heavy meal, where it is earlier; it may be past while a light one is still allowed.
    infusion_at: the start of the infusion the limits belong to.
    """

    may: May
    food_until: datetime | None = None
    drink_until: datetime | None = None
    since: datetime | None = None
    infusion_at: datetime | None = None
    heavy_until: datetime | None = None


def standing(fasts: Iterable[Limits], now: datetime) -> Standing:
    """Return what somebody may eat and drink now. fasts: of every infusion that is still to be given.

    1. Without an infusion ahead, everything is allowed.
    2. A limit that is past forbids until that infusion is over: no drinks means no food either.
    3. The soonest infusion without any limit allows nothing by itself: somebody has to be asked.
    4. Past a kinder hour for food nothing is forbidden until the limit, but it is best not to eat.
    """
    ahead = sorted((one for one in fasts if one.ends_at > now), key=lambda one: one.starts_at)
    if not ahead:
        return Standing(May.EAT)
    dry = next((one for one in ahead if one.drink_until is not None and one.drink_until <= now), None)
    if dry is not None:
        return Standing(May.NOTHING, since=dry.drink_until, infusion_at=dry.starts_at)
    drink = _soonest(_shown(one.drink_until, one.drink_kind_at, now) for one in ahead)
    hungry = next((one for one in ahead if one.food_until is not None and one.food_until <= now), None)
    if hungry is not None:
        return Standing(May.DRINK, drink_until=drink, since=hungry.food_until, infusion_at=hungry.starts_at)
    first = ahead[0]
    if first.food_until is None and first.drink_until is None:
        return Standing(May.UNKNOWN, infusion_at=first.starts_at)
    stages = {stage(one.food_until, one.food_kind_at, now) for one in ahead if one.food_until is not None}
    food = _soonest(_shown(one.food_until, one.food_kind_at, now) for one in ahead)
    may = May.RATHER_NOT if Stage.LATE in stages else May.EAT
    return Standing(
        may,
        food_until=food,
        drink_until=drink,
        infusion_at=first.starts_at,
        heavy_until=_heavy(ahead, food, may, now),
    )


def _heavy(fasts: Iterable[Limits], food_until: datetime | None, may: May, now: datetime) -> datetime | None:
    """Return the limit of a heavy meal where it is named: before that of food, and past once none is best."""
    heavy = _soonest(one.heavy_until for one in fasts)
    if heavy is None or food_until is None or heavy >= food_until:
        return None
    return heavy if may is May.EAT or heavy <= now else None


def _shown(limit: datetime | None, kind_at: datetime | None, now: datetime) -> datetime | None:
    """Return until when: the kinder hour while it is ahead, and then the limit."""
    if limit is None or kind_at is None:
        return limit
    return kind_at if stage(limit, kind_at, now) is Stage.AHEAD else limit


def _soonest(limits: Iterable[datetime | None]) -> datetime | None:
    return min((at for at in limits if at is not None), default=None)
