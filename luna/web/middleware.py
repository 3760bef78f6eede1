"""Headers that no package sets for us, a page where Django would send a blank one, and bytes nobody types."""

from collections.abc import Callable

from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import render

NOT_USED = (
    "accelerometer", "autoplay", "camera", "display-capture", "geolocation", "gyroscope", "magnetometer",
    "microphone", "midi", "payment", "usb", "xr-spatial-tracking",
)  # fmt: skip
PERMISSIONS_POLICY = ", ".join(f"{feature}=()" for feature in NOT_USED)


def permissions_policy(get_response: Callable[[HttpRequest], HttpResponse]):
    """Tell the browser which of the device's powers no page of Luna ever uses."""

    def respond(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        response.headers.setdefault("Permissions-Policy", PERMISSIONS_POLICY)
        return response

    return respond


def method_page(get_response: Callable[[HttpRequest], HttpResponse]):
    """Say in words that an address only takes a form, with a way back."""

    def respond(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if not isinstance(response, HttpResponseNotAllowed):
            return response
        page = render(request, "error.html", {"status": 405}, status=405)
        page.headers["Allow"] = response.headers["Allow"]
        return page

    return respond


class NoNul:
    """Refuse a form or an address that holds a NUL: no key types one, and PostgreSQL can keep none."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        """Keep the next step."""
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Go on."""
        return self.get_response(request)

    def process_view(self, request: HttpRequest, *_view: object) -> None:
        """Let the view run. Raises BadRequest."""
        for given in (request.GET, request.POST):
            if any("\0" in text for name, values in given.lists() for text in (name, *values)):
                raise BadRequest
