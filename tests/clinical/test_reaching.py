"""Which way a message takes, and when it waits: the rules alone."""

from datetime import UTC, datetime, time, timedelta

import pytest

from luna.clinical.reaching import (
    TO_ACT,
    Became,
    Try,
    day_began,
    following,
    held_until,
    is_too_late,
    order,
    quiet_until,
)

ALL = ("push", "email", "sms", "voice")
TAKEN, LATER, FAILED, DOUBT = Became.TAKEN, Became.LATER, Became.FAILED, Became.DOUBT


def tries(*of):
    return [Try(channel, became) for channel, became in of]


def test_order_is_the_usual_one_for_who_never_said():
    assert order([], {"sms", "email"}, urgent=False) == ("email", "sms")


def test_order_begins_with_what_they_chose():
    assert order(["sms"], {"sms", "email", "push"}, urgent=False) == ("sms", "push", "email")


def test_order_leaves_out_what_does_not_lead_to_them():
    assert order(["sms", "email"], {"email"}, urgent=True) == ("email",)


def test_nobody_is_rung_for_what_can_wait():
    assert order(["voice"], ALL, urgent=False) == ("push", "email", "sms")
    assert order(["voice"], ALL, urgent=True) == ("voice", "push", "email", "sms")


def test_order_ends_with_a_channel_nobody_has_named():
    assert order([], {"pigeon", "email"}, urgent=False) == ("email", "pigeon")


@pytest.mark.parametrize("urgent", [True, False])
def test_first_try_is_on_the_first_channel(urgent):
    assert following(ALL, [], urgent=urgent) == "push"


@pytest.mark.parametrize("urgent", [True, False])
@pytest.mark.parametrize("became", [TAKEN, FAILED])
def test_channel_that_is_over_is_not_tried_again(urgent, became):
    assert following(("email", "sms"), tries(("email", became)), urgent=urgent) == "sms"
    assert following(("email",), tries(("email", became)), urgent=urgent) is None


def test_routine_in_doubt_goes_to_the_next_channel_and_never_back():
    assert following(("email", "sms"), tries(("email", DOUBT)), urgent=False) == "sms"
    assert following(("email", "sms"), tries(("email", DOUBT), ("sms", FAILED)), urgent=False) is None


def test_urgent_in_doubt_goes_round():
    both = ("email", "sms")
    assert following(both, tries(("email", DOUBT)), urgent=True) == "sms"
    assert following(both, tries(("email", DOUBT), ("sms", LATER)), urgent=True) == "email"
    assert following(("email",), tries(("email", DOUBT)), urgent=True) == "email"


def test_urgent_that_was_taken_is_not_said_again_where_it_was_in_doubt():
    assert following(("email", "sms"), tries(("email", DOUBT), ("sms", TAKEN)), urgent=True) is None


def test_routine_waits_for_a_channel_that_says_not_now_three_times():
    later = ("email", LATER)
    assert [following(("email", "sms"), [Try(*later)] * n, urgent=False) for n in range(4)] == [
        "email", "email", "email", "sms",
    ]  # fmt: skip


def at(text, zone=UTC):
    return datetime.fromisoformat(text).replace(tzinfo=zone)


NIGHT = {"begins": time(22), "ends": time(7), "zone": "America/New_York"}


@pytest.mark.parametrize(
    ("now", "until"),
    [
        ("2027-03-09T02:59", None),  # 21:59
        ("2027-03-09T03:00", "2027-03-09T12:00"),  # 22:00
        ("2027-03-09T11:59", "2027-03-09T12:00"),  # 06:59
        ("2027-03-09T12:00", None),  # 07:00
    ],
)
def test_quiet_hours_across_midnight(now, until):
    assert quiet_until(at(now), **NIGHT) == (at(until) if until else None)


