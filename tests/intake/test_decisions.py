"""The prescriber's decision: what it has to say, how long it holds, and what opens it again."""

from datetime import date, timedelta
from uuid import uuid4

import pytest
from django.http import Http404

from luna.audit.models import AuditEvent
from luna.intake import plans
from luna.intake.actions import deciding, medicines
from luna.intake.actions import enquiry as enquiries
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


def how_(patient, now):
    return plans.current_eligibility(patient, now).standing


# --- Whether it holds --------------------------------------------------------------------------------


def test_nobody_may_be_treated_before_anybody_decided(ana, now):
    assert how_(ana, now) is Standing.NONE


def test_decision_holds_until_its_day(cast, ana, now):
    cared.decide(cast, ana, now, review_on=plans.today_of(ana, now) + 30 * DAY)

    assert [how_(ana, now + days * DAY) for days in (0, 29, 30, 31)] == [
        Standing.CURRENT, Standing.CURRENT, Standing.RUN_OUT, Standing.RUN_OUT,
    ]  # fmt: skip


@pytest.mark.parametrize("verdict", ["not-now", "not-suitable"])
def test_decision_against_treatment_is_none_to_start_on(cast, ana, now, verdict):
    cared.decide(cast, ana, now, verdict=verdict)

    assert how_(ana, now) is Standing.REFUSED


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

    assert how_(ana, now + DAY) is Standing.CURRENT


def test_later_answer_that_raises_something_grave_opens_it_again(cast, ana, now):
    giving.send(cast.sees("ana"), now)
    cared.decide(cast, ana, now)

    send_again(cast.sees("ana"), now + DAY, heart="brain-bleed")

    assert how_(ana, now + DAY) is Standing.REOPENED


def test_measurement_that_raises_something_grave_opens_it_again(cast, ana, diaz, now):
    cared.decide(cast, ana, now)

    measure(diaz, ana, now, systolic_mmhg=("185", "mmHg"), diastolic_mmhg=("112", "mmHg"))

    assert how_(ana, now) is Standing.REOPENED


def test_living_alone_since_then_opens_it_again(cast, ana, now):
    giving.send(cast.sees("ana"), now)
    cared.decide(cast, ana, now)

    send_again(cast.sees("ana"), now + DAY, lives_with="alone", night_adult="comes-over")

    assert how_(ana, now + DAY) is Standing.REOPENED


def test_what_it_has_seen_does_not_open_it_again(cast, ana, now):
    giving.tell(cast.sees("ana"), "phenelzine", now)
    cared.decide(cast, ana, now)

    assert how_(ana, now) is Standing.CURRENT


# --- What was told since, and taken back ---------------------------------------------------------------


def end(viewer, row, now, **how):
    """Say that a medicine is taken no more, or never was."""
    act = medicines.stop if how else medicines.mistake
    return act(viewer=viewer, patient=viewer.patient, medicine_id=row.id, client_id=uuid4(), now=now, **how)


def raised(patient, now):
    return [(one.id, one.ended) for one in plans.current_eligibility(patient, now).raised]


@pytest.mark.parametrize(
    ("how", "ended"),
    [
        ({"stopped_on": date(2027, 3, 9)}, "Told, and said to be taken last on 2027-03-09."),
        ({}, "Told, and said since to be a mistake."),
    ],
)
def test_medicine_told_and_ended_since_stays_open_until_a_prescriber_decides(cast, ana, now, how, ended):
    giving.send(cast.sees("ana"), now)
    cared.decide(cast, ana, now)
    row = giving.tell(cast.sees("ana"), "phenelzine", now + DAY)
    end(cast.sees("ana"), row, now + 2 * DAY, **how)

    assert how_(ana, now + 2 * DAY) is Standing.REOPENED
    assert raised(ana, now + 2 * DAY) == [("since.interaction.maoi:phenelzine", ended)]

    cared.decide(cast, ana, now + 3 * DAY)
    assert (how_(ana, now + 3 * DAY), raised(ana, now + 3 * DAY)) == (Standing.CURRENT, [])


