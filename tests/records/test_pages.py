"""The pages that ask one question at a time, as people meet them."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from luna.escalation.models import EscalationStep
from luna.records.models import Draft, Response
from tests.people import reading
from tests.records.examples import ANSWERS, give, opened

pytestmark = [pytest.mark.urls("tests.records.urls"), pytest.mark.usefixtures("asked")]
HOSTILE = "</textarea><script>alert(1)</script>"


def hidden(response) -> dict[str, str]:
    """Return the hidden fields of the page's form."""
    form = response.content.decode().split('<form method="post" action="/', 1)[1]
    fields = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', form))
    return {name: value for name, value in fields.items() if name != "csrfmiddlewaretoken"}


def heading(response) -> str:
    return re.search(r"<h1[^>]*>(.*?)</h1>", response.content.decode())[1]


def answer(browser, given, path="/ask", **more):
    """Answer the question the page asks now."""
    return browser.post(path, {**hidden(browser.get(path)), "answer": given, **more})


def answer_all(browser, path="/ask"):
    for given in ANSWERS.values():
        amount, _space, unit = given.partition(" ")
        if unit in ("kg", "lb"):
            answer(browser, amount, path, unit=unit)
        else:
            answer(browser, given.split(",") if given == "heart,head" else given, path, happening="no")


def test_questions_come_one_after_the_other(as_ana):
    first = as_ana.get("/ask")
    saved = answer(as_ana, "1990-05-31")

    assert (heading(first), saved.status_code, saved.url) == ("When were you born?", 302, "/ask")
    assert heading(as_ana.get("/ask")) == "What do you weigh?"


def test_question_is_asked_again_with_what_was_answered(as_ana):
    answer(as_ana, "1990-05-31")

    again = as_ana.get("/ask?at=born")

    assert heading(again) == "When were you born?"
    assert 'value="1990-05-31"' in again.content.decode()


def test_no_unit_is_chosen_beforehand(as_ana):
    answer(as_ana, "1990-05-31")

    text = as_ana.get("/ask").content.decode()

    assert text.count('name="unit"') == 2
    assert "checked" not in text


def test_weight_without_a_unit_is_refused_and_stays_in_its_box(as_ana):
    answer(as_ana, "1990-05-31")

    refused = answer(as_ana, "160")

    assert refused.status_code == 422
    assert "Choose the unit as well." in refused.content.decode()
    assert 'value="160"' in refused.content.decode()


def test_all_answers_are_checked_and_sent_once(as_ana):
    answer_all(as_ana)
    check = as_ana.get("/ask")

    sent = [as_ana.post("/ask", {**hidden(check), "do": "send"}) for _twice in range(2)]

    assert heading(check) == "Check your answers"
    assert [(one.status_code, one.url) for one in sent] == [(302, "/me")] * 2
    assert Response.objects.count() == 2


def test_answer_is_changed_from_the_check_page(as_ana):
    answer_all(as_ana)

    page = as_ana.get("/ask?at=alone")
    as_ana.post("/ask", {**hidden(page), "answer": "yes"})

    check = as_ana.get("/ask")
    assert heading(check) == "Check your answers"
    assert "I live alone" in check.content.decode()


def test_contradiction_is_named_and_not_sent(as_ana):
    answer_all(as_ana)
    for item_id in ("alone", "drugs"):
        as_ana.post("/ask", {**hidden(as_ana.get(f"/ask?at={item_id}")), "answer": "yes"})

    check = as_ana.get("/ask")
    sent = as_ana.post("/ask", {**hidden(check), "do": "send"})

    assert "You cannot be alone and use drugs." in check.content.decode()
    assert 'value="send"' not in check.content.decode()
    assert (sent.status_code, Response.objects.count()) == (422, 0)


def test_question_may_be_left_out_only_where_the_page_says_so(as_ana):
    assert "Leave this out" not in as_ana.get("/ask").content.decode()
    answer_all(as_ana)

    page = as_ana.get("/ask?at=fears")
    skipped = as_ana.post("/ask", {**hidden(page), "answer": "Typed all the same.", "do": "skip"})

    assert skipped.status_code == 302
    assert Draft.objects.get().answers["fears"] == ""


def test_stopping_keeps_what_was_typed(as_ana):
    stopped = answer(as_ana, "1990-05-31", then="leave")

    assert (stopped.url, Draft.objects.get().answers) == ("/", {"born": "1990-05-31"})


def test_two_tabs_see_both_answers(as_ana):
    answer(as_ana, "1990-05-31")
    both = hidden(as_ana.get("/ask"))
    as_ana.post("/ask", {**both, "answer": "72", "unit": "kg"})

    stale = as_ana.post("/ask", {**both, "answer": "160", "unit": "lb"})

    text = stale.content.decode()
    assert stale.status_code == 422
    assert ("72\N{NO-BREAK SPACE}kilograms" in text, "160\N{NO-BREAK SPACE}pounds" in text) == (True, True)
    assert Draft.objects.get().answers["weight"] == "72 kg"