def test_quiet_hours_within_a_day():
    nap = {"begins": time(13), "ends": time(15), "zone": "Europe/Dublin"}

    assert quiet_until(at("2027-01-08T14:00"), **nap) == at("2027-01-08T15:00")
    assert quiet_until(at("2027-01-08T02:00"), **nap) is None


def test_quiet_night_is_an_hour_shorter_when_the_clocks_go_forward():
    assert quiet_until(at("2027-03-14T04:00"), **NIGHT) == at("2027-03-14T11:00")


def test_quiet_night_is_an_hour_longer_when_the_clocks_go_back():
    assert quiet_until(at("2027-11-07T04:00"), **NIGHT) == at("2027-11-07T12:00")


def test_quiet_hours_that_end_in_the_hour_that_comes_twice_end_the_second_time():
    night = NIGHT | {"ends": time(1, 30)}

    assert quiet_until(at("2027-11-07T05:45"), **night) == at("2027-11-07T06:30")
    assert quiet_until(at("2027-11-07T06:30"), **night) is None


def test_quiet_hours_that_end_in_the_hour_that_is_skipped_are_not_cut_short():
    night = NIGHT | {"ends": time(2, 30)}

    assert quiet_until(at("2027-03-14T06:45"), **night) == at("2027-03-14T07:30")


@pytest.mark.parametrize(("begins", "ends"), [(None, None), (time(22), None), (time(7), time(7))])
def test_no_quiet_hours(begins, ends):
    assert quiet_until(at("2027-03-09T03:00"), begins=begins, ends=ends, zone="America/New_York") is None


NOON = datetime(2027, 3, 8, 17, 0, tzinfo=UTC)  # in New York


def test_who_had_fewer_than_the_day_gets_it_now():
    assert held_until(NOON, had=2, most=3, zone="America/New_York") is None


@pytest.mark.parametrize("had", [3, 9])
def test_above_the_day_it_leaves_in_the_morning(had):
    morning = datetime(2027, 3, 9, 13, 0, tzinfo=UTC)  # 8 am
    assert held_until(NOON, had=had, most=3, zone="America/New_York") == morning


@pytest.mark.parametrize(
    ("zone", "morning"),
    [
        ("Asia/Tokyo", datetime(2027, 3, 9, 23, 0, tzinfo=UTC)),  # it is the 9th there, at 2 am
        ("Pacific/Honolulu", datetime(2027, 3, 9, 18, 0, tzinfo=UTC)),
    ],
)
def test_morning_is_the_readers_own(zone, morning):
    assert held_until(NOON, had=3, most=3, zone=zone) == morning


def test_morning_after_the_clocks_change_is_eight_by_the_new_ones():
    saturday = datetime(2027, 3, 13, 17, 0, tzinfo=UTC)
    assert held_until(saturday, had=3, most=3, zone="America/New_York") == datetime(
        2027, 3, 14, 12, 0, tzinfo=UTC
    )


def test_day_begins_at_midnight_by_the_readers_clock():
    assert day_began(NOON, zone="America/New_York") == datetime(2027, 3, 8, 5, 0, tzinfo=UTC)
    assert day_began(NOON, zone="Asia/Tokyo") == datetime(2027, 3, 8, 15, 0, tzinfo=UTC)


def test_day_whose_midnight_is_skipped_begins_before_it():
    at = datetime(2026, 4, 24, 12, 0, tzinfo=UTC)  # Cairo goes from midnight straight to 1 am
    assert day_began(at, zone="Africa/Cairo") == datetime(2026, 4, 23, 21, 0, tzinfo=UTC)


BY = datetime(2027, 3, 15, 11, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("sends_at", "by", "expected"),
    [
        (BY - TO_ACT, BY, False),
        (BY - TO_ACT + timedelta(seconds=1), BY, True),
        (BY + timedelta(hours=1), BY, True),
        (None, BY, False),
        (BY, None, False),
    ],
)
def test_message_that_leaves_no_time_to_act_is_too_late(sends_at, by, expected):
    assert is_too_late(sends_at, by) == expected
