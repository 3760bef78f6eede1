"""Who said each reason of Ana's first infusion and when, until when it counts, and who may know of it."""

from datetime import date

import pytest
from uuid6 import uuid7

from luna.careplan import plans
from luna.clinical.ride import Said
from luna.intake.actions import deciding, medicines
from luna.library import content
from luna.people.models import CircleMember, ContactSafety
from luna.treatment import actions as treatment
from tests import care as cared
from tests.careplan import readying
from tests.careplan.readying import DAWN, DESK, EVE, NINE
from tests.intake import giving

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

    assert lines(on_the_eve, NINE)["pressure"] == (
        "Measured by Nia Noor, today at 8:45 am · counts until today at 11 am · Shown to patient"
    )


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
    until = "counts until today at 11 am"  # when the booked time is over
    assert found["fasting"] == f"Asked at arrival by Nia Noor, today at 8:45 am · {until} · {SHOWN}"


@pytest.mark.parametrize(("asked", "said"), [(True, "Nia Noor"), (False, "Ana Abel said so")])
def test_fasting_says_who_said_otherwise(care, asked, said):
    readying.before(care, cared.at("03-09 12:00"))
    readying.mark(care, "last-food", "ana", cared.at("03-14 22:00"), done=False)
    if asked:
        readying.ready_at_desk(care)

    assert said in lines(care, NINE)["fasting"]


COUNTS = """
[[number]]
id = "pregnancy-test"
value = {days}
unit = "d"
text = "Days after its own for which a pregnancy test counts"
grade = "B"
evidence = ["tests-pregnancy"]
"""


def begun(cast, now, days=None):
    """Have Ana, who could become pregnant, begin under a protocol that says how old a test may be.

    Return her care, and the result of her test a week before.
    """
    giving.send(cast.sees("ana"), now, pregnancy="could")
    first = has_test(cast, date(2027, 3, 1), "03-08 12:00")
    text = content.protocol_text(cared.PROTOCOL)
    if days is not None:
        text = text.replace('numbers = ["dose",', 'numbers = ["dose", "pregnancy-test",')
        text += COUNTS.format(days=days)
    return cared.Care(cast, cared.start(cast, now, text=text)), first


def has_test(cast, on, when):
    """Have Nia write down a negative test of a day."""
    return deciding.add_result(
        viewer=cast.sees("nia"), patient=cast.ana_patient, name="", result="", positive=False,
        test="pregnancy-test", taken_on=on, client_id=uuid7(), now=cared.at(when),
    )  # fmt: skip


def pregnancy(care, when):
    """Return how the test stands, whether it is fine, until when it can be mended and where it is from."""
    found = plans.readiness_of(care.cast.sees("nia"), care.infusions[0].id, cared.at(when))
    reason = next(one for one in found.readiness.reasons if one.code == "pregnancy")
    return reason.how, reason.by, lines(care, when)["pregnancy"]


@pytest.mark.hazard("H8")
def test_pregnancy_test_says_of_which_day_it_is_and_who_wrote_it_down(cast, now):
    """The packaged protocols name no age: how old it is can be read, and nothing is made up."""
    care, _first = begun(cast, now)

    assert pregnancy(care, DAWN) == (
        "done", None, "Test of Monday 1 March, written down by Nia Noor · Shown to patient"
    )  # fmt: skip


@pytest.mark.hazard("H8")
@pytest.mark.parametrize(
    ("on", "when", "how", "ends"),
    [
        (date(2027, 3, 12), "03-12 12:00", "later", "counts until tomorrow at 12 am"),
        (date(2027, 3, 13), "03-14 12:00", "later", "counted until today at 12 am"),
        (date(2027, 3, 14), "03-14 12:00", "later", "counts until tomorrow at 12 am"),
        (date(2027, 3, 14), "03-15 00:00", "old", "counted until today at 12 am"),
        (date(2027, 3, 15), DAWN, "done", "counts until tomorrow at 12 am"),
    ],
)
def test_pregnancy_test_of_the_day_is_repeated_where_the_protocol_says_so(cast, now, on, when, how, ends):
    care, _first = begun(cast, now, days=0)
    has_test(cast, on, f"03-{on.day} 06:00")

    found = pregnancy(care, when)

    assert found[:2] == (how, None if how == "done" else care.infusions[0].starts_at)
    assert ends in found[2]


@pytest.mark.hazard("H8")
@pytest.mark.parametrize(("day", "how"), [(7, "old"), (8, "done")])
def test_pregnancy_test_counts_for_the_days_the_protocol_says(cast, now, day, how):
    care, _first = begun(cast, now, days=7)
    has_test(cast, date(2027, 3, day), "03-10 10:00")

    assert pregnancy(care, DAWN)[0] == how


def test_pregnancy_test_a_prescriber_said_why_not_is_their_decision(cast, now):
    giving.send(cast.sees("ana"), now, pregnancy="could")
    care = cared.Care(cast, cared.start(cast, now))  # the decision says why for whatever is undone

    how, _by, origin = pregnancy(care, DAWN)

    assert (how, origin.endswith(" · Shown to patient")) == ("done", True)
    assert origin.startswith("Delia Diaz decided, ")


def test_pregnancy_test_that_was_taken_back_is_missing(cast, now):
    care, first = begun(cast, now)
    deciding.take_back_result(viewer=cast.sees("nia"), result_id=first.id, client_id=uuid7(), now=now)

    assert pregnancy(care, DAWN) == ("missing", care.infusions[0].starts_at, "Shown to patient")


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
