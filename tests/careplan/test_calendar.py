"""A person's calendar: read by two other libraries, through the same access as pages, by one secret link."""

import re
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import ics
import pytest
import vobject
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from uuid6 import uuid7

from luna.audit.models import AuditEvent
from luna.careplan import plans
from luna.people.actions import calendars, circle, identity
from luna.people.models import CalendarLink, CircleMember, OpeningHours, Token, User
from luna.treatment import actions
from luna.treatment.models import Infusion, Order, Series
from tests import care as cared
from tests.people import reading

START = "http://localhost:8000"
CLINICAL = (
    "ketamine", "infusion", "pregnan", "alcohol", "drug", "depress", "mood", "clinic", "harbour", "ana",
    "bea", "patient", "caretaker", "medicine", "treatment", "series", "chair", "nurse",
)  # fmt: skip


@pytest.fixture(autouse=True)
def book(db, settings, tmp_path):
    """Nothing is written down yet as gone, and nothing was fetched yet."""
    settings.LUNA_TOMBSTONES = tmp_path / "keys" / "tombstones.jsonl"
    cache.clear()


@pytest.fixture
def link(care, clock):
    """Make somebody's link and return its path."""

    def make(name: str = "ana") -> str:
        secret = calendars.make(viewer=care.cast.sees(name), client_id=uuid7(), now=clock.now)
        return reverse("calendar-fetch", args=[secret])

    return make


def text_of(client, path) -> str:
    found = client.get(path)
    assert found.status_code == 200
    return found.content.decode()


def by_vobject(text: str) -> dict[str, dict]:
    """Return uid -> what vobject reads of each event."""
    calendar = vobject.readOne(text)
    return {
        event.uid.value: {
            "title": event.summary.value,
            "starts": event.dtstart.value.astimezone(UTC),
            "sequence": int(event.sequence.value),
            "status": event.status.value,
            "stamp": event.dtstamp.value.astimezone(UTC),
        }
        for event in calendar.contents.get("vevent", [])
    }


def by_ics(text: str) -> dict[str, dict]:
    """Return uid -> what ics reads of each event."""
    return {
        event.uid: {
            "title": event.name,
            "starts": event.begin.datetime.astimezone(UTC),
            "status": event.status,
        }
        for event in ics.Calendar(text).events
    }


def times(found: dict[str, dict], title: str) -> list[datetime]:
    return sorted(one["starts"] for one in found.values() if one["title"] == title)


def move(care, to: str, now: datetime, infusion: int = 1) -> Infusion:
    return actions.move(
        infusion_id=care.infusions[infusion - 1].id, start=actions.Start(cared.at(to)), why="clinic",
        expected_revision=care.infusions[infusion - 1].revision, viewer=care.cast.sees("nia"),
        client_id=uuid7(), now=now,
    )  # fmt: skip


def cancel(care, now: datetime, infusion: int = 1) -> Infusion:
    return actions.cancel(
        infusion_id=care.infusions[infusion - 1].id, why="clinic",
        expected_revision=care.infusions[infusion - 1].revision, viewer=care.cast.sees("nia"),
        client_id=uuid7(), now=now,
    )  # fmt: skip


# What two other libraries read


@pytest.mark.hazard("H7")
@pytest.mark.parametrize("read", [by_vobject, by_ics])
def test_times_hold_across_the_clock_change(care, as_nobody, link, read):
    """The clocks go forward on the night before the first infusion: 3 am food is still six hours before."""
    found = read(text_of(as_nobody, link()))

    first = cared.at("03-15 09:00")
    assert times(found, "Appointment")[0] == first == datetime(2027, 3, 15, 13, 0, tzinfo=UTC)
    assert times(found, "Last drink")[0] == first - timedelta(hours=2)
    assert times(found, "Last food")[0] == cared.at("03-14 22:00")  # the kinder time
    assert times(found, "Be there")[0] == first - timedelta(minutes=15)
    assert len(times(found, "Appointment")) == len(times(found, "Last food")) == 6


