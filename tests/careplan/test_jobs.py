"""What the clock does: who is reminded of what, what is written down, and when a human is asked.

Ana's first infusion is on Monday 15 March at nine. The evening before: last food opens at 3 pm,
medicines at 4 pm. At home from half past eleven: check-ins due at 12:30, 13:30 and 15:30.
"""

import logging
from datetime import time, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from uuid6 import uuid7

from luna.careplan import actions, jobs
from luna.careplan.models import Outcome
from luna.clinical.triage import Urgency
from luna.escalation.models import Escalation, EscalationStep
from luna.feed import actions as feed
from luna.feed.models import Wake
from luna.library.models import ContentVersion
from luna.notices import jobs as sending
from luna.notices import plans as messages
from luna.notices.models import Notice
from luna.people.actions import circle
from luna.people.models import CircleMember, Clinic, ContactSafety
from luna.records.models import Response
from luna.treatment import actions as treatment
from tests import care as cared
from tests.cast import member as new_member
from tests.notices.ledger import finish, take
from tests.notices.reaching import reached

EVE = "03-14 18:00"
HOME = "03-15 11:30"


@pytest.fixture
def tick(care):
    """Let the clock look; return what it says of the first infusion as (words, step, first name)."""

    def act(when):
        known = set(Notice.objects.values_list("id", flat=True))
        jobs.run(cared.at(when))
        fresh = Notice.objects.exclude(id__in=known).select_related("to_user")
        fresh = fresh.filter(task_key__startswith=care.infusions[0].id.hex)
        return sorted((one.words, one.task_key.split(".")[1], one.to_user.first_name) for one in fresh)

    return act


def wake_at(cast):
    return Wake.objects.get(patient_id=cast.ana_patient.id).wake_at


def stop_eating(care, when):
    """Have Ana mark the last food before her first infusion."""
    actions.mark(
        viewer=cared.patient(care.cast.ana, care.cast.ana_patient), task_key=care.key("last-food"),
        done=True, revision=1, client_id=uuid7(), now=cared.at(when),
    )  # fmt: skip


def come_home_again(care, cast):
    """Have "we're home" of half past eleven taken back at one, and said anew ten minutes later."""
    treatment.take_back_moment(
        infusion_id=care.infusions[0].id, what="home", viewer=cared.staff(cast, cast.nia),
        client_id=uuid7(), now=cared.at("03-15 13:00"),
    )  # fmt: skip
    treatment.record_moment(
        infusion_id=care.infusions[0].id, what="home", at=cared.at("03-15 13:10"),
        viewer=cared.caretaker(cast.bea, cast.ana_patient), client_id=uuid7(), now=cared.at("03-15 13:10"),
    )  # fmt: skip


def answer(care, step, when, **judged):
    """Have Bea's answers to a check-in arrive."""
    cast, at = care.cast, cared.at(when)
    Response.objects.create(
        clinic=cast.harbour, patient=cast.ana_patient, at=at, recorded_at=at, by=cast.bea, answers={},
        capacity="caretaker", client_id=uuid7(), questionnaire="checkin", questionnaire_version="1.0.0",
        task_key=care.key(step), revision=1, rules_version="1.0.0", content_hash="",
        **{"urgency": 0, **judged},
    )  # fmt: skip
    feed.changed(clinic_id=cast.harbour.id, patient_id=cast.ana_patient.id, now=at)


def test_gates_are_announced_when_they_open_to_whose_they_are(tick):
    tick("03-12 12:00")

    opened = [one for one in tick(EVE) if one[0] == "step-open"]

    assert opened == [("step-open", "last-food", "Ana"), ("step-open", "medicines", "Ana")]


def test_a_gate_of_the_caretaker_is_announced_to_the_caretaker(tick):
    assert ("step-open", "ride", "Bea") in tick("03-12 12:00")


