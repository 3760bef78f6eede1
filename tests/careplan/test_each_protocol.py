"""Each packaged protocol in use: signed, started, its steps read and done, its home check-ins judged."""

from datetime import timedelta

import pytest
from uuid6 import uuid7

from luna.careplan import actions as careplan
from luna.careplan import plans
from luna.careplan.models import Mark
from luna.checkins import actions as checkins
from luna.clinical.protocol import Actor
from luna.clinical.triage import Urgency
from luna.escalation.models import Escalation
from luna.library import content
from luna.people.models import CircleMember
from luna.treatment.models import Series
from tests import care as cared


@pytest.fixture(params=content.names("protocols"))
def care(cast, now, request):
    """Ana's series under each packaged protocol; Bea lives with her."""
    CircleMember.objects.filter(user=cast.bea).update(help="lives-with")
    return cared.Care(cast, cared.start(cast, now, protocol=request.param))


def plan_of(care, when):
    (plan,) = plans.plans_of(Series.objects.filter(pk=care.series.pk), when)
    return plan


def first_of_each_step(care, when):
    """Return one task of each step, in order."""
    tasks = {}
    for task in plan_of(care, when).tasks:
        tasks.setdefault(task.step.id, task)
    return list(tasks.values())


@pytest.mark.parametrize(("actor", "as_whom"), [(Actor.PATIENT, "as_ana"), (Actor.CARETAKER, "as_bea")])
def test_every_step_of_a_person_opens_and_is_told(care, clock, request, actor, as_whom):
    visit = care.infusions[0]
    care.home(visit.leaves_at)
    clock.now = visit.leaves_at + timedelta(minutes=5)
    browser = request.getfixturevalue(as_whom)
    tasks = [task for task in first_of_each_step(care, clock.now) if task.actor is actor]

    shown = {task.step.id: browser.get(f"/steps/{task.key}").status_code for task in tasks}

    assert len(shown) >= 20
    assert set(shown.values()) == {200}


def test_every_gate_of_the_clinic_can_be_met(care, cast):
    when = care.infusions[0].starts_at - timedelta(hours=2)
    gates = [
        task
        for task in first_of_each_step(care, when)
        if task.actor is Actor.CLINIC and task.step.gate and task.opens_at <= when
    ]

    marks = [
        careplan.mark(
            viewer=cared.staff(cast, cast.diaz), task_key=gate.key, done=True, revision=gate.revision,
            client_id=uuid7(), now=when,
        )
        for gate in gates
    ]  # fmt: skip

    assert "orders" in {gate.step.id for gate in gates}
    assert all(mark.done for mark in marks)


@pytest.mark.parametrize(("other", "calls"), [("fine", False), ("dark-thoughts", True)])
def test_answers_at_home_are_judged(care, cast, other, calls):
    home_at = care.infusions[0].leaves_at + timedelta(minutes=30)
    care.home(home_at)

    response = checkins.submit(
        viewer=cared.caretaker(cast.bea, cast.ana_patient), task_key=care.key("check-1"), revision=1,
        answers={"wake": "awake", "breathing": "easy", "other": other}, client_id=uuid7(),
        now=home_at + timedelta(minutes=65),
    )  # fmt: skip

    assert (response.urgency > Urgency.ROUTINE) is calls
    assert Escalation.objects.exists() is calls


TAILORED = {"sugar-order", "glp1-order"}  # for whom it concerns, in every protocol
DECISIONS = {
    "mood-maintenance": {"go-on", "more-than-four", "decide-next"},
    "oxford-weekly": {"more-than-three", "decide-three"},
    "ptsd-series": {"confirm-choice"},
}


@pytest.mark.parametrize("name", content.names("protocols"))
def test_what_a_prescriber_decides_is_named(name):
    decided = {step.id for step in content.protocol(name).steps if step.prescriber}

    assert decided == DECISIONS.get(name, set()) | TAILORED


@pytest.fixture
def choice(cast, now, clock):
    """Ana's series for post-traumatic stress, on the day its choice can first be confirmed."""
    care = cared.Care(cast, cared.start(cast, now, protocol="ptsd-series"))
    clock.now = care.infusions[0].starts_at - timedelta(days=5)
    return f"{care.series.id.hex}.confirm-choice.0"


def test_nurse_cannot_confirm_what_a_prescriber_decides(choice, as_nia, clock):
    page = as_nia.get(f"/steps/{choice}")
    pressed = as_nia.post(f"/steps/{choice}/mark", {"done": "yes", "revision": 1, "client_id": uuid7()})

    assert "Only a prescriber can say that this is done." in page.content.decode()
    assert f"/steps/{choice}/mark" not in page.content.decode()
    assert (pressed.status_code, Mark.objects.count()) == (404, 0)


def test_prescriber_confirms_and_takes_it_back_and_no_nurse_does(choice, as_diaz, as_nia, clock):
    def press(browser, said):
        sent = {"done": said, "revision": 1, "client_id": uuid7()}
        return browser.post(f"/steps/{choice}/mark", sent).status_code

    pressed = [press(as_diaz, "yes"), press(as_nia, "back"), press(as_diaz, "back")]

    assert pressed == [302, 404, 302]
    assert list(Mark.objects.order_by("recorded_at", "id").values_list("done", flat=True)) == [True, False]
