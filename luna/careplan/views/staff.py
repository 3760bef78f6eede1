"""The clinic's page of a series: every person's tasks on one timeline."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from luna.audit import actions as audit
from luna.careplan import plans
from luna.clinical.protocol import Actor
from luna.clinical.task import TaskStatus
from luna.intake import plans as intake
from luna.library import times
from luna.people import access
from luna.people.access import Viewer
from luna.people.models import Clinic
from luna.records import part2
from luna.treatment import calls, ordering, protocols, saying, tips
from luna.treatment import plans as treatment
from luna.treatment.models import Series

COLUMNS = (Actor.PATIENT, Actor.CARETAKER, Actor.CLINIC)


@access.page("staff")
@require_GET
def series(request: HttpRequest, viewer: Viewer, series_id: UUID) -> HttpResponse:
    """Show a series: its infusions with what can be said of them, and every task by day."""
    found = plans.plans_of(Series.objects.visible_to(viewer).filter(id=series_id), request.now)
    if not found:
        raise Http404
    plan = found[0]
    access.enter(viewer, plan.series.patient_id, request.now)
    audit.read("chart.read", by=viewer, subject=plan.series, now=request.now)
    shown = {
        "plan": plan,
        "series": plan.series,
        "headline": protocols.headline(plan.series.protocol),
        "mode": plans.where(plan)[0],
        "given": sum(visit.given(request.now) for visit in plan.live_visits),
        "visits": [(visit, _following(visit, request.now)) for visit in plan.visits],
        "may_start": viewer.has_role(*treatment.STARTERS),
        "may_book": viewer.has_role(*treatment.BOOKERS),
        "eligibility": intake.current_eligibility(plan.patient, request.now),
        **calls.of_change(viewer, request.now, Q(series=plan.series)),
        "orders": [(saying.said(one, plan.protocol), one) for one in ordering.standing(plan.series)],
        "told": plans.told(plan, viewer),
        "to_countersign": len(ordering.not_countersigned(plan.series)),
        "tips": tips.of(plan.series),
        "columns": [plans.reader(actor) for actor in COLUMNS],
        "days": [_row(one, viewer.clinic, request.now) for one in plans.timetable(plan, request.now)],
        "notice": part2.notice(plan.series.orders.all()),
        "now": request.now,
    }
    return render(request, "careplan/series.html", shown)


def _following(visit: plans.Visit, now: datetime) -> str | None:
    """Return what the clinic can say next of an infusion, None for one that is off or not of today."""
    happened = treatment.standing_moments(visit.row)
    is_near = bool(happened) or visit.starts_at - now <= treatment.EARLY
    return treatment.following(happened) if is_near and not visit.off else None


def _row(one: plans.PlanDay, clinic: Clinic, now: datetime) -> dict[str, Any]:
    """Return a day as the timetable draws it."""
    notes = [
        _("Infusion %(number)s, %(time)s")
        % {"number": visit.number, "time": times.clock(visit.starts_at, clinic.zone, hours=clinic.clock)}
        for visit in one.visits
    ]
    return {
        "day": times.short_day(one.on, now),
        "note": ", ".join(notes),
        "today": one.is_today,
        "infusion": bool(one.visits),
        "cells": [[_task(item, clinic) for item in one.of(actor)] for actor in COLUMNS],
    }


def _task(item: plans.Item, clinic: Clinic) -> dict[str, str]:
    status, word = _standing(item)
    return {
        "time": times.clock(item.shown_at, item.zone, hours=clinic.clock)
        + times.place(item.shown_at, item.zone, clinic.zone),
        "title": item.title,
        "status": status,
        "word": word,
        "url": reverse("step", args=[item.key]),
    }


def _standing(item: plans.Item) -> tuple[str, str]:
    """Return how a task stands, as a level of the page and a word."""
    if item.away:
        return "warn", item.away_words
    if not item.is_asked:
        return "na", _("For information")
    if item.status is TaskStatus.COMPLETED:
        return "fine", _("Done")
    if item.status is TaskStatus.FAILED:
        return "warn", _("Missed")
    if item.status is TaskStatus.DRAFT:
        return "draft", _("Later")
    if item.said is False:
        return "todo", _("Said: not done")
    return ("warn", _("Late")) if item.is_late else ("todo", _("Open"))
