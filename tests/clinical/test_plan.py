import re
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from luna.clinical import errors, plan
from luna.clinical import protocol as protocol_of
from luna.clinical.protocol import Actor, Anchor
from luna.clinical.task import Mark, standing
from tests.clinical.examples import (
    FASTING,
    NUMBERS,
    SERIES,
    at,
    booking,
    make_protocol,
    one_step,
    series,
    step_text,
)

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
MONDAY = at("2027-06-07 09:00")
ZONES = ["America/New_York", "Europe/Dublin", "Australia/Lord_Howe", "Asia/Kolkata"]


def window(task):
    """Show a task's window on the clock of its zone."""
    zone = ZoneInfo(task.zone)
    return [f"{one.astimezone(zone):%a %d %b %H:%M}" for one in (task.opens_at, task.due_at, task.closes_at)]


def order(text="2027-06-01 08:00", **changes):
    """Sign an order at a time."""
    return plan.Order(by="dr-diaz", at=at(text), **changes)


def fasting(value, text="2027-06-01 08:00", **changes):
    """Order other hours without food."""
    return order(text, number="fasting", value=Decimal(value), **changes)


def last_food(**changes):
    """Read a protocol whose one step is the last food before an infusion."""
    step = step_text("last-food", opens="-16h", due="-fasting", closes="-fasting", **changes)
    return make_protocol(step, numbers=NUMBERS + FASTING)


# --- The tasks of a series -----------------------------------------------------------------------


def test_plan_gives_each_infusion_its_tasks_in_order_of_time():
    protocol = make_protocol(
        step_text("ride"), step_text("rest", anchor="end", opens="0min", due="1h", closes="4h")
    )

    tasks = plan.apply(protocol, series(booking(2, MONDAY + 2 * DAY), booking(1, MONDAY)))

    assert [(task.number, task.step.id, *window(task)) for task in tasks] == [
        (1, "ride", "Sun 06 Jun 10:00", "Mon 07 Jun 09:00", "Mon 07 Jun 10:00"),
        (1, "rest", "Mon 07 Jun 12:00", "Mon 07 Jun 13:00", "Mon 07 Jun 16:00"),
        (2, "ride", "Tue 08 Jun 10:00", "Wed 09 Jun 09:00", "Wed 09 Jun 10:00"),
        (2, "rest", "Wed 09 Jun 12:00", "Wed 09 Jun 13:00", "Wed 09 Jun 16:00"),
    ]


def test_task_says_all_that_its_readers_need():
    protocol = one_step(gate=True, questionnaire="recovery", actor="caretaker")

    [task] = plan.apply(protocol, series(booking(3, MONDAY, revision=7)))

    assert task == plan.Task(
        key=f"{3:032x}.ride.0",
        step=protocol.steps[0],
        infusion=f"{3:032x}",
        number=3,
        revision=7,
        opens_at=MONDAY - DAY,
        due_at=MONDAY - HOUR,
        closes_at=MONDAY,
        kind_at=None,
        zone="Europe/Dublin",
    )
    assert (task.actor, task.gate, task.questionnaire) == (Actor.CARETAKER, True, "recovery")


def test_plan_is_empty_without_bookings():
    assert plan.apply(make_protocol(), series()) == ()


def test_plan_leaves_out_cancelled_infusions():
    tasks = plan.apply(
        make_protocol(), series(booking(1, MONDAY, cancelled_at=MONDAY - 2 * DAY), booking(2, MONDAY + DAY))
    )

    assert [task.number for task in tasks] == [2]


def test_plan_leaves_out_infusions_that_start_after_the_series_was_stopped():
    bookings = [booking(number, MONDAY + number * DAY) for number in (1, 2, 3)]

    tasks = plan.apply(make_protocol(), series(*bookings, stopped_at=MONDAY + 2 * DAY))

    assert [task.number for task in tasks] == [1, 2]


def test_plan_keeps_two_infusions_in_one_week_apart():
    tasks = plan.apply(one_step(opens="-7d"), series(booking(1, MONDAY), booking(2, MONDAY + 3 * DAY)))

    assert [(task.number, window(task)[0]) for task in tasks] == [
        (1, "Mon 31 May 10:00"),
        (2, "Thu 03 Jun 10:00"),
    ]


def test_plan_crosses_the_end_of_a_month_and_a_leap_day():
    tasks = plan.apply(one_step(opens="-2d"), series(booking(1, at("2028-03-01 09:00")), zone="UTC"))

    assert window(tasks[0]) == ["Mon 28 Feb 09:00", "Wed 01 Mar 08:00", "Wed 01 Mar 09:00"]


