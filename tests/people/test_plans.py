"""Whether a clinic is open: open, closed until, or not known; and the number that is answered."""

from datetime import UTC, datetime, time, timedelta

import pytest

from luna.people import plans
from luna.people.models import ClosedDay, OpeningHours

MONDAY_NOON = datetime(2027, 3, 15, 16, tzinfo=UTC)  # in New York
MONDAY_NIGHT = datetime(2027, 3, 16, 2, tzinfo=UTC)


@pytest.fixture
def hours(cast):
    """Let Harbour Clinic be open on these weekdays only."""

    def keep(opens, closes, *, weekdays=range(7)):
        OpeningHours.objects.filter(clinic=cast.harbour).delete()
        for weekday in weekdays:
            OpeningHours.objects.create(clinic=cast.harbour, weekday=weekday, opens=opens, closes=closes)

    return keep


def test_opening_in_the_hours_is_open(cast):
    assert plans.opening(cast.harbour, MONDAY_NOON) == plans.Opening(is_open=True)


def test_opening_at_night_says_when_it_opens(cast):
    opens_at = datetime(2027, 3, 16, 12, tzinfo=UTC)

    assert plans.opening(cast.harbour, MONDAY_NIGHT) == plans.Opening(is_open=False, opens_at=opens_at)


@pytest.mark.hazard("H1")
def test_opening_without_hours_is_not_known(cast, hours):
    hours(time(8), time(17), weekdays=())

    found = plans.opening(cast.harbour, MONDAY_NOON)

    assert (found.is_open, found.is_known) == (False, False)


@pytest.mark.hazard("H1")
def test_opening_of_a_clinic_closed_for_long_is_not_known(cast):
    for day in range(40):
        ClosedDay.objects.create(clinic=cast.harbour, on=(MONDAY_NOON + timedelta(days=day)).date())

    assert not plans.opening(cast.harbour, MONDAY_NOON).is_known


@pytest.mark.parametrize("at", [MONDAY_NOON, MONDAY_NIGHT, datetime(2027, 3, 16, 4, tzinfo=UTC)])
def test_opening_from_midnight_to_midnight_never_closes(cast, hours, at):
    hours(time(0), time(0))

    assert plans.opening(cast.harbour, at).is_open


def test_hours_that_end_at_midnight_are_written_as_24(cast, hours):
    hours(time(8, 30), time(0))

    assert OpeningHours.objects.filter(clinic=cast.harbour)[0].text == "08:30 – 24:00"


@pytest.mark.hazard("H1")
@pytest.mark.parametrize(("at", "own", "number"), [
    (MONDAY_NOON, "+12025550199", "nurse_line"),
    (MONDAY_NIGHT, "+12025550199", "after_hours_phone"),
    (MONDAY_NIGHT, "", "nurse_line"),
])  # fmt: skip
def test_answered_is_the_nurse_line_and_the_other_when_closed(cast, at, own, number):
    cast.harbour.after_hours_phone = own

    assert plans.answered(cast.harbour, at) == getattr(cast.harbour, number)
