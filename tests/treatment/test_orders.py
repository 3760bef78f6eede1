"""Orders: who may sign them, what they must say, what replaces and ends them, whom they reach."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction
from django.http import Http404
from uuid6 import uuid7

from luna.audit.models import AuditEvent
from luna.clinical import plan as rules
from luna.intake.actions import medicines
from luna.library import content
from luna.library import plans as library
from luna.notices.models import Notice
from luna.people.errors import Refused, Replayed
from luna.treatment import actions, ordering, plans
from luna.treatment.actions import Wanted, orders
from luna.treatment.models import Countersign, Order, Series
from tests import care as cared
from tests.intake import giving

HOUR = timedelta(hours=1)
FASTING = Wanted(what="fasting", name="other", food_min=8 * 60, drink_min=2 * 60)
HELD = Wanted(
    what="medicine", name="Calmazine", handling="hold", stop_before_min=12 * 60, restart_after_min=240,
)  # fmt: skip


@pytest.fixture
def diaz(cast):
    return cared.staff(cast, cast.diaz)


@pytest.fixture
def nia(cast):
    return cared.staff(cast, cast.nia)


@pytest.fixture
def sign(care, diaz, now):
    def act(wanted, *, by=diaz, form=None, at=now):
        return actions.sign_order(
            series_id=care.series.id, wanted=wanted, viewer=by, client_id=form or uuid7(), now=at
        )

    return act


def series_of(care):
    return plans.loaded(Series.objects.filter(id=care.series.id)).get()


def tasks(care):
    row = series_of(care)
    return rules.apply(library.protocol(row.protocol), plans.facts(row))


def named(care, step):
    return [task for task in tasks(care) if task.step.id == step]


def told_by(words):
    return sorted(Notice.objects.filter(words=words).values_list("to_user__email", flat=True))


def handlings(care, infusion=None):
    return [one.handling for one in ordering.decisions(series_of(care), infusion).values()]


def held_steps(care):
    """Return (infusion, hours before its start or after its end) of each step of the held medicine."""
    found = []
    for task in tasks(care):
        if task.step.guide in {"medicine-stop", "medicine-again"}:
            visit = next(one for one in care.infusions if one.id.hex == task.infusion)
            from_end = (task.due_at - visit.ends_at) / HOUR
            found.append((task.number, (task.due_at - visit.starts_at) / HOUR if from_end < 0 else from_end))
    return found


# --- What an order does to the plan ------------------------------------------------------------------


def test_order_for_a_number_wins_over_the_protocol_and_says_who_and_when(care, sign, now):
    sign(FASTING)

    found = [
        ((one.starts_at - task.due_at) / HOUR, task.order.by, task.order.at)
        for one, task in zip(care.infusions, named(care, "last-food"), strict=True)
    ]
    assert found == [(8, "Delia Diaz", now)] * 6


def test_order_for_one_infusion_leaves_the_others(care, sign):
    sign(replace(FASTING, infusion_id=care.infusions[1].id))

    assert [task.order is not None for task in named(care, "last-food")] == [
        False, True, False, False, False, False,
    ]  # fmt: skip


def test_order_skips_a_step(care, sign):
    sign(Wanted(what="skip", name="last-drink"))

    assert named(care, "last-drink") == []


@pytest.mark.parametrize("name", content.names("steps"))
def test_order_adds_each_step_of_the_list(care, sign, name, clock):
    care.home(care.infusions[0].leaves_at)  # those counted from coming home exist only then
    sign(Wanted(what="add", name=name, infusion_id=care.infusions[1].id))
    sign(Wanted(what="add", name=name))
    care.home(care.infusions[1].leaves_at, infusion=2)

    numbers = {task.number for task in named(care, name)}
    assert 2 in numbers
    assert {task.step.guide for task in named(care, name)} == {name}


def test_held_medicine_is_stopped_and_taken_again_around_each_infusion(care, sign):
    sign(HELD)

    assert sorted(held_steps(care)) == sorted((n, hours) for n in range(1, 7) for hours in (-12, 4))


def cancel(care, cast_nia, when, infusion=1):
    return actions.cancel(
        infusion_id=care.infusions[infusion - 1].id, why="unwell", expected_revision=1, viewer=cast_nia,
        client_id=uuid7(), now=when,
    )  # fmt: skip


@pytest.mark.parametrize(("before_start", "left"), [(13 * HOUR, []), (11 * HOUR, [4])])
def test_held_medicine_is_taken_again_though_the_infusion_is_cancelled_once_it_was_stopped(
    care, sign, nia, before_start, left
):
    sign(HELD)

    cancel(care, nia, care.infusions[0].starts_at - before_start)

    of_first = {f"{care.infusions[0].id.hex}"}
    tasks_left = [one for one in tasks(care) if one.infusion in of_first]
    assert [(one.due_at - care.infusions[0].ends_at) / HOUR for one in tasks_left] == left


def test_held_medicine_is_taken_again_though_the_series_is_stopped_once_it_was_stopped(care, sign, diaz):
    sign(HELD)
    when = care.infusions[1].starts_at - 11 * HOUR

    actions.stop_series(
        series_id=care.series.id, why="clinic", version=1, viewer=diaz, client_id=uuid7(), now=when
    )

    ahead = [one for one in tasks(care) if one.due_at > when and one.order]
    assert [(one.infusion, one.step.guide) for one in ahead] == [(care.infusions[1].id.hex, "medicine-again")]


def test_later_word_for_one_infusion_ends_the_hold_there_alone(care, sign, now):
    sign(HELD)
    sign(replace(HELD, handling="take", infusion_id=care.infusions[0].id), at=now + HOUR)

    assert {number for number, _hours in held_steps(care)} == {2, 3, 4, 5, 6}


def test_hold_stands_again_when_the_exception_to_it_is_stopped(care, sign, diaz, now):
    sign(HELD)
    exception = sign(replace(HELD, handling="take", infusion_id=care.infusions[0].id), at=now + HOUR)
    actions.stop_order(order_id=exception.id, viewer=diaz, client_id=uuid7(), now=now + 2 * HOUR)

    assert {number for number, _hours in held_steps(care)} == {1, 2, 3, 4, 5, 6}
    assert handlings(care, care.infusions[0]) == ["hold"]


def test_held_medicine_is_taken_again_counted_from_when_it_really_ended(care, sign):
    sign(HELD)
    visit = care.infusions[0]
    for what, at in (
        ("arrived", visit.starts_at),
        ("started", visit.starts_at),
        ("ended", visit.ends_at + HOUR),
    ):
        care.say(what, at)

    assert plans.holds(series_of(care))["calmazine"][0].restart_at == visit.ends_at + 5 * HOUR
    assert (1, 5) in held_steps(care)


# --- Infusions that are close --------------------------------------------------------------------------

WIDE = replace(HELD, stop_before_min=24 * 60, restart_after_min=8 * 60)


@pytest.fixture
def daily(cast, now):
    """Ana's infusions on Monday, Tuesday and Wednesday, and one on the Friday after."""
    return cared.Care(cast, cared.start(cast, now, starts=("03-15", "03-16", "03-17", "03-26")))


