"""Without a mouse, and on paper."""

import pytest
from playwright.sync_api import expect

from tests.journeys.somebody import Somebody

pytestmark = pytest.mark.journey

FOCUSED = """
() => {
  const at = document.activeElement;
  if (at === document.body) return ["", false];  // Nothing has the focus; the body's words are all words.
  const words = at.labels?.[0]?.textContent || at.textContent;
  const look = getComputedStyle(at);
  return [words.replace(/\\s+/g, " ").trim(), look.outlineStyle !== "none" || look.boxShadow !== "none"];
}
"""
MOST_STEPS = 60


class Typist(Somebody):
    """Somebody who uses the keyboard and nothing else."""

    def when_i_step_to(self, words: str):
        """Press Tab until something with these words has the focus, and see that it shows."""
        for _step in range(MOST_STEPS):
            self.page.keyboard.press("Tab")
            focused, shows = self.page.evaluate(FOCUSED)
            if focused.startswith(words):
                assert shows, f"Nobody can see that {words!r} has the focus."
                return
        raise AssertionError(f"No way to {words!r} by keyboard on {self.page.url}.")

    def when_i_enter(self, words: str):
        self.when_i_step_to(words)
        self.page.keyboard.press("Enter")

    def when_i_choose(self, words: str, steps: int):
        """Choose in a group of answers: step into it, then down with the arrow."""
        for _step in range(steps):
            self.page.keyboard.press("ArrowDown")
        expect(self.page.get_by_label(words)).to_be_checked()


@pytest.fixture
def typist(browse, live, axe):
    def sit_down(name: str, **options) -> Typist:
        found = Typist(browse(live, "/offline", **options), live, axe)
        found.given_i_am(name)
        return found

    return sit_down


def test_check_in_and_escalation_need_only_a_keyboard(typist):
    paul, rosa = typist("Paul Whitaker", width=1280), typist("Rosa Alvarez", width=1280, dark=True)

    number = paul.emergency_number()

    paul.when_i_enter("Start the check-in")
    paul.then_i_read("Is June easy to wake?")
    paul.when_i_enter("Yes, awake")
    paul.then_i_read("How are breathing and colour?")
    paul.when_i_enter("Bad")
    paul.then_i_read(f"Call {number} now")
    paul.when_i_step_to(f"Call {number}")
    paul.then_everybody_can_use_the_page()

    rosa.then_i_see("Emergency: June Whitaker")
    rosa.when_i_enter("June Whitaker")
    rosa.then_i_read("June Whitaker: Trouble breathing")
    rosa.when_i_enter("I have this")
    rosa.then_i_see("Rosa Alvarez, since")
    rosa.when_i_step_to("Advice given; nothing more needed")
    rosa.when_i_choose("Emergency services called", steps=3)
    rosa.when_i_enter("Close it")

    rosa.then_i_see("Closed. Nobody needs to do anything more.")
    rosa.then_everybody_can_use_the_page()


def test_reminder_from_the_board_needs_only_a_keyboard(typist):
    rosa = typist("Rosa Alvarez", width=1280)
    rosa.when_i_open("/demo")
    rosa.when_i_press("Start over")
    rosa.then_i_see("The demonstration is new again.")
    rosa.given_i_am("Rosa Alvarez")
    rosa.when_i_open("/clinic/readiness")
    reminded = rosa.page.locator("#days").get_by_text("was sent a message").count()

    rosa.when_i_enter("Remind ")

    rosa.then_i_see("A reminder is on its way.")
    expect(rosa.page.locator("#days").get_by_text("was sent a message")).to_have_count(
        reminded + 1, timeout=15_000
    )


def test_board_on_paper_has_everybody(typist):
    rosa = typist("Rosa Alvarez", width=794, dark=True)
    rosa.when_i_open("/clinic/readiness?all=1")
    rosa.then_i_read("Who is ready?")
    names = rosa.page.locator("#days a[href*='/clinic/infusions/']:not(.btn)")
    everybody = names.count()
    assert names.locator("visible=true").count() < everybody  # who is ready is folded away

    rosa.page.emulate_media(media="print")

    expect(names.locator("visible=true")).to_have_count(everybody)
    expect(rosa.page.locator("#days button").locator("visible=true")).to_have_count(0)


def test_first_step_of_the_keyboard_skips_to_the_page(typist):
    maya = typist("Maya Okafor", width=320)

    maya.when_i_enter("Skip to main content")

    assert maya.page.evaluate("document.activeElement.id") == "main"


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("Maya Okafor", "/plan"),
        ("Rosa Alvarez", "/clinic/escalations"),
        ("Rosa Alvarez", "/clinic/readiness"),
    ],
)
def test_paper_has_the_words_and_no_bars(typist, name, path):
    person = typist(name, width=794, dark=True)
    person.when_i_open(path)

    person.page.emulate_media(media="print")

    expect(person.page.get_by_role("heading", level=1)).to_be_visible()
    for bar in ("nav", ".demo", ".skip", ".btns"):
        expect(person.page.locator(bar).locator("visible=true")).to_have_count(0)
    assert person.page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
