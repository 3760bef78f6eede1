import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from luna.clinical import errors, triage
from luna.clinical.triage import Bound, Urgency

RULES = """
id = "example"
version = "1.0.0"
review_by = 2027-11-01
reviewed_by = ""
required = ["drowsy_0_3"]
facts = ["pain_0_10"]

[[rule]]
id = "cannot-wake"
urgency = "emergency"
card = "cannot-wake"
when = [{ fact = "drowsy_0_3", at_least = 3 }]
grade = "S"
evidence = ["rf-unresponsive"]

[[rule]]
id = "slow-breathing"
urgency = "urgent"
card = "breathing"
when = [{ fact = "breaths_per_min", at_most = 9.5 }]
grade = "B"
evidence = ["rf-breathing"]

[[rule]]
id = "sick-and-drowsy"
urgency = "soon"
card = "sick"
when = [{ fact = "drowsy_0_3", at_least = 1 }, { fact = "vomited", equals = 1 }]
grade = "D"
evidence = ["rf-vomiting"]
"""
READ = triage.read_triage(RULES)


def matched(**facts):
    """Return the ids of the rules these facts match."""
    return [rule.id for rule in triage.assess(READ, facts).matched]


# Each rule: below its limit, at it, above it, and without the fact.
@pytest.mark.parametrize(
    ("facts", "rules"),
    [
        ({"drowsy_0_3": 2.9}, []),
        ({"drowsy_0_3": 3}, ["cannot-wake"]),
        ({"drowsy_0_3": 3.1}, ["cannot-wake"]),
        ({}, []),
        ({"breaths_per_min": 9.4}, ["slow-breathing"]),
        ({"breaths_per_min": 9.5}, ["slow-breathing"]),
        ({"breaths_per_min": 9.6}, []),
        ({"drowsy_0_3": 1, "vomited": 0}, []),
        ({"drowsy_0_3": 1, "vomited": 1}, ["sick-and-drowsy"]),
        ({"drowsy_0_3": 1, "vomited": 2}, []),
        ({"drowsy_0_3": 0.9, "vomited": 1}, []),
        ({"vomited": 1}, []),
        ({"drowsy_0_3": 1}, []),
    ],
)
def test_rule_matches_only_when_every_bound_holds(facts, rules):
    assert matched(**facts) == rules


def test_triage_is_as_urgent_as_its_most_urgent_rule_and_names_it_first():
    found = triage.assess(READ, {"vomited": 1, "drowsy_0_3": 3, "breaths_per_min": 8})

    assert found.urgency is Urgency.EMERGENCY
    assert [rule.id for rule in found.matched] == ["cannot-wake", "slow-breathing", "sick-and-drowsy"]


@pytest.mark.parametrize(
    ("facts", "missing", "all_clear"),
    [
        ({"drowsy_0_3": 0}, (), True),
        ({}, ("drowsy_0_3",), False),
        ({"drowsy_0_3": math.nan}, ("drowsy_0_3",), False),
        ({"drowsy_0_3": 0, "breaths_per_min": math.nan}, ("breaths_per_min",), False),
        ({"drowsy_0_3": math.inf}, ("drowsy_0_3",), False),
        ({"drowsy_0_3": 3}, (), False),
        ({"breaths_per_min": 8}, ("drowsy_0_3",), False),
    ],
)
def test_missing_fact_is_never_an_all_clear(facts, missing, all_clear):
    found = triage.assess(READ, facts)

    assert (found.missing, found.all_clear) == (missing, all_clear)


def test_fact_no_rule_reads_is_known_when_the_text_names_it():
    assert triage.assess(READ, {"drowsy_0_3": 0, "pain_0_10": 10}).all_clear is True


def test_fact_nobody_knows_is_refused():
    with pytest.raises(errors.UnknownFact) as refused:
        triage.assess(READ, {"drowsy": 3})

    assert refused.value.name == "drowsy"
    assert str(refused.value) == (
        "No triage rule knows the fact 'drowsy'. They know: breaths_per_min, drowsy_0_3, pain_0_10, vomited."
    )


@given(
    facts=st.dictionaries(st.sampled_from(sorted(READ.known)), st.floats(allow_nan=True)),
    more=st.dictionaries(st.sampled_from(sorted(READ.known)), st.floats(allow_nan=True)),
)
def test_more_facts_never_lower_the_urgency(facts, more):
    fewer, further = triage.assess(READ, facts), triage.assess(READ, {**more, **facts})

    assert further.urgency >= fewer.urgency
    assert set(fewer.matched) <= set(further.matched)


def test_rules_are_read_whole():
    first = READ.rules[0]

    assert (READ.id, READ.version, READ.required, READ.reviewed_by) == (
        "example",
        "1.0.0",
        frozenset({"drowsy_0_3"}),
        "",
    )
    assert (first.when, first.urgency, first.card, first.evidence, first.grade) == (
        (Bound("drowsy_0_3", at_least=3.0),),
        Urgency.EMERGENCY,
        "cannot-wake",
        ("rf-unresponsive",),
        "S",
    )


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            "at_least = 3 ",
            "at_lest = 3 ",
            "rule[1] 'cannot-wake'.when[1] 'drowsy_0_3': It has 0 limits. "
            "Give exactly one of at_least, at_most, equals.",
        ),
        (
            "at_most = 9.5",
            "at_most = 9.5, equals = 1",
            "rule[2] 'slow-breathing'.when[1] 'breaths_per_min': It has 2 limits. "
            "Give exactly one of at_least, at_most, equals.",
        ),
        (
            '[{ fact = "breaths_per_min", at_most = 9.5 }]',
            "[]",
            "rule[2] 'slow-breathing'.when: A rule without a bound would always match. "
            'Add one, like { fact = "x", at_least = 1 }.',
        ),
        (
            '"urgent"',
            '"urgnt"',
            "rule[2] 'slow-breathing'.urgency: There is no 'urgnt'. Did you mean urgent?",
        ),
        (
            '["rf-breathing"]',
            "[]",
            "rule[2] 'slow-breathing'.evidence: The list is empty or says a thing twice. "
            "Name each once, and at least one.",
        ),
        (
            '"slow-breathing"',
            '"cannot-wake"',
            "rule[2] 'cannot-wake'.id: There is another one above. Give each one of its own.",
        ),
        ("review_by", "reviewed", "review_by: This is missing. Add it, like review_by = 2027-11-01."),
    ],
)
def test_rules_are_refused_with_the_place_and_the_cure(old, new, message):
    with pytest.raises(errors.TriageError) as refused:
        triage.read_triage(RULES.replace(old, new))

    assert str(refused.value) == message


def test_rules_are_refused_when_there_are_none():
    with pytest.raises(errors.TriageError) as refused:
        triage.read_triage(RULES.split("[[rule]]")[0])

    assert str(refused.value) == "rule: There are no rules. Add at least one [[rule]]."
