"""A series whose evidence is weak: every page on the way says so, and the patient reads it first."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.journeys.somebody import Somebody

pytestmark = pytest.mark.journey

TITLE = "Post-traumatic stress: six infusions in two weeks"
STRENGTH = "Mixed to negative evidence: one small trial helped, a larger one did not."


@pytest.fixture
def osei(browse, live, axe):
    one = Somebody(browse(live, "/offline", width=320), live, axe)
    one.given_i_am("Kofi Osei")
    return one


def test_series_whose_evidence_is_weak_says_so_from_its_choice_to_the_patients_first_step(somebody, osei):
    osei.when_i_open("/clinic/protocols")
    osei.then_i_see(STRENGTH)
    osei.when_i_follow(TITLE)
    osei.then_i_see("Not yet reviewed by a clinician")
    osei.then_i_see("suggests against this use")
    osei.then_everybody_can_use_the_page()

    osei.when_i_open("/clinic/patients")
    osei.when_i_follow("June Whitaker")
    osei.when_i_follow("Start a series")
    osei.then_i_see(STRENGTH)
    osei.then_everybody_can_use_the_page()
    osei.when_i_follow(TITLE)
    osei.then_i_see(STRENGTH)
    # A closed weekend moves the first day on. What is read first opens a week before it.
    osei.when_i_type("First day", (datetime.now(UTC).date() + timedelta(days=3)).isoformat())
    osei.when_i_type("Time", "16:00")
    osei.when_i_press("Show the days")
    osei.then_i_see(STRENGTH)
    osei.then_everybody_can_use_the_page()
    osei.when_i_press("Book 6 infusions")
    osei.then_i_see("The series is booked.")
    osei.then_i_see(STRENGTH)
    osei.then_everybody_can_use_the_page()
    osei.when_i_follow("Confirm that ketamine is right for June")
    osei.then_i_see("In 158 veterans and soldiers")
    osei.then_everybody_can_use_the_page()
    osei.when_i_press("Confirmed by a prescriber")
    osei.then_i_see("Done")

    june = somebody("june@harbor.example", width=390, dark=True)
    june.given_i_am("June Whitaker")
    june.when_i_open("/plan")
    june.when_i_unfold("Earlier days")
    june.when_i_follow("Read what is known about this treatment")
    june.then_i_see("The trials do not agree.")
    june.then_everybody_can_use_the_page()
    june.when_i_press("I’ve read it")
    june.then_i_see("Done")
