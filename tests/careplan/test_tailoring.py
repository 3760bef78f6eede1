"""Answers, medicines and notes that switch steps on and off: who sees them, and who is told of a change."""

import re
from datetime import timedelta
from uuid import uuid4

import pytest
from uuid6 import uuid7

from luna.careplan import actions, jobs, plans
from luna.clinical.tailoring import Tag
from luna.feed.models import Wake
from luna.intake import actions as intake
from luna.intake.actions import enquiry, medicines
from luna.notices.models import Notice
from luna.people.models import CircleMember, Patient
from luna.treatment import actions as treatment
from luna.treatment.models import Order, Series
from tests import care as cared
from tests.intake import giving

DAY = timedelta(days=1)
# What differs each time a page is drawn: the tokens of its forms, and how often the clinic changed.
TOKENS = re.compile(r'value="[A-Za-z0-9-]{36,}"|data-feed="[^"]*"|nonce="[^"]*"|content="[^"]*"')
SUGAR = {"sugar-order", "sugar-plan"}
STOMACH = {"glp1-order", "glp1-plan", "glp1-stomach"}
ALONE = {"stay-plan", "stay-early"}
RIDE = {"ride-early", "ride-help"}
EVERY = SUGAR | STOMACH | ALONE | RIDE | {"ask-diabetes", "old-memories"}


@pytest.fixture
def ana(cast):
    return cast.sees("ana")


@pytest.fixture
def later(now):
    """An hour into Ana's series."""
    return now + timedelta(hours=1)


def plan_of(care, when):
    (plan,) = plans.plans_of(Series.objects.filter(pk=care.series.pk), when)
    return plan


def steps(care, when):
    """Return the steps that are there for what was told, or because nobody told it."""
    return {task.step.id for task in plan_of(care, when).tasks} & EVERY


def seen(care, who, when):
    """Return those of them that a person's own plan shows."""
    return {one.task.step.id for day in plans.days(care.cast.sees(who), when) for one in day.items} & EVERY


def enquire(care, when, lives_alone, version=0):
    return enquiry.save(
        viewer=care.cast.sees("nia"), patient=care.cast.ana_patient, values={"lives_alone": lives_alone},
        version=version, client_id=uuid4(), now=when,
    )  # fmt: skip


def change(ana, when, **answers):
    """Give other answers to what was sent before, and send it again."""
    for item, answer in answers.items():
        giving.save(ana, item.replace("_", "-"), answer, when)
    asked = giving.asking(ana, when)
    intake.send(viewer=ana, asking=asked, version=asked.version, round=asked.round, now=when)


def tick(when):
    """Let the clock look at everybody."""
    Wake.objects.update(wake_at=when)
    jobs.run(when)


def told():
    rows = Notice.objects.filter(words="steps-changed")
    return sorted(rows.values_list("to_user__email", flat=True))


# --- What switches a step on ---------------------------------------------------------------------


@pytest.mark.hazard("H1")
def test_while_nobody_said_the_clinic_is_to_ask_about_diabetes(care, ana, later):
    before = steps(care, later)

    giving.send(ana, later, organs="not-sure")
    unsure = steps(care, later)
    change(ana, later + DAY, organs="none")

    assert before == unsure == {"ask-diabetes"}
    assert steps(care, later + DAY) == set()


@pytest.mark.parametrize(
    ("answers", "found"),
    [
        ({"organs": "diabetes"}, SUGAR),
        ({"organs": "diabetes,liver"}, SUGAR),
        ({"lives_with": "alone", "night_adult": "not-yet"}, ALONE),
        ({"ride_home": "nobody"}, RIDE),
        ({"ride_home": "not-yet"}, RIDE),
        ({"ride_home": "taxi-together"}, set()),
        ({}, set()),
    ],
)
def test_answer_switches_its_steps_on(care, ana, later, answers, found):
    giving.send(ana, later, **answers)

    assert steps(care, later) == found


@pytest.mark.parametrize(
    ("medicine", "found"),
    [
        ("insulin glargine", SUGAR),
        ("metformin", SUGAR),
        ("Ozempic", STOMACH),
        ("Wegovy", STOMACH),
        ("sertraline", set()),
    ],
)
def test_medicine_switches_its_steps_on_whatever_was_answered(care, ana, later, medicine, found):
    giving.send(ana, later, organs="none")
    row = giving.tell(ana, medicine, later)

    assert steps(care, later) == found
    medicines.stop(
        viewer=ana, patient=ana.patient, medicine_id=row.id, stopped_on=later.date() - DAY, client_id=uuid4(),
        now=later,
    )  # fmt: skip
    assert steps(care, later) == set()


