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

NAMES = (
    "page.now.ratio",
    "page.series.ratio",
    "checkin.post.ratio_c8",
    "page.now.ratio_signed_in",
    "page.series.ratio_signed_in",
)
CARETAKERS = 160
NOW, SERIES = "a caretaker's Now", "a nurse's page of a series, every task on it,"
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
    """Measure the three against the bare views, each in turns. Without wrk, say so and measure nothing.

    The pages are measured again beside a bare view that at least knows who is signed in.
    """
    if not load.is_here():
        print("wrk is not on this machine, so rates are not measured. Install the package wrk.")
        return []
    with tempfile.TemporaryDirectory(prefix="luna-bench-") as name:
        folder = Path(name)
        luna = running.Luna(folder / "luna")
        try:
            luna.start("--demo")
            now, series = _now(luna), _series(luna)
            with bare(folder / "bare") as plain:
                found = [
                    load.ratio(NAMES[0], now, plain, about=f"{NOW} beside one indexed read"),
                    load.ratio(NAMES[1], series, plain, about=f"{SERIES} beside one indexed read"),
                    _check_ins(luna, plain, folder),
                ]
            with bare(folder / "signed-in", signed_in=True) as plain:
                about = "beside one indexed read by somebody signed in"
                found += [
                    load.ratio(NAMES[3], now, plain, about=f"{NOW} {about}"),
                    load.ratio(NAMES[4], series, plain, about=f"{SERIES} {about}"),
                ]
            return found
        finally:
            luna.end()


@contextmanager
def bare(folder: Path, *, signed_in: bool = False) -> Iterator[Target]:
    """Serve the bare views and give the one that reads. signed_in: behind Django's usual middleware."""
    port = running.free_port()
    environment = {
        **running.BARE,
        "PYTHONPATH": str(running.ROOT),
        "BARE_DATA": str(folder),
        "BARE_SIGNED_IN": str(int(signed_in)),
    }
    command = [sys.executable, "-m", "bench.bare", str(port)]
    server = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
    try:
        assert server.stdout is not None
        cookie = server.stdout.readline().strip()
        target = Target(
            f"http://localhost:{port}/read/7", lambda: _family(server.pid), cookie if signed_in else ""
        )
        _wait(target)
        yield target
    finally:
        server.terminate()
        server.wait(timeout=10)


def _now(luna: running.Luna) -> Target:
    return _page(luna, Visitor(luna.port).become("sam"), "/now")


def _series(luna: running.Luna) -> Target:
    rosa = Visitor(luna.port).become("rosa")
    path = links(rosa.get("/clinic/series").text, r'href="(/clinic/series/[0-9a-f-]{36})"')[0]
    return _page(luna, rosa, path)


def _check_ins(luna: running.Luna, plain: Target, folder: Path) -> dict[str, object]:
    script, inserts = folder / "check-ins.lua", folder / "inserts.lua"
    asks = ", ".join(_ask(one) for one in luna.ask(AT_HOME))
    script.write_text(CHECK_INS % (asks, TOKEN))
    inserts.write_text(dedent(INSERTS))
    before = luna.ask(STORED)
    found = load.ratio(
        NAMES[2],
        Target(luna.url, luna.processes, script=script),
        plain._replace(url=plain.url.replace("/read/7", "/write"), script=inserts),
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
    return Target(f"{luna.url}{path}", luna.processes, who.cookie)


def _family(pid: int) -> list[int]:
    """Return a process and its children."""
    return [pid, *map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split())]


def _wait(target: Target) -> None:
    """Wait until a target answers 200."""
    asked = urllib.request.Request(target.url, headers={"Cookie": target.cookie} if target.cookie else {})
    until = time.monotonic() + READY_S
    while True:
        try:
            urllib.request.urlopen(asked, timeout=2).close()
        except urllib.error.HTTPError:
            raise
        except OSError:
            if time.monotonic() > until:
                raise
            time.sleep(0.05)
        else:
            return
