"""Pages of orders and of the medicines plan: what they show, keep when refused, and to whom they open."""

import html
import re
from dataclasses import replace
from datetime import date, timedelta
from uuid import uuid4

import pytest
from django.urls import reverse

from luna.careplan import jobs
from luna.careplan.models import Outcome
from luna.escalation.models import Escalation
from luna.feed.models import Wake
from luna.intake.actions import medicines
from luna.notices.models import Notice
from luna.treatment import actions
from luna.treatment.actions import Wanted
from luna.treatment.models import Order
from tests import care as cared
from tests.intake import giving

HELD = Wanted(
    what="medicine", name="lamotrigine", handling="hold", stop_before_min=12 * 60, restart_after_min=240,
    words="Only around the infusion.",
)  # fmt: skip


def text_of(response):
    """Return the words of a page on one line."""
    words = html.unescape(re.sub(r"<[^>]+>", " ", response.content.decode()))
    return " ".join(words.replace("\u00a0", " ").split())


@pytest.fixture
def orders(care):
    return f"/clinic/series/{care.series.id}/orders"


@pytest.fixture
def sign(care, cast, now):
    def act(wanted, *, by="diaz", at=now):
        return actions.sign_order(
            series_id=care.series.id, wanted=wanted, viewer=cast.sees(by), client_id=uuid4(), now=at
        )

    return act


@pytest.fixture
def spoken(sign, cast):
    wanted = Wanted(what="fasting", name="esketamine", prescriber_id=cast.diaz.id, read_back=True)
    return sign(wanted, by="nia")


# --- Signing -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("what", "sent", "says"),
    [
        ("number", {"name": "no-driving", "value": "24"}, "after real sleep: 24 h instead of 12 h"),
        ("fasting", {"name": "protocol"}, "Fasting: As the protocol: food 6 hours, clear drinks 2 hours"),
        ("fasting", {"name": "esketamine"}, "Like esketamine: food 2 hours, clear drinks 30 minutes"),
        ("fasting", {"name": "other", "food_h": "8", "drink_h": "2.5"},
         "Another rule: food 8 hours, clear drinks 2 hours 30 minutes"),
        ("skip", {"name": "last-drink"}, "Left out:"),
        ("add", {"name": "evening-call"}, "Added: Call in the evening"),
        ("medicine", {"name": "other", "other": "Calmazine", "handling": "hold", "stop_h": "12",
                      "restart_h": "4"},
         "Calmazine: Hold it. Last 12 hours before the start, again 4 hours after the end"),
    ],
)  # fmt: skip
def test_prescriber_signs_an_order_of_each_kind(as_diaz, orders, what, sent, says):
    assert as_diaz.get(f"{orders}/{what}").status_code == 200

    assert as_diaz.post(f"{orders}/{what}", {**sent, "client_id": uuid4()}).status_code == 302

    page = text_of(as_diaz.get(orders))
    assert says in page
    assert "Delia Diaz" in page


def test_order_that_holds_a_medicine_without_a_new_start_is_refused_and_keeps_what_was_typed(as_diaz, orders):
    sent = {"name": "other", "other": "Calmazine", "handling": "hold", "stop_h": "12", "client_id": uuid4()}

    page = as_diaz.post(f"{orders}/medicine", sent)

    text = page.content.decode()
    assert page.status_code == 422
    assert ['href="#id_restart_h"' in text, 'value="Calmazine"' in text, 'value="12"' in text] == [True] * 3
    assert not Order.objects.exists()


def test_fasting_rule_says_what_stands_and_keeps_what_was_typed(as_diaz, orders, sign):
    assert "Nobody has decided yet: it is as the protocol says." in text_of(as_diaz.get(f"{orders}/fasting"))
    sign(Wanted(what="fasting", name="esketamine"))

    sent = {"name": "other", "food_h": "30", "drink_h": "0.333", "words": "For the late slot"}
    page = as_diaz.post(f"{orders}/fasting", {**sent, "client_id": uuid4()})

    assert page.status_code == 422
    assert "Fasting: Like esketamine: food 2 hours, clear drinks 30 minutes Delia Diaz" in text_of(page)
    assert "Use whole minutes: 0.25 is a quarter of an hour." in text_of(page)
    assert ['value="30"' in page.content.decode(), "For the late slot" in page.content.decode()] == [True] * 2
    page = as_diaz.post(f"{orders}/fasting", {**sent, "drink_h": "2", "client_id": uuid4()})
    assert "Use a time from 0 to 24 hours" in text_of(page)
    assert "Before esketamine by nose: two hours without food, half an hour without drinks." in text_of(page)


