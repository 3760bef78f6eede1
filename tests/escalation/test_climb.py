"""The ladder against the clock: who is told when, until a human answers.

Harbour's ladder in these tests, in minutes after it began:
  0  every nurse (Nia)      10  Dr Diaz      20  every therapist (nobody)
"""

from datetime import timedelta

import pytest

from luna.clinical.triage import Urgency
from luna.escalation import actions, jobs
from luna.escalation.models import Escalation, Rung
from luna.notices.models import Notice
from luna.people.models import Clinic, Clinician
from tests.escalation.crew import act, diaz, life, nia, opened, set_rungs, whats

pytestmark = pytest.mark.django_db


@pytest.fixture
def ladder(cast):
    set_rungs(cast, ("role:nurse", 0), ("person:diaz", 10), ("role:therapist", 20))


def run_to(now, minutes):
    """Let the clock tick once a minute, from now until so many minutes later."""
    for minute in range(minutes + 1):
        jobs.run(now + timedelta(minutes=minute))


def told(cast):
    """Return (who, minutes after the first) of every message to staff, in order."""
    notices = list(Notice.objects.exclude(words="again").order_by("due_at", "id"))
    people = {cast.nia.id: "nia", cast.diaz.id: "diaz", None: "lead"}
    return [
        (people[one.to_user_id], (one.due_at - notices[0].due_at).total_seconds() / 60) for one in notices
    ]


def test_first_rung_is_told_at_once(cast, ladder, now):
    row = opened(cast, now)

    assert jobs.run(now) == 1

    notice = Notice.objects.get()
    assert (notice.to_user_id, notice.urgent, notice.due_at) == (cast.nia.id, True, now)
    assert notice.key == f"escalation:{row.id.hex}:rung0:open-20270308T170000000000:{cast.nia.id.hex}"
    assert life(row)[-1] == ("told", None, cast.nia.id)
    assert Escalation.objects.get().next_rung_at == now + timedelta(minutes=10)


def test_tick_twice_in_a_moment_tells_once(cast, ladder, now):
    opened(cast, now)

    assert [jobs.run(now), jobs.run(now)] == [1, 0]
    assert Notice.objects.count() == 1


@pytest.mark.hazard("H5")
def test_unanswered_climbs_and_a_hole_goes_to_the_lead(cast, ladder, now):
    row = opened(cast, now)

    run_to(now, 20)

    assert told(cast) == [("nia", 0), ("diaz", 10), ("lead", 20)]
    assert whats(row) == ["opened", "told", "told", "nobody"]
    assert Notice.objects.get(words="nobody").to_email == "lead@harbour.example"


@pytest.mark.hazard("H5")
def test_ladder_nobody_answered_begins_anew_and_the_lead_is_told(cast, ladder, now):
    opened(cast, now)

    run_to(now, 60)

    assert told(cast) == [
        ("nia", 0), ("diaz", 10), ("lead", 20),
        ("lead", 50), ("nia", 50), ("diaz", 60),
    ]  # fmt: skip
    assert Notice.objects.filter(words="no-answer").count() == 1


def test_acknowledged_stops_climbing(cast, ladder, now):
    row = opened(cast, now)
    jobs.run(now)
    act(actions.acknowledge, row, nia(cast), now + timedelta(minutes=1))

    run_to(now, 30)

    assert told(cast) == [("nia", 0)]


@pytest.mark.hazard("H5")
def test_acknowledged_and_forgotten_climbs_again(cast, ladder, now):
    row = opened(cast, now)
    jobs.run(now)
    act(actions.acknowledge, row, nia(cast), now + timedelta(minutes=1))

    run_to(now, 41)

    assert told(cast) == [("nia", 0), ("nia", 31), ("diaz", 41)]
    assert Escalation.objects.get().owner_id == cast.nia.id


@pytest.mark.hazard("H5")
def test_second_clock_nobody_answered_makes_it_everybodys_again(cast, ladder, now):
    row = opened(cast, now)
    jobs.run(now)
    act(actions.acknowledge, row, nia(cast), now + timedelta(minutes=1))

    run_to(now, 81)

    assert told(cast)[-4:] == [("diaz", 41), ("lead", 51), ("lead", 81), ("nia", 81)]
    assert Escalation.objects.get().owner_id is None


def test_still_mine_starts_the_second_clock_anew(cast, ladder, now):
    row = opened(cast, now)
    jobs.run(now)
    act(actions.acknowledge, row, nia(cast), now + timedelta(minutes=1))
    act(actions.acknowledge, row, nia(cast), now + timedelta(minutes=25))

    run_to(now, 54)

    assert told(cast) == [("nia", 0)]


