"""Requests a second, as wrk counts them: a load generator that costs little of the machine it loads."""

import re
import shutil
import subprocess
from pathlib import Path
from statistics import median
from typing import NamedTuple

CLIENTS = 8
SECONDS = 4
ROUNDS = 5
RATE = re.compile(r"Requests/sec:\s+([\d.]+)")
FAILED = re.compile(r"(Non-2xx or 3xx responses: \d+|Socket errors:.*)")


class Target(NamedTuple):
    """What is asked: an address, with a cookie or with a script of wrk's that says more."""

    url: str
    cookie: str = ""
    script: Path | None = None


def is_here() -> bool:
    """Say whether this machine can measure rates."""
    return shutil.which("wrk") is not None


def rate(target: Target, seconds: int = SECONDS) -> float:
    """Return how many requests a second a server answers 8 clients. Raises RuntimeError if any fails."""
    command = ["wrk", "-t1", f"-c{CLIENTS}", f"-d{seconds}s", "--timeout", "20s"]
    command += ["-H", f"Cookie: {target.cookie}"] if target.cookie else []
    command += ["-s", str(target.script)] if target.script else []
    done = subprocess.run([*command, target.url], capture_output=True, text=True, check=True)
    if failed := FAILED.search(done.stdout):
        raise RuntimeError(f"{target.url}: {failed[1]}")
    found = RATE.search(done.stdout)
    if found is None:
        raise RuntimeError(f"wrk did not say how fast {target.url} is:\n{done.stdout}")
    return float(found[1])


def ratio(name: str, luna: Target, bare: Target, *, about: str) -> dict[str, object]:
    """Measure two targets in turns and return the median of Luna's rate as a share of the bare one's."""
    rate(luna), rate(bare)  # Nothing is loaded or compiled for the first time while it counts.
    pairs = [(rate(luna), rate(bare)) for _ in range(ROUNDS)]
    ours, theirs = (round(median(side)) for side in zip(*pairs, strict=True))
    shares = sorted(mine / plain for mine, plain in pairs)
    return {
        "name": name,
        "value": round(median(shares), 3),
        "unit": "ratio",
        "baseline": 1.0,
        "note": f"{about}: {ours} requests/s beside {theirs}; {CLIENTS} clients, {ROUNDS} rounds in turns, "
        f"{shares[0]:.2f} to {shares[-1]:.2f}",
    }
