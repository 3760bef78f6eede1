"""How a consent stands: none, current, ran out, of older words, or taken back."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from luna.consents import actions, plans
from luna.consents.models import Consent
from luna.consents.plans import State, good_until, state_of
from luna.people.models import Patient
from tests.consents.asking import asked, on_paper, sign, sign_text

__all__ = ["asked"]

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


def signs_neither(cast, now):
    return now


def signs_one(cast, now):
    sign(cast, now)
    return now


def signs_both(cast, now):
    sign(cast, now)
    sign(cast, now, "sharing")
    return now


def signs_both_on_paper(cast, now):
    on_paper(cast, now)
    on_paper(cast, now, "sharing")
    return now


def has_both_run_out(cast, now):
    return signs_both(cast, now) + timedelta(days=400)


def is_asked_other_words(cast, now):
    signs_both(cast, now)
    sign_text(cast, now + HOUR, "sharing", title="Our circle")
    return now + 2 * HOUR


def signs_the_other_words(cast, now):
    later = is_asked_other_words(cast, now)
    sign(cast, later, "sharing")
    return later


def takes_one_back(cast, now):
    signs_both(cast, now)
    actions.withdraw(
        patient_id=cast.ana_patient.id, about="treatment", viewer=cast.sees("ana"), client_id=uuid4(),
        now=now + HOUR,
    )  # fmt: skip
    return now + HOUR


def signs_again(cast, now):
    later = takes_one_back(cast, now)
    sign(cast, later + HOUR)
    return later + HOUR


@pytest.mark.parametrize(
    ("done", "waits"),
    [
        (signs_neither, True),
        (signs_one, True),
        (signs_both, False),
        (signs_both_on_paper, False),
        (has_both_run_out, True),
        (is_asked_other_words, True),
        (signs_the_other_words, False),
        (takes_one_back, True),
        (signs_again, False),
    ],
)
def test_who_waits_to_be_signed_is_found_in_the_database_as_the_rule_says(asked, now, done, waits):
    at = done(asked, now)
    patients = Patient.objects.filter(pk=asked.ana_patient.pk)

    stands = plans.standing(patients.get(), at).values()
    found = plans.waiting(patients, plans.newest(asked.harbour.id), at)

    assert [any(not one.is_current for one in stands), found.exists()] == [waits, waits]


def test_signature_in_a_language_the_clinic_asks_nothing_in_is_good(asked, now):
    signs_both(asked, now)
    patients = Patient.objects.filter(pk=asked.ana_patient.pk)

    stands = plans.standings(patients, {}, now)[asked.ana_patient.pk].values()

    assert [one.state for one in stands] == ["current", "current"]
    assert not plans.waiting(patients, {}, now).exists()


def test_standing_of_somebody_who_was_asked_nothing(cast, now):
    stands = plans.standing(cast.ana_patient, now)

    assert {about: (one.state, one.is_asked) for about, one in stands.items()} == {
        "treatment": ("none", False),
        "sharing": ("none", False),
    }
