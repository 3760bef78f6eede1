"""Rides and duty that fell through long before: Ana's later infusions, beyond the days of the board."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from uuid6 import uuid7

from luna.careplan import plans
from luna.clinical.ride import Said
from luna.people.actions import circle, sharing
from luna.treatment import actions as treatment
from tests import care as cared

WEEK_BEFORE = "03-09 12:00"


def fallen(care, when=WEEK_BEFORE):
    """Return number of the infusion -> what fell through, as the board lists it."""
    viewer = care.cast.sees("nia")
    numbers = {one.id: number for number, one in enumerate(care.infusions, start=1)}
    *_days, later = plans.days_of(viewer, cared.at(when))
    return {numbers[one.row.id]: one.texts for one in plans.fallen(viewer, later)}


def asked(care, number=1, **said):
    return treatment.ask_ride(
        infusion_id=care.infusions[number - 1].id,
        wanted=treatment.WantedRide(**(said or {"name": "Rae", "email": "rae@example.org"})),
        viewer=care.cast.sees("nia"), client_id=uuid7(), now=cared.at(WEEK_BEFORE),
    )  # fmt: skip


def answer(care, ask, said, number=1):
    treatment.answer_ride(
        infusion_id=care.infusions[number - 1].id, said=said, ask_id=ask.id, viewer=care.cast.sees("nia"),
        client_id=uuid7(), now=cared.at(WEEK_BEFORE),
    )  # fmt: skip


def test_gap_that_nobody_ever_filled_is_none_of_it(care):
    assert fallen(care) == {}


@pytest.mark.hazard("H9")
@pytest.mark.parametrize(
    ("said", "text"),
    [
        (Said.DECLINED, "Rae cannot drive. There is no other ride yet."),
        (Said.TAKEN_BACK, "There is no ride. Nobody goes home alone, by car, taxi or bus."),
    ],
)
def test_ride_that_fell_through_is_listed_until_there_is_another(care, said, text):
    answer(care, asked(care), said)
    assert fallen(care) == {1: (text,)}

    asked(care, who_id=care.cast.bea.id)

    assert fallen(care) == {}


def test_driver_who_left_the_circle_is_a_ride_that_fell_through(care):
    asked(care, 2, who_id=care.cast.bea.id)
    circle.leave(by=care.cast.sees("bea"), now=cared.at("03-09 13:00"))

    assert fallen(care, "03-09 14:00")[2][0] == (
        "Who was to drive is not there any more. There is no other ride yet."
    )


def test_driver_who_is_no_longer_shown_the_ride_is_one_that_fell_through(care):
    asked(care, 2, who_id=care.cast.bea.id)
    member = care.cast.bea_member
    choice = sharing.Choice(
        member_id=member.id, kinds=frozenset({"schedule", "recovery"}), is_kept=False, version=member.version,
        is_sure=True,
    )  # fmt: skip
    sharing.choose(choices=[choice], by=care.cast.sees("ana"), now=cared.at("03-09 13:00"))

    assert fallen(care, "03-09 14:00")[2] == (
        "Who was to drive is not there any more. There is no other ride yet.",
    )


@pytest.mark.hazard("H9")
def test_duty_that_was_given_back_is_listed(care):
    care.duty("cannot", care.cast.bea, cared.at(WEEK_BEFORE), infusion=3)

    assert fallen(care) == {3: ("Nobody is there to stay with Ana.",)}


def test_who_left_was_on_duty_without_having_said_so(care):
    circle.leave(by=care.cast.sees("bea"), now=cared.at("03-09 13:00"))

    found = fallen(care, "03-09 14:00")
    assert len(found) == len(care.infusions)
    assert set(found.values()) == {("Nobody is there to stay with Ana.",)}


def test_what_the_days_of_the_board_show_or_does_not_take_place_is_not_listed(care):
    answer(care, asked(care), Said.DECLINED)
    assert fallen(care, "03-14 12:00") == {}

    row = care.infusions[0]
    treatment.cancel(
        infusion_id=row.id, why="patient", expected_revision=1, viewer=care.cast.sees("nia"),
        client_id=uuid7(), now=cared.at(WEEK_BEFORE),
    )  # fmt: skip
    assert fallen(care) == {}


def test_it_takes_as_many_queries_for_many(care):
    counts = []
    for number in (1, 2, 3):
        answer(care, asked(care, number), Said.DECLINED, number)
        with CaptureQueriesContext(connection) as found:
            assert len(fallen(care)) == number
        counts.append(len(found))

    assert counts[0] == counts[1] == counts[2]


@pytest.mark.threat("T6")
def test_board_lists_it_for_this_clinic_alone(care, cast, clock):
    answer(care, asked(care), Said.DECLINED)
    clock.now = cared.at(WEEK_BEFORE)

    page = cast.browser("nia", clock.now).get("/clinic/readiness").content.decode()
    assert "Later: rides and duty that fell through" in page
    assert "Rae cannot drive." in page
    assert "fell through" not in cast.browser("eve", clock.now).get("/clinic/readiness").content.decode()
