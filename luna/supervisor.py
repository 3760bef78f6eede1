"""Keep a few child processes alive, restart those that die, and leave none behind.

Every process below the supervisor asks the kernel to be killed when its parent dies, so that even
`kill -9` of the supervisor leaves nothing running. Children are forked, to share its memory.
"""

import ctypes
import logging
import os
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from django.db import connections

log = logging.getLogger(__name__)

STOP = {signal.SIGTERM, signal.SIGINT}
WATCHED = STOP | {signal.SIGCHLD}
GRACE_S = 4.0  # from the wish to stop until the kill
STEADY_S = 60.0  # a child that lived so long has no failures to answer for
BACK_OFF_S = (0.1, 1, 2, 5, 10, 30)
PR_SET_PDEATHSIG = 1


@dataclass
class Child:
    """A process to keep alive. `run` must return or exit when it gets SIGTERM."""

    name: str
    run: Callable[[], None]
    pid: int | None = None
    started_at: float = 0.0
    failures: int = 0
    due_at: float = field(default=0.0)  # when it may next be started

    def died(self, now: float) -> None:
        """Note that the process is gone and when it may come back: later after each early death."""
        self.failures = 0 if now - self.started_at > STEADY_S else self.failures + 1
        self.due_at = now + BACK_OFF_S[min(self.failures, len(BACK_OFF_S) - 1)]
        self.pid = None


class Supervisor:
    """Run children until told to stop; call `look` about once a second in between."""

    def __init__(self, children: list[Child], look: Callable[["Supervisor"], None]):
        self.children = children
        self.look = look
        self.errands: set[int] = set()

    def run(self) -> None:
        """Start every child and stay until SIGTERM or SIGINT; then stop them all within five seconds."""
        os.register_at_fork(before=_remember_parent, after_in_child=_die_with_parent)
        signal.pthread_sigmask(signal.SIG_BLOCK, WATCHED)
        try:
            while True:
                self._start_due(time.monotonic())
                caught = signal.sigtimedwait(WATCHED, 1.0)
                self._reap(time.monotonic())
                if caught and caught.si_signo in STOP:
                    return
                if caught is None:
                    self.look(self)
        finally:
            self._stop()
            signal.pthread_sigmask(signal.SIG_UNBLOCK, WATCHED)

    def restart(self, name: str) -> None:
        """Kill the child called name, which no longer answers; it is started again in its turn."""
        for child in self.children:
            if child.name == name and child.pid:
                os.kill(child.pid, signal.SIGKILL)

    def send_out(self, errand: Callable[[], None], *, within_s: int) -> None:
        """Do errand in a process of its own, which is killed when it takes longer than within_s."""

        def run() -> None:
            signal.alarm(within_s)
            errand()

        self.errands.add(fork("errand", run))

    def _start_due(self, now: float) -> None:
        for child in self.children:
            if child.pid is None and now >= child.due_at:
                child.started_at = now
                child.pid = fork(child.name, child.run)

    def _reap(self, now: float) -> None:
        for child in self.children:
            if child.pid and (status := _ended(child.pid)) is not None:
                log.warning("A process ended; it will be started again", extra={
                    "child": child.name, "pid": child.pid, "exit": status,
                })  # fmt: skip
                child.died(now)
        self.errands = {pid for pid in self.errands if _ended(pid) is None}

    def _stop(self) -> None:
        pids = {child.pid for child in self.children if child.pid} | self.errands
        for pid in pids:
            os.kill(pid, signal.SIGTERM)
        until = time.monotonic() + GRACE_S
        while (pids := {pid for pid in pids if _ended(pid) is None}) and time.monotonic() < until:
            signal.sigtimedwait({signal.SIGCHLD}, 0.1)
        for pid in pids:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)


def fork(name: str, run: Callable[[], None]) -> int:
    """Do run in a new process and return its id.

    Connections are closed first: a forked one would be two processes' hands on one socket or lock.
    """
    connections.close_all()
    sys.stdout.flush()
    pid = os.fork()
    if pid:
        return pid
    status = 1
    try:
        for number in STOP | {signal.SIGCHLD}:
            signal.signal(number, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, WATCHED)
        run()
        status = 0
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else 1
    except BaseException:
        log.exception("A process failed", extra={"child": name})
    finally:
        sys.stdout.flush()
        os._exit(status)  # Not sys.exit: the parent's clean-up is the parent's.


def in_child(name: str, run: Callable[[], None]) -> None:
    """Do run in a process of its own and wait for it, so that what it loads is not kept in memory.

    Raises SystemExit when it fails; it has then said why.
    """
    status = os.waitstatus_to_exitcode(os.waitpid(fork(name, run), 0)[1])
    if status:
        raise SystemExit(status)


def _ended(pid: int) -> int | None:
    """Return the exit status of pid, None while it runs."""
    ended, status = os.waitpid(pid, os.WNOHANG)
    return os.waitstatus_to_exitcode(status) if ended else None


_parent = os.getpid()


def _remember_parent() -> None:
    global _parent
    _parent = os.getpid()


def _die_with_parent() -> None:
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != _parent:  # It died between the fork and this line.
        os._exit(1)
