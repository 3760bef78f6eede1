"""The prescriber's page and the page of the decision: what they show, take, keep, and to whom they open."""

import html
import re
from datetime import date, timedelta
from uuid import uuid4

import pytest
from django.http import Http404

from luna.audit.models import AuditEvent
from luna.escalation.models import Escalation
from luna.escalation.writing import Written
from luna.intake import actions, plans
from luna.intake.actions import enquiry as enquiries
from luna.intake.actions import medicines
from luna.intake.models import Answer, EligibilityDecision, LabResult, Medicine, News
from luna.notices.models import Notice
from luna.people.models import Clinician
from luna.records.models import Observation
from tests import care as cared
from tests.intake import giving


def text_of(response):
    """Return the words of a page on one line."""
    words = html.unescape(re.sub(r"<[^>]+>", " ", response.content.decode()))
    return " ".join(words.replace("\u00a0", " ").split())


@pytest.fixture
def path(cast):
    return f"/clinic/patients/{cast.ana_patient.id}/consultation"


@pytest.fixture
def decision(cast):
    return f"/clinic/patients/{cast.ana_patient.id}/decision"


@pytest.fixture
def fear(cast, now):
    return actions.ask(
        viewer=cast.sees("ana"), what="fear", written=Written("That I will not come back."),
        client_id=uuid4(), now=now,
    )  # fmt: skip


def shown(page, name):
    return re.search(rf'name="{name}" value="([^"]*)"', page.content.decode())[1]


# --- What it shows -----------------------------------------------------------------------------------


@pytest.mark.hazard("H10")
def test_both_pages_say_first_what_is_open_about_this_patient_and_nobody_else(
    cast, as_nia, as_diaz, path, decision, now
):
    assert "Needs somebody now" not in text_of(as_nia.get(path))

    for who, words in (("ana", "I do not feel safe."), ("oli", "My chest hurts.")):
        actions.ask(
            viewer=cast.sees(who), what="question", written=Written(words, is_safety=who == "ana",
            happening=who == "oli"), client_id=uuid4(), now=now,
        )  # fmt: skip

    for page in (text_of(as_nia.get(path)), text_of(as_diaz.get(decision))):
        assert "Needs somebody now Call now: Wrote, and says that it is about safety" in page
        assert page.index("Needs somebody now") < page.index("No prescriber has decided yet.")
        assert "danger sign" not in page

    Escalation.objects.update(closed_at=now)
    assert "Needs somebody now" not in text_of(as_diaz.get(decision))


def test_page_shows_findings_first_and_names_what_nobody_told(as_nia, path, cast, now):
    giving.send(cast.sees("ana"), now, heart="brain-bleed")
    giving.tell(cast.sees("ana"), "phenelzine", now, dose="15 mg")

    page = text_of(as_nia.get(path))

    assert page.index("Speaks against it") < page.index("A prescriber decides · Told or measured: phenelzine")
    assert page.index("Findings") < page.index("Worries and questions") < page.index("What they told")
    assert "What nobody told or measured is no all-clear." in page
    assert "not measured: Blood pressure, upper number" in page


def test_banner_says_no_allergies_without_words_of_an_older_answer(as_nia, path, cast, now):
    giving.send(cast.sees("ana"), now, allergies="medicine", allergy_words="Penicillin, a rash.")
    trauma = {"trauma_since": "years", "trauma_signs": "numb", "trauma_tried": "talking"}
    trauma |= {"trauma_therapist": "yes", "trauma_triggers": "none"}
    giving.send(cast.sees("ana"), now + timedelta(days=1), name="intake-ptsd", allergies="none", **trauma)

    page = text_of(as_nia.get(path))

    assert "Allergies No allergies" in page
    assert "Penicillin" not in page


