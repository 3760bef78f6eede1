"""How many messages a second leave or are decided, and how long an urgent one waits behind ten thousand.

The mail server is on loopback and takes 20 ms for each message, as a provider does. Workers are processes
of their own that do what the clock does for messages, again and again: one and two on SQLite, where a second
clock does not start, and one and two on PostgreSQL. Decided: nothing leaves, since half come too late and
half may not be read by their reader any more. Urgent messages are planned one after the other while ten
thousand are due.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bench import kill9
from tests import running
from tests.notices import mailserver

NAMES = (
    "notices.drain.per_s_sqlite_1",
    "notices.drain.per_s_sqlite_2",
    "notices.drain.per_s_postgres_1",
    "notices.drain.per_s_postgres_2",
    "notices.drain.decided_per_s_sqlite_1",
    "notices.drain.decided_per_s_sqlite_2",
    "notices.drain.decided_per_s_postgres_1",
    "notices.drain.decided_per_s_postgres_2",
    "notices.urgent_behind_10k.p95_ms",
)
HOUSES = (("sqlite", 1), ("sqlite", 2), ("postgres", 1), ("postgres", 2))  # engine, workers
MESSAGES, OVERDUE, MANY, URGENT = 1_000, 5_000, 10_000, 20
PROVIDER_S = 0.020
LONGEST_S = 300
ENGINES = {"sqlite": kill9.sqlite, "postgres": kill9.postgresql}

FILL = """
from datetime import UTC, datetime
from luna.notices.models import Notice
from tests.cast import build
now = datetime.now(UTC)
cast = build(now)
Notice.objects.bulk_create([
    Notice(
        key=f"n{{n}}", words="moved", clinic=cast.harbour, patient=cast.ana_patient, to_user=cast.bea,
        values={{"was_at": now.isoformat(), "starts_at": now.isoformat()}}, due_at=now, created_at=now,
    ) for n in range({count})
])
answer = True
"""
OVER = """
from datetime import UTC, datetime, timedelta
from luna.notices.models import Notice
from tests.cast import build
now = datetime.now(UTC)
cast = build(now)
values = {{"was_at": now.isoformat(), "starts_at": now.isoformat()}}
half = {count} // 2
Notice.objects.bulk_create([
    Notice(
        key=f"n{{n}}", words="moved", clinic=cast.harbour, patient=cast.ana_patient, values=values,
        to_user=cast.bea if n < half else cast.cal, due_at=now - timedelta(days=3 if n < half else 0),
        created_at=now,
    ) for n in range({count})
])
answer = True
"""
LEFT = """
from luna.notices.models import Attempt, Notice
late = Attempt.objects.filter(reason="too-late").count()
answer = late, Notice.objects.filter(state="void").count(), Notice.objects.filter(state="planned").count()
"""
URGE = """
import time
from datetime import UTC, datetime
from luna.notices import actions
from luna.people.models import Clinic, User
nia, harbour = User.objects.get(email="nia@example.org"), Clinic.objects.get(name="Harbour Clinic")
answer = {{}}
for n in range({count}):
    now = datetime.now(UTC)
    row = actions.plan(
        key=f"urgent{{n}}", words="rung", clinic_id=harbour.id, to_user_id=nia.id, due_at=now, urgent=True,
        values={{"escalation": "0193e0f0-0000-7000-8000-000000000000"}}, now=now,
    )
    answer[row.id.hex] = time.time()
    time.sleep(0.5)
