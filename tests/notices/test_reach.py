"""How we reach you: the number, its code, what may be used, and what narrows even after an infusion."""

import re
from datetime import time, timedelta

import pytest
from django.core import mail

from luna.audit.models import AuditEvent
from luna.notices import reach
from luna.notices.channels import sms
from luna.notices.models import Reach
from luna.people.errors import Impaired, Stale
from luna.people.models import ContactChange, ContactSafety, Patient
from tests.library import reading
from tests.notices.reaching import MOBILE, reached

pytestmark = pytest.mark.django_db

CHOICES = {"sms": False, "voice": False, "order": ["email"], "quiet": None}


@pytest.fixture
def as_bea(cast, clock, now):
    return cast.browser("bea", now, fresh=True)


@pytest.fixture
def impaired(cast, now):
    Patient.objects.filter(pk=cast.ana_patient.pk).update(impaired_until=now + timedelta(hours=6))


def code_in(provider):
    return re.search(r"\d{6}", provider.taken[-1].fields["Body"])[0]


def ask(browser, **changes):
    return browser.post("/me/reach/number", {"mobile": "(212) 555-0142", "voice": "on"} | changes)


def test_number_is_theirs_after_the_code(as_bea, provider, cast, now):
    assert ask(as_bea).url == "/me/reach/code"
    assert not Reach.objects.exists()

    answer = as_bea.post("/me/reach/code", {"code": code_in(provider)})

    row = Reach.objects.get(user=cast.bea)
    assert answer.url == "/me/reach"
    assert (row.mobile, row.mobile_at, row.sms_at, row.voice_at) == (MOBILE, now, now, now)
    assert [taken.fields["To"] for taken in provider.taken] == [MOBILE]  # nothing but the code went there


@pytest.mark.threat("T1")
def test_new_number_is_told_to_their_address_and_clinic(as_bea, provider, cast):
    ask(as_bea)
    as_bea.post("/me/reach/code", {"code": code_in(provider)})

    assert [one.to for one in mail.outbox] == [["bea@example.org"], ["lead@harbour.example"]]
    assert MOBILE not in "".join(one.body for one in mail.outbox)
    assert AuditEvent.objects.filter(verb="reach.number", patient_id=cast.ana_patient.id).exists()


def test_wrong_code_leaves_everything_and_says_so(as_bea, provider):
    ask(as_bea)
    wrong = "000000" if code_in(provider) != "000000" else "111111"

    answer = as_bea.post("/me/reach/code", {"code": wrong})

    assert answer.status_code == 422
    assert b"That is not the code we sent" in answer.content
    assert not Reach.objects.exists()


def test_code_is_over_after_ten_minutes(as_bea, provider, clock):
    ask(as_bea)
    session = as_bea.session
    session["fresh_at"] = clock.move(minutes=10, seconds=1).isoformat()
    session.save()

    assert as_bea.post("/me/reach/code", {"code": code_in(provider)}).url == "/me/reach/number"
    assert not Reach.objects.exists()


@pytest.mark.parametrize(("country", "example"), [("US", "(201) 555-0123"), ("IE", "(022) 12345")])
def test_wrong_number_says_how_one_of_the_country_looks(provider, cast, clock, now, country, example):
    browser = cast.browser("ana" if country == "US" else "zoe", now, fresh=True)

    answer = ask(browser, mobile="555")

    assert answer.status_code == 422
    assert example in answer.content.decode()
    assert 'value="555"' in answer.content.decode()  # what was typed stays
    assert provider.taken == []


@pytest.mark.threat("T10")
def test_number_that_costs_extra_gets_no_code(as_bea, provider):
    answer = ask(as_bea, mobile="+1 900 555 0100")

    assert answer.status_code == 422
    assert b"That number costs extra." in answer.content
    assert provider.taken == []


def test_number_the_provider_refuses_is_said(as_bea, provider):
    provider.answers = 400

    answer = ask(as_bea)

    assert answer.status_code == 422
    assert b"We could not send a code there" in answer.content


def test_number_is_asked_for_behind_the_pin(provider, cast, clock, now):
    assert "/me/unlock" in cast.browser("bea", now).get("/me/reach/number").url


def test_no_provider_asks_for_no_number(as_bea):
    assert as_bea.get("/me/reach/number").url == "/me/reach"
    assert b"Add a mobile number" not in as_bea.get("/me/reach").content


def test_many_codes_in_a_row_are_refused(as_bea, provider):
    answers = [ask(as_bea).status_code for _ in range(7)]

    assert answers[-1] == 422
    assert len(provider.taken) < 7


def test_page_saves_ways_order_and_quiet_hours(as_bea, provider, cast, now):
    row = reached(cast.bea, now)
    places = {"place_sms": "0", "place_email": "1", "place_voice": "2"}

    answer = as_bea.post(
        "/me/reach",
        places | {"sms": "on", "voice": "on", "quiet_from": "22:00", "quiet_to": "07:00", "version": "1"},
    )

    row.refresh_from_db()
    assert answer.url == "/me/reach"
    assert row.order == ["sms", "email", "voice"]
    assert (f"{row.quiet_from:%H:%M}", f"{row.quiet_to:%H:%M}") == ("22:00", "07:00")


