"""Who said each reason of Ana's first infusion and when, until when it counts, and who may know of it."""

import pytest
from uuid6 import uuid7

from luna.careplan import plans
from luna.clinical.ride import Said
from luna.intake.actions import medicines
from luna.people.models import CircleMember, ContactSafety
from luna.treatment import actions as treatment
from tests import care as cared
from tests.careplan import readying
from tests.careplan.readying import DAWN, DESK, EVE, NINE

SHOWN = "Shown to patient, Bea"


def lines(care, when):
    """Return code of a reason -> where it comes from, as staff read it."""
    viewer = care.cast.sees("nia")
    found = plans.readiness_of(viewer, care.infusions[0].id, cared.at(when))
    said = plans.origins(viewer, found)
    return {one.code: said[one.key].replace("\xa0", " ") for one in found.readiness.reasons}


@pytest.fixture
def on_the_eve(care, now):
    readying.before(care, cared.at("03-09 12:00"))
    readying.eve(care)
    return care


def test_what_is_settled_names_who_said_it_and_when(on_the_eve):
    found = lines(on_the_eve, DAWN)

    assert found["ride"] == f"Bea Burns said so, yesterday at 7 pm · {SHOWN}"
    assert found["briefing"] == f"Nia Noor signed, Tuesday 9 March at noon · {SHOWN}"
    assert found["consent"].startswith("Ana Abel signed, Tuesday 9 March at noon")
    assert found["consent"].endswith(" · Shown to patient")
    assert "decided, " in found["eligibility"]
    assert "counts until " in found["eligibility"]
    assert found["eligibility"].endswith(" · Staff only")


def test_what_nobody_said_has_an_audience_alone(care):
    found = lines(care, DAWN)

    assert found["ride"] == SHOWN
    assert found["consent"] == "Shown to patient"


def test_audience_is_who_is_shown_that_kind_now(care, cast):
    CircleMember.objects.filter(pk=cast.bea_member.pk).update(kinds=["schedule"])
    assert (lines(care, DAWN)["ride"], lines(care, DAWN)["adult"][-8:]) == ("Shown to patient", "ent, Bea")

    CircleMember.objects.filter(pk=cast.bea_member.pk).update(state="left")
    assert lines(care, DAWN)["ride"] == "Shown to patient"


def test_blood_pressure_says_who_measured_it_and_when(on_the_eve):
    assert lines(on_the_eve, DAWN)["pressure"] == "Shown to patient"
    readying.ready_at_desk(on_the_eve)

    assert lines(on_the_eve, NINE)["pressure"] == "Measured by Nia Noor, today at 8:45 am · Shown to patient"


def test_adult_who_never_said_so_is_known_by_their_place(care):
    assert lines(care, DAWN)["adult"].startswith("In the circle since ")


def test_driver_by_link_is_named_as_they_were_asked(care, cast):
    infusion = care.infusions[0]
    asked = treatment.ask_ride(
        infusion_id=infusion.id, wanted=treatment.WantedRide(name="Rae", email="rae@example.org"),
        viewer=cast.sees("nia"), client_id=uuid7(), now=cared.at("03-12 12:00"),
    )  # fmt: skip
    treatment.answer_ride_by_link(ask_id=asked.id, said=Said.CONFIRMED, user_id=None, now=cared.at(EVE))

    assert lines(care, DAWN)["ride"].startswith("Rae said so, yesterday at 7 pm")


def test_what_staff_wrote_down_says_so(care, now):
    care.duty("takes", care.cast.bea, cared.at(EVE), by=care.cast.sees("nia"))

    assert lines(care, DAWN)["adult"].startswith("Nia Noor wrote it down, yesterday at 7 pm")


def test_what_was_asked_at_arrival_says_so(on_the_eve):
    readying.ready_at_desk(on_the_eve)

    found = lines(on_the_eve, NINE)
    assert found["fasting"] == f"Asked at arrival by Nia Noor, today at 8:45 am · {SHOWN}"


@pytest.mark.parametrize(("asked", "said"), [(True, "Nia Noor"), (False, "Ana Abel said so")])
def test_fasting_says_who_said_otherwise(care, asked, said):
    readying.before(care, cared.at("03-09 12:00"))
    readying.mark(care, "last-food", "ana", cared.at("03-14 22:00"), done=False)
    if asked:
        readying.ready_at_desk(care)

    assert said in lines(care, NINE)["fasting"]


@pytest.mark.threat("T6")
def test_private_reasons_say_so(care, cast, now):
    medicines.tell(
        viewer=cast.sees("ana"), patient=cast.ana_patient, said=medicines.Said("naltrexone"),
        client_id=uuid7(), now=cared.at("03-09 12:00"),
    )  # fmt: skip
    ContactSafety.objects.create(
        clinic=cast.harbour, patient=cast.ana_patient, safe="no", barred=[str(cast.bea.id)], by=cast.nia,
        at=now, client_id=uuid7(),
    )  # fmt: skip

    found = lines(care, DAWN)

    assert found["barred"] == "Staff only"
    assert found["medicine"].startswith("Ana Abel told of it, Tuesday 9 March at noon · ")
    assert found["medicine"].endswith(" · Shown to patient")


def test_held_medicine_says_who_marked_it(on_the_eve, cast):
    treatment.sign_order(
        series_id=on_the_eve.series.id,
        wanted=treatment.Wanted(
            what="medicine", name="lithium", handling="hold", stop_before_min=600, restart_after_min=180
        ),
        viewer=cast.sees("diaz"), client_id=uuid7(), now=cared.at("03-10 12:00"),
    )  # fmt: skip
    readying.arrive(on_the_eve)
    readying.check(on_the_eve, as_ordered=False)

    assert lines(on_the_eve, DESK)["medicine"].startswith("Asked at arrival by Nia Noor, today at 8:45 am")


def test_origins_take_three_queries(on_the_eve, django_assert_num_queries):
    viewer = on_the_eve.cast.sees("nia")
    found = plans.readiness_of(viewer, on_the_eve.infusions[0].id, cared.at(DAWN))

    with django_assert_num_queries(3):
        plans.origins(viewer, found)
