"""What people tell is kept as it was told, once, and what cannot wait brings a human at once."""

from datetime import date, timedelta
from uuid import uuid4

import pytest
from django.http import Http404

from luna.audit.models import AuditEvent
from luna.clinical.interactions import Level
from luna.escalation import writing
from luna.escalation.models import Escalation, EscalationStep
from luna.escalation.writing import Written
from luna.intake import actions, plans
from luna.intake.actions import enquiry, medicines
from luna.intake.models import Answer, Collateral, Enquiry, Medicine, News, Question, Reading
from luna.notices.models import Notice
from luna.people.errors import Refused, Replayed, Stale
from luna.records.models import Response
from tests.intake.giving import asking, give, save, send, tell

pytestmark = pytest.mark.django_db


@pytest.fixture
def ana(cast):
    return cast.sees("ana")


def causes():
    return list(Escalation.objects.values_list("cause", "urgency", "about_type"))


# Sending


def test_intake_is_sent_once_with_fears_and_questions_of_their_own(cast, ana, now):
    draft = send(ana, now, fear_words="The mask", questions="May I hold a hand?")
    again = actions.send(
        viewer=ana, asking=asking(ana, now), version=draft.version, round=draft.round, now=now
    )

    assert again == draft
    assert sorted(Question.objects.values_list("what", "code", "text")) == [
        ("fear", "", "The mask"), ("fear", "control", ""), ("fear", "needle", ""),
        ("question", "", "May I hold a hand?"),
    ]  # fmt: skip
    assert list(News.objects.values_list("what", "about_id")) == [("intake", draft.id)]


def test_answers_of_each_kind_are_a_response_of_their_own(ana, now):
    send(ana, now)

    kinds = Response.objects.values_list("kind", flat=True)
    assert sorted(kinds) == ["history", "pregnancy", "substances", "suicidality"]


def test_changed_answer_is_a_new_fact_and_asks_nothing_twice(ana, now):
    send(ana, now)
    later = now + timedelta(days=1)
    save(ana, "weight", "75 kg", later)
    asked = asking(ana, later)
    actions.send(viewer=ana, asking=asked, version=asked.version, round=asked.round, now=later)

    stands = plans.intake_of(ana, ana.patient)
    assert (stands.answers["weight"], stands.answers["height"]) == ("75 kg", "170 cm")
    assert Response.objects.filter(kind="history").count() == 2
    assert Question.objects.count() == 2  # the two fears, as before
    assert News.objects.count() == 2


def test_prescriber_is_written_to_once_while_news_is_unread(cast, ana, now):
    send(ana, now)
    later = now + timedelta(hours=1)
    save(ana, "weight", "75 kg", later)
    asked = asking(ana, later)
    actions.send(viewer=ana, asking=asked, version=asked.version, round=asked.round, now=later)

    letters = Notice.objects.filter(words="chart-news")
    assert list(letters.values_list("to_user_id", flat=True)) == [cast.diaz.id]


# What cannot wait


@pytest.mark.hazard("H10")
@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ("no", []),
        ("thoughts", [("thoughts", 1, "intake")]),
        ("might-act", [("might-act", 2, "intake")]),
        ("rather-talk", [("might-act", 2, "intake")]),
        ("now", [("danger-now", 3, "intake")]),
    ],
)
def test_dark_thoughts_are_judged_when_they_are_answered(ana, now, answer, expected):
    give(ana, now, dark_thoughts="no")
    asked = save(ana, "dark-thoughts", answer, now)

    actions.of_answer(ana, asked, asked.item("dark-thoughts"), now)

    assert causes() == expected


@pytest.mark.hazard("H10")
@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ("never", []),
        ("long-ago", []),
        ("last-year", [("hurt-last-year", 1, "intake")]),
        ("lately", [("hurt-lately", 2, "intake")]),
        ("rather-talk", [("hurt-lately", 2, "intake")]),
    ],
)
def test_self_harm_is_judged_when_it_is_answered(ana, now, answer, expected):
    give(ana, now, self_harm="never")
    asked = save(ana, "self-harm", answer, now)

    actions.of_answer(ana, asked, asked.item("self-harm"), now)

    assert causes() == expected


@pytest.mark.hazard("H10")
def test_same_answer_kept_again_asks_for_nothing_new(ana, now):
    for _twice in range(2):
        asked = save(ana, "dark-thoughts", "now", now)
        actions.of_answer(ana, asked, asked.item("dark-thoughts"), now)

    assert list(EscalationStep.objects.values_list("what", flat=True)) == ["opened"]


