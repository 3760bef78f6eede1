"""The screening for ketamine: each criterion at its level and grade, met by its answer, never skipped."""

import pytest

from luna.clinical import baseline, interactions
from luna.clinical.interactions import Level
from luna.clinical.questionnaire import Answered, Kind
from luna.library import content
from tests.library.test_intake import ANA, INTAKES

SCREENING = content.screening("ketamine")
WORDS = content.words("screening", "ketamine")
CRITERIA = {one.id: one for one in SCREENING.criteria}
CALM = {
    "systolic_mmhg": 120,
    "diastolic_mmhg": 75,
    "age_years": 36,
    "bmi_kg_per_m2": 25,
    "lives_alone": 0,
}


def met(answers=None, facts=None):
    found = interactions.findings(SCREENING, {**ANA, **(answers or {})}, {**CALM, **(facts or {})})
    return {finding.id for finding in found.findings}, found.missing


def test_someone_well_is_all_clear():
    found = interactions.findings(SCREENING, ANA, CALM)

    assert (found.findings, found.missing, found.all_clear) == ((), (), True)


# The levels and grades of the evidence. A change here is a change of medicine, and needs a source.
@pytest.mark.parametrize(
    ("answers", "criterion", "level", "grade"),
    [
        ({"allergies": "ketamine", "ketamine-before": "yes"}, "hypersensitivity", Level.STOP, "S"),
        ({"heart": "bp-danger"}, "bp-serious", Level.STOP, "S"),
        ({"heart": "bp-uncontrolled"}, "bp-serious", Level.STOP, "S"),
        ({"heart": "aneurysm"}, "aneurysm", Level.STOP, "S"),
        ({"heart": "tangle"}, "aneurysm", Level.STOP, "S"),
        ({"heart": "brain-bleed"}, "brain-bleed", Level.STOP, "S"),
        ({"heart": "rhythm", "heart-steady": "changing"}, "heart-unstable", Level.STOP, "S"),
        ({"heart": "angina", "heart-steady": "steady"}, "heart-steady", Level.CAUTION, "D"),
        ({"heart": "heart-attack", "heart-steady": "not-sure"}, "unsure-heart-steady", Level.REVIEW, "D"),
        ({"heart": "bp-brain"}, "bp-brain", Level.REVIEW, "S"),
        ({"heart": "bp-treated"}, "bp-treated", Level.CAUTION, "D"),
        ({"heart": "not-sure"}, "unsure-heart", Level.REVIEW, "D"),
        ({"head": "pressure-head"}, "head-eye-pressure", Level.REVIEW, "S"),
        ({"head": "eye-pressure"}, "head-eye-pressure", Level.REVIEW, "S"),
        ({"head": "seizures"}, "seizures", Level.REVIEW, "B"),
        ({"head": "not-sure"}, "unsure-head", Level.REVIEW, "D"),
        ({"breathing": "apnoea"}, "airway", Level.REVIEW, "B"),
        ({"breathing": "oxygen"}, "airway", Level.REVIEW, "B"),
        ({"breathing": "not-sure"}, "unsure-breathing", Level.REVIEW, "D"),
        ({"organs": "liver-severe"}, "liver-severe", Level.STOP, "S"),
        ({"organs": "liver"}, "liver-moderate", Level.REVIEW, "S"),
        ({"organs": "bladder"}, "bladder", Level.REVIEW, "R"),
        ({"organs": "thyroid"}, "thyroid", Level.REVIEW, "B"),
        ({"organs": "porphyria"}, "porphyria", Level.REVIEW, "B"),
        ({"organs": "diabetes"}, "diabetes", Level.REVIEW, "D"),
        ({"organs": "not-sure"}, "unsure-organs", Level.REVIEW, "D"),
        ({"anaesthesia": "airway"}, "anaesthesia", Level.CAUTION, "B"),
        ({"anaesthesia": "not-sure"}, "unsure-anaesthesia", Level.CAUTION, "D"),
        ({"mind": "psychosis"}, "psychosis", Level.STOP, "S"),
        ({"mind": "schizophrenia"}, "psychosis", Level.STOP, "S"),
        ({"mind": "mania-now"}, "mania", Level.STOP, "B"),
        ({"mind": "dementia"}, "dementia-delirium", Level.STOP, "S"),
        ({"mind": "confusion"}, "dementia-delirium", Level.STOP, "S"),
        ({"mind": "bipolar", "bipolar-medicine": "yes"}, "bipolar", Level.REVIEW, "S"),
        ({"mind": "not-sure"}, "unsure-mind", Level.REVIEW, "D"),
        ({"dark-thoughts": "thoughts"}, "suicidal-thoughts", Level.REVIEW, "D"),
        ({"dark-thoughts": "rather-talk"}, "suicidal-thoughts", Level.REVIEW, "D"),
        ({"self-harm": "long-ago"}, "self-harm", Level.CAUTION, "D"),
        ({"self-harm": "last-year"}, "self-harm", Level.CAUTION, "D"),
        ({"self-harm": "lately"}, "self-harm-lately", Level.REVIEW, "D"),
        ({"self-harm": "rather-talk"}, "self-harm-lately", Level.REVIEW, "D"),
        ({"pregnancy": "pregnant"}, "pregnancy", Level.STOP, "S"),
        ({"pregnancy": "could,planning"}, "pregnancy", Level.STOP, "S"),
        ({"pregnancy": "could,feeding"}, "breastfeeding", Level.REVIEW, "S"),
        ({"pregnancy": "not-sure"}, "unsure-pregnancy", Level.REVIEW, "D"),
        ({"allergies": "not-sure"}, "unsure-allergies", Level.REVIEW, "D"),
        ({"use-problem": "now"}, "use-now", Level.STOP, "S"),
        ({"use-problem": "past"}, "use-history", Level.REVIEW, "R"),
        ({"use-problem": "not-sure"}, "talk-use", Level.REVIEW, "D"),
        ({"substances": "ketamine"}, "ketamine-misuse", Level.STOP, "S"),
        ({"substances": "cannabis"}, "cannabis-use", Level.CAUTION, "D"),
        ({"substances": "stimulants"}, "other-drugs", Level.REVIEW, "D"),
        ({"substances": "rather-talk"}, "talk-substances", Level.REVIEW, "D"),
        ({"alcohol": "daily"}, "alcohol-daily", Level.REVIEW, "D"),
        ({"alcohol": "rather-talk"}, "talk-alcohol", Level.REVIEW, "D"),
        ({"ride-home": "nobody"}, "no-escort", Level.REVIEW, "R"),
        ({"ride-home": "not-yet"}, "escort-open", Level.CAUTION, "D"),
        ({"night-adult": "nobody"}, "night-open", Level.REVIEW, "D"),
    ],
)
def test_answer_meets_its_criterion(answers, criterion, level, grade):
    found, missing = met(answers)

    assert (found, missing) == ({criterion}, ())
    assert (CRITERIA[criterion].level, CRITERIA[criterion].grade) == (level, grade)


