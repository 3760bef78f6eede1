"""What machines ask: is this Luna well (/health), and how much is there to do (/metrics)."""

import hmac
from datetime import datetime
from ipaddress import ip_address
from pkgutil import iter_modules

from django.apps import apps
from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.recorder import MigrationRecorder
from django.db.models import Count
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone

from luna.escalation.models import Escalation
from luna.feed.models import Heartbeat, Wake
from luna.notices.models import Notice

HALFWAY = (
    "The database is older than this Luna can bring up to date by itself. "
    "First start it, or restore it, with the version before the first commit that "
    "`git log luna/audit/tables.py` lists; then come back to this one."
)
UNFINISHED = "luna_restore_unfinished"  # a table that is there while a restore is not done

_ready = False


def health(request: HttpRequest) -> HttpResponse:
    """Answer 200 once the database can be reached and has every table; 503 until then."""
    if found := _problem():
        return JsonResponse({"status": "unavailable", "problem": found}, status=503)
    return JsonResponse({"status": "ok", "database": connection.vendor})


def metrics(request: HttpRequest) -> HttpResponse:
    """Answer with numbers in the text form of Prometheus, to this machine or to who knows the token."""
    if not _may_read_metrics(request):
        raise Http404
    lines = [f"{name} {value}" for name, value in figures(timezone.now()).items()]
    return HttpResponse("\n".join(lines) + "\n", content_type="text/plain; version=0.0.4")


def figures(now: datetime) -> dict[str, float]:
    """Return each figure by its Prometheus name; counts over all clinics, so they tell of no person."""
    beat = Heartbeat.objects.order_by("-at").first()
    late = Wake.objects.filter(wake_at__lte=now).order_by("wake_at").first()
    by_state = Notice.objects.reasons().values("state").annotate(n=Count("id")).values_list("state", "n")
    return {
        "luna_tick_silent_seconds": (now - beat.at).total_seconds() if beat else float("inf"),
        "luna_tick_failures": beat.failures if beat else 0,
        "luna_wake_late_seconds": (now - late.wake_at).total_seconds() if late else 0,
        "luna_escalations_open": Escalation.objects.filter(closed_at=None).count(),
        **{f'luna_notices{{state="{state}"}}': n for state, n in sorted(by_state)},
    }


def unapplied() -> set[tuple[str, str]]:
    """Return the migrations the database has not had, as (app, name)."""
    on_disk = {
        (config.label, module.name)
        for config in apps.get_app_configs()
        for module in iter_modules([f"{config.path}/migrations"])
    }
    return on_disk - set(MigrationRecorder(connection).applied_migrations())


def halfway() -> bool:
    """Tell whether the database has had some of the migrations a squashed one stands for, not the last."""
    applied = set(MigrationRecorder(connection).applied_migrations())
    begun = {app for app, _ in applied}
    lasts = {(app, name.partition("_squashed_")[2]) for app, name in unapplied() if "_squashed_" in name}
    return any(app in begun for app, _ in lasts - applied)


def problem() -> str | None:
    """Return why the database cannot be used, None if it can."""
    try:
        if UNFINISHED in connection.introspection.table_names():
            return "A restore of this database did not finish. Drop the database and restore it again."
        if unapplied():
            return HALFWAY if halfway() else "The database is not up to date. Run: luna manage migrate"
    except DatabaseError:
        return "The database cannot be reached."
    return None


def _problem() -> str | None:
    """Return what is wrong. A database once found ready is not looked through again."""
    global _ready
    if not _ready:
        found = problem()
        _ready = found is None
        return found
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return "The database cannot be reached."
    return None


def _may_read_metrics(request: HttpRequest) -> bool:
    token = settings.LUNA_METRICS_TOKEN
    if token:
        given = request.headers.get("Authorization", "")
        return hmac.compare_digest(given.encode(), f"Bearer {token}".encode())
    # Behind a proxy everybody seems to come from this machine; the proxy gives itself away.
    proxied = {"X-Forwarded-For", "Forwarded", "X-Real-Ip"} & set(request.headers)
    return not proxied and ip_address(request.META["REMOTE_ADDR"]).is_loopback
