"""Somebody tries Luna: the demonstration, one click into each person's day, and all over again."""

import pytest

from luna import demo

pytestmark = pytest.mark.journey

FIRST_PAGES = {
    "patient": "/now",
    "caretaker": "/now",
    "therapist": "/therapy",
    "staff": "/clinic/escalations",
    "invited": "/invitation",
}
LOOKS = {
    "narrow": {"width": 320},
    "no scripts": {"width": 320, "scripts": False},
    "desktop": {"width": 1280},
}


def test_newcomer_is_one_click_from_each_persons_day(somebody):
    newcomer = somebody()

    for person in demo.PEOPLE:
        newcomer.given_i_am(person.name)
        newcomer.then_i_am_at(FIRST_PAGES[person.kind])


@pytest.mark.parametrize("look", LOOKS.values(), ids=LOOKS)
def test_newcomer_finds_the_way_on_any_device(somebody, look):
    newcomer = somebody(**look)

    newcomer.when_i_open("/demo")
    newcomer.then_i_read("Who do you want to be?")
    newcomer.then_i_see("It was made")
    newcomer.then_everybody_can_use_the_page()
    newcomer.given_i_am("Sam Okafor")
    newcomer.then_i_read("Make Maya a light supper")
    newcomer.then_everybody_can_use_the_page()


@pytest.mark.both_engines
def test_newcomer_starts_over_and_finds_everybody_new(somebody):
    newcomer = somebody(width=390)
    newcomer.given_i_am("Sam Okafor")
    newcomer.when_i_press("Supper is ready")
    newcomer.then_i_see("Noted.")

    newcomer.when_i_open("/demo")
    newcomer.when_i_press("Start over")

    newcomer.then_i_see("The demonstration is new again.")
    newcomer.given_i_am("Sam Okafor")
    newcomer.then_i_read("Make Maya a light supper")
    newcomer.then_i_see("Supper is ready")
    newcomer.then_everybody_can_use_the_page()
