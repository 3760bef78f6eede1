"""The page of somebody who was named to drive, and has no account: yes or no, and nothing else.

It shows a time, a place and a first name. Looking at the link changes nothing: mail scanners look at
every link.
"""

from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from luna.clinical.ride import Said
from luna.people import access, tokens
from luna.people.errors import Refused
from luna.people.models import Token
from luna.treatment import actions, ways

HELD = "ride"  # where a browser's session keeps which asking its link was for


@access.public
@never_cache
@require_GET
def link(request: HttpRequest, secret: str) -> HttpResponse:
    """Swap a secret link for a place in this browser's session and an address without a secret."""
    token = tokens.find(Token.Purpose.RIDE, secret, request.now)
    if token is None:
        request.session.pop(HELD, None)
    else:
        request.session[HELD] = token.subject_id.hex
    return redirect("driver")


@access.public
@never_cache
@require_http_methods(["GET", "POST"])
def driver(request: HttpRequest) -> HttpResponse:
    """Ask whether somebody can drive, and take their yes or no."""
    asked = ways.asked_by_link(UUID(request.session[HELD]), request.now) if HELD in request.session else None
    if asked is None or asked.over:
        return render(request, "treatment/driver_over.html", {"asked": asked}, status=410)
    problem = ""
    if request.method == "POST":
        said = _said(request)
        if said is Said.DECLINED or request.POST.get("is_adult") == "on":
            problem = _answer(request, said)
            asked = ways.asked_by_link(UUID(request.session[HELD]), request.now)
            if not problem or asked is None or asked.over:
                return redirect("driver")
        else:
            problem = _("Please say that you are 18 or older. Only an adult can drive them home.")
    found = {"asked": asked, "problem": problem, "errors": [("id_is_adult", problem)] if problem else []}
    return render(request, "treatment/driver.html", found, status=422 if problem else 200)


def _said(request: HttpRequest) -> Said:
    try:
        return Said(request.POST.get("do", ""))
    except ValueError:
        raise Http404 from None


def _answer(request: HttpRequest, said: Said) -> str:
    """Write down an answer; return why not, empty when it was."""
    user_id = request.user.pk if request.user.is_authenticated else None
    try:
        actions.answer_ride_by_link(
            ask_id=UUID(request.session[HELD]), said=said, user_id=user_id, now=request.now
        )
    except Refused as refused:
        return str(refused.message)
    return ""
