"""Pages of protocols, series and infusions: what they do, keep when refused, and to whom they open."""

import html
import re

import pytest
from uuid6 import uuid7

from luna.escalation.models import Rung
from luna.library import actions as library
from luna.library import content
from luna.library.models import ContentVersion
from luna.people.models import Clinic, ClosedDay, OpeningHours
from luna.treatment.models import Infusion, Moment, Series
from tests import care as cared
from tests.intake import giving


def text_of(response):
    """Return the words of a page on one line."""
    words = html.unescape(re.sub(r"<[^>]+>", " ", response.content.decode()))
    return " ".join(words.replace("\u00a0", " ").split())


def hidden(response, name):
    """Return the value of a hidden input of a page."""
    return re.search(rf'name="{name}" value="([^"]*)"', response.content.decode())[1]


@pytest.fixture
def nia_at(clock, request):
    """Let Nia come to work at another time than now."""

    def act(when):
        clock.now = cared.at(when)
        return request.getfixturevalue("as_nia")

    return act


# --- Protocols


TO_TICK = list(library.to_tick(content.protocol("mood-acute")))


def sign(browser, ticked, **more):
    page = browser.get("/clinic/protocols/mood-acute")
    sent = {"accepted": ticked, "read": hidden(page, "read"), **more}
    return browser.post("/clinic/protocols/mood-acute", sent)


def test_protocols_say_what_is_signed(as_nia, cast, now):
    each = len(content.names("protocols")) + 2  # the triage rules and the emergency numbers

    assert text_of(as_nia.get("/clinic/protocols")).count("Not signed") == each

    cared.sign(cast, now)

    assert text_of(as_nia.get("/clinic/protocols")).count("Not signed") == each - 1


def test_protocol_shows_every_number_with_its_value_grade_and_source(as_diaz):
    page = text_of(as_diaz.get("/clinic/protocols/mood-acute"))

    for number in content.protocol("mood-acute").numbers.values():
        unit = "" if number.unit == "count" else f" {number.unit}"
        assert f"{number.text} {number.value}{unit} {number.grade.value} ·" in page
        assert all(content.evidence()[name].fact.split(".")[0] in page for name in number.evidence)
    assert "Not yet reviewed by a clinician" in page


def test_protocol_asks_to_tick_each_number_without_a_source(as_diaz):
    page = as_diaz.get("/clinic/protocols/mood-acute").content.decode()

    assert re.findall(r'name="accepted" value="([^"]+)"', page) == TO_TICK


def test_protocol_signed_by_a_prescriber(as_diaz, cast):
    response = sign(as_diaz, TO_TICK)

    assert response.status_code == 302
    assert ContentVersion.objects.get().signed_by_id == cast.diaz.id
    assert "Signed by Delia Diaz, today" in text_of(as_diaz.get("/clinic/protocols/mood-acute"))


def test_protocol_with_one_number_unticked_names_it_and_keeps_the_ticks(as_diaz):
    response = sign(as_diaz, TO_TICK[1:])

    number = content.protocol("mood-acute").numbers[TO_TICK[0]]
    assert response.status_code == 422
    assert f"“{number.text}” is not ticked." in text_of(response)
    assert response.content.decode().count(" checked>") == len(TO_TICK) - 1
    assert ContentVersion.objects.count() == 0


def test_protocol_signed_without_ticks_names_every_number_at_its_box(as_diaz):
    response = sign(as_diaz, [])

    page, numbers = response.content.decode(), content.protocol("mood-acute").numbers
    summary = page.partition('role="alert"')[2].partition("</ul>")[0]
    assert [f"“{numbers[one].text}” is not ticked." in html.unescape(summary) for one in TO_TICK] == [
        True
    ] * len(TO_TICK)
    links = re.findall(r'href="#(line-\d+)"', summary)
    assert re.findall(r'id="(line-\d+)"[^>]*aria-invalid="true"', page) == links


def test_protocol_that_changed_while_it_was_read_is_not_signed(as_diaz):
    response = sign(as_diaz, TO_TICK, read="other")

    assert response.status_code == 422
    assert ContentVersion.objects.count() == 0