def test_enquiry_is_on_the_page(as_diaz, path, cast, now):
    assert "Before the first visit Nothing was written. Write it down" in text_of(as_diaz.get(path))
    values = {
        "screen": "look", "screen_words": "A stroke two years ago.", "lives_alone": "yes",
        "language": "Spanish", "interpreter": "spoken", "emergency_name": "Cruz Abel",
        "referred_by": "Dr Lund", "referral_asked_on": date(2027, 3, 1), "words": "Prefers mornings.",
    }  # fmt: skip
    enquiries.save(
        viewer=cast.sees("nia"), patient=cast.ana_patient, values=values, version=0, client_id=uuid4(),
        now=now,
    )  # fmt: skip

    page = text_of(as_diaz.get(path))

    for words in (
        "First talk on the phone Asked; a prescriber should look first",
        "What came up A stroke two years ago.",
        "Lives alone Yes",
        "Language they speak best Spanish",
        "Referral asked for on 2027-03-01",
        "Referral received on –",
        "Anything else Prefers mornings.",
    ):
        assert words in page
    assert page.index("On the phone: a prescriber should look first") < page.index("Worries and questions")


def test_medicine_taken_no_more_is_shown_with_what_it_means(as_nia, path, cast, now):
    row = giving.tell(cast.sees("ana"), "phenelzine", now, dose="15 mg")
    medicines.stop(
        viewer=cast.sees("ana"), patient=cast.ana_patient, medicine_id=row.id, stopped_on=date(2027, 3, 7),
        client_id=uuid4(), now=now,
    )  # fmt: skip

    page = text_of(as_nia.get(path))

    assert "Taken no more phenelzine, 15 mg · last taken on 2027-03-07" in page
    assert "Told, and said to be taken last on 2027-03-07. It counts until a prescriber decides." in page


@pytest.mark.hazard("H1")
def test_medicine_that_meets_no_row_does_not_look_harmless(as_nia, path, cast, now):
    for name in ("omeprazole", "lisinopril", "insulin"):
        giving.tell(cast.sees("ana"), name, now)

    page = text_of(as_nia.get(path))

    assert page.count("Not in our list of interactions: the prescriber judges") == 1
    assert "omeprazole – – Not in our list of interactions" in page
    assert "lisinopril – – Blood pressure medicine" in page
    assert "insulin – – Insulin" in page


def test_page_of_someone_who_sent_nothing_says_so(as_nia, path):
    page = text_of(as_nia.get(path))

    assert "Nothing was sent yet." in page
    assert "No prescriber has decided yet." in page
    assert "Nobody said which are taken, or that none are." in page


def test_page_is_read_in_the_audit(as_nia, path, cast):
    as_nia.get(path)

    assert AuditEvent.objects.filter(verb="chart.read", actor_id=cast.nia.id).count() == 1


@pytest.mark.threat("T1")
def test_words_for_prescribers_alone_are_not_shown_to_a_nurse(as_nia, as_diaz, path, cast, now):
    actions.notice(
        viewer=cast.sees("bea"), audience="prescribers", written=Written("He drinks again."),
        client_id=uuid4(), now=now,
    )  # fmt: skip

    assert "He drinks again." not in text_of(as_nia.get(path))
    assert "He drinks again." in text_of(as_diaz.get(path))


def test_page_asks_the_database_as_often_for_much_as_for_little(
    as_diaz, path, cast, now, django_assert_max_num_queries, django_assert_num_queries
):
    giving.send(cast.sees("ana"), now)
    giving.tell(cast.sees("ana"), "phenelzine", now)
    actions.ask(viewer=cast.sees("ana"), what="fear", written=Written("Falling."), client_id=uuid4(), now=now)
    cared.decide(cast, cast.ana_patient, now)
    as_diaz.get(path)
    with django_assert_max_num_queries(60) as few:
        as_diaz.get(path)

    for name in ("diazepam", "lamotrigine", "methylphenidate"):
        giving.tell(cast.sees("ana"), name, now)
        actions.ask(
            viewer=cast.sees("ana"), what="question", written=Written(name), client_id=uuid4(), now=now
        )
        cared.decide(cast, cast.ana_patient, now)
    with django_assert_num_queries(len(few.captured_queries)):
        as_diaz.get(path)


