"""A patient: invited by link, in by a code, told what to do now, and not alone for long."""

import pytest

from tests.journeys.somebody import Somebody

pytestmark = pytest.mark.journey

LOOKS = {"narrow": {"width": 320}, "no scripts": {"width": 390, "scripts": False}}


class Patient(Somebody):
    """Somebody under treatment."""

    def when_i_open_the_link_from_my_mail(self):
        """Find it where a visitor of the demonstration finds every e-mail."""
        self.when_i_open("/demo/outbox")
        mine = self.page.get_by_role("article").filter(has_text=f"To {self.mail.address}")
        mine.get_by_role("link", name="/i/").first.click()

    def when_i_invite(self, name: str, email: str):
        """Two taps after the three short answers: invite someone, send."""
        self.when_i_open("/circle")
        self.when_i_follow("Invite someone")
        self.when_i_type("Their name", name)
        self.when_i_type("Their e-mail address", email)
        self.when_i_tick("Friend")
        self.when_i_press("Send the invitation")


class Nurse(Somebody):
    """Somebody at the clinic."""

    def when_i_add(self, name: str, email: str):
        self.when_i_open("/clinic/patients/new")
        self.when_i_type("Name", name)
        self.when_i_type("Date of birth", "1988-02-29")
        self.when_i_type("E-mail", email)
        self.when_i_press("Add")
        self.then_i_see("The patient is invited and has not signed in yet.")


@pytest.mark.parametrize(("name", "look"), [("Ivo", "narrow"), ("Una", "no scripts")])
def test_invited_patient_comes_in(browse, live, axe, name, look):
    email = f"{name.lower()}@example.org"
    nurse = Nurse(browse(live, "/demo", width=1280), live, axe)
    nurse.given_i_am("Rosa Alvarez")
    nurse.when_i_add(f"{name} Marsh", email)
    patient = Patient(browse(live, "/offline", **LOOKS[look]), live, axe, email)
    patient.mail.wait_for("An invitation for you")

    patient.when_i_open_the_link_from_my_mail()
    patient.then_i_read(f"Hello {name}, this is your invitation")
    patient.then_everybody_can_use_the_page()
    patient.when_i_press("Send me a code")
    patient.when_i_type_the_code_from_my_mail()
    patient.then_i_read("Nearly there")
    patient.then_everybody_can_use_the_page()
    patient.when_i_tick("Yes, only I use it")
    patient.when_i_press("Accept")
    patient.then_i_read(f"Welcome, {name}.")
    patient.when_i_open("/now")

    patient.then_everybody_can_use_the_page()


@pytest.mark.parametrize("look", LOOKS.values(), ids=LOOKS)
def test_patient_knows_the_fasting_times_and_says_what_is_done(somebody, look):
    maya = somebody(**look)
    maya.given_i_am("Maya Okafor")

    maya.then_i_see("Infusion 3 of 6: tomorrow")
    maya.then_i_see("Eat until")
    maya.then_i_see("is kinder")
    maya.then_everybody_can_use_the_page()
    maya.when_i_follow("Plan")
    maya.then_i_read("Plan")
    maya.then_everybody_can_use_the_page()
    maya.when_i_follow("Finish eating by")
    maya.when_i_press("I’ve finished eating")
    maya.then_i_see("Noted. You can take it back at any time.")
    maya.then_everybody_can_use_the_page()
    maya.when_i_press("Take it back")
    maya.then_i_see("Taken back.")
    maya.when_i_press("I ate later than that")
    maya.then_i_see("You said: not done")
    maya.when_i_press("Take it back")

    maya.then_i_see("Taken back.")
    maya.then_everybody_can_use_the_page()


def test_patient_invites_a_caretaker_in_two_taps(browse, live, axe):
    rafi = Patient(browse(live, "/offline", width=390), live, axe)
    rafi.given_i_am("Rafi Mendel")

    rafi.when_i_invite("Uri Stein", "uri@example.org")

    rafi.then_i_see("Uri Stein")
    rafi.then_i_see("Invited, no answer yet")
    rafi.then_everybody_can_use_the_page()