def test_second_tab_may_put_its_answer_in_place(as_ana):
    answer(as_ana, "1990-05-31")
    both = hidden(as_ana.get("/ask"))
    as_ana.post("/ask", {**both, "answer": "72", "unit": "kg"})
    stale = as_ana.post("/ask", {**both, "answer": "160", "unit": "lb"})

    as_ana.post("/ask", {**hidden(stale), "answer": "160", "unit": "lb"})

    assert Draft.objects.get().answers["weight"] == "160 lb"


def test_question_another_tab_made_needless_leads_on(as_ana):
    answer_all(as_ana)
    steady = hidden(as_ana.get("/ask?at=heart-steady"))
    as_ana.post("/ask", {**hidden(as_ana.get("/ask?at=ill")), "answer": ["none"]})

    late = as_ana.post("/ask", {**steady, "answer": "false"})

    assert (late.status_code, late.url) == (302, "/ask")


def test_sending_what_another_tab_changed_shows_the_change(as_ana):
    answer_all(as_ana)
    check = hidden(as_ana.get("/ask"))
    as_ana.post("/ask", {**hidden(as_ana.get("/ask?at=pain")), "answer": "3"})

    stale = as_ana.post("/ask", {**check, "do": "send"})

    assert stale.status_code == 422
    assert "Changed just now" in stale.content.decode()
    assert Response.objects.count() == 0


def test_answer_that_cannot_wait_leads_elsewhere_at_once(as_ana):
    answer_all(as_ana)

    page = as_ana.get("/ask?at=pain")
    special = as_ana.post("/ask", {**hidden(page), "answer": "10"})

    assert special.url == "/worried"
    assert Draft.objects.get().answers["pain"] == "10"


def test_looking_keeps_nothing(as_ana):
    as_ana.get("/ask")
    as_ana.get("/ask?at=weight")
    as_ana.get("/ask?at=check")
    as_ana.get("/ask?at=nothing")

    assert Draft.objects.count() == 0


@pytest.mark.parametrize(
    "typed",
    [
        {},
        {"item": "born"},
        {"item": "gone", "answer": "x"},
        {"item": "born", "answer": "x" * 3_000},
        {"item": "born", "answer": "1990-05-31", "version": "x", "round": "-1"},
        {"item": "born", "answer": "\x00", "version": "9" * 30},
        {"do": "send"},
        {"do": "send", "version": "0", "round": "7"},
    ],
)
def test_form_made_by_hand_breaks_nothing(as_ana, typed):
    assert as_ana.post("/ask", typed).status_code in (302, 400, 422)
    assert Response.objects.count() == 0


def test_hostile_text_is_shown_as_text(as_ana):
    answer_all(as_ana)

    as_ana.post("/ask", {**hidden(as_ana.get("/ask?at=fears")), "answer": HOSTILE, "happening": "no"})

    pages = [as_ana.get(path).content.decode() for path in ("/ask", "/ask?at=fears")]
    assert [page.count("<script>alert") for page in pages] == [0, 0]
    assert [page.count("&lt;script&gt;alert") for page in pages] == [1, 1]


# Words


def at_fears(browser, path="/ask"):
    """Return the form of the question that is answered in words."""
    answer_all(browser, path)
    return hidden(browser.get(f"{path}?at=fears"))


@pytest.mark.hazard("H10")
def test_text_question_says_when_it_is_read_and_whom_to_call_and_asks_for_danger(as_ana):
    answer_all(as_ana)

    text = as_ana.get("/ask?at=fears").content.decode()

    assert "Nobody reads this before you send all your answers." in text
    assert 'href="tel:911"' in text
    assert 'href="tel:988"' in text
    assert "Is any of this happening right now?" in text
    assert "have chest pain, or it is hard to breathe" in text
    assert "This is about safety" in text


@pytest.mark.hazard("H10")
def test_words_without_an_answer_about_danger_stay_in_their_box(as_ana):
    refused = as_ana.post("/ask", {**at_fears(as_ana), "answer": "The dark."})

    text = refused.content.decode()
    assert refused.status_code == 422
    assert "Say first whether one of these is happening right now." in text
    assert 'href="#id_happening"' in text
    assert "The dark.</textarea>" in text
    assert Draft.objects.get().answers["fears"] == "Needles."


@pytest.mark.hazard("H10")
@pytest.mark.parametrize(
    ("sent", "cause"),
    [
        ({"answer": "The dark.", "happening": "now"}, "happening-now"),
        ({"answer": "The dark.", "safety": "on"}, "about-safety"),
        ({"answer": "I want to die."}, "worrying-words"),
        ({"answer": "I want to die.", "happening": "no"}, "worrying-words"),
        ({"answer": "", "happening": "now"}, "happening-now"),
        ({"answer": "Left out", "happening": "now", "do": "skip"}, "happening-now"),
        ({"answer": "Needles.", "happening": "now", "then": "leave"}, "happening-now"),
        ({"answer": "Needles.", "happening": "now", "item": "gone"}, "happening-now"),
    ],
)
def test_words_that_cannot_wait_lead_to_whom_to_call_and_are_kept_once(as_ana, sent, cause):
    form = {**at_fears(as_ana), **sent}

    led = [as_ana.post("/ask", form) for _double_click in range(2)]

    step = EscalationStep.objects.get()
    assert {one.url for one in led} == {f"/told/{step.id}?next=%2Fask"}
    assert step.escalation.cause == cause
    kept = "" if "do" in sent else sent["answer"]
    assert Draft.objects.get().answers["fears"] == kept
    page = as_ana.get(led[0].url).content.decode()
    assert ('href="tel:988"' in page, 'href="/ask"' in page) == (True, True)


