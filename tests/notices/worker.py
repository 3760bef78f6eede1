"""A worker of the clock that sends messages: python -m tests.notices.worker LEASE_S [LINE | told [LINE]]

With LINE it is killed, as by `kill -9`, when its threads come to that many-th line of `luna.notices`.
Without, it goes on until every message is settled. Rests are short: a test need not wait.
Where it is `told`, it looks at plans too, and its clock stands where a line of its input says; it says that
back when nothing more is to be done then. Its leases and rests are the real ones.
"""

import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import django

TOLD_S = 80  # this machine may be busy


def die_at(line: int) -> None:
    """Kill this process at the line-th line it runs in the slice."""
    left = [line]

    def trace(frame, event, _arg):
        if "/luna/notices/" not in frame.f_code.co_filename:
            return None
        if event == "line":
            left[0] -= 1
            if not left[0]:
                os.kill(os.getpid(), signal.SIGKILL)
        return trace

    threading.settrace(trace)
    sys.settrace(trace)


def turn_until(is_over: Callable[[int], bool], turn: Callable[[], int]) -> None:
    """Turn until it is over, by how many messages the last turn dealt with."""
    deadline = time.monotonic() + TOLD_S
    while not is_over(turn()):
        if time.monotonic() > deadline:
            raise SystemExit("Messages are left that nobody settles.")
        time.sleep(0.02)


def main(words: list[str]) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "luna.settings")
    django.setup()
    from luna.careplan import jobs as plans  # noqa: PLC0415 -- Django must be ready first
    from luna.notices import actions, jobs  # noqa: PLC0415 -- the same
    from luna.notices.models import Notice  # noqa: PLC0415 -- the same

    lease_s, *words = words
    is_told, lines = words[:1] == ["told"], [int(word) for word in words if word.isdecimal()]
    if lines:
        die_at(lines[0])
    if not is_told:
        actions.LEASE = timedelta(seconds=float(lease_s))
        actions.REST = actions.URGENT_REST = timedelta(seconds=0.2), timedelta(seconds=0.5)
        left = Notice.objects.filter(state__in=["planned", "sending"])
        if left.exists():
            turn_until(lambda _done: not left.all().exists(), lambda: jobs.run(datetime.now(UTC)))
    for line in sys.stdin if is_told else ():
        at = datetime.fromisoformat(line.strip())
        turn_until(
            lambda done: not done and not jobs.LANES.are_busy, lambda at=at: plans.run(at) + jobs.run(at)
        )
        sys.stdout.write(line)
        sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1:])
