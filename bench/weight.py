"""What a phone fetches to show Now the first time: the page, its style, its font, its script."""

import tempfile
from pathlib import Path

from bench.visitor import Visitor, links
from tests import running

NAMES = ("page.now.first_load_kb", "page.now.first_load_requests")
AS_BROWSERS = "br, gzip"
# What a browser needs before the page is whole. It asks for the icon and the manifest later, if at all.
NEEDED = r'<(?:link rel="(?:preload|stylesheet)"|script) (?:href|src)="([^"]+)"'


def measure() -> list[dict[str, object]]:
    """Fetch it as it is sent, compressed or not, and count the bytes."""
    with tempfile.TemporaryDirectory(prefix="luna-bench-") as folder:
        luna = running.Luna(Path(folder))
        try:
            sizes = _sizes(Visitor(luna.start("--demo").port).become("sam"))
        finally:
            luna.end()
    each = ", ".join(f"{name} {size / 1000:.1f}" for name, size in sizes.items())
    return [
        {
            "name": NAMES[0],
            "value": round(sum(sizes.values()) / 1000, 1),
            "unit": "kB",
            "baseline": None,
            "note": f"bodies as sent to a caretaker's phone that takes {AS_BROWSERS}: {each}",
        },
        {
            "name": NAMES[1],
            "value": len(sizes),
            "unit": "requests",
            "baseline": None,
            "note": "before the page is whole; the icon and the manifest come later",
        },
    ]


def _sizes(visitor: Visitor) -> dict[str, int]:
    paths = links(visitor.get("/now").text, NEEDED)
    if len(paths) != len(set(paths)):
        raise RuntimeError(f"The page asks for something twice: {paths}")
    answers = {path: visitor.get(path, Accept_Encoding=AS_BROWSERS) for path in ["/now", *paths]}
    if wrong := [path for path, answer in answers.items() if answer.status != 200]:
        raise RuntimeError(f"These did not answer 200: {wrong}")
    return {path.rpartition("/")[2]: len(answer.body) for path, answer in answers.items()}
