"""Requests a second, as wrk counts them: a load generator that costs little of the machine it loads.

Beside the rate stands what a request costs the server in processor time: on a machine that does other
work too, that says more.
"""

import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterable
from pathlib import Path
from statistics import median
from typing import NamedTuple

CLIENTS = 8
SECONDS = 4
ROUNDS = 5
RATE = re.compile(r"Requests/sec:\s+([\d.]+)")
COUNT = re.compile(r"(\d+) requests in")
FAILED = re.compile(r"(Non-2xx or 3xx responses: \d+|Socket errors:.*)")
TICKS_MS = 1000 / os.sysconf("SC_CLK_TCK")


class Target(NamedTuple):
    """What is asked: an address, with a cookie or with a script of wrk's that says more.

    processes: gives the ids of all processes of the server.
    """

    url: str
    processes: Callable[[], Iterable[int]]
    cookie: str = ""
    script: Path | None = None


class Run(NamedTuple):
    """What one run found: requests a second, and milliseconds of processor time a request."""

    rate: float
    cpu_ms: float


def is_here() -> bool:
    """Say whether this machine can measure rates."""
    return shutil.which("wrk") is not None


def run(target: Target) -> Run:
    """Ask a server with 8 clients for a while. Raises RuntimeError if any request fails."""
    command = ["wrk", "-t1", f"-c{CLIENTS}", f"-d{SECONDS}s", "--timeout", "20s"]
    command += ["-H", f"Cookie: {target.cookie}"] if target.cookie else []
    command += ["-s", str(target.script)] if target.script else []
    before = _cpu_ms(target)
    done = subprocess.run([*command, target.url], capture_output=True, text=True, check=True)
    spent = _cpu_ms(target) - before
    if failed := FAILED.search(done.stdout):
        raise RuntimeError(f"{target.url}: {failed[1]}")
    rate, count = RATE.search(done.stdout), COUNT.search(done.stdout)
    if rate is None or count is None or not int(count[1]):
        raise RuntimeError(f"wrk did not say how fast {target.url} is:\n{done.stdout}")
    return Run(float(rate[1]), spent / int(count[1]))


def ratio(name: str, luna: Target, bare: Target, *, about: str) -> dict[str, object]:
    """Measure two targets in turns and return the median of Luna's rate as a share of the bare one's."""
    run(luna), run(bare)  # Nothing is loaded or compiled for the first time while it counts.
    pairs = [(run(luna), run(bare)) for _ in range(ROUNDS)]
    mine, plain = zip(*pairs, strict=True)
    shares = sorted(one.rate / other.rate for one, other in pairs)
    rates = [round(median(one.rate for one in side)) for side in (mine, plain)]
    costs = [median(one.cpu_ms for one in side) for side in (mine, plain)]
    said = (
        f"{about}: {rates[0]} requests/s beside {rates[1]}, from {shares[0]:.3f} to {shares[-1]:.3f}",
        f"{costs[0]:.1f} ms of processor a request beside {costs[1]:.2f}, which is {costs[1] / costs[0]:.3f}",
        f"{CLIENTS} clients, {ROUNDS} rounds in turns",
    )
    return {
        "name": name,
        "value": round(median(shares), 3),
        "unit": "ratio",
        "baseline": 1.0,
        "note": "; ".join(said),
    }


def _cpu_ms(target: Target) -> float:
    """Return the processor time a server has used so far."""
    fields = (Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split() for pid in target.processes())
    return sum(int(of[11]) + int(of[12]) for of in fields) * TICKS_MS
