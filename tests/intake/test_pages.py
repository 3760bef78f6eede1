"""The pages before a first visit, as people meet them."""

import re
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from luna.escalation import actions as escalation
from luna.escalation.models import Escalation, EscalationStep
from luna.escalation.writing import Written
from luna.intake import actions
from luna.intake.models import Collateral, Enquiry, Medicine, MedicineReview, Question
from luna.records.models import Response
from tests.intake import giving
from tests.intake.giving import NAME, give, save, send, tell

ASK = f"/intake/ask/{NAME}"
TOO_LONG = "x" * 2_000_000
HOSTILE = "</textarea><script>alert(1)</script>"


def hidden(response, path):
    """Return the hidden fields of the page's form that goes to `path`."""
    form = response.content.decode().split(f'action="{path}"', 1)[1].split("</form>")[0]
    fields = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', form))
    return {name: value for name, value in fields.items() if name != "csrfmiddlewaretoken"}


def answer(browser, given, at="", **more):
    """Answer the question the page asks."""
    page = browser.get(f"{ASK}?at={at}" if at else ASK)
    return browser.post(ASK, {**hidden(page, ASK), "answer": given, **more})


def writes(**more):
    return {"text": "What if I panic?", "happening": "no", "client_id": str(uuid4()), **more}


# The questions


def test_answers_are_kept_one_by_one_and_gone_on_with_another_day(as_ana, clock):
    answer(as_ana, "months")
    clock.move(days=3)

    home = as_ana.get("/intake").content.decode()
    assert "1 of " in home
    assert "What have you tried against it?" in as_ana.get(ASK).content.decode()


def test_all_is_sent_once_and_each_fear_and_question_is_shown_waiting(cast, as_ana, clock):
    give(cast.sees("ana"), clock.now, questions="May I bring music?")
    sent = as_ana.post(ASK, {**hidden(as_ana.get(ASK), ASK), "do": "send"})

    assert (sent.status_code, sent.url) == (302, "/intake")
    assert Response.objects.values("draft").distinct().count() == 1
    shown = as_ana.get("/intake/questions").content.decode()
    assert "May I bring music?" in shown
    assert "Not answered yet. Promised by" in shown


@pytest.mark.parametrize(
    ("unit", "amount", "words"),
    [
        ("", "70", "Choose the unit as well."),
        ("kg", "7", "25 to 350 kilograms"),
        ("lb", "7000", "pounds"),
        ("kg", "heavy", "Type a number such as 72.5"),
    ],
)
def test_impossible_weight_says_how_to_mend_it_and_stays_in_its_box(cast, as_ana, clock, unit, amount, words):
    give_until(cast.sees("ana"), "weight", clock.now)
    refused = answer(as_ana, amount, unit=unit)

    assert refused.status_code == 422
    assert words in refused.content.decode()
    assert f'value="{amount}"' in refused.content.decode()


def give_until(viewer, item, now):
    """Answer every question before one."""
    answers = {**giving.FIRST, **giving.WELL}
    while (current := giving.asking(viewer, now).current).id != item:
        save(viewer, current.id, answers.get(current.id, ""), now)


def test_birth_date_of_another_year_or_day_to_come_is_refused(cast, as_ana, clock):
    give_until(cast.sees("ana"), "born", clock.now)

    for day in ("2090-01-01", "31.5.1990", "1890-02-30"):
        assert answer(as_ana, day).status_code == 422


def test_birth_date_other_than_the_charts_is_said_at_once_without_the_charts(cast, as_ana, clock):
    give_until(cast.sees("ana"), "born", clock.now)
    saved = answer(as_ana, "1991-05-04")

    page = as_ana.get(saved.url).content.decode()
    assert "The clinic has another birth date for you." in page
    assert "1990" not in page


def test_each_answer_is_changed_where_it_was_asked(cast, as_ana, clock):
    ana, trauma = cast.sees("ana"), {"trauma_since": "years", "trauma_signs": "numb"}
    trauma |= {"trauma_tried": "talking", "trauma_therapist": "yes", "trauma_triggers": "none"}
    send(ana, clock.now)
    send(ana, clock.now, name="intake-ptsd", **trauma)

    page = as_ana.get("/intake/answers").content.decode()

    for at in ("intake-mood?at=mood-since", "intake-ptsd?at=trauma-since", "intake-ptsd?at=weight"):
        assert f'href="/intake/ask/{at}"' in page
        assert as_ana.get(f"/intake/ask/{at}").status_code == 200
    assert "intake-mood?at=weight" not in page


