"""Opened: noted when the person themselves, signed in, is shown the page a message leads to; never before."""

from datetime import timedelta

import pytest
from django.db import OperationalError, connection
from django.test import Client

from luna.notices import actions, words
from luna.notices.models import Notice
from luna.people.models import CircleMember
from tests.cast import member
from tests.notices.ledger import planned, rung

pytestmark = pytest.mark.django_db

State = Notice.State
TIMES = {"was_at": "2027-03-09T15:00:00+00:00", "starts_at": "2027-03-10T15:00:00+00:00"}


def again(notice):
    return Notice.objects.get(id=notice.id)


def sent(cast, now, code, **changes):
    """Return a message that left a minute ago: to Bea about Ana, unless it is said otherwise."""
    notice = planned(cast, now, **{"key": code, "words": code, **changes})
    Notice.objects.filter(id=notice.id).update(state=State.SENT, sent_at=now - timedelta(minutes=1))
    return again(notice)


@pytest.fixture
def moved(cast, now):
    return sent(cast, now, "moved", values=TIMES)


def test_page_it_leads_to_notes_it_as_opened_once(moved, as_bea, clock, now):
    as_bea.get("/now")
    clock.move(hours=1)
    as_bea.get("/now")

    assert (again(moved).opened_at, again(moved).acted_at) == (now, None)


def test_page_is_shown_though_nobody_can_note_it(moved, as_bea):
    def refuse(execute, sql, params, many, context):
        if sql.startswith("UPDATE") and "opened_at" in sql:
            raise OperationalError("database is locked")
        return execute(sql, params, many, context)

    with connection.execute_wrapper(refuse):
        assert as_bea.get("/now").status_code == 200

    assert again(moved).opened_at is None


def test_page_beside_it_notes_nothing(moved, as_bea):
    as_bea.get("/plan")

    assert again(moved).opened_at is None


@pytest.mark.parametrize(
    "headers", [{"X-Luna-Poll": "1"}, {"Sec-Purpose": "prefetch"}, {"Sec-Purpose": "prefetch;prerender"}]
)
def test_page_that_nobody_asked_for_notes_nothing(moved, as_bea, headers):
    assert as_bea.get("/now", headers=headers).status_code == 200

    assert again(moved).opened_at is None


@pytest.mark.threat("T4")
@pytest.mark.parametrize("who", ["as_ana", "as_cal", "as_nia"])
def test_another_person_opens_nothing_of_theirs(request, moved, who):
    request.getfixturevalue(who).get("/now")

    assert again(moved).opened_at is None


def test_mail_server_that_opens_the_link_opens_nothing(moved):
    Client().get("/now")
    Client().head("/now")

    assert again(moved).opened_at is None


def test_patient_who_looks_as_their_caretaker_does_opens_nothing(moved, as_ana, cast):
    assert as_ana.get(f"/circle/members/{cast.bea_member.id}/sees/now").status_code == 200

    assert again(moved).opened_at is None


def test_same_page_about_another_patient_notes_nothing(moved, cast, now):
    member(cast.oli_patient, cast.bea, now)
    browser = Client()
    browser.force_login(cast.bea)
    session = browser.session
    session.update({"capacity": f"caretaker:{cast.oli_patient.id.hex}", "seen_at": now.isoformat()})
    session.save()
    browser.get("/now")

    assert again(moved).opened_at is None


@pytest.mark.parametrize("state", [State.PLANNED, State.VOID])
def test_what_never_left_is_not_opened(moved, as_bea, state):
    Notice.objects.update(state=state, sent_at=None)

    as_bea.get("/now")

    assert again(moved).opened_at is None


@pytest.mark.parametrize("state", [State.NOT_REACHED, State.UNKNOWN, State.SENDING])
def test_what_may_have_reached_them_another_way_says_so(moved, as_bea, state):
    Notice.objects.update(state=state, sent_at=None)

    as_bea.get("/now")

    assert (again(moved).opened_at is None, again(moved).state) == (False, state)


def test_what_is_no_longer_true_is_not_opened(moved, as_bea):
    Notice.objects.update(withdrawn=True)

    as_bea.get("/now")

    assert again(moved).opened_at is None


def test_who_was_taken_out_of_the_circle_opens_the_word_of_it(as_bea, cast, now):
    told = sent(cast, now, "sharing-ended", values={"who": "Ana"})
    CircleMember.objects.filter(id=cast.bea_member.id).update(state=CircleMember.State.REVOKED)

    as_bea.get("/now")

    assert again(told).opened_at == now


