"""The pages of running late and closing: say it, look, confirm once, call who was not reached."""

import re
from datetime import time

import pytest
from uuid6 import uuid7

from luna.careplan.models import DayChange
from luna.notices import jobs
from luna.notices.models import Attempt, Notice
from luna.people.models import Clinician, Patient
from tests import care as cared
from tests.notices.reaching import reached

PAGE = "/clinic/day-changes"


@pytest.fixture
def nia(cast, clock):
    """Nia's browser at dawn on the day of Ana's first infusion."""
    clock.now = cared.at("03-15 07:10")
    return cast.browser("nia", clock.now)


def words(response):
    """Return what a page says, without tags and with plain spaces."""
    text = re.sub(r"<[^>]+>", " ", response.content.decode())
    return re.sub(r"\s+", " ", text.replace("\xa0", " "))


def late(**said):
    return {"do": "preview", "day": "today", "what": "late", "minutes": "30", "words": "", **said}


def confirmed(care, **said):
    row = care.infusions[0]
    return late(
        do="confirm", client_id=str(uuid7()), infusion=row.id.hex, **{f"revision-{row.id.hex}": "1"}, **said
    )


def test_look_shows_the_new_time_what_they_read_and_who_is_told(care, nia):
    shown = words(nia.post(PAGE, late()))

    assert "Nothing has changed yet." in shown
    assert "Ana Abel 9 am → 9:30 am" in shown
    assert "They read first: “Clear drinks until 7:30 am”" in shown
    assert "Get a message: Ana Abel, Bea Burns" in shown
    assert DayChange.objects.count() == 0


def test_confirmed_once_it_is_done_and_the_first_line_is_anas_page(care, cast, clock, nia):
    sent = nia.post(PAGE, confirmed(care))

    shown = words(nia.get(sent.url))
    assert "Done. The people concerned are being told." in shown
    assert "Nobody, as far as Luna knows." in shown
    page = cast.browser("ana", clock.now).get("/now")
    title = re.search(r'<h1 class="now-title"[^>]*>([^<]+)<', page.content.decode())
    assert title[1].replace("\xa0", " ") == "Clear drinks until 7:30 am"
    assert "The infusion is now planned for today at 9:30 am, no longer for today at 9 am." in words(page)


def test_reader_in_another_zone_is_told_whose_clock_it_is(care, cast, clock, nia):
    cast.ana.zone = "Europe/Dublin"
    cast.ana.save()

    nia.post(PAGE, confirmed(care))

    assert "Clear drinks until 7:30 am (New York time)" in words(cast.browser("ana", clock.now).get("/now"))


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ({"minutes": ""}, "Type from 5 to 480 minutes."),
        ({"minutes": "soon"}, "Type from 5 to 480 minutes."),
        ({"what": ""}, "Say whether you run late or close."),
        ({"day": "other"}, "Choose a day."),
        ({"day": "other", "on": "2027-03-14"}, "This day is over. Choose today or a later one."),
    ],
)
def test_wrong_words_are_kept_and_say_what_to_do(care, nia, typed, message):
    answer = nia.post(PAGE, late(words="Snow in the pass", **typed))

    assert answer.status_code == 422
    assert message in words(answer)
    assert "Snow in the pass" in answer.content.decode()


def test_nothing_ticked_is_said(care, nia):
    answer = nia.post(PAGE, confirmed(care) | {"infusion": []})

    assert answer.status_code == 422
    assert "Choose at least one infusion." in words(answer)


def test_stale_confirmation_shows_it_anew(care, nia):
    answer = nia.post(PAGE, confirmed(care) | {f"revision-{care.infusions[0].id.hex}": "7"})

    assert answer.status_code == 422
    assert "One of them has changed meanwhile." in words(answer)


def test_back_keeps_what_was_typed(care, nia):
    shown = nia.post(PAGE, late(do="back", words="Snow in the pass")).content.decode()

    assert "Snow in the pass" in shown
    assert 'value="30"' in shown


def test_who_was_not_reached_is_called_and_taken_off(care, cast, nia):
    sent = nia.post(PAGE, confirmed(care))
    Notice.objects.filter(words="moved", to_user=cast.bea).update(state="not-reached")
    cast.bea_member.phone = "+12125550143"
    cast.bea_member.save()
    shown = words(nia.get(sent.url))
    assert "(212) 555-0143" in shown
    assert "Say to them alone: “Ana: clear drinks until 7:30 am” “No food until after the infusion.”" in shown

    notice = Notice.objects.get(words="moved", to_user=cast.bea)
    nia.post(sent.url, {"do": "told", "one": f"{notice.id}:{notice.fence}"})

    assert "Nobody, as far as Luna knows." in words(nia.get(sent.url))
    assert Attempt.objects.get(notice=notice).reason == "told-otherwise"


