"""From the start of an infusion until the limit of its protocol ends, nothing is signed."""

from datetime import UTC, datetime, timedelta

from luna.clinical.impairment import Given, until

NINE = datetime(2027, 3, 15, 9, tzinfo=UTC)
DAY = timedelta(hours=24)


def test_until_without_an_infusion_is_no_time():
    assert until([]) is None


def test_until_after_an_infusion_counts_from_its_end():
    given = Given(started_at=NINE, ended_at=NINE + timedelta(minutes=40), wait=timedelta(hours=30))

    assert until([given]) == NINE + timedelta(minutes=40) + timedelta(hours=30)


def test_until_while_it_runs_is_later_than_any_end_could_make_it():
    running = Given(started_at=NINE, ended_at=None, wait=DAY)
    over = Given(started_at=NINE, ended_at=NINE + DAY, wait=DAY)

    assert until([running]) == until([over]) == NINE + 2 * DAY


def test_until_of_a_protocol_that_says_nothing_is_a_day():
    assert until([Given(started_at=NINE, ended_at=NINE, wait=None)]) == NINE + DAY


def test_until_of_several_is_the_latest():
    early = Given(started_at=NINE, ended_at=NINE, wait=timedelta(days=3))
    late = Given(started_at=NINE + DAY, ended_at=NINE + DAY, wait=DAY)

    assert until([late, early]) == NINE + timedelta(days=3)
