"""The comfort card, from the patient's phone to the caretaker's and to the nurse."""

import pytest

pytestmark = [pytest.mark.journey, pytest.mark.usefixtures("new_demo")]


def test_patient_writes_the_card_that_caretaker_and_nurse_read(somebody):
    grace, tomas = somebody(width=320), somebody(width=390)
    rosa = somebody(width=1280)
    grace.given_i_am("Grace Oduya")
    grace.when_i_follow("Your comfort card")
    grace.then_i_read("Your comfort card")
    grace.then_everybody_can_use_the_page()
    grace.page.get_by_role("group", name="Touch").get_by_label("No touch").check()
    grace.page.get_by_role("group", name="Voice").get_by_label("Silence").check()
    grace.when_i_type("What calms you", "My grandmother’s scarf " * 12)
    grace.when_i_press("Save your card")
    grace.then_i_am_told("This is too long. Write at most 200 letters.")
    grace.then_everybody_can_use_the_page()
    grace.when_i_type("What calms you", "My grandmother’s scarf")
    grace.when_i_press("Save your card")
    grace.then_i_see("Saved. You can change it until the infusion starts.")

    tomas.given_i_am("Tomas Oduya")
    tomas.when_i_follow("What Grace wants from you")
    tomas.then_i_read("What Grace wants from you")
    tomas.then_i_see("No touch")
    tomas.then_i_see("Eye mask: not said")
    tomas.then_i_see("My grandmother’s scarf")
    tomas.then_everybody_can_use_the_page()

    rosa.given_i_am("Rosa Alvarez")
    rosa.when_i_open("/clinic/readiness")
    rosa.when_i_unfold("1 ready")
    rosa.when_i_follow("Grace Oduya")
    rosa.then_i_see("Caretaker in the room · Silence · No touch")
    rosa.then_i_see("Calms: My grandmother’s scarf")
    rosa.then_everybody_can_use_the_page()


def test_calm_sounds_play_without_a_network_for_the_whole_infusion(somebody):
    maya = somebody(width=390)
    maya.given_i_am("Maya Okafor")
    maya.when_i_follow("Calm sounds")
    maya.then_i_read("Calm sounds")
    maya.then_everybody_can_use_the_page()
    maya.page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    address = maya.page.url

    maya.page.context.set_offline(True)
    maya.when_i_open("/plan")
    maya.then_i_read("You’re offline")
    maya.when_i_follow("Calm sounds")
    maya.then_i_read("Calm sounds")
    maya.when_i_open(address)
    maya.when_i_pick("How long?", "Infusion and after: 60 minutes")
    maya.when_i_tick("Waves")
    maya.when_i_press("Play")
    maya.then_i_see("It grows quiet at the end.")
    maya.then_everybody_can_use_the_page()
    assert maya.page.locator("body", has_text="Maya").count() == 0

    maya.when_i_press("Stop")
    maya.then_i_see("Nothing plays.")
