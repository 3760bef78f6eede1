"""How long after an infusion a person signs nothing and lets nobody in: values in, values out."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

NUMBER = "no-signing"  # the number of a protocol that says how long after an infusion nothing is signed
# For a protocol that says nothing of it: the longest a clinic asks for (evidence: legal-after).
LEFT_UNSAID = timedelta(hours=24)
LONGEST = timedelta(hours=24)  # an infusion whose end nobody wrote down was over by then


@dataclass(frozen=True, slots=True)
class Given:
    """One infusion that has started. wait: as its protocol says, None if it says nothing.

    ended_at: None while it runs, or when nobody wrote its end down.
    """

    started_at: datetime
    ended_at: datetime | None
    wait: timedelta | None


def until(given: Iterable[Given]) -> datetime | None:
    """Return from when on the person may sign again; None when nothing has started."""
    return max(map(_over, given), default=None)


def _over(one: Given) -> datetime:
    ended = one.started_at + LONGEST if one.ended_at is None else one.ended_at
    return ended + (LEFT_UNSAID if one.wait is None else one.wait)
