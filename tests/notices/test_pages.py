"""The clinic's pages of messages."""

from datetime import timedelta
from uuid import uuid4

import pytest

from luna.audit.models import AuditEvent
from luna.notices import actions, plans
from luna.notices.models import Attempt, Notice
from luna.people.models import CircleMember
from tests.notices.ledger import finish, planned, rung, take

pytestmark = pytest.mark.django_db

State = Notice.State


@pytest.fixture
def lost(cast, now):
    """A reminder to Bea that the mail server would not take."""
    notice = planned(cast, now)
    letter = take(notice.id, now=now)
    finish(letter, outcome=Attempt.Outcome.REFUSED, reason="smtp-550", lasting=True, now=now)
    return Notice.objects.get(id=notice.id)


def post(client, notice, what, fence=1):
    return client.post(f"/clinic/messages/{notice.id}/{what}", {"fence": fence})


def test_page_shows_what_reached_nobody_and_why(as_nia, lost):
    page = as_nia.get("/clinic/messages").content.decode()

    assert "Not reached" in page
    assert "The mail server answered 550." in page
    assert "Bea Burns" in page


def test_page_without_messages_is_calm(as_nia):
    page = as_nia.get("/clinic/messages").content.decode()

    assert "Every message found its way." in page
    assert "No message yet." in page


def test_resend_plans_it_again_and_is_audited(as_nia, cast, lost, now):
    answer = post(as_nia, lost, "resend")

    notice = Notice.objects.get(id=lost.id)
    assert answer.url == "/clinic/messages"
    assert (notice.state, notice.due_at, notice.tries) == (State.PLANNED, now, 0)
    line = AuditEvent.objects.get(verb="notice.resend")
    assert (line.actor_id, line.subject_id, line.patient_id) == (cast.nia.id, lost.id, cast.ana_patient.id)


def test_resend_twice_is_one(as_nia, lost):
    post(as_nia, lost, "resend")

    assert post(as_nia, lost, "resend").status_code == 302
    assert AuditEvent.objects.filter(verb="notice.resend").count() == 1


def test_resend_of_an_older_page_is_stale(as_nia, lost, now):
    post(as_nia, lost, "resend")
    letter = take(lost.id, now=now)
    finish(letter, outcome=Attempt.Outcome.REFUSED, reason="smtp-550", lasting=True, now=now)

    answer = post(as_nia, lost, "resend", fence=1)

    assert answer.status_code == 422
    assert "Someone changed this while you had it open." in answer.content.decode()


def test_told_another_way_takes_it_off_the_list(as_nia, lost):
    answer = post(as_nia, lost, "told")

    notice = Notice.objects.get(id=lost.id)
    last = notice.attempts.order_by("at", "id").last()
    assert answer.status_code == 302
    assert notice.state == State.SENT
    assert (last.channel, last.outcome, last.reason) == ("person", "accepted", "told-otherwise")
    assert AuditEvent.objects.filter(verb="notice.told").count() == 1


def test_message_seen_to_meanwhile_is_refused(as_nia, lost):
    post(as_nia, lost, "told")

    answer = post(as_nia, lost, "resend")

    assert answer.status_code == 422
    assert Notice.objects.get(id=lost.id).state == State.SENT


def test_held_message_can_be_sent(as_nia, cast, now):
    notice = planned(cast, now)
    Notice.objects.filter(id=notice.id).update(state=State.HELD)

    assert "A backup was restored" in as_nia.get("/clinic/messages").content.decode()
    post(as_nia, notice, "resend", fence=0)

    assert Notice.objects.get(id=notice.id).state == State.PLANNED


@pytest.mark.parametrize("fence", ["", "x", "-1", "9" * 5000])
def test_form_without_a_sound_fence_changes_nothing(as_nia, lost, fence):
    assert post(as_nia, lost, "resend", fence=fence).status_code == 422
    assert Notice.objects.get(id=lost.id).state == State.NOT_REACHED


def test_history_of_a_patient_is_audited_as_a_reading(as_nia, cast, lost):
    page = as_nia.get(f"/clinic/messages/about/{cast.ana_patient.id}").content.decode()

    assert "Messages about Ana Abel" in page
    assert "Time to check in" in page
    as_nia.get(f"/clinic/messages/about/{cast.ana_patient.id}")
    assert AuditEvent.objects.filter(verb="chart.read", patient_id=cast.ana_patient.id).count() == 1


