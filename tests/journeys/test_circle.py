"""The circle changes: somebody declines, leaves, is taken out, swaps a day; and what waits for a clear head.

Each journey has people of its own, so that they share one demonstration.
"""

import re

import pytest
from playwright.sync_api import expect

from tests.journeys.somebody import Somebody

pytestmark = pytest.mark.journey

DESK = 1280


@pytest.fixture
def sit(somebody):
    """Sit a made-up person down: at a phone, or as staff at a desk."""

    def sit_down(name: str, email: str = "", **options) -> Somebody:
        found = somebody(email, **options)
        found.given_i_am(name)
        return found

    return sit_down


def card(person: Somebody, name: str):
    """Return what a page says in the section that this heading names."""
    heading = person.page.get_by_role("heading", name=name)
    return person.page.locator("section").filter(has=heading).last


def test_caretaker_leaves_and_the_patient_reads_who_did_what(sit):
    per, elin, rosa = sit("Per Berg", width=320), sit("Elin Berg", width=390), sit("Rosa Alvarez", width=DESK)
    per.when_i_open("/circle")
    per.when_i_follow("Stop being Elin’s caretaker")
    per.then_everybody_can_use_the_page()
    per.when_i_press("Yes, leave")
    per.then_i_see("You have left. Thank you for what you did.")
    per.when_i_open("/plan")
    per.then_i_do_not_see("Infusion")
    rosa.when_i_open("/clinic/patients")
    rosa.when_i_follow("Elin Berg")
    expect(rosa.page.get_by_role("row", name="Per Berg")).to_contain_text("Left")

    elin.when_i_open("/circle")
    expect(card(elin, "No longer with you")).to_contain_text("Per Berg")
    elin.when_i_follow("Who looked")

    elin.then_i_see("Per Berg left your circle")
    elin.then_i_see("Rosa Alvarez opened your chart")
    elin.then_i_do_not_see("home is safe")  # what only staff may know of
    elin.then_everybody_can_use_the_page()


def test_invited_person_says_no_and_another_never_answered(sit, somebody):
    lea = somebody("lea@harbor.example", width=320)
    link = re.search(r"http\S+/i/\S+", lea.mail.wait_for("An invitation for you"))[0]
    lea.when_i_open(link)
    lea.when_i_follow("No, thank you")
    lea.then_everybody_can_use_the_page()
    lea.when_i_press("Yes, decline")

    lea.then_i_read("You declined")
    lea.then_everybody_can_use_the_page()
    noor = sit("Noor Bakshi", width=390)
    noor.when_i_open("/circle")
    expect(card(noor, "Lea Bakshi")).to_contain_text("Declined")
    noor.then_everybody_can_use_the_page()
    kaya = sit("Kaya Demir", width=320)
    kaya.when_i_open("/circle")
    expect(card(kaya, "Deniz Demir")).to_contain_text("The invitation ran out")
    kaya.then_everybody_can_use_the_page()


@pytest.mark.threat("T1")
def test_patient_takes_somebody_out_and_the_clinic_says_it(sit):
    tova, rafi, rosa = (
        sit("Tova Mendel", "tova@harbor.example", width=390),
        sit("Rafi Mendel", width=320),
        sit("Rosa Alvarez", width=DESK),
    )
    rafi.when_i_open("/circle")
    rafi.when_i_follow("Stop sharing with Tova")
    rafi.when_i_tick("My clinic tells them")
    rafi.when_i_press("Yes, stop sharing")
    rafi.then_i_see("Tova sees nothing more from now on.")

    rosa.when_i_open("/clinic/escalations")
    rosa.when_i_follow("Rafi Mendel", near="Asks you to tell someone")
    rosa.then_everybody_can_use_the_page()
    tova.when_i_open("/circle")
    tova.then_i_see("Nothing to do here now.")
    assert tova.mail.about("A change in Luna") == []


@pytest.mark.threat("T1")
def test_nothing_can_be_sent_while_the_patient_looks_as_somebody_else(sit, browse):
    halima = sit("Halima Yusuf", width=320)
    halima.when_i_open("/circle")
    halima.when_i_follow("See it as Amir does")
    halima.page.goto(f"{halima.page.url.rpartition('/')[0]}/duty")
    halima.then_i_see("You are on duty")

    halima.when_i_press("I can’t do this one")

    halima.then_i_read("You are only looking")
    halima.then_everybody_can_use_the_page()
    browse.troubles[:] = [one for one in browse.troubles if "status of 403" not in one]  # what is meant
    halima.when_i_open("/duty")
    expect(halima.page.locator("#turns section").first).to_contain_text("Amir is on duty")


