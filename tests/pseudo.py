"""A made-up language in which every marked word shows: ⟦Sign in ~~⟧. What is not marked stays plain.

`python -m tests.pseudo` makes it; Luna offers it as en-xa when LUNA_PSEUDO=1.
"""

import os
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.mofile import write_mo

from tests.running import ROOT

OPEN, CLOSE = "⟦", "⟧"
FILE = ROOT / "luna" / "locale" / "en_XA" / "LC_MESSAGES" / "django.mo"
LAZY = {
    "gettext_lazy": None,
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
}


def pseudo(text: str) -> str:
    """Return text marked, and longer by a third, as translations often are."""
    return f"{OPEN}{text} {'~' * (len(text) // 3)}{CLOSE}"


def catalog() -> Catalog:
    """Return every message of Luna in the made-up language."""
    with (ROOT / "babel.cfg").open() as file:
        methods, options = parse_mapping_cfg(file)
    made = Catalog(locale="en", fuzzy=False)
    found = extract_from_dir(ROOT / "luna", methods, options, DEFAULT_KEYWORDS | LAZY)
    for _file, _line, message, _comments, context in found:
        translated = pseudo(message) if isinstance(message, str) else tuple(map(pseudo, message))
        made.add(message, translated, context=context)
    return made


def write() -> Path:
    """Write the language where Luna looks for it; a reader never meets half a file."""
    FILE.parent.mkdir(parents=True, exist_ok=True)
    draft = FILE.with_suffix(f".{os.getpid()}")
    with draft.open("wb") as file:
        write_mo(file, catalog())
    return draft.rename(FILE)


if __name__ == "__main__":
    write()