def test_nurse_writes_down_a_spoken_fasting_rule(as_nia, orders, cast):
    sent = {"name": "asa", "prescriber": cast.diaz.id, "read_back": "on", "client_id": uuid4()}

    assert as_nia.post(f"{orders}/fasting", sent).status_code == 302

    page = text_of(as_nia.get(orders))
    said = "Fasting: ASA: light food 6 hours, a fatty or heavy meal 8 hours, clear drinks 2 hours"
    assert f"{said} spoken by Delia Diaz" in page


def test_unusual_value_asks_whether_it_is_meant(as_diaz, orders):
    sent = {"name": "dose", "value": "5", "client_id": uuid4()}
    page = as_diaz.post(f"{orders}/number", sent)

    assert page.status_code == 422
    assert "The protocol says 0.5 mg/kg." in text_of(page)
    assert as_diaz.post(f"{orders}/number", sent | {"sure": "on"}).status_code == 302


def test_nurse_writes_down_whom_she_heard(as_nia, orders, cast):
    page = as_nia.get(f"{orders}/skip")
    assert "Who told you" in text_of(page)
    assert as_nia.post(f"{orders}/skip", {"name": "last-drink", "client_id": uuid4()}).status_code == 422

    sent = {"name": "last-drink", "prescriber": cast.diaz.id, "read_back": "on", "client_id": uuid4()}
    assert as_nia.post(f"{orders}/skip", sent).status_code == 302

    assert "spoken by Delia Diaz" in text_of(as_nia.get(orders))
    assert Order.objects.get().spoken is True


def test_spoken_order_asks_whether_it_was_read_back_and_keeps_what_was_typed(as_nia, orders, cast):
    sent = {"name": "last-drink", "words": "Said on the phone", "prescriber": cast.diaz.id}

    page = as_nia.post(f"{orders}/skip", {**sent, "client_id": uuid4()})

    assert page.status_code == 422
    assert 'href="#id_read_back"' in page.content.decode()
    shown = text_of(page)
    assert "Read it back to them. Tick this when they say that it is right." in shown
    assert "I read it back to them, and they said it is right" in shown
    assert ["Said on the phone" in shown, f'value="{cast.diaz.id}" selected' in page.content.decode()] == [
        True
    ] * 2
    assert not Order.objects.exists()


def test_order_that_was_read_back_says_so_to_everybody_and_to_who_countersigns(as_diaz, orders, spoken):
    assert text_of(as_diaz.get(orders)).count("written down by Nia Noor and read back") == 2
    page = text_of(as_diaz.get(reverse("order", args=[spoken.id])))
    assert "written down by Nia Noor and read back" in page
    assert "They ticked that they read it back to you, and that you said it is right." in page


def test_order_written_down_before_reading_back_was_asked_says_nothing_of_it(as_diaz, orders, spoken):
    values = {field.attname: getattr(spoken, field.attname) for field in Order._meta.concrete_fields}
    changed = {"id": uuid4(), "client_id": uuid4(), "name": "asa", "read_back": None}
    old = Order.objects.create(**values | changed)

    page = text_of(as_diaz.get(reverse("order", args=[old.id])))

    assert "written down by Nia Noor" in page
    assert "read" not in page.split("written down by Nia Noor")[1].split("Was it your order?")[0].lower()


def test_page_names_the_medicines_nobody_decided_on(as_diaz, orders, sign, cast, now):
    giving.tell(cast.sees("ana"), "lamotrigine", now)
    giving.tell(cast.sees("ana"), "sertraline", now)
    sign(HELD, at=now + timedelta(minutes=1))

    page = text_of(as_diaz.get(orders))

    assert "Medicines to decide on" in page
    assert "sertraline Order" in page
    assert "lamotrigine Order" not in page
    [link] = re.findall(
        r'href="([^"]*/orders/medicine[?]medicine=[^"]*)"', as_diaz.get(orders).content.decode()
    )
    assert "sertraline" not in link
    assert '<option value="sertraline" selected>' in as_diaz.get(link).content.decode()