@pytest.mark.threat("T4")
@pytest.mark.parametrize("who", ["as_ana", "as_bea", "as_cal", "as_dee_caring"])
def test_page_is_not_there_for_people(request, who, cast, lost):
    client = request.getfixturevalue(who)

    assert client.get("/clinic/messages").status_code == 404
    assert client.get(f"/clinic/messages/about/{cast.ana_patient.id}").status_code == 404
    assert post(client, lost, "resend").status_code == 404
    assert post(client, lost, "told").status_code == 404
    assert client.get(f"/clinic/messages/{lost.id}/to").status_code == 404
    assert client.get("/clinic/messages/all").status_code == 404
    assert several(client, [lost]).status_code == 404


@pytest.mark.threat("T4")
@pytest.mark.parametrize("who", ["as_dee", "as_eve"])
def test_another_clinic_sees_and_changes_nothing(request, who, cast, lost):
    client = request.getfixturevalue(who)

    assert "Bea Burns" not in client.get("/clinic/messages").content.decode()
    assert client.get(f"/clinic/messages/about/{cast.ana_patient.id}").status_code == 404
    assert post(client, lost, "resend").status_code == 404
    assert post(client, lost, "told").status_code == 404
    assert client.get(f"/clinic/messages/{lost.id}/to").status_code == 404
    assert "Bea Burns" not in client.get("/clinic/messages/all").content.decode()
    assert several(client, [lost]).status_code == 404
    assert Notice.objects.get(id=lost.id).state == State.NOT_REACHED


def test_page_asks_the_database_as_often_for_many_as_for_few(
    as_nia, cast, now, django_assert_max_num_queries
):
    for number in range(30):
        planned(cast, now, key=f"few{number}")
        rung(cast, now, key=f"many{number}")
    Notice.objects.update(state=State.NOT_REACHED)

    with django_assert_max_num_queries(27):
        as_nia.get("/clinic/messages")


def several(client, notices, do="resend", **more):
    form = {"do": do, "one": [f"{one.id}:{one.fence}" for one in notices], "client_id": uuid4(), **more}
    return client.post("/clinic/messages", form)


def lost_ones(cast, now, count, state=State.NOT_REACHED, **changes):
    """Return reminders to Bea that reached nobody, the oldest first."""
    rows = [
        planned(cast, now, key=f"{state}{number}", due_at=now - timedelta(hours=count - number), **changes)
        for number in range(count)
    ]
    Notice.objects.filter(id__in=[one.id for one in rows]).update(state=state)
    return [Notice.objects.get(id=one.id) for one in rows]


def states():
    return sorted(Notice.objects.values_list("state", flat=True))


