"""The pages of readiness: who is ready, one infusion, its start, and going ahead all the same."""

import re
from datetime import time

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from uuid6 import uuid7

from luna.careplan.models import ArrivalCheck
from luna.clinical.ride import Said
from luna.intake.actions import medicines
from luna.notices import jobs
from luna.notices.models import Notice
from luna.people.models import Clinician, Patient
from luna.treatment import actions as treatment
from luna.treatment.models import Moment, Order
from tests import care as cared
from tests.careplan import readying
from tests.careplan.readying import DAWN, DESK, EVE, NINE
from tests.notices.reaching import reached

BOARD = "/clinic/readiness"


@pytest.fixture
def at(clock):
    """Go to a time in 2027 on the clinic's clock."""

    def go(when):
        clock.now = cared.at(when)
        return clock.now

    return go


@pytest.fixture
def ready_on_the_eve(care, at, now):
    readying.before(care, at("03-09 12:00"))
    readying.eve(care)
    return care


@pytest.fixture
def page(care):
    return reverse("ready", args=[care.infusions[0].id])


def nia(cast, at, when):
    """Return Nia's browser at a time, a moment after her PIN."""
    return cast.browser("nia", at(when), fresh=True)


def words(response):
    """Return what a page says, without tags and with plain spaces."""
    text = re.sub(r"<[^>]+>", " ", response.content.decode())
    return re.sub(r"\s+", " ", text.replace("\xa0", " "))


def form(care, **said):
    return {"client_id": uuid7(), "revision": care.infusions[0].revision, **said}


def test_board_shows_tomorrow_and_what_is_missing_with_one_tap(care, cast, at):
    browser = nia(cast, at, EVE)

    shown = words(browser.get(BOARD))

    assert "Ana Abel: Wait:" in shown
    assert "Not signed" in shown
    assert "Remind Ana" in shown
    sent = browser.post(
        reverse("ready", args=[care.infusions[0].id]),
        {"client_id": uuid7(), "do": "chase", "subject": "consent:", "number": "1", "back": "board"},
    )
    assert sent.url == BOARD
    assert Notice.objects.get(words="ready-ask").to_user == cast.ana
    shown = words(browser.get(BOARD))
    assert "A message to Ana is on its way" in shown
    assert "Remind Ana" not in shown
    later = words(nia(cast, at, "03-14 22:30").get(BOARD))
    assert "A message to Ana is on its way" in later
    assert "Remind Ana again" in later


def remind(browser, care):
    return browser.post(
        reverse("ready", args=[care.infusions[0].id]),
        {"client_id": uuid7(), "do": "chase", "subject": "consent:", "number": "1", "back": "board"},
        follow=True,
    )


def test_reminder_in_quiet_hours_says_when_it_leaves(care, cast, at, page):
    reached(cast.ana, cared.at("03-01 09:00"), quiet_from=time(20), quiet_to=time(7))
    browser = nia(cast, at, "03-14 21:00")

    shown = words(remind(browser, care))

    says = "The message to Ana is not sent yet, because of their quiet hours. It leaves tomorrow at 7 am"
    assert "Their quiet hours keep the reminder: it leaves tomorrow at 7 am at the earliest." in shown
    assert says in shown
    assert "on its way" not in shown
    jobs.run(at("03-14 21:00"))
    assert says in words(browser.get(BOARD))
    assert says in words(browser.get(page))
    jobs.run(at("03-15 07:01"))
    assert "Ana was sent a message today at 7:01 am" in words(nia(cast, at, "03-15 07:02").get(page))


