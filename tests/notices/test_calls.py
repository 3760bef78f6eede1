"""Who is phoned because no message reaches them, and what a phone that others look at shows."""

from uuid import uuid4

import pytest
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext

from luna.careplan.plans import calling
from luna.notices import actions, jobs, plans
from luna.notices.models import Notice
from luna.people.actions import circle, helping
from luna.people.actions.helping import Helping
from luna.people.models import CircleMember
from luna.people.sharing import Tell

pytestmark = pytest.mark.django_db

PAGE = "/clinic/calls"


@pytest.fixture
def gus(cast, now):
    """Gus, who helps Ana, has no e-mail and speaks another language."""
    return helping.add_without_mail(
        patient=cast.ana_patient, name="Gus Grey", phone="+12125550144", relation="parent",
        helping=Helping(
            help="comes-over", is_adult=True, device="none", language="Español", interpreter=True
        ),
        by=cast.sees("nia"), client_id=uuid4(), now=now,
    )  # fmt: skip


def moved(cast, user, now, key="1"):
    return actions.plan(
        key=f"moved:{key}:{user.id.hex}", words="moved", clinic_id=cast.harbour.id,
        patient_id=cast.ana_patient.id, to_user_id=user.id, values={"was_at": now, "starts_at": now},
        due_at=now, now=now,
    )  # fmt: skip


def calls(cast):
    """Return whom Nia is to phone, and what for."""
    nia = cast.sees("nia")
    return plans.calls(nia, plans.to_phone(nia))


@pytest.mark.threat("T6")
def test_nothing_is_sent_to_somebody_without_a_smartphone(cast, gus, now):
    notice = moved(cast, gus.user, now)

    jobs.run(now)

    notice.refresh_from_db()
    assert (notice.state, mail.outbox) == (Notice.State.NOT_REACHED, [])
    assert [(call.user, call.member, len(call.lines)) for call in calls(cast)] == [(gus.user, gus, 1)]


def test_list_of_calls_says_when_they_are_there(cast, gus, as_nia, now):
    moved(cast, gus.user, now)
    jobs.run(now)
    before = as_nia.get(PAGE).content.decode()
    CircleMember.objects.filter(pk=gus.pk).update(hours=[[0, "18:00", "22:00"]])

    after = as_nia.get(PAGE).content.decode().replace("\u00a0", " ")

    assert ("Is there:" in before, "Is there: Monday 6 pm to 10 pm" in after) == (False, True)


def test_somebody_with_mail_who_has_no_smartphone_is_called_too(cast, now):
    CircleMember.objects.filter(pk=cast.bea_member.pk).update(device="none")
    moved(cast, cast.bea, now)

    jobs.run(now)

    assert mail.outbox == []
    assert [call.user for call in calls(cast)] == [cast.bea]


def test_page_says_whom_on_which_number_and_what_for(as_nia, cast, gus, now):
    moved(cast, gus.user, now)
    jobs.run(now)

    page = as_nia.get(PAGE).content.decode()

    assert "Gus Grey" in page
    assert 'href="tel:+12125550144"' in page
    assert "A time has changed" in page
    assert "Speaks Español" in page
    assert "Needs an interpreter" in page


def test_number_of_who_was_taken_out_is_still_known_for_the_last_call(as_nia, cast, gus, now):
    circle.revoke(member=gus, by=cast.sees("ana"), tell=Tell.LUNA, now=now)
    jobs.run(now)

    assert 'href="tel:+12125550144"' in as_nia.get(PAGE).content.decode()


def test_who_was_told_is_off_the_list_and_two_presses_are_one(as_nia, cast, gus, now):
    notice = moved(cast, gus.user, now)
    jobs.run(now)
    form = {"one": f"{notice.id}:0"}

    for _press in range(2):
        assert as_nia.post(PAGE, form).status_code == 302

    notice.refresh_from_db()
    assert notice.state == Notice.State.SENT
    assert "Nobody to call now." in as_nia.get(PAGE).content.decode()


@pytest.mark.parametrize("notice", ["", "nonsense", "5891e37d-7b39-4f2f-a7d8-e4189241753b"])
def test_press_for_no_message_is_not_found(as_nia, notice):
    assert as_nia.post(PAGE, {"one": f"{notice}:0"}).status_code == 404


def test_press_with_nothing_ticked_says_so(as_nia):
    answer = as_nia.post(PAGE, {})

    assert answer.status_code == 422
    assert "Tick what you told them first." in answer.content.decode()


def test_several_told_on_one_call_are_off_the_list_at_once(as_nia, cast, gus, now):
    told = [moved(cast, gus.user, now, key=key) for key in ("1", "2")]
    kept = moved(cast, gus.user, now, key="3")
    jobs.run(now)

    answer = as_nia.post(PAGE, {"one": [f"{one.id}:0" for one in told], "page": "1"})

    assert answer.url == f"{PAGE}?page=1"
    assert [line.notice.id for line in calls(cast)[0].lines] == [kept.id]


def test_long_list_goes_on_on_a_next_page_and_says_how_many(as_nia, cast, now, monkeypatch):
    monkeypatch.setattr(calling, "PEOPLE", 2)
    for name in ("Gus Grey", "Hal Hart", "Ida Ives"):
        helper = helping.add_without_mail(
            patient=cast.ana_patient, name=name, phone="+12125550144", relation="parent",
            helping=Helping(help="comes-over", is_adult=True), by=cast.sees("nia"),
            client_id=uuid4(), now=now,
        )  # fmt: skip
        moved(cast, helper.user, now)
        moved(cast, helper.user, now, key="2")
    jobs.run(now)

    pages = [as_nia.get(f"{PAGE}?page={number}").content.decode() for number in (1, 2)]

    assert [
        sum(page.count(f">{name}</h2>") for name in ("Gus Grey", "Hal Hart", "Ida Ives")) for page in pages
    ] == [2, 1]
    assert "Page 1 of 2" in pages[0]
    assert '<span class="soft num" id="count" data-live>3</span>' in pages[1]


def test_another_clinic_finds_neither_the_call_nor_the_button(as_dee, cast, gus, now):
    notice = moved(cast, gus.user, now)
    jobs.run(now)

    assert "Gus Grey" not in as_dee.get(PAGE).content.decode()
    assert as_dee.post(PAGE, {"one": f"{notice.id}:0"}).status_code == 404


@pytest.mark.parametrize("name", ["ana", "bea", "dee_caring"])
def test_page_is_for_staff(cast, clock, name):
    assert cast.browser(name, clock.now).get(PAGE).status_code == 404


def test_list_takes_as_many_queries_for_many(cast, gus, now):
    def asked():
        jobs.run(now)
        with CaptureQueriesContext(connection) as queries:
            calls(cast)
        return len(queries)

    moved(cast, gus.user, now)
    few = asked()
    for number in range(10):
        moved(cast, gus.user, now, key=f"more-{number}")

    assert asked() == few


@pytest.mark.threat("T3")
def test_shared_phone_is_told_only_to_open_luna(cast, now):
    CircleMember.objects.filter(pk=cast.bea_member.pk).update(device="shared")
    moved(cast, cast.bea, now)

    jobs.run(now)

    sent = mail.outbox[0]
    assert sent.subject == "Open Luna"
    assert "Open Luna:" in sent.body
    assert "/plan" not in sent.body
    assert "It is now on" not in sent.body
    assert "Bea" not in sent.body
