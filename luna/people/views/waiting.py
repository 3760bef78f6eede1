"""Who was asked in and has not come: see it, and ask again in one press."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from luna.audit import actions as audit
from luna.people import access, plans, waiting
from luna.people.access import Viewer
from luna.people.actions import clinic
from luna.people.errors import Refused
from luna.people.forms.circle import Answer
from luna.people.models import Invitation, Patient


@access.page("staff")
@require_http_methods(["GET", "POST"])
def invitations(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """List who has not come in yet, since when and until when; ask again, or ask a patient, in one press."""
    problem = None
    if request.method == "POST":
        problem, said = _ask(request, viewer)
        if problem is None:
            messages.success(request, said)
            return redirect("invitations")
    found = waiting.of(viewer, request.GET.get("page", "1"), request.now)
    audit.read_all("list.invitations", by=viewer, subjects=found.shown, now=request.now)
    context = {
        "waiting": found,
        "chase_days": viewer.clinic.chase_days,
        "errors": [(None, problem)] if problem else [],
        "now": request.now,
    }
    return render(request, "people/invitations.html", context, status=422 if problem else 200)


def _ask(request: HttpRequest, viewer: Viewer) -> tuple[Any, Any]:
    """Do what one button asks; return why not, or None, and what to say when it is done."""
    if "patient" in request.POST:
        patient = get_object_or_404(Patient.objects.visible_to(viewer), pk=_id(request, "patient"))
        access.enter(viewer, patient.pk, request.now)
        try:
            clinic.invite_patient(patient, by=viewer, client_id=_id(request, "client_id"), now=request.now)
        except Refused as refused:
            return refused.message, ""
        return None, _("We are writing to %(name)s now.") % {"name": patient.name}
    invitation = get_object_or_404(Invitation.objects.visible_to(viewer), pk=_id(request, "invitation"))
    access.enter(viewer, invitation.patient_id, request.now)
    form = Answer(request.POST)
    problem = form.apply(invitation, by=viewer, now=request.now)
    return problem, "" if problem else form.said


def _id(request: HttpRequest, name: str) -> UUID:
    found = plans.uuid_or_none(request.POST.get(name, ""))
    if found is None:
        raise Http404
    return found
