"""The triage rules and the emergency numbers, read and signed on the page of the protocols."""

import html
import re
from datetime import timedelta

import pytest
from uuid6 import uuid7

from luna import doctor
from luna.audit.models import AuditEvent
from luna.clinical import tailoring
from luna.clinical.triage import Urgency
from luna.library import content
from luna.library import plans as library
from luna.library.models import ContentVersion
from luna.people.errors import Refused
from luna.people.models import Clinic
from luna.treatment import actions, protocols, readings
from luna.treatment.lines import GRADES
from tests import care as cared
from tests.treatment.test_pages import hidden, text_of

RULES, NUMBERS = "/clinic/protocols/recovery", "/clinic/protocols/emergency"
PAGES = {"triage": RULES, "emergency": NUMBERS}
YEAR = timedelta(days=365)
RULES_TEXT = content.triage_text("recovery")
OTHER = content.emergency_text("US").replace('call = "911"', 'call = "912"')
TO_TICK = {
    "triage": [rule.id for rule in content.triage_rules("recovery").rules if rule.grade in ("B", "D")],
    "emergency": ["Emergency by text", "Poison help"],
}


def sign(browser, kind, ticked=None, **more):
    page = browser.get(PAGES[kind])
    sent = {"accepted": TO_TICK[kind] if ticked is None else ticked, "read": hidden(page, "read"), **more}
    return browser.post(PAGES[kind], sent)


def boxes(response):
    """Return what can be ticked on a page."""
    return [
        html.unescape(value)
        for value in re.findall(r'name="accepted" value="([^"]+)"', response.content.decode())
    ]


def rows(response):
    """Return the rows of the table of a page, each on one line of words."""
    found = re.findall(r"<tr><th scope=\"row\">.*?</tr>", response.content.decode(), re.DOTALL)
    return [" ".join(html.unescape(re.sub(r"<[^>]+>", " ", row)).split()) for row in found]


# --- What is there to read


def test_list_names_what_there_is_to_sign_and_each_has_an_address_of_its_own(as_nia, cast, now):
    names = [one.packaged.name for one in readings.listed(cast.harbour, now)]
    page = text_of(as_nia.get("/clinic/protocols"))

    assert sorted(names) == sorted({*content.names("protocols"), "recovery", "emergency"})
    assert page.count("Not signed") == len(names)
    assert "Emergency and crisis numbers: United States" in page


def test_protocol_says_of_each_step_for_whom_it_is(as_diaz):
    page = text_of(as_diaz.get("/clinic/protocols/mood-acute"))

    assert "Read your own plan for food and sugar Only if an answer or a medicine tells of diabetes" in page
    assert "Get the home ready Only if a helper lives with them" in page
    assert set(protocols.CONDITIONS) == {*tailoring.Tag, *tailoring.HELP}


def test_rules_are_read_in_words_with_urgency_heading_grade_and_source(as_diaz):
    found = as_diaz.get(RULES)
    page = rows(found)

    assert len(page) == len(content.triage_rules("recovery").rules)
    assert page[0].startswith(
        "Is [name] easy to wake? No I can’t wake them Emergency Call 911 now · You told us you can’t wake"
        " [name]. [name] needs help right away. S · Read in a copy"
    )
    for rule, row in zip(content.triage_rules("recovery").rules, page, strict=True):
        assert f"{rule.grade.value} · {GRADES[rule.grade]}" in row
        assert all(content.evidence()[name].fact.split(".")[0] in row for name in rule.evidence)
    assert "https://" in found.content.decode()
    assert "Not yet reviewed by a clinician" in text_of(found)


def test_rule_of_two_answers_names_both(cast):
    lines = {line.id: line for line in readings.lines("triage", RULES_TEXT, cast.harbour)}

    assert lines["drowsy-and-vomiting"].title == (
        "Is [name] easy to wake? Slowly / No / Not sure. And: How is [name] otherwise? Keeps throwing up"
    )


def test_every_rule_has_words_and_a_title_of_its_own(cast):
    lines = readings.lines("triage", RULES_TEXT, cast.harbour)

    assert len({line.title for line in lines}) == len(lines)
    assert [line.id for line in lines if "?" not in line.title or not all(line.cells)] == []