def test_protocol_is_read_by_a_nurse_but_not_signed(as_nia):
    page = as_nia.get("/clinic/protocols/mood-acute")

    assert "A prescriber of your clinic signs this" in text_of(page)
    assert sign(as_nia, TO_TICK).status_code == 404
    assert ContentVersion.objects.count() == 0


@pytest.mark.parametrize("name", ["no-such", "..", "mood-acute.en"])
def test_protocol_that_does_not_exist_is_not_found(as_diaz, name):
    assert as_diaz.get(f"/clinic/protocols/{name}").status_code == 404


# --- A series in one step


@pytest.fixture
def path(cast, now):
    cared.decide(cast, cast.ana_patient, now)
    return f"/clinic/patients/{cast.ana_patient.id}/series/new"


RHYTHM = {"do": "preview", "count": "3", "on": "2027-03-15", "at": "09:00", "weekdays": ["0", "2", "4"]}


def lines_of(response):
    """Return what a browser would send back from the preview."""
    page = response.content.decode()
    sent = {"client_id": hidden(response, "client_id"), "protocol": hidden(response, "protocol")}
    sent |= {"lines": hidden(response, "lines")}
    for name, value in re.findall(r'<input[^>]*name="(line-\d+-(?:on|at))" value="([^"]*)"', page):
        sent[name] = value
    for name, value in re.findall(r'<input[^>]*name="(line-\d+-(?:on|at))"[^>]*value="([^"]*)"', page):
        sent.setdefault(name, value)
    return sent


def preview(browser, path, **more):
    return browser.post(path, {**RHYTHM, "client_id": uuid7(), **more})


def test_series_needs_a_signed_protocol(as_diaz, path):
    assert "Your clinic has not signed a protocol yet." in text_of(as_diaz.get(path))


def test_series_offers_what_the_protocol_usually_asks(as_diaz, path, cast, now):
    cared.sign(cast, now)
    page = as_diaz.get(path).content.decode()

    assert re.search(r'name="count" value="6"', page)
    assert len(re.findall(r'name="weekdays" value="\d"[^>]*checked', page)) == 3


def test_series_of_two_signed_protocols_asks_which(as_diaz, path, cast, now):
    cared.sign(cast, now)
    other = cared.sign(cast, now, "crps-outpatient")

    assert "Which protocol does it follow?" in text_of(as_diaz.get(path))
    assert "How many infusions" in text_of(as_diaz.get(f"{path}?protocol={other.id}"))


STRENGTH = "Mixed to negative evidence: one small trial helped, a larger one did not."


@pytest.mark.parametrize("page", ["protocols", "protocol", "choice", "rhythm", "preview"])
def test_weak_evidence_is_told_before_a_series_starts(as_diaz, path, cast, now, page):
    version = cared.sign(cast, now, "ptsd-series")
    if page == "choice":
        cared.sign(cast, now)
    asked = {
        "protocols": "/clinic/protocols",
        "protocol": "/clinic/protocols/ptsd-series",
        "choice": path,
        "rhythm": f"{path}?protocol={version.id}",
    }

    shown = preview(as_diaz, path) if page == "preview" else as_diaz.get(asked[page])

    assert STRENGTH in text_of(shown)


def test_protocol_names_the_steps_only_a_prescriber_marks(as_diaz):
    page = text_of(as_diaz.get("/clinic/protocols/ptsd-series"))

    assert "Confirm that ketamine is right for {patient} Prescriber opens" in page


@pytest.mark.parametrize("page", ["/clinic/series", "/clinic/series/{id}", "/clinic/series/{id}/orders"])
def test_weak_evidence_is_told_while_a_series_runs(as_diaz, cast, now, page):
    series = cared.start(cast, now, protocol="ptsd-series")

    assert STRENGTH in text_of(as_diaz.get(page.format(id=series.id)))


