"""What was decided about each medicine for the next infusion, with clock times."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from luna.audit import actions as audit
from luna.intake import plans as intake
from luna.people import access
from luna.people.access import Viewer
from luna.treatment import ordering, plans
from luna.treatment.holding import Held
from luna.treatment.models import Infusion, Order, Series


@dataclass(frozen=True, slots=True)
class Hold:
    """One hold with the infusions it begins before and ends after. off: that one does not take place."""

    held: Held
    first: Infusion
    last: Infusion
    off: bool


@dataclass(frozen=True, slots=True)
class Line:
    """One medicine. order: None while nobody decided about the next infusion. changed: told since.

    hold: the one that is under way, or comes next; the last one, where nobody said how to go on.
    later: those to come.
    """

    name: str
    taken: str  # dose and time, as they told it
    order: Order | None
    changed: bool
    hold: Hold | None
    later: tuple[Hold, ...]


@access.page("patient", "caretaker")
@require_GET
def plan(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Show what to do with each medicine for the next infusion: take, hold until a time, or ask."""
    audit.read("plan.read", by=viewer, subject=viewer.patient, now=request.now)
    mine = Series.objects.visible_to(viewer).filter(patient_id=viewer.patient_id)
    every = list(plans.loaded(mine.order_by("-started_at", "-id")))
    running = next((series for series in every if series.stopped_at is None), None)
    infusion = _next(running, request.now) if running else None
    found = {
        "infusion": infusion,
        "lines": list(_lines(viewer, every, running, infusion, now=request.now)),
        "now": request.now,
    }
    return render(request, "treatment/medicine_plan.html", found)


def _next(series: Series, now: datetime) -> Infusion | None:
    """Return the first infusion that is not over."""
    ahead = (one for one in series.infusions.all() if not plans.is_off(one, series) and one.leaves_at > now)
    return next(ahead, None)


def _lines(
    viewer: Viewer,
    every: list[Series],
    running: Series | None,
    infusion: Infusion | None,
    *,
    now: datetime,
) -> Iterator[Line]:
    """Give the medicines the viewer may read about: those told, then those only an order names."""
    decided = ordering.decisions(running, infusion) if running else {}
    orders = {key: one for key, one in decided.items() if one.kind in viewer.kinds}
    holds = _holds(viewer, every, now)
    for row in intake.medicines_of(viewer, viewer.patient).current:
        key = row.name.casefold()
        order, of_it = orders.pop(key, None), holds.pop(key, [])
        word = order or (of_it[-1].held.order if of_it else None)
        taken = ", ".join(part for part in (row.dose_text, row.when_text) if part)
        changed = word is not None and row.recorded_at > word.at
        yield _line(row.name, order, of_it, now, taken=taken, changed=changed)
    for key in sorted({*orders, *holds}):
        order, of_it = orders.get(key), holds.get(key, [])
        word = order or of_it[-1].held.order
        yield _line(word.name, order, of_it, now)


def _holds(viewer: Viewer, every: Iterable[Series], now: datetime) -> dict[str, list[Hold]]:
    """Return the holds of each medicine in order: of the newest series all, of others what is not over."""
    found: dict[str, list[Hold]] = {}
    for place, series in enumerate(every):
        infusions = {one.id.hex: one for one in series.infusions.all()}
        for key, holds in plans.holds(series).items():
            kept = [one for one in holds if one.order.kind in viewer.kinds and (not place or one.until > now)]
            of_it = [_hold(one, series, infusions) for one in kept]
            if of_it:
                found[key] = [*of_it, *found.get(key, [])]
    return found


def _hold(one: Held, series: Series, infusions: dict[str, Infusion]) -> Hold:
    last = infusions[one.last]
    return Hold(one, first=infusions[one.first], last=last, off=plans.is_off(last, series))


def _line(
    name: str,
    order: Order | None,
    holds: list[Hold],
    now: datetime,
    *,
    taken: str = "",
    changed: bool = False,
) -> Line:
    ahead = [one for one in holds if one.held.until > now]
    is_settled = order is not None and order.handling != Order.Handling.HOLD
    hold = next(iter(ahead), None if is_settled else next(reversed(holds), None))
    # What comes after an infusion for which it is taken is no word about that one.
    if hold is not None and is_settled and hold.held.stop_at > now:
        hold = None
    later = tuple(one for one in ahead if one is not hold)
    return Line(name=name, taken=taken, order=order, changed=changed, hold=hold, later=later)
