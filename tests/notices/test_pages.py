"""The clinic's page of messages."""

import pytest

from luna.audit.models import AuditEvent
from luna.notices import actions
from luna.notices.models import Attempt, Notice
from tests.notices.ledger import planned, rung

pytestmark = pytest.mark.django_db

State = Notice.State


@pytest.fixture
def lost(cast, now):
    """A reminder to Bea that the mail server would not take."""
    notice = planned(cast, now)
    letter = actions.take(notice.id, now=now)
    actions.finish(letter, outcome=Attempt.Outcome.REFUSED, reason="smtp-550", lasting=True, now=now)
    return Notice.objects.get(id=notice.id)


def post(client, notice, what, fence=1):
    return client.post(f"/clinic/messages/{notice.id}/{what}", {"fence": fence})


def test_page_shows_what_reached_nobody_and_why(as_nia, lost):
    page = as_nia.get("/clinic/messages").content.decode()

    assert "Not reached" in page
    assert "The mail server answered 550." in page
    assert "Bea Burns" in page


def test_page_without_messages_is_calm(as_nia):
    page = as_nia.get("/clinic/messages").content.decode()

    assert "Every message found its way." in page
    assert "No message yet." in page


def test_resend_plans_it_again_and_is_audited(as_nia, cast, lost, now):
    answer = post(as_nia, lost, "resend")

    notice = Notice.objects.get(id=lost.id)
    assert answer.url == "/clinic/messages"
    assert (notice.state, notice.due_at, notice.tries) == (State.PLANNED, now, 0)
    line = AuditEvent.objects.get(verb="notice.resend")
    assert (line.actor_id, line.subject_id, line.patient_id) == (cast.nia.id, lost.id, cast.ana_patient.id)


def test_resend_twice_is_one(as_nia, lost):
    post(as_nia, lost, "resend")

    assert post(as_nia, lost, "resend").status_code == 302
    assert AuditEvent.objects.filter(verb="notice.resend").count() == 1


def test_resend_of_an_older_page_is_stale(as_nia, lost, now):
    post(as_nia, lost, "resend")
    letter = actions.take(lost.id, now=now)
    actions.finish(letter, outcome=Attempt.Outcome.REFUSED, reason="smtp-550", lasting=True, now=now)

    answer = post(as_nia, lost, "resend", fence=1)

    assert answer.status_code == 422
    assert "Someone changed this while you had it open." in answer.content.decode()


def test_told_another_way_takes_it_off_the_list(as_nia, lost):
    answer = post(as_nia, lost, "told")

    notice = Notice.objects.get(id=lost.id)
    last = notice.attempts.order_by("at", "id").last()
    assert answer.status_code == 302
    assert notice.state == State.SENT
    assert (last.channel, last.outcome, last.reason) == ("person", "accepted", "told-otherwise")
    assert AuditEvent.objects.filter(verb="notice.told").count() == 1


def test_message_seen_to_meanwhile_is_refused(as_nia, lost):
    post(as_nia, lost, "told")

    answer = post(as_nia, lost, "resend")

    assert answer.status_code == 422
    assert Notice.objects.get(id=lost.id).state == State.SENT


def test_held_message_can_be_sent(as_nia, cast, now):
    notice = planned(cast, now)
    Notice.objects.filter(id=notice.id).update(state=State.HELD)

    assert "A backup was restored" in as_nia.get("/clinic/messages").content.decode()
    post(as_nia, notice, "resend", fence=0)

    assert Notice.objects.get(id=notice.id).state == State.PLANNED


@pytest.mark.parametrize("fence", ["", "x", "-1", "9" * 5000])
def test_form_without_a_sound_fence_changes_nothing(as_nia, lost, fence):
    assert post(as_nia, lost, "resend", fence=fence).status_code == 422
    assert Notice.objects.get(id=lost.id).state == State.NOT_REACHED


def test_history_of_a_patient_is_audited_as_a_reading(as_nia, cast, lost):
    page = as_nia.get(f"/clinic/messages/about/{cast.ana_patient.id}").content.decode()

    assert "Messages about Ana Abel" in page
    assert "Time to check in" in page
    as_nia.get(f"/clinic/messages/about/{cast.ana_patient.id}")
    assert AuditEvent.objects.filter(verb="chart.read", patient_id=cast.ana_patient.id).count() == 1


@pytest.mark.threat("T4")
@pytest.mark.parametrize("who", ["as_ana", "as_bea", "as_cal", "as_dee_caring"])
def test_page_is_not_there_for_people(request, who, cast, lost):
    client = request.getfixturevalue(who)

    assert client.get("/clinic/messages").status_code == 404
    assert client.get(f"/clinic/messages/about/{cast.ana_patient.id}").status_code == 404
    assert post(client, lost, "resend").status_code == 404
    assert post(client, lost, "told").status_code == 404


@pytest.mark.threat("T4")
@pytest.mark.parametrize("who", ["as_dee", "as_eve"])
def test_another_clinic_sees_and_changes_nothing(request, who, cast, lost):
    client = request.getfixturevalue(who)

    assert "Bea Burns" not in client.get("/clinic/messages").content.decode()
    assert client.get(f"/clinic/messages/about/{cast.ana_patient.id}").status_code == 404
    assert post(client, lost, "resend").status_code == 404
    assert post(client, lost, "told").status_code == 404


def test_page_asks_the_database_as_often_for_many_as_for_few(
    as_nia, cast, now, django_assert_max_num_queries
):
    for number in range(30):
        planned(cast, now, key=f"few{number}")
        rung(cast, now, key=f"many{number}")
    Notice.objects.update(state=State.NOT_REACHED)

    with django_assert_max_num_queries(16):
        as_nia.get("/clinic/messages")
