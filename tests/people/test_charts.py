"""Who opens a chart: whoever cares for the patient, or who says why; and the weekly review (02.7)."""

import json
import re
from datetime import date, timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from luna.audit.models import AuditEvent
from luna.people import access, charts
from luna.people.actions import charts as actions
from luna.people.errors import Refused, Replayed
from luna.people.models import AccessReview, CareRelation, ChartReason, Clinic, Invitation
from tests import cast as people
from tests.people import reading
from tests.test_access import GUARDED, things

pytestmark = pytest.mark.django_db
__all__ = ["things"]

# Whoever answers one of these must not be held up; the others name nothing of a patient's.
OPEN = {
    "escalation_id", "notice_id", "clinician_id", "chair_id", "closed_day_id", "name", "slug", "secret",
    "passkey_id", "about", "language", "change_id",
}  # fmt: skip


@pytest.fixture
def assigned(cast):
    Clinic.objects.update(charts="assigned")
    cast.harbour.charts = "assigned"
    return cast


@pytest.fixture
def url(cast):
    return f"/clinic/patients/{cast.ana_patient.id}"


def say_why(cast, now, **changes):
    given = {"reason": "Covering for Rosa", "by": cast.sees("nia"), "client_id": uuid4()}
    return actions.say_why(patient=cast.ana_patient, now=now, **given | changes)


def join(cast, now, *users):
    actions.set_team(
        patient=cast.ana_patient, users=[user.id for user in users], before=[], by=cast.sees("diaz"), now=now
    )


def test_everyone_opens_a_chart_where_everyone_cares_for_everyone(as_nia, url):
    assert as_nia.get(url).status_code == 200


@pytest.mark.threat("T5")
def test_chart_of_somebody_else_asks_why_and_opens_for_one_shift(assigned, as_nia, url, clock):
    asked = as_nia.get(url)
    assert (asked.status_code, asked.url.partition("?")[0]) == (302, f"{url}/reason")
    assert as_nia.get(asked.url).status_code == 200

    given = {"reason": "Covering for Rosa", "client_id": str(uuid4()), "next": url}
    opened = as_nia.post(f"{url}/reason", given)

    assert (opened.status_code, opened.url) == (302, url)
    assert as_nia.get(url).status_code == 200
    assert ChartReason.objects.get().reason == "Covering for Rosa"
    assert AuditEvent.objects.filter(verb="chart.reason", patient_id=assigned.ana_patient.id).count() == 1
    with pytest.raises(access.NeedsReason):
        access.enter(assigned.sees("nia"), assigned.ana_patient.id, clock.now + timedelta(hours=13))


@pytest.mark.parametrize("reason", ["", "   "])
def test_reason_has_to_be_given(assigned, as_nia, url, reason):
    page = as_nia.post(f"{url}/reason", {"reason": reason, "client_id": str(uuid4())})

    assert page.status_code == 422
    assert ChartReason.objects.count() == 0


@pytest.mark.threat("T5")
def test_every_page_of_a_patient_asks_why(things, care, assigned, as_nia):
    things["task_key"] = care.key("ride")  # a step that is there before anything has happened
    found = {}
    for one in GUARDED:
        if one.lets_in(assigned.sees("nia")) and "staff" in one.kinds and set(one.arguments) - OPEN:
            answer = as_nia.get(one.path(things))
            found[one.name] = (answer.status_code, answer.get("Location", "").partition("?")[0])

    asks = (302, f"/clinic/patients/{assigned.ana_patient.id}/reason")
    # A form to be sent is no page, and some need a name of something that is not there.
    elsewhere = {name: answer for name, answer in found.items() if answer != asks and answer[0] < 400}
    assert elsewhere == {"chart-reason": (200, "")}
    assert sum(answer == asks for answer in found.values()) > 10


def test_every_page_of_a_patient_passes_the_door_once(things, care, assigned, as_nia, now):
    say_why(assigned, now)
    things["task_key"] = care.key("ride")
    asked = {}
    for one in GUARDED:
        if one.lets_in(assigned.sees("nia")) and "staff" in one.kinds and set(one.arguments) - OPEN:
            with CaptureQueriesContext(connection) as queries:
                as_nia.get(one.path(things))
            asked[one.name] = sum('"people_carerelation"' in query["sql"] for query in queries)

    assert {name: times for name, times in asked.items() if times > 1} == {}
    assert asked["briefing-aloud"] == 1


TYPED = {"name": "Sam <b>Stone</b>", "email": "sam@example.org", "relation": "friend", "agreed": "on"}


