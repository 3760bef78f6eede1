"""Why a chart is opened, who cares for a patient, and the weekly review of both."""

from datetime import date
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from luna.audit import actions as audit
from luna.people import access, charts
from luna.people.access import Viewer
from luna.people.actions import charts as actions
from luna.people.errors import Refused
from luna.people.forms import charts as forms
from luna.people.models import Patient
from luna.people.views.sign_in import next_url, send_again


@access.page("staff", asks_why=False)
@never_cache
@require_http_methods(["GET", "POST"])
def reason(request: HttpRequest, viewer: Viewer, patient_id: UUID) -> HttpResponse:
    """Ask somebody why they need the chart of a patient they do not care for, then open it.

    What they typed meanwhile comes back, to be sent.
    """
    patient = get_object_or_404(Patient.objects.visible_to(viewer), pk=patient_id)
    form = forms.Reason(request.POST if "reason" in request.POST else None)
    if form.is_valid():
        try:
            actions.say_why(patient=patient, by=viewer, now=request.now, **form.cleaned_data)
        except Refused as refused:
            form.add_error(refused.field or None, refused.message)
        else:
            back = next_url(request) or reverse("chart", args=[patient.id])
            return send_again(request, _("The chart is open")) or redirect(back)
    carried = {name: request.POST.get(name, "") for name in ("to", "kept")}
    context = {"form": form, "patient": patient, "next": next_url(request), **carried}
    return render(request, "people/chart_reason.html", context, status=422 if form.errors else 200)


@access.page("staff", roles=("coordinator", "admin"), asks_why=False)
@require_http_methods(["GET", "POST"])
def team(request: HttpRequest, viewer: Viewer, patient_id: UUID) -> HttpResponse:
    """Say which members of staff care for a patient."""
    patient = get_object_or_404(Patient.objects.visible_to(viewer), pk=patient_id)
    audit.read("chart.read", by=viewer, subject=patient, now=request.now)
    form = forms.Team(request.POST or None, staff=charts.team(patient))
    if form.is_valid():
        try:
            actions.set_team(patient=patient, by=viewer, now=request.now, **form.cleaned_data)
        except Refused as refused:
            form.add_error(refused.field or None, refused.message)
        else:
            messages.success(request, _("Saved."))
            return redirect("chart-team", patient.id)
    context = {"form": form, "patient": patient}
    return render(request, "people/chart_team.html", context, status=422 if form.errors else 200)


@access.page("staff", roles=("admin",))
@require_http_methods(["GET", "POST"])
def review(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """List a week's looks at own and colleagues' charts and every stated reason, to be signed as reviewed."""
    weeks = charts.weeks(viewer.clinic, request.now)
    week = _week(request, weeks)
    form = forms.Review(request.POST or None)
    if form.is_valid():
        try:
            actions.review(week=week.monday, by=viewer, now=request.now, **form.cleaned_data)
        except Refused as refused:
            form.add_error(None, refused.message)
        else:
            messages.success(request, _("Reviewed, in your name."))
            return redirect(f"{reverse('access-review')}?week={week.monday}")
    audit.read("audit.read", by=viewer, subject=viewer.clinic, now=request.now)
    context = {
        "form": form,
        "weeks": weeks,
        "week": week,
        "lines": charts.to_review(viewer.clinic, week.monday),
        "now": request.now,
    }
    return render(request, "people/access_review.html", context, status=422 if form.errors else 200)


def _week(request: HttpRequest, weeks: list[charts.Week]) -> charts.Week:
    """Return the week asked for; else the latest that is over and nobody has reviewed; else this one."""
    asked = request.GET.get("week")
    if asked is None:
        return next((week for week in weeks if week.is_over and week.review is None), weeks[0])
    wanted: date | None = _date(asked)
    found = next((week for week in weeks if week.monday == wanted), None)
    if found is None:
        raise Http404
    return found


def _date(text: str) -> date | None:
    try:
        return parse_date(text)
    except ValueError:
        return None
