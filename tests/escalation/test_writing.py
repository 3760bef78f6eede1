"""Words for the clinic: what cannot wait brings a human, and nothing lowers it (02.8)."""

import re
from datetime import timedelta
from uuid import uuid4

import pytest

from luna.audit.models import AuditEvent
from luna.clinical.triage import Urgency
from luna.escalation import actions, climb, writing
from luna.escalation.models import Escalation, EscalationStep
from luna.escalation.writing import Written
from luna.people import plans as people
from luna.people.errors import Refused
from luna.people.models import CircleMember, Patient
from tests.cast import member
from tests.test_access import GUARDED, things

__all__ = ["things"]  # the fixture of the same name
pytestmark = [pytest.mark.django_db, pytest.mark.hazard("H10")]
NAMES = {"name", "code", "language"}
HELPERS = {"driver_name", "adult_name"}  # who is there at an earlier time
LINE = re.compile(r'<input(?=[^>]* type="text")[^>]* name="([\w-]+)"')
ALL = ("ana", "bea", "oli", "cal", "zoe", "dee", "dee_caring", "eve", "nia", "diaz")


@pytest.fixture
def ana(cast):
    return cast.sees("ana")


def heed(viewer, written, now, client_id=None):
    return writing.heed(viewer=viewer, written=written, client_id=client_id or uuid4(), now=now)


def causes():
    return list(Escalation.objects.order_by("urgency").values_list("cause", "urgency"))


# The rule


@pytest.mark.parametrize(
    ("written", "cause"),
    [
        (Written("Will it hurt?"), None),
        (Written("Will it hurt?", happening=None), None),
        (Written("", happening=True), "happening-now"),
        (Written("Will it hurt?", happening=True, is_safety=True), "happening-now"),
        (Written("", is_safety=True), "about-safety"),
        (Written("I can’t breathe"), "worrying-words"),
        (Written("I can’t breathe", happening=False), "worrying-words"),  # "no" lowers nothing
    ],
)
def test_most_urgent_cause_of_words_and_ticks(written, cause):
    assert next((card for card, _urgency in written.causes), None) == cause


@pytest.mark.parametrize("text", ["Will it hurt?", " x "])
def test_words_without_an_answer_are_no_all_clear(text):
    with pytest.raises(Refused) as refused:
        Written(text, happening=None).require_answer()

    assert refused.value.field == "happening"


@pytest.mark.parametrize(
    "written",
    [
        Written("Will it hurt?", happening=False),
        Written("", happening=None),
        Written("Will it hurt?", happening=None, is_safety=True),
        Written("I want to die", happening=None),
    ],
)
def test_nobody_whom_a_human_calls_anyway_is_held_up(written):
    written.require_answer()


# What it brings


def test_words_that_can_wait_bring_nobody(ana, now):
    assert heed(ana, Written("Will it hurt?"), now) is None
    assert causes() == []


def test_same_form_brings_a_human_once(ana, now):
    form = uuid4()

    steps = [heed(ana, Written("x", is_safety=True), now, form) for _twice in range(2)]

    assert steps[0] == steps[1]
    assert list(EscalationStep.objects.values_list("what", flat=True)) == ["opened"]


def test_form_gone_back_to_and_ticked_more_urgently_brings_an_emergency(ana, now):
    form = uuid4()
    heed(ana, Written("x", is_safety=True), now, form)
    heed(ana, Written("x", happening=True, is_safety=True), now + timedelta(minutes=1), form)

    assert causes() == [("about-safety", Urgency.URGENT), ("happening-now", Urgency.EMERGENCY)]
    assert writing.called(ana, form).escalation.urgency == Urgency.EMERGENCY


def test_another_form_joins_what_is_open_and_is_said_again(ana, now):
    for _form in range(2):
        heed(ana, Written("x", happening=True), now)

    assert causes() == [("happening-now", Urgency.EMERGENCY)]
    assert sorted(EscalationStep.objects.values_list("what", flat=True)) == ["opened", "repeated"]


def test_words_of_staff_bring_nobody(cast, now):
    assert heed(cast.sees("nia"), Written("She said: I want to die"), now) is None


@pytest.mark.threat("T1")
def test_patient_does_not_read_that_it_was_the_caretaker(cast, ana, now):
    step = heed(cast.sees("bea"), Written("She hits me", is_safety=True), now)

    assert step.by_id == cast.bea.id
    lines = AuditEvent.objects.filter(verb="escalation.open")
    assert list(lines.values_list("actor_id", "capacity")) == [(None, "clock")]


@pytest.mark.threat("T4")
@pytest.mark.parametrize("name", ALL)
def test_what_words_brought_is_found_by_their_writer_alone(cast, now, name):
    form = uuid4()
    step = heed(cast.sees("bea"), Written("x", is_safety=True), now, form)
    viewer = cast.sees(name)

    assert (writing.step_of(viewer, step.id) == step) == (name == "bea")
    assert (writing.called(viewer, form) == step) == (name == "bea")


# In confidence: the patient is not to know that there were words


def confide(cast, now, client_id=None, **said):
    return writing.heed(
        viewer=cast.sees("bea"), written=Written(**{"text": "She hits me", "is_safety": True} | said),
        in_confidence=True, client_id=client_id or uuid4(), now=now,
    )  # fmt: skip


def who_looked(cast):
    return [line.what for line in people.who_looked(cast.sees("ana"), number="1", own=True)]