@pytest.mark.parametrize(
    ("infusions", "numbers"),
    [("all", [1, 2, 3]), ("first", [1]), ("last", [3]), ([2, 9], [2])],
)
def test_plan_gives_a_step_to_the_infusions_it_names(infusions, numbers):
    bookings = [booking(number, MONDAY + number * DAY) for number in (1, 2, 3)]

    tasks = plan.apply(one_step(infusions=infusions), series(*bookings))

    assert [task.number for task in tasks] == numbers


def test_plan_takes_the_first_infusion_still_to_be_given_as_the_first():
    bookings = [
        booking(1, MONDAY, cancelled_at=MONDAY - 2 * DAY),
        booking(2, MONDAY + DAY),
        booking(3, MONDAY + 2 * DAY),
    ]

    tasks = plan.apply(one_step(infusions="first"), series(*bookings))

    assert [task.number for task in tasks] == [2]


def test_plan_gives_tailored_steps_only_to_a_series_with_every_tag():
    protocol = one_step(needs=["alone", "far"])

    found = [
        len(plan.apply(protocol, series(booking(1, MONDAY), tags=frozenset(tags))))
        for tags in ([], ["alone"], ["alone", "far"], ["alone", "far", "night"])
    ]

    assert found == [0, 0, 1, 1]


# --- Anchors -------------------------------------------------------------------------------------


def anchored(anchor, **actual):
    """Return when a step due at its anchor is due, for one infusion of two hours."""
    protocol = one_step(anchor=anchor, opens="-1h", due="0min", closes="1h")
    return [task.due_at for task in plan.apply(protocol, series(booking(1, MONDAY, **actual)))]


def test_end_is_the_booked_end_until_there_is_an_actual_one():
    assert anchored("end") == [MONDAY + 2 * HOUR]
    assert anchored("end", ended_at=MONDAY + 3 * HOUR) == [MONDAY + 3 * HOUR]


@pytest.mark.parametrize("anchor", ["left", "home"])
def test_left_and_home_exist_only_once_they_have_happened(anchor):
    assert anchored(anchor) == []
    assert anchored(anchor, **{f"{anchor}_at": MONDAY + 4 * HOUR}) == [MONDAY + 4 * HOUR]


def test_start_is_the_booked_start_even_if_it_really_began_later():
    assert anchored("start", started_at=MONDAY + HOUR) == [MONDAY]


@pytest.mark.parametrize(
    ("anchor", "due_at"),
    [("series-start", MONDAY + DAY), ("series-end", MONDAY + 3 * DAY + 2 * HOUR)],
)
def test_series_starts_and_ends_with_the_infusions_still_to_be_given(anchor, due_at):
    bookings = [
        booking(1, MONDAY, cancelled_at=MONDAY - 2 * DAY),
        booking(2, MONDAY + DAY, revision=4),
        booking(3, MONDAY + 3 * DAY, revision=4),
        booking(4, MONDAY + 5 * DAY, cancelled_at=MONDAY - 2 * DAY),
    ]
    protocol = one_step(anchor=anchor, opens="-1h", due="0min", closes="1h")

    [task] = plan.apply(protocol, series(*bookings))

    assert (task.key, task.due_at, task.infusion, task.number, task.revision) == (
        f"{SERIES}.ride.0",
        due_at,
        None,
        None,
        4,
    )


# --- Moving --------------------------------------------------------------------------------------


def test_moving_one_infusion_moves_its_tasks_and_no_others_and_keeps_their_keys():
    first, second = booking(1, MONDAY), booking(2, MONDAY + 2 * DAY)
    moved = booking(2, MONDAY + 3 * DAY, revision=2)

    before = plan.apply(make_protocol(), series(first, second))
    after = plan.apply(make_protocol(), series(first, moved))

    assert after[0] == before[0]
    assert (after[1].key, after[1].revision) == (before[1].key, 2)
    assert after[1].due_at - before[1].due_at == DAY


# --- Clock times ---------------------------------------------------------------------------------


EVE = {"opens": "day-1 18:00", "due": "day-1 20:00", "closes": "day+0 07:00", "safe_side": "earlier"}


# The nights around a clock change: forward in spring, back in autumn, and a zone that never changes.
@pytest.mark.parametrize(
    ("zone", "starts_at"),
    [
        ("America/New_York", "2027-03-14 13:00"),
        ("America/New_York", "2027-11-07 14:00"),
        ("Europe/Dublin", "2027-03-28 08:00"),
        ("Europe/Dublin", "2027-10-31 09:00"),
        ("Australia/Lord_Howe", "2027-10-02 22:00"),
        ("Australia/Lord_Howe", "2027-04-03 22:30"),
        ("Asia/Kolkata", "2027-03-28 03:30"),
    ],
)
def test_clock_times_stay_on_the_clock_and_spans_stay_whole_when_the_clocks_change(zone, starts_at):
    protocol = make_protocol(step_text("eve", **EVE), step_text("late", opens="-12h", due="-6h"))

    late, eve = sorted(
        plan.apply(protocol, series(booking(1, at(starts_at)), zone=zone)),
        key=lambda task: task.step.id,
        reverse=True,
    )

    assert [text[-5:] for text in window(eve)] == ["18:00", "20:00", "07:00"]
    assert [at(starts_at) - one for one in (late.opens_at, late.due_at)] == [12 * HOUR, 6 * HOUR]