@pytest.mark.hazard("H7")
def test_reminder_that_quiet_hours_keep_too_long_says_to_call_and_the_number(care, cast, at, page):
    reached(cast.ana, cared.at("03-01 09:00"), quiet_from=time(18), quiet_to=time(8, 50))
    Patient.objects.filter(id=cast.ana_patient.id).update(phone="+12125550177")
    browser = nia(cast, at, "03-14 22:00")
    assert "Their quiet hours keep the reminder too long. Call them." in words(remind(browser, care))
    jobs.run(at("03-14 22:00"))

    for where in (BOARD, page):
        answer = browser.get(where)
        assert "Quiet hours: no message to Ana before tomorrow at 8:50 am. Call (212) 555-0177" in words(
            answer
        )
        assert 'href="tel:+12125550177"' in answer.content.decode()
        assert "on its way" not in words(answer)


def test_reminder_that_is_not_true_any_more_after_quiet_hours_is_no_promise(care, cast, at, page):
    reached(cast.ana, cared.at("03-01 09:00"), quiet_from=time(17), quiet_to=time(8))
    Patient.objects.filter(id=cast.ana_patient.id).update(phone="+12125550177")
    browser = nia(cast, at, "03-14 18:00")
    remind(browser, care)

    assert "Quiet hours: no message to Ana before tomorrow at 8 am. Call (212) 555-0177" in words(
        browser.get(page)
    )
    jobs.run(at("03-14 18:00"))  # a reminder is good for half a day
    assert "Ana was not reached. Call. (212) 555-0177" in words(browser.get(page))


def test_board_asks_as_often_for_many_reminders_that_wait(care, cast, at, now):
    counts = []
    browser = nia(cast, at, "03-14 22:00")
    for name in ("", "Max Moor", "Mia Moor"):
        mine = care
        if name:
            someone = cared.new_in_care(cast, name, now)
            mine = cared.Care(cast, cared.start(cast, cared.at("03-09 12:00"), of=someone, hour="13:00"))
        reached(mine.series.patient.user, now, quiet_from=time(18), quiet_to=time(8, 50))
        remind(browser, mine)
        with CaptureQueriesContext(connection) as found:
            browser.get(BOARD)
        counts.append(len(found))

    assert counts[1] == counts[2]


def test_board_folds_away_who_is_ready(ready_on_the_eve, cast, at):
    shown = words(nia(cast, at, DAWN).get(BOARD))

    assert "Nobody is waiting for you." in shown
    assert "1 ready" in shown
    assert "Ready if fasted: ask" in shown


def test_board_puts_a_hold_first(ready_on_the_eve, cast, at, now):
    someone = cared.new_in_care(cast, "Max Moor", now)
    cared.start(cast, cared.at("03-09 12:00"), of=someone, hour="13:00")
    ana = cast.sees("ana")
    medicines.tell(
        viewer=ana, patient=ana.patient, said=medicines.Said("lithium"), client_id=uuid7(), now=at(EVE)
    )
    readying.drive(ready_on_the_eve, Said.DECLINED, cared.at(EVE))
    cared.decide(cast, cast.ana_patient, cared.at(EVE), verdict="not-now")

    shown = words(nia(cast, at, DAWN).get(BOARD))

    assert shown.index("Ana Abel: Hold: cannot start") < shown.index("Max Moor: Wait")


def test_board_of_another_clinic_shows_nobody_of_this_one(care, cast, at):
    at(EVE)

    assert "Ana" not in words(cast.browser("eve", cared.at(EVE), fresh=True).get(BOARD))


@pytest.mark.hazard("H8")
def test_day_goes_from_the_desk_to_the_start_on_one_page(ready_on_the_eve, cast, at, page):
    browser = nia(cast, at, DESK)
    assert "Say when they arrived" in words(browser.get(page))
    readying.arrive(ready_on_the_eve)

    assert "Ask afresh." in words(browser.get(page))
    told = form(
        ready_on_the_eve, do="arrival", food_at="2027-03-14T20:00", drink_at="2027-03-15T06:30",
        as_ordered="yes", anxiety="4", systolic_mmhg="128", diastolic_mmhg="82",
    )  # fmt: skip
    assert browser.post(page, told).url == page
    assert "4 of 10, said" in words(browser.get(page))
    assert "to Nia Noor, who wrote it down" in words(browser.get(page))
    assert "Start the infusion" in words(browser.get(page))
    at(NINE)
    assert browser.post(page, form(ready_on_the_eve, do="start")).status_code == 302

    assert Moment.objects.get(what="started").at == cared.at(NINE)
    assert "The infusion has started." in words(browser.get(page))
    assert "Under way since 9 am" in words(browser.get(BOARD))


