"""The service worker against a real server that then goes away."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.staticfiles import finders

from tests.web import gallery

pytestmark = pytest.mark.journey


@pytest.fixture
def server():
    """Serve the worker, the offline page and one page about a person, on this machine only."""
    env = gallery.environment()
    pages = {
        "/": ("text/html", gallery.draw("now")),
        "/offline": (
            "text/html",
            env.get_template("web/offline.html").render(countries=gallery.countries()),
        ),
        "/sw.js": ("text/javascript", env.get_template("web/sw.js").render(version="1")),
    }

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            kind, body = pages.get(self.path, ("", ""))
            if self.path.startswith(settings.STATIC_URL):
                file = Path(finders.find(self.path.removeprefix(settings.STATIC_URL)))
                kind = {".css": "text/css", ".js": "text/javascript"}.get(file.suffix, "image/svg+xml")
                self.answer(200, kind, file.read_bytes())
            else:
                self.answer(200 if kind else 404, f"{kind}; charset=utf-8", body.encode())

        def do_POST(self):
            found.sent.append(self.rfile.read(int(self.headers["Content-Length"])).decode())
            self.answer(200, "text/html; charset=utf-8", b"<h1>Question 2</h1>")

        def answer(self, status, kind, body):
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Cache-Control", "no-store")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args):
            """Say nothing: pytest shows what matters."""

    found = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    found.pages, found.sent = pages, []
    thread = threading.Thread(target=found.serve_forever)
    thread.start()
    yield found
    found.shutdown()
    thread.join()
    found.server_close()


@pytest.fixture
def phone(chromium, server):
    """Return a page that has visited once, with the worker ready."""
    context = chromium.new_context()
    page = context.new_page()
    page.goto(f"http://localhost:{server.server_port}/")
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    yield page
    context.close()


def kept(page) -> dict[str, list[str]]:
    """Return what the phone keeps: cache name -> paths."""
    return page.evaluate(
        """async () => {
            const found = {};
            for (const name of await caches.keys()) {
                const requests = await (await caches.open(name)).keys();
                found[name] = requests.map((each) => new URL(each.url).pathname).sort();
            }
            return found;
        }"""
    )


def test_without_network_the_offline_page_tells_the_truth(phone):
    phone.context.set_offline(True)
    phone.goto(phone.url)

    assert phone.inner_text("h1") == "You’re offline"
    assert phone.locator("details[open] summary").all_inner_texts() == ["United States"]
    assert phone.locator("details summary").first.inner_text() == "United States"
    assert phone.locator("details[open] .btn--alarm").get_attribute("href") == "tel:911"
    assert phone.evaluate("getComputedStyle(document.querySelector('h1')).fontWeight") == "600"


def test_going_back_to_an_answered_form_opens_it_anew(phone, server):
    server.pages["/check-in"] = (
        "text/html",
        "<h1>Question 1</h1><form method=post><button name=wake value=yes>Yes</button></form>",
    )
    phone.goto(phone.url + "check-in")
    phone.click("button")
    phone.wait_for_selector("h1:has-text('Question 2')")
    phone.goto(f"http://localhost:{server.server_port}/")

    phone.go_back()

    assert phone.inner_text("h1") == "Question 1"


ASKED = (
    "text/html",
    """<h1>Question 1</h1><form method=post action="/check-in?a=1&b=2">
    <input name=words value='"Bea" &amp; <b>Ana</b>'><button name=wake value=yes>Yes</button></form>""",
)


def test_trying_again_sends_the_same_answer_once_the_network_is_back(phone, server):
    server.pages["/check-in"] = ASKED
    phone.goto(phone.url + "check-in")
    phone.context.set_offline(True)
    phone.click("button")
    phone.wait_for_selector("h1:has-text('You’re offline')")
    phone.click(".btn:has-text('Try again')")
    phone.wait_for_selector("h1:has-text('You’re offline')")
    phone.context.set_offline(False)

    phone.click(".btn:has-text('Try again')")

    phone.wait_for_selector("h1:has-text('Question 2')")
    assert phone.url.endswith("/check-in?a=1&b=2")
    assert server.sent == ["words=%22Bea%22+%26+%3Cb%3EAna%3C%2Fb%3E&wake=yes"]
    assert "/check-in" not in kept(phone)["luna-1"]


def test_trying_again_opens_the_page_that_was_asked_for(phone, server):
    server.pages["/plan"] = ("text/html", "<h1>Plan</h1>")
    phone.context.set_offline(True)
    phone.goto(phone.url + "plan")
    phone.context.set_offline(False)

    phone.click(".btn:has-text('Try again')")

    phone.wait_for_selector("h1:has-text('Plan')")


def test_with_network_the_page_comes_from_the_server(phone, server):
    server.pages["/"] = ("text/html", "<h1>New</h1>")

    phone.reload()

    assert phone.inner_text("h1") == "New"


def test_no_page_about_a_person_is_kept(phone):
    phone.reload()

    static = [
        settings.STATIC_URL + name
        for name in ("fonts/luna-ahn.woff2", "icons/favicon.svg", "luna.css", "luna.js")
    ]
    assert kept(phone) == {"luna-1": ["/offline", *static]}


def test_a_new_version_replaces_the_old_one(phone, server):
    env = gallery.environment()
    server.pages["/sw.js"] = ("text/javascript", env.get_template("web/sw.js").render(version="2"))

    phone.evaluate(
        """async () => {
            const known = await navigator.serviceWorker.getRegistration();
            await known.update();
            const next = known.installing || known.waiting;
            await new Promise((done) => {
                next.addEventListener("statechange", () => next.state === "activated" && done());
            });
        }"""
    )

    assert list(kept(phone)) == ["luna-2"]
