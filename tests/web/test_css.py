"""The stylesheet and the templates agree, and nothing needs an inline style or script."""

import re
from pathlib import Path

import brotli
import pytest
from django.contrib.staticfiles import finders

import luna
from tests.web import gallery

ROOT = Path(luna.__file__).parent
TEMPLATES = sorted(path for path in ROOT.glob("*/jinja2/**/*.html"))
CSS = Path(finders.find("luna.css")).read_text()
PAPER_CSS = Path(finders.find("paper.css")).read_text()  # of PDFs, which extend records/paper.html


def defined_in(css: str) -> set[str]:
    """Return the classes a stylesheet defines."""
    plain = re.sub(r"/\*.*?\*/|url\([^)]*\)", "", css, flags=re.S)
    return set(re.findall(r"\.([a-z][\w-]*)", re.sub(r"\{[^{}]*\}", "{}", plain)))


DEFINED = defined_in(CSS)
SEVERITY = {"fine", "note", "warn", "alarm", "todo", "running", "na"}
# Written by a macro's argument or by script, so that no template spells them out.
COMPUTED = SEVERITY | {
    "is-next", "is-key", "is-done", "is-missed", "m-next", "m-later", "stale", "hot",
    "btn--big", "btn--moon", "btn--line", "btn--alarm", "needs-alarm", "needs-warn", "draft",
}  # fmt: skip


def classes(text: str) -> set[str]:
    """Return the classes a template spells out; what an expression makes is left out."""
    found: set[str] = set()
    for value in re.findall(r'class="((?:\{[{%].*?[%}]\}|[^"])*)"', text, flags=re.S):
        words = re.sub(r"\S*\{\{.*?\}\}\S*", " ", re.sub(r"\{%.*?%\}", " ", value, flags=re.S), flags=re.S)
        found.update(words.split())
    return found


def test_classes_reads_through_conditions():
    assert classes('<p class="a{% if b %} c--d{% endif %} e-{{ f }}"><i class="{{ g }}">') == {"a", "c--d"}


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT)))
def test_classes_of_a_template_are_in_the_stylesheet(path):
    text = path.read_text()
    defined = defined_in(PAPER_CSS) if "records/paper.html" in text else DEFINED

    assert classes(text) - defined == set()


def test_classes_of_the_stylesheet_are_used():
    drawn = [*TEMPLATES, *gallery.FOLDER.glob("*.html")]
    used = set().union(*(classes(path.read_text()) for path in drawn))

    assert DEFINED - used - COMPUTED == set()


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT)))
def test_template_has_nothing_inline(path):
    text = path.read_text()

    assert re.findall(r"\sstyle=|<style|\son[a-z]+=\"|javascript:|<script(?![^>]*\ssrc=)", text) == []


def test_stylesheet_names_no_other_host():
    assert re.findall(r"url\((?!fonts/)|@import|https?:", CSS) == []


def test_stylesheet_is_small():
    assert len(brotli.compress(CSS.encode())) <= 20_000


def test_first_load_of_the_shell_is_small():
    files = {name: Path(finders.find(name)).read_bytes() for name in ("luna.css", "luna.js")}
    font = Path(finders.find("fonts/luna-ahn.woff2")).stat().st_size

    assert sum(len(brotli.compress(data)) for data in files.values()) + font <= 30_000
