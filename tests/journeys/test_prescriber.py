"""A nurse measures, a prescriber answers and decides, the series starts; a new medicine opens it again."""

from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import expect

from tests.journeys.somebody import Somebody

pytestmark = [pytest.mark.journey, pytest.mark.usefixtures("new_demo")]

SCORES = "Mood, anxiety, suicide risk, mania and psychosis, urinary symptoms, thinking"
LOOKS = {"narrow": {"width": 320}, "desk": {"width": 1280}}


class Staff(Somebody):
    """Somebody of the clinic."""

    def when_i_open_the_chart_of(self, name: str) -> None:
        self.when_i_open("/clinic/patients")
        self.when_i_follow(name)

    def when_i_open_the_consultation_of(self, name: str) -> None:
        self.when_i_open_the_chart_of(name)
        self.when_i_follow("Consultation")
        self.then_i_read(name)

    def then_no_series_can_start(self) -> None:
        self.when_i_open_the_chart_of("Milo Adeyemi")
        self.when_i_follow("Start a series")
        self.when_i_follow("Depression: six infusions in two to three weeks")
        self.then_i_see("A series starts once a prescriber has decided that it can.")

    def when_i_answer(self, worry: str, text: str) -> None:
        row = self.page.locator("li").filter(has_text=worry).last
        row.get_by_label("Your answer, in your name").fill(text)
        row.get_by_role("button", name="Answer").click()

    def when_i_decide(self, verdict: str) -> None:
        self.when_i_follow("Decide")
        self.when_i_tick(verdict)
        self.when_i_type("Reasons", "Talked through at the visit.")
        self.when_i_type(
            "To be looked at again on", (datetime.now(UTC).date() + timedelta(days=90)).isoformat()
        )
        self.when_i_press("Sign")

    def when_i_give_every_other_reason(self) -> None:
        """Write one into each box that asks for it."""
        boxes = self.page.locator(
            "textarea[name^=why-], textarea[name=missing_why], textarea[name=alone_plan]"
        )
        for box in boxes.all():
            box.fill("Talked through at the visit.")
        self.when_i_press("Sign")

    def when_i_set_up_a_series(self) -> None:
        self.when_i_follow("Start a series")
        self.when_i_follow("Depression: six infusions in two to three weeks")
        self.when_i_type("How many infusions", "2")
        self.when_i_type("First day", (datetime.now(UTC).date() + timedelta(days=21)).isoformat())
        self.when_i_type("Time", "13:00")
        self.when_i_press("Show the days")
        self.when_i_press("Book 2 infusions")


@pytest.fixture
def staff(browse, live, axe):
    def sit_down(**options) -> Staff:
        return Staff(browse(live, "/offline", **options), live, axe)

    return sit_down


@pytest.mark.parametrize("look", LOOKS.values(), ids=LOOKS)
def test_prescriber_decides_and_a_new_medicine_opens_it_again(staff, somebody, look):
    nurse_measures(staff(**look))
    osei = staff(**look)
    prescriber_answers_and_decides(osei)
    osei.when_i_set_up_a_series()
    osei.then_i_see("The series is booked.")
    patient_reads_the_answer_and_adds_a_medicine(somebody("milo@harbor.example", width=320))

    osei.when_i_open_the_consultation_of("Milo Adeyemi")
    osei.then_i_see("Open again: something new came up")
    osei.then_everybody_can_use_the_page()
    osei.when_i_follow("Chart")
    osei.when_i_follow("Start a series")
    osei.then_i_see("Open again: something new came up")


def test_prescriber_decides_against_then_for_and_the_nurse_sees_it_open_again(staff, somebody):
    osei, milo = staff(width=320), somebody("milo@harbor.example", width=320)
    osei.given_i_am("Kofi Osei")
    for verdict in ("Not now", "Not suitable"):
        osei.when_i_open_the_consultation_of("Milo Adeyemi")
        osei.when_i_decide(verdict)
        osei.then_i_see(verdict)
        osei.then_no_series_can_start()
        osei.then_i_see(verdict)
    milo.given_i_am("Milo Adeyemi")
    patient_adds_a_medicine(milo, "theophylline")

    stop = "Why in spite of “Theophylline or aminophylline”"
    osei.when_i_open_the_consultation_of("Milo Adeyemi")
    osei.when_i_decide("Can be treated")
    osei.then_i_am_told("Write why in spite of “Theophylline or aminophylline”, or decide otherwise.")
    osei.then_everybody_can_use_the_page()
    osei.when_i_type(stop, "The lung clinic ends it before the first infusion.")
    osei.when_i_press("Sign")
    osei.when_i_give_every_other_reason()
    osei.then_i_see("Can be treated")

    patient_adds_a_medicine(milo, "phenelzine")
    milo.when_i_follow("phenelzine")
    milo.when_i_unfold("I don’t take it any more")
    milo.when_i_press("Remove it")
    milo.then_i_see("Changed. Thank you for telling us.")
    nurse_sees_it_open_again(staff(width=320))