def test_accepted_hand_over_starts_the_second_clock_anew(cast, ladder, now):
    row = opened(cast, now)
    jobs.run(now)
    act(actions.acknowledge, row, nia(cast), now + timedelta(minutes=1))
    act(actions.hand_over, row, nia(cast), now + timedelta(minutes=20), to_id=cast.diaz.id)
    act(actions.accept, row, diaz(cast), now + timedelta(minutes=29))

    run_to(now, 58)

    assert [who for who, _at in told(cast)] == ["nia", "diaz"]  # the second is the hand-over itself


def test_closed_never_climbs(cast, ladder, now):
    row = opened(cast, now)
    act(actions.close, row, nia(cast), now, outcome="nothing", note="")

    run_to(now, 60)

    assert Notice.objects.count() == 0


def test_rise_in_urgency_tells_everyone_again_at_once(cast, ladder, now):
    opened(cast, now, urgency=Urgency.SOON)
    run_to(now, 4)
    opened(cast, now + timedelta(minutes=5), urgency=Urgency.EMERGENCY)

    run_to(now + timedelta(minutes=5), 10)

    assert told(cast) == [("nia", 0), ("nia", 5), ("diaz", 15)]


@pytest.mark.hazard("H5")
def test_late_tick_tells_all_that_is_due(cast, ladder, now):
    opened(cast, now)

    jobs.run(now + timedelta(minutes=12))

    assert sorted(who for who, _at in told(cast)) == ["diaz", "nia"]


@pytest.mark.hazard("H5")
def test_clinic_without_a_ladder_tells_the_lead_again_and_again(cast, now):
    row = opened(cast, now)

    run_to(now, 60)

    assert told(cast) == [("lead", 0), ("lead", 30), ("lead", 60)]
    assert whats(row) == ["opened", "nobody", "nobody", "nobody"]


def test_person_who_left_is_a_hole(cast, ladder, now):
    Clinician.objects.filter(user=cast.diaz).update(active=False)
    opened(cast, now)

    run_to(now, 10)

    assert told(cast) == [("nia", 0), ("lead", 10)]


def test_every_holder_of_a_role_is_told_and_nobody_of_another_clinic(cast, now):
    set_rungs(cast, ("role:admin", 0))
    Clinician.objects.filter(user=cast.nia).update(roles=["nurse", "admin"])
    opened(cast, now)

    jobs.run(now)

    assert sorted(told(cast)) == [("diaz", 0), ("nia", 0)]


def test_most_urgent_climbs_first(cast, ladder, now):
    opened(cast, now, cause="no-reply", urgency=Urgency.SOON)
    opened(cast, now, cause="cannot-wake", urgency=Urgency.EMERGENCY)

    jobs.run(now)

    first = Notice.objects.order_by("id").first()
    assert first.values["escalation"] == str(Escalation.objects.get(cause="cannot-wake").id)


def test_waiting_time_of_the_clinic_is_the_second_clock(cast, ladder, now):
    Clinic.objects.filter(id=cast.harbour.id).update(reclimb_min=5)
    row = opened(cast, now)
    jobs.run(now)
    act(actions.acknowledge, row, nia(cast), now)

    run_to(now, 5)

    assert told(cast) == [("nia", 0), ("nia", 5)]


def test_ladder_may_change_while_one_climbs(cast, ladder, now):
    opened(cast, now)
    run_to(now, 1)
    Rung.objects.filter(clinic=cast.harbour, position=1).update(after_min=3)
    Escalation.objects.update(next_rung_at=now + timedelta(minutes=2))

    run_to(now, 3)

    assert told(cast) == [("nia", 0), ("diaz", 3)]


@pytest.mark.hazard("H5")
def test_one_that_cannot_climb_holds_up_no_other(cast, ladder, now):
    broken = opened(cast, now, cause="cannot-wake", urgency=Urgency.EMERGENCY)
    Clinic.objects.filter(id=cast.harbour.id).update(reclimb_min=0)
    Rung.objects.create(clinic=cast.hill, position=0, after_min=0, role="nurse")
    opened(cast, now, clinic_id=cast.hill.id, patient_id=cast.zoe_patient.id)

    jobs.run(now)

    assert list(Notice.objects.values_list("to_user", flat=True)) == [cast.dee.id]
    assert Escalation.objects.get(id=broken.id).next_rung_at == now + timedelta(minutes=1)
