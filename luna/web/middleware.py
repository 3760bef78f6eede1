"""Headers that no package sets for us, and a page where Django would send a blank one."""

from collections.abc import Callable

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
