"""What was decided about each medicine for the next infusion, with clock times."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from luna.audit import actions as audit
from luna.intake import plans as intake
from luna.intake.models import Medicine
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

    gone: what was told is that they do not take it. hold: the one that is under way, or comes next; the
    last one, where nobody said how to go on. later: those to come.
    """

    name: str
    taken: str  # dose and time, as they told it
    order: Order | None
    changed: bool
    gone: bool
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
    told = intake.by_name(every[0].patient.told) if every else {}
    orders = {key: one for key, one in decided.items() if ordering.is_open(one, viewer.kinds, told)}
    holds = _holds(viewer, every, told, now)
    for row in intake.medicines_of(viewer, viewer.patient).current:
        names = [key for key in {*orders, *holds} if key in told and told[key].id == row.id]
        of_it = [one for key in names for one in holds.pop(key, [])]
        words = [orders.pop(key) for key in names if key in orders]
        yield _line(row.name, words, of_it, now, told=row, is_listed=True)
    for key in sorted({*orders, *holds}):
        words, of_it = [orders[key]] if key in orders else [], holds.get(key, [])
        name = (words or [of_it[-1].held.order])[0].name
        line = _line(name, words, of_it, now, told=told.get(key))
        if line.order is not None or not line.gone:
            yield line


def _holds(
    viewer: Viewer, every: Iterable[Series], told: Mapping[str, Medicine], now: datetime
) -> dict[str, list[Hold]]:
    """Return the holds of each medicine in order: of the newest series all, of others what is not over."""
    found: dict[str, list[Hold]] = {}
    for place, series in enumerate(every):
        infusions = {one.id.hex: one for one in series.infusions.all()}
        for key, holds in plans.holds(series).items():
            shown = [one for one in holds if not place or one.until > now]
            kept = [one for one in shown if ordering.is_open(one.order, viewer.kinds, told)]
            of_it = [_hold(one, series, infusions) for one in kept]
            if of_it:
                found[key] = [*of_it, *found.get(key, [])]
    return found


def _hold(one: Held, series: Series, infusions: dict[str, Infusion]) -> Hold:
    last = infusions[one.last]
    return Hold(one, first=infusions[one.first], last=last, off=plans.is_off(last, series))


def _line(
    name: str,
    words: list[Order],
    holds: list[Hold],
    now: datetime,
    *,
    told: Medicine | None,
    is_listed: bool = False,
) -> Line:
    """Return what is to be done with one medicine.

    words: what stands about it. told: what the patient says of it. is_listed: the reader may read that.
    """
    order = max(words, key=attrgetter("at", "id"), default=None)
    in_turn = sorted(holds, key=attrgetter("held.stop_at"))
    ahead = [one for one in in_turn if one.held.until > now]
    is_settled = order is not None and order.handling != Order.Handling.HOLD
    hold = next(iter(ahead), None if is_settled else next(reversed(in_turn), None))
    # What comes after an infusion for which it is taken is no word about that one.
    if hold is not None and is_settled and hold.held.stop_at > now:
        hold = None
    word = order or (hold.held.order if hold else None)
    changed = word is not None and told is not None and told.recorded_at > word.at
    return Line(
        name=name,
        taken=", ".join(part for part in (told.dose_text, told.when_text) if part) if is_listed else "",
        order=order,
        changed=changed,
        gone=changed and not told.is_taken,
        hold=hold,
        later=tuple(one for one in ahead if one is not hold),
    )
