"""Join the page scripts into the one file a page loads: `python -m luna.web.bundle`.

Each file in scripts/ is one behaviour that stands alone and starts itself, so joining is
all there is to it: a block each, so that their names cannot meet.
"""

from pathlib import Path

SOURCES = Path(__file__).parent / "scripts"
TARGET = Path(__file__).parent / "static" / "luna.js"
HEAD = '// Made from luna/web/scripts/ by "python -m luna.web.bundle". Edit there.\n"use strict";\n'


def joined(sources: dict[str, str]) -> str:
    """Return one script of all the given ones, in order of their names.

    sources: file name -> text.
    """
    return HEAD + "".join(f"{{\n{sources[name]}}}\n" for name in sorted(sources))


def current() -> str:
    """Return what static/luna.js must be now."""
    return joined({path.name: path.read_text() for path in SOURCES.glob("*.js")})


if __name__ == "__main__":
    TARGET.write_text(current())