def test_running_twice_changes_nothing(tick):
    tick(EVE)

    assert tick(EVE) == []
    feed.wake(
        clinic_id=Clinic.objects.get(name="Harbour Clinic").id,
        patient_ids=Wake.objects.values_list("patient_id", flat=True),
        now=cared.at(EVE),
    )
    assert tick(EVE) == []


def test_a_gate_already_marked_is_not_announced(care, tick, cast):
    tick("03-14 12:00")
    stop_eating(care, "03-14 17:00")

    assert tick(EVE) == [("step-open", "medicines", "Ana")]


def test_a_check_in_is_asked_for_when_due_and_once_more_five_minutes_later(care, tick):
    care.home(cared.at(HOME))
    tick("03-15 12:29")

    assert tick("03-15 12:30") == [("checkin-due", "check-1", "Bea")]
    assert tick("03-15 12:34") == []
    assert tick("03-15 12:35") == [("checkin-nudge", "check-1", "Bea")]
    assert tick("03-15 12:40") == []


def test_an_answered_check_in_is_not_nudged(care, tick):
    care.home(cared.at(HOME))
    tick("03-15 12:30")
    answer(care, "check-1", "03-15 12:32")

    assert tick("03-15 12:35") == []


@pytest.mark.hazard("H5")
def test_a_check_in_that_closes_unanswered_asks_a_human_once(care, tick, cast):
    care.home(cared.at(HOME))
    tick("03-15 12:49")
    assert Escalation.objects.count() == 0

    tick("03-15 12:50")
    tick("03-15 12:51")

    escalation = Escalation.objects.get()
    assert (escalation.patient, escalation.cause, escalation.urgency) == (cast.ana_patient, "no-reply", 2)
    assert (escalation.about_type, escalation.about_id) == ("task", care.key("check-1"))
    assert escalation.steps.filter(what="repeated").count() == 0


@pytest.mark.hazard("H5")
@pytest.mark.parametrize("closed", [False, True])
def test_a_check_in_missed_again_in_a_watch_begun_anew_asks_again(care, tick, cast, closed):
    care.home(cared.at(HOME))
    tick("03-15 12:50")
    if closed:
        Escalation.objects.update(closed_at=cared.at("03-15 12:55"), next_rung_at=None)
    come_home_again(care, cast)

    tick("03-15 14:29")
    before = EscalationStep.objects.filter(about_id=care.key("check-1")).count()
    tick("03-15 14:30")
    tick("03-15 14:31")

    steps = EscalationStep.objects.filter(about_id=care.key("check-1")).order_by("at")
    assert before == 1
    assert [step.what for step in steps] == ["opened", "opened" if closed else "repeated"]


def test_a_check_in_answered_in_time_asks_nobody(care, tick):
    care.home(cared.at(HOME))
    answer(care, "check-1", "03-15 12:40")

    tick("03-15 12:55")

    assert Escalation.objects.count() == 0
    assert Outcome.objects.get(step="check-1").result == "done"


@pytest.mark.hazard("H5")
def test_a_check_in_missed_while_the_clock_stood_still_still_asks_a_human(care, tick):
    care.home(cared.at(HOME))
    tick("03-15 12:00")

    tick("03-16 11:30")

    asked = Escalation.objects.get().steps.values_list("about_id", flat=True)
    assert set(asked) == {care.key(step) for step in (
        "check-1", "check-2", "check-3", "check-bedtime", "check-morning"
    )}  # fmt: skip


def test_a_check_in_of_days_ago_asks_nobody_any_more(care, tick):
    care.home(cared.at(HOME))
    tick("03-15 12:00")
    before = cared.at("03-18 23:30")

    jobs.run(before)

    assert Escalation.objects.filter(cause="no-reply").count() == 0
    assert Outcome.objects.get(step="check-1").result == "missed"


