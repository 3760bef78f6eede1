"""Several things that can wait leave in one message; each keeps its own row and what became of it."""

from datetime import UTC, datetime, time, timedelta

import pytest

from luna.notices import actions, jobs, plans, words
from luna.notices.models import Attempt, Notice
from luna.notices.words import MESSAGES
from luna.people.models import CircleMember, Clinic, Clinician
from tests.notices.ledger import finish, planned, take
from tests.notices.reaching import reached

pytestmark = pytest.mark.django_db

Outcome = Attempt.Outcome
MORNING = datetime(2027, 3, 9, 13, 0, tzinfo=UTC)  # 8 am in New York, the day after `now`
CAN_WAIT = {"answered", "chart-news", "circle-changed", "decision-over"}


def answer(cast, now, number, **changes):
    """Plan word to Ana that a question was answered."""
    given = {"key": f"question:{number}", "words": "answered", "to_user_id": cast.ana.id}
    return planned(cast, now, **(given | changes))


def answers(cast, now, most=3, **changes):
    return [answer(cast, now, number, **changes) for number in range(most)]


def again(notice):
    return Notice.objects.get(id=notice.id)


def digest():
    return Notice.objects.get(words="digest")


def states(notices):
    return [again(one).state for one in notices]


def sent(letter, now, outcome=Outcome.ACCEPTED, **more):
    finish(letter, outcome=outcome, now=now, **more)


def had(cast, now, most=3, **changes):
    """Have Ana get messages of the day that could not wait."""
    for number in range(most):
        one = planned(cast, now, key=f"step:{number}", words="step-open", to_user_id=cast.ana.id, **changes)
        sent(take(one.id, now=now), now)


# What may wait at all


@pytest.mark.parametrize("code", MESSAGES)
def test_only_what_is_bound_to_no_time_can_wait(code):
    message = MESSAGES[code]

    assert message.can_wait is (code in CAN_WAIT)
    if message.can_wait:
        assert not [name for name in message.needs if name.endswith("_at")]
        assert (message.kind != "recovery", message.awaited, message.asks) == (True, False, False)
        assert message.good_for > timedelta(days=1)  # it lives to see the next morning


TO_AN_ADDRESS = (words.Audience.LEAD, words.Audience.INVITED, words.Audience.DRIVER)
AT_ONCE = [
    code
    for code, message in MESSAGES.items()
    if code not in CAN_WAIT and message.audience not in (*TO_AN_ADDRESS, words.Audience.PARTS)
]


@pytest.mark.parametrize("code", AT_ONCE)
def test_what_is_bound_to_a_time_leaves_by_itself_whatever_somebody_had(cast, now, code):
    audience = MESSAGES[code].audience
    to = cast.nia if audience is words.Audience.STAFF else cast.ana
    if audience is words.Audience.FORMER:
        CircleMember.objects.filter(pk=cast.bea_member.pk).update(state="revoked")
        to = cast.bea
    Clinic.objects.update(messages_a_day=0)
    values = {name: now if name.endswith("_at") else cast.harbour.id.hex for name in MESSAGES[code].needs}
    for number in range(2):
        planned(cast, now, key=f"{code}:{number}", words=code, to_user_id=to.id, values=values)
    answer(cast, now, 9, to_user_id=to.id)

    letters = [take(one.id, now=now) for one in Notice.objects.filter(words=code)]

    assert [letter is not None for letter in letters] == [True, True]
    assert not Notice.objects.filter(words="digest").exists()


def test_what_is_urgent_never_waits(cast, now):
    had(cast, now)
    answers(cast, now, 2)

    assert take(answer(cast, now, 9, urgent=True).id, now=now) is not None
    assert not Notice.objects.filter(words="digest").exists()


# Together


def test_three_that_are_due_leave_in_one_message(cast, now):
    parts = answers(cast, now)

    letter = take(parts[0].id, now=now)

    assert letter.subject == "There are 3 things for you in Luna"
    assert letter.link.endswith("/me/messages")
    assert (letter.notice_id, digest().state) == (digest().id, "sending")
    assert {again(one).digest for one in parts} == {digest()}
    assert plans.due(now, 10) == []
    sent(letter, now)
    assert states(parts) == ["sent"] * 3
    assert {again(one).sent_at for one in parts} == {now}


def test_one_alone_leaves_as_itself(cast, now):
    letter = take(answer(cast, now, 1).id, now=now)

    assert letter.subject == "There is an answer for you"
    assert not Notice.objects.filter(words="digest").exists()


