"""What machines ask."""

from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db import DatabaseError, connection
from django.db.migrations.recorder import MigrationRecorder

from luna import health
from luna.feed.models import Heartbeat, Wake

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def unasked(monkeypatch):
    """Let each test be the first to ask."""
    monkeypatch.setattr(health, "_ready", False)


def test_ready(rf):
    answer = health.health(rf.get("/health"))

    assert answer.status_code == 200
    assert answer.content.decode() == f'{{"status": "ok", "database": "{connection.vendor}"}}'


def test_not_migrated(rf):
    MigrationRecorder.Migration.objects.filter(app="feed").delete()

    answer = health.health(rf.get("/health"))

    assert answer.status_code == 503
    assert "Run: luna manage migrate" in answer.content.decode()


def test_database_from_before_migrations_were_put_together():
    had = MigrationRecorder.Migration.objects
    had.filter(name__contains="_squashed_").delete()

    call_command("migrate", verbosity=0)

    assert had.filter(name__contains="_squashed_").exists()
    assert health.problem() is None


def test_database_from_halfway_to_where_migrations_were_put_together(rf):
    had = MigrationRecorder.Migration.objects.filter(app="checkins")
    had.filter(name__contains="_squashed_").delete()
    had.filter(name="0004_nobody_known").delete()

    answer = health.health(rf.get("/health"))

    assert answer.status_code == 503
    assert health.HALFWAY in answer.content.decode()


def test_unfinished_restore(rf):
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TABLE {health.UNFINISHED} (empty integer)")

    assert health.health(rf.get("/health")).status_code == 503


@pytest.mark.parametrize("ready", [False, True])
def test_database_away(rf, monkeypatch, ready):
    def away(*_args, **_kwargs):
        raise DatabaseError

    monkeypatch.setattr(health, "_ready", ready)
    monkeypatch.setattr(connection, "cursor", away)

    answer = health.health(rf.get("/health"))

    assert answer.status_code == 503
    assert "cannot be reached" in answer.content.decode()


def test_once_ready_it_costs_one_query(rf, django_assert_num_queries):
    health.health(rf.get("/health"))

    with django_assert_num_queries(1):
        health.health(rf.get("/health"))


def test_figures_are_counts_of_everybody(now, cast):
    Heartbeat.objects.create(started_at=now, at=now - timedelta(seconds=7), failures=1)
    Wake.objects.create(
        patient_id=cast.ana_patient.id, clinic_id=cast.harbour.id, wake_at=now - timedelta(seconds=30)
    )

    assert health.figures(now) == {
        "luna_tick_silent_seconds": 7,
        "luna_tick_failures": 1,
        "luna_wake_late_seconds": 30,
        "luna_escalations_open": 0,
    }


@pytest.mark.parametrize(
    ("token", "headers", "status"),
    [
        ("", {}, 200),
        ("", {"REMOTE_ADDR": "192.0.2.1"}, 404),
        ("", {"HTTP_X_FORWARDED_FOR": "192.0.2.1"}, 404),
        ("key", {}, 404),
        ("key", {"HTTP_AUTHORIZATION": "Bearer kez"}, 404),
        ("key", {"HTTP_AUTHORIZATION": "Bearer key", "REMOTE_ADDR": "192.0.2.1"}, 200),
    ],
)
def test_metrics_are_for_this_machine_or_the_token(rf, settings, token, headers, status):
    settings.LUNA_METRICS_TOKEN = token

    try:
        answer = health.metrics(rf.get("/metrics", **headers)).status_code
    except health.Http404:
        answer = 404

    assert answer == status