@pytest.mark.hazard("H5")
def test_nobody_saying_they_are_home_asks_the_caretaker_then_a_human_once(care, tick):
    for what, when in [("arrived", "09:00"), ("started", "09:05"), ("ended", "09:45"), ("left", "11:00")]:
        care.say(what, cared.at(f"03-15 {when}"))

    assert tick("03-15 11:00") == [("step-open", "going-home", "Bea")]
    assert Escalation.objects.count() == 0
    tick("03-15 12:30")
    tick("03-15 12:40")

    assert [(one.cause, one.about_id) for one in Escalation.objects.all()] == [
        ("not-home", care.key("going-home"))
    ]
    assert Escalation.objects.get().steps.exclude(what="told").exclude(what="opened").count() == 0


@pytest.mark.hazard("H5")
@pytest.mark.parametrize("said", [[], ["arrived"], ["arrived", "started"], ["arrived", "started", "ended"]])
def test_an_infusion_nobody_saw_the_end_of_asks_a_human_once(care, tick, said):
    visit = care.infusions[0]
    for what in said:
        care.say(what, visit.starts_at)

    tick("03-15 11:29")
    assert Escalation.objects.count() == 0
    tick("03-15 11:30")
    tick("03-15 11:31")

    found = Escalation.objects.get()
    assert (found.cause, found.urgency, found.about_id) == ("no-record", 1, visit.id.hex)
    assert found.steps.filter(what="repeated").count() == 0


def test_it_looks_when_an_infusion_should_be_over(care, tick, cast):
    tick("03-15 11:20")

    assert wake_at(cast) == cared.at("03-15 11:30")


@pytest.mark.hazard("H6")
@pytest.mark.parametrize(
    ("last", "urgency"),
    [({}, 1), ({"urgency": 2}, 2), ({"urgency": 3}, 2), ({"missing": ["hard_to_wake_level"]}, 2)],
)
def test_silence_after_an_answer_that_was_not_fine_is_urgent(care, tick, last, urgency):
    care.home(cared.at(HOME))
    for step, when in [("check-1", "03-15 12:30"), ("check-2", "03-15 13:30")]:
        answer(care, step, when)
    answer(care, "check-2", "03-15 13:40", **last)

    tick("03-15 16:00")

    found = Escalation.objects.get()
    assert (found.cause, found.urgency, found.about_id) == ("no-reply", urgency, care.key("check-3"))


def test_silence_counts_from_the_last_word_of_this_watch(care, tick):
    care.home(cared.at(HOME))
    answer(care, "check-1", "03-15 12:30", urgency=2)
    answer(care, "check-2", "03-15 13:30")

    tick("03-15 16:00")

    assert Escalation.objects.get().urgency == 1


def test_being_home_is_the_end_of_the_way_home(care, tick):
    care.home(cared.at(HOME))

    tick("03-15 12:35")

    assert Escalation.objects.count() == 0


def test_outcomes_are_written_once_a_task_closes(care, tick, cast):
    stop_eating(care, EVE)
    tick("03-15 02:59")
    assert not Outcome.objects.filter(step="last-food").exists()

    tick("03-15 07:00")
    tick("03-15 07:01")

    results = Outcome.objects.filter(task_key__startswith=care.infusions[0].id.hex, actor="patient")
    assert sorted(results.values_list("step", "result")) == [
        ("last-drink", "missed"),
        ("last-food", "done"),
    ]


def test_done_late_follows_missed(care, tick, cast):
    tick("03-15 03:00")
    stop_eating(care, "03-15 07:30")

    tick("03-15 07:30")

    results = Outcome.objects.filter(step="last-food").order_by("at").values_list("result", flat=True)
    assert list(results) == ["missed", "done-late"]


def test_what_was_done_is_never_missed_when_it_is_asked_again_after_it_closed(care, tick, cast):
    stop_eating(care, EVE)
    tick("03-15 07:00")
    actions.take_back(
        viewer=cast.sees("ana"), task_key=care.key("last-food"), revision=1, client_id=uuid7(),
        now=cared.at("03-15 07:10"),
    )  # fmt: skip

    tick("03-15 07:10")

    assert Outcome.objects.get(step="last-food").result == "done"


