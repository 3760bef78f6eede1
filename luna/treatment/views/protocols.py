"""Read protocols, triage rules and emergency numbers, and sign them."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from luna.people import access
from luna.people.access import Viewer
from luna.people.errors import Refused
from luna.treatment import actions, readings

SIGNERS = ("prescriber",)


@access.page("staff")
@require_GET
def listing(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Show the protocols, rules and numbers there are, and what the clinic has signed."""
    return render(
        request, "treatment/protocols.html", {"listed": readings.listed(viewer.clinic, request.now)}
    )


@access.page("staff")
@require_http_methods(["GET", "POST"])
def protocol(request: HttpRequest, viewer: Viewer, name: str) -> HttpResponse:
    """Show a protocol, the triage rules or the numbers with every source; a prescriber signs here."""
    reading = readings.reading(viewer.clinic, name, request.now)
    may_sign = viewer.has_role(*SIGNERS)
    if reading is None or (request.method == "POST" and not may_sign):
        raise Http404
    ticked, refused = [], None
    if request.method == "POST":
        ticked = request.POST.getlist("accepted")
        packaged = reading.listed.packaged
        try:
            if request.POST.get("read") != packaged.stamp:
                raise Refused(_("The text changed after you opened it. Read it again before you sign."))
            actions.sign(
                kind=packaged.kind, text=packaged.text, accepted=ticked, viewer=viewer, now=request.now
            )
        except Refused as refusal:
            refused = refusal
        else:
            messages.success(request, packaged.words.done)
            return redirect("protocol", name=name)
    found = {
        "reading": reading,
        "ticked": ticked,
        "may_sign": may_sign,
        "refused": refused,
        "now": request.now,
    }
    return render(request, "treatment/protocol.html", found, status=422 if refused else 200)
