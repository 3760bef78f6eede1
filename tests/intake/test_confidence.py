"""What a caretaker noticed and does not show the patient brings a human and leaves the patient no trace."""

from uuid import uuid4

import pytest

from luna.escalation.models import Escalation
from luna.escalation.writing import Written
from luna.intake import actions
from luna.people import plans
from luna.people.errors import Refused

pytestmark = [pytest.mark.django_db, pytest.mark.threat("T1")]

CANNOT_WAIT = (
    Written("I can’t breathe"),
    Written("She hits me", is_safety=True),
    Written("", happening=True),
)


def notice(cast, audience, written, now):
    return actions.notice(
        viewer=cast.sees("bea"), audience=audience, written=written, client_id=uuid4(), now=now
    )


def seen_by_ana(cast):
    ana = cast.sees("ana")
    return len(plans.who_looked(ana, number="1", own=True)), Escalation.objects.visible_to(ana).count()


@pytest.mark.parametrize("written", CANNOT_WAIT)
@pytest.mark.parametrize("audience", ["team", "prescribers"])
def test_note_the_patient_is_not_to_read_brings_a_human_and_leaves_no_trace(cast, now, audience, written):
    notice(cast, audience, written, now)

    assert Escalation.objects.count() == 1
    assert seen_by_ana(cast) == (0, 0)


def test_note_the_patient_may_read_is_no_secret(cast, now):
    notice(cast, "patient", Written("She hits me", is_safety=True), now)

    assert seen_by_ana(cast) == (2, 1)


@pytest.mark.parametrize("audience", ["", "everybody"])
def test_note_for_nobody_known_is_in_confidence(cast, now, audience):
    with pytest.raises(Refused):
        notice(cast, audience, Written("She hits me", is_safety=True), now)

    assert Escalation.objects.count() == 1
    assert seen_by_ana(cast) == (0, 0)