# --- What changed ------------------------------------------------------------------------------------


@pytest.fixture
def seen(cast, now):
    """Two medicines and an intake of Ana's that Dr Diaz decided on."""
    giving.send(cast.sees("ana"), now - timedelta(days=7), heart="none")
    rows = [
        giving.tell(cast.sees("ana"), name, now - timedelta(days=7), dose="50 mg")
        for name in ("sertraline", "aspirin")
    ]
    cared.decide(cast, cast.ana_patient, now - timedelta(days=6))
    return rows


def marks(page):
    """Return what is marked as new, in words."""
    found = re.findall(
        r'<span class="sev note"><svg.*?</svg>((?:New|Changed)[^<]*)</span>', page.content.decode(), re.S
    )
    return [html.unescape(one) for one in found if not one.startswith("New since")]


def test_page_marks_nothing_that_was_there_when_a_prescriber_decided(as_diaz, path, seen):
    page = as_diaz.get(path)

    assert "sertraline 50 mg" in text_of(page)
    assert marks(page) == []


def test_page_shows_what_became_of_each_medicine_since_and_who_said_it(as_diaz, path, seen, cast, now):
    about = {"viewer": cast.sees("ana"), "patient": cast.ana_patient, "now": now}
    changed, stopped = seen
    medicines.change(
        said=medicines.Said("sertraline", "100 mg"), medicine_id=changed.id, client_id=uuid4(), **about
    )
    medicines.stop(stopped_on=date(2027, 3, 1), medicine_id=stopped.id, client_id=uuid4(), **about)
    giving.tell(cast.sees("ana"), "lithium", now)
    wrong = giving.tell(cast.sees("ana"), "Calmazine", now)
    medicines.mistake(medicine_id=wrong.id, client_id=uuid4(), **about)

    page = text_of(as_diaz.get(path))

    assert "sertraline Changed 100 mg before: 50 mg · Ana Abel, Monday 1 March" in page
    assert "lithium New" in page
    assert "New aspirin, 50 mg · last taken on 2027-03-01 · Ana Abel, today" in page
    assert "New Calmazine · was on the list by mistake · Ana Abel, today" in page


def test_what_a_prescriber_has_read_is_marked_no_more(as_diaz, path, seen, cast, now):
    giving.tell(cast.sees("ana"), "lithium", now)
    page = as_diaz.get(path)
    assert marks(page) == ["New"]

    as_diaz.post(path, {"do": "read", "news": [shown(page, "news")], "client_id": uuid4()})

    assert marks(as_diaz.get(path)) == []


def test_page_marks_each_answer_that_is_another_one_now(as_diaz, path, seen, cast, now):
    giving.save(cast.sees("ana"), "weight", "75 kg", now)
    asked = giving.asking(cast.sees("ana"), now)
    actions.send(viewer=cast.sees("ana"), asking=asked, version=asked.version, round=asked.round, now=now)

    page = as_diaz.get(path)

    assert "75 kilograms Changed; before: 160 pounds" in text_of(page)
    assert len(marks(page)) == 1


# --- Medicines told at the visit ---------------------------------------------------------------------


@pytest.fixture
def add(cast):
    return f"/clinic/patients/{cast.ana_patient.id}/medicines/add"


def one(cast, row):
    return f"/clinic/patients/{cast.ana_patient.id}/medicines/{row.id}"


