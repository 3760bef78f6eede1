"""What answers, medicines and measurements mean: the gravest first, and nothing missing passes for clear."""

import pytest

from luna.clinical.interactions import Level, Medicine
from luna.intake import plans
from luna.intake.plans.answers import Intake
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
    return Intake(answers=given, facts={}, told=(), sent=(), born_on=None)


def weigh(answers=None, taken=(), facts=None, *, told=True, kinds=None):
    return plans.weigh(
        intake=intake(**(answers or {})), taken=taken, list_is_told=told,
        facts=WELL if facts is None else facts, kinds=kinds,
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
    assert missing == ["intake", "bmi_kg_per_m2", "diastolic_mmhg", "lives_alone", "systolic_mmhg"]


def test_missing_is_named_in_words():
    found = plans.weigh(intake=None, taken=[], list_is_told=False, facts=WELL)

    assert [words for _name, words in found.missing] == [
        "Medicines: nobody said which are taken, or that none are",
        "The intake: nothing was sent yet",
    ]


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
