"""A hold: a medicine that is left out around infusions and taken again. FHIR: MedicationRequest, on-hold."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter


@dataclass(frozen=True, slots=True)
class Span:
    """How long one infusion asks to leave a medicine out: from the last one until it is taken again.

    known_at: since when the infusion stands at its time and this is ordered for it. off_at: when one of
    the two was called off, None while both stand.
    """

    infusion: str
    stop_at: datetime
    restart_at: datetime
    known_at: datetime
    off_at: datetime | None = None

    @property
    def from_at(self) -> datetime:
        """Return since when the medicine is left out for it: nobody does before it is known."""
        return max(self.stop_at, self.known_at)


@dataclass(frozen=True, slots=True)
class Hold:
    """A medicine left out without a break, for one infusion or for several that are close.

    spans: as they begin. since: when the hold before it is over; next_at: when the next one begins; None
    while there is none.
    """

    spans: tuple[Span, ...]
    since: datetime | None = None
    next_at: datetime | None = None

    @property
    def first(self) -> Span:
        """Return the span it begins with."""
        return self.spans[0]

    @property
    def last(self) -> Span:
        """Return the span it ends with."""
        return max(self.spans, key=attrgetter("restart_at"))


def holds(spans: Iterable[Span]) -> tuple[Hold, ...]:
    """Return the holds that the spans of one medicine make, in order.

    1. Where the medicine would be taken again at or after the next infusion's last one, the hold runs
       on: there is one last one, before the first, and one new start, after the last.
    2. A span that was called off before anything was left out for it is gone. After that its end
       stands: whoever left out a medicine must take it again.
    3. A span that became known when the medicine had been taken again begins a hold of its own.
    """
    runs: list[list[Span]] = []
    for span in sorted(spans, key=attrgetter("from_at", "restart_at", "infusion")):
        over_at = max((one.restart_at for run in runs[-1:] for one in run), default=None)
        # Within a hold nothing is left out for an infusion until those before it are over.
        needed_at = span.from_at if over_at is None else max(span.from_at, over_at)
        if span.off_at is not None and span.off_at < needed_at:
            continue
        if needed_at == over_at:
            runs[-1].append(span)
        else:
            runs.append([span])
    ends = [None, *(max(one.restart_at for one in run) for run in runs)]
    begins = [*(run[0].from_at for run in runs[1:]), None]
    return tuple(
        Hold(tuple(run), since, next_at) for run, since, next_at in zip(runs, ends, begins, strict=False)
    )