def test_form_sent_after_the_reason_ran_out_is_sent_once_another_is_given(assigned, as_nia, url, clock):
    say_why(assigned, clock.now)
    clock.now += access.OPEN_FOR
    as_nia = assigned.browser("nia", clock.now, fresh=True)
    typed = TYPED | {"client_id": str(uuid4())}

    asked = as_nia.post(f"{url}/caretaker?from=chart", typed)
    held = reading.hidden(asked, f"{url}/reason")
    empty = as_nia.post(f"{url}/reason", held | {"reason": ""})
    again = reading.hidden(empty, f"{url}/reason")
    given = as_nia.post(f"{url}/reason", again | {"reason": "Still covering"})

    assert (asked.status_code, empty.status_code, given.status_code) == (423, 422, 200)
    assert "What you typed is kept." in asked.content.decode()
    assert reading.heading(given) == "The chart is open"
    assert reading.hidden(given, f"{url}/caretaker?from=chart") == typed
    sent = as_nia.post(f"{url}/caretaker", typed)
    assert (sent.status_code, Invitation.objects.get().name) == (302, "Sam <b>Stone</b>")


def test_whatever_staff_type_at_a_chart_that_asks_why_is_kept(things, care, assigned, as_nia, url):
    things["task_key"] = care.key("ride")
    typed, kept = {"text": "Long words\r\nin two lines", "many": ["one", "two"]}, []
    others: dict[str, int] = {}
    for one in GUARDED:
        if one.lets_in(assigned.sees("nia")) and "staff" in one.kinds and set(one.arguments) - OPEN:
            answer = as_nia.post(one.path(things), typed)
            if answer.status_code != 423:
                others[one.name] = answer.status_code
                continue
            held = reading.hidden(answer, f"{url}/reason")
            assert (json.loads(held["kept"]), held["to"]) == (
                {"text": [typed["text"]], "many": typed["many"]}, one.path(things),
            )  # fmt: skip
            kept.append(one.name)

    # A page that takes no form, and a name of something that is not there.
    assert {name for name, status in others.items() if status not in (404, 405)} == {"chart-reason"}
    assert len(kept) > 10


@pytest.mark.threat("T6")
def test_form_that_is_not_ours_is_not_offered_to_be_sent(assigned, as_nia, url):
    given = {"reason": "Covering", "client_id": str(uuid4()), "to": "https://evil.example/x", "kept": "{}"}

    assert as_nia.post(f"{url}/reason", given).url == url


def test_page_that_asks_for_news_carries_nothing(assigned, as_nia, url):
    answer = as_nia.post(f"{url}/caretaker", TYPED, headers={"X-Luna-Poll": "1"})

    assert (answer.status_code, answer.content) == (401, b"")


def test_escalation_opens_at_once_and_whoever_takes_it_cares_for_the_patient(things, assigned, as_nia, url):
    escalation = f"/clinic/escalations/{things['escalation_id']}"
    assert as_nia.get(escalation).status_code == 200

    as_nia.post(f"{escalation}/acknowledge", {"client_id": str(uuid4()), "version": "1"})

    assert as_nia.get(url).status_code == 200


def test_patient_of_another_clinic_is_not_found(assigned, as_eve, url):
    assert as_eve.get(url).status_code == 404
    assert as_eve.get(f"{url}/reason").status_code == 404


def test_door_costs_one_query_or_none(assigned, cast, now):
    join(cast, now, cast.nia)
    nia = cast.sees("nia")
    with CaptureQueriesContext(
        connection,
    ) as one:
        access.enter(nia, cast.ana_patient.id, now)
    nia.clinic.charts = "everyone"
    with CaptureQueriesContext(connection) as none:
        access.enter(nia, cast.ana_patient.id, now)

    assert (len(one), len(none)) == (1, 0)


def test_same_reason_form_is_one_reason(assigned, now):
    client_id = uuid4()
    first = say_why(assigned, now, client_id=client_id)

    assert say_why(assigned, now, client_id=client_id) == first
    with pytest.raises(Replayed):
        say_why(assigned, now, client_id=client_id, reason="Another")


def test_team_changes_only_what_was_changed_on_the_page(cast, now):
    join(cast, now, cast.nia)
    # Somebody else drew the page before Nia joined, and adds Dr Diaz.
    join(cast, now, cast.diaz)
    actions.set_team(patient=cast.ana_patient, users=[], before=[cast.nia.id], by=cast.sees("diaz"), now=now)

    team = CareRelation.objects.filter(patient=cast.ana_patient, until=None)
    assert list(team.values_list("user", flat=True)) == [cast.diaz.id]


def test_team_is_of_the_clinics_own_staff(cast, now):
    with pytest.raises(Refused):
        join(cast, now, cast.dee)


def test_team_page_is_for_coordinators_and_administrators(as_nia, as_diaz, cast, url):
    assert as_nia.get(f"{url}/team").status_code == 404
    done = as_diaz.post(f"{url}/team", {"users": [str(cast.nia.id)]})

    assert done.status_code == 302
    assert CareRelation.objects.get().user == cast.nia


