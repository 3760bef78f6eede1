"""Several letters on their way at once: none waits for a slow way out, and each server gets what it takes."""

import threading
import time
from datetime import timedelta

import pytest

from luna.notices import actions, jobs, lanes
from luna.notices.models import Attempt, Notice
from tests.notices.ledger import planned, rung
from tests.notices.mailserver import HANG as SILENT
from tests.notices.provider import HANG
from tests.notices.reaching import reached

pytestmark = pytest.mark.django_db

State = Notice.State


def states(notices):
    return [Notice.objects.get(id=notice.id).state for notice in notices]


def many(cast, now, count, **changes):
    return [planned(cast, now, key=f"n{number:02}", **changes) for number in range(count)]


PATIENCE_S = 60  # this machine may be busy


def turn_until(now, is_over):
    """Let the clock turn until it is over, however busy this machine is."""
    began = time.monotonic()
    while not is_over():
        elapsed = time.monotonic() - began
        assert elapsed < PATIENCE_S
        jobs.run(now + timedelta(seconds=elapsed))


@pytest.fixture
def nothing_is_slow(monkeypatch):
    """Let a machine that is busy be no slow way out."""
    monkeypatch.setattr(lanes, "SLOW_S", 60)


@pytest.fixture
def watched(mail_server):
    """The mail server, which notes how many letters it has at once, and takes 50 ms for each."""
    mail_server.at_once, mail_server.most, lock = 0, 0, threading.Lock()

    def answer(stage: str) -> str:
        if stage == "END":
            with lock:
                mail_server.at_once += 1
                mail_server.most = max(mail_server.most, mail_server.at_once)
            time.sleep(0.05)
            with lock:
                mail_server.at_once -= 1
        return "250 yes"

    mail_server.answer = answer
    return mail_server


def test_several_are_on_their_way_at_once_and_never_more_than_there_are_places(
    nothing_is_slow, watched, cast, now
):
    notices = many(cast, now, 3 * lanes.PLACES)

    while jobs.run(now):
        pass

    assert set(states(notices)) == {State.SENT}
    assert len(watched.taken) == len(notices)
    assert 1 < watched.most <= lanes.PLACES


@pytest.mark.hazard("H5")
def test_slow_provider_holds_up_no_urgent_message_of_another_channel(mail_server, provider, cast, now):
    reached(cast.bea, now, order=["sms"])
    slow = many(cast, now, 12)
    provider.answers = HANG
    jobs.run(now)
    assert states(slow).count(State.SENDING) == 1

    urgent = rung(cast, now)
    turn_until(now, lambda: states([urgent]) == [State.SENT])

    assert [taken.key for taken in mail_server.taken] == [urgent.id.hex]
    assert State.SENDING in states(slow)  # nobody waited for an answer


@pytest.mark.hazard("H5")
def test_urgent_text_message_does_not_wait_behind_slow_ones(mail_server, provider, cast, now):
    reached(cast.bea, now, order=["sms"])
    reached(cast.nia, now, order=["sms"], mobile="+12125550143")
    provider.once = [HANG]
    slow = many(cast, now, 3)
    jobs.run(now)

    urgent = rung(cast, now)
    turn_until(now, lambda: states([urgent]) == [State.SENT])

    assert State.SENDING in states(slow)


@pytest.mark.hazard("H5")
def test_silent_server_is_asked_for_what_is_urgent_after_a_moment(mail_server, cast, now, settings):
    settings.EMAIL_TIMEOUT = 60
    mail_server.once["END"] = SILENT
    urgent = [rung(cast, now, key=f"u{number}") for number in range(3)]

    turn_until(now, lambda: states(urgent).count(State.SENT) == 2)

    assert sorted(states(urgent)) == [State.SENDING, State.SENT, State.SENT]


def test_what_waits_for_a_slow_way_out_makes_place_for_others(mail_server, provider, cast, now):
    reached(cast.bea, now, order=["sms"])
    provider.answers = HANG
    slow = many(cast, now - timedelta(minutes=1), 3 * lanes.PLACES)
    other = planned(cast, now, key="other", to_user_id=cast.ana.id)

    turn_until(now, lambda: states([other]) == [State.SENT])

    resting = Notice.objects.filter(id__in=[one.id for one in slow], state=State.PLANNED)
    assert set(resting.values_list("tries", flat=True)) == {0}
    assert all(one.lease_until <= now + timedelta(seconds=lanes.LONGEST_S + PATIENCE_S) for one in resting)


