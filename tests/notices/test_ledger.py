"""The life of one notice: planned, taken, settled. A row says what happened, whoever died meanwhile."""

from datetime import timedelta

import pytest

from luna.feed import actions as feed
from luna.feed.models import Counter
from luna.notices import actions, plans
from luna.notices.models import Attempt, Notice
from luna.notices.words import MESSAGES, MissingValue
from luna.people.models import CircleMember, Clinician
from tests.notices.ledger import finish, planned, rung, take

pytestmark = pytest.mark.django_db

State = Notice.State
Outcome = Attempt.Outcome


def again(notice):
    return Notice.objects.get(id=notice.id)


def tries(notice):
    return list(notice.attempts.order_by("at", "id").values_list("outcome", "reason"))


def test_plan_twice_with_one_key_is_one_row(cast, now):
    first = planned(cast, now)

    second = planned(cast, now + timedelta(minutes=1), due_at=now + timedelta(hours=5))

    assert second.id == first.id
    assert Notice.objects.count() == 1
    assert second.due_at == now


def test_plan_refuses_a_message_without_a_value_it_needs(cast, now):
    with pytest.raises(MissingValue, match=r"^The message 'moved' needs was_at\. Give them in `values`\.$"):
        planned(cast, now, words="moved", values={"starts_at": now})


def test_plan_refuses_a_message_nobody_wrote(cast, now):
    with pytest.raises(KeyError):
        planned(cast, now, words="hello")


def test_plan_refuses_a_message_to_nobody(cast, now):
    with pytest.raises(ValueError, match="is for nobody"):
        planned(cast, now, to_user_id=None)


def test_take_begins_a_try_before_anything_is_sent(cast, now):
    notice = planned(cast, now)

    letter = take(notice.id, now=now)

    taken = again(notice)
    assert (taken.state, taken.fence, taken.tries) == (State.SENDING, 1, 1)
    assert taken.lease_until == now + actions.LEASE
    assert tries(notice) == [(Outcome.STARTED, "")]
    assert (letter.address, letter.subject) == ("bea@example.org", "Time to check in")


def test_take_leaves_what_is_not_due(cast, now):
    notice = planned(cast, now, due_at=now + timedelta(seconds=1))

    assert take(notice.id, now=now) is None
    assert again(notice).state == State.PLANNED


def test_take_leaves_what_another_worker_has(cast, now):
    notice = planned(cast, now)
    take(notice.id, now=now)

    assert take(notice.id, now=now) is None
    assert again(notice).fence == 1


def test_accepted_is_sent(cast, now):
    notice = planned(cast, now)
    letter = take(notice.id, now=now)

    finish(letter, outcome=Outcome.ACCEPTED, now=now + timedelta(seconds=2))

    sent = again(notice)
    assert (sent.state, sent.sent_at) == (State.SENT, now + timedelta(seconds=2))
    assert tries(notice) == [(Outcome.STARTED, ""), (Outcome.ACCEPTED, "")]


def test_refused_for_good_is_not_reached(cast, now):
    notice = planned(cast, now)
    letter = take(notice.id, now=now)

    finish(letter, outcome=Outcome.REFUSED, reason="smtp-550", lasting=True, now=now)

    assert again(notice).state == State.NOT_REACHED
    assert tries(notice)[-1] == (Outcome.REFUSED, "smtp-550")


def test_refused_for_now_rests_longer_each_time(cast, now):
    notice = planned(cast, now, words="moved", values={"was_at": now, "starts_at": now})
    rests = []

    at = now
    for _ in range(6):
        letter = take(notice.id, now=at)
        finish(letter, outcome=Outcome.REFUSED, reason="smtp-451", now=at)
        rests.append((again(notice).lease_until - at).total_seconds() / 60)
        assert take(notice.id, now=again(notice).lease_until - timedelta(seconds=1)) is None
        at = again(notice).lease_until

    assert rests == [1, 2, 4, 8, 15, 15]


def test_routine_in_doubt_is_unknown_and_stays_so(cast, now):
    notice = planned(cast, now)
    letter = take(notice.id, now=now)

    finish(letter, outcome=Outcome.UNKNOWN, reason="no-answer", now=now)

    assert again(notice).state == State.UNKNOWN
    assert plans.due(now + timedelta(days=1), 10) == []


def test_urgent_in_doubt_is_sent_again_after_a_short_rest(cast, now):
    notice = rung(cast, now)
    letter = take(notice.id, now=now)

    finish(letter, outcome=Outcome.UNKNOWN, reason="no-answer", now=now)

    assert (again(notice).state, again(notice).lease_until) == (State.PLANNED, now + timedelta(seconds=15))
    assert take(notice.id, now=now + timedelta(seconds=15)).fence == 2


