"""Why infusions did not happen, by month: Ana's series, of which three do not come to pass as booked."""

from datetime import date

import pytest
from uuid6 import uuid7

from luna.treatment import actions, not_given
from luna.treatment.models import BookingRevision
from tests import care as cared

PAGE = "/clinic/infusions/not-given"
Why = BookingRevision.Why


def cancel(care, number, why, when, words=""):
    infusion = care.infusions[number - 1]
    actions.cancel(
        infusion_id=infusion.id, why=why, words=words, expected_revision=infusion.revision,
        viewer=care.cast.sees("nia"), client_id=uuid7(), now=cared.at(when),
    )  # fmt: skip


@pytest.fixture
def told(care):
    """The 15th: no ride. The 17th: she did not come, as is said a day later. The 26th: off a week before."""
    cancel(care, 1, Why.NO_RIDE, "03-15 08:30")
    cancel(care, 2, Why.NO_SHOW, "03-18 09:00")
    cancel(care, 6, Why.PATIENT, "03-19 12:00")
    return care


def months(care, when):
    found = not_given.by_month(care.cast.sees("nia"), cared.at(when))
    return [(one.on, one.due, dict(one.whys), one.before) for one in found]


def test_month_counts_what_did_not_happen_for_which_reason(told):
    assert months(told, "03-23 12:00") == [
        (date(2027, 3, 1), 4, {"no-ride": 1, "no-show": 1}, 1),  # the 15th, 17th, 19th and 22nd
    ]


def test_day_that_has_not_come_is_not_due(care):
    assert months(care, "03-15 08:59") == []
    assert months(care, "03-15 09:00") == [(date(2027, 3, 1), 1, {}, 0)]


def test_cancelled_in_the_morning_counts_at_once(care):
    cancel(care, 1, Why.ATE, "03-15 07:00")

    assert months(care, "03-15 07:01") == [(date(2027, 3, 1), 1, {"ate": 1}, 0)]


def test_ride_that_fell_through_the_evening_before_is_called_off_before(care):
    cancel(care, 1, Why.NO_RIDE, "03-14 20:30")

    assert months(care, "03-15 12:00") == [(date(2027, 3, 1), 0, {}, 1)]


@pytest.mark.parametrize(("when", "shown"), [("02-28 12:00", True), ("03-01 00:30", False)])
def test_report_goes_back_twelve_months(told, when, shown):
    a_year_on = cared.at(when).replace(year=2028)

    assert bool(not_given.by_month(told.cast.sees("nia"), a_year_on)) is shown


def move(care, number, to):
    actions.move(
        infusion_id=care.infusions[number - 1].id, start=actions.Start(cared.at(to), anyway=True),
        why="clinic", expected_revision=1, viewer=care.cast.sees("nia"), client_id=uuid7(),
        now=cared.at("03-23 12:00"),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("to", "counted"),
    [
        ("03-31 20:00", [(date(2027, 3, 1), 6)]),  # April already in UTC
        ("04-02 09:00", [(date(2027, 4, 1), 1), (date(2027, 3, 1), 5)]),
    ],
)
def test_moved_infusion_is_of_the_clinics_month_it_was_last_booked_for(care, to, counted):
    move(care, 6, to)

    assert [(on, due) for on, due, *_rest in months(care, "04-03 12:00")] == counted


def test_what_came_after_a_stop_is_none_of_it(told):
    series = told.series
    actions.stop_series(
        series_id=series.id, why="patient", version=series.version, viewer=told.cast.sees("diaz"),
        client_id=uuid7(), now=cared.at("03-20 12:00"),
    )  # fmt: skip

    assert months(told, "03-30 12:00") == [(date(2027, 3, 1), 3, {"no-ride": 1, "no-show": 1}, 3)]


def test_other_clinic_counts_its_own(told, cast):
    assert not_given.by_month(cast.sees("eve"), cared.at("03-23 12:00")) == []


def test_page_names_reasons_and_nobody(told, cast, clock):
    clock.now = cared.at("03-23 12:00")

    shown = cast.browser("nia", clock.now).get(PAGE).content.decode()

    assert "March 2027" in shown
    assert "There was no ride, or nobody who stays" in shown
    assert "50 in 100" in shown
    assert "Ana" not in shown


def test_page_asks_as_often_however_many(told, cast, clock, django_assert_num_queries):
    viewer = cast.sees("nia")
    with django_assert_num_queries(2):
        not_given.by_month(viewer, cared.at("03-23 12:00"))


@pytest.mark.parametrize("who", ["ana", "bea", "cal"])
def test_page_is_for_staff(told, cast, who, clock):
    assert cast.browser(who, clock.now).get(PAGE).status_code == 404
