"""Every part in a real browser: nothing for axe to find, nothing wider than the screen."""

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.browser import ONLY_VIOLATIONS
from tests.web import gallery
from tests.web.conftest import SITE

RULES = {
    **ONLY_VIOLATIONS,
    "runOnly": ["wcag2a", "wcag2aa", "wcag2aaa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
}
SCREENS = [(320, 640), (390, 844), (1440, 900)]

pytestmark = pytest.mark.journey


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", gallery.PAGES)
def test_page_has_no_accessibility_violation(page, site, name, scheme):
    site["/"] = gallery.draw(name)
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    page.goto(f"{SITE}/")

    for width, height in SCREENS:
        page.set_viewport_size({"width": width, "height": height})
        found = Axe().run(page, options=RULES)

        assert [(v["id"], [n["html"] for n in v["nodes"]]) for v in found.response["violations"]] == []


@pytest.mark.parametrize("name", gallery.PAGES)
def test_page_is_never_wider_than_a_small_phone(page, site, name):
    site["/"] = gallery.draw(name)
    page.set_viewport_size({"width": 320, "height": 640})
    page.goto(f"{SITE}/")

    assert page.evaluate("document.documentElement.scrollWidth") == 320


def moving(page, style: str) -> list[str]:
    """Return one computed style of the moon and of its two words."""
    parts = "[...document.querySelectorAll('.orb, .breath span')]"
    return page.evaluate(f"(style) => {parts}.map((each) => getComputedStyle(each)[style])", style)


def test_moon_is_held_still_without_script(page, site):
    site["/"] = gallery.draw("web/calm").replace("<script", "<meta")
    page.goto(f"{SITE}/")

    page.focus("#still")
    page.keyboard.press("Space")

    assert moving(page, "animationPlayState") == ["paused", "paused", "paused"]


def test_moon_stands_still_when_the_device_asks_for_less_motion(page, site):
    site["/"] = gallery.draw("web/calm")
    page.emulate_media(reduced_motion="reduce")
    page.goto(f"{SITE}/")

    names = (
        "[...document.querySelectorAll('.orb, .breath span')].map((e) => getComputedStyle(e).animationName)"
    )
    assert page.evaluate(names) == ["none", "none", "none"]
