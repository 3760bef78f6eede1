"""Rung by the provider, somebody presses 1: they have it, as if they had said so on the page."""

from datetime import timedelta

import pytest
from django.test import Client

from luna.escalation import actions, climb
from luna.escalation.models import Escalation, EscalationStep
from luna.notices import jobs
from luna.notices.models import Notice
from luna.people.models import Clinician
from tests.cast import staff
from tests.escalation.crew import act, diaz, life, nia, opened, set_rungs
from tests.notices.conftest import mail_server, provider
from tests.notices.provider import tell
from tests.notices.reaching import reached

__all__ = ["mail_server", "provider"]

pytestmark = [pytest.mark.django_db, pytest.mark.hazard("H5")]

PRESSED = {"CallSid": "SM0", "Digits": "1", "AnsweredBy": "human"}


@pytest.fixture
def rang(mail_server, provider, cast, clock, now):
    """Nia is rung about Ana."""
    reached(cast.nia, now, order=["voice"])
    set_rungs(cast, ("person:nia", 0))
    row = opened(cast, now)
    climb.climb(row.id, now=now)
    jobs.run(now)
    clock.move(seconds=20)
    return Notice.objects.get(words="rung"), row


def press(notice, fields=None, **more):
    path = f"/hooks/voice/{notice.id}/{notice.fence}/pressed"
    return tell(Client(enforce_csrf_checks=True), path, PRESSED | (fields or {}), **more)


def again(row):
    return Escalation.objects.get(id=row.id)


def test_pressing_one_takes_it(rang, cast, clock):
    notice, row = rang

    answer = press(notice)

    assert b"You have it now" in answer.content
    assert (again(row).owner, again(row).acknowledged_at) == (cast.nia, clock.now)
    step = EscalationStep.objects.get(escalation=row, what="acknowledged")
    assert step.by == cast.nia
    assert Notice.objects.get(id=notice.id).acted_at == clock.now


def test_pressing_twice_takes_it_once(rang):
    notice, row = rang

    press(notice)
    press(notice)

    assert EscalationStep.objects.filter(escalation=row, what="acknowledged").count() == 1


@pytest.mark.parametrize(
    "fields", [{"Digits": ""}, {"AnsweredBy": "machine_end_beep"}, {"Digits": "2", "AnsweredBy": "fax"}]
)
def test_no_key_or_a_machine_is_nothing(rang, fields):
    notice, row = rang

    assert press(notice, fields).content == b"<Response />"
    assert again(row).owner is None


def test_another_key_takes_nothing_and_says_so(rang):
    notice, row = rang

    assert b"That was not 1, so this call changed nothing." in press(notice, {"Digits": "2"}).content
    assert again(row).owner is None


@pytest.mark.threat("T10")
def test_forged_key_is_refused(rang):
    notice, row = rang

    assert press(notice, signature="forged").status_code == 403
    assert again(row).owner is None


@pytest.mark.threat("T10")
def test_key_of_another_call_is_not_found(rang):
    notice, row = rang

    assert press(notice, {"CallSid": "SM9"}).status_code == 404
    assert again(row).owner is None


@pytest.mark.threat("T10")
def test_key_pressed_long_after_the_call_is_not_found(rang, clock):
    notice, row = rang
    clock.move(minutes=16)

    assert press(notice).status_code == 404
    assert again(row).owner is None


def test_what_a_colleague_has_stays_theirs(rang, cast, clock):
    notice, row = rang
    actions.acknowledge(
        escalation_id=row.id,
        viewer=diaz(cast),
        client_id=cast.diaz.id,
        version=again(row).version,
        now=clock.now,
    )

    assert b"A colleague has it" in press(notice).content
    assert again(row).owner == cast.diaz


def test_what_is_over_stays_over(rang, cast, clock):
    notice, row = rang
    more = {"viewer": nia(cast), "client_id": cast.nia.id, "now": clock.now}
    actions.close(escalation_id=row.id, outcome="nothing", note="", version=again(row).version, **more)

    assert b"over already" in press(notice).content
    assert again(row).owner is None


