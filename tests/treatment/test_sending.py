"""What is asked of bookings as a message is sent: is it still true, and may a phone ring?"""

from datetime import timedelta

import pytest
from uuid6 import uuid7

from luna.careplan import jobs
from luna.feed.models import Wake
from luna.notices.models import Notice
from luna.treatment import actions, sending
from tests import care as cared
from tests.careplan import readying
from tests.notices.conftest import provider
from tests.notices.ledger import finish, planned, take
from tests.notices.reaching import reached

__all__ = ["provider"]


@pytest.fixture
def day(care):
    """The start of Ana's first infusion, which has begun."""
    starts = care.infusions[0].starts_at
    care.say("arrived", starts - timedelta(minutes=20))
    care.say("started", starts)
    return starts


@pytest.mark.hazard("H7")
def test_message_of_older_times_is_void_when_it_is_sent(care, cast, now):
    infusion = care.infusions[0]
    notice = planned(cast, now, task_key=care.key("check-1"), revision=1)
    type(infusion).objects.filter(id=infusion.id).update(revision=3, moved_revision=3)  # no `void` saw it

    assert take(notice.id, now=now) is None
    assert Notice.objects.get(id=notice.id).state == "void"


@pytest.mark.hazard("H7")
@pytest.mark.parametrize(("revision", "moved", "is_current"), [(1, None, True), (2, 2, True), (1, 2, False)])
def test_message_is_current_with_the_times_it_speaks_of(care, revision, moved, is_current):
    infusion = care.infusions[0]
    type(infusion).objects.filter(id=infusion.id).update(revision=3, moved_revision=moved)

    assert sending.is_current(f"{infusion.id.hex}.check.0", revision) is is_current


@pytest.mark.parametrize("key", ["", "escalation.aa", "0193e0f0000070008000000000000000.check.0"])
def test_message_of_no_booking_is_current(care, key):
    assert sending.is_current(key, 1)


def call_off(care, when):
    """Have Nia cancel Ana's first infusion."""
    row = care.infusions[0]
    return actions.cancel(
        infusion_id=row.id, why="clinic", expected_revision=row.revision, viewer=care.cast.sees("nia"),
        client_id=uuid7(), now=when,
    )  # fmt: skip


def look(when):
    Wake.objects.update(wake_at=when)
    jobs.run(when)


STEP = "step-open"


@pytest.mark.hazard("H7")
def test_step_of_an_infusion_that_is_cancelled_before_it_left_is_void(care, cast):
    """The clock planned it first."""
    eve = cared.at("03-14 18:00")
    look(eve)
    opened = Notice.objects.filter(words=STEP, task_key=care.key("last-food")).get()
    call_off(care, eve)
    Notice.objects.filter(id=opened.id).update(state="planned", digest=None)  # no `void` saw it

    assert take(opened.id, now=eve) is None
    assert Notice.objects.get(id=opened.id).state == "void"


@pytest.mark.hazard("H7")
def test_step_of_an_infusion_that_was_cancelled_before_it_was_planned_is_void(care, cast):
    """The clock read the plan, then it was cancelled, then the clock planned what it had read."""
    eve = cared.at("03-14 18:00")
    row = call_off(care, eve)
    opened = planned(
        cast, eve, key="late", words=STEP, task_key=care.key("last-food"), revision=1, to_user_id=cast.ana.id
    )
    told = Notice.objects.get(words="cancelled", to_user=cast.ana)

    assert take(opened.id, now=eve) is None
    assert Notice.objects.get(id=opened.id).state == "void"
    assert (told.task_key, told.revision) == (row.id.hex, row.revision)
    assert take(told.id, now=eve).subject == "A time is cancelled"


@pytest.mark.parametrize(
    ("about", "revision", "is_current"),
    [
        ("", 3, True),  # that it is cancelled
        ("", 2, False),  # that it was moved before
        (".last-food.0", 2, False),
        (".again-000000000000.0", 2, False),
        (".ready", 2, False),
        (".ready.00112233445566778899", 2, False),
        (".duty", 2, False),
        (".ride", 2, False),
        (".ride-00112233445566778899", 2, False),
    ],
)
def test_of_a_cancelled_infusion_only_that_is_said(care, now, about, revision, is_current):
    row = readying.move(care, "03-15 11:00", now)
    call_off(care, now)

    assert sending.is_current(f"{row.id.hex}{about}", revision) is is_current


def test_who_left_out_a_medicine_is_told_to_take_it_again_after_a_cancellation(care, cast, now):
    wanted = actions.Wanted(
        what="medicine", name="calmazine", handling="hold", stop_before_min=60 * 12, restart_after_min=60
    )
    actions.sign_order(
        series_id=care.series.id, wanted=wanted, viewer=cast.sees("diaz"), client_id=uuid7(), now=now
    )
    call_off(care, cared.at("03-15 08:00"))
    at = care.infusions[0].ends_at + timedelta(hours=1)
    look(at)

    again = Notice.objects.get(words=STEP, task_key__contains=".again-")

    assert again.task_key.startswith(care.infusions[0].id.hex)
    assert take(again.id, now=at) is not None
    stop = again.task_key.replace(".again-", ".stop-")
    assert not sending.is_current(stop, again.revision)


@pytest.mark.parametrize("step", ["last-food", "last-drink", "ride", "stop-0123456789ab"])
def test_what_was_to_be_done_before_is_not_asked_of_who_has_come(care, step):
    key = care.key(step)
    assert sending.is_current(key, 1)

    care.say("arrived", care.infusions[0].starts_at - timedelta(minutes=20))

    assert not sending.is_current(key, 1)
    assert sending.is_current(care.key("check-1"), 1)


