"""Read a page as a browser would: its forms, its headings, its messages."""

from html.parser import HTMLParser

from django.http import HttpResponse


class _Page(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.forms: list[dict] = []
        self.texts: dict[str, list[str]] = {}
        self._open: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        if tag == "form":
            self.forms.append({"action": given.get("action"), "hidden": {}})
        elif tag == "input" and given.get("type") == "hidden" and given["name"] != "csrfmiddlewaretoken":
            self.forms[-1]["hidden"][given["name"]] = given.get("value", "")
        for name in (tag, *(given.get("class") or "").split()):
            if name in ("h1", "err", "errs", "flash"):
                self._open.append(name)
                self.texts.setdefault(name, []).append("")

    def handle_data(self, data):
        for name in self._open:
            self.texts[name][-1] += data

    def handle_endtag(self, tag):
        if tag in ("h1", "p", "section", "div"):
            self._open = []


def forms(response: HttpResponse) -> list[dict]:
    """Return each form of a page: its action, and its hidden inputs as {name: value}."""
    return _Page(response.content.decode()).forms


def hidden(response: HttpResponse, action: str) -> dict[str, str]:
    """Return the hidden inputs of the page's form that goes to `action`."""
    return next(form["hidden"] for form in forms(response) if form["action"] == action)


def heading(response: HttpResponse) -> str:
    """Return the page's heading."""
    return _Page(response.content.decode()).texts["h1"][0].strip()


def errors(response: HttpResponse) -> list[str]:
    """Return what the page says beside its inputs has to be mended."""
    found = _Page(response.content.decode()).texts.get("err", [])
    return [text.removeprefix("Error:").strip() for text in found if text.startswith("Error:")]


def flashes(response: HttpResponse) -> list[str]:
    """Return the messages at the top of a page."""
    return [text.strip() for text in _Page(response.content.decode()).texts.get("flash", [])]
