from datetime import date
from math import nan

import pytest

from luna.clinical import errors, interactions
from luna.clinical.interactions import Handling, Level, Medicine
from luna.clinical.questionnaire import Kind
from luna.clinical.reading import Grade

TABLE_TEXT = """
id = "example"
version = "1.0.0"
review_by = 2027-11-01
reviewed_by = ""

[[interaction]]
id = "pressure"
codes = ["stimulant"]
level = "caution"
handling = "monitor"
grade = "S"
evidence = ["one"]

[[interaction]]
id = "sedation"
codes = ["opioid", "z-drug"]
level = "review"
handling = "ask-prescriber"
grade = "R"
evidence = ["two", "three"]

[[interaction]]
id = "use"
codes = ["recreational"]
level = "review"
handling = "avoid"
kind = "substances"
grade = "D"
evidence = ["four"]

[[interaction]]
id = "unknown"
codes = ["unknown"]
level = "review"
handling = "ask-prescriber"
grade = "D"
evidence = ["five"]
"""
TABLE = interactions.read_interactions(TABLE_TEXT)

SCREENING_TEXT = """
id = "example"
version = "1.0.0"
review_by = 2027-11-01
reviewed_by = ""

[[criterion]]
id = "heart"
level = "stop"
when = [{ item = "heart", any = ["aneurysm", "bleed"] }]
grade = "S"
evidence = ["one"]

[[criterion]]
id = "heart-unsteady"
level = "review"
when = [{ item = "heart", any = ["angina"] }, { item = "steady", any = ["no", "not-sure"] }]
grade = "D"
evidence = ["two"]

[[criterion]]
id = "pressure"
level = "caution"
when = [{ fact = "systolic_mmhg", at_least = 141 }]
grade = "S"
evidence = ["three"]

[[criterion]]
id = "expecting"
level = "stop"
kind = "pregnancy"
when = [{ item = "pregnancy", any = ["pregnant"] }]
grade = "S"
evidence = ["four"]

[[criterion]]
id = "drug-screen"
level = "stop"
needed = false
kind = "substances"
when = [{ fact = "drug_screen_positive", equals = 1 }]
grade = "S"
evidence = ["five"]

[[criterion]]
id = "good-to-know"
level = "info"
needed = false
when = [{ fact = "tried_count", at_most = 1 }]
grade = "R"
evidence = ["six"]

[[test]]
id = "weight"
grade = "B"
evidence = ["seven"]

[[test]]
id = "ecg"
when = [{ item = "heart", any = ["aneurysm", "angina"] }]
grade = "B"
evidence = ["eight"]
"""
SCREENING = interactions.read_screening(SCREENING_TEXT)
WELL = {"heart": "none", "pregnancy": "cannot"}
CALM = {"systolic_mmhg": 120.0}


def medicine(name, *codes):
    return Medicine(name, frozenset(codes))


def flagged(*medicines):
    return [(flag.medicine.name, flag.id) for flag in interactions.flags(medicines, TABLE)]


def met(answers, facts=CALM):
    found = interactions.findings(SCREENING, {**WELL, **answers}, facts)
    return [finding.id for finding in found.findings], found.missing


def test_levels_rise_to_stop():
    assert sorted(Level) == [Level.INFO, Level.CAUTION, Level.REVIEW, Level.STOP]


def test_flag_carries_everything_a_prescriber_needs():
    oxycodone = Medicine("oxycodone", frozenset({"opioid"}), "10 mg", "morning and night")

    (flag,) = interactions.flags([oxycodone], TABLE)

    assert flag == interactions.Flag(
        id="sedation",
        medicine=oxycodone,
        level=Level.REVIEW,
        handling=Handling.ASK_PRESCRIBER,
        reason="opioid",
        kind=Kind.HISTORY,
        evidence=("two", "three"),
        grade=Grade.R,
    )


def test_flags_are_none_without_medicines():
    assert flagged() == []


def test_medicine_of_a_class_without_a_row_is_not_flagged():
    assert flagged(medicine("ramipril", "ace-inhibitor")) == []


@pytest.mark.hazard("H1")
def test_medicine_nobody_knows_is_flagged():
    assert flagged(medicine("grandmother's drops")) == [("grandmother's drops", "unknown")]


def test_medicine_of_two_classes_of_one_row_is_flagged_once_by_the_first():
    (flag,) = interactions.flags([medicine("mixture", "z-drug", "opioid")], TABLE)

    assert (flag.id, flag.reason) == ("sedation", "opioid")


