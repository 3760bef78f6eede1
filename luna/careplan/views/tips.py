"""Tips for body and mind: the patient leaves them out in one tap, and has them back in one."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from luna.audit import actions as audit
from luna.clinical.tips import Part
from luna.people import access
from luna.people.access import Viewer
from luna.treatment import actions, forms, tips

LEAVES_OUT = {"yes": True, "no": False}
PARTS = {part.value: part for part in Part}


@access.page("patient")
@require_http_methods(["GET", "POST"])
def page(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Say which tips for body and mind are left out; leave them out, or ask for them again."""
    audit.read("plan.read", by=viewer, subject=viewer.patient, now=request.now)
    if request.method == "POST":
        said, part = (
            LEAVES_OUT.get(request.POST.get("leaves_out", "")),
            PARTS.get(request.POST.get("part", "")),
        )
        if said is None or part is None:
            raise Http404
        actions.choose_tips(
            viewer=viewer,
            part=part,
            leaves_out=said,
            client_id=forms.form_id(request),
            now=request.now,
        )
        messages.success(request, _("Left out. We won’t ask.") if said else _("They are back in your plan."))
        return redirect("tips")
    return render(request, "careplan/tips.html", {"switches": tips.switches(viewer), "now": request.now})