def test_series_preview_books_nothing(as_diaz, path, cast, now):
    cared.sign(cast, now)

    response = preview(as_diaz, path)

    assert response.status_code == 200
    assert "Nothing is booked yet." in text_of(response)
    assert [lines_of(response)[f"line-{n}-on"] for n in range(3)] == [
        "2027-03-15",
        "2027-03-17",
        "2027-03-19",
    ]
    assert Series.objects.count() == 0


NOBODY = "Nobody here is told when a patient needs help"


@pytest.mark.hazard("H5")
def test_series_at_a_clinic_whose_ladder_reaches_nobody_warns(as_diaz, path, cast, now):
    cared.sign(cast, now)
    empty = [NOBODY in text_of(page) for page in (as_diaz.get(path), preview(as_diaz, path))]
    rung = Rung.objects.create(clinic=cast.harbour, position=0, after_min=0, role="nurse")

    kept = [NOBODY in text_of(page) for page in (as_diaz.get(path), preview(as_diaz, path))]
    Rung.objects.filter(pk=rung.pk).update(role="therapist")  # which nobody here is

    assert (empty, kept, NOBODY in text_of(as_diaz.get(path))) == ([True, True], [False, False], True)


RUNS = "Infusions of another series are booked"


def test_series_beside_another_says_what_is_booked_already(as_diaz, path, cast, now):
    version = cared.sign(cast, now)
    alone = [text_of(page) for page in (as_diaz.get(path), preview(as_diaz, path))]
    other = cared.start(cast, now, starts=("03-16", "03-18"))
    other.infusions.filter(starts_at__day=18).update(cancelled=True)
    cared.sign(cast, now, "ptsd-series")

    shown = [as_diaz.get(path), as_diaz.get(f"{path}?protocol={version.id}"), preview(as_diaz, path)]

    assert all(RUNS not in page for page in alone)
    assert all(RUNS in text_of(page) for page in shown)
    assert all("Tuesday 16 March, 9 am" in text_of(page) for page in shown)
    assert all("18 March, 9 am" not in text_of(page) for page in shown)
    assert all(f"/clinic/series/{other.id}" in page.content.decode() for page in shown)


def test_series_that_was_stopped_is_not_in_the_way(as_diaz, path, cast, now):
    cared.sign(cast, now)
    cared.start(cast, now, starts=("03-16",))
    Series.objects.update(stopped_at=now)

    assert RUNS not in text_of(as_diaz.get(path))


def test_series_preview_skips_closed_days_and_says_so(as_diaz, path, cast, now):
    cared.sign(cast, now)
    ClosedDay.objects.create(clinic=cast.harbour, on="2027-03-17", reason="Staff day")

    response = preview(as_diaz, path)

    assert "Skipped, because the clinic is closed: Wed 17 Mar (Staff day)" in text_of(response)
    assert lines_of(response)["line-1-on"] == "2027-03-19"


def test_series_preview_shows_a_clash_on_its_line(as_diaz, path, cast, now):
    cared.start(cast, now, starts=("03-17",))

    response = preview(as_diaz, path)

    assert response.status_code == 200
    assert text_of(response).count("Cannot be booked like this") == 1
    assert "This patient already has an infusion then: Wednesday 17 March at 9 am." in text_of(response)


def test_series_booked_from_the_preview(as_diaz, path, cast, now):
    cared.sign(cast, now)
    sent = lines_of(preview(as_diaz, path))

    response = as_diaz.post(path, {**sent, "do": "book"})

    series = Series.objects.get()
    assert response["Location"] == f"/clinic/series/{series.id}"
    assert [one.starts_at for one in series.infusions.order_by("starts_at")] == [
        cared.at(f"{day} 09:00") for day in ("03-15", "03-17", "03-19")
    ]


def test_series_booked_twice_by_a_double_click_is_one(as_diaz, path, cast, now):
    cared.sign(cast, now)
    sent = {**lines_of(preview(as_diaz, path)), "do": "book"}

    first, second = as_diaz.post(path, sent), as_diaz.post(path, sent)

    assert first["Location"] == second["Location"]
    assert Series.objects.count() == 1