@pytest.mark.parametrize(("urgency", "says"), [
    (Urgency.EMERGENCY, "Call 911 now"),
    (Urgency.URGENT, "Call the clinic now"),
    (Urgency.SOON, "Call the clinic when it is open"),
    (Urgency.ROUTINE, "Thank you. That sounds fine."),
])  # fmt: skip
def test_rule_says_what_the_page_says_first(cast, urgency, says):
    text = re.sub(r'urgency = "\w+"', f'urgency = "{urgency.name.lower()}"', RULES_TEXT)

    assert {line.cells[2].partition(" · ")[0] for line in readings.lines("triage", text, cast.harbour)} == {
        says
    }


def test_rule_about_what_nobody_asks_is_named_by_its_fact(cast):
    text = RULES_TEXT.replace('other_sign_code", equals = 14', 'pain_0_10", equals = 14')

    assert "pain_0_10" in [line.title for line in readings.lines("triage", text, cast.harbour)]


def test_numbers_say_what_each_is_for_and_how_to_reach_it(as_diaz):
    found = as_diaz.get(NUMBERS)
    page = rows(found)

    assert page[0].startswith("Emergency Life is in danger Call 911 S · Read in a copy")
    assert page[1].startswith(
        "Emergency by text Life is in danger Text 911 Works in many places, not in all."
    )
    assert page[2].startswith(
        "988 Suicide and Crisis Lifeline Somebody to talk to in a crisis Call 988 · Text 988 Day and night"
    )
    assert page[3].startswith("Poison help Advice at once Call 1-800-222-1222")
    assert "Your clinic is in United States." in text_of(found)
    assert "Not yet reviewed by a clinician" in text_of(found)


def test_numbers_texted_with_a_word_say_which(cast):
    lines = readings.lines("emergency", content.emergency_text("GB"), cast.harbour)

    assert [line.cells[1] for line in lines if "SHOUT" in line.cells[1]] == ["Text SHOUT to 85258"]


# --- Signing


@pytest.mark.parametrize("kind", PAGES)
def test_page_asks_to_tick_each_line_without_a_source(as_diaz, kind):
    assert boxes(as_diaz.get(PAGES[kind])) == TO_TICK[kind]


@pytest.mark.parametrize(("kind", "content_id"), [("triage", "recovery"), ("emergency", "us")])
def test_page_signed_by_a_prescriber_is_kept_and_audited(as_diaz, cast, kind, content_id):
    response = sign(as_diaz, kind)

    version = ContentVersion.objects.get()
    assert response["Location"] == PAGES[kind]
    assert (version.kind, version.content_id, version.accepted) == (kind, content_id, TO_TICK[kind])
    assert (version.clinic_id, version.signed_by_id) == (cast.harbour.id, cast.diaz.id)
    assert AuditEvent.objects.filter(verb=f"{kind}.sign", clinic_id=cast.harbour.id).count() == 1
    page = as_diaz.get(PAGES[kind])
    assert "Signed by Delia Diaz, today" in text_of(page)
    assert boxes(page) == []


@pytest.mark.parametrize(("kind", "missed"), [(kind, one) for kind in PAGES for one in TO_TICK[kind]])
def test_one_line_unticked_is_named_and_the_ticks_are_kept(as_diaz, cast, kind, missed):
    ticked = [one for one in TO_TICK[kind] if one != missed]

    response = sign(as_diaz, kind, ticked)

    text = {"triage": RULES_TEXT, "emergency": content.emergency_text("US")}[kind]
    lines = readings.lines(kind, text, cast.harbour)
    place, line = next((n, line) for n, line in enumerate(lines, start=1) if line.id == missed)
    assert response.status_code == 422
    assert f"“{line.title}” is not ticked." in text_of(response)
    assert response.content.decode().count(" checked>") == len(ticked)
    assert f'href="#line-{place}"' in response.content.decode()
    assert ContentVersion.objects.count() == 0


