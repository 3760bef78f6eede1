"""How a consent stands: none, current, ran out, of older words, or taken back."""

from datetime import UTC, datetime, timedelta

import pytest

from luna.consents import plans
from luna.consents.models import Consent
from luna.consents.plans import State, good_until, state_of

NOON = datetime(2027, 3, 14, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def consent(**changed):
    return Consent(**{"what": "signed", "sha256": "a", "good_until": NOON + HOUR} | changed)


@pytest.mark.parametrize(
    ("last", "newest", "state"),
    [
        (None, None, State.NONE),
        (None, "a", State.NONE),
        (consent(), "a", State.CURRENT),
        (consent(), None, State.CURRENT),
        (consent(), "b", State.OUTDATED),
        (consent(good_until=NOON + timedelta(seconds=1)), "a", State.CURRENT),
        (consent(good_until=NOON), "a", State.EXPIRED),
        (consent(good_until=NOON - HOUR), "b", State.EXPIRED),
        (consent(what="withdrawn"), "a", State.WITHDRAWN),
        (consent(what="withdrawn", good_until=NOON - HOUR), "b", State.WITHDRAWN),
    ],
)
def test_state_of(last, newest, state):
    assert state_of(last, newest, NOON) is state


@pytest.mark.parametrize(
    ("signed", "months", "ends"),
    [
        ("2027-03-14", 12, "2028-03-14"),
        ("2027-01-31", 1, "2027-02-28"),
        ("2028-02-29", 12, "2029-02-28"),
        ("2027-12-05", 1, "2028-01-05"),
        ("2027-06-30", 60, "2032-06-30"),
    ],
)
def test_good_until_a_day_of_the_calendar(signed, months, ends):
    at = datetime.fromisoformat(signed).replace(tzinfo=UTC)

    assert good_until(at, months).date().isoformat() == ends


def test_standing_of_somebody_who_was_asked_nothing(cast, now):
    stands = plans.standing(cast.ana_patient, now)

    assert {about: (one.state, one.is_asked) for about, one in stands.items()} == {
        "treatment": ("none", False),
        "sharing": ("none", False),
    }
