"""Read protocols, and sign one."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from luna.people import access
from luna.people.access import Viewer
from luna.people.errors import Refused
from luna.treatment import actions, protocols

SIGNERS = ("prescriber",)


@access.page("staff")
@require_GET
def listing(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Show the protocols there are, and what the clinic has signed."""
    return render(request, "treatment/protocols.html", {"listed": protocols.listed(viewer.clinic_id)})


@access.page("staff")
@require_http_methods(["GET", "POST"])
def protocol(request: HttpRequest, viewer: Viewer, name: str) -> HttpResponse:
    """Show a protocol with every number's source; a prescriber signs it here."""
    reading = protocols.reading(viewer.clinic_id, name)
    may_sign = viewer.has_role(*SIGNERS)
    if reading is None or (request.method == "POST" and not may_sign):
        raise Http404
    ticked, refused = [], None
    if request.method == "POST":
        ticked = request.POST.getlist("accepted")
        try:
            if request.POST.get("sha256") != reading.listed.sha256:
                raise Refused(_("The text changed after you opened it. Read it again before you sign."))
            actions.sign_protocol(text=reading.text, accepted=ticked, viewer=viewer, now=request.now)
        except Refused as refusal:
            refused = refusal
        else:
            messages.success(request, _("Signed. New series can follow it from now on."))
            return redirect("protocol", name=name)
    found = {
        "reading": reading,
        "ticked": ticked,
        "may_sign": may_sign,
        "refused": refused,
        "now": request.now,
    }
    return render(request, "treatment/protocol.html", found, status=422 if refused else 200)
