"""Processes of a real installation that a test drives: workers whose clock is told, and code that waits."""

import subprocess
import sys
from collections.abc import Iterable
from datetime import datetime

from tests.running import Luna

KILLED = -9


def begin(luna: Luna, *words: str) -> subprocess.Popen:
    """Start Python in an installation, with all its ends at hand."""
    return subprocess.Popen(
        [sys.executable, *words],
        env=luna.environment(),
        cwd=luna.folder,
        text=True,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


class Told:
    """A worker whose clock is told; another takes over whenever it was killed."""

    def __init__(self, luna: Luna, kill_at: Iterable[int] = ()) -> None:
        self.luna, self.kill_at, self.killed = luna, list(kill_at), 0
        self.process = self.begin()

    def begin(self) -> subprocess.Popen:
        lines = [str(self.kill_at.pop(0))] if self.kill_at else []
        return begin(self.luna, "-m", "tests.notices.worker", "1.0", "told", *lines)

    def tell(self, at: datetime) -> None:
        """Set the clock, and go on with what follows."""
        self.process.stdin.write(f"{at.isoformat()}\n")
        self.process.stdin.flush()

    def wait(self) -> bool:
        """Wait until all is settled; say whether it lived to say so."""
        if self.process.stdout.readline():
            return True
        _out, err = self.process.communicate()
        assert self.process.returncode == KILLED, err
        self.killed += 1
        return False

    def until_settled(self, at: datetime) -> None:
        """Set the clock and wait until all is settled, however many workers that takes."""
        self.tell(at)
        while not self.wait():
            self.process = self.begin()
            self.tell(at)

    def end(self) -> None:
        """Close its input, on which it ends, and see that it ended well."""
        _out, err = self.process.communicate()
        assert self.process.returncode == 0, err


class Standby:
    """Code of an installation that waits for its moment, since a process takes long to begin."""

    def __init__(self, luna: Luna, code: str) -> None:
        waits = f"import sys\nprint('ready', flush=True)\nsys.stdin.readline()\n{code}"
        self.process = begin(luna, "-m", "luna", "manage", "shell", "--no-imports", "--command", waits)
        assert self.process.stdout.readline() == "ready\n", self.process.communicate()

    def go(self) -> str:
        """Run it to its end; return what it printed."""
        out, err = self.process.communicate("now\n", timeout=60)
        assert self.process.returncode == 0, out + err
        return out.strip()
