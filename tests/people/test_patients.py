"""Charts: found, added, changed, invited; read with a line in the audit."""

import re
from datetime import date, timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from luna.audit.models import AuditEvent
from luna.people import plans
from luna.people.actions import address, circle, invitations
from luna.people.models import CircleMember, Clinician, ContactChange, Invitation, Patient, Token, User
from tests import care

MAX = {
    "name": "Max Moss", "born_on": "1980-01-02", "email": "Max@Example.org", "phone": "(212) 555-0142",
    "address": "2 High Street", "invite": "on",
}  # fmt: skip


@pytest.fixture
def max_moss(cast, now) -> Patient:
    """A patient without an account."""
    return Patient.objects.create(
        clinic=cast.harbour,
        name="Max Moss",
        born_on=date(1980, 1, 2),
        email="max@example.org",
        created_at=now,
    )


def chart(patient, rest=""):
    return f"/clinic/patients/{patient.id}{rest}"


def queries(browser, path):
    browser.get(path)
    with CaptureQueriesContext(connection) as captured:
        browser.get(path)
    return len(captured)


def test_clinic_leads_to_what_may_need_somebody(as_nia):
    assert as_nia.get("/clinic").url == "/clinic/escalations"


def test_patients_lists_only_this_clinics(as_nia, as_eve):
    ours, theirs = (browser.get("/clinic/patients").content.decode() for browser in (as_nia, as_eve))

    assert [name in ours for name in ("Ana Abel", "Oli Orr", "Zoe Zhu")] == [True, True, False]
    assert [name in theirs for name in ("Ana Abel", "Oli Orr", "Zoe Zhu")] == [False, False, True]


@pytest.mark.parametrize("wanted", ["abel", "Ana", "ANA abel", "ana@example.org"])
def test_patients_are_found_by_part_of_the_name_or_by_address(as_nia, wanted):
    text = as_nia.post("/clinic/patients", {"q": wanted}).content.decode()

    assert ("Ana Abel" in text, "Oli Orr" in text) == (True, False)


@pytest.mark.threat("T6")
def test_name_that_is_looked_for_is_in_no_address(as_nia, monkeypatch):
    monkeypatch.setattr(plans, "PAGE", 1)

    listed = as_nia.get("/clinic/patients").content.decode()
    found = as_nia.post("/clinic/patients", {"q": "l"}).content.decode()

    assert 'method="post" action="/clinic/patients"' in listed
    assert ("?page=2" in listed, "?" in "".join(re.findall(r'href="([^"]*)"', found))) == (True, False)


def test_search_that_finds_too_many_asks_for_more(as_nia, monkeypatch):
    monkeypatch.setattr(plans, "PAGE", 1)

    assert "There are more." in as_nia.post("/clinic/patients", {"q": "l"}).content.decode()


@pytest.mark.threat("T4")
def test_search_finds_nobody_of_another_clinic(as_nia):
    assert "Nobody found." in as_nia.post("/clinic/patients", {"q": "zoe"}).content.decode()


@pytest.mark.parametrize("number", ["0", "-1", "9999", "x", ""])
def test_patients_page_that_is_none_shows_one_that_is(as_nia, number):
    assert as_nia.get("/clinic/patients", {"page": number}).status_code == 200


def test_patients_take_as_many_queries_for_a_thousand(as_nia, cast, now):
    few = queries(as_nia, "/clinic/patients")
    Patient.objects.bulk_create(
        Patient(
            clinic=cast.harbour, name=f"P {i}", born_on=date(1990, 1, 1), email=f"p{i}@example.org",
            created_at=now,
        )
        for i in range(1000)
    )  # fmt: skip

    assert queries(as_nia, "/clinic/patients") == few
    assert "Page 1 of 21" in as_nia.get("/clinic/patients").content.decode()


def test_new_patient_is_added_and_invited(as_nia, cast):
    response = as_nia.post("/clinic/patients/new", MAX | {"client_id": uuid4()})

    patient = Patient.objects.get(name="Max Moss")
    invitation = Invitation.objects.get(patient=patient)
    assert response.url == chart(patient)
    assert (patient.email, patient.phone, patient.clinic_id) == (
        "max@example.org",
        "+12125550142",
        cast.harbour.id,
    )
    assert (invitation.role, invitation.email) == ("patient", "max@example.org")


