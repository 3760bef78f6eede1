"""What was told in two places and does not fit is a finding, and none of it stops anybody."""

from datetime import timedelta
from uuid import uuid4

import pytest

from luna.intake import plans
from luna.intake.actions import deciding, medicines
from tests.intake import giving

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def found(cast, now):
    known = plans.findings_now(cast.sees("diaz"), cast.ana_patient, now)
    return {one.id.removeprefix("screening."): one.because for one in known.found}


def weigh(cast, now, amount, unit="kg"):
    deciding.measure(
        viewer=cast.sees("nia"), patient=cast.ana_patient, typed={"weight_kg": (amount, unit)},
        client_id=uuid4(), now=now,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("answers", "clash"),
    [
        ({"heart": "bp-treated"}, "bp-medicine-clash"),
        ({"mind": "bipolar", "bipolar_medicine": "yes"}, "bipolar-medicine-clash"),
    ],
)
def test_answer_that_tells_of_a_medicine_beside_an_empty_list(cast, now, answers, clash):
    ana = cast.sees("ana")
    giving.send(ana, now, **answers)
    assert found(cast, now)[clash] == "No medicine is listed"

    medicines.review(viewer=ana, patient=ana.patient, takes_none=True, client_id=uuid4(), now=now + DAY)
    assert found(cast, now + DAY)[clash] == "They said that they take nothing"

    giving.tell(ana, "ramipril", now + 2 * DAY)
    assert clash not in found(cast, now + 2 * DAY)


@pytest.mark.hazard("H4")
@pytest.mark.parametrize(
    ("told", "measured", "clashes"),
    [
        ("70 kg", ("63.7", "kg"), False),  # 9.9 per cent
        ("70 kg", ("77.7", "kg"), False),
        ("70 kg", ("77.8", "kg"), True),  # 10.02 per cent
        ("154 lb", ("70", "kg"), False),
        ("154 kg", ("70", "kg"), True),  # pounds taken for kilograms
    ],
)
def test_weight_told_and_measured_differ_by_a_tenth(cast, now, told, measured, clashes):
    giving.send(cast.sees("ana"), now, weight=told)
    weigh(cast, now, *measured)

    assert ("weight-clash" in found(cast, now)) is clashes


def test_clash_of_weights_says_both_as_they_were_typed(cast, now):
    giving.send(cast.sees("ana"), now, weight="154 kg")
    weigh(cast, now, "154.3", "lb")

    assert found(cast, now)["weight-clash"].replace("\N{NO-BREAK SPACE}", " ") == (
        "told 154 kilograms, measured 154.3 lb"
    )
