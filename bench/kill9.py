"""What is lost or doubled when the tick and the server are killed with -9 in mid-work.

A demonstration runs while caretakers send check-ins, some of them alarming, and mark steps. In each
round one of its processes is killed at a moment nobody chose, and at the end of the round all of them.
A form that got no answer is sent again as it was, as a phone does, until it is answered. Then:

- every form that was answered is stored, and stored once;
- every alarming answer opened or joined an escalation;
- of a routine message the outbox holds at most one copy, and one if the ledger says sent;
- of an urgent one it holds at least one, and they are all the same message.
"""

import os
import random
import signal
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from http.client import HTTPException
from itertools import cycle
from pathlib import Path
from typing import Any
from uuid import uuid4

from bench.visitor import Visitor
from tests import postgres, running

NAMES = ("kill9.lost", "kill9.doubled")
ROUNDS = 10
PEOPLE, CLIENTS = 40, 4
WORK_S = (0.5, 2.0)  # how long they work before the kill: at random between these
AFTER_S = 1.0  # and after everything answers again
BACK_S = 40
VICTIMS = ("tick", "worker", "web", "all")
ALARMING = 4  # every so many-th check-in
FINE = {"wake": "awake", "breathing": "easy", "other": "fine"}
ALARM = {"wake": "awake", "breathing": "bad", "other": "fine"}

AT_HOME = f"""
from django.utils import timezone
from tests import crowd
answer = crowd.at_home({PEOPLE}, timezone.now())
"""
# Whatever the last kill left in the air: a lease runs out after minutes, so the clock is put forward.
SETTLE = """
from datetime import timedelta
from django.utils import timezone
from luna.careplan import jobs as careplan
from luna.escalation import jobs as escalation
from luna.notices import jobs as notices
now = timezone.now()
while careplan.run(now) + escalation.run(now) + notices.run(now):
    pass
while notices.run(now + timedelta(minutes=6)):
    pass
answer = True
"""
STORED = """
from luna.careplan.models import Mark
from luna.escalation.models import EscalationStep
from luna.notices.models import Notice
from luna.records.models import Response
told = set(EscalationStep.objects.values_list("about_id", flat=True))
alarming = Response.objects.filter(urgency__gt=0)
facts = [*Mark.objects.all(), *Response.objects.all()]
answer = {
    "forms": [fact.client_id.hex for fact in facts],
    "silent": [one.client_id.hex for one in alarming if str(one.id) not in told],
    "notices": {one.id.hex: [one.urgent, one.state] for one in Notice.objects.all()},
}
"""


