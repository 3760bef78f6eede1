"""What was decided about each medicine for the next infusion, with clock times."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from luna.audit import actions as audit
from luna.clinical import plan as rules
from luna.clinical.task import Task
from luna.intake import plans as intake
from luna.library import plans as library
from luna.people import access
from luna.people.access import Viewer
from luna.treatment import ordering, plans
from luna.treatment.models import Infusion, Series
from luna.treatment.ordering import Decision


@dataclass(frozen=True, slots=True)
class Line:
    """One medicine. decision: None while nobody decided. changed: something was told since."""

    name: str
    taken: str  # dose and time, as they told it
    decision: Decision | None
    changed: bool


@access.page("patient", "caretaker")
@require_GET
def plan(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Show what to do with each medicine for the next infusion: take, hold until a time, or ask.

    Before that, what was left out for an infusion that was then called off: it is taken again.
    """
    audit.read("plan.read", by=viewer, subject=viewer.patient, now=request.now)
    mine = Series.objects.visible_to(viewer).filter(patient_id=viewer.patient_id)
    every = list(plans.loaded(mine.order_by("-started_at", "-id")))
    series, infusion = _next(every, request.now)
    found = {
        "left_out": list(_left_out(viewer, every, request.now)),
        "infusion": infusion,
        "lines": list(_lines(viewer, series, infusion)),
        "now": request.now,
    }
    return render(request, "treatment/medicine_plan.html", found)


def _next(every: Iterable[Series], now: datetime) -> tuple[Series | None, Infusion | None]:
    """Return the series that runs, and the first infusion whose last restart is still to come."""
    running = [series for series in every if series.stopped_at is None]
    for series in running:
        for one in series.infusions.all():
            if not plans.is_off(one, series) and _over_at(series, one) > now:
                return series, one
    return next(iter(running), None), None


def _left_out(viewer: Viewer, every: Iterable[Series], now: datetime) -> Iterator[tuple[Infusion, Task]]:
    """Give the steps that end what was begun for an infusion that was called off, with that infusion."""
    for series in every:
        off = {one.id.hex: one for one in series.infusions.all() if plans.is_off(one, series)}
        if not off:
            continue
        for task in rules.apply(library.protocol(series.protocol), plans.facts(series)):
            if task.infusion in off and task.closes_at > now and task.step.kind in viewer.kinds:
                yield off[task.infusion], task


def _over_at(series: Series, infusion: Infusion) -> datetime:
    """Return when nothing is left to do about medicines for an infusion."""
    held = [one.times.restart_at for one in ordering.decisions(series, infusion) if one.times]
    return max([infusion.leaves_at, *held])


def _lines(viewer: Viewer, series: Series | None, infusion: Infusion | None) -> Iterator[Line]:
    """Give the medicines the viewer may read about: those told, then those only an order names."""
    found = ordering.decisions(series, infusion) if series else []
    decided = {ordering.key(one.order): one for one in found if one.order.kind in viewer.kinds}
    for row in intake.medicines_of(viewer, viewer.patient).current:
        decision = decided.pop(row.name.casefold(), None)
        yield Line(
            name=row.name,
            taken=", ".join(part for part in (row.dose_text, row.when_text) if part),
            decision=decision,
            changed=decision is not None and row.recorded_at > decision.order.at,
        )
    for decision in decided.values():
        yield Line(name=decision.order.name, taken="", decision=decision, changed=False)
