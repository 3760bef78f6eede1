"""What is asked of bookings as a message is sent: is it still true, and may a phone ring?"""

from datetime import timedelta

import pytest
from uuid6 import uuid7

from luna.notices.models import Notice
from luna.treatment import actions, sending
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
