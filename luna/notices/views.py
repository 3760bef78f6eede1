"""The clinic's page of messages: what reached nobody first, then what was sent, with its history."""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from luna.audit import actions as audit
from luna.notices import actions, plans
from luna.notices.models import Notice
from luna.people import access
from luna.people.access import Viewer
from luna.people.errors import Refused
from luna.people.models import Patient


@access.page("staff")
@require_GET
def listed(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Show a clinic's messages."""
    return _page(request, viewer)


@access.page("staff")
@require_GET
def of_patient(request: HttpRequest, viewer: Viewer, patient_id: UUID) -> HttpResponse:
    """Show the messages about one patient, to everyone concerned."""
    patient = Patient.objects.visible_to(viewer).filter(id=patient_id).first()
    if patient is None:
        raise Http404
    audit.read("chart.read", by=viewer, subject=patient, patient_id=patient.id, now=request.now)
    latest = plans.history(viewer, patient.id)
    found = {"patient": patient, "latest": latest, "now": request.now}
    return render(request, "notices/of_patient.html", found)


@access.page("staff")
@require_http_methods(["GET", "POST"])
def calls(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """List whom to phone because no message reaches them, and what for; tick off who was told."""
    problem = None
    if request.method == "POST":
        try:
            _told_by_phone(request, viewer)
        except Refused as refusal:
            problem = refusal.message
        else:
            messages.success(request, _("Noted. It is off the list."))
            return redirect("calls")
    calls = plans.calls(viewer)
    audit.read_all("list.calls", by=viewer, subjects=[one.patient for one in calls], now=request.now)
    found = {
        "calls": calls,
        "errors": [(None, problem)] if problem else [],
        "now": request.now,
    }
    return render(request, "notices/calls.html", found, status=422 if problem else 200)


@access.page("staff")
@require_POST
def resend(request: HttpRequest, viewer: Viewer, notice_id: UUID) -> HttpResponse:
    """Send one message again."""
    return _decide(request, viewer, notice_id, actions.resend, _("It is being sent again."))


@access.page("staff")
@require_POST
def told(request: HttpRequest, viewer: Viewer, notice_id: UUID) -> HttpResponse:
    """Note that somebody told the person another way."""
    return _decide(request, viewer, notice_id, actions.told_otherwise, _("Noted. It is off the list."))


def _decide(request: HttpRequest, viewer: Viewer, notice_id: UUID, action, done: str) -> HttpResponse:
    try:
        action(notice_id=notice_id, fence=_fence(request), viewer=viewer, now=request.now)
    except Notice.DoesNotExist:
        raise Http404 from None
    except Refused as refusal:
        return _page(request, viewer, problem=refusal)
    messages.success(request, done)
    return redirect("messages")


def _told_by_phone(request: HttpRequest, viewer: Viewer) -> None:
    try:
        notice_id = UUID(request.POST.get("notice", ""))
        actions.told_otherwise(notice_id=notice_id, fence=_fence(request), viewer=viewer, now=request.now)
    except (ValueError, Notice.DoesNotExist):
        raise Http404 from None


def _fence(request: HttpRequest) -> int:
    """Return which try of the message the page showed; a form without it is of no try."""
    text = request.POST.get("fence", "")
    return int(text) if text.isdecimal() and len(text) < 10 else -1


def _page(request: HttpRequest, viewer: Viewer, problem: Refused | None = None) -> HttpResponse:
    return render(
        request,
        "notices/messages.html",
        {
            "waiting": plans.for_staff(viewer),
            "latest": plans.history(viewer, None),
            "errors": [(None, problem.message)] if problem else [],
            "now": request.now,
        },
        status=422 if problem else 200,
    )
