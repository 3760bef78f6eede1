"""A patient does not feel safe with someone: the clinic learns of it, nobody else finds a trace (02.6)."""

import re
from copy import copy
from uuid import uuid4

import pytest
from django.db import transaction
from django.test import Client

from luna.audit.models import AuditEvent
from luna.careplan import jobs as careplan
from luna.clinical.triage import Urgency
from luna.escalation import actions, climb, safety
from luna.escalation.models import Escalation, EscalationStep, SafetyWord
from luna.notices.models import Notice
from luna.people.actions import safety as contact
from luna.people.errors import Refused, Replayed
from tests.escalation.crew import act, nia, opened, set_rungs
from tests.test_access import GUARDED, things

pytestmark = pytest.mark.django_db
__all__ = ["things"]

WORD = {"text": "He reads my phone.", "reach": "Tuesdays at work", "in_danger": False}
# The feed counts every change at the clinic; a new passkey or app begins with something made up.
RANDOM = {"feed", "passkeys", "app", "passkey-sign-in"}
OURS = re.compile(
    r'csrfmiddlewaretoken" value="[^"]+"|data-feed="\d+"|data-since="\d+"|[0-9a-f]{8}-[0-9a-f-]{27}|nonce-\S+'
)


def tell(cast, now, **changes):
    given = {**WORD, "viewer": cast.sees("ana"), "client_id": uuid4(), "now": now}
    return safety.tell(**{**given, **changes})


def test_word_opens_an_urgent_escalation_of_its_own(cast, now):
    word = tell(cast, now)

    row = Escalation.objects.get()
    assert (row.cause, row.urgency, row.staff_only) == ("safety", Urgency.URGENT, True)
    assert safety.words(nia(cast), row) == [word]
    assert safety.words(cast.sees("ana"), row) == []


def test_danger_now_is_an_emergency_and_joins_what_is_open(cast, now):
    tell(cast, now)
    tell(cast, now, in_danger=True)

    assert Escalation.objects.get().urgency == Urgency.EMERGENCY
    assert SafetyWord.objects.count() == 2


def test_same_form_is_one_word_and_another_content_is_refused(cast, now):
    client_id = uuid4()
    first = tell(cast, now, client_id=client_id)

    assert tell(cast, now, client_id=client_id) == first
    with pytest.raises(Replayed):
        tell(cast, now, client_id=client_id, text="Something else")
    assert SafetyWord.objects.count() == 1


@pytest.mark.hazard("H10")
def test_words_too_long_to_keep_ask_for_a_human_all_the_same(cast, now):
    form = uuid4()
    with pytest.raises(Refused):
        tell(cast, now, text="x" * 4001, client_id=form)
    tell(cast, now, client_id=form)

    assert EscalationStep.objects.count() == 1
    assert SafetyWord.objects.get().escalation == Escalation.objects.get()


@pytest.mark.hazard("H10")
def test_form_sent_again_with_danger_is_an_emergency(cast, now):
    form = uuid4()
    tell(cast, now, client_id=form)
    with pytest.raises(Replayed):
        tell(cast, now, client_id=form, in_danger=True)

    assert Escalation.objects.get().urgency == Urgency.EMERGENCY


@pytest.mark.parametrize("name", ["ana", "bea", "oli", "dee_caring"])
def test_nobody_but_staff_finds_the_escalation(cast, now, name):
    tell(cast, now)

    assert Escalation.objects.visible_to(cast.sees(name)).count() == 0
    assert SafetyWord.objects.visible_to(cast.sees(name)).count() == 0


def test_another_clinic_finds_nothing(cast, now):
    tell(cast, now)

    assert Escalation.objects.visible_to(cast.sees("dee")).count() == 0
    assert SafetyWord.objects.visible_to(cast.sees("dee")).count() == 0


def sends(**more):
    return {"text": WORD["text"], "reach": WORD["reach"], "client_id": str(uuid4()), **more}


def shown(browser, things):
    """Return every page of somebody, as if each were the first they open, without what is new each time."""
    found = {}
    for address in GUARDED:
        if not set(address.arguments) <= set(things):
            continue
        with transaction.atomic():
            client = Client()
            client.cookies = copy(browser.cookies)
            response = client.get(address.path(things))
            is_page = response.get("Content-Type", "").startswith("text/html")  # a file is dated anew
            text = response.content.decode() if is_page else ""
            found[address.name] = (response.status_code, OURS.sub("", text))
            transaction.set_rollback(True)
    return {name: page for name, page in found.items() if name not in RANDOM}


@pytest.mark.threat("T1")
@pytest.mark.parametrize("name", ["ana", "bea"])
def test_no_page_of_patient_or_circle_differs_by_a_word_or_an_answer(things, cast, clock, name):
    browser = cast.browser(name, clock.now, fresh=True)
    before = shown(browser, things)

    contact.note(
        patient=cast.ana_patient,
        values={"safe": "no", "phone": "+12125550199", "voicemail": False, "note": "Not with Bea.",
                "barred": [str(cast.bea.pk)]},
        before=None, by=cast.sees("nia"), client_id=uuid4(), now=clock.now,
    )  # fmt: skip
    cast.browser("nia", clock.now).get(f"/clinic/patients/{cast.ana_patient.id}/safety")
    tell(cast, clock.now)
    set_rungs(cast, ("role:nurse", 0))
    row = Escalation.objects.get(cause="safety")
    climb.climb(row.id, now=clock.now)
    cast.browser("nia", clock.now).get(f"/clinic/escalations/{row.id}")
    act(actions.acknowledge, row, nia(cast), clock.now)
    careplan.run(clock.now)
    act(actions.close, row, nia(cast), clock.now, outcome="seen", note="She is at her sister’s.")

    assert Escalation.objects.filter(cause="barred-adult").count() == 1
    after = shown(browser, things)
    assert [page for page in before if before[page] != after[page]] == []
    staff = {"diaz": cast.diaz.id, "nia": cast.nia.id}
    assert set(Notice.objects.filter(task_key__contains=row.id.hex).values_list("to_user", flat=True)) <= set(
        staff.values()
    )
    assert AuditEvent.objects.filter(reason="staff-only", patient_id=cast.ana_patient.id).count() >= 6


