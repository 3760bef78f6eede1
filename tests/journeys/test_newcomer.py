"""Somebody tries Luna: the demonstration, one click into each person's day."""

import re

import pytest
from playwright.sync_api import expect

pytestmark = [pytest.mark.journey, pytest.mark.both_engines]


class Newcomer:
    """Whoever just typed `make run`."""

    def __init__(self, page, axe):
        self.page = page
        self.axe = axe

    def given_the_list_of_people(self):
        self.page.goto("/demo")
        expect(self.page.get_by_role("heading", level=1)).to_be_visible()

    def when_i_choose(self, name):
        self.page.get_by_role("button", name=re.compile(name)).first.click()

    def then_i_am_at(self, path):
        expect(self.page).to_have_url(re.compile(rf"{path}$"))

    def then_everybody_can_use_the_page(self):
        self.axe(self.page)
        width = self.page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        assert width <= 0, f"The page is {width} px too wide."


PEOPLE = pytest.mark.parametrize(
    ("name", "path"),
    [("Maya Okafor", "/now"), ("Sam Okafor", "/now"), ("Rosa Alvarez", "/clinic/escalations")],
)


@PEOPLE
def test_newcomer_is_one_click_from_each_persons_day(live, browse, axe, name, path):
    newcomer = Newcomer(browse(live, width=320), axe)

    newcomer.given_the_list_of_people()
    newcomer.then_everybody_can_use_the_page()
    newcomer.when_i_choose(name)

    newcomer.then_i_am_at(path)
    newcomer.then_everybody_can_use_the_page()


@PEOPLE
def test_newcomer_without_scripts_gets_as_far(live, browse, axe, name, path):
    newcomer = Newcomer(browse(live, width=320, scripts=False), axe)

    newcomer.given_the_list_of_people()
    newcomer.when_i_choose(name)

    newcomer.then_i_am_at(path)
    newcomer.then_i_can_read_it()
