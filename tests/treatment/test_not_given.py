"""Why infusions did not happen, by month: Ana's series, of which three do not come to pass as booked."""

from datetime import date

import pytest
from uuid6 import uuid7

from luna.treatment import actions, not_given
from luna.treatment.models import BookingRevision, Infusion
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


def moved(care, when):
    found = not_given.by_month(care.cast.sees("nia"), cared.at(when))
    return [(one.on, one.due, one.missed, dict(one.moved)) for one in found]


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


def test_infusion_of_which_nobody_wrote_a_start_down_says_so(care, cast, clock):
    def unsaid(when):
        return [one.unsaid for one in not_given.by_month(cast.sees("nia"), cared.at(when))]

    assert (unsaid("03-15 10:59"), unsaid("03-15 11:00")) == ([0], [1])
    clock.now = cared.at("03-15 12:00")
    assert "No start is written down: 1" in cast.browser("nia", clock.now).get(PAGE).content.decode()
    care.say("arrived", cared.at("03-15 08:45"))
    care.say("started", cared.at("03-15 09:00"))
    assert unsaid("03-15 12:00") == [0]
    actions.take_back_moment(
        infusion_id=care.infusions[0].id, what="started", viewer=cast.sees("nia"), client_id=uuid7(),
        now=cared.at("03-15 12:05"),
    )  # fmt: skip
    assert unsaid("03-15 12:05") == [1]


@pytest.mark.parametrize(("when", "shown"), [("02-28 12:00", True), ("03-01 00:30", False)])
def test_report_goes_back_twelve_months(told, when, shown):
    a_year_on = cared.at(when).replace(year=2028)

    assert bool(not_given.by_month(told.cast.sees("nia"), a_year_on)) is shown


def move(care, infusion, to, *, when="03-23 12:00", why="clinic"):
    row = Infusion.objects.get(id=infusion.id)
    actions.move(
        infusion_id=row.id, start=actions.Start(cared.at(to), anyway=True), why=why,
        expected_revision=row.revision, viewer=care.cast.sees("nia"), client_id=uuid7(), now=cared.at(when),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("to", "counted"),
    [
        ("03-31 20:00", [(date(2027, 3, 1), 6)]),  # April already in UTC
        ("04-02 09:00", [(date(2027, 4, 1), 1), (date(2027, 3, 1), 5)]),
    ],
)
def test_moved_infusion_is_of_the_clinics_month_it_was_last_booked_for(care, to, counted):
    move(care, care.infusions[5], to)

    assert [(on, due) for on, due, *_rest in months(care, "04-03 12:00")] == counted


MARCH = date(2027, 3, 1)


def test_moved_on_its_day_to_another_counts_with_its_reason(care):
    first = care.infusions[0]
    move(care, first, "03-16 09:00", when="03-15 07:00", why="unwell")

    assert moved(care, "03-15 12:00") == [(MARCH, 1, 1, {"unwell": 1})]
    assert moved(care, "03-16 12:00") == [(MARCH, 2, 1, {"unwell": 1})]  # and its new day came


@pytest.mark.parametrize(
    ("when", "to", "counts"),
    [
        ("03-14 20:59", "03-16 09:00", False),  # before its day, as when it is called off
        ("03-14 21:00", "03-16 09:00", True),
        ("03-15 08:00", "03-15 14:00", False),  # later on the same day
        ("03-16 08:00", "03-18 09:00", True),  # nobody wrote it down before
    ],
)
def test_move_counts_from_its_day_on_and_to_another_alone(care, when, to, counts):
    move(care, care.infusions[0], to, when=when)

    found = [whys for *_rest, whys in moved(care, "03-16 09:00") if whys]
    assert found == ([{"clinic": 1}] if counts else [])


def test_moved_twice_on_its_day_counts_once_with_the_last_reason(care):
    first = care.infusions[0]
    move(care, first, "03-15 14:00", when="03-15 07:00", why="clinic")
    move(care, first, "03-18 09:00", when="03-15 08:00", why="unwell")
    move(care, first, "03-18 14:00", when="03-15 08:05", why="patient")  # of another day by then

    assert moved(care, "03-15 12:00") == [(MARCH, 1, 1, {"unwell": 1})]


def test_moved_back_to_its_day_is_not_counted(care):
    first = care.infusions[0]
    move(care, first, "03-18 09:00", when="03-15 07:00")
    move(care, first, "03-15 11:00", when="03-15 07:05")

    assert moved(care, "03-15 12:00") == [(MARCH, 1, 0, {})]


def test_each_day_it_was_moved_from_counts(care):
    first = care.infusions[0]
    move(care, first, "03-16 09:00", when="03-15 07:00", why="unwell")
    move(care, first, "03-18 09:00", when="03-16 07:00", why="clinic")

    assert moved(care, "03-16 12:00") == [(MARCH, 2, 2, {"unwell": 1, "clinic": 1})]


def test_moved_on_its_day_is_of_the_month_of_that_day(care):
    last = care.infusions[5]
    move(care, last, "03-31 09:00")
    move(care, last, "04-01 09:00", when="03-31 08:00", why="unwell")

    assert moved(care, "04-01 12:00") == [(date(2027, 4, 1), 1, 0, {}), (MARCH, 6, 1, {"unwell": 1})]


def test_what_came_after_a_stop_is_none_of_it(told):
    series = told.series
    actions.stop_series(
        series_id=series.id, why="patient", version=series.version, viewer=told.cast.sees("diaz"),
        client_id=uuid7(), now=cared.at("03-20 12:00"),
    )  # fmt: skip

    assert months(told, "03-30 12:00") == [(date(2027, 3, 1), 3, {"no-ride": 1, "no-show": 1}, 3)]


def test_other_clinic_counts_its_own(told, cast):
    move(told, told.infusions[3], "03-23 09:00", when="03-22 08:00")

    assert not_given.by_month(cast.sees("eve"), cared.at("03-23 12:00")) == []


def test_page_names_reasons_and_nobody(told, cast, clock):
    move(told, told.infusions[3], "03-30 09:00", when="03-22 08:00", why="unwell")
    clock.now = cared.at("03-23 12:00")

    shown = cast.browser("nia", clock.now).get(PAGE).content.decode()

    assert "March 2027" in shown
    assert "There was no ride, or nobody who stays" in shown
    assert "Moved on the day" in shown
    assert "The patient is not well" in shown
    assert "75 in 100" in shown
    assert "Ana" not in shown


def test_page_asks_as_often_however_many(told, cast, clock, django_assert_num_queries):
    viewer = cast.sees("nia")
    for infusion, to in zip(told.infusions[2:4], ("03-30 09:00", "03-31 09:00"), strict=True):
        move(told, infusion, to, when="03-22 08:00")
    with django_assert_num_queries(4):
        not_given.by_month(viewer, cared.at("03-23 12:00"))


@pytest.mark.parametrize("who", ["ana", "bea", "cal"])
def test_page_is_for_staff(told, cast, who, clock):
    assert cast.browser(who, clock.now).get(PAGE).status_code == 404