@pytest.mark.parametrize("kind", PAGES)
def test_page_signed_twice_is_one_signature(as_diaz, clock, kind):
    sign(as_diaz, kind)
    read = ContentVersion.objects.get()
    clock.move(seconds=1)

    as_diaz.post(PAGES[kind], {"accepted": TO_TICK[kind], "read": f"{read.content_id}.{read.sha256}"})

    assert ContentVersion.objects.get() == read
    assert AuditEvent.objects.filter(verb=f"{kind}.sign").count() == 1


@pytest.mark.threat("T4")
@pytest.mark.parametrize("kind", PAGES)
def test_nurse_reads_but_does_not_sign(as_nia, kind):
    page = as_nia.get(PAGES[kind])

    assert "A prescriber of your clinic signs this" in text_of(page)
    assert boxes(page) == []
    assert sign(as_nia, kind).status_code == 404
    assert ContentVersion.objects.count() == 0


@pytest.mark.threat("T4")
@pytest.mark.parametrize("who", ["as_ana", "as_bea", "as_dee_caring"])
@pytest.mark.parametrize("kind", PAGES)
def test_people_find_no_such_page(request, who, kind):
    browser = request.getfixturevalue(who)

    assert {browser.get(PAGES[kind]).status_code, browser.post(PAGES[kind]).status_code} == {404}


@pytest.mark.threat("T4")
def test_signature_of_one_clinic_is_nothing_to_another(as_diaz, as_eve, cast):
    for kind in PAGES:
        sign(as_diaz, kind)

    page = text_of(as_eve.get("/clinic/protocols"))

    assert (page.count("Not signed"), page.count("United States")) == (7, 0)
    assert "Emergency and crisis numbers: Ireland" in page
    assert library.newest(cast.hill.id) == {}


# --- Which country


def test_clinic_that_moves_is_asked_for_the_numbers_there(as_diaz, cast):
    sign(as_diaz, "emergency")
    Clinic.objects.filter(pk=cast.harbour.pk).update(country="CA")

    page = as_diaz.get(NUMBERS)

    assert "Your clinic has not signed this." in text_of(page)
    assert "Your clinic is in Canada." in text_of(page)
    assert boxes(page) != []


def test_numbers_read_before_the_clinic_moved_are_not_signed(as_diaz, cast):
    """Germany and France share a set: what was checked is not the same all the same."""
    Clinic.objects.filter(pk=cast.harbour.pk).update(country="DE")
    page = as_diaz.get(NUMBERS)
    Clinic.objects.filter(pk=cast.harbour.pk).update(country="FR")

    response = as_diaz.post(NUMBERS, {"accepted": boxes(page), "read": hidden(page, "read")})

    assert response.status_code == 422
    assert "The text changed after you opened it." in text_of(response)
    assert ContentVersion.objects.count() == 0


def test_set_of_many_countries_is_signed_for_one(as_diaz, cast):
    Clinic.objects.filter(pk=cast.harbour.pk).update(country="DE")
    page = as_diaz.get(NUMBERS)
    as_diaz.post(NUMBERS, {"accepted": boxes(page), "read": hidden(page, "read")})
    Clinic.objects.filter(pk=cast.harbour.pk).update(country="FR")

    assert ContentVersion.objects.get().content_id == "de"
    assert "Your clinic has not signed this." in text_of(as_diaz.get(NUMBERS))


def test_numbers_of_no_country_of_ours_cannot_be_signed(as_diaz, cast):
    Clinic.objects.filter(pk=cast.harbour.pk).update(country="JP")
    page = as_diaz.get(NUMBERS)

    assert "Luna does not know the numbers of Japan yet" in text_of(page)
    assert boxes(page) == []
    sent = {"accepted": ["Emergency", "Crisis line"], "read": hidden(page, "read")}
    assert as_diaz.post(NUMBERS, sent).status_code == 422
    assert ContentVersion.objects.count() == 0


# --- A year later


