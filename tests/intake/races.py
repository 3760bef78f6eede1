"""Decisions, medicines and answers at the same moment, each with a connection of its own.

Run inside a Luna of its own: append-only tables cannot be emptied again after a test.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from luna.intake import actions, plans
from luna.intake.actions import deciding
from luna.intake.models import EligibilityDecision, News
from luna.notices.models import Notice
from luna.people.access import Viewer
from luna.people.models import Patient
from tests import care as cared
from tests import cast as people
from tests.crowding import CROWD, at_once
from tests.intake import giving

NOW = datetime(2027, 3, 8, 17, tzinfo=UTC)
AFTER = NOW + timedelta(minutes=5)
ROUNDS = 4  # of a race that either may win


def run_all() -> dict[str, Any]:
    """Run every race and return what came of each."""
    cast = people.build(NOW)
    races = (two_prescribers, double_click, beside_a_medicine, beside_answers, many_medicines)
    return {race.__name__: race(cast) for race in races}


def two_prescribers(cast: people.Cast) -> Any:
    """Two prescribers, who read the same page, sign at once."""
    other = people.user("Second Prescriber", NOW)
    people.staff(cast.harbour, other, ["prescriber"], NOW)
    patient = cared.new_in_care(cast, "Two Signed", NOW)

    found = at_once([_signing(cast, patient, cared.staff(cast, one)) for one in (cast.diaz, other)])

    return [sorted(type(one).__name__ for one in found), _signed(patient)]


def double_click(cast: people.Cast) -> Any:
    """A double click signs once."""
    patient = cared.new_in_care(cast, "Clicked Twice", NOW)
    signing = _signing(cast, patient, cared.staff(cast, cast.diaz))

    found = at_once([signing] * CROWD)

    return [len({one.id for one in found}), _signed(patient)]


def beside_a_medicine(cast: people.Cast) -> Any:
    """A prescriber signs while the patient puts a grave medicine on the list."""

    def tell(patient: Patient) -> Callable[[], Any]:
        viewer = cared.patient(patient.user, patient)
        return lambda: giving.tell(viewer, "phenelzine", NOW)

    return [_beside(cast, f"Medicine{n} Told", tell) for n in range(ROUNDS)]


def beside_answers(cast: people.Cast) -> Any:
    """A prescriber signs while the patient sends a grave answer."""

    def send(patient: Patient) -> Callable[[], Any]:
        viewer = cared.patient(patient.user, patient)
        giving.give(viewer, NOW, heart="brain-bleed")
        asked = giving.asking(viewer, NOW)
        return lambda: actions.send(
            viewer=viewer, asking=asked, version=asked.version, round=asked.round, now=NOW
        )

    return [_beside(cast, f"Answers{n} Sent", send) for n in range(ROUNDS)]


def many_medicines(cast: people.Cast) -> Any:
    """Several grave medicines at once open a decision again, which is told once."""
    patient = cared.new_in_care(cast, "Many Told", NOW)
    cared.decide(cast, patient, NOW)
    viewer = cared.patient(patient.user, patient)
    names = ("phenelzine", "theophylline", "tramadol", "green drops")

    at_once([lambda name=name: giving.tell(viewer, name, AFTER) for name in names])

    told = Notice.objects.filter(words="decision-open", patient=patient, to_user=cast.diaz)
    return [len(plans.medicines_of(viewer, patient).current), _news(patient), told.count()]


def _beside(cast: people.Cast, name: str, telling: Callable[[Patient], Callable[[], Any]]) -> bool:
    """Say whether a decision that was signed beside something grave is one that has seen it, or is open."""
    patient = cared.new_in_care(cast, name, NOW)
    tell = telling(patient)
    at_once([_signing(cast, patient, cared.staff(cast, cast.diaz)), tell])
    standing = plans.current_eligibility(patient, AFTER).standing
    signed = _signed(patient)
    wanted = plans.Standing.REOPENED if signed else plans.Standing.NONE
    return (standing, _news(patient)) == (wanted, signed)


def _signing(cast: people.Cast, patient: Patient, viewer: Viewer) -> Callable[[], Any]:
    """Return what signs the page as it is now, once however often it is called."""
    found, form = plans.findings_now(viewer, patient, NOW), uuid4()
    judgement = deciding.Judgement(
        verdict="eligible",
        reasons="Two medicines did not help.",
        review_on=plans.today_of(viewer, NOW) + timedelta(days=90),
        addressed={test.id: "Asked for." for test in found.undone},
        missing_why="In the letter of referral.",
        shown=found.grave,
    )
    return lambda: deciding.decide(
        viewer=viewer, patient=patient, judgement=judgement, before_id=None, client_id=form, now=NOW
    )


def _signed(patient: Patient) -> int:
    return EligibilityDecision.objects.filter(patient=patient).count()


def _news(patient: Patient) -> int:
    return News.objects.filter(patient=patient, what=News.What.REOPENED).count()
