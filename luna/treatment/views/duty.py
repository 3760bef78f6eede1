"""Who is there for each infusion: the circle's own page, and what staff write down."""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_POST

from luna.audit import actions as audit
from luna.clinical.duty import Said
from luna.people import access
from luna.people.access import Viewer
from luna.people.errors import Refused
from luna.treatment import actions, forms, plans, turns
from luna.treatment.models import Infusion

# What is answered to a person who said something.
THANKS = {
    Said.TAKES: _("Thank you. It is set, and everybody concerned is being told."),
    Said.STANDS_BY: _("Thank you. You are the reserve for this one."),
    Said.ASKED: _("Asked. Nothing changes until there is a yes."),
    Said.DECLINED: _("Noted. It stays as it was."),
    Said.CANNOT: _("Thank you for saying so. The clinic can see it now, and others are being asked."),
}


@access.page("patient", "caretaker")
@require_GET
def duty(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Show who is there for each infusion ahead, and the gaps."""
    audit.read("plan.read", by=viewer, subject=viewer.patient, patient_id=viewer.patient_id, now=request.now)
    return _page(request, viewer)


@access.page("patient", "caretaker")
@require_POST
def say(request: HttpRequest, viewer: Viewer, infusion_id: UUID) -> HttpResponse:
    """Take an infusion, stand by, ask, say yes or no, or say that one cannot: one tap each."""
    try:
        said = _say(request, viewer, infusion_id)
    except Refused as refused:
        return _page(request, viewer, refused)
    messages.success(request, THANKS[said])
    return redirect("duty")


@access.page("staff", roles=plans.BOOKERS)
@require_POST
def note(request: HttpRequest, viewer: Viewer, infusion_id: UUID) -> HttpResponse:
    """Write down what somebody told the clinic: they are there, they stand by, they cannot."""
    infusion = get_object_or_404(Infusion.objects.visible_to(viewer), id=infusion_id)
    access.enter(viewer, infusion.patient_id, request.now)
    try:
        _say(request, viewer, infusion_id)
    except Refused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, _("Noted. The people concerned are being told."))
    return redirect("infusion", infusion_id=infusion_id)


def _say(request: HttpRequest, viewer: Viewer, infusion_id: UUID) -> Said:
    try:
        said, who = Said(request.POST.get("do", "")), UUID(request.POST.get("who", ""))
    except ValueError:
        raise Http404 from None
    actions.say_duty(
        said=said,
        infusion_id=infusion_id,
        who_id=who,
        viewer=viewer,
        client_id=forms.form_id(request),
        now=request.now,
    )
    return said


def _page(request: HttpRequest, viewer: Viewer, refused: Refused | None = None) -> HttpResponse:
    found = {
        "turns": turns.for_viewer(viewer, request.now),
        "errors": [(None, refused.message)] if refused else [],
        "now": request.now,
    }
    return render(request, "treatment/duty.html", found, status=422 if refused else 200)
