"""A clinic begins: one command, the first sign-in, settings, a signed protocol, a patient, a series."""

import re
from datetime import UTC, date, datetime, timedelta

import pytest
from playwright.sync_api import expect

from tests import running
from tests.journeys.somebody import Somebody, shown_by_an_app

pytestmark = pytest.mark.journey

ADA = "ada@lakeside.example"
PIN = "927461"
NAMES = {
    "name": "Lakeside Clinic", "zone": "America/New_York", "country": "US", "address": "1 Lake Road",
    "phone": "+12125550100", "nurse-line": "+12125550101", "lead-email": "lead@lakeside.example",
    "admin-name": "Ada Byrne", "admin-email": ADA,
}  # fmt: skip


@pytest.fixture(scope="module")
def live(tmp_path_factory):
    """Serve one real, new clinic: nothing made up, nobody signed in by one click."""
    luna = running.Luna(tmp_path_factory.mktemp("clinic"), running.new_database())
    luna.start()
    made = luna.run(
        "clinic", "new", *(word for name, value in NAMES.items() for word in (f"--{name}", value))
    )
    assert made.returncode == 0, made.stderr
    yield luna
    luna.end()


class Ada(Somebody):
    """The founder of a clinic: administrator, and prescriber once she says so."""

    def given_i_sign_in_for_the_first_time(self):
        self.given_i_sign_in()
        self.then_i_read("Protect your account")
        self.then_everybody_can_use_the_page()

    def when_i_set_up_an_app(self):
        self.when_i_follow("An authenticator app")
        self.then_i_read("Set up an authenticator app")
        self.when_i_type("Code from your app", shown_by_an_app(self.page.locator("code").inner_text()))
        self.when_i_press("Turn it on")
        self.then_i_read("Recovery codes")
        self.then_everybody_can_use_the_page()
        self.when_i_follow("I have kept them")

    def when_i_choose_a_pin(self):
        self.then_i_read("Choose a PIN")
        self.when_i_type("New PIN", PIN)
        self.when_i_type("The same PIN again", PIN)
        self.when_i_press("Save the PIN")

    def when_i_am_a_prescriber_too(self):
        self.when_i_open("/clinic/staff")
        self.when_i_follow("Change Ada Byrne")
        self.when_i_tick("Prescriber: also signs protocols and orders")
        self.when_i_tick("Nurse: the day, charts, escalations")
        self.when_i_press("Save")
        self.then_i_see("Saved.")

    def when_i_set_the_clinic_up(self):
        self.when_i_open("/clinic/settings")
        self.when_i_follow("Change the clinic’s details")
        self.when_i_type("Who signs the welcome", "Ada Byrne, nurse")
        self.when_i_press("Save")
        self.then_i_see("Saved.")
        for chair in ("Blue chair", "Green chair"):
            self.when_i_open("/clinic/settings/chairs")
            self.when_i_type("Name of the chair", chair)
            self.when_i_press("Add")
            self.then_i_see(chair)

    def when_i_close_a_day(self, on: date, why: str):
        self.when_i_open("/clinic/settings/closed-days")
        self.when_i_type("Day", on.isoformat())
        self.when_i_type("Why", why)
        self.when_i_press("Add")
        self.then_i_see(why)

    def numbers_to_agree_to(self):
        return self.page.get_by_role("checkbox", name=re.compile("^I agree"))

    def when_i_agree_to_all_numbers_but_the_last(self) -> str:
        """Tick one by one, and return the name of what is left."""
        boxes = self.numbers_to_agree_to()
        assert boxes.count() > 1
        for n in range(boxes.count() - 1):
            boxes.nth(n).check()
        row = self.page.get_by_role("row").filter(has=boxes).last
        return row.get_by_role("rowheader").inner_text()

    def when_i_agree_to_the_last(self):
        self.numbers_to_agree_to().last.check()

    def when_i_read_and_sign(self, title: str):
        self.when_i_open("/clinic/protocols")
        self.then_everybody_can_use_the_page()
        self.when_i_follow(title)
        self.then_i_see("Not yet reviewed by a clinician")
        self.then_everybody_can_use_the_page()
        unread = self.when_i_agree_to_all_numbers_but_the_last()
        self.when_i_press("Sign this version as Ada Byrne")
        self.then_i_am_told(unread)
        self.then_everybody_can_use_the_page()
        self.when_i_agree_to_the_last()
        self.when_i_press("Sign this version as Ada Byrne")

    def then_going_live_asks_for_no_signature(self):
        told = self.luna.run("doctor", "--go-live").stdout
        assert [line.split()[0] for line in told.splitlines() if " signed " in line] == ["ok"] * 3

    def when_i_add_a_patient(self, name: str, email: str):
        self.when_i_open("/clinic/patients/new")
        self.when_i_type("Name", name)
        self.when_i_type("Date of birth", "1988-02-29")
        self.when_i_type("E-mail", email)
        self.when_i_press("Add")
        self.then_i_see("The patient is invited and has not signed in yet.")

    def when_i_decide_that_they_can_be_treated(self):
        self.when_i_follow("Consultation")
        self.then_everybody_can_use_the_page()
        self.when_i_follow("Decide")
        self.then_everybody_can_use_the_page()
        self.when_i_tick("Can be treated")
        self.when_i_type("Reasons", "Two medicines did not help.")
        self.when_i_type("Why you decide although this is not known", "All was told on the phone.")
        self.when_i_say_why_without_what_is_not_done("Done elsewhere, told on the phone.")
        self.when_i_type(
            "To be looked at again on", (datetime.now(UTC).date() + timedelta(days=90)).isoformat()
        )
        self.when_i_press("Sign")
        self.then_i_see("Can be treated")

    def when_i_ask_for_six_on_mondays_wednesdays_and_fridays(self, first: date):
        self.when_i_follow("Start a series")
        self.when_i_type("How many infusions", "6")
        self.when_i_type("First day", first.isoformat())
        self.when_i_type("Time", "09:00")
        for day in ("Monday", "Wednesday", "Friday"):
            self.when_i_tick(day)
        for day in ("Tuesday", "Thursday", "Saturday", "Sunday"):
            self.page.get_by_label(day).uncheck()
        self.when_i_press("Show the days")

    def then_the_days_are(self, days: list[date]):
        fields = self.page.get_by_label("Day", exact=True)
        expect(fields).to_have_count(len(days))
        assert [fields.nth(n).input_value() for n in range(len(days))] == [day.isoformat() for day in days]


