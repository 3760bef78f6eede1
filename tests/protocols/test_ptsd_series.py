"""ptsd-series on a calendar: six infusions in two weeks, and a treatment whose trials disagree."""

import pytest

from luna.library import content
from tests.protocols.series import lay, over_budget


# Feder 2021: six infusions within two weeks.
#
#        Mon 19 Oct  the week before: what trials say, then learn, agree, get ready
#   1    Mon 26 Oct  10:00    home 13:00    a prescriber has confirmed the choice
#   2    Wed 28 Oct  10:00    home 13:00
#   3    Fri 30 Oct  10:00    home 13:00
#        Sun  1 Nov  clocks go back in New York
#   4    Mon  2 Nov  10:00    home 13:00    review before it starts
#   5    Wed  4 Nov  10:00    home 13:00
#   6    Fri  6 Nov  10:00    home 13:00
#        Tue 10 Nov  closing call by 10:40
#        Fri 20 Nov  second call
def feder(**changes):
    given = {"first_on": "2026-10-26", "at": "10:00", "weekdays": "mon wed fri", "home_after": 180}
    return lay("ptsd-series", **given | changes)


# From 26 October to 6 November, both days counted, are twelve.
def test_feder_2021_is_six_infusions_within_two_weeks():
    assert feder().days() == [
        "Mon 26 Oct 10:00",
        "Wed 28 Oct 10:00",
        "Fri 30 Oct 10:00",
        "Mon 2 Nov 10:00",
        "Wed 4 Nov 10:00",
        "Fri 6 Nov 10:00",
    ]


@pytest.mark.hazard("H7")
def test_feder_2021_keeps_ten_o_clock_and_six_hours_when_the_clocks_change():
    laid = feder()

    assert [f"{booking.starts_at:%H:%M}" for booking in laid.bookings] == ["14:00"] * 3 + ["15:00"] * 3
    assert laid.due("last-food", 4) == "Mon 2 Nov 04:00"


def test_feder_2021_dose_and_count_are_the_published_ones():
    numbers = feder().protocol.numbers

    assert [f"{numbers[name].value} {numbers[name].unit}" for name in ("dose", "infusions")] == [
        "0.5 mg/kg",
        "6 count",
    ]


@pytest.mark.parametrize(
    ("step", "number", "opens", "due", "closes"),
    [
        ("confirm-choice", None, "Mon 19 Oct 08:00", "Thu 22 Oct 17:00", "Mon 26 Oct 10:00"),
        ("learn-trials", None, "Mon 19 Oct 08:00", "Tue 20 Oct 20:00", "Mon 26 Oct 10:00"),
        ("learn-after", None, "Tue 20 Oct 08:00", "Wed 21 Oct 20:00", "Mon 26 Oct 10:00"),
        ("learn-near", None, "Tue 20 Oct 08:00", "Thu 22 Oct 20:00", "Mon 26 Oct 10:00"),
        ("safe-room", None, "Sat 24 Oct 08:00", "Sun 25 Oct 17:00", "Mon 26 Oct 10:00"),
        ("ride", 1, "Fri 23 Oct 08:00", "Sun 25 Oct 12:00", "Mon 26 Oct 10:00"),
        ("medicines", 4, "Sun 1 Nov 16:00", "Sun 1 Nov 20:00", "Mon 2 Nov 10:00"),
        ("check-1", 4, "Mon 2 Nov 13:30", "Mon 2 Nov 14:00", "Mon 2 Nov 14:20"),
        ("check-morning", 4, "Tue 3 Nov 07:00", "Tue 3 Nov 09:00", "Tue 3 Nov 11:00"),
        ("memories", 1, "Tue 27 Oct 12:00", "Wed 28 Oct 20:00", "Fri 30 Oct 20:00"),
        ("memories-near", 1, "Tue 27 Oct 12:00", "Wed 28 Oct 20:00", "Fri 30 Oct 20:00"),
        ("review", 4, "Sat 31 Oct 08:00", "Mon 2 Nov 08:00", "Mon 2 Nov 10:00"),
        ("closing-call", None, "Sat 7 Nov 08:00", "Tue 10 Nov 10:40", "Mon 16 Nov 10:40"),
        ("weeks-after", None, "Sun 8 Nov 09:00", "Fri 20 Nov 20:00", "Fri 20 Nov 20:00"),
        ("second-call", None, "Wed 18 Nov 08:00", "Fri 20 Nov 10:40", "Fri 27 Nov 10:40"),
    ],
)
def test_feder_2021_step(step, number, opens, due, closes):
    assert feder().times(step, number) == (opens, due, closes)


def test_first_infusion_waits_until_a_prescriber_has_confirmed_the_choice():
    gates = [step.id for step in feder().protocol.steps if step.gate and step.anchor == "series-start"]

    assert gates == ["orders", "confirm-choice", "sugar-order", "glp1-order"]


def test_how_long_an_infusion_takes_is_not_claimed_from_the_trial():
    assert feder().protocol.numbers["infusion-minutes"].needs_tick


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("strength", "Mixed to negative evidence"),
        ("evidence", "158 veterans and soldiers eight had no significant effect"),
        ("evidence", "suggests against this use"),
    ],
)
def test_words_tell_that_trials_disagree(words, said):
    assert said in content.words("protocols", "ptsd-series")[words]


def test_patient_reads_that_trials_disagree_before_anything_else():
    learn = next(
        step
        for step in feder().protocol.steps
        if step.actor == "patient" and step.anchor == "series-start" and step.answerable
    )

    assert "do not agree" in content.guide("patient", learn.guide).html


@pytest.mark.parametrize("rhythm", ["mon wed fri", "mon thu"])
def test_nobody_is_asked_more_than_their_budget(rhythm):
    assert over_budget(feder(weekdays=rhythm)) == {}
