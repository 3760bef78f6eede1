"""Who stays: a caretaker comes in and is briefed; another says that this one does not work."""

import re

import pytest
from playwright.sync_api import expect

pytestmark = [pytest.mark.journey, pytest.mark.usefixtures("new_demo")]

CARDS = (
    "You take Noor home and stay",
    "What is normal today",
    "Go and look at each check-in",
    "Who you call, and when",
    "If you can’t this time",
)
LIVE_S = 5  # from one tap at home to the open page of the clinic, beside whatever else this machine does


def test_caretaker_accepts_and_is_briefed_on_a_phone(somebody):
    lea = somebody("lea@harbor.example", width=320)
    link = re.search(r"http\S+/i/\S+", lea.mail.wait_for("An invitation for you"))[0]
    lea.when_i_open(link)
    lea.when_i_press("Send me a code")
    lea.when_i_type_the_code_from_my_mail()
    lea.when_i_tick("Yes, only I use it")
    lea.when_i_tick("I come over and can stay")
    lea.page.get_by_label("Yes", exact=True).check()
    lea.when_i_press("Accept")
    lea.when_i_follow("See my part")
    lea.when_i_press("I can do this")

    lea.when_i_follow("Two minutes before you stay with Noor")
    lea.then_i_read("Your briefing")
    lea.then_everybody_can_use_the_page()
    lea.when_i_follow("Begin")
    for title in CARDS:
        lea.then_i_read(title)
        lea.then_everybody_can_use_the_page()
        lea.when_i_follow("Go on" if title == CARDS[-1] else "Next card")

    lea.then_everybody_can_use_the_page()
    lea.when_i_press("Write to the clinic")
    lea.then_i_read("Who you call, and when")
    lea.then_i_see("One more look at this card")
    lea.then_everybody_can_use_the_page()
    lea.when_i_follow("Answer once more")
    safe = ("Call the emergency number", "Or have another adult come first", "Then the clinic looks at it")
    for number, answer in enumerate(safe, start=1):
        lea.then_i_see(f"question {number} of 3")
        lea.then_everybody_can_use_the_page()  # nobody answers before they have read
        lea.when_i_press(answer)

    lea.then_i_read("I can do this")
    lea.when_i_press("I can do this")
    lea.then_i_am_told("Write your name to sign.")
    lea.then_everybody_can_use_the_page()
    lea.when_i_type("Your name, to sign", "Lea Bakshi")
    lea.when_i_press("I can do this")
    lea.then_i_see("you are never alone with it")
    still_open = lea.page.get_by_role("region", name="Also open")
    expect(still_open).not_to_contain_text("Two minutes before you stay")


def test_i_cannot_do_this_one_shows_on_the_clinics_open_page(somebody):
    rosa, sam, maya, dele = (somebody(width=width) for width in (1280, 320, 320, 320))
    rosa.given_i_am("Rosa Alvarez")
    rosa.when_i_open("/clinic/series")
    rosa.when_i_follow("Maya Okafor")
    tomorrow = rosa.page.get_by_role("row", name="3 tomorrow")
    expect(tomorrow).to_contain_text("Sam Okafor")
    maya.given_i_am("Maya Okafor")
    maya.when_i_open("/duty")
    maya.then_everybody_can_use_the_page()

    sam.given_i_am("Sam Okafor")
    sam.when_i_open("/duty")
    sam.then_everybody_can_use_the_page()
    sam.when_i_press("I can’t do this one", near="Infusion 3 of 6")
    sam.then_i_see("Thank you for saying so.")
    sam.then_everybody_can_use_the_page()

    expect(tomorrow).to_contain_text("Nobody", timeout=LIVE_S * 1000)
    maya.when_i_look_at_my_phone_again()
    gap = maya.page.get_by_role("region", name="Tomorrow").filter(has_text="Nobody is on duty yet")
    expect(gap).to_be_visible(timeout=LIVE_S * 1000)

    dele.given_i_am("Dele Okafor")
    dele.when_i_open("/now")
    dele.then_i_see("Nobody is on duty yet")
    dele.when_i_follow("Nobody is on duty yet")
    dele.when_i_press("I can take this one", near="Infusion 3 of 6")
    dele.then_i_see("Thank you. It is set")
    expect(tomorrow).to_contain_text("Dele Okafor", timeout=LIVE_S * 1000)
    rosa.when_i_open("/clinic/escalations")
    rosa.then_i_see("Nobody is set to be with them for an infusion")


def test_saying_i_cannot_works_with_the_keyboard_alone(somebody):
    sam = somebody()
    sam.given_i_am("Sam Okafor")
    sam.when_i_open("/duty")

    for _press in range(40):
        sam.page.keyboard.press("Tab")
        if sam.page.evaluate("document.activeElement.textContent.trim()") == "I can’t do this one":
            break
    sam.page.keyboard.press("Enter")

    sam.then_i_see("Thank you for saying so.")
