"""Whoever stands in a list of the staff's reads so in "who looked", but for what only staff may know."""

from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from luna.audit.models import AuditEvent
from luna.checkins import actions as checkins
from luna.clinical.triage import Urgency
from luna.escalation import actions as escalation
from luna.escalation.writing import Written
from luna.intake import actions as intake
from luna.notices import actions as notices
from luna.notices import jobs as sending
from luna.people import charts
from luna.people.actions import helping, invitations
from luna.people.models import CircleMember
from tests import cast as people
from tests.care import at
from tests.consents import asking

pytestmark = [pytest.mark.django_db, pytest.mark.threat("T5")]


def at_home(care, cast, now):
    care.leave()
    checkins.start_watch(
        viewer=cast.sees("bea"), infusion_id=care.infusions[0].id, client_id=uuid4(), now=now
    )


def calls_for_help(care, cast, now, cause="no-reply", patient=None):
    return escalation.open(
        clinic_id=cast.harbour.id, patient_id=(patient or cast.ana_patient).id, cause=cause,
        urgency=Urgency.SOON, about_type="series", about_id=care.series.id.hex, by=None, now=now,
    )  # fmt: skip


def asks(care, cast, now):
    intake.ask(viewer=cast.sees("ana"), what="fear", written=Written("Falling."), client_id=uuid4(), now=now)


def has_to_sign(care, cast, now):
    asking.sign_text(cast, now)


def is_called(care, cast, now):
    helper = helping.add_without_mail(
        patient=cast.ana_patient, name="Gus Gray", phone="+12125550188", relation="friend",
        helping=helping.Helping(help="drives", is_adult=True), by=cast.sees("nia"),
        client_id=uuid4(), now=now,
    )  # fmt: skip
    notices.plan(
        key="call", words="moved", clinic_id=cast.harbour.id, patient_id=cast.ana_patient.id,
        to_user_id=helper.user_id, due_at=now, values={"was_at": now, "starts_at": now}, now=now,
    )  # fmt: skip
    sending.run(now)


def invites(care, cast, now):
    invitations.invite(
        patient=cast.ana_patient, role="caretaker", email="sam@example.org", name="Sam Stone",
        relation="partner", by=cast.sees("ana"), client_id=uuid4(), now=now,
    )  # fmt: skip


LISTS = {
    "/clinic/at-home": (at_home, "saw you in the list of who is at home"),
    "/clinic/escalations": (calls_for_help, "saw you in the list of who needs somebody"),
    "/clinic/news": (asks, "saw you in the list of what is new to read"),
    "/clinic/series": (lambda care, cast, now: None, "saw you in the list of series"),
    "/clinic/consents": (has_to_sign, "saw you in the list of consents"),
    "/clinic/messages": (is_called, "saw you in the list of messages"),
    "/clinic/messages/all": (is_called, "saw you in the list of messages"),
    "/clinic/calls": (is_called, "saw you in the list of calls to make"),
    "/clinic/invitations": (invites, "saw you in the list of invitations"),
}


@pytest.fixture
def listed(care, cast, clock, request):
    """Put Ana into one list, and return its address and what she reads of it."""
    clock.now = at("03-15 12:00")
    path = request.param
    put, words = LISTS[path]
    put(care, cast, clock.now)
    return path, words


def lines(patient, **more):
    found = AuditEvent.objects.filter(patient_id=patient.id, verb__startswith="list.", **more)
    return list(found.values_list("verb", "actor_id", "reason"))


@pytest.mark.parametrize("listed", LISTS, indirect=True)
def test_patient_reads_who_saw_them_in_a_list(listed, cast, clock):
    path, words = listed
    page = cast.browser("nia", clock.now).get(path)
    assert "Ana" in page.content.decode()

    looked = cast.browser("ana", clock.now).get("/who-looked").content.decode()

    assert f"Nia Noor {words}" in looked
    audit = cast.browser("diaz", clock.now).get("/clinic/audit").content.decode()
    assert words.replace("you", "a patient") in audit


@pytest.mark.parametrize("listed", LISTS, indirect=True)
def test_page_that_asks_for_news_of_itself_writes_nothing_more(listed, cast, clock):
    path, _words = listed
    nia = cast.browser("nia", clock.now)
    nia.get(path)
    written = len(lines(cast.ana_patient))

    for _poll in range(3):
        with CaptureQueriesContext(connection) as captured:
            nia.get(path, headers={"X-Luna-Poll": "1"})
        assert [one["sql"] for one in captured if "INSERT" in one["sql"]] == []

    assert len(lines(cast.ana_patient)) == written == 1


@pytest.mark.parametrize("listed", LISTS, indirect=True)
def test_other_clinics_list_sees_nobody_of_this_one(listed, cast, clock):
    path, _words = listed

    cast.browser("eve", clock.now).get(path)

    assert lines(cast.ana_patient) == []


@pytest.mark.threat("T1")
@pytest.mark.parametrize("cause", ["safety", "barred-adult", "confided-no-reply"])
def test_board_of_what_only_staff_may_know_leaves_no_trace(as_nia, as_ana, care, cast, now, cause):
    calls_for_help(care, cast, now, cause)

    as_nia.get("/clinic/escalations")

    assert lines(cast.ana_patient) == [("list.escalations", cast.nia.id, "staff-only")]
    assert "in the list of" not in as_ana.get("/who-looked").content.decode()


@pytest.mark.threat("T1")
def test_board_that_shows_more_of_a_patient_says_so_whatever_else_is_there(as_nia, as_ana, care, cast, now):
    calls_for_help(care, cast, now, "safety")
    as_nia.get("/clinic/escalations")
    calls_for_help(care, cast, now)

    as_nia.get("/clinic/escalations")

    assert "saw you in the list of who needs somebody" in as_ana.get("/who-looked").content.decode()


@pytest.mark.threat("T1")
@pytest.mark.parametrize(("audience", "told"), [("team", False), ("prescribers", False), ("patient", True)])
def test_news_told_in_confidence_leave_the_patient_no_trace(as_diaz, as_ana, cast, now, audience, told):
    intake.notice(
        viewer=cast.sees("bea"), audience=audience, written=Written("He drinks again."),
        client_id=uuid4(), now=now,
    )  # fmt: skip

    assert "Ana Abel" in as_diaz.get("/clinic/news").content.decode()

    assert ("in the list of" in as_ana.get("/who-looked").content.decode()) is told


def test_board_writes_as_often_for_many_as_for_one(care, cast, clock):
    calls_for_help(care, cast, clock.now)
    one = queries(cast, clock)
    for number in range(12):
        patient = people.patient(cast.harbour, people.user(f"P{number} Penn", clock.now), clock.now)
        calls_for_help(care, cast, clock.now, patient=patient)
    clock.move(hours=2)

    assert queries(cast, clock) == one


def queries(cast, clock):
    browser = cast.browser("nia", clock.now)
    with CaptureQueriesContext(connection) as captured:
        assert browser.get("/clinic/escalations").status_code == 200
    return len(captured)


def test_list_is_no_chart_to_be_reviewed(as_nia, care, cast, clock):
    """A colleague in a list is seen by all who open it: that would drown who opened a chart."""
    CircleMember.objects.filter(pk=cast.bea_member.pk).update(user=cast.nia)
    calls_for_help(care, cast, clock.now)
    monday = charts.weeks(cast.harbour, clock.now)[0].monday
    before = charts.to_review(cast.harbour, monday)

    as_nia.get("/clinic/escalations")

    assert lines(cast.ana_patient) == [("list.escalations", cast.nia.id, "")]
    assert charts.to_review(cast.harbour, monday) == before