@pytest.mark.parametrize(("after", "due"), [(YEAR, 0), (YEAR + timedelta(minutes=1), 1)])
def test_numbers_are_due_again_after_a_year(as_diaz, clock, cast, after, due):
    actions.sign(
        kind="emergency", text=content.emergency_text("US"), accepted=TO_TICK["emergency"],
        viewer=cast.sees("diaz"), now=clock.now - after,
    )  # fmt: skip

    assert text_of(as_diaz.get("/clinic/protocols")).count("Due again") == due
    assert text_of(as_diaz.get(NUMBERS)).count("Due again. Delia Diaz signed this") == due


def test_numbers_due_again_are_ticked_and_signed_again(as_diaz, clock, cast):
    actions.sign(
        kind="emergency", text=content.emergency_text("US"), accepted=TO_TICK["emergency"],
        viewer=cast.sees("diaz"), now=clock.now - 2 * YEAR,
    )  # fmt: skip
    assert boxes(as_diaz.get(NUMBERS)) == TO_TICK["emergency"]

    sign(as_diaz, "emergency")

    assert ContentVersion.objects.count() == 2
    assert "Signed by Delia Diaz, today" in text_of(as_diaz.get(NUMBERS))


# --- What pages use


@pytest.fixture
def with_other_numbers(cast, now):
    """Harbour Clinic signed a set in which the emergency number is 912."""
    actions.sign(
        kind="emergency", text=OTHER, accepted=TO_TICK["emergency"], viewer=cast.sees("diaz"), now=now
    )


@pytest.mark.hazard("H10")
def test_pages_show_the_numbers_the_clinic_signed(with_other_numbers, as_ana, as_bea, as_nobody):
    for browser in (as_ana, as_bea):
        assert 'href="tel:912"' in browser.get("/worried").content.decode()
        assert 'href="tel:911"' not in browser.get("/worried").content.decode()
        assert browser.get("/circle").content.decode().count("912") >= 1
    assert 'href="tel:911"' in as_nobody.get("/worried").content.decode()


@pytest.mark.hazard("H10")
def test_result_of_a_check_in_says_to_call_the_number_the_clinic_signed(
    with_other_numbers, care, clock, request
):
    clock.now = cared.at("03-15 12:00")
    care.home(clock.now)
    as_bea = request.getfixturevalue("as_bea")
    path = f"/check-in/{care.key('check-1')}"
    clock.now = cared.at("03-15 12:45")

    result = as_bea.post(path, {"wake": "no", "client_id": uuid7()}, follow=True)

    assert "Call 912 now" in text_of(result)


@pytest.mark.hazard("H10")
def test_pages_of_a_clinic_that_moved_show_the_packaged_numbers_there(with_other_numbers, as_ana, cast):
    Clinic.objects.filter(pk=cast.harbour.pk).update(country="GB")

    assert 'href="tel:999"' in as_ana.get("/worried").content.decode()


def test_text_that_cannot_be_read_is_refused(cast, now):
    with pytest.raises(Refused, match=r"This cannot be read\."):
        actions.sign(kind="triage", text="id = 5", accepted=(), viewer=cast.sees("diaz"), now=now)


# --- Going live


def asked_of(cast, now):
    """Return what going live still asks of Harbour Clinic's signatures."""
    found = [one.what for one in doctor._clinic(cast.harbour, now) if one.must_mend]
    return [what.partition(f"{cast.harbour.id} ")[2] for what in found if "signed" in what]


def test_going_live_is_satisfied_through_the_pages(as_diaz, cast, now):
    assert asked_of(cast, now) == [
        "signed a protocol.", "signed the triage rules.", "signed its emergency numbers within a year.",
    ]  # fmt: skip

    page = as_diaz.get("/clinic/protocols/mood-acute")
    as_diaz.post("/clinic/protocols/mood-acute", {"accepted": boxes(page), "read": hidden(page, "read")})
    sign(as_diaz, "triage")
    sign(as_diaz, "emergency")

    assert asked_of(cast, now) == []
    assert asked_of(cast, now + YEAR) == []
    assert asked_of(cast, now + YEAR + timedelta(seconds=1)) == [
        "signed its emergency numbers within a year."
    ]
    cast.harbour.country = "CA"
    assert asked_of(cast, now) == ["signed its emergency numbers within a year."]
