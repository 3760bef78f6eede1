"""What machines ask: is this Luna well (/health), and how much is there to do (/metrics)."""

from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse


def health(request: HttpRequest) -> HttpResponse:
    """Answer 200 once the database can be reached and has every table; 503 until then."""
    problem = _problem()
    if problem:
        return JsonResponse({"status": "unavailable", "problem": problem}, status=503)
    return JsonResponse({"status": "ok", "database": connection.vendor})


def _problem() -> str | None:
    try:
        executor = MigrationExecutor(connection)
        if executor.migration_plan(executor.loader.graph.leaf_nodes()):
            return "The database is not migrated. Run: luna manage migrate"
    except DatabaseError:
        return "The database cannot be reached."
    return None