def test_conflicting_answers_are_named_and_nothing_is_sent(cast, as_ana, clock):
    give(cast.sees("ana"), clock.now, lives_with="alone")
    check = as_ana.get(ASK)
    sent = as_ana.post(ASK, {"version": 999, "round": 1, "do": "send"})

    assert "Both cannot be true" in check.content.decode()
    assert sent.status_code == 422
    assert Response.objects.count() == 0


def test_two_tabs_that_answer_one_question_see_both_answers(cast, as_ana, clock):
    give_until(cast.sees("ana"), "health-words", clock.now)
    tab = hidden(as_ana.get(ASK), ASK)
    as_ana.post(ASK, {**tab, "answer": "Asthma as a child", "happening": "no"})
    second = as_ana.post(ASK, {**tab, "answer": "A broken arm", "happening": "no"})

    assert second.status_code == 422
    assert "Asthma as a child" in second.content.decode()
    assert "A broken arm" in second.content.decode()


def test_another_questionnaire_than_an_intake_is_not_found(as_ana):
    assert as_ana.get("/intake/ask/checkin").status_code == 404


# What cannot wait


@pytest.mark.hazard("H10")
def test_danger_now_shows_the_number_before_anything_is_sent(cast, as_ana, clock):
    give_until(cast.sees("ana"), "dark-thoughts", clock.now)
    saved = answer(as_ana, "now")
    page = as_ana.get(saved.url).content.decode()

    assert saved.url == f"{ASK}/now/dark-thoughts"
    assert "Call 911 now" in page
    assert "988" in page
    assert (Escalation.objects.get().cause, Response.objects.count()) == ("danger-now", 0)


@pytest.mark.hazard("H10")
def test_self_harm_not_long_ago_shows_the_crisis_line_before_anything_is_sent(cast, as_ana, clock):
    give_until(cast.sees("ana"), "self-harm", clock.now)
    saved = answer(as_ana, "lately")
    page = as_ana.get(saved.url).content.decode()

    assert saved.url == f"{ASK}/now/self-harm"
    assert "988" in page
    assert (Escalation.objects.get().cause, Response.objects.count()) == ("hurt-lately", 0)


@pytest.mark.hazard("H10")
def test_page_says_truthfully_who_has_it(cast, as_ana, clock):
    give_until(cast.sees("ana"), "dark-thoughts", clock.now)
    saved = answer(as_ana, "might-act")
    before = as_ana.get(saved.url).content.decode()
    row = Escalation.objects.get()
    escalation.acknowledge(
        escalation_id=row.id, viewer=cast.sees("nia"), client_id=uuid4(), version=row.version, now=clock.now
    )

    assert "The clinic has not been reached yet." in before
    assert "Nia Noor at the clinic has this." in as_ana.get(saved.url).content.decode()


@pytest.mark.threat("T1")
def test_what_was_answered_about_suicide_leaves_no_trace_for_the_circle(cast, as_ana, as_bea, clock):
    cast.bea_member.kinds = ["schedule", "ride", "recovery", "history"]
    cast.bea_member.save()
    paths = ("/now", "/plan", "/circle", "/noticed")

    def seen():
        pages = [as_bea.get(path).content.decode().partition("<main")[2] for path in paths]
        return [re.sub(r'name="(csrfmiddlewaretoken|client_id)" value="[^"]*"', "", page) for page in pages]

    before = seen()
    give_until(cast.sees("ana"), "dark-thoughts", clock.now)
    answer(as_ana, "now")

    assert not Escalation.objects.visible_to(cast.sees("bea")).exists()
    assert seen() == before


# Medicines


def test_search_for_no_name_asks_for_one(as_ana):
    refused = as_ana.post("/intake/medicines/add", {"do": "search", "q": "  "})
    page = refused.content.decode()

    assert refused.status_code == 422
    assert page.count("Type its name, or the first letters of it.") == 2  # on top, and at the field
    assert "Is it one of these?" not in page


def test_medicine_is_found_without_scripts_and_its_name_stays_out_of_the_address(as_ana):
    found = as_ana.post("/intake/medicines/add", {"do": "search", "q": "Lamictl"})
    page = found.content.decode()

    assert found.status_code == 200
    assert "Lamictal" in page
    assert "lamotrigine" in page
    chosen = as_ana.post("/intake/medicines/add", {"do": "choose", "name": "Lamictal"})
    form = hidden(chosen, "/intake/medicines/add")
    kept = as_ana.post(
        "/intake/medicines/add",
        {**form, "do": "keep", "name": "Lamictal", "dose_text": "200 mg"},
    )
    assert (kept.status_code, kept.url) == (302, "/intake/medicines")
    assert list(Medicine.objects.values_list("name", "listed", "dose_text")) == [
        ("Lamictal", "lamotrigine", "200 mg")
    ]


