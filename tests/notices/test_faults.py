"""Kill real workers at any line, with a real mail server, on the engine of this test run.

What must hold, whatever dies when:
- routine: sent exactly once, or `unknown` and taken by the server at most once; never twice;
- urgent: taken at least once, however often always as the same message;
- nothing is lost: every message ends as sent or unknown, and its row says which.
"""

import random
import subprocess
import sys
import threading
import time
from collections import Counter

import pytest

from tests.notices.mailserver import TAKE_AND_DROP

pytestmark = [pytest.mark.processes, pytest.mark.both_engines]

ROUTINE, URGENT = 12, 6
KILLED = -9
LINES_TO_FIRST = 1500  # about as many as a worker runs through until its first message has left

SEED = f"""
from datetime import UTC, datetime
from tests.cast import build
from tests.notices.ledger import planned, rung
now = datetime.now(UTC)
cast = build(now)
routine = [planned(cast, now, key=f"routine{{n}}").id.hex for n in range({ROUTINE})]
urgent = [rung(cast, now, key=f"urgent{{n}}").id.hex for n in range({URGENT})]
answer = [routine, urgent]
"""
REPORT = """
from luna.notices.models import Attempt, Notice
answer = {
    notice.id.hex: [notice.state, [a.outcome for a in notice.attempts.order_by("at", "id")]]
    for notice in Notice.objects.all()
}
"""


@pytest.fixture
def house(mailing):
    """A real installation with a mail server, 12 routine and 6 urgent messages due now."""
    luna, server = mailing
    routine, urgent = luna.ask(SEED)
    return luna, server, routine, urgent


def worker(luna, *words: str, lease_s: float = 1.0) -> subprocess.Popen:
    command = [sys.executable, "-m", "tests.notices.worker", str(lease_s), *words]
    return subprocess.Popen(
        command, env=luna.environment(), cwd=luna.folder, stderr=subprocess.PIPE, stdout=subprocess.PIPE
    )


def finish(process: subprocess.Popen) -> int:
    """Wait for a worker; return how it ended, showing what it said unless it ended well or was killed."""
    out, err = process.communicate(timeout=90)
    assert process.returncode in (0, KILLED), (out + err).decode()
    return process.returncode


def check(server, report, routine, urgent):
    taken = Counter(letter.key for letter in server.taken)
    states = {key: state for key, (state, _tries) in report.items()}
    assert set(states.values()) <= {"sent", "unknown"}
    assert set(taken) <= set(states)
    assert {key: taken[key] for key in routine if states[key] == "sent" and taken[key] != 1} == {}
    assert {key: taken[key] for key in routine if taken[key] > 1} == {}
    assert {key: states[key] for key in urgent if states[key] != "sent" or not taken[key]} == {}
    for key, (state, tries) in report.items():
        assert tries.count("accepted") == (1 if state == "sent" else 0), (key, state, tries)
        assert tries[0] == "started"


@pytest.mark.hazard("H5")
@pytest.mark.parametrize("seed", [1, 2])
def test_workers_killed_at_any_line_lose_and_double_nothing(house, seed):
    luna, server, routine, urgent = house
    chance = random.Random(seed)
    kills = 0

    while kills < 8 and finish(worker(luna, str(chance.randint(1, 2 * LINES_TO_FIRST)))) == KILLED:
        kills += 1
    finish(worker(luna))

    assert kills >= 4
    check(server, luna.ask(REPORT), routine, urgent)


@pytest.mark.hazard("H5")
def test_two_workers_at_once_one_killed_again_and_again(house):
    luna, server, routine, urgent = house
    if "DATABASE_URL" not in luna.settings:
        pytest.skip("On SQLite there is one worker.")
    chance = random.Random(3)

    steady = worker(luna)
    while steady.poll() is None:
        finish(worker(luna, str(chance.randint(1, LINES_TO_FIRST))))
    assert finish(steady) == 0
    finish(worker(luna))

    check(server, luna.ask(REPORT), routine, urgent)


@pytest.mark.hazard("H5")
def test_worker_killed_after_the_server_said_yes_leaves_the_right_doubt(house):
    """The line after the talk with the mail server is where both policies differ."""
    luna, server, routine, urgent = house
    server.answers["END"] = TAKE_AND_DROP  # the worker cannot tell this from dying itself

    process = worker(luna)
    while not {letter.key for letter in server.taken} >= {*routine, *urgent}:
        assert process.poll() is None
    server.answers.clear()
    finish(process)

    report = luna.ask(REPORT)
    taken = Counter(letter.key for letter in server.taken)
    assert {report[key][0] for key in routine} == {"unknown"}
    assert {taken[key] for key in routine} == {1}
    assert {report[key][0] for key in urgent} == {"sent"}
    assert min(taken[key] for key in urgent) >= 2


@pytest.mark.hazard("H5")
def test_worker_killed_with_several_on_their_way(house):
    """Each of them was written down before it left, and none is sent again that may have arrived."""
    luna, server, routine, urgent = house
    held, go_on = [], threading.Event()

    def answer(stage: str) -> str:
        if stage == "END" and len(server.taken) >= URGENT + 3:
            held.append(stage)
            go_on.wait(30)
        return "250 yes"

    server.answer = answer
    process = worker(luna)
    until = time.monotonic() + 60
    while len(held) < 4:
        assert process.poll() is None
        assert time.monotonic() < until
        time.sleep(0.02)
    process.kill()
    assert finish(process) == KILLED
    written_down = [state for state, _tries in luna.ask(REPORT).values()]
    go_on.set()
    finish(worker(luna))

    report = luna.ask(REPORT)
    assert written_down.count("sending") >= 4
    assert [report[key][0] for key in routine].count("unknown") >= 4
    check(server, report, routine, urgent)


def test_mail_server_that_stumbles_gets_every_message_once(house):
    luna, server, routine, urgent = house
    chance = random.Random(5)
    stumbles = ["250 yes", "451 later", "421 closing"]
    server.answer = lambda stage: chance.choice(stumbles) if stage in ("RCPT", "END") else "250 yes"

    finish(worker(luna))

    taken = Counter(letter.key for letter in server.taken)
    report = luna.ask(REPORT)
    assert {state for state, _tries in report.values()} == {"sent"}
    assert taken == Counter([*routine, *urgent])