@pytest.mark.parametrize(
    ("places", "order"),
    [
        ({"sms": "0", "email": "0", "voice": "2"}, ["sms", "email", "voice"]),
        ({"email": "1", "sms": "1", "voice": "2"}, ["sms", "email", "voice"]),
        ({"email": "0", "sms": "1", "voice": "0"}, ["voice", "email", "sms"]),
        ({"email": "2", "sms": "1", "voice": "2"}, ["sms", "voice", "email"]),
    ],
)
def test_way_that_was_moved_gets_the_place_of_another(as_bea, provider, cast, now, places, order):
    row = reached(cast.bea, now)
    given = {f"place_{name}": place for name, place in places.items()}

    as_bea.post("/me/reach", given | {"sms": "on", "voice": "on", "version": "1"})

    row.refresh_from_db()
    assert row.order == order


def test_page_keeps_what_was_typed_when_one_end_is_missing(as_bea):
    answer = as_bea.post("/me/reach", {"quiet_from": "22:00", "quiet_to": "", "version": "1"})

    assert answer.status_code == 422
    assert b"Give both times" in answer.content
    assert b'value="22:00"' in answer.content


def test_page_of_two_tabs_saves_one(as_bea, cast, now):
    reach.choose(cast.bea, **CHOICES | {"order": []}, version=1, now=now)

    answer = as_bea.post("/me/reach", {"quiet_from": "22:00", "quiet_to": "07:00", "version": "1"})

    assert answer.status_code == 422
    assert Reach.objects.get(user=cast.bea).quiet_from is None


def test_stale_choice_is_refused(cast, now):
    reached(cast.bea, now)

    with pytest.raises(Stale):
        reach.choose(cast.bea, **CHOICES, version=9, now=now)


@pytest.mark.threat("T2")
def test_nobody_agrees_to_more_under_the_effect(cast, now, impaired, provider):
    reached(cast.ana, now, sms_at=None, voice_at=None)

    for wider in ({"sms": True}, {"voice": True}, {"order": ["sms"]}):
        with pytest.raises(Impaired):
            reach.choose(cast.ana, **CHOICES | {"order": []} | wider, version=1, now=now)
    with pytest.raises(Impaired):
        reach.set_number(cast.ana, MOBILE, voice=False, now=now)
    assert mail.outbox == []


@pytest.mark.threat("T2")
def test_quiet_hours_need_no_order_that_was_never_saved(cast, now, impaired):
    reached(cast.ana, now, order=[])

    wanted = CHOICES | {"order": ["email", "sms", "voice"], "quiet": (time(22), time(7))}
    row = reach.choose(cast.ana, **wanted, version=1, now=now)

    assert row.quiet_from == time(22)


@pytest.mark.threat("T2")
def test_narrowing_works_under_the_effect(cast, now, impaired):
    row = reached(cast.ana, now)

    reach.choose(cast.ana, **CHOICES | {"order": []}, version=1, now=now)
    row.refresh_from_db()
    assert (row.sms_at, row.voice_at) == (None, None)
    reach.forget_number(cast.ana, now=now)
    row.refresh_from_db()
    assert row.mobile == ""


@pytest.mark.parametrize("path", ["/me/reach", "/me/reach/number", "/me/messages"])
def test_sentences_are_easy_to_read(as_bea, provider, cast, now, path):
    reached(cast.bea, now, stopped_at=now)

    page = as_bea.get(path).content.decode().split("<main", 1)[1]

    assert reading.grade(" ".join(page.split())) <= 8


def test_page_asks_as_often_however_much_was_said(as_bea, provider, cast, now, django_assert_max_num_queries):
    reached(cast.bea, now, order=["voice", "sms"])
    as_bea.get("/me/reach")

    with django_assert_max_num_queries(13):
        as_bea.get("/me/reach")


@pytest.mark.threat("T2")
def test_page_of_a_number_says_why_it_waits(cast, clock, now, impaired, provider):
    answer = ask(cast.browser("ana", now, fresh=True))

    assert b"because of your infusion" in answer.content
    assert provider.taken == []


@pytest.mark.threat("T1")
def test_safe_number_that_staff_know_leaves_no_trace_on_the_page(cast, clock, now, provider):
    reached(cast.ana, now)
    browser = cast.browser("ana", now)
    before = re.sub(rb'value="[^"]{30,}"', b"", browser.get("/me/reach").content)
    ContactSafety.objects.create(
        clinic=cast.harbour, patient=cast.ana_patient, safe="no", phone="+12125550199", by=cast.nia, at=now,
        client_id=cast.ana.id,
    )  # fmt: skip

    after = re.sub(rb'value="[^"]{30,}"', b"", browser.get("/me/reach").content)

    assert sms.Sms.address(cast.ana, reach.of(cast.ana)) == ""
    assert before == after


@pytest.mark.threat("T1")
def test_number_set_while_the_account_was_taken_over_is_not_used(cast, now, provider):
    row = reached(cast.bea, now)
    hours = timedelta(hours=1)
    ContactChange.objects.create(
        user=cast.bea, old_email="bea@example.org", new_email="x@example.org", at=now - hours,
        told_at=now - hours,
        undone_at=now + hours, undo_until=now + 72 * hours,
    )  # fmt: skip

    assert sms.Sms.address(cast.bea, row) == ""


def test_taking_the_number_away_needs_no_pin(cast, clock, now):
    row = reached(cast.bea, now)

    cast.browser("bea", now).post("/me/reach/forget")

    row.refresh_from_db()
    assert (row.mobile, row.mobile_at, row.sms_at) == ("", None, None)


def test_stop_is_taken_back_by_agreeing_again(cast, now):
    row = reached(cast.bea, now, stopped_at=now)

    reach.choose(cast.bea, **CHOICES | {"sms": True}, version=1, now=now + timedelta(days=1))

    row.refresh_from_db()
    assert row.writes
    assert row.sms_at == now + timedelta(days=1)
