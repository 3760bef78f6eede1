"""Now, help and calm; the offline page; and what the browser asks for."""

import hashlib
from datetime import datetime
from functools import lru_cache
from pathlib import Path

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login, logout
from django.contrib.staticfiles.storage import staticfiles_storage
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotModified, JsonResponse
from django.shortcuts import redirect, render
from django.template.loader import get_template
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from luna import demo
from luna.audit import actions as audit
from luna.careplan import plans as careplan
from luna.checkins import plans as checkins
from luna.clinical.protocol import Actor
from luna.consents import plans as consents
from luna.escalation import plans as escalation
from luna.intake import plans as intake
from luna.library import content
from luna.library.emergency import Emergency
from luna.library.wording import Guide
from luna.notices.channels import sink
from luna.people import access, adapters
from luna.people import plans as people
from luna.people.access import Viewer
from luna.people.models import Clinic, Installation
from luna.records.plans import Line
from luna.treatment import intentions
from luna.treatment import plans as treatment
from luna.treatment.intentions import Own
from luna.web import screens

# What the browser keeps, beside the pages that are the same for everybody.
SHELL = ("luna.css", "luna.js", "sound.js", "fonts/luna-ahn.woff2")
KEPT = ("base", "people", "plain", "web/offline", "web/calm", "web/sounds", "web/practices")
PRACTICES = ("body-scan", "five-senses", "gentle-stretch")  # guides of the patient's that name nobody
MAILS = 50  # of the demonstration, shown on one page


