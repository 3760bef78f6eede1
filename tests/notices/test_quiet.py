"""When a message waits: quiet hours on the reader's clock, worked out as it is sent."""

from datetime import UTC, datetime, time, timedelta

import pytest

from luna.notices.models import Notice
from tests.notices.ledger import planned, rung, take
from tests.notices.reaching import reached

pytestmark = pytest.mark.django_db

NIGHT = datetime(2027, 3, 9, 4, 0, tzinfo=UTC)  # 23:00 in New York
MORNING = datetime(2027, 3, 9, 12, 0, tzinfo=UTC)  # 07:00
QUIET = {"quiet_from": time(22), "quiet_to": time(7), "mobile": "", "sms_at": None, "voice_at": None}


def again(notice):
    return Notice.objects.get(id=notice.id)


def moved(cast, **changes):
    values = {"was_at": MORNING, "starts_at": MORNING}
    return planned(cast, NIGHT, words="moved", values=values, **changes)


def test_what_can_wait_waits_until_morning(cast):
    reached(cast.bea, NIGHT, **QUIET)
    notice = moved(cast)

    assert take(notice.id, now=NIGHT) is None
    assert (again(notice).state, again(notice).lease_until) == ("planned", MORNING)
    assert take(notice.id, now=MORNING - timedelta(seconds=1)) is None
    assert take(notice.id, now=MORNING) is not None


def test_quiet_hours_are_on_the_readers_own_clock(cast):
    cast.bea.zone = "Europe/Dublin"  # 04:00 there
    cast.bea.save()
    reached(cast.bea, NIGHT, **QUIET)
    notice = moved(cast)

    assert take(notice.id, now=NIGHT) is None
    assert again(notice).lease_until == datetime(2027, 3, 9, 7, 0, tzinfo=UTC)


def test_night_of_the_clock_change_ends_at_seven_by_the_new_clock(cast):
    night = datetime(2027, 3, 14, 4, 0, tzinfo=UTC)
    reached(cast.bea, night, **QUIET)
    notice = moved(cast, due_at=night)

    take(notice.id, now=night)

    assert again(notice).lease_until == datetime(2027, 3, 14, 11, 0, tzinfo=UTC)


def test_what_would_be_too_late_in_the_morning_is_not_sent_and_says_why(cast):
    reached(cast.bea, NIGHT, **QUIET)
    notice = planned(cast, NIGHT, words="step-open")

    assert take(notice.id, now=NIGHT) is None

    assert again(notice).state == "void"
    assert [one.reason for one in notice.attempts.all()] == ["quiet"]


@pytest.mark.parametrize(("minutes", "state"), [(30, "planned"), (-30, "void")])
def test_step_that_can_still_be_done_in_the_morning_is_asked_for_then(cast, minutes, state):
    reached(cast.bea, NIGHT, **QUIET)
    closes_at = MORNING + timedelta(minutes=minutes)
    notice = planned(cast, NIGHT, words="step-open", values={"closes_at": closes_at})

    assert take(notice.id, now=NIGHT) is None

    assert again(notice).state == state
    assert (take(notice.id, now=MORNING) is None) is (state == "void")


@pytest.mark.hazard("H5")
def test_someone_who_needs_them_comes_through(cast):
    reached(cast.nia, NIGHT, **QUIET)

    assert take(rung(cast, NIGHT).id, now=NIGHT) is not None


@pytest.mark.hazard("H5")
def test_check_in_comes_through_to_who_watches_at_home(cast):
    reached(cast.bea, NIGHT, **QUIET)
    cast.bea.watching_until = NIGHT + timedelta(hours=1)
    cast.bea.save()

    assert take(planned(cast, NIGHT).id, now=NIGHT) is not None


def test_day_is_not_quiet(cast):
    reached(cast.bea, NIGHT, **QUIET)

    assert take(planned(cast, MORNING, due_at=MORNING).id, now=MORNING) is not None
