"""mood-acute on a calendar: the schedules that were published, and the days that are hard."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from luna.clinical import plan
from tests.protocols.series import Laid, lay, over_budget, utc


# Murrough 2013: six infusions on Monday, Wednesday and Friday, within 12 days.
#
#        Mon 23 Feb  the week before: learn, agree, get ready
#   1    Mon  2 Mar  10:00    home 13:00    feedback Tue
#   2    Wed  4 Mar  10:00    home 13:00
#   3    Fri  6 Mar  10:00    home 13:00    feedback Sat
#        Sun  8 Mar  clocks go forward in New York
#   4    Mon  9 Mar  10:00    home 13:00    review before it starts
#   5    Wed 11 Mar  10:00    home 13:00
#   6    Fri 13 Mar  10:00    home 13:00
#        Tue 17 Mar  closing call by 10:40
#        Fri 27 Mar  second call
def murrough():
    return lay("mood-acute", first_on="2026-03-02", at="10:00", weekdays="mon wed fri", home_after=180)


# From 2 to 13 March, both days counted, are twelve.
def test_murrough_2013_is_six_infusions_in_twelve_days():
    laid = murrough()

    assert laid.days() == [
        "Mon 2 Mar 10:00",
        "Wed 4 Mar 10:00",
        "Fri 6 Mar 10:00",
        "Mon 9 Mar 10:00",
        "Wed 11 Mar 10:00",
        "Fri 13 Mar 10:00",
    ]


def test_murrough_2013_keeps_ten_o_clock_when_the_clocks_change():
    starts = [booking.starts_at for booking in murrough().bookings]

    assert (starts[2], starts[3]) == (utc("2026-03-06 15:00"), utc("2026-03-09 14:00"))


@pytest.mark.parametrize(
    ("step", "opens", "due", "closes"),
    [
        ("orders", "Mon 23 Feb 08:00", "Sat 28 Feb 17:00", "Mon 2 Mar 10:00"),
        ("learn", "Mon 23 Feb 08:00", "Tue 24 Feb 20:00", "Mon 2 Mar 10:00"),
        ("learn-role", "Mon 23 Feb 08:00", "Tue 24 Feb 20:00", "Mon 2 Mar 10:00"),
        ("learn-signs", "Tue 24 Feb 08:00", "Wed 25 Feb 20:00", "Mon 2 Mar 10:00"),
        ("comfort-talk", "Wed 25 Feb 08:00", "Thu 26 Feb 20:00", "Mon 2 Mar 10:00"),
        ("info-session", "Mon 23 Feb 08:00", "Fri 27 Feb 18:00", "Mon 2 Mar 10:00"),
        ("ride-plan", "Thu 26 Feb 08:00", "Fri 27 Feb 20:00", "Mon 2 Mar 10:00"),
        ("call-ahead", "Thu 26 Feb 08:00", "Sat 28 Feb 17:00", "Mon 2 Mar 10:00"),
        ("home-ready", "Fri 27 Feb 08:00", "Sat 28 Feb 20:00", "Mon 2 Mar 10:00"),
        ("comfort-kit", "Fri 27 Feb 08:00", "Sat 28 Feb 20:00", "Mon 2 Mar 10:00"),
        ("closing-call", "Sat 14 Mar 08:00", "Tue 17 Mar 10:40", "Mon 23 Mar 10:40"),
        ("look-back", "Sun 15 Mar 09:00", "Sun 15 Mar 20:00", "Thu 19 Mar 20:00"),
        ("next-session", "Mon 16 Mar 09:00", "Fri 20 Mar 18:00", "Thu 26 Mar 18:00"),
        ("weeks-after-near", "Sun 15 Mar 09:00", "Fri 27 Mar 20:00", "Fri 27 Mar 20:00"),
        ("second-call", "Wed 25 Mar 08:00", "Fri 27 Mar 10:40", "Fri 3 Apr 10:40"),
    ],
)
def test_murrough_2013_step_of_the_series(step, opens, due, closes):
    assert murrough().times(step) == (opens, due, closes)


@pytest.mark.hazard("H7")
@pytest.mark.parametrize(
    ("step", "opens", "due", "closes"),
    [
        ("confirm-ride", "Fri 6 Mar 08:00", "Sun 8 Mar 12:00", "Mon 9 Mar 10:00"),
        ("ride", "Fri 6 Mar 08:00", "Sun 8 Mar 12:00", "Mon 9 Mar 10:00"),
        ("supper", "Sun 8 Mar 16:00", "Sun 8 Mar 19:00", "Sun 8 Mar 22:00"),
        ("medicines", "Sun 8 Mar 16:00", "Sun 8 Mar 20:00", "Mon 9 Mar 10:00"),
        ("last-food", "Sun 8 Mar 16:00", "Mon 9 Mar 04:00", "Mon 9 Mar 04:00"),
        ("last-drink", "Mon 9 Mar 05:00", "Mon 9 Mar 08:00", "Mon 9 Mar 08:00"),
        ("leave", "Mon 9 Mar 07:00", "Mon 9 Mar 09:00", "Mon 9 Mar 10:00"),
        ("arrive", "Mon 9 Mar 08:00", "Mon 9 Mar 09:45", "Mon 9 Mar 10:30"),
        ("review", "Sat 7 Mar 08:00", "Mon 9 Mar 08:00", "Mon 9 Mar 10:00"),
        ("going-home", "Mon 9 Mar 12:30", "Mon 9 Mar 13:30", "Mon 9 Mar 18:30"),
        ("settle", "Mon 9 Mar 13:00", "Mon 9 Mar 13:30", "Mon 9 Mar 16:00"),
        ("check-1", "Mon 9 Mar 13:30", "Mon 9 Mar 14:00", "Mon 9 Mar 14:20"),
        ("check-2", "Mon 9 Mar 14:45", "Mon 9 Mar 15:00", "Mon 9 Mar 15:20"),
        ("check-3", "Mon 9 Mar 16:45", "Mon 9 Mar 17:00", "Mon 9 Mar 17:30"),
        ("check-bedtime", "Mon 9 Mar 20:30", "Mon 9 Mar 21:30", "Mon 9 Mar 23:00"),
        ("check-morning", "Tue 10 Mar 07:00", "Tue 10 Mar 09:00", "Tue 10 Mar 11:00"),
        ("drive-again", "Mon 9 Mar 11:10", "Tue 10 Mar 09:00", "Tue 10 Mar 18:00"),
        ("alcohol-again", "Mon 9 Mar 11:10", "Tue 10 Mar 10:40", "Tue 10 Mar 10:40"),
        ("own-rest", "Tue 10 Mar 08:00", "Tue 10 Mar 21:00", "Wed 11 Mar 21:00"),
    ],
)
def test_murrough_2013_step_of_infusion_four(step, opens, due, closes):
    assert murrough().times(step, 4) == (opens, due, closes)


def test_murrough_2013_shows_the_kind_time_for_last_food():
    laid = murrough()

    assert laid.local(laid.task("last-food", 4).kind_at) == "Sun 8 Mar 22:00"


@pytest.mark.parametrize(
    ("step", "infusions"),
    [
        ("feedback", [1, 3]),
        ("dip", [1]),
        ("dip-near", [1]),
        ("review", [4]),
        ("last-food", [1, 2, 3, 4, 5, 6]),
        ("check-morning", [1, 2, 3, 4, 5, 6]),
    ],
)
def test_murrough_2013_asks_only_at(step, infusions):
    assert murrough().numbers(step) == infusions


# Anand 2023: twice a week for three weeks.
#
#   Mon  4 May 15:00   Thu  7 May 15:00
#   Mon 11 May 15:00   Thu 14 May 15:00
#   Mon 18 May 15:00   Thu 21 May 15:00        an afternoon: food until 09:00, drinks until 13:00
def anand(**changes):
    given = {"first_on": "2026-05-04", "at": "15:00", "weekdays": "mon thu", "home_after": 180} | changes
    return lay("mood-acute", **given)


def test_anand_2023_is_twice_weekly_for_three_weeks():
    assert anand().days() == [
        "Mon 4 May 15:00",
        "Thu 7 May 15:00",
        "Mon 11 May 15:00",
        "Thu 14 May 15:00",
        "Mon 18 May 15:00",
        "Thu 21 May 15:00",
    ]


def test_anand_2023_in_the_afternoon_leaves_room_for_breakfast():
    laid = anand()

    assert (laid.due("last-food", 1), laid.task("last-food", 1).kind_at) == ("Mon 4 May 09:00", None)
    assert laid.due("last-drink", 1) == "Mon 4 May 13:00"
    assert laid.due("leave", 1) == "Mon 4 May 14:00"


def test_anand_2023_reviews_before_the_second_thursday():
    assert anand().times("review", 4) == ("Tue 12 May 08:00", "Thu 14 May 13:00", "Thu 14 May 15:00")


def test_anand_2023_skips_a_closed_day_and_every_later_time_follows():
    laid = anand(closed=frozenset({utc("2026-05-11 00:00").date()}))

    assert laid.days()[2:] == ["Thu 14 May 15:00", "Mon 18 May 15:00", "Thu 21 May 15:00", "Mon 25 May 15:00"]
    assert laid.due("closing-call") == "Fri 29 May 15:40"


# Clocks go forward on Sunday 8 March in New York: 02:00 is followed by 03:00.
#
#   Sat 7 Mar 20:00   infusion, ends 20:40     24 h later it is Sunday 21:40 on the wall
#   Sun 8 Mar 08:00   infusion                 6 h before is 01:00, not 02:00
@pytest.mark.hazard("H7")
def test_fasting_over_the_change_of_clocks_is_six_real_hours():
    laid = lay("mood-acute", first_on="2026-03-08", at="08:00", weekdays="sun", count=1)

    assert laid.due("last-food", 1) == "Sun 8 Mar 01:00"
    assert laid.local(laid.task("last-food", 1).kind_at) == "Sat 7 Mar 22:00"
    assert laid.due("last-drink", 1) == "Sun 8 Mar 06:00"


def test_day_without_alcohol_over_the_change_of_clocks_is_a_real_day():
    laid = lay("mood-acute", first_on="2026-03-07", at="20:00", weekdays="sat", count=1)

    assert laid.due("alcohol-again", 1) == "Sun 8 Mar 21:40"
    assert laid.due("drive-again", 1) == "Sun 8 Mar 09:00"


# An infusion moves from Wednesday 10:00 to Thursday 13:00: its own times move, the others stay.
def test_moved_infusion_takes_its_tasks_along():
    before = murrough()
    second = replace(
        before.bookings[1],
        revision=2,
        starts_at=utc("2026-03-05 18:00"),
        ends_at=utc("2026-03-05 18:40"),
        left_at=None,
        home_at=None,
    )
    after = Laid("mood-acute", (before.bookings[0], second, *before.bookings[2:]))

    assert (before.due("last-food", 2), after.due("last-food", 2)) == ("Wed 4 Mar 04:00", "Thu 5 Mar 07:00")
    assert after.due("ride", 2) == "Wed 4 Mar 12:00"
    assert after.numbers("check-1") == [1, 3, 4, 5, 6]
    assert [after.due("last-food", number) for number in (1, 3)] == ["Mon 2 Mar 04:00", "Fri 6 Mar 04:00"]


def test_caretaker_who_lives_elsewhere_is_not_asked_to_cook_or_ready_the_home():
    facts = replace(murrough().facts, tags=frozenset())

    tasks = plan.apply(murrough().protocol, facts)

    assert {task.step.id for task in tasks} & {"supper", "home-ready"} == set()


def test_no_check_in_before_they_are_home():
    laid = lay("mood-acute", first_on="2026-03-02", at="10:00", weekdays="mon wed fri")

    assert [task.step.id for task in laid.tasks if task.step.is_check_in] == []


@pytest.mark.hazard("H6")
def test_silence_in_the_first_two_hours_is_more_urgent_than_at_bedtime():
    missed = {step.id: step.missed.name for step in murrough().protocol.steps if step.missed is not None}

    assert missed == {
        "check-1": "URGENT",
        "check-2": "URGENT",
        "check-3": "SOON",
        "check-bedtime": "SOON",
        "check-morning": "SOON",
    }


def test_gates_are_asked_again_after_a_move_except_what_stays_true():
    kept = [step.id for step in murrough().protocol.steps if step.gate and step.after_move == "keep"]

    assert kept == ["orders", "briefing", "sugar-order", "glp1-order", "review"]


@pytest.mark.parametrize("rhythm", ["mon wed fri", "mon thu", "wed"])
def test_nobody_is_asked_more_than_their_budget(rhythm):
    laid = lay("mood-acute", first_on="2026-03-02", at="10:00", weekdays=rhythm, home_after=180)

    assert over_budget(laid) == {}


@settings(max_examples=25, deadline=None)
@given(
    st.sampled_from(["America/New_York", "Europe/Dublin", "Australia/Lord_Howe", "Asia/Kolkata"]),
    st.dates(min_value=utc("2026-01-01 00:00").date(), max_value=utc("2027-12-31 00:00").date()),
    st.integers(min_value=7, max_value=17),
    st.integers(min_value=130, max_value=210),
)
def test_windows_stay_open_long_enough_on_any_day(zone, first_on, hour, home_after):
    laid = lay(
        "mood-acute",
        first_on=first_on.isoformat(),
        at=f"{hour:02}:00",
        weekdays="mon tue wed thu fri sat sun",
        zone=zone,
        home_after=home_after,
    )

    short = [task.step.id for task in laid.tasks if task.closes_at - task.opens_at < timedelta(minutes=20)]
    driving = [
        task.due_at - booking.ends_at
        for booking in laid.bookings
        for task in laid.tasks
        if (task.step.id, task.number) == ("drive-again", booking.number)
    ]

    assert short == []
    assert min(driving) >= timedelta(hours=12)