def sign_for(care, diaz, wanted, when):
    return actions.sign_order(
        series_id=care.series.id, wanted=wanted, viewer=diaz, client_id=uuid7(), now=when
    )


def stop_for(order, diaz, when):
    return actions.stop_order(order_id=order.id, viewer=diaz, client_id=uuid7(), now=when)


def steps_of(care):
    """Return (number of the infusion, guide) of each step of a held medicine, as they are due."""
    ours = [one for one in tasks(care) if one.order and one.order.about]
    return [(one.number, one.step.guide.removeprefix("medicine-")) for one in ours]


def test_hold_runs_on_through_infusions_on_days_that_follow(daily, diaz, now):
    sign_for(daily, diaz, WIDE, now)

    assert steps_of(daily) == [(1, "stop"), (3, "again"), (4, "stop"), (4, "again")]
    first, second = plans.holds(series_of(daily))["calmazine"]
    assert (first.stop_at, first.restart_at, first.count) == (
        daily.infusions[0].starts_at - 24 * HOUR, daily.infusions[2].ends_at + 8 * HOUR, 3,
    )  # fmt: skip
    assert second.count == 1


def test_infusion_that_moves_away_parts_the_hold(daily, diaz, nia, now):
    sign_for(daily, diaz, WIDE, now)
    actions.move(
        infusion_id=daily.infusions[1].id, start=actions.Start(cared.at("03-22 09:00")), why="clinic",
        expected_revision=1, viewer=nia, client_id=uuid7(), now=now,
    )  # fmt: skip

    assert steps_of(daily) == [
        (1, "stop"), (1, "again"), (2, "stop"), (2, "again"), (3, "stop"), (3, "again"), (4, "stop"),
        (4, "again"),
    ]  # fmt: skip
    stop = next(one for one in tasks(daily) if one.step.guide == "medicine-stop" and one.number == 2)
    assert stop.opens_at == daily.infusions[0].ends_at + 8 * HOUR  # not while it is still left out