@pytest.mark.parametrize(("side", "shown"), [("earlier", "Sun 14 Mar 01:30"), ("later", "Sun 14 Mar 03:30")])
def test_clock_time_that_does_not_exist_goes_to_the_safe_side(side, shown):
    protocol = one_step(due="day+0 02:30", safe_side=side)

    [task] = plan.apply(protocol, series(booking(1, at("2027-03-14 13:00")), zone="America/New_York"))

    assert window(task)[1] == shown


def test_window_stays_in_order_when_a_skipped_time_moves_before_its_opening():
    protocol = one_step(opens="day+0 01:45", due="day+0 02:10", safe_side="earlier")

    [task] = plan.apply(protocol, series(booking(1, at("2027-03-14 13:00")), zone="America/New_York"))

    assert window(task)[:2] == ["Sun 14 Mar 01:10", "Sun 14 Mar 01:10"]


def test_clock_times_count_from_the_local_day_of_the_anchor():
    # 20:30 UTC on Monday is already Tuesday in Kolkata.
    [task] = plan.apply(one_step(**EVE), series(booking(1, at("2027-06-07 20:30")), zone="Asia/Kolkata"))

    assert window(task)[1] == "Mon 07 Jun 20:00"


def test_clock_times_follow_the_person_once_they_are_the_persons():
    protocol = make_protocol(
        step_text("at-clinic", actor="caretaker", **EVE),
        step_text("at-home", actor="caretaker", clock="person", **EVE),
        step_text("mine", clock="person", **EVE),
    )
    facts = series(booking(1, MONDAY), person_zones={Actor.CARETAKER: "America/New_York"})

    found = {task.step.id: (task.zone, f"{task.due_at:%H:%M}") for task in plan.apply(protocol, facts)}

    assert found == {
        "at-clinic": ("Europe/Dublin", "19:00"),
        "at-home": ("America/New_York", "00:00"),
        "mine": ("Europe/Dublin", "19:00"),
    }


@pytest.mark.parametrize(
    ("starts_at", "kind"),
    [
        ("2027-06-07 11:59", "Sun 06 Jun 22:00"),  # due 05:59
        ("2027-06-07 12:00", None),  # due 06:00
        ("2027-06-07 06:00", "Sun 06 Jun 22:00"),  # due at midnight
        ("2027-06-07 05:59", "Sun 06 Jun 22:00"),  # due 23:59
        ("2027-06-07 04:00", None),  # due 22:00, which is kind enough
        ("2027-06-07 03:59", None),  # due 21:59
    ],
)
def test_limit_in_the_night_has_a_kinder_time(starts_at, kind):
    facts = series(booking(1, at(starts_at)), zone="UTC")

    [task] = plan.apply(last_food(kind_time=True), facts)

    assert task.kind_at == (None if kind is None else at("2027-06-06 22:00"))


def test_limit_in_the_night_has_no_kinder_time_unless_its_step_says_so():
    [task] = plan.apply(last_food(), series(booking(1, at("2027-06-07 09:00")), zone="UTC"))

    assert task.kind_at is None


def test_limit_in_the_night_has_no_kinder_time_before_its_opening():
    protocol = one_step(opens="-8h", due="-6h", kind_time=True)

    [task] = plan.apply(protocol, series(booking(1, at("2027-06-07 09:00")), zone="UTC"))

    assert task.kind_at is None


# --- Repeats -------------------------------------------------------------------------------------


def test_step_repeats_with_a_key_of_its_own_each_time():
    protocol = one_step(anchor="end", opens="0min", due="30min", closes="1h", every="1h", times=3)

    tasks = plan.apply(protocol, series(booking(1, MONDAY)))

    assert [(plan.split_key(task.key)[2], window(task)[1][-5:]) for task in tasks] == [
        (0, "12:30"),
        (1, "13:30"),
        (2, "14:30"),
    ]


def test_clock_times_of_an_infusion_follow_the_caretaker_on_duty_for_it():
    protocol = make_protocol(step_text("at-home", actor="caretaker", clock="person", **EVE))
    facts = series(
        booking(1, MONDAY),
        booking(2, MONDAY + 2 * DAY),
        person_zones={Actor.CARETAKER: "America/New_York"},
        duty_zones={f"{2:032x}": "Asia/Kolkata"},
    )

    tasks = plan.apply(protocol, facts)

    assert {task.number: task.zone for task in tasks} == {1: "America/New_York", 2: "Asia/Kolkata"}