def test_orders_ask_the_database_as_often_for_many(
    as_diaz, orders, sign, django_assert_num_queries, django_assert_max_num_queries
):
    sign(HELD)
    as_diaz.get(orders)
    with django_assert_max_num_queries(60) as few:
        as_diaz.get(orders)
    for name in ("Calmazine", "Slowazole", "Quietamine"):
        sign(replace(HELD, name=name))
    with django_assert_num_queries(len(few.captured_queries)):
        as_diaz.get(orders)


# --- Stopping, countersigning ------------------------------------------------------------------------


def test_order_is_stopped_from_its_page(as_diaz, orders, sign):
    order = sign(HELD)
    assert "what the protocol says holds again" in text_of(as_diaz.get(f"/clinic/orders/{order.id}"))

    as_diaz.post(f"/clinic/orders/{order.id}", {"do": "stop", "client_id": uuid4()})

    page = text_of(as_diaz.get(orders))
    assert "No orders." in page
    assert "Replaced or stopped" in page


def test_prescriber_countersigns_from_the_page(as_diaz, orders, spoken):
    assert "To be countersigned" in text_of(as_diaz.get(orders))

    as_diaz.post(f"/clinic/orders/{spoken.id}", {"do": "agree", "client_id": uuid4()})

    assert "To be countersigned" not in text_of(as_diaz.get(orders))


def test_prescriber_denies_what_they_never_said(as_diaz, orders, spoken):
    as_diaz.post(f"/clinic/orders/{spoken.id}", {"do": "deny", "client_id": uuid4()})

    assert "No orders." in text_of(as_diaz.get(orders))


def test_spoken_order_brings_a_human_after_a_day(care, spoken, now):
    Wake.objects.update(wake_at=now)
    jobs.run(now)
    assert not Escalation.objects.filter(cause="countersign").exists()
    assert Wake.objects.get(patient_id=care.cast.ana_patient.id).wake_at <= now + timedelta(hours=24)

    for hours in (24, 25):
        Wake.objects.update(wake_at=now + timedelta(hours=hours))
        jobs.run(now + timedelta(hours=hours))

    assert Escalation.objects.filter(cause="countersign").count() == 1


def test_countersigned_order_brings_nobody(spoken, cast, now):
    actions.countersign(order_id=spoken.id, agreed=True, viewer=cast.sees("diaz"), client_id=uuid4(), now=now)
    Wake.objects.update(wake_at=now + timedelta(hours=24))
    jobs.run(now + timedelta(hours=24))

    assert not Escalation.objects.filter(cause="countersign").exists()


# --- The plan, and the medicines plan ----------------------------------------------------------------


def test_plan_says_who_ordered_and_when(as_ana, care, sign, clock):
    sign(Wanted(what="fasting", name="other", food_min=480, drink_min=120))
    clock.now = cared.at("03-14 18:00")

    page = text_of(as_ana.get(f"/steps/{care.key('last-food')}"))

    assert "Decided by Delia Diaz, 8 Mar" in page
    assert "Decided by Delia Diaz, 8 Mar" in text_of(as_ana.get("/plan"))


def test_medicines_plan_gives_clock_times_for_the_next_infusion(as_ana, sign, cast, now):
    giving.tell(cast.sees("ana"), "lamotrigine", now, dose="100 mg")
    giving.tell(cast.sees("ana"), "sertraline", now)
    sign(HELD, at=now + timedelta(minutes=1))

    page = text_of(as_ana.get("/medicine-plan"))

    assert "9 pm Last one, at the latest (next) Sunday 14 March" in page
    assert "1:40 pm Take it again from then on Monday 15 March" in page
    assert "Only around the infusion." in page
    assert "Decided by Delia Diaz, today" in page
    assert "sertraline Nobody has decided yet" in page
    assert "Do not stop or change a medicine yourself." in page


