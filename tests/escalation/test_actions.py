"""Open, acknowledge, hand over, accept, close: who has it, and what a second tab or click does."""

from datetime import timedelta
from uuid import uuid4

import pytest

from luna.audit.models import AuditEvent
from luna.clinical.triage import Urgency
from luna.escalation import actions, climb
from luna.escalation.models import Escalation
from luna.feed.models import Counter, Wake
from luna.notices.models import Notice
from luna.people.errors import Refused, Replayed, Stale
from luna.people.models import Clinician
from tests.escalation.crew import act, diaz, life, nia, opened, set_rungs, viewer, whats

pytestmark = pytest.mark.django_db

MINUTE = timedelta(minutes=1)


def again(row):
    return Escalation.objects.get(id=row.id)


def test_open_is_due_at_once_and_wakes_everyone(cast, now):
    row = opened(cast, now)

    assert (row.next_rung_at, row.owner, row.closed_at) == (now, None, None)
    assert whats(row) == ["opened"]
    assert AuditEvent.objects.get(verb="escalation.open").capacity == "clock"
    assert Counter.objects.get(clinic_id=cast.harbour.id).n == 1
    assert Wake.objects.get(patient_id=cast.ana_patient.id).wake_at == now


@pytest.mark.hazard("H6")
def test_same_cause_joins_the_open_one(cast, now):
    first = opened(cast, now)

    second = opened(cast, now + MINUTE)

    assert second.id == first.id
    assert Escalation.objects.count() == 1
    assert whats(first) == ["opened", "repeated"]


def test_another_cause_or_patient_is_another_one(cast, now):
    rows = {
        opened(cast, now).id,
        opened(cast, now, cause="no-reply").id,
        opened(cast, now, patient_id=cast.oli_patient.id).id,
    }

    assert len(rows) == 3


def test_closed_one_is_not_joined(cast, now):
    first = opened(cast, now)
    act(actions.close, first, nia(cast), now, outcome="advised", note="")

    assert opened(cast, now + MINUTE).id != first.id


def test_database_holds_one_open_per_cause_whoever_writes(cast, now):
    row = opened(cast, now)

    joined, is_new = actions._create_or_join(
        clinic_id=row.clinic_id, patient_id=row.patient_id, cause=row.cause, urgency=1, about_type="response",
        about_id="2", opened_at=now, climbs_from=now, next_rung_at=now,
    )  # fmt: skip

    assert (joined.id, is_new) == (row.id, False)


@pytest.mark.hazard("H1")
@pytest.mark.parametrize("later", [Urgency.ROUTINE, Urgency.SOON, Urgency.URGENT])
def test_later_report_never_lowers_the_urgency(cast, now, later):
    row = opened(cast, now, urgency=Urgency.URGENT)

    opened(cast, now + MINUTE, urgency=later)

    assert again(row).urgency == Urgency.URGENT


@pytest.mark.hazard("H5")
def test_more_urgent_report_makes_it_everybodys_again(cast, now):
    row = opened(cast, now, urgency=Urgency.SOON)
    act(actions.acknowledge, row, nia(cast), now)

    opened(cast, now + MINUTE, urgency=Urgency.EMERGENCY)

    risen = again(row)
    assert (risen.urgency, risen.owner, risen.acknowledged_at) == (Urgency.EMERGENCY, None, None)
    assert (risen.climbs_from, risen.next_rung_at) == (now + MINUTE, now + MINUTE)


def test_report_again_tells_the_one_who_has_it(cast, now):
    row = opened(cast, now)
    act(actions.acknowledge, row, nia(cast), now)

    opened(cast, now + MINUTE)

    notice = Notice.objects.get(words="again")
    assert (notice.to_user_id, notice.urgent) == (cast.nia.id, True)
    assert again(row).owner_id == cast.nia.id


def test_acknowledge_gives_it_an_owner_and_a_second_clock(cast, now):
    row = opened(cast, now)

    act(actions.acknowledge, row, nia(cast), now + MINUTE)

    taken = again(row)
    assert (taken.owner_id, taken.acknowledged_at) == (cast.nia.id, now + MINUTE)
    assert taken.next_rung_at == now + MINUTE + timedelta(minutes=30)
    assert life(row)[-1] == ("acknowledged", cast.nia.id, None)
    assert AuditEvent.objects.get(verb="escalation.acknowledge").actor_id == cast.nia.id


def test_acknowledge_takes_back_messages_not_yet_sent(cast, now):
    set_rungs(cast, ("role:nurse", 0))
    row = opened(cast, now)
    climb.climb(row.id, now=now)

    act(actions.acknowledge, row, diaz(cast), now)

    assert Notice.objects.get(words="rung").state == Notice.State.VOID


def test_double_click_is_one_step_and_one_audit_line(cast, now):
    row = opened(cast, now)
    client_id = uuid4()

    for version in (1, 1):
        actions.acknowledge(
            escalation_id=row.id, viewer=nia(cast), client_id=client_id, version=version, now=now
        )

    assert whats(row) == ["opened", "acknowledged"]
    assert AuditEvent.objects.filter(verb="escalation.acknowledge").count() == 1


def test_same_form_with_other_content_is_refused(cast, now):
    row = opened(cast, now)
    client_id = uuid4()
    act(actions.acknowledge, row, nia(cast), now, client_id=client_id)

    with pytest.raises(Replayed):
        act(actions.close, row, nia(cast), now, client_id=client_id, outcome="advised", note="")


