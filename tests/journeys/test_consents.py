"""A patient reads and signs on a phone, the clinic sees it, and new words are asked for again."""

import pytest
from playwright.sync_api import expect

from tests.journeys.somebody import Somebody

pytestmark = [pytest.mark.journey, pytest.mark.usefixtures("new_demo")]

TICKS = (
    "I have read this text, or somebody has read it to me.",
    "I know that ketamine is not licensed for my illness.",
    "I know what it can do to me, and what not to do afterwards.",
    "My questions were answered, and I know whom to ask more.",
    "I know that I can stop at any time, and that I need not say why.",
)


class Patient(Somebody):
    """Somebody who is asked to agree."""

    def when_i_look_at_what_i_signed(self, title: str):
        """Follow its line in what was signed, which stands below what is asked."""
        self.page.get_by_role("link", name=title).last.click()

    def when_i_sign(self, name: str):
        for words in TICKS:
            self.when_i_tick(words)
        self.when_i_type("Your full name", name)
        self.when_i_press("Sign")


class Staff(Somebody):
    """Somebody at the clinic."""

    def then_row_says(self, name: str, words: str):
        row = self.page.get_by_role("row").filter(has_text=name)
        expect(row).to_contain_text(words, timeout=5000)


@pytest.fixture
def sit(browse, live, axe):
    """Sit somebody down at a device."""

    def sit_down(kind, name: str, **options) -> Somebody:
        found = kind(browse(live, "/demo", **options), live, axe)
        found.given_i_am(name)
        return found

    return sit_down


@pytest.mark.parametrize(
    "look",
    [{"width": 320}, {"width": 320, "scripts": False}],
    ids=["narrow", "no scripts"],
)
def test_patient_signs_the_new_text_and_the_clinic_sees_it(sit, look):
    rafi, rosa = sit(Patient, "Rafi Mendel", **look), sit(Staff, "Rosa Alvarez", width=1280, dark=True)
    rosa.when_i_open("/clinic/consents?all=1")
    rosa.then_row_says("Rafi Mendel", "New text to sign")
    rosa.then_everybody_can_use_the_page()

    rafi.when_i_open("/now")
    rafi.when_i_follow("Treatment with ketamine")
    rafi.then_i_see("The clinic’s text has changed since.")
    rafi.then_everybody_can_use_the_page()
    rafi.when_i_press("Sign")
    rafi.then_i_am_told("Type your full name.")
    rafi.then_everybody_can_use_the_page()
    rafi.when_i_sign("Rafi")
    rafi.then_i_am_told("Type your name as your clinic has it: Rafi Mendel.")
    rafi.when_i_type("Your full name", "Rafi Mendel")
    rafi.when_i_press("Sign")

    rafi.then_i_see("Signed. The clinic sees it now.")
    rafi.then_everybody_can_use_the_page()
    rosa.then_row_says("Rafi Mendel", "Signed")


def test_clinic_signs_other_words_and_the_patient_is_asked_again(sit):
    maya, osei = sit(Patient, "Maya Okafor", width=320), sit(Staff, "Kofi Osei", width=1280)
    osei.when_i_open("/clinic/consents")
    osei.when_i_follow("Treatment with ketamine")
    osei.then_everybody_can_use_the_page()
    osei.when_i_type("Title", "Your infusions")
    osei.when_i_press("Show me first")
    osei.then_i_see("This is how it will read. Nothing is signed yet.")
    osei.when_i_tick("I agree")
    osei.when_i_press("Sign this text as Kofi Osei")
    osei.then_i_see("From now on patients are asked to sign this text.")

    maya.when_i_open("/consents")
    maya.then_everybody_can_use_the_page()
    maya.when_i_follow("Your infusions")
    maya.when_i_sign("Maya Okafor")
    maya.then_i_see("Signed. The clinic sees it now.")
    maya.when_i_look_at_what_i_signed("Your infusions")
    maya.then_i_read("Your infusions")
    maya.then_everybody_can_use_the_page()
    with maya.page.expect_download() as download:
        maya.when_i_follow("Download as PDF")
    assert download.value.suggested_filename == "consent-treatment.pdf"


def test_patient_takes_it_back_and_the_clinic_sees_it_at_once(sit):
    halima, rosa = sit(Patient, "Halima Yusuf", width=320, dark=True), sit(Staff, "Rosa Alvarez", width=1280)
    rosa.when_i_open("/clinic/consents")

    halima.when_i_open("/consents/treatment")
    halima.when_i_follow("Take it back")
    halima.then_everybody_can_use_the_page()
    halima.when_i_press("Yes, take it back")

    halima.then_i_see("Taken back. The clinic sees it now.")
    rosa.then_row_says("Halima Yusuf", "Taken back")
    rosa.when_i_follow("Halima Yusuf")
    rosa.then_everybody_can_use_the_page()


@pytest.mark.threat("T2")
def test_patient_in_the_chair_reads_and_signs_nothing(sit):
    theo = sit(Patient, "Theo Lindqvist", width=320)

    theo.when_i_open("/circle/invite")
    theo.when_i_type("Their name", "Nia")
    theo.when_i_type("Their e-mail address", "nia@example.org")
    theo.when_i_tick("Friend")
    theo.when_i_press("Send the invitation")

    theo.then_i_am_told("because of your infusion")
    theo.then_everybody_can_use_the_page()
    theo.when_i_open("/consents/treatment/withdraw")
    theo.when_i_press("Yes, take it back")
    theo.when_i_open("/consents/treatment")
    theo.then_i_see("Signing can wait")
    theo.then_everybody_can_use_the_page()


@pytest.mark.parametrize("path", ["/consents/treatment", "/consents"])
def test_consent_prints_as_a_document(sit, path):
    maya = sit(Patient, "Maya Okafor", width=794, dark=True)
    maya.when_i_open(path)

    maya.page.emulate_media(media="print")

    expect(maya.page.get_by_role("heading", level=1)).to_be_visible()
    for hidden in ("nav", ".demo", ".skip", ".btns", "form"):
        expect(maya.page.locator(hidden).locator("visible=true")).to_have_count(0)
