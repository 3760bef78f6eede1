"""The newest signature wins: emergency numbers of the clinic's country, and the triage rules."""

import hashlib
from datetime import timedelta

import pytest

from luna.library import actions, content, plans
from luna.library.emergency import LineKind
from luna.library.models import ContentVersion

YEAR = timedelta(days=365)
US = content.emergency_text("US")


@pytest.fixture
def sign(cast, now):
    def act(text=US, *, when=now, country="US", clinic=None, kind="emergency"):
        ticked = {line.name for line in content.emergency_of(text).lines} if kind == "emergency" else TICKED
        return actions.sign(
            clinic_id=(clinic or cast.harbour).id, kind=kind, text=text, accepted=ticked,
            by_id=cast.diaz.id, name="Delia Diaz", country=country, now=when,
        )  # fmt: skip

    return act


TICKED = {rule.id for rule in content.triage_rules("recovery").rules}


def called(cast, country="US"):
    """Return the first emergency number Harbour Clinic's pages show."""
    return plans.emergency(cast.harbour.id, country).of(LineKind.EMERGENCY)[0].call


def test_emergency_numbers_nobody_signed_are_the_packaged_ones(cast):
    assert (called(cast), called(cast, "GB"), called(cast, "JP")) == ("911", "999", "112")


def test_emergency_numbers_signed_last_are_used(sign, cast, now):
    sign()
    sign(US.replace('call = "911"', 'call = "912"'), when=now + timedelta(hours=1))

    assert called(cast) == "912"


def test_emergency_numbers_of_an_older_text_signed_again_are_used(sign, cast, now):
    sign()
    sign(US.replace('call = "911"', 'call = "912"'), when=now + timedelta(hours=1))
    sign(when=now + timedelta(hours=2))

    assert called(cast) == "911"


def test_emergency_numbers_signed_elsewhere_or_for_another_country_are_not_used(sign, cast):
    other = US.replace('call = "911"', 'call = "912"')
    sign(other, clinic=cast.hill)
    sign(other, country="CA")

    assert called(cast) == "911"


def test_emergency_numbers_that_ran_out_are_still_used(sign, cast, now):
    sign(US.replace('call = "911"', 'call = "912"'), when=now - 2 * YEAR)

    assert called(cast) == "912"


def test_emergency_numbers_are_read_once_and_found_in_one_query(sign, cast, django_assert_num_queries):
    sign()
    read = plans.emergency(cast.harbour.id, "US")

    with django_assert_num_queries(1):
        assert plans.emergency(cast.harbour.id, "US") is read


def test_a_set_of_many_countries_is_signed_for_one(sign):
    assert sign(content.emergency_text("DE"), country="DE").content_id == "de"


@pytest.mark.parametrize(("kind", "after", "is_out"), [
    ("emergency", YEAR, False),
    ("emergency", YEAR + timedelta(seconds=1), True),
    ("triage", 3 * YEAR, False),
    ("protocol", 3 * YEAR, False),
])  # fmt: skip
def test_only_emergency_numbers_run_out_after_a_year(now, kind, after, is_out):
    assert plans.has_run_out(ContentVersion(kind=kind, signed_at=now), now + after) is is_out


def test_the_same_words_are_signed_again_once_they_ran_out(sign, now):
    first, again = sign(), sign(when=now + YEAR)
    later, twice = (sign(when=now + YEAR + timedelta(days=days)) for days in (1, 2))

    assert again == first
    assert later != first
    assert twice == later
    assert later.sha256 == first.sha256 == hashlib.sha256(US.encode()).hexdigest()
    assert list(ContentVersion.objects.values_list("renewal", flat=True).order_by("renewal")) == [0, 1]


def test_rules_are_the_packaged_ones_until_some_are_signed(sign, cast):
    text = content.triage_text("recovery").replace('version = "1.0.0"', 'version = "1.0.1"', 1)
    before = plans.rules(cast.harbour.id).version
    sign(text, kind="triage", country="")

    assert (before, plans.rules(cast.harbour.id).version) == ("1.0.0", "1.0.1")
    assert plans.rules(cast.hill.id).version == "1.0.0"
