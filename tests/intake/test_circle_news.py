"""What others do to a circle is news to the clinic: a no, a leave, an invitation that ran out (A3)."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from luna.escalation.models import Escalation
from luna.intake import actions, jobs
from luna.intake.models import News
from luna.notices.models import Notice
from luna.people.actions import circle, invitations
from luna.people.models import CircleMember, Invitation
from tests import cast as people
from tests.people import reading

pytestmark = pytest.mark.django_db


@pytest.fixture
def invitation(cast, now) -> Invitation:
    """Ana asks Sam to be her caretaker."""
    return invite(cast, now, "sam@example.org")


def invite(cast, now, email):
    return invitations.invite(
        patient=cast.ana_patient, role="caretaker", email=email, name="Sam Stone", relation="partner",
        by=cast.sees("ana"), client_id=uuid4(), now=now,
    )  # fmt: skip


def told() -> list[str]:
    return list(News.objects.order_by("recorded_at").values_list("what", flat=True))


def listed(browser) -> str:
    return " ".join(browser.get("/clinic/news").content.decode().split())


def test_no_to_an_invitation_is_news_once(as_nia, cast, invitation, clock):
    invitations.decline(invitation=invitation, now=clock.now)

    assert [jobs.run(clock.now) for _turn in range(2)] == [1, 0]

    page = listed(as_nia)
    assert "Ana Abel" in page
    assert "Somebody asked in said no" in page
    assert told() == ["declined"]


def test_invitation_that_ran_out_is_news_each_time(as_nia, cast, invitation, clock):
    clock.now = invitation.expires_at - timedelta(seconds=1)
    assert jobs.run(clock.now) == 0

    clock.move(seconds=1)
    assert jobs.run(clock.now) == 1
    again = invitations.resend(invitation=invitation, sent=1, by=cast.sees("ana"), now=clock.now)
    assert jobs.run(clock.now + timedelta(days=1)) == 0
    assert [jobs.run(again.expires_at) for _turn in range(2)] == [1, 0]

    assert told() == ["ran-out", "ran-out"]
    nia = cast.browser("nia", clock.now)
    assert listed(nia).count("An invitation ran out") == 1


def test_invitation_that_was_accepted_or_taken_back_is_no_news(cast, invitation, clock):
    invitations.cancel(invitation=invitation, by=cast.sees("ana"), now=clock.now)

    assert jobs.run(invitation.expires_at) == 0


def test_whoever_left_is_news_in_their_name(as_nia, cast, clock):
    circle.leave(by=cast.sees("bea"), now=clock.now)

    assert [jobs.run(clock.now) for _turn in range(2)] == [1, 0]

    assert "Somebody left the circle" in listed(as_nia)
    assert News.objects.get().who == "Bea Burns"


def test_news_of_an_invitation_are_in_nobodys_name(cast, invitation, clock):
    invitations.decline(invitation=invitation, now=clock.now)
    jobs.run(clock.now)

    assert News.objects.get().who == ""


@pytest.mark.threat("T1")
@pytest.mark.parametrize("then", ["stays", "leaves"])
def test_whoever_was_taken_out_is_no_news(cast, clock, then):
    circle.revoke(member=cast.bea_member, by=cast.sees("ana"), now=clock.now)
    if then == "leaves":
        circle.leave(by=cast.sees("bea"), now=clock.now)

    assert jobs.run(clock.now) == 0


def test_news_of_a_circle_lead_to_the_chart_and_end_with_a_reading(as_nia, cast, clock):
    circle.leave(by=cast.sees("bea"), now=clock.now)
    jobs.run(clock.now)

    assert f'href="/clinic/patients/{cast.ana_patient.id}"' in listed(as_nia)
    actions.read(
        viewer=cast.sees("nia"), patient=cast.ana_patient, news_ids=[News.objects.get().id],
        client_id=uuid4(), now=clock.now,
    )  # fmt: skip

    assert "Somebody left the circle" not in listed(as_nia)
    assert jobs.run(clock.now + timedelta(hours=1)) == 0


def test_news_of_a_circle_are_read_on_the_consultation(as_nia, cast, invitation, clock):
    invitations.decline(invitation=invitation, now=clock.now)
    jobs.run(clock.now)
    path = f"/clinic/patients/{cast.ana_patient.id}/consultation"

    page = as_nia.get(path)
    assert "Somebody asked in said no" in page.content.decode()
    form = next(one["hidden"] for one in reading.forms(page) if one["hidden"].get("do") == "read")
    as_nia.post(path, form)

    assert "Somebody asked in said no" not in listed(as_nia)


@pytest.mark.hazard("H6")
def test_nobody_is_called_for_news_of_a_circle(cast, invitation, clock):
    """Nothing was promised to anybody. A gap in the duty, or an adult who is missing, calls by itself."""
    invitations.decline(invitation=invitation, now=clock.now)
    jobs.run(clock.now)

    clock.now = News.objects.get().promised_at + timedelta(hours=1)
    jobs.run(clock.now)

    assert not Escalation.objects.exists()
    assert "Late:" not in listed(cast.browser("nia", clock.now))
    assert not Notice.objects.filter(words="chart-news").exists()


def test_what_happened_long_ago_is_no_news(cast, invitation, clock):
    invitations.decline(invitation=invitation, now=clock.now)

    assert jobs.run(clock.now + jobs.LOOK_BACK) == 0


@pytest.mark.threat("T4")
def test_news_of_a_circle_are_the_clinics_alone(as_eve, as_ana, as_bea, cast, invitation, clock):
    invitations.decline(invitation=invitation, now=clock.now)
    jobs.run(clock.now)

    assert "Ana Abel" not in listed(as_eve)
    assert [browser.get("/clinic/news").status_code for browser in (as_ana, as_bea)] == [404, 404]


def test_turn_asks_as_often_for_many_told_as_for_none(cast, clock):
    with CaptureQueriesContext(connection) as none:
        jobs.run(clock.now)
    for number in range(3):
        invitations.decline(invitation=invite(cast, clock.now, f"s{number}@example.org"), now=clock.now)
        person = people.user(f"P{number} Penn", clock.now)
        people.member(cast.ana_patient, person, clock.now)
        circle.leave(by=people.viewer(person, f"caretaker:{cast.ana_patient.id.hex}"), now=clock.now)
    assert jobs.run(clock.now) == 6
    with CaptureQueriesContext(connection) as many:
        jobs.run(clock.now)

    assert len(many) == len(none)
    assert CircleMember.objects.filter(state="left").count() == 3