def test_series_with_a_line_changed_and_one_left_out(as_diaz, path, cast, now):
    cared.sign(cast, now)
    sent = lines_of(preview(as_diaz, path)) | {"line-0-at": "10:30", "drop": ["2"], "do": "book"}

    as_diaz.post(path, sent)

    starts = Infusion.objects.order_by("starts_at").values_list("starts_at", flat=True)
    assert list(starts) == [cared.at("03-15 10:30"), cared.at("03-17 09:00")]


def test_series_with_a_line_that_cannot_be_keeps_everything_typed(as_diaz, path, cast, now):
    cared.sign(cast, now)
    sent = lines_of(preview(as_diaz, path)) | {"line-1-on": "2027-03-20", "line-0-at": "11:15", "do": "book"}

    response = as_diaz.post(path, sent)

    assert response.status_code == 422
    assert "The clinic is closed on Saturday 20 March." in text_of(response)
    kept = lines_of(response)
    assert (kept["line-1-on"], kept["line-0-at"]) == ("2027-03-20", "11:15")
    assert Series.objects.count() == 0


@pytest.mark.parametrize("typed", ["", "2027-02-30", "soon", "x" * 2000])
def test_series_with_a_day_that_is_none_says_so(as_diaz, path, cast, now, typed):
    cared.sign(cast, now)
    sent = lines_of(preview(as_diaz, path)) | {"line-1-on": typed, "do": "book"}

    assert as_diaz.post(path, sent).status_code == 422
    assert Series.objects.count() == 0


@pytest.mark.parametrize(
    "wrong", [{"count": "0"}, {"count": "61"}, {"on": ""}, {"at": "25:00"}, {"weekdays": []}]
)
def test_series_rhythm_that_is_wrong_is_refused(as_diaz, path, cast, now, wrong):
    cared.sign(cast, now)

    assert preview(as_diaz, path, **wrong).status_code == 422


def test_series_before_the_hours_are_set_says_where_to_look(as_diaz, path, cast, now):
    cared.sign(cast, now)
    OpeningHours.objects.all().delete()

    response = preview(as_diaz, path)

    assert response.status_code == 422
    assert "The clinic is open on none of these days. Look at its hours in Settings." in text_of(response)


def test_series_page_says_before_one_types_that_nobody_has_decided(as_nia, cast, now):
    cared.sign(cast, now)
    path = f"/clinic/patients/{cast.ana_patient.id}/series/new"

    page = as_nia.get(path)

    assert "No prescriber has decided yet." in text_of(page)
    assert "How many infusions" not in text_of(page)
    assert f"/clinic/patients/{cast.ana_patient.id}/consultation" in page.content.decode()


def test_series_page_says_when_something_new_came_up(as_nia, path, cast, now):
    cared.sign(cast, now)
    giving.tell(cast.sees("ana"), "phenelzine", now)

    page = text_of(as_nia.get(path))

    assert "Open again: something new came up" in page
    assert "How many infusions" not in page


def test_series_whose_decision_was_opened_again_while_typing_is_refused(as_nia, path, cast, now):
    cared.sign(cast, now)
    sent = {**lines_of(preview(as_nia, path)), "do": "book"}
    giving.tell(cast.sees("ana"), "phenelzine", now)

    page = as_nia.post(path, sent)

    assert page.status_code == 422
    assert "Something new came up after the prescriber’s decision." in text_of(page)
    assert not Series.objects.exists()


def test_series_list_names_the_next_infusion_first(care, as_nia, cast, now):
    cared.start(cast, now, starts=("03-12",), of=cast.oli_patient)

    page = text_of(as_nia.get("/clinic/series"))

    assert page.index("Oli Orr") < page.index("Ana Abel")
    assert "1 of 6" in page


def test_series_list_leaves_out_what_is_over_unless_asked(care, nia_at):
    as_nia = nia_at("04-30 12:00")

    assert "No series is running." in text_of(as_nia.get("/clinic/series"))
    assert "Ana Abel" in text_of(as_nia.get("/clinic/series?all=1"))


