"""The plan, a step, a private line, the clinic's page of a series: who may see them, what they say."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from uuid6 import uuid7

from luna.audit.models import AuditEvent
from luna.careplan.models import Mark
from luna.people.models import CareRelation, CircleMember, Clinic, Key, User
from luna.records.models import PrivateLine
from luna.treatment import actions as treatment
from tests import care as cared
from tests.careplan import readying
from tests.consents.asking import sign, sign_text
from tests.people import reading

EVE = "03-14 18:00"
NOBODY_ELSE = ["as_cal", "as_dee", "as_dee_caring", "as_eve"]


@pytest.fixture
def on_the_eve(care, clock):
    clock.now = cared.at(EVE)
    return care


def text_of(response):
    """Return the words of a page on one line."""
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).replace("\u00a0", " ").split())


def mark(browser, care, step, said, *, revision=1, form=None, **more):
    sent = {"done": said, "revision": revision, "client_id": form or uuid7(), **more}
    return browser.post(f"/steps/{care.key(step)}/mark", sent)


# --- The plan


def test_plan_shows_the_series_by_day(on_the_eve, as_ana):
    page = text_of(as_ana.get("/plan"))

    assert "Today · Sunday 14 March" in page
    assert "Infusion 1 of 6" in page
    assert "Earlier days" in page


def test_plan_counts_each_series_for_itself(care, clock):
    def plan_on(when):
        clock.now = cared.at(when)
        return text_of(care.cast.browser("ana", clock.now).get("/plan"))

    days = ("04-02", "04-09", "04-16", "04-23")
    cared.start(care.cast, clock.now, starts=days, protocol="mood-maintenance")

    before = plan_on("03-14 18:00")
    for infusion in range(1, 7):
        care.leave(infusion)
    after = plan_on("04-01 18:00")

    assert "0 of 6 infusions done" in before
    assert "0 of 4 infusions done" in after
    assert ["Infusion 6 of 6" in page and "Infusion 4 of 4" in page for page in (before, after)] == [True] * 2


def test_plan_of_someone_far_away_names_the_clinics_clock(on_the_eve, as_ana):
    on_the_eve.cast.ana.zone = "Europe/Berlin"
    on_the_eve.cast.ana.save()

    assert "9 am (New York time)" in text_of(as_ana.get("/plan"))


def test_timetable_names_the_clock_of_a_step_that_is_not_the_clinics(on_the_eve, as_nia):
    path = f"/clinic/series/{on_the_eve.series.id}"
    before = text_of(as_nia.get(path))
    on_the_eve.cast.ana.zone = "Europe/Berlin"
    on_the_eve.cast.ana.save()

    assert [page.count("(Berlin time)") > 0 for page in (before, text_of(as_nia.get(path)))] == [False, True]


@pytest.mark.hazard("H9")
def test_step_when_its_helper_is_not_there_says_so_to_them_and_to_staff(on_the_eve, as_bea, cast, clock):
    CircleMember.objects.filter(pk=cast.bea_member.pk).update(hours=[[0, "08:00", "14:00"]])
    asked, own = "Bea Burns said not to be there then", "You said that you are not there then."
    infusion = text_of(as_bea.get("/plan"))
    clock.now = cared.at("03-15 11:35")
    on_the_eve.home(cared.at("03-15 11:30"))
    as_nia = cast.browser("nia", clock.now)

    series = text_of(as_nia.get(f"/clinic/series/{on_the_eve.series.id}"))
    plan = text_of(as_bea.get("/plan"))
    steps = [
        [text_of(one.get(f"/steps/{on_the_eve.key(step)}")) for one in (as_nia, as_bea)]
        for step in ("check-1", "check-3")
    ]

    assert f"You are on duty · {own}" in infusion
    assert (series.count(asked), plan.count(own)) == (3, 8)  # of three steps, and of five infusions ahead
    assert [(asked in staff, own in helper) for staff, helper in steps] == [(False, False), (True, True)]


def test_plan_of_the_caretaker_holds_only_their_own_steps(on_the_eve, as_bea):
    page = as_bea.get("/plan").content.decode()

    assert on_the_eve.key("ride") in page
    assert on_the_eve.key("last-food") not in page


def test_plan_leaves_out_kinds_that_are_not_shared(on_the_eve, as_bea):
    CircleMember.objects.update(kinds=["schedule"])

    assert on_the_eve.key("ride") not in as_bea.get("/plan").content.decode()


def test_plan_without_a_series_says_there_is_nothing_to_do(as_ana):
    assert "Nothing to do here now." in text_of(as_ana.get("/plan"))


def test_how_far_the_series_is_goes_from_an_open_page_as_the_days_do(on_the_eve, as_bea):
    page = as_bea.get("/plan").content.decode()

    live = re.findall(r'<div[^>]*id="(\w+)" data-live[^>]*>', page)
    assert live == ["series", "days"]
    assert page.index('id="series"') < page.index("0 of 6 infusions done") < page.index('id="days"')


def test_plan_of_a_caretaker_who_was_removed_looks_like_one_between_two_series(on_the_eve, as_bea):
    CircleMember.objects.filter(id=on_the_eve.cast.bea_member.id).update(state="revoked")

    assert "Nothing to do here now." in text_of(as_bea.get("/plan"))


@pytest.mark.parametrize("who", ["as_nia", "as_diaz", "as_dee", "as_eve"])
def test_plan_is_for_patients_and_caretakers(on_the_eve, request, who):
    assert request.getfixturevalue(who).get("/plan").status_code == 404


def test_plan_read_is_audited_once_an_hour(on_the_eve, as_ana, cast):
    as_ana.get("/plan")
    as_ana.get("/plan")

    assert AuditEvent.objects.filter(verb="plan.read", actor_id=cast.ana.id).count() == 1


# --- A step


def test_step_says_until_when_and_names_the_kinder_time(on_the_eve, as_ana):
    page = text_of(as_ana.get(f"/steps/{on_the_eve.key('last-food')}"))

    assert "Until today at 10 pm." in page
    assert "That is the kinder time. Your clinic’s limit is tomorrow at 3 am." in page
    assert "Not yet reviewed by a clinician." in page


@pytest.mark.parametrize(
    ("step", "when", "is_said"),
    [
        ("medicines", "03-14 19:30", False),
        ("medicines", "03-14 22:30", True),
        ("talk", "03-16 21:00", False),  # nobody is asked anything there
    ],
)
def test_step_that_was_due_says_so_only_where_something_is_asked(care, cast, clock, step, when, is_said):
    clock.now = cared.at(when)

    page = text_of(cast.browser("ana", clock.now).get(f"/steps/{care.key(step)}"))

    assert ("The time for this is past. You can still say how it went." in page) == is_said


def test_step_shows_its_guide_as_written_and_a_name_never_as_markup(on_the_eve, as_ana, cast):
    cast.harbour.name = "<b>Harbour</b>"
    cast.harbour.save()

    page = as_ana.get(f"/steps/{on_the_eve.key('last-food')}").content.decode()

    assert "<b>Harbour</b>" not in page
    assert re.search(r'<section class="sec prose"[^>]*><p>', page)


@pytest.mark.threat("T4")
@pytest.mark.parametrize("who", [*NOBODY_ELSE, "as_bea"])
def test_step_of_ana_is_not_found_by_anybody_else(on_the_eve, request, who):
    browser = request.getfixturevalue(who)
    path = f"/steps/{on_the_eve.key('last-food')}"

    assert browser.get(path).status_code == 404
    assert mark(browser, on_the_eve, "last-food", "yes").status_code == 404
    assert Mark.objects.count() == 0


def test_step_can_be_read_but_not_marked_by_her_clinic(on_the_eve, as_nia, cast):
    page = as_nia.get(f"/steps/{on_the_eve.key('last-food')}")

    assert page.status_code == 200
    assert "mark" not in re.findall(r'action="[^"]*/(\w+)"', page.content.decode())
    assert mark(as_nia, on_the_eve, "last-food", "yes").status_code == 404
    assert AuditEvent.objects.filter(verb="chart.read", actor_id=cast.nia.id).count() == 1


def test_step_is_read_by_staff_on_the_clock_the_clinic_chose(on_the_eve, as_nia, as_ana):
    Clinic.objects.update(clock=24)
    path = f"/steps/{on_the_eve.key('last-food')}"

    assert "Until today at 22:00." in text_of(as_nia.get(path))
    assert "Until today at 10 pm." in text_of(as_ana.get(path))


def test_step_of_the_clinic_is_marked_by_the_clinic(on_the_eve, as_nia):
    response = mark(as_nia, on_the_eve, "confirm-ride", "yes")

    assert response.status_code == 302
    assert Mark.objects.get().capacity == "staff"


@pytest.mark.threat("T5")
def test_staff_who_do_not_care_for_them_say_why_before_they_mark_a_step(on_the_eve, cast, as_nia):
    Clinic.objects.update(charts=Clinic.Charts.ASSIGNED)
    CareRelation.objects.all().delete()

    response = mark(as_nia, on_the_eve, "confirm-ride", "yes")

    held = reading.hidden(response, f"/clinic/patients/{cast.ana_patient.id}/reason")
    assert (held["to"], Mark.objects.count()) == (f"/steps/{on_the_eve.key('confirm-ride')}/mark", 0)


@pytest.mark.parametrize("key", ["x", "a.b.0", "zz.last-food.0", f"{'0' * 32}.last-food.0"])
def test_step_that_does_not_exist_is_not_found(as_ana, key):
    assert as_ana.get(f"/steps/{key}").status_code == 404


def test_mark_goes_back_to_where_it_was_sent_from(on_the_eve, as_ana):
    assert mark(as_ana, on_the_eve, "last-food", "yes", next="/now")["Location"] == "/now"


@pytest.mark.parametrize("elsewhere", ["https://evil.example/", "//evil.example", "javascript:alert(1)"])
def test_mark_never_leads_to_another_site(on_the_eve, as_ana, elsewhere):
    response = mark(as_ana, on_the_eve, "last-food", "yes", next=elsewhere)

    assert response["Location"] == f"/steps/{on_the_eve.key('last-food')}"


def test_mark_twice_by_a_double_click_is_one(on_the_eve, as_ana):
    form = uuid7()

    assert mark(as_ana, on_the_eve, "last-food", "yes", form=form).status_code == 302
    assert mark(as_ana, on_the_eve, "last-food", "yes", form=form).status_code == 302
    assert text_of(as_ana.get("/now")).count("Noted.") == 1
    assert Mark.objects.count() == 1


def test_mark_done_then_taken_back(on_the_eve, as_ana):
    mark(as_ana, on_the_eve, "last-food", "yes")
    path = f"/steps/{on_the_eve.key('last-food')}"
    assert "Take it back" in text_of(as_ana.get(path))

    mark(as_ana, on_the_eve, "last-food", "back")

    assert "Take it back" not in text_of(as_ana.get(path))


def test_mark_after_a_move_shows_the_new_times_and_stores_nothing(on_the_eve, as_ana, cast):
    treatment.move(
        infusion_id=on_the_eve.infusions[0].id, start=treatment.Start(cared.at("03-15 10:00")), why="clinic",
        expected_revision=1, viewer=cared.staff(cast, cast.nia), client_id=uuid7(), now=cared.at(EVE),
    )  # fmt: skip

    response = mark(as_ana, on_the_eve, "last-food", "yes")

    assert response.status_code == 422
    assert "Someone changed this while you had it open." in text_of(response)
    assert "limit is tomorrow at 4 am" in text_of(response)
    assert Mark.objects.count() == 0


def test_mark_with_nonsense_is_not_found(on_the_eve, as_ana):
    assert mark(as_ana, on_the_eve, "last-food", "perhaps").status_code == 404


# --- Only for you


@pytest.mark.threat("T1")
def test_private_line_asks_for_the_pin_first(on_the_eve, as_ana):
    response = as_ana.get(f"/steps/{on_the_eve.key('last-food')}/private")

    assert response.status_code == 302
    assert response["Location"].startswith("/me/unlock")


@pytest.fixture
def fresh(on_the_eve, as_ana_fresh):
    session = as_ana_fresh.session
    session["fresh_at"] = cared.at(EVE).isoformat()
    session.save()
    return as_ana_fresh


def keep(browser, care, text, form=None):
    sent = {"text": text, "client_id": form or uuid7()}
    return browser.post(f"/steps/{care.key('last-food')}/private", sent)


@pytest.mark.hazard("H10")
def test_page_of_private_lines_says_whom_to_call(on_the_eve, fresh):
    page = fresh.get(f"/steps/{on_the_eve.key('last-food')}/private").content.decode()

    assert ('href="tel:911"' in page, 'href="tel:988"' in page) == (True, True)
    assert 'name="happening"' not in page  # nobody reads it: there is nobody to ask


@pytest.mark.threat("T9")
def test_private_line_is_shown_to_its_writer_and_sealed_in_the_database(on_the_eve, fresh):
    keep(fresh, on_the_eve, "Canary under the bridge")

    assert "Canary under the bridge" in text_of(fresh.get(f"/steps/{on_the_eve.key('last-food')}/private"))
    assert b"Canary" not in bytes(PrivateLine.objects.get().sealed)
    assert not AuditEvent.objects.filter(subject_type="privateline").exists()


def test_private_line_sent_twice_is_one(on_the_eve, fresh):
    form = uuid7()
    keep(fresh, on_the_eve, "once", form)
    keep(fresh, on_the_eve, "once", form)

    assert PrivateLine.objects.count() == 1


def test_private_line_that_is_too_long_keeps_what_was_typed(on_the_eve, fresh):
    response = keep(fresh, on_the_eve, "x" * 2001)

    assert response.status_code == 422
    assert "This is too long. Write at most 2000 letters." in text_of(response)
    assert "x" * 2001 in response.content.decode()
    assert PrivateLine.objects.count() == 0


@pytest.mark.threat("T9")
def test_private_line_deleted_is_gone_with_its_key(on_the_eve, fresh):
    keep(fresh, on_the_eve, "gone")
    line = PrivateLine.objects.get()
    path = f"/steps/{on_the_eve.key('last-food')}/private/{line.id}/delete"

    fresh.post(path)
    fresh.post(path)

    line.refresh_from_db()
    assert (line.sealed, line.deleted_at) == (None, cared.at(EVE))
    assert Key.objects.get(owner_id=line.id).wrapped is None


@pytest.mark.threat("T1")
def test_private_line_of_another_cannot_be_deleted(on_the_eve, fresh, as_bea, cast):
    keep(fresh, on_the_eve, "mine")
    session = as_bea.session
    session["fresh_at"] = cared.at(EVE).isoformat()
    session.save()

    response = as_bea.post(f"/steps/{on_the_eve.key('ride')}/private/{PrivateLine.objects.get().id}/delete")

    assert response.status_code == 404
    assert PrivateLine.objects.get().deleted_at is None


# --- The clinic's page of a series


def test_series_shows_every_persons_tasks_and_the_infusions(on_the_eve, as_nia):
    response = as_nia.get(f"/clinic/series/{on_the_eve.series.id}")
    page = response.content.decode()

    assert response.status_code == 200
    assert all(on_the_eve.key(step) in page for step in ("last-food", "ride", "confirm-ride"))
    assert "Infusion 1, 9 am" in text_of(response)


@pytest.mark.threat("T4")
@pytest.mark.parametrize("who", [*NOBODY_ELSE, "as_bea", "as_ana"])
def test_series_is_not_found_by_anybody_else(on_the_eve, request, who):
    assert request.getfixturevalue(who).get(f"/clinic/series/{on_the_eve.series.id}").status_code == 404


def test_series_read_is_audited(on_the_eve, as_nia, cast):
    as_nia.get(f"/clinic/series/{on_the_eve.series.id}")

    line = AuditEvent.objects.get(verb="chart.read")
    assert (line.actor_id, line.patient_id) == (cast.nia.id, cast.ana_patient.id)


def test_series_says_at_once_that_a_consent_was_taken_back(on_the_eve, as_ana, as_nia, cast, clock):
    sign_text(cast, clock.now)
    sign(cast, clock.now)
    path = f"/clinic/series/{on_the_eve.series.id}"
    assert "Treatment with ketamine: Signed" in text_of(as_nia.get(path))

    as_ana.post("/consents/treatment/withdraw", {"client_id": uuid7()})

    assert "Treatment with ketamine: Taken back" in text_of(as_nia.get(path))


def test_series_page_asks_as_many_queries_for_one_infusion_as_for_six(on_the_eve, as_nia, cast, now):
    short = cared.start(cast, now, starts=("03-15",), of=cast.oli_patient)

    asked = {}
    for series in (short, on_the_eve.series, short, on_the_eve.series):
        with CaptureQueriesContext(connection) as queries:
            as_nia.get(f"/clinic/series/{series.id}")
        asked[series] = len(queries)  # of the second look: the first writes the hour's audit line

    assert asked[short] == asked[on_the_eve.series]


# --- Eating and drinking


@pytest.mark.hazard("H7")
def test_patient_reads_until_when_to_eat_and_drink_and_who_says_so(care, as_ana, clock):
    clock.now = cared.at("03-14 18:00")

    page = text_of(as_ana.get("/fasting"))

    assert "Infusion 1: tomorrow at 9 am" in page
    assert "Eat until 10 pm Your clinic asks for 6 hours without food." in page
    assert "10 pm is the kinder time. The limit is 3 am tomorrow." in page
    assert "Clear drinks until 7 am tomorrow Your clinic asks for 2 hours without clear drinks." in page
    assert "As the protocol of your clinic says" in page
    for path in (f"/steps/{care.key('last-food')}", "/medicine-plan", "/intake/medicines"):
        assert f'href="{path}"' in as_ana.get("/fasting").content.decode()


@pytest.mark.hazard("H7")
def test_times_name_the_place_of_the_clinics_clock_for_a_reader_elsewhere(care, cast, request, clock):
    User.objects.filter(pk__in=[cast.ana.pk, cast.bea.pk]).update(zone="America/Los_Angeles")
    clock.now = cared.at("03-14 18:00")

    mine, theirs = (text_of(request.getfixturevalue(who).get("/fasting")) for who in ("as_ana", "as_bea"))

    assert "Eat until 10 pm (New York time)" in mine
    assert "Food until 10 pm (New York time)" in theirs
    assert mine.count("(New York time)") == 4  # the infusion, two times to keep, one limit


def test_order_on_fasting_is_named_on_its_page(care, cast, as_ana, as_bea, now, clock):
    treatment.sign_order(
        series_id=care.series.id, wanted=treatment.Wanted(what="fasting", name="esketamine"),
        viewer=cast.sees("diaz"), client_id=uuid7(), now=now,
    )  # fmt: skip
    clock.now = cared.at("03-14 18:00")

    for browser in (as_ana, as_bea):
        page = text_of(browser.get("/fasting"))
        assert page.count("Decided by Delia Diaz, ") == 2
        assert "asks for 30 minutes without clear drinks" in page


def test_caretaker_reads_the_times_and_never_what_the_patient_said_of_them(care, as_bea, clock):
    clock.now = cared.at("03-14 18:00")
    before = text_of(as_bea.get("/fasting"))
    readying.mark(care, "last-food", "ana", cared.at("03-14 18:30"), done=False)
    clock.now = cared.at("03-14 18:31")

    assert text_of(as_bea.get("/fasting")) == before
    assert "Ana marks the times. You don’t have to watch over them." in before
    assert "last-food" not in as_bea.get("/fasting").content.decode()


@pytest.mark.parametrize(("help", "is_there"), [("lives-with", True), ("comes-over", True), ("phone", False)])
def test_only_who_is_there_reads_that_not_eating_is_fine(care, as_bea, clock, help, is_there):
    CircleMember.objects.update(help=help)
    clock.now = cared.at("03-14 18:00")

    page = text_of(as_bea.get("/fasting"))

    said = "Ana doesn’t want to eat? That’s fine. Clear drinks are good until 7 am tomorrow."
    assert (said in page) is is_there


def test_page_says_that_the_time_has_passed(care, as_ana, clock):
    clock.now = cared.at("03-15 07:30")

    page = text_of(as_ana.get("/fasting"))

    assert "No more food now" in page
    assert "No more drinks now" in page
    assert "How long is that?" not in page


@pytest.mark.hazard("H7")
@pytest.mark.parametrize(
    ("moment", "mine", "theirs"),
    [
        ("03-14 21:59", "Eat until 10 pm", "Food until 10 pm"),
        ("03-14 22:00", "Best not to eat now. Your limit is 3 am tomorrow.",
         "It is best if Ana does not eat now. The limit is 3 am tomorrow."),
        ("03-15 02:59", "Best not to eat now. Your limit is 3 am.",
         "It is best if Ana does not eat now. The limit is 3 am."),
        ("03-15 03:00", "No more food now", "No more food now"),
    ],
)  # fmt: skip
def test_kinder_hour_that_has_passed_is_no_limit_and_the_limit_is_named(
    care, request, clock, moment, mine, theirs
):
    clock.now = cared.at(moment)

    for who, says in (("as_ana", mine), ("as_bea", theirs)):
        page = text_of(request.getfixturevalue(who).get("/fasting"))
        assert says in page
        assert ("No more food now" in page) is (says == "No more food now")
        assert ("How long is that?" in page) is (who == "as_ana")  # until drinks end


def test_page_without_an_infusion_to_come_says_so(cast, as_ana, as_bea):
    for browser in (as_ana, as_bea):
        assert "No infusion is booked." in text_of(browser.get("/fasting"))


def test_step_left_out_has_no_time(care, cast, as_ana, now):
    for name in ("last-food", "last-drink"):
        treatment.sign_order(
            series_id=care.series.id, wanted=treatment.Wanted(what="skip", name=name),
            viewer=cast.sees("diaz"), client_id=uuid7(), now=now,
        )  # fmt: skip

    assert "No times are set for food and drink." in text_of(as_ana.get("/fasting"))
