"""The ways out at work: several letters at once on each, and no way ever waits for another.

Every letter has a thread of its own while it is handed over, and that thread touches no database: the ledger
stays with the one who keeps the lanes, who hands letters over, listens, and writes down what was heard.

A channel begins each turn with one letter, and each answer makes place for one more, up to PLACES. So a
server that is away is asked once, and one that takes only a few connections settles at those. What is urgent
has places of its own beside them.
"""

import logging
import queue
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

from django.db import DatabaseError

from luna.notices import ways
from luna.notices.channels import Channel, Letter, Refused, Unknown, Unreachable
from luna.notices.models import Attempt

log = logging.getLogger(__name__)

PLACES = 8  # letters at once on one channel, and as many beside them of those that are urgent
SLOW_S = 0.25  # a channel that takes longer is not waited for
LONGEST_S = 60  # what waits for a slow one is looked at again by then

Lane = tuple[str, bool]  # a channel, and whether for what is urgent
Outcome = Attempt.Outcome


@dataclass(frozen=True, slots=True)
class Said:
    """What became of one letter. lasting: a refusal that will not pass. ref: the provider's id of it."""

    letter: Letter
    outcome: str
    reason: str = ""
    lasting: bool = False
    ref: str = ""
    away: bool = False  # nobody was there


@dataclass
class Room:
    """What the ways out have room for at one moment.

    away: channels where nobody answers. free: places in each lane. slow: of each lane that is not waited
    for, the seconds between two letters. queued: until when its places are taken by others that wait.
    at: when this moment is, on the same clock as `queued`.
    """

    away: set[str] = field(default_factory=set)
    free: dict[Lane, int] = field(default_factory=dict)
    slow: dict[Lane, float] = field(default_factory=dict)
    queued: dict[Lane, float] = field(default_factory=dict)
    at: float = 0.0

    def claim(self, lane: Lane) -> bool:
        """Take a place; say whether there was one."""
        self.free[lane] = self.free.get(lane, 0) - 1
        return self.free[lane] >= 0

    def queue(self, lane: Lane) -> timedelta | None:
        """Return how long one more should wait for a slow lane; None where a place is soon free.

        In whole seconds: those that come back together are written down together. What is urgent looks again
        each second.
        """
        if lane not in self.slow:
            return None
        _channel, urgent = lane
        if urgent:
            return timedelta(seconds=1)
        until = max(self.queued.get(lane, 0.0), self.at) + self.slow[lane]
        self.queued[lane] = min(until, self.at + LONGEST_S)
        return timedelta(seconds=max(int(self.queued[lane] - self.at), 1))


@dataclass(frozen=True, slots=True)
class Flight:
    """One letter on its way. beside: how many others were on the same channel when it began."""

    letter: Letter
    channel: Channel
    beside: int
    began: float

    @property
    def lane(self) -> Lane:
        """Return where it flies."""
        return self.letter.channel, self.letter.urgent