def test_medicine_renamed_since_stays_open(cast, ana, now):
    cared.decide(cast, ana, now)
    viewer, row = cast.sees("ana"), giving.tell(cast.sees("ana"), "phenelzine", now + DAY)
    medicines.change(
        viewer=viewer, patient=ana, medicine_id=row.id, said=medicines.Said("sertraline"),
        client_id=uuid4(), now=now + 2 * DAY,
    )  # fmt: skip

    assert raised(ana, now + 2 * DAY) == [("since.interaction.maoi:phenelzine", "Told, and changed since.")]


def test_grave_answer_taken_back_since_stays_open(cast, ana, now):
    giving.send(cast.sees("ana"), now)
    cared.decide(cast, ana, now)
    send_again(cast.sees("ana"), now + DAY, heart="brain-bleed")
    send_again(cast.sees("ana"), now + 2 * DAY, heart="none")

    assert raised(ana, now + 2 * DAY) == [("since.screening.brain-bleed", "Told, and changed since.")]
    assert how_(ana, now + 2 * DAY) is Standing.REOPENED


def test_measurement_that_was_better_the_next_time_stays_open(cast, ana, diaz, now):
    cared.decide(cast, ana, now)
    measure(diaz, ana, now + DAY, systolic_mmhg=("185", "mmHg"), diastolic_mmhg=("88", "mmHg"))
    measure(diaz, ana, now + 2 * DAY, systolic_mmhg=("120", "mmHg"), diastolic_mmhg=("80", "mmHg"))

    assert raised(ana, now + 2 * DAY)[0][0] == "since.screening.bp-today-systolic"


def test_form_that_waited_while_the_decision_was_signed_counts_as_told_since(cast, ana, now):
    cared.decide(cast, ana, now)
    earlier = now - timedelta(seconds=2)  # when the page was asked for
    row = giving.tell(cast.sees("ana"), "phenelzine", earlier)
    end(cast.sees("ana"), row, now + DAY, stopped_on=date(2027, 3, 9))

    assert how_(ana, now + DAY) is Standing.REOPENED


def test_medicine_that_was_seen_and_is_stopped_since_opens_nothing(cast, ana, now):
    row = giving.tell(cast.sees("ana"), "phenelzine", now)
    cared.decide(cast, ana, now + DAY)
    end(cast.sees("ana"), row, now + 2 * DAY, stopped_on=date(2027, 3, 9))

    assert how_(ana, now + 2 * DAY) is Standing.CURRENT


def test_medicine_decided_on_as_stopped_opens_it_when_it_is_taken_again(cast, ana, now):
    viewer = cast.sees("ana")
    end(viewer, giving.tell(viewer, "phenelzine", now), now, stopped_on=date(2027, 3, 8))
    [found] = plans.findings_now(cast.sees("diaz"), ana, now).found
    cared.decide(cast, ana, now)
    assert (found.id, how_(ana, now)) == ("since.interaction.maoi:phenelzine", Standing.CURRENT)

    giving.tell(viewer, "phenelzine", now + DAY)

    assert [name for name, _ended in raised(ana, now + DAY)] == ["interaction.maoi:phenelzine"]


def test_medicine_entered_by_mistake_before_any_decision_is_no_finding(cast, ana, now):
    viewer = cast.sees("ana")
    end(viewer, giving.tell(viewer, "phenelzine", now), now)

    assert plans.findings_now(cast.sees("diaz"), ana, now).found == ()


