"""A check-in is stored exactly once, judged by the signed rules, and brings a human when it asks for one."""

from uuid import uuid4

import pytest
from django.db import connection
from django.http import Http404
from django.test.utils import CaptureQueriesContext

from luna.audit.models import AuditEvent
from luna.checkins import actions
from luna.clinical.triage import Urgency
from luna.escalation.models import Escalation
from luna.library import actions as library
from luna.library import content
from luna.notices import actions as notices
from luna.people.errors import Refused, Replayed
from luna.records.models import Response
from luna.treatment import actions as treatment
from tests.care import at, caretaker, staff

pytest_plugins = ["tests.care"]

HOME, DUE = at("03-15 12:00"), at("03-15 13:05")
FINE = {"wake": "awake", "breathing": "easy", "other": "fine"}


@pytest.fixture
def submit(care, cast):
    """Bea, at home since noon, answers the first check-in at one o'clock."""
    care.home(HOME)

    def send(answers, *, by=None, step="check-1", when=DUE, client_id=None):
        return actions.submit(
            viewer=by or caretaker(cast.bea, cast.ana_patient),
            task_key=care.key(step),
            revision=1,
            answers=answers,
            client_id=client_id or uuid4(),
            now=when,
        )

    return send


def test_submit_fine_is_stored_and_calls_nobody(submit, cast):
    response = submit(FINE)

    assert (response.urgency, response.cards, response.missing) == (Urgency.ROUTINE, [], [])
    assert (response.by, response.capacity, response.patient) == (cast.bea, "caretaker", cast.ana_patient)
    assert list(Escalation.objects.all()) == []
    assert AuditEvent.objects.filter(verb="check-in.submit").count() == 1


def test_submit_reads_the_plan_once_under_the_lock(submit):
    with CaptureQueriesContext(connection) as asked:
        submit(FINE)

    assert sum('FROM "treatment_moment"' in one["sql"] for one in asked) == 1


@pytest.mark.hazard("H5")
@pytest.mark.parametrize(
    ("answers", "cause", "urgency"),
    [
        ({"wake": "no"}, "cannot-wake", Urgency.EMERGENCY),
        ({"wake": "awake", "breathing": "bad"}, "breathing", Urgency.EMERGENCY),
        (FINE | {"wake": "slowly"}, "hard-to-wake", Urgency.URGENT),
        (FINE | {"wake": "not-sure"}, "hard-to-wake", Urgency.URGENT),
        (FINE | {"other": "vomiting"}, "vomiting", Urgency.URGENT),
        (FINE | {"other": "dark-thoughts"}, "dark-thoughts", Urgency.URGENT),
        (FINE | {"other": "something-else"}, "something-else", Urgency.URGENT),
    ],
)
def test_submit_with_a_flag_opens_one_escalation(submit, answers, cause, urgency):
    response = submit(answers)

    found = Escalation.objects.get()
    assert (found.cause, found.urgency, found.about_id) == (cause, urgency, str(response.pk))


@pytest.mark.hazard("H1")
@pytest.mark.parametrize("answers", [{}, {"wake": "awake"}, {"wake": "awake", "breathing": "easy"}])
def test_submit_with_an_answer_missing_is_refused(submit, answers):
    with pytest.raises(Refused):
        submit(answers)

    assert Response.objects.count() == 0


def test_submit_of_an_answer_nobody_offers_is_refused(submit):
    with pytest.raises(Refused):
        submit(FINE | {"wake": "<script>"})

    assert Response.objects.count() == 0


def test_submit_sent_twice_is_one_response_and_one_audit_line(submit):
    client_id = uuid4()

    first = submit({"wake": "no"}, client_id=client_id)
    again = submit({"wake": "no"}, client_id=client_id)

    assert again == first
    assert Response.objects.count() == 1
    assert Escalation.objects.get().steps.filter(what="opened").count() == 1
    assert AuditEvent.objects.filter(verb="check-in.submit").count() == 1


@pytest.mark.hazard("H1")
def test_submit_sent_again_after_home_was_taken_back_is_still_the_first(submit, care, cast):
    client_id = uuid4()
    first = submit({"wake": "no"}, client_id=client_id)
    treatment.take_back_moment(
        infusion_id=care.infusions[0].pk, what="home", viewer=staff(cast, cast.nia),
        client_id=uuid4(), now=DUE,
    )  # fmt: skip

    assert submit({"wake": "no"}, client_id=client_id) == first


def test_submit_of_other_answers_under_the_same_id_is_refused_and_keeps_the_first(submit):
    client_id = uuid4()
    first = submit({"wake": "no"}, client_id=client_id)

    with pytest.raises(Replayed):
        submit(FINE, client_id=client_id)

    assert list(Response.objects.all()) == [first]


@pytest.mark.hazard("H1")
def test_a_later_fine_never_closes_an_earlier_flag(submit):
    submit({"wake": "no"})

    submit(FINE, when=at("03-15 13:10"))

    assert Escalation.objects.get().closed_at is None


def test_submit_before_it_opens_is_refused(submit):
    with pytest.raises(Refused):
        submit(FINE, step="check-morning")


def test_submit_after_it_closed_is_stored_late(submit):
    response = submit(FINE, when=at("03-15 18:00"))

    assert response.recorded_at == at("03-15 18:00")


@pytest.mark.threat("T1")
def test_submit_by_anyone_else_is_not_found(submit, cast):
    from_cal = caretaker(cast.cal, cast.oli_patient)

    with pytest.raises(Http404):
        submit(FINE, by=from_cal)


@pytest.mark.hazard("H2")
def test_submit_is_judged_by_the_rules_the_clinic_signed_last(submit, cast, now):
    stricter = (
        content.triage_text("recovery")
        .replace('version = "1.0.0"', 'version = "9.0.0"', 1)
        .replace(
            "[[rule]]",
            '[[rule]]\nid = "mild-counts"\nurgency = "urgent"\ncard = "something-else"\n'
            'when = [{ fact = "other_sign_code", equals = 1 }]\n'
            'grade = "D"\nevidence = ["rf-fall"]\n\n[[rule]]',
            1,
        )
    )
    library.sign(
        clinic_id=cast.harbour.id, kind="triage", text=stricter, accepted=_all_of(stricter),
        by_id=cast.diaz.id, name=cast.diaz.name, now=now,
    )  # fmt: skip

    response = submit(FINE | {"other": "mild"})

    assert (response.urgency, response.rules_version) == (Urgency.URGENT, "9.0.0")


def _all_of(text):
    return [rule.id for rule in content.triage_of(text).rules]


def test_submit_takes_back_a_reminder_that_still_waits(submit, care, cast):
    waiting = notices.plan(
        key="nudge", words="checkin-nudge", clinic_id=cast.harbour.id, patient_id=cast.ana_patient.id,
        to_user_id=cast.bea.id, due_at=DUE, task_key=care.key("check-1"), now=DUE,
    )  # fmt: skip

    submit(FINE)

    waiting.refresh_from_db()
    assert (waiting.state, waiting.opened_at) == (waiting.State.VOID, None)