def test_medicine_of_two_rows_is_flagged_twice():
    assert flagged(medicine("cocaine", "stimulant", "recreational")) == [
        ("cocaine", "use"),
        ("cocaine", "pressure"),
    ]


def test_gravest_flag_comes_first_then_the_order_told():
    found = flagged(medicine("modafinil", "stimulant"), medicine("zopiclone", "z-drug"), medicine("drops"))

    assert found == [("zopiclone", "sedation"), ("drops", "unknown"), ("modafinil", "pressure")]


def test_flag_of_a_private_row_keeps_its_kind():
    (flag,) = interactions.flags([medicine("mushrooms", "recreational")], TABLE)

    assert flag.kind is Kind.SUBSTANCES


def test_nothing_met_and_nothing_missing_is_all_clear():
    found = interactions.findings(SCREENING, WELL, CALM)

    assert (found.findings, found.missing, found.all_clear) == ((), (), True)


def test_finding_carries_everything_a_prescriber_needs():
    found = interactions.findings(SCREENING, {**WELL, "heart": "bleed"}, CALM)

    assert found.findings == (
        interactions.Finding(
            id="heart",
            level=Level.STOP,
            item="heart",
            kind=Kind.HISTORY,
            evidence=("one",),
            grade=Grade.S,
        ),
    )


@pytest.mark.hazard("H1")
@pytest.mark.parametrize("left_out", WELL)
def test_missing_answer_is_named_and_never_all_clear(left_out):
    answers = {item: answer for item, answer in WELL.items() if item != left_out}

    found = interactions.findings(SCREENING, answers, CALM)

    assert (left_out in found.missing, found.all_clear) == (True, False)


@pytest.mark.hazard("H1")
@pytest.mark.parametrize("answer", ["", "  ", ","])
def test_blank_answer_is_missing(answer):
    assert met({"pregnancy": answer}) == ([], ("pregnancy",))


@pytest.mark.hazard("H1")
@pytest.mark.parametrize("facts", [{}, {"systolic_mmhg": nan}])
def test_missing_measurement_is_named(facts):
    assert met({}, facts) == ([], ("systolic_mmhg",))


def test_nobody_told_anything():
    found = interactions.findings(SCREENING, {}, {})

    assert (found.missing, found.all_clear) == (("heart", "pregnancy", "steady", "systolic_mmhg"), False)


def test_second_condition_is_not_missing_when_the_first_rules_it_out():
    assert met({"heart": "none"}) == ([], ())


def test_second_condition_is_missing_when_the_first_holds():
    assert met({"heart": "angina"}) == ([], ("steady",))


def test_criterion_of_two_conditions_is_met_by_both():
    assert met({"heart": "angina", "steady": "not-sure"}) == (["heart-unsteady"], ())
    assert met({"heart": "angina", "steady": "yes"}) == ([], ())


def test_any_of_several_answers_meets_a_criterion():
    assert met({"heart": "angina,aneurysm", "steady": "no"})[0] == ["heart", "heart-unsteady"]


@pytest.mark.parametrize(("systolic", "ids"), [(140, []), (141, ["pressure"]), (200, ["pressure"])])
def test_measurement_below_at_and_above_its_bound(systolic, ids):
    assert met({}, {"systolic_mmhg": systolic}) == (ids, ())


def test_fact_that_is_not_needed_counts_when_it_is_there():
    assert met({}, {**CALM, "drug_screen_positive": 1})[0] == ["drug-screen"]
    assert met({}, {**CALM, "drug_screen_positive": 0})[0] == []


def test_gravest_finding_comes_first():
    ids, _ = met({"heart": "angina", "steady": "no", "pregnancy": "pregnant"}, {"systolic_mmhg": 150})

    assert ids == ["expecting", "heart-unsteady", "pressure"]


def test_finding_of_a_private_criterion_keeps_its_kind():
    found = interactions.findings(SCREENING, {**WELL, "pregnancy": "pregnant"}, CALM)

    assert [finding.kind for finding in found.findings] == [Kind.PREGNANCY]


@pytest.mark.parametrize(("systolic", "tried", "clear"), [(120, 1, True), (150, 1, False)])
def test_what_is_good_to_know_stands_against_nothing(systolic, tried, clear):
    found = interactions.findings(SCREENING, WELL, {"systolic_mmhg": systolic, "tried_count": tried})

    assert found.all_clear is clear


