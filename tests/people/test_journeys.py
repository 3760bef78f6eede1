"""Getting in and proving who one is, in a real browser on a real server."""

import re
import time
from email import message_from_bytes, policy
from functools import partial

import pytest
from allauth.mfa.totp.internal import auth as totp
from playwright.sync_api import Route, expect

from luna import demo

pytestmark = pytest.mark.journey


class Person:
    """Somebody with a browser and a mailbox."""

    def __init__(self, page, luna, axe, email: str) -> None:
        self.page, self.luna, self.axe, self.email = page, luna, axe, email

    def ask_for_code(self) -> None:
        self.page.goto("/sign-in")
        self.page.get_by_label("Your e-mail address").fill(self.email)
        self.is_fit()
        self.page.get_by_role("button", name="Send me a code").click()

    def type_code(self) -> None:
        self.page.get_by_label("Code from the e-mail").fill(self.newest("code is ")[:6])
        self.is_fit()
        self.page.get_by_role("button", name="Go on").click()

    def newest(self, before: str) -> str:
        """Return what follows `before` in the newest mail to this person that has it."""
        folder = self.luna.data / "outbox"
        for path in sorted(folder.glob("*.eml"), reverse=True):
            mail = message_from_bytes(path.read_bytes(), policy=policy.default)
            if mail["To"] == self.email and before in mail.get_content():
                return mail.get_content().split(before, 1)[1]
        raise AssertionError(f"No mail with {before!r} came.")

    def is_fit(self) -> None:
        """Check that everybody can use this page, where there are scripts to check it with."""
        if self.page.has_scripts:
            self.axe(self.page)

    def press(self, name: str) -> None:
        self.page.get_by_role("button", name=name).click()

    def follow(self, name: str) -> None:
        self.page.get_by_role("link", name=name).first.click()

    def reads(self, heading: str) -> None:
        """Check the page's heading, and that everybody can use the page."""
        self.page.get_by_role("heading", level=1, name=heading, exact=True).wait_for()
        self.is_fit()


@pytest.fixture
def person(browse, live, axe):
    """Return somebody at a browser of their own: person("maya", width=320)."""

    def sit_down(slug: str, **options) -> Person:
        return Person(browse(live, "/sign-in", **options), live, axe, f"{slug}@harbor.example")

    return sit_down


@pytest.mark.both_engines
@pytest.mark.parametrize("width", [320, 390])
def test_patient_signs_in_by_code_with_scripts_off(person, width):
    maya = person("maya", width=width, scripts=False)

    maya.ask_for_code()
    maya.type_code()
    maya.page.goto("/me")

    maya.reads("Your account")
    assert maya.page.get_by_text("maya@harbor.example").count() == 1


def test_wrong_code_puts_the_focus_on_what_to_mend(person):
    maya = person("maya")
    maya.ask_for_code()

    maya.page.get_by_label("Code from the e-mail").fill("12")
    maya.press("Go on")

    maya.reads("Look at your e-mail")
    assert maya.page.title().startswith("Error: ")
    assert maya.page.evaluate("document.activeElement.className") == "errs"


def test_person_opens_a_private_page_with_the_pin_and_changes_address(person):
    maya = person("maya")
    maya.ask_for_code()
    maya.type_code()

    maya.page.goto("/me/email")
    maya.reads("Is it really you?")
    maya.page.get_by_label("Your PIN").fill(demo.PIN)
    maya.press("Go on")
    maya.reads("Change your e-mail address")
    maya.page.get_by_label("Your new e-mail address").fill("maya.new@harbor.example")
    maya.press("Send a code there")
    maya.reads("Type the code")
    new = Person(maya.page, maya.luna, maya.axe, "maya.new@harbor.example")
    maya.page.get_by_label("Code from the e-mail").fill(new.newest("code is ")[:6])
    maya.press("Change my address")
    maya.reads("Your account")
    link = re.search(r"(/undo/\S+)", maya.newest("Take it back within 3 days:"))[1]
    maya.page.goto(link)
    maya.reads("Put your old address back?")
    maya.press("Put it back")

    maya.reads("Your old address is back")


def test_person_changes_name_and_pin(person):
    greta = person("greta")
    greta.ask_for_code()
    greta.type_code()

    greta.page.goto("/me/profile")
    greta.reads("About you")
    greta.page.get_by_label("Your time zone").select_option("Europe/Lisbon")
    greta.press("Save")
    greta.reads("Your account")
    greta.follow("PIN")
    greta.page.get_by_label("Your PIN").fill(demo.PIN)
    greta.press("Go on")
    greta.reads("Choose another PIN")
    greta.page.get_by_label("New PIN").fill("927461")
    greta.page.get_by_label("The same PIN again").fill("927461")
    greta.press("Save the PIN")

    greta.page.goto("/me")
    greta.reads("Your account")