def test_check_in_of_a_watch_begun_anew_has_an_outcome_of_its_own(care, tick, cast):
    care.home(cared.at(HOME))
    answer(care, "check-1", "03-15 12:40")
    tick("03-15 12:55")
    come_home_again(care, cast)

    tick("03-15 14:30")
    tick("03-15 14:31")

    results = Outcome.objects.filter(step="check-1").order_by("at").values_list("result", flat=True)
    assert list(results) == ["done", "missed"]


def test_a_cancelled_infusion_ends_its_tasks_as_cancelled_and_says_no_more(care, tick, cast):
    tick("03-12 12:00")
    treatment.cancel(
        infusion_id=care.infusions[0].id, why="patient", expected_revision=1,
        viewer=cared.staff(cast, cast.nia), client_id=uuid7(), now=cared.at("03-14 12:00"),
    )  # fmt: skip

    announced = tick(EVE)

    assert announced == []
    of_infusion = Outcome.objects.filter(task_key__startswith=care.infusions[0].id.hex)
    assert set(of_infusion.values_list("result", flat=True)) == {"cancelled"}
    assert of_infusion.filter(step="last-food").count() == 1


def test_a_task_over_before_the_cancelling_keeps_its_outcome(care, tick, cast):
    tick("03-15 03:00")
    treatment.cancel(
        infusion_id=care.infusions[0].id, why="unwell", expected_revision=1,
        viewer=cared.staff(cast, cast.nia), client_id=uuid7(), now=cared.at("03-15 06:00"),
    )  # fmt: skip

    tick("03-15 06:00")

    assert Outcome.objects.get(step="last-food").result == "missed"


# --- Each kind of change leads to the right next message


def test_after_a_move_the_gates_are_announced_at_their_new_times(care, tick, cast):
    tick(EVE)
    treatment.move(
        infusion_id=care.infusions[0].id, start=treatment.Start(cared.at("03-16 09:00")), why="clinic",
        expected_revision=1, viewer=cared.staff(cast, cast.nia), client_id=uuid7(), now=cared.at(EVE),
    )  # fmt: skip

    assert not {step for _words, step, _who in tick(EVE)} & {"last-food", "medicines"}
    assert ("step-open", "last-food", "Ana") in tick("03-15 18:00")


def test_after_a_change_of_the_clinics_zone_times_follow_it(care, tick, cast):
    tick("03-14 12:00")
    assert wake_at(cast) == cared.at("03-14 15:00")  # last food opens

    Clinic.objects.filter(id=cast.harbour.id).update(zone="America/Los_Angeles")
    feed.changed_for_all(clinic_id=cast.harbour.id, now=cared.at("03-14 12:30"))

    announced = tick("03-14 18:00")
    assert announced == [("step-open", "last-food", "Ana")]  # medicines: 4 pm in Los Angeles is an hour away
    assert tick("03-14 19:00") == [("step-open", "medicines", "Ana")]


def together(cast):
    """Return the one message in which Ana's steps leave."""
    return Notice.objects.get(words="steps-open", to_user=cast.ana)


def state_of(cast, step):
    return Notice.objects.get(words="step-open", to_user=cast.ana, task_key__contains=f".{step}.").state


def test_steps_that_open_at_one_look_leave_in_one_message(care, tick, cast):
    tick("03-12 12:00")
    tick(EVE)

    letter = take(together(cast).id, now=cared.at(EVE))

    assert letter.subject == "Your next steps are ready"
    assert letter.link.endswith("/now")
    finish(letter, outcome="accepted", now=cared.at(EVE))
    assert (state_of(cast, "last-food"), state_of(cast, "medicines")) == ("sent", "sent")
    assert not Notice.objects.due(cared.at(EVE)).filter(words="step-open", to_user=cast.ana).exists()
    tick(EVE)
    assert Notice.objects.filter(words="steps-open", to_user=cast.ana).count() == 1


