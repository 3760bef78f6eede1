"""`luna serve` as an operator meets it: real processes, killed in every way."""

import contextlib
import json
import os
import signal
import socket
import threading
import time
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from luna.escalation import watchdog
from tests import running

pytestmark = [pytest.mark.processes, pytest.mark.both_engines]

RESTART_S = watchdog.RESTART_AFTER.total_seconds()
BEATS = """
from luna.feed.models import Heartbeat
answer = [str(beat.at) for beat in Heartbeat.objects.all()]
"""


def children_of(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def wait_for(condition, *, within_s: float = 20):
    until = time.monotonic() + within_s
    while not (found := condition()):
        assert time.monotonic() < until, "It did not happen in time."
        time.sleep(0.05)
    return found


def test_serve_answers_health(bare_luna):
    bare_luna.start()

    with urllib.request.urlopen(f"{bare_luna.url}/health") as response:
        answer = json.load(response)

    assert answer["status"] == "ok"


def test_second_start_keeps_the_data(luna):
    luna.start().stop()
    first = luna.ask(
        "from luna.people.models import Installation\nanswer = str(Installation.objects.get().created_at)"
    )

    luna.start().stop()

    second = luna.ask(
        "from luna.people.models import Installation\nanswer = str(Installation.objects.get().created_at)"
    )
    assert second == first


def test_stop_is_clean_and_quick(luna):
    luna.start()

    seconds = luna.stop()

    assert seconds < 5
    assert luna.process.returncode == 0
    assert luna.processes() == {}


def test_stop_while_somebody_holds_a_connection_open(luna):
    luna.start()
    with socket.create_connection(("127.0.0.1", luna.port)) as slow:
        slow.sendall(b"GET /health HTTP/1.1\r\nHost: localhost\r\n")

        seconds = luna.stop()

    assert seconds < 5
    assert luna.processes() == {}


def test_interrupt_from_a_terminal_stops_everything(luna):
    luna.start()

    for pid in luna.processes():  # A terminal sends Ctrl-C to every process of the group.
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGINT)

    assert luna.process.wait(timeout=5) == 0
    assert luna.processes() == {}


def test_killed_supervisor_leaves_no_process(luna):
    luna.start()

    luna.process.kill()

    wait_for(lambda: not luna.processes(), within_s=5)


@pytest.mark.parametrize("nth", [0, 1], ids=["web", "tick"])
def test_killed_child_comes_back(luna, nth):
    luna.start()
    before = children_of(luna.process.pid)[:2]

    os.kill(before[nth], signal.SIGKILL)

    wait_for(lambda: before[nth] not in luna.processes() and len(children_of(luna.process.pid)) >= 2)
    wait_for(lambda: luna.status() == 200)
    assert before[1 - nth] in luna.processes()


def test_killed_web_worker_comes_back(luna):
    luna.start()
    web = children_of(luna.process.pid)[0]
    before = children_of(web)

    os.kill(before[0], signal.SIGKILL)

    wait_for(lambda: len(children_of(web)) == 2 and before[0] not in children_of(web))
    wait_for(lambda: luna.status() == 200)


def test_tick_beats(luna):
    luna.start()

    assert len(wait_for(lambda: luna.ask(BEATS))) == 1


@pytest.mark.hazard("H5")
def test_frozen_tick_is_replaced_and_the_outside_watcher_hears_no_lie(luna):
    heard = []

    class Watcher(BaseHTTPRequestHandler):
        def do_GET(self):
            heard.append(time.monotonic())
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_args):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Watcher) as watcher:
        threading.Thread(target=watcher.serve_forever, daemon=True).start()
        luna.settings["LUNA_HEARTBEAT_URL"] = f"http://127.0.0.1:{watcher.server_port}/"
        luna.start()
        tick = children_of(luna.process.pid)[1]
        wait_for(lambda: heard)

        os.kill(tick, signal.SIGSTOP)

        wait_for(lambda: tick not in luna.processes(), within_s=RESTART_S + 20)
        told_while_frozen = len(heard)
        wait_for(lambda: len(luna.ask(BEATS)) == 1)
        watcher.shutdown()
    assert told_while_frozen == 1


def test_second_serve_on_the_same_data_is_refused(luna, make_luna):
    luna.start()
    other = make_luna(bare=True)  # in the same folder
    other.folder, other.settings = luna.folder, luna.settings

    done = other.run("serve")

    assert done.returncode == 1
    assert done.stderr.startswith("Luna cannot start. It already runs on")


def test_port_in_use_is_said(luna):
    with socket.create_server(("127.0.0.1", luna.port)):
        done = luna.run("serve")

    assert done.returncode == 1
    assert f"It cannot listen on 127.0.0.1 port {luna.port}: Address already in use." in done.stderr
    assert f"PORT={luna.port + 1}" in done.stderr


def test_real_database_is_never_a_demo(luna):
    luna.start().stop()

    done = luna.run("serve", "--demo")

    assert done.returncode == 1
    assert "This database is not a demo." in done.stderr


def test_wrong_setting_is_said_with_the_way_to_mend_it(luna):
    luna.settings["LUNA_WORKERS"] = "many"

    done = luna.run("serve")

    assert done.returncode == 1
    assert done.stderr.splitlines()[0] == (
        "LUNA_WORKERS is 'many', not a whole number. Write a number from 1 to 64, or leave it unset."
    )


def test_data_without_its_keys_is_not_given_new_ones(luna):
    if running.new_database():
        pytest.skip("Only SQLite's database is a file that can be seen before it is opened.")
    luna.start().stop()
    luna.data.with_name("data-keys").rename(luna.folder / "elsewhere")

    done = luna.run("serve")

    assert done.returncode == 1
    assert "Put the key folder of this database back" in done.stderr


def test_encrypted_database_serves_and_holds_no_plain_text(bare_luna):
    if running.new_database():
        pytest.skip("Encryption of the whole file is SQLite's; on PostgreSQL the disk is encrypted.")
    luna = bare_luna
    key = luna.folder / "db.key"
    key.write_text("5e" * 32)
    luna.settings["LUNA_DB_KEY_FILE"] = str(key)

    luna.start().stop()

    assert b"SQLite format 3" not in (luna.data / "luna.db").read_bytes()
    key.write_text("6f" * 32)
    assert "LUNA_DB_KEY_FILE" in luna.run("serve").stderr