def test_nurse_adds_a_medicine_in_her_name_and_a_prescriber_is_told(as_nia, as_ana, path, add, cast, now):
    giving.send(cast.sees("ana"), now - timedelta(days=7))
    assert add in as_nia.get(path).content.decode()
    found = text_of(as_nia.post(add, {"do": "search", "q": "theophyline"}))
    assert "theophylline" in found
    chosen = as_nia.post(add, {"do": "choose", "name": "theophylline", "listed": "theophylline"})
    assert "It is kept in your name." in text_of(chosen)
    assert "How do you take it?" not in text_of(chosen)

    sent = {"do": "keep", "name": "theophylline", "dose_text": "200 mg", "client_id": uuid4()}
    kept = as_nia.post(add, sent)

    assert (kept.status_code, kept.url) == (302, path)
    row = Medicine.objects.get()
    assert (row.by, row.capacity, row.listed) == (cast.nia, "staff", "theophylline")
    assert "theophylline 200 mg" in text_of(as_nia.get(path))
    assert "Nia Noor, today" in text_of(as_nia.get(path))
    assert "written down by Nia Noor" in text_of(as_ana.get("/intake/medicines"))
    assert [row.what for row in plans.news(cast.sees("diaz"))] == ["intake", "medicine"]


def test_prescriber_who_adds_a_medicine_has_no_news_of_it(as_diaz, add, cast, now):
    giving.send(cast.sees("ana"), now - timedelta(days=7))

    as_diaz.post(add, {"do": "keep", "name": "theophylline", "client_id": uuid4()})

    assert Medicine.objects.get().by == cast.diaz
    assert [row.what for row in plans.news(cast.sees("diaz"))] == ["intake"]


def test_staff_change_stop_and_correct_a_medicine(as_nia, path, cast, now):
    rows = [giving.tell(cast.sees("ana"), name, now) for name in ("sertraline", "lithium", "aspirin")]
    changed, stopped, wrong = (one(cast, row) for row in rows)
    assert "Told by Ana Abel, today" in text_of(as_nia.get(changed))

    for form in (
        (changed, {"do": "keep", "name": "sertraline", "dose_text": "100 mg"}),
        (stopped, {"do": "stop", "stopped_on": "2027-03-01"}),
        (wrong, {"do": "mistake"}),
    ):
        assert as_nia.post(form[0], {**form[1], "client_id": uuid4()}).url == path

    page = text_of(as_nia.get(path))
    assert "sertraline 100 mg before: – · Ana Abel, today" in page
    assert "lithium · last taken on 2027-03-01 · Nia Noor, today" in page
    assert "aspirin · was on the list by mistake · Nia Noor, today" in page


def test_medicine_that_cannot_be_is_refused_and_what_staff_typed_is_kept(as_nia, add, cast, now):
    row = giving.tell(cast.sees("ana"), "sertraline", now)

    twice = as_nia.post(add, {"do": "keep", "name": "Sertraline", "dose_text": "100 mg"})
    never = as_nia.post(one(cast, row), {"do": "stop", "stopped_on": "0001-01-01"})

    assert (twice.status_code, never.status_code) == (422, 422)
    assert "write every dose under “How much”" in text_of(twice)
    assert 'value="100 mg"' in twice.content.decode()
    assert "Enter the day it was taken last, like 2027-03-31." in text_of(never)
    assert as_nia.post(one(cast, row), {"do": "erase"}).status_code == 404


def test_medicine_somebody_changed_meanwhile_is_not_changed_by_staff(as_nia, cast, now):
    row = giving.tell(cast.sees("ana"), "sertraline", now)
    medicines.mistake(
        viewer=cast.sees("ana"), patient=cast.ana_patient, medicine_id=row.id, client_id=uuid4(), now=now
    )

    assert as_nia.post(one(cast, row), {"do": "keep", "name": "sertraline"}).status_code == 422
    assert Medicine.objects.count() == 2


@pytest.mark.threat("T5")
def test_staff_who_do_not_care_for_a_patient_say_why_before_they_see_or_add_a_medicine(
    as_nia, add, cast, now
):
    row = giving.tell(cast.sees("ana"), "sertraline", now)
    cast.harbour.charts = cast.harbour.Charts.ASSIGNED
    cast.harbour.save()

    for asked in (as_nia.get(add), as_nia.get(one(cast, row))):
        assert (asked.status_code, asked.url.partition("?")[0]) == (
            302, f"/clinic/patients/{cast.ana_patient.id}/reason",
        )  # fmt: skip
    as_nia.post(add, {"do": "keep", "name": "lithium", "client_id": uuid4()})
    assert Medicine.objects.count() == 1


