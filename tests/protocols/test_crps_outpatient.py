"""crps-outpatient on a calendar: ten long weekdays that must not drown anybody in questions."""

import pytest

from tests.protocols.series import lay, over_budget


# Schwartzman 2009: four hours a day on ten weekdays.
#
#    1  Mon  1 Jun 09:00 to 13:00   home 14:30      6  Mon  8 Jun   half-way review before it
#    2  Tue  2 Jun                                  7  Tue  9 Jun
#    3  Wed  3 Jun                                  8  Wed 10 Jun
#    4  Thu  4 Jun                                  9  Thu 11 Jun
#    5  Fri  5 Jun                                 10  Fri 12 Jun   then the way back to every day
def schwartzman(**changes):
    given = {"first_on": "2026-06-01", "at": "09:00", "weekdays": "mon tue wed thu fri", "home_after": 330}
    return lay("crps-outpatient", **given | changes)


def test_schwartzman_2009_is_ten_weekdays():
    assert schwartzman().days() == [
        "Mon 1 Jun 09:00",
        "Tue 2 Jun 09:00",
        "Wed 3 Jun 09:00",
        "Thu 4 Jun 09:00",
        "Fri 5 Jun 09:00",
        "Mon 8 Jun 09:00",
        "Tue 9 Jun 09:00",
        "Wed 10 Jun 09:00",
        "Thu 11 Jun 09:00",
        "Fri 12 Jun 09:00",
    ]


def test_schwartzman_2009_takes_four_hours():
    laid = schwartzman()

    assert [laid.local(booking.ends_at)[-5:] for booking in laid.bookings] == ["13:00"] * 10


def test_schwartzman_2009_dose_is_the_published_one():
    numbers = schwartzman().protocol.numbers

    assert [f"{numbers[name].value} {numbers[name].unit}" for name in ("dose-rate", "dose-rate-max")] == [
        "0.35 mg/kg/h",
        "25 mg/h",
    ]


@pytest.mark.parametrize(
    ("step", "number", "opens", "due", "closes"),
    [
        ("learn", None, "Mon 25 May 08:00", "Tue 26 May 20:00", "Mon 1 Jun 09:00"),
        ("ride", 1, "Wed 27 May 08:00", "Fri 29 May 20:00", "Mon 1 Jun 09:00"),
        ("ride", 6, "Wed 3 Jun 08:00", "Fri 5 Jun 20:00", "Mon 8 Jun 09:00"),
        ("medicines", 6, "Sun 7 Jun 16:00", "Sun 7 Jun 20:00", "Mon 8 Jun 09:00"),
        ("supper", 1, "Sun 31 May 16:00", "Sun 31 May 19:00", "Sun 31 May 22:00"),
        ("last-food", 5, "Thu 4 Jun 15:00", "Fri 5 Jun 03:00", "Fri 5 Jun 03:00"),
        ("last-drink", 5, "Fri 5 Jun 04:00", "Fri 5 Jun 07:00", "Fri 5 Jun 07:00"),
        ("leave", 5, "Fri 5 Jun 06:00", "Fri 5 Jun 08:00", "Fri 5 Jun 09:00"),
        ("confirm-ride", 5, "Fri 5 Jun 06:00", "Fri 5 Jun 08:45", "Fri 5 Jun 09:00"),
        ("going-home", 5, "Fri 5 Jun 14:00", "Fri 5 Jun 15:00", "Fri 5 Jun 20:00"),
        ("check-1", 5, "Fri 5 Jun 15:00", "Fri 5 Jun 15:30", "Fri 5 Jun 15:50"),
        ("check-2", 5, "Fri 5 Jun 16:15", "Fri 5 Jun 16:30", "Fri 5 Jun 16:50"),
        ("check-3", 5, "Fri 5 Jun 18:15", "Fri 5 Jun 18:30", "Fri 5 Jun 19:00"),
        ("check-bedtime", 5, "Fri 5 Jun 20:30", "Fri 5 Jun 21:30", "Fri 5 Jun 23:00"),
        ("check-morning", 5, "Sat 6 Jun 06:00", "Sat 6 Jun 07:30", "Sat 6 Jun 09:00"),
        ("own-rest", 5, "Sat 6 Jun 08:00", "Sat 6 Jun 21:00", "Sun 7 Jun 21:00"),
        ("review", 6, "Fri 5 Jun 08:00", "Mon 8 Jun 07:00", "Mon 8 Jun 09:00"),
        ("drive-again", 10, "Fri 12 Jun 13:30", "Sat 13 Jun 09:00", "Sat 13 Jun 18:00"),
        ("alcohol-again", 10, "Fri 12 Jun 13:30", "Sat 13 Jun 13:00", "Sat 13 Jun 13:00"),
        ("closing-call", None, "Sat 13 Jun 08:00", "Tue 16 Jun 13:00", "Mon 22 Jun 13:00"),
        ("next-session", None, "Mon 15 Jun 09:00", "Fri 19 Jun 18:00", "Thu 25 Jun 18:00"),
        ("second-call", None, "Wed 24 Jun 08:00", "Fri 26 Jun 13:00", "Fri 3 Jul 13:00"),
    ],
)
def test_schwartzman_2009_step(step, number, opens, due, closes):
    assert schwartzman().times(step, number) == (opens, due, closes)


@pytest.mark.parametrize(
    ("step", "infusions"),
    [
        ("supper", [1]),
        ("intention", [1]),
        ("settle", [1]),
        ("light-meal", [1]),
        ("talk", [1]),
        ("ride", [1, 6]),
        ("medicines", [1, 6]),
        ("feedback", [1, 3]),
        ("own-rest", [5]),
        ("drive-again", [10]),
        ("check-1", [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]),
    ],
)
def test_what_needs_saying_once_is_said_once(step, infusions):
    assert schwartzman().numbers(step) == infusions


def test_morning_check_in_is_over_before_they_leave_again():
    laid = schwartzman()
    each = range(1, 11)

    assert {laid.due("check-morning", number)[-5:] for number in each} == {"07:30"}
    assert {laid.due("leave", number)[-5:] for number in each} == {"08:00"}


# Begun on a Wednesday, the ten weekdays run over three weeks.
def test_series_begun_in_mid_week_ends_on_the_tenth_weekday():
    laid = schwartzman(first_on="2026-06-03")

    assert (laid.days()[2], laid.days()[3], laid.days()[-1]) == (
        "Fri 5 Jun 09:00",
        "Mon 8 Jun 09:00",
        "Tue 16 Jun 09:00",
    )


# Clocks go back in Dublin on Sunday 25 October, between the fifth and the sixth day.
@pytest.mark.hazard("H7")
def test_week_over_the_change_of_clocks_keeps_nine_o_clock():
    laid = schwartzman(first_on="2026-10-19", zone="Europe/Dublin")

    assert [f"{booking.starts_at:%H:%M}" for booking in laid.bookings] == ["08:00"] * 5 + ["09:00"] * 5
    assert laid.due("last-food", 6) == "Mon 26 Oct 03:00"
    assert laid.times("ride", 6) == ("Wed 21 Oct 08:00", "Fri 23 Oct 20:00", "Mon 26 Oct 09:00")


@pytest.mark.parametrize("first_on", ["2026-06-01", "2026-06-03"])
def test_nobody_is_asked_more_than_their_budget(first_on):
    assert over_budget(schwartzman(first_on=first_on)) == {}