def test_infusion_that_moves_close_joins_the_hold(daily, diaz, nia, now):
    sign_for(daily, diaz, WIDE, now)
    actions.move(
        infusion_id=daily.infusions[3].id, start=actions.Start(cared.at("03-18 09:00")), why="clinic",
        expected_revision=1, viewer=nia, client_id=uuid7(), now=now,
    )  # fmt: skip

    assert steps_of(daily) == [(1, "stop"), (4, "again")]


def test_medicine_taken_again_is_left_out_anew_for_what_was_booked_since(care, sign, nia, now):
    sign(WIDE)
    taken_again = care.infusions[0].ends_at + 9 * HOUR
    actions.move(
        infusion_id=care.infusions[1].id, start=actions.Start(cared.at("03-16 09:00")), why="clinic",
        expected_revision=1, viewer=nia, client_id=uuid7(), now=taken_again,
    )  # fmt: skip

    ours = [one for one in tasks(care) if one.order and one.order.about and one.number in {1, 2}]
    assert [(one.number, one.step.guide) for one in ours if one.step.guide == "medicine-stop"] == [
        (1, "medicine-stop"), (2, "medicine-stop"),
    ]  # fmt: skip
    [again] = [one for one in ours if one.number == 1 and one.step.guide == "medicine-again"]
    assert again.closes_at == taken_again


@pytest.mark.parametrize("hours", [-31, -1])
def test_hold_runs_on_though_an_infusion_in_it_is_cancelled(daily, diaz, nia, now, hours):
    wide = replace(WIDE, stop_before_min=30 * 60, restart_after_min=20 * 60)  # it meets the day after next
    sign_for(daily, diaz, wide, now)

    cancel(daily, nia, daily.infusions[1].starts_at + hours * HOUR, infusion=2)

    first, _later = plans.holds(series_of(daily))["calmazine"]
    assert (first.stop_at, first.restart_at) == (
        daily.infusions[0].starts_at - 30 * HOUR, daily.infusions[2].ends_at + 20 * HOUR,
    )  # fmt: skip
    assert len(steps_of(daily)) == 4


# --- A word that ends while a medicine is left out -----------------------------------------------------


@pytest.mark.parametrize(("hours", "left"), [(-13, []), (-11, ["again"]), (1, ["stop", "again"])])
def test_stopped_order_leaves_the_new_start_once_the_medicine_was_left_out(care, sign, diaz, hours, left):
    order = sign(HELD)

    stop_for(order, diaz, care.infusions[0].starts_at + hours * HOUR)

    assert steps_of(care) == [(1, step) for step in left]


def test_new_start_that_stands_keeps_its_mark_and_its_reminder(care, sign, diaz):
    order = sign(HELD)
    before = next(one for one in tasks(care) if one.step.guide == "medicine-again")

    stop_for(order, diaz, care.infusions[0].starts_at)

    assert next(one for one in tasks(care) if one.step.guide == "medicine-again") == before