@pytest.mark.hazard("H10")
def test_words_that_are_refused_bring_a_human_and_stay_in_their_box(as_ana):
    refused = as_ana.post("/ask", {**at_fears(as_ana), "answer": "x" * 2001, "happening": "now"})

    text = refused.content.decode()
    assert refused.status_code == 422
    assert "Call 911 now" in text
    assert f'href="/told/{EscalationStep.objects.get().id}"' in text
    assert "x" * 2001 in text


@pytest.mark.hazard("H10")
def test_words_of_another_tab_bring_a_human_and_both_are_shown(as_ana):
    both = at_fears(as_ana)
    as_ana.post("/ask", {**both, "answer": "The dark.", "happening": "no"})

    stale = as_ana.post("/ask", {**both, "answer": "My sister.", "happening": "now"})

    text = stale.content.decode()
    assert stale.status_code == 422
    assert ("The dark." in text, "My sister." in text, "Call 911 now" in text) == (True, True, True)
    assert EscalationStep.objects.count() == 1


@pytest.mark.hazard("H10")
def test_words_kept_before_ask_for_nothing_again(as_ana):
    form = at_fears(as_ana)
    as_ana.post("/ask", {**form, "answer": "I want to die."})
    again = hidden(as_ana.get("/ask?at=fears"))

    gone_on = as_ana.post("/ask", {**again, "answer": "I want to die."})

    assert (gone_on.url, EscalationStep.objects.count()) == ("/ask", 1)


def test_staff_are_asked_nothing_about_danger_and_bring_nobody(cast, as_nia):
    path = f"/clinic/ask/{cast.ana_patient.id}"
    form = at_fears(as_nia, path)

    assert "happening" not in as_nia.get(f"{path}?at=fears").content.decode()
    assert as_nia.post(path, {**form, "answer": "I want to die, she says."}).url == path
    assert EscalationStep.objects.count() == 0


@pytest.mark.threat("T4")
@pytest.mark.parametrize("name", ["bea", "oli", "cal", "dee_caring", "zoe"])
def test_nobody_finds_anothers_answers_on_their_own_page(cast, clock, as_ana, name):
    answer(as_ana, "1990-05-31")
    other = cast.browser(name, clock.now)

    found = other.get("/ask?at=born")

    assert "1990-05-31" not in found.content.decode().replace("like 1990-05-31", "")


@pytest.mark.threat("T4")
@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("ana", 404), ("bea", 404), ("oli", 404), ("cal", 404), ("dee_caring", 404), ("zoe", 404),
        ("dee", 404), ("eve", 404), ("diaz", 200), ("nia", 200),
    ],
)  # fmt: skip
def test_staff_ask_about_their_own_clinics_patients_only(cast, clock, name, status):
    browser = cast.browser(name, clock.now)

    assert browser.get(f"/clinic/ask/{cast.ana_patient.id}").status_code == status


def test_nurse_asks_for_a_patient_in_a_draft_of_her_own(cast, as_nia, now):
    answer_all(as_nia, f"/clinic/ask/{cast.ana_patient.id}")

    draft = Draft.objects.get()

    assert (draft.by, draft.patient, draft.capacity) == (cast.nia, cast.ana_patient, "staff")


def test_page_costs_the_same_however_much_was_answered(cast, as_ana, now):
    as_ana.get("/ask")
    costs = []
    for answers in ({"born": "1990-05-31"}, ANSWERS):
        give(cast.sees("ana"), cast.ana_patient, now, answers)
        with CaptureQueriesContext(connection) as queries:
            as_ana.get("/ask")
        costs.append(len(queries))

    assert costs[0] == costs[1]


def test_draft_of_a_page_is_what_the_engine_opens(cast, as_ana, now):
    answer(as_ana, "1990-05-31")

    assert opened(cast.sees("ana"), cast.ana_patient, now).answers == {"born": "1990-05-31"}


def test_answer_sent_after_the_sign_in_ended_is_kept_after_signing_in_again(cast, clock):
    ana = cast.browser("ana", clock.now)
    session = ana.session
    session["own_device"] = False
    session.save()
    answer(ana, "1990-05-31")
    form = {**hidden(ana.get("/ask")), "answer": "72.5", "unit": "kg"}
    clock.move(minutes=16)

    late = ana.post("/ask", form)
    ana.force_login(cast.ana)
    again = reading.forms(ana.get(ana.get("/").url))[0]
    ana.post(again["action"], again["hidden"])

    assert late.url == "/sign-in?next=%2Fme%2Ftyped"
    assert Draft.objects.get().answers == {"born": "1990-05-31", "weight": "72.5 kg"}