@pytest.mark.threat("T4")
@pytest.mark.parametrize("who", ["as_ana", "as_bea", "as_oli", "as_cal", "as_dee", "as_dee_caring", "as_eve"])
def test_medicine_page_of_staff_is_not_found_by_anybody_else(request, who, add, cast, now):
    row = giving.tell(cast.sees("ana"), "sertraline", now)
    browser = request.getfixturevalue(who)

    assert [browser.get(path).status_code for path in (add, one(cast, row))] == [404, 404]
    assert browser.post(add, {"do": "keep", "name": "lithium"}).status_code == 404
    assert browser.post(one(cast, row), {"do": "mistake"}).status_code == 404
    assert Medicine.objects.count() == 1


@pytest.mark.threat("T4")
def test_medicine_of_another_patient_is_not_found_under_this_one(as_nia, cast, now):
    row = giving.tell(cast.sees("oli"), "sertraline", now)

    assert as_nia.get(one(cast, row)).status_code == 404


def test_coordinator_writes_down_no_medicine(cast, add, clock):
    Clinician.objects.filter(user=cast.nia).update(roles=["coordinator"])

    browser = cast.browser("nia", clock.now, fresh=True)

    assert browser.get(add).status_code == 404
    assert browser.post(add, {"do": "keep", "name": "lithium"}).status_code == 404
    with pytest.raises(Http404):
        giving.tell(cast.sees("nia"), "lithium", clock.now, patient=cast.ana_patient)


# --- Answering ---------------------------------------------------------------------------------------


def test_fear_is_answered_in_a_name_and_the_patient_is_told(as_diaz, path, fear, cast):
    sent = {
        "do": "answer",
        "question": fear.id,
        f"answer-{fear.id}": "I stay beside you.",
        "client_id": uuid4(),
    }

    assert as_diaz.post(path, sent).status_code == 302

    page = text_of(as_diaz.get(path))
    assert "I stay beside you. Delia Diaz" in page
    assert Answer.objects.get().by == cast.diaz
    assert Notice.objects.filter(words="answered", to_user=cast.ana).count() == 1


def test_answer_that_is_blank_is_refused_at_its_box(as_diaz, path, fear):
    page = as_diaz.post(path, {"do": "answer", "question": fear.id, f"answer-{fear.id}": " "})

    assert page.status_code == 422
    assert f'href="#id_answer-{fear.id}"' in page.content.decode()


@pytest.mark.threat("T4")
def test_question_of_another_patient_is_not_answered_here(as_diaz, fear, cast):
    path = f"/clinic/patients/{cast.oli_patient.id}/consultation"

    sent = {"do": "answer", "question": fear.id, f"answer-{fear.id}": "Yes.", "client_id": uuid4()}

    assert as_diaz.post(path, sent).status_code == 404
    assert not Answer.objects.exists()


def test_what_is_new_is_read_by_name(as_diaz, path, cast, now):
    giving.tell(cast.sees("ana"), "phenelzine", now)
    page = as_diaz.get(path)
    assert "Medicines changed" in text_of(page)

    as_diaz.post(path, {"do": "read", "news": [shown(page, "news")], "client_id": uuid4()})

    assert "Medicines changed" not in text_of(as_diaz.get(path))
    assert News.objects.get().readings.get().by == cast.diaz


