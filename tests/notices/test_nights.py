"""Real workers, one of them killed now and then, on a night whose clock skips an hour or has one twice.

The clock is told to the worker, ten minutes at a time; the mail server is a real one.
"""

from datetime import UTC, datetime, timedelta

import pytest

from tests.notices import mailserver
from tests.notices.workers import Standby, Told

pytestmark = [pytest.mark.processes, pytest.mark.both_engines]

STEP = timedelta(minutes=10)

SEED = """
from datetime import datetime, time, timedelta
from luna.notices.models import Notice
from luna.people.models import Clinic
from tests.care import start
from tests.cast import build
from tests.notices.ledger import planned
from tests.notices.reaching import reached
evening, quiet_to = datetime.fromisoformat("{evening}"), time.fromisoformat("{quiet_to}")
before = evening - timedelta(days=5)
cast = build(before)
Clinic.objects.update(messages_a_day=1)
start(cast, before, starts=("{day}",))
Notice.objects.update(state="sent", sent_at=before)
reached(cast.bea, before, quiet_from=time(22), quiet_to=quiet_to, mobile="", sms_at=None, voice_at=None)
had = planned(cast, evening, key="had", words="plan-changed", to_user_id=cast.ana.id)
Notice.objects.filter(id=had.id).update(state="sent", sent_at=evening - timedelta(hours=1))
values = {{"was_at": evening, "starts_at": evening}}
night = evening + timedelta(hours=4)
answer = {{
    "quiet": planned(cast, evening, key="quiet", words="moved", values=values, due_at=night).id.hex,
    "urgent": planned(cast, evening, key="urgent", urgent=True, due_at=night).id.hex,
    "can-wait": planned(cast, evening, key="w", words="answered", to_user_id=cast.ana.id).id.hex,
}}
"""
REPORT = """
from luna.notices.models import Attempt, Notice
rows = Notice.objects.filter(attempts__outcome="started").distinct()
answer = [
    [one.id.hex, one.key, one.words, one.state, one.due_at.isoformat(),
     [try_.at.isoformat() for try_ in one.attempts.filter(outcome="started").order_by("at", "id")]]
    for one in rows
]
"""
# In New York the hour from 2 is not there on 14 March 2027, and the hour from 1 is there twice on 7 November.
SPRING = {
    "evening": "2027-03-14T00:40:00+00:00",
    "quiet_to": "02:30",  # not there: read as the later of what it may mean, 3:30 by the new clock
    "day": "03-17",
    "quiet_ends": "2027-03-14T07:30:00+00:00",
    "at_eight": "2027-03-14T12:00:00+00:00",
}
AUTUMN = {
    "evening": "2027-11-06T23:40:00+00:00",
    "quiet_to": "01:30",  # the second time
    "day": "11-10",
    "quiet_ends": "2027-11-07T06:30:00+00:00",
    "at_eight": "2027-11-07T13:00:00+00:00",
}


def moments(texts) -> list[datetime]:
    return [datetime.fromisoformat(text) for text in texts]


@pytest.mark.hazard("H7")
@pytest.mark.parametrize("night", [SPRING, AUTUMN], ids=["skipped", "twice"])
def test_night_of_a_clock_change(mailing, night):
    luna, server = mailing
    asked = luna.ask(SEED.format(**night))
    evening, quiet_ends, at_eight = moments(night[name] for name in ("evening", "quiet_ends", "at_eight"))
    worker, at = Told(luna, kill_at=(1500, 4000)), evening
    while at <= at_eight + STEP:
        worker.until_settled(at)
        at += STEP
    worker.end()

    report = {one[0]: one for one in luna.ask(REPORT)}
    assert worker.killed == 2
    for _id, key, _words, state, _due, tries in report.values():
        assert state in ("sent", "unknown"), key
        # Nothing is said a second time in the hour that is there twice.
        assert len(tries) == 1 or key == "urgent", key
    taken = [letter.key for letter in server.taken]
    assert {key for key in taken if taken.count(key) > 1} <= {asked["urgent"]}
    assert {one for one, row in report.items() if row[3] == "sent"} <= set(taken)

    def began(of):
        return moments(report[of][5])[0]

    assert quiet_ends <= began(asked["quiet"]) < quiet_ends + STEP
    assert evening + timedelta(hours=4) <= began(asked["urgent"]) < evening + timedelta(hours=4) + STEP
    assert at_eight <= began(asked["can-wait"]) < at_eight + STEP
    (ride,) = [one for one in report.values() if ".ride.0:step-open:" in one[1]]
    assert moments([ride[4]]) == [at_eight]  # three days before, at eight by the clock of that morning
    assert at_eight <= began(ride[0]) < at_eight + STEP


MOVING_SEED = """
from datetime import datetime, timedelta
from luna.notices.models import Notice
from tests.care import start
from tests.cast import build
before = datetime.fromisoformat("2027-03-08T17:00:00+00:00")
cast = build(before)
start(cast, before, starts=("03-15",))
Notice.objects.update(state="sent", sent_at=before)
answer = True
"""
MOVE = """
from datetime import datetime
from uuid6 import uuid7
from luna.people.models import Clinic, User
from luna.treatment import actions
from luna.treatment.models import Infusion
from tests.care import at
from tests.cast import viewer
nia, harbour = User.objects.get(email="nia@example.org"), Clinic.objects.get(name="Harbour Clinic")
actions.move(
    infusion_id=Infusion.objects.get().id, start=actions.Start(at("03-16 09:00")), why="clinic",
    expected_revision=1, viewer=viewer(nia, f"staff:{harbour.id.hex}"), client_id=uuid7(),
    now=datetime.fromisoformat("2027-03-14T19:00:30+00:00"),
)
"""
REMINDERS = """
from luna.notices.models import Notice
rows = Notice.objects.filter(task_key__endswith=".last-food.0", words="step-open").order_by("revision")
answer = [
    [one.id.hex, one.revision, one.state, one.due_at.isoformat(), bool(one.withdrawn),
     list(one.attempts.order_by("at", "id").values_list("outcome", flat=True))]
    for one in rows
]
"""


@pytest.mark.hazard("H7")
@pytest.mark.parametrize("answer", ["451 later", mailserver.DROP, mailserver.TAKE_AND_DROP])
def test_infusion_that_is_moved_while_its_reminder_is_being_sent(mailing, answer):
    """The mail server holds the letter, the move is done, and then it does not take it, or nobody knows."""
    luna, server = mailing
    luna.ask(MOVING_SEED)
    worker, move = Told(luna), Standby(luna, MOVE)
    worker.until_settled(datetime(2027, 3, 14, 18, 50, tzinfo=UTC))
    letter = server.hold_next()
    worker.tell(datetime(2027, 3, 14, 19, 0, tzinfo=UTC))
    assert letter.came.wait(30)
    move.go()
    letter.let_go(answer)
    assert worker.wait()
    for day, hour, minute in ((14, 20, 0), (15, 18, 50), (15, 19, 0), (15, 19, 10), (16, 13, 0)):
        worker.until_settled(datetime(2027, 3, day, hour, minute, tzinfo=UTC))
    worker.end()

    old, new = luna.ask(REMINDERS)
    assert (old[1], new[1]) == (1, 2)
    assert letter.key == old[0]
    assert old[5] == ["started", "refused" if answer == "451 later" else "unknown"]
    assert old[2] == "void"
    assert new[2:] == ["sent", "2027-03-15T19:00:00+00:00", False, ["started", "accepted"]]
    offered = [one for one in server.offered if one in (old[0], new[0])]
    assert offered == [old[0], new[0]]