def test_arrival_taken_back_lets_a_step_be_said_again(care, cast, arrived):
    actions.take_back_moment(
        infusion_id=care.infusions[0].id, what="arrived", viewer=cast.sees("nia"), client_id=uuid7(),
        now=arrived,
    )  # fmt: skip

    assert sending.is_current(care.key("last-food"), 1)


def test_message_about_a_check_in_costs_one_query(care, django_assert_num_queries):
    key = care.key("check-1")
    sending.is_current(key, 1)

    with django_assert_num_queries(1):
        assert sending.is_current(key, 1)


def test_patient_in_the_chair_is_hushed(care, cast, day):
    assert sending.is_hushed(cast.ana.id, day + timedelta(minutes=10))


def test_who_is_on_duty_is_hushed(care, cast, day):
    assert sending.is_hushed(cast.bea.id, day + timedelta(minutes=10))


def test_others_are_not_hushed(care, cast, day):
    at = day + timedelta(minutes=10)

    assert not any(sending.is_hushed(one.id, at) for one in (cast.oli, cast.cal, cast.nia, cast.zoe))


def test_before_they_arrive_nobody_is_hushed(care, cast):
    starts = care.infusions[0].starts_at

    assert not sending.is_hushed(cast.ana.id, starts - timedelta(minutes=5))
    assert not sending.is_hushed(cast.bea.id, starts - timedelta(minutes=5))


@pytest.fixture
def arrived(care):
    """The start of Ana's first infusion, for which she came twenty minutes ago."""
    starts = care.infusions[0].starts_at
    care.say("arrived", starts - timedelta(minutes=20))
    return starts


def test_whoever_arrived_is_hushed_before_it_starts(cast, arrived):
    """Nobody writes down when they sit down in the chair; they are there."""
    at = arrived - timedelta(minutes=10)

    assert sending.is_hushed(cast.ana.id, at)
    assert sending.is_hushed(cast.bea.id, at)
    assert not any(sending.is_hushed(one.id, at) for one in (cast.oli, cast.cal, cast.nia))


def test_arrival_taken_back_hushes_nobody(care, cast, arrived):
    staff = cast.sees("nia")
    actions.take_back_moment(
        infusion_id=care.infusions[0].id, what="arrived", viewer=staff, client_id=uuid7(), now=arrived
    )

    assert not sending.is_hushed(cast.ana.id, arrived)


def test_whoever_came_to_one_that_is_cancelled_after_all_is_not_hushed(care, cast, arrived):
    visit = care.infusions[0]
    actions.cancel(
        infusion_id=visit.id, why="ate", expected_revision=visit.revision, viewer=cast.sees("nia"),
        client_id=uuid7(), now=arrived,
    )  # fmt: skip

    assert not sending.is_hushed(cast.ana.id, arrived + timedelta(minutes=1))
    assert not sending.is_hushed(cast.bea.id, arrived + timedelta(minutes=1))


@pytest.mark.parametrize(("has_started", "is_hushed"), [(False, False), (True, True)])
def test_series_that_ends_meanwhile_hushes_only_who_is_being_infused(
    care, cast, arrived, has_started, is_hushed
):
    if has_started:
        care.say("started", arrived)
    care.series.refresh_from_db()
    type(care.series).objects.filter(id=care.series.id).update(stopped_at=arrived, stopped_why="done")

    assert sending.is_hushed(cast.ana.id, arrived + timedelta(minutes=1)) is is_hushed


def test_on_the_way_home_nobody_is_hushed(care, cast, day):
    leaves = care.infusions[0].leaves_at
    care.say("ended", day + timedelta(minutes=40))
    care.say("left", leaves)

    assert not sending.is_hushed(cast.ana.id, leaves)
    assert not sending.is_hushed(cast.bea.id, leaves)


def test_hush_ends_by_itself_when_nobody_wrote_down_who_left(care, cast, day):
    leaves = care.infusions[0].leaves_at

    assert sending.is_hushed(cast.ana.id, leaves + timedelta(minutes=59))
    assert not sending.is_hushed(cast.ana.id, leaves + timedelta(minutes=60))


def test_in_the_room_only_the_silent_way_is_taken(care, cast, day, provider):
    at = day + timedelta(minutes=10)
    reached(cast.bea, at, order=["sms"])
    by_mail = planned(cast, at, key="a", due_at=at)
    after = planned(cast, at, key="b", words="duty-stays", values={"starts_at": at}, due_at=at)

    assert take(by_mail.id, now=at).channel == "email"
    care.say("ended", day + timedelta(minutes=40))
    care.say("left", care.infusions[0].leaves_at)
    assert take(after.id, now=care.infusions[0].leaves_at).channel == "sms"


def test_in_the_room_a_message_waits_where_there_is_no_silent_way(care, cast, day, provider):
    at = day + timedelta(minutes=10)
    reached(cast.bea, at, order=["sms"])
    notice = planned(cast, at, words="moved", values={"was_at": at, "starts_at": at}, due_at=at)
    letter = take(notice.id, now=at)
    finish(letter, outcome="refused", reason="smtp-550", lasting=True, now=at)

    later = at + timedelta(minutes=5)
    assert take(notice.id, now=later) is None
    assert Notice.objects.get(id=notice.id).state == "planned"