def test_page_says_what_happens_with_it_and_is_kept_nowhere(as_ana, cast):
    page = as_ana.get("/write")

    assert "no-store" in page["Cache-Control"]
    assert "<title>Write to us — Luna</title>" in page.content.decode()
    assert "Only the clinic’s staff read this." in page.content.decode()


def test_sending_shows_at_once_that_the_clinic_has_it_and_leaves_no_message(as_ana, cast):
    sent = as_ana.post("/write", sends())
    later = as_ana.get("/now").content.decode()

    assert sent.status_code == 200
    assert "no-store" in sent["Cache-Control"]
    assert "The clinic has it." in sent.content.decode()
    assert WORD["text"] not in sent.content.decode()
    assert "The clinic has it." not in later
    assert SafetyWord.objects.get().text == WORD["text"]


@pytest.mark.hazard("H10")
@pytest.mark.parametrize(("happening", "in_danger"), [("now", True), ("no", False), ("", False)])
def test_nobody_has_to_say_whether_it_is_happening_now(as_ana, happening, in_danger):
    sent = as_ana.post("/write", sends(text="", reach="", happening=happening))

    assert sent.status_code == 200
    assert (SafetyWord.objects.get().in_danger, Escalation.objects.count()) == (in_danger, 1)


@pytest.mark.hazard("H10")
def test_page_has_both_numbers_and_the_danger_signs_before_and_after_sending(as_ana):
    before, after = as_ana.get("/write").content.decode(), as_ana.post("/write", sends()).content.decode()

    for page in (before, after):
        assert 'href="tel:911"' in page
        assert 'href="tel:988"' in page
    assert "Is any of this happening right now?" in before
    assert "have chest pain, or it is hard to breathe" in before


@pytest.mark.threat("T1")
def test_page_leads_nowhere_that_tells_of_it(as_ana):
    as_ana.post("/write", sends(happening="now"))
    step = EscalationStep.objects.get()

    page = as_ana.get("/write").content.decode()

    assert as_ana.get(f"/told/{step.id}").status_code == 404
    assert "/told/" not in page
    assert 'href="/worried"' not in page
    assert 'autocomplete="off"' in page


def test_words_too_long_stay_in_their_box(as_ana):
    refused = as_ana.post("/write", sends(text="x" * 5000))

    assert refused.status_code == 422
    assert "Use at most 4000 letters." in refused.content.decode()
    assert "x" * 4000 in refused.content.decode()


def test_what_was_typed_too_late_is_not_kept_on_the_device(as_ana, cast, clock):
    session = as_ana.session
    session["own_device"] = False
    session.save()
    as_ana.get("/now")
    clock.move(minutes=16)

    as_ana.post("/write", sends())

    assert "typed" not in as_ana.session
    assert SafetyWord.objects.count() == 0


@pytest.mark.parametrize("name", ["bea", "nia", "dee_caring"])
def test_page_is_the_patients_alone(cast, clock, name):
    assert cast.browser(name, clock.now).get("/write").status_code == 404


def test_staff_read_it_with_the_safe_number_and_no_number_of_the_circle(as_nia, cast, now):
    type(cast.bea_member).objects.filter(pk=cast.bea_member.pk).update(phone="+12125550177")
    contact.note(
        patient=cast.ana_patient,
        values={"safe": "no", "phone": "+12125550199", "voicemail": False, "barred": [], "note": ""},
        before=None, by=cast.sees("nia"), client_id=uuid4(), now=now,
    )  # fmt: skip
    word = tell(cast, now)

    page = as_nia.get(f"/clinic/escalations/{word.escalation_id}").content.decode()

    assert WORD["text"] in page
    assert WORD["reach"] in page
    assert 'href="tel:+12125550199"' in page
    assert "+12125550177" not in page
    assert "Leave no message" in page


MARK = "Must not take the patient home"


@pytest.mark.threat("T1")
@pytest.mark.hazard("H9")
@pytest.mark.parametrize("is_barred", [False, True])
def test_staff_read_of_any_escalation_who_must_not_take_the_patient_home(as_nia, cast, now, is_barred):
    row = opened(cast, now)
    contact.note(
        patient=cast.ana_patient,
        values={"safe": "no", "phone": "", "voicemail": False, "note": "",
                "barred": [str(cast.bea.pk)] if is_barred else []},
        before=None, by=cast.sees("nia"), client_id=uuid4(), now=now,
    )  # fmt: skip

    page = as_nia.get(f"/clinic/escalations/{row.id}").content.decode()

    assert ("Bea (Friend)" in page, MARK in page) == (True, is_barred)


def test_staff_read_no_such_mark_before_they_asked(as_nia, cast, now):
    row = opened(cast, now)

    assert MARK not in as_nia.get(f"/clinic/escalations/{row.id}").content.decode()


def test_link_stands_on_the_patients_pages_and_no_others(as_ana, as_bea, as_nobody):
    link = 'href="/write"'

    assert link in as_ana.get("/worried").content.decode()
    assert link in as_ana.get("/me").content.decode()
    assert link not in as_bea.get("/worried").content.decode()
    assert link not in as_bea.get("/me").content.decode()
    assert link not in as_nobody.get("/worried").content.decode()