@pytest.mark.parametrize(
    ("when", "says"),
    [
        ("03-14 19:00", "Take no lamotrigine after 9 pm"),
        ("03-14 22:00", "Take no lamotrigine after 9 pm"),
        ("03-15 08:00", "Take no lamotrigine after 9 pm yesterday"),
    ],
)
def test_last_one_before_an_infusion_is_never_read_as_one_to_take_now(care, cast, sign, clock, when, says):
    sign(HELD)
    clock.now = cared.at(when)
    as_ana = cast.browser("ana", clock.now)

    now, plan, medicines = (text_of(as_ana.get(path)) for path in ("/now", "/plan", "/medicine-plan"))

    assert says in now
    assert says in plan
    assert ("Leave it out until" in medicines) == (when != "03-14 19:00")


def test_medicines_plan_moves_with_the_infusion(as_ana, care, sign, cast, now):
    sign(HELD)
    actions.move(
        infusion_id=care.infusions[0].id, start=actions.Start(cared.at("03-16 10:00")), why="clinic",
        expected_revision=1, viewer=cast.sees("nia"), client_id=uuid4(), now=now,
    )  # fmt: skip

    page = text_of(as_ana.get("/medicine-plan"))

    assert "10 pm Last one, at the latest (next) Monday 15 March" in page


def test_medicine_that_changed_since_it_was_decided_says_so(as_ana, sign, cast, now):
    sign(HELD)
    giving.tell(cast.sees("ana"), "lamotrigine", now + timedelta(minutes=1))

    assert "You told us of a change after this was decided." in text_of(as_ana.get("/medicine-plan"))


def take_off(cast, row, now):
    medicines.stop(
        viewer=cast.sees("ana"), patient=cast.ana_patient, medicine_id=row.id, stopped_on=date(2027, 3, 1),
        client_id=uuid4(), now=now,
    )  # fmt: skip


def test_medicine_that_is_not_taken_any_more_is_asked_about_and_not_taken_again(as_ana, sign, cast, clock):
    row = giving.tell(cast.sees("ana"), "lamotrigine", clock.now)
    sign(HELD, at=clock.now + timedelta(minutes=1))
    clock.now = cared.at("03-14 22:00")
    take_off(cast, row, clock.now)

    page = text_of(cast.browser("ana", clock.now).get("/medicine-plan"))

    assert "lamotrigine Ask the clinic You told us that you do not take it any more." in page
    assert "Take it again" not in page
    assert "Go on as you do" not in page
    assert "Take lamotrigine again" not in text_of(cast.browser("ana", clock.now).get("/now"))


def test_prescriber_is_shown_the_order_about_a_medicine_that_is_not_taken_any_more(
    as_diaz, orders, sign, cast, clock
):
    row = giving.tell(cast.sees("ana"), "lamotrigine", clock.now)
    order = sign(HELD, at=clock.now + timedelta(minutes=1))
    take_off(cast, row, clock.now + timedelta(minutes=2))

    page = as_diaz.get(orders)
    assert "Medicines to decide on" in text_of(page)
    assert "lamotrigine Not taken any more, Ana Abel said, today" in text_of(page)

    as_diaz.post(f"/clinic/orders/{order.id}", {"do": "stop", "client_id": uuid4()})
    assert "Medicines to decide on" not in text_of(as_diaz.get(orders))


def test_medicine_by_another_name_is_one_line_that_says_it_changed(as_ana, sign, cast, now):
    row = giving.tell(cast.sees("ana"), "lamotrigine", now)
    sign(HELD, at=now + timedelta(minutes=1))
    medicines.change(
        viewer=cast.sees("ana"), patient=cast.ana_patient, medicine_id=row.id,
        said=medicines.Said("Lamictal"), client_id=uuid4(), now=now + timedelta(minutes=2),
    )  # fmt: skip

    page = text_of(as_ana.get("/medicine-plan"))

    assert "Lamictal Leave it out around the infusion" in page
    assert "You told us of a change after this was decided." in page
    assert "Nobody has decided yet" not in page


def test_something_that_changed_reaches_the_prescriber(sign, cast, now):
    sign(HELD)
    giving.tell(cast.sees("ana"), "phenelzine", now)

    assert Notice.objects.filter(words="chart-news", to_user=cast.diaz).count() == 1


