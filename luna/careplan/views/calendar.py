"""A person's times in the calendar of their own phone: the link that is shown once, and what it fetches."""

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control, never_cache
from django.views.decorators.http import require_GET, require_POST, require_safe

from luna.careplan import plans
from luna.people import access, adapters
from luna.people import plans as people
from luna.people.access import Viewer
from luna.people.actions import calendars
from luna.treatment import forms


@access.page("patient", "caretaker", "therapist")
@never_cache
@require_GET
def page(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Show whether there is a link, when something last asked for it, and how to make or end one."""
    return _page(request, viewer)


@access.page("patient", "caretaker", "therapist", fresh=True)
@never_cache
@require_POST
def make(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Make a link and show it, this one time: nothing that is stored tells it."""
    if not plans.entries(viewer, request.now):
        messages.error(request, _("There is nothing to put in a calendar now."))
        return redirect("calendar")
    secret = calendars.make(viewer=viewer, client_id=forms.form_id(request), now=request.now)
    if secret is None:
        messages.info(request, _("This link was made and shown before. Make a new one if you lost it."))
        return redirect("calendar")
    return _page(request, viewer, settings.LUNA_BASE_URL + reverse("calendar-fetch", args=[secret]))


@access.page("patient", "caretaker", "therapist")
@require_POST
def end(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """End the link at once. No PIN is asked: it only narrows."""
    if calendars.end(viewer=viewer, now=request.now):
        messages.success(request, _("The link has ended. Remove the calendar from your phone too."))
    return redirect("calendar")


@access.public
@cache_control(private=True, no_store=True)
@require_safe
def fetch(request: HttpRequest, secret: str) -> HttpResponse:
    """Give a calendar program what its owner may see at this moment. Gone is 410, never there is 404."""
    if not adapters.may_fetch_calendar(request):
        return HttpResponse(status=429, headers={"Retry-After": "60"})
    found = people.calendar_link_of(secret, request.now)
    if found is None:
        raise Http404
    link, works = found
    if not adapters.may_fetch_calendar(request, link.id):
        return HttpResponse(status=429, headers={"Retry-After": "3600"})
    if not works or plans.has_ended(link, request.now):
        return HttpResponse(status=410)
    try:
        viewer = access.acting(link.user, f"{link.capacity}:{link.patient_id.hex}")
    except Http404:
        return HttpResponse(status=410)
    with translation.override(link.user.language):
        text = plans.calendar_of(viewer, request.now)
    calendars.fetched(link, now=request.now)
    return HttpResponse(text, content_type="text/calendar; charset=utf-8")


def _page(request: HttpRequest, viewer: Viewer, link: str = "") -> HttpResponse:
    standing = people.calendar_link(viewer, request.now)
    found = {
        "link": link,
        # "webcals" asks by https, so that the secret never travels open.
        "subscribe": link.replace("http", "webcal", 1),
        "standing": standing if standing and not plans.has_ended(standing, request.now) else None,
        "titles": list(dict.fromkeys(one.title for one in plans.entries(viewer, request.now))),
        "others_look": access.shares_phone(request.user),
        "now": request.now,
    }
    return render(request, "careplan/calendar.html", found)
