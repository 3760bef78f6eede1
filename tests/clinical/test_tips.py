from datetime import timedelta

import pytest

from luna.clinical import errors, plan
from luna.clinical.protocol import read_protocol
from luna.clinical.tips import Choice, Part, standing
from tests.clinical.examples import at, booking, make_protocol, protocol_text, series, step_text

DAY = timedelta(days=1)
MONDAY = at("2027-06-07 09:00")
BODY, MIND = Part.BODY, Part.MIND
PROTOCOL = make_protocol(
    step_text("light", part="body"), step_text("breathe", part="mind"), step_text("pack")
)


def asked(*choices):
    """Return what two infusions, on Monday and Wednesday, still ask."""
    facts = series(booking(1, MONDAY), booking(2, MONDAY + 2 * DAY), tips=choices)
    return [(task.number, task.step.id) for task in plan.apply(PROTOCOL, facts)]


def test_all_is_asked_until_something_is_left_out():
    assert len(asked()) == 6


def test_part_is_left_out_of_every_infusion_and_the_rest_stays():
    left = asked(Choice(BODY, True, MONDAY - 3 * DAY))

    assert left == [(1, "breathe"), (1, "pack"), (2, "breathe"), (2, "pack")]


def test_parts_are_left_out_each_for_itself():
    at_once = MONDAY - 3 * DAY

    assert asked(Choice(BODY, True, at_once), Choice(MIND, True, at_once)) == [(1, "pack"), (2, "pack")]


def test_tip_that_was_over_when_it_was_said_stays_as_it_was():
    assert (1, "light") in asked(Choice(BODY, True, MONDAY))
    assert (2, "light") not in asked(Choice(BODY, True, MONDAY))


def test_tip_is_asked_again_once_they_are_wanted_back():
    choices = Choice(BODY, True, MONDAY - 3 * DAY), Choice(BODY, False, MONDAY - 2 * DAY)

    assert asked(*choices) == asked()


def test_tip_left_out_while_it_could_be_done_is_not_missed_once_they_are_wanted_back():
    choices = Choice(BODY, True, MONDAY - 3 * DAY), Choice(BODY, False, MONDAY + DAY)

    assert (1, "light") not in asked(*choices)
    assert (2, "light") in asked(*choices)


def test_latest_choice_of_a_part_stands():
    choices = [Choice(BODY, True, MONDAY), Choice(MIND, True, MONDAY), Choice(BODY, False, MONDAY)]

    assert standing(choices, BODY) == choices[2]
    assert standing(choices, MIND) == choices[1]
    assert standing(choices, MIND, until=MONDAY) is None


@pytest.mark.parametrize(
    "changes", [{"gate": True}, {"actor": "caretaker"}, {"actor": "clinic"}, {"questionnaire": "mood"}]
)
def test_what_is_no_tip_has_no_part(changes):
    with pytest.raises(errors.ProtocolError, match="This is no tip"):
        read_protocol(protocol_text(step_text("light", part="body", **changes)))


def test_part_there_is_none_of_is_refused():
    with pytest.raises(errors.ProtocolError):
        read_protocol(protocol_text(step_text("light", part="soul")))
