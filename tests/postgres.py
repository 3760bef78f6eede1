"""Run a command with a PostgreSQL of its own: python -m tests.postgres pytest tests/people

The cluster lives in a temporary folder, listens on loopback only, and is gone afterwards.
"""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def programs() -> Path | None:
    """Return the folder of the newest PostgreSQL server on this machine, if it has one."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    on_path = shutil.which("initdb")
    return found[-1].parent if found else Path(on_path).parent if on_path else None


@contextmanager
def cluster() -> Iterator[str]:
    """Start a cluster, give its address, and take it away again. Raises RuntimeError without PostgreSQL."""
    bin_folder = programs()
    if bin_folder is None:
        raise RuntimeError("PostgreSQL's server is not on this machine. Install the package postgresql.")
    folder = Path(tempfile.mkdtemp(prefix="luna-pg-"))
    user = _give_away(folder)
    run = {"user": user, "check": True, "stdout": subprocess.DEVNULL}
    port = _free_port()
    options = (
        f"-c listen_addresses=127.0.0.1 -p {port} -k {folder} "
        "-c fsync=off -c synchronous_commit=off -c full_page_writes=off -c max_connections=200"
    )
    data = folder / "data"
    try:
        subprocess.run([bin_folder / "initdb", "-D", data, "-U", "luna", "-A", "trust", "-E", "UTF8"], **run)
        start = [bin_folder / "pg_ctl", "-D", data, "-w", "-l", folder / "log", "-o", options, "start"]
        subprocess.run(start, **run)
        yield f"postgresql://luna@127.0.0.1:{port}/postgres"
    finally:
        subprocess.run(
            [bin_folder / "pg_ctl", "-D", data, "-m", "immediate", "stop"], **run | {"check": False}
        )
        shutil.rmtree(folder)


def _give_away(folder: Path) -> str | None:
    """Hand folder to the user that shall run the server, since PostgreSQL refuses to run as root."""
    if os.geteuid() != 0:
        return None
    shutil.chown(folder, "postgres", "postgres")
    return "postgres"


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def main(command: list[str]) -> int:
    """Run command with DATABASE_URL and LUNA_TEST_DB set; return its exit status."""
    with cluster() as url:
        environment = os.environ | {"DATABASE_URL": url, "LUNA_TEST_DB": "postgres"}
        return subprocess.run(command, env=environment, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