def test_medicine_chosen_from_the_list_stays_known_when_its_name_is_written_on(as_ana):
    path = "/intake/medicines/add"
    page = as_ana.post(path, {"do": "search", "q": "Uniphyllin"}).content.decode()
    chosen = dict(re.findall(r'<input type="hidden" name="(name|listed)" value="([^"]*)">', page)[:2])
    assert chosen["listed"] == "theophylline"

    form = hidden(as_ana.post(path, {**chosen, "do": "choose"}), path)
    refused = as_ana.post(path, {**form, "do": "keep", "name": ""})
    as_ana.post(path, {**hidden(refused, path), "do": "keep", "name": "my Uniphyllin (white)"})

    assert Medicine.objects.get().listed == "theophylline"


def test_medicine_nobody_knows_can_be_taken_as_written(as_ana):
    page = as_ana.post("/intake/medicines/add", {"do": "search", "q": "Tante’s drops"}).content.decode()

    assert "It is not in our list. That is fine." in page
    assert "as I wrote it" in page


def test_patient_reads_only_to_tell_the_clinic(cast, as_ana, clock):
    row = tell(cast.sees("ana"), "theophylline", clock.now)

    pages = [
        as_ana.get(path).content.decode() for path in ("/intake/medicines", f"/intake/medicines/{row.id}")
    ]
    assert "Do not stop or change a medicine yourself." in pages[0]
    assert "Tell the clinic; do not change it yourself." in pages[1]
    for page in pages:
        assert not re.search("seizure|avoid|interaction|combine|do not give", page, re.IGNORECASE)


@pytest.mark.parametrize("words", [TOO_LONG, ""])
def test_name_that_does_not_fit_is_refused_in_words(as_ana, words):
    refused = as_ana.post("/intake/medicines/add", {"do": "keep", "name": words, "client_id": str(uuid4())})

    assert refused.status_code == 422
    assert len(refused.content) < 50_000
    assert Medicine.objects.count() == 0


def test_nothing_taken_is_said_with_a_button(as_ana):
    page = as_ana.get("/intake/medicines").content.decode()
    said = as_ana.post("/intake/medicines", {"do": "none", "client_id": str(uuid4())})

    assert "I take nothing" in page
    assert said.status_code == 302
    assert MedicineReview.objects.get().takes_none
    assert "You told us that you take nothing." in as_ana.get("/intake/medicines").content.decode()


def test_typed_words_survive_a_day_that_cannot_be(cast, as_ana, clock):
    row = tell(cast.sees("ana"), "sertraline", clock.now)
    refused = as_ana.post(f"/intake/medicines/{row.id}", {"do": "stop", "stopped_on": "2099-01-01"})

    assert refused.status_code == 422
    assert 'value="2099-01-01"' in refused.content.decode()


# Fears and questions


@pytest.mark.hazard("H10")
@pytest.mark.parametrize(
    ("name", "path", "sign"),
    [
        ("ana", "/intake/questions", "have chest pain, or it is hard to breathe"),
        ("bea", "/noticed", "has a seizure"),
    ],
)
def test_box_says_when_it_is_read_who_listens_now_and_asks_for_danger_signs(cast, clock, name, path, sign):
    page = cast.browser(name, clock.now).get(path).content.decode()

    assert "Somebody reads it by Wednesday 10 March at 5" in page
    assert 'href="tel:911"' in page
    assert '988 Suicide and Crisis Lifeline (<a class="nw" href="tel:988">988</a>)' in page
    assert "Is any of this happening right now?" in page
    assert sign in page
    assert "This is about safety" in page


@pytest.mark.hazard("H10")
def test_pages_of_medicines_have_both_numbers(cast, as_ana, clock):
    row = tell(cast.sees("ana"), "sertraline", clock.now)

    for path in ("/intake/medicines/add", f"/intake/medicines/{row.id}"):
        page = as_ana.get(path).content.decode()
        assert ('href="tel:911"' in page, 'href="tel:988"' in page) == (True, True)
        assert "Nobody reads this at once." in page


@pytest.mark.hazard("H10")
def test_medicine_whose_words_cannot_wait_is_kept_and_leads_to_whom_to_call(as_ana):
    form = {"do": "keep", "name": "Zoloft", "dose_text": "I took too many", "client_id": str(uuid4())}

    led = [as_ana.post("/intake/medicines/add", form) for _double_click in range(2)]

    step = EscalationStep.objects.get()
    assert {one.url for one in led} == {f"/told/{step.id}?next=%2Fintake%2Fmedicines"}
    assert Medicine.objects.get().dose_text == "I took too many"