def test_held_medicine_reminds_when_it_is_to_be_taken_again(care, sign, now):
    sign(HELD)
    end = care.infusions[0].ends_at
    Wake.objects.update(wake_at=end + timedelta(hours=4))
    jobs.run(end + timedelta(hours=4))

    again = [n for n in Notice.objects.filter(words="step-open") if ".again-" in n.task_key]
    assert [one.to_user.email for one in again] == ["ana@example.org"]


# --- Infusions that are close, and words that end while a medicine is left out -------------------------

WIDE = replace(HELD, stop_before_min=24 * 60, restart_after_min=8 * 60)


@pytest.fixture
def daily(cast, now):
    """Ana's infusions on Monday, Tuesday and Wednesday, and one on the Friday after: lamotrigine is held."""
    care = cared.Care(cast, cared.start(cast, now, starts=("03-15", "03-16", "03-17", "03-26")))
    actions.sign_order(
        series_id=care.series.id, wanted=WIDE, viewer=cast.sees("diaz"), client_id=uuid4(), now=now
    )
    return care


@pytest.mark.parametrize(
    ("when", "next_one", "says"),
    [
        ("03-13 12:00", "Monday 15 March at 9", ["9 am Last one, at the latest (next) tomorrow"]),
        ("03-15 12:00", "tomorrow at 9", ["9 am Last one, at the latest yesterday"]),
        ("03-16 20:00", "tomorrow at 9", ["9 am Last one, at the latest Sunday 14 March"]),
    ],
)
def test_medicines_plan_gives_one_last_one_and_one_new_start_for_close_infusions(
    cast, daily, clock, when, next_one, says
):
    clock.now = cared.at(when)

    page = text_of(cast.browser("ana", clock.now).get("/medicine-plan"))

    assert f"Next infusion: {next_one}" in page
    assert "5:40 pm Take it again from then on" in page
    assert "The infusions are close. Leave it out all the time until then." in page
    assert [words in page for words in says] == [True]
    assert page.count("Last one, at the latest") == 1
    assert "Around later infusions Last one Thursday 25 March at 9" in page


def test_prescriber_reads_how_long_a_hold_runs_on(as_diaz, daily, clock):
    page = text_of(as_diaz.get(f"/clinic/series/{daily.series.id}/orders"))

    assert "Runs on through 3 infusions: last one Sunday 14 March at 9 am, again Wednesday 17 March" in page
    assert page.count("Runs on") == 1


def test_medicines_plan_says_take_it_until_the_next_last_one(as_ana, sign, clock):
    sign(HELD)

    assert "Leave it out around the infusion Until then take it as usual." in text_of(
        as_ana.get("/medicine-plan")
    )


def test_medicines_plan_of_a_moved_infusion_speaks_to_who_left_it_out_for_the_former_time(
    as_ana, care, sign, cast, clock
):
    sign(HELD)
    clock.now = cared.at("03-14 22:00")
    actions.move(
        infusion_id=care.infusions[0].id, start=actions.Start(cared.at("03-16 10:00")), why="clinic",
        expected_revision=1, viewer=cast.sees("nia"), client_id=uuid4(), now=clock.now,
    )  # fmt: skip

    page = text_of(cast.browser("ana", clock.now).get("/medicine-plan"))

    assert "Until then take it as usual, also if you left it out for an earlier time." in page


def test_new_start_stays_on_the_page_when_the_order_is_stopped_while_the_medicine_is_left_out(
    as_ana, care, sign, cast, clock
):
    giving.tell(cast.sees("ana"), "lamotrigine", clock.now)
    order = sign(HELD, at=clock.now + timedelta(minutes=1))
    clock.now = cared.at("03-14 22:00")
    actions.stop_order(order_id=order.id, viewer=cast.sees("diaz"), client_id=uuid4(), now=clock.now)

    left_out = "Leave it out until tomorrow at 1:40 pm"
    for when, says in (
        ("03-14 22:00", left_out),
        ("03-15 15:00", "Take it again"),
        ("03-16 15:00", "Take it again"),
    ):
        clock.now = cared.at(when)
        page = text_of(cast.browser("ana", clock.now).get("/medicine-plan"))
        assert f"lamotrigine {says} This was ordered and then stopped." in page
        assert "1:40 pm Take it again from then on" in page
        assert "Nobody has decided yet" not in page
        assert "Go on as you do" not in page