def test_new_patient_without_the_tick_is_not_invited(as_nia):
    as_nia.post(
        "/clinic/patients/new", {k: v for k, v in MAX.items() if k != "invite"} | {"client_id": uuid4()}
    )

    assert Patient.objects.filter(name="Max Moss").count() == 1
    assert not Invitation.objects.exists()


def test_new_patient_sent_twice_is_added_once(as_nia):
    form = MAX | {"client_id": uuid4()}

    pressed = [as_nia.post("/clinic/patients/new", form).url for _press in range(2)]

    assert pressed[0] == pressed[1]
    assert Patient.objects.filter(name="Max Moss").count() == 1
    assert AuditEvent.objects.filter(verb="patient.add").count() == 1


def test_new_patient_sent_twice_with_other_content_is_refused(as_nia):
    client_id = uuid4()
    as_nia.post("/clinic/patients/new", MAX | {"client_id": client_id})

    response = as_nia.post("/clinic/patients/new", MAX | {"client_id": client_id, "name": "Other"})

    assert response.status_code == 422
    assert "sent before with other answers" in response.content.decode()


@pytest.mark.hazard("H3")
def test_new_patient_who_has_a_chart_is_refused(as_nia, max_moss):
    response = as_nia.post("/clinic/patients/new", MAX | {"name": "MAX moss", "client_id": uuid4()})

    assert response.status_code == 422
    assert "There is a chart with this name and date of birth." in response.content.decode()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"name": ""}, "Type a name."),
        ({"name": "x" * 2_000_000}, "Use at most 120 letters. There are 2000000."),
        ({"born_on": ""}, "Enter the date of birth."),
        ({"born_on": "31/31/31"}, "Enter the date of birth as a date, like 1990-05-04."),
        ({"born_on": "2027-03-09"}, "Enter a day of birth in the past"),
        ({"born_on": "1850-01-01"}, "Enter a day of birth in the past"),
        ({"email": "max"}, "Type an e-mail address"),
        ({"phone": "555 0142"}, "Type a phone number we can call, like (201) 555-0123."),
        ({"phone": "call me"}, "From another country, begin with +."),
        ({"email": "nia@example.org"}, "This is your own address."),
        ({"client_id": "x"}, "Enter a valid UUID."),
    ],
)
def test_new_patient_with_a_mistake_says_so_and_adds_nobody(as_nia, change, words):
    response = as_nia.post("/clinic/patients/new", MAX | {"client_id": uuid4()} | change)

    text = response.content.decode()
    assert response.status_code == 422
    assert words in text
    assert 'value="2 High Street"' in text
    assert not Patient.objects.filter(born_on=date(1980, 1, 2)).exists()


def test_new_patient_with_a_number_from_abroad(as_nia):
    as_nia.post("/clinic/patients/new", MAX | {"phone": "+353 1 555 0100", "client_id": uuid4()})

    assert Patient.objects.get(name="Max Moss").phone == "+35315550100"


@pytest.mark.threat("T5")
def test_chart_writes_one_line_an_hour(as_nia, cast):
    for _look in range(3):
        as_nia.get(chart(cast.ana_patient))

    line = AuditEvent.objects.get(verb="chart.read")
    assert (line.actor_id, line.patient_id, line.capacity) == (cast.nia.id, cast.ana_patient.id, "staff")


def test_chart_shows_contact_circle_and_invitations(as_nia, cast, now):
    invitations.invite(
        patient=cast.ana_patient, role="caretaker", email="sam@example.org", name="Sam Stone",
        relation="partner", by=cast.sees("ana"), client_id=uuid4(), now=now,
    )  # fmt: skip

    text = as_nia.get(chart(cast.ana_patient)).content.decode()

    for words in (
        "Ana Abel",
        "(212) 555-0100",
        "Bea Burns",
        "Sam Stone",
        "sam@example.org",
        "Sent, no answer",
    ):
        assert words in text