@pytest.mark.parametrize(
    ("answers", "ids"),
    [({}, ["weight", "ecg"]), ({"heart": "angina"}, ["weight", "ecg"]), ({"heart": "none"}, ["weight"])],
)
def test_tests_are_asked_unless_ruled_out(answers, ids):
    assert [test.id for test in interactions.tests(SCREENING, answers)] == ids


@pytest.mark.parametrize(
    ("today", "years"),
    [(date(2026, 2, 27), 17), (date(2026, 2, 28), 17), (date(2026, 3, 1), 18)],
)
def test_age_of_someone_born_on_a_leap_day(today, years):
    assert interactions.age_years(date(2008, 2, 29), today) == years


def test_age_turns_on_the_birthday():
    assert interactions.age_years(date(1961, 11, 21), date(2026, 11, 21)) == 65
    assert interactions.age_years(date(1961, 11, 22), date(2026, 11, 21)) == 64


def test_body_mass_index():
    assert round(interactions.bmi_kg_per_m2(81, 180), 2) == 25.0


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            'level = "caution"',
            'level = "grave"',
            "interaction[1] 'pressure'.level: There is no 'grave'. Use one of: info, caution, review, stop.",
        ),
        (
            'handling = "monitor"',
            'handling = "monitr"',
            "interaction[1] 'pressure'.handling: There is no 'monitr'. Did you mean monitor?",
        ),
        (
            'codes = ["stimulant"]',
            "codes = []",
            "interaction[1] 'pressure'.codes: The list is empty or says a thing twice. "
            "Name each once, and at least one.",
        ),
        (
            'codes = ["unknown"]',
            'codes = ["herbal"]',
            'interaction: An unknown medicine would pass for harmless. Add one with codes = ["unknown"].',
        ),
        (
            'kind = "substances"',
            'dose = "2 mg"',
            "interaction[3] 'use'.dose: Nothing reads this key. "
            "Use only: codes, evidence, grade, handling, id, kind, level.",
        ),
        (
            'id = "sedation"',
            'id = "pressure"',
            "interaction[2] 'pressure'.id: There is another one above. Give each one of its own.",
        ),
    ],
)
def test_broken_table_names_the_place_and_the_cure(old, new, message):
    assert TABLE_TEXT.count(old) == 1

    with pytest.raises(errors.InteractionError) as refused:
        interactions.read_interactions(TABLE_TEXT.replace(old, new))

    assert str(refused.value) == message


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            'when = [{ item = "heart", any = ["aneurysm", "bleed"] }]',
            "when = []",
            "criterion[1] 'heart'.when: A criterion without a condition would always be met. "
            'Add one, like { item = "heart", any = ["angina"] }.',
        ),
        (
            '{ fact = "systolic_mmhg", at_least = 141 }',
            '{ fact = "systolic_mmhg" }',
            "criterion[3] 'pressure'.when[1]: It has 0 limits. "
            "Give exactly one of at_least, at_most, equals.",
        ),
        (
            '{ item = "pregnancy", any = ["pregnant"] }',
            '{ item = "pregnancy" }',
            'criterion[4] \'expecting\'.when[1].any: This is missing. Add it, like any = ["one", "two"].',
        ),
        (
            'kind = "pregnancy"',
            'kind = "secret"',
            "criterion[4] 'expecting'.kind: There is no 'secret'. Use one of: "
            "history, pregnancy, substances, safety-at-home, suicidality.",
        ),
        (
            'level = "info"\nneeded = false',
            'level = "info"\nneeded = "no"',
            "criterion[6] 'good-to-know'.needed: 'no' is not true or false. Write it like needed = true.",
        ),
        (
            'id = "weight"\n',
            'id = "weight"\nmeasures = ["weight_kg"]\nfact = "positive"\n',
            "test[1] 'weight'.fact: Measurements are neither positive nor negative. Take one of the two out.",
        ),
    ],
)
def test_broken_screening_names_the_place_and_the_cure(old, new, message):
    assert SCREENING_TEXT.count(old) == 1

    with pytest.raises(errors.ScreeningError) as refused:
        interactions.read_screening(SCREENING_TEXT.replace(old, new))

    assert str(refused.value) == message


def test_screening_without_criteria_is_refused():
    with pytest.raises(errors.ScreeningError) as refused:
        interactions.read_screening(SCREENING_TEXT.split("[[criterion]]")[0])

    assert str(refused.value) == "criterion: There are no criteria. Add at least one [[criterion]]."
