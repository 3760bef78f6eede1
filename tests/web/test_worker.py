"""The service worker against a real server that then goes away."""

import json
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
        "/calm": ("text/html", env.get_template("web/calm.html").render()),
        "/calm?quiet": ("text/html", "<h1>Quiet</h1>"),
        "/calm/sounds": ("text/html", env.get_template("web/sounds.html").render(minutes=None)),
        "/calm/practices": ("text/html", "<h1>Short practices</h1>"),
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
def phone(whole_chromium, server):
    """Return a page that has visited once, with the worker ready."""
    context = whole_chromium.new_context()
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
        for name in ("fonts/luna-ahn.woff2", "icons/favicon.svg", "luna.css", "luna.js", "sound.js")
    ]
    assert kept(phone) == {
        "luna-1": [
            "/calm",
            "/calm",
            "/calm/practices",
            "/calm/sounds",
            "/offline",
            *static,
        ]
    }


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("calm/sounds?minutes=60", "Calm sounds"),
        ("calm/practices", "Short practices"),
        ("calm", "Breathe with the moon"),
        ("calm?quiet", "Quiet"),
        ("calm/else", "You’re offline"),
    ],
)
def test_calm_pages_open_without_network(phone, path, words):
    phone.context.set_offline(True)

    phone.goto(phone.url + path)

    assert phone.text_content("h1") == words


def test_form_sent_to_a_kept_page_without_network_is_not_taken_for_arrived(phone):
    phone.goto(phone.url + "calm")
    phone.context.set_offline(True)

    phone.evaluate("""() => {
        const form = Object.assign(document.createElement("form"), { method: "post", action: "/calm" });
        document.body.append(form);
        form.submit();
    }""")

    phone.wait_for_selector("h1:has-text('You’re offline')")


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


@pytest.fixture
def deliver(phone, server):
    """Bring a message to the phone as a push service does; return what then appears there."""
    here = f"http://localhost:{server.server_port}"
    phone.context.grant_permissions(["notifications"], origin=here)
    wire = phone.context.new_cdp_session(phone)
    known = []
    wire.on("ServiceWorker.workerRegistrationUpdated", lambda event: known.extend(event["registrations"]))
    wire.send("ServiceWorker.enable")
    while not any(one["scopeURL"].startswith(here) for one in known):
        phone.wait_for_timeout(20)

    def bring(data: str) -> list[dict]:
        found = next(one["registrationId"] for one in known if one["scopeURL"].startswith(here))
        worker = at_work(phone)
        worker.evaluate(
            """() => {
                const show = registration.showNotification.bind(registration);
                self.appeared = new Promise((done) => {
                    registration.showNotification = (...all) => show(...all).then(done);
                });
            }"""
        )
        wire.send("ServiceWorker.deliverPushMessage", {"origin": here, "registrationId": found, "data": data})
        # Asking before it stands there makes a busy browser forget it.
        return worker.evaluate(
            """async () => {
                await self.appeared;
                const shown = await registration.getNotifications();
                return shown.map(({ title, body, tag, data }) => ({ title, body, tag, data }));
            }"""
        )

    return bring


def at_work(phone):
    """Return the phone's service worker."""
    context = phone.context  # a busy browser tells of its worker a moment later
    (worker,) = context.service_workers or [context.wait_for_event("serviceworker")]
    return worker


def pressed(phone) -> list[str]:
    """Press what appeared, and return the addresses the worker opens."""
    return at_work(phone).evaluate(
        """async () => {
            const opened = [];
            self.clients.openWindow = async (url) => void opened.push(url);
            for (const notification of await self.registration.getNotifications()) {
                self.dispatchEvent(new NotificationEvent("notificationclick", { notification }));
            }
            return opened;
        }"""
    )


NOTICE = "0193e0f0-0000-7000-8000-000000000000"


def test_message_appears_with_its_line_and_opens_its_own_page(phone, deliver):
    shown = deliver(json.dumps({"text": "A check-in is due", "notice": NOTICE}))

    assert shown == [{"title": "Luna", "body": "A check-in is due", "tag": NOTICE, "data": NOTICE}]
    assert pressed(phone) == [f"/n/{NOTICE}"]


@pytest.mark.parametrize(
    "data",
    [
        "not json",
        json.dumps({"text": "Open Luna", "notice": "//evil.test/"}),
        json.dumps({"text": "Open Luna", "notice": "../sign-out"}),
        json.dumps({"text": "Open Luna", "notice": {"at": "x"}}),
    ],
)
def test_message_that_names_another_page_opens_the_first(phone, deliver, data):
    (shown,) = deliver(data)

    assert (shown["title"], shown["body"]) == ("Luna", "Open Luna")
    assert pressed(phone) == ["/"]