def nurse_sees_it_open_again(rosa: Staff) -> None:
    """On the list, the chart and where a series would start; she cannot read it off."""
    rosa.given_i_am("Rosa Alvarez")
    rosa.when_i_open("/clinic/news")
    rosa.then_i_see("A decision is open again")
    rosa.then_everybody_can_use_the_page()
    rosa.when_i_open_the_consultation_of("Milo Adeyemi")
    rosa.then_i_see("A prescriber reads this.")
    rosa.then_i_see("Told, and said since to be a mistake.")
    rosa.when_i_open_the_chart_of("Milo Adeyemi")
    rosa.then_i_see("Open again: something new came up")
    rosa.then_everybody_can_use_the_page()
    rosa.then_no_series_can_start()
    rosa.then_i_see("Open again: something new came up")


def nurse_measures(rosa: Staff) -> None:
    """A height without a unit is asked again; nothing typed is lost."""
    rosa.given_i_am("Rosa Alvarez")
    rosa.when_i_open_the_consultation_of("Milo Adeyemi")
    rosa.then_i_see("No prescriber has decided yet.")
    rosa.then_everybody_can_use_the_page()
    rosa.when_i_type("Oxygen saturation", "98")
    rosa.when_i_type("Breaths in a minute", "14")
    rosa.when_i_type("Height", "178")
    rosa.when_i_press("Save what was measured")
    rosa.then_i_am_told("Choose the unit.")
    rosa.then_everybody_can_use_the_page()
    rosa.when_i_pick("Height: unit", "cm")
    rosa.when_i_press("Save what was measured")
    rosa.then_i_see("178 cm")
    rosa.when_i_pick("Which test", "Electrocardiogram")
    rosa.when_i_type("Result, with its unit", "Sinus rhythm, 68 a minute")
    rosa.when_i_type("Taken on", (datetime.now(UTC).date() - timedelta(days=3)).isoformat())
    rosa.when_i_press("Add the result")
    rosa.then_i_see("Sinus rhythm, 68 a minute")
    rosa.when_i_follow("Chart")
    rosa.when_i_follow("Start a series")
    rosa.then_i_see("No prescriber has decided yet.")
    rosa.then_everybody_can_use_the_page()


def prescriber_answers_and_decides(osei: Staff) -> None:
    """A decision that does not say enough is asked again."""
    osei.given_i_am("Kofi Osei")
    osei.when_i_open_the_consultation_of("Milo Adeyemi")
    osei.when_i_answer("Losing control", "You can stop us at any moment, with one word or one hand.")
    osei.then_i_see("Answered in your name.")
    osei.when_i_follow("Decide")
    osei.then_everybody_can_use_the_page()
    osei.when_i_press("Sign")
    osei.then_i_am_told("Choose what you decide.")
    osei.then_everybody_can_use_the_page()
    osei.when_i_tick("Can be treated")
    osei.when_i_type("Reasons", "Two medicines did not help.")
    osei.when_i_type("To be looked at again on", (datetime.now(UTC).date() + timedelta(days=90)).isoformat())
    osei.when_i_press("Sign")
    osei.then_i_am_told(f"Write why you decide without “{SCORES}”")
    osei.when_i_type(f"Why without “{SCORES}”", "Scored at the visit, on paper.")
    osei.when_i_press("Sign")
    osei.then_i_am_told("They live alone.")
    osei.when_i_type("They live alone: who is with them after an infusion", "His sister stays the night.")
    osei.when_i_press("Sign")
    osei.then_i_see("Can be treated")
    osei.then_everybody_can_use_the_page()


def patient_reads_the_answer_and_adds_a_medicine(milo: Somebody) -> None:
    """The medicine is one that a prescriber has to think of."""
    milo.given_i_am("Milo Adeyemi")
    milo.when_i_open("/intake/questions")
    milo.then_i_see("You can stop us at any moment, with one word or one hand.")
    milo.then_i_see("Kofi Osei")
    patient_adds_a_medicine(milo, "phenelzine")


