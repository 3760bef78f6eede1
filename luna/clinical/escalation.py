"""Escalation: an open request that a named human act. Who must have been told by now."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from luna.clinical.errors import BadLadder


@dataclass(frozen=True, slots=True)
class Rung:
    """Someone to tell, so long after the clock began. to: an opaque id of whom."""

    position: int
    after: timedelta
    to: str
    urgent: bool = False


@dataclass(frozen=True, slots=True)
class Ladder:
    """The rungs in order, and how long an acknowledged escalation may stay open. Raises BadLadder."""

    rungs: tuple[Rung, ...]
    reclimb_after: timedelta

    def __post_init__(self) -> None:
        positions = [rung.position for rung in self.rungs]
        waits = [rung.after for rung in self.rungs]
        if not positions or positions != sorted(set(positions)) or waits != sorted(waits):
            raise BadLadder(
                "The rungs do not rise. Give at least one, by position, each after the one before."
            )
        if waits[0] < timedelta(0) or self.reclimb_after <= timedelta(0):
            raise BadLadder(
                "A wait is below zero. Use zero or more, and more than zero before climbing again."
            )


def due_rungs(
    ladder: Ladder,
    *,
    opened_at: datetime,
    acknowledged_at: datetime | None,
    told: frozenset[int],
    now: datetime,
) -> tuple[Rung, ...]:
    """Return the rungs that should have been told by now and were not, lowest first.

    told: positions told on the running clock. Acknowledging stops the first clock; if the escalation
    is still open `reclimb_after` later, the second begins, from the lowest rung and with nobody told.
    """
    began = _began(ladder, opened_at, acknowledged_at)
    return tuple(rung for rung in ladder.rungs if rung.position not in told and began + rung.after <= now)


def next_rung_at(
    ladder: Ladder, *, opened_at: datetime, acknowledged_at: datetime | None, told: frozenset[int]
) -> datetime | None:
    """Return when the next untold rung is due, which may be past; None once all are told."""
    began = _began(ladder, opened_at, acknowledged_at)
    return next((began + rung.after for rung in ladder.rungs if rung.position not in told), None)


def _began(ladder: Ladder, opened_at: datetime, acknowledged_at: datetime | None) -> datetime:
    return opened_at if acknowledged_at is None else acknowledged_at + ladder.reclimb_after