def test_two_nurses_at_once_one_has_it_and_the_other_is_told(cast, now):
    row = opened(cast, now)
    act(actions.acknowledge, row, nia(cast), now, version=1)

    with pytest.raises(Stale):
        act(actions.acknowledge, row, diaz(cast), now, version=1)

    assert again(row).owner_id == cast.nia.id


def test_colleague_may_take_it_when_they_see_who_has_it(cast, now):
    row = opened(cast, now)
    act(actions.acknowledge, row, nia(cast), now)

    act(actions.acknowledge, row, diaz(cast), now + MINUTE)

    assert (again(row).owner_id, again(row).acknowledged_at) == (cast.diaz.id, now + MINUTE)


def test_hand_over_counts_only_when_accepted(cast, now):
    row = opened(cast, now)
    act(actions.acknowledge, row, nia(cast), now)

    act(actions.hand_over, row, nia(cast), now + MINUTE, to_id=cast.diaz.id)
    waiting = again(row)
    act(actions.accept, row, diaz(cast), now + 2 * MINUTE)

    assert (waiting.owner_id, waiting.acknowledged_at) == (cast.nia.id, now)
    assert (again(row).owner_id, again(row).acknowledged_at) == (cast.diaz.id, now + 2 * MINUTE)
    assert life(row)[-2:] == [
        ("handed-over", cast.nia.id, cast.diaz.id),
        ("accepted", cast.diaz.id, None),
    ]


def test_hand_over_asks_the_colleague_at_once(cast, now):
    row = opened(cast, now)
    act(actions.acknowledge, row, nia(cast), now)

    act(actions.hand_over, row, nia(cast), now, to_id=cast.diaz.id)

    notice = Notice.objects.get(words="hand-over")
    assert (notice.to_user_id, notice.urgent, notice.due_at) == (cast.diaz.id, True, now)


def test_only_the_owner_hands_over(cast, now):
    row = opened(cast, now)

    with pytest.raises(Refused, match="Take it first"):
        act(actions.hand_over, row, nia(cast), now, to_id=cast.diaz.id)


@pytest.mark.parametrize("name", ["nia", "dee", "bea"])
def test_hand_over_to_who_cannot_have_it_is_refused(cast, now, name):
    row = opened(cast, now)
    act(actions.acknowledge, row, nia(cast), now)

    with pytest.raises(Refused, match="Choose a colleague who works here now"):
        act(actions.hand_over, row, nia(cast), now, to_id=getattr(cast, name).id)


def test_hand_over_to_who_has_left_is_refused(cast, now):
    Clinician.objects.filter(user=cast.diaz).update(active=False)
    row = opened(cast, now)
    act(actions.acknowledge, row, nia(cast), now)

    with pytest.raises(Refused):
        act(actions.hand_over, row, nia(cast), now, to_id=cast.diaz.id)


def test_accept_without_being_asked_is_refused(cast, now):
    row = opened(cast, now)
    act(actions.acknowledge, row, nia(cast), now)

    with pytest.raises(Refused, match="Nobody has asked you"):
        act(actions.accept, row, diaz(cast), now)


def test_hand_over_is_off_once_someone_else_took_it(cast, now):
    row = opened(cast, now)
    act(actions.acknowledge, row, nia(cast), now)
    act(actions.hand_over, row, nia(cast), now + MINUTE, to_id=cast.diaz.id)
    act(actions.acknowledge, row, nia(cast), now + 2 * MINUTE)

    with pytest.raises(Refused):
        act(actions.accept, row, diaz(cast), now + 3 * MINUTE)


def test_close_keeps_outcome_and_note_and_stops_the_clock(cast, now):
    row = opened(cast, now)

    act(actions.close, row, nia(cast), now, outcome="advised", note="Slept it off.")

    closed = again(row)
    step = closed.steps.get(what="closed")
    assert (closed.closed_at, closed.next_rung_at) == (now, None)
    assert (step.outcome, step.note, step.by_id) == ("advised", "Slept it off.", cast.nia.id)
    assert "Slept" not in str(list(AuditEvent.objects.values()))


@pytest.mark.parametrize(
    ("outcome", "note", "field"),
    [
        ("", "", "outcome"),
        ("fine", "", "outcome"),
        ("other", " ", "note"),
        ("not-reached", "", "note"),
        ("advised", "x" * 2001, "note"),
    ],
)
def test_close_without_what_it_needs_is_refused(cast, now, outcome, note, field):
    row = opened(cast, now)

    with pytest.raises(Refused) as refused:
        act(actions.close, row, nia(cast), now, outcome=outcome, note=note)

    assert refused.value.field == field
    assert again(row).closed_at is None


def test_closed_one_can_no_longer_be_taken(cast, now):
    row = opened(cast, now)
    act(actions.close, row, nia(cast), now, outcome="advised", note="")

    with pytest.raises(Refused, match="closed meanwhile"):
        act(actions.acknowledge, row, diaz(cast), now)


@pytest.mark.threat("T4")
@pytest.mark.parametrize("name", ["dee", "eve"])
def test_another_clinic_cannot_act(cast, now, name):
    row = opened(cast, now)
    stranger = viewer(getattr(cast, name), cast.hill)

    with pytest.raises(Escalation.DoesNotExist):
        act(actions.acknowledge, row, stranger, now)
    with pytest.raises(Escalation.DoesNotExist):
        act(actions.close, row, stranger, now, outcome="advised", note="")
