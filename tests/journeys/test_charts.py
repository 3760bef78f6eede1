"""Staff at a chart: what only they may know, why they open one, and a briefing they read aloud."""

import pytest
from playwright.sync_api import expect

from tests.journeys.somebody import Somebody

pytestmark = pytest.mark.journey

BARRED = "Must not take the patient home"


class Staff(Somebody):
    """Somebody of the clinic."""

    def when_i_open_the_chart_of(self, name: str) -> None:
        self.when_i_open("/clinic/patients")
        self.when_i_follow(name)

    def when_i_open_the_infusion(self, number: str, name: str) -> None:
        self.when_i_open("/clinic/series")
        self.when_i_follow(name)
        self.page.get_by_role("link", name=number, exact=True).click()
        self.then_i_read(f"Infusion of {name}")


@pytest.fixture
def staff(browse, live, axe):
    def sit_down(name: str) -> Staff:
        found = Staff(browse(live, "/offline", width=1280), live, axe)
        found.given_i_am(name)
        return found

    return sit_down


@pytest.mark.threat("T1")
def test_nurse_notes_that_somebody_is_not_safe_and_no_page_of_theirs_shows_it(staff, somebody):
    rosa, rafi, tova = staff("Rosa Alvarez"), somebody(width=390), somebody(width=320)
    pages = ("/circle", "/duty")  # which say the same at any minute
    rafi.given_i_am("Rafi Mendel")
    tova.given_i_am("Tova Mendel")
    before = {(one, path): read(one, path) for one in (rafi, tova) for path in pages}
    rosa.when_i_open_the_chart_of("Rafi Mendel")
    rosa.when_i_follow("Contact safety, for staff alone")
    rosa.then_everybody_can_use_the_page()

    rosa.when_i_tick("I asked the patient alone")
    rosa.page.get_by_role("group", name="Are they safe at home?").get_by_label("No", exact=True).check()
    rosa.page.get_by_role("group", name="May a message be left there?").get_by_label("No", exact=True).check()
    rosa.when_i_tick("Tova Mendel")
    rosa.when_i_type("Note for the team", "She reads his mail.")
    rosa.when_i_press("Save")

    rosa.then_i_see("Saved. Only staff see it.")
    rosa.then_i_see("Not safe at home")
    expect(rosa.page.get_by_role("row", name="Tova Mendel")).to_contain_text(BARRED)
    rosa.then_everybody_can_use_the_page()
    rosa.when_i_open_the_infusion("5", "Rafi Mendel")
    rosa.then_i_see(BARRED)
    rosa.then_everybody_can_use_the_page()
    assert {(one, path): read(one, path) for one, path in before} == before
    for person, path in ((rafi, "/who-looked?own"), (rafi, "/now"), (tova, "/now"), (tova, "/plan")):
        person.when_i_open(path)
        for trace in ("safe at home", "home is safe", "reads his mail", BARRED):
            person.then_i_do_not_see(trace)


def read(person: Somebody, path: str) -> str:
    """Return all that somebody reads on a page."""
    person.when_i_open(path)
    return person.page.locator("main").inner_text()


def test_nurse_reads_the_briefing_aloud_and_signs(staff):
    rosa = staff("Rosa Alvarez")
    rosa.when_i_open_the_infusion("4", "Maya Okafor")
    rosa.then_i_see("Dele Okafor is on duty")
    rosa.when_i_follow("Read it to them and sign")
    rosa.then_i_see("Read this aloud.")
    rosa.then_everybody_can_use_the_page()

    rosa.when_i_press("Sign")
    rosa.then_i_am_told("Write your name to sign.")
    rosa.when_i_type("Your own name, to sign", "Rosa Alvarez")
    rosa.when_i_press("Sign")

    rosa.then_i_see("Signed. It counts for every infusion of this series.")
    rosa.when_i_open_the_infusion("4", "Maya Okafor")
    rosa.then_i_see("Briefed")
    rosa.then_i_do_not_see("Read it to them and sign")


@pytest.mark.threat("T5")
def test_whoever_is_not_in_the_care_team_says_why_and_it_is_reviewed(staff, somebody):
    osei, rosa, milo = staff("Kofi Osei"), staff("Rosa Alvarez"), somebody(width=320)
    osei.when_i_open("/clinic/settings/clinic")
    osei.when_i_pick(
        "Who opens a chart without saying why",
        "Only the patient’s care team; others say why, and it is reviewed",
    )
    osei.when_i_press("Save")
    osei.then_i_see("Saved.")

    rosa.when_i_open_the_chart_of("Milo Adeyemi")
    rosa.then_i_see("You are not in this patient’s care team.")
    rosa.then_everybody_can_use_the_page()
    rosa.when_i_press("Open the chart")
    rosa.then_i_am_told("Write why you need it.")
    rosa.when_i_type("Why do you need this chart?", "His sister called about Sunday.")
    rosa.when_i_press("Open the chart")
    rosa.then_i_see("Contact safety")
    rosa.when_i_open_the_chart_of("Milo Adeyemi")
    rosa.then_i_see("Contact safety")

    reasons = osei.page.get_by_role("table", name="Looks to review")
    osei.when_i_open("/clinic/access-review")
    expect(reasons).to_contain_text("Her pharmacy called the nurse line about a refill.")
    osei.then_everybody_can_use_the_page()
    osei.when_i_type("Note", "One reason, and a good one.")
    osei.when_i_press("I have reviewed this week")
    osei.then_i_see("Reviewed by Kofi Osei")
    osei.page.get_by_role("listitem").filter(has_text="this week").get_by_role("link").click()
    expect(reasons).to_contain_text("His sister called about Sunday.")
    expect(reasons).to_contain_text("Rosa Alvarez")
    osei.then_everybody_can_use_the_page()

    milo.given_i_am("Milo Adeyemi")
    milo.when_i_open("/who-looked")
    milo.then_i_see("Rosa Alvarez gave a reason to open your chart")
    milo.then_i_do_not_see("His sister called")
    milo.then_everybody_can_use_the_page()
