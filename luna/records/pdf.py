"""Make a PDF of a page: tagged for screen readers, and from packaged files only.

Nothing is ever fetched. A style or font is one of those that lie with Luna; any other address in
a document, whoever wrote it, refuses the whole document.
"""

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

from django.contrib.staticfiles import finders
from django.template import loader

PACKAGED = "https://packaged.invalid/"  # an address that only this module can open (RFC 6761)
ENDINGS = {".css": "text/css", ".woff2": "font/woff2"}
VARIANT = "pdf/ua-1"  # ISO 14289-1: reading order, headings, language and title are told


class NoPango(RuntimeError):
    """The system library that sets text is not on this machine; the message says how to get it."""


class NotPackaged(RuntimeError):
    """A document asked for something that does not lie with Luna."""


def render(template: str, context: Mapping[str, Any]) -> bytes:
    """Return a template as a PDF/UA-1 file. The template extends `records/paper.html`.

    Takes about half a second, and at the first call in a process a few seconds more.
    Raises NoPango, and NotPackaged if the document asks for anything from elsewhere.
    """
    weasyprint = _weasyprint()
    html = loader.get_template(template, using="jinja2").render({"packaged": PACKAGED, **context})
    document = weasyprint.HTML(string=html, base_url=PACKAGED, url_fetcher=partial(_fetch, weasyprint))
    try:
        return bytes(document.write_pdf(pdf_variant=VARIANT))
    except weasyprint.urls.FatalURLFetchingError:
        raise NotPackaged(f"{template} asked for a file that does not lie with Luna") from None


def problem() -> str | None:
    """Return why this machine makes no PDFs, None if it does."""
    try:
        _weasyprint()
    except NoPango as missing:
        return str(missing)
    return None


def _weasyprint() -> Any:
    try:
        import weasyprint  # noqa: PLC0415 -- seconds and 40 MB, which only who makes a PDF should pay
    except OSError:
        raise NoPango(
            "Luna sets PDFs with Pango, which is not on this machine. "
            "On Debian: apt-get install libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0"
        ) from None
    return weasyprint


def _fetch(weasyprint: Any, url: str) -> Any:
    """Return a packaged file to the one who sets the page. Nothing else is opened: no network, no disk."""
    name = url.removeprefix(PACKAGED)
    media = ENDINGS.get(Path(name).suffix)
    found = finders.find(name) if name != url and media and ".." not in name else None
    if found is None:
        raise weasyprint.urls.FatalURLFetchingError("not packaged")
    return weasyprint.urls.URLFetcherResponse(url, Path(found).read_bytes(), {"Content-Type": media})