@pytest.mark.hazard("H10")
def test_medicine_that_is_refused_brings_a_human_and_keeps_what_was_typed(as_ana):
    form = {"do": "keep", "name": "", "dose_text": "I took too many", "client_id": str(uuid4())}
    refused = as_ana.post("/intake/medicines/add", form)

    assert refused.status_code == 422
    assert "You don’t have to wait alone" in refused.content.decode()
    assert 'value="I took too many"' in refused.content.decode()
    assert EscalationStep.objects.count() == 1


@pytest.mark.hazard("H10")
def test_question_without_an_answer_about_danger_is_refused_and_kept(as_ana):
    refused = as_ana.post("/intake/questions", writes(happening=""))

    assert refused.status_code == 422
    assert "Say first whether one of these is happening right now." in refused.content.decode()
    assert "What if I panic?" in refused.content.decode()
    assert Question.objects.count() == 0


@pytest.mark.hazard("H10")
@pytest.mark.parametrize("more", [{"happening": "now"}, {"safety": "on"}, {"text": "I want to end my life"}])
def test_words_that_cannot_wait_lead_to_whom_to_call(as_ana, more):
    sent = as_ana.post("/intake/questions", writes(**more))
    step = EscalationStep.objects.get()

    assert sent.url == f"/told/{step.id}?next=%2Fintake%2Fquestions"
    assert Question.objects.count() == 1
    page = as_ana.get(sent.url).content.decode()
    assert "988" in page
    assert Escalation.objects.count() == 1


def test_answer_is_shown_with_name_and_time(cast, as_ana, clock):
    as_ana.post("/intake/questions", writes())
    row = Question.objects.get()
    actions.answer(
        viewer=cast.sees("nia"),
        question_id=row.id,
        text="I stay beside you.",
        client_id=uuid4(),
        now=clock.now,
    )

    page = as_ana.get("/intake/questions").content.decode()
    assert "I stay beside you." in page
    assert "Nia Noor, today at noon" in page


def test_double_click_asks_once(as_ana):
    form = writes()
    for _twice in range(2):
        as_ana.post("/intake/questions", form)

    assert Question.objects.count() == 1


def test_hostile_words_come_back_as_letters(as_ana, as_bea):
    as_ana.post("/intake/questions", writes(text=HOSTILE))
    as_bea.post("/noticed", writes(text=HOSTILE, audience="patient"))

    for path in ("/intake/questions", "/intake"):
        assert HOSTILE not in as_ana.get(path).content.decode()


@pytest.mark.threat("T4")
def test_told_page_is_found_by_its_writer_alone(cast, as_ana, as_bea, as_oli, clock):
    as_ana.post("/intake/questions", writes(safety="on"))
    path = f"/told/{EscalationStep.objects.get().id}"

    assert [browser.get(path).status_code for browser in (as_ana, as_bea, as_oli)] == [200, 404, 404]


@pytest.mark.hazard("H10")
@pytest.mark.parametrize(
    ("ticked", "is_told"),
    [({"happening": "now"}, True), ({"safety": "on"}, True), ({"happening": "no"}, False)],
)
def test_words_that_come_after_the_sign_in_ended_say_that_nobody_has_them(cast, clock, ticked, is_told):
    ana = cast.browser("ana", clock.now)
    session = ana.session
    session["own_device"] = False
    session.save()
    ana.get("/intake/questions")
    clock.move(minutes=16)

    late = ana.post("/intake/questions", writes(**ticked))

    page = ana.get(late.url).content.decode()
    assert "What you typed is kept." in page
    assert ("The clinic does not have it yet. In danger now?" in page) == is_told
    assert Question.objects.count() == 0


@pytest.mark.hazard("H10")
@pytest.mark.parametrize(("name", "path"), [("ana", "/intake/questions"), ("bea", "/noticed")])
def test_words_that_are_refused_stay_in_their_box_below_whom_to_call(cast, clock, name, path):
    typed = writes(text="x" * 2001, happening="now", audience="team")
    refused = cast.browser(name, clock.now).post(path, typed)

    page = refused.content.decode()
    assert refused.status_code == 422
    assert "Call 911 now" in page
    assert page.index("Call 911 now") < page.index("There is a problem")
    assert f'href="/told/{EscalationStep.objects.get().id}"' in page
    assert "x" * 2001 in page


# What a caretaker noticed


