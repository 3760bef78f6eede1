"""Snow in the morning: the clinic runs late, then closes, in one step each; what the patient reads first."""

import pytest
from playwright.sync_api import expect

pytestmark = [pytest.mark.journey, pytest.mark.usefixtures("new_demo")]

LOOKS = {"narrow": {"width": 320, "dark": True}, "desk": {"width": 1280}}


@pytest.mark.parametrize("look", LOOKS.values(), ids=LOOKS)
def test_clinic_runs_late_then_closes_and_the_patient_reads_that_she_can_eat(somebody, look):
    rosa, maya = somebody(**look), somebody("maya@harbor.example", **look)
    before = len(maya.mail.about("A time has changed"))
    rosa.given_i_am("Rosa Alvarez")
    rosa.when_i_follow("Readiness")
    rosa.when_i_follow("Run late or close a day")
    rosa.then_everybody_can_use_the_page()
    rosa.when_i_tick("Tomorrow")
    rosa.when_i_tick("We run late")
    rosa.when_i_press("Show what it does")
    rosa.then_i_see("Type from 5 to 480 minutes.")
    rosa.when_i_type("How many minutes late", "60")
    rosa.when_i_press("Show what it does")
    rosa.then_i_read("60 minutes late")
    rosa.then_i_see("Get a message: Maya Okafor, Sam Okafor, Dele Okafor, Rae (drives)")
    rosa.then_everybody_can_use_the_page()
    rosa.when_i_press("Move them and tell everybody")
    rosa.then_i_see("Done. The people concerned are being told.")
    rosa.then_everybody_can_use_the_page()

    letter = maya.mail.wait_for("A time has changed", after=before)
    assert "/now" in letter
    maya.given_i_am("Maya Okafor")
    maya.then_i_read("You can eat and drink now")
    maya.then_i_see(
        "The infusion is now planned for tomorrow at 10:45 am, no longer for tomorrow at 9:45 am."
    )
    maya.then_everybody_can_use_the_page()

    rosa.when_i_open("/clinic/day-changes")
    rosa.when_i_tick("Tomorrow")
    rosa.when_i_tick("We close")
    rosa.when_i_press("Show what it does")
    rosa.when_i_press("Cancel them and tell everybody")
    rosa.then_i_read("Closed")
    rosa.when_i_look_at_my_phone_again()
    expect(rosa.page.locator("#day")).to_contain_text("Book another")
    maya.when_i_open("/now")
    maya.then_i_read("You can eat and drink now")
    maya.then_i_see("The infusion does not take place. It was planned for tomorrow at 10:45 am.")
    maya.then_everybody_can_use_the_page()
