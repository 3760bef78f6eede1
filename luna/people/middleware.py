"""What happens around every request: the clock, how long a sign-in lasts, and asking for what is missing."""

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.models import AnonymousUser
from django.contrib.sessions.middleware import SessionMiddleware
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import resolve, reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from luna.people import access, sessions
from luna.people.errors import Impaired
from luna.people.sessions import Standing

UNLOCK = "/me/unlock"


class Sessions(SessionMiddleware):
    """Django's sessions; only who signs out takes the cookie of one away.

    A browser looks by itself while a form is on its way, and signing in or out gives it another cookie. The
    answer to an older one must not take that away, and what was typed with it.
    """

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        """Save what changed."""
        answer = super().process_response(request, response)
        if not request.session.modified:
            answer.cookies.pop(settings.SESSION_COOKIE_NAME, None)
        return answer


class Clock:
    """Put the moment of the request on it as `request.now`."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        """Keep the next step."""
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Read the clock and go on."""
        request.now = timezone.now()  # type: ignore[attr-defined]
        return self.get_response(request)


class Idle:
    """End or lock a sign-in nobody has used for a while; note that somebody is there.

    Runs after the form's own protection: what was typed on a locked page is shown again, so it
    must have been typed there. A page that only asks whether anything changed is not a person.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        """Keep the next step."""
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Go on."""
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., HttpResponse], args: Any, kwargs: Any
    ) -> HttpResponse | None:
        """Let the view run, or answer in its place."""
        if not request.user.is_authenticated:
            return None
        now = request.now  # type: ignore[attr-defined]
        watching_until = request.user.watching_until  # type: ignore[union-attr]
        standing = sessions.standing(request.session, watching_until=watching_until, now=now)
        if standing is Standing.ENDED:
            return _ended(request, view)
        if standing is Standing.LOCKED:
            return _locked(request, view)
        if not request.headers.get("X-Luna-Poll"):
            sessions.note(request.session, now)
        if request.method == "POST" and request.session.get("typed", {}).get("to") == request.get_full_path():
            sessions.forget_typed(request.session)  # it is being sent now
        return None