@pytest.mark.parametrize(("medicine", "found"), [("insulin glargine", SUGAR), ("Ozempic", STOMACH)])
def test_medicine_that_was_stopped_since_the_series_began_still_counts(
    care, ana, later, as_ana, as_nia, clock, medicine, found
):
    giving.send(ana, later, organs="none")
    row = giving.tell(ana, medicine, later)
    clock.now = later
    medicines.stop(
        viewer=ana, patient=ana.patient, medicine_id=row.id, stopped_on=clock.now.date(), client_id=uuid4(),
        now=clock.now,
    )  # fmt: skip

    assert steps(care, clock.now) == found
    assert f"Because {row.name} was stopped only lately" in as_ana.get("/plan").content.decode()
    page = f"/clinic/series/{care.series.id}"
    assert f"Stopped {row.name} lately: told by Ana Abel" in as_nia.get(page).content.decode()


def test_questions_on_trauma_bring_what_helps_with_memories(care, ana, later):
    giving.send(ana, later, name="intake-ptsd", **{
        "trauma_since": "years", "trauma_signs": "numb", "trauma_tried": "none", "trauma_therapist": "no",
        "trauma_triggers": "none",
    })  # fmt: skip

    assert "old-memories" in steps(care, later)


def test_newest_answer_counts(care, ana, later):
    giving.send(ana, later, organs="diabetes")
    change(ana, later + DAY, organs="none")

    assert steps(care, later + DAY) == set()


@pytest.mark.hazard("H1")
def test_not_being_sure_takes_no_earlier_yes_away(care, ana, later):
    giving.send(ana, later, organs="diabetes")
    change(ana, later + DAY, organs="not-sure")

    assert steps(care, later + DAY) == SUGAR


def test_nobody_who_could_drive_is_no_driver_until_somebody_is_there(care, ana, later):
    CircleMember.objects.filter(patient=care.cast.ana_patient).update(help="phone")
    alone = steps(care, later)
    CircleMember.objects.filter(patient=care.cast.ana_patient).update(help="drives")

    assert alone == RIDE | {"ask-diabetes"}
    assert steps(care, later) == {"ask-diabetes"}


def test_driver_who_is_named_ends_the_search(care, ana, later):
    giving.send(ana, later, ride_home="nobody")
    treatment.ask_ride(
        infusion_id=care.infusions[0].id, wanted=treatment.WantedRide(who_id=care.cast.bea.id),
        viewer=care.cast.sees("bea"), client_id=uuid7(), now=later + DAY,
    )  # fmt: skip

    assert steps(care, later + DAY) == set()


# --- Who decides, and who wins -------------------------------------------------------------------


@pytest.mark.hazard("H8")
@pytest.mark.parametrize(("answers", "medicine", "gate"), [
    ({"organs": "diabetes"}, "", "sugar-order"),
    ({}, "Ozempic", "glp1-order"),
])  # fmt: skip
def test_infusion_waits_for_the_prescriber(care, ana, later, answers, medicine, gate):
    giving.send(ana, later, **answers)
    if medicine:
        giving.tell(ana, medicine, later)

    ready = plans.readiness_of(care.cast.sees("diaz"), care.infusions[0].id, later)

    (reason,) = [one for one in ready.readiness.reasons if gate in one.about]
    assert reason.code == "gate"
    assert reason.is_open


def test_order_that_skips_a_step_wins_over_the_answer(care, ana, later):
    giving.send(ana, later, organs="diabetes")
    treatment.sign_order(
        series_id=care.series.id, wanted=treatment.Wanted(what=Order.What.SKIP, name="sugar-plan"),
        viewer=care.cast.sees("diaz"), client_id=uuid4(), now=later + timedelta(minutes=5),
    )  # fmt: skip

    assert steps(care, later + timedelta(minutes=5)) == {"sugar-order"}


# --- Who sees it ---------------------------------------------------------------------------------


def test_patient_sees_the_steps_and_why(care, ana, later, as_ana, clock):
    giving.send(ana, later, organs="diabetes")
    giving.tell(ana, "Ozempic", later)
    clock.now = later

    plan = as_ana.get("/plan").content.decode()
    step = as_ana.get(f"/steps/{care.series.id.hex}.sugar-plan.0").content.decode()

    assert seen(care, "ana", later) == {"sugar-plan", "glp1-plan", "glp1-stomach"}
    assert "Because you told us on 8 Mar that you have diabetes." in plan
    assert "Because Ozempic is on your list of medicines, as of 8 Mar." in plan
    assert "Because you told us on 8 Mar that you have diabetes." in step


def test_staff_read_who_told_it_and_when(care, ana, later, as_nia, clock):
    giving.send(ana, later, organs="diabetes")
    giving.tell(care.cast.sees("diaz"), "Ozempic", later, patient=care.cast.ana_patient)
    clock.now = later

    series = as_nia.get(f"/clinic/series/{care.series.id}").content.decode()
    step = as_nia.get(f"/steps/{care.series.id.hex}.sugar-order.0").content.decode()

    assert "Diabetes: told by Ana Abel, 8 Mar." in series
    assert "Takes Ozempic: told by Delia Diaz, 8 Mar." in series
    assert "Diabetes: told by Ana Abel, 8 Mar." in step