class TestSeveral:
    """Dead letters, several at once."""

    def test_those_that_were_ticked_are_sent_again_and_each_is_audited(self, as_nia, cast, now):
        first, _second, third = lost_ones(cast, now, 3)

        answer = several(as_nia, [first, third])

        assert answer.url == "/clinic/messages"
        assert states() == [State.NOT_REACHED, State.PLANNED, State.PLANNED]
        again = AuditEvent.objects.filter(verb="notice.resend").values_list("subject_id", flat=True)
        assert set(again) == {first.id, third.id}
        assert "2 are being sent again." in as_nia.get("/clinic/messages").content.decode()

    def test_all_on_the_page_are_told_another_way(self, as_nia, cast, now):
        rows = lost_ones(cast, now, 3)

        several(as_nia, [], "told", all="1", shown=[f"{one.id}:0" for one in rows])

        assert states() == [State.SENT] * 3

    def test_page_and_filter_are_kept(self, as_nia, cast, now):
        answer = several(as_nia, lost_ones(cast, now, 1), state="not-reached", page="2")

        assert answer.url == "/clinic/messages?state=not-reached&page=2"

    def test_nothing_ticked_says_so(self, as_nia, lost):
        answer = several(as_nia, [])

        assert answer.status_code == 422
        assert "Tick at least one message first." in answer.content.decode()

    def test_form_sent_twice_sends_once_whatever_became_of_it_meanwhile(self, as_nia, cast, now):
        (notice,) = lost_ones(cast, now, 1)
        form = uuid4()
        several(as_nia, [notice], client_id=form)
        Notice.objects.update(state=State.NOT_REACHED)  # given up before it was tried: the same fence

        assert several(as_nia, [notice], client_id=form).status_code == 302

        assert states() == [State.NOT_REACHED]
        assert AuditEvent.objects.filter(verb="notice.resend").count() == 1

    def test_one_that_was_tried_again_meanwhile_is_named_and_the_others_go(self, as_nia, cast, now):
        first, second = lost_ones(cast, now, 2)
        Notice.objects.filter(id=first.id).update(fence=1)

        several(as_nia, [first, second])

        assert Notice.objects.get(id=first.id).state == State.NOT_REACHED
        assert Notice.objects.get(id=second.id).state == State.PLANNED
        page = as_nia.get("/clinic/messages").content.decode()
        assert "It is being sent again." in page
        assert "Time to check in, to Bea Burns: Someone changed this while you had it open." in page

    def test_one_its_reader_may_not_read_any_more_is_named_and_off_the_list(self, as_nia, cast, now):
        (notice,) = lost_ones(cast, now, 1)
        CircleMember.objects.filter(id=cast.bea_member.id).update(state=CircleMember.State.REVOKED)

        answer = several(as_nia, [notice])

        assert answer.status_code == 422
        assert "It is not for them to read any more." in answer.content.decode()
        assert states() == [State.VOID]
        assert AuditEvent.objects.filter(verb="notice.resend").count() == 0

    def test_one_that_speaks_of_old_times_is_named_and_off_the_list(self, as_nia, care, cast, now):
        infusion = care.infusions[0]
        about = {"task_key": infusion.id.hex, "revision": infusion.times_revision - 1}
        (notice,) = lost_ones(cast, now, 1, **about)

        answer = several(as_nia, [notice])

        assert "It is no longer true: something has changed." in answer.content.decode()
        assert Notice.objects.get(id=notice.id).state == State.VOID

    def test_who_has_no_smartphone_is_named_to_be_called_and_stays(self, as_nia, cast, now):
        (notice,) = lost_ones(cast, now, 1)
        CircleMember.objects.filter(id=cast.bea_member.id).update(device="none")

        answer = several(as_nia, [notice])

        assert "please call them" in answer.content.decode()
        assert states() == [State.NOT_REACHED]

    @pytest.mark.parametrize("one", ["nonsense:0", ":0", "5891e37d-7b39-4f2f-a7d8-e4189241753b:0"])
    def test_tick_of_no_message_is_not_found(self, as_nia, lost, one):
        assert as_nia.post("/clinic/messages", {"do": "resend", "one": one}).status_code == 404

    def test_more_than_a_page_shows_are_refused_whole(self, as_nia, lost):
        many = [f"{uuid4()}:0" for _one in range(101)]

        assert as_nia.post("/clinic/messages", {"do": "resend", "one": many}).status_code == 404

    def test_word_that_is_no_button_is_not_found(self, as_nia, lost):
        assert several(as_nia, [lost], "drop").status_code == 404


