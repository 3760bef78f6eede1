"""Done, not done, and taken back: whose word counts, until when, and after a move."""

import pytest
from django.db import connection
from django.http import Http404
from django.test.utils import CaptureQueriesContext
from uuid6 import uuid7

from luna.audit.models import AuditEvent
from luna.careplan import actions, plans
from luna.careplan.models import Mark
from luna.clinical.task import Result, TaskStatus
from luna.notices.models import Notice
from luna.people.errors import Refused, Replayed, Stale
from luna.treatment import actions as treatment
from tests import care as cared

EVE = "03-14 19:00"  # the evening before the first infusion


@pytest.fixture
def ana(cast):
    return cared.patient(cast.ana, cast.ana_patient)


@pytest.fixture
def mark(care, ana):
    def act(step, when, *, done=True, revision=1, by=None, form=None):
        return actions.mark(
            viewer=by or ana, task_key=care.key(step), done=done, revision=revision,
            client_id=form or uuid7(), now=cared.at(when),
        )  # fmt: skip

    return act


@pytest.fixture
def take_back(care, ana):
    def act(step, when, *, revision=1, form=None):
        return actions.take_back(
            viewer=ana,
            task_key=care.key(step),
            revision=revision,
            client_id=form or uuid7(),
            now=cared.at(when),
        )

    return act


def item(care, viewer, step, when):
    return plans.item(*plans.find(viewer, care.key(step), cared.at(when)))


def test_mark_done(care, ana, mark):
    mark("last-food", EVE)

    found = item(care, ana, "last-food", EVE)
    assert (found.status, found.said) == (TaskStatus.COMPLETED, True)


def test_mark_reads_the_plan_once_under_the_lock(mark):
    with CaptureQueriesContext(connection) as asked:
        mark("last-food", EVE)

    assert sum('FROM "treatment_moment"' in one["sql"] for one in asked) == 1


def test_mark_not_done_stays_open(care, ana, mark):
    mark("last-food", EVE, done=False)

    found = item(care, ana, "last-food", EVE)
    assert (found.status, found.said) == (TaskStatus.READY, False)


def test_mark_taken_back_counts_as_unanswered(care, ana, mark, take_back):
    mark("last-food", EVE)

    take_back("last-food", "03-14 19:05")

    found = item(care, ana, "last-food", "03-14 19:05")
    assert (found.status, found.said) == (TaskStatus.READY, None)
    assert Mark.objects.count() == 2


def test_mark_not_done_can_be_taken_back_too(care, ana, mark, take_back):
    mark("last-food", EVE, done=False)

    take_back("last-food", "03-14 19:05")

    assert item(care, ana, "last-food", "03-14 19:05").said is None


def test_mark_after_closing_is_done_late(care, ana, mark):
    mark("last-food", "03-15 07:00")

    plan, task = plans.find(ana, care.key("last-food"), cared.at("03-15 07:00"))
    assert plan.result(task) is Result.DONE_LATE


def test_mark_twice_with_one_form_is_one_mark(mark):
    form = uuid7()

    assert mark("last-food", EVE, form=form) == mark("last-food", EVE, form=form)
    assert AuditEvent.objects.filter(verb="task.mark").count() == 1


def test_mark_the_same_again_with_another_form_changes_nothing(mark):
    assert mark("last-food", EVE) == mark("last-food", EVE)
    assert Mark.objects.count() == 1


def test_mark_with_one_form_and_another_answer_is_refused(mark):
    form = uuid7()
    mark("last-food", EVE, form=form)

    with pytest.raises(Replayed):
        mark("last-food", EVE, done=False, form=form)


def test_take_back_twice_with_one_form_is_one(mark, take_back):
    form = uuid7()
    mark("last-food", EVE)

    assert take_back("last-food", EVE, form=form) == take_back("last-food", EVE, form=form)


