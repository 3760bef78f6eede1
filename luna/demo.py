"""The demo clinic: made-up people, each at an interesting moment relative to now.

`seed` fills an empty database and marks it as a demonstration, once and for good; `start_over`
empties such a database and fills it again. Everything is written by the same actions the pages use.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from django.db import connection, transaction

from luna.people.models import Installation

# What stays when a demonstration starts over: Django's own books, and the mark itself.
KEPT = {"django_migrations", "django_content_type", "people_installation"}


@transaction.atomic
def start_over(now: datetime) -> None:
    """Empty a demonstration and fill it again, all or nothing.

    Raises Installation.DoesNotExist for any other database: it is never emptied.
    """
    Installation.objects.get(demo=True)
    tables = sorted(set(connection.introspection.table_names()) - KEPT)
    with _unguarded(tables), connection.cursor() as cursor:
        for table in tables:
            cursor.execute(f"DELETE FROM {connection.ops.quote_name(table)}")
    fill(now)


@contextmanager
def _unguarded(tables: list[str]) -> Iterator[None]:
    """Lift the guards of a demonstration's tables, and put them back exactly as they were."""
    quote = connection.ops.quote_name
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            for table in tables:
                cursor.execute(f"ALTER TABLE {quote(table)} DISABLE TRIGGER USER")
            yield
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            for table in tables:
                cursor.execute(f"ALTER TABLE {quote(table)} ENABLE TRIGGER USER")
            return
        cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
        guards = cursor.fetchall()
        for name, _sql in guards:
            cursor.execute(f"DROP TRIGGER {quote(name)}")
        yield
        for _name, sql in guards:
            cursor.execute(sql)
