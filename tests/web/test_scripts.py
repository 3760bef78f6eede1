"""What script adds to a page: sent once, time left, the offline strip, live parts, quick-hide."""

import json
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import expect

from tests.web import gallery
from tests.web.conftest import POLICY, SITE

pytestmark = pytest.mark.journey

FORM = """{% extends "people.html" %}{% from "parts/buttons.html" import button %}
{% block title %}One{% endblock %}
{% block main %}<h1>One</h1><form method="post" action="/save">
{{ button("Done", name="done", value="1", busy="Saving") }}</form>{% endblock %}"""
LIVE = """{% extends "people.html" %}
{% block title %}{{ title }}{% endblock %}{% block body_class %} data-poll="50"{% endblock %}
{% block main %}<h1>Now</h1><div id="part" data-live>{{ words }}<input name="note" aria-label="Note"></div>
<p data-live-note data-fresh="Updated" data-stale="Not live since">Updated <time>10:24:08</time></p>
{% endblock %}"""
PLAIN = """{% extends "people.html" %}{% block title %}T{% endblock %}
{% block main %}<h1>T</h1>{{ part }}{% endblock %}"""


def drawn(source: str, **context) -> str:
    return gallery.environment().from_string(source).render(messages=[], nav=[], **context)


class Server:
    """A site whose feed number and page a test changes, and which remembers what was asked."""

    def __init__(self, site):
        self.site, self.asked, self.refusal = site, [], None
        site["/feed"] = self.feed
        site["/"] = self.home
        self.becomes(1, "Rest")

    def becomes(self, number: int, words: str) -> None:
        self.number, self.html = number, drawn(LIVE, feed=number, title=words, words=words)

    def feed(self, route) -> None:
        self.asked.append(dict(route.request.headers))
        if self.refusal == "gone":
            route.abort()
        elif self.refusal:
            route.fulfill(status=self.refusal, headers={"Location": "/sign-in"})
        elif f"since={self.number}" in route.request.url:
            route.fulfill(status=304)
        else:
            route.fulfill(body=json.dumps({"n": self.number}), content_type="application/json")

    def home(self, route) -> None:
        headers = {"Content-Security-Policy": POLICY}
        route.fulfill(body=self.html, content_type="text/html; charset=utf-8", headers=headers)


@pytest.fixture
def server(site, page):
    """Return the server behind the page, already open."""
    found = Server(site)
    page.goto(f"{SITE}/")
    return found


def test_form_is_sent_once_and_says_so(page, site):
    sent = []
    site["/"] = drawn(FORM)

    def save(route):
        sent.append(route.request.post_data)
        route.fulfill(status=204)  # the page stays

    site["/save"] = save
    page.goto(f"{SITE}/")

    page.click("button")
    page.wait_for_selector("button[aria-busy=true]")
    page.click("button")

    assert page.inner_text("button") == "Saving"
    assert sent == ["done=1"]


def test_form_can_be_sent_again_after_coming_back(page, site):
    site["/"] = drawn(FORM)
    site["/save"] = lambda route: route.fulfill(status=204)
    page.goto(f"{SITE}/")
    page.click("button")
    page.wait_for_selector("button[aria-busy=true]")

    page.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', {persisted: true}))")

    assert page.inner_text("button") == "Done"
    assert page.get_attribute("button", "aria-busy") is None


def test_double_tap_does_not_answer_the_next_question(page, site):
    sent = []
    asked = """{% extends "people.html" %}{% from "parts/choice.html" import choice, choices %}
{% block title %}One{% endblock %}
{% block main %}<form method="post" action="/next">{% call choices() %}
{{ choice("Yes", name=name, value="yes") }}{% endcall %}</form>{% endblock %}"""
    site["/"] = drawn(asked, name="first")

    def following(route):
        sent.append(route.request.post_data)
        route.fulfill(
            body=drawn(asked, name="second"),
            content_type="text/html; charset=utf-8",
            headers={"Content-Security-Policy": POLICY},
        )

    def so_long_after_it_appeared(ms: int):
        page.evaluate("at => document.getAnimations().forEach(a => (a.pause(), a.currentTime = at))", ms)

    site["/next"] = following
    page.goto(f"{SITE}/")
    so_long_after_it_appeared(600)
    spot = page.locator("button.choice").bounding_box()
    x, y = spot["x"] + 40, spot["y"] + 20

    page.mouse.click(x, y)
    page.wait_for_selector("button[name=second]")
    so_long_after_it_appeared(400)
    page.mouse.click(x, y)
    page.wait_for_timeout(200)
    assert sent == ["first=yes"]

    so_long_after_it_appeared(600)
    with page.expect_response(lambda response: response.request.post_data == "second=yes"):
        page.mouse.click(x, y)
    assert sent == ["first=yes", "second=yes"]


def test_refused_form_puts_the_focus_on_what_to_mend(page, site):
    site["/"] = gallery.draw("form")
    page.goto(f"{SITE}/")

    assert page.evaluate("document.activeElement.className") == "errs"
    assert page.title() == "Error: Ride plan — Luna"