@pytest.mark.hazard("H10")
@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (Written("Will it hurt?"), []),
        (Written("Will it hurt?", happening=True), [("happening-now", 3, "words")]),
        (Written("Will it hurt?", is_safety=True), [("about-safety", 2, "words")]),
        (Written("I took an overdose", happening=True, is_safety=True), [("happening-now", 3, "words")]),
        (Written("I can’t breathe"), [("worrying-words", 2, "words")]),
    ],
)
def test_question_that_cannot_wait_calls_the_clinic_and_is_kept(ana, now, written, expected):
    form = uuid4()
    row = actions.ask(viewer=ana, what="question", written=written, client_id=form, now=now)

    assert causes() == expected
    assert row.text == written.text
    assert (writing.called(ana, form) is not None) == bool(expected)


@pytest.mark.hazard("H10")
@pytest.mark.parametrize("written", [Written("", happening=True), Written(" ", is_safety=True)])
def test_tick_without_a_word_calls_the_clinic_and_asks_for_no_words(cast, ana, now, written):
    about = {"written": written, "client_id": uuid4(), "now": now}

    assert actions.ask(viewer=ana, what="question", **about) is None
    assert actions.notice(viewer=cast.sees("bea"), audience="", **about) is None
    assert (Escalation.objects.count(), Question.objects.count(), Collateral.objects.count()) == (2, 0, 0)


@pytest.mark.hazard("H10")
@pytest.mark.parametrize("text", ["x" * 2001, "I want to die" * 200])
def test_words_that_are_refused_call_the_clinic_all_the_same(ana, now, text):
    with pytest.raises(Refused):
        actions.ask(
            viewer=ana, what="fear", written=Written(text, happening=True), client_id=uuid4(), now=now
        )
    assert causes() == [("happening-now", 3, "words")]


@pytest.mark.hazard("H10")
@pytest.mark.parametrize("field", ["name", "dose_text", "when_text", "since_text"])
def test_words_beside_a_medicine_are_looked_at_as_any_other(ana, now, field):
    said = medicines.Said(**{"name": "sertraline", field: "so that I took too many"})
    medicines.tell(viewer=ana, patient=ana.patient, said=said, client_id=uuid4(), now=now)
    first = Medicine.objects.get()
    medicines.change(
        viewer=ana, patient=ana.patient, medicine_id=first.id, said=said, client_id=uuid4(), now=now
    )

    assert causes() == [("worrying-words", 2, "words")]
    assert Medicine.objects.count() == 2


# Fears and questions


def test_question_is_answered_by_name_and_the_patient_is_told(cast, ana, now):
    asked = actions.ask(viewer=ana, what="fear", written=Written("The dark"), client_id=uuid4(), now=now)
    form = uuid4()
    for _double_click in range(2):
        actions.answer(
            viewer=cast.sees("nia"), question_id=asked.id, text="A lamp stays on.", client_id=form, now=now
        )

    assert plans.open_questions(ana, ana.patient) == ()
    shown = plans.questions_of(ana, ana.patient)[0]
    assert [(one.text, one.by.name) for one in shown.answers] == [("A lamp stays on.", "Nia Noor")]
    assert list(Notice.objects.filter(words="answered").values_list("to_user_id", flat=True)) == [cast.ana.id]


@pytest.mark.threat("T4")
@pytest.mark.parametrize("name", ["bea", "oli", "dee", "eve", "ana"])
def test_question_is_not_found_by_those_it_is_not_for(cast, ana, now, name):
    asked = actions.ask(viewer=ana, what="fear", written=Written("The dark"), client_id=uuid4(), now=now)

    with pytest.raises(Http404):
        actions.answer(viewer=cast.sees(name), question_id=asked.id, text="Hm", client_id=uuid4(), now=now)
    assert Answer.objects.count() == 0


@pytest.mark.threat("T1")
def test_caretaker_never_reads_a_question_even_with_all_kinds_shared(cast, ana, now):
    actions.ask(viewer=ana, what="fear", written=Written("That Bea leaves"), client_id=uuid4(), now=now)
    cast.bea_member.kinds = ["history", "messages", "schedule"]
    cast.bea_member.save()

    assert plans.questions_of(cast.sees("bea"), cast.ana_patient) == ()


