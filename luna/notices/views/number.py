"""Take back a change of the number, by the link that its owner got. Nobody needs to sign in for it."""

from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from luna.notices import reach
from luna.people import access, adapters
from luna.people.errors import Refused

LINK = "undo_number"  # what the browser's session keeps of the link: its id


@access.public
@never_cache
@require_GET
def link(request: HttpRequest, secret: str) -> HttpResponse:
    """Keep what the link is for and go to a page whose address tells nothing; 404 for no link."""
    if not adapters.may_undo(request):
        return render(request, "notices/undo_over.html", {"often": True}, status=429)
    link_id = reach.link_of(secret)
    if link_id is None:
        raise Http404
    request.session[LINK] = link_id.hex
    return redirect("number-undo")


@access.public
@never_cache
@require_http_methods(["GET", "POST"])
def undo(request: HttpRequest) -> HttpResponse:
    """Ask whether to put the old number back, and do it; done already, say so. 410 once that is over."""
    if request.method == "POST" and not adapters.may_undo(request):
        return render(request, "notices/undo_over.html", {"often": True}, status=429)
    kept = request.session.get(LINK)
    change = reach.change_of(UUID(kept), request.now) if kept else None
    if change is None and kept and reach.was_undone(UUID(kept), request.now):
        return render(request, "notices/undone.html", {"already": True, "waits": None})
    if change is None:
        return render(request, "notices/undo_over.html", {"often": False}, status=410)
    found = {"change": change, "ending": change.old_mobile[-2:], "already": False}
    if request.method == "GET":
        return render(request, "notices/undo.html", found)
    try:
        found["waits"] = reach.undo(change, now=request.now)
    except Refused:
        return render(request, "notices/undo_over.html", {"often": False}, status=410)
    return render(request, "notices/undone.html", found)
