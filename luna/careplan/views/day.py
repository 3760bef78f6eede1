"""Run late from here on, or close a day: say so, look at what it does, confirm once, see who was told."""

from datetime import date
from uuid import UUID
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from luna.audit import actions as audit
from luna.careplan import actions, forms, plans
from luna.careplan.models import DayChange
from luna.careplan.views import calls
from luna.people import access
from luna.people.access import Viewer
from luna.people.errors import Refused, Stale
from luna.treatment import forms as typed
from luna.treatment import plans as treatment

LATEST = 5  # changes of a day that are listed below the form


@access.page("staff", roles=treatment.BOOKERS)
@require_http_methods(["GET", "POST"])
def change(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Ask for the day and what happens; show what that does to each infusion; carry it out once confirmed."""
    form = forms.DayChange(request.POST or None, today=_today(request, viewer))
    if request.method == "POST" and form.is_valid() and request.POST.get("do") != "back":
        if request.POST.get("do") == "confirm":
            return _confirm(request, viewer, form)
        return _preview(request, viewer, form)
    found = {"form": form, "latest": plans.latest(viewer, LATEST), "now": request.now}
    return render(request, "careplan/day_change.html", found, status=422 if form.errors else 200)


@access.page("staff", roles=treatment.BOOKERS)
@require_http_methods(["GET", "POST"])
def changed(request: HttpRequest, viewer: Viewer, change_id: UUID) -> HttpResponse:
    """Show what came of a change of a day, and whom to call; go on where it stopped; note who was called."""
    row = get_object_or_404(DayChange.objects.visible_to(viewer).select_related("by"), id=change_id)
    refused: dict[str, Refused] = {}
    problems: list[str] = []
    if request.method == "POST":
        match request.POST.get("do", ""):
            case "go-on":
                refused = actions.carry_out(change_id=row.id, viewer=viewer, now=request.now)
                if not refused:
                    return redirect("day-changed", change_id=row.id)
            case "told":
                problems = calls.note(request, viewer)
                if not problems:
                    messages.success(request, _("Noted. It is off the list."))
                    return redirect("day-changed", change_id=row.id)
            case _:
                raise Http404
    done = plans.done(viewer, row, request.now)
    audit.read_all("list.day", by=viewer, subjects=[one.infusion.patient for one in done], now=request.now)
    found = {
        "change": row,
        "done": done,
        "undone": [one for one in done if not one.is_done],
        "calls": [(one, told) for one in done for told in one.calls],
        "why": {one.infusion.id: refused.get(one.infusion.id.hex) for one in done},
        "errors": [(None, one) for one in problems],
        "now": request.now,
    }
    return render(request, "careplan/day_changed.html", found, status=422 if problems or refused else 200)


def _today(request: HttpRequest, viewer: Viewer) -> date:
    today: date = request.now.astimezone(ZoneInfo(viewer.clinic.zone)).date()
    return today


def _preview(
    request: HttpRequest, viewer: Viewer, form: forms.DayChange, refused: Refused | None = None
) -> HttpResponse:
    found = plans.preview(viewer, form.asked, request.now)
    audit.read_all("list.day", by=viewer, subjects=found.patients, now=request.now)
    ticked = set(request.POST.getlist("infusion")) if refused else None
    page = {
        "form": form,
        "preview": found,
        "ticked": [
            one.key for one in found.touched if (one.key in ticked if ticked is not None else one.is_whole)
        ],
        "refused": refused,
        "client_id": typed.form_id(request),
        "now": request.now,
    }
    return render(request, "careplan/day_preview.html", page, status=422 if refused else 200)


def _confirm(request: HttpRequest, viewer: Viewer, form: forms.DayChange) -> HttpResponse:
    seen = {key: typed.number(request, f"revision-{key}") for key in request.POST.getlist("infusion")}
    try:
        row = actions.change_day(
            asked=form.asked,
            seen=seen,
            words=form.cleaned_data["words"],
            shut=form.cleaned_data["shut"],
            viewer=viewer,
            client_id=typed.form_id(request),
            now=request.now,
        )
    except Stale:
        words = _("One of them has changed meanwhile. Look again, then confirm.")
        return _preview(request, viewer, form, Refused(words))
    except Refused as refusal:
        return _preview(request, viewer, form, refusal)
    refused = actions.carry_out(change_id=row.id, viewer=viewer, now=request.now)
    if not refused:
        messages.success(request, _("Done. The people concerned are being told."))
    return redirect("day-changed", change_id=row.id)
