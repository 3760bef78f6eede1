"""The clinic books, moves and cancels, and says how the day goes: each person concerned hears of it once."""

import re
import time
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import expect

from tests.journeys.somebody import Somebody

NO_TEXTS = "+12125550148"
STOPPED = f"""
from django.utils import timezone
from luna.notices import reach
reach.stop("{NO_TEXTS}", now=timezone.now())
answer = True
"""

pytestmark = pytest.mark.journey


class Nurse(Somebody):
    """Somebody who books."""

    def given_the_move_of_the_next_infusion_of(self, patient: str):
        self.when_i_open("/clinic/series")
        self.when_i_follow(patient)
        self.page.get_by_role("link", name="Move").first.click()
        self.then_i_read(f"Move the infusion of {patient}")

    def day_typed(self) -> date:
        return date.fromisoformat(self.page.get_by_label("Day", exact=True).input_value())

    def when_i_move_it_to(self, on: date, at: str, why: str = "The patient asked for it"):
        self.when_i_type("Day", on.isoformat())
        self.when_i_type("Time", at)
        self.when_i_tick(why)
        self.when_i_press("Move it")

    def given_somebody_drives_who_has_a_phone_alone(self, infusion: str):
        self.when_i_open(f"{infusion}/ride/name")
        self.when_i_tick("Somebody else, by name")
        self.when_i_type("Their first name", "Lev")
        self.when_i_type("Their phone number", NO_TEXTS)
        self.when_i_tick("They are 18 or older")
        self.when_i_press("Ask them")

    def given_all_is_asked_and_set_aside(self, at: datetime):
        """Ask at arrival; then write down that a prescriber said it goes ahead in spite of what is open."""
        eaten = at - timedelta(hours=20)
        for label in ("When did they last eat?", "When did they last drink?"):
            self.when_i_type(label, f"{eaten:%Y-%m-%dT%H:%M}")
        self.when_i_tick("A light meal")
        self.when_i_tick("Yes, or there are none")
        self.when_i_type("Blood pressure, upper number", "128")
        self.when_i_type("Blood pressure, lower number", "82")
        self.when_i_press("Write it down")
        self.when_i_follow("Go ahead all the same")
        for box in self.page.get_by_role("checkbox").all():
            box.check()
        self.when_i_type("Why", "Dr Osei saw her an hour ago.")
        self.when_i_pick("Who told you", "Kofi Osei")
        self.when_i_tick("I read it back to them, and they said it is right")
        self.when_i_press("Write it down")
        self.then_i_see("Nothing keeps it from starting.")

    def then_what_i_typed_is_still_there(self, on: date, at: str):
        expect(self.page.get_by_label("Day", exact=True)).to_have_value(on.isoformat())
        expect(self.page.get_by_label("Time", exact=True)).to_have_value(at)


@pytest.fixture
def nurse(browse, live, axe):
    """Sit a nurse down at a window of her own."""

    def sit_down(**options) -> Nurse:
        found = Nurse(browse(live, "/offline", **{"width": 1280, **options}), live, axe)
        found.given_i_am("Rosa Alvarez")
        return found

    return sit_down


def words_of(on: date) -> str:
    return f"{on:%A} {on.day} {on:%B}"


def test_everything_moves_and_each_person_hears_once(nurse, somebody):
    rosa, rafi, tova = nurse(), somebody("rafi@harbor.example"), somebody("tova@harbor.example", dark=True)
    rosa.given_the_move_of_the_next_infusion_of("Rafi Mendel")
    old = rosa.day_typed()
    new = old + timedelta(days=1)
    before = {person: len(person.mail.about("A time has changed")) for person in (rafi, tova)}

    rosa.when_i_move_it_to(new, "13:30")
    rosa.then_i_see("1:30 pm")
    rosa.then_everybody_can_use_the_page()

    for person in (rafi, tova):
        letter = person.mail.wait_for("A time has changed", after=before[person])
        assert f"It was on {words_of(old)} at 11\u00a0am" in letter
        assert f"It is now on {words_of(new)} at 1:30\u00a0pm" in letter
        assert "Mendel" not in letter
    rafi.given_i_am("Rafi Mendel")
    rafi.when_i_open("/plan")
    rafi.then_i_see("Finish eating by")
    day = rafi.page.locator(".tl-day", has_text=f"{new.day} {new:%B}")
    expect(day.locator("xpath=following-sibling::li[contains(., 'Infusion 5 of 6')]").first).to_contain_text(
        "1:30"
    )
    time.sleep(2.5)  # Two turns of the clock: no second letter comes.
    assert [len(person.mail.about("A time has changed")) - before[person] for person in (rafi, tova)] == [
        1,
        1,
    ]


