"""Words people read: guides, cards and the names that are filled into them.

A guide is Markdown for one reader. Its HTML is off, the result is sanitised, and only the names in
GUIDE_NAMES or CARD_NAMES may stand in braces. Words are filled in one pass and never compiled as
a template, so a value can bring neither markup nor another placeholder.
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from html import escape

import nh3
from markdown_it import MarkdownIt

from luna.clinical.protocol import Actor
from luna.clinical.reading import Table
from luna.clinical.things import Thing, read_thing
from luna.library.errors import BadPlaceholder, LibraryError

NAMES = frozenset({"patient", "caretaker", "clinic", "phone", "nurse_line"})
TIMES = frozenset(
    {"time", "day", "due", "hours_food", "hours_drink", "food_until", "drink_until", "medicine"}
)
GUIDE_NAMES = NAMES | TIMES
# A card is about an answer, which stays when its task has left the plan: it may name no time of a task.
CARD_NAMES = NAMES | {"relation_words", "age", "address"}
PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
FRONT = re.compile(r"\+\+\+\n(?P<front>.*?)\n\+\+\+\n(?P<body>.*)", re.DOTALL)
TAG = re.compile(r"<[^>]*>")
APOSTROPHE = re.compile(r"(?<=\w)'(?=\w)")
TAGS = {"p", "ul", "ol", "li", "strong", "em", "h2", "h3", "blockquote", "a", "br"}
MARKDOWN = MarkdownIt("commonmark", {"html": False}).disable(
    ["image", "code", "fence", "html_block", "html_inline"]
)


@dataclass(frozen=True, slots=True)
class Guide:
    """What one reader is told about one step. FHIR: Library, as documentation of an action.

    title, why, done, not_done: plain text; html: safe HTML. All may hold placeholders: `fill`
    and `fill_html` put the values in. reviewed_by is empty until a clinician has signed it.
    things: what can be ticked one by one, where the guide is a list.
    """

    id: str
    actor: Actor
    language: str
    version: str
    title: str
    why: str
    done: str
    not_done: str
    icon: str
    html: str
    sources: tuple[str, ...]
    review_by: date
    reviewed_by: str
    things: tuple[Thing, ...] = ()


@dataclass(frozen=True, slots=True)
class Card:
    """What to do about one red flag. told: what was said; say: words for the phone; steps: meanwhile."""

    id: str
    told: str
    say: str
    steps: tuple[str, ...]


def typeset(text: str) -> str:
    """Return words with the apostrophes that pages use; authors may type the plain one."""
    return APOSTROPHE.sub("’", text)


def fill(text: str, values: Mapping[str, str]) -> str:
    """Return a plain text with its placeholders filled in. The page still escapes it.

    values: name -> what stands there. Raises BadPlaceholder for a name without a value.
    """
    return PLACEHOLDER.sub(lambda found: _value(found[1], values, text), text)


def fill_html(html: str, values: Mapping[str, str]) -> str:
    """Return safe HTML with its placeholders filled in; every value is escaped."""
    return PLACEHOLDER.sub(lambda found: escape(_value(found[1], values, html)), html)


def render(markdown: str) -> str:
    """Return a Markdown text as safe HTML: a few plain tags, and links to https pages only."""
    return nh3.clean(
        MARKDOWN.render(markdown),
        tags=TAGS,
        attributes={"a": {"href"}},
        url_schemes={"https"},
        link_rel="noopener",
    )


def read_guide(text: str, *, actor: Actor, language: str, path: str) -> Guide:
    """Return a guide from its text. path: named in errors. Raises LibraryError."""
    found = FRONT.fullmatch(text)
    if not found:
        raise LibraryError(
            path, "There is no front matter.", "Start the file with keys between two lines of +++."
        )
    row = _front(found["front"], path)
    words = {key: row.text(key) for key in ("title", "why", "done")}
    words["not_done"] = row.take("not_done", str, "")
    for key, value in words.items():
        check_names(value, GUIDE_NAMES, f"{path}.{key}")
    guide = Guide(
        id=row.slug("id"),
        actor=actor,
        language=language,
        version=row.version(),
        **words,
        icon=row.text("icon"),
        html=_body(found["body"], path),
        sources=row.texts("sources", required=True),
        review_by=row.take("review_by", date),
        reviewed_by=row.take("reviewed_by", str),
        things=tuple(read_thing(one) for one in row.tables("thing")),
    )
    row.close()
    for thing in guide.things:  # it stands on a list of many people's words: nothing is filled in there
        check_names(thing.text, frozenset(), f"{path}.thing")
    return guide


def read_card(row: Table) -> Card:
    """Return a card from its table. Raises LibraryError for a placeholder no page can fill."""
    card = Card(
        id=row.slug("id"), told=row.text("told"), say=row.text("say"), steps=row.texts("steps", required=True)
    )
    row.close()
    for words in (card.told, card.say, *card.steps):
        check_names(words, CARD_NAMES, row.path)
    return card


def check_names(text: str, allowed: frozenset[str], path: str) -> None:
    """Refuse a placeholder that is not on the list. Raises BadPlaceholder."""
    for name in PLACEHOLDER.findall(text):
        if name not in allowed:
            raise BadPlaceholder(
                path, f"Nothing fills {{{name[:40]}}}.", f"Use one of: {', '.join(sorted(allowed))}."
            )


def _value(name: str, values: Mapping[str, str], text: str) -> str:
    value = values.get(name)
    if name not in GUIDE_NAMES | CARD_NAMES or value is None:
        raise BadPlaceholder(
            f"{text[:40]!r}", f"There is no value for {{{name[:40]}}}.", "Give it one, or leave it out."
        )
    return str(value)


def _front(front: str, path: str) -> Table:
    try:
        return Table(tomllib.loads(front), path, LibraryError)
    except tomllib.TOMLDecodeError as problem:
        raise LibraryError(path, f"The front matter is not TOML: {problem}.", "Mend that line.") from problem


def _body(body: str, path: str) -> str:
    check_names(body, GUIDE_NAMES, path)
    html = render(body)
    if not html.strip():
        raise LibraryError(
            path, "The guide says nothing.", "Write a few short sentences under the front matter."
        )
    if any("{" in tag or "%7B" in tag for tag in TAG.findall(html)):
        raise BadPlaceholder(path, "A link holds a placeholder.", "Write the address out, or use no link.")
    return html