@pytest.mark.parametrize(
    ("ahead", "words"),
    [
        (timedelta(minutes=138), "2 hours 18 minutes"),
        (timedelta(minutes=5), "5 minutes"),
        (-timedelta(minutes=1), "It is time."),
    ],
)
def test_time_left_is_counted_when_opened(page, site, ahead, words):
    at = datetime(2027, 3, 8, 12, tzinfo=UTC)
    countdown = gallery.macro("now", "countdown")
    page.clock.set_fixed_time(at)
    left = countdown(until=(at + ahead).isoformat(), summary="How long?", words="a while")
    site["/"] = drawn(PLAIN, part=left)
    page.goto(f"{SITE}/")

    page.click("summary")

    expect(page.locator("[data-left]")).to_have_text(words)


def test_offline_strip_follows_the_network(page, site):
    site["/"] = drawn(FORM, emergency_number="911")
    page.goto(f"{SITE}/")
    strip = page.locator("[data-offline]")
    assert strip.is_hidden()

    page.context.set_offline(True)
    assert strip.inner_text() == (
        "You’re offline. The clinic does not know yet. Calls may still work: try. 911 can use any network."
    )

    page.context.set_offline(False)
    assert strip.is_hidden()


def test_changed_part_is_swapped(page, server):
    server.becomes(2, "Call Bea")

    expect(page.locator("#part")).to_have_text("Call Bea")
    assert page.title() == "Call Bea — Luna"


def test_polls_say_that_they_are_polls(page, server):
    page.wait_for_timeout(200)

    assert {headers.get("x-luna-poll") for headers in server.asked} == {"1"}


def test_part_somebody_types_in_waits_until_they_are_done(page, server):
    page.fill("input", "half a sent")
    server.becomes(2, "Call Bea")
    page.wait_for_timeout(300)
    assert (page.inner_text("#part"), page.input_value("input")) == ("Rest", "half a sent")

    page.fill("input", "")
    page.evaluate("document.activeElement.blur()")

    expect(page.locator("#part")).to_have_text("Call Bea")


def test_time_of_the_last_look_is_on_the_clinics_clock(page, server):
    was = "<time>10:24:08</time>"
    server.html = server.html.replace(was, '<time data-zone="Asia/Kolkata" data-hours="24">10:24:08</time>')
    page.reload()
    expect(page.locator("[data-live-note]")).not_to_contain_text("10:24:08")

    shown = page.inner_text("[data-live-note] time")

    there = datetime.now(ZoneInfo("Asia/Kolkata"))
    assert shown[:5] in {f"{there - timedelta(minutes=ago):%H:%M}" for ago in (0, 1)}


def test_hidden_tab_asks_nothing(page, server):
    page.evaluate("Object.defineProperty(document, 'hidden', {get: () => true, configurable: true})")
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    page.wait_for_timeout(150)
    server.asked.clear()

    page.wait_for_timeout(300)

    assert server.asked == []


@pytest.mark.parametrize("refusal", [401, 403, 404, 302])
def test_lost_access_clears_the_live_parts_and_says_so(page, server, refusal):
    server.refusal = refusal

    page.wait_for_selector("[role=alert]")
    server.asked.clear()
    page.wait_for_timeout(200)

    assert page.locator("#part").all_inner_texts() == ([""] if refusal == 401 else [])
    assert page.get_attribute("[role=alert] a", "href") == "/"
    assert server.asked == []


def test_part_that_is_gone_from_the_new_page_is_emptied(page, server):
    server.becomes(2, "x")
    server.html = server.html.replace('id="part"', 'id="other"')

    expect(page.locator("#part")).to_have_text("")


def test_unreached_server_shows_the_strip_and_then_that_the_page_is_old(page, site):
    page.clock.install()
    found = Server(site)
    page.goto(f"{SITE}/")
    found.refusal = "gone"

    page.clock.run_for(2_000)
    page.wait_for_selector("[data-offline]:not([hidden])")
    for _ in range(15):
        page.clock.run_for(5_000)
        page.wait_for_timeout(20)

    assert page.inner_text("[data-live-note]").split(" since")[0] == "Not live"
    assert page.get_attribute("[data-live-note]", "class") == "stale"


def test_three_fast_taps_on_the_brand_leave_for_a_quiet_page(page, site):
    site["/plan"] = drawn(FORM)
    site["/calm"] = gallery.draw("web/calm")
    page.goto(f"{SITE}/plan")

    page.click(".brand", click_count=3)

    page.wait_for_url(f"{SITE}/calm?quiet")


def test_one_tap_on_the_brand_goes_home(page, site):
    site["/plan"] = site["/"] = drawn(FORM)
    page.goto(f"{SITE}/plan")

    page.click(".brand")

    page.wait_for_url(f"{SITE}/")


def test_focus_stays_on_the_same_link_across_a_swap(page, site):
    found = Server(site)
    for number, words in ((1, "one"), (2, "two")):
        found.becomes(number, words)
        found.html = found.html.replace(words + "<input", f'<a href="/x">{words}</a><input')
        if number == 1:
            page.goto(f"{SITE}/")
            page.focus("#part a")

    expect(page.locator("#part a")).to_have_text("two")
    assert page.evaluate("document.activeElement.textContent") == "two"
