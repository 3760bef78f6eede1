"""Money without billing: what was told and paid, until when one cancels for nothing, and who reads it."""

import re
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.http import Http404
from django.test.utils import CaptureQueriesContext

from luna.audit.models import AuditEvent
from luna.clinical.triage import Urgency
from luna.escalation import actions as escalation
from luna.notices.models import Notice
from luna.people.access import KINDS
from luna.people.errors import Refused, Replayed
from luna.people.models import CircleMember, Clinic
from luna.treatment import actions, money
from luna.treatment.actions import WantedNote as Wanted
from luna.treatment.models import BookingRevision, MoneyNote
from tests import care as caring
from tests.care import at
from tests.treatment.test_pages import text_of

pytestmark = pytest.mark.django_db
PRICE = "$450 an infusion, paid on the day"
FREE = "You can cancel or move your infusion"
TALK = ("fee", "450", "cost", "deposit", "price", "waive")  # no word of these to whoever is unwell


@pytest.fixture
def told(care, cast, now):
    """Harbour Clinic says what it costs, and that one cancels for nothing two working days before."""
    Clinic.objects.filter(pk=cast.harbour.pk).update(
        price=PRICE, deposit="$100", free_ahead=2, free_unit="days"
    )
    return note(care, cast, now)


def note(care, cast, now, what="price", words=PRICE, to="Ana Abel", **more):
    of_price = {"told_by_id": cast.nia.id, "told_to": to} if what == "price" else {}
    asked = {"viewer": cast.sees("nia"), "client_id": uuid4(), "now": now, **more}
    return actions.note_money(
        series_id=care.series.id, wanted=Wanted(what, words, now - timedelta(hours=1), **of_price), **asked
    )


def cancel(care, cast, why, when, n=0):
    return actions.cancel(
        infusion_id=care.infusions[n].id, why=why, words="As they said.", expected_revision=1,
        viewer=cast.sees("nia"), client_id=uuid4(), now=when,
    )  # fmt: skip


def talk_of(browser):
    """Return the words about money on a patient's plan and on its page of costs."""
    said = f"{text_of(browser.get('/plan'))} {text_of(browser.get('/costs'))}".lower()
    return [word for word in TALK if re.search(rf"\b{word}[ds]?\b", said.replace("what it costs", ""))]


def test_price_told_says_who_told_whom_what_and_when(care, cast, now):
    row = note(care, cast, now)

    assert (row.what, row.words, row.told_by, row.told_to, row.by) == (
        "price", PRICE, cast.nia, "Ana Abel", cast.nia,
    )  # fmt: skip
    assert row.at == now - timedelta(hours=1)
    assert AuditEvent.objects.filter(verb="money.note").count() == 1


def test_nothing_about_money_is_ever_sent(care, cast, now, told):
    before = Notice.objects.count()

    note(care, cast, now, "deposit", "$100")
    waived = note(care, cast, now, "waiver", "She called in time.")
    actions.take_back_money(
        series_id=care.series.id,
        note_id=waived.id,
        words="Wrong chart.",
        viewer=cast.sees("nia"),
        client_id=uuid4(),
        now=now,
    )

    assert Notice.objects.count() == before


def test_same_form_again_is_one_note_and_other_words_are_refused(care, cast, now):
    form = uuid4()
    first = note(care, cast, now, client_id=form)

    assert note(care, cast, now, client_id=form) == first
    with pytest.raises(Replayed):
        note(care, cast, now, words="$500", client_id=form)
    with pytest.raises(Replayed):
        note(care, cast, now, client_id=form, to="Bea Abel")
    assert MoneyNote.objects.count() == 1


def test_note_is_taken_back_once_with_a_reason_and_stays_to_be_read(care, cast, now):
    row = note(care, cast, now, "deposit", "$100")
    asked = {"series_id": care.series.id, "note_id": row.id, "viewer": cast.sees("nia"), "now": now}

    with pytest.raises(Refused, match="why"):
        actions.take_back_money(words=" ", client_id=uuid4(), **asked)
    form = uuid4()
    actions.take_back_money(words="It was returned.", client_id=form, **asked)
    actions.take_back_money(words="It was returned.", client_id=form, **asked)
    with pytest.raises(Refused, match="already"):
        actions.take_back_money(words="Again.", client_id=uuid4(), **asked)

    (only,) = money.notes(cast.sees("nia"), [care.series])
    assert (only.note, only.back.words) == (row, "It was returned.")


@pytest.mark.parametrize(
    ("what", "words", "field"),
    [("price", " ", "words"), ("waiver", "", "words"), ("waiver", "x" * 251, "words")],
)
def test_note_that_says_nothing_or_too_much_is_refused(care, cast, now, what, words, field):
    with pytest.raises(Refused) as refused:
        note(care, cast, now, what, words)
    assert refused.value.field == field


