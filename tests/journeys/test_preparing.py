"""Getting ready: a bag packed thing by thing, a line shown to one person, tips that are left out."""

import pytest

pytestmark = [pytest.mark.journey, pytest.mark.usefixtures("new_demo")]


def test_patient_packs_thing_by_thing_and_the_caretaker_makes_the_home_ready(somebody):
    maya, sam = somebody(width=320), somebody(width=390)
    maya.given_i_am("Maya Okafor")
    maya.when_i_follow("Your bag")
    maya.then_i_read("Your bag")
    maya.then_i_see("3 of 9 done.")
    maya.when_i_press("Warm socks")
    maya.then_i_see("4 of 9 done.")
    maya.when_i_type("Add something of your own", "A stone from the beach " * 4)
    maya.when_i_press("Add it")
    maya.then_i_am_told("This is too long. Write at most 60 letters.")
    maya.then_everybody_can_use_the_page()
    maya.when_i_type("Add something of your own", "A stone from the beach")
    maya.when_i_press("Add it")
    maya.then_i_see("4 of 10 done.")
    maya.when_i_unfold("Take something off the list")
    maya.when_i_press("Take off: A case for your glasses")
    maya.then_i_see("4 of 9 done.")
    maya.then_everybody_can_use_the_page()

    sam.given_i_am("Sam Okafor")
    sam.when_i_follow("The home list")
    sam.then_i_read("The home list")
    sam.when_i_press("Visitors know: not today")
    sam.then_i_see("4 of 10 done.")
    sam.then_everybody_can_use_the_page()
    sam.then_i_do_not_see("A stone from the beach")


def test_patient_shares_a_line_and_stops(somebody):
    maya, sam = somebody(width=320), somebody(width=390)
    maya.given_i_am("Maya Okafor")
    maya.when_i_open("/intention")
    maya.when_i_type("Choose another", "My hand is warm")
    maya.when_i_press("Keep it")
    maya.then_i_see("Only you can read it.")
    sam.given_i_am("Sam Okafor")
    sam.then_i_do_not_see("My hand is warm")

    maya.when_i_press("Share with Sam")
    maya.then_i_see("Shared. You can stop that at any time.")
    maya.then_i_see("Shared with Sam.")
    maya.then_everybody_can_use_the_page()
    sam.when_i_open("/now")
    sam.then_i_see("My hand is warm")
    sam.then_everybody_can_use_the_page()

    maya.when_i_press("Stop sharing with Sam")
    maya.then_i_see("They don’t see it any more.")
    sam.when_i_open("/now")
    sam.then_i_do_not_see("My hand is warm")


def test_patient_leaves_out_tips_from_the_step_and_has_them_back(somebody):
    maya = somebody(width=320)
    maya.given_i_am("Maya Okafor")
    maya.when_i_follow("Make room for sleep")
    maya.then_everybody_can_use_the_page()
    maya.when_i_press("Not for me")
    maya.then_i_see("Left out. We won’t ask.")
    maya.then_everybody_can_use_the_page()
    maya.when_i_open("/now")
    maya.then_i_do_not_see("Make room for sleep")

    maya.when_i_open("/tips")
    maya.when_i_press("Ask me again")
    maya.then_i_see("They are back in your plan.")
    maya.when_i_open("/now")
    maya.then_i_see("Make room for sleep")