def test_medicines_that_are_taken_again_at_one_time_are_one_message(care, cast, now):
    for name in ("calmazine", "sertraline"):
        wanted = treatment.Wanted(
            what="medicine", name=name, handling="hold", stop_before_min=60, restart_after_min=240
        )
        treatment.sign_order(
            series_id=care.series.id, wanted=wanted, viewer=cast.sees("diaz"), client_id=uuid7(), now=now
        )
    care.home(cared.at(HOME))
    at = care.infusions[0].ends_at + timedelta(hours=4)
    Wake.objects.update(wake_at=at)

    jobs.run(at)

    assert Notice.objects.filter(digest__words="steps-open", task_key__contains=".again-").count() == 2


def test_step_that_opens_alone_leaves_by_itself(care, tick, cast):
    tick("03-14 12:00")
    stop_eating(care, "03-14 17:00")
    tick(EVE)

    assert not Notice.objects.filter(words="steps-open", to_user=cast.ana).exists()


@pytest.mark.hazard("H7")
def test_step_that_is_done_before_they_left_leaves_the_other_to_itself(care, tick, cast):
    tick(EVE)
    stop_eating(care, EVE)

    assert take(together(cast).id, now=cared.at(EVE)) is None
    other = Notice.objects.due(cared.at(EVE)).get(words="step-open", to_user=cast.ana)
    assert take(other.id, now=cared.at(EVE)).subject == "Your next step is ready"
    assert (state_of(cast, "last-food"), state_of(cast, "medicines")) == ("void", "sending")


@pytest.mark.hazard("H7")
def test_steps_of_an_infusion_that_is_cancelled_before_they_left_are_not_said(care, tick, cast):
    tick(EVE)
    row = care.infusions[0]
    treatment.cancel(
        infusion_id=row.id, why="clinic", expected_revision=1, viewer=cast.sees("nia"), client_id=uuid7(),
        now=cared.at(EVE),
    )  # fmt: skip

    assert take(together(cast).id, now=cared.at(EVE)) is None
    assert together(cast).state == "void"


def test_steps_that_left_in_one_message_are_opened_on_now_and_done_one_by_one(care, tick, cast):
    tick(EVE)
    finish(take(together(cast).id, now=cared.at(EVE)), outcome="accepted", now=cared.at(EVE))
    stop_eating(care, EVE)

    found = Notice.objects.filter(digest=together(cast))

    assert sorted(one.acted_at is not None for one in found) == [False, True]
    led = messages.led_here(cast.ana, cast.sees("ana"), "/now")
    assert together(cast).id in led
    assert found.get(acted_at=None).id in led
    assert messages.together(cast.ana, cared.at(EVE)) == []  # what could wait is listed there, and no step


def test_whoever_takes_an_infusion_hears_of_what_is_open(care, tick, cast, now):
    tick("03-12 12:00")
    new_member(cast.ana_patient, cast.cal, now)
    care.duty("cannot", cast.bea, cared.at("03-12 12:30"))
    care.duty("takes", cast.cal, cared.at("03-12 13:00"))

    assert ("step-open", "ride", "Cal") in tick("03-12 13:00")


def test_a_caretaker_who_is_no_longer_shared_the_ride_hears_nothing_of_it(tick, cast):
    CircleMember.objects.filter(id=cast.bea_member.id).update(kinds=["schedule"])

    assert not [one for one in tick("03-12 12:00") if one[2] == "Bea"]


def test_living_together_adds_the_steps_for_it(care, cast, now):
    CircleMember.objects.filter(id=cast.bea_member.id).update(help="lives-with")
    bea = cared.caretaker(cast.bea, cast.ana_patient)

    actions.mark(
        viewer=bea, task_key=care.key("supper"), done=True, revision=1, client_id=uuid7(), now=cared.at(EVE)
    )


def test_a_new_signature_leaves_running_series_as_they_are(care, tick, cast):
    signed = ContentVersion.objects.get()
    text = signed.text.replace('version = "3.0.0"', 'version = "3.0.1"', 1)
    treatment.sign(
        kind="protocol", text=text, accepted=signed.accepted, viewer=cared.staff(cast, cast.diaz),
        now=cared.at("03-13 12:00"),
    )  # fmt: skip

    assert ContentVersion.objects.count() == 2
    assert ("step-open", "last-food", "Ana") in tick(EVE)
    tick("03-15 03:00")
    assert Outcome.objects.get(step="last-food").protocol_sha256 == signed.sha256