@pytest.mark.parametrize(
    ("wanted", "field"),
    [
        ({"told_by_id": UUID(int=7)}, "told_by"),
        ({"told_to": ""}, "told_to"),
        ({"told_to": "x" * 121}, "told_to"),
        ({"at": at("03-08 12:01")}, "at"),
    ],
)
def test_price_needs_who_told_whom_and_not_in_the_future(care, cast, now, wanted, field):
    said = {"told_by_id": cast.nia.id, "told_to": "Ana", "at": now, **wanted}

    with pytest.raises(Refused) as refused:
        actions.note_money(
            series_id=care.series.id, wanted=Wanted("price", PRICE, **said), viewer=cast.sees("nia"),
            client_id=uuid4(), now=now,
        )  # fmt: skip
    assert refused.value.field == field


def test_note_can_be_neither_changed_nor_dropped(care, cast, now):
    row = note(care, cast, now)

    for change in (lambda: MoneyNote.objects.filter(pk=row.pk).update(words="$1"), row.delete):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()


def test_note_is_taken_back_once_whatever_the_code_says(care, cast, now):
    row = note(care, cast, now)
    same = {
        "clinic": cast.harbour, "patient": cast.ana_patient, "series": care.series, "what": "price",
        "at": now, "recorded_at": now, "by": cast.nia, "capacity": "staff", "supersedes": row,
    }  # fmt: skip
    MoneyNote.objects.create(client_id=uuid4(), **same)

    with pytest.raises(IntegrityError), transaction.atomic():
        MoneyNote.objects.create(client_id=uuid4(), **same)


def test_only_staff_who_book_note_anything(care, cast, now):
    for name in ("ana", "bea", "cal"):
        with pytest.raises(Http404):
            note(care, cast, now, viewer=cast.sees(name))


# --- What the patient reads


def test_patient_reads_until_when_they_cancel_for_nothing_and_what_they_were_told(as_ana, told):
    # The first is on Monday 15 March; two working days before is Thursday 11 March, until five.
    said = text_of(as_ana.get("/costs"))

    assert f"{FREE} (Monday 15 March) without a fee until Thursday 11 March, 5 pm." in said
    assert "Nia Noor told Ana Abel: " + PRICE in said
    assert "When you are not well, it never costs you anything." in said
    assert f"{FREE} (Monday 15 March) without a fee until Thursday 11 March, 5 pm." in text_of(
        as_ana.get("/plan")
    )


def test_time_is_the_clinics_and_says_so_to_who_is_elsewhere(as_ana, cast, told):
    cast.ana.zone = "America/Los_Angeles"
    cast.ana.save()

    assert "until Thursday 11 March, 5 pm (New York time)." in text_of(as_ana.get("/costs"))


def test_time_follows_a_move_and_a_late_booking_has_none(care, cast, now, as_ana, told):
    actions.move(
        infusion_id=care.infusions[0].id, start=actions.Start(at("03-16 09:00")), why="clinic",
        expected_revision=1, viewer=cast.sees("nia"), client_id=uuid4(), now=now,
    )  # fmt: skip
    assert f"{FREE} (Tuesday 16 March) without a fee until Friday 12 March, 5 pm." in text_of(
        as_ana.get("/plan")
    )

    actions.move(
        infusion_id=care.infusions[0].id, start=actions.Start(at("03-09 09:00")), why="clinic",
        expected_revision=2, viewer=cast.sees("nia"), client_id=uuid4(), now=now,
    )  # fmt: skip
    assert FREE not in text_of(as_ana.get("/plan"))


def test_past_time_is_not_shown_and_no_fee_is_said_to_be_due(as_ana, clock, told):
    clock.now = at("03-11 17:00")

    assert FREE not in text_of(as_ana.get("/plan"))
    assert f"{FREE} (tomorrow)" not in text_of(as_ana.get("/costs"))


def test_what_the_clinic_does_not_say_is_not_shown(care, cast, as_ana):
    assert "What it costs" not in text_of(as_ana.get("/plan"))
    assert "Nothing was noted about money." in text_of(as_ana.get("/costs"))


def test_note_taken_back_is_not_read_by_the_patient(care, cast, now, as_ana, told):
    actions.take_back_money(
        series_id=told.series_id,
        note_id=told.id,
        words="Another price holds.",
        viewer=cast.sees("nia"),
        client_id=uuid4(),
        now=now,
    )

    said = text_of(as_ana.get("/costs"))
    assert "told Ana Abel" not in said
    assert "Another price" not in said


# --- Nobody who is unwell


