"""The readiness of Ana's first infusion, from what everybody really said; and the one way to start it."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.http import Http404
from uuid6 import uuid7

from luna.audit.models import AuditEvent
from luna.careplan import actions, plans
from luna.careplan.models import ArrivalCheck
from luna.clinical.readiness import Verdict
from luna.clinical.ride import Said
from luna.consents import actions as consents
from luna.escalation.models import EscalationStep
from luna.intake import actions as intake
from luna.intake.actions import medicines
from luna.library import actions as library
from luna.library import content
from luna.notices.models import Notice
from luna.people.errors import Refused, Replayed, Stale
from luna.people.models import Clinician, ContactSafety
from luna.records.models import Observation, Response
from luna.treatment import actions as treatment
from luna.treatment.models import Moment, Order, Series
from tests import care as cared
from tests import cast as cast_of
from tests.careplan import readying
from tests.careplan.readying import DAWN, DESK, EVE, NINE

pytestmark = pytest.mark.hazard("H8")


@pytest.fixture
def week(now):
    """A day in the week before, when steps are open."""
    return now + timedelta(hours=24)


@pytest.fixture
def on_the_eve(care, week):
    readying.before(care, week)
    readying.eve(care)
    return care


@pytest.fixture
def at_the_desk(on_the_eve):
    readying.arrive(on_the_eve)
    readying.check(on_the_eve)
    return on_the_eve


def stands(care, when, by="nia"):
    return plans.readiness_of(care.cast.sees(by), care.infusions[0].id, cared.at(when)).readiness


def open_ones(care, when):
    """Return what keeps it from starting: code -> how it stands."""
    return {one.code: one.how for one in stands(care, when).open}


def test_nothing_done_is_open_and_nothing_is_an_all_clear(care):
    found = open_ones(care, EVE)

    assert found == {
        "consent": "none", "ride": "none", "briefing": "none", "gate": found["gate"],
    }  # fmt: skip
    assert stands(care, EVE).verdict is Verdict.WAIT


def test_all_done_on_the_eve_is_go_if_fasted(on_the_eve):
    found = stands(on_the_eve, DAWN)

    assert found.verdict is Verdict.GO
    assert found.asks


def test_all_done_and_asked_at_the_desk_starts(at_the_desk):
    moment = readying.start(at_the_desk)

    assert moment.what == Moment.What.STARTED
    assert stands(at_the_desk, NINE).verdict is Verdict.GO


@pytest.mark.parametrize("step", ["confirm-ride", "medicines"])
def test_one_gate_nobody_met_waits(care, week, step):
    readying.before(care, week)
    readying.eve(care, besides=step)

    assert open_ones(care, DAWN) == {"gate": "late"}


def test_ride_that_nobody_said_yes_to_is_missing_whatever_the_clinic_ticked(care, week):
    readying.before(care, week)
    readying.eve(care, besides=readying.RIDE)

    assert open_ones(care, DAWN) == {"ride": "none"}


def test_driver_who_says_no_is_heard_at_once(on_the_eve):
    readying.drive(on_the_eve, Said.DECLINED, cared.at(DAWN))

    assert open_ones(on_the_eve, DAWN) == {"ride": "declined"}


def test_step_of_the_ride_is_met_by_the_ride_and_by_nothing_else(on_the_eve):
    series = Series.objects.filter(id=on_the_eve.series.id)
    key = on_the_eve.key("ride")

    def says():
        (plan,) = plans.plans_of(series, cared.at(DAWN))
        return plan.status(next(one for one in plan.tasks if one.key == key))

    assert says() == "completed"
    readying.drive(on_the_eve, Said.DECLINED, cared.at(DAWN))
    assert says() == "ready"
    with pytest.raises(Refused):
        readying.mark(on_the_eve, "ride", "bea", cared.at(DAWN))


def test_driver_who_must_not_take_them_home_holds_it(on_the_eve):
    cast = on_the_eve.cast
    ContactSafety.objects.create(
        clinic=cast.harbour, patient=cast.ana_patient, at=cared.at(EVE), by=cast.nia, client_id=uuid7(),
        barred=[str(cast.bea.id)],
    )  # fmt: skip

    assert open_ones(on_the_eve, DAWN) == {"barred": "barred"}


def test_start_without_asking_at_arrival_is_refused_in_words(on_the_eve):
    readying.arrive(on_the_eve)

    with pytest.raises(actions.NotReady) as refusal:
        readying.start(on_the_eve)

    assert "Nobody has asked yet when they last ate and drank." in str(refusal.value)
    assert not Moment.objects.filter(what="started").exists()


def test_start_on_a_hold_is_refused_in_words(at_the_desk):
    lithium = medicines.Said("lithium")
    ana = at_the_desk.cast.sees("ana")
    medicines.tell(
        viewer=ana, patient=ana.patient, said=lithium, client_id=uuid7(), now=cared.at("03-15 08:50")
    )

    with pytest.raises(actions.NotReady) as refusal:
        readying.start(at_the_desk)

    assert "Nothing is decided about lithium for this infusion." in str(refusal.value)


def test_start_after_the_consent_was_taken_back_is_refused(at_the_desk):
    ana = at_the_desk.cast.sees("ana")
    consents.withdraw(
        patient_id=ana.patient.id,
        about="treatment",
        viewer=ana,
        client_id=uuid7(),
        now=cared.at("03-15 08:50"),
    )

    with pytest.raises(actions.NotReady):
        readying.start(at_the_desk)
    assert stands(at_the_desk, NINE).verdict is Verdict.HOLD


def test_start_by_who_is_no_clinician_is_refused(at_the_desk):
    Clinician.objects.filter(user=at_the_desk.cast.nia).update(roles=["coordinator"])

    with pytest.raises(Refused) as refusal:
        readying.start(at_the_desk)

    assert str(refusal.value) == "Only a nurse or a prescriber starts an infusion. Ask one to."


@pytest.mark.parametrize("who", ["ana", "bea", "cal", "eve", "dee"])
def test_others_start_nothing_and_ask_nothing(at_the_desk, who):
    with pytest.raises(Http404):
        readying.start(at_the_desk, by=who)
    with pytest.raises(Http404):
        readying.check(at_the_desk, by=who)


def test_start_sent_twice_is_one_start(at_the_desk):
    form = uuid7()

    assert readying.start(at_the_desk, client_id=form) == readying.start(at_the_desk, client_id=form)
    with pytest.raises(Refused) as refusal:
        readying.start(at_the_desk)
    assert str(refusal.value) == "This infusion has started already."


def test_start_sent_again_a_moment_later_without_a_time_is_the_first(at_the_desk):
    form = uuid7()
    first = readying.start(at_the_desk, client_id=form)

    assert readying.start(at_the_desk, client_id=form, at="03-15 09:02") == first


def test_start_is_said_on_no_other_page(at_the_desk):
    with pytest.raises(Refused) as refusal:
        treatment.record_moment(
            infusion_id=at_the_desk.infusions[0].id, what="started", at=cared.at(NINE),
            viewer=at_the_desk.cast.sees("nia"), client_id=uuid7(), now=cared.at(NINE),
        )  # fmt: skip

    assert str(refusal.value) == "Start it on the page that says whether it is ready."


def test_who_has_arrived_is_moved_within_the_day_and_not_to_another(at_the_desk):
    with pytest.raises(Refused) as refusal:
        readying.move(at_the_desk, "03-16 09:00", cared.at("03-15 08:50"))

    assert str(refusal.value) == "They have arrived. Take that back first, then choose another day."
    readying.move(at_the_desk, "03-15 13:00", cared.at("03-15 08:50"))


def test_start_on_a_page_from_before_a_change_is_stale(at_the_desk):
    with pytest.raises(Stale):
        readying.start(at_the_desk, revision=7)


def test_start_written_down_later_is_judged_at_its_own_time(on_the_eve):
    readying.arrive(on_the_eve)
    readying.check(on_the_eve, drink="03-15 07:15")

    with pytest.raises(actions.NotReady) as refusal:
        readying.start(on_the_eve, now=cared.at("03-15 09:30"))

    assert "They ate or drank too late for the booked start." in str(refusal.value)


@pytest.mark.hazard("H8")
def test_start_written_down_later_goes_by_what_was_measured_before_it(at_the_desk):
    readying.measure(at_the_desk, "170", "105", "03-15 09:30")  # in the chair, with no start written down

    assert stands(at_the_desk, "03-15 09:31").verdict is Verdict.HOLD
    readying.start(at_the_desk, at=NINE, now=cared.at("03-15 09:32"))


def test_what_was_asked_on_paper_is_typed_in_later(on_the_eve):
    readying.arrive(on_the_eve)
    readying.check(on_the_eve, now=cared.at("03-15 11:05"))

    readying.start(on_the_eve, at=NINE, now=cared.at("03-15 11:06"))


@pytest.mark.hazard("H8")
def test_nothing_starts_once_the_booked_time_is_over(at_the_desk):
    over = at_the_desk.infusions[0].leaves_at
    asked = {one.code: one.expires for one in stands(at_the_desk, DESK).reasons}
    assert asked["fasting"] == asked["pressure"] == over

    with pytest.raises(Refused, match="Move the infusion to when it takes place"):
        readying.start(at_the_desk, at="03-15 11:00")
    assert open_ones(at_the_desk, "03-15 11:00") == {"fasting": "over", "pressure": "over"}
    assert open_ones(at_the_desk, "03-15 10:59") == {}
    readying.start(at_the_desk, at="03-15 10:59", now=cared.at("03-15 12:00"))
    assert open_ones(at_the_desk, "03-15 12:00") == {}


def test_move_voids_ride_adult_and_fasting(at_the_desk):
    readying.move(at_the_desk, "03-15 11:00", cared.at("03-15 08:50"))

    found = open_ones(at_the_desk, "03-15 10:00")

    assert {name: found[name] for name in ("ride", "adult", "fasting")} == {
        "ride": "asked", "adult": "moved", "fasting": "unasked",
    }  # fmt: skip
    with pytest.raises(actions.NotReady):
        readying.start(at_the_desk, at="03-15 11:00")


def test_after_a_move_each_is_asked_again_and_then_counts(at_the_desk):
    readying.move(at_the_desk, "03-15 11:00", cared.at("03-15 08:50"))
    for step, who in readying.STEPS:
        readying.mark(at_the_desk, step, who, cared.at("03-15 08:55"), revision=2)
    readying.drive(at_the_desk, Said.CONFIRMED, cared.at("03-15 08:55"))
    readying.check(at_the_desk, now=cared.at("03-15 08:56"))

    assert stands(at_the_desk, "03-15 11:00").verdict is Verdict.GO


def test_adult_who_does_not_drive_says_anew_that_they_are_there(at_the_desk):
    bea = at_the_desk.cast.bea
    readying.move(at_the_desk, "03-15 11:00", cared.at("03-15 08:50"))
    readying.drive(at_the_desk, Said.DECLINED, cared.at("03-15 08:55"))
    assert open_ones(at_the_desk, "03-15 10:00")["adult"] == "moved"

    at_the_desk.duty("takes", bea, cared.at("03-15 08:56"))

    assert "adult" not in open_ones(at_the_desk, "03-15 10:00")
    with pytest.raises(Refused):
        at_the_desk.duty("takes", bea, cared.at("03-15 08:57"))


def test_caretaker_who_cannot_leaves_nobody(on_the_eve):
    cast = on_the_eve.cast
    on_the_eve.duty("cannot", cast.bea, cared.at(DAWN))

    assert open_ones(on_the_eve, DAWN) == {"ride": "declined", "adult": "none"}


def test_driver_need_not_be_the_adult_who_stays(on_the_eve):
    cast = on_the_eve.cast
    member = cast_of.member(cast.ana_patient, cast_of.user("Max Moor", cared.at(EVE)), cared.at(EVE))
    on_the_eve.duty("takes", member.user, cared.at(DAWN), by=cast.sees("nia"))

    assert open_ones(on_the_eve, "03-15 07:30") == {"briefing": "none"}


def test_medicine_that_is_held_is_asked_about(on_the_eve, week):
    cast = on_the_eve.cast
    wanted = treatment.Wanted(
        what="medicine", name="calmazine", handling="hold", stop_before_min=60 * 12, restart_after_min=60
    )
    treatment.sign_order(
        series_id=on_the_eve.series.id, wanted=wanted, viewer=cast.sees("diaz"), client_id=uuid7(), now=week
    )

    assert open_ones(on_the_eve, DAWN) == {"medicine": "unsaid"}
    readying.arrive(on_the_eve)
    readying.check(on_the_eve, as_ordered=False)
    assert stands(on_the_eve, DESK).verdict is Verdict.HOLD
    readying.check(on_the_eve, as_ordered=True, now=cared.at("03-15 08:50"))
    assert stands(on_the_eve, NINE).verdict is Verdict.GO


def test_arrival_is_asked_of_who_has_come(on_the_eve):
    with pytest.raises(Refused) as refusal:
        readying.check(on_the_eve)

    assert str(refusal.value) == "Say first when the patient arrived."


@pytest.mark.parametrize(
    ("food", "says"),
    [
        ("03-15 08:46", "This time is in the future. Write down when it was."),
        ("03-11 07:44", "This is more than four days ago. Look at the day."),
    ],
)
def test_arrival_with_a_time_that_cannot_be_is_refused(on_the_eve, food, says):
    readying.arrive(on_the_eve)

    with pytest.raises(Refused) as refusal:
        readying.check(on_the_eve, food=food)

    assert (str(refusal.value), refusal.value.field) == (says, "food_at")


def test_arrival_sent_twice_is_one_and_with_other_words_refused(on_the_eve):
    form = uuid7()
    readying.arrive(on_the_eve)
    readying.check(on_the_eve, client_id=form)
    readying.check(on_the_eve, client_id=form)

    assert ArrivalCheck.objects.count() == 1
    assert AuditEvent.objects.filter(verb="arrival.check").count() == 1
    with pytest.raises(Replayed):
        readying.check(on_the_eve, client_id=form, as_ordered=False)


def override(care, *, by="diaz", keys=("gate.open",), words="Seen by me an hour ago.", **changed):
    found = stands(care, NINE)
    named = [one.key for one in found.open if one.key.startswith(tuple(keys))]
    asked = {"prescriber_id": None, "read_back": False, "client_id": uuid7(), "now": cared.at(NINE)}
    return actions.override(
        infusion_id=care.infusions[0].id, keys=changed.pop("exactly", named), words=words,
        revision=care.infusions[0].revision, viewer=care.cast.sees(by), **(asked | changed),
    )  # fmt: skip


@pytest.fixture
def held(on_the_eve):
    """At the desk, and she ate at seven."""
    readying.arrive(on_the_eve)
    readying.check(on_the_eve, food="03-15 07:00")
    return on_the_eve


def test_prescriber_overrides_a_hold_with_a_reason_and_it_starts(held):
    assert stands(held, NINE).verdict is Verdict.HOLD

    order = override(held, keys=("fasting",))

    shown = plans.in_words(plans.readiness_of(held.cast.sees("nia"), held.infusions[0].id, cared.at(NINE)))
    assert [(one.title, one.reason.override.words) for one in shown.overridden] == [
        ("Fasting", "Seen by me an hour ago.")
    ]
    assert AuditEvent.objects.filter(verb="order.sign", subject_id=str(order.id)).exists()
    assert readying.start(held).what == Moment.What.STARTED


def test_override_by_a_nurse_is_refused_unless_a_prescriber_said_so(held):
    with pytest.raises(Refused):
        override(held, keys=("fasting",), by="nia")

    said = {"by": "nia", "prescriber_id": held.cast.diaz.id}
    with pytest.raises(Refused, match="Read it back"):
        override(held, keys=("fasting",), **said)
    order = override(held, keys=("fasting",), **said, read_back=True)

    assert (order.spoken, order.read_back) == (True, True)
    assert stands(held, NINE).verdict is Verdict.GO


def test_override_that_was_spoken_and_denied_counts_no_more(held):
    order = override(held, keys=("fasting",), by="nia", prescriber_id=held.cast.diaz.id, read_back=True)

    treatment.countersign(
        order_id=order.id, agreed=False, viewer=held.cast.sees("diaz"), client_id=uuid7(), now=cared.at(NINE)
    )

    assert stands(held, NINE).verdict is Verdict.HOLD


@pytest.mark.parametrize(("words", "keys", "field"), [(" ", ("fasting",), "words"), ("Why", (), "reasons")])
def test_override_without_a_reason_or_anything_to_set_aside_is_refused(held, words, keys, field):
    with pytest.raises(Refused) as refusal:
        override(held, words=words, keys=keys) if keys else override(held, words=words, exactly=[])

    assert refusal.value.field == field


def test_override_of_what_stands_otherwise_by_now_is_stale(held):
    with pytest.raises(Stale):
        override(held, exactly=["consent.none"])


def test_start_before_the_pressure_is_measured_is_refused(on_the_eve):
    readying.arrive(on_the_eve)
    readying.check(on_the_eve, pressure=None)

    with pytest.raises(actions.NotReady) as refusal:
        readying.start(on_the_eve)

    assert "The blood pressure is not measured yet." in str(refusal.value)
    readying.measure(on_the_eve, "140", "90", "03-15 08:55")
    readying.start(on_the_eve)


def test_high_pressure_is_measured_again_and_then_is_for_a_prescriber(at_the_desk):
    seen = []
    for upper, when in (("152", "03-15 08:50"), ("150", "03-15 08:54"), ("149", "03-15 08:55")):
        readying.measure(at_the_desk, upper, "84", when)
        seen.append(open_ones(at_the_desk, when)["pressure"])

    assert seen == ["recheck", "recheck", "above"]
    with pytest.raises(actions.NotReady) as refusal:
        readying.start(at_the_desk)
    assert "149/84: still above the limit after 5 minutes. A prescriber decides." in str(refusal.value)
    override(at_the_desk, keys=("pressure",))
    assert stands(at_the_desk, NINE).verdict is Verdict.GO
    readying.measure(at_the_desk, "165", "84", NINE)
    assert open_ones(at_the_desk, NINE) == {"pressure": "above"}


def test_one_reading_as_high_as_the_protocol_says_is_for_a_prescriber_at_once(at_the_desk):
    readying.measure(at_the_desk, "160", "84", "03-15 08:50")

    assert open_ones(at_the_desk, "03-15 08:50") == {"pressure": "high"}
    with pytest.raises(actions.NotReady, match="so high that a prescriber decides"):
        readying.start(at_the_desk)
    readying.measure(at_the_desk, "138", "84", "03-15 08:56")
    assert open_ones(at_the_desk, "03-15 08:56") == {}


def test_pressure_at_arrival_goes_by_the_limit_a_prescriber_ordered(at_the_desk):
    readying.measure(at_the_desk, "150", "84", "03-15 08:50")
    before = open_ones(at_the_desk, "03-15 08:50")

    treatment.sign_order(
        series_id=at_the_desk.series.id,
        wanted=treatment.Wanted(what="number", name="pressure-systolic", value=Decimal(155)),
        viewer=at_the_desk.cast.sees("diaz"), client_id=uuid7(), now=cared.at("03-15 08:51"),
    )  # fmt: skip

    assert before == {"pressure": "recheck"}
    assert open_ones(at_the_desk, "03-15 08:52") == {}


def test_pressure_is_measured_anew_after_a_move(at_the_desk):
    readying.move(at_the_desk, "03-15 11:00", cared.at("03-15 08:50"))
    assert open_ones(at_the_desk, "03-15 10:00")["pressure"] == "unmeasured"

    readying.measure(at_the_desk, "128", "82", "03-15 10:01")

    assert "pressure" not in open_ones(at_the_desk, "03-15 10:02")


def test_pressure_of_the_consultation_does_not_count_at_arrival(on_the_eve):
    readying.arrive(on_the_eve)
    readying.check(on_the_eve, pressure=None)
    intake.measure(
        viewer=on_the_eve.cast.sees("nia"), patient=on_the_eve.cast.ana_patient,
        typed={"systolic_mmhg": ("120", "mmHg"), "diastolic_mmhg": ("80", "mmHg")},
        client_id=uuid7(), now=cared.at(DESK),
    )  # fmt: skip

    assert open_ones(on_the_eve, NINE) == {"pressure": "unmeasured"}


def test_pressure_at_arrival_is_no_finding_of_the_screening(at_the_desk):
    told = Notice.objects.count()
    readying.measure(at_the_desk, "185", "112", "03-15 08:50")

    assert open_ones(at_the_desk, "03-15 08:51") == {"pressure": "high"}
    assert Notice.objects.count() == told


@pytest.mark.parametrize(
    ("upper", "lower", "field"),
    [("", "", "systolic_mmhg"), ("128", "", "diastolic_mmhg"), ("82", "128", "diastolic_mmhg"),
     ("12", "8", "systolic_mmhg"), ("high", "82", "systolic_mmhg")],
)  # fmt: skip
def test_pressure_that_cannot_be_is_refused_at_its_field_and_nothing_is_kept(on_the_eve, upper, lower, field):
    readying.arrive(on_the_eve)

    with pytest.raises(Refused) as refusal:
        readying.measure(on_the_eve, upper, lower, DESK)

    assert refusal.value.field == field
    assert not Observation.objects.exists()
    with pytest.raises(Refused):
        readying.check(on_the_eve, pressure=(upper, lower))
    assert not ArrivalCheck.objects.exists()


def test_pressure_is_measured_of_who_has_come_until_the_start(on_the_eve):
    with pytest.raises(Refused) as refusal:
        readying.measure(on_the_eve, "128", "82", DESK)
    assert str(refusal.value) == "Say first when the patient arrived."

    readying.ready_at_desk(on_the_eve)
    form = uuid7()
    first = readying.measure(on_the_eve, "126", "80", "03-15 08:50", client_id=form)
    readying.start(on_the_eve)

    assert readying.measure(on_the_eve, "126", "80", "03-15 09:01", client_id=form) == first
    with pytest.raises(Refused) as refusal:
        readying.measure(on_the_eve, "126", "80", "03-15 09:01")
    assert str(refusal.value) == "This infusion has started already."


@pytest.mark.parametrize("changed", [{"pressure": ("138", "82")}, {"pressure": None}, {"anxiety": 7}])
def test_arrival_sent_again_with_another_pressure_or_number_is_no_replay(on_the_eve, changed):
    readying.arrive(on_the_eve)
    form = uuid7()
    sent = {"client_id": form, "anxiety": 6}
    assert readying.check(on_the_eve, **sent) == readying.check(on_the_eve, **sent)

    with pytest.raises(Replayed):
        readying.check(on_the_eve, **{**sent, **changed})
    assert Observation.objects.count() == 2


@pytest.mark.parametrize("who", ["ana", "bea", "cal", "eve", "dee"])
def test_others_measure_nothing(at_the_desk, who):
    with pytest.raises(Http404):
        readying.measure(at_the_desk, "128", "82", NINE, by=who)


def test_coordinator_asks_at_arrival_and_measures_nothing(on_the_eve):
    readying.arrive(on_the_eve)
    Clinician.objects.filter(user=on_the_eve.cast.nia).update(roles=["coordinator"])

    readying.check(on_the_eve, pressure=None)

    with pytest.raises(Http404):
        readying.measure(on_the_eve, "128", "82", NINE)


def test_anxiety_told_at_the_desk_is_the_patients_word_written_down_by_staff(at_the_desk):
    infusion, nia = at_the_desk.infusions[0], at_the_desk.cast.sees("nia")
    assert plans.felt(nia, infusion) is None

    readying.check(at_the_desk, anxiety=0, now=cared.at("03-15 08:50"))

    felt = plans.felt(nia, infusion)
    assert (felt.value, felt.by) == (0, "Nia Noor")
    row = Response.objects.get(questionnaire="anxiety")
    assert (row.told_by, row.by, row.kind) == (at_the_desk.cast.ana, at_the_desk.cast.nia, "scores")


SCORES = """
[[step]]
id = "scores"
actor = "patient"
kind = "schedule"
anchor = "start"
opens = "-48h"
due = "-4h"
closes = "0min"
gate = true
late_accepted = true
markable = false
questionnaire = "anxiety"
guide = "info-session"
evidence = ["anxiety-asked"]
"""


def test_questionnaire_that_has_to_be_answered_is_a_reason_until_it_is(cast, now):
    text = content.protocol_text(cared.PROTOCOL) + SCORES
    cared.decide(cast, cast.ana_patient, now)
    signed = treatment.sign(
        kind="protocol", text=text, accepted=library.to_tick(content.protocol_of(text)),
        viewer=cast.sees("diaz"), now=now,
    )  # fmt: skip
    series = treatment.start_series(
        patient=cast.ana_patient, content=signed, starts=[treatment.Start(cared.at("03-15 09:00"))],
        by=cast.sees("diaz"), client_id=uuid7(), now=now,
    )  # fmt: skip
    care = cared.Care(cast, series)
    key = care.key("scores")

    def gate(when):
        found = stands(care, when)
        return next((one.how, one.mender) for one in found.reasons if one.about == key)

    before = [gate("03-12 09:00"), gate(EVE), gate(DAWN)]
    Response.objects.create(
        clinic=cast.harbour, patient=cast.ana_patient, by=cast.ana, capacity="patient", client_id=uuid7(),
        at=cared.at(DAWN), recorded_at=cared.at(DAWN), kind="scores", questionnaire="anxiety",
        questionnaire_version="1.0.0", task_key=key, revision=1, answers={"anxiety": "3"}, content_hash="",
    )  # fmt: skip

    assert before == [("later", "patient"), ("open", "patient"), ("late", "patient")]
    assert gate(DAWN) == ("done", None)


def test_override_does_not_outlive_what_it_was_about(held):
    override(held, keys=("fasting",))

    readying.check(held, food="03-15 08:30", now=cared.at("03-15 09:01"))

    assert open_ones(held, "03-15 09:02") == {"fasting": "ate"}


def test_override_is_no_step_of_the_plan_and_tells_no_circle(held):
    told = Notice.objects.count()

    override(held, keys=("fasting",))

    assert Notice.objects.count() == told
    assert Order.objects.get(what="override").kind == "history"
    assert len(plans.plans_of(Series.objects.filter(id=held.series.id), cared.at(NINE))) == 1


def chase(care, subject, when=EVE, by="nia", number=1):
    return actions.chase(
        infusion_id=care.infusions[0].id, subject=subject, number=number, viewer=care.cast.sees(by),
        now=cared.at(when),
    )  # fmt: skip


def test_chase_reaches_who_can_mend_it_once(care):
    first = chase(care, "ride:")
    again = chase(care, "ride:", when=DAWN)

    assert first == again
    assert (first.to_user, first.words) == (care.cast.bea, "ready-ask")
    assert chase(care, "consent:").to_user == care.cast.ana
    assert AuditEvent.objects.filter(verb="readiness.chase").count() == 2


def test_chase_can_be_sent_again_three_hours_after_the_last(care):
    first = chase(care, "consent:", when="03-14 15:00")
    with pytest.raises(Stale):
        chase(care, "consent:", when="03-14 17:59", number=2)

    second = chase(care, "consent:", when="03-14 18:00", number=2)
    assert second != first
    assert chase(care, "consent:", when="03-14 18:00", number=2) == second  # two taps
    assert chase(care, "consent:", when="03-14 22:00", number=1) == first  # a page that was left open
    with pytest.raises(Stale):
        chase(care, "consent:", when="03-14 22:00", number=4)

    assert chase(care, "consent:", when="03-14 22:00", number=3).to_user == care.cast.ana


def test_chase_after_a_move_is_another_and_the_old_one_is_withdrawn(care):
    first = chase(care, "consent:")
    readying.move(care, "03-15 11:00", cared.at(EVE))

    second = chase(care, "consent:", when="03-14 19:30")

    first.refresh_from_db()
    assert (first.state, second.state) == (Notice.State.VOID, Notice.State.PLANNED)


def test_chase_of_what_is_done_is_stale(on_the_eve):
    with pytest.raises(Stale):
        chase(on_the_eve, "ride:", when=DAWN)


@pytest.mark.parametrize("who", ["ana", "bea", "cal", "eve", "dee"])
def test_others_chase_nobody(care, who):
    with pytest.raises(Http404):
        chase(care, "consent:", by=who)


def test_nobody_is_told_of_a_reason_by_an_escalation(on_the_eve):
    stands(on_the_eve, DAWN)

    assert not EscalationStep.objects.exists()


def test_board_takes_the_same_number_of_queries_however_many_infusions(
    care, cast, now, django_assert_num_queries
):
    for number in range(3):
        someone = cared.new_in_care(cast, f"Max{number} Moor", now)
        cared.start(cast, now, of=someone, hour=f"{10 + 2 * number}:00")
    viewer, dawn = cast.sees("nia"), cared.at(DAWN)

    with django_assert_num_queries(COUNT):
        today, _tomorrow = plans.board(viewer, dawn, most=None)
        plans.chases(today.waiting.shown)
    assert today.count == 4


COUNT = 29  # of plans with rides, answers, consents, consultations, arrivals, prescribers and messages
