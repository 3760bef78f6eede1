"""Every 40-minute protocol is a whole text of its own; what they have in common must not drift apart."""

from dataclasses import replace

import pytest

from luna.library import content

MODEL = "mood-acute"
OTHERS = ("mood-maintenance", "oxford-weekly", "ptsd-series")


@pytest.mark.parametrize("name", OTHERS)
def test_steps_of_the_same_name_differ_in_what_they_tell_and_never_in_their_rules(name):
    model = {step.id: step for step in content.protocol(MODEL).steps}
    shared = [step for step in content.protocol(name).steps if step.id in model]
    apart = [
        step.id
        for step in shared
        if step != replace(model[step.id], guide=step.guide, evidence=step.evidence, infusions=step.infusions)
    ]

    assert len(shared) > 40
    assert apart == []


@pytest.mark.parametrize("name", OTHERS)
def test_numbers_of_the_same_name_have_the_same_value_but_for_how_many_infusions(name):
    model, numbers = content.protocol(MODEL).numbers, content.protocol(name).numbers
    apart = {one for one, number in numbers.items() if number.value != model[one].value}

    assert set(numbers) == set(model)
    assert apart <= {"infusions"}
