"""The clinic books, moves and cancels, and says how the day goes: each person concerned hears of it once."""

import re
import time
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import expect

from tests.journeys.somebody import Somebody

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


def test_cancelled_infusion_tells_both_and_is_struck_from_the_plan(nurse, somebody):
    rosa, tova = nurse(), somebody("tova@harbor.example")
    rosa.when_i_open("/clinic/series")
    rosa.when_i_follow("Rafi Mendel")
    rosa.page.get_by_role("link", name=re.compile("^Cancel")).last.click()
    rosa.then_i_read("Cancel the infusion of Rafi Mendel")
    rosa.when_i_press("Cancel this infusion")
    rosa.then_i_am_told("Say why.")
    rosa.when_i_tick("The patient is not well")
    rosa.when_i_press("Cancel this infusion")

    rosa.then_i_see("Cancelled")
    rosa.then_everybody_can_use_the_page()
    tova.mail.wait_for("A time is cancelled")


def test_day_of_an_infusion_from_booking_to_the_door(nurse, live):
    rosa = nurse()
    zone = live.ask("from luna.people.models import Clinic\nanswer = Clinic.objects.get().zone")
    soon = datetime.now(UTC).astimezone(ZoneInfo(zone)) + timedelta(minutes=2)

    rosa.when_i_open("/clinic/series")
    rosa.when_i_follow("Noor Bakshi")
    rosa.when_i_follow("Book one more")
    rosa.when_i_type("Day", soon.date().isoformat())
    rosa.when_i_type("Time", f"{soon:%H:%M}")
    rosa.when_i_tick("Book it anyway")
    rosa.when_i_press("Book it")
    rosa.then_i_see("Booked. The people concerned are being told.")
    for said in ("Arrived", "Started", "Ended", "Left"):
        rosa.when_i_press(said)
        rosa.then_i_see(f"{said} {datetime.now(UTC).astimezone(ZoneInfo(zone)):%-I}")

    rosa.then_everybody_can_use_the_page()
    rosa.page.get_by_role("link", name="1", exact=True).click()
    rosa.then_i_read("Infusion of Noor Bakshi")
    rosa.when_i_press("Take back Left")
    rosa.then_i_see("Taken back.")
    rosa.then_everybody_can_use_the_page()