def test_spoken_hold_that_was_never_given_leaves_the_new_start_once_it_was_left_out(
    care, sign, nia, diaz, cast
):
    order = sign(replace(HELD, prescriber_id=cast.diaz.id, read_back=True), by=nia)

    say(order, diaz, care.infusions[0].starts_at - HOUR, agreed=False)

    assert steps_of(care) == [(1, "again")]


def test_stopped_order_ends_a_hold_that_would_have_run_on_before_its_next_infusion(daily, diaz, now):
    order = sign_for(daily, diaz, WIDE, now)

    stop_for(order, diaz, daily.infusions[0].ends_at + HOUR)

    assert steps_of(daily) == [(1, "stop"), (1, "again")]


def test_stopped_order_leaves_the_new_start_of_the_infusion_that_already_made_it_run_on(daily, diaz, now):
    order = sign_for(daily, diaz, WIDE, now)

    stop_for(order, diaz, daily.infusions[0].ends_at + 9 * HOUR)

    assert steps_of(daily) == [(1, "stop"), (2, "again")]


@pytest.mark.parametrize(
    ("word", "left"),
    [
        ({"handling": "take"}, [(1, "stop")]),
        ({"handling": "ask"}, [(1, "stop"), (1, "again")]),
        ({"restart_after_min": 600}, [(1, "stop"), (1, "again"), *[
            (n, step) for n in range(2, 7) for step in ("stop", "again")
        ]]),
    ],
)  # fmt: skip
def test_new_word_while_the_medicine_is_left_out(care, sign, word, left):
    sign(HELD)
    sign(replace(HELD, **word), at=care.infusions[0].ends_at)

    assert steps_of(care) == left


def test_new_word_while_the_medicine_is_left_out_moves_its_new_start(care, sign):
    sign(HELD)
    sign(replace(HELD, restart_after_min=600), at=care.infusions[0].ends_at)

    again = next(one for one in tasks(care) if one.step.guide == "medicine-again")
    assert again.due_at == care.infusions[0].ends_at + 10 * HOUR


def test_word_about_what_comes_leaves_the_new_start_that_has_come(care, sign):
    sign(HELD)
    sign(replace(HELD, restart_after_min=48 * 60), at=care.infusions[0].ends_at + 5 * HOUR)

    again = next(one for one in tasks(care) if one.step.guide == "medicine-again")
    assert again.due_at == care.infusions[0].ends_at + 4 * HOUR


def test_medicine_nobody_left_out_is_not_taken_again(care, sign):
    sign(HELD, at=care.infusions[0].starts_at + HOUR)

    assert steps_of(care)[0] == (2, "stop")


def test_exception_that_is_stopped_while_the_medicine_is_left_out_leaves_its_new_start(care, sign, diaz, now):
    sign(replace(HELD, handling="take"))
    exception = sign(replace(HELD, infusion_id=care.infusions[0].id), at=now + HOUR)

    stop_for(exception, diaz, care.infusions[0].starts_at - HOUR)

    assert steps_of(care) == [(1, "again")]


# --- A medicine they say they do not take ---------------------------------------------------------------


@pytest.fixture
def told(cast, now):
    """Ana's Calmazine on her list, before anything was ordered about it."""
    return giving.tell(cast.sees("ana"), "Calmazine", now - HOUR)


def take_off(row, cast, when, *, mistake=False):
    about = {"viewer": cast.sees("ana"), "patient": cast.ana_patient, "medicine_id": row.id}
    if mistake:
        return medicines.mistake(**about, client_id=uuid7(), now=when)
    return medicines.stop(**about, stopped_on=date(2027, 3, 1), client_id=uuid7(), now=when)


@pytest.mark.parametrize("mistake", [False, True])
@pytest.mark.parametrize(("hours", "left"), [(-13, []), (-11, []), (1, ["stop"]), (5, ["stop"])])
def test_medicine_that_is_not_taken_any_more_is_not_taken_again(care, sign, cast, told, hours, left, mistake):
    sign(HELD)

    take_off(told, cast, care.infusions[0].starts_at + hours * HOUR, mistake=mistake)

    assert steps_of(care) == [(1, step) for step in left]


