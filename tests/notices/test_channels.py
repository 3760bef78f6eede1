"""One reason, several channels: which one a message takes, when it takes another, and when no more."""

from datetime import timedelta
from uuid import uuid4

import pytest

from luna.notices import actions, jobs
from luna.notices.models import Attempt, Notice
from luna.notices.words import Act
from luna.people.errors import Replayed, Stale
from tests.notices.ledger import finish, planned, rung, take
from tests.notices.mailserver import TAKE_AND_DROP
from tests.notices.reaching import MOBILE, reached

pytestmark = [pytest.mark.django_db, pytest.mark.hazard("H5")]

State = Notice.State
Outcome = Attempt.Outcome
REST, FOLLOW = actions.REST[0], actions.FOLLOW


def again(notice):
    return Notice.objects.get(id=notice.id)


def tries(notice):
    return list(
        notice.attempts.exclude(outcome="started").order_by("at", "id").values_list("channel", "outcome")
    )


def have(cast, now):
    """Have Nia say that she has what she was rung about."""
    about = {"patient_id": cast.ana_patient.id, "task_key": "escalation.aa"}
    actions.acted(Act.HAVE, user_id=cast.nia.id, now=now, **about)


def turn(now, **later):
    """Let the clock do one turn, so much later, and a little: a try takes its time."""
    jobs.run(now + (timedelta(seconds=2) + timedelta(**later) if later else timedelta()))


def test_first_channel_is_the_one_they_chose(mail_server, provider, cast, now):
    reached(cast.bea, now, order=["sms"])
    notice = planned(cast, now)

    turn(now)

    assert (mail_server.taken, tries(notice)) == ([], [("sms", "accepted")])
    (text,) = provider.taken
    assert (text.fields["To"], text.fields["Body"]) == (MOBILE, "Time to check in: http://localhost:8000/now")


def test_mail_that_comes_back_is_said_by_text_message(mail_server, provider, cast, now):
    reached(cast.bea, now)
    notice = planned(cast, now)
    mail_server.answers["RCPT"] = "552 mailbox full"

    turn(now)
    assert (again(notice).state, provider.taken) == (State.PLANNED, [])
    turn(now, minutes=1)

    assert again(notice).state == State.SENT
    assert tries(notice) == [("email", "refused"), ("sms", "accepted")]
    assert len(provider.taken) == 1


def test_routine_in_doubt_is_said_on_the_next_channel_and_never_again_there(mail_server, provider, cast, now):
    reached(cast.bea, now)
    notice = planned(cast, now)
    mail_server.answers["END"] = TAKE_AND_DROP
    provider.answers = 400

    for minutes in range(10):
        turn(now, minutes=minutes)

    assert again(notice).state == State.UNKNOWN
    assert tries(notice) == [("email", "unknown"), ("sms", "refused")]
    assert len(mail_server.taken) == 1


def test_no_channel_left_is_not_reached(mail_server, provider, cast, now):
    reached(cast.bea, now)
    notice = planned(cast, now)
    mail_server.answers["RCPT"], provider.answers = "550 no", 400

    for minutes in range(3):
        turn(now, minutes=minutes)

    assert again(notice).state == State.NOT_REACHED
    assert tries(notice) == [("email", "refused"), ("sms", "refused")]


def test_routine_rings_nobody(mail_server, provider, cast, now):
    reached(cast.bea, now, order=["voice", "email"])
    planned(cast, now)

    turn(now)

    assert (len(mail_server.taken), provider.taken) == (1, [])


def test_channel_where_nobody_answers_holds_up_only_its_own(mail_server, provider, cast, now, settings):
    reached(cast.ana, now, order=["sms"])
    by_mail = [planned(cast, now, key=f"mail{number}") for number in range(3)]
    by_text = planned(cast, now, key="text", to_user_id=cast.ana.id)
    settings.EMAIL_PORT = 1

    turn(now)

    assert again(by_text).state == State.SENT
    assert {again(notice).state for notice in by_mail} == {State.PLANNED}
    assert Attempt.objects.filter(outcome="refused", reason="unreachable").count() == 1


def test_urgent_goes_round_a_channel_where_nobody_answers(mail_server, provider, cast, now, settings):
    reached(cast.nia, now)
    reached(cast.diaz, now, mobile="+12125550143")
    urgent = [rung(cast, now, key=f"to{one.id}", to_user_id=one.id) for one in (cast.nia, cast.diaz)]
    settings.EMAIL_PORT = 1

    turn(now)

    channels = [tries(notice)[-1] for notice in urgent if tries(notice)]
    assert sorted(channels) == [("email", "refused"), ("sms", "accepted")]