def test_step_repeats_at_the_same_clock_time_across_a_clock_change():
    protocol = one_step(
        anchor="end",
        opens="day+0 18:00",
        due="day+0 20:00",
        closes="day+0 22:00",
        safe_side="later",
        every="1d",
        times=3,
    )

    tasks = plan.apply(protocol, series(booking(1, at("2027-03-27 09:00"))))

    assert [window(task)[1] for task in tasks] == ["Sat 27 Mar 20:00", "Sun 28 Mar 20:00", "Mon 29 Mar 20:00"]


# --- Orders --------------------------------------------------------------------------------------


@pytest.mark.hazard("H7")
@pytest.mark.parametrize(
    ("orders", "infusion", "hours"),
    [
        ((), f"{1:032x}", 6),
        ((fasting(8),), f"{1:032x}", 8),
        ((fasting(8),), None, 8),
        ((fasting(8), fasting(10, "2027-05-31 08:00")), f"{1:032x}", 8),  # the latest signed wins
        ((fasting(8), fasting(10)), f"{1:032x}", 10),  # signed at one instant: the later in the list
        ((fasting(8, infusion=f"{1:032x}"),), f"{1:032x}", 8),
        ((fasting(8, infusion=f"{1:032x}"),), f"{2:032x}", 6),
        ((fasting(8, infusion=f"{1:032x}"),), None, 6),
        ((order(skip="last-food"),), f"{1:032x}", 6),
    ],
)
def test_number_of_an_infusion_is_the_one_its_tasks_count_from(orders, infusion, hours):
    found = plan.number_of(
        last_food(),
        series(booking(1, MONDAY), booking(2, MONDAY + 2 * DAY), orders=orders),
        "fasting",
        infusion,
    )

    assert found.span == hours * HOUR


def test_number_nobody_knows_is_none():
    assert plan.number_of(last_food(), series(booking(1, MONDAY)), "sleep", None) is None


def due_before_start(*orders, count=2):
    """Return how long before each infusion the last food is due."""
    bookings = [booking(number, MONDAY + number * DAY) for number in range(1, count + 1)]
    tasks = plan.apply(last_food(), series(*bookings, orders=orders))
    return [(booked.starts_at - task.due_at) / HOUR for booked, task in zip(bookings, tasks, strict=True)]


def test_order_replaces_a_number_for_every_infusion():
    assert due_before_start() == [6, 6]
    assert due_before_start(fasting(8)) == [8, 8]


def test_order_replaces_a_number_for_one_infusion():
    assert due_before_start(fasting(8, infusion=f"{2:032x}")) == [6, 8]


def test_latest_order_wins_whatever_their_sequence():
    early, late = fasting(8, "2027-06-01 08:00"), fasting(4, "2027-06-02 08:00", infusion=f"{1:032x}")

    assert due_before_start(early, late) == [4, 8]
    assert due_before_start(late, early) == [4, 8]


def test_order_that_brings_a_limit_forward_opens_its_task_as_much_sooner():
    [before] = plan.apply(last_food(), series(booking(1, MONDAY)))
    [sooner] = plan.apply(last_food(), series(booking(1, MONDAY), orders=(fasting(20),)))
    [later] = plan.apply(last_food(), series(booking(1, MONDAY), orders=(fasting(2),)))

    assert sooner.due_at - sooner.opens_at == before.due_at - before.opens_at
    assert later.opens_at == before.opens_at


def test_order_that_passes_the_closing_time_holds_it_open():
    step = step_text("water", opens="0min", due="+fasting", closes="8h", anchor="end")
    protocol = make_protocol(step, numbers=NUMBERS + FASTING)

    [task] = plan.apply(protocol, series(booking(1, MONDAY), orders=(fasting(12),)))

    assert task.closes_at == task.due_at == MONDAY + 14 * HOUR


def test_order_skips_a_step_for_all_or_for_one():
    bookings = [booking(number, MONDAY + number * DAY) for number in (1, 2)]

    found = [
        [task.number for task in plan.apply(make_protocol(), series(*bookings, orders=(skip,)))]
        for skip in (order(skip="ride"), order(skip="ride", infusion=f"{1:032x}"))
    ]

    assert found == [[], [2]]


