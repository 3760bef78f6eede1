"""The patient chooses what each person sees, looks at it as they do, and takes it away while they look."""

import pytest
from playwright.sync_api import expect

from tests.journeys.somebody import Somebody

pytestmark = [pytest.mark.journey, pytest.mark.threat("T1"), pytest.mark.usefixtures("new_demo")]


class Patient(Somebody):
    """Somebody who shares."""

    def given_i_choose_what_each_person_sees(self):
        self.given_i_am("Maya Okafor")
        self.when_i_open("/circle")
        self.when_i_follow("What each person sees")
        self.then_i_read("What each person sees")

    def when_i_tick_for(self, name: str, kind: str, ticked: bool = True):
        self._near(name).get_by_label(f"{kind} for {name}").set_checked(ticked)

    def when_i_stop_sharing_with(self, name: str, who_says_it: str = ""):
        self.when_i_open("/circle")
        self.when_i_follow(f"Stop sharing with {name}")
        if who_says_it:
            self.when_i_tick(who_says_it)
        self.then_everybody_can_use_the_page()
        self.when_i_press("Yes, stop sharing")


@pytest.fixture
def maya(browse, live, axe):
    """Sit Maya down at a phone."""

    def sit_down(**options) -> Patient:
        return Patient(browse(live, "/demo", **options), live, axe, "maya@harbor.example")

    return sit_down


@pytest.mark.parametrize(
    "look",
    [{"width": 320}, {"width": 1280}, {"width": 320, "scripts": False}],
    ids=["narrow", "desk", "no scripts"],
)
def test_patient_chooses_a_preset_then_kind_by_kind(maya, look):
    phone = maya(**look)
    phone.given_i_choose_what_each_person_sees()
    phone.then_everybody_can_use_the_page()

    phone.when_i_press("Practical only", near="Sam Okafor")
    phone.then_i_see("Sees now: Practical only")
    phone.when_i_tick_for("Sam", "Scores")
    phone.when_i_press("Save what is ticked")
    phone.then_i_see("Saved. Sam sees only what is ticked, from now on.")
    phone.when_i_tick_for("Sam", "Check-ins at home", ticked=False)
    phone.when_i_press("Save what is ticked")

    phone.then_i_am_told("Sam could not take you home safely.")
    phone.then_i_see("what to watch at home, and who to call")
    phone.then_everybody_can_use_the_page()
    phone.when_i_tick("I am sure. Somebody else takes me home")
    phone.when_i_press("Save what is ticked")
    phone.then_i_see("Sees now: Schedule and tasks, The ride, Scores")
    phone.when_i_follow("Who can see what")
    phone.then_i_read("Who can see what")
    phone.then_everybody_can_use_the_page()


def test_patient_looks_at_luna_as_their_caretaker_does(maya):
    phone = maya(width=320)
    phone.given_i_am("Maya Okafor")
    phone.when_i_open("/circle")
    phone.when_i_follow("See it as Sam does")

    phone.then_i_see("This is what Sam sees.")
    phone.then_everybody_can_use_the_page()
    phone.when_i_follow("Plan")
    phone.then_i_see("This is what Sam sees.")
    phone.then_everybody_can_use_the_page()
    phone.page.get_by_role("link", name="Your account").click()
    phone.then_i_read("You are only looking")
    phone.then_everybody_can_use_the_page()
    phone.when_i_follow("Look on")
    phone.when_i_follow("Leave the preview")

    phone.then_i_read("Your circle")
    phone.then_i_do_not_see("This is what Sam sees.")


@pytest.mark.parametrize("path", ["/plan", "/now", "/circle"])
def test_page_of_the_caretaker_is_emptied_while_it_is_open(maya, somebody, path):
    phone, sam = maya(), somebody("sam@harbor.example", width=320)
    sam.given_i_am("Sam Okafor")
    sam.when_i_open(path)
    expect(sam.page.locator("main")).to_contain_text("Maya")

    phone.given_i_am("Maya Okafor")
    phone.when_i_stop_sharing_with("Sam")
    phone.then_i_see("Sam sees nothing more from now on.")
    sam.when_i_look_at_my_phone_again()

    expect(sam.page.locator("main")).not_to_contain_text("Maya", timeout=10_000)
    expect(sam.page.locator("main")).not_to_contain_text("Infusion")
    sam.when_i_open("/circle")
    sam.then_i_see("Nothing to do here now.")
    sam.then_everybody_can_use_the_page()
    assert sam.mail.about("A change in Luna") == []


def test_open_step_of_the_caretaker_goes_and_luna_tells_them_if_asked_to(maya, somebody, browse):
    phone, sam = maya(), somebody("sam@harbor.example")
    sam.given_i_am("Sam Okafor")
    sam.when_i_open("/plan")
    sam.page.locator("main a[href^='/steps/']").locator("visible=true").first.click()
    title = sam.page.get_by_role("heading", level=1).inner_text()

    phone.given_i_am("Maya Okafor")
    phone.when_i_stop_sharing_with("Sam", "Luna writes to them")
    phone.then_i_see("Sam sees nothing more from now on.")
    sam.when_i_look_at_my_phone_again()

    sam.then_i_see("You can no longer see this page here.", within_s=10)
    expect(sam.page.locator("main")).not_to_contain_text(title)
    browse.troubles[:] = [one for one in browse.troubles if "status of 404" not in one]  # what is meant
    letter = sam.mail.wait_for("A change in Luna")
    assert "Maya no longer shares anything with you in Luna." in letter
    assert "Okafor" not in letter
