"""The prescriber's decision: what it has to say, how long it holds, and what opens it again."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.http import Http404

from luna.audit.models import AuditEvent
from luna.intake import plans
from luna.intake.actions import deciding
from luna.intake.models import EligibilityDecision, LabResult
from luna.intake.plans import Standing
from luna.people.errors import Refused, Replayed, Stale
from luna.records.models import Observation
from luna.treatment.models import Series
from tests import care as cared
from tests.intake import giving

DAY = timedelta(days=1)


@pytest.fixture
def ana(cast):
    return cast.ana_patient


@pytest.fixture
def diaz(cast):
    return cast.sees("diaz")


@pytest.fixture
def nia(cast):
    return cast.sees("nia")


def send_again(viewer, now, **changed):
    """Send the intake a second time, with some answers changed."""
    for item, answer in changed.items():
        giving.save(viewer, item.replace("_", "-"), answer, now)
    giving.send(viewer, now, **changed)


def how(patient, now):
    return plans.current_eligibility(patient, now).standing


# --- Whether it holds --------------------------------------------------------------------------------


def test_nobody_may_be_treated_before_anybody_decided(ana, now):
    assert how(ana, now) is Standing.NONE


def test_decision_holds_until_its_day(cast, ana, now):
    cared.decide(cast, ana, now, review_on=plans.today_of(ana, now) + 30 * DAY)

    assert [how(ana, now + days * DAY) for days in (0, 29, 30, 31)] == [
        Standing.CURRENT, Standing.CURRENT, Standing.RUN_OUT, Standing.RUN_OUT,
    ]  # fmt: skip


@pytest.mark.parametrize("verdict", ["not-now", "not-suitable"])
def test_decision_against_treatment_is_none_to_start_on(cast, ana, now, verdict):
    cared.decide(cast, ana, now, verdict=verdict)

    assert how(ana, now) is Standing.REFUSED


def test_medicine_that_raises_something_grave_opens_it_again(cast, ana, now):
    giving.send(cast.sees("ana"), now)
    cared.decide(cast, ana, now)

    giving.tell(cast.sees("ana"), "phenelzine", now + DAY)

    found = plans.current_eligibility(ana, now + DAY)
    assert found.standing is Standing.REOPENED
    assert [one.id for one in found.raised] == ["interaction.maoi:phenelzine"]


def test_medicine_that_raises_nothing_grave_leaves_it(cast, ana, now):
    cared.decide(cast, ana, now)

    giving.tell(cast.sees("ana"), "paracetamol", now + DAY)

    assert how(ana, now + DAY) is Standing.CURRENT


def test_later_answer_that_raises_something_grave_opens_it_again(cast, ana, now):
    giving.send(cast.sees("ana"), now)
    cared.decide(cast, ana, now)

    send_again(cast.sees("ana"), now + DAY, heart="brain-bleed")

    assert how(ana, now + DAY) is Standing.REOPENED


def test_measurement_that_raises_something_grave_opens_it_again(cast, ana, diaz, now):
    cared.decide(cast, ana, now)

    measure(diaz, ana, now, systolic_mmhg=("185", "mmHg"), diastolic_mmhg=("112", "mmHg"))

    assert how(ana, now) is Standing.REOPENED


def test_living_alone_since_then_opens_it_again(cast, ana, now):
    giving.send(cast.sees("ana"), now)
    cared.decide(cast, ana, now)

    send_again(cast.sees("ana"), now + DAY, lives_with="alone", night_adult="comes-over")

    assert how(ana, now + DAY) is Standing.REOPENED


def test_what_it_has_seen_does_not_open_it_again(cast, ana, now):
    giving.tell(cast.sees("ana"), "phenelzine", now)
    cared.decide(cast, ana, now)

    assert how(ana, now) is Standing.CURRENT


# --- What it has to say ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"verdict": ""}, "verdict"),
        ({"verdict": "maybe"}, "verdict"),
        ({"reasons": " "}, "reasons"),
        ({"reasons": "x" * 2001}, "reasons"),
        ({"conditions": "x" * 2001}, "conditions"),
        ({"review_on": None}, "review_on"),
        ({"missing_why": " "}, "missing_why"),
    ],
)
def test_decision_that_does_not_say_enough_is_refused(cast, ana, now, said, field):
    with pytest.raises(Refused) as refused:
        cared.decide(cast, ana, now, **said)

    assert refused.value.field == field
    assert not EligibilityDecision.objects.exists()


@pytest.mark.parametrize("days", [-1, 0, 367])
def test_day_to_look_again_is_to_come_and_within_a_year(cast, ana, now, days):
    with pytest.raises(Refused) as refused:
        cared.decide(cast, ana, now, review_on=plans.today_of(ana, now) + days * DAY)

    assert refused.value.field == "review_on"


def test_finding_that_says_stop_needs_a_reason_of_its_own(cast, ana, now):
    giving.send(cast.sees("ana"), now, heart="brain-bleed")
    [stop] = [one for one in plans.findings_now(cast.sees("diaz"), ana, now).found if one.level == 3]

    with pytest.raises(Refused) as refused:
        cared.decide(cast, ana, now, addressed={})
    row = cared.decide(cast, ana, now, addressed={stop.id: "Ten years ago; seen by a neurologist."})

    assert refused.value.field == stop.id
    assert stop.title in str(refused.value)
    assert row.addressed == {stop.id: "Ten years ago; seen by a neurologist."}


def test_decision_against_treatment_needs_no_answer_to_each_finding(cast, ana, now):
    giving.send(cast.sees("ana"), now, heart="brain-bleed")

    assert cared.decide(cast, ana, now, verdict="not-suitable", addressed={}, missing_why="").reasons


def test_person_who_lives_alone_needs_a_plan(cast, ana, now):
    giving.send(cast.sees("ana"), now, lives_with="alone", night_adult="comes-over")

    with pytest.raises(Refused) as refused:
        cared.decide(cast, ana, now, alone_plan=" ")

    assert refused.value.field == "alone_plan"
    assert cared.decide(cast, ana, now).lives_alone is True


def test_finding_that_came_in_while_the_page_was_open_is_to_be_read_first(cast, ana, now):
    shown = [one.id for one in plans.findings_now(cast.sees("diaz"), ana, now).found]
    giving.tell(cast.sees("ana"), "phenelzine", now)

    with pytest.raises(Refused, match="Something new came in"):
        cared.decide(cast, ana, now, shown=shown)


# --- Who signs, twice, at once -----------------------------------------------------------------------


@pytest.mark.parametrize("name", ["nia", "ana", "bea", "oli", "eve", "dee"])
def test_nobody_but_a_prescriber_of_the_clinic_decides(cast, ana, now, name):
    judgement = deciding.Judgement(verdict="not-now", reasons="Later.", review_on=(now + 30 * DAY).date())

    with pytest.raises(Http404):
        deciding.decide(
            viewer=cast.sees(name), patient=ana, judgement=judgement, before_id=None,
            client_id=uuid4(), now=now,
        )  # fmt: skip


def sign(diaz, ana, now, *, form, before=None, **said):
    judgement = deciding.Judgement(
        **{
            "verdict": "not-now",
            "reasons": "Later.",
            "review_on": plans.today_of(ana, now) + 30 * DAY,
            **said,
        }
    )
    return deciding.decide(
        viewer=diaz, patient=ana, judgement=judgement, before_id=before, client_id=form, now=now
    )


def test_form_sent_twice_is_one_decision(diaz, ana, now):
    form = uuid4()

    assert sign(diaz, ana, now, form=form) == sign(diaz, ana, now, form=form)
    assert AuditEvent.objects.filter(verb="eligibility.decide").count() == 1
    with pytest.raises(Replayed):
        sign(diaz, ana, now, form=form, reasons="Other.")


def test_decision_signed_meanwhile_by_another_is_not_passed_over(diaz, ana, now):
    first = sign(diaz, ana, now, form=uuid4())

    with pytest.raises(Stale):
        sign(diaz, ana, now, form=uuid4())

    assert sign(diaz, ana, now, form=uuid4(), before=first.id).supersedes == first


# --- Measuring, and results --------------------------------------------------------------------------


def measure(viewer, patient, now, form=None, **typed):
    return deciding.measure(viewer=viewer, patient=patient, typed=typed, client_id=form or uuid4(), now=now)


def test_measured_values_are_kept_in_one_unit_and_go_before_what_was_told(cast, nia, ana, now):
    giving.send(cast.sees("ana"), now, weight="70 kg")
    measure(nia, ana, now, weight_kg=("180", "lb"), spo2_percent=("98", "%"))

    facts = plans.measured_of(nia, ana).facts
    assert facts == {"weight_kg": 81.65, "spo2_percent": 98.0}
    assert Observation.objects.get(name="weight_kg").typed == "180 lb"


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({}, "systolic_mmhg"),
        ({"weight_kg": ("80", "")}, "weight_kg_unit"),
        ({"weight_kg": ("800", "kg")}, "weight_kg"),
        ({"systolic_mmhg": ("120", "mmHg")}, "diastolic_mmhg"),
        ({"systolic_mmhg": ("80", "mmHg"), "diastolic_mmhg": ("120", "mmHg")}, "diastolic_mmhg"),
    ],
)
def test_value_that_cannot_be_keeps_none_of_them(nia, ana, now, typed, field):
    with pytest.raises(Refused) as refused:
        measure(nia, ana, now, **{"spo2_percent": ("98", "%"), **typed} if typed else {})

    assert refused.value.field == field
    assert not Observation.objects.exists()


def test_measurements_sent_twice_are_kept_once(nia, ana, now):
    form = uuid4()
    for _time in range(2):
        measure(nia, ana, now, form, spo2_percent=("98", "%"))

    assert Observation.objects.count() == 1
    with pytest.raises(Replayed):
        measure(nia, ana, now, form, spo2_percent=("97", "%"))


@pytest.mark.parametrize("name", ["ana", "bea", "eve"])
def test_nobody_but_nurse_or_prescriber_measures(cast, ana, now, name):
    with pytest.raises(Http404):
        measure(cast.sees(name), ana, now, spo2_percent=("98", "%"))


def test_result_is_kept_and_can_be_taken_back(nia, ana, now):
    row = deciding.add_result(
        viewer=nia, patient=ana, name="ALT", result="31 U/L", taken_on=plans.today_of(ana, now),
        client_id=uuid4(), now=now,
    )  # fmt: skip
    assert plans.measured_of(nia, ana).results == (row,)

    for _time in range(2):
        deciding.take_back_result(viewer=nia, result_id=row.id, client_id=uuid4(), now=now)

    assert plans.measured_of(nia, ana).results == ()
    assert LabResult.objects.count() == 2


@pytest.mark.parametrize("days", [1, -4000])
def test_result_of_a_day_that_cannot_be_is_refused(nia, ana, now, days):
    with pytest.raises(Refused) as refused:
        deciding.add_result(
            viewer=nia, patient=ana, name="ALT", result="31", taken_on=plans.today_of(ana, now) + days * DAY,
            client_id=uuid4(), now=now,
        )  # fmt: skip

    assert refused.value.field == "taken_on"


# --- The series ---------------------------------------------------------------------------------------


def test_series_without_a_decision_does_not_start(cast, ana, now, monkeypatch):
    monkeypatch.setattr(cared, "decide", lambda *_args, **_more: None)

    with pytest.raises(Refused) as refused:
        cared.start(cast, now)

    assert refused.value.field == "eligibility"
    assert not Series.objects.exists()


@pytest.mark.parametrize("verdict", ["not-now", "not-suitable"])
def test_series_does_not_start_on_a_decision_against_it(cast, ana, now, verdict, monkeypatch):
    cared.decide(cast, ana, now, verdict=verdict)
    monkeypatch.setattr(cared, "decide", lambda *_args, **_more: None)

    with pytest.raises(Refused):
        cared.start(cast, now)
