"""Seven in the morning for tomorrow: who is not ready, a reminder in one tap, and a prescriber's word."""

import pytest
from playwright.sync_api import expect

pytestmark = [pytest.mark.journey, pytest.mark.usefixtures("new_demo")]

LOOKS = {"narrow": {"width": 320, "dark": True}, "desk": {"width": 1280}}


@pytest.mark.parametrize("look", LOOKS.values(), ids=LOOKS)
def test_nurse_reminds_and_a_prescriber_decides_that_it_goes_ahead(somebody, look):
    rosa = somebody(**look)
    rosa.given_i_am("Rosa Alvarez")
    rosa.when_i_follow("Readiness")
    rosa.then_i_read("Who is ready?")
    rosa.then_i_see("Wes Carter: Hold: cannot start")
    rosa.then_everybody_can_use_the_page()
    rosa.when_i_unfold("1 ready")
    rosa.then_i_see("Ready if fasted: ask")
    rosa.then_everybody_can_use_the_page()

    rosa.when_i_press("Remind Maya")
    rosa.then_i_see("A reminder is on its way.")
    rosa.then_i_see("Maya was sent a message today at", within_s=15)

    osei = somebody("osei@harbor.example", **look)
    osei.given_i_am("Kofi Osei")
    osei.when_i_open("/clinic/readiness")
    osei.when_i_follow("Wes Carter")
    osei.then_i_read("Is Wes Carter ready?")
    osei.then_i_see("Ada cannot drive. There is no other ride yet.")
    osei.then_everybody_can_use_the_page()
    osei.when_i_follow("Go ahead all the same")
    osei.when_i_tick("lorazepam was not left out as ordered.")
    osei.when_i_press("Sign")
    osei.then_i_am_told("Write down why.")
    osei.then_everybody_can_use_the_page()
    osei.when_i_type("Why", "Half a tablet, on Thursday. I know, and it is fine.")
    osei.when_i_press("Sign")
    osei.then_i_see("Goes ahead in spite of")
    osei.then_i_see("Half a tablet, on Thursday.")

    # What is left can still be seen to, and the nurse's open page says so by itself.
    expect(rosa.page.locator("#days")).to_contain_text("Wes Carter: Wait: 2 open", timeout=15_000)
    expect(rosa.page.locator("#days")).to_contain_text("Overridden")
