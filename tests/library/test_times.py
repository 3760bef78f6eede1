"""Instants in words: never a time without its day where the day could be mistaken."""

from datetime import UTC, date, datetime

import pytest

from luna.library import times

NEW_YORK = "America/New_York"
NOW = datetime(2027, 12, 30, 23, 0, tzinfo=UTC)  # Thursday, 6 pm in New York


def local(day: str) -> datetime:
    return datetime.fromisoformat(f"{day}:00-05:00").astimezone(UTC)


def plain(words: str) -> str:
    return words.replace(times.NBSP, " ")


@pytest.mark.hazard("H7")
@pytest.mark.parametrize(
    ("at", "words"),
    [
        ("2027-12-30T22:00", "10 pm"),
        ("2027-12-31T09:00", "9 am tomorrow"),
        ("2027-12-29T22:00", "10 pm yesterday"),
        ("2028-01-01T07:45", "7:45 am on Saturday 1 January 2028"),
    ],
)
def test_until_carries_its_day_unless_it_is_today(at, words):
    assert plain(times.until(local(at), NEW_YORK, NOW)) == words


def test_until_and_when_follow_the_clinics_clock():
    at = local("2027-12-31T21:30")

    assert times.until(at, NEW_YORK, NOW, hours=24) == "21:30 tomorrow"
    assert times.when(at, NEW_YORK, NOW, hours=24) == "tomorrow at 21:30"
    assert plain(times.when(at, NEW_YORK, NOW)) == "tomorrow at 9:30 pm"


@pytest.mark.parametrize(
    ("on", "words"),
    [(date(2027, 11, 1), "Monday 1 November"), (date(2028, 11, 1), "Wednesday 1 November 2028")],
)
def test_a_day_of_another_year_says_which(on, words):
    assert times.full_day(on, NOW) == times.day(on, NEW_YORK, NOW) == words
    assert times.short_day(on, NOW) == f"{words[:3]} 1 Nov{words.partition('November')[2]}"


def test_an_instant_is_not_taken_for_a_day():
    with pytest.raises(TypeError, match="not an instant"):
        times.full_day(NOW)


def test_the_year_is_the_readers_own_on_new_years_eve():
    midnight_in_london = datetime(2028, 1, 1, 0, 30, tzinfo=UTC)

    assert times.day(date(2027, 12, 24), NEW_YORK, midnight_in_london) == "Friday 24 December"
