"""When a helper is there: one span a weekday on the patient's clock, as [weekday, from, to].

Monday is 0. A span that ends at or before it begins goes on into the next morning. No span at all means
that nobody said, never that they are always or never there.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, time

Window = Sequence[int | str]


def is_there(windows: Iterable[Window], at: datetime) -> bool | None:
    """Say whether a helper is there at a local time; None when nobody said when they are."""
    spans = [_read(window) for window in windows]
    if not spans:
        return None
    return any(_holds(weekday, begins, ends, at) for weekday, begins, ends in spans)


def _holds(weekday: int, begins: time, ends: time, at: datetime) -> bool:
    now = at.time()
    if begins < ends:
        return at.weekday() == weekday and begins <= now < ends
    evening = at.weekday() == weekday and now >= begins
    return evening or (at.weekday() == (weekday + 1) % 7 and now < ends)


def _read(window: Window) -> tuple[int, time, time]:
    weekday, begins, ends = window
    return int(weekday), time.fromisoformat(str(begins)), time.fromisoformat(str(ends))