def test_nurse_sees_what_waits_for_a_prescriber_and_cannot_clear_it(as_nia, as_diaz, path, cast, now):
    giving.tell(cast.sees("ana"), "phenelzine", now)

    page = as_nia.get(path)

    assert "Medicines changed" in text_of(page)
    assert "A prescriber reads this." in text_of(page)
    assert "I have read this" not in text_of(page)
    actions.notice(
        viewer=cast.sees("bea"), audience="team", written=Written("He hardly sleeps."), client_id=uuid4(),
        now=now,
    )  # fmt: skip
    page = as_nia.get(path)
    as_nia.post(
        path, {"do": "read", "news": re.findall(r'name="news" value="([^"]*)"', page.content.decode())}
    )
    assert "What a caretaker noticed ·" not in text_of(as_nia.get(path))
    assert "Medicines changed" in text_of(as_diaz.get(path))


# --- Measuring ---------------------------------------------------------------------------------------


def test_measurements_are_saved_and_shown_as_typed(as_nia, path):
    sent = {"do": "measure", "systolic_mmhg": "118", "diastolic_mmhg": "76", "weight_kg": "160",
            "weight_kg_unit": "lb", "client_id": uuid4()}  # fmt: skip

    assert as_nia.post(path, sent).status_code == 302

    page = text_of(as_nia.get(path))
    assert "118 mmHg · Nia Noor" in page
    assert "160 lb · Nia Noor" in page
    assert "not measured: Heart rate, Oxygen saturation, Breaths in a minute, Height" in page


def test_weight_without_a_unit_is_refused_and_all_that_was_typed_is_kept(as_nia, path):
    page = as_nia.post(
        path, {"do": "measure", "weight_kg": "160", "spo2_percent": "98", "client_id": uuid4()}
    )

    text = page.content.decode()
    assert page.status_code == 422
    assert 'href="#id_weight_kg_unit"' in text
    assert ['value="160"' in text, 'value="98"' in text] == [True, True]
    assert not Observation.objects.exists()


def test_no_unit_is_chosen_for_anybody(as_nia, path):
    page = as_nia.get(path).content.decode()

    assert re.findall(r'<option value="(?:kg|lb|cm|in)" selected', page) == []


def test_result_is_added_and_taken_back(as_nia, path, cast, now):
    sent = {"do": "result", "name": "ALT", "result": "31 U/L", "client_id": uuid4()}
    assert as_nia.post(path, sent).status_code == 422  # no day
    as_nia.post(path, sent | {"taken_on": plans.today_of(cast.ana_patient, now).isoformat()})
    assert "31 U/L" in text_of(as_nia.get(path))

    row = LabResult.objects.get()
    as_nia.post(path, {"do": "take-back", "result": row.id, "client_id": uuid4()})

    assert "31 U/L" not in text_of(as_nia.get(path))


def test_result_of_a_test_that_is_asked_for_is_shown_as_done(as_nia, path, cast, now):
    assert "Missing: Liver tests with ALP and GGT" in text_of(as_nia.get(path))
    today = plans.today_of(cast.ana_patient, now).isoformat()
    sent = {"do": "result", "test": "drug-test", "taken_on": today, "client_id": uuid4()}

    refused = as_nia.post(path, sent)
    assert (refused.status_code, 'href="#id_positive"' in refused.content.decode()) == (422, True)
    as_nia.post(path, sent | {"positive": "yes", "result": "THC"})
    as_nia.post(path, sent | {"test": "liver-tests", "result": "ALT 31 U/L", "client_id": uuid4()})

    page = text_of(as_nia.get(path))
    assert f"Liver tests with ALP and GGT · ALT 31 U/L · {today}" in page
    assert "Urine drug screen · Positive: THC" in page
    assert "Positive drug screen" in page


@pytest.mark.parametrize("do", ["", "delete"])
def test_button_that_is_none_is_not_found(as_nia, path, do):
    assert as_nia.post(path, {"do": do}).status_code == 404


# --- Deciding ----------------------------------------------------------------------------------------