def test_take_back_of_nothing_is_refused(take_back):
    with pytest.raises(Refused) as refusal:
        take_back("last-food", EVE)

    assert str(refusal.value) == "There is nothing to take back."


def test_mark_before_it_opens_is_refused(mark):
    with pytest.raises(Refused) as refusal:
        mark("last-drink", EVE)

    assert str(refusal.value).replace("\u00a0", " ") == (
        "This step opens tomorrow at 4 am. You can mark it then."
    )


def test_mark_of_a_check_in_is_refused(care, mark, cast):
    care.home(cared.at("03-15 11:30"))

    with pytest.raises(Refused):
        mark("check-1", "03-15 12:30", by=cared.caretaker(cast.bea, cast.ana_patient))


def test_mark_on_a_page_from_before_the_move_is_stale(care, cast, mark, now):
    treatment.move(
        infusion_id=care.infusions[0].id, start=treatment.Start(cared.at("03-15 10:00")), why="clinic",
        expected_revision=1, viewer=cared.staff(cast, cast.nia), client_id=uuid7(), now=now,
    )  # fmt: skip

    with pytest.raises(Stale):
        mark("last-food", EVE)


def test_mark_of_a_gate_is_asked_again_after_a_move(care, cast, ana, mark):
    mark("last-food", EVE)
    treatment.move(
        infusion_id=care.infusions[0].id, start=treatment.Start(cared.at("03-15 10:00")), why="clinic",
        expected_revision=1, viewer=cared.staff(cast, cast.nia), client_id=uuid7(), now=cared.at(EVE),
    )  # fmt: skip

    assert item(care, ana, "last-food", EVE).said is None


def test_mark_stands_when_only_the_chair_changes(care, cast, ana, mark):
    mark("last-food", EVE)
    chair = cast.harbour.chairs.get(name="Chair 2")
    treatment.move(
        infusion_id=care.infusions[0].id, start=treatment.Start(cared.at("03-15 09:00"), chair.id),
        why="clinic", expected_revision=1, viewer=cared.staff(cast, cast.nia),
        client_id=uuid7(), now=cared.at(EVE),
    )  # fmt: skip

    assert item(care, ana, "last-food", EVE).said is True


@pytest.mark.threat("T4")
@pytest.mark.parametrize("who", ["bea", "cal", "dee", "dee_caring", "eve", "nia", "zoe"])
def test_mark_of_somebody_elses_task_is_not_found(cast, mark, who):
    people = {
        "bea": cared.caretaker(cast.bea, cast.ana_patient),
        "cal": cared.caretaker(cast.cal, cast.oli_patient),
        "dee": cared.viewer(cast.dee, f"staff:{cast.hill.id.hex}"),
        "dee_caring": cared.caretaker(cast.dee, cast.oli_patient),
        "eve": cared.viewer(cast.eve, f"staff:{cast.hill.id.hex}"),
        "nia": cared.staff(cast, cast.nia),
        "zoe": cared.patient(cast.zoe, cast.zoe_patient),
    }

    with pytest.raises(Http404):
        mark("last-food", EVE, by=people[who])


@pytest.mark.parametrize("key", ["nonsense", "", "0.last-food.0", "a" * 32 + ".no-such-step.0"])
def test_mark_of_no_task_is_not_found(ana, key, now):
    with pytest.raises(Http404):
        actions.mark(viewer=ana, task_key=key, done=True, revision=1, client_id=uuid7(), now=now)


def test_mark_withdraws_the_reminder_nobody_got_yet(care, cast, mark, now):
    waiting = Notice.objects.create(
        key="k", words="step-open", clinic=cast.harbour, patient=cast.ana_patient, to_user=cast.ana,
        due_at=now, created_at=now, task_key=care.key("last-food"), revision=1,
    )  # fmt: skip

    mark("last-food", EVE)

    waiting.refresh_from_db()
    assert (waiting.state, waiting.opened_at) == ("void", None)  # nobody opens what never left
