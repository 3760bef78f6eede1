"""A real browser for journeys: Debian's Chromium, driven by Playwright.

Its headless shell draws no window around a page, so a journey takes two thirds of the time. It cannot show a
notification: for that there is the whole browser.
"""

import shutil
from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, Playwright, sync_playwright

PHONE = {"width": 390, "height": 844}
WHOLE, SHELL = "chromium", "chromium-headless-shell"
ONLY_VIOLATIONS = {"resultTypes": ["violations"]}  # else axe tells at length of all that is well
ONLY_COLOURS = {**ONLY_VIOLATIONS, "runOnly": ["color-contrast", "color-contrast-enhanced"]}
PATIENCE_MS = 60_000  # for a page to answer: this machine may be busy
FLAGS = [
    "--no-sandbox",
    "--disable-quic",
    "--no-first-run",
    # Without these it calls home at every start.
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    """Drive the browsers of all journeys."""
    with sync_playwright() as driver:
        yield driver


@pytest.fixture(scope="session")
def chromium(playwright) -> Iterator[Browser]:
    """Start the browser once for all journeys; leave them out where there is none."""
    yield from _run(playwright, SHELL, WHOLE)


@pytest.fixture(scope="session")
def whole_chromium(playwright) -> Iterator[Browser]:
    """Start the browser that shows notifications too."""
    yield from _run(playwright, WHOLE)


def _run(playwright: Playwright, *programs: str) -> Iterator[Browser]:
    """Run the first of these programs that is there."""
    program = next(filter(None, map(shutil.which, programs)), None)
    if program is None:
        pytest.skip(f"No {programs[0]} on this machine. On Debian: apt-get install {programs[0]}")
    browser = playwright.chromium.launch(executable_path=program, args=FLAGS)
    yield browser
    browser.close()


@pytest.fixture
def browse(chromium):
    """Open pages, each like a device of its own; fail on any error in a console or call to elsewhere.

    `browse(live, width=320, scripts=False, dark=True)` returns a Playwright page at that address.
    """
    contexts, troubles = [], []

    def open_page(luna, path="/", *, width=PHONE["width"], scripts=True, dark=False, **options) -> Page:
        context = chromium.new_context(
            base_url=luna.url,
            viewport={**PHONE, "width": width},
            java_script_enabled=scripts,
            color_scheme=_scheme(dark),
            **options,
        )
        context.set_default_timeout(PATIENCE_MS)
        contexts.append(context)
        page = context.new_page()
        page.has_scripts, page.is_dark = scripts, dark
        page.on("console", lambda message: troubles.append(message.text) if _is_error(message) else None)
        page.on("pageerror", lambda error: troubles.append(str(error)))
        page.on(
            "request", lambda request: troubles.append(request.url) if _elsewhere(request, luna) else None
        )
        page.goto(path)
        return page

    open_page.troubles = troubles
    yield open_page
    for context in contexts:
        context.close()
    assert troubles == []


def _scheme(dark: bool) -> str:
    return "dark" if dark else "light"


def _is_error(message) -> bool:
    refused = "status of 422"  # A form answered with what is to be mended; the browser reports that too.
    return message.type == "error" and refused not in message.text


def _elsewhere(request, luna) -> bool:
    return not request.url.startswith((luna.url, "data:", "blob:"))


@pytest.fixture(scope="session")
def axe():
    """Check a page, in light and dark, for what keeps people out: `axe(page)` fails with each in words."""
    checker = Axe()

    def look(page: Page, options: dict) -> None:
        results = checker.run(page, options=options)
        assert results.violations_count == 0, results.generate_report()

    def check(page: Page) -> None:
        # Where scripts are off, a question to the page is never answered, and nothing would time out.
        assert page.has_scripts, "axe needs scripts: check the page with them."
        look(page, ONLY_VIOLATIONS)
        # Held still, else a colour on its way from one to the other would be looked at.
        page.emulate_media(color_scheme=_scheme(not page.is_dark), reduced_motion="reduce")
        look(page, ONLY_COLOURS)
        page.emulate_media(color_scheme=_scheme(page.is_dark), reduced_motion="reduce")
        page.emulate_media(reduced_motion="no-preference")

    return check


@pytest.fixture
def authenticator():
    """Give a page a device that can hold passkeys and always says yes: `authenticator(page)`."""

    def plug_in(page: Page) -> None:
        session = page.context.new_cdp_session(page)
        session.send("WebAuthn.enable")
        options = {
            "protocol": "ctap2",
            "transport": "internal",
            "hasResidentKey": True,
            "hasUserVerification": True,
            "isUserVerified": True,
            "automaticPresenceSimulation": True,
        }
        session.send("WebAuthn.addVirtualAuthenticator", {"options": options})

    return plug_in