def answers_to(page, now, **changed):
    """Return what a prescriber sends back from the page of the decision."""
    text = page.content.decode()
    asked = [html.unescape(one) for one in re.findall(r'name="finding" value="([^"]*)"', text)]
    return {
        "client_id": shown(page, "client_id"),
        "before": shown(page, "before"),
        "shown": html.unescape(shown(page, "shown")),
        "finding": asked,
        **{f"why-{n}": "Talked through." for n in range(len(asked))},
        "verdict": "eligible",
        "reasons": "Nothing else helped.",
        "missing_why": "In the letter of referral.",
        "review_on": (now + timedelta(days=90)).date().isoformat(),
        **changed,
    }


def test_prescriber_signs(as_diaz, path, decision, now):
    page = as_diaz.get(decision)

    assert as_diaz.post(decision, answers_to(page, now)).status_code == 302

    said = text_of(as_diaz.get(path))
    assert "Can be treated Delia Diaz" in said
    assert "Nothing else helped." in said
    assert EligibilityDecision.objects.get().seen == []


def test_stop_without_a_reason_is_refused_at_its_box_and_nothing_typed_is_lost(as_diaz, decision, cast, now):
    giving.send(cast.sees("ana"), now, heart="brain-bleed")
    sent = answers_to(as_diaz.get(decision), now, conditions="Blood pressure each time.", **{"why-0": " "})

    page = as_diaz.post(decision, sent)

    text = page.content.decode()
    assert page.status_code == 422
    assert 'href="#id_why-0"' in text
    assert ["Blood pressure each time." in text, "Nothing else helped." in text] == [True, True]
    assert as_diaz.post(decision, sent | {"why-0": "Seen by a neurologist."}).status_code == 302


def test_missing_test_without_a_reason_is_refused_at_its_box(as_diaz, decision, now):
    sent = answers_to(as_diaz.get(decision), now)
    place = sent["finding"].index("test.liver-tests")

    page = as_diaz.post(decision, sent | {f"why-{place}": ""})

    assert page.status_code == 422
    assert f'href="#id_why-{place}"' in page.content.decode()
    assert "Write why you decide without “Liver tests with ALP and GGT”" in text_of(page)
    assert as_diaz.post(decision, sent).status_code == 302
    assert EligibilityDecision.objects.get().addressed["test.liver-tests"] == "Talked through."


def test_finding_that_came_in_meanwhile_is_shown_with_what_was_typed(as_diaz, decision, cast, now):
    sent = answers_to(as_diaz.get(decision), now)
    giving.tell(cast.sees("ana"), "phenelzine", now)

    page = as_diaz.post(decision, sent)

    assert page.status_code == 422
    assert "Something new came in while you were reading." in text_of(page)
    assert "Nothing else helped." in text_of(page)
    assert not EligibilityDecision.objects.exists()


def test_decision_signed_in_another_tab_is_shown_beside_what_was_typed(as_diaz, decision, cast, now):
    sent = answers_to(as_diaz.get(decision), now)
    cared.decide(cast, cast.ana_patient, now)

    page = as_diaz.post(decision, sent)

    assert page.status_code == 422
    assert "Signed meanwhile" in text_of(page)
    assert "Nothing else helped." in text_of(page)


def test_signing_asks_for_the_pin_first(cast, clock, decision):
    browser = cast.browser("diaz", clock.now)

    assert browser.get(decision).status_code == 302
    assert "/me/unlock" in browser.get(decision)["Location"]


# --- To whom they open -------------------------------------------------------------------------------


@pytest.mark.threat("T4")
@pytest.mark.parametrize("who", ["as_ana", "as_bea", "as_oli", "as_cal", "as_dee", "as_dee_caring", "as_eve"])
def test_pages_are_not_found_by_anybody_but_the_clinic(request, who, path, decision):
    browser = request.getfixturevalue(who)

    assert [browser.get(path).status_code, browser.get(decision).status_code] == [404, 404]
    assert [browser.post(path).status_code, browser.post(decision).status_code] == [404, 404]


def test_nurse_reads_and_does_not_decide(as_nia, path, decision):
    assert "A prescriber decides." in text_of(as_nia.get(path))
    assert as_nia.get(decision).status_code == 404