def test_question_too_long_or_blank_is_refused(ana, now):
    for text in ("  ", "x" * 2001):
        with pytest.raises(Refused):
            actions.ask(viewer=ana, what="fear", written=Written(text), client_id=uuid4(), now=now)


def test_form_sent_again_with_other_words_is_refused(ana, now):
    form = uuid4()
    actions.ask(viewer=ana, what="fear", written=Written("One"), client_id=form, now=now)

    with pytest.raises(Replayed):
        actions.ask(viewer=ana, what="fear", written=Written("Two"), client_id=form, now=now)


# Medicines


def test_medicine_is_recognised_by_any_of_its_names(ana, now):
    row = tell(ana, "valium", now, dose="5 mg")

    assert (row.name, row.listed, row.codes, row.kind) == (
        "valium",
        "diazepam",
        ["benzodiazepine"],
        "history",
    )


def test_medicine_is_recognised_by_the_words_before_its_dose(ana, now):
    row = tell(ana, "Theophylline 200 mg", now)

    assert (row.name, row.listed) == ("Theophylline 200 mg", "theophylline")
    levels = {one.level for one in plans.consultation(ana, ana.patient, now).findings.found}
    assert Level.STOP in levels


@pytest.mark.parametrize(
    ("name", "listed"),
    [
        ("Uniphyllin, the white ones", "theophylline"),
        ("theophyline half", "theophylline"),
        ("Zoloft", "sertraline"),  # another name of the list wins
        ("Green drops", ""),  # nothing of the name is left
    ],
)
def test_medicine_that_was_chosen_is_known_though_its_name_is_written_on(ana, now, name, listed):
    about = {"viewer": ana, "patient": ana.patient, "now": now}
    said = medicines.Said(name, listed="theophylline")
    row = medicines.tell(said=said, client_id=uuid4(), **about)
    other = medicines.tell(said=medicines.Said("Theophylline"), client_id=uuid4(), **about)
    changed = medicines.change(said=medicines.Said(name), medicine_id=other.id, client_id=uuid4(), **about)

    assert (row.listed, changed.listed) == (listed, listed)


def test_what_was_chosen_is_of_the_list_or_nothing(ana, now):
    said = medicines.Said("Green drops", listed="Green drops")

    row = medicines.tell(viewer=ana, patient=ana.patient, said=said, client_id=uuid4(), now=now)

    assert (row.listed, row.codes) == ("", [])


def test_unknown_medicine_is_taken_as_it_was_written_and_is_private(ana, now):
    row = tell(ana, "Green drops", now)

    assert (row.name, row.listed, row.codes, row.kind) == ("Green drops", "", [], "substances")


@pytest.mark.threat("T1")
@pytest.mark.parametrize(
    "name", ["naltrexone", "disulfiram", "methadone", "Suboxone", "something nobody knows"]
)
def test_medicine_that_tells_of_substance_use_is_never_under_history(cast, ana, now, name):
    tell(ana, name, now)
    cast.bea_member.kinds = ["history"]
    cast.bea_member.save()

    assert plans.medicines_of(cast.sees("bea"), cast.ana_patient).current == ()


def test_change_takes_the_place_of_what_was_said_and_keeps_it(ana, now):
    first = tell(ana, "sertraline", now, dose="50 mg")
    changed = medicines.change(
        viewer=ana, patient=ana.patient, medicine_id=first.id, said=medicines.Said("sertraline", "100 mg"),
        client_id=uuid4(), now=now,
    )  # fmt: skip

    assert plans.medicines_of(ana, ana.patient).current == (changed,)
    assert (changed.supersedes, Medicine.objects.count()) == (first, 2)


def test_two_tabs_that_change_one_medicine_meet(ana, now):
    first = tell(ana, "sertraline", now)
    about = {"viewer": ana, "patient": ana.patient, "medicine_id": first.id, "now": now}
    medicines.change(said=medicines.Said("sertraline", "100 mg"), client_id=uuid4(), **about)

    with pytest.raises(Stale):
        medicines.change(said=medicines.Said("sertraline", "25 mg"), client_id=uuid4(), **about)