def test_night_of_five_messages_ends_in_one(cast, mail_server, now):
    reached(cast.ana, now, quiet_from=time(22), quiet_to=time(7), mobile="", sms_at=None, voice_at=None)
    night = datetime(2027, 3, 9, 4, 0, tzinfo=UTC)  # 11 pm there
    answers(cast, night, 5, due_at=night)

    jobs.run(night)
    assert mail_server.taken == []
    jobs.run(datetime(2027, 3, 9, 12, 0, tzinfo=UTC))

    (mail,) = mail_server.taken
    assert mail.message["Subject"] == "There are 5 things for you in Luna"


def test_each_person_gets_their_own(cast, now):
    answers(cast, now, 2)
    other = answer(
        cast, now, 7, words="circle-changed", to_user_id=cast.oli.id, patient_id=cast.oli_patient.id
    )
    if other.clinic_id != cast.harbour.id:
        pytest.fail("Oli is to be of the same clinic here.")

    take(other.id, now=now)

    assert again(other).digest is None


def test_what_was_tried_before_is_not_said_twice(cast, now):
    doubtful = answer(cast, now, 1)
    sent(take(doubtful.id, now=now), now, Outcome.REFUSED, reason="smtp-451")
    later = again(doubtful).lease_until
    parts = answers(cast, now, 2)

    take(parts[0].id, now=later)

    assert again(doubtful).digest is None


def test_part_that_may_not_be_read_any_more_is_left_out(cast, now):
    parts = [
        answer(cast, now, number, words="chart-news", to_user_id=cast.nia.id, patient_id=cast.ana_patient.id)
        for number in range(2)
    ]
    over = answer(cast, now, 5, words="answered", to_user_id=cast.nia.id)  # she is nobody's circle

    letter = take(parts[0].id, now=now)

    assert letter.subject == "There are 2 things for you in Luna"
    assert take(over.id, now=now) is None
    assert states([over]) == ["void"]


def test_part_that_is_no_longer_true_at_the_second_try_is_left_out(cast, now):
    parts = answers(cast, now)
    letter = take(parts[0].id, now=now)
    sent(letter, now, Outcome.REFUSED, reason="smtp-451")
    Notice.objects.filter(id=parts[1].id).update(state="void")
    later = digest().lease_until

    letter = take(digest().id, now=later)
    sent(letter, later)

    assert letter.subject == "There are 2 things for you in Luna"
    assert states(parts) == ["sent", "void", "sent"]


def test_part_that_was_read_meanwhile_is_not_said_again_at_the_second_try(cast, now):
    parts = answers(cast, now)
    sent(take(parts[0].id, now=now), now, Outcome.REFUSED, reason="smtp-451")
    Notice.objects.filter(id=parts[1].id).update(opened_at=now)
    later = digest().lease_until

    letter = take(digest().id, now=later)
    sent(letter, later)

    assert letter.subject == "There are 2 things for you in Luna"
    assert states(parts) == ["sent", "void", "sent"]


def test_last_part_that_stands_leaves_as_itself(cast, now):
    parts = answers(cast, now, 2)
    sent(take(parts[0].id, now=now), now, Outcome.REFUSED, reason="smtp-451")
    Notice.objects.filter(id=parts[0].id).update(state="void")
    later = digest().lease_until

    assert take(digest().id, now=later) is None
    letter = take(parts[1].id, now=later)

    assert letter.subject == "There is an answer for you"
    assert digest().state == "void"


def test_last_part_of_a_digest_somebody_may_have_is_never_said_twice(cast, now, provider, mail_server):
    reached(cast.ana, now)
    parts = answers(cast, now, 2)
    sent(take(parts[0].id, now=now), now, Outcome.UNKNOWN, reason="no-answer")
    Notice.objects.filter(id=parts[0].id).update(state="void")
    later = digest().lease_until

    letter = take(digest().id, now=later)

    assert (letter.channel, letter.subject) == ("sms", "There is one thing for you in Luna")


def test_digest_with_nothing_left_is_not_sent(cast, now):
    parts = answers(cast, now, 2)
    sent(take(parts[0].id, now=now), now, Outcome.REFUSED, reason="smtp-451")
    Notice.objects.filter(words="answered").update(state="void")

    assert take(digest().id, now=digest().lease_until) is None
    assert digest().state == "void"


def test_who_left_the_clinic_meanwhile_gets_none_of_it(cast, now):
    parts = [answer(cast, now, n, words="chart-news", to_user_id=cast.nia.id) for n in range(2)]
    sent(take(parts[0].id, now=now), now, Outcome.REFUSED, reason="smtp-451")
    Clinician.objects.filter(user=cast.nia).update(active=False)
    later = digest().lease_until

    assert take(digest().id, now=later) is None
    assert [take(one.id, now=later) for one in parts] == [None, None]
    assert states(parts) == ["void", "void"]


