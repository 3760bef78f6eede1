"""The browser of tests/browser.py, given pages and static files without a server."""

import mimetypes
from collections.abc import Callable
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.contrib.staticfiles import finders
from playwright.sync_api import Browser, Page, Route

SITE = "http://luna.test"
POLICY = "; ".join(
    f"{name} {' '.join(values)}" for name, values in settings.CONTENT_SECURITY_POLICY["DIRECTIVES"].items()
)


@pytest.fixture
def site() -> dict[str, Callable[[Route], None] | str]:
    """Return what each path answers: html, or a function of the route. Tests fill it."""
    return {"/feed": lambda route: route.fulfill(status=304)}


@pytest.fixture
def page(chromium: Browser, site) -> Page:
    """Return a page of the site, under Luna's own content security policy; refusals fail the test."""
    context = chromium.new_context(service_workers="block")
    found = context.new_page()
    complaints: list[str] = []
    found.on(
        "console",
        lambda message: complaints.append(message.text) if "Content Security" in message.text else None,
    )
    found.on("pageerror", lambda error: complaints.append(str(error)))
    found.route(f"{SITE}/**", lambda route: _answer(route, site))
    yield found
    context.close()
    assert complaints == []


def _answer(route: Route, site) -> None:
    path = urlsplit(route.request.url).path
    if path.startswith(settings.STATIC_URL):
        file = finders.find(path.removeprefix(settings.STATIC_URL))
        route.fulfill(path=file, content_type=mimetypes.guess_type(file)[0]) if file else route.abort()
        return
    answer = site.get(path)
    if callable(answer):
        answer(route)
    elif answer is None:
        route.fulfill(status=404)
    else:
        route.fulfill(
            body=answer, content_type="text/html; charset=utf-8", headers={"Content-Security-Policy": POLICY}
        )