def test_stopped_medicine_is_kept_with_its_day_and_a_mistake_is_gone(ana, now):
    stopped, wrong = tell(ana, "sertraline", now), tell(ana, "aspirin", now)
    medicines.stop(
        viewer=ana, patient=ana.patient, medicine_id=stopped.id, stopped_on=date(2027, 3, 1),
        client_id=uuid4(), now=now,
    )  # fmt: skip
    medicines.mistake(viewer=ana, patient=ana.patient, medicine_id=wrong.id, client_id=uuid4(), now=now)

    listed = plans.medicines_of(ana, ana.patient)
    assert (listed.current, [(one.name, one.stopped_on) for one in listed.stopped]) == (
        (), [("sertraline", date(2027, 3, 1))],
    )  # fmt: skip


@pytest.mark.parametrize("day", [date(2027, 3, 10), date(1899, 12, 31), date.min])
def test_day_that_cannot_have_been_is_no_day_a_medicine_was_stopped(ana, now, day):
    row = tell(ana, "sertraline", now)

    with pytest.raises(Refused) as refused:
        medicines.stop(
            viewer=ana, patient=ana.patient, medicine_id=row.id, stopped_on=day, client_id=uuid4(), now=now
        )

    assert refused.value.field == "stopped_on"


def test_name_leads_to_what_stands_of_a_medicine(ana, now):
    renamed, stopped, wrong = (tell(ana, name, now) for name in ("Calmazine", "sertraline", "aspirin"))
    about = {"viewer": ana, "patient": ana.patient, "now": now + timedelta(hours=1)}
    renamed = medicines.change(
        said=medicines.Said("Calmazine 20 mg"), medicine_id=renamed.id, client_id=uuid4(), **about
    )
    stopped = medicines.stop(stopped_on=date(2027, 3, 1), medicine_id=stopped.id, client_id=uuid4(), **about)
    wrong = medicines.mistake(medicine_id=wrong.id, client_id=uuid4(), **about)
    again = tell(ana, "Aspirin", now + timedelta(hours=2))

    assert plans.by_name(Medicine.objects.all()) == {
        "calmazine": renamed, "calmazine 20 mg": renamed, "sertraline": stopped, "aspirin": again,
    }  # fmt: skip
    assert (renamed.is_taken, stopped.is_taken, wrong.is_taken) == (True, False, False)


def test_nothing_taken_is_said_and_no_longer_true_once_something_is(ana, now):
    medicines.review(viewer=ana, patient=ana.patient, takes_none=True, client_id=uuid4(), now=now)
    assert plans.medicines_of(ana, ana.patient).takes_none

    tell(ana, "sertraline", now + timedelta(days=1))
    listed = plans.medicines_of(ana, ana.patient)

    assert (listed.takes_none, listed.is_whole) == (False, False)


def test_nothing_taken_is_refused_while_something_is_listed(ana, now):
    tell(ana, "sertraline", now)

    with pytest.raises(Refused):
        medicines.review(viewer=ana, patient=ana.patient, takes_none=True, client_id=uuid4(), now=now)


def test_same_name_twice_is_refused(ana, now):
    tell(ana, "sertraline", now)

    with pytest.raises(Refused, match="every dose under “How much”"):
        tell(ana, "Sertraline", now)


@pytest.mark.threat("T4")
@pytest.mark.parametrize("name", ["bea", "oli", "dee"])
def test_nobody_else_tells_of_anas_medicines(cast, now, name):
    with pytest.raises(Http404):
        tell(cast.sees(name), "sertraline", now, patient=cast.ana_patient)


def test_medicine_told_while_the_first_intake_is_underway_is_sent_with_it(ana, now):
    save(ana, "mood-since", "months", now)
    tell(ana, "sertraline", now)
    assert News.objects.count() == 0

    send(ana, now)
    tell(ana, "aspirin", now)

    assert sorted(News.objects.values_list("what", flat=True)) == ["intake", "medicine"]


# What a caretaker noticed


def notice(viewer, audience, now, text="He hardly sleeps."):
    return actions.notice(viewer=viewer, audience=audience, written=Written(text), client_id=uuid4(), now=now)


@pytest.mark.threat("T1")
@pytest.mark.parametrize(
    ("audience", "readers"),
    [
        ("team", {"bea", "diaz", "nia"}),
        ("prescribers", {"bea", "diaz"}),
        ("patient", {"ana", "bea", "diaz", "nia"}),
    ],
)
def test_observation_is_read_by_its_audience_and_its_writer_alone(cast, now, audience, readers):
    notice(cast.sees("bea"), audience, now)

    everybody = ("ana", "bea", "diaz", "nia", "oli", "cal", "dee", "dee_caring", "eve", "zoe")
    found = {name for name in everybody if plans.collateral_of(cast.sees(name), cast.ana_patient)}
    assert found == readers