def test_digest_is_opened_on_its_page_and_its_parts_on_their_own(as_ana, cast, now):
    digest = sent(cast, now, "digest", to_user_id=cast.ana.id, values={"things": 2})
    part = sent(cast, now, "circle-changed", to_user_id=cast.ana.id)
    Notice.objects.filter(id=part.id).update(digest=digest)

    as_ana.get("/me/messages")
    assert (again(digest).opened_at, again(part).opened_at) == (now, None)
    as_ana.get("/circle")

    assert again(part).opened_at == now


def test_lead_who_is_staff_opens_what_went_to_the_address_of_the_lead(as_diaz, as_nia, cast, now):
    cast.harbour.lead_email = cast.diaz.email
    cast.harbour.save()
    told = sent(cast, now, "unreached", to_user_id=None, to_email=cast.diaz.email)

    as_nia.get("/clinic/messages")
    assert again(told).opened_at is None
    as_diaz.get("/clinic/messages")

    assert again(told).opened_at == now


def test_new_member_of_staff_has_signed_in_and_so_acted(as_nia, cast, now):
    told = sent(cast, now, "invite-staff", to_user_id=cast.nia.id, patient_id=None)

    as_nia.get("/clinic", follow=True)

    assert (again(told).opened_at, again(told).acted_at) == (now, now)


def test_urgent_word_that_asks_for_nothing_goes_no_further_once_read(as_nia, cast, now):
    values = {"patient": cast.ana_patient.id}
    told = sent(cast, now, "consent-withdrawn", to_user_id=cast.nia.id, values=values, urgent=True)
    Notice.objects.update(follow_at=now + timedelta(minutes=1))

    assert as_nia.get(f"/clinic/patients/{cast.ana_patient.id}/consents").status_code == 200

    assert again(told).follow_at is None
    assert actions.follow(now=now + timedelta(minutes=2)) == 0


def test_urgent_word_that_asks_for_something_goes_on_though_it_was_read(cast, now):
    notice = rung(cast, now)
    Notice.objects.update(state=State.SENT, sent_at=now, follow_at=now)

    actions.opened(Notice.objects.filter(id=notice.id), now=now)

    assert actions.follow(now=now) == 1


def test_page_without_messages_to_note_writes_nothing_and_asks_once(
    as_bea, cast, now, django_assert_num_queries, django_assert_max_num_queries
):
    as_bea.get("/now")
    with django_assert_max_num_queries(60) as none:
        as_bea.get("/now")
    for number in range(30):
        sent(cast, now, "moved", key=f"moved{number}", values=TIMES)
    Notice.objects.update(opened_at=now)

    with django_assert_num_queries(len(none.captured_queries)):
        as_bea.get("/now")


def test_many_at_once_are_noted_in_as_few_queries(
    as_bea, cast, now, django_assert_num_queries, django_assert_max_num_queries
):
    as_bea.get("/now")
    sent(cast, now, "moved", values=TIMES)
    with django_assert_max_num_queries(60) as one:
        as_bea.get("/now")
    for number in range(30):
        sent(cast, now, "moved", key=f"moved{number}", values=TIMES)

    with django_assert_num_queries(len(one.captured_queries)):
        as_bea.get("/now")
    assert not Notice.objects.filter(opened_at=None).exists()


def test_every_message_says_what_finishes_it():
    assert sorted(words.READ_ONLY) == [
        "answered", "booked", "cancelled", "circle-changed", "clock-changed", "consent-withdrawn", "digest",
        "duty-set", "duty-stays", "medicine-plan", "moved", "plan-changed", "ride-near", "ride-off",
        "ride-released", "ride-set", "series-booked", "series-stopped", "sharing-ended", "steps-changed",
        "steps-open", "times-changed", "unreached",
    ]  # fmt: skip


def test_secret_links_are_no_pages_that_prove_anything():
    assert (words.leading_to("/i/secret"), words.leading_to("/r/secret")) == ([], [])
    assert set(words.leading_to("/ride")) == {"ride-asked", "ride-set", "ride-open", "ride-off"}


@pytest.mark.parametrize(("delivered", "state"), [(True, State.SENT), (False, State.UNKNOWN)])
def test_what_a_provider_says_later_ends_a_doubt_and_takes_nothing_back(cast, now, delivered, state):
    notice = planned(cast, now, words="moved", values=TIMES)
    notice.attempts.create(channel="sms", outcome="started", fence=1, at=now)
    Notice.objects.update(state=State.UNKNOWN, fence=1, tries=1, opened_at=now)

    actions.report(
        notice_id=notice.id, fence=1, channel="sms", ref="SM1", delivered=delivered,
        reason="" if delivered else "not-undelivered", now=now,
    )  # fmt: skip

    assert again(notice).state == state