class Lanes:
    """Letters on their way, and what was heard of them and is not written down yet."""

    def __init__(self) -> None:
        """Open nothing yet."""
        self.away: set[str] = set()  # the rest of the turn does without
        self.said: list[Said] = []  # whoever writes these down takes them out
        self._flights: dict[tuple[UUID, int], Flight] = {}
        self._idle: list[tuple[str, Channel]] = []
        self._heard: queue.SimpleQueue[Said] = queue.SimpleQueue()
        self._width: dict[str, int] = {}  # how many at once a channel has shown to take in this turn
        self._most: dict[str, int] = {}  # and how many it ever does, where that was found out
        self._took: dict[Lane, float] = {}  # seconds, the last time
        self._queued: dict[Lane, float] = {}

    @property
    def are_busy(self) -> bool:
        """Say whether any letter is on its way."""
        return bool(self._flights)

    def begin(self) -> None:
        """Begin a turn: who was away may be back."""
        self.away.clear()
        self._width.clear()

    def room(self) -> Room:
        """Return what there is room for now."""
        now = time.monotonic()
        out = Counter(flight.lane for flight in self._flights.values())
        takes = dict(self._took)
        for flight in self._flights.values():
            takes[flight.lane] = max(takes.get(flight.lane, 0.0), now - flight.began)
        free = {}
        for channel in ways.CHANNELS:
            width = self._width.get(channel, 1)
            can_wait, urgent = (channel, False), (channel, True)
            free[can_wait] = min(width, self._most.get(channel, PLACES)) - out[can_wait]
            # What is urgent waits only a moment to see how the first one fares.
            free[urgent] = (PLACES if takes.get(urgent, 0.0) > SLOW_S else width) - out[urgent]
        slow = {lane: s / max(out[lane], 1) for lane, s in takes.items() if s > SLOW_S}
        return Room(set(self.away), free, slow, self._queued, now)

    def hand_over(self, letter: Letter) -> None:
        """Let a letter go. What it needs of the database is read first, here."""
        idle = next((one for one in self._idle if one[0] == letter.channel), None)
        if idle:
            self._idle.remove(idle)
        try:
            channel = idle[1] if idle else ways.CHANNELS[letter.channel]()
            channel.prepare(letter)
        except DatabaseError:
            raise
        except Exception:
            self.said.append(_broken(letter))
            return
        beside = sum(flight.letter.channel == letter.channel for flight in self._flights.values())
        self._flights[letter.notice_id, letter.fence] = Flight(letter, channel, beside, time.monotonic())
        _start(lambda: self._heard.put(_send(channel, letter)))

    def listen(self, within_s: float) -> bool:
        """Hear what became of letters until all have come back or time is up; say whether any did."""
        until, heard = time.monotonic() + within_s, False
        while self._flights:
            try:
                said = self._heard.get(timeout=max(until - time.monotonic(), 0.0001))
            except queue.Empty:
                break
            heard = True
            self._land(said)
        return heard

    def rest(self) -> None:
        """Let go of what is open and not at work. Who is slow to say goodbye is not waited for."""
        for _name, channel in self._idle:
            _start(channel.close)
        self._idle.clear()

    def _land(self, said: Said) -> None:
        flight = self._flights.pop((said.letter.notice_id, said.letter.fence))
        self.said.append(said)
        self._took[flight.lane] = time.monotonic() - flight.began
        if not said.away:  # else it holds nothing open, and another that does is to be taken first
            self._idle.append((said.letter.channel, flight.channel))
        self._learn(said, flight.beside)
        flight.channel.tidy()

    def _learn(self, said: Said, beside: int) -> None:
        """Note how many letters at once a channel takes, from what became of one."""
        name = said.letter.channel
        if said.away and not beside:
            self.away.add(name)
            self._most.pop(name, None)  # it may come back as another
        elif said.away and name not in self.away:
            # It takes no more than those; one place of them is left for what is urgent.
            self._most[name] = min(self._most.get(name, PLACES), max(1, beside - 1))
        elif not said.away and said.outcome != Outcome.UNKNOWN:
            self._width[name] = min(self._width.get(name, 1) + 1, PLACES)


def _send(channel: Channel, letter: Letter) -> Said:
    """Hand one letter over and return what became of it, whatever that is."""
    try:
        return Said(letter, Outcome.ACCEPTED, ref=channel.send(letter))
    except Refused as refusal:
        away = isinstance(refusal, Unreachable)
        return Said(letter, Outcome.REFUSED, refusal.reason, lasting=refusal.lasting, away=away)
    except Unknown as doubt:
        return Said(letter, Outcome.UNKNOWN, doubt.reason)
    except Exception:
        return _broken(letter)


def _broken(letter: Letter) -> Said:
    """Log what broke on a channel: the others must have their turn, and this one its next."""
    log.exception("A channel broke", extra={"notice": str(letter.notice_id)})
    return Said(letter, Outcome.UNKNOWN, "broken")


def _start(what: Callable[[], object]) -> None:
    """Do something in a thread of its own, which nobody waits for when the process ends."""
    threading.Thread(target=what, daemon=True).start()
