"""Serve the bare views with the server and the flags of `luna serve`: python -m bench.bare PORT"""

import sys

from django.db import connection, connections
from granian import Granian
from granian.constants import Interfaces
from granian.log import LogLevels

from bench.bare import wsgi


def main(port: int) -> None:
    """Make the table and serve until told to stop."""
    with connection.schema_editor() as editor:
        editor.create_model(wsgi.Row)
    wsgi.Row.objects.bulk_create(wsgi.Row(text=f"Row {n}") for n in range(wsgi.ROWS))
    connections.close_all()
    Granian(
        "bench.bare.wsgi:application",
        address="127.0.0.1",
        port=port,
        interface=Interfaces.WSGI,
        workers=2,
        blocking_threads=1,
        blocking_threads_idle_timeout=600,
        websockets=False,
        log_level=LogLevels.warning,
    ).serve()


if __name__ == "__main__":
    main(int(sys.argv[1]))