def patient_adds_a_medicine(milo: Somebody, name: str) -> None:
    """Look for it by its name, choose it and put it on the list."""
    milo.when_i_open("/intake/medicines/add")
    milo.when_i_type("Name", name)
    milo.when_i_press("Look for it")
    milo.when_i_press(name)
    milo.when_i_press("Put it on my list")
    milo.then_i_see(f"{name} is on your list.")


@pytest.mark.parametrize("look", LOOKS.values(), ids=LOOKS)
def test_prescriber_holds_a_medicine_and_the_patient_reads_both_times(staff, somebody, look):
    osei = staff(**look)
    osei.given_i_am("Kofi Osei")
    osei.when_i_open("/clinic/series")
    osei.when_i_follow("Rafi Mendel")
    osei.when_i_follow("All orders")
    osei.then_everybody_can_use_the_page()
    osei.when_i_follow("A medicine")
    osei.then_everybody_can_use_the_page()
    osei.when_i_pick("Which medicine", "Another one, named below")
    osei.when_i_type("The other one, if it is not in the list", "diazepam")
    osei.when_i_tick("Hold it")
    osei.when_i_type("Hours before the start when it is taken last", "24")
    osei.when_i_press("Sign the order")
    osei.then_i_am_told("Say how long after the infusion it is taken again.")
    osei.then_everybody_can_use_the_page()
    osei.when_i_type("Hours after the end when it is taken again", "6")
    osei.when_i_press("Sign the order")
    osei.then_i_see("diazepam: Hold it.")
    osei.then_everybody_can_use_the_page()

    rafi = somebody("rafi@harbor.example", **look)
    rafi.given_i_am("Rafi Mendel")
    rafi.when_i_open("/plan")
    rafi.when_i_follow("Eating, drinking and medicines")
    rafi.when_i_follow("Your medicines plan")
    rafi.then_i_read("Your medicines plan")
    rafi.then_i_see("Last one, at the latest")
    rafi.then_i_see("Take it again from then on")
    rafi.then_i_see("Decided by Kofi Osei, today")
    rafi.then_everybody_can_use_the_page()


def open_orders(who: Staff, patient: str) -> None:
    """Go to the orders of somebody's series."""
    who.when_i_open("/clinic/series")
    who.when_i_follow(patient)
    who.when_i_follow("All orders")


@pytest.mark.parametrize("look", LOOKS.values(), ids=LOOKS)
def test_prescriber_chooses_how_long_to_fast_and_the_patient_reads_it(staff, somebody, look):
    osei = staff(**look)
    osei.given_i_am("Kofi Osei")
    open_orders(osei, "Rafi Mendel")
    osei.when_i_follow("How long to fast")
    osei.when_i_tick("Another rule")
    osei.when_i_type("Hours without food", "30")
    osei.when_i_type("Hours without clear drinks", "2")
    osei.when_i_press("Sign the order")
    osei.then_i_am_told("Use a time from 0 to 24 hours")
    osei.then_everybody_can_use_the_page()
    osei.when_i_tick("Like esketamine")
    osei.when_i_press("Sign the order")
    osei.then_i_see("Like esketamine: food 2 hours, clear drinks 30 minutes")

    rafi = somebody("rafi@harbor.example", **look)
    rafi.given_i_am("Rafi Mendel")
    rafi.when_i_open("/fasting")
    rafi.then_i_see("Your clinic asks for 30 minutes without clear drinks.")
    rafi.then_i_see("Decided by Kofi Osei, ")
    rafi.then_everybody_can_use_the_page()


@pytest.mark.parametrize("look", LOOKS.values(), ids=LOOKS)
def test_prescriber_orders_a_number_a_step_less_and_a_step_more(staff, somebody, look):
    osei = staff(**look)
    osei.given_i_am("Kofi Osei")
    open_orders(osei, "Rafi Mendel")
    osei.when_i_follow("A number of the protocol")
    osei.when_i_pick("Which number", "no-driving")
    osei.when_i_type("Value, in the unit named above", "80")
    osei.when_i_press("Sign the order")
    osei.then_i_am_told("Look again, and tick “I mean this value” if you do.")
    osei.then_everybody_can_use_the_page()
    osei.when_i_type("Value, in the unit named above", "18")
    osei.when_i_press("Sign the order")
    osei.then_i_see("18 h instead of 12 h")
    osei.when_i_follow("A step to leave out")
    osei.when_i_pick("Which step is left out", "last-drink")
    osei.when_i_press("Sign the order")
    osei.then_i_see("Left out: Take your last clear drink")
    osei.when_i_follow("A step to add")
    osei.when_i_pick("Which step is added", "bring-medicines")
    osei.when_i_press("Sign the order")
    osei.then_i_see("Added: Pack your medicines")
    osei.then_everybody_can_use_the_page()

    rafi = somebody("rafi@harbor.example", **look)
    rafi.given_i_am("Rafi Mendel")
    rafi.when_i_open("/plan")
    rafi.then_i_see("Pack your medicines")
    rafi.then_i_see("Decided by Kofi Osei, ")
    ahead = rafi.page.get_by_text("Take your last clear drink").locator("visible=true")
    expect(ahead).to_have_count(0)  # earlier days, folded away, keep it
    rafi.then_everybody_can_use_the_page()