@pytest.mark.hazard("H7")
def test_series_over_a_change_keeps_its_wall_clock_for_every_reader(cast, clock, as_nobody):
    """Six at nine in New York: four before the clocks go back, two after, an hour later in UTC."""
    clock.now = cared.at("10-25 12:00")
    days = ("11-01", "11-03", "11-05", "11-08", "11-10", "11-12")
    cared.start(cast, clock.now, starts=days)
    secret = calendars.make(viewer=cast.sees("ana"), client_id=uuid7(), now=clock.now)
    text = text_of(as_nobody, reverse("calendar-fetch", args=[secret]))

    for found in (by_vobject(text), by_ics(text)):
        appointments = times(found, "Appointment")
        assert {at.astimezone(ZoneInfo(cared.NEW_YORK)).hour for at in appointments} == {9}
        assert [at.hour for at in appointments] == [13, 13, 13, 14, 14, 14]


@pytest.mark.hazard("H7")
@pytest.mark.parametrize("read", [by_vobject, by_ics])
def test_move_redates_the_same_events(care, as_nobody, clock, link, read):
    path = link()
    before = read(text_of(as_nobody, path))

    move(care, "03-16 11:00", clock.now)

    after = read(text_of(as_nobody, path))
    assert set(after) == set(before)
    moved = {uid for uid in after if after[uid]["starts"] != before[uid]["starts"]}
    assert {after[uid]["title"] for uid in moved} == {"Appointment", "Last food", "Last drink", "Be there"}
    assert len(moved) == 4
    assert cared.at("03-16 11:00") in times(after, "Appointment")


def test_sequence_and_stamp_rise_with_each_revision(care, as_nobody, clock, link):
    path = link()
    before = by_vobject(text_of(as_nobody, path))

    clock.move(hours=1)
    move(care, "03-16 11:00", clock.now)
    once = by_vobject(text_of(as_nobody, path))
    clock.move(hours=1)
    move(care, "03-16 12:00", clock.now)
    twice = by_vobject(text_of(as_nobody, path))

    moved = [uid for uid in before if before[uid]["starts"] != twice[uid]["starts"]]
    assert len(moved) == 4
    for uid in moved:
        assert before[uid]["sequence"] < once[uid]["sequence"] < twice[uid]["sequence"]
        assert before[uid]["stamp"] < once[uid]["stamp"] < twice[uid]["stamp"]
    assert {uid: one for uid, one in twice.items() if uid not in moved} == {
        uid: one for uid, one in before.items() if uid not in moved
    }


@pytest.mark.hazard("H7")
def test_order_of_other_hours_redates_the_step(care, as_nobody, clock, link):
    path = link()
    before = by_vobject(text_of(as_nobody, path))

    wanted = actions.Wanted(what="fasting", name="other", food_min=8 * 60, drink_min=2 * 60)
    actions.sign_order(
        series_id=care.series.id,
        wanted=wanted,
        viewer=care.cast.sees("diaz"),
        client_id=uuid7(),
        now=clock.now,
    )

    after = by_vobject(text_of(as_nobody, path))
    food = [uid for uid in after if after[uid]["title"] == "Last food"]
    assert len(food) == 6
    assert all(after[uid]["sequence"] > before[uid]["sequence"] for uid in food)
    latest = [line for line in text_of(as_nobody, path).splitlines() if "kinder time" in line]
    assert len(latest) == 6


def test_cancelled_appointment_stays_and_says_so(care, as_nobody, clock, link):
    path = link()
    before = by_vobject(text_of(as_nobody, path))

    cancel(care, clock.now)

    text = text_of(as_nobody, path)
    after, other = by_vobject(text), by_ics(text)
    gone = {uid for uid in after if after[uid]["status"] == "CANCELLED"}
    assert {after[uid]["title"]: after[uid]["starts"] for uid in gone} == {
        "Appointment": cared.at("03-15 09:00"),
        "Last food": cared.at("03-14 22:00"),
        "Last drink": cared.at("03-15 07:00"),
        "Be there": cared.at("03-15 08:45"),
    }
    assert set(after) == set(before)
    assert [uid for uid in gone if after[uid]["starts"] != before[uid]["starts"]] == []
    assert all(after[uid]["sequence"] > before[uid]["sequence"] for uid in gone)
    assert {other[uid]["status"] for uid in gone} == {"CANCELLED"}
    assert all(after[uid] == before[uid] for uid in set(before) - gone)