@pytest.mark.parametrize(("urgent", "state"), [(False, State.UNKNOWN), (True, State.PLANNED)])
def test_lapse_settles_what_a_dead_worker_left(cast, now, urgent, state):
    notice = (rung if urgent else planned)(cast, now)
    take(notice.id, now=now)

    assert actions.lapse(now=now + actions.LEASE - timedelta(seconds=1)) == 0
    assert actions.lapse(now=now + actions.LEASE) == 1

    assert again(notice).state == state
    assert tries(notice) == [(Outcome.STARTED, ""), (Outcome.UNKNOWN, "worker-lost")]


def test_late_worker_changes_nothing_after_its_lease_is_over(cast, now):
    notice = planned(cast, now)
    late = take(notice.id, now=now)
    actions.lapse(now=now + actions.LEASE)

    finish(late, outcome=Outcome.ACCEPTED, now=now + actions.LEASE * 2)

    assert (again(notice).state, again(notice).sent_at) == (State.UNKNOWN, None)
    assert tries(notice)[-1] == (Outcome.ACCEPTED, "")


def test_urgent_that_a_late_worker_had_sent_after_all_is_sent(cast, now):
    notice = rung(cast, now)
    late = take(notice.id, now=now)
    actions.lapse(now=now + actions.LEASE)
    finish(late, outcome=Outcome.ACCEPTED, now=now + actions.LEASE)

    later = again(notice).lease_until
    assert take(notice.id, now=later) is None

    assert (again(notice).state, again(notice).sent_at) == (State.SENT, later)
    assert not Notice.objects.filter(words="unreached").exists()


def test_late_worker_changes_nothing_once_another_has_it(cast, now):
    notice = rung(cast, now)
    late = take(notice.id, now=now)
    actions.lapse(now=now + actions.LEASE)
    later = again(notice).lease_until
    take(notice.id, now=later)

    finish(late, outcome=Outcome.REFUSED, reason="smtp-550", lasting=True, now=later)

    assert (again(notice).state, again(notice).fence) == (State.SENDING, 2)


def test_too_late_to_be_true_is_not_sent(cast, now):
    notice = planned(cast, now)
    good_for = MESSAGES["checkin-due"].good_for

    assert take(notice.id, now=now + good_for + timedelta(seconds=1)) is None

    assert again(notice).state == State.NOT_REACHED
    assert tries(notice) == [(Outcome.REFUSED, "too-late")]


def test_still_true_at_the_last_moment_is_sent(cast, now):
    notice = planned(cast, now)

    assert take(notice.id, now=now + MESSAGES["checkin-due"].good_for) is not None


@pytest.mark.hazard("H5")
def test_urgent_message_that_came_back_is_told_to_the_lead(cast, now):
    notice = rung(cast, now)
    letter = take(notice.id, now=now)

    finish(letter, outcome=Outcome.REFUSED, reason="smtp-550", lasting=True, now=now)

    told = Notice.objects.get(words="unreached")
    assert (told.to_email, told.urgent) == ("lead@harbour.example", True)
    assert take(told.id, now=now).address == "lead@harbour.example"


def test_void_takes_back_only_older_and_unsent_ones(cast, now):
    old = planned(cast, now, key="a", task_key="aa.ride.0", revision=1)
    new = planned(cast, now, key="b", task_key="aa.ride.0", revision=2)
    other = planned(cast, now, key="c", task_key="bb.ride.0", revision=1)
    sent = planned(cast, now, key="d", task_key="aa.kit.0", revision=1)
    finish(take(sent.id, now=now), outcome=Outcome.ACCEPTED, now=now)

    count = actions.void(patient_id=cast.ana_patient.id, task_key_prefix="aa", before_revision=2)

    assert count == 1
    states = [again(one).state for one in (old, new, other, sent)]
    assert states == [State.VOID, State.PLANNED, State.PLANNED, State.SENT]


@pytest.mark.hazard("H7")
@pytest.mark.parametrize("was", Notice.OPEN_TO_STAFF)
def test_void_takes_back_what_staff_might_send_again(cast, now, was):
    notice = planned(cast, now, task_key="aa", revision=1)
    Notice.objects.filter(id=notice.id).update(state=was)

    actions.void(patient_id=cast.ana_patient.id, task_key_prefix="aa", before_revision=2)

    assert again(notice).state == State.VOID


@pytest.mark.hazard("H7")
def test_void_of_one_on_its_way_is_not_tried_again(cast, now):
    notice = planned(cast, now, task_key="aa", revision=1)
    letter = take(notice.id, now=now)
    actions.void(patient_id=cast.ana_patient.id, task_key_prefix="aa", before_revision=2)

    finish(letter, outcome=Outcome.REFUSED, reason="smtp-451", now=now)

    assert again(notice).state == State.VOID


