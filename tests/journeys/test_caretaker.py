"""A caretaker: welcomed in under a minute, told one thing at a time, and never alone with a bad sign."""

import re
import time

import pytest
from playwright.sync_api import expect

from tests.journeys.somebody import Somebody

pytestmark = [pytest.mark.journey, pytest.mark.usefixtures("new_demo")]

WITHIN_S = 3  # from an answer at home to a nurse's screen, beside whatever else this machine does


class Caretaker(Somebody):
    """Somebody at home, with a phone."""

    taps = 0

    def when_i_press(self, name, near=""):
        self.taps += 1
        super().when_i_press(name, near)

    def when_i_say_we_are_home(self):
        self.when_i_press("We’re home")

    def when_i_answer(self, *meanings: str):
        """Read one question after another, and answer each by what the answer means."""
        heading = self.page.get_by_role("heading", level=1)
        for meaning in meanings:
            self.then_everybody_can_use_the_page()
            before = heading.inner_text()
            if self.page.get_by_role("button", name=meaning).locator("visible=true").count() == 0:
                self.when_i_unfold("Something is wrong, or I’m not sure")
            self.when_i_press(meaning)
            expect(heading).not_to_have_text(before)


class Nurse(Somebody):
    """Somebody at the clinic, who has the page of escalations open all day."""

    def given_i_watch_the_board(self):
        self.given_i_am("Rosa Alvarez")
        self.then_i_read("Who needs you")

    def when_i_say_of(self, patient: str, *moments: str):
        """Say what happened to a patient today, from the page of their series."""
        for moment in moments:
            self.when_i_open("/clinic/series")
            self.when_i_follow(patient)
            self.when_i_press(moment)
            self.page.wait_for_load_state()

    def then_the_board_shows_within_seconds(self, words: str):
        """The open board, not loaded anew, names the patient."""
        card = self.page.locator(".needs").get_by_text(words)
        expect(card).to_be_visible(timeout=WITHIN_S * 1000)

    def when_i_open_the_escalation_of(self, patient: str):
        self.page.get_by_role("rowheader", name=patient).get_by_role("link").click()


@pytest.fixture
def nurse(browse, live, axe):
    return Nurse(browse(live, "/offline", width=1280), live, axe, "rosa@harbor.example")


@pytest.fixture
def caretaker(browse, live, axe):
    """Sit a caretaker down at a phone."""

    def sit_down(email: str = "", **options) -> Caretaker:
        found = Caretaker(browse(live, "/demo", **options), live, axe, email)
        found.taps = 0
        return found

    return sit_down


@pytest.mark.parametrize(
    "look", [{"width": 390}, {"width": 320, "scripts": False}], ids=["phone", "no scripts"]
)
def test_caretaker_comes_in_within_a_minute(caretaker, look):
    lea = caretaker("lea@harbor.example", **look)
    link = re.search(r"http\S+/i/\S+", lea.mail.wait_for("An invitation for you"))[0]
    began = time.monotonic()

    lea.when_i_open(link)
    lea.then_i_read("Noor would like you to be there")
    lea.then_i_do_not_see("Bakshi")
    lea.when_i_press("Send me a code")
    lea.when_i_type_the_code_from_my_mail()

    lea.then_i_read("Be there for Noor")
    lea.when_i_tick("Yes, only I use it")
    lea.when_i_tick("I come over and can stay")
    lea.page.get_by_label("Yes", exact=True).check()
    lea.when_i_press("Accept")
    lea.then_i_read("Thank you for being there for Noor.")
    lea.then_i_see("— Rosa Alvarez, nurse, Harbor Clinic")
    lea.when_i_follow("See my part")
    lea.then_i_read("Your part")
    lea.then_i_see("What Noor shares with you")
    lea.when_i_press("I can do this")

    lea.then_i_am_at("/now")
    lea.then_everybody_can_use_the_page()
    assert lea.taps == 4
    assert time.monotonic() - began < 60


@pytest.mark.parametrize(
    "look", [{"width": 320}, {"width": 390, "scripts": False}], ids=["narrow", "no scripts"]
)
def test_caretaker_says_we_are_home_and_answers_three_questions(caretaker, nurse, look):
    greta = caretaker(**look)
    nurse.given_i_watch_the_board()
    nurse.when_i_say_of("Theo Lindqvist", "Ended", "Left")

    greta.given_i_am("Greta Lindqvist")
    greta.then_everybody_can_use_the_page()
    greta.when_i_say_we_are_home()
    greta.then_i_see("Good that you’re home.")
    greta.then_everybody_can_use_the_page()

    greta.given_i_am("Paul Whitaker")
    greta.then_i_read("Check on June")
    greta.when_i_follow("Start the check-in")
    greta.when_i_answer("Awake, or wakes when I speak", "Calm, even breath", "Resting, calm, nothing new")
    greta.then_i_read("Thank you. That sounds fine.")
    greta.then_everybody_can_use_the_page()


@pytest.mark.both_engines
def test_red_flag_reaches_a_named_human(caretaker, nurse):
    paul = caretaker(width=320)
    nurse.given_i_watch_the_board()

    number = paul.emergency_number()
    paul.given_i_am("Paul Whitaker")
    paul.when_i_follow("Start the check-in")
    paul.when_i_answer("I can’t wake them")
    paul.then_i_read(f"Call {number} now")
    nurse.then_the_board_shows_within_seconds("Emergency: June Whitaker")
    paul.then_everybody_can_use_the_page()
    nurse.mail.wait_for("Someone needs you now")
    paul.when_i_look_at_my_phone_again()
    paul.then_i_see("Nobody has answered it yet.", within_s=30)

    nurse.when_i_open_the_escalation_of("June Whitaker")
    nurse.then_i_read("June Whitaker: Cannot be woken")
    nurse.then_everybody_can_use_the_page()
    nurse.when_i_press("I have this")
    nurse.then_i_see("Rosa Alvarez, since")
    paul.when_i_look_at_my_phone_again()
    paul.then_i_see("Rosa Alvarez at the clinic has this.")

    nurse.when_i_press("Close it")
    nurse.then_i_am_told("Choose what became of it")
    nurse.when_i_tick("Emergency services called")
    nurse.when_i_press("Close it")
    nurse.then_i_see("Closed. Nobody needs to do anything more.")
    paul.when_i_look_at_my_phone_again()
    paul.then_i_see("The clinic has closed this.")
    paul.then_everybody_can_use_the_page()


def test_nurse_hands_an_escalation_over(nurse, browse, live, axe):
    osei = Nurse(browse(live, "/demo", width=1280, dark=True), live, axe)
    nurse.given_i_watch_the_board()
    nurse.when_i_open_the_escalation_of("Halima Yusuf")
    nurse.when_i_press("I have this")
    nurse.then_i_see("Rosa Alvarez, since")
    nurse.when_i_pick("To whom?", "Kofi Osei")
    nurse.when_i_press("Ask them to take over")
    nurse.then_i_see("Kofi Osei is asked to take over and has not said yes.")

    osei.given_i_am("Kofi Osei")
    osei.when_i_open_the_escalation_of("Halima Yusuf")
    osei.when_i_press("Yes, I take over")

    osei.then_i_see("Kofi Osei, since")
    osei.then_everybody_can_use_the_page()
