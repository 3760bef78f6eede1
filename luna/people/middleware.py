"""What happens around every request: the clock is read once, and a missing sign-in is asked for."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.utils.http import urlencode

from luna.people import access


class Clock:
    """Put the moment of the request on it as `request.now`."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        """Keep the next step."""
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Read the clock and go on."""
        request.now = timezone.now()  # type: ignore[attr-defined]
        return self.get_response(request)


class SignIn:
    """Turn a missing sign-in into the sign-in page, and a missing PIN into the PIN page."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        """Keep the next step."""
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Go on."""
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Send a person where they can put right what is missing, and back afterwards."""
        if isinstance(exception, access.NotSignedIn):
            return _to("/sign-in", request)
        if isinstance(exception, access.NotFresh):
            return _to("/me/unlock", request)
        return None


def _to(path: str, request: HttpRequest) -> HttpResponse:
    if request.headers.get("X-Luna-Poll"):
        return HttpResponse(status=401)
    back = request.get_full_path() if request.method == "GET" else ""
    return HttpResponseRedirect(f"{path}?{urlencode({'next': back})}" if back else path)
