"""A visitor of a running Luna: keeps cookies, fills in forms, and never follows a redirect."""

import http.client
import re
from dataclasses import dataclass, field
from html import unescape
from http.cookies import SimpleCookie
from urllib.parse import urlencode

TIMEOUT_S = 30


@dataclass(frozen=True, slots=True)
class Answer:
    """What the server said. body: as it was sent, compressed or not."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def text(self) -> str:
        """Return the body as text."""
        return self.body.decode()


@dataclass
class Visitor:
    """One browser without a screen, at localhost. Every request is a connection of its own."""

    port: int
    cookies: dict[str, str] = field(default_factory=dict)

    def get(self, path: str, **headers: str) -> Answer:
        """Ask for a page. headers: names with _ for -."""
        return self._send("GET", path, None, headers)

    def post(self, path: str, fields: dict[str, str]) -> Answer:
        """Send a form, with the token the cookie holds."""
        body = urlencode({"csrfmiddlewaretoken": self.cookies["csrftoken"], **fields})
        return self._send("POST", path, body, {"Content_Type": "application/x-www-form-urlencoded"})

    def become(self, slug: str) -> "Visitor":
        """Sign in as somebody of the demonstration."""
        self.get("/demo")
        answer = self.post(f"/demo/as/{slug}", {})
        if answer.status != 302 or "sessionid" not in self.cookies:
            raise RuntimeError(f"Could not become {slug}: status {answer.status}.")
        return self

    @property
    def cookie(self) -> str:
        """Return what the browser sends along with every request."""
        return "; ".join(f"{name}={value}" for name, value in self.cookies.items())

    def _send(self, method: str, path: str, body: str | None, headers: dict[str, str]) -> Answer:
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if self.cookies:
            sent["Cookie"] = self.cookie
        connection = http.client.HTTPConnection("localhost", self.port, timeout=TIMEOUT_S)
        try:
            connection.request(method, path, body, sent)
            response = connection.getresponse()
            answer = Answer(response.status, response.headers, response.read())
        finally:
            connection.close()
        for line in answer.headers.get_all("Set-Cookie") or []:
            self.cookies.update({name: morsel.value for name, morsel in SimpleCookie(line).items()})
        return answer


def links(html: str, pattern: str) -> list[str]:
    """Return what a pattern's first group finds in a page, unescaped."""
    return [unescape(found) for found in re.findall(pattern, html)]