@pytest.fixture(scope="module")
def monday() -> date:
    """Return a Monday in about two weeks."""
    today = datetime.now(UTC).date()
    return today + timedelta(days=14 - today.weekday())


def test_clinic_goes_from_nothing_to_a_booked_series(live, browse, axe, monday):
    ada = Ada(browse(live, "/sign-in", width=1280), live, axe, ADA)

    ada.given_i_sign_in_for_the_first_time()
    ada.when_i_set_up_an_app()
    ada.when_i_choose_a_pin()
    ada.when_i_set_the_clinic_up()
    ada.when_i_close_a_day(monday + timedelta(days=2), "Staff training")
    ada.then_everybody_can_use_the_page()
    ada.when_i_am_a_prescriber_too()

    ada.when_i_read_and_sign("Depression: six infusions in two to three weeks")
    ada.then_i_see("Signed. New series can follow it from now on.")
    ada.when_i_read_and_sign("Triage rules for answers at home")
    ada.then_i_see("Signed. Answers at home are judged by it from now on.")
    ada.when_i_read_and_sign("Emergency and crisis numbers: United States")
    ada.then_i_see("Signed. Every page shows these numbers from now on.")
    ada.then_going_live_asks_for_no_signature()

    ada.when_i_add_a_patient("Nell Quinn", "nell@example.org")
    ada.when_i_decide_that_they_can_be_treated()
    ada.when_i_ask_for_six_on_mondays_wednesdays_and_fridays(monday)
    ada.then_i_read("Check the days for Nell Quinn")
    ada.then_i_see("Staff training")
    ada.then_the_days_are([monday + timedelta(days=n) for n in (0, 4, 7, 9, 11, 14)])
    ada.then_everybody_can_use_the_page()
    ada.when_i_press("Book 6 infusions")
    ada.then_i_see("The series is booked.")
    ada.then_everybody_can_use_the_page()

    # Both chairs are taken at that hour once another two want it.
    ada.when_i_add_a_patient("Ivo Marsh", "ivo@example.org")
    ada.when_i_decide_that_they_can_be_treated()
    ada.when_i_ask_for_six_on_mondays_wednesdays_and_fridays(monday)
    ada.when_i_press("Book 6 infusions")
    ada.then_i_see("The series is booked.")
    ada.when_i_add_a_patient("Una Holt", "una@example.org")
    ada.when_i_decide_that_they_can_be_treated()
    ada.when_i_ask_for_six_on_mondays_wednesdays_and_fridays(monday)
    ada.then_i_see("Cannot be booked like this")
    ada.then_everybody_can_use_the_page()
    ada.when_i_press("Book 6 infusions")
    ada.then_i_read("Check the days for Una Holt")
    ada.then_i_am_told("chair")
