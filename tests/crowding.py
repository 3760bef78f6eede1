"""Do several things at the same moment."""

import threading
from collections.abc import Callable
from typing import Any

from django.db import connection

CROWD = 6


def at_once(calls: list[Callable[[], Any]]) -> list[Any]:
    """Do all calls at the same moment, on own connections; return what each gave or raised."""
    found: list[Any] = [None] * len(calls)
    start = threading.Barrier(len(calls))

    def run(place: int, call: Callable[[], Any]) -> None:
        start.wait()
        try:
            found[place] = call()
        except Exception as problem:
            found[place] = problem
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found
