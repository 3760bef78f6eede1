"""The clock: every job has its turn, whatever the others do."""

import json
import uuid
from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session

from luna import logs, tick
from luna.escalation.models import Escalation
from luna.escalation.writing import Written
from luna.feed.models import Heartbeat
from luna.intake import actions as intake

pytestmark = pytest.mark.django_db


def worker(now, jobs) -> tick.Tick:
    return tick.Tick(worker=uuid.uuid4(), jobs=jobs, started_at=now)


def broken(_now):
    raise ValueError("bea@example.org")


def test_turn_gives_every_job_the_same_moment_and_adds_up_what_they_did(now):
    seen = []

    done = worker(now, {"one": lambda at: seen.append(at) or 2, "two": lambda at: seen.append(at) or 3}).turn(
        now
    )

    assert done == 5
    assert seen == [now, now]


@pytest.mark.hazard("H5")
def test_job_that_fails_stops_no_other_and_is_counted(now, caplog):
    one = worker(now, {"broken": broken, "sound": lambda _now: 1})

    done = one.turn(now)

    assert done == 1
    assert Heartbeat.objects.get().failures == 1
    (record,) = caplog.records
    line = json.loads(logs.JsonFormatter().format(record))
    assert (line["job"], line["error"]) == ("broken", "ValueError")
    assert "bea@" not in json.dumps(line)


@pytest.mark.hazard("H5")
def test_heartbeat_is_written_at_most_every_five_seconds(now):
    one = worker(now, {})

    one.turn(now)
    one.turn(now + timedelta(seconds=4))
    assert Heartbeat.objects.get().at == now

    one.turn(now + timedelta(seconds=5))
    beat = Heartbeat.objects.get()
    assert (beat.worker, beat.started_at, beat.at) == (one.worker, now, now + timedelta(seconds=5))


def test_expired_sessions_and_ticks_that_are_no_more_are_forgotten(now):
    Session.objects.create(session_key="old", expire_date=now - timedelta(days=900))
    Heartbeat.objects.create(started_at=now, at=now - timedelta(days=2))
    one = worker(now, {})

    one.turn(now)

    assert not Session.objects.exists()
    assert [beat.worker for beat in Heartbeat.objects.all()] == [one.worker]


@pytest.mark.hazard("H10")
def test_words_unread_since_before_luna_was_down_call_a_human_at_the_first_turn(cast, now):
    asked = intake.ask(
        viewer=cast.sees("ana"),
        what="fear",
        written=Written("Will it hurt?"),
        client_id=uuid.uuid4(),
        now=now,
    )

    worker(now, {}).turn(asked.promised_at + timedelta(days=30))

    assert Escalation.objects.get().cause == "unanswered"


def test_every_job_is_one_of_a_slice():
    assert {name: job.__module__ for name, job in tick.JOBS.items()} == {
        name: f"luna.{name}.jobs"
        for name in ("people", "checkins", "careplan", "intake", "escalation", "notices", "audit")
    }
