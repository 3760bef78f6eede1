"""The ride home: a friend without an account says yes on her phone, and a no opens the gap at the clinic."""

import re

import pytest
from playwright.sync_api import expect

pytestmark = [pytest.mark.journey, pytest.mark.usefixtures("new_demo")]

LIVE_S = 5  # from one tap on a phone to the open page of the clinic, beside whatever else this machine does


def test_friend_confirms_by_link_and_a_no_shows_on_the_clinics_open_page(somebody):
    maya, rosa = somebody(width=320), somebody(width=1280)
    tess = somebody("tess@harbor.example", width=320)
    maya.given_i_am("Maya Okafor")
    maya.when_i_open("/plan")
    maya.when_i_follow("The ride home")
    maya.then_everybody_can_use_the_page()
    maya.when_i_follow("Name who drives")
    maya.then_everybody_can_use_the_page()
    maya.page.get_by_label("Somebody else, by name").check()
    maya.when_i_type("Their first name", "Tess")
    maya.when_i_type("Their e-mail address", "tess@harbor.example")
    maya.when_i_press("Ask them")
    maya.then_i_am_told("Only an adult can take them home. Tick this if they are one.")
    maya.then_everybody_can_use_the_page()
    maya.page.get_by_label("They are 18 or older").check()
    maya.when_i_press("Ask them")
    maya.then_i_see("Tess was asked to drive. There is no answer yet")

    rosa.given_i_am("Rosa Alvarez")
    rosa.when_i_open("/clinic/series")
    rosa.when_i_follow("Maya Okafor")
    fifth = rosa.page.get_by_role("row").filter(has_text="Tess")
    expect(fifth).to_contain_text("Tess was asked to drive")

    link = re.search(r"http\S+/r/\S+", tess.mail.wait_for("Can you take someone home?"))[0]
    tess.when_i_open(link)
    tess.then_i_read("Can you take Maya home?")
    tess.then_everybody_can_use_the_page()
    tess.when_i_press("Yes, I can")
    tess.then_i_am_told("Please say that you are 18 or older. Only an adult can drive them home.")
    tess.page.get_by_label("I am 18 or older").check()
    tess.when_i_press("Yes, I can")
    tess.then_i_read("Thank you, you’ll take Maya home")
    tess.then_everybody_can_use_the_page()
    expect(fifth).to_contain_text("Tess drives home", timeout=LIVE_S * 1000)

    tess.when_i_press("I can’t after all")
    tess.then_i_see("You said that you can’t.")
    expect(fifth).to_contain_text("Tess can’t drive. Nobody else is set", timeout=LIVE_S * 1000)


def test_friend_named_by_number_confirms_from_a_text_message(somebody):
    maya, rosa = somebody(width=390), somebody(width=1280)
    kim = somebody("+12125550161", width=320, scripts=False)
    maya.given_i_am("Maya Okafor")
    maya.when_i_open("/ride")
    maya.when_i_follow("Name who drives")
    maya.then_i_see("by e-mail or text message")
    maya.page.get_by_label("Somebody else, by name").check()
    maya.when_i_type("Their first name", "Kim")
    maya.when_i_type("Their phone number", "+1 212 555 0161")
    maya.page.get_by_label("They are 18 or older").check()
    maya.then_everybody_can_use_the_page()
    maya.when_i_press("Ask them")
    maya.then_i_see("They get a text message with a link. It is set once they say yes.")

    text = kim.mail.wait_for("SMS")
    assert text.startswith("Luna: somebody asks you for a lift. STOP ends these texts. Open: http")
    kim.when_i_open(re.search(r"http\S+/r/\S+", text)[0])
    kim.then_i_read("Can you take Maya home?")
    kim.page.get_by_label("I am 18 or older").check()
    kim.when_i_press("Yes, I can")
    kim.then_i_read("Thank you, you’ll take Maya home")
    kim.then_everybody_can_use_the_page()

    rosa.given_i_am("Rosa Alvarez")
    rosa.when_i_open("/clinic/series")
    rosa.when_i_follow("Maya Okafor")
    fifth = rosa.page.get_by_role("row").filter(has_text="Kim drives home")
    fifth.get_by_role("link").first.click()
    rosa.then_i_see("This number answered STOP: no text message goes there")
    rosa.then_everybody_can_use_the_page()


def test_a_no_for_tomorrow_calls_the_clinic_and_the_reserve_page_says_so(somebody):
    sam, rosa = somebody(width=390), somebody(width=1280)
    sam.given_i_am("Sam Okafor")
    sam.when_i_open("/ride")
    sam.then_everybody_can_use_the_page()

    sam.when_i_press("I can’t after all", near="Infusion 3 of 6")

    sam.then_i_see("Thank you for saying so.")
    rosa.given_i_am("Rosa Alvarez")
    rosa.when_i_open("/clinic/escalations")
    rosa.then_i_see("Nobody is set to take them home")