@pytest.mark.threat("T1")
def test_words_in_confidence_leave_the_patient_no_trace_whatever_becomes_of_them(cast, now):
    escalation = confide(cast, now).escalation
    confide(cast, now, text="Again")
    climb.climb(escalation.id, now=now)
    client_ids = (uuid4() for _each in range(2))
    nia = cast.sees("nia")
    actions.acknowledge(
        escalation_id=escalation.id, viewer=nia, client_id=next(client_ids), version=1, now=now
    )
    actions.close(
        escalation_id=escalation.id, outcome="advised", note="", viewer=nia, client_id=next(client_ids),
        version=2, now=now,
    )  # fmt: skip

    assert EscalationStep.objects.filter(escalation=escalation).count() >= 4
    assert who_looked(cast) == []
    for name in ("ana", "bea", "oli", "cal", "dee_caring"):
        assert not Escalation.objects.visible_to(cast.sees(name)).exists()
    assert Escalation.objects.visible_to(nia).get() == escalation


@pytest.mark.threat("T1")
def test_words_for_the_patient_too_are_told_without_a_name(cast, now):
    heed(cast.sees("bea"), Written("She hits me", is_safety=True), now)

    assert who_looked(cast) == ["called the clinic’s attention"]


@pytest.mark.threat("T1")
def test_words_in_confidence_do_not_join_what_the_patient_knows_of(cast, ana, now):
    own = heed(ana, Written("x", is_safety=True), now).escalation
    before = who_looked(cast)

    confided = confide(cast, now).escalation

    assert (confided != own, confided.urgency, own.steps.count()) == (True, own.urgency, 1)
    assert who_looked(cast) == before
    assert list(Escalation.objects.visible_to(ana)) == [own]


def test_same_form_in_confidence_brings_a_human_once(cast, now):
    form = uuid4()

    assert confide(cast, now, form) == confide(cast, now, form)


def test_staff_read_who_confided_and_can_call_them_alone(as_nia, cast, now):
    cal = member(cast.ana_patient, cast.cal, now)
    phones = {cast.bea_member.pk: "+12125550177", cal.pk: "+12125550188"}
    for pk, phone in phones.items():
        CircleMember.objects.filter(pk=pk).update(phone=phone)
    Patient.objects.filter(pk=cast.ana_patient.pk).update(address="1 Quay")
    escalation = confide(cast, now, happening=True).escalation

    text = as_nia.get(f"/clinic/escalations/{escalation.id}").content.decode()

    assert "Wrote, and says that a danger sign is there now (a caretaker, in confidence)" in text
    assert ("tel:+12125550177" in text, "tel:+12125550188" in text, "1 Quay" in text) == (True, False, True)
    assert "Ana does not know of it" in text


def test_writer_in_confidence_is_told_whom_to_call(as_bea, cast, now):
    step = confide(cast, now)

    page = as_bea.get(f"/told/{step.id}")

    assert page.status_code == 200
    assert "You told us that this is about safety." in page.content.decode()


def test_writer_who_was_taken_out_finds_nothing(cast, now):
    step = heed(cast.sees("bea"), Written("x", is_safety=True), now)
    cast.bea_member.state = "revoked"
    cast.bea_member.save()

    assert writing.step_of(cast.sees("bea"), step.id) is None


# The page that says whom to call


def test_page_says_whom_to_call_and_leads_back(as_ana, ana, now):
    step = heed(ana, Written("x", happening=True), now)

    page = as_ana.get(writing.told_url(step, "/intake/questions")).content.decode()

    assert "Call 911 now" in page
    assert "988" in page
    assert 'href="/intake/questions"' in page


@pytest.mark.threat("T6")
@pytest.mark.parametrize(
    "onward", ["https://elsewhere.example/", "//elsewhere.example", "javascript:alert(1)"]
)
def test_page_leads_to_no_other_place_than_ours(as_ana, ana, now, onward):
    step = heed(ana, Written("x", happening=True), now)

    assert "elsewhere" not in (page := as_ana.get(writing.told_url(step, onward)).content.decode())
    assert "javascript:" not in page


# Every box


def shown(cast, name, things, now):
    """Return the name and the text of every page somebody can open."""
    browser, viewer = cast.browser(name, now, fresh=True), cast.sees(name)
    open_to = [one for one in GUARDED if one.lets_in(viewer) and set(one.arguments) <= set(things)]
    pages = {one.name: browser.get(one.path(things)) for one in open_to}
    return {name: page.content.decode() for name, page in pages.items() if is_drawn(page)}


def is_drawn(page):
    return page.status_code == 200 and page["Content-Type"].startswith("text/html")


@pytest.mark.parametrize(
    ("name", "boxes", "names"),
    [("ana", {"intake-asked", "write"}, NAMES | HELPERS), ("bea", {"noticed"}, NAMES)],
)
def test_every_box_has_both_numbers_and_asks_about_danger(things, cast, clock, name, boxes, names):
    pages = shown(cast, name, things, clock.now)

    numbered = {page for page, text in pages.items() if 'href="tel:911"' in text and 'href="tel:988"' in text}
    assert {page for page, text in pages.items() if "<textarea" in text} == boxes
    assert {page for page, text in pages.items() if 'name="happening"' in text} == boxes
    assert boxes - numbered == set()
    lines = {line for page in pages.keys() - numbered for line in LINE.findall(pages[page])}
    assert lines == names  # a line that takes more than a name stands on a page with both numbers


# What stands around a box


@pytest.mark.parametrize(("name", "of"), [("ana", ""), ("bea", "Ana")])
def test_box_has_promise_numbers_and_signs_for_whoever_writes(cast, now, name, of):
    around = writing.around(cast.sees(name), now)

    assert around.promised_at > now
    assert (around.emergency.call, around.crisis[0].call) == ("911", "988")
    assert around.name == of
    assert len(around.signs) > 4
