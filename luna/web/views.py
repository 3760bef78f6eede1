"""Now, help and calm; the offline page; and what the browser asks for."""

import hashlib

from django.contrib.staticfiles.storage import staticfiles_storage
from django.http import HttpRequest, HttpResponse, HttpResponseNotModified, JsonResponse
from django.shortcuts import render
from django.template.loader import get_template
from django.views.decorators.http import require_GET

from luna.audit import actions as audit
from luna.careplan import plans as careplan
from luna.feed.models import Counter
from luna.library import content
from luna.library.emergency import Emergency
from luna.people import access
from luna.people.access import Viewer
from luna.web import screens


@access.page("patient", "caretaker", "staff")
@require_GET
def feed(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Say whether anything changed in the clinic since the page was drawn: 304, or the new number."""
    n = Counter.objects.filter(clinic_id=viewer.clinic_id).values_list("n", flat=True).first() or 0
    if request.GET.get("since") == str(n):
        return HttpResponseNotModified()
    return JsonResponse({"n": n})


@access.page("patient", "caretaker")
@require_GET
def now(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Show what to do right now, what is next, what comes later; nothing else."""
    day = careplan.day(viewer, request.now)
    audit.read("now.read", by=viewer, patient_id=viewer.patient_id, now=request.now)
    return render(request, "web/now.html", {"day": day, "screen": screens.now(viewer, day), "wide": True})


@access.public
@require_GET
def worried(request: HttpRequest) -> HttpResponse:
    """Say who to call and what to say. It works for anyone, signed in or not."""
    seen = access.viewer_or_none(request)
    return render(
        request,
        "web/worried.html",
        {
            "worried": True,
            "wide": True,
            "help": screens.worried(seen, request.now),
            "countries": [] if seen else _countries(),
        },
    )


@access.public
@require_GET
def calm(request: HttpRequest) -> HttpResponse:
    """Breathe for a minute. It says nothing about anybody."""
    access.viewer_or_none(request)
    return render(request, "web/calm.html")


@access.public
@require_GET
def offline(request: HttpRequest) -> HttpResponse:
    """Draw the page the browser keeps for when there is no network: numbers, and what is not known."""
    return render(request, "web/offline.html", {"countries": _countries()})


@access.public
@require_GET
def service_worker(request: HttpRequest) -> HttpResponse:
    """Serve the service worker from the root, so that it may answer for every page."""
    shell = [staticfiles_storage.url(name) for name in ("luna.css", "luna.js", "fonts/luna-ahn.woff2")]
    version = hashlib.sha256(" ".join([*shell, *(text.version for text in _countries())]).encode()).hexdigest()
    return render(
        request, "web/sw.js", {"version": version[:16]}, content_type="text/javascript; charset=utf-8"
    )


@access.public
@require_GET
def manifest(request: HttpRequest) -> HttpResponse:
    """Describe Luna to a phone that installs it."""
    return render(request, "web/manifest.webmanifest", content_type="application/manifest+json")


@access.public
def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Say that there is no such page, or not for this person: the two must look the same."""
    return render(request, "error.html", {"status": 404}, status=404)


@access.public
def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Say that the request could not be read."""
    return render(request, "error.html", {"status": 400}, status=400)


@access.public
def forbidden(request: HttpRequest, exception: Exception | None = None, reason: str = "") -> HttpResponse:
    """Say that a form was open too long. Nothing was saved."""
    return render(request, "error.html", {"status": 403}, status=403)


@access.public
def server_error(request: HttpRequest) -> HttpResponse:
    """Say that something broke. It may not touch the database, which may be what broke."""
    return HttpResponse(get_template("error.html").render({"status": 500}), status=500)


def _countries() -> list[Emergency]:
    return [content.emergency(code) for code in content.names("emergency")]
