"""The board and the page of one escalation."""

from uuid import uuid4

import pytest

from luna.audit.models import AuditEvent
from luna.escalation import actions, plans
from luna.escalation.models import Escalation
from luna.people.models import CircleMember
from tests.escalation.crew import act, nia, opened
from tests.notices.ledger import rung

pytestmark = pytest.mark.django_db


@pytest.fixture
def row(cast, now):
    return opened(cast, now)


def post(client, row, what, **typed):
    given = {"client_id": str(uuid4()), "version": Escalation.objects.get(id=row.id).version}
    return client.post(f"/clinic/escalations/{row.id}/{what}", given | typed)


def test_board_shows_who_needs_somebody(as_nia, row):
    page = as_nia.get("/clinic/escalations").content.decode()

    assert "Call now: Ana Abel" in page
    assert "Hard to wake" in page
    assert "No message has gone out so far." in page


def test_board_says_how_many_more(as_nia, cast, now):
    for number in range(5):
        opened(cast, now, cause=f"cause-{number}")

    assert "and 2 more below" in as_nia.get("/clinic/escalations").content.decode()


def test_empty_board_is_calm(as_nia):
    assert "Nobody is waiting for you." in as_nia.get("/clinic/escalations").content.decode()


def test_opening_it_is_noted_on_the_message_and_is_no_answer(as_nia, cast, row, now):
    notice = rung(cast, now, task_key=plans.key_of(row), values={"escalation": str(row.id)})
    notice.state, notice.sent_at = notice.State.SENT, now
    notice.save()

    as_nia.get(f"/clinic/escalations/{row.id}")

    notice.refresh_from_db()
    assert (notice.opened_at, notice.acted_at) == (now, None)


def test_page_shows_whom_to_call_and_is_audited_as_a_reading(as_nia, cast, row):
    CircleMember.objects.filter(pk=cast.bea_member.pk).update(phone="+12125550177")

    page = as_nia.get(f"/clinic/escalations/{row.id}").content.decode()

    assert 'href="tel:+12125550177"' in page
    assert "Bea (Friend)" in page
    as_nia.get(f"/clinic/escalations/{row.id}")
    assert AuditEvent.objects.filter(verb="chart.read", patient_id=cast.ana_patient.id).count() == 1


def test_acknowledge_then_hand_over_then_accept_then_close(as_nia, as_diaz, cast, row):
    assert post(as_nia, row, "acknowledge").url == f"/clinic/escalations/{row.id}"
    assert post(as_nia, row, "hand-over", to=str(cast.diaz.id)).status_code == 302
    assert "Yes, I take over" in as_diaz.get(f"/clinic/escalations/{row.id}").content.decode()
    assert post(as_diaz, row, "accept").status_code == 302
    assert post(as_diaz, row, "close", outcome="advised", note="Well again.").status_code == 302

    page = as_nia.get(f"/clinic/escalations/{row.id}").content.decode()
    assert "Delia Diaz closed it" in page
    assert "Well again." in page


def test_board_tells_whoever_is_asked_to_take_over(as_nia, as_diaz, cast, row):
    post(as_nia, row, "acknowledge")
    post(as_nia, row, "hand-over", to=str(cast.diaz.id))

    assert f"{cast.diaz.name} is asked to take over" in as_diaz.get("/clinic/escalations").content.decode()


def test_double_click_counts_once(as_nia, row):
    typed = {"client_id": str(uuid4()), "version": 1}

    answers = [as_nia.post(f"/clinic/escalations/{row.id}/acknowledge", typed) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [302, 302]
    assert AuditEvent.objects.filter(verb="escalation.acknowledge").count() == 1


def test_two_tabs_the_second_is_told_who_has_it(as_nia, as_diaz, row):
    post(as_nia, row, "acknowledge", version=1)

    answer = post(as_diaz, row, "acknowledge", version=1)

    page = answer.content.decode()
    assert answer.status_code == 422
    assert "Someone changed this while you had it open." in page
    assert "Nia Noor, since" in page


def test_refused_close_keeps_what_was_typed(as_nia, row):
    answer = post(as_nia, row, "close", outcome="other", note="")
    page = answer.content.decode()

    assert answer.status_code == 422
    assert "Write a line about it, so that the next person knows." in page
    assert 'href="#id_note"' in page
    assert 'value="other" id="id_outcome_6" checked' in page


def test_note_as_long_as_a_book_is_refused_and_kept(as_nia, row):
    answer = post(as_nia, row, "close", outcome="advised", note="x" * 2_000_000)

    assert answer.status_code == 422
    assert "Shorten the note to 2000 characters." in answer.content.decode()


@pytest.mark.threat("T8")
def test_hostile_note_is_shown_as_text(as_nia, row):
    post(as_nia, row, "close", outcome="advised", note="<script>alert(1)</script>{{ 7 * 7 }}")

    page = as_nia.get(f"/clinic/escalations/{row.id}").content.decode()
    assert "&lt;script&gt;alert(1)&lt;/script&gt;{{ 7 * 7 }}" in page


@pytest.mark.parametrize("client_id", ["", "x", "0"])
def test_form_without_an_id_is_not_ours(as_nia, row, client_id):
    assert post(as_nia, row, "acknowledge", client_id=client_id).status_code == 404


@pytest.mark.parametrize("what", ["acknowledge", "hand-over", "accept", "close"])
def test_looking_never_changes_anything(as_nia, row, what):
    assert as_nia.get(f"/clinic/escalations/{row.id}/{what}").status_code == 405


@pytest.mark.threat("T4")
@pytest.mark.parametrize("who", ["as_ana", "as_bea", "as_cal", "as_dee", "as_dee_caring", "as_eve"])
def test_nobody_else_sees_or_acts(request, who, row):
    client = request.getfixturevalue(who)

    assert client.get(f"/clinic/escalations/{row.id}").status_code == 404
    for what in ("acknowledge", "accept", "close"):
        assert post(client, row, what, outcome="advised").status_code == 404
    assert Escalation.objects.get(id=row.id).version == 1


@pytest.mark.threat("T4")
def test_board_of_another_clinic_does_not_show_it(as_eve, row):
    assert "Ana" not in as_eve.get("/clinic/escalations").content.decode()


def test_board_asks_as_often_for_many_as_for_few(as_nia, cast, now, django_assert_max_num_queries):
    for number in range(40):
        row = opened(cast, now, cause=f"cause-{number}")
        act(actions.acknowledge, row, nia(cast), now)
    as_nia.get("/clinic/escalations")  # writes who was seen there in this hour

    with django_assert_max_num_queries(14):
        as_nia.get("/clinic/escalations")


def test_silence_leads_to_the_step_it_is_about(care, as_nia):
    key = care.key("check-1")
    row = actions.open(
        clinic_id=care.series.clinic_id, patient_id=care.series.patient_id, cause="no-reply", urgency=2,
        about_type="task", about_id=key, by=None, now=care.series.started_at,
    )  # fmt: skip

    page = as_nia.get(f"/clinic/escalations/{row.id}").content.decode()

    assert f'<a href="/steps/{key}">Which step?</a>' in page
