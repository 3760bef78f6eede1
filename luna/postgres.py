"""The address of a PostgreSQL database, as Django wants it."""

from psycopg import conninfo

POOL = {"min_size": 1, "max_size": 4, "timeout": 10}


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
        "OPTIONS": {**parts, "pool": POOL},
    }