def test_cancelled_after_a_move_keeps_the_same_events(care, as_nobody, clock, link):
    path = link()
    before = by_vobject(text_of(as_nobody, path))
    clock.move(hours=1)
    move(care, "03-16 11:00", clock.now)
    moved = by_vobject(text_of(as_nobody, path))
    clock.move(hours=1)

    cancel(care, clock.now)

    after = by_vobject(text_of(as_nobody, path))
    gone = [uid for uid in after if after[uid]["status"] == "CANCELLED"]
    assert (len(gone), set(after)) == (4, set(before))
    for uid in gone:
        assert after[uid]["starts"] == moved[uid]["starts"]
        assert before[uid]["sequence"] < moved[uid]["sequence"] < after[uid]["sequence"]
        assert before[uid]["stamp"] < moved[uid]["stamp"] < after[uid]["stamp"]


def test_nothing_that_is_cancelled_reminds(care, as_nobody, clock, link):
    path = link()
    cancel(care, clock.now)

    calendar = vobject.readOne(text_of(as_nobody, path))

    off = [one for one in calendar.vevent_list if one.status.value == "CANCELLED"]
    assert [one for one in off if "valarm" in one.contents] == []


@pytest.mark.threat("T1")
@pytest.mark.parametrize("name", ["bea", "ana"])
def test_way_home_of_a_cancelled_infusion_stays_with_who_was_to_drive(care, as_nobody, clock, link, name):
    path = link(name)
    actions.ask_ride(
        infusion_id=care.infusions[0].id, wanted=actions.WantedRide(who_id=care.cast.bea.id),
        viewer=care.cast.sees("bea"), client_id=uuid7(), now=clock.now,
    )  # fmt: skip
    before = by_vobject(text_of(as_nobody, path))

    cancel(care, clock.now)

    after = by_vobject(text_of(as_nobody, path))
    assert set(after) == set(before)
    rides = [uid for uid in after if after[uid]["title"] == "Ride"]
    assert [(after[uid]["status"], after[uid]["sequence"]) for uid in rides] == (
        [("CANCELLED", 1)] if name == "bea" else []
    )
    away = {one["title"] for one in after.values() if one["status"] == "CANCELLED"}
    assert ("Leave home" in away, "Last food" in away) == (name == "bea", name == "ana")


def test_series_that_is_stopped_cancels_what_was_to_come(care, as_nobody, clock, link):
    path = link()
    before = text_of(as_nobody, path)

    actions.stop_series(
        series_id=care.series.id, why="patient", version=care.series.version, viewer=care.cast.sees("diaz"),
        client_id=uuid7(), now=clock.now,
    )  # fmt: skip

    found = by_vobject(text_of(as_nobody, path))
    assert set(found) == set(by_vobject(before))
    assert {one["status"] for one in found.values()} == {"CANCELLED"}


def test_reminders_wake_nobody_at_night(care, as_nobody, link):
    calendar = vobject.readOne(text_of(as_nobody, link()))

    rings = [
        (event.dtstart.value + alarm.trigger.value).astimezone(ZoneInfo(cared.NEW_YORK))
        for event in calendar.vevent_list
        for alarm in event.contents.get("valarm", [])
    ]

    assert len(rings) == 24
    assert all(6 <= at.hour < 22 for at in rings)


def test_reminder_in_the_night_is_left_out(cast, clock, as_nobody):
    OpeningHours.objects.update(opens=time(7))
    cared.start(cast, clock.now, hour="07:30")
    secret = calendars.make(viewer=cast.sees("ana"), client_id=uuid7(), now=clock.now)
    calendar = vobject.readOne(text_of(as_nobody, reverse("calendar-fetch", args=[secret])))

    silent = {event.summary.value for event in calendar.vevent_list if "valarm" not in event.contents}

    assert silent == {"Last drink"}  # half past five; a reminder would ring at five


def test_reminder_beside_a_chair_is_left_out(cast, clock, as_nobody):
    """A day before the second is in the middle of the first; nothing may sound in that room."""
    cared.start(cast, clock.now, starts=("03-15", "03-16"))
    secret = calendars.make(viewer=cast.sees("ana"), client_id=uuid7(), now=clock.now)
    calendar = vobject.readOne(text_of(as_nobody, reverse("calendar-fetch", args=[secret])))

    appointments = [event for event in calendar.vevent_list if event.summary.value == "Appointment"]

    assert ["valarm" in event.contents for event in appointments] == [True, False]


def test_reader_elsewhere_finds_the_place_named(care, as_nobody, link):
    User.objects.filter(pk=care.cast.ana.pk).update(zone="America/Los_Angeles")

    text = text_of(as_nobody, link())

    assert "New York time" in text.replace("\r\n ", "")


# Who sees what


