"""Wrong people, wrong links, wrong codes, lost replies, no network: a plain answer, and no half state."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import expect

from tests.journeys.somebody import Somebody

pytestmark = [pytest.mark.journey, pytest.mark.usefixtures("new_demo")]

PATIENT = ("Bakshi", "infusion", "Harbor", "ketamine")  # what a stranger may not learn from a link
RUN_OUT = """
from datetime import timedelta
from luna.people.models import Invitation
row = Invitation.objects.get(email="{email}")
row.expires_at -= timedelta(days=20)
row.save()
answer = None
"""
MAKE_PIN_STALE = """
from datetime import datetime, timedelta
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
for key in Session.objects.values_list("session_key", flat=True):
    held = SessionStore(key)
    if "fresh_at" in held:
        held["fresh_at"] = (datetime.fromisoformat(held["fresh_at"]) - timedelta(minutes=11)).isoformat()
        held.save()
answer = None
"""
DECIDED = """
from luna.intake.models import EligibilityDecision
answer = list(EligibilityDecision.objects.filter(patient__name="{patient}").values_list("reasons", flat=True))
"""
COUNT_MARKS = """
from luna.careplan.models import Mark
answer = Mark.objects.filter(patient__name="{patient}", task_key="{task}").count()
"""


class Person(Somebody):
    """Somebody whom something goes wrong for."""

    def link_from_my_mail(self) -> str:
        return re.search(r"http\S+/i/\S+", self.mail.wait_for("An invitation for you"))[0]

    def when_i_invite(self, name: str, email: str, *, clicks: int = 1):
        self.when_i_open("/circle/invite")
        self.when_i_type("Their name", name)
        self.when_i_type("Their e-mail address", email)
        self.when_i_tick("Friend")
        self.page.get_by_role("button", name="Send the invitation").click(click_count=clicks)

    def then_nothing_tells_about_the_patient(self):
        text = self.page.content()
        assert [word for word in PATIENT if word in text] == []

    def when_my_network_is_gone(self):
        self.page.evaluate("navigator.serviceWorker.ready.then(() => true)")
        self.page.context.set_offline(True)


@pytest.fixture
def person(browse, live, axe):
    def sit_down(email: str = "", **options) -> Person:
        return Person(browse(live, "/offline", **options), live, axe, email)

    return sit_down


@pytest.fixture
def answered_with(browse):
    """Say that the browser was right to report this: it did, and that was the point."""

    def forgive(words: str) -> None:
        found = [trouble for trouble in browse.troubles if words in trouble]
        assert found, f"The browser never reported {words!r}."
        browse.troubles[:] = [trouble for trouble in browse.troubles if words not in trouble]

    return forgive


def test_forwarded_link_tells_a_stranger_nothing(person):
    lea, stranger = person("lea@harbor.example", width=390), person("stranger@example.org", width=320)

    stranger.when_i_open(lea.link_from_my_mail())
    stranger.then_i_read("Noor would like you to be there")
    stranger.then_nothing_tells_about_the_patient()
    stranger.when_i_press("Send me a code")
    assert "lea@" not in stranger.page.content()
    for guess in ("000000", "111111", "222222", "333333"):
        stranger.when_i_type("Code from the e-mail", guess)
        stranger.when_i_press("Go on")
        stranger.then_i_am_told("That is not the code we sent.")
        stranger.then_nothing_tells_about_the_patient()
    stranger.then_everybody_can_use_the_page()
    stranger.when_i_type("Code from the e-mail", "444444")
    stranger.when_i_press("Go on")

    stranger.then_i_see("That was too many tries.")
    stranger.then_nothing_tells_about_the_patient()
    stranger.when_i_open("/now")
    stranger.then_i_read("Sign in")
    stranger.then_everybody_can_use_the_page()


def test_used_and_run_out_links_say_what_to_do(person, live, answered_with):
    lea, late = person("lea@harbor.example"), person("late@example.org", width=320)
    link = lea.link_from_my_mail()
    lea.when_i_open(link)
    lea.when_i_press("Send me a code")
    lea.when_i_type_the_code_from_my_mail()
    lea.when_i_tick("Yes, only I use it")
    lea.when_i_tick("I come over and can stay")
    lea.page.get_by_label("Yes", exact=True).check()
    lea.when_i_press("Accept")
    lea.then_i_read("Thank you for being there for Noor.")

    late.when_i_open(link)
    late.then_i_read("This link does not work")
    late.then_i_see("Did you say yes already? Then sign in.")
    late.then_everybody_can_use_the_page()
    lea.given_i_am("Noor Bakshi")
    lea.when_i_invite("Lou Late", "late@example.org")
    link = late.link_from_my_mail()
    live.ask(RUN_OUT.format(email="late@example.org"))
    late.when_i_open(link)

    late.then_i_read("This invitation has run out")
    late.then_everybody_can_use_the_page()
    answered_with("410")


def test_address_somebody_did_not_change_is_put_back(person):
    elin, rosa = person("new-elin@example.org", width=320), person(width=390, dark=True)
    elin.given_i_am("Elin Berg")
    elin.when_i_open("/me/email")
    elin.when_i_type("Your new e-mail address", elin.mail.address)
    elin.when_i_press("Send a code there")
    elin.when_i_type("Code from the e-mail", elin.mail.code())
    elin.when_i_press("Change my address")
    elin.then_i_see("Your address is changed.")
    elin.page.close()  # its sign-in is about to end

    rosa.given_i_am("Rosa Alvarez")
    rosa.when_i_open("/clinic/patients")
    rosa.when_i_follow("Elin Berg")
    rosa.when_i_follow("Did not change their address?")
    rosa.then_i_read("Put Elin Berg’s old address back?")
    rosa.then_everybody_can_use_the_page()
    rosa.when_i_press("I have checked two things: put it back")

    rosa.then_i_see("Elin Berg’s old address is back.")


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
def test_long_decision_outlives_the_pin_and_is_signed_once(person, live, answered_with, scripts):
    osei, reasons = person(width=390, scripts=scripts), "Two medicines did not help. " * 60
    osei.given_i_am("Kofi Osei")
    osei.when_i_open("/clinic/patients")
    osei.when_i_follow("Milo Adeyemi")
    osei.when_i_follow("Consultation")
    osei.when_i_follow("Decide")
    osei.when_i_tick("Can be treated")
    osei.when_i_type("Reasons", reasons)
    osei.when_i_say_why_without_what_is_not_done("Told on the phone.")
    osei.when_i_type("They live alone: who is with them after an infusion", "His sister stays the night.")
    osei.when_i_type("To be looked at again on", (datetime.now(UTC).date() + timedelta(days=90)).isoformat())
    live.ask(MAKE_PIN_STALE)

    osei.when_i_press("Sign")
    osei.then_i_read("Is it really you?")
    osei.then_i_see("What you typed is kept.")
    osei.then_everybody_can_use_the_page()
    osei.when_i_type("Your PIN", "385162")
    osei.when_i_press("Go on")
    osei.then_i_read("Unlocked")
    osei.then_everybody_can_use_the_page()
    osei.page.get_by_role("button", name="Send what I typed").click(click_count=2)

    osei.then_i_see("His sister stays the night.")
    assert [one.strip() for one in live.ask(DECIDED.format(patient="Milo Adeyemi"))] == [reasons.strip()]
    answered_with("423")


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
def test_double_click_invites_once(person, scripts):
    name = "Uri" if scripts else "Ilan"  # both may be asked into one circle
    rafi, friend = person(width=390, scripts=scripts), person(f"{name.lower()}@example.org")
    rafi.given_i_am("Rafi Mendel")

    rafi.when_i_invite(f"{name} Stein", friend.mail.address, clicks=2)

    rafi.then_i_am_at("/circle")
    expect(rafi.page.get_by_role("heading", name=f"{name} Stein")).to_have_count(1)
    friend.mail.wait_for("An invitation for you")
    assert len(friend.mail.about("An invitation for you")) == 1


def test_name_of_two_megabytes_is_refused_and_the_rest_is_kept(person):
    june = person(width=320)
    june.given_i_am("June Whitaker")
    june.when_i_open("/circle/invite")
    june.when_i_type("Their e-mail address", "long@example.org")
    june.when_i_tick("Friend")
    name = june.page.get_by_label("Their name", exact=True)
    name.evaluate("(field) => { field.removeAttribute('maxlength'); field.value = 'x'.repeat(2_000_000) }")

    june.when_i_press("Send the invitation")

    june.then_i_am_told("Use at most")
    expect(june.page.get_by_label("Their e-mail address", exact=True)).to_have_value("long@example.org")
    expect(june.page.get_by_label("Friend")).to_be_checked()


def test_lost_reply_sent_again_counts_once(person, live):
    sam = person(width=390, service_workers="block")  # What goes through one cannot be lost on purpose.
    sam.given_i_am("Sam Okafor")
    sam.then_i_read("Make Maya a light supper")
    task = re.search(r'/steps/([^/"]+)/mark', sam.page.content())[1]

    def lose(route):
        """Let the request through, and lose what the server answers."""
        route.fetch(max_redirects=0)
        route.abort()

    sam.page.route("**/mark", lose)
    sam.when_i_press("Supper is ready")
    sam.page.wait_for_url("chrome-error://**")
    sam.page.unroute("**/mark")
    sam.page.reload()

    sam.then_i_see("Noted.")
    assert live.ask(COUNT_MARKS.format(patient="Maya Okafor", task=task)) == 1


@pytest.mark.hazard("H1")
def test_without_network_the_check_in_says_that_nobody_knows(person):
    paul = person(width=320)
    paul.given_i_am("Paul Whitaker")
    paul.when_i_follow("Start the check-in")
    paul.then_i_read("Is June easy to wake?")

    paul.when_my_network_is_gone()
    paul.then_i_see("The clinic does not know yet.")
    paul.then_everybody_can_use_the_page()
    paul.when_i_press("Awake, or wakes when I speak")
    paul.then_i_read("You’re offline")
    paul.then_i_see("The clinic does not know yet.")
    expect(paul.page.locator("details[open] .btn--alarm")).to_have_attribute(
        "href", f"tel:{paul.emergency_number()}"
    )
    paul.then_everybody_can_use_the_page()

    paul.page.context.set_offline(False)
    paul.when_i_press("Try again")
    paul.then_i_read("How are breathing and colour?")
    paul.when_i_open("/now")
    paul.then_i_read("Check on June")