@dataclass
class Caretaker:
    """One caretaker's forms, sent one after another, each until it is answered."""

    visitor: Visitor
    check_in: str
    steps: list[list[Any]]  # task key, booking revision, what they said last
    turns: int
    answered: list[str] = field(default_factory=list)
    again: int = 0  # how often a form had to be sent again

    def send(self) -> None:
        """Send the next form, a check-in or a step, and send it again until it is answered."""
        self.turns += 1
        form = uuid4()
        path, fields = self._check_in() if self.turns % 2 else self._step()
        while not (status := _status(self.visitor, path, {**fields, "client_id": str(form)})):
            self.again += 1
            time.sleep(0.05)
        if status != 302:
            raise RuntimeError(f"{path} answered {status}, not a redirect.")
        self.answered.append(form.hex)

    def _check_in(self) -> tuple[str, dict[str, str]]:
        return f"/check-in/{self.check_in}", FINE if self.turns % ALARMING else ALARM

    def _step(self) -> tuple[str, dict[str, str]]:
        """Say the other thing of a step than last time, so that each form is a fact of its own."""
        step = self.steps[self.turns // 2 % len(self.steps)]
        key, revision, said = step
        step[2] = not said
        return f"/steps/{key}/mark", {"done": "no" if said else "yes", "revision": str(revision)}


def _status(visitor: Visitor, path: str, fields: dict[str, str]) -> int | None:
    """Send a form; return the status, None when nobody answered it."""
    try:
        status = visitor.post(path, fields).status
    except (OSError, HTTPException):
        return None
    return status if status < 500 else None


def measure() -> list[dict[str, object]]:
    """Kill Luna on both engines and count what is lost and what is doubled."""
    found = [trial(engine, rounds=ROUNDS) for engine in (sqlite, postgresql)]
    lost, doubled = sum(len(one.lost) for one in found), sum(len(one.doubled) for one in found)
    note = "; ".join(one.said for one in found)
    return [
        {"name": name, "value": value, "unit": "count", "baseline": 0, "note": note}
        for name, value in zip(NAMES, (lost, doubled), strict=True)
    ]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one trial came to."""

    lost: list[str]
    doubled: list[str]
    said: str


@contextmanager
def sqlite() -> Iterator[dict[str, str]]:
    """Give the settings of a new SQLite database."""
    yield {}


@contextmanager
def postgresql() -> Iterator[dict[str, str]]:
    """Give the settings of a new PostgreSQL cluster, gone afterwards."""
    with postgres.cluster() as url:
        yield {"DATABASE_URL": url}


def trial(engine: Callable[[], AbstractContextManager[dict[str, str]]], *, rounds: int) -> Outcome:
    """Run and kill a demonstration `rounds` times on one engine, then count."""
    chance = random.Random(rounds)
    with tempfile.TemporaryDirectory(prefix="luna-bench-") as folder, engine() as settings:
        luna = running.Luna(Path(folder), settings)
        try:
            luna.start("--demo")
            people = [_caretaker(luna.port, n, one) for n, one in enumerate(luna.ask(AT_HOME))]
            before = luna.ask(STORED)
            for number in range(rounds):
                _round(luna, people, VICTIMS[number % len(VICTIMS)], chance)
            luna.ask(SETTLE)
            return _count(engine.__name__, people, before, luna.ask(STORED), _letters(luna))
        finally:
            luna.end()


def _caretaker(port: int, number: int, given: dict[str, Any]) -> Caretaker:
    visitor = Visitor(port, {**given["cookies"], "csrftoken": "c" * 32})
    return Caretaker(visitor=visitor, check_in=given["check_in"], steps=given["steps"], turns=number)


def _letters(luna: running.Luna) -> Counter[str]:
    """Return how many copies of each notice the outbox holds: a Message-ID begins with the notice's id."""
    found = (message_from_bytes(path.read_bytes()) for path in (luna.data / "outbox").glob("*.eml"))
    return Counter(letter["Message-ID"].strip("<>").partition("@")[0] for letter in found)


def _count(
    name: str,
    people: list[Caretaker],
    before: dict[str, Any],
    after: dict[str, Any],
    letters: Counter[str],
) -> Outcome:
    answered = [form for one in people for form in one.answered]
    stored = Counter(after["forms"]) - Counter(before["forms"])
    lost = [form for form in answered if not stored[form]] + after["silent"]
    doubled = list((stored - Counter(set(answered))).elements())
    for notice, (urgent, state) in after["notices"].items():
        if notice in before["notices"] and before["notices"][notice][1] == "sent":
            continue  # of the days before the demonstration began: nothing was ever handed over
        if (state == "sent" and not letters[notice]) or (urgent and state in ("sending", "unknown")):
            lost.append(notice)
        if not urgent and letters[notice] > 1:
            doubled.append(notice)
    again = sum(one.again for one in people)
    said = (
        f"{name}: {len(answered)} forms answered, {again} tries unanswered, {sum(letters.values())} messages"
    )
    return Outcome(lost, doubled, said)


def _round(luna: running.Luna, people: list[Caretaker], victim: str, chance: random.Random) -> None:
    """Let people work, kill the victim, wait until Luna answers again, then kill everything."""
    if luna.process is None or luna.process.poll() is not None:
        luna.start("--demo")
    with _working(people):
        time.sleep(chance.uniform(*WORK_S))
        _kill(luna, victim)
        if victim == "all":
            luna.start("--demo")
        _wait(lambda: luna.status() == 200)
        time.sleep(AFTER_S)
        _kill(luna, "all")
        luna.start("--demo")


@contextmanager
def _working(people: list[Caretaker]) -> Iterator[None]:
    """Let the caretakers send forms meanwhile, and wait until each has its last answer."""
    over, problems = threading.Event(), []

    def work(mine: list[Caretaker]) -> None:
        try:
            for one in cycle(mine):
                if over.is_set():
                    return
                one.send()
        except Exception as problem:  # It must be seen in the thread that measures.
            problems.append(problem)

    threads = [threading.Thread(target=work, args=(people[n::CLIENTS],)) for n in range(CLIENTS)]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        over.set()
        for thread in threads:
            thread.join(BACK_S)
    if problems:
        raise problems[0]


def _kill(luna: running.Luna, victim: str) -> None:
    """Kill with -9: one child, or the supervisor, after which the kernel takes all the others along."""
    assert luna.process is not None
    pid = luna.process.pid
    if victim != "all":
        _wait(lambda: len(_children(pid)) >= 2)
        web, tick = _children(pid)[:2]
        pid = {"tick": tick, "web": web, "worker": (_children(web) or [web])[0]}[victim]
    os.kill(pid, signal.SIGKILL)
    if victim == "all":
        luna.process.wait()
        _wait(lambda: not luna.processes())


def _children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def _wait(condition: Callable[[], bool]) -> None:
    until = time.monotonic() + BACK_S
    while not condition():
        if time.monotonic() > until:
            raise RuntimeError("Luna did not come back.")
        time.sleep(0.05)
