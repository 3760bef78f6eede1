"""Note that somebody opened what a message to them leads to, however they came there."""

import logging
from collections.abc import Callable

from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse

from luna.notices import actions, plans, words
from luna.notices.models import Notice

log = logging.getLogger(__name__)


def opened(get_response: Callable[[HttpRequest], HttpResponse]):
    """Note which messages to a person have led to the page they were just shown.

    No link says who follows it: it is known by the page, by who is signed in, and by whom it is about. So
    only a page that was drawn for that person counts. One that refreshes itself, or that a browser fetches
    before anybody asks for it, is seen by nobody; a secret link proves nobody's eyes either, as mail servers
    open every link. At most one query where nothing is to be noted, none on a page that no message leads to.
    """

    def respond(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if response.status_code == 200 and _is_seen(request):
            _note(request)
        return response

    return respond


def _is_seen(request: HttpRequest) -> bool:
    """Say whether somebody asked for this page by hand, signed in, and as nobody else."""
    by_itself = request.headers.get("X-Luna-Poll") or request.headers.get("Sec-Purpose")
    viewer = getattr(request, "viewer", None)
    if request.method != "GET" or by_itself or (viewer is not None and viewer.looking is not None):
        return False
    return request.user.is_authenticated and bool(words.leading_to(request.path))


def _note(request: HttpRequest) -> None:
    try:
        found = plans.led_here(request.user, getattr(request, "viewer", None), request.path)
        if found:
            actions.opened(Notice.objects.filter(id__in=found), now=request.now)
    except DatabaseError:  # the page is drawn already: it matters more, and they look again
        log.exception("Nobody could note that a message was opened")