def test_nurse_sets_up_an_app_and_signs_in_with_it(person):
    rosa = person("rosa", width=1280)
    rosa.ask_for_code()
    rosa.type_code()
    rosa.reads("Protect your account")

    rosa.follow("An authenticator app")
    rosa.page.get_by_label("Your PIN").fill(demo.PIN)
    rosa.press("Go on")
    rosa.reads("Set up an authenticator app")
    assert rosa.page.evaluate("document.querySelector('img').naturalWidth") > 0
    secret = rosa.page.locator("code").inner_text()
    rosa.page.get_by_label("Code from your app").fill(_shown(secret))
    rosa.press("Turn it on")
    rosa.reads("Recovery codes")
    recovery = rosa.page.locator("code").first.inner_text()
    rosa.page.goto("/me")
    rosa.press("Sign out here")
    rosa.ask_for_code()
    rosa.type_code()
    rosa.reads("One more proof that it is you")
    rosa.page.get_by_label("Code from your app").fill(recovery)
    rosa.press("Go on")
    rosa.page.wait_for_url("**/clinic/**")

    rosa.page.goto("/me/totp")
    rosa.page.get_by_label("Your PIN").fill(demo.PIN)
    rosa.press("Go on")
    rosa.reads("Authenticator app")


def test_prescriber_makes_a_passkey_and_signs_in_with_it(person, authenticator):
    osei = person("osei", width=1280)
    authenticator(osei.page)
    osei.ask_for_code()
    osei.type_code()

    osei.follow("A passkey")
    osei.page.get_by_label("Your PIN").fill(demo.PIN)
    osei.press("Go on")
    osei.reads("Passkeys")
    osei.page.get_by_label("What to call it").fill("Desk computer")
    osei.press("Add a passkey")
    osei.reads("Recovery codes")
    osei.page.goto("/me/passkeys")
    osei.reads("Passkeys")
    expect(osei.page.get_by_text("Desk computer")).to_have_count(2)
    osei.page.goto("/me")
    osei.press("Sign out here")
    osei.reads("Sign in")
    osei.press("Use a passkey")
    osei.page.wait_for_url("**/clinic/**")

    osei.page.goto("/me/email")
    osei.reads("Change your e-mail address")


def test_pages_of_ones_own_account_are_fit_in_the_dark_and_narrow(person):
    sam = person("sam", width=320, dark=True)
    sam.ask_for_code()
    sam.type_code()

    for path, heading in (("/me", "Your account"), ("/me/unlock", "Is it really you?")):
        sam.page.goto(path)
        sam.reads(heading)
        assert sam.page.evaluate("document.documentElement.scrollWidth") == 320


@pytest.mark.threat("T3")
def test_screen_of_the_clinic_left_alone_is_covered_and_keeps_what_was_typed(browse, live, axe):
    page = browse(live, "/demo", width=1280)
    page.clock.install()
    page.get_by_role("button", name="Kofi Osei").click()
    page.wait_for_url("**/clinic/**")
    page.goto("/me/profile")
    page.get_by_label("Your name").fill("Kofi A. Osei")
    cover = page.get_by_role("dialog", name="Locked")

    page.clock.fast_forward("14:00")
    assert cover.count() == 0
    page.clock.fast_forward("01:00")
    cover.wait_for()
    axe(page)
    page.keyboard.press("Escape")
    cover.get_by_label("Your PIN").fill("000111")
    cover.get_by_role("button", name="Go on").click()
    cover.get_by_text("That did not unlock it.").wait_for()
    cover.get_by_label("Your PIN").fill(demo.PIN)
    cover.get_by_role("button", name="Go on").click()
    cover.wait_for(state="hidden")

    assert page.get_by_label("Your name").input_value() == "Kofi A. Osei"


def test_another_way_to_unlock_leaves_the_page_and_what_was_typed(browse, live):
    page = browse(live, "/demo", width=1280)
    page.clock.install()
    page.get_by_role("button", name="Kofi Osei").click()
    page.wait_for_url("**/clinic/**")
    page.goto("/me/profile")
    page.get_by_label("Your name").fill("Kofi A. Osei")
    cover = page.get_by_role("dialog", name="Locked")
    page.clock.fast_forward("15:00")
    cover.wait_for()

    with page.expect_popup() as opened:
        cover.get_by_role("link", name="Use another way").click()

    opened.value.get_by_role("heading", name="Is it really you?").wait_for()
    opened.value.close()
    locked_still, somebody_else = {"status": 401}, {"json": {"n": 1, "who": "0" * 32}}
    for answer in (locked_still, somebody_else):
        page.route("**/feed", partial(_give, answer))
        with page.expect_response("**/feed"):
            page.clock.fast_forward("01:00")
        assert cover.is_visible()
        page.unroute("**/feed")
    page.clock.fast_forward("01:00")
    cover.wait_for(state="hidden")
    assert page.get_by_label("Your name").input_value() == "Kofi A. Osei"
    browse.troubles[:] = [one for one in browse.troubles if "status of 401" not in one]  # what is meant


def _give(answer: dict, asked: Route) -> None:
    """Answer in the place of the server."""
    asked.fulfill(**answer)


def _shown(secret: str) -> str:
    """Return what an authenticator app shows now."""
    return totp.format_hotp_value(totp.hotp_value(secret, int(time.time()) // 30))
