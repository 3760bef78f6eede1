"""Who was asked in and has not come; asking again; and telling the patient what became of it."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from luna.notices import jobs as notices
from luna.notices.models import Notice
from luna.people import waiting
from luna.people.actions import charts, circle, invitations
from luna.people.models import ChartReason, Clinic, Invitation, Patient
from tests import cast as people
from tests.people import reading

pytestmark = pytest.mark.django_db

PAGE = "/clinic/invitations"


@pytest.fixture
def invite(cast, now):
    def ask(name="Sam Stone", **changes):
        given = {
            "patient": cast.ana_patient, "role": "caretaker", "name": name,
            "email": f"{name.split()[0].lower()}@example.org",
            "relation": "partner", "by": cast.sees("ana"), "client_id": uuid4(), "now": now,
        }  # fmt: skip
        return invitations.invite(**given | changes)

    return ask


@pytest.fixture
def max_moss(cast, now):
    patient = people.patient(cast.harbour, people.user("Max Moss", now), now)
    Patient.objects.filter(pk=patient.pk).update(user=None)
    return Patient.objects.get(pk=patient.pk)


def test_page_lists_patients_and_caretakers_since_when_and_until_when(as_nia, cast, invite, max_moss, now):
    invite()
    invite("Max Moss", patient=max_moss, role="patient", relation="", by=cast.sees("nia"))

    page = as_nia.get(PAGE).content.decode()

    assert page.count("works until") == 2
    assert "Sam Stone" in page
    assert "Max Moss" in page


def test_page_lists_patients_nobody_asked_and_invites_them_in_one_press(as_nia, max_moss):
    assert "Max Moss" in as_nia.get(PAGE).content.decode()

    form = {"patient": str(max_moss.id), "client_id": str(uuid4())}
    for _press in range(2):
        assert as_nia.post(PAGE, form).status_code == 302

    assert Invitation.objects.get().patient == max_moss


@pytest.mark.threat("T6")
def test_one_press_sends_a_fresh_link_and_two_send_one(as_nia, invite, now):
    invitation = invite()
    form = {"do": "resend", "invitation": str(invitation.id), "sent": "1"}

    for _press in range(2):
        assert as_nia.post(PAGE, form).status_code == 302

    invitation.refresh_from_db()
    assert invitation.sent == 2


def test_press_on_what_was_answered_meanwhile_says_so(as_nia, invite, cast, now):
    invitation = invite()
    invitations.decline(invitation=invitation, now=now)

    answer = as_nia.post(PAGE, {"do": "resend", "invitation": str(invitation.id), "sent": "1"})

    assert answer.status_code == 422
    assert "was declined" in answer.content.decode()


@pytest.mark.parametrize("field", ["invitation", "patient"])
def test_press_for_another_clinic_is_not_found(as_eve, cast, invite, max_moss, field):
    thing = {"invitation": invite().id, "patient": max_moss.id}[field]

    answer = as_eve.post(PAGE, {"do": "resend", field: str(thing), "client_id": str(uuid4()), "sent": "1"})

    assert answer.status_code == 404


@pytest.fixture
def assigned(cast):
    Clinic.objects.update(charts=Clinic.Charts.ASSIGNED)
    return cast


@pytest.mark.threat("T5")
@pytest.mark.parametrize("do", ["resend", "cancel", "approve", "refuse"])
def test_press_for_a_patient_of_somebody_else_asks_why_first(assigned, as_nia, invite, now, do):
    invitation = invite(by=assigned.sees("diaz"))
    invitations.want_other_email(invitation=invitation, email="other@example.org", now=now)
    before = Invitation.objects.values().get()
    form = {"do": do, "invitation": str(invitation.id), "sent": "1", "email": "other@example.org"}

    answer = as_nia.post(PAGE, form, headers={"referer": f"http://testserver{PAGE}"})

    held = reading.hidden(answer, f"/clinic/patients/{assigned.ana_patient.id}/reason")
    assert (answer.status_code, held["to"]) == (423, PAGE)
    assert Invitation.objects.values().get() == before
    assert ChartReason.objects.count() == 0


@pytest.mark.threat("T5")
def test_patient_of_somebody_else_is_not_asked_in_without_a_reason(assigned, as_nia, max_moss):
    answer = as_nia.post(PAGE, {"patient": str(max_moss.id), "client_id": str(uuid4())})

    assert reading.hidden(answer, f"/clinic/patients/{max_moss.id}/reason")["to"] == PAGE
    assert Invitation.objects.count() == 0


@pytest.mark.threat("T5")
def test_press_after_a_reason_is_done(assigned, as_nia, invite, now):
    invitation = invite()
    charts.say_why(
        patient=assigned.ana_patient, reason="She called", by=assigned.sees("nia"), client_id=uuid4(), now=now
    )

    as_nia.post(PAGE, {"do": "resend", "invitation": str(invitation.id), "sent": "1"})

    assert Invitation.objects.get().sent == 2


@pytest.mark.parametrize("name", ["ana", "bea", "dee_caring"])
def test_page_is_for_staff(cast, clock, name):
    assert cast.browser(name, clock.now).get(PAGE).status_code == 404


def test_page_takes_as_many_queries_for_many(cast, invite, now):
    def asked():
        with CaptureQueriesContext(connection) as queries:
            waiting.of(cast.sees("nia"), "1", now)
        return len(queries)

    invite()
    few = asked()
    for number in range(10):
        invite(f"Sam{number} Stone")

    assert asked() == few


def told():
    return list(Notice.objects.filter(words="circle-changed").values_list("to_user__name", flat=True))


def test_patient_is_told_once_of_who_said_no_and_who_left(cast, invite, now):
    invitations.decline(invitation=invite(), now=now)
    circle.leave(by=cast.sees("bea"), now=now)

    assert notices.circles(now) == 1
    assert notices.circles(now) == 0
    assert told() == ["Ana Abel"]


def test_patient_is_told_who_came_in(cast, invite, now):
    user = people.user("Sam Stone", now)
    circle.accept(invitation=invite(), user=user, name="Sam Stone", zone="", now=now)

    notices.circles(now)

    assert told() == ["Ana Abel"]


def test_patient_is_not_told_of_what_they_did_themselves(cast, now):
    circle.revoke(member=cast.bea_member, by=cast.sees("ana"), now=now)

    assert notices.circles(now) == 0


def test_patient_without_an_account_is_not_written_to(cast, invite, max_moss, now):
    invitation = invite("Sam Stone", patient=max_moss, by=cast.sees("nia"))

    invitations.decline(invitation=invitation, now=now + timedelta(hours=1))

    assert notices.circles(now) == 0