def test_who_left_the_clinic_takes_nothing(rang, cast):
    notice, row = rang
    Clinician.objects.filter(user=cast.nia).update(active=False)

    assert press(notice).status_code == 404
    assert again(row).owner is None


def test_who_is_silent_on_the_phone_is_reached_another_way(rang, mail_server, clock):
    _notice, _row = rang

    jobs.run(clock.now + timedelta(minutes=3))

    assert [taken.to for taken in mail_server.taken] == ["nia@example.org"]


@pytest.fixture
def asked(mail_server, provider, cast, clock, now):
    """Nia has something of Ana's and asks Diaz to take over; Diaz is rung."""
    reached(cast.diaz, now, order=["voice"])
    row = opened(cast, now)
    act(actions.acknowledge, row, nia(cast), now)
    clock.move(minutes=1)
    act(actions.hand_over, row, nia(cast), clock.now, to_id=cast.diaz.id)
    jobs.run(clock.now)
    clock.move(seconds=20)
    return Notice.objects.get(words="hand-over"), row


def test_call_of_a_hand_over_asks_for_a_key_and_names_nobody(asked, provider, cast):
    (sent,) = provider.taken
    script = sent.fields["Twiml"]

    assert "Can you take over? Press 1 now" in script
    assert cast.nia.first_name not in script
    assert cast.ana_patient.first_name not in script


def test_pressing_one_accepts_a_hand_over_once(asked, cast, clock):
    notice, row = asked

    said = [press(notice).content, press(notice).content]

    assert all(b"You have it now" in each for each in said)
    assert (again(row).owner, again(row).acknowledged_at) == (cast.diaz, clock.now)
    assert [(what, by) for what, by, _to in life(row)][-2:] == [
        ("handed-over", cast.nia.id),
        ("accepted", cast.diaz.id),
    ]
    assert Notice.objects.get(id=notice.id).acted_at == clock.now


@pytest.mark.parametrize("fields", [{"Digits": "2"}, {"Digits": ""}, {"AnsweredBy": "machine_end_beep"}])
def test_another_key_leaves_a_hand_over_with_who_has_it(asked, cast, fields):
    notice, row = asked

    press(notice, fields)

    assert again(row).owner == cast.nia


@pytest.mark.threat("T10")
def test_forged_key_accepts_no_hand_over(asked, cast):
    notice, row = asked

    assert press(notice, signature="forged").status_code == 403
    assert again(row).owner == cast.nia


def test_hand_over_that_the_owner_took_back_is_not_accepted(asked, cast, clock):
    notice, row = asked
    act(actions.acknowledge, row, nia(cast), clock.now)

    said = press(notice).content
    assert b"you are not asked any more" in said
    assert b"over already" not in said


def test_hand_over_of_what_they_have_by_now_says_so(asked, cast, clock):
    notice, row = asked
    act(actions.acknowledge, row, diaz(cast), clock.now)

    assert b"You have it already" in press(notice).content


def test_hand_over_of_what_is_closed_says_that_it_is_over(asked, cast, clock):
    notice, row = asked
    act(actions.close, row, nia(cast), clock.now, outcome="nothing", note="")

    assert b"over already" in press(notice).content
    assert again(row).owner == cast.nia


def test_hand_over_that_is_asked_of_another_now_is_not_accepted(asked, cast, clock):
    notice, row = asked
    staff(cast.harbour, cast.dee, ["nurse"], clock.now)
    act(actions.hand_over, row, nia(cast), clock.now, to_id=cast.dee.id)

    assert b"you are not asked any more" in press(notice).content
    assert again(row).owner == cast.nia


def test_hand_over_of_what_was_closed_is_not_accepted(asked, cast, clock):
    notice, row = asked
    act(actions.close, row, nia(cast), clock.now, outcome="nothing", note="")

    assert b"over already" in press(notice).content
    assert again(row).closed_at == clock.now