@pytest.mark.hazard("H8")
def test_pressure_is_measured_again_without_asking_food_again(ready_on_the_eve, cast, at, page):
    readying.arrive(ready_on_the_eve)
    readying.check(ready_on_the_eve, pressure=("158", "84"))
    browser = nia(cast, at, "03-15 08:51")
    assert "158/84: above the limit. Recheck in 5 minutes, sitting quietly." in words(browser.get(page))
    assert "Above 140/90 it is measured again" in words(browser.get(page))

    said = {"do": "pressure", "systolic_mmhg": "152", "diastolic_mmhg": "80"}
    assert browser.post(page, form(ready_on_the_eve, **said)).url == page

    shown = words(browser.get(page))
    assert "Hold: cannot start" in shown
    assert "158/84 at 8:45 am" in shown
    assert "152/80 at 8:51 am" in shown
    assert "Blood pressure" in words(browser.get(BOARD))
    assert "Above the limit" in words(browser.get(BOARD))


def test_refused_pressure_keeps_all_that_was_typed(ready_on_the_eve, cast, at, page):
    readying.arrive(ready_on_the_eve)
    browser = nia(cast, at, DESK)
    told = form(
        ready_on_the_eve, do="arrival", food_at="2027-03-14T20:00", drink_at="2027-03-15T06:30",
        as_ordered="yes", anxiety="11", systolic_mmhg="82", diastolic_mmhg="128",
    )  # fmt: skip

    too_anxious = browser.post(page, told)
    swapped = browser.post(page, told | {"anxiety": "4"})

    assert (too_anxious.status_code, swapped.status_code) == (422, 422)
    assert "Type a number from 0 to 10, or leave it empty." in words(too_anxious)
    assert "The lower number has to be below the upper one." in words(swapped)
    for typed in ("2027-03-14T20:00", "2027-03-15T06:30", "82", "128", "4"):
        assert f'value="{typed}"' in swapped.content.decode()
    assert not ArrivalCheck.objects.exists()
    readying.check(ready_on_the_eve, pressure=None)
    refused = browser.post(
        page, form(ready_on_the_eve, do="pressure", systolic_mmhg="12", diastolic_mmhg="8")
    )
    assert refused.status_code == 422
    assert 'value="12"' in refused.content.decode()


def test_pressure_typed_while_a_colleague_was_asking_is_kept(ready_on_the_eve, cast, at, page):
    readying.arrive(ready_on_the_eve)
    browser = nia(cast, at, DESK)
    readying.check(ready_on_the_eve, pressure=None)

    told = form(
        ready_on_the_eve, do="arrival", food_at="2027-03-14T20:00", drink_at="2027-03-15T06:30",
        as_ordered="yes", systolic_mmhg="128", diastolic_mmhg="82",
    )  # fmt: skip
    assert browser.post(page, told).url == page

    assert "The blood pressure is 128/82: within the limit." in words(browser.get(page))


@pytest.mark.parametrize("who", ["ana", "bea"])
def test_pressure_is_on_no_page_of_the_patient_or_a_caretaker(ready_on_the_eve, cast, at, who):
    readying.arrive(ready_on_the_eve)
    readying.check(ready_on_the_eve, pressure=("158", "84"))
    browser = cast.browser(who, at("03-15 08:50"))

    assert all("158" not in words(browser.get(path)) for path in ("/", "/plan", "/fasting"))