# The weekly review

MONDAY = date(2027, 3, 8)  # the day of `now`


def test_review_lists_own_colleagues_and_reasoned_looks_and_no_others(cast, now, clock):
    own = people.patient(cast.harbour, cast.nia, now)
    as_nia, as_diaz = cast.browser("nia", now), cast.browser("diaz", now)
    cast_oli = f"/clinic/patients/{cast.oli_patient.id}"
    for browser, path in (
        (as_nia, f"/clinic/patients/{own.id}"),
        (as_diaz, f"/clinic/patients/{own.id}"),
        (as_nia, cast_oli),
    ):
        assert browser.get(path).status_code == 200
    people.member(cast.ana_patient, cast.nia, now)
    as_nia.get(f"/clinic/patients/{cast.ana_patient.id}")
    say_why(cast, now)

    found = {(line.who, line.patient_name, str(line.why)) for line in charts.to_review(cast.harbour, MONDAY)}

    assert found == {
        ("Nia Noor", "Nia Noor", "Their own chart"),
        ("Delia Diaz", "Nia Noor", "A colleague’s chart"),
        ("Nia Noor", "Ana Abel", "The chart of someone they care for at home"),
        ("Nia Noor", "Ana Abel", "With a reason"),
    }
    assert charts.to_review(cast.harbour, MONDAY - timedelta(days=7)) == []
    assert charts.to_review(cast.hill, MONDAY) == []


def test_review_takes_as_many_queries_for_many_looks(cast, now):
    def asked():
        with CaptureQueriesContext(connection) as queries:
            charts.to_review(cast.harbour, MONDAY)
        return len(queries)

    people.patient(cast.harbour, cast.nia, now)
    few = asked()
    for number in range(20):
        say_why(cast, now, reason=f"Reason {number}")

    assert asked() == few


@pytest.mark.threat("T5")
def test_week_is_signed_by_name_once_it_is_over(cast, as_diaz, clock):
    page = "/clinic/access-review?week=2027-03-08"
    assert as_diaz.post(page, {"note": ""}).status_code == 422
    clock.move(days=7)

    as_diaz = cast.browser("diaz", clock.now, fresh=True)
    assert as_diaz.post(page, {"note": "Talked to Nia."}).status_code == 302

    row = AccessReview.objects.get()
    assert (row.week, row.by, row.note) == (MONDAY, cast.diaz, "Talked to Nia.")
    assert "Reviewed by Delia Diaz" in as_diaz.get(page).content.decode()


def test_week_reviewed_by_somebody_else_is_not_reviewed_again(cast, now):
    later = now + timedelta(days=7)
    actions.review(week=MONDAY, note="", by=cast.sees("diaz"), now=later)

    with pytest.raises(Refused):
        actions.review(week=MONDAY, note="", by=cast.sees("nia"), now=later)


def waiting(browser) -> tuple[str, str]:
    """Return the count beside the audit in the navigation, and what the audit says of weeks."""
    page = browser.get("/clinic/audit").content.decode()
    tab = re.search(r'href="/clinic/audit".*?</a>', page, re.DOTALL)[0]
    found = re.search(r'rail-n">(\d+)', tab)
    weeks = re.search(r"\d+ weeks? waits? for (its|their) review", page)
    return found[1] if found else "", weeks[0] if weeks else ""


@pytest.mark.threat("T5")
def test_administrator_sees_that_a_week_waits_for_review(cast, clock):
    assert waiting(cast.browser("diaz", clock.now)) == ("", "")

    clock.move(days=7)
    assert waiting(cast.browser("diaz", clock.now)) == ("1", "1 week waits for its review")
    clock.move(days=7)
    assert waiting(cast.browser("diaz", clock.now)) == ("2", "2 weeks wait for their review")

    for week in (MONDAY, MONDAY + timedelta(days=7)):
        actions.review(week=week, note="", by=cast.sees("diaz"), now=clock.now)
    assert waiting(cast.browser("diaz", clock.now)) == ("", "")


def test_nobody_else_is_told_of_the_review(cast, clock):
    clock.move(days=7)

    page = cast.browser("nia", clock.now).get("/clinic/escalations").content.decode()

    assert "/clinic/audit" not in page


@pytest.mark.parametrize("week", ["2027-03-09", "nonsense", "1999-01-04", ""])
def test_week_that_is_none_is_not_found(as_diaz, week):
    assert as_diaz.get(f"/clinic/access-review?week={week}").status_code == 404


def test_review_is_the_administrators(as_nia):
    assert as_nia.get("/clinic/access-review").status_code == 404