class SignIn:
    """Turn a missing sign-in into the sign-in page, a missing PIN into the PIN page.

    What must wait after an infusion is told on a page of its own, where no form tells it.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        """Keep the next step."""
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Go on."""
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Send a person where they can put right what is missing, and back afterwards."""
        if isinstance(exception, access.NotSignedIn):
            return _sign_in(request)
        if isinstance(exception, access.NotFresh):
            return _unproved(request)
        if isinstance(exception, access.NeedsReason):
            return _ask_why(request, exception)
        if isinstance(exception, Impaired):
            return render(request, "people/impaired.html", {"refused": exception}, status=422)
        return None


def _ended(request: HttpRequest, view: Callable[..., HttpResponse]) -> HttpResponse | None:
    if request.headers.get("X-Luna-Poll") or (request.method == "GET" and _is_public(view)):
        return _looked_too_late(request, view)
    user_id, capacity = request.user.pk, request.session.get("capacity", "")
    asked = sessions.asked_of_anybody(request.session)
    logout(request)
    if _is_public(view):
        request.session.update(asked)
        return None
    is_kept = request.method == "POST" and _is_about_care(view) and _keep(request, user_id, capacity)
    if request.method == "GET" or is_kept:
        messages.info(request, _("You were signed out because nobody used this page for a while."))
    if is_kept:
        messages.info(request, _("What you typed is kept. Sign in again to send it."))
        if request.POST.get("happening") == "now" or "safety" in request.POST:  # as every text box asks
            messages.warning(
                request, _("The clinic does not have it yet. In danger now? Call the emergency number.")
            )
        return HttpResponseRedirect(f"{settings.LOGIN_URL}?{urlencode({'next': reverse('typed')})}")
    return _sign_in(request)


def _looked_too_late(request: HttpRequest, view: Callable[..., HttpResponse]) -> HttpResponse | None:
    """Answer who only looks as nobody. The session stays: another page of theirs may yet send a form.

    A browser looks by itself too, at the service worker for one.
    """
    sessions.end(request.session)
    if not _is_public(view):
        return _to(settings.LOGIN_URL, request)
    request.user = AnonymousUser()
    return None


def _keep(request: HttpRequest, user_id: Any, capacity: str) -> bool:
    typed = sessions.Typed(request.get_full_path(), _fields(request), capacity)
    return sessions.keep_typed(request.session, typed, user_id=user_id, now=request.now)  # type: ignore[attr-defined]


def _sign_in(request: HttpRequest) -> HttpResponse:
    if request.method == "POST" and not request.headers.get("X-Luna-Poll"):
        messages.error(request, _("You are not signed in. What you just sent did not arrive: send it again."))
    return _to(settings.LOGIN_URL, request)


def _ask_why(request: HttpRequest, wanted: access.NeedsReason) -> HttpResponse:
    lost = _("What you just sent did not arrive. Say why you need this chart, then send it again.")
    return _missing(request, reverse("chart-reason", args=[wanted.patient_id]), lost)


def _locked(request: HttpRequest, view: Callable[..., HttpResponse]) -> HttpResponse | None:
    request.is_locked = True  # type: ignore[attr-defined]
    if getattr(view, "opens_lock", False):
        return None
    if _is_public(view):
        request.user = AnonymousUser()
        return None
    return _unproved(request)


def _unproved(request: HttpRequest) -> HttpResponse:
    lost = _("What you just sent did not arrive. Give your PIN or passkey first, then send it again.")
    return _missing(request, UNLOCK, lost)


def _missing(request: HttpRequest, path: str, lost: str) -> HttpResponse:
    """Ask first for what is missing, on the page of this path. What was typed can be sent afterwards.

    lost: what is said where a form must not be kept.
    """
    if request.method != "POST" or request.headers.get("X-Luna-Poll"):
        return _to(path, request)
    if getattr(request.resolver_match.func, "leaves_no_trace", False):  # type: ignore[union-attr]
        messages.error(request, lost)
        return _to(path, request)
    return _with_typed(request, path)


def _with_typed(request: HttpRequest, path: str) -> HttpResponse:
    """Draw the page of a path with what was typed in hand: it can be sent again afterwards."""
    kept = json.dumps(_fields(request))
    request.POST = QueryDict(urlencode({"to": request.get_full_path(), "kept": kept}))
    asking = resolve(path)
    response = asking.func(request, *asking.args, **asking.kwargs)
    response.status_code = 423
    return response


def _fields(request: HttpRequest) -> dict[str, list[str]]:
    return {name: values for name, values in request.POST.lists() if name != "csrfmiddlewaretoken"}


def _is_about_care(view: Callable[..., HttpResponse]) -> bool:
    """Say whether a page is for people as patient, caretaker or staff: others may hold a PIN or a code."""
    if getattr(view, "leaves_no_trace", False):
        return False
    return bool({"patient", "caretaker", "staff"}.intersection(getattr(view, "capacities", ())))


def _is_public(view: Callable[..., HttpResponse]) -> bool:
    return getattr(view, "capacities", ()) == ("public",)


def _to(path: str, request: HttpRequest) -> HttpResponse:
    if request.headers.get("X-Luna-Poll"):
        return HttpResponse(status=401)
    back = request.get_full_path() if request.method == "GET" else _page_before(request)
    return HttpResponseRedirect(f"{path}?{urlencode({'next': back})}" if back else path)


def _page_before(request: HttpRequest) -> str:
    """Return the path of our page that held the form which was sent, "" when it is not known."""
    page = urlsplit(request.headers.get("Referer", ""))
    if page.netloc != request.get_host() or not page.path.startswith("/"):
        return ""
    return page._replace(scheme="", netloc="", fragment="").geturl()
