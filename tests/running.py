"""A real Luna of its own: its data, its keys, its database, its port, its processes."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
import uuid
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from sqlite3 import connect

import psycopg

ROOT = Path(__file__).resolve().parent.parent
NEW_S = 180  # how long ago a demonstration may have been filled and still count as new
START_S = 180  # a demonstration makes all its people first, and this machine may be busy
FILL = """
from django.utils import timezone
from luna import serve
serve.mark_new(for_demo=True, now=timezone.now())
answer = True
"""
START_OVER = """
from django.utils import timezone
from luna import demo
demo.start_over(timezone.now())
answer = True
"""
BARE = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "LANG", "TMPDIR")}


@dataclass
class Luna:
    """One installation in a folder of its own, on the database engine of this test run."""

    folder: Path
    settings: dict[str, str] = field(default_factory=dict)
    port: int = 0
    process: subprocess.Popen | None = None

    def __post_init__(self):
        self.port = self.port or free_port()
        self.folder.mkdir(parents=True, exist_ok=True)

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def url(self) -> str:
        # Passkeys work on localhost only, not on 127.0.0.1.
        return f"http://localhost:{self.port}"

    def environment(self) -> dict[str, str]:
        return {
            **BARE,
            "PYTHONPATH": str(ROOT),
            "PYTHONWARNINGS": "error",
            "LUNA_DATA": str(self.data),
            "PORT": str(self.port),
            **self.settings,
        }

    def run(self, *words: str, text: str = "") -> subprocess.CompletedProcess:
        """Run one command to its end."""
        command = [sys.executable, "-m", "luna", *words]
        return subprocess.run(
            command,
            env=self.environment(),
            input=text,
            text=True,
            capture_output=True,
            cwd=self.folder,
            check=False,
        )

    def ask(self, code: str):
        """Run Python inside this Luna and return what it assigned to `answer`."""
        done = self.run(
            "manage", "shell", "--no-imports", "--command", f"import json\n{code}\nprint(json.dumps(answer))"
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout.splitlines()[-1])

    def start(self, *words: str) -> "Luna":
        """Start `luna serve` and wait until it answers."""
        self.log = self.folder / "serve.log"
        with self.log.open("ab") as log:
            command = [sys.executable, "-m", "luna", "serve", *words]
            self.process = subprocess.Popen(
                command, env=self.environment(), stdout=log, stderr=log, cwd=self.folder
            )
        until = time.monotonic() + START_S
        while self.status() != 200:
            assert self.process.poll() is None, self.log.read_text()
            assert time.monotonic() < until, self.log.read_text()
            time.sleep(0.05)
        return self

    def status(self) -> int | None:
        """Return the status of /health, None while nobody listens."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/health", timeout=5) as response:
                return response.status
        except urllib.error.HTTPError as error:
            with error:
                return error.code
        except OSError:
            return None

    def wait_until(self, condition, *, within_s: float = 30):
        """Return what condition gives as soon as it gives something."""
        until = time.monotonic() + within_s
        while not (found := condition()):
            assert time.monotonic() < until, "It did not happen in time."
            time.sleep(0.2)
        return found

    def wait_for_letters(self, count: int, *, within_s: float = 20) -> list[str]:
        """Return the messages that would have left, once there are so many."""
        until = time.monotonic() + within_s
        while len(found := sorted((self.data / "outbox").glob("*.eml"))) < count:
            assert time.monotonic() < until, f"{len(found)} messages instead of {count}"
            time.sleep(0.1)
        return [path.read_text() for path in found]

    def stop(self) -> float:
        """Ask it to stop and return how many seconds it took."""
        began = time.monotonic()
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(timeout=20)
        return time.monotonic() - began

    def end(self) -> None:
        """Stop, and kill what a failed test may have left."""
        self.stop()
        for pid in self.processes():
            os.kill(pid, signal.SIGKILL)

    def processes(self) -> dict[int, str]:
        """Return every living process of this Luna, by id, with its environment's proof that it is."""
        mark = f"LUNA_DATA={self.data}".encode()
        found = {}
        for folder in Path("/proc").iterdir():
            if folder.name.isdecimal():
                try:
                    alive = (folder / "stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
                    if alive and mark in (folder / "environ").read_bytes().split(b"\0"):
                        found[int(folder.name)] = (
                            (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode()
                        )
                except OSError:
                    continue
        return found


def free_port() -> int:
    """Return a port of this machine that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def new_database(like: str = "") -> dict[str, str]:
    """Return the settings of a fresh database on the engine of this test run: empty, or like that address."""
    if os.environ.get("LUNA_TEST_DB") != "postgres":
        return {}  # SQLite's is a file in the data folder.
    address, name = os.environ["DATABASE_URL"], f"luna_{uuid.uuid4().hex}"
    template = like.rpartition("/")[2] or "template1"
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
    return {"DATABASE_URL": f"{address.rpartition('/')[0]}/{name}"}


def migrated(folder: Path) -> Luna:
    """Return an installation that has its tables, its keys and nothing else, for others to begin as."""
    luna = Luna(folder, new_database())
    for command in ("createcachetable", "migrate"):
        done = luna.run("manage", command, "--verbosity=0")
        assert done.returncode == 0, done.stderr
    return luna


def like(made: Luna, folder: Path, **settings: str) -> Luna:
    """Return a new installation that begins with the tables and keys of another, which does not run."""
    shutil.copytree(made.folder, folder)
    return Luna(folder, {**new_database(made.settings.get("DATABASE_URL", "")), **settings})


class Demonstrations:
    """The made-up clinic, filled now and then and copied in between: filling it takes long."""

    def __init__(self, migrated: Luna, folder: Path) -> None:
        self.migrated, self.folder = migrated, folder
        self.filled, self.filled_at, self.made = None, 0.0, 0

    def new(self) -> Luna:
        """Return an installation that was filled at most NEW_S ago, not yet started."""
        return like(self._fresh(), self._folder("copy"))

    def renew(self, demo: Luna) -> None:
        """Make a demonstration as new, while it runs: all that was done in it is gone."""
        if "DATABASE_URL" in demo.settings:
            demo.ask(START_OVER)
            return
        filled = self._fresh()
        with closing(connect(filled.data / "luna.db")) as new, closing(connect(demo.data / "luna.db")) as old:
            new.backup(old)
        for letter in (demo.data / "outbox").glob("*.eml"):
            letter.unlink()

    def _fresh(self) -> Luna:
        if self.filled is None or time.monotonic() - self.filled_at > NEW_S:
            self.filled, self.filled_at = like(self.migrated, self._folder("filled")), time.monotonic()
            self.filled.ask(FILL)
        return self.filled

    def _folder(self, name: str) -> Path:
        self.made += 1
        return self.folder / f"{name}-{self.made}"
