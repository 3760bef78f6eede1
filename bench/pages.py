"""How fast pages are beside a bare Django view on the same server with the same flags."""

import json
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from textwrap import dedent
from typing import Any

from bench import load
from bench.load import Target
from bench.visitor import Visitor, links
from tests import running

NAMES = ("page.now.ratio", "page.series.ratio", "checkin.post.ratio_c8")
CARETAKERS = 160
READY_S = 20

AT_HOME = f"""
from django.utils import timezone
from tests import crowd
answer = crowd.at_home({CARETAKERS}, timezone.now())
"""
TOKEN = "c" * 32
# wrk asks `request` for each request: another caretaker each time, and a client_id nobody used before.
CHECK_INS = """
local asks = {%s}
local n = 0
math.randomseed(os.time())
function request()
  n = n + 1
  local ask = asks[n %% #asks + 1]
  local id = string.format("%%08x-0000-7000-8000-%%06x%%06x", os.time(), math.random(0, 16777215), n)
  return wrk.format("POST", ask[1], {["Cookie"] = ask[2],
    ["Content-Type"] = "application/x-www-form-urlencoded"},
    "csrfmiddlewaretoken=%s&client_id=" .. id ..
    "&wake=awake&breathing=easy&other=fine")
end
"""
INSERTS = """
wrk.method = "POST"
wrk.body = "text=The+check-in+of+nobody+in+particular"
wrk.headers["Content-Type"] = "application/x-www-form-urlencoded"
"""
STORED = """
from luna.records.models import Response
answer = Response.objects.count()
"""


def measure() -> list[dict[str, object]]:
    """Measure the three against the bare views, each in turns. Without wrk, say so and measure nothing."""
    if not load.is_here():
        print("wrk is not on this machine, so rates are not measured. Install the package wrk.")
        return []
    with tempfile.TemporaryDirectory(prefix="luna-bench-") as folder:
        luna = running.Luna(Path(folder) / "luna")
        try:
            luna.start("--demo")
            with bare(Path(folder) / "bare") as plain:
                return [_now(luna, plain), _series(luna, plain), _check_ins(luna, plain, Path(folder))]
        finally:
            luna.end()


@contextmanager
def bare(folder: Path) -> Iterator[str]:
    """Serve the bare views and give their address."""
    port = running.free_port()
    environment = {**running.BARE, "PYTHONPATH": str(running.ROOT), "BARE_DATA": str(folder)}
    server = subprocess.Popen([sys.executable, "-m", "bench.bare", str(port)], env=environment)
    url = f"http://localhost:{port}"
    try:
        _wait(f"{url}/read/1")
        yield url
    finally:
        server.terminate()
        server.wait(timeout=10)


def _now(luna: running.Luna, plain: str) -> dict[str, object]:
    sam = Visitor(luna.port).become("sam")
    return load.ratio(
        NAMES[0],
        _page(luna, sam, "/now"),
        Target(f"{plain}/read/7"),
        about="a caretaker's Now beside one indexed read",
    )


def _series(luna: running.Luna, plain: str) -> dict[str, object]:
    rosa = Visitor(luna.port).become("rosa")
    path = links(rosa.get("/clinic/series").text, r'href="(/clinic/series/[0-9a-f-]{36})"')[0]
    return load.ratio(
        NAMES[1],
        _page(luna, rosa, path),
        Target(f"{plain}/read/7"),
        about="a nurse's page of a series with every task beside one indexed read",
    )


def _check_ins(luna: running.Luna, plain: str, folder: Path) -> dict[str, object]:
    script, inserts = folder / "check-ins.lua", folder / "inserts.lua"
    asks = ", ".join(_ask(one) for one in luna.ask(AT_HOME))
    script.write_text(CHECK_INS % (asks, TOKEN))
    inserts.write_text(dedent(INSERTS))
    before = luna.ask(STORED)
    found = load.ratio(
        NAMES[2],
        Target(luna.url, script=script),
        Target(f"{plain}/write", script=inserts),
        about=f"check-ins of {CARETAKERS} caretakers beside one durable insert",
    )
    if (stored := luna.ask(STORED) - before) < 10:
        raise RuntimeError(f"Only {stored} check-ins were stored: this measured something else.")
    return {**found, "note": f"{found['note']}; {stored} check-ins stored"}


def _ask(caretaker: dict[str, Any]) -> str:
    """Return a caretaker's check-in as Lua's {path, cookies}."""
    cookies = "; ".join(
        f"{name}={value}" for name, value in {**caretaker["cookies"], "csrftoken": TOKEN}.items()
    )
    return "{" + f"{json.dumps('/check-in/' + caretaker['check_in'])}, {json.dumps(cookies)}" + "}"


def _page(luna: running.Luna, who: Visitor, path: str) -> Target:
    """Return a page as a target, once it is sure that it is the page and not a way to sign in."""
    answer = who.get(path)
    if answer.status != 200:
        raise RuntimeError(f"{path} answered {answer.status}, not the page.")
    return Target(f"{luna.url}{path}", cookie=who.cookie)


def _wait(url: str) -> None:
    until = time.monotonic() + READY_S
    while True:
        try:
            urllib.request.urlopen(url, timeout=2).close()
        except (urllib.error.URLError, OSError):
            if time.monotonic() > until:
                raise
            time.sleep(0.05)
        else:
            return