def test_caretakers_swap_a_day_and_one_stays_in_reserve(sit):
    sam, dele, maya = (
        sit("Sam Okafor", width=390),
        sit("Dele Okafor", width=320),
        sit("Maya Okafor", width=320),
    )
    sam.when_i_open("/duty")
    tomorrow = sam.page.locator("#turns section").filter(has_text="Infusion 3 of 6")
    expect(tomorrow).to_contain_text("You are on duty")
    tomorrow.locator("summary").click()
    tomorrow.get_by_role("button", name="Ask Dele to take it").click()
    sam.then_i_see("Asked. Nothing changes until there is a yes.")
    expect(tomorrow).to_contain_text("You are on duty")
    expect(tomorrow).to_contain_text("You asked Dele. There is no answer yet.")

    dele.when_i_open("/duty")
    dele.then_i_see("Sam asks you to take this one.")
    dele.then_everybody_can_use_the_page()
    dele.when_i_press("Yes, I’ll be there", near="Infusion 3 of 6")
    dele.then_i_see("Thank you. It is set")
    sam.when_i_open("/duty")
    expect(tomorrow).to_contain_text("Dele is on duty")
    tomorrow.locator("summary").click()
    tomorrow.get_by_role("button", name="Stand by as the reserve").click()

    sam.then_i_see("Thank you. You are the reserve for this one.")
    maya.when_i_open("/duty")
    theirs = maya.page.locator("#turns section").filter(has_text="Infusion 3 of 6")
    expect(theirs).to_contain_text("Dele is on duty")
    expect(theirs).to_contain_text("Reserve: Sam")
    maya.then_everybody_can_use_the_page()


@pytest.mark.threat("T1")
@pytest.mark.threat("T2")
def test_patient_under_the_effect_shows_less_and_never_more(sit):
    june = sit("June Whitaker", width=320)
    june.when_i_open("/circle/invite")
    june.when_i_type("Their name", "Nia Roe")
    june.when_i_type("Their e-mail address", "nia@example.org")
    june.when_i_tick("Friend")
    june.when_i_press("Send the invitation")
    june.then_i_am_told("because of your infusion")

    june.when_i_open("/circle/sharing")
    paul = june.page.locator("section.share-one").filter(has_text="Paul Whitaker")
    paul.get_by_label("Scores for Paul").check()
    june.when_i_press("Save what is ticked")
    june.then_i_am_told("because of your infusion")
    june.then_everybody_can_use_the_page()

    paul.get_by_label("Scores for Paul").uncheck()
    paul.get_by_label("The ride for Paul").uncheck()
    june.when_i_press("Save what is ticked")
    june.then_i_am_told("Paul could not take you home safely.")
    june.when_i_tick("I am sure. Somebody else takes me home")
    june.when_i_press("Save what is ticked")
    june.then_i_see("Saved. Paul sees only what is ticked, from now on.")
    june.then_i_see("Sees now: Schedule and tasks, Check-ins at home")
    june.when_i_open("/circle")
    june.then_i_do_not_see("Nia Roe")


def test_patient_adds_somebody_without_e_mail_and_the_clinic_calls_them(sit):
    noor, rosa = sit("Noor Bakshi", width=390), sit("Rosa Alvarez", width=DESK)
    noor.when_i_open("/circle")
    noor.when_i_follow("Add someone without e-mail")
    noor.then_everybody_can_use_the_page()
    noor.when_i_type("Their name", "Omar Bakshi")
    noor.when_i_type("Number to call", "+12125550177")
    noor.when_i_tick("Parent")
    noor.when_i_tick("Comes over and can stay")
    noor.page.get_by_label("Yes", exact=True).check()
    noor.when_i_press("Save")
    noor.then_i_am_told("Ask them first.")
    noor.when_i_tick("They know of this")
    noor.when_i_press("Save")
    expect(card(noor, "Omar Bakshi")).to_contain_text("the clinic calls them")

    rosa.when_i_open("/clinic/series")
    rosa.when_i_follow("Noor Bakshi")
    rosa.when_i_follow("Move")
    rosa.when_i_type("Time", "14:30")
    rosa.when_i_tick("The patient asked for it")
    rosa.when_i_press("Move it")
    rosa.then_i_see("2:30 pm")
    rosa.when_i_open("/clinic/calls")

    # The clock finds that no message reaches him, and the page shows it by itself.
    expect(card(rosa, "Omar Bakshi")).to_contain_text("A time has changed", timeout=30_000)
    rosa.then_everybody_can_use_the_page()


@pytest.mark.parametrize(
    ("name", "path", "heading"),
    [
        ("Maya Okafor", "/circle/who-sees", "Who can see what"),
        ("Rosa Alvarez", "/clinic/permissions", "Who may see and do what"),
    ],
    ids=["patient", "staff"],
)
def test_anybody_reads_who_may_see_what(sit, name, path, heading):
    person = sit(name, width=DESK if path.startswith("/clinic") else 320)

    person.when_i_open(path)

    person.then_i_read(heading)
    journal = person.page.get_by_role("row", name="Journal")
    expect(journal).to_contain_text("Does not" if name == "Maya Okafor" else "yes")
    person.then_everybody_can_use_the_page()