class TestPages:
    """Lists longer than a page."""

    def test_not_reached_goes_on_with_true_counts_and_keeps_its_filter(self, as_nia, cast, now, monkeypatch):
        monkeypatch.setattr(plans, "LISTED", 2)
        lost_ones(cast, now, 3)
        lost_ones(cast, now, 3, State.HELD)

        whole = as_nia.get("/clinic/messages?page=3").content.decode()
        held = as_nia.get("/clinic/messages?state=held").content.decode()

        assert ("Page 3 of 3" in whole, whole.count('name="one"')) == (True, 2)
        assert 'Not reached <span class="soft num">6</span>' in whole
        assert "Page 1 of 2" in held
        assert 'href="?state=held&amp;page=2"' in held
        assert "3</span>" in held

    def test_filter_that_finds_none_is_no_all_clear(self, as_nia, lost):
        page = as_nia.get("/clinic/messages?state=held").content.decode()

        assert "None of these." in page
        assert "Every message found its way." not in page

    def test_history_goes_on(self, as_nia, cast, now, monkeypatch):
        monkeypatch.setattr(plans, "LISTED", 2)
        lost_ones(cast, now, 5)
        about = f"/clinic/messages/about/{cast.ana_patient.id}"

        for address in ("/clinic/messages/all", about):
            page = as_nia.get(f"{address}?page=3").content.decode()
            assert ("Page 3 of 3" in page, page.count('<th scope="row">')) == (True, 1)

    def test_page_that_is_none_is_the_nearest(self, as_nia, lost):
        for number in ("x", "0", "-1", "99"):
            assert "Bea Burns" in as_nia.get(f"/clinic/messages?page={number}").content.decode()

    @pytest.mark.parametrize("address", ["/clinic/messages", "/clinic/messages/all", "/clinic/calls"])
    def test_ten_thousand_ask_the_database_as_often_as_two(
        self, as_nia, cast, now, address, django_assert_max_num_queries, django_assert_num_queries
    ):
        def write(since, until):
            rows = [
                Notice(
                    key=f"n{number}", words="checkin-due", clinic=cast.harbour, patient=cast.ana_patient,
                    to_user=cast.bea, due_at=now, created_at=now, state=State.NOT_REACHED,
                )
                for number in range(since, until)
            ]  # fmt: skip
            Notice.objects.bulk_create(rows, batch_size=1000)

        write(0, 2)
        as_nia.get(address)  # who is seen is noted once an hour
        with django_assert_max_num_queries(40) as few:
            as_nia.get(address)
        write(2, 10_000)

        with django_assert_num_queries(len(few.captured_queries)):
            as_nia.get(f"{address}?page=7")


class TestRecipient:
    """What was sent to one person."""

    def test_it_is_theirs_alone_whoever_it_was_about(self, as_nia, cast, now):
        mine = planned(cast, now)
        planned(cast, now, key="other", words="circle-changed", to_user_id=cast.ana.id)

        page = as_nia.get(f"/clinic/messages/{mine.id}/to").content.decode()

        assert "Messages to Bea Burns" in page
        assert ("Time to check in" in page, "A change in the circle" in page) == (True, False)

    def test_driver_without_an_account_is_their_address_which_is_in_no_address(self, as_nia, cast, now):
        values = {"ask": uuid4(), "name": "Rae", "who": "Ana", "leaves_at": now}
        by_link = {"words": "ride-link", "to_user_id": None, "values": values}
        first = planned(cast, now, key="1", to_email="rae@example.org", **by_link)
        planned(cast, now, key="2", to_email="Rae@Example.org", **by_link)
        planned(cast, now, key="3", to_email="sam@example.org", **by_link)

        page = as_nia.get(f"/clinic/messages/{first.id}/to").content.decode()

        assert page.count("Asked to drive, by link") == 2
        assert "@" not in "".join(part.split('"')[0] for part in page.split('href="')[1:])

    def test_it_says_each_try_who_did_what_by_hand_and_how_far_it_came(self, as_nia, cast, lost, now, clock):
        clock.move(hours=1)
        post(as_nia, lost, "resend")
        actions.opened(Notice.objects.all(), now=clock.now)

        page = as_nia.get(f"/clinic/messages/{lost.id}/to").content.decode()

        assert "Sent again by Nia" in page
        assert "They opened the page it leads to" in page

    def test_other_clinic_of_the_same_person_is_not_told(self, as_nia, cast, now):
        mine = planned(cast, now)
        planned(cast, now, key="hill", words="booked", clinic_id=cast.hill.id, patient_id=None,
                values={"starts_at": now})  # fmt: skip

        assert "A new time" not in as_nia.get(f"/clinic/messages/{mine.id}/to").content.decode()


@pytest.mark.threat("T5")
@pytest.mark.parametrize("address", ["/clinic/messages", "/clinic/messages/all", "/clinic/messages/{}/to"])
def test_whose_name_staff_see_in_a_list_of_messages_is_noted_once_an_hour(as_nia, cast, lost, address):
    for _time in range(2):
        as_nia.get(address.format(lost.id))

    line = AuditEvent.objects.get(verb="list.messages")
    assert (line.actor_id, line.patient_id) == (cast.nia.id, cast.ana_patient.id)
