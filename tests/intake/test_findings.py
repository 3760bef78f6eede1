"""What answers, medicines and measurements mean: the gravest first, and nothing missing passes for clear."""

from datetime import UTC, date, datetime

import pytest

from luna.clinical import baseline
from luna.clinical.interactions import Level, Medicine
from luna.intake import plans
from luna.intake.models import LabResult
from luna.intake.plans.answers import Intake
from luna.records.models import Observation
from tests.library.test_intake import ANA

WELL = {
    "systolic_mmhg": 120.0,
    "diastolic_mmhg": 80.0,
    "age_years": 36.0,
    "bmi_kg_per_m2": 24.0,
    "lives_alone": 0.0,
}


def intake(**answers):
    given = {**ANA, **{item.replace("_", "-"): answer for item, answer in answers.items()}}
    return Intake(answers=given, facts={}, told=(), sent=(), born_on=None, part2=False)


def result(test, value="done", *, positive=None, on=date(2027, 3, 1)):
    """Return a result of a test, as it was written down."""
    return LabResult(test=test, name=test, result=value, positive=positive, taken_on=on)


def observed(typed="120", at=datetime(2027, 3, 2, 1, tzinfo=UTC)):
    return Observation(value=1, typed=typed, at=at)


VITALS = {name: observed() for name in baseline.MEASURES}
DONE = plans.Measured(rows=VITALS, results=(result("scores"), result("liver-tests")), zone="America/New_York")


def weigh(answers=None, taken=(), facts=None, *, told=True, kinds=None, measured=DONE):
    return plans.weigh(
        intake=intake(**(answers or {})), taken=taken, list_is_told=told,
        facts=WELL if facts is None else facts, measured=measured, kinds=kinds,
    )  # fmt: skip


def ids(found):
    return [one.id for one in found.found]


def test_somebody_well_is_all_clear():
    found = weigh()

    assert (found.found, found.missing, found.all_clear) == ((), (), True)


def test_gravest_comes_first_whether_told_or_taken():
    found = weigh(
        {"heart": "aneurysm", "implants": "none"}, [Medicine("diazepam", frozenset(["benzodiazepine"]))]
    )

    assert ids(found) == ["screening.aneurysm", "interaction.benzodiazepines:diazepam"]
    assert (found.worst, found.all_clear) == (Level.STOP, False)


def test_finding_says_level_reason_source_and_grade():
    finding = weigh(taken=[Medicine("Lamictal", frozenset(["lamotrigine"]), "200 mg", "evenings")]).found[0]

    assert (finding.title, finding.level, finding.grade) == ("Lamotrigine", Level.REVIEW, "R")
    assert finding.because == "Lamictal, 200 mg, evenings"
    assert finding.handling == "Prescriber decides before the next infusion"
    assert [source.id for source in finding.sources] == ["ix-lamotrigine"]


@pytest.mark.hazard("H1")
def test_medicine_nobody_recognises_is_a_flag_and_no_all_clear():
    found = weigh(taken=[Medicine("green drops")])

    assert (ids(found), found.all_clear) == (["interaction.unknown:green drops"], False)


@pytest.mark.hazard("H1")
def test_list_nobody_told_is_missing():
    found = weigh(told=False)

    assert ([name for name, _words in found.missing], found.all_clear) == (["medicines"], False)


@pytest.mark.hazard("H1")
def test_intake_nobody_sent_is_missing_beside_the_measurements():
    found = plans.weigh(intake=None, taken=[], list_is_told=True, facts={"age_years": 36.0})

    missing = [name for name, _words in found.missing]
    assert missing == ["intake", "lives_alone"]
    assert [test.id for test in found.undone][:1] == ["test.baseline-vitals"]


def test_missing_is_named_in_words():
    found = plans.weigh(intake=None, taken=[], list_is_told=False, facts=WELL)

    assert [words for _name, words in found.missing] == [
        "Medicines: nobody said which are taken, or that none are",
        "The intake: nothing was sent yet",
    ]


# --- Tests --------------------------------------------------------------------------------------------


def by_id(found):
    return {test.id.removeprefix("test."): test for test in found.tests}


@pytest.mark.hazard("H1")
def test_test_nobody_did_is_missing_and_no_all_clear():
    found = weigh(measured=plans.Measured())

    assert [test.id for test in found.undone] == ["test.baseline-vitals", "test.scores", "test.liver-tests"]
    assert not found.all_clear


def test_test_is_done_by_its_newest_result():
    old, new = result("liver-tests", "ALT 90", on=date(2026, 1, 2)), result("liver-tests", "ALT 31")
    found = by_id(weigh(measured=plans.Measured(results=(new, old))))

    assert (found["liver-tests"].result, found["liver-tests"].on) == ("ALT 31", date(2027, 3, 1))
    assert found["scores"].on is None


@pytest.mark.hazard("H1")
def test_each_baseline_measurement_that_is_missing_is_named():
    rows = {name: row for name, row in VITALS.items() if name not in ("spo2_percent", "height_cm")}

    vitals = by_id(weigh(measured=plans.Measured(rows=rows)))["baseline-vitals"]

    assert (vitals.on, vitals.lacks) == (None, ("Oxygen saturation", "Height"))


def test_baseline_is_as_old_as_the_oldest_of_it_on_the_clinics_day():
    vitals = by_id(weigh())["baseline-vitals"]

    assert (vitals.on, vitals.lacks) == (date(2027, 3, 1), ())  # one in the morning UTC, in New York


@pytest.mark.parametrize(
    ("test", "criterion"), [("drug-test", "drug-screen"), ("pregnancy-test", "pregnancy-test")]
)
def test_positive_result_is_a_finding_and_no_result_is_no_negative_one(test, criterion):
    answers = {"substances": "rather-talk", "pregnancy": "not-sure"}
    finding = f"screening.{criterion}"

    def stops(*results):
        return {one.id for one in weigh(answers, measured=plans.Measured(results=results)).found}

    assert finding in stops(result(test, "THC", positive=True))
    assert finding not in stops(result(test, "", positive=False))
    assert finding not in stops()
    assert test in [one.id.removeprefix("test.") for one in weigh(answers).undone]


def test_positive_result_says_what_it_was():
    screen = result("drug-test", "THC", positive=True)

    found = weigh({"substances": "rather-talk"}, measured=plans.Measured(results=(screen,)))

    assert "Positive: THC" in [one.because for one in found.found]
    assert by_id(found)["drug-test"].result == "Positive: THC"


@pytest.mark.threat("T1")
def test_findings_are_filtered_by_kind_and_missing_is_for_staff():
    answers = {"pregnancy": "pregnant", "use-problem": "past", "heart": "bp-treated"}
    seen = weigh(
        answers, [Medicine("naltrexone", frozenset(["opioid-antagonist"]))], {}, kinds=frozenset(["history"])
    )

    assert (ids(seen), seen.missing) == (["screening.bp-treated"], ())
    assert {test.id for test in seen.tests}.isdisjoint({"pregnancy-test", "drug-test"})


def test_same_facts_give_the_same_ids_so_a_decision_can_name_what_it_saw():
    first = weigh({"mind": "bipolar", "bipolar-medicine": "yes"})
    second = weigh({"mind": "bipolar", "bipolar-medicine": "yes"}, [Medicine("x")])

    assert first.grave == {"screening.bipolar"}
    assert second.grave - first.grave == {"interaction.unknown:x"}