def test_order_page_says_what_stands_of_a_hold_that_is_stopped(as_diaz, sign):
    order = sign(HELD)

    page = text_of(as_diaz.get(f"/clinic/orders/{order.id}"))

    assert "Where the medicine is left out already, the time to take it again stands" in page


def test_medicine_taken_for_one_infusion_is_first_taken_again_after_the_one_before(cast, daily, clock):
    actions.sign_order(
        series_id=daily.series.id, wanted=replace(WIDE, handling="take", infusion_id=daily.infusions[2].id),
        viewer=cast.sees("diaz"), client_id=uuid4(), now=clock.now + timedelta(minutes=1),
    )  # fmt: skip
    clock.now = cared.at("03-16 14:00")

    page = text_of(cast.browser("ana", clock.now).get("/medicine-plan"))

    assert "5:40 pm Take it again from then on today" in page
    assert "Then take it as usual" in page


# --- An infusion that is cancelled after its medicine was left out ------------------------------------


@pytest.fixture
def left_out(care, sign, cast, clock):
    """Ana's lamotrigine, left out since nine in the evening for an infusion that is cancelled at ten."""
    sign(HELD)
    clock.now = cared.at("03-14 22:00")
    actions.cancel(
        infusion_id=care.infusions[0].id, why="clinic", expected_revision=1, viewer=cast.sees("nia"),
        client_id=uuid4(), now=clock.now,
    )  # fmt: skip
    return f"{care.infusions[0].id.hex}."


def test_who_left_a_medicine_out_reads_when_to_take_it_again(as_ana, left_out):
    page = text_of(as_ana.get("/medicine-plan"))

    assert (
        "lamotrigine Leave it out until tomorrow at 1:40 pm The infusion tomorrow does not take place."
        in page
    )
    assert "1:40 pm Take it again from then on tomorrow" in page
    assert "Tomorrow · Monday 15 March 1:40 pm Take lamotrigine again" in text_of(as_ana.get("/now"))
    assert "Take lamotrigine again" in text_of(as_ana.get("/plan"))


def test_who_left_a_medicine_out_reads_it_after_the_series_was_stopped(as_ana, care, sign, cast, clock):
    sign(HELD)
    clock.now = cared.at("03-14 22:00")
    actions.stop_series(
        series_id=care.series.id, why="clinic", version=1, viewer=cast.sees("diaz"), client_id=uuid4(),
        now=clock.now,
    )  # fmt: skip

    assert "Take it again from then on tomorrow" in text_of(as_ana.get("/medicine-plan"))
    assert "Take lamotrigine again" in text_of(as_ana.get("/now"))

    clock.now = cared.at("03-15 13:40")
    assert "Right now Take lamotrigine again" in text_of(as_ana.get("/now"))


def test_who_left_a_medicine_out_is_reminded_to_take_it_again(care, left_out):
    end = care.infusions[0].ends_at
    Wake.objects.update(wake_at=end + timedelta(hours=4))
    jobs.run(end + timedelta(hours=4))

    reminded = Notice.objects.filter(words="step-open", task_key__startswith=left_out)
    assert [one.to_user.email for one in reminded] == ["ana@example.org"]


def test_what_was_left_out_is_no_cancelled_task(care, left_out, clock):
    Wake.objects.update(wake_at=clock.now)
    jobs.run(clock.now)

    of_infusion = Outcome.objects.filter(task_key__startswith=left_out)
    assert of_infusion.exists()
    assert not of_infusion.filter(step__startswith="again-").exists()


def test_what_was_left_out_is_said_to_nobody_it_is_not_shared_with(as_bea, cast, left_out):
    assert "lamotrigine" not in text_of(as_bea.get("/medicine-plan"))

    cast.bea_member.kinds = [*cast.bea_member.kinds, "history"]
    cast.bea_member.save()
    assert "lamotrigine Left out until tomorrow at 1:40 pm" in text_of(as_bea.get("/medicine-plan"))