def test_what_was_over_when_a_medicine_was_taken_off_the_list_stays_as_it_was(care, sign, cast, told):
    sign(HELD)

    take_off(told, cast, care.infusions[0].ends_at + 17 * HOUR)

    assert steps_of(care) == [(1, "stop"), (1, "again")]


def test_hold_ordered_after_a_medicine_was_taken_off_the_list_stands(care, sign, cast, told, now):
    take_off(told, cast, now)
    sign(HELD, at=now + HOUR)

    assert len(steps_of(care)) == 12


def test_hold_stands_again_when_the_medicine_is_on_the_list_again(care, sign, cast, told, now):
    sign(HELD)
    take_off(told, cast, now + HOUR)
    giving.tell(cast.sees("ana"), "calmazine", now + 2 * HOUR)

    assert len(steps_of(care)) == 12


def test_medicine_by_another_name_keeps_its_hold(care, sign, cast, told, now):
    sign(HELD)
    medicines.change(
        viewer=cast.sees("ana"), patient=cast.ana_patient, medicine_id=told.id,
        said=medicines.Said("Calmazine 20 mg"), client_id=uuid7(), now=now + HOUR,
    )  # fmt: skip

    assert len(steps_of(care)) == 12


def test_plan_asks_the_database_as_often_for_many_orders(
    care, sign, django_assert_num_queries, django_assert_max_num_queries
):
    sign(FASTING)
    with django_assert_max_num_queries(20) as few:
        tasks(care)
    for name in ("Calmazine", "Slowazole", "Quietamine"):
        sign(replace(HELD, name=name))
    sign(Wanted(what="skip", name="last-drink"))

    with django_assert_num_queries(len(few.captured_queries)):
        tasks(care)


# --- Asking again ------------------------------------------------------------------------------------


def test_order_that_changes_a_gate_asks_again_and_tells_whose_it_is(care, sign):
    before = named(care, "last-food")[0]
    assert before.gate

    sign(FASTING)

    assert named(care, "last-food")[0].revision == before.revision + 1
    assert told_by("times-changed") == ["ana@example.org", "bea@example.org"]


def test_order_for_a_caretakers_step_tells_the_caretaker(care, sign):
    sign(Wanted(what="add", name="stay-night"))

    assert told_by("plan-changed") == ["bea@example.org"]


@pytest.mark.threat("T1")
def test_order_for_a_caretakers_step_tells_nobody_it_is_not_shared_with(care, sign):
    care.cast.bea_member.kinds = ["schedule", "ride"]
    care.cast.bea_member.save()

    sign(Wanted(what="add", name="stay-night"))

    assert told_by("plan-changed") == []


def test_order_for_the_clinics_own_step_tells_nobody(care, sign):
    sign(Wanted(what="add", name="evening-call"))

    assert told_by("plan-changed") == []


@pytest.mark.threat("T1")
def test_order_about_a_medicine_tells_the_patient_alone(care, sign):
    care.cast.bea_member.kinds = ["schedule", "history"]
    care.cast.bea_member.save()

    sign(HELD)

    assert told_by("medicine-plan") == ["ana@example.org"]


@pytest.mark.threat("T1")
@pytest.mark.parametrize(
    ("name", "kind"), [("lamotrigine", "history"), ("naltrexone", "substances"), ("Calmazine", "substances")]
)
def test_order_about_a_medicine_is_shared_as_the_medicine_is(sign, name, kind):
    assert sign(replace(HELD, name=name)).kind == kind


# --- Who may sign ------------------------------------------------------------------------------------


@pytest.mark.parametrize("missing", ["stop_before_min", "restart_after_min"])
def test_held_medicine_without_a_time_to_stop_or_to_start_again_cannot_be_signed(care, sign, missing):
    with pytest.raises(Refused) as refused:
        sign(replace(HELD, **{missing: None}))

    assert refused.value.field == missing.split("_")[0]
    assert not Order.objects.exists()


def test_database_refuses_a_hold_without_a_new_start(care, sign):
    held = sign(HELD)
    values = {f.attname: getattr(held, f.attname) for f in Order._meta.concrete_fields}
    values |= {"id": uuid7(), "client_id": uuid7(), "restart_after_min": None}

    with pytest.raises(IntegrityError), transaction.atomic():
        Order.objects.create(**values)