def test_two_windows_move_the_same_infusion(nurse):
    first, second = nurse(), nurse(width=390)
    for window in (first, second):
        window.given_the_move_of_the_next_infusion_of("Noor Bakshi")
    on = first.day_typed()
    first.when_i_move_it_to(on, "12:00")
    first.then_i_see("The people concerned are being told what changed.")

    second.when_i_move_it_to(on, "15:00")

    second.then_i_am_told("Someone changed this while you had it open.")
    second.then_i_see("What it says now")
    second.then_i_see(", noon")
    second.then_what_i_typed_is_still_there(on, "15:00")
    second.then_everybody_can_use_the_page()
    second.when_i_press("Move it")
    second.then_i_see(", 3 pm")


def test_infusion_in_the_past_or_on_a_taken_chair_is_refused_and_what_was_typed_is_kept(nurse):
    rosa = nurse()
    rosa.given_the_move_of_the_next_infusion_of("Elin Berg")
    on = rosa.day_typed()

    rosa.when_i_move_it_to(on - timedelta(days=30), "09:00")
    rosa.then_i_am_told("has passed. Choose a later time.")
    rosa.then_what_i_typed_is_still_there(on - timedelta(days=30), "09:00")
    rosa.when_i_move_it_to(on, "23:30")
    rosa.then_i_am_told("The clinic is not open from")

    rosa.then_what_i_typed_is_still_there(on, "23:30")
    rosa.then_everybody_can_use_the_page()


def test_cancelled_infusion_tells_both_and_is_struck_from_the_plan(nurse, somebody, live):
    rosa, tova = nurse(), somebody("tova@harbor.example")
    live.ask(STOPPED)
    rosa.when_i_open("/clinic/series")
    rosa.when_i_follow("Rafi Mendel")
    cancel = rosa.page.get_by_role("link", name=re.compile("^Cancel")).last.get_attribute("href")
    rosa.given_somebody_drives_who_has_a_phone_alone(cancel.removesuffix("/cancel"))
    rosa.when_i_open(cancel)
    rosa.then_i_read("Cancel the infusion of Rafi Mendel")
    rosa.then_i_see("Get a message: Rafi Mendel, Tova Mendel")
    rosa.then_i_see("No message reaches in time, call: Abe Mendel, Lev (drives)")
    rosa.then_everybody_can_use_the_page()
    rosa.when_i_press("Cancel this infusion")
    rosa.then_i_am_told("Say why.")
    rosa.when_i_tick("The patient is not well")
    rosa.when_i_press("Cancel this infusion")

    rosa.then_i_see("Cancelled")
    rosa.then_i_see("Saved. Now call those whom no message reaches in time.")
    rosa.then_everybody_can_use_the_page()
    tova.mail.wait_for("A time is cancelled")
    rosa.when_i_follow("What to say to them")
    rosa.then_i_see("Calls to make")
    lev = rosa.page.get_by_role("region", name="Lev")
    expect(lev).to_contain_text("You need not take Rafi home")
    rosa.then_everybody_can_use_the_page()
    lev.get_by_role("button", name="I told them").last.click()
    rosa.then_i_see("Noted. It is off the list.")
    expect(lev).to_have_count(0)


def test_day_of_an_infusion_from_booking_to_the_door(nurse, live):
    rosa = nurse()
    zone = live.ask("from luna.people.models import Clinic\nanswer = Clinic.objects.get().zone")
    soon = datetime.now(UTC).astimezone(ZoneInfo(zone)) + timedelta(minutes=2)

    rosa.when_i_open("/clinic/series")
    rosa.when_i_follow("Grace Oduya")
    rosa.when_i_follow("Book one more")
    rosa.when_i_type("Day", soon.date().isoformat())
    rosa.when_i_type("Time", f"{soon:%H:%M}")
    rosa.when_i_tick("Book it anyway")
    rosa.when_i_press("Book it")
    rosa.then_i_see("Booked. The people concerned are being told.")
    rosa.when_i_press("Arrived")
    rosa.when_i_follow("Check and start")
    rosa.given_all_is_asked_and_set_aside(soon)
    rosa.when_i_press("Start the infusion")
    rosa.then_i_see("Started", within_s=10)
    rosa.when_i_open("/clinic/series")
    rosa.when_i_follow("Grace Oduya")
    for said in ("Ended", "Left"):
        rosa.when_i_press(said)
        rosa.then_i_see(f"{said} {datetime.now(UTC).astimezone(ZoneInfo(zone)):%-I}")

    rosa.then_everybody_can_use_the_page()
    rosa.page.get_by_role("row").filter(has_text="Left ").last.get_by_role("link").first.click()
    rosa.then_i_read("Infusion of Grace Oduya")
    rosa.when_i_press("Take back Left")
    rosa.then_i_see("Taken back.")
    rosa.then_everybody_can_use_the_page()