@pytest.mark.threat("T6")
@pytest.mark.parametrize("name", ["ana", "bea"])
def test_calendar_has_no_name_no_clinic_and_no_clinical_word(care, as_nobody, link, name):
    path = link(name)

    unfolded = text_of(as_nobody, path).replace("\r\n ", "").lower()
    said = re.sub(r"^uid:[0-9a-f-]+", "", unfolded, flags=re.MULTILINE)  # letters by chance

    assert said != unfolded
    assert [word for word in CLINICAL if word in said] == []
    titles = {one["title"] for one in by_vobject(text_of(as_nobody, path)).values()}
    assert titles <= {"Appointment", "Last food", "Last drink", "Be there", "Leave home", "Ride"}


@pytest.mark.threat("T1")
def test_caretaker_gets_their_own_steps_and_none_of_the_patients(care, as_nobody, link):
    found = by_vobject(text_of(as_nobody, link("bea")))

    assert {one["title"] for one in found.values()} == {"Appointment", "Leave home"}


@pytest.mark.threat("T1")
def test_kind_not_shared_is_not_in_the_calendar(care, as_nobody, link):
    path = link("bea")
    CircleMember.objects.filter(pk=care.cast.bea_member.pk).update(kinds=["schedule"])

    found = by_vobject(text_of(as_nobody, path))

    assert {one["title"] for one in found.values()} == {"Appointment"}


@pytest.mark.threat("T1")
def test_pregnancy_hold_leaves_no_trace(care, as_nobody, clock, link):
    """02.2: a private reason changes no byte of anybody's calendar."""
    step = """
version = "1.0.0"
review_by = 2028-01-01
reviewed_by = ""
id = "pregnancy-test"
actor = "patient"
anchor = "start"
kind = "pregnancy"
opens = "-24h"
due = "-2h"
closes = "-1h"
"""
    paths = [link("ana"), link("bea")]
    before = [text_of(as_nobody, path) for path in paths]

    Order.objects.create(
        clinic=care.cast.harbour, patient=care.cast.ana_patient, series=care.series, at=clock.now,
        recorded_at=clock.now, by=care.cast.diaz, prescriber=care.cast.diaz, capacity="staff",
        kind="schedule", what="add", name="pregnancy-test", step_text=step, client_id=uuid7(),
    )  # fmt: skip
    asked = [
        task.step.id for plan in plans.plans_for(care.cast.sees("ana"), clock.now) for task in plan.tasks
    ]

    assert "pregnancy-test" in asked
    assert [text_of(as_nobody, path) for path in paths] == before


def test_driver_finds_the_ride_and_nobody_else_does(care, as_nobody, clock, link):
    actions.ask_ride(
        infusion_id=care.infusions[0].id, wanted=actions.WantedRide(who_id=care.cast.bea.id),
        viewer=care.cast.sees("bea"), client_id=uuid7(), now=clock.now,
    )  # fmt: skip

    hers, anas = (by_vobject(text_of(as_nobody, link(name))) for name in ("bea", "ana"))

    assert times(hers, "Ride") == [care.infusions[0].leaves_at]
    assert times(anas, "Ride") == []


@pytest.mark.threat("T1")
@pytest.mark.threat("T6")
def test_calendar_of_who_is_taken_out_is_empty_from_the_next_fetch_on(care, as_nobody, clock, link):
    path = link("bea")
    assert by_vobject(text_of(as_nobody, path))

    circle.revoke(member=care.cast.bea_member, by=care.cast.sees("ana"), now=clock.now)

    assert by_vobject(text_of(as_nobody, path)) == {}


@pytest.mark.threat("T1")
def test_who_is_taken_out_cannot_tell_it_from_nothing_shared(care, as_nobody, clock, link):
    path = link("bea")
    CircleMember.objects.filter(pk=care.cast.bea_member.pk).update(kinds=[])
    paused = as_nobody.get(path)
    CircleMember.objects.filter(pk=care.cast.bea_member.pk).update(kinds=["schedule", "ride", "recovery"])

    circle.revoke(member=care.cast.bea_member, by=care.cast.sees("ana"), now=clock.now)
    out = as_nobody.get(path)

    assert (out.status_code, out.content) == (paused.status_code, paused.content)
    clock.now = cared.at("04-20 12:00")  # the series is over: everybody's link is, in the circle or not
    assert as_nobody.get(path).status_code == 410


# The link


