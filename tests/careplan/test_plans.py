"""Plans as they are loaded: what a person's day says at each moment, and how many queries it takes."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from uuid6 import uuid7

from luna.careplan import actions, plans
from luna.careplan.plans import Mode
from luna.clinical import plan as rules
from luna.clinical.plan import Order
from luna.clinical.task import TaskStatus
from luna.library.times import NBSP
from luna.people.models import CircleMember, Clinic, Patient
from luna.treatment import actions as treatment
from luna.treatment.models import EpisodeOfCare, Infusion, Series
from tests import care as cared
from tests.cast import member as new_member


def day(care, when, who="ana"):
    cast = care.cast
    viewer = {
        "ana": lambda: cared.patient(cast.ana, cast.ana_patient),
        "bea": lambda: cared.caretaker(cast.bea, cast.ana_patient),
    }[who]()
    return plans.day(viewer, cared.at(when))


def steps(items):
    return [one.task.step.id for one in items]


@pytest.mark.parametrize(
    ("when", "mode", "number"),
    [
        ("03-08 12:00", Mode.BEFORE_FIRST, 1),
        ("03-14 00:00", Mode.EVE, 1),
        ("03-15 00:00", Mode.TODAY, 1),
        ("03-15 10:59", Mode.TODAY, 1),  # nobody has said that she arrived
        ("03-15 11:00", Mode.BETWEEN, 2),
        ("03-16 12:00", Mode.EVE, 2),
        ("03-20 12:00", Mode.BETWEEN, 4),
        ("03-27 12:00", Mode.AFTER_LAST, 6),
    ],
)
def test_mode_follows_the_bookings(care, when, mode, number):
    found = day(care, when)

    assert (found.mode, found.number, found.total) == (mode, number, 6)


def test_mode_follows_what_happens_on_the_day(care):
    said = [("arrived", "08:50"), ("started", "09:00"), ("ended", "09:45"), ("left", "11:00")]
    modes = []
    for what, when in said:
        care.say(what, cared.at(f"03-15 {when}"))
        modes.append(day(care, f"03-15 {when}").mode)

    assert modes == [Mode.IN_CHAIR, Mode.IN_CHAIR, Mode.GOING_HOME, Mode.GOING_HOME]


def test_mode_is_at_home_until_the_last_check_in_closes(care):
    care.home(cared.at("03-15 11:30"))

    assert day(care, "03-15 11:30").mode is Mode.AT_HOME
    assert day(care, "03-16 10:59").mode is Mode.AT_HOME
    assert day(care, "03-16 11:00").mode is Mode.EVE


def test_moments_nobody_recorded_do_not_keep_a_person_in_the_chair(care):
    care.say("arrived", cared.at("03-15 08:50"))

    assert day(care, "03-15 22:59").mode is Mode.IN_CHAIR
    assert day(care, "03-15 23:00").mode is Mode.BETWEEN


def test_given_counts_the_infusions_that_ended(care):
    care.home(cared.at("03-15 11:30"))

    assert day(care, "03-16 12:00").given == 1


def test_day_without_a_series_is_empty(cast, now):
    found = plans.day(cared.patient(cast.ana, cast.ana_patient), now)

    assert (found.mode, found.current, found.next, found.plan) == (Mode.NO_SERIES, (), (), None)


def test_day_of_a_caretaker_without_the_schedule_is_empty(care):
    CircleMember.objects.update(kinds=["recovery"])

    assert day(care, "03-14 18:00", "bea").mode is Mode.NO_SERIES


def test_day_puts_the_most_pressing_first(care):
    found = day(care, "03-14 18:30")

    # Medicines and last food are gates of tonight; what is only good to know comes last.
    assert steps(found.current)[:2] == ["medicines", "last-food"]
    assert [one.is_asked for one in found.current] == sorted(
        (one.is_asked for one in found.current), reverse=True
    )


def test_day_holds_each_task_once(care):
    found = day(care, "03-14 18:30")
    keys = [one.key for one in (*found.current, *found.next, *found.later, *found.done, *found.missed)]

    assert len(keys) == len(set(keys))
    assert {one.status for one in found.current} == {TaskStatus.READY}
    assert {one.status for one in (*found.next, *found.later)} == {TaskStatus.DRAFT}


def test_day_of_patient_and_caretaker_share_nothing(care):
    ana, bea = day(care, "03-14 18:30"), day(care, "03-14 18:30", "bea")

    assert {one.task.actor for one in (*ana.current, *ana.next)} == {"patient"}
    assert {one.task.actor for one in (*bea.current, *bea.next)} == {"caretaker"}


def test_what_was_said_not_done_goes_behind_what_nobody_answered(care):
    from_bea = cared.caretaker(care.cast.bea, care.cast.ana_patient)
    first = next(one for one in day(care, "03-14 18:30", "bea").current if one.is_markable)

    actions.mark(
        viewer=from_bea, task_key=first.key, done=False, revision=1, client_id=uuid7(),
        now=cared.at("03-14 18:30"),
    )  # fmt: skip

    asked = [one for one in day(care, "03-14 18:31", "bea").current if one.is_asked]
    assert asked[-1].key == first.key


def test_saying_home_completes_the_way_home(care):
    care.home(cared.at("03-15 11:30"))

    assert "going-home" in steps(day(care, "03-15 11:31", "bea").done)


def test_a_supper_is_for_one_who_lives_there(care):
    assert "supper" not in steps(day(care, "03-14 17:00", "bea").current)

    CircleMember.objects.update(help="lives-with")

    assert "supper" in steps(day(care, "03-14 17:00", "bea").current)


@pytest.fixture
def away(care):
    """At home since half past eleven: return which steps ask only people who are not there then."""
    care.home(cared.at("03-15 11:30"))

    def of(**hours):
        for who, spans in hours.items():
            CircleMember.objects.filter(user=getattr(care.cast, who)).update(hours=spans)
        series = Series.objects.filter(pk=care.series.pk)
        plan = plans.plans_of(series, cared.at("03-15 11:35"))[0]
        return [task.step.id for task in plan.tasks if plan.away(task)]

    return of


MORNING, UNTIL_TWO = [[0, "08:00", "13:00"], [1, "06:00", "10:00"]], [[0, "08:00", "14:00"]]


@pytest.mark.hazard("H9")
def test_a_step_at_home_when_its_helper_is_not_there_says_so(away):
    assert away(bea=[]) == []
    assert away(bea=UNTIL_TWO) == ["check-3", "check-bedtime", "check-morning"]
    assert away(bea=MORNING) == ["check-2", "check-3", "check-bedtime"]


@pytest.mark.hazard("H9")
def test_a_step_at_home_that_another_may_be_there_for_says_nothing(care, away, now):
    new_member(care.cast.ana_patient, care.cast.cal, now)
    care.duty("takes", care.cast.cal, cared.at("03-15 11:32"), by=cared.staff(care.cast, care.cast.nia))

    found = [away(bea=UNTIL_TWO), away(cal=[[0, "08:00", "16:00"]])]

    assert found == [[], ["check-bedtime", "check-morning"]]  # Bea said "we're home", Cal is on duty


def test_hours_are_read_on_the_patients_clock(care, away):
    care.cast.ana.zone = "Europe/Berlin"  # five hours ahead, in the weeks between the two clock changes
    care.cast.ana.save()

    assert "check-3" not in away(bea=[[0, "15:00", "21:00"]])
    assert "check-3" in away(bea=[[0, "15:00", "20:00"]])


def test_words_name_people_and_times(care):
    bea = day(care, "03-15 09:10", "bea")

    assert all(
        "{" not in f"{one.title}{one.why}{one.done}{one.not_done}" for one in (*bea.current, *bea.next)
    )
    assert any("Ana" in f"{one.title}{one.why}" for one in (*bea.current, *bea.next, *bea.later))


def of_task(plan, step):
    """Return one task of the first infusion as its reader sees it."""
    task = next(task for task in plan.tasks if task.step.id == step and task.number == 1)
    return plans.item(plan, task)


def loaded(care, when):
    return plans.plans_of(Series.objects.all(), cared.at(when))[0]


def plain(words):
    return words.replace(NBSP, " ")


@pytest.mark.hazard("H7")
@pytest.mark.parametrize(
    ("when", "title"),
    [
        ("03-12 12:00", "Finish eating by 7 am on Monday 15 March"),
        ("03-14 18:00", "Finish eating by 7 am tomorrow"),
        ("03-15 05:00", "Finish eating by 7 am"),
    ],
)
def test_a_limit_read_on_another_day_says_which(care, when, title):
    at_one = treatment.Start(cared.at("03-15 13:00"))
    treatment.move(
        infusion_id=care.infusions[0].id, start=at_one, why="clinic", expected_revision=1,
        viewer=cared.staff(care.cast, care.cast.nia), client_id=uuid7(), now=cared.at("03-08 12:30"),
    )  # fmt: skip

    assert plain(of_task(loaded(care, when), "last-food").title) == title


@pytest.mark.hazard("H7")
def test_hours_in_a_guide_are_those_a_clinician_ordered(care):
    plan = loaded(care, "03-14 18:00")
    ordered = Order(by="diaz", at=cared.at("03-09 12:00"), number="fasting-food", value=Decimal(8))
    facts = replace(plan.facts, orders=(ordered,))
    plan = replace(plan, facts=facts, tasks=rules.apply(plan.protocol, facts))

    found = of_task(plan, "last-food")

    assert "at least 8 hours without food" in plain(found.html())
    said = [plain(found.hours(name)) for name in ("fasting-food", "fasting-drink", "dose")]
    assert said == ["8 hours", "2 hours", ""]


def test_the_caretaker_reads_what_to_cook_and_until_when(care):
    CircleMember.objects.update(help="lives-with")

    found = of_task(loaded(care, "03-14 17:00"), "supper")

    assert plain(found.why) == "Toast, soup or rice, nothing fried. Ana may eat until 10 pm."
    assert "These are fine until 7 am tomorrow." in plain(found.html())


def test_words_for_staff_are_on_the_clock_the_clinic_chose(care):
    Clinic.objects.update(clock=24)

    found = of_task(loaded(care, "03-12 12:00"), "confirm-ride")

    assert "Monday 15 March at 09:00" in found.html()


def test_a_moved_infusion_moves_every_task_of_it_alike(care, now):
    ana = cared.patient(care.cast.ana, care.cast.ana_patient)
    before = {one.key: one for one in of_first(care, ana, now)}
    treatment.move(
        infusion_id=care.infusions[0].id, start=treatment.Start(cared.at("03-16 11:00")), why="clinic",
        expected_revision=1, viewer=cared.staff(care.cast, care.cast.nia), client_id=uuid7(), now=now,
    )  # fmt: skip

    counted = [one for one in of_first(care, ana, now) if one.task.step.due.at is None]

    assert counted
    assert {one.task.due_at - before[one.key].task.due_at for one in counted} == {timedelta(hours=26)}


def of_first(care, viewer, now):
    infusion = care.infusions[0].id.hex
    return [one for of in plans.days(viewer, now) for one in of.items if one.task.infusion == infusion]


def test_cancelling_renumbers_the_infusions(care, now):
    treatment.cancel(
        infusion_id=care.infusions[0].id, why="patient", expected_revision=1,
        viewer=cared.staff(care.cast, care.cast.nia), client_id=uuid7(), now=now,
    )  # fmt: skip

    found = day(care, "03-16 12:00")

    assert (found.number, found.total) == (1, 5)


def test_days_hold_the_whole_plan_in_order(care, now):
    found = plans.days(cared.patient(care.cast.ana, care.cast.ana_patient), now)

    assert [one.on for one in found] == sorted({one.on for one in found})
    assert sum(len(one.visits) for one in found) == 6


def many(cast, care, count, now):
    """Give `count` more patients Ana's series."""
    patients = [
        Patient(
            clinic=cast.harbour, name=f"P {n}", born_on=now.date(), email=f"p{n}@example.org", created_at=now
        )
        for n in range(count)
    ]
    Patient.objects.bulk_create(patients)
    episodes = [EpisodeOfCare(clinic=cast.harbour, patient=one, started_at=now) for one in patients]
    EpisodeOfCare.objects.bulk_create(episodes)
    series = [
        Series(
            clinic=cast.harbour, patient=episode.patient, episode=episode, protocol=care.series.protocol,
            started_by=cast.diaz, started_at=now, client_id=uuid7(),
        )
        for episode in episodes
    ]  # fmt: skip
    Series.objects.bulk_create(series)
    Infusion.objects.bulk_create(
        Infusion(
            clinic=cast.harbour, patient=one.patient, series=one,
            starts_at=visit.starts_at, ends_at=visit.ends_at, leaves_at=visit.leaves_at,
        )
        for one in series
        for visit in care.infusions
    )  # fmt: skip


@pytest.mark.parametrize("count", [10, 1000])
def test_plans_take_the_same_number_of_queries_for_ten_patients_or_a_thousand(
    care, cast, now, count, django_assert_num_queries
):
    many(cast, care, count, now)
    plans.plans_of(Series.objects.filter(id=care.series.id), now)  # the protocol is read once

    with django_assert_num_queries(14):
        found = plans.plans_of(Series.objects.all(), now)

    assert len(found) == count + 1
    assert min(len(plan.tasks) for plan in found) > 100


def test_day_takes_the_same_number_of_queries_however_many_others_there_are(
    care, cast, now, django_assert_num_queries
):
    viewer = cared.patient(cast.ana, cast.ana_patient)
    many(cast, care, 20, now)
    plans.day(viewer, now)

    with django_assert_num_queries(14):
        plans.day(viewer, now)
