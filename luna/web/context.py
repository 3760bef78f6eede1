"""What every page knows: who looks, as what, where they can go, and how new it is."""

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from luna.escalation.models import Escalation
from luna.library import plans as library
from luna.library import times
from luna.library.emergency import LineKind
from luna.people import charts
from luna.people.access import Viewer
from luna.people.models import Installation


@dataclass(frozen=True, slots=True)
class Tab:
    """One place in the navigation. hot: something there cannot wait."""

    label: str
    icon: str
    url: str
    current: bool
    count: int | None = None
    hot: bool = False


# What lies in a place besides the pages under its own address.
BESIDES = {
    "/now": (
        "/anxiety", "/briefing", "/check-in", "/consents", "/home", "/intake", "/intention", "/noticed",
        "/told", "/welcome",
    ),
    "/plan": (
        "/steps", "/medicine-plan", "/fasting", "/ride", "/comfort", "/tips", "/calendar", "/bag",
        "/home-list", "/costs", "/sooner",
    ),
    "/circle": ("/duty", "/who-looked"),
    "/clinic/at-home": ("/clinic/check-ins",),
    "/clinic/readiness": ("/clinic/day-changes", "/clinic/waiting-list", "/sooner"),
    "/clinic/series": ("/clinic/infusions", "/clinic/orders", "/steps"),
    "/clinic/patients": ("/clinic/consents", "/clinic/invitations", "/consents"),
    "/clinic/messages": ("/clinic/calls",),
    "/clinic/settings": ("/clinic/staff", "/clinic/permissions", "/clinic/ladder"),
    "/clinic/audit": ("/clinic/access-review",),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Demo:
    """The strip that says this is a demonstration, and how old it is."""

    age_text: str


def page(request: HttpRequest) -> dict[str, Any]:
    """Return the context of every template that is drawn with a request."""
    viewer = getattr(request, "viewer", None)
    found = {"viewer": viewer, "demo": _demo(request), "messages": messages.get_messages(request)}
    if viewer is None:
        return {**found, "clinic": None, "nav": [], "feed": None}
    numbers = library.emergency(viewer.clinic_id, viewer.clinic.country)
    return {
        **found,
        "clinic": viewer.clinic,
        "nav": _staff_tabs(viewer, request) if viewer.is_staff else _people_tabs(viewer, request.path),
        "feed": request.feed,  # type: ignore[attr-defined]
        "emergency_number": numbers.of(LineKind.EMERGENCY)[0].call,
    }


def _demo(request: HttpRequest) -> Demo | None:
    made_at = Installation.objects.filter(demo=True).values_list("created_at", flat=True).first()
    if made_at is None:
        return None
    age = times.span(request.now - made_at)  # type: ignore[attr-defined]
    return Demo(age_text=_("It was made %(age)s ago.") % {"age": age})


def _people_tabs(viewer: Viewer, path: str) -> list[Tab]:
    if viewer.capacity_kind == "therapist":
        places = [
            (_("Times"), "calendar", reverse("therapy")),
            (_("Calm"), "wind", reverse("calm")),
            (_("Circle"), "users-round", reverse("circle")),
        ]
        return [Tab(label, icon, url, _is_in(path, url)) for label, icon, url in places]
    places = [
        (_("Now"), "moon-star", reverse("now")),
        (_("Plan"), "list-checks", reverse("plan")),
        (_("Calm"), "wind", reverse("calm")),
        (_("Circle"), "users-round", reverse("circle")),
    ]
    return [Tab(label, icon, url, _is_in(path, url)) for label, icon, url in places]


def _staff_tabs(viewer: Viewer, request: HttpRequest) -> list[Tab]:
    waiting = Escalation.objects.visible_to(viewer).filter(closed_at__isnull=True)
    states = list(waiting.values_list("acknowledged_at", flat=True)[:100])
    hot = any(at is None for at in states)
    tabs = [
        Tab(_("Escalations"), "bell", "/clinic/escalations", False, len(states) or None, hot),
        Tab(_("Readiness"), "list-checks", "/clinic/readiness", False),
        Tab(_("At home"), "house", "/clinic/at-home", False),
        Tab(_("To read"), "inbox", "/clinic/news", False),
        Tab(_("Series"), "activity", "/clinic/series", False),
        Tab(_("Patients"), "users-round", "/clinic/patients", False),
        Tab(_("Messages"), "message-circle", "/clinic/messages", False),
        Tab(_("Protocols"), "clipboard-list", "/clinic/protocols", False),
        Tab(_("Settings"), "settings", "/clinic/settings", False),
    ]
    if viewer.has_role("admin"):
        weeks = charts.unreviewed(viewer.clinic, request.now)  # type: ignore[attr-defined]
        tabs.append(Tab(_("Audit"), "file-clock", "/clinic/audit", False, len(weeks) or None))
    return [Tab(t.label, t.icon, t.url, _is_in(request.path, t.url), t.count, t.hot) for t in tabs]


def _is_in(path: str, url: str) -> bool:
    """Say whether a page lies in the place at `url`."""
    return any(path == one or path.startswith(f"{one}/") for one in (url, *BESIDES.get(url, ())))