def test_finding_taken_back_that_says_stop_needs_a_reason_too(cast, ana, now):
    cared.decide(cast, ana, now)
    row = giving.tell(cast.sees("ana"), "theophylline", now + DAY)
    end(cast.sees("ana"), row, now + DAY)

    with pytest.raises(Refused) as refused:
        cared.decide(cast, ana, now + DAY, addressed={})

    assert refused.value.field == "since.interaction.theophylline:theophylline"
    assert plans.title_of(refused.value.field) == "Theophylline or aminophylline (theophylline)"


# --- Living alone ---------------------------------------------------------------------------------------


def enquire(viewer, patient, now, version=0, **values):
    return enquiries.save(
        viewer=viewer, patient=patient, values=values, version=version, client_id=uuid4(), now=now
    )


def alone(cast, ana, now):
    known = plans.consultation(cast.sees("diaz"), ana, now)
    return known.home.alone, {one.id for one in known.findings.found}


def test_newest_word_on_living_alone_counts_and_the_clash_is_named(cast, ana, nia, now):
    giving.send(cast.sees("ana"), now)
    enquire(nia, ana, now + DAY, lives_alone="yes")

    assert alone(cast, ana, now + DAY) == (True, {"screening.lives-alone", "screening.lives-alone-clash"})

    send_again(cast.sees("ana"), now + 2 * DAY, lives_with="alone", night_adult="comes-over")
    assert alone(cast, ana, now + 2 * DAY) == (True, {"screening.lives-alone"})

    send_again(cast.sees("ana"), now + 3 * DAY, lives_with="partner", night_adult="lives-here")
    assert alone(cast, ana, now + 3 * DAY) == (False, {"screening.lives-alone-clash"})


def test_saying_something_else_again_does_not_say_anew_who_lives_there(cast, ana, nia, now):
    giving.send(cast.sees("ana"), now)
    enquire(nia, ana, now + DAY, lives_alone="yes")
    send_again(cast.sees("ana"), now + 2 * DAY, weight="75 kg")

    assert alone(cast, ana, now + 2 * DAY)[0] is True

    send_again(cast.sees("ana"), now + 3 * DAY, lives_with="adults")
    enquire(nia, ana, now + 4 * DAY, version=1, lives_alone="yes", language="Spanish")
    assert alone(cast, ana, now + 4 * DAY)[0] is True  # adults is no other word than partner


def test_enquiry_that_is_unsure_again_says_nothing(cast, ana, nia, now):
    enquire(nia, ana, now, lives_alone="yes")
    enquire(nia, ana, now + DAY, version=1, lives_alone="unknown")

    assert alone(cast, ana, now + DAY) == (None, set())
    missing = plans.findings_now(cast.sees("diaz"), ana, now + DAY).missing
    assert ("lives_alone", "Whether they live alone") in missing


def test_enquiry_newer_than_the_intake_asks_for_a_plan(cast, ana, nia, now):
    giving.send(cast.sees("ana"), now)
    cared.decide(cast, ana, now)
    enquire(nia, ana, now + DAY, lives_alone="yes")

    assert how_(ana, now + DAY) is Standing.REOPENED
    with pytest.raises(Refused) as refused:
        cared.decide(cast, ana, now + DAY, alone_plan=" ")
    assert refused.value.field == "alone_plan"


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
    found = plans.findings_now(cast.sees("diaz"), ana, now)
    [stop] = [one for one in found.found if one.level == 3]
    tests = {test.id: "Asked for." for test in found.undone}

    with pytest.raises(Refused) as refused:
        cared.decide(cast, ana, now, addressed=tests)
    row = cared.decide(cast, ana, now, addressed=tests | {stop.id: "Ten years ago; seen by a neurologist."})

    assert refused.value.field == stop.id
    assert stop.title in str(refused.value)
    assert row.addressed == tests | {stop.id: "Ten years ago; seen by a neurologist."}


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

    facts = plans.consultation(nia, ana, now).measured.facts
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
    assert plans.consultation(nia, ana, now).measured.results == (row,)

    for _time in range(2):
        deciding.take_back_result(viewer=nia, result_id=row.id, client_id=uuid4(), now=now)

    assert plans.consultation(nia, ana, now).measured.results == ()
    assert LabResult.objects.count() == 2