@pytest.mark.parametrize(
    ("medicine", "found"),
    [
        ("yes", {"bipolar"}),
        ("no", {"bipolar", "bipolar-unmedicated"}),
        ("not-sure", {"bipolar", "unsure-bipolar-medicine"}),
    ],
)
def test_bipolar_disorder_depends_on_its_medicine(medicine, found):
    assert met({"mind": "bipolar", "bipolar-medicine": medicine})[0] == found
    assert CRITERIA["bipolar-unmedicated"].level is Level.STOP


@pytest.mark.parametrize(
    ("fact", "values"),
    [
        ("systolic_mmhg", {140: set(), 141: {"bp-today-systolic"}}),
        ("diastolic_mmhg", {90: set(), 91: {"bp-today-diastolic"}}),
        ("age_years", {17: {"age-under-18"}, 18: set(), 64: set(), 65: {"age-65"}}),
        ("bmi_kg_per_m2", {39.9: set(), 40: {"airway-bmi"}}),
        ("drug_screen_positive", {0: set(), 1: {"drug-screen"}}),
        ("pregnancy_test_positive", {0: set(), 1: {"pregnancy-test"}}),
        ("antidepressants_tried_count", {1: {"not-resistant"}, 2: set()}),
        ("lives_alone", {0: set(), 1: {"lives-alone"}}),
        ("lives_alone_clash", {0: set(), 1: {"lives-alone-clash"}}),
        ("phone_screen_look", {0: set(), 1: {"phone-screen"}}),
        ("weight_difference_percent", {9.9: set(), 10: {"weight-clash"}}),
    ],
)
def test_measurement_below_at_and_above_its_bound(fact, values):
    assert {value: met(facts={fact: value})[0] for value in values} == values


# Our own levels: none of these stops anybody by itself.
def test_level_of_what_does_not_fit_together():
    levels = {name: CRITERIA[name].level for name in CRITERIA if name.endswith("-clash")}

    assert levels == {
        "lives-alone-clash": Level.REVIEW,
        "bp-medicine-clash": Level.REVIEW,
        "bipolar-medicine-clash": Level.REVIEW,
        "weight-clash": Level.CAUTION,
    }
    assert {CRITERIA[name].grade for name in levels} == {"D"}


@pytest.mark.parametrize(
    ("answers", "clash"),
    [
        ({"heart": "bp-treated"}, "bp-medicine-clash"),
        ({"mind": "bipolar", "bipolar-medicine": "yes"}, "bipolar-medicine-clash"),
    ],
)
def test_medicine_an_answer_tells_of_is_looked_for_in_the_list(answers, clash):
    listed = {count: met(answers, {"medicines_count": count})[0] for count in (0, 1)}

    assert listed[0] - listed[1] == {clash}