@access.page("patient", "caretaker", "therapist", "staff")
@require_GET
def feed(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Say whether anything changed in the clinic since the page was drawn: 304, or the number, for whom."""
    if request.GET.get("since") == str(request.feed):  # type: ignore[attr-defined]
        return HttpResponseNotModified()
    return JsonResponse({"n": request.feed, "who": viewer.user_id.hex})


@access.page("patient", "caretaker")
@require_GET
def now(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Show what to do right now, what is next, what comes later; nothing else."""
    day = careplan.day(viewer, request.now)
    audit.read("plan.read", by=viewer, subject=viewer.patient, patient_id=viewer.patient_id, now=request.now)
    open_answer = checkins.waiting(viewer, request.now)
    waiting = (open_answer[0], escalation.state_for_home(open_answer[1])) if open_answer else None
    to_sign = consents.asked(viewer, request.now)
    is_newcomer = day.plan is None and viewer.capacity_kind == "patient"
    to_answer = intake.to_answer(viewer, viewer.patient) if is_newcomer else None
    screen = screens.now(viewer, day, waiting, asked=bool(to_sign), to_answer=to_answer)
    context = {
        "day": day,
        "screen": screen,
        "line": _line(viewer, day, screen, request.now),
        "beside": checkins.beside(viewer, day),
        "offers": careplan.open_offers(viewer, request.now) if viewer.capacity_kind == "patient" else [],
        "to_sign": to_sign,
        "to_answer": to_answer,
    }
    return render(request, "web/now.html", context)


def _line(viewer: Viewer, day: careplan.Day, screen: screens.Now, now: datetime) -> Own | Line | None:
    """Return the patient's own line, or the one they show to a caretaker, while the infusion is near."""
    if screen.chair is None or day.visit is None:
        return None
    if viewer.capacity_kind == "patient":
        return intentions.own(viewer, day.visit.row)
    return intentions.shown(viewer, day.visit.row, now)


@access.page("therapist")
@require_GET
def therapy(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Show an outside therapist what the patient shares: the times to come, and of what kinds they see."""
    audit.read("plan.read", by=viewer, subject=viewer.patient, patient_id=viewer.patient_id, now=request.now)
    found = {
        "coming": treatment.coming(viewer, request.now),
        "shares": [share for share in people.shares(viewer.member) if share.is_shared],
        "is_in": bool(viewer.kinds),
        "now": request.now,
    }
    return render(request, "web/therapy.html", found)


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
def sounds(request: HttpRequest) -> HttpResponse:
    """Play calm sounds the browser makes. It says nothing about anybody; ?minutes= is how long at first."""
    access.viewer_or_none(request)
    asked = request.GET.get("minutes", "")
    minutes = int(asked) if asked.isdecimal() and len(asked) < 4 else None
    return render(request, "web/sounds.html", {"minutes": minutes})


@access.public
@require_GET
def practices(request: HttpRequest) -> HttpResponse:
    """Show short practices for mind and body, in words. They say nothing about anybody."""
    access.viewer_or_none(request)
    guides = _practices()
    cited = dict.fromkeys(name for guide in guides for name in guide.sources)
    found = {
        "practices": guides,
        "shown": lambda guide: content.fill_html(guide.html, {}),
        "sources": [content.evidence()[name] for name in cited],
    }
    return render(request, "web/practices.html", found)


@access.public
@require_GET
def offline(request: HttpRequest) -> HttpResponse:
    """Draw the page the browser keeps for when there is no network: numbers, and what is not known."""
    return render(request, "web/offline.html", {"countries": _countries()})


@access.public
@require_GET
def service_worker(request: HttpRequest) -> HttpResponse:
    """Serve the service worker from the root, so that it may answer for every page."""
    shell = [staticfiles_storage.url(name) for name in SHELL]
    texts = [*_countries(), *_practices()]
    kept = [*shell, *(text.version for text in texts), *_kept_pages()]
    version = hashlib.sha256(" ".join(kept).encode()).hexdigest()
    return render(
        request, "web/sw.js", {"version": version[:16]}, content_type="text/javascript; charset=utf-8"
    )


@access.public
@require_GET
def manifest(request: HttpRequest) -> HttpResponse:
    """Describe Luna to a phone that installs it."""
    return render(request, "web/manifest.webmanifest", content_type="application/manifest+json")


@access.public
@require_GET
def demo_people(request: HttpRequest) -> HttpResponse:
    """List the made-up people of a demonstration; there is no such page anywhere else."""
    _require_demo()
    clinic = Clinic.objects.order_by("created_at").last()
    return render(
        request, "web/demo.html", {"people": demo.PEOPLE, "pin": demo.PIN, "made": clinic, "now": request.now}
    )


@access.public
@require_POST
def demo_sign_in(request: HttpRequest, slug: str) -> HttpResponse:
    """Sign in as a made-up person in one click, second factor and all."""
    _require_demo()
    people = {one.slug: one for one in demo.PEOPLE}
    if slug not in people:
        raise Http404
    logout(request)
    if people[slug].kind == "invited":
        return redirect(demo.invitation_link(request.now) or "demo")
    user, capacity = demo.sign_in(slug)
    login(request, user, backend=settings.AUTHENTICATION_BACKENDS[0])
    adapters.begin(request, own_device=True, second_factor=people[slug].kind == "staff", fresh=True)
    request.session["capacity"] = capacity
    return redirect("/")


@access.public
@require_POST
def demo_start_over(request: HttpRequest) -> HttpResponse:
    """Empty the demonstration and fill it again."""
    _require_demo()
    logout(request)
    demo.start_over(request.now)
    messages.success(request, _("The demonstration is new again."))
    return redirect("demo")


@access.public
@require_GET
def demo_outbox(request: HttpRequest) -> HttpResponse:
    """Show what a demonstration would have sent: it only ever sends to this page."""
    _require_demo()
    return render(request, "web/outbox.html", {"mails": sink.letters(MAILS)})


def _require_demo() -> None:
    if not Installation.objects.filter(demo=True).exists():
        raise Http404


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


@lru_cache(maxsize=1)
def _kept_pages() -> list[str]:
    """Return what the pages are drawn from that the browser keeps: a new one is to replace the old."""
    return [Path(get_template(f"{name}.html").template.filename).read_text() for name in KEPT]


def _practices() -> list[Guide]:
    language = get_language() or content.ENGLISH
    return [content.guide(Actor.PATIENT, name, language) for name in PRACTICES]


def _countries() -> list[Emergency]:
    return [content.emergency(code) for code in content.names("emergency")]