def test_order_for_one_infusion_leaves_steps_of_the_series_alone():
    protocol = one_step(anchor="series-start")

    tasks = plan.apply(
        protocol, series(booking(1, MONDAY), orders=(order(skip="ride", infusion=f"{1:032x}"),))
    )

    assert len(tasks) == 1


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"skip": "rid"}, "Protocol 'example' has no step 'rid' to skip. Name one it has."),
        (
            {"number": "fastin", "value": Decimal(1)},
            "Protocol 'example' has no number 'fastin'. Name one it has.",
        ),
        (
            {"number": "fasting", "value": Decimal(9601)},
            "fasting: 9601 h is no time to wait. Use 0 to 400 days.",
        ),
    ],
)
def test_order_is_refused_when_it_does_not_fit_its_protocol(changes, message):
    with pytest.raises(errors.BadOrder) as refused:
        plan.apply(last_food(), series(booking(1, MONDAY), orders=(order(**changes),)))

    assert str(refused.value) == message


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"number": "fasting"},
        {"value": Decimal(1)},
        {"number": "fasting", "value": Decimal(1), "skip": "ride"},
        {"skip": "ride", "value": Decimal(1)},
    ],
)
def test_order_is_refused_when_it_says_nothing_or_two_things(changes):
    with pytest.raises(errors.BadOrder):
        order(**changes)


@pytest.mark.parametrize("value", ["-0.1", "NaN", "Infinity"])
def test_order_is_refused_when_its_value_is_below_zero_or_no_number(value):
    with pytest.raises(errors.BadOrder) as refused:
        fasting(value)

    assert str(refused.value) == f"fasting: {value} is no value for a number. Use zero or more."


# --- What a plan refuses to count from -----------------------------------------------------------


@pytest.mark.parametrize("zone", ["Europe/London", "Africa/Abidjan"])
def test_booking_is_refused_when_it_is_not_in_utc_even_if_its_offset_is_zero(zone):
    local = datetime(2027, 1, 4, 9, tzinfo=ZoneInfo(zone))

    with pytest.raises(errors.BadBooking) as refused:
        booking(1, local)

    assert (
        str(refused.value) == f"starts_at is {local}, which is not in UTC. Convert it with astimezone(UTC)."
    )


@pytest.mark.parametrize("name", ["arrived_at", "started_at", "ended_at", "left_at", "home_at"])
def test_booking_is_refused_when_an_actual_time_has_no_zone(name):
    with pytest.raises(errors.BadBooking):
        booking(1, MONDAY, **{name: MONDAY.replace(tzinfo=None)})


def test_booking_is_taken_in_either_form_of_utc():
    assert booking(1, MONDAY.replace(tzinfo=ZoneInfo("UTC"))).starts_at == MONDAY


@pytest.mark.parametrize("length", [0, -1])
def test_booking_is_refused_when_it_does_not_end_after_its_start(length):
    with pytest.raises(errors.BadBooking):
        booking(1, MONDAY, ends_at=MONDAY + length * HOUR)


@pytest.mark.parametrize("infusion", ["", "a.b", "a b", "x" * 33, "é"])
def test_booking_is_refused_when_its_id_cannot_be_part_of_a_key(infusion):
    with pytest.raises(errors.BadBooking):
        booking(1, MONDAY, infusion=infusion)


def test_series_is_refused_when_an_infusion_has_two_bookings():
    with pytest.raises(errors.BadBooking) as refused:
        series(booking(1, MONDAY), booking(1, MONDAY + DAY, revision=2))

    assert str(refused.value) == "An infusion has two bookings. Give only the newest revision of each."


# --- Keys ----------------------------------------------------------------------------------------


def test_key_is_made_and_split():
    key = plan.task_key("a" * 32, "last-food", 12)

    assert key == f"{'a' * 32}.last-food.12"
    assert plan.split_key(key) == ("a" * 32, "last-food", 12)


@pytest.mark.parametrize(
    "key",
    [
        "",
        "a.b",
        "a.b.c",
        "a.b.01",
        "a.b.-1",
        "a.b.1000",
        "a.B.1",
        "a.b.1.2",
        "a b.c.1",
        "a.b.1\n",
        "a" * 2_000_000,
    ],
)
def test_key_is_refused_when_it_is_not_one(key):
    with pytest.raises(errors.BadKey) as refused:
        plan.split_key(key)

    assert str(refused.value) == f"{key[:80]!r} is not the key of a task. It looks like <anchor>.<step>.<n>."


# --- The next moment -----------------------------------------------------------------------------


def test_next_moment_follows_a_task_through_its_window():
    tasks = plan.apply(last_food(kind_time=True), series(booking(1, at("2027-06-07 09:00")), zone="UTC"))
    moments = [at("2027-06-06 17:00"), at("2027-06-06 22:00"), at("2027-06-07 03:00")]

    found, now = [], at("2027-06-01 00:00")
    while (now := plan.next_moment(tasks, (), now)) is not None:
        found.append(now)

    assert found == moments


@pytest.mark.parametrize(("done", "left"), [(True, None), (False, MONDAY - HOUR)])
def test_next_moment_passes_over_what_is_done_but_not_what_was_taken_back(done, left):
    tasks = plan.apply(make_protocol(), series(booking(1, MONDAY)))
    mark = Mark(task_key=tasks[0].key, done=done, revision=1, at=MONDAY - 2 * HOUR, by="ana")

    assert plan.next_moment(tasks, [mark], MONDAY - 2 * HOUR) == left


