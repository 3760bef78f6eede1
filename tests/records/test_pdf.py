"""PDFs: readable by screen readers, made from packaged files only, and nothing typed is ever run."""

import re
import sys
import zlib
from pathlib import Path

import jinja2
import pytest
from django.template import engines

from luna.records import pdf

needs_pango = pytest.mark.skipif(pdf.problem() is not None, reason="Pango is not on this machine")

PAGE = """{% extends "records/paper.html" %}
{% block title %}{{ title }}{% endblock %}
{% block body %}<h1>{{ title }}</h1><p>{{ text }}</p>{% block more %}{% endblock %}{% endblock %}"""
ELSEWHERE = {
    "image": '<img src="http://169.254.169.254/latest" alt="x">',
    "style": '<link rel="stylesheet" href="https://elsewhere.example/x.css">',
    "import": "<style>@import url(https://elsewhere.example/x.css);</style>",
    "font": '<style>@font-face{font-family:X;src:url("http://elsewhere.example/x.woff2")}p{font-family:X}</style>',
    "disk": '<img src="file:///etc/passwd" alt="x">',
    "disk style": '<link rel="stylesheet" href="file:///etc/passwd">',
    "data": '<img src="data:image/png;base64,iVBORw0KGgo=" alt="x">',
    "beside": '<link rel="stylesheet" href="../settings.css">',
    "around": '<link rel="stylesheet" href="%2e%2e/%2e%2e/luna.css">',
    "script": '<link rel="stylesheet" href="luna.js">',
    "attached": '<link rel="attachment" href="file:///etc/passwd">',
}


@pytest.fixture(autouse=True)
def documents(monkeypatch):
    """Have the templates of these tests beside Luna's own; return them, to add to."""
    found = {"page.html": PAGE}
    env = engines["jinja2"].env
    monkeypatch.setattr(env, "loader", jinja2.ChoiceLoader([env.loader, jinja2.DictLoader(found)]))
    return found


def insides(content: bytes) -> bytes:
    """Return a PDF with its streams unpacked."""
    streams = re.findall(rb"stream\r?\n(.*?)\r?\nendstream", content, re.DOTALL)
    return content + b"\n".join(_unpacked(stream) for stream in streams)


def _unpacked(stream: bytes) -> bytes:
    try:
        return zlib.decompress(stream)
    except zlib.error:
        return b""


@needs_pango
def test_pdf_is_tagged_for_screen_readers():
    content = insides(pdf.render("page.html", {"title": "Your agreement", "text": "You agreed."}))

    assert content.startswith(b"%PDF-")
    wanted = (b"/StructTreeRoot", b"/MarkInfo", b"/Lang", b"/H1", b"pdfuaid:part", b"Your agreement")
    assert [mark for mark in wanted if mark not in content] == []


@needs_pango
def test_fonts_are_inside():
    assert b"/FontFile" in insides(pdf.render("page.html", {"title": "Your agreement", "text": "Zoë"}))


@needs_pango
@pytest.mark.threat("T8")
@pytest.mark.parametrize("markup", ELSEWHERE.values(), ids=ELSEWHERE.keys())
def test_document_that_asks_for_anything_from_elsewhere_is_refused(documents, markup):
    documents["hostile.html"] = f'{{% extends "page.html" %}}{{% block more %}}{markup}{{% endblock %}}'

    with pytest.raises(pdf.NotPackaged):
        pdf.render("hostile.html", {"title": "x", "text": "x"})


@needs_pango
@pytest.mark.threat("T8")
@pytest.mark.parametrize("markup", ELSEWHERE.values(), ids=ELSEWHERE.keys())
def test_hostile_words_are_only_words(markup):
    content = insides(pdf.render("page.html", {"title": markup, "text": markup}))

    assert content.startswith(b"%PDF-")
    assert [mark for mark in (b"/EmbeddedFile", b"/JavaScript", b"/URI", b"root:x") if mark in content] == []


def test_machine_without_pango_is_told_what_to_install(monkeypatch, tmp_path):
    (tmp_path / "weasyprint.py").write_text("raise OSError('cannot load library')")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "weasyprint", raising=False)

    with pytest.raises(pdf.NoPango) as told:
        pdf.render("page.html", {"title": "x", "text": "x"})

    assert "apt-get install libpango-1.0-0" in str(told.value)


def test_stylesheet_of_paper_asks_for_packaged_files_only():
    css = (Path(pdf.__file__).parent.parent / "web" / "static" / "paper.css").read_text()

    assert re.findall(r"url\((.*?)\)", css) == ["fonts/luna-ahn.woff2"]
