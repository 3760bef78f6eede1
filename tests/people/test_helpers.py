"""How somebody helps, and who can be the adult who stays."""

import pytest

from luna.people import plans
from luna.people.models import CircleMember


def helper(**facts) -> CircleMember:
    return CircleMember(**{"help": "comes-over", "is_adult": True} | facts)


@pytest.mark.hazard("H9")
@pytest.mark.parametrize(
    ("facts", "may"),
    [
        ({}, True),
        ({"help": "lives-with"}, True),
        ({"device": "none"}, True),
        ({"is_adult": False}, False),
        ({"is_adult": None}, False),
        ({"help": ""}, False),
        ({"help": "drives"}, False),
        ({"help": "phone"}, False),
        ({"role": "therapist"}, False),
        ({"state": "left"}, False),
        ({"state": "revoked"}, False),
    ],
)
def test_named_adult_is_of_age_and_there(facts, may):
    member = helper(**facts)

    assert plans.may_be_named_adult(member) is may
    assert (plans.why_not_named_adult(member) is None) is may
