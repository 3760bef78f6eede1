"""One of a kind: hold a file so that no second process does the same work on the same data."""

import fcntl
import os
from pathlib import Path
from typing import IO


class Held(Exception):
    """Somebody else holds the lock; the message says who."""


def hold(path: Path) -> IO[str]:
    """Lock path for as long as the returned file stays open, or this process lives.

    Raises Held when another process has it. The kernel lets go of it, however the holder ends.
    """
    file = path.open("a+")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.seek(0)
        holder = file.read().strip()
        file.close()
        raise Held(f"process {holder}" if holder else "another process") from None
    file.truncate(0)
    file.write(str(os.getpid()))
    file.flush()
    return file