@pytest.mark.threat("T1")
def test_observation_for_the_team_leaves_no_line_the_patient_reads(cast, now):
    notice(cast.sees("bea"), "team", now, text="She does not feel safe, an overdose")

    lines = AuditEvent.objects.filter(actor_id=cast.bea.id)
    assert set(lines.values_list("verb", "reason")) == {
        ("collateral.write", "staff-only"), ("escalation.open", "staff-only"),
    }  # fmt: skip


def test_prescribers_alone_are_told_of_what_is_for_them(cast, now):
    notice(cast.sees("bea"), "prescribers", now)

    assert [row.what for row in plans.news(cast.sees("diaz"))] == ["collateral"]
    assert plans.news(cast.sees("nia")) == ()


def test_caretaker_who_is_no_longer_let_in_writes_nothing(cast, now):
    cast.bea_member.state = "revoked"
    cast.bea_member.save()

    with pytest.raises(Http404):
        notice(cast.sees("bea"), "team", now)
    assert Collateral.objects.count() == 0


# Reading


def test_reading_names_who_read_what_was_shown_and_nothing_newer(cast, ana, now):
    send(ana, now)
    shown = [row.id for row in plans.news(cast.sees("diaz"), cast.ana_patient)]
    tell(ana, "aspirin", now)
    actions.read(
        viewer=cast.sees("diaz"), patient=cast.ana_patient, news_ids=shown, client_id=uuid4(), now=now
    )

    assert list(Reading.objects.values_list("by__name", "news__what")) == [("Delia Diaz", "intake")]
    assert [row.what for row in plans.news(cast.sees("diaz"))] == ["medicine"]


@pytest.mark.parametrize("what", ["intake", "medicine"])
def test_news_of_answers_and_medicines_waits_until_a_prescriber_has_read_it(cast, ana, now, what):
    if what == "intake":
        send(ana, now)
    else:
        tell(ana, "aspirin", now)
    news = [row.id for row in plans.news(cast.sees("nia"), cast.ana_patient)]

    def read(name):
        actions.read(
            viewer=cast.sees(name), patient=cast.ana_patient, news_ids=news, client_id=uuid4(), now=now
        )

    read("nia")
    assert [row.what for row in plans.news(cast.sees("diaz"))] == [what]
    assert [row.what for row in plans.news(cast.sees("nia"))] == [what]
    assert Reading.objects.count() == 0

    read("diaz")
    assert plans.news(cast.sees("diaz")) == plans.news(cast.sees("nia")) == ()


def test_nurse_has_read_what_a_caretaker_noticed_for_all(cast, now):
    notice(cast.sees("bea"), "team", now)
    news = [row.id for row in plans.news(cast.sees("nia"), cast.ana_patient)]

    actions.read(viewer=cast.sees("nia"), patient=cast.ana_patient, news_ids=news, client_id=uuid4(), now=now)

    assert plans.news(cast.sees("diaz")) == ()


# Enquiry


def enquire(viewer, patient, now, version=0, client_id=None, **values):
    return enquiry.save(
        viewer=viewer,
        patient=patient,
        values=values,
        version=version,
        client_id=client_id or uuid4(),
        now=now,
    )


def test_enquiry_is_saved_anew_and_two_who_save_meet(cast, now):
    nia = cast.sees("nia")
    enquire(nia, cast.ana_patient, now, language="Spanish", lives_alone="yes")
    enquire(nia, cast.ana_patient, now, version=1, language="Catalan", lives_alone="yes")

    assert plans.enquiry_of(nia, cast.ana_patient).language == "Catalan"
    assert Enquiry.objects.count() == 2
    with pytest.raises(Stale):
        enquire(cast.sees("diaz"), cast.ana_patient, now, version=1, language="Basque")


@pytest.mark.threat("T4")
@pytest.mark.parametrize("name", ["ana", "bea", "dee", "eve"])
def test_enquiry_is_for_staff_of_the_clinic_alone(cast, now, name):
    enquire(cast.sees("nia"), cast.ana_patient, now, language="Spanish")

    assert plans.enquiry_of(cast.sees(name), cast.ana_patient) is None
    with pytest.raises(Http404):
        enquire(cast.sees(name), cast.ana_patient, now, version=1, language="Basque")


