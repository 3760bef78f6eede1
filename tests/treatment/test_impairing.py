"""02.1: what is said of an infusion day decides until when the patient signs nothing."""

from datetime import timedelta
from decimal import Decimal

import pytest
from uuid6 import uuid7

from luna.people import plans
from luna.people.models import Patient
from luna.treatment import actions
from tests import care as cared

pytestmark = pytest.mark.threat("T2")

DAY = timedelta(hours=24)  # as the protocol says


def until(care):
    return Patient.objects.get(pk=care.cast.ana_patient.pk).impaired_until


def take_back(care, what, when):
    actions.take_back_moment(
        infusion_id=care.infusions[0].id, what=what, viewer=cared.staff(care.cast, care.cast.nia),
        client_id=uuid7(), now=cared.at(when),
    )  # fmt: skip


@pytest.fixture
def started(care):
    care.say("arrived", cared.at("03-15 08:50"))
    assert until(care) is None
    care.say("started", cared.at("03-15 09:00"))
    return care


def test_start_of_an_infusion_makes_the_patient_wait(started):
    patient = Patient.objects.get(pk=started.cast.ana_patient.pk)

    assert not plans.may_sign(patient, cared.at("03-15 09:00"))
    assert not plans.may_sign(patient, cared.at("03-16 12:00"))


def test_end_of_an_infusion_says_until_when(started):
    started.say("ended", cared.at("03-15 09:40"))

    assert until(started) == cared.at("03-15 09:40") + DAY


def test_going_home_changes_nothing(started):
    started.say("ended", cared.at("03-15 09:40"))
    started.say("left", cared.at("03-15 11:30"))

    assert until(started) == cared.at("03-15 09:40") + DAY


def test_corrected_end_counts_instead(started):
    started.say("ended", cared.at("03-15 09:40"))
    actions.record_moment(
        infusion_id=started.infusions[0].id, what="ended", at=cared.at("03-15 09:55"),
        viewer=cared.staff(started.cast, started.cast.nia), client_id=uuid7(), now=cared.at("03-15 10:00"),
    )  # fmt: skip

    assert until(started) == cared.at("03-15 09:55") + DAY


def test_end_taken_back_waits_for_the_end_again(started):
    running = until(started)
    started.say("ended", cared.at("03-15 09:40"))

    take_back(started, "ended", "03-15 09:45")

    assert until(started) == running


def test_start_taken_back_frees_the_patient(started):
    take_back(started, "started", "03-15 09:05")

    assert until(started) is None


def test_start_taken_back_leaves_the_infusion_before_it(care):
    for day, number in (("03-15", 1), ("03-17", 2)):
        care.say("arrived", cared.at(f"{day} 08:50"), number)
        care.say("started", cared.at(f"{day} 09:00"), number)
        if number == 1:
            care.say("ended", cared.at(f"{day} 09:40"), number)
    actions.take_back_moment(
        infusion_id=care.infusions[1].id, what="started", viewer=cared.staff(care.cast, care.cast.nia),
        client_id=uuid7(), now=cared.at("03-17 09:05"),
    )  # fmt: skip

    assert until(care) == cared.at("03-15 09:40") + DAY


def test_an_order_for_a_longer_limit_counts_and_so_does_stopping_it(started):
    started.say("ended", cared.at("03-15 09:40"))
    diaz, said_at = cared.staff(started.cast, started.cast.diaz), cared.at("03-15 10:00")

    longer = actions.Wanted(what="number", name="no-signing", value=Decimal(48))
    order = actions.sign_order(
        series_id=started.series.id, wanted=longer, viewer=diaz, client_id=uuid7(), now=said_at
    )
    assert until(started) == cared.at("03-15 09:40") + 2 * DAY

    actions.stop_order(order_id=order.id, viewer=diaz, client_id=uuid7(), now=said_at)
    assert until(started) == cared.at("03-15 09:40") + DAY


def test_other_patients_are_not_held_up(started):
    assert Patient.objects.get(pk=started.cast.oli_patient.pk).impaired_until is None
