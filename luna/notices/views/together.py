"""The page that a message with several things in it leads to."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from luna.notices import plans, words
from luna.people import access


@access.person()
@never_cache
@require_GET
def together(request: HttpRequest) -> HttpResponse:
    """List what came in one message with others, each with the way to it. Whoever signs in sees their own."""
    viewer = access.viewer_or_none(request)
    lines = [(words.subject(one), one) for one in plans.together(request.user, request.now)]
    context = {
        "fresh": [line for line in lines if line[1].opened_at is None],
        "seen": [line for line in lines if line[1].opened_at is not None],
        "zone": viewer.zone if viewer else request.user.zone or settings.TIME_ZONE,
        "now": request.now,
    }
    return render(request, "notices/together.html", context)
