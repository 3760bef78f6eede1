"""The address of a PostgreSQL database, as Django wants it."""

from psycopg import ProgrammingError, conninfo

KEPT_S = 300  # A process has one thread, so one kept connection: a pool would add nothing.


def database(url: str) -> dict:
    """Return Django's settings for the database at url, which may name several hosts.

    `postgresql://luna@a,b/luna?target_session_attrs=read-write` finds the leader of a cluster by itself.
    Raises ValueError when url is not such an address.
    """
    if not url.startswith(("postgresql://", "postgres://")):
        raise ValueError("DATABASE_URL is not an address like postgresql://user:password@host/name.")
    try:
        parts = conninfo.conninfo_to_dict(url)
    except ProgrammingError as error:
        raise ValueError(f"DATABASE_URL cannot be read: {str(error).strip()}") from None
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
