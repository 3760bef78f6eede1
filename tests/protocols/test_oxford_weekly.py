"""oxford-weekly on a calendar: one infusion a week, three in all, and the answer right after them."""

import pytest

from tests.protocols.series import lay, over_budget, utc


# Oxford: one infusion a week, three in all, to see whether they help.
#
#   1   Wed 14 Oct 14:00    home 17:00         an afternoon: breakfast until 08:00, drinks until 12:00
#   2   Wed 21 Oct 14:00    home 17:00
#       Sun 25 Oct          clocks go back in London
#   3   Wed 28 Oct 14:00    home 17:00
#       Tue  3 Nov          decided what comes next, by 17:00: the day before a fourth would be due
#       Wed 11 Nov          second call
def oxford(**changes):
    given = {"first_on": "2026-10-14", "at": "14:00", "weekdays": "wed", "home_after": 180}
    return lay("oxford-weekly", **{"zone": "Europe/London"} | given | changes)


@pytest.mark.hazard("H7")
def test_oxford_is_three_weekly():
    laid = oxford()

    assert laid.days() == ["Wed 14 Oct 14:00", "Wed 21 Oct 14:00", "Wed 28 Oct 14:00"]
    assert [booking.starts_at for booking in laid.bookings[1:]] == [
        utc("2026-10-21 13:00"),
        utc("2026-10-28 14:00"),
    ]


def test_oxford_dose_and_minutes_are_the_published_ones():
    numbers = oxford().protocol.numbers

    assert [f"{numbers[name].value} {numbers[name].unit}" for name in ("dose", "infusion-minutes")] == [
        "0.5 mg/kg",
        "40 min",
    ]


@pytest.mark.parametrize(
    ("step", "number", "opens", "due", "closes"),
    [
        ("learn", None, "Wed 7 Oct 08:00", "Thu 8 Oct 20:00", "Wed 14 Oct 14:00"),
        ("learn-three", None, "Wed 7 Oct 08:00", "Thu 8 Oct 20:00", "Wed 14 Oct 14:00"),
        ("learn-role", None, "Wed 7 Oct 08:00", "Thu 8 Oct 20:00", "Wed 14 Oct 14:00"),
        ("last-food", 3, "Tue 27 Oct 20:00", "Wed 28 Oct 08:00", "Wed 28 Oct 08:00"),
        ("last-drink", 3, "Wed 28 Oct 09:00", "Wed 28 Oct 12:00", "Wed 28 Oct 12:00"),
        ("check-1", 3, "Wed 28 Oct 17:30", "Wed 28 Oct 18:00", "Wed 28 Oct 18:20"),
        ("dip", 1, "Thu 15 Oct 12:00", "Fri 16 Oct 20:00", "Sun 18 Oct 20:00"),
        ("closing-call", None, "Thu 29 Oct 08:00", "Sun 1 Nov 14:40", "Sat 7 Nov 14:40"),
        ("decide-three", None, "Thu 29 Oct 08:00", "Tue 3 Nov 17:00", "Sat 7 Nov 14:40"),
        ("weeks-after", None, "Fri 30 Oct 09:00", "Wed 11 Nov 20:00", "Wed 11 Nov 20:00"),
        ("second-call", None, "Mon 9 Nov 08:00", "Wed 11 Nov 14:40", "Wed 18 Nov 14:40"),
    ],
)
def test_oxford_step(step, number, opens, due, closes):
    assert oxford().times(step, number) == (opens, due, closes)


def test_oxford_in_the_afternoon_leaves_room_for_breakfast():
    assert oxford().task("last-food", 1).kind_at is None


@pytest.mark.parametrize(
    ("step", "infusions"), [("feedback", [1]), ("dip", [1]), ("more-than-three", []), ("ride", [1, 2, 3])]
)
def test_oxford_asks_only_at(step, infusions):
    assert oxford().numbers(step) == infusions


# Three further ones are sometimes offered: the first of them waits for the decision.
def test_fourth_infusion_meets_a_decision_first():
    laid = oxford(count=6)

    assert laid.numbers("more-than-three") == [4]
    assert laid.times("more-than-three", 4) == ("Thu 29 Oct 08:00", "Wed 4 Nov 12:00", "Wed 4 Nov 14:00")
    assert laid.task("more-than-three", 4).step.gate


@pytest.mark.parametrize("at", ["09:00", "14:00"])
def test_nobody_is_asked_more_than_their_budget(at):
    assert over_budget(oxford(at=at)) == {}