@pytest.mark.hazard("H1")
@pytest.mark.parametrize("fact", CALM)
def test_missing_measurement_is_named(fact):
    facts = {name: value for name, value in CALM.items() if name != fact}

    assert interactions.findings(SCREENING, ANA, facts).missing == (fact,)


@pytest.mark.hazard("H1")
@pytest.mark.parametrize(
    "item",
    sorted({part.item for one in SCREENING.criteria for part in one.when if isinstance(part, Answered)}),
)
def test_missing_answer_is_named_and_never_all_clear(item):
    answers = {
        **ANA,
        "heart": "angina",
        "heart-steady": "steady",
        "mind": "bipolar",
        "bipolar-medicine": "yes",
    }

    found = interactions.findings(SCREENING, {**answers, item: ""}, CALM)

    assert (item in found.missing, found.all_clear) == (True, False)


@pytest.mark.hazard("H1")
def test_every_not_sure_and_rather_talk_asks_for_a_prescriber():
    asked = {part.item for one in SCREENING.criteria for part in one.when if isinstance(part, Answered)}
    open_answers = [
        (item.id, code)
        for item in content.questionnaire("intake").items
        for code in item.offered
        if item.id in asked and code in ("not-sure", "rather-talk") and not item.when
    ]
    quiet = {
        (item, code)
        for item, code in open_answers
        if not any(CRITERIA[one].level >= Level.CAUTION for one in met({item: code})[0])
    }

    assert len(open_answers) == 14
    assert quiet == set()


@pytest.mark.parametrize("name", INTAKES)
def test_every_criterion_and_test_asks_what_the_intake_offers(name):
    offered = {item.id: set(item.offered) for item in content.questionnaire(name).items}
    asked = [part for one in (*SCREENING.criteria, *SCREENING.tests) for part in one.when]

    assert [part for part in asked if isinstance(part, Answered) and not part.any <= offered[part.item]] == []


@pytest.mark.threat("T1")
def test_criterion_and_test_keep_the_kind_of_what_they_ask():
    kinds = {item.id: item.kind for item in content.questionnaire("intake").items}
    wrong = [
        one.id
        for one in (*SCREENING.criteria, *SCREENING.tests)
        for part in one.when
        if isinstance(part, Answered) and kinds[part.item] is not one.kind
    ]

    assert wrong == []
    assert CRITERIA["drug-screen"].kind is Kind.SUBSTANCES


@pytest.mark.parametrize("one", [*SCREENING.criteria, *SCREENING.tests], ids=lambda one: one.id)
def test_criterion_is_graded_no_surer_than_its_evidence(one):
    cited = [content.SURENESS.index(content.evidence()[name].grade) for name in one.evidence]

    assert content.SURENESS.index(one.grade) >= min(cited)


def test_finding_on_diabetes_says_who_orders_the_fasting():
    said = WORDS["criterion"]["diabetes"]

    assert said["title"] == "Fasting with diabetes: the prescriber gives the order"
    assert "fasting-default" in CRITERIA["diabetes"].evidence


def test_every_criterion_and_test_has_staff_words():
    assert list(WORDS["criterion"]) == [one.id for one in SCREENING.criteria]
    assert list(WORDS["test"]) == [one.id for one in SCREENING.tests]
    assert {key for part in ("criterion", "test") for one in WORDS[part].values() for key in one} == {
        "title",
        "staff",
    }


@pytest.mark.parametrize(
    ("answers", "more"),
    [
        ({}, []),
        ({"heart": "bp-treated"}, ["ecg"]),
        ({"heart": "not-sure"}, ["ecg"]),
        ({"pregnancy": "could"}, ["pregnancy-test"]),
        ({"substances": "rather-talk"}, ["drug-test"]),
    ],
)
def test_tests_are_asked_where_the_answers_ask_for_them(answers, more):
    asked = [test.id for test in interactions.tests(SCREENING, {**ANA, **answers})]

    assert asked == ["baseline-vitals", "scores", "liver-tests", *more]


def test_every_test_that_is_positive_or_negative_feeds_a_criterion_of_its_kind():
    read = {
        part.fact: one for one in SCREENING.criteria for part in one.when if not isinstance(part, Answered)
    }
    fed = [test for test in SCREENING.tests if test.fact]

    assert [test.id for test in fed] == ["pregnancy-test", "drug-test"]
    assert [(read[test.fact].kind, read[test.fact].level) for test in fed] == [
        (test.kind, Level.STOP) for test in fed
    ]


def test_every_measurement_of_a_test_can_be_measured():
    measured = {name for test in SCREENING.tests for name in test.measures}

    assert measured == set(baseline.MEASURES)