@pytest.mark.parametrize("days", [1, -4000])
def test_result_of_a_day_that_cannot_be_is_refused(nia, ana, now, days):
    with pytest.raises(Refused) as refused:
        deciding.add_result(
            viewer=nia, patient=ana, name="ALT", result="31", taken_on=plans.today_of(ana, now) + days * DAY,
            client_id=uuid4(), now=now,
        )  # fmt: skip

    assert refused.value.field == "taken_on"


def add(viewer, patient, now, **said):
    """Write down a result of today."""
    said = {"name": "", "result": "", "taken_on": plans.today_of(patient, now), **said}
    return deciding.add_result(viewer=viewer, patient=patient, client_id=uuid4(), now=now, **said)


def test_test_nobody_did_needs_a_reason_of_its_own(cast, ana, nia, now):
    add(nia, ana, now, test="scores", result="PHQ-9 19")
    reasons = {"test.baseline-vitals": "Measured this morning by the ward."}

    with pytest.raises(Refused) as refused:
        cared.decide(cast, ana, now, addressed=reasons)
    assert refused.value.field == "test.liver-tests"
    assert "Liver tests with ALP and GGT" in str(refused.value)

    add(nia, ana, now, test="liver-tests", result="ALT 31 U/L")
    tests = {test.id: "Asked for." for test in plans.findings_now(nia, ana, now).undone}
    row = cared.decide(cast, ana, now, addressed=tests | reasons)
    assert "test.liver-tests" not in row.missing
    assert "test.baseline-vitals" in row.missing
    assert plans.title_of("test.baseline-vitals").startswith("Blood pressure")


def test_decision_against_treatment_needs_no_test(cast, ana, now):
    assert cared.decide(cast, ana, now, verdict="not-now", addressed={}).verdict == "not-now"


def test_result_names_its_test_and_can_be_taken_back(nia, ana, now):
    row = add(nia, ana, now, test="liver-tests", result="ALT 31 U/L")
    assert row.name == "Liver tests with ALP and GGT"
    assert "test.liver-tests" not in [test.id for test in plans.findings_now(nia, ana, now).undone]

    deciding.take_back_result(viewer=nia, result_id=row.id, client_id=uuid4(), now=now)

    assert "test.liver-tests" in [test.id for test in plans.findings_now(nia, ana, now).undone]


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"test": "drug-test", "result": "clear"}, "positive"),
        ({"test": "liver-tests", "result": "31", "positive": True}, "positive"),
        ({"name": "ALT", "result": "31", "positive": False}, "positive"),
        ({"test": "liver-tests"}, "result"),
        ({"test": "drug-test", "positive": True, "result": "x" * 121}, "result"),
    ],
)
def test_result_that_does_not_fit_its_test_is_refused(nia, ana, now, said, field):
    with pytest.raises(Refused) as refused:
        add(nia, ana, now, **said)

    assert refused.value.field == field
    assert not LabResult.objects.exists()


@pytest.mark.parametrize("test", ["baseline-vitals", "nonsense"])
def test_result_of_a_test_there_is_not_is_not_found(nia, ana, now, test):
    with pytest.raises(Http404):
        add(nia, ana, now, test=test, result="31")


def test_positive_drug_screen_opens_the_decision_again_and_a_later_negative_one_does_not_close_it(
    cast, ana, nia, now
):
    cared.decide(cast, ana, now)
    add(nia, ana, now + DAY, test="drug-test", positive=True, result="THC")
    assert raised(ana, now + DAY) == [("screening.drug-screen", "")]

    add(nia, ana, now + 2 * DAY, test="drug-test", positive=False)
    assert raised(ana, now + 2 * DAY) == [("since.screening.drug-screen", "Told, and changed since.")]


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
