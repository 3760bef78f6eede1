"""Serve the bare views with the server and the flags of `luna serve`: python -m bench.bare PORT

The first line printed is the cookie of somebody who is signed in.
"""

import sys

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY, get_user_model
from django.contrib.sessions.backends.db import SessionStore
from django.core.management import call_command
from django.db import connection, connections
from granian import Granian
from granian.constants import Interfaces
from granian.log import LogLevels

from bench.bare import wsgi

ROWS = 1000


def main(port: int) -> None:
    """Make the tables, sign somebody in, and serve until told to stop."""
    call_command("migrate", verbosity=0)
    with connection.schema_editor() as editor:
        editor.create_model(wsgi.Row)
    wsgi.Row.objects.bulk_create(wsgi.Row(text=f"Row {n}") for n in range(ROWS))
    print(f"sessionid={_session()}", flush=True)
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


def _session() -> str:
    user = get_user_model().objects.create(username="somebody")
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.create()
    return str(session.session_key)


if __name__ == "__main__":
    main(int(sys.argv[1]))