def test_nurse_cannot_sign_an_order_of_her_own(sign, nia):
    with pytest.raises(Refused) as refused:
        sign(FASTING, by=nia)

    assert refused.value.field == "prescriber"


def test_nurse_writes_down_what_a_prescriber_spoke(care, sign, nia, cast):
    order = sign(replace(FASTING, prescriber_id=cast.diaz.id, read_back=True), by=nia)

    assert (order.spoken, order.read_back, order.prescriber, order.by) == (True, True, cast.diaz, cast.nia)
    assert named(care, "last-food")[0].order.by == "Delia Diaz"
    assert AuditEvent.objects.filter(verb="order.write").count() == 1


def test_spoken_order_that_was_not_read_back_is_refused(sign, nia, cast):
    with pytest.raises(Refused, match="Read it back") as refused:
        sign(replace(FASTING, prescriber_id=cast.diaz.id), by=nia)

    assert refused.value.field == "read_back"
    assert not Order.objects.exists()


def test_order_of_ones_own_says_nothing_of_reading_back(sign):
    assert sign(replace(FASTING, read_back=True)).read_back is None


@pytest.mark.parametrize("who", ["nia", "eve", "ana"])
def test_spoken_order_names_a_prescriber_who_works_here(sign, nia, cast, who):
    with pytest.raises(Refused) as refused:
        sign(replace(FASTING, prescriber_id=getattr(cast, who).id), by=nia)

    assert refused.value.field == "prescriber"


@pytest.mark.threat("T4")
@pytest.mark.parametrize("name", ["eve", "oli", "bea"])
def test_order_for_a_series_of_others_is_not_found(care, sign, cast, name):
    with pytest.raises((Http404, Refused)):
        sign(FASTING, by=cast.sees(name))

    assert not Order.objects.exists()


# --- Countersigning ----------------------------------------------------------------------------------


@pytest.fixture
def spoken(sign, nia, cast):
    return sign(replace(FASTING, prescriber_id=cast.diaz.id, read_back=True), by=nia)


def say(order, viewer, now, *, agreed=True, form=None):
    return actions.countersign(
        order_id=order.id, agreed=agreed, viewer=viewer, client_id=form or uuid7(), now=now
    )


def test_prescriber_countersigns_once(care, spoken, diaz, now):
    assert ordering.not_countersigned(series_of(care)) == [spoken]

    first, again = say(spoken, diaz, now), say(spoken, diaz, now)

    assert (first, Countersign.objects.count()) == (again, 1)
    assert ordering.not_countersigned(series_of(care)) == []


def test_order_the_prescriber_never_gave_stops_at_once(care, spoken, diaz, now):
    say(spoken, diaz, now, agreed=False)

    assert ordering.standing(series_of(care)) == []
    assert [task.order for task in named(care, "last-food")] == [None] * 6


def test_nobody_else_countersigns(spoken, nia, now):
    with pytest.raises(Refused):
        say(spoken, nia, now)

    assert not Countersign.objects.exists()


# --- Replacing, stopping, sending twice --------------------------------------------------------------


def test_order_about_the_same_thing_replaces_the_one_in_force(care, sign, now):
    first = sign(FASTING)
    second = sign(replace(FASTING, food_min=600), at=now + HOUR)

    assert second.supersedes == first
    assert ordering.standing(series_of(care)) == [second]
    assert (care.infusions[0].starts_at - named(care, "last-food")[0].due_at) / HOUR == 10


def test_same_medicine_is_the_same_whatever_its_case(care, sign, now):
    sign(HELD)
    sign(replace(HELD, name="CALMAZINE ", handling="ask"), at=now + HOUR)

    assert held_steps(care) == []
    assert handlings(care) == ["ask"]


def test_order_that_says_what_stands_is_refused(sign):
    sign(FASTING)

    with pytest.raises(Refused, match="ordered already"):
        sign(FASTING)