def test_questionnaire_the_clinic_wants_is_offered_first(cast, now):
    enquire(cast.sees("nia"), cast.ana_patient, now, intake="intake-pain")

    assert plans.suggested(cast.ana_patient) == "intake-pain"


# Who reads the answers


@pytest.mark.threat("T1")
def test_caretaker_with_history_reads_no_private_answer(cast, ana, now):
    send(ana, now, pregnancy="pregnant", alcohol="daily", dark_thoughts="thoughts")
    cast.bea_member.kinds = ["history"]
    cast.bea_member.save()

    seen = plans.intake_of(cast.sees("bea"), cast.ana_patient)

    private = {"pregnancy", "alcohol", "substances", "use-problem", "dark-thoughts", "self-harm"}
    assert private.isdisjoint(seen.answers)
    assert "heart" in seen.answers


TRAUMA = {
    "trauma_since": "years", "trauma_signs": "numb", "trauma_tried": "talking", "trauma_therapist": "yes",
    "trauma_triggers": "none",
}  # fmt: skip


def send_two(viewer, now, first, second):
    """Send the intake for mood, and a day later the one for trauma."""
    send(viewer, now, **first)
    send(viewer, now + timedelta(days=1), name="intake-ptsd", **TRAUMA, **second)


def test_question_the_newest_answers_leave_unasked_has_no_answer(ana, now):
    send_two(ana, now, {"allergies": "medicine", "allergy_words": "Penicillin."}, {"allergies": "none"})

    stands = plans.intake_of(ana, ana.patient)
    assert stands.answers["allergies"] == "none"
    assert (stands.said("allergy-words"), "allergy-words" in stands.answers) == ("", False)


def test_fact_of_an_unasked_question_is_none(ana, now):
    send(ana, now, mood_tried="medicines", mood_medicines="1")
    assert plans.intake_of(ana, ana.patient).facts["antidepressants_tried_count"] == 1

    later = now + timedelta(days=1)
    save(ana, "mood-tried", "talking", later)
    send(ana, later, mood_tried="talking")
    assert "antidepressants_tried_count" not in plans.intake_of(ana, ana.patient).facts


def test_each_answer_names_the_questionnaire_it_is_changed_in(ana, now):
    send_two(ana, now, {}, {})

    asked_in = {one.item: one.questionnaire for one in plans.intake_of(ana, ana.patient).told}
    assert [asked_in[item] for item in ("mood-since", "trauma-since", "weight")] == [
        "intake-mood", "intake-ptsd", "intake-ptsd",
    ]  # fmt: skip


def test_changing_the_older_questionnaire_brings_back_no_older_answer(ana, now):
    send_two(ana, now, {"heart": "none"}, {"heart": "bp-treated"})
    later = now + timedelta(days=2)

    save(ana, "mood-since", "years", later)
    send(ana, later, mood_since="years")

    stands = plans.intake_of(ana, ana.patient)
    assert (stands.answers["mood-since"], stands.answers["heart"]) == ("years", "bp-treated")


def test_birth_date_other_than_the_charts_is_known(cast, ana, now):
    send(ana, now, born="1990-05-04")
    assert not plans.intake_of(ana, ana.patient).differs_from(ana.patient)

    send(cast.sees("oli"), now, born="1991-05-04")
    oli = cast.sees("oli")
    assert plans.intake_of(oli, oli.patient).differs_from(oli.patient)


def test_findings_change_with_a_later_answer_and_medicine(cast, ana, now):
    diaz = cast.sees("diaz")
    send(ana, now)
    before = plans.findings_now(diaz, cast.ana_patient, now).grave
    tell(ana, "theophylline", now)
    save(ana, "mind", "bipolar", now)
    save(ana, "bipolar-medicine", "yes", now)
    asked = asking(ana, now)
    actions.send(viewer=ana, asking=asked, version=asked.version, round=asked.round, now=now)

    after = plans.findings_now(diaz, cast.ana_patient, now).grave
    assert after - before == {"interaction.theophylline:theophylline", "screening.bipolar"}


def test_findings_ask_the_database_as_often_for_many_as_for_few(cast, ana, now, django_assert_num_queries):
    send(ana, now)
    for name in ("sertraline", "aspirin", "valium", "drops", "more drops"):
        tell(ana, name, now)

    diaz = cast.sees("diaz")
    with django_assert_num_queries(7):
        plans.findings_now(diaz, cast.ana_patient, now)
