"""A question or piece of news that waits longer than was promised climbs the ladder, once."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from luna.escalation.models import Escalation, EscalationStep
from luna.escalation.writing import Written
from luna.intake import actions, jobs
from luna.intake.models import News
from luna.people import plans as people
from tests.intake.giving import send

pytestmark = [pytest.mark.django_db, pytest.mark.hazard("H10")]


def ask(viewer, now, text="Will it hurt?"):
    return actions.ask(viewer=viewer, what="fear", written=Written(text), client_id=uuid4(), now=now)


def waiting():
    return list(Escalation.objects.values_list("cause", "urgency", "about_type"))


def test_question_past_its_promise_calls_a_human_once(cast, now):
    asked = ask(cast.sees("ana"), now)

    assert jobs.run(asked.promised_at - timedelta(seconds=1)) == 0
    assert jobs.run(asked.promised_at) == 1
    assert jobs.run(asked.promised_at + timedelta(hours=1)) == 0
    assert waiting() == [("unanswered", 1, "intake")]


def test_answered_question_calls_nobody(cast, now):
    asked = ask(cast.sees("ana"), now)
    actions.answer(viewer=cast.sees("nia"), question_id=asked.id, text="No.", client_id=uuid4(), now=now)

    assert jobs.run(asked.promised_at) == 0


def test_unread_news_past_its_promise_calls_a_human(cast, now):
    send(cast.sees("ana"), now, fears="none")
    news = News.objects.get()

    assert jobs.run(news.promised_at) == 1
    assert waiting() == [("unread", 1, "intake")]


@pytest.mark.threat("T1")
@pytest.mark.parametrize(("audience", "seen"), [("team", 0), ("prescribers", 0), ("patient", 1)])
def test_unread_words_in_confidence_call_a_human_and_leave_the_patient_no_trace(cast, now, audience, seen):
    actions.notice(
        viewer=cast.sees("bea"), audience=audience, written=Written("He hardly sleeps."), client_id=uuid4(),
        now=now,
    )  # fmt: skip
    late = News.objects.get().promised_at
    before = len(people.who_looked(cast.sees("ana"), number="1", own=True))

    assert [jobs.run(late), jobs.run(late)] == [1, 0]

    lines = people.who_looked(cast.sees("ana"), number="1", own=True)
    assert len(lines) - before == Escalation.objects.visible_to(cast.sees("ana")).count() == seen
    assert Escalation.objects.visible_to(cast.sees("nia")).count() == 1


def test_two_late_questions_of_one_patient_are_one_escalation(cast, now):
    ana = cast.sees("ana")
    late = ask(ana, now), ask(ana, now, "And after?")

    assert jobs.run(late[0].promised_at) == 2
    assert sorted(EscalationStep.objects.values_list("what", flat=True)) == ["opened", "repeated"]


def test_what_somebody_was_called_for_and_nobody_read_holds_nothing_newer_off(cast, now):
    for number in range(jobs.BATCH + 1):
        ask(cast.sees("ana"), now, str(number))
    newer = ask(cast.sees("oli"), now + timedelta(minutes=1))

    turns = [jobs.run(newer.promised_at + timedelta(seconds=second)) for second in range(3)]

    assert turns == [jobs.BATCH, 2, 0]
    assert Escalation.objects.filter(patient=newer.patient).count() == 1


@pytest.mark.parametrize("days", [7, 8, 400])
def test_what_broke_its_promise_while_nobody_looked_is_found(cast, now, days):
    send(cast.sees("ana"), now, fears="none")
    later = ask(cast.sees("ana"), now).promised_at + timedelta(days=days)

    assert jobs.run(later) == 0
    assert (jobs.overdue(later), jobs.overdue(later)) == (2, 0)
    assert sorted(cause for cause, _urgency, _about in waiting()) == ["unanswered", "unread"]


def test_many_that_broke_their_promise_long_ago_are_all_found_at_once(cast, now):
    for number in range(jobs.BATCH + 1):
        asked = ask(cast.sees("ana"), now, str(number))

    assert jobs.overdue(asked.promised_at + timedelta(days=30)) == jobs.BATCH + 1


def test_what_was_called_out_by_an_older_luna_is_not_called_out_again(cast, now):
    asked = ask(cast.sees("ana"), now)
    jobs.run(asked.promised_at)

    assert EscalationStep.objects.get().about_id == str(asked.id)
    assert jobs.overdue(asked.promised_at + timedelta(days=30)) == 0


def test_turn_asks_as_often_for_many_waiting_as_for_none(cast, now):
    with CaptureQueriesContext(connection) as none:
        jobs.run(now)
    for number in range(5):
        ask(cast.sees("ana"), now, str(number))
    with CaptureQueriesContext(connection) as many:
        jobs.run(now)

    assert len(many) == len(none) == 6
