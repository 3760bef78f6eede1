"""Messages that appear by themselves: turned on and off by a browser's script, and what they open."""

from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_GET, require_POST

from luna.notices import actions, plans, subscriptions, words
from luna.notices.subscriptions import Browser
from luna.people import access
from luna.people.errors import Refused


@access.person()
@require_POST
def turn_on(request: HttpRequest) -> HttpResponse:
    """Have messages appear in this browser, where somebody stays signed in."""
    if not subscriptions.may_be_on(request.session):
        raise Http404
    given = {name: request.POST.get(name, "") for name in ("endpoint", "p256dh", "auth")}
    try:
        browser = Browser.read(**given)
    except Refused as refused:
        return HttpResponse(str(refused.message), status=422, content_type="text/plain; charset=utf-8")
    subscriptions.turn_on(
        user=request.user, browser=browser, session_key=request.session.session_key, now=request.now
    )
    return HttpResponse(status=204)


@access.person()
@require_POST
def turn_off(request: HttpRequest) -> HttpResponse:
    """Have no more messages appear in this browser."""
    subscriptions.turn_off(user=request.user, session_key=request.session.session_key, now=request.now)
    return HttpResponse(status=204)


@access.person()
@require_GET
def opened(request: HttpRequest, notice_id: UUID) -> HttpResponse:
    """Go to the page a message is about, and note that its reader opened it. Anybody else finds nothing."""
    own = plans.own(request.user).filter(id=notice_id)
    notice = get_object_or_404(own)
    actions.opened(own, now=request.now)
    return redirect(words.path(notice))
