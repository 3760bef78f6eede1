"""Readiness of one infusion, on Monday at nine: what is missing waits, and what speaks against it holds."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from luna.clinical import plan
from luna.clinical.readiness import (
    CURRENT,
    Adult,
    Arrival,
    Facts,
    Gate,
    Level,
    Medicine,
    Mender,
    Override,
    Pressure,
    Stands,
    Verdict,
    assess,
    next_moment,
)
from luna.clinical.ride import Driver, Ride, State
from luna.clinical.task import Mark
from tests.clinical.examples import at, make_protocol, series, step_text
from tests.clinical.examples import booking as book

pytestmark = pytest.mark.hazard("H8")
NINE = at("2027-06-07 09:00")
HOUR = timedelta(hours=1)
EVE = NINE - 20 * HOUR


def booking(**changed):
    return book(1, NINE, **changed)


def told(**changed):
    """Return what staff asked when they came at a quarter to nine."""
    said = {"food_at": NINE - 12 * HOUR, "drink_at": NINE - 3 * HOUR, "as_ordered": True}
    return Arrival(**{**said, "at": NINE - HOUR / 4, "revision": 1, "source": "asked-1", **changed})


def ride(state, *, who="sam", name="Sam", **changed):
    """Return a ride with somebody who was asked; who: None for one who was named by link."""
    return Ride(state, Driver("ask-1", who, name, True, False, state, EVE), since=EVE, **changed)


ANOTHER = Driver("ask-2", "rae", "Rae", True, False, State.ASKED, EVE)
TAKEN = Medicine("lorazepam", "lorazepam", "medicines", EVE, said=False)


def facts(**changed):
    """Return an infusion for which everything was done, all but what is asked at arrival."""
    found = {
        "booking": booking(),
        "consent": Stands(CURRENT, until=NINE + 90 * 24 * HOUR),
        "eligibility": Stands(CURRENT, until=NINE + 90 * 24 * HOUR),
        "ride": ride(State.CONFIRMED),
        "adult": Adult("Sam", EVE, 1, briefed_at=EVE),
        "food": 6 * HOUR,
        "drink": 2 * HOUR,
    }
    return Facts(**{**found, **changed})


def pressed(systolic="128", diastolic="82", minute=-10):
    """Return a blood pressure that was measured. minute: from nine."""
    at = NINE + timedelta(minutes=minute)
    return Pressure(Decimal(systolic), Decimal(diastolic), at, f"at-{minute}")


LIMIT = {"most_systolic": Decimal(140), "most_diastolic": Decimal(90)}


def here(**changed):
    """Return the same at the desk, with what was asked and measured."""
    arrived = {"booking": booking(arrived_at=NINE - HOUR / 4), "arrival": told(), "pressures": (pressed(),)}
    return facts(**{**arrived, **LIMIT, **changed})


def one(found, code):
    (reason,) = [reason for reason in found.reasons if reason.code == code]
    return reason


def stands(code, now=EVE, **changed):
    """Return how one reason stands: its word, its level, and who can mend it."""
    reason = one(assess(facts(**changed), now), code)
    return reason.how, reason.level, reason.mender


def test_all_done_is_go_if_fasted_and_asks():
    found = assess(facts(), EVE)

    assert found.verdict is Verdict.GO
    assert found.asks
    assert one(found, "fasting").level is Level.ASK


def test_all_done_and_asked_at_arrival_is_go():
    found = assess(here(), NINE)

    assert found.verdict is Verdict.GO
    assert not found.asks


@pytest.mark.parametrize(
    ("how", "level", "mender"),
    [
        ("none", Level.WAIT, Mender.PATIENT),
        ("expired", Level.WAIT, Mender.PATIENT),
        ("outdated", Level.WAIT, Mender.PATIENT),
        ("withdrawn", Level.HOLD, Mender.CLINIC),
    ],
)
def test_consent_that_does_not_hold(how, level, mender):
    assert stands("consent", consent=Stands(how)) == (how, level, mender)


@pytest.mark.parametrize(("until", "how"), [(NINE, "ends"), (NINE + HOUR, CURRENT)])
def test_consent_and_decision_must_last_until_the_start(until, how):
    assert stands("consent", consent=Stands(CURRENT, until=until))[0] == how
    assert stands("eligibility", eligibility=Stands(CURRENT, until=until))[0] == how


@pytest.mark.parametrize(
    ("how", "level"),
    [
        ("none", Level.WAIT),
        ("run-out", Level.WAIT),
        ("refused", Level.HOLD),
        ("reopened", Level.HOLD),
    ],
)
def test_decision_that_does_not_hold_is_the_prescribers(how, level):
    assert stands("eligibility", eligibility=Stands(how)) == (how, level, Mender.PRESCRIBER)


def test_pregnancy_test_is_no_reason_where_none_is_asked_for():
    assert "pregnancy" not in {reason.code for reason in assess(facts(), EVE).reasons}


def test_pregnancy_test_waits_while_missing_and_is_of_its_own_kind():
    found = one(assess(facts(pregnancy=Stands("none")), EVE), "pregnancy")

    assert (found.level, found.mender, found.audience) == (Level.WAIT, Mender.CLINIC, "pregnancy")
    assert stands("pregnancy", pregnancy=Stands(CURRENT))[1] is Level.FINE


@pytest.mark.parametrize(
    ("until", "now", "how", "level"),
    [
        (NINE + HOUR, EVE, "done", Level.FINE),
        (NINE, EVE, "old", Level.WAIT),
        (NINE, EVE - 2 * HOUR, "later", Level.LATER),  # one of now would not count either
        (NINE + HOUR, NINE + HOUR, "old", Level.WAIT),  # it starts later than it was to
        (None, NINE, "done", Level.FINE),  # the protocol names no age
    ],
)
def test_pregnancy_test_counts_until_the_start_or_is_repeated(until, now, how, level):
    test = Stands(CURRENT, source="result-1", at=EVE - 50 * HOUR, until=until)
    found = one(assess(facts(pregnancy=test, pregnancy_from=EVE - HOUR), now), "pregnancy")

    assert (found.how, found.level) == (how, level)
    assert (found.source, found.at, found.expires) == ("result-1", test.at, until)
    assert (found.mender, found.by) == ((None, None) if how == "done" else (Mender.CLINIC, NINE))


def test_clock_looks_when_a_pregnancy_test_runs_out_and_can_be_repeated():
    test = Stands(CURRENT, at=EVE - 50 * HOUR, until=EVE + 3 * HOUR)
    known = facts(pregnancy=test, pregnancy_from=EVE + HOUR, consent=Stands(CURRENT), medicines=(), gates=())

    assert next_moment(known, EVE) == EVE + HOUR
    assert next_moment(known, EVE + HOUR) == EVE + 3 * HOUR


def medicine(**changed):
    return Medicine(**{"key": "m", "name": "lorazepam", "kind": "history", "stop_at": EVE, **changed})


@pytest.mark.parametrize(
    ("said", "now", "how", "level", "mender"),
    [
        (None, EVE - HOUR, "later", Level.LATER, Mender.PATIENT),
        (None, EVE, "unsaid", Level.WAIT, Mender.PATIENT),
        (True, EVE, "left-out", Level.FINE, None),
        (False, EVE, "taken", Level.HOLD, Mender.PRESCRIBER),
    ],
)
def test_held_medicine_is_left_out_only_once_somebody_said_so(said, now, how, level, mender):
    assert stands("medicine", now, medicines=(medicine(said=said),)) == (how, level, mender)


def test_medicine_nobody_decided_about_waits_for_the_prescriber():
    undecided = medicine(stop_at=None)

    assert stands("medicine", medicines=(undecided,)) == ("undecided", Level.WAIT, Mender.PRESCRIBER)


@pytest.mark.parametrize(
    ("as_ordered", "how", "level"), [(True, "left-out", Level.FINE), (False, "taken", Level.HOLD)]
)
def test_held_medicine_is_asked_afresh_at_arrival(as_ordered, how, level):
    found = assess(here(medicines=(medicine(),), arrival=told(as_ordered=as_ordered)), NINE)

    assert (one(found, "medicine").how, one(found, "medicine").level) == (how, level)


@pytest.mark.hazard("H7")
def test_fasting_that_nobody_asked_about_at_arrival_waits():
    found = assess(here(arrival=None), NINE)

    assert found.verdict is Verdict.WAIT
    assert one(found, "fasting").how == "unasked"
    assert not one(found, "fasting").can_be_overridden


@pytest.mark.hazard("H7")
@pytest.mark.parametrize(
    ("changed", "how", "level"),
    [
        ({"food_at": NINE - 6 * HOUR}, "fasted", Level.FINE),
        ({"food_at": NINE - 6 * HOUR + HOUR / 60}, "ate", Level.HOLD),
        ({"drink_at": NINE - 2 * HOUR}, "fasted", Level.FINE),
        ({"drink_at": NINE - 2 * HOUR + HOUR / 60}, "ate", Level.HOLD),
    ],
)
def test_fasting_is_counted_from_what_was_eaten_and_drunk(changed, how, level):
    reason = one(assess(here(arrival=told(**changed)), NINE), "fasting")

    assert (reason.how, reason.level) == (how, level)


@pytest.mark.hazard("H7")
@pytest.mark.parametrize(
    ("meal", "hours", "how", "level"),
    [
        ("light", 6, "fasted", Level.FINE),
        ("light", 5, "ate", Level.HOLD),
        ("heavy", 8, "fasted", Level.FINE),
        ("heavy", 7, "ate", Level.HOLD),
        ("not-sure", 8, "fasted", Level.FINE),
        ("not-sure", 7, "ate", Level.HOLD),
        ("", 12, "meal", Level.WAIT),
    ],
)
def test_heavy_meal_has_a_limit_of_its_own_and_one_nobody_asked_about_is_never_fine(meal, hours, how, level):
    asked = told(food_at=NINE - hours * HOUR, meal=meal)
    reason = one(assess(here(arrival=asked, heavy=8 * HOUR), NINE), "fasting")

    assert (reason.how, reason.level) == (how, level)
    assert reason.can_be_overridden is (how == "ate")


def test_meal_is_no_question_where_the_rule_tells_none_apart():
    reason = one(assess(here(arrival=told(food_at=NINE - 6 * HOUR)), NINE), "fasting")

    assert reason.how == "fasted"


def test_fasting_that_is_over_by_the_booked_start_waits_for_its_hour():
    reason = one(assess(here(arrival=told(drink_at=NINE - 2 * HOUR)), NINE - HOUR / 6), "fasting")

    assert (reason.how, reason.level, reason.by) == ("soon", Level.WAIT, NINE)


def test_patient_who_ate_late_is_heard_before_they_come():
    assert stands("fasting", ate_late=True) == ("late", Level.WAIT, Mender.CLINIC)


def test_fasting_is_no_reason_where_nothing_asks_for_it():
    codes = {reason.code for reason in assess(facts(food=None, drink=None), EVE).reasons}

    assert "fasting" not in codes


def gate(done=None, *, marked_at=EVE, **changed):
    """Return a gate of the first infusion, and what was said of it."""
    (task,) = plan.apply(make_protocol(step_text(gate=True, **changed)), series(booking()))
    mark = None if done is None else Mark(task.key, done, 1, marked_at, "sam")
    return Gate(task, mark, "A gate")


@pytest.mark.parametrize(
    ("done", "how", "level"),
    [(True, "done", Level.FINE), (False, "denied", Level.WAIT), (None, "open", Level.WAIT)],
)
def test_gate_is_met_only_by_a_yes(done, how, level):
    found = gate(done)

    assert stands("gate", found.task.opens_at, gates=(found,))[:2] == (how, level)


def test_gate_that_is_not_open_yet_is_later_and_no_go():
    found = gate()

    assert stands("gate", found.task.opens_at - HOUR, gates=(found,))[:2] == ("later", Level.LATER)
    assert assess(facts(gates=(found,)), found.task.opens_at - HOUR).verdict is Verdict.WAIT


@pytest.mark.parametrize(
    ("found", "how"),
    [
        (Ride(), "none"),
        (Ride(voided=True), "moved"),
        (Ride(left=True), "left"),
        (ride(State.DECLINED), "declined"),
    ],
)
def test_no_ride_waits_for_the_adult_on_duty_to_find_one_else_for_the_patient(found, how):
    assert stands("ride", ride=found) == (how, Level.WAIT, Mender.CARETAKER)
    assert stands("ride", ride=found, adult=Adult()) == (how, Level.WAIT, Mender.PATIENT)


def test_ride_that_was_asked_for_waits_for_the_drivers_own_yes():
    asked = ride(State.ASKED)

    assert stands("ride", ride=asked) == ("asked", Level.WAIT, Mender.DRIVER)
    assert one(assess(facts(ride=asked), EVE), "ride").name == "Sam"


def test_driver_who_was_named_by_link_is_reached_by_whoever_knows_them():
    assert stands("ride", ride=ride(State.ASKED, who=None))[2] is Mender.CARETAKER


@pytest.mark.parametrize("found", [ride(State.CONFIRMED), Ride(State.NOT_NEEDED, since=EVE)])
def test_ride_that_is_set_is_fine(found):
    assert stands("ride", ride=found)[1:] == (Level.FINE, None)


@pytest.mark.parametrize(
    ("found", "level"),
    [(Ride(), Level.LATER), (ride(State.ASKED), Level.LATER), (ride(State.DECLINED), Level.WAIT)],
)
def test_ride_that_is_not_asked_for_yet_is_later_but_a_no_is_heard_at_once(found, level):
    assert stands("ride", ride=found, ride_asked_from=EVE + HOUR)[1] is level


def test_barred_driver_holds_once_and_is_for_staff_alone():
    driven = facts(ride=ride(State.ASKED, name="Max"), is_driver_barred=True)
    same = facts(ride=ride(State.ASKED), is_driver_barred=True, adult=Adult("Sam", EVE, 1, EVE, True, "sam"))

    reason = one(assess(driven, EVE), "barred-driver")

    assert (reason.name, reason.level, reason.audience) == ("Max", Level.HOLD, "safety-at-home")
    assert [one.code for one in assess(same, EVE).open if one.level is Level.HOLD] == ["barred"]


@pytest.mark.parametrize(("adult", "how"), [(Adult(), "none"), (Adult("Sam", EVE, 0), "moved")])
def test_nobody_who_stays_waits(adult, how):
    assert stands("adult", adult=adult)[:2] == (how, Level.WAIT)


def test_adult_who_said_not_to_be_there_then_waits_for_their_word():
    away = replace(facts().adult, is_away=True)

    assert stands("adult", adult=away) == ("away", Level.WAIT, Mender.CARETAKER)
    assert stands("adult", adult=replace(away, revision=0))[0] == "moved"


MINUTES = st.integers(-30 * 60, 30 * 60)  # around nine


def around(minutes):
    return NINE + timedelta(minutes=minutes)


@given(st.lists(MINUTES, min_size=8, max_size=8), MINUTES, st.floats(0, 1, exclude_max=True))
def test_nothing_stands_otherwise_before_the_next_moment(times, minutes, part):
    consent, decision, ride_at, stop, opens, food, drink, over = (around(one) for one in times)
    asked = {"food_at": food - 6 * HOUR, "drink_at": drink - 2 * HOUR, "at": NINE - HOUR / 4}
    found = facts(
        booking=booking(arrived_at=NINE - HOUR / 4),
        arrival=told(**asked),
        desk_until=over,
        consent=Stands(CURRENT, until=consent),
        eligibility=Stands(CURRENT, until=decision),
        ride=Ride(),
        ride_asked_from=ride_at,
        medicines=(medicine(stop_at=stop), medicine(stop_at=opens)),
        gates=(gate(),),
        heavy=8 * HOUR if part < 0.5 else None,
    )
    now = around(minutes)
    until = next_moment(found, now) or now + 30 * 24 * HOUR

    before = min(now + (until - now) * part, until - timedelta.resolution)  # the product may round up

    assert now < until
    assert assess(found, before) == assess(found, now)


def test_adult_who_is_not_briefed_waits_where_the_protocol_asks():
    adult = Adult("Sam", EVE, 1)
    codes = {reason.code for reason in assess(facts(adult=adult, needs_briefing=False), EVE).reasons}

    assert stands("briefing", adult=adult) == ("none", Level.WAIT, Mender.CARETAKER)
    assert "briefing" not in codes


def test_barred_adult_holds_and_is_for_staff_alone():
    reason = one(assess(facts(adult=replace(facts().adult, is_barred=True)), EVE), "barred")

    assert (reason.level, reason.audience) == (Level.HOLD, "safety-at-home")


def test_move_voids_ride_adult_and_fasting():
    moved = here(booking=booking(revision=2, arrived_at=NINE - HOUR / 4), ride=Ride(voided=True))

    found = assess(moved, NINE)

    assert {reason.code: reason.how for reason in found.open} == {
        "ride": "moved",
        "adult": "moved",
        "fasting": "unasked",
    }


def pressure(*readings, **changed):
    """Return how the blood pressure stands after some readings."""
    reason = one(assess(here(pressures=readings, **changed), NINE), "pressure")
    return reason.how, reason.level, reason.mender


WITHIN = ("within", Level.FINE, None)
AGAIN = ("recheck", Level.WAIT, Mender.CLINIC)
ABOVE = ("above", Level.HOLD, Mender.PRESCRIBER)
UNMEASURED = ("unmeasured", Level.WAIT, Mender.CLINIC)


@pytest.mark.hazard("H8")
@pytest.mark.parametrize(
    ("systolic", "diastolic", "how"),
    [
        ("139", "89", WITHIN),
        ("140", "90", WITHIN),
        ("140.01", "90", AGAIN),
        ("141", "60", AGAIN),
        ("140", "90.01", AGAIN),
        ("120", "91", AGAIN),
    ],
)
def test_first_pressure_above_the_limit_is_measured_again(systolic, diastolic, how):
    assert pressure(pressed(systolic, diastolic)) == how


@pytest.mark.hazard("H8")
@pytest.mark.parametrize(
    ("readings", "how"),
    [
        ([("150", "80", -10), ("148", "80", -6)], AGAIN),
        ([("150", "80", -10), ("148", "80", -5)], ABOVE),
        ([("150", "80", -12), ("148", "80", -9), ("147", "80", -7)], ABOVE),
        ([("150", "80", -10), ("139", "80", -8)], WITHIN),
        ([("150", "80", -10), ("148", "80", -5), ("138", "80", 0)], WITHIN),
        ([("150", "80", -14), ("138", "80", -9), ("149", "80", -3)], AGAIN),
        ([("148", "80", -5), ("150", "80", -10)], ABOVE),
    ],
)
def test_pressure_still_above_the_limit_five_minutes_on_is_for_a_prescriber(readings, how):
    assert pressure(*(pressed(*one) for one in readings)) == how


HIGH = ("high", Level.HOLD, Mender.PRESCRIBER)
HOLD = {"hold_systolic": Decimal(160), "hold_diastolic": Decimal(100)}


@pytest.mark.hazard("H8")
@pytest.mark.parametrize(
    ("readings", "how"),
    [
        ([("159.99", "99.99", -5)], AGAIN),
        ([("160", "80", -5)], HIGH),
        ([("120", "100", -5)], HIGH),
        ([("180", "110", -1)], HIGH),
        ([("170", "80", -4), ("150", "80", -2)], HIGH),  # still above, and it was that high
        ([("170", "80", -4), ("138", "80", -2)], WITHIN),
        ([("170", "80", -9), ("138", "80", -6), ("150", "80", -2)], AGAIN),
        ([("170", "80", -10), ("150", "80", -5)], ABOVE),
    ],
)
def test_one_reading_is_enough_where_it_is_so_high(readings, how):
    assert pressure(*(pressed(*one) for one in readings), **HOLD) == how


def test_protocol_that_names_no_such_height_measures_again():
    assert pressure(pressed("200", "120")) == AGAIN


def test_limit_a_prescriber_raised_above_it_counts():
    assert pressure(pressed("162", "80"), **{**HOLD, "most_systolic": Decimal(165)}) == WITHIN


@pytest.mark.hazard("H8")
@pytest.mark.parametrize(
    ("readings", "changed"),
    [
        ((), {}),
        ((pressed(minute=-16),), {}),
        ((pressed(),), {"booking": booking(arrived_at=NINE - HOUR / 4, booked_at=NINE - HOUR / 12)}),
    ],
    ids=["none", "before they came", "before a move"],
)
def test_pressure_that_was_not_measured_since_they_came_is_waited_for(readings, changed):
    assert pressure(*readings, **changed) == UNMEASURED


def test_pressure_is_measured_at_arrival_and_not_waited_for_before():
    assert stands("pressure", **LIMIT) == ("ask", Level.ASK, None)


@pytest.mark.parametrize(
    ("limit", "codes"),
    [
        ({"most_systolic": None, "most_diastolic": None}, set()),
        ({"most_diastolic": None}, {"pressure"}),
        ({"most_systolic": None}, {"pressure"}),
    ],
)
def test_pressure_is_no_reason_only_where_the_protocol_names_no_limit(limit, codes):
    found = assess(here(pressures=(), **limit), NINE)

    assert {reason.code for reason in found.open} == codes


@pytest.mark.hazard("H8")
def test_prescriber_sets_aside_two_high_readings_and_no_later_one():
    high = (pressed("150", "80", -10), pressed("148", "80", -5))
    held = assess(here(pressures=high), NINE)
    (key,) = [one.key for one in held.open]
    signed = override(key)

    assert assess(here(pressures=high, overrides=(signed,)), NINE).verdict is Verdict.GO
    later = (*high, pressed("165", "80", -1))
    assert assess(here(pressures=later, overrides=(signed,)), NINE).verdict is Verdict.HOLD


@pytest.mark.hazard("H8")
@pytest.mark.parametrize("readings", [(), (pressed("150"),)], ids=["none", "one"])
def test_nobody_sets_aside_a_pressure_that_is_measured_in_a_moment(readings):
    held = here(pressures=readings)
    signed = override(*(one.key for one in assess(held, NINE).open))

    assert assess(replace(held, overrides=(signed,)), NINE).verdict is Verdict.WAIT


READINGS = st.builds(
    pressed, st.integers(60, 260).map(str), st.integers(30, 160).map(str), st.integers(-40, 0)
)


@pytest.mark.hazard("H8")
@given(st.lists(READINGS, max_size=6))
def test_pressure_is_fine_only_if_the_newest_since_they_came_is_within_both_limits(readings):
    counting = [one for one in sorted(readings, key=lambda one: one.at) if one.at >= NINE - HOUR / 4]
    newest = [(one.systolic, one.diastolic) for one in counting if one.at == counting[-1].at]
    found = pressure(*readings)

    if found == WITHIN:
        assert any(upper <= 140 and lower <= 90 for upper, lower in newest)
    elif found == ABOVE:
        assert len(counting) > 1
    assert (found == UNMEASURED) is (not counting)


def override(*keys, after=HOUR):
    return Override(frozenset(keys), "Dr Diaz", EVE + after, "Both nights in hospital.")


def test_override_takes_a_reason_out_of_the_verdict_and_leaves_it_to_be_seen():
    held = here(eligibility=Stands("reopened", about="a"), overrides=(override("eligibility.reopened:a"),))

    found = assess(held, NINE)

    assert found.verdict is Verdict.GO
    assert one(found, "eligibility").override.by == "Dr Diaz"


@pytest.mark.parametrize("changed", [Stands("reopened", about="b"), Stands("refused", about="a")])
def test_override_is_of_what_was_seen_and_of_nothing_that_came_after(changed):
    held = here(eligibility=changed, overrides=(override("eligibility.reopened:a"),))

    assert assess(held, NINE).verdict is Verdict.HOLD


@pytest.mark.parametrize(
    ("was", "now"),
    [
        ({"ride": ride(State.ASKED)}, {"ride": replace(ride(State.ASKED), driver=ANOTHER)}),
        (
            {"adult": Adult("Bea", EVE, 1, None, False, "bea")},
            {"adult": Adult("Cal", EVE, 1, None, False, "cal")},
        ),
        ({"eligibility": Stands("none")}, {"eligibility": Stands("none", about="stop")}),
        (
            {"medicines": (TAKEN,)},
            {"medicines": (replace(TAKEN, said=None),), "arrival": told(as_ordered=False)},
        ),
    ],
)
def test_override_is_not_of_somebody_else_or_of_what_was_told_later(was, now):
    (keys,) = {tuple(one.key for one in assess(here(**was), NINE).open)}
    signed = override(*keys)

    assert assess(here(**was, overrides=(signed,)), NINE).verdict is Verdict.GO
    assert assess(here(**now, overrides=(signed,)), NINE).verdict is not Verdict.GO


@pytest.mark.parametrize("arrived_at", [None, NINE - timedelta(minutes=5)])
def test_what_was_asked_before_an_arrival_that_counts_is_asked_anew(arrived_at):
    found = one(assess(here(booking=booking(arrived_at=arrived_at)), NINE), "fasting")

    assert found.how == ("ask" if arrived_at is None else "unasked")


def test_override_signed_before_a_move_does_not_count():
    held = here(
        booking=booking(booked_at=EVE + 2 * HOUR, arrived_at=NINE - HOUR / 4),
        eligibility=Stands("refused"),
        overrides=(override("eligibility.refused"),),
    )

    assert assess(held, NINE).verdict is Verdict.HOLD


def test_nobody_overrides_a_missing_consent():
    held = here(consent=Stands("none"), overrides=(override("consent.none"),))

    assert assess(held, NINE).verdict is Verdict.WAIT


def test_gravest_reason_comes_first():
    found = assess(facts(consent=Stands("none"), eligibility=Stands("refused")), EVE)

    assert [reason.code for reason in found.reasons[:2]] == ["eligibility", "consent"]


MISSING = {
    "consent": Stands("none"),
    "eligibility": Stands("none"),
    "pregnancy": Stands("none"),
    "ride": Ride(),
    "adult": Adult(),
    "arrival": None,
    "medicines": (medicine(stop_at=None),),
    "pressures": (),
    "gates": (gate(),),
}


@given(st.sets(st.sampled_from(sorted(MISSING)), min_size=1))
def test_whatever_is_missing_is_never_an_all_clear(names):
    found = assess(here(**{name: MISSING[name] for name in names}), NINE)

    assert found.verdict is not Verdict.GO


@given(st.integers(2, 9))
def test_whatever_the_revision_a_move_is_never_go(revision):
    assert assess(here(booking=booking(revision=revision)), NINE).verdict is not Verdict.GO


@given(st.sets(st.sampled_from(sorted(MISSING))), st.sampled_from(sorted(MISSING)))
def test_more_that_is_missing_never_makes_it_better(names, another):
    order = [Verdict.GO, Verdict.WAIT, Verdict.HOLD]

    def verdict(of):
        return order.index(assess(here(**{name: MISSING[name] for name in of}), NINE).verdict)

    assert verdict({*names, another}) >= verdict(names)


@given(st.sets(st.sampled_from(sorted(MISSING))))
def test_every_open_reason_says_who_can_mend_it_by_when_and_for_whom(names):
    for reason in assess(here(**{name: MISSING[name] for name in names}), NINE).open:
        assert reason.mender
        assert reason.by
        assert reason.audience