def test_a_patient_without_an_account_is_not_written_to(tick, cast):
    cast.ana_patient.user = None
    cast.ana_patient.save()

    assert [one for one in tick(EVE) if one[2] == "Ana"] == []


# --- When it looks again


def test_it_looks_again_at_the_next_moment_and_at_most_a_day_later(care, tick, cast):
    tick("03-08 12:30")

    assert cared.at("03-08 12:30") < wake_at(cast) <= cared.at("03-09 12:30")


def test_it_looks_every_five_minutes_while_someone_is_watched_at_home(care, tick, cast):
    care.home(cared.at(HOME))

    tick("03-15 14:00")

    assert wake_at(cast) == cared.at("03-15 14:05")


def test_nothing_is_looked_at_before_it_is_due(tick, cast):
    tick("03-14 12:00")

    assert jobs.run(cared.at("03-14 12:01")) == 0


def test_one_broken_plan_stops_nobody_else_and_is_tried_again(care, tick, cast, now, caplog):
    broken = cared.start(cast, now, of=cast.oli_patient, hour="12:00")
    text = "this is no protocol"
    version = ContentVersion.objects.create(
        clinic_id=cast.harbour.id, kind="protocol", content_id="broken", version="1", text=text,
        sha256="broken", signed_by_id=cast.diaz.id, signed_name="", signed_at=now,
    )  # fmt: skip
    broken.protocol = version
    broken.save()

    with caplog.at_level(logging.CRITICAL):
        announced = tick(EVE)

    assert {who for _words, _step, who in announced} == {"Ana", "Bea"}
    assert Wake.objects.get(patient_id=cast.oli_patient.id).wake_at == cared.at(EVE) + timedelta(minutes=1)


def test_a_wake_for_a_patient_without_a_series_sleeps_for_a_day(cast, now):
    feed.wake(clinic_id=cast.harbour.id, patient_ids=[cast.oli_patient.id], now=now)

    assert jobs.run(now) == 1
    assert Wake.objects.get().wake_at == now + timedelta(hours=24)


@pytest.mark.hazard("H5")
def test_many_at_once_leave_escalations_and_messages_their_turn(cast, now, monkeypatch):
    monkeypatch.setattr(jobs, "BATCH", 2)
    people = [cast.ana_patient, cast.oli_patient, cared.new_in_care(cast, "Max Moor", now)]
    feed.wake(clinic_id=cast.harbour.id, patient_ids=[one.id for one in people], now=now)

    assert [jobs.run(now) for _turn in range(3)] == [2, 1, 0]


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(hours=st.lists(st.integers(0, 24 * 14), min_size=1, max_size=4))
def test_looking_more_often_adds_nothing(care, hours):
    if not care.infusions[0].moments.exists():
        care.home(cared.at(HOME))
    when = cared.at(HOME) + timedelta(hours=max(hours))
    Wake.objects.update(wake_at=when)
    jobs.run(when)
    before = (Notice.objects.count(), Outcome.objects.count(), Escalation.objects.count())

    for _again in hours:
        Wake.objects.update(wake_at=when)
        jobs.run(when)

    assert (Notice.objects.count(), Outcome.objects.count(), Escalation.objects.count()) == before


@pytest.mark.hazard("H9")
def test_nobody_on_duty_calls_the_clinic_two_days_before(care, tick, cast):
    care.duty("cannot", cast.bea, cared.at("03-12 12:00"))
    tick("03-13 07:59")  # the clocks go forward in between
    assert list(Escalation.objects.filter(cause="coverage")) == []

    tick("03-13 08:00")
    tick("03-13 08:01")

    [asked] = EscalationStep.objects.filter(escalation__cause="coverage")
    assert (asked.about_id, asked.escalation.urgency) == (f"duty-{care.infusions[0].id.hex}", Urgency.SOON)