def test_stopped_order_leaves_what_the_protocol_says(care, sign, diaz, now):
    order = sign(FASTING)

    stop = actions.stop_order(order_id=order.id, viewer=diaz, client_id=uuid7(), now=now + HOUR)

    assert (care.infusions[0].starts_at - named(care, "last-food")[0].due_at) / HOUR == 6
    assert stop.supersedes == order
    with pytest.raises(Refused, match="meanwhile"):
        actions.stop_order(order_id=order.id, viewer=diaz, client_id=uuid7(), now=now + HOUR)


def test_nurse_cannot_stop_an_order(sign, nia, now):
    order = sign(FASTING)

    with pytest.raises(Refused, match="prescriber"):
        actions.stop_order(order_id=order.id, viewer=nia, client_id=uuid7(), now=now)


def test_form_sent_twice_is_one_order(sign):
    form = uuid7()

    assert sign(FASTING, form=form) == sign(FASTING, form=form)
    assert Order.objects.count() == 1
    with pytest.raises(Replayed):
        sign(replace(FASTING, food_min=540), form=form)


# --- Bad input ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wanted", "field"),
    [
        (Wanted(what="number", name="no-such", value=Decimal(1)), "name"),
        (Wanted(what="number", name="infusions", value=Decimal(9)), "name"),
        (Wanted(what="number", name="fasting-food", value=Decimal(8)), "name"),  # it is one rule: fasting
        (Wanted(what="number", name="no-driving"), "value"),
        (Wanted(what="number", name="no-driving", value=Decimal(-1), sure=True), "value"),
        (Wanted(what="number", name="no-driving", value=Decimal("NaN"), sure=True), "value"),
        (Wanted(what="number", name="no-driving", value=Decimal(99000), sure=True), "value"),
        (Wanted(what="number", name="dose", value=Decimal(5)), "value"),  # ten times the protocol's
        (Wanted(what="number", name="no-driving", value=Decimal("0.6")), "value"),
        (Wanted(what="skip", name="no-such"), "name"),
        (Wanted(what="add", name="no-such"), "name"),
        (Wanted(what="medicine", name=" ", handling="take"), "name"),
        (Wanted(what="medicine", name="x" * 121, handling="take"), "name"),
        (Wanted(what="medicine", name="Calmazine"), "handling"),
        (replace(HELD, stop_before_min=-1), "stop"),
        (replace(HELD, restart_after_min=orders.LONGEST_MIN + 1), "restart"),
        (replace(HELD, words="x" * 501), "words"),
        (replace(FASTING, infusion_id=uuid7()), "infusion"),
        (Wanted(what="", name="x"), ""),
        (Wanted(what="fasting", name="no-such"), "name"),
        (replace(FASTING, food_min=None), "food"),
        (replace(FASTING, drink_min=None), "drink"),
        (replace(FASTING, food_min=24 * 60 + 1, sure=True), "food"),
        (replace(FASTING, food_min=60, drink_min=61, sure=True), "drink"),
        (replace(FASTING, food_min=13 * 60), "food"),  # more than twice the protocol's
        (replace(FASTING, drink_min=59), "food"),  # less than half of it
    ],
)
def test_order_that_cannot_be_is_refused_at_its_field(sign, wanted, field):
    with pytest.raises(Refused) as refused:
        sign(wanted)

    assert refused.value.field == field
    assert not Order.objects.exists()


def test_unusual_value_is_signed_once_it_is_meant(sign):
    assert sign(Wanted(what="number", name="dose", value=Decimal("1.2"), sure=True)).value == Decimal("1.2")


def test_stopped_series_takes_no_orders(care, sign, diaz, now):
    actions.stop_series(
        series_id=care.series.id, why="clinic", version=1, viewer=diaz, client_id=uuid7(), now=now
    )

    with pytest.raises(Refused, match="stopped"):
        sign(FASTING)


# --- One rule for food and drink ---------------------------------------------------------------------


def fasts(care, infusion=1):
    """Return the hours without food and without drink before an infusion."""
    start = care.infusions[infusion - 1].starts_at
    return [
        (start - task.due_at) / HOUR
        for step in ("last-food", "last-drink")
        for task in named(care, step)
        if task.number == infusion
    ]