def test_whose_quiet_hours_keep_the_message_is_called_or_told_when_it_leaves(care, cast, clock, nia):
    for user, ends in ((cast.ana, time(8)), (cast.bea, time(7, 30))):
        reached(user, cared.at("03-01 09:00"), quiet_from=time(21), quiet_to=ends)
    Patient.objects.filter(id=cast.ana_patient.id).update(phone="+12125550177")
    looked = words(nia.post(PAGE, late()))
    assert (
        "Gets a message today at 7:30 am at the earliest, because of their quiet hours: Bea Burns" in looked
    )
    assert "No message reaches in time, call: Ana Abel" in looked

    page = nia.post(PAGE, confirmed(care)).url
    jobs.run(cared.at("03-15 07:11"))

    shown = words(nia.get(page))
    assert "Ana Abel · now today at 9:30 am Quiet hours: no message before today at 8 am." in shown
    assert "(212) 555-0177" in shown
    assert "Not sent yet, because of their quiet hours. It leaves today at 7:30 am at the earliest." in shown
    notice = Notice.objects.get(words="moved", to_user=cast.ana)
    nia.post(page, {"do": "told", "one": f"{notice.id}:{notice.fence}"})
    shown = words(nia.get(page))
    assert "Nobody, as far as Luna knows." in shown
    assert "Nia Noor told them, today at 7:10 am" in shown


def test_patient_without_an_account_is_called_and_taken_off(care, cast, nia):
    Patient.objects.filter(id=cast.ana_patient.id).update(user=None)
    sent = nia.post(PAGE, confirmed(care))
    assert "Luna has no address to write to." in words(nia.get(sent.url))

    key = f"{care.infusions[0].id.hex}:moved:r2:patient"
    nia.post(sent.url, {"do": "told", "call": key})

    shown = words(nia.get(sent.url))
    assert "Luna has no address to write to." not in shown
    assert "Told by Nia Noor" in shown
    assert nia.post(sent.url, {"do": "told", "call": "x"}).status_code == 404


def test_what_could_not_be_done_says_why_and_can_go_on(care, cast, clock, nia):
    sent = nia.post(PAGE, confirmed(care))
    change = DayChange.objects.get()
    other = DayChange.objects.create(
        clinic=cast.harbour, on=change.on, what="closed", by=cast.nia, at=clock.now, client_id=uuid7(),
        lines=[{"infusion": care.infusions[0].id.hex, "revision": 1, "to": None}],
    )  # fmt: skip
    page = sent.url.replace(str(change.id), str(other.id))
    assert "Not done yet" in words(nia.get(page))

    answer = nia.post(page, {"do": "go-on"})

    assert answer.status_code == 422
    assert "Someone changed this while you had it open." in words(answer)


def test_page_is_for_who_books_of_this_clinic(care, cast, clock, nia):
    sent = nia.post(PAGE, confirmed(care))
    Clinician.objects.filter(user=cast.diaz).update(roles=["therapist"])

    assert cast.browser("diaz", clock.now).get(PAGE).status_code == 404
    assert cast.browser("dee", clock.now).get(sent.url).status_code == 404
    assert cast.browser("ana", clock.now).get(PAGE).status_code == 404


def test_who_is_watched_at_home_reads_of_a_change_beside_it(care, cast, clock):
    care.home(cared.at("03-15 11:40"))
    clock.now = cared.at("03-15 12:00")
    row = care.infusions[1]
    said = late(
        do="confirm", client_id=str(uuid7()), day="other", on="2027-03-17", what="closed",
        infusion=row.id.hex, **{f"revision-{row.id.hex}": "1"},
    )  # fmt: skip
    cast.browser("nia", clock.now).post(PAGE, said)

    shown = words(cast.browser("bea", clock.now).get("/now"))

    assert "The infusion does not take place. It was planned for Wednesday 17 March at 9 am." in shown
    assert "can eat and drink now" not in shown


def test_list_of_the_last_ones_names_what_is_not_done(care, cast, clock, nia):
    DayChange.objects.create(
        clinic=cast.harbour, on=clock.now.date(), what="closed", by=cast.nia, at=clock.now, client_id=uuid7(),
        lines=[{"infusion": care.infusions[0].id.hex, "revision": 1, "to": None}],
    )  # fmt: skip

    assert "1 not done" in words(nia.get(PAGE))
