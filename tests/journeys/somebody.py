"""Somebody at a browser of their own, and their mailbox: what they do and read, in words."""

import base64
import hmac
import re
import time
from email import message_from_bytes, policy
from email.message import EmailMessage

from playwright.sync_api import Locator, Page, expect

MAIL_S = 15  # the clock of a real Luna turns once a second; this machine may be busy
EMERGENCY = """
from luna.library import plans
from luna.people.models import Clinic
clinic = Clinic.objects.get()
answer = plans.emergency(clinic.id, clinic.country).lines[0].call
"""


class Mailbox:
    """The e-mails that came for one address."""

    def __init__(self, luna, address: str) -> None:
        self.luna, self.address = luna, address

    def letters(self) -> list[EmailMessage]:
        """Return all of them, the newest first."""
        files = sorted((self.luna.data / "outbox").glob("*.eml"), reverse=True)
        mails = (message_from_bytes(file.read_bytes(), policy=policy.default) for file in files)
        return [mail for mail in mails if mail["To"].lower() == self.address]

    def about(self, subject: str) -> list[str]:
        """Return the texts of the letters with this subject, the newest first."""
        return [mail.get_content() for mail in self.letters() if mail["Subject"] == subject]

    def wait_for(self, subject: str, after: int = 0) -> str:
        """Return the newest letter with this subject, once there are more than `after`."""
        deadline = time.monotonic() + MAIL_S
        while len(found := self.about(subject)) <= after:
            assert time.monotonic() < deadline, f"No letter {subject!r} came for {self.address}."
            time.sleep(0.1)
        return found[0]

    def code(self) -> str:
        """Return the sign-in code that came last."""
        found = (re.search(r"code is (\d{6})", mail.get_content()) for mail in self.letters())
        return next(match[1] for match in found if match)


class Somebody:
    """A person with a browser. What they do begins with when_, what is so with given_ and then_."""

    def __init__(self, page: Page, luna, axe, email: str = "") -> None:
        self.page, self.luna, self.axe = page, luna, axe
        self.mail = Mailbox(luna, email)

    # How it begins

    def given_i_am(self, name: str) -> None:
        """Become a made-up person, as any visitor of the demonstration can."""
        self.page.goto("/demo")
        self.page.get_by_role("button", name=re.compile(name)).first.click()
        self.page.wait_for_url(lambda url: not url.endswith("/demo"))  # A key pressed sooner is lost.

    def given_i_sign_in(self) -> None:
        """Ask for a code and type it."""
        self.page.goto("/sign-in")
        self.when_i_type("Your e-mail address", self.mail.address)
        self.when_i_press("Send me a code")
        self.when_i_type_the_code_from_my_mail()

    def emergency_number(self) -> str:
        """Return whom to call where the demonstration is: it goes to where it is evening now."""
        return self.luna.ask(EMERGENCY)

    # What they do

    def when_i_open(self, path: str) -> None:
        self.page.goto(path)

    def when_i_press(self, name: str, near: str = "") -> None:
        """Press a button; near: words in the row it stands in."""
        self._near(near).get_by_role("button", name=name).first.click()

    def when_i_follow(self, name: str, near: str = "") -> None:
        self._near(near).get_by_role("link", name=name).first.click()

    def when_i_unfold(self, name: str) -> None:
        self.page.locator("summary", has_text=name).first.click()

    def when_i_type(self, label: str, text: str) -> None:
        self.page.get_by_label(label, exact=True).fill(text)

    def when_i_tick(self, label: str) -> None:
        """Choose an answer or tick a box."""
        self.page.get_by_label(label).first.check()

    def when_i_pick(self, label: str, option: str) -> None:
        self.page.get_by_label(label, exact=True).select_option(option)

    def when_i_say_why_without_what_is_not_done(self, why: str) -> None:
        """Write the same reason for each test that the screening asks for and nobody did."""
        for box in self.page.get_by_label("Why without").all():
            box.fill(why)

    def when_i_type_the_code_from_my_mail(self) -> None:
        self.when_i_type("Code from the e-mail", self.mail.code())
        self.when_i_press("Go on")

    def when_i_look_at_my_phone_again(self) -> None:
        """Come back to the page as after the lock screen; nothing is loaded anew."""
        self.page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")

    # What is so then

    def then_i_read(self, heading: str) -> None:
        """The page has this heading, and no other of its level."""
        expect(self.page.get_by_role("heading", level=1)).to_have_text(heading)

    def then_i_see(self, words: str, *, within_s: float = 5) -> None:
        found = self.page.get_by_text(words).locator("visible=true").first
        expect(found).to_be_visible(timeout=within_s * 1000)

    def then_i_do_not_see(self, words: str) -> None:
        expect(self.page.locator("main")).not_to_contain_text(words)

    def then_i_am_told(self, words: str) -> None:
        """The summary of what to mend says so."""
        expect(self.page.get_by_role("alert")).to_contain_text(words)
        expect(self.page).to_have_title(re.compile("^Error: "))

    def then_i_am_at(self, path: str) -> None:
        expect(self.page).to_have_url(re.compile(rf"{re.escape(path)}$"))

    def then_everybody_can_use_the_page(self) -> None:
        """Nothing keeps people out, nothing runs off the side, and the page says what it is."""
        expect(self.page).to_have_title(re.compile(" — Luna$"))
        expect(self.page.locator("h1")).to_have_count(1)
        if not self.page.has_scripts:
            return  # Such a page cannot be asked about itself; it is the same as with scripts.
        self.axe(self.page)
        too_wide = self.page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        assert too_wide <= 0, f"{self.page.url} is {too_wide} px too wide."

    def _near(self, words: str) -> Page | Locator:
        rows = self.page.locator("li, tr, section, article, fieldset")
        return rows.filter(has_text=words).last if words else self.page


def shown_by_an_app(secret: str) -> str:
    """Return the six digits an authenticator app shows now for this key (RFC 6238)."""
    count = int(time.time() // 30).to_bytes(8, "big")
    digest = hmac.new(base64.b32decode(secret), count, "sha1").digest()
    start = digest[-1] & 0x0F
    return f"{(int.from_bytes(digest[start : start + 4], 'big') & 0x7FFFFFFF) % 1_000_000:06}"