@pytest.mark.threat("T6")
def test_secret_is_kept_as_a_hash_only(care, link):
    secret = link().removeprefix("/calendar/").removesuffix(".ics")

    made = CalendarLink.objects.get(), Token.objects.get(purpose="calendar")
    kept = [str(value) for row in made for value in vars(row).values()]

    assert len(secret) == 43
    assert not any(secret in value for value in kept)


@pytest.mark.threat("T6")
def test_link_that_never_was_is_not_found(care, as_nobody):
    assert as_nobody.get(reverse("calendar-fetch", args=["x" * 43])).status_code == 404


@pytest.mark.threat("T6")
def test_link_taken_back_is_gone(care, as_nobody, as_ana, link):
    path = link()

    as_ana.post("/calendar/end")

    assert as_nobody.get(path).status_code == 410
    assert b"Your link works" not in as_ana.get("/calendar").content


@pytest.mark.threat("T6")
def test_new_link_ends_the_one_before(care, as_nobody, link):
    old, new = link(), link()

    assert (as_nobody.get(old).status_code, as_nobody.get(new).status_code) == (410, 200)
    assert Token.objects.filter(purpose="calendar", revoked_at=None).count() == 1


@pytest.mark.threat("T6")
def test_link_ends_a_week_after_the_series_and_does_not_come_back_with_the_next(
    care, cast, as_nobody, clock, link
):
    path = link()
    last = care.infusions[-1].leaves_at

    clock.now = last + timedelta(days=6)
    assert as_nobody.get(path).status_code == 200
    clock.now = last + timedelta(days=7)
    assert as_nobody.get(path).status_code == 410

    cared.start(cast, clock.now, starts=("04-12", "04-14"), protocol="mood-maintenance")
    assert as_nobody.get(path).status_code == 410


def test_pause_between_bookings_ends_no_link(care, as_nobody, clock, link):
    """Three of six were given, and the others are to be booked anew."""
    path = link()
    for number in (4, 5, 6):
        cancel(care, clock.now, number)

    clock.now = care.infusions[2].leaves_at + timedelta(days=30)

    assert as_nobody.get(path).status_code == 200


def test_link_of_a_series_with_nothing_booked_yet_goes_on(care, as_nobody, clock, link):
    path = link()
    for number in range(1, 7):
        cancel(care, clock.now, number)

    clock.now += timedelta(days=60)

    assert as_nobody.get(path).status_code == 200


@pytest.mark.threat("T6")
def test_link_ends_a_week_after_a_series_that_paused_is_stopped(care, cast, as_nobody, clock, link):
    path = link()
    for number in (4, 5, 6):
        cancel(care, clock.now, number)
    clock.now = care.infusions[2].leaves_at + timedelta(days=30)
    actions.stop_series(
        series_id=care.series.id, why="clinic", version=Series.objects.get(pk=care.series.pk).version,
        viewer=cast.sees("diaz"), client_id=uuid7(), now=clock.now,
    )  # fmt: skip

    assert as_nobody.get(path).status_code == 200
    clock.now += timedelta(days=7)
    assert as_nobody.get(path).status_code == 410


@pytest.mark.threat("T6")
def test_link_ends_when_the_clinic_helps_somebody_back_in(care, as_nobody, clock, link):
    path = link()

    identity.reset_pin(care.cast.ana, patient=care.cast.ana_patient, by=care.cast.sees("nia"), now=clock.now)

    assert as_nobody.get(path).status_code == 410


def test_link_of_somebody_whose_account_is_closed_is_gone(care, as_nobody, link):
    path = link()
    User.objects.filter(pk=care.cast.ana.pk).update(is_active=False)

    assert as_nobody.get(path).status_code == 410


@pytest.mark.threat("T6")
def test_calendar_is_kept_by_nobody_on_the_way(care, as_nobody, link):
    found = as_nobody.get(link())

    assert {part.strip() for part in found["Cache-Control"].split(",")} == {"private", "no-store"}
    assert found["Content-Type"] == "text/calendar; charset=utf-8"
    assert "Set-Cookie" not in found


@pytest.mark.threat("T10")
def test_link_asked_for_too_often_waits(care, as_nobody, link):
    path, other = link("ana"), link("bea")

    answers = [as_nobody.get(path).status_code for _time in range(31)]

    assert answers == [200] * 30 + [429]
    assert as_nobody.get(other).status_code == 200


