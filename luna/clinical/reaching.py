"""How a message finds a person: on which way out, in which order, and when not yet. Values in, values out."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

# As somebody is reached who never said how. A channel's name is the one in luna.notices.channels.
USUAL = ("push", "email", "sms", "voice")
RINGS = "voice"  # nobody is rung for what can wait
# The one way that need not ring, as a mail program is set: where a phone is to be silent, it is the only one.
SILENT = "email"
MORNING = time(8)  # when what was held back leaves, on the reader's clock; a choice of ours (grade D)
# When the clock writes to nobody who has no account to say when they sleep; a choice of ours (grade D).
NIGHT = time(21), MORNING
# What quiet hours kept must be out so long before its time: to read it and act. A choice of ours (grade D).
TO_ACT = timedelta(minutes=15)
PATIENCE = 3  # how often what can wait is tried on one channel, that says "not now", before the next


class Became(StrEnum):
    """What became of one try on a channel."""

    TAKEN = "taken"
    LATER = "later"  # refused for now
    FAILED = "failed"  # refused for good, or taken and then not delivered
    DOUBT = "doubt"  # nobody can say whether it was taken


@dataclass(frozen=True, slots=True)
class Try:
    """One try to reach a person for one reason."""

    channel: str
    became: Became


def order(wanted: Iterable[str], there: Collection[str], *, urgent: bool) -> tuple[str, ...]:
    """Return the channels that reach a person, first the one to begin with.

    wanted: the order they chose; a channel they did not name comes after, as usual.
    there: the channels that lead to them now. Nobody is rung unless it is urgent.
    """
    named = [*wanted, *USUAL, *sorted(there)]
    return tuple(name for name in dict.fromkeys(named) if name in there and (urgent or name != RINGS))


def following(channels: Sequence[str], tries: Iterable[Try], *, urgent: bool) -> str | None:
    """Return the channel to try next, None when there is none left.

    A channel that took the message, or failed for good, is not tried again. What can wait stays with a
    channel that says "not now" for a few tries, and is never said again where it may have been taken: a
    second copy would do harm. What is urgent goes round all of them, since a second copy beats silence, until
    one of them took it.
    """
    tried = list(tries)
    is_taken = any(one.became is Became.TAKEN for one in tried)
    over = {Became.TAKEN, Became.FAILED} | (set() if urgent and not is_taken else {Became.DOUBT})
    ended = {one.channel for one in tried if one.became in over}
    patience = 1 if urgent else PATIENCE
    left = [name for name in channels if name not in ended]
    return min(left, key=lambda name: sum(one.channel == name for one in tried) // patience, default=None)


def quiet_until(at: datetime, *, begins: time | None, ends: time | None, zone: str) -> datetime | None:
    """Return when the quiet hours end that an instant lies in; None when it lies in none. As `quiet`."""
    found = quiet(at, begins=begins, ends=ends, zone=zone)
    return found[1] if found else None


def quiet(
    at: datetime, *, begins: time | None, ends: time | None, zone: str
) -> tuple[datetime, datetime] | None:
    """Return from when until when the quiet hours last that an instant lies in; None when it lies in none.

    begins, ends: on the clock of `zone` (IANA); across midnight where they end before they begin. Around a
    time that the clocks skip or repeat, the quiet is as long as it can be.
    """
    if begins is None or ends is None or begins == ends:
        return None
    today = at.astimezone(ZoneInfo(zone)).date()
    for day in (today - timedelta(days=1), today):
        last = day if begins < ends else day + timedelta(days=1)
        since, until = min(_instants(day, begins, zone)), max(_instants(last, ends, zone))
        if since <= at < until:
            return since, until
    return None


def is_too_late(sends_at: datetime | None, by: datetime | None) -> bool:
    """Say whether a message that quiet hours keep leaves no time to act on it: somebody calls instead.

    sends_at: when it leaves, None where nothing keeps it. by: when it must be acted on by, None for no such.
    """
    return sends_at is not None and by is not None and by < sends_at + TO_ACT


def day_began(at: datetime, *, zone: str) -> datetime:
    """Return when the day of an instant began on the clock of `zone` (IANA), in UTC."""
    return min(_instants(at.astimezone(ZoneInfo(zone)).date(), time(0), zone))


def held_until(at: datetime, *, had: int, most: int, zone: str) -> datetime | None:
    """Return when what can wait leaves, to who had their messages of the day; None: now.

    had, most: how many messages they had today, and after how many of them the rest waits until the morning
    on the clock of `zone` (IANA).
    """
    if had < most:
        return None
    tomorrow = at.astimezone(ZoneInfo(zone)).date() + timedelta(days=1)
    return max(_instants(tomorrow, MORNING, zone))


def _instants(on: date, at: time, zone: str) -> list[datetime]:
    """Return the instants that a clock time may mean: two where the clocks skip or repeat it."""
    local = datetime.combine(on, at, ZoneInfo(zone))
    return [local.replace(fold=fold).astimezone(UTC) for fold in (0, 1)]