def test_chart_takes_as_many_queries_for_many(as_nia, cast, now):
    few = queries(as_nia, chart(cast.ana_patient))
    for i in range(10):
        user = User.objects.create(name=f"U {i}", email=f"u{i}@example.org", created_at=now)
        CircleMember.objects.create(
            clinic=cast.harbour, patient=cast.ana_patient, user=user, relation="friend", kinds=["schedule"],
            since=now,
        )  # fmt: skip

    assert queries(as_nia, chart(cast.ana_patient)) == few


def test_chart_shows_who_left(as_nia, cast, now):
    circle.leave(by=cast.sees("bea"), now=now)

    assert "Left" in as_nia.get(chart(cast.ana_patient)).content.decode()


def test_invite_patient_in_one_press(as_nia, max_moss):
    form = {"client_id": uuid4()}

    for _press in range(2):
        as_nia.post(chart(max_moss, "/invite"), form)

    assert Invitation.objects.get().patient == max_moss


def test_invite_patient_who_has_an_account_is_refused_in_words(as_nia, cast):
    response = as_nia.post(chart(cast.ana_patient, "/invite"), {"client_id": uuid4()})

    assert response.status_code == 422
    assert "has an account already" in response.content.decode()


def test_chase_in_one_press(as_nia, max_moss):
    as_nia.post(chart(max_moss, "/invite"), {"client_id": uuid4()})
    invitation = Invitation.objects.get()

    as_nia.post(chart(max_moss, f"/invitations/{invitation.id}"), {"do": "resend", "sent": 1})

    invitation.refresh_from_db()
    assert invitation.sent == 2
    assert "Sent 2 times, no answer" in as_nia.get(chart(max_moss)).content.decode()


def test_caretaker_is_invited_when_the_patient_agreed(as_nia, cast):
    asked = {"name": "Sam Stone", "email": "sam@example.org", "relation": "partner", "client_id": uuid4()}

    refused = as_nia.post(chart(cast.ana_patient, "/caretaker"), asked)
    sent = as_nia.post(chart(cast.ana_patient, "/caretaker"), asked | {"agreed": "on"})

    assert refused.status_code == 422
    assert "Ask the patient first." in refused.content.decode()
    assert sent.status_code == 302
    assert Invitation.objects.get().invited_by == cast.nia


def test_remove_at_the_patients_word(as_nia, cast):
    path = chart(cast.ana_patient, f"/circle/{cast.bea_member.id}/remove")
    as_nia.get(path)
    as_nia.post(path)

    cast.bea_member.refresh_from_db()
    assert cast.bea_member.state == "revoked"


def change_form(patient, **changed):
    return {
        "name": patient.name, "born_on": "1990-05-04", "email": patient.email, "phone": patient.phone,
        "address": patient.address, "version": patient.version,
    } | changed  # fmt: skip


def test_change_is_saved_and_counted(as_nia, cast):
    as_nia.post(chart(cast.ana_patient, "/change"), change_form(cast.ana_patient, address="9 New Road"))

    cast.ana_patient.refresh_from_db()
    assert (cast.ana_patient.address, cast.ana_patient.version) == ("9 New Road", 2)


def test_change_in_two_tabs_shows_both_and_loses_nothing(as_nia, as_diaz, cast):
    path = chart(cast.ana_patient, "/change")
    as_nia.post(path, change_form(cast.ana_patient, address="9 New Road"))

    second = as_diaz.post(path, change_form(cast.ana_patient, address="7 Old Lane"))
    text = second.content.decode()
    cast.ana_patient.refresh_from_db()
    stands = cast.ana_patient.address
    saved = as_diaz.post(path, change_form(cast.ana_patient, address="7 Old Lane"))

    assert second.status_code == 422
    assert "Someone changed this while you had it open." in text
    assert "<td>9 New Road</td><td>7 Old Lane</td>" in text
    assert 'name="version" value="2"' in text
    assert stands == "9 New Road"
    assert saved.status_code == 302


def test_change_of_address_takes_back_an_invitation_to_the_old_one(as_nia, max_moss):
    as_nia.post(chart(max_moss, "/invite"), {"client_id": uuid4()})

    as_nia.post(
        chart(max_moss, "/change"), change_form(max_moss, email="new@example.org", born_on="1980-01-02")
    )

    assert Invitation.objects.get().state == "cancelled"


