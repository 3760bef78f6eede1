"""A patient before the first visit, on a phone: stop and go on, a sign-in that ends, and help at once."""

import pytest
from playwright.sync_api import expect

from tests.journeys.somebody import Somebody

pytestmark = pytest.mark.journey

SIGN_IN_ENDS = """
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
for row in Session.objects.all():
    session = SessionStore(row.session_key)
    if session.get("capacity", "").startswith("patient:"):
        session["began_at"] = session["seen_at"] = "2020-01-01T00:00:00+00:00"
        session.save()
answer = None
"""
SENT = """
from luna.records.models import Response
answer = sorted(Response.objects.filter(patient__name="{name}").values_list("kind", flat=True))
"""
CALLED = """
from luna.escalation.models import Escalation
answer = list(Escalation.objects.filter(patient__name="{name}").values_list("cause", flat=True))
"""
LOOKS = {
    "narrow": {"width": 320},
    "no scripts": {"width": 390, "scripts": False},
}
REST = (
    "I cannot become pregnant", "No allergies", "No", "Yes, and it went well", "None of these",
    "Now and then", "None of these", "No", "My partner", "An adult who lives with me", "Someone drives me",
    None, "words:English", "No, thank you", None, "The needle", "words:The mask over my face", None,
    "words:May I bring my own music?",
)  # fmt: skip


class Patient(Somebody):
    """Somebody who answers."""

    def when_i_answer(self, given: str | None) -> None:
        """Tap an answer, tick a box, write words, or leave the question out; then the next comes."""
        heading = self.page.get_by_role("heading", level=1)
        before = heading.inner_text()
        self._give(given)
        expect(heading).not_to_have_text(before)

    def _give(self, given: str | None) -> None:
        if given is None:
            self.when_i_press("Leave this out")
        elif given.startswith("words:"):
            self.when_i_type("Your answer", given.removeprefix("words:"))
            self.when_i_tick("No")
            self.when_i_press("Continue")
        elif self.page.get_by_role("checkbox").count():
            self.page.get_by_label(given).first.check()
            self.when_i_press("Continue")
        else:
            # By key: a tap on the same place right after another counts as a slip of the finger.
            self.page.get_by_role("button", name=given, exact=given == "No").first.press("Enter")


@pytest.fixture
def patient(browse, live, axe):
    def sit_down(email: str = "", **options) -> Patient:
        return Patient(browse(live, "/offline", **options), live, axe, email)

    return sit_down


def test_patient_goes_on_halfway_and_nothing_typed_is_lost_when_the_sign_in_ends(patient, live):
    kaya = patient("kaya@harbor.example", width=390)
    kaya.given_i_am("Kaya Demir")
    kaya.when_i_open("/intake")
    kaya.then_i_read("Tell the clinic")
    kaya.then_everybody_can_use_the_page()
    kaya.when_i_follow("Pain that lasts")
    kaya.then_i_read("In the last month, have you thought about ending your life?")
    kaya.then_everybody_can_use_the_page()
    kaya.when_i_answer("No")
    kaya.when_i_answer("Never")
    kaya.then_i_read("Is there anything else about your health?")

    kaya.when_i_type("Your answer", "Asthma as a child")
    kaya.when_i_tick("No")
    live.ask(SIGN_IN_ENDS)
    kaya.when_i_press("Continue")
    kaya.then_i_see("What you typed is kept. Sign in again to send it.")
    kaya.when_i_type("Your e-mail address", kaya.mail.address)
    kaya.when_i_press("Send me a code")
    kaya.when_i_type_the_code_from_my_mail()
    kaya.when_i_press("Send what I typed")

    kaya.then_i_read("Does any of this fit you?")
    for given in REST:
        kaya.when_i_answer(given)
    kaya.then_i_read("Check your answers")
    kaya.then_i_see("Asthma as a child")
    kaya.then_everybody_can_use_the_page()
    kaya.when_i_press("Send to the clinic")
    kaya.then_i_see("Sent. Thank you.")
    assert live.ask(SENT.format(name="Kaya Demir")) == ["history", "pregnancy", "substances", "suicidality"]

    kaya.when_i_open("/intake/questions")
    kaya.then_i_see("May I bring my own music?")
    kaya.then_i_see("The mask over my face")
    kaya.then_everybody_can_use_the_page()