def test_series_list_of_one_patient_shows_all_of_theirs_and_no_others(care, as_nia, cast, now):
    cared.start(cast, now, starts=("03-12",), of=cast.oli_patient)

    page = text_of(as_nia.get(f"/clinic/series?patient={cast.ana_patient.id}"))

    assert ("Ana Abel" in page, "Oli Orr" in page) == (True, False)


# --- One infusion


def change(browser, infusion, what, **sent):
    fields = {"why": "clinic", "revision": infusion.revision, "client_id": uuid7(), **sent}
    return browser.post(f"/clinic/infusions/{infusion.id}/{what}", fields)


def test_move_from_its_page(care, as_nia):
    infusion = care.infusions[0]
    assert "It is booked for Monday 15 March, 9 am." in text_of(
        as_nia.get(f"/clinic/infusions/{infusion.id}/move")
    )

    response = change(as_nia, infusion, "move", on="2027-03-16", at="10:00")

    assert response["Location"] == f"/clinic/series/{care.series.id}"
    assert care.infusions[0].starts_at == cared.at("03-16 10:00")


def test_move_in_a_second_tab_shows_what_stands_beside_what_was_typed(care, as_nia):
    infusion = care.infusions[0]
    change(as_nia, infusion, "move", on="2027-03-16", at="10:00")

    response = change(as_nia, infusion, "move", on="2027-03-18", at="12:45")

    assert response.status_code == 422
    assert "What it says now Tuesday 16 March, 10 am" in text_of(response)
    assert 'value="12:45"' in response.content.decode()
    assert hidden(response, "revision") == "2"
    assert care.infusions[0].starts_at == cared.at("03-16 10:00")


@pytest.mark.parametrize(
    ("sent", "says"),
    [
        ({"on": "2027-03-07", "at": "10:00"}, "Yesterday at 10 am has passed."),
        ({"on": "2027-03-20", "at": "10:00"}, "The clinic is closed on Saturday 20 March."),
        ({"on": "2027-03-16", "at": "16:30"}, "The clinic is not open from 4:30 pm to 6:30 pm."),
        ({"on": "2027-03-17", "at": "09:30"}, "This patient already has an infusion then"),
        ({"on": "2027-03-16", "at": "10:00", "why": ""}, "Say why."),
        ({"on": "", "at": ""}, "Choose a day."),
    ],
)
def test_move_that_cannot_be_keeps_what_was_typed(care, as_nia, sent, says):
    response = change(as_nia, care.infusions[0], "move", **sent)

    assert response.status_code == 422
    assert says in text_of(response)
    assert not sent["at"] or f'value="{sent["at"]}"' in response.content.decode()
    assert care.infusions[0].revision == 1


def test_cancel_from_its_page(care, as_nia):
    infusion = care.infusions[0]
    assert as_nia.get(f"/clinic/infusions/{infusion.id}/cancel").status_code == 200

    assert change(as_nia, infusion, "cancel").status_code == 302
    assert care.infusions[0].cancelled


def test_a_cancelled_infusion_offers_no_form_to_move_or_cancel_it(care, as_nia):
    infusion = care.infusions[0]
    change(as_nia, infusion, "cancel")

    for what in ("move", "cancel"):
        page = as_nia.get(f"/clinic/infusions/{infusion.id}/{what}")
        assert "Book a new one on the page of the series." in text_of(page)
        assert 'name="why"' not in page.content.decode()


def test_move_of_what_a_second_tab_cancelled_says_so_without_a_form(care, as_nia):
    infusion = care.infusions[0]
    change(as_nia, infusion, "cancel")

    response = change(as_nia, infusion, "move", on="2027-03-18", at="12:45")

    assert response.status_code == 422
    assert "cancelled" in text_of(response)
    assert 'name="why"' not in response.content.decode()


def test_book_one_more_from_its_page(care, as_nia):
    path = f"/clinic/series/{care.series.id}/book"
    assert as_nia.get(path).status_code == 200

    as_nia.post(path, {"on": "2027-03-29", "at": "09:00", "client_id": uuid7()})

    assert len(care.infusions) == 7