@pytest.mark.parametrize("look", LOOKS.values(), ids=LOOKS)
def test_nurse_writes_down_a_spoken_order_and_the_prescriber_countersigns(staff, look):
    rosa, osei = staff(**look), staff(**look)
    rosa.given_i_am("Rosa Alvarez")
    open_orders(rosa, "Rafi Mendel")
    rosa.when_i_follow("A step to add")
    rosa.when_i_pick("Which step is added", "bring-medicines")
    rosa.when_i_press("Write it down")
    rosa.then_i_am_told("Choose who told you.")
    rosa.then_everybody_can_use_the_page()
    rosa.when_i_pick("Who told you", "Kofi Osei")
    rosa.when_i_press("Write it down")
    rosa.then_i_am_told("Read it back to them. Tick this when they say that it is right.")
    rosa.then_everybody_can_use_the_page()
    rosa.when_i_tick("I read it back to them, and they said it is right")
    rosa.when_i_press("Write it down")
    rosa.then_i_see("Written down. Kofi Osei is to countersign it within a day.")
    rosa.then_i_see("To be countersigned")
    rosa.then_everybody_can_use_the_page()

    osei.given_i_am("Kofi Osei")
    open_orders(osei, "Rafi Mendel")
    osei.when_i_follow("Countersign")
    osei.then_i_see("Rosa Alvarez wrote down that you said this. They ticked that they read it back to you")
    osei.then_everybody_can_use_the_page()
    osei.when_i_press("Yes, I countersign it")
    osei.then_i_see("Signed.")
    osei.then_i_see("written down by Rosa Alvarez and read back")
    osei.then_i_do_not_see("To be countersigned")


@pytest.mark.parametrize("look", LOOKS.values(), ids=LOOKS)
def test_patient_says_that_something_has_changed_and_the_prescriber_sees_what(staff, somebody, look):
    rafi, rosa, osei = somebody("rafi@harbor.example", **look), staff(**look), staff(**look)
    rafi.given_i_am("Rafi Mendel")
    rafi.when_i_open("/medicine-plan")
    rafi.when_i_follow("Something has changed")
    rafi.then_i_read("Your medicines")
    patient_adds_a_medicine(rafi, "lamotrigine")
    rafi.when_i_follow("lamotrigine")
    rafi.when_i_type("How much", "100 mg")
    rafi.when_i_press("Save")
    rafi.then_i_see("Changed. Thank you for telling us.")

    rosa.given_i_am("Rosa Alvarez")
    rosa.when_i_open_the_consultation_of("Rafi Mendel")
    rosa.when_i_follow("Add a medicine they tell you of")
    rosa.then_everybody_can_use_the_page()
    rosa.when_i_type("Name", "melatonin 2 mg")
    rosa.when_i_press("Look for it")
    rosa.when_i_press("Take “melatonin 2 mg” as it is written")
    rosa.then_everybody_can_use_the_page()
    rosa.when_i_press("Put it on the list")
    rosa.then_i_see("melatonin 2 mg is on the list.")
    rosa.then_i_see("A prescriber reads this.")

    osei.given_i_am("Kofi Osei")
    osei.when_i_open("/clinic/news")
    osei.when_i_follow("Rafi Mendel")
    osei.then_i_see("Medicines changed")
    osei.then_i_see("100 mg")
    osei.then_i_see("New and changed is what was told since a prescriber last read or decided")
    osei.then_everybody_can_use_the_page()
    osei.when_i_press("I have read this")
    osei.then_i_see("Noted that you have read it.")
    osei.then_i_do_not_see("Medicines changed")
    rafi.when_i_open("/intake/medicines")
    rafi.then_i_see("written down by Rosa Alvarez")
    rafi.then_everybody_can_use_the_page()