@pytest.mark.hazard("H8")
def test_start_that_is_refused_says_why_and_keeps_what_was_typed(ready_on_the_eve, cast, at, page):
    readying.arrive(ready_on_the_eve)
    browser = nia(cast, at, NINE)

    refused = browser.post(page, form(ready_on_the_eve, do="start", at="2027-03-15T08:59"))

    assert refused.status_code == 422
    assert "Nobody has asked yet when they last ate and drank." in words(refused)
    assert not Moment.objects.filter(what="started").exists()


@pytest.mark.hazard("H8")
def test_start_in_the_booked_time_is_written_down_once_that_is_over(ready_on_the_eve, cast, at, page):
    readying.ready_at_desk(ready_on_the_eve)
    browser = nia(cast, at, "03-15 11:05")

    shown = words(browser.get(page))
    assert "The booked time is over. If the infusion started in it, write down when." in shown
    refused = browser.post(page, form(ready_on_the_eve, do="start", at=""))
    assert refused.status_code == 422
    assert "Move the infusion to when it takes place." in words(refused)

    assert browser.post(page, form(ready_on_the_eve, do="start", at="2027-03-15T09:00")).status_code == 302
    assert Moment.objects.get(what="started").at == cared.at(NINE)


@pytest.mark.hazard("H8")
def test_page_of_the_day_leads_to_the_start_and_starts_nothing_itself(ready_on_the_eve, cast, at):
    readying.ready_at_desk(ready_on_the_eve)
    browser = nia(cast, at, NINE)
    day = reverse("infusion", args=[ready_on_the_eve.infusions[0].id])

    refused = browser.post(day, form(ready_on_the_eve, what="started"))

    assert refused.status_code == 422
    assert "Start it on the page that says whether it is ready." in words(refused)
    assert "Check and start" in words(browser.get(day))
    assert not Moment.objects.filter(what="started").exists()


@pytest.mark.hazard("H7")
def test_arrival_asks_beside_the_rule_and_who_decided_it(ready_on_the_eve, cast, at, page):
    readying.arrive(ready_on_the_eve)
    shown = words(nia(cast, at, DESK).get(page))
    assert "6 hours without food as the protocol says" in shown

    treatment.sign_order(
        series_id=ready_on_the_eve.series.id, wanted=treatment.Wanted(what="fasting", name="esketamine"),
        viewer=cast.sees("diaz"), client_id=uuid7(), now=cared.at(DESK),
    )  # fmt: skip

    shown = words(nia(cast, at, DESK).get(page))
    assert "2 hours without food Decided by Delia Diaz, " in shown
    assert "30 minutes without clear drinks Decided by Delia Diaz, " in shown


def test_arrival_keeps_what_was_typed_when_it_is_refused(ready_on_the_eve, cast, at, page):
    readying.arrive(ready_on_the_eve)
    browser = nia(cast, at, DESK)

    refused = browser.post(
        page, form(ready_on_the_eve, do="arrival", food_at="2027-03-15T23:00", drink_at="", as_ordered="no")
    )

    assert refused.status_code == 422
    assert 'value="2027-03-15T23:00"' in refused.content.decode()
    assert "Ask when they last drank, and write it down." in words(refused)


def set_aside(browser, care) -> tuple[str, str]:
    """Return where a go-ahead is written down, and the key of the first reason it can set aside."""
    asked = reverse("override", args=[care.infusions[0].id])
    return asked, re.search(r'name="keys" value="([^"]+)"', browser.get(asked).content.decode())[1]