@pytest.mark.threat("T1")
def test_let_back_in_forgets_the_pin_and_shows_a_code_once(as_nia, cast, mailoutbox):
    cast.ana.pin = "something"
    cast.ana.save()
    path = chart(cast.ana_patient, f"/people/{cast.ana.id}/let-back-in")

    asked = as_nia.get(path).content.decode()
    told = as_nia.post(path)

    cast.ana.refresh_from_db()
    assert "Ask for two things" in asked
    assert told.headers["Cache-Control"].startswith("max-age=0")
    assert (cast.ana.pin, bool(cast.ana.set_up_code)) == ("", True)
    assert mailoutbox == []


def test_let_back_in_is_only_for_the_patient_and_the_circle(as_nia, cast):
    for stranger in (cast.cal, cast.diaz, cast.eve):
        path = chart(cast.ana_patient, f"/people/{stranger.id}/let-back-in")
        assert as_nia.post(path).status_code == 404


def test_expired_invitation_is_shown_as_run_out(as_nia, max_moss, clock):
    as_nia.post(chart(max_moss, "/invite"), {"client_id": uuid4()})
    Invitation.objects.update(expires_at=clock.now - timedelta(minutes=1))

    assert "Ran out" in as_nia.get(chart(max_moss)).content.decode()


@pytest.mark.threat("T1")
def test_clinic_puts_an_address_back_though_the_link_is_void(as_nia, cast, clock):
    address.change_email(cast.ana, "thief@example.org", now=clock.now)
    Token.objects.update(revoked_at=clock.now)  # as a restore does
    path = chart(cast.ana_patient, f"/people/{cast.ana.id}/put-address-back")

    asked = as_nia.get(path).content.decode()
    linked = as_nia.get(chart(cast.ana_patient)).content.decode()
    done = as_nia.post(path)

    assert (asked.count("ana@example.org"), linked.count(path)) == (1, 1)
    assert done.url == chart(cast.ana_patient)
    assert User.objects.get(pk=cast.ana.pk).email == "ana@example.org"
    line = AuditEvent.objects.get(verb="contact.undo")
    assert (line.actor_id, line.capacity, line.patient_id) == (cast.nia.id, "staff", cast.ana_patient.id)


@pytest.mark.threat("T1")
def test_clinic_undoes_no_address_change_after_its_time_or_of_a_stranger(as_nia, cast, clock):
    for person in (cast.ana, cast.cal):
        address.change_email(person, f"{person.id.hex}@example.org", now=clock.now)
    strange = chart(cast.ana_patient, f"/people/{cast.cal.id}/put-address-back")
    late = chart(cast.ana_patient, f"/people/{cast.ana.id}/put-address-back")
    found = as_nia.post(strange).status_code
    ContactChange.objects.update(undo_until=clock.now)

    assert [found, as_nia.post(late).status_code] == [404, 404]
    assert User.objects.get(pk=cast.ana.pk).email == f"{cast.ana.id.hex}@example.org"


@pytest.mark.threat("T1")
def test_administrator_puts_a_colleagues_address_back(as_diaz, cast, clock):
    address.change_email(cast.nia, "thief@example.org", now=clock.now)
    nia = Clinician.objects.get(user=cast.nia)

    done = as_diaz.post(f"/clinic/staff/{nia.id}/put-address-back")

    assert done.url == "/clinic/staff"
    assert User.objects.get(pk=cast.nia.pk).email == "nia@example.org"


def test_chart_leads_with_the_consultation_until_a_prescriber_has_decided(as_diaz, cast, now):
    def led_by():
        page = as_diaz.get(chart(cast.ana_patient)).content.decode()
        return re.findall(r'<a class="btn" href="([^"]+)"', page)

    consultation, new_series = (chart(cast.ana_patient, rest) for rest in ("/consultation", "/series/new"))
    assert led_by() == [consultation]

    care.decide(cast, cast.ana_patient, now)
    assert led_by() == [new_series]

    care.decide(cast, cast.ana_patient, now, verdict="not-now")
    assert led_by() == [consultation]
