"""Ten thousand messages are due, and an urgent one falls due behind them: in which order they go."""

import threading
import time

import pytest

from luna.notices import lanes
from tests.notices.test_faults import worker
from tests.notices.workers import Standby

pytestmark = [pytest.mark.processes, pytest.mark.both_engines]

DUE = 10_000
BEFORE = 40  # messages that were taken when the urgent one falls due; those after it are held
LEASE_S = 300  # as it really is: no letter that is held here may count as lost

SEED = f"""
from datetime import UTC, datetime, timedelta
from luna.notices.models import Notice
from tests.cast import build
now = datetime.now(UTC)
cast = build(now)
rows = [
    Notice(key=f"n{{number}}", due_at=now - timedelta(minutes=30), created_at=now,
           clinic=cast.harbour, patient=cast.ana_patient, to_user=cast.bea, words="step-open")
    for number in range({DUE})
]
Notice.objects.bulk_create(rows, batch_size=500)
answer = len(rows)
"""
URGENT = """
from datetime import UTC, datetime
from luna.notices import actions
from luna.people.models import Clinic, User
urgent = actions.plan(
    key="urgent", words="rung", clinic_id=Clinic.objects.get(name="Harbour Clinic").id,
    to_user_id=User.objects.get(email="nia@example.org").id, urgent=True, due_at=datetime.now(UTC),
    values={"escalation": "0193e0f0-0000-7000-8000-000000000000"}, now=datetime.now(UTC),
)
print(urgent.id.hex)
"""
BEGUN_MEANWHILE = """
from luna.notices.models import Attempt, Notice
urgent = Notice.objects.get(key="urgent")
began = urgent.attempts.get(outcome="started", fence=1)
answer = Attempt.objects.filter(outcome="started", at__gt=urgent.created_at, at__lt=began.at).count()
"""


@pytest.mark.hazard("H5")
def test_urgent_behind_ten_thousand_is_handed_over_before_all_that_are_not_on_their_way(mailing):
    luna, server = mailing
    assert luna.ask(SEED) == DUE
    falls_due, go_on, held = Standby(luna, URGENT), threading.Event(), threading.Event()

    def answer(stage: str) -> str:
        if stage == "END" and len(server.offered) > BEFORE:
            held.set()
            go_on.wait(80)
        return "250 yes"

    server.answer = answer
    process = worker(luna, lease_s=LEASE_S)
    try:
        assert held.wait(80), len(server.offered)
        urgent = falls_due.go()
        until = time.monotonic() + 80
        while urgent not in server.offered:
            assert time.monotonic() < until
            time.sleep(0.02)
    finally:
        go_on.set()
        process.kill()
        _out, err = process.communicate()
        assert not err, err.decode()

    on_their_way = lanes.PLACES  # or taken to go next, the moment before
    assert luna.ask(BEGUN_MEANWHILE) <= on_their_way