def test_nurse_writes_down_an_override_and_everybody_sees_it(ready_on_the_eve, cast, at, page):
    readying.arrive(ready_on_the_eve)
    readying.check(ready_on_the_eve, food="03-15 07:00")
    browser = nia(cast, at, NINE)
    asked, key = set_aside(browser, ready_on_the_eve)

    said = form(ready_on_the_eve, keys=key, words="A sip of milk only.", prescriber=str(cast.diaz.id))
    refused = browser.post(asked, said)
    assert refused.status_code == 422
    assert "Read it back to them. Tick this when they say that it is right." in words(refused)
    assert "A sip of milk only." in refused.content.decode()
    assert browser.post(asked, said | {"read_back": "on"}).url == page

    order = Order.objects.get(what="override")
    assert (order.spoken, order.read_back) == (True, True)
    shown = words(browser.get(page))
    assert "Goes ahead in spite of" in shown
    assert f"{cast.diaz.name} , today at 9 am, written down by {cast.nia.name}: A sip of milk only." in shown
    orders = words(browser.get(reverse("orders", args=[ready_on_the_eve.series.id])))
    assert "Goes ahead all the same: A sip of milk only." in orders


def test_prescriber_countersigns_an_override_from_where_it_stands(ready_on_the_eve, cast, at, page):
    readying.arrive(ready_on_the_eve)
    readying.check(ready_on_the_eve, food="03-15 07:00")
    browser = nia(cast, at, NINE)
    asked, key = set_aside(browser, ready_on_the_eve)
    said = {"keys": key, "words": "A sip of milk only.", "prescriber": str(cast.diaz.id), "read_back": "on"}
    browser.post(asked, form(ready_on_the_eve, **said))
    waits = f"Not countersigned yet by {cast.diaz.name}: A sip of milk only."
    link = reverse("order", args=[Order.objects.get(what="override").id])
    assert waits in words(browser.get(page))
    assert link not in browser.get(page).content.decode()  # it is not for her to sign

    prescriber = cast.browser("diaz", at(NINE), fresh=True)
    assert link in prescriber.get(page).content.decode()
    assert page in prescriber.get(link).content.decode()  # what it goes ahead in spite of stands there
    assert words(prescriber.get(link)).count("A sip of milk only.") == 1
    prescriber.post(link, form(ready_on_the_eve, do="agree"))

    assert waits not in words(prescriber.get(page))
    assert "Goes ahead in spite of" in words(prescriber.get(page))


def test_override_without_a_reason_keeps_what_was_chosen(care, cast, at):
    browser = cast.browser("diaz", at(EVE), fresh=True)
    asked = reverse("override", args=[care.infusions[0].id])

    refused = browser.post(asked, form(care, words="Why not"))

    assert refused.status_code == 422
    assert "Choose what it goes ahead in spite of." in words(refused)
    assert "Why not" in refused.content.decode()


def test_coordinator_sees_it_and_starts_nothing(ready_on_the_eve, cast, at, page):
    readying.ready_at_desk(ready_on_the_eve)
    Clinician.objects.filter(user=cast.nia).update(roles=["coordinator"])
    browser = nia(cast, at, NINE)

    assert "A nurse or a prescriber starts it." in words(browser.get(page))
    assert "Blood pressure, upper number" not in words(browser.get(page))
    assert browser.post(page, form(ready_on_the_eve, do="start")).status_code == 422


@pytest.mark.parametrize("who", ["ana", "bea", "cal", "eve", "dee"])
def test_wrong_person_finds_no_page(care, cast, at, page, who):
    browser = cast.browser(who, at(EVE), fresh=True)

    assert browser.get(page).status_code == 404
    assert browser.post(page, form(care, do="start")).status_code == 404
    assert browser.get(reverse("override", args=[care.infusions[0].id])).status_code == 404


def test_why_it_does_not_take_place_is_asked_on_its_day_and_shown(care, cast, at, page):
    browser = nia(cast, at, DESK)
    assert "It does not take place" in words(browser.get(page))
    path = reverse("infusion-cancel", args=[care.infusions[0].id])

    refused = browser.post(path, form(care, why="other", words=""))
    assert "Write down what the reason was." in words(refused)
    browser.post(path, form(care, why="no-ride", words="The bus drivers are on strike."))

    shown = words(browser.get(reverse("infusion", args=[care.infusions[0].id])))
    assert "There was no ride, or nobody who stays" in shown
    assert "The bus drivers are on strike." in shown
