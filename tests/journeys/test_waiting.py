"""A chair is freed: staff offer it to who waits and can still come, and the patient takes it on the phone."""

import pytest
from playwright.sync_api import expect

pytestmark = [pytest.mark.journey, pytest.mark.usefixtures("new_demo")]

LOOKS = {"narrow": {"width": 320, "dark": True}, "desk": {"width": 1280}}


@pytest.mark.parametrize("look", LOOKS.values(), ids=LOOKS)
def test_freed_chair_is_offered_and_taken(somebody, look):
    rosa, wes = somebody(**look), somebody("wes@harbor.example", **look)
    before = len(wes.mail.about("There may be an earlier time for you"))
    rosa.given_i_am("Rosa Alvarez")
    rosa.when_i_follow("Readiness")
    rosa.when_i_follow("Waiting list")
    rosa.then_i_read("Waiting list")
    expect(rosa.page.get_by_role("checkbox", name="Wes Carter")).to_be_checked()
    rosa.then_everybody_can_use_the_page()
    rosa.when_i_press("Offer it")
    rosa.then_i_see("Offered. Whoever says yes first has it.")
    rosa.then_everybody_can_use_the_page()

    letter = wes.mail.wait_for("There may be an earlier time for you", after=before)
    assert "/sooner" in letter
    wes.given_i_am("Wes Carter")
    wes.when_i_open("/sooner")
    wes.then_i_read("An earlier time")
    wes.then_everybody_can_use_the_page()
    wes.when_i_press("Yes, I take it")
    wes.then_i_see("It is yours. Your steps have moved with it. Please look at them again.")
    wes.when_i_open("/sooner")
    wes.then_i_see("You have it.")
    wes.then_everybody_can_use_the_page()
