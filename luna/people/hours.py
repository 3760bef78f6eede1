"""When a helper is there: one span a weekday on the patient's clock, as [weekday, from, to].

Monday is 0. A span that ends at or before it begins goes on into the next morning. No span at all means
that nobody said, never that they are always or never there.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, time

from django.utils.translation import gettext

from luna.library import times

Window = Sequence[int | str]


def is_there(windows: Iterable[Window], at: datetime) -> bool | None:
    """Say whether a helper is there at a local time; None when nobody said when they are."""
    spans = [_read(window) for window in windows]
    if not spans:
        return None
    return any(_holds(weekday, begins, ends, at) for weekday, begins, ends in spans)


def in_words(windows: Iterable[Window], *, hours: int = 12) -> str:
    """Return when a helper is there as people read it: "Monday 6 pm to 10 pm, Sunday 8 pm to 8 am"."""
    spans = sorted(_read(window) for window in windows)
    return ", ".join(
        gettext("%(day)s %(begins)s to %(ends)s")
        % {
            "day": times.weekday(weekday),
            "begins": times.clock(_at(begins), "UTC", hours=hours),
            "ends": times.clock(_at(ends), "UTC", hours=hours),
        }
        for weekday, begins, ends in spans
    )


def _at(time_of_day: time) -> datetime:
    return datetime.combine(date.min, time_of_day, UTC)


def _holds(weekday: int, begins: time, ends: time, at: datetime) -> bool:
    now = at.time()
    if begins < ends:
        return at.weekday() == weekday and begins <= now < ends
    evening = at.weekday() == weekday and now >= begins
    return evening or (at.weekday() == (weekday + 1) % 7 and now < ends)


def _read(window: Window) -> tuple[int, time, time]:
    weekday, begins, ends = window
    return int(weekday), time.fromisoformat(str(begins)), time.fromisoformat(str(ends))