def test_next_moment_is_none_without_tasks():
    assert plan.next_moment((), (), MONDAY) is None


# --- Always --------------------------------------------------------------------------------------


STARTS = st.integers(0, 4 * 366 * 24 * 60).map(lambda minute: at("2026-01-01 00:00") + minute * HOUR / 60)
OFFSETS = st.lists(st.integers(-20_000, 20_000), min_size=3, max_size=3, unique=True).map(sorted)
EVERYTHING = make_protocol(
    step_text("ride"),
    step_text("last-food", opens="-16h", due="-fasting", closes="-fasting", kind_time=True),
    step_text("eve", **EVE),
    step_text("gap", opens="day+0 01:50", due="day+0 02:10", closes="day+0 02:40", safe_side="earlier"),
    step_text(
        "watch", anchor="home", clock="person", opens="0min", due="1h", closes="2h", every="2h", times=4
    ),
    step_text("thanks", anchor="series-end", opens="0min", due="1d", closes="14d"),
    numbers=NUMBERS + FASTING,
)


@st.composite
def all_facts(draw):
    """Draw a series in any of the zones, with some infusions at home and some cancelled."""
    starts = draw(st.lists(STARTS, min_size=1, max_size=6, unique=True))
    bookings = [
        booking(
            number,
            start,
            cancelled_at=draw(st.sampled_from([None, start - HOUR])),
            home_at=draw(st.sampled_from([None, start + 4 * HOUR])),
        )
        for number, start in enumerate(sorted(starts), start=1)
    ]
    orders = draw(st.sampled_from([(), (fasting(8),), (fasting(30),), (order(skip="ride"),)]))
    zones = {Actor.PATIENT: draw(st.sampled_from(ZONES))}
    return series(*bookings, zone=draw(st.sampled_from(ZONES)), person_zones=zones, orders=orders)


@given(
    starts=st.lists(STARTS, min_size=1, max_size=4, unique=True),
    minutes=OFFSETS,
    by=st.timedeltas(-400 * DAY, 400 * DAY),
    zone=st.sampled_from(ZONES),
    anchor=st.sampled_from(["start", "end", "series-start", "series-end"]),
)
def test_moving_every_booking_moves_every_task_alike(starts, minutes, by, zone, anchor):
    opens, due, closes = (f"{'-' if minute < 0 else ''}{abs(minute)}min" for minute in minutes)
    protocol = one_step(anchor=anchor, opens=opens, due=due, closes=closes)
    here = [booking(number, start) for number, start in enumerate(sorted(starts), start=1)]
    there = [booking(number, start + by) for number, start in enumerate(sorted(starts), start=1)]

    before, after = (plan.apply(protocol, series(*bookings, zone=zone)) for bookings in (here, there))

    moves = {
        (old.key, new.key): {
            new.opens_at - old.opens_at,
            new.due_at - old.due_at,
            new.closes_at - old.closes_at,
        }
        for old, new in zip(before, after, strict=True)
    }
    assert moves == {(task.key, task.key): {by} for task in before}


@given(facts=all_facts(), seed=st.randoms())
def test_applying_again_in_any_sequence_changes_nothing(facts, seed):
    shuffled = list(facts.bookings)
    seed.shuffle(shuffled)
    again = series(*shuffled, zone=facts.zone, person_zones=facts.person_zones, orders=facts.orders)

    assert plan.apply(EVERYTHING, again) == plan.apply(EVERYTHING, facts)


# --- Orders that add a step, that end, and that came too late ----------------------------------------

WALK = protocol_of.read_step(
    """id = "walk"
version = "1.0.0"
review_by = 2027-11-01
reviewed_by = ""
actor = "patient"
anchor = "end"
kind = "schedule"
opens = "1h"
due = "2h"
closes = "4h"
"""
)


def test_order_adds_a_step_to_every_infusion_or_to_one():
    bookings = [booking(number, MONDAY + number * DAY) for number in (1, 2)]

    found = [
        [
            (task.number, task.order)
            for task in plan.apply(make_protocol(), series(*bookings, orders=(one,)))
            if task.step.id == "walk"
        ]
        for one in (order(add=WALK), order(add=WALK, infusion=f"{2:032x}"))
    ]

    assert found == [
        [(1, order(add=WALK)), (2, order(add=WALK))],
        [(2, order(add=WALK, infusion=f"{2:032x}"))],
    ]


# Held from twelve hours before the start; taken again an hour after the end.
AGAIN = replace(WALK, id="again", kept_from=-12 * HOUR)