def test_those_that_wait_for_a_slow_way_out_come_back_one_after_the_other():
    lane = ("sms", False)
    room = lanes.Room(slow={lane: 0.5, ("sms", True): 0.5}, at=100.0)

    waits = [room.queue(lane).total_seconds() for _ in range(200)]

    assert waits[:8] == [1, 1, 1, 2, 2, 3, 3, 4]
    assert waits[-1] == lanes.LONGEST_S
    assert room.queue(("sms", True)) == timedelta(seconds=1)
    assert room.queue(("email", False)) is None


def test_what_a_slow_provider_says_is_written_down_in_a_later_turn(provider, cast, now, monkeypatch):
    monkeypatch.setattr(jobs, "QUIET_S", 0.1)
    reached(cast.bea, now, order=["sms"])
    go_on = threading.Event()
    provider.answer = lambda: go_on.wait(10) and 201
    notice = planned(cast, now)

    assert jobs.run(now) == 1
    assert states([notice]) == [State.SENDING]
    go_on.set()
    turn_until(now, lambda: states([notice]) == [State.SENT])


def test_clock_that_stops_writes_down_what_it_still_hears(provider, cast, now, monkeypatch):
    monkeypatch.setattr(jobs, "QUIET_S", 0.1)
    reached(cast.bea, now, order=["sms"])
    go_on = threading.Event()
    provider.answer = lambda: go_on.wait(10) and 201
    notice = planned(cast, now)
    jobs.run(now)

    go_on.set()
    jobs.end(now)

    assert states([notice]) == [State.SENT]


def test_server_that_takes_few_connections_gets_no_more_and_every_message(
    nothing_is_slow, mail_server, cast, now
):
    """The fourth at once is sent away at the door; nobody is lost, and the others go on."""
    talking, lock, most = set(), threading.Lock(), 3
    refused = []
    mail_server.answers["END"] = "250 yes"

    def verify(request, _address):
        with lock:
            is_full = len(talking) >= most
            if not is_full:
                talking.add(request)
        if is_full:
            refused.append(request)
            request.sendall(b"421 too many connections\r\n")
        return not is_full

    def shut(request, close=mail_server.shutdown_request):
        talking.discard(request)
        close(request)

    mail_server.verify_request, mail_server.shutdown_request = verify, shut
    answer = mail_server.answer
    mail_server.answer = lambda stage: time.sleep(0.05 if stage == "END" else 0) or answer(stage)
    notices = many(cast, now, 60)

    while jobs.run(now):
        pass
    after = len(refused)
    until = time.monotonic() + 5
    while talking and time.monotonic() < until:
        time.sleep(0.01)
    many_more = [planned(cast, now, key=f"later{number}") for number in range(20)]
    while jobs.run(now):
        pass

    assert 1 <= after <= lanes.PLACES
    assert len(refused) == after  # learned
    assert set(states(many_more)) == {State.SENT}
    assert states(notices).count(State.SENT) == len(notices) - after
    assert Attempt.objects.filter(reason="unreachable").count() == after


def test_broken_message_leaves_the_others_of_its_helping_as_they_are(mail_server, cast, now):
    before, broken, after = many(cast, now, 3)
    Notice.objects.filter(id=broken.id).update(words="forgotten")

    jobs.run(now)

    assert states([before, broken, after]) == [State.SENT, State.NOT_REACHED, State.SENT]
    assert list(broken.attempts.values_list("outcome", "reason", "fence")) == [("refused", "words", 0)]


def test_helping_takes_as_many_queries_for_many_as_for_few(cast, now, django_assert_max_num_queries):
    few, lots = many(cast, now, 2), [planned(cast, now, key=f"m{number}") for number in range(40)]
    late = now + timedelta(days=3)
    room = lanes.Room()

    with django_assert_max_num_queries(40) as first:
        actions.take([one.id for one in few], room, now=late)
    savepoints = 2 * (len(lots) - len(few))
    with django_assert_max_num_queries(len(first.captured_queries) + savepoints):
        actions.take([one.id for one in lots], room, now=late)

    assert set(states([*few, *lots])) == {State.NOT_REACHED}
