"""mood-maintenance on a calendar: four weekly infusions after a series, and a decision after them."""

import pytest

from tests.protocols.series import lay, over_budget


# Phillips 2019: six infusions three times a week, then four weekly ones.
#
#   Mon 13 Apr  Wed 15 Apr  Fri 17 Apr
#   Mon 20 Apr  Wed 22 Apr  Fri 24 Apr         mood-acute
#
#        Fri 24 Apr  a prescriber may decide that it goes on
#   1    Fri  1 May  09:30    home 12:30       mood-maintenance
#   2    Fri  8 May  09:30    home 12:30
#   3    Fri 15 May  09:30    home 12:30       a look half-way, before it starts
#   4    Fri 22 May  09:30    home 12:30
#        Thu 28 May  decided what comes next, by 17:00
#        Fri  5 Jun  second call
def phillips(**changes):
    given = {"first_on": "2026-05-01", "at": "09:30", "weekdays": "fri", "home_after": 180}
    return lay("mood-maintenance", **{"zone": "America/Toronto"} | given | changes)


def test_phillips_2019_is_six_thrice_weekly_then_four_weekly():
    six = lay("mood-acute", first_on="2026-04-13", at="09:30", weekdays="mon wed fri", zone="America/Toronto")

    assert [*six.days(), *phillips().days()] == [
        "Mon 13 Apr 09:30",
        "Wed 15 Apr 09:30",
        "Fri 17 Apr 09:30",
        "Mon 20 Apr 09:30",
        "Wed 22 Apr 09:30",
        "Fri 24 Apr 09:30",
        "Fri 1 May 09:30",
        "Fri 8 May 09:30",
        "Fri 15 May 09:30",
        "Fri 22 May 09:30",
    ]


def test_phillips_2019_dose_and_minutes_are_the_published_ones():
    numbers = phillips().protocol.numbers

    assert [f"{numbers[name].value} {numbers[name].unit}" for name in ("dose", "infusion-minutes")] == [
        "0.5 mg/kg",
        "40 min",
    ]


@pytest.mark.parametrize(
    ("step", "number", "opens", "due", "closes"),
    [
        ("go-on", None, "Fri 24 Apr 08:00", "Wed 29 Apr 17:00", "Fri 1 May 09:30"),
        ("learn-weekly", None, "Fri 24 Apr 08:00", "Sat 25 Apr 20:00", "Fri 1 May 09:30"),
        ("learn-role", None, "Fri 24 Apr 08:00", "Sat 25 Apr 20:00", "Fri 1 May 09:30"),
        ("week-look", 2, "Wed 6 May 12:00", "Wed 6 May 20:00", "Fri 8 May 09:30"),
        ("medicines", 3, "Thu 14 May 16:00", "Thu 14 May 20:00", "Fri 15 May 09:30"),
        ("last-food", 3, "Thu 14 May 15:30", "Fri 15 May 03:30", "Fri 15 May 03:30"),
        ("half-way", 3, "Wed 13 May 08:00", "Fri 15 May 07:30", "Fri 15 May 09:30"),
        ("check-1", 4, "Fri 22 May 13:00", "Fri 22 May 13:30", "Fri 22 May 13:50"),
        ("closing-call", None, "Sat 23 May 08:00", "Tue 26 May 10:10", "Mon 1 Jun 10:10"),
        ("decide-next", None, "Sat 23 May 08:00", "Thu 28 May 17:00", "Mon 1 Jun 10:10"),
        ("weeks-after", None, "Sun 24 May 09:00", "Fri 5 Jun 20:00", "Fri 5 Jun 20:00"),
        ("second-call", None, "Wed 3 Jun 08:00", "Fri 5 Jun 10:10", "Fri 12 Jun 10:10"),
    ],
)
def test_phillips_2019_step(step, number, opens, due, closes):
    assert phillips().times(step, number) == (opens, due, closes)


@pytest.mark.parametrize(
    ("step", "infusions"),
    [
        ("week-look", [2, 3, 4]),
        ("half-way", [3]),
        ("feedback", [1]),
        ("dip", [1]),
        ("more-than-four", []),
        ("last-food", [1, 2, 3, 4]),
    ],
)
def test_phillips_2019_asks_only_at(step, infusions):
    assert phillips().numbers(step) == infusions


def test_first_infusion_waits_until_a_prescriber_has_decided_to_go_on():
    gates = [step.id for step in phillips().protocol.steps if step.gate and step.anchor == "series-start"]

    assert gates == ["orders", "go-on", "sugar-order", "glp1-order"]


# A fifth, on Fri 29 May, would be one nobody has studied: it meets a gate before it can start.
def test_fifth_infusion_meets_a_decision_first():
    laid = phillips(count=5)

    assert laid.numbers("more-than-four") == [5]
    assert laid.times("more-than-four", 5) == ("Sat 23 May 08:00", "Fri 29 May 07:30", "Fri 29 May 09:30")
    assert laid.task("more-than-four", 5).step.gate


# Clocks go back in New York on Sunday 1 November, between the second and the third.
@pytest.mark.hazard("H7")
def test_weeks_over_the_change_of_clocks_keep_half_past_nine():
    laid = phillips(first_on="2026-10-23", zone="America/New_York")

    assert [f"{booking.starts_at:%H:%M}" for booking in laid.bookings] == ["13:30", "13:30", "14:30", "14:30"]
    assert laid.due("last-drink", 3) == "Fri 6 Nov 07:30"


@pytest.mark.parametrize("rhythm", ["fri", "mon"])
def test_nobody_is_asked_more_than_their_budget(rhythm):
    assert over_budget(phillips(weekdays=rhythm)) == {}
