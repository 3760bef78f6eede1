"""One infusion: what happened on its day; move it; cancel it."""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from luna.audit import actions as audit
from luna.people import access
from luna.people.access import Viewer
from luna.people.errors import Refused, Stale
from luna.treatment import actions, covers, forms, plans, turns
from luna.treatment.models import Infusion, Moment

HAPPENED = {
    Moment.What.ARRIVED: gettext_lazy("Arrived"),
    Moment.What.STARTED: gettext_lazy("Infusion started"),
    Moment.What.ENDED: gettext_lazy("Infusion ended"),
    Moment.What.LEFT: gettext_lazy("Left the clinic"),
    Moment.What.HOME: gettext_lazy("Home"),
}


@access.page("staff", roles=plans.BOOKERS)
@require_http_methods(["GET", "POST"])
def infusion(request: HttpRequest, viewer: Viewer, infusion_id: UUID) -> HttpResponse:
    """Show what happened on an infusion day; say what happened, correct it or take it back."""
    visit = _visit(viewer, infusion_id, request.now)
    form = forms.Happened(request.POST or None, zone=viewer.clinic.zone, now=request.now)
    refused = None
    if request.method == "POST" and form.is_valid():
        try:
            _say(request, viewer, visit, form)
        except Refused as refusal:
            refused = refusal
        else:
            return redirect("series", series_id=visit.series_id)
    happened = plans.standing_moments(visit)
    turn = turns.turn(visit, list(covers.circle().filter(patient=visit.patient_id)))
    found = {
        "infusion": visit,
        "form": form,
        "refused": refused,
        "happened": [(what, words, happened.get(what)) for what, words in HAPPENED.items()],
        "following": plans.following(happened),
        "latest": plans.latest(happened),
        "turn": turn,
        "is_barred": covers.is_barred(turn.on),
        "is_briefed": turn.on is not None and visit.series.briefings.filter(adult=turn.on.user_id).exists(),
        "revisions": visit.revisions.select_related("by", "chair").order_by("-revision"),
        "client_id": forms.form_id(request),
        "now": request.now,
    }
    return render(request, "treatment/infusion.html", found, status=422 if refused or form.errors else 200)


@access.page("staff", roles=plans.BOOKERS)
@require_http_methods(["GET", "POST"])
def move(request: HttpRequest, viewer: Viewer, infusion_id: UUID) -> HttpResponse:
    """Give an infusion another time or chair. What was typed stays beside what stands now."""
    visit = _visit(viewer, infusion_id, request.now)
    local = visit.starts_at.astimezone(ZoneInfo(viewer.clinic.zone))
    form = forms.Move(
        request.POST or None,
        zone=viewer.clinic.zone,
        chairs=forms.chairs(viewer),
        initial={"on": local.date(), "at": f"{local:%H:%M}", "chair": str(visit.chair_id or "")},
    )

    def act(**asked: Any) -> Infusion:
        return actions.move(start=form.start, **asked)

    return _change(request, viewer, visit, form, act=act, template="treatment/move.html")


@access.page("staff", roles=plans.BOOKERS)
@require_http_methods(["GET", "POST"])
def cancel(request: HttpRequest, viewer: Viewer, infusion_id: UUID) -> HttpResponse:
    """Cancel an infusion, after saying what that does."""
    visit = _visit(viewer, infusion_id, request.now)
    form = forms.Reason(request.POST or None)
    return _change(request, viewer, visit, form, act=actions.cancel, template="treatment/cancel.html")


def _change(
    request: HttpRequest,
    viewer: Viewer,
    visit: Infusion,
    form: forms.Changing,
    *,
    act: Callable[..., Infusion],
    template: str,
) -> HttpResponse:
    """Show a form that changes a booking, or carry it out. A refusal keeps what was typed."""
    stale = None
    if request.method == "POST" and form.is_valid():
        try:
            act(
                infusion_id=visit.id,
                why=form.cleaned_data["why"],
                expected_revision=forms.number(request, "revision"),
                viewer=viewer,
                client_id=forms.form_id(request),
                now=request.now,
            )
        except Stale as refusal:
            stale = refusal
            visit.refresh_from_db()
        except Refused as refusal:
            form.refuse(refusal.field, str(refusal))
        else:
            messages.success(request, _("Saved. The people concerned are being told what changed."))
            return redirect("series", series_id=visit.series_id)
    found = {
        "infusion": visit,
        "form": form,
        "stale": stale,
        "client_id": forms.form_id(request),
        "now": request.now,
    }
    return render(request, template, found, status=422 if stale or form.errors else 200)


def _visit(viewer: Viewer, infusion_id: UUID, now: datetime) -> Infusion:
    rows = Infusion.objects.visible_to(viewer).select_related("patient", "chair", "series__clinic", "clinic")
    visit = get_object_or_404(rows.prefetch_related(plans.MOMENTS, covers.DUTIES), id=infusion_id)
    access.enter(viewer, visit.patient_id, now)
    audit.read("chart.read", by=viewer, subject=visit, now=now)
    return visit


def _say(request: HttpRequest, viewer: Viewer, visit: Infusion, form: forms.Happened) -> None:
    what, at = form.cleaned_data["what"], form.cleaned_data["at"]
    asked = {
        "infusion_id": visit.id,
        "what": what,
        "viewer": viewer,
        "client_id": forms.form_id(request),
        "now": request.now,
    }
    if request.POST.get("do") == "take-back":
        actions.take_back_moment(**asked)
        messages.success(request, _("Taken back."))
    else:
        actions.record_moment(at=at, **asked)
        messages.success(request, _("Noted: %(what)s.") % {"what": HAPPENED[Moment.What(what)]})
