"""A worker of the clock that sends messages and nothing else: python -m tests.notices.worker [LINE]

With LINE it is killed, as by `kill -9`, when it comes to that many-th line of `luna.notices`. Without,
it goes on until every message is settled. Leases and rests are short, so that a test need not wait.
"""

import os
import signal
import sys
import time
from datetime import UTC, datetime, timedelta

import django

LEASE_S = 1.0
TOLD_S = 20


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

    sys.settrace(trace)


def main(words: list[str]) -> None:
    os.environ["DJANGO_SETTINGS_MODULE"] = "luna.settings"
    django.setup()
    from luna.notices import actions, jobs  # noqa: PLC0415 -- Django must be ready first
    from luna.notices.models import Notice  # noqa: PLC0415 -- the same

    actions.LEASE = timedelta(seconds=LEASE_S)
    actions.REST = actions.URGENT_REST = timedelta(seconds=0.2), timedelta(seconds=0.5)
    if words:
        die_at(int(words[0]))
    deadline = time.monotonic() + TOLD_S
    while Notice.objects.filter(state__in=["planned", "sending"]).exists():
        if time.monotonic() > deadline:
            raise SystemExit("Messages are left that nobody settles.")
        jobs.run(datetime.now(UTC))
        time.sleep(0.02)


if __name__ == "__main__":
    main(sys.argv[1:])