@pytest.mark.threat("T10")
def test_secrets_made_up_leave_one_count_a_place(care, as_nobody):
    rows = "SELECT COUNT(*) FROM shared_cache"
    counts = []
    for number in range(3):
        assert as_nobody.get(reverse("calendar-fetch", args=[f"{number}" * 43])).status_code == 404
        with connection.cursor() as cursor:
            cursor.execute(rows)
            counts.append(cursor.fetchone()[0])

    assert counts == [1, 1, 1]


def test_fetch_costs_the_same_for_one_infusion_or_six(care, as_nobody, clock, link):
    path = link()

    def queries():
        cache.clear()
        with CaptureQueriesContext(connection) as found:
            assert as_nobody.get(path).status_code == 200
        return len([one for one in found.captured_queries if "shared_cache" not in one["sql"]])

    many = queries()
    for infusion in range(2, 7):
        cancel(care, clock.now, infusion)

    assert queries() == many


# The page


@pytest.mark.threat("T6")
def test_page_shows_the_link_once(care, as_ana_fresh):
    asked = as_ana_fresh.get("/calendar")
    made = as_ana_fresh.post("/calendar/link", reading.hidden(asked, "/calendar/link"))

    again = as_ana_fresh.get("/calendar")

    assert made.status_code == 200
    assert f"{START}/calendar/" in made.content.decode()
    assert made["Cache-Control"].count("no-store") == 1
    assert f"{START}/calendar/" not in again.content.decode()
    assert "Your link works" in again.content.decode()


def test_page_says_when_it_was_last_fetched(care, as_ana, as_nobody, clock, link):
    path = link()
    before = as_ana.get("/calendar").content.decode()

    as_nobody.get(path)

    assert "Not fetched yet" in before
    assert "Last fetched today at noon" in as_ana.get("/calendar").content.decode().replace("\u00a0", " ")


@pytest.mark.threat("T1")
def test_making_a_link_asks_for_the_pin_and_ending_it_does_not(care, as_ana, clock, link):
    asked = as_ana.post("/calendar/link", {"client_id": uuid7()})
    link()
    ended = as_ana.post("/calendar/end")

    assert (asked.status_code, ended.status_code) == (423, 302)
    assert CalendarLink.objects.count() == 1
    assert not Token.objects.filter(purpose="calendar", revoked_at=None).exists()


@pytest.mark.threat("T2")
def test_link_waits_while_its_owner_may_sign_nothing(care, as_nobody, clock):
    clock.now = cared.at("03-15 09:30")
    care.say("arrived", cared.at("03-15 09:00"))
    care.say("started", cared.at("03-15 09:05"))
    browser = care.cast.browser("ana", clock.now, fresh=True)

    refused = browser.post("/calendar/link", {"client_id": uuid7()})

    assert refused.status_code == 422
    assert not CalendarLink.objects.exists()


def test_form_sent_twice_makes_one_link(care, as_ana_fresh, as_nobody):
    sent = {"client_id": uuid7()}
    first = as_ana_fresh.post("/calendar/link", sent)

    second = as_ana_fresh.post("/calendar/link", sent)

    assert second.status_code == 302
    assert CalendarLink.objects.count() == 1
    assert AuditEvent.objects.filter(verb="calendar.make").count() == 1
    (path,) = re.findall(r"/calendar/[\w-]{43}[.]ics", first.content.decode().partition("id_link")[2])
    assert as_nobody.get(path).status_code == 200


def test_nothing_planned_makes_no_link(cast, clock):
    browser = cast.browser("ana", clock.now, fresh=True)

    page = browser.get("/calendar").content.decode()
    browser.post("/calendar/link", {"client_id": uuid7()})

    assert "Nothing to do here now." in page
    assert not CalendarLink.objects.exists()


def test_page_warns_who_shares_a_phone(care, as_bea):
    CircleMember.objects.filter(pk=care.cast.bea_member.pk).update(device="shared")

    assert "You said that others use your phone." in as_bea.get("/calendar").content.decode()


def test_entries_are_those_of_the_plan_page(care, clock):
    """The calendar shows no infusion and no step that the plan page does not."""
    viewer = care.cast.sees("bea")
    on_page = {visit.starts_at for day in plans.days(viewer, clock.now) for visit in day.visits}

    shown = {one.starts_at for one in plans.entries(viewer, clock.now) if one.title == "Appointment"}

    assert shown == on_page