"""


class SlowServer(mailserver.MailServer):
    """A mail server that takes its time for each message, and notes when it had it."""

    def __init__(self) -> None:
        super().__init__()
        self.times: list[float] = []

    def answer(self, stage: str) -> str:
        """Say yes; to a whole message only after a while."""
        if stage == "END":
            time.sleep(PROVIDER_S)
            self.times.append(time.time())
        return "250 yes"


def measure() -> list[dict[str, Any]]:
    """Send a thousand and decide five thousand with each number of workers, then urgent ones behind many."""
    found = []
    for name, (kind, workers) in zip(NAMES, HOUSES, strict=False):
        with _house(kind, FILL, MESSAGES) as (luna, server):
            per_s = _drain(luna, server, workers)
        note = f"{MESSAGES} due messages, {workers} worker(s), {kind}, 20 ms in the mail server for each"
        found.append(_result(name, per_s, "1/s", note))
    for name, (kind, workers) in zip(NAMES[len(HOUSES) :], HOUSES, strict=False):
        with _house(kind, OVER, OVERDUE) as (luna, server):
            per_s = _decide(luna, server, workers)
        note = f"{OVERDUE} overdue messages of which none is sent, {workers} worker(s), {kind}"
        found.append(_result(name, per_s, "1/s", note))
    with _house("sqlite", FILL, MANY) as (luna, server):
        p95 = _urge(luna, server)
    note = f"{URGENT} urgent messages behind {MANY} due ones, one worker, sqlite, from planned to taken"
    return [*found, _result(NAMES[-1], p95, "ms", note)]


def _result(name: str, value: float, unit: str, note: str) -> dict[str, Any]:
    return {"name": name, "value": value, "unit": unit, "baseline": None, "note": f"{note}; {_load()}"}


def _load() -> str:
    """Say how busy the machine was in the last minute, this measure included."""
    return f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores"


@contextmanager
def _house(kind: str, code: str, count: int) -> Iterator[tuple[running.Luna, SlowServer]]:
    with (
        tempfile.TemporaryDirectory(prefix="luna-bench-") as folder,
        ENGINES[kind]() as settings,
        mailserver.running(SlowServer) as server,
    ):
        more = {"LUNA_SMTP_URL": f"smtp://127.0.0.1:{server.port}"}
        luna = running.Luna(Path(folder), {**settings, **more})
        luna.run("manage", "migrate", "--verbosity=0").check_returncode()
        luna.ask(code.format(count=count))
        yield luna, server


def _drain(luna: running.Luna, server: SlowServer, workers: int) -> float:
    """Return how many messages a second were taken, from the first to the last."""
    with _working(luna, workers):
        _wait(lambda: len(server.times) >= MESSAGES)
    if len({letter.key for letter in server.taken}) != len(server.times):
        raise RuntimeError("A message was taken twice.")
    return round((len(server.times) - 1) / (server.times[-1] - server.times[0]), 1)


def _decide(luna: running.Luna, server: SlowServer, workers: int) -> float:
    """Return how many were decided a second, from the first worker's start to the last one's end."""
    command = [sys.executable, "-m", "bench.notices_drain", "until-done"]
    processes = [
        subprocess.Popen(command, env=luna.environment(), cwd=luna.folder, stdout=subprocess.PIPE)
        for _ in range(workers)
    ]
    times = [json.loads(process.communicate(timeout=LONGEST_S)[0]) for process in processes]
    if luna.ask(LEFT) != [OVERDUE // 2, OVERDUE // 2, 0] or server.times:
        raise RuntimeError("Not every message was decided as it should be.")
    return round(OVERDUE / (max(end for _begin, end in times) - min(begin for begin, _end in times)), 1)


def _urge(luna: running.Luna, server: SlowServer) -> float:
    """Return how long the twentieth of twenty urgent messages by length took, in ms."""
    with _working(luna, 1):
        _wait(lambda: len(server.times) > 10)
        planned = luna.ask(URGE.format(count=URGENT))
        _wait(lambda: {letter.key for letter in server.taken} >= set(planned))
    taken = {letter.key: at for letter, at in zip(server.taken, server.times, strict=False)}
    waits = sorted((taken[key] - at) * 1000 for key, at in planned.items())
    return round(waits[int(len(waits) * 0.95) - 1])


@contextmanager
def _working(luna: running.Luna, workers: int) -> Iterator[None]:
    """Let workers send until the block ends."""
    command = [sys.executable, "-m", "bench.notices_drain"]
    processes = [subprocess.Popen(command, env=luna.environment(), cwd=luna.folder) for _ in range(workers)]
    try:
        yield
    finally:
        for process in processes:
            process.terminate()
            process.wait()


def _wait(condition: Any) -> None:
    until = time.monotonic() + LONGEST_S
    while not condition():
        if time.monotonic() > until:
            raise RuntimeError("The messages did not leave in time.")
        time.sleep(0.05)


def work(*, until_done: bool) -> None:
    """Do what the clock does for messages, until somebody ends this or, if so asked, nothing is left.

    Then print when it began and when it last did anything, in seconds.
    """
    import django  # noqa: PLC0415 -- the settings of this process are known only now

    os.environ["DJANGO_SETTINGS_MODULE"] = "luna.settings"
    django.setup()
    from django.db import connection  # noqa: PLC0415 -- needs the settings above
    from django.utils import timezone  # noqa: PLC0415 -- needs the settings above

    from luna.notices import jobs  # noqa: PLC0415 -- needs the settings above
    from luna.notices.models import Notice  # noqa: PLC0415 -- needs the settings above

    began = ended = Notice.objects.exists() and time.time()
    while not until_done or Notice.objects.filter(state=Notice.State.PLANNED).exists():
        if jobs.run(timezone.now()):
            ended = time.time()
        else:
            time.sleep(0.05)
    print(json.dumps([began, ended]))
    connection.close()


if __name__ == "__main__":
    work(until_done="until-done" in sys.argv)