@pytest.mark.parametrize(
    ("before_start", "kept"), [(13 * HOUR, False), (12 * HOUR, True), (HOUR, True), (-HOUR, True)]
)
def test_what_ends_a_hold_stands_once_the_hold_began_though_the_infusion_is_cancelled(before_start, kept):
    cancelled = booking(1, MONDAY, cancelled_at=MONDAY - before_start)

    tasks = plan.apply(make_protocol(), series(cancelled, orders=(order(add=AGAIN),)))

    stands = [(f"{1:032x}.again.0", MONDAY + 4 * HOUR)] if kept else []
    assert [(task.key, task.due_at) for task in tasks] == stands


@pytest.mark.parametrize(("before_start", "kept"), [(13 * HOUR, []), (12 * HOUR, [1]), (HOUR, [1])])
def test_what_ends_a_hold_stands_though_the_series_was_stopped(before_start, kept):
    bookings = [booking(1, MONDAY), booking(2, MONDAY + 2 * DAY)]
    facts = series(*bookings, orders=(order(add=AGAIN),), stopped_at=MONDAY - before_start)

    assert [task.number for task in plan.apply(make_protocol(), facts) if task.step.id == "again"] == kept


def test_what_ends_a_hold_is_the_same_task_whether_or_not_the_infusion_is_cancelled():
    facts = [
        series(booking(1, MONDAY, cancelled_at=off), orders=(order(add=AGAIN),))
        for off in (None, MONDAY - HOUR)
    ]

    held, kept = ([t for t in plan.apply(make_protocol(), one) if t.step == AGAIN] for one in facts)

    assert held == kept != []


def test_hold_that_ended_before_the_infusion_was_cancelled_leaves_nothing_to_end():
    ended = order(add=AGAIN, ended_at=MONDAY - DAY)

    tasks = plan.apply(
        make_protocol(), series(booking(1, MONDAY, cancelled_at=MONDAY - HOUR), orders=(ended,))
    )

    assert tasks == ()


def test_step_ordered_twice_is_done_once_as_last_ordered():
    early, late = order(add=WALK), order("2027-06-02 08:00", add=WALK, infusion=f"{1:032x}")

    tasks = plan.apply(make_protocol(), series(booking(1, MONDAY), orders=(late, early)))

    assert [task.order for task in tasks if task.step.id == "walk"] == [late]


def test_order_to_add_a_step_the_protocol_has_is_refused():
    with pytest.raises(errors.BadOrder) as refused:
        plan.apply(make_protocol(step_text("walk")), series(booking(1, MONDAY), orders=(order(add=WALK),)))

    assert str(refused.value) == "Protocol 'example' has the step 'walk' already. Add another."


def test_task_names_the_order_that_gave_it_its_times():
    protocol = make_protocol(
        step_text("last-food", opens="-16h", due="-fasting", closes="-fasting"), step_text("ride"),
        numbers=NUMBERS + FASTING,
    )  # fmt: skip

    tasks = plan.apply(protocol, series(booking(1, MONDAY), orders=(fasting(8),)))

    assert {task.step.id: task.order for task in tasks} == {"last-food": fasting(8), "ride": None}


def test_order_asks_again_and_its_end_asks_again():
    signed = at("2027-06-01 08:00")
    said = Mark(task_key=f"{1:032x}.last-food.0", done=True, revision=1, at=signed - HOUR, by="ana")

    def told(*orders):
        [task] = plan.apply(last_food(), series(booking(1, MONDAY), orders=orders))
        return task.revision, standing(task, [said])

    assert told() == (1, said)
    assert told(fasting(8)) == (2, None)
    assert told(fasting(8, ended_at=signed + HOUR)) == (3, None)


def test_order_that_ended_leaves_the_number_as_it_was():
    assert due_before_start(fasting(8, ended_at=at("2027-06-01 09:00"))) == [6, 6]


def test_order_leaves_alone_what_was_over_when_it_was_signed():
    bookings = [booking(number, MONDAY + number * DAY) for number in (1, 3)]
    between = "2027-06-09 08:00"

    tasks = plan.apply(last_food(), series(*bookings, orders=(fasting(8, between),)))
    skipped = plan.apply(last_food(), series(*bookings, orders=(order(between, skip="last-food"),)))
    added = plan.apply(make_protocol(), series(*bookings, orders=(order(between, add=WALK),)))

    assert [(task.number, task.revision, task.order) for task in tasks] == [
        (1, 1, None), (3, 2, fasting(8, between)),
    ]  # fmt: skip
    assert [task.number for task in skipped] == [1]
    assert [task.number for task in added if task.step.id == "walk"] == [3]