def test_phone_that_others_look_at_is_told_no_number(cast, now):
    CircleMember.objects.filter(pk=cast.bea_member.pk).update(device=CircleMember.Device.SHARED)
    parts = [answer(cast, now, n, words="circle-changed", to_user_id=cast.bea.id) for n in range(2)]

    letter = take(parts[0].id, now=now)

    assert letter.subject == "Open Luna"
    assert "things" not in letter.body


# What becomes of it becomes of each


def test_digest_that_reached_nobody_leaves_each_for_staff(cast, now, as_nia):
    parts = answers(cast, now, 2)
    sent(take(parts[0].id, now=now), now, Outcome.REFUSED, reason="smtp-550", lasting=True)

    assert states(parts) == ["not-reached"] * 2
    page = as_nia.get("/clinic/messages").content.decode()
    assert page.count("Word that a question was answered") == 4  # twice among the lost, twice in the history
    assert page.count("The mail server answered 550.") == 4
    assert "Several things" not in page


def test_part_that_staff_send_again_leaves_at_once(cast, now, as_nia):
    parts = answers(cast, now, 2)
    sent(take(parts[0].id, now=now), now, Outcome.REFUSED, reason="smtp-550", lasting=True)
    had(cast, now)
    fence = again(parts[1]).fence

    as_nia.post(f"/clinic/messages/{parts[1].id}/resend", {"fence": fence})
    letter = take(parts[1].id, now=now)
    sent(letter, now)

    assert letter.subject == "There is an answer for you"
    assert states(parts) == ["not-reached", "sent"]


def test_part_that_staff_told_stays_so_whatever_a_provider_says_later(
    cast, now, provider, mail_server, as_nia
):
    reached(cast.ana, now, order=["sms"])
    parts = answers(cast, now, 2)
    letter = take(parts[0].id, now=now)
    sent(letter, now, ref="SM1")
    said = {"notice_id": letter.notice_id, "fence": letter.fence, "channel": "sms", "ref": "SM1"}
    actions.report(**said, delivered=False, reason="not-failed", now=now)
    assert states(parts) == ["planned"] * 2  # e-mail is next
    later = digest().lease_until
    sent(take(digest().id, now=later), later, Outcome.REFUSED, reason="smtp-550", lasting=True)

    as_nia.post(f"/clinic/messages/{parts[0].id}/told", {"fence": again(parts[0]).fence})

    assert states(parts) == ["sent", "not-reached"]
    assert again(parts[0]).digest is None


def test_digest_itself_is_nothing_staff_decide_about(cast, now, as_nia):
    parts = answers(cast, now, 2)
    sent(take(parts[0].id, now=now), now, Outcome.REFUSED, reason="smtp-550", lasting=True)

    assert as_nia.post(f"/clinic/messages/{digest().id}/resend", {"fence": 1}).status_code == 404


def test_delivered_is_noted_on_each(cast, now, provider, mail_server):
    reached(cast.ana, now, order=["sms"])
    parts = answers(cast, now, 2)
    letter = take(parts[0].id, now=now)
    sent(letter, now, ref="SM1")

    actions.report(
        notice_id=letter.notice_id, fence=letter.fence, channel="sms", ref="SM1", delivered=True,
        now=now + timedelta(seconds=9),
    )  # fmt: skip

    assert {again(one).delivered_at for one in parts} == {now + timedelta(seconds=9)}


def test_lost_worker_leaves_each_in_doubt(cast, now):
    parts = answers(cast, now, 2)
    take(parts[0].id, now=now)

    actions.lapse(now=now + actions.LEASE)

    assert states(parts) == ["unknown"] * 2


def test_part_withdrawn_on_its_way_stays_withdrawn(cast, now):
    parts = answers(cast, now, 2)
    letter = take(parts[0].id, now=now)
    Notice.objects.filter(id=parts[1].id).update(state="void")

    sent(letter, now)

    assert states(parts) == ["sent", "void"]


def test_history_says_that_it_was_part_of_one_message(cast, now, as_nia):
    parts = answers(cast, now, 2)
    sent(take(parts[0].id, now=now), now)

    page = as_nia.get("/clinic/messages").content.decode().replace("\u00a0", " ")

    assert page.count("as part of one message at noon") == 2


def test_history_asks_as_often_for_many_as_for_few(cast, now, as_nia, django_assert_max_num_queries):
    sent(take(answers(cast, now, 2)[0].id, now=now), now)
    with django_assert_max_num_queries(40) as few:
        as_nia.get("/clinic/messages")
    parts = [answer(cast, now, f"more{n}") for n in range(9)]
    sent(take(parts[0].id, now=now), now)

    with django_assert_max_num_queries(len(few)):
        as_nia.get("/clinic/messages")