@pytest.mark.parametrize("why", ["unwell", "pressure", "ate", "no-ride"])
def test_nobody_whose_infusion_fell_through_reads_about_money(care, cast, as_ana, clock, told, why):
    clock.now = at("03-15 08:00")
    assert talk_of(as_ana) != []

    cancel(care, cast, why, clock.now)
    assert talk_of(as_ana) == []

    clock.now += timedelta(days=3, minutes=1)
    assert talk_of(as_ana) != []


def test_nobody_under_the_effect_reads_about_money(care, cast, as_ana, clock, told):
    care.say("arrived", at("03-15 08:30"))
    care.say("started", at("03-15 09:00"))
    clock.now = at("03-15 12:00")

    assert talk_of(as_ana) == []


def test_nobody_somebody_is_asked_to_see_to_reads_about_money(cast, now, as_ana, told):
    asked = {
        "clinic_id": cast.harbour.id, "patient_id": cast.ana_patient.id, "urgency": Urgency.SOON,
        "about_type": "series", "about_id": "x", "by": None, "now": now,
    }  # fmt: skip
    escalation.open(cause="safety", **asked)
    assert talk_of(as_ana) != []  # what she may not know of leaves no trace here either

    escalation.open(cause="no-reply", **asked)
    assert talk_of(as_ana) == []


def test_cancelling_for_the_clinic_changes_nothing_about_money(care, cast, now, as_ana, told):
    cancel(care, cast, BookingRevision.Why.CLINIC, now)

    assert f"{FREE} (Wednesday 17 March)" in text_of(as_ana.get("/plan"))


# --- Who reads it


@pytest.mark.threat("T1")
def test_no_caretaker_reads_about_money_whatever_is_shared(cast, care, as_bea, told):
    CircleMember.objects.filter(pk=cast.bea_member.pk).update(kinds=list(KINDS))

    assert "money" not in cast.sees("bea").kinds
    assert list(MoneyNote.objects.visible_to(cast.sees("bea"))) == []
    assert [
        word for word in TALK if re.search(rf"\b{word}[ds]?\b", text_of(as_bea.get("/plan")).lower())
    ] == []
    assert as_bea.get("/costs").status_code == 404


def test_staff_note_take_back_and_read_why(care, cast, as_nia, told):
    path = f"/clinic/series/{care.series.id}/money"
    page = as_nia.get(path)
    assert f'value="{PRICE}"' in page.content.decode()
    assert "Thursday 11 March, 17:00" in text_of(page) or "Thursday 11 March, 5 pm" in text_of(page)

    done = as_nia.post(
        path, {"do": "waiver", "words": "Snow.", "at": "", "client_id": str(uuid4())}, follow=True
    )
    assert "Snow." in text_of(done)
    waiver = MoneyNote.objects.get(what="waiver")

    back = {"do": "take-back", "note": str(waiver.id), "words": "", "client_id": str(uuid4())}
    refused = as_nia.post(path, back)
    assert refused.status_code == 422
    assert "Write down why." in text_of(refused)
    done = as_nia.post(path, {**back, "words": "It thawed."}, follow=True)
    assert "Taken back by Nia Noor" in text_of(done)
    assert "It thawed." in text_of(done)


def test_note_is_not_taken_back_on_the_page_of_another_series(care, cast, now, as_nia, told):
    other = caring.start(
        cast, now, of=caring.new_in_care(cast, "Max Moor", now), starts=("03-16",), hour="13:00"
    )
    back = {"do": "take-back", "note": str(told.id), "words": "No.", "client_id": str(uuid4())}

    assert as_nia.post(f"/clinic/series/{other.id}/money", back).status_code == 404
    assert MoneyNote.objects.count() == 1


def test_refused_note_keeps_what_was_typed(care, as_nia, told):
    path = f"/clinic/series/{care.series.id}/money"
    sent = {"do": "price", "words": "$500", "told_by": "nobody", "told_to": "Ana", "at": "2027-03-08T11:00"}

    page = as_nia.post(path, {**sent, "client_id": str(uuid4())})

    assert page.status_code == 422
    assert 'value="$500"' in page.content.decode()
    assert 'value="2027-03-08T11:00"' in page.content.decode()
    assert MoneyNote.objects.count() == 1


def test_series_leads_to_its_money(care, as_nia):
    page = as_nia.get(f"/clinic/series/{care.series.id}").content.decode()

    assert f'href="/clinic/series/{care.series.id}/money"' in page


def test_page_asks_the_database_as_often_however_many_notes(care, cast, now, as_ana, told):
    def queries():
        with CaptureQueriesContext(connection) as found:
            as_ana.get("/costs")
        return len(found)

    queries()  # the first look of a day is written down
    one = queries()
    for n in range(5):
        note(care, cast, now, words=f"${n}")

    assert queries() == one