def test_stop_from_its_page(care, as_nia):
    path = f"/clinic/series/{care.series.id}/stop"
    page = as_nia.get(path)
    assert "6 infusions still to come are cancelled:" in text_of(page)

    as_nia.post(path, {"why": "unwell", "version": hidden(page, "version"), "client_id": uuid7()})

    care.series.refresh_from_db()
    assert care.series.stopped_why == "unwell"


def test_moment_said_with_one_button(care, nia_at):
    as_nia = nia_at("03-15 08:50")
    infusion = care.infusions[0]

    response = as_nia.post(f"/clinic/infusions/{infusion.id}", {"what": "arrived", "client_id": uuid7()})

    assert response.status_code == 302
    assert Moment.objects.get().at == cared.at("03-15 08:50")


def test_moment_with_its_time_typed(care, nia_at):
    as_nia = nia_at("03-15 09:10")
    sent = {"what": "arrived", "at": "2027-03-15T08:45", "client_id": uuid7()}

    as_nia.post(f"/clinic/infusions/{care.infusions[0].id}", sent)

    assert Moment.objects.get().at == cared.at("03-15 08:45")


@pytest.mark.parametrize("typed", ["soon", "2027-03-15T12:00", "x" * 5000])
def test_moment_with_a_time_that_cannot_be_is_refused(care, nia_at, typed):
    as_nia = nia_at("03-15 09:10")

    response = as_nia.post(
        f"/clinic/infusions/{care.infusions[0].id}", {"what": "arrived", "at": typed, "client_id": uuid7()}
    )

    assert response.status_code == 422
    assert Moment.objects.count() == 0


def test_moment_taken_back_from_the_page(care, nia_at):
    as_nia = nia_at("03-15 09:10")
    path = f"/clinic/infusions/{care.infusions[0].id}"
    as_nia.post(path, {"what": "arrived", "client_id": uuid7()})
    assert "Take back" in text_of(as_nia.get(path))

    as_nia.post(path, {"what": "arrived", "do": "take-back", "client_id": uuid7()})

    assert "Take back" not in text_of(as_nia.get(path))


# --- Access


@pytest.mark.threat("T4")
@pytest.mark.parametrize("who", ["as_ana", "as_bea", "as_cal", "as_dee", "as_dee_caring", "as_eve"])
def test_pages_of_ana_are_not_found_by_anybody_but_her_clinic(care, request, cast, who):
    browser = request.getfixturevalue(who)
    infusion, series = care.infusions[0].id, care.series.id
    paths = [
        f"/clinic/patients/{cast.ana_patient.id}/series/new",
        f"/clinic/series/{series}/book",
        f"/clinic/series/{series}/stop",
        f"/clinic/infusions/{infusion}",
        f"/clinic/infusions/{infusion}/move",
        f"/clinic/infusions/{infusion}/cancel",
    ]

    found = {path: (browser.get(path).status_code, browser.post(path).status_code) for path in paths}

    assert set(found.values()) == {(404, 404)}


@pytest.mark.threat("T4")
def test_series_list_of_another_clinic_shows_nothing_of_ana(care, as_eve):
    assert "Ana" not in text_of(as_eve.get("/clinic/series?all=1"))


@pytest.mark.threat("T4")
@pytest.mark.parametrize("who", ["as_ana", "as_bea", "as_cal", "as_dee_caring"])
def test_staff_pages_are_not_found_by_people(care, request, who):
    browser = request.getfixturevalue(who)

    found = {browser.get(path).status_code for path in ("/clinic/protocols", "/clinic/series")}

    assert found == {404}


def test_refusals_are_on_the_clock_the_clinic_chose(care, as_nia):
    Clinic.objects.update(clock=24)

    page = change(as_nia, care.infusions[0], "move", on="2027-03-16", at="16:30")

    assert "The clinic is not open from 16:30 to 18:30." in text_of(page)


def test_protocol_says_in_which_year_it_is_reviewed_again(as_diaz, clock, now):
    clock.now = now.replace(year=2026)

    page = text_of(as_diaz.get("/clinic/protocols/mood-acute"))

    assert "To be reviewed again by Monday 1 November 2027." in page