@pytest.mark.threat("T1")
def test_caretaker_is_never_promised_secrecy_and_sees_the_audience(as_bea):
    page = as_bea.get("/noticed").content.decode()
    assert '<a href="/now">Back to Now</a>' in page
    as_bea.post("/noticed", writes(audience="team"))

    assert "By law Ana may be able to ask for what you write" in page
    assert not re.search("secret|confidential|nobody will know|private", page, re.IGNORECASE)
    assert "For: The care team" in as_bea.get("/noticed").content.decode()


@pytest.mark.threat("T1")
@pytest.mark.parametrize(
    ("audience", "is_shown"), [("team", False), ("prescribers", False), ("patient", True)]
)
def test_patient_reads_what_is_for_her(as_ana, as_bea, audience, is_shown):
    as_bea.post("/noticed", writes(text="She walks at night", audience=audience))

    pages = "".join(as_ana.get(path).content.decode() for path in ("/intake", "/who-looked"))
    assert ("She walks at night" in pages) == is_shown
    assert ("wrote down something they noticed" in pages) == is_shown


def test_observation_without_an_audience_is_refused_and_kept(as_bea):
    refused = as_bea.post("/noticed", writes())

    assert refused.status_code == 422
    assert "What if I panic?" in refused.content.decode()
    assert Collateral.objects.count() == 0


def test_caretaker_taken_out_finds_nothing(cast, as_bea):
    cast.bea_member.state = "revoked"
    cast.bea_member.save()

    assert as_bea.get("/noticed").status_code == 404


# Staff


def enquiry(page):
    form = page.content.decode()
    return {
        "version": re.search(r'name="version" value="(\d+)"', form)[1],
        "client_id": re.search(r'name="client_id" value="([^"]+)"', form)[1],
        "intake": "", "screen": "look", "lives_alone": "yes", "interpreter": "no", "language": "Spanish",
    }  # fmt: skip


def test_enquiry_is_saved_and_a_colleague_who_saved_meanwhile_is_shown(cast, as_nia, as_diaz):
    path = f"/clinic/patients/{cast.ana_patient.id}/enquiry"
    first, second = enquiry(as_nia.get(path)), enquiry(as_diaz.get(path))
    saved = as_nia.post(path, first)
    stale = as_diaz.post(path, {**second, "language": "Catalan"})

    assert saved.status_code == 302
    assert stale.status_code == 422
    assert "Spanish" in stale.content.decode()
    assert "Catalan" in stale.content.decode()
    assert Enquiry.objects.get().lives_alone == "yes"


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("emergency_phone", "12", "Type a phone number we can call"),
        ("referral_asked_on", "2099-01-01", "Enter a day that has been"),
        ("records_received_on", "not a day", "Enter a day, like 2027-03-31."),
        ("words", TOO_LONG, "2000"),
    ],
)
def test_enquiry_that_cannot_be_is_refused_in_words(cast, as_nia, name, value, words):
    path = f"/clinic/patients/{cast.ana_patient.id}/enquiry"
    refused = as_nia.post(path, {**enquiry(as_nia.get(path)), name: value})

    assert refused.status_code == 422
    assert words in refused.content.decode()
    assert Enquiry.objects.count() == 0


def test_news_lists_what_waits_and_what_is_late(cast, as_ana, as_bea, as_nia, clock):
    as_ana.post("/intake/questions", writes())
    as_bea.post("/noticed", writes(audience="team"))
    clock.move(days=3)

    page = cast.browser("nia", clock.now, fresh=True).get("/clinic/news").content.decode()
    assert "Ana Abel" in page
    assert "What a caretaker noticed" in page
    assert "1 worry or question" in page
    assert "Late:" in page


def test_pages_ask_the_database_as_often_for_much_as_for_little(cast, as_ana, as_nia, clock):
    ana = cast.sees("ana")
    paths = {
        "/intake": as_ana,
        "/intake/questions": as_ana,
        "/intake/medicines": as_ana,
        "/clinic/news": as_nia,
    }

    def queries():
        found = {}
        for path, browser in paths.items():
            browser.get(path)
            with CaptureQueriesContext(
                connection,
            ) as asked:
                browser.get(path)
            found[path] = len(asked)
        return found

    send(ana, clock.now)
    tell(ana, "sertraline", clock.now)
    few = queries()
    for number in range(5):
        tell(ana, f"drops {number}", clock.now)
        actions.ask(viewer=ana, what="fear", written=Written(f"{number}"), client_id=uuid4(), now=clock.now)
    send(cast.sees("oli"), clock.now)

    assert queries() == few
