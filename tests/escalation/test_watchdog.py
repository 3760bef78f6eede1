"""The watchdog: silence of the clock reaches a person, even when the database is lost."""

import threading
import uuid
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from django.core import mail
from django.db import DatabaseError

from luna.escalation import watchdog
from luna.feed.models import Heartbeat

WORKER = uuid.UUID(int=1)


@pytest.fixture
def watch(now) -> watchdog.Watch:
    return watchdog.Watch(since=now, leads=["lead@example.org"])


def test_silence_counts_from_the_last_beat_of_anybody(watch, now):
    watch.beats = {WORKER: now + timedelta(seconds=10), uuid.UUID(int=2): now + timedelta(seconds=50)}

    assert watch.silent_for(now + timedelta(seconds=60)) == timedelta(seconds=10)
    assert watch.silent_for(now + timedelta(seconds=60), WORKER) == timedelta(seconds=50)


def test_silence_before_the_watchdog_looked_is_not_counted(watch, now):
    watch.beats = {WORKER: now - timedelta(days=1)}

    assert watch.silent_for(now + timedelta(seconds=60), WORKER) == timedelta(seconds=60)


@pytest.mark.hazard("H5")
@pytest.mark.parametrize(("seconds", "restarted"), [(59, False), (60, True)])
def test_silent_worker_is_started_again_after_a_minute(watch, now, seconds, restarted):
    watch.beats = {WORKER: now, uuid.UUID(int=2): now + timedelta(seconds=seconds)}

    assert watch.must_restart(now + timedelta(seconds=seconds), WORKER) is restarted


@pytest.mark.hazard("H5")
def test_worker_just_started_again_has_time_for_a_slow_first_turn(watch, now):
    watch.restarted_at = now + timedelta(seconds=60)

    assert not watch.must_restart(now + timedelta(seconds=119), WORKER)
    assert watch.must_restart(now + timedelta(seconds=120), WORKER)


@pytest.mark.hazard("H5")
@pytest.mark.parametrize(("seconds", "told"), [(119, False), (120, True)])
def test_leads_are_told_after_two_minutes(watch, now, seconds, told):
    assert watch.must_tell(now + timedelta(seconds=seconds)) is told


def test_leads_are_told_again_each_hour_of_silence(watch, now):
    watch.told_at = now + timedelta(minutes=2)

    assert not watch.must_tell(now + timedelta(minutes=61))
    assert watch.must_tell(now + timedelta(minutes=62))


def test_second_silence_is_told_at_once(watch, now):
    watch.told_at = now + timedelta(minutes=2)
    watch.beats = {WORKER: now + timedelta(minutes=4)}
    assert not watch.must_tell(now + timedelta(minutes=5))

    assert watch.must_tell(now + timedelta(minutes=6))


@pytest.mark.hazard("H5")
@pytest.mark.django_db
def test_addresses_and_beats_are_read(watch, now, cast):
    Heartbeat.objects.create(worker=WORKER, started_at=now, at=now)

    watch.read()

    assert watch.beats == {WORKER: now}
    assert watch.leads == sorted({cast.harbour.lead_email, cast.hill.lead_email})


@pytest.mark.hazard("H5")
def test_lost_database_keeps_the_addresses(watch, monkeypatch):
    def lost(*_args, **_kwargs):
        raise DatabaseError("gone")

    monkeypatch.setattr(Heartbeat.objects, "values_list", lost)

    watch.read()

    assert watch.leads == ["lead@example.org"]


@pytest.mark.hazard("H5")
def test_message_goes_to_each_lead_alone_and_names_nobody(watch, now, settings):
    watchdog.tell_leads(["a@example.org", "b@example.org"], now)

    assert [message.to for message in mail.outbox] == [["a@example.org"], ["b@example.org"]]
    assert mail.outbox[0].body.startswith("Luna’s clock has been silent since 2027-03-08 17:00 UTC.")


def test_outside_watcher_hears_each_minute_of_health_only(watch, now):
    watch.beats = {WORKER: now}
    assert watch.must_ping(now)
    watch.pinged_at = now

    assert not watch.must_ping(now + timedelta(seconds=59))
    assert not watch.must_ping(now + timedelta(seconds=60))  # silent for a minute

    watch.beats = {WORKER: now + timedelta(seconds=58)}
    assert watch.must_ping(now + timedelta(seconds=60))


def test_outside_watcher_hears_nothing_before_the_first_beat(watch, now):
    assert not watch.must_ping(now + timedelta(seconds=30))


def test_ping_asks_the_address():
    asked = []

    class Watcher(BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_args):
            pass

    with HTTPServer(("127.0.0.1", 0), Watcher) as server:
        thread = threading.Thread(target=server.handle_request)
        thread.start()
        watchdog.ping(f"http://127.0.0.1:{server.server_port}/beat")
        thread.join()

    assert asked == ["/beat"]
