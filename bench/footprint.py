"""How much memory all processes of `luna serve --demo` take together, and how long it takes to start."""

import re
import tempfile
import time
from pathlib import Path
from statistics import median

from bench.visitor import Visitor
from tests import running

NAMES = ("app.pss_mb", "start.s", "start.first_s")
REQUESTS = 100
STARTS = 3
PSS = re.compile(r"^Pss:\s+(\d+) kB", re.MULTILINE)
PAGES = (("sam", "/now"), ("sam", "/plan"), ("rosa", "/clinic/series"), ("rosa", "/clinic/escalations"))


def measure() -> list[dict[str, object]]:
    """Start a new demonstration, use it, count its memory; stop it and start it again."""
    with tempfile.TemporaryDirectory(prefix="luna-bench-") as folder:
        luna = running.Luna(Path(folder))
        try:
            first = _start(luna)
            pss, processes = _used(luna)
            luna.stop()
            again = [_start_and_stop(luna) for _ in range(STARTS)]
        finally:
            luna.end()
    return [
        {
            "name": NAMES[0],
            "value": round(pss / 1024, 1),
            "unit": "MB",
            "baseline": None,
            "note": f"proportional share of {processes} processes after {REQUESTS} pages (1 MB = 1,024 kB)",
        },
        {
            "name": NAMES[1],
            "value": round(median(again), 2),
            "unit": "s",
            "baseline": None,
            "note": f"until /health answers 200, on data that is there; median of {STARTS}",
        },
        {
            "name": NAMES[2],
            "value": round(first, 2),
            "unit": "s",
            "baseline": None,
            "note": "the first start: tables, made-up people and, if not built yet, the browser's files",
        },
    ]


def _start(luna: running.Luna) -> float:
    began = time.monotonic()
    luna.start("--demo")
    return time.monotonic() - began


def _start_and_stop(luna: running.Luna) -> float:
    seconds = _start(luna)
    luna.stop()
    return seconds


def _used(luna: running.Luna) -> tuple[int, int]:
    """Return the memory in kB after some use, and how many processes it is of."""
    people = {slug: Visitor(luna.port).become(slug) for slug, _path in PAGES}
    for turn in range(REQUESTS):
        slug, path = PAGES[turn % len(PAGES)]
        if (status := people[slug].get(path).status) != 200:
            raise RuntimeError(f"{path} answered {status}.")
    sizes = [_pss(pid) for pid in luna.processes()]
    return sum(sizes), len(sizes)


def _pss(pid: int) -> int:
    found = PSS.search(Path(f"/proc/{pid}/smaps_rollup").read_text())
    return int(found[1]) if found else 0