# Messages of the day


def test_above_the_day_it_waits_for_the_morning(cast, now):
    had(cast, now)
    notice = answer(cast, now, 1)

    assert take(notice.id, now=now) is None
    assert (again(notice).state, again(notice).lease_until) == ("planned", MORNING)


def test_in_the_morning_all_of_it_is_one_message(cast, now, mail_server):
    had(cast, now)
    answers(cast, now, 4)
    jobs.run(now)
    assert mail_server.taken == []

    jobs.run(MORNING)

    assert [mail.message["Subject"] for mail in mail_server.taken] == ["There are 4 things for you in Luna"]


def test_nobody_waits_for_a_second_morning(cast, now):
    had(cast, now)
    notice = answer(cast, now, 1)
    take(notice.id, now=now)
    early = MORNING - timedelta(hours=1)
    for number in range(3):
        step = planned(
            cast, early, key=f"early:{number}", words="step-open", to_user_id=cast.ana.id, due_at=early
        )
        sent(take(step.id, now=early), early)

    assert take(notice.id, now=MORNING) is not None


def test_below_the_day_it_leaves_at_once(cast, now):
    had(cast, now, 2)

    assert take(answer(cast, now, 1).id, now=now) is not None


def test_what_is_urgent_does_not_count(cast, now):
    had(cast, now, urgent=True)

    assert take(answer(cast, now, 1).id, now=now) is not None


def test_several_in_one_count_once(cast, now):
    sent(take(answers(cast, now, 5)[0].id, now=now), now)

    assert plans.had(cast.ana.id, cast.harbour.id, since=now - timedelta(hours=1)) == 1


def test_the_day_is_the_readers_own(cast, now):
    cast.ana.zone = "Asia/Tokyo"  # 2 am of the next day
    cast.ana.save()
    had(cast, now - timedelta(hours=3), due_at=now - timedelta(hours=3))  # yesterday there

    assert take(answer(cast, now, 1).id, now=now) is not None


def test_clinic_says_how_many(cast, now):
    Clinic.objects.filter(pk=cast.harbour.pk).update(messages_a_day=1)
    had(cast, now, 1)

    assert take(answer(cast, now, 1).id, now=now) is None


# The page


def test_page_lists_each_thing_with_its_way(as_ana, cast, now):
    parts = answers(cast, now, 2)
    sent(take(parts[0].id, now=now), now)

    page = as_ana.get("/me/messages").content.decode()

    assert page.count("There is an answer for you") == 2
    assert all(f'href="/n/{one.id}"' in page for one in parts)


def test_opening_one_moves_that_one(as_ana, cast, now):
    parts = answers(cast, now, 2)
    sent(take(parts[0].id, now=now), now)

    assert as_ana.get(f"/n/{parts[0].id}").url == "/intake/questions"

    assert [again(one).opened_at for one in parts] == [now, None]
    page = as_ana.get("/me/messages").content.decode()
    assert page.index(str(parts[1].id)) < page.index(">Opened<") < page.index(str(parts[0].id))


def test_line_on_a_locked_phone_opens_the_page(as_ana, as_bea, cast, now):
    sent(take(answers(cast, now, 2)[0].id, now=now), now)

    assert as_ana.get(f"/n/{digest().id}").url == "/me/messages"
    assert as_bea.get(f"/n/{digest().id}").status_code == 404
    assert digest().opened_at == now


def test_page_shows_nothing_of_anybody_else(as_bea, cast, now):
    sent(take(answers(cast, now, 2)[0].id, now=now), now)

    page = as_bea.get("/me/messages").content.decode()

    assert "There is an answer for you" not in page
    assert "Nothing new." in page


@pytest.mark.threat("T6")
def test_page_drops_what_is_no_longer_theirs_to_read(as_bea, cast, now):
    parts = [answer(cast, now, n, words="circle-changed", to_user_id=cast.bea.id) for n in range(2)]
    sent(take(parts[0].id, now=now), now)
    assert "Your circle has changed" in as_bea.get("/me/messages").content.decode()
    CircleMember.objects.filter(pk=cast.bea_member.pk).update(state="revoked")

    assert "Your circle has changed" not in as_bea.get("/me/messages").content.decode()


def test_page_asks_as_often_for_many_as_for_few(as_ana, cast, now, django_assert_max_num_queries):
    sent(take(answers(cast, now, 2)[0].id, now=now), now)
    with django_assert_max_num_queries(40) as few:
        as_ana.get("/me/messages")
    parts = [answer(cast, now, f"more{n}") for n in range(9)]
    sent(take(parts[0].id, now=now), now)

    with django_assert_max_num_queries(len(few)):
        as_ana.get("/me/messages")