def test_the_clock_looks_again_when_nobody_on_duty_becomes_urgent(care, tick, cast):
    care.duty("cannot", cast.bea, cared.at("03-12 12:00"))
    tick("03-12 12:00")

    assert wake_at(cast) <= cared.at("03-13 08:00")


@pytest.mark.hazard("H9")
def test_whoever_is_on_duty_and_is_taken_out_leaves_a_gap_the_clinic_hears_of(care, tick, cast):
    circle.revoke(member=cast.bea_member, by=cast.sees("ana"), now=cared.at(EVE))

    tick(EVE)

    assert Escalation.objects.get(cause="coverage").urgency == Urgency.SOON


@pytest.mark.hazard("H9")
def test_reserve_is_told_once_of_a_gap_the_clock_finds(care, tick, cast, now):
    new_member(cast.ana_patient, cast.cal, now)
    care.duty("stands-by", cast.cal, cared.at("03-12 12:00"))
    CircleMember.objects.filter(pk=cast.bea_member.pk).update(help="drives")  # Bea can stay no more
    feed.changed(clinic_id=cast.harbour.id, patient_id=cast.ana_patient.id, now=cared.at(EVE))

    found = [one for one in tick(EVE) if one[0] == "duty-open"]
    again = [one for one in tick("03-14 18:01") if one[0] == "duty-open"]

    assert (found, again) == ([("duty-open", "duty", "Ana"), ("duty-open", "duty", "Cal")], [])


@pytest.mark.hazard("H9")
def test_who_was_told_of_a_gap_when_it_opened_is_not_told_again_when_it_is_near(care, tick, cast, now):
    new_member(cast.ana_patient, cast.cal, now)
    care.duty("cannot", cast.bea, cared.at("03-12 12:00"))

    tick("03-13 08:00")

    told = Notice.objects.filter(words="duty-open").values_list("to_user", flat=True)
    assert Escalation.objects.filter(cause="coverage").count() == 1
    assert sorted(told) == sorted([cast.ana.id, cast.cal.id])


def test_a_gap_that_is_settled_and_opens_anew_is_asked_about_anew(care, tick, cast):
    care.duty("cannot", cast.bea, cared.at("03-14 12:00"))
    care.duty("takes", cast.bea, cared.at("03-14 13:00"))
    Escalation.objects.update(closed_at=cared.at("03-14 13:30"))

    care.duty("cannot", cast.bea, cared.at("03-14 14:00"))
    tick("03-14 14:01")

    assert Escalation.objects.filter(cause="coverage", closed_at=None).count() == 1


@pytest.mark.hazard("H9")
@pytest.mark.parametrize("when", ["03-15 11:10", "03-15 13:00"])
def test_whoever_is_on_duty_and_turns_out_not_to_stay_is_asked_about_until_they_are_home(
    care, tick, cast, when
):
    care.leave()
    CircleMember.objects.filter(pk=cast.bea_member.pk).update(is_adult=False)

    tick(when)
    tick(when)

    asked = EscalationStep.objects.filter(about_id=f"duty-{care.infusions[0].id.hex}")
    assert [step.escalation.urgency for step in asked] == [Urgency.URGENT]


@pytest.mark.hazard("H9")
def test_gap_of_yesterday_that_nobody_closed_is_over(care, tick, cast):
    CircleMember.objects.filter(pk=cast.bea_member.pk).update(is_adult=False)

    tick("03-16 11:01")

    assert not EscalationStep.objects.filter(about_id=f"duty-{care.infusions[0].id.hex}").exists()