def test_void_of_one_task_leaves_another_whose_key_only_begins_alike(cast, now):
    first = planned(cast, now, key="a", task_key="aa.check.1")
    tenth = planned(cast, now, key="b", task_key="aa.check.10")

    actions.void(patient_id=cast.ana_patient.id, task_key_prefix="aa.check.1")

    assert [again(first).state, again(tenth).state] == [State.VOID, State.PLANNED]


def test_opened_is_noted_once(cast, now):
    notice = planned(cast, now, task_key="aa.check.0")

    actions.opened(Notice.objects.all(), now=now)
    actions.opened(Notice.objects.all(), now=now + timedelta(hours=1))

    assert again(notice).opened_at == now


def revoke_bea(cast):
    CircleMember.objects.filter(id=cast.bea_member.id).update(state=CircleMember.State.REVOKED)


def stop_sharing_recovery(cast):
    CircleMember.objects.filter(id=cast.bea_member.id).update(kinds=["schedule"])


def deactivate_bea(cast):
    cast.bea.is_active = False
    cast.bea.save()


@pytest.mark.threat("T6")
@pytest.mark.parametrize("end", [revoke_bea, stop_sharing_recovery, deactivate_bea])
def test_message_is_void_when_the_caretaker_may_no_longer_read_it(cast, now, end):
    notice = planned(cast, now)
    end(cast)

    assert take(notice.id, now=now) is None

    assert again(notice).state == State.VOID
    assert tries(notice) == []


@pytest.mark.threat("T4")
def test_message_is_void_for_a_caretaker_of_somebody_else(cast, now):
    notice = planned(cast, now, to_user_id=cast.cal.id)

    assert take(notice.id, now=now) is None
    assert again(notice).state == State.VOID


def test_message_goes_to_the_patient(cast, now):
    notice = planned(cast, now, to_user_id=cast.ana.id)

    assert take(notice.id, now=now).address == "ana@example.org"


@pytest.mark.threat("T4")
def test_staff_message_is_void_for_who_left_the_clinic(cast, now):
    notice = rung(cast, now)
    Clinician.objects.filter(user=cast.nia).update(active=False)

    assert take(notice.id, now=now) is None
    assert again(notice).state == State.VOID


@pytest.mark.threat("T4")
def test_staff_message_is_void_for_staff_of_another_clinic(cast, now):
    notice = rung(cast, now, to_user_id=cast.dee.id)

    assert take(notice.id, now=now) is None
    assert again(notice).state == State.VOID


def test_message_to_the_lead_is_void_when_there_is_a_new_lead(cast, now):
    notice = rung(cast, now, words="nobody", to_user_id=None, to_email="lead@harbour.example")
    cast.harbour.lead_email = "new@harbour.example"
    cast.harbour.save()

    assert take(notice.id, now=now) is None
    assert again(notice).state == State.VOID


def test_due_is_urgent_first_then_each_clinic_in_turn(cast, now):
    def plan(key, clinic, minutes, **more):
        due_at = now - timedelta(minutes=minutes)
        return planned(cast, now, key=key, clinic_id=clinic.id, patient_id=None, due_at=due_at, **more).key

    for number in range(20):
        plan(f"harbour{number:02}", cast.harbour, 60 - number)
    plan("hill0", cast.hill, 5)
    plan("hill1", cast.hill, 4)
    plan("urgent", cast.hill, 1, urgent=True)

    keys = dict(Notice.objects.values_list("id", "key"))
    order = [keys[notice_id] for notice_id in plans.due(now, 6)]

    assert order == ["urgent", "harbour00", "hill0", "harbour01", "hill1", "harbour02"]


def test_due_leaves_what_is_later_resting_or_done(cast, now):
    planned(cast, now, key="later", due_at=now + timedelta(seconds=1))
    resting = planned(cast, now, key="resting", words="moved", values={"was_at": now, "starts_at": now})
    letter = take(resting.id, now=now)
    finish(letter, outcome=Outcome.REFUSED, reason="smtp-451", now=now)
    done = planned(cast, now, key="done")
    finish(take(done.id, now=now), outcome=Outcome.ACCEPTED, now=now)

    assert plans.due(now, 10) == []
    assert plans.due(again(resting).lease_until, 10) == [
        resting.id,
        Notice.objects.get(key="later").id,
    ]


@pytest.mark.parametrize(("code", "is_awaited"), [("ready-ask", True), ("step-open", False)])
def test_open_page_of_staff_hears_when_an_awaited_message_went_out(cast, now, code, is_awaited):
    notice = planned(cast, now, key=code, words=code, values={"starts_at": now}, to_user_id=cast.ana.id)
    letter = take(notice.id, now=now)
    feed.bump(cast.harbour.id)
    before = Counter.objects.get(clinic_id=cast.harbour.id).n

    finish(letter, outcome=Outcome.ACCEPTED, now=now)

    assert (Counter.objects.get(clinic_id=cast.harbour.id).n > before) == is_awaited
