"""Around the patient: staff ask again, a caretaker says how they help, and a word that leaves no trace."""

import pytest
from playwright.sync_api import expect

pytestmark = [pytest.mark.journey, pytest.mark.usefixtures("new_demo")]


@pytest.mark.parametrize("look", [{"width": 1280}, {"width": 320}], ids=["desk", "narrow"])
def test_staff_ask_again_with_a_fresh_link_in_one_press(somebody, look):
    rosa, lea = somebody("rosa@harbor.example", **look), somebody("lea@harbor.example")
    first = lea.mail.wait_for("An invitation for you")
    rosa.given_i_am("Rosa Alvarez")
    rosa.when_i_open("/clinic/patients")
    rosa.when_i_follow("Invitations")

    rosa.then_i_see("Lea Bakshi")
    rosa.then_everybody_can_use_the_page()
    rosa.when_i_press("Send again", near="Lea Bakshi")

    rosa.then_i_see("Sent again. Only the newest link works.")
    second = lea.mail.wait_for("An invitation for you", after=1)
    assert first != second


def test_caretaker_says_how_they_help(somebody):
    noa = somebody(width=320)
    noa.given_i_am("Noa Mendel")
    noa.when_i_open("/circle")
    noa.then_everybody_can_use_the_page()

    noa.when_i_follow("How you help")
    noa.then_everybody_can_use_the_page()
    noa.when_i_tick("I help by phone only")
    noa.when_i_tick("A phone others use too")
    noa.when_i_press("Save")

    noa.then_i_see("Saved.")
    noa.given_i_am("Rafi Mendel")
    noa.when_i_open("/circle")
    noa.then_i_see("By phone only, under 18")
    noa.then_everybody_can_use_the_page()


def test_nurse_calls_who_has_no_smartphone(somebody):
    rosa = somebody(width=1280)
    rosa.given_i_am("Rosa Alvarez")
    rosa.page.wait_for_timeout(2500)  # the clock turns once a second

    rosa.when_i_open("/clinic/calls")
    rosa.then_i_see("Abe Mendel")
    rosa.then_i_see("A time has changed")
    rosa.then_i_see("Speaks Español")
    rosa.then_everybody_can_use_the_page()
    abe = rosa.page.get_by_role("region", name="Abe Mendel")
    abe.get_by_role("button", name="I told them").click()

    rosa.then_i_see("Noted. It is off the list.")
    expect(abe).to_have_count(0)


def test_patient_tells_only_the_clinic_and_nobody_finds_a_trace(somebody):
    june, paul, rosa = somebody(width=320), somebody(width=320), somebody(width=1280)
    paul.given_i_am("Paul Whitaker")
    before = paul.page.locator("main").inner_text()
    june.given_i_am("June Whitaker")
    june.when_i_open("/worried")
    june.when_i_follow("I don’t feel safe with someone")
    june.then_everybody_can_use_the_page()
    expect(june.page).to_have_title("Write to us — Luna")

    june.when_i_type("What should we know?", "He takes my phone at night.")
    june.when_i_press("Send")
    june.then_i_read("The clinic has it.")
    june.then_everybody_can_use_the_page()
    june.when_i_follow("Leave this page")
    june.then_i_am_at("/calm?quiet")
    june.page.go_back()
    june.then_i_do_not_see("The clinic has it.")

    for path in ("/now", "/plan", "/circle", "/me", "/who-looked?own"):
        june.when_i_open(path)
        june.then_i_do_not_see("He takes my phone")
        june.then_i_do_not_see("safe at home")
    paul.when_i_open("/now")
    assert paul.page.locator("main").inner_text() == before
    rosa.given_i_am("Rosa Alvarez")
    rosa.when_i_open("/clinic/escalations")
    rosa.when_i_follow("June Whitaker", near="Does not feel safe with someone")
    rosa.then_i_see("He takes my phone at night.")
    rosa.then_i_see("Call nobody else about this.")
    rosa.then_everybody_can_use_the_page()


def test_therapist_finds_the_times_and_no_more(somebody):
    ines = somebody(width=320)
    ines.given_i_am("Ines Castro")

    ines.then_i_read("Rafi’s infusions")
    ines.then_everybody_can_use_the_page()
    ines.when_i_follow("Circle")
    ines.then_i_see("Leave Rafi’s circle")
    ines.then_i_do_not_see("How you help")