@pytest.mark.hazard("H9")
def test_a_gap_asked_about_far_ahead_is_asked_about_again_when_it_is_near(care, tick, cast):
    circle.revoke(member=cast.bea_member, by=cast.sees("ana"), now=cared.at("03-10 12:00"))
    Escalation.objects.update(closed_at=cared.at("03-10 13:00"))

    tick("03-13 07:59")
    tick("03-13 08:00")
    tick("03-13 08:01")

    asked = EscalationStep.objects.filter(escalation__cause="coverage").order_by("at")
    assert [step.at for step in asked] == [cared.at("03-10 12:00"), cared.at("03-13 08:00")]


@pytest.mark.hazard("H9")
@pytest.mark.threat("T1")
def test_who_must_not_take_them_home_is_asked_about_on_the_ride_too(care, tick, cast, now):
    care.leave()
    ContactSafety.objects.create(
        clinic=cast.harbour, patient=cast.ana_patient, safe="no", barred=[str(cast.bea.id)],
        by=cast.nia, at=now, client_id=uuid7(),
    )  # fmt: skip

    tick("03-15 11:10")

    about = EscalationStep.objects.filter(escalation__cause="barred-adult").values_list("about_id", flat=True)
    assert f"barred-{care.infusions[0].id.hex}" in [one.rpartition("-")[0] for one in about]


def test_gap_after_the_patient_came_home_is_no_gap(care, tick, cast):
    care.home(cared.at(HOME))
    circle.revoke(member=cast.bea_member, by=cast.sees("ana"), now=cared.at(HOME))

    tick(HOME)

    about = EscalationStep.objects.filter(escalation__cause="coverage").values_list("about_id", flat=True)
    assert list(about) == [f"duty-{care.infusions[1].id.hex}"]


@pytest.mark.hazard("H9")
def test_the_reserve_is_told_when_a_check_in_stays_unanswered(care, tick, cast, now):
    new_member(cast.ana_patient, cast.cal, now)
    care.duty("stands-by", cast.cal, cared.at("03-12 12:00"))
    care.home(cared.at(HOME))
    tick("03-15 12:30")

    assert ("duty-silent", "check-1", "Cal") in tick("03-15 12:50")


def test_steps_that_quiet_hours_keep_together_are_those_that_can_be_done_then(care, tick, cast):
    reached(cast.ana, cared.at("03-01 09:00"), quiet_from=time(17), quiet_to=time(7))
    tick("03-12 12:00")
    tick(EVE)
    closes = {
        one.task_key.split(".")[1]: one.values["closes_at"]
        for one in together(cast).parts.order_by("task_key")
    }
    assert together(cast).values["closes_at"] == max(closes.values())
    assert closes["last-food"] < cared.at("03-15 07:00").isoformat() < closes["medicines"]

    sending.run(cared.at(EVE))
    assert together(cast).state == "planned"
    sending.run(cared.at("03-15 07:01"))

    assert (state_of(cast, "last-food"), state_of(cast, "medicines")) == ("void", "sent")


@pytest.mark.hazard("H7")
def test_medicine_to_take_again_in_quiet_hours_is_said_once_they_are_over(care, tick, cast):
    reached(cast.ana, cared.at("03-01 09:00"), quiet_from=time(20), quiet_to=time(7))
    held = treatment.Wanted(
        what="medicine", name="lithium", handling="hold", stop_before_min=600, restart_after_min=660
    )
    treatment.sign_order(
        series_id=care.series.id, wanted=held, viewer=cast.sees("diaz"), client_id=uuid7(),
        now=cared.at("03-12 12:00"),
    )  # fmt: skip
    tick("03-12 12:00")
    care.say("arrived", cared.at("03-15 08:45"))
    for what, when in (("started", "09:00"), ("ended", "10:00"), ("left", "11:00"), ("home", "12:00")):
        care.say(what, cared.at(f"03-15 {when}"))
    tick("03-15 21:00")
    sending.run(cared.at("03-15 21:01"))
    notice = Notice.objects.get(words="step-open", task_key__contains=".again-", to_user=cast.ana)
    assert (notice.state, notice.sent_at) == ("planned", None)

    sending.run(cared.at("03-16 07:01"))

    notice.refresh_from_db()
    assert notice.state == "sent"