@pytest.mark.threat("T1")
def test_caretaker_reads_only_the_medicines_shared_with_them(cast, clock, as_bea, sign, now):
    giving.tell(cast.sees("ana"), "lamotrigine", now)
    sign(HELD)
    sign(replace(HELD, name="naltrexone"))
    assert "lamotrigine" not in text_of(as_bea.get("/medicine-plan"))

    cast.bea_member.kinds = [*cast.bea_member.kinds, "history"]
    cast.bea_member.save()

    page = text_of(cast.browser("bea", clock.now).get("/medicine-plan"))
    assert "lamotrigine" in page
    assert "naltrexone" not in page


@pytest.fixture
def bea_reads(cast, clock):
    """Return what Bea, who is shared the health history, reads in the plan of medicines."""
    cast.bea_member.kinds = [*cast.bea_member.kinds, "history"]
    cast.bea_member.save()
    return lambda: text_of(cast.browser("bea", clock.now).get("/medicine-plan"))


def turn_into(cast, row, name, now):
    """Have Ana say that a medicine on her list is another one."""
    return medicines.change(
        viewer=cast.sees("ana"), patient=cast.ana_patient, medicine_id=row.id, said=medicines.Said(name),
        client_id=uuid4(), now=now,
    )  # fmt: skip


@pytest.mark.threat("T1")
def test_order_is_shared_no_longer_once_its_medicine_turns_out_to_be_private(
    cast, bea_reads, sign, as_ana, now
):
    row = giving.tell(cast.sees("ana"), "lamotrigine", now)
    sign(HELD, at=now + timedelta(minutes=1))
    assert "Only around the infusion." in bea_reads()

    turn_into(cast, row, "naltrexone", now + timedelta(minutes=2))

    assert [word for word in ("lamotrigine", "naltrexone", HELD.words) if word in bea_reads()] == []
    assert HELD.words in text_of(as_ana.get("/medicine-plan"))


@pytest.mark.threat("T1")
def test_order_signed_as_private_stays_so_until_it_is_signed_again(cast, bea_reads, sign, now):
    row = giving.tell(cast.sees("ana"), "the blue pill", now)
    sign(replace(HELD, name="the blue pill"), at=now + timedelta(minutes=1))
    turn_into(cast, row, "lamotrigine", now + timedelta(minutes=2))
    assert HELD.words not in bea_reads()

    sign(replace(HELD, name="lamotrigine"), at=now + timedelta(minutes=3))

    assert HELD.words in bea_reads()


def test_series_page_says_when_the_decision_was_opened_again(as_nia, care, cast, now):
    path = f"/clinic/series/{care.series.id}"
    assert "The prescriber’s decision" not in text_of(as_nia.get(path))

    giving.tell(cast.sees("ana"), "phenelzine", now)

    assert "Open again: something new came up" in text_of(as_nia.get(path))


# --- To whom they open -------------------------------------------------------------------------------


@pytest.mark.threat("T4")
@pytest.mark.parametrize("who", ["as_ana", "as_bea", "as_oli", "as_cal", "as_dee", "as_dee_caring", "as_eve"])
def test_pages_are_not_found_by_anybody_but_the_clinic(request, who, orders, sign):
    browser = request.getfixturevalue(who)
    order = sign(HELD)
    paths = [orders, f"{orders}/medicine", f"/clinic/orders/{order.id}"]

    found = {path: (browser.get(path).status_code, browser.post(path).status_code) for path in paths}

    assert found == {orders: (404, found[orders][1]), paths[1]: (404, 404), paths[2]: (404, 404)}


@pytest.mark.threat("T4")
@pytest.mark.parametrize("who", ["as_oli", "as_cal", "as_dee_caring"])
def test_medicines_plan_of_others_shows_nothing_of_anas(request, who, sign):
    sign(HELD)

    assert "lamotrigine" not in text_of(request.getfixturevalue(who).get("/medicine-plan"))


def test_nurse_cannot_stop_or_countersign(as_nia, spoken):
    assert as_nia.get(f"/clinic/orders/{spoken.id}").status_code == 404


def test_signing_asks_for_the_pin_first(cast, clock, orders):
    browser = cast.browser("diaz", clock.now)

    assert "/me/unlock" in browser.get(f"{orders}/number")["Location"]


@pytest.mark.parametrize("what", ["dose", "number-2"])
def test_kind_of_order_that_is_none_is_not_found(as_diaz, orders, what):
    assert as_diaz.get(f"{orders}/{what}").status_code == 404