def test_end_of_an_order_leaves_alone_what_was_over_by_then():
    bookings = [booking(number, MONDAY + number * DAY) for number in (1, 3)]
    ended = fasting(8, ended_at=at("2027-06-09 08:00"))

    tasks = plan.apply(last_food(), series(*bookings, orders=(ended,)))

    hours = [(one.starts_at - task.due_at) / HOUR for one, task in zip(bookings, tasks, strict=True)]
    assert hours == [8, 6]


def test_order_may_still_skip_a_step_that_closed_before_its_infusion_began():
    late = (MONDAY - HOUR).astimezone(ZoneInfo("UTC"))

    tasks = plan.apply(
        last_food(), series(booking(1, MONDAY), orders=(plan.Order(by="dr-diaz", at=late, skip="last-food"),))
    )

    assert tasks == ()


@given(facts=all_facts())
def test_every_key_is_a_legal_fhir_id_of_one_task_and_splits_into_what_made_it(facts):
    tasks = plan.apply(EVERYTHING, facts)

    assert len({task.key for task in tasks}) == len(tasks)
    assert all(re.fullmatch(r"[A-Za-z0-9.\-]{1,64}", task.key) for task in tasks)
    assert [plan.split_key(task.key)[:2] for task in tasks] == [
        (task.infusion or SERIES, task.step.id) for task in tasks
    ]


@given(facts=all_facts())
def test_every_window_is_in_order_and_in_utc_and_no_kinder_time_is_later(facts):
    tasks = plan.apply(EVERYTHING, facts)

    assert all(task.opens_at <= task.due_at <= task.closes_at for task in tasks)
    assert all(task.kind_at is None or task.opens_at <= task.kind_at < task.due_at for task in tasks)
    assert {str(task.closes_at.tzinfo) for task in tasks} <= {"UTC"}
    assert list(tasks) == sorted(tasks, key=lambda task: (task.opens_at, task.due_at, task.key))


@given(facts=all_facts(), now=STARTS)
def test_next_moment_is_always_ahead_and_the_nearest(facts, now):
    tasks = plan.apply(EVERYTHING, facts)

    found = plan.next_moment(tasks, (), now)

    ahead = [one for task in tasks for one in (task.opens_at, task.closes_at) if one > now]
    assert found is None if not ahead else now < found <= min(ahead)


@pytest.mark.parametrize("anchor", list(Anchor))
def test_longest_key_is_still_a_legal_fhir_id(anchor):
    protocol = make_protocol(step_text("x" * 24, anchor=anchor.value, every="1min", times=999))

    tasks = plan.apply(protocol, series(booking(1, MONDAY, left_at=MONDAY, home_at=MONDAY)))

    assert max(len(task.key) for task in tasks) == 32 + 1 + 24 + 1 + 3


# --- The clinic goes over to another zone --------------------------------------------------------


def in_zones(protocol, *zones):
    return [plan.apply(protocol, series(booking(1, MONDAY), zone=zone)) for zone in zones]


NOW = MONDAY - 3 * DAY
EVENING = {"opens": "day-1 18:00", "due": "day-1 22:00", "closes": "day-1 22:00", "safe_side": "earlier"}


def test_other_zone_moves_what_goes_by_the_clock_alone():
    by_clock = step_text("evening", **EVENING)
    protocol = make_protocol(step_text("ride"), by_clock)

    found = plan.retimed(*in_zones(protocol, "Europe/Dublin", "Europe/Paris"), NOW)

    assert found == {f"{1:032x}.evening.0"}


def test_other_zone_moves_the_kinder_time_of_a_limit_in_the_night():
    protocol = last_food(kind_time=True)

    assert plan.retimed(*in_zones(protocol, "Europe/Dublin", "Europe/Paris"), NOW) == {
        f"{1:032x}.last-food.0"
    }


def test_zone_on_the_same_clock_moves_nothing():
    by_clock = step_text("evening", **EVENING)

    assert plan.retimed(*in_zones(make_protocol(by_clock), "Europe/Dublin", "Europe/London"), NOW) == set()


def test_other_zone_leaves_alone_what_is_over():
    by_clock = step_text("evening", **EVENING)

    assert plan.retimed(*in_zones(make_protocol(by_clock), "Europe/Dublin", "Europe/Paris"), MONDAY) == set()


def test_times_that_changed_with_the_zone_are_asked_again_and_no_others():
    protocol = make_protocol(
        step_text("ride", after_move="ask-again"), step_text("bag", after_move="ask-again")
    )
    key = f"{1:032x}.ride.0"
    facts = series(booking(1, MONDAY))
    marks = [Mark(one.key, True, one.revision, NOW, "ana") for one in plan.apply(protocol, facts)]

    tasks = plan.apply(protocol, replace(facts, rezoned={key: 1, "gone.ride.0": 2}))

    assert {one.key: standing(one, marks) is None for one in tasks} == {key: True, f"{1:032x}.bag.0": False}