@pytest.mark.hazard("H10")
@pytest.mark.parametrize("look", LOOKS.values(), ids=LOOKS)
def test_patient_in_danger_sees_whom_to_call_before_anything_else(patient, live, look):
    noor = patient(**look)
    noor.given_i_am("Noor Bakshi")
    noor.when_i_open("/intake/ask/intake-mood?at=dark-thoughts")
    noor.when_i_answer("I am in danger now")

    noor.then_i_see("You told us that you are in danger now.")
    noor.then_i_see("Say this:")
    noor.then_everybody_can_use_the_page()
    assert "danger-now" in live.ask(CALLED.format(name="Noor Bakshi"))
    noor.when_i_follow("Change my answer")
    noor.when_i_answer("No")
    noor.then_i_read("Check your answers")


@pytest.mark.hazard("H10")
@pytest.mark.parametrize("look", LOOKS.values(), ids=LOOKS)
def test_patient_who_writes_that_it_is_happening_now_sees_whom_to_call(patient, live, look):
    noor = patient(**look)
    noor.given_i_am("Noor Bakshi")
    noor.when_i_open("/intake/ask/intake-mood?at=hopes")
    noor.then_everybody_can_use_the_page()
    noor.when_i_type("Your answer", f"To sleep. My chest hurts. {look}")
    noor.when_i_press("Continue")
    noor.then_i_am_told("Say first whether one of these is happening right now.")
    noor.when_i_tick("Yes, now")
    noor.when_i_press("Continue")

    noor.then_i_see("You told us that a danger sign is there right now.")
    noor.then_i_see("Say this:")
    noor.then_everybody_can_use_the_page()
    assert "happening-now" in live.ask(CALLED.format(name="Noor Bakshi"))
    noor.when_i_follow("Go on")
    noor.then_i_see("My chest hurts.")


@pytest.mark.parametrize("look", LOOKS.values(), ids=LOOKS)
def test_patient_finds_a_medicine_by_any_spelling_or_writes_it_down(patient, look):
    rafi = patient(**look)
    rafi.given_i_am("Rafi Mendel")
    rafi.when_i_open("/intake/medicines")
    rafi.then_everybody_can_use_the_page()
    rafi.when_i_follow("Add a medicine")
    rafi.when_i_type("Name", "lamictl")
    rafi.when_i_press("Look for it")
    rafi.then_everybody_can_use_the_page()
    rafi.when_i_press("Lamictal")
    rafi.then_i_see("Tell the clinic; do not change it yourself.")
    rafi.then_everybody_can_use_the_page()
    rafi.when_i_type("Name", f"Lamictal {look.get('width')} {look.get('scripts')}")
    rafi.when_i_type("How much", "200 mg")
    rafi.when_i_press("Put it on my list")

    rafi.then_i_see("is on your list.")
    rafi.then_everybody_can_use_the_page()


def test_caretaker_writes_down_what_they_noticed_and_sees_who_reads_it(patient):
    tova = patient(width=320)
    tova.given_i_am("Tova Mendel")
    tova.when_i_open("/noticed")
    tova.then_i_see("By law Rafi may be able to ask for what you write")
    tova.then_everybody_can_use_the_page()
    tova.when_i_type("In your words", "He sleeps until noon.")
    tova.when_i_press("Send to the clinic")
    tova.then_i_am_told("Say first whether one of these is happening right now.")
    tova.when_i_tick("The care team and Rafi")
    tova.when_i_tick("No")
    tova.when_i_press("Send to the clinic")
    tova.then_i_see("Sent. Somebody reads it in opening hours.")

    rafi = patient(width=390)
    rafi.given_i_am("Rafi Mendel")
    rafi.when_i_open("/intake")
    rafi.then_i_see("He sleeps until noon.")


def test_staff_note_an_enquiry_and_see_what_waits(patient):
    rosa = patient(width=1280)
    rosa.given_i_am("Rosa Alvarez")
    rosa.when_i_follow("To read")
    rosa.then_i_read("To read and answer")
    rosa.then_i_see("Noor Bakshi")
    rosa.then_everybody_can_use_the_page()
    rosa.when_i_open("/clinic/patients")
    rosa.when_i_follow("Kaya Demir")
    rosa.when_i_follow("Before the first visit")
    rosa.when_i_pick("Wants an interpreter", "Yes")
    rosa.when_i_type("Emergency contact: name", "Deniz Demir")
    rosa.when_i_press("Save")
    rosa.then_i_see("Saved.")
    rosa.then_everybody_can_use_the_page()
