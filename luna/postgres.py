"""The address of a PostgreSQL database, as Django wants it."""

from psycopg import conninfo

KEPT_S = 300  # A process has one thread, so one kept connection: a pool would add nothing.


def database(url: str) -> dict:
    """Return Django's settings for the database at url, which may name several hosts.

    `postgresql://luna@a,b/luna?target_session_attrs=read-write` finds the leader of a cluster by itself.
    Raises psycopg.ProgrammingError when url is not such an address.
    """
    parts = conninfo.conninfo_to_dict(url)
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.pop("dbname", ""),
        "USER": parts.pop("user", ""),
        "PASSWORD": parts.pop("password", ""),
        "HOST": parts.pop("host", ""),
        "PORT": parts.pop("port", ""),
        "OPTIONS": {"connect_timeout": "10", **parts},
        "CONN_MAX_AGE": KEPT_S,
        "CONN_HEALTH_CHECKS": True,  # After a fail-over the next request connects to the new leader.
    }