@pytest.mark.parametrize(("name", "hours"), [("protocol", [6, 2]), ("asa", [6, 2]), ("esketamine", [2, 0.5])])
def test_named_fasting_rule_sets_food_and_drink_in_one_order(care, sign, name, hours):
    order = sign(
        Wanted(what="fasting", name=name, food_min=1, drink_min=1)
    )  # what was typed beside it is let be

    assert fasts(care) == hours
    assert (order.food_min, order.drink_min) == (hours[0] * 60, hours[1] * 60)
    assert AuditEvent.objects.filter(verb="order.sign").count() == 1
    assert {task.order.by for task in named(care, "last-drink")} == {"Delia Diaz"}


def test_fasting_rule_of_one_infusion_leaves_the_others(care, sign):
    sign(Wanted(what="fasting", name="esketamine", infusion_id=care.infusions[1].id))

    assert [fasts(care, n) for n in (1, 2, 3)] == [[6, 2], [2, 0.5], [6, 2]]


def test_fasting_rule_of_the_series_puts_an_end_to_those_of_infusions(care, sign, now):
    for infusion in care.infusions[:2]:
        sign(Wanted(what="fasting", name="esketamine", infusion_id=infusion.id))
    order = sign(FASTING, at=now + HOUR)

    assert ordering.standing(series_of(care)) == [order]
    assert [fasts(care, n) for n in (1, 2, 3)] == [[8, 2]] * 3


def test_fasting_rule_of_an_infusion_wins_over_that_of_the_series(care, sign, now):
    whole = sign(FASTING)
    one = sign(Wanted(what="fasting", name="protocol", infusion_id=care.infusions[0].id), at=now + HOUR)

    assert ordering.standing(series_of(care)) == [whole, one]
    assert [fasts(care, n) for n in (1, 2)] == [[6, 2], [8, 2]]


def test_fasting_rule_puts_an_end_to_a_number_that_was_signed_before_there_were_rules(care, sign, diaz, now):
    first = sign(FASTING)
    values = {field.attname: getattr(first, field.attname) for field in Order._meta.concrete_fields}
    values |= {"id": uuid7(), "client_id": uuid7(), "what": "number", "name": "fasting-food",
               "value": Decimal(10), "food_min": None, "drink_min": None,
               "supersedes_id": first.id}  # fmt: skip
    Order.objects.create(**values)
    assert fasts(care) == [10, 2]

    order = sign(Wanted(what="fasting", name="asa"), at=now + HOUR)

    assert ordering.standing(series_of(care)) == [order]
    assert fasts(care) == [6, 2]


def test_fasting_rule_changes_nothing_of_an_infusion_that_was(care, sign, now):
    sign(FASTING)
    care.home(care.infusions[0].leaves_at)

    sign(Wanted(what="fasting", name="esketamine"), at=care.infusions[0].leaves_at + HOUR)

    assert [fasts(care, n) for n in (1, 2)] == [[8, 2], [2, 0.5]]


def test_spoken_fasting_rule_is_countersigned_once(care, sign, nia, diaz, cast, now):
    order = sign(
        Wanted(what="fasting", name="esketamine", prescriber_id=cast.diaz.id, read_back=True), by=nia
    )
    assert ordering.not_countersigned(series_of(care)) == [order]

    say(order, diaz, now)

    assert ordering.not_countersigned(series_of(care)) == []
    assert fasts(care) == [2, 0.5]


def test_stopped_fasting_rule_leaves_both_times_of_the_protocol(care, sign, diaz, now):
    order = sign(Wanted(what="fasting", name="esketamine"))

    actions.stop_order(order_id=order.id, viewer=diaz, client_id=uuid7(), now=now + HOUR)

    assert fasts(care) == [6, 2]
    assert told_by("times-changed") == ["ana@example.org", "ana@example.org", "bea@example.org",
                                        "bea@example.org"]  # fmt: skip


def test_other_fasting_rule_far_from_the_protocol_is_signed_once_it_is_meant(care, sign):
    sign(replace(FASTING, food_min=24 * 60, drink_min=60, sure=True))

    assert fasts(care) == [24, 1]
