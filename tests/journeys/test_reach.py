"""A mobile number is given and proved, the ways are chosen, and a change is taken back by its link."""

import re

import pytest
from playwright.sync_api import expect

from tests.journeys.somebody import Mailbox

pytestmark = pytest.mark.journey

MOBILE = "+12125550142"
MINE, THEIRS = "+12125550151", "+12125550152"


@pytest.mark.parametrize("scripts", [True, False])
def test_caretaker_says_how_to_be_reached(somebody, live, scripts):
    sam = somebody(width=320, scripts=scripts)
    sam.given_i_am("Sam Okafor")
    sam.when_i_open("/me")
    sam.when_i_follow("How we reach you")
    sam.then_everybody_can_use_the_page()
    sam.page.locator('a[href="/me/reach/number"]').click()

    sam.when_i_type("Your mobile number", "555")
    sam.when_i_press("Send a code there")
    sam.then_i_am_told("Type a phone number we can call")
    sam.then_everybody_can_use_the_page()
    sam.when_i_type("Your mobile number", MOBILE)
    sam.when_i_tick("You may call me on it")
    sam.when_i_press("Send a code there")
    sam.then_everybody_can_use_the_page()
    sam.when_i_type("Code from the text message", Mailbox(live, MOBILE).code())
    sam.when_i_press("Use this number")

    sam.then_i_see("Your number is saved.")
    sam.when_i_pick("Text message", "First")
    sam.when_i_pick("E-mail", "Second")
    sam.when_i_pick("Call", "Third")
    sam.when_i_type("Quiet from", "22:30")
    sam.when_i_type("Quiet until", "06:45")
    sam.when_i_press("Save")

    sam.then_i_see("Saved.")
    expect(sam.page.get_by_label("Quiet from")).to_have_value("22:30")
    expect(sam.page.get_by_label("Text message", exact=True)).to_have_value("0")
    sam.when_i_press("Take my number away")
    sam.then_i_see("nothing more is sent to it.")
    sam.then_everybody_can_use_the_page()


def given_a_number(person, live, number):
    person.when_i_open("/me/reach/number")
    person.when_i_type("Your mobile number", number)
    person.when_i_press("Send a code there")
    person.when_i_type("Code from the text message", Mailbox(live, number).code())
    person.when_i_press("Use this number")
    person.then_i_see("Your number is saved.")


@pytest.mark.parametrize("scripts", [True, False])
def test_whoever_loses_their_number_takes_it_back_by_the_link(somebody, live, scripts):
    maya = somebody(width=390, scripts=scripts)
    maya.given_i_am("Maya Okafor")
    given_a_number(maya, live, MINE)
    given_a_number(maya, live, THEIRS)

    owner = somebody(width=320, scripts=scripts)  # on another phone, and signed in nowhere
    newest = Mailbox(live, MINE).letters()[0].get_content()
    owner.when_i_open(re.search(r"/u/\S+", newest)[0])
    owner.then_i_read("Put your old number back?")
    owner.then_i_see("ends in 51")
    owner.then_everybody_can_use_the_page()
    owner.when_i_press("Put it back")
    owner.then_i_read("Your old number is back")
    owner.then_everybody_can_use_the_page()

    maya.when_i_open("/me/reach")
    maya.then_i_read("Sign in")
    owner.when_i_open(re.search(r"/u/\S+", newest)[0])
    owner.then_i_read("This was undone already")
    owner.then_everybody_can_use_the_page()
