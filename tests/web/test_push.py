"""The switch for messages that appear by themselves, as script shows and sends it."""

from urllib.parse import parse_qs

import pytest

from luna.notices.subscriptions import Switch
from tests.web import conftest, gallery

pytestmark = pytest.mark.journey

ORIGIN = "http://localhost"  # a secure context, which workers ask for
PAGE = """{% extends "plain.html" %}{% from "notices/push.html" import push_switch %}
{% block title %}Push{% endblock %}
{% block scripts %}<script src="{{ static("push.js") }}" defer></script>{% endblock %}
{% block main %}<h1>Push</h1>{{ push_switch(push, "") }}{% endblock %}"""
# No push service can be reached from a test. What the browser asks of one, and gets, is said here instead.
BROWSER = """
const made = {
  endpoint: "https://push.example.test/phone",
  toJSON: () => ({ endpoint: made.endpoint, keys: { p256dh: "the-key", auth: "the-secret" } }),
  unsubscribe: async () => { window.standing = null; window.ended = true; return true; },
};
window.standing = START ? made : null;
const pushManager = {
  getSubscription: async () => window.standing,
  subscribe: async (wanted) => {
    window.wanted = [wanted.userVisibleOnly, [...wanted.applicationServerKey]];
    return (window.standing = made);
  },
};
Object.defineProperty(navigator.serviceWorker, "ready", { value: Promise.resolve({ pushManager }) });
Notification.requestPermission = async () => "ALLOWED";
"""


@pytest.fixture
def open_page(page, site):
    """Open the page in a browser; return what the two forms sent."""
    sent = []

    def opened(*, is_on=False, allowed="granted", status=204):
        def took(route):
            sent.append((route.request.url.removeprefix(ORIGIN), parse_qs(route.request.post_data or "")))
            route.fulfill(status=status)

        site["/me/reach/push"] = site["/me/reach/push/off"] = took
        switch = Switch(key="BAUG", is_on=is_on)
        site["/"] = gallery.environment().from_string(PAGE).render(push=switch)
        page.route(f"{ORIGIN}/**", lambda route: conftest._answer(route, site))
        page.add_init_script(
            BROWSER.replace("START", "true" if is_on else "false").replace("ALLOWED", allowed)
        )
        page.goto(f"{ORIGIN}/")
        page.wait_for_selector("[data-push]:not([hidden])")
        return sent

    return opened


def test_turning_on_asks_the_browser_and_sends_what_it_got(page, open_page):
    sent = open_page()

    page.click("text=Show messages here")

    page.wait_for_selector("text=Messages show up here.")
    assert sent == [
        (
            "/me/reach/push",
            {"endpoint": ["https://push.example.test/phone"], "p256dh": ["the-key"], "auth": ["the-secret"]},
        )
    ]
    assert page.evaluate("window.wanted") == [True, [4, 5, 6]]


def test_turning_off_ends_it_in_the_browser_too(page, open_page):
    sent = open_page(is_on=True)

    page.click("text=Stop showing them here")

    page.wait_for_selector("text=Show messages here")
    assert sent == [("/me/reach/push/off", {})]
    assert page.evaluate("window.ended")


@pytest.mark.parametrize("wrong", [{"allowed": "denied"}, {"status": 422}])
def test_what_cannot_be_turned_on_says_so_and_stays_off(page, open_page, wrong):
    open_page(**wrong)

    page.click("text=Show messages here")

    page.wait_for_selector("text=That did not work.")
    assert page.is_visible("text=Show messages here")
    assert page.evaluate("window.standing") is None


def test_without_script_the_switch_is_not_shown(chromium, site):
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    site["/"] = gallery.environment().from_string(PAGE).render(push=Switch(key="BAUG", is_on=False))
    page.route(f"{ORIGIN}/**", lambda route: conftest._answer(route, site))

    page.goto(f"{ORIGIN}/")

    assert not page.is_visible("text=Show messages here")
    context.close()