def test_what_was_sent_after_all_is_not_said_on_another_channel(mail_server, provider, cast, now):
    reached(cast.bea, now)
    notice = planned(cast, now)
    letter = take(notice.id, now=now)
    later = now + actions.LEASE + timedelta(minutes=1)
    actions.lapse(now=later)
    finish(letter, outcome=Outcome.ACCEPTED, now=later)

    jobs.run(later + REST)

    assert (again(notice).state, provider.taken) == (State.SENT, [])


def test_late_report_takes_nothing_back_of_what_was_done(mail_server, provider, cast, now):
    reached(cast.nia, now, order=["sms"])
    notice = rung(cast, now, task_key="escalation.aa")
    turn(now)
    have(cast, now)

    report(notice, now + timedelta(seconds=30), delivered=False)

    assert (again(notice).state, again(notice).sent_at is not None) == (State.SENT, True)


def test_urgent_that_nobody_acts_on_goes_on_to_every_channel_once(mail_server, provider, cast, now):
    reached(cast.nia, now)
    notice = rung(cast, now, task_key="escalation.aa")

    for minutes in range(0, 20, 2):
        turn(now, minutes=minutes)

    assert tries(notice) == [("email", "accepted"), ("sms", "accepted"), ("voice", "accepted")]
    assert (again(notice).state, again(notice).follow_at) == (State.SENT, None)
    assert [taken.what for taken in provider.taken] == ["Messages", "Calls"]
    assert "Press 1" in provider.taken[1].fields["Twiml"]


def test_urgent_that_somebody_acted_on_goes_no_further(mail_server, provider, cast, now):
    reached(cast.nia, now)
    notice = rung(cast, now, task_key="escalation.aa")
    turn(now)

    have(cast, now + timedelta(minutes=1))
    turn(now, minutes=5)

    assert provider.taken == []
    row = again(notice)
    assert row.opened_at == row.acted_at == now + timedelta(minutes=1)


def test_urgent_that_another_took_goes_no_further_and_stays_sent(mail_server, provider, cast, now):
    reached(cast.nia, now)
    notice = rung(cast, now, task_key="escalation.aa")
    turn(now)
    turn(now, minutes=1)

    actions.void(patient_id=cast.ana_patient.id, task_key_prefix="escalation.aa")
    turn(now, minutes=5)

    assert provider.taken == []
    assert (again(notice).state, again(notice).follow_at) == (State.SENT, None)


@pytest.mark.parametrize(("delivered", "state"), [(True, State.SENT), (False, State.VOID)])
def test_late_report_of_what_another_took_brings_nothing_back(
    mail_server, provider, cast, now, delivered, state
):
    reached(cast.nia, now, order=["sms"])
    notice = rung(cast, now, task_key="escalation.aa")
    turn(now)
    actions.void(patient_id=cast.ana_patient.id, task_key_prefix="escalation.aa")

    report(notice, now + timedelta(seconds=30), delivered=delivered)
    turn(now, minutes=5)

    assert (again(notice).state, again(notice).follow_at) == (state, None)
    assert (len(provider.taken), mail_server.taken) == (1, [])


def test_urgent_in_doubt_is_said_on_the_next_channel(mail_server, provider, cast, now):
    reached(cast.nia, now)
    notice = rung(cast, now)
    mail_server.answers["END"] = TAKE_AND_DROP

    turn(now)
    turn(now, seconds=15)

    assert tries(notice) == [("email", "unknown"), ("sms", "accepted")]


def test_urgent_in_doubt_everywhere_goes_round(mail_server, provider, cast, now):
    reached(cast.nia, now, voice_at=None)
    notice = rung(cast, now)
    mail_server.answers["END"] = TAKE_AND_DROP
    provider.answers = 500

    for seconds in (0, 15, 30, 60, 120):
        turn(now, seconds=seconds)

    assert tries(notice)[:4] == [("email", "unknown"), ("sms", "unknown")] * 2
    assert {taken.key for taken in mail_server.taken} == {notice.id.hex}


def test_urgent_in_doubt_with_no_way_left_is_told_to_the_lead(mail_server, provider, cast, now):
    reached(cast.nia, now, voice_at=None)
    notice = rung(cast, now)
    mail_server.once["END"] = TAKE_AND_DROP
    provider.answers = 400

    turn(now)
    mail_server.answers["RCPT"] = "550 no"
    for seconds in (15, 30, 60):
        turn(now, seconds=seconds)

    assert again(notice).state == State.UNKNOWN  # the first one may have arrived
    assert Notice.objects.filter(words="unreached").count() == 1


def test_worker_that_died_on_the_phone_is_written_down_there(provider, cast, now):
    reached(cast.bea, now, order=["sms"])
    notice = planned(cast, now)
    take(notice.id, now=now)

    actions.lapse(now=now + actions.LEASE)

    assert tries(notice) == [("sms", "unknown")]
    assert again(notice).state == State.PLANNED  # e-mail is left


