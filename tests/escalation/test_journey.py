"""A nurse and her board, in a real browser: on a small phone at night, and at a desk."""

import re

import pytest

pytestmark = pytest.mark.journey

NURSE, PRESCRIBER = re.compile("Rosa Alvarez"), re.compile("Kofi Osei")


def sit_down(browse, live, who, **options):
    """Open the demo as a member of staff."""
    page = browse(live, "/demo", **options)
    page.get_by_role("button", name=who).first.click()
    return page


@pytest.mark.parametrize("options", [{"width": 320, "dark": True}, {"width": 1280}])
def test_every_page_is_fit_for_everybody(browse, live, axe, options):
    page = sit_down(browse, live, PRESCRIBER, **options)

    for path, heading in (
        ("/clinic/escalations", "Who needs you"),
        ("/clinic/messages", "Messages"),
        ("/clinic/ladder", "Who is told, and when"),
    ):
        page.goto(path)
        assert page.get_by_role("heading", level=1).inner_text() == heading
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
        axe(page)


def test_nurse_takes_it_and_closes_it_while_a_colleague_looks_on(browse, live, axe):
    colleague = sit_down(browse, live, PRESCRIBER, width=1280)
    colleague.goto("/clinic/escalations")
    nurse = sit_down(browse, live, NURSE, width=390)
    nurse.goto("/clinic/escalations")

    nurse.get_by_role("link", name="Open", exact=True).first.click()
    nurse.get_by_role("button", name="I have this").click()
    nurse.get_by_text("Rosa Alvarez, since").wait_for()
    axe(nurse)
    # Nobody loads the board anew: it is live.
    colleague.get_by_text("Rosa Alvarez, since").wait_for(timeout=5000)

    nurse.get_by_role("button", name="Close it").click()
    nurse.get_by_role("alert").get_by_text("Choose what became of it.").wait_for()
    axe(nurse)
    nurse.get_by_label("Advice given; nothing more needed").check()
    nurse.get_by_role("button", name="Close it").click()

    nurse.get_by_text("Closed. Nobody needs to do anything more.").wait_for()
    colleague.get_by_text("Rosa Alvarez, since").wait_for(state="hidden", timeout=5000)


def test_ladder_is_changed_without_scripts(browse, live):
    page = sit_down(browse, live, PRESCRIBER, scripts=False)
    page.goto("/clinic/ladder")

    page.get_by_role("group", name="Step 1").get_by_label("Minutes after it began").fill("7")
    page.get_by_role("button", name="Save the ladder").click()
    page.get_by_role("alert").get_by_text("The first step is told at once.").wait_for()

    page.get_by_role("group", name="Step 1").get_by_label("Minutes after it began").fill("0")
    page.get_by_role("button", name="Save the ladder").click()
    page.get_by_text("The ladder is saved.").wait_for()
