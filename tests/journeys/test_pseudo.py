"""No word on a page is out of a translator's reach: in the made-up language each one is marked."""

import re
import tomllib
from collections.abc import Iterator

import pytest
from babel import Locale

from luna.library import wording
from tests import pseudo, running

pytestmark = pytest.mark.journey

PAGES = {
    "Maya Okafor": [
        "/now", "/plan", "/calm", "/worried", "/circle", "/circle/invite", "/who-looked", "/me", "/me/pin",
    ],
    "Sam Okafor": ["/now", "/plan", "/circle", "/me"],
    "Kofi Osei": [
        "/clinic/escalations", "/clinic/at-home", "/clinic/patients", "/clinic/patients/new",
        "/clinic/series", "/clinic/protocols", "/clinic/staff", "/clinic/settings", "/clinic/ladder",
        "/clinic/messages", "/clinic/audit", "/me",
    ],
}  # fmt: skip
# What a page shows that no translator touches: what people typed, and what clinicians reviewed and sign.
STORED = """
from django.apps import apps
from django.db.models import CharField, EmailField, JSONField, TextField
answer = set()
for model in apps.get_models():
    if model.__module__.startswith("luna."):
        fields = [f.name for f in model._meta.fields if isinstance(f, (CharField, EmailField, TextField))]
        for row in model.objects.values_list(*fields):
            answer |= {str(value) for value in row if value}
answer = sorted(answer)
"""
VISIBLE_TEXT = """
() => {
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const found = [];
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const home = node.parentElement;
    if (node.data.trim() && !home.closest("script, style, template, [translate=no], option")) {
      found.push(node.data.replace(/\\s+/g, " ").trim());
    }
  }
  return found;
}
"""
TIMES = re.compile(
    r"\b(am|pm|noon|midnight|Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)(day)?s?\b|\b(Mon|Tue|Wed|Thu|Fri|Sat|Sun)\b"
    r"|\b(January|February|March|April|May|June|July|August|September|October|November|December)\b"
)


@pytest.fixture(scope="module")
def live(tmp_path_factory):
    """Serve the demonstration with the made-up language."""
    pseudo.write()
    made = running.Luna(tmp_path_factory.mktemp("pseudo"), {"LUNA_PSEUDO": "1", **running.new_database()})
    yield made.start("--demo")
    made.end()


@pytest.fixture(scope="module")
def reviewed(live) -> re.Pattern:
    """Return what matches any whole text of the database or the reviewed content, braces filled.

    Names of countries come in the reader's language from CLDR, which has none in the made-up one.
    """
    stored = live.ask(STORED)
    names = [part for value in stored for part in value.split()[:2] if part.istitle()]
    countries = Locale("en").territories.values()
    texts = {" ".join(text.split()) for text in [*stored, *names, *countries, *content(), "Luna"]}
    patterns = sorted((pattern(text) for text in texts if len(text) > 1), key=len, reverse=True)
    return re.compile("|".join(patterns))


def content() -> Iterator[str]:
    """Yield the texts of protocols, guides, questions, cards and numbers."""
    for path in (running.ROOT / "luna" / "library").rglob("*"):
        if path.suffix == ".toml":
            yield from strings(tomllib.loads(wording.typeset(path.read_text())))
        elif path.suffix == ".md":
            head, body = wording.typeset(path.read_text()).removeprefix("+++").split("+++", 1)
            yield from strings(tomllib.loads(head))
            yield from (block.strip(" #*-") for block in re.split(r"\n\s*\n|\n(?=[-*] )", body))


def strings(value) -> Iterator[str]:
    """Yield every string in a TOML value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from strings(inner)


def pattern(text: str) -> str:
    """Return the pattern of a whole text whose braces may hold anything."""
    made = ".+?".join(map(re.escape, re.split(r"{.*?}", text)))
    if text.endswith("}"):
        made = made.removesuffix("?")
    return r"\b" * text[0].isalnum() + made + r"\b" * text[-1].isalnum()


@pytest.mark.parametrize("person", PAGES)
def test_every_word_is_marked(live, browse, reviewed, person):
    page = browse(live, "/demo", locale="en-XA")
    page.get_by_role("button", name=re.compile(person)).first.click()
    plain = {}
    for path in PAGES[person]:
        page.goto(path)
        if left := [text for text in page.evaluate(VISIBLE_TEXT) if is_plain(text, reviewed)]:
            plain[path] = left

    assert plain == {}


def is_plain(text: str, reviewed: re.Pattern) -> bool:
    """Say whether text has a word that is neither marked nor reviewed nor part of a time."""
    if pseudo.OPEN in text or pseudo.CLOSE in text:
        return False
    return bool(re.search(r"[A-Za-z]{2,}", TIMES.sub("", reviewed.sub("", text))))