def test_stop_told_by_the_provider_ends_text_messages(mail_server, provider, cast, now):
    reach = reached(cast.bea, now, order=["sms"])
    planned(cast, now)
    provider.answers, provider.code = 400, 21610

    turn(now)

    reach.refresh_from_db()
    assert reach.stopped_at is not None
    provider.answers = 201
    planned(cast, now, key="another")
    turn(now, seconds=1)
    assert (provider.taken, len(mail_server.taken)) == ([], 1)


def test_sent_again_by_hand_begins_anew(mail_server, provider, cast, now):
    reached(cast.bea, now)
    notice = planned(cast, now)
    mail_server.once["RCPT"], provider.answers = "550 no", 400
    for minutes in range(3):
        turn(now, minutes=minutes)

    actions.resend({notice.id: again(notice).fence}, viewer=cast.sees("nia"), client_id=uuid4(), now=now)
    turn(now, minutes=5)

    assert tries(notice)[-1] == ("email", "accepted")


def sent_by_text(cast, now, **changes):
    reached(cast.bea, now, order=["sms"])
    notice = planned(cast, now, **changes)
    turn(now)
    return notice


def report(notice, now, *, ref="SM0", delivered=True, **changes):
    given = {"fence": 1, "channel": "sms", "ref": ref, "delivered": delivered, "now": now}
    actions.report(notice_id=notice.id, **(given | changes))


def test_delivered_is_noted_and_is_neither_read_nor_acted_on(provider, cast, now):
    notice = sent_by_text(cast, now)

    report(notice, now + timedelta(seconds=9))

    row = again(notice)
    assert (row.state, row.delivered_at) == (State.SENT, now + timedelta(seconds=9))
    assert (row.opened_at, row.acted_at) == (None, None)


def test_undelivered_goes_on_to_the_next_channel(mail_server, provider, cast, now):
    notice = sent_by_text(cast, now)

    report(notice, now + timedelta(seconds=9), delivered=False, reason="provider-30003")
    assert (again(notice).state, again(notice).sent_at) == (State.PLANNED, None)
    turn(now, minutes=2)

    assert tries(notice) == [("sms", "accepted"), ("sms", "returned"), ("email", "accepted")]
    assert again(notice).state == State.SENT


def test_undelivered_with_nothing_left_is_not_reached(mail_server, provider, cast, now):
    notice = sent_by_text(cast, now)
    mail_server.answers["RCPT"] = "550 no"

    report(notice, now, delivered=False)
    turn(now, minutes=2)

    assert again(notice).state == State.NOT_REACHED


def test_delivered_ends_the_doubt(mail_server, provider, cast, now):
    provider.answers = 500
    notice = sent_by_text(cast, now)
    assert again(notice).state == State.PLANNED

    report(notice, now + timedelta(seconds=9), ref="SM7")
    turn(now, minutes=5)

    assert again(notice).state == State.SENT
    assert mail_server.taken == []


def test_delivered_before_the_worker_heard_of_it_outlives_the_worker(provider, cast, now):
    reached(cast.bea, now, order=["sms"])
    notice = planned(cast, now)
    take(notice.id, now=now)

    report(notice, now + timedelta(seconds=1))
    actions.lapse(now=now + actions.LEASE)

    assert again(notice).state == State.SENT


def test_end_of_a_try_is_said_once(provider, cast, now):
    notice = sent_by_text(cast, now)
    later = now + timedelta(seconds=9)
    report(notice, later)

    for delivered in (True, False):
        with pytest.raises(Replayed):
            report(notice, later, delivered=delivered)

    assert tries(notice) == [("sms", "accepted"), ("sms", "delivered")]


@pytest.mark.threat("T10")
@pytest.mark.parametrize("wrong", [{"fence": 2}, {"channel": "voice"}, {"ref": "SM9"}])
def test_report_of_a_try_that_was_never_made_moves_nothing(provider, cast, now, wrong):
    notice = sent_by_text(cast, now)

    with pytest.raises(Attempt.DoesNotExist):
        report(notice, now, **wrong)

    assert tries(notice) == [("sms", "accepted")]


@pytest.mark.threat("T10")
def test_report_of_a_try_long_over_moves_nothing(provider, cast, now):
    notice = sent_by_text(cast, now)

    with pytest.raises(Stale):
        report(notice, now + actions.HEARD_FOR + timedelta(seconds=1))


def test_report_of_what_was_withdrawn_is_kept_and_moves_nothing(provider, cast, now):
    reached(cast.bea, now, order=["sms"])
    notice = planned(cast, now, task_key="aa")
    take(notice.id, now=now)
    actions.void(patient_id=cast.ana_patient.id, task_key_prefix="aa")

    report(notice, now, delivered=False)

    assert again(notice).state == State.VOID
    assert tries(notice) == [("sms", "returned")]