@pytest.mark.threat("T1")
@pytest.mark.threat("T4")
@pytest.mark.parametrize("kinds", [["schedule", "ride", "recovery"], ["schedule", "infusion", "messages"]])
def test_caretaker_without_the_health_history_finds_no_trace(care, ana, cast, later, as_bea, clock, kinds):
    CircleMember.objects.filter(user=cast.bea).update(kinds=kinds)
    clock.now = later

    def traces():
        """Return what Bea finds: her pages but for the tokens in them, her messages and her calendar."""
        paths = ("/now", "/plan", "/fasting", "/ride", "/calendar")
        pages = {path: as_bea.get(path) for path in paths}
        assert {page.status_code for page in pages.values()} == {200}
        tick(later)
        rows = Notice.objects.filter(to_user=cast.bea).order_by("key").values_list("key", "words")
        said = {path: TOKENS.sub("", page.content.decode()) for path, page in pages.items()}
        return said, list(rows), plans.entries(cast.sees("bea"), later)

    before = traces()
    giving.send(ana, later, organs="diabetes", lives_with="alone", night_adult="not-yet", ride_home="nobody")
    giving.tell(ana, "Ozempic", later)

    assert steps(care, later) == SUGAR | STOMACH | ALONE | RIDE
    assert traces() == before
    for step in SUGAR | STOMACH - {"glp1-stomach"} | ALONE | RIDE:
        assert as_bea.get(f"/steps/{care.series.id.hex}.{step}.0").status_code == 404


@pytest.mark.threat("T1")
def test_what_staff_noted_for_themselves_shows_the_patient_no_step(care, ana, later):
    giving.send(ana, later)
    enquire(care, later, "yes")

    assert steps(care, later) == ALONE
    assert seen(care, "ana", later) == set()
    tick(later)
    assert told() == []


# --- A change while the series runs --------------------------------------------------------------


@pytest.mark.hazard("H1")
def test_changed_answer_changes_the_plan_at_once_and_tells_the_patient_once(care, ana, later):
    giving.send(ana, later)
    tick(later)
    before = told()

    change(ana, later + DAY, organs="diabetes")
    assert Wake.objects.get(patient_id=care.cast.ana_patient.id).wake_at == later + DAY
    for minutes in (0, 1):
        tick(later + DAY + timedelta(minutes=minutes))

    assert steps(care, later + DAY) == SUGAR
    assert (before, told()) == ([], ["ana@example.org"])


def test_answer_that_takes_a_step_away_tells_the_patient_too(care, ana, later):
    giving.send(ana, later, organs="diabetes")
    tick(later)
    change(ana, later + DAY, organs="none")
    tick(later + DAY)

    assert told() == ["ana@example.org", "ana@example.org"]


def test_what_changes_no_step_of_the_patient_tells_nobody(care, ana, later):
    giving.send(ana, later)
    giving.tell(ana, "sertraline", later)
    tick(later)
    change(ana, later + timedelta(hours=1), lives_with="adults")
    tick(later + timedelta(hours=1))

    assert told() == []


@pytest.mark.parametrize("when", ["before", "long ago", "over"])
def test_what_is_no_news_tells_nobody(care, ana, later, now, when):
    said_at = {"before": now - DAY, "long ago": later, "over": care.infusions[-1].starts_at}[when]
    look_at = {"before": later, "long ago": later + 3 * DAY, "over": care.infusions[-1].starts_at + DAY}[when]
    giving.send(ana, said_at, organs="diabetes")

    tick(look_at)

    assert told() == []


@pytest.mark.hazard("H8")
def test_another_medicine_for_sugar_asks_the_prescriber_again(care, ana, cast, later):
    giving.send(ana, later, organs="diabetes")
    decide = cared.staff(cast, cast.diaz)
    actions.mark(
        viewer=decide, task_key=f"{care.series.id.hex}.sugar-order.0", done=True, revision=1,
        client_id=uuid4(), now=later + timedelta(minutes=1),
    )  # fmt: skip

    def is_decided(when):
        plan = plan_of(care, when)
        (task,) = [one for one in plan.tasks if one.step.id == "sugar-order"]
        return plan.standing(task) is not None

    before = is_decided(later + timedelta(minutes=2))
    giving.tell(ana, "insulin glargine", later + timedelta(minutes=3))

    assert before
    assert not is_decided(later + timedelta(minutes=4))


def test_another_patients_answers_change_nothing(care, cast, later):
    giving.send(cared.patient(cast.oli, cast.oli_patient), later, organs="diabetes")

    assert steps(care, later) == {"ask-diabetes"}
    assert Patient.objects.count() > 1
    assert [one.tag for one in plan_of(care, later).facts.told] == [Tag.ASK_DIABETES]
