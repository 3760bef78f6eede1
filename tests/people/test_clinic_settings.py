"""Settings: read by all staff, changed by administrators, never lost between two tabs."""

from datetime import date, time

import pytest

from luna.feed import actions as feed
from luna.feed.models import Wake
from luna.people.models import Chair, ClosedDay

FORM = {
    "name": "Harbour Clinic", "country": "US", "zone": "America/New_York", "address": "1 Harbour Street",
    "phone": "(212) 555-0100", "nurse_line": "(212) 555-0101", "after_hours_phone": "(212) 555-0102",
    "lead_email": "lead@harbour.example", "welcome_name": "Rosa Reyes", "welcome_text": "", "clock": "12",
    "reclimb_min": "30", "charts": "everyone", "chase_days": "3", "messages_a_day": "3", "free_unit": "hours",
    "version": "1",
}  # fmt: skip


def test_settings_are_read_by_all_staff(as_nia):
    text = as_nia.get("/clinic/settings").content.decode()

    for words in ("Harbour Clinic", "(212) 555-0101", "Monday", "08:00 – 17:00", "Chair 1"):
        assert words in text
    assert "/clinic/settings/clinic" not in text


@pytest.mark.parametrize("page", ["clinic", "hours", "closed-days", "chairs"])
def test_settings_are_changed_by_administrators_only(as_nia, as_diaz, page):
    path = f"/clinic/settings/{page}"

    assert (as_nia.get(path).status_code, as_nia.post(path).status_code) == (404, 404)
    assert as_diaz.get(path).status_code == 200


def test_change_is_saved(as_diaz, cast):
    response = as_diaz.post(
        "/clinic/settings/clinic", FORM | {"name": "Bay Clinic", "nurse_line": "2125550199"}
    )

    cast.harbour.refresh_from_db()
    assert response.url == "/clinic/settings"
    assert (cast.harbour.name, cast.harbour.nurse_line, cast.harbour.version) == (
        "Bay Clinic",
        "+12125550199",
        2,
    )


def test_change_of_zone_wakes_every_patient_of_this_clinic(as_diaz, cast, clock):
    for patient in (cast.ana_patient, cast.oli_patient, cast.zoe_patient):
        feed.wake(clinic_id=patient.clinic_id, patient_ids=[patient.id], now=clock.now)
    later = clock.move(minutes=1)

    as_diaz.post("/clinic/settings/clinic", FORM | {"zone": "America/Chicago", "is_sure_of_zone": "on"})

    woken = set(Wake.objects.filter(wake_at=later).values_list("patient_id", flat=True))
    assert woken == {cast.ana_patient.id, cast.oli_patient.id}


@pytest.mark.hazard("H7")
def test_zone_changes_only_where_somebody_is_sure(as_diaz, cast):
    changed = FORM | {"address": "9 New Road", "zone": "America/Chicago"}

    page = as_diaz.post("/clinic/settings/clinic", changed)
    text = page.content.decode()
    cast.harbour.refresh_from_db()
    assert (page.status_code, cast.harbour.zone) == (422, "America/New_York")
    assert "Until now it is America / New York." in text
    assert ('value="9 New Road"' in text, 'name="is_sure_of_zone"' in text) == (True, True)
    assert 'name="is_sure_of_zone"' not in as_diaz.get("/clinic/settings/clinic").content.decode()

    as_diaz.post("/clinic/settings/clinic", changed | {"is_sure_of_zone": "on"})
    cast.harbour.refresh_from_db()
    assert cast.harbour.zone == "America/Chicago"
    assert "Look at each booked infusion" in as_diaz.get("/clinic/settings").content.decode()


def test_change_in_two_tabs_shows_both_and_loses_nothing(as_diaz, cast):
    as_diaz.post("/clinic/settings/clinic", FORM | {"address": "9 New Road"})

    second = as_diaz.post("/clinic/settings/clinic", FORM | {"address": "7 Old Lane"})

    text = second.content.decode()
    cast.harbour.refresh_from_db()
    assert second.status_code == 422
    assert "<td>9 New Road</td><td>7 Old Lane</td>" in text
    assert 'name="version" value="2"' in text
    assert cast.harbour.address == "9 New Road"


def test_change_after_seeing_both_is_saved(as_diaz, cast):
    as_diaz.post("/clinic/settings/clinic", FORM | {"address": "9 New Road"})

    as_diaz.post("/clinic/settings/clinic", FORM | {"address": "7 Old Lane", "version": "2"})

    cast.harbour.refresh_from_db()
    assert cast.harbour.address == "7 Old Lane"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"name": ""}, "Type the name of the clinic."),
        ({"name": "x" * 2_000_000}, "Use at most 120 letters."),
        ({"zone": "Mars/Olympus"}, "Choose a time zone from the list."),
        ({"country": "ZZ"}, "Choose a country from the list."),
        ({"phone": "0100"}, "Type a phone number we can call, like (201) 555-0123."),
        ({"country": "IE", "zone": "Europe/Dublin"}, "Type a phone number we can call, like (022) 12345."),
        ({"nurse_line": ""}, "Type a phone number we can call"),
        ({"lead_email": "lead"}, "Type an e-mail address"),
        ({"reclimb_min": "0"}, "Type a number of minutes from 5 to 240."),
        ({"reclimb_min": "soon"}, "Type a number of minutes from 5 to 240."),
        ({"version": "x"}, "Enter a whole number."),
    ],
)
def test_change_with_a_mistake_says_so_and_saves_nothing(as_diaz, cast, change, words):
    response = as_diaz.post("/clinic/settings/clinic", FORM | {"address": "9 New Road"} | change)

    text = response.content.decode()
    cast.harbour.refresh_from_db()
    assert response.status_code == 422
    assert words in text
    assert 'value="9 New Road"' in text
    assert cast.harbour.version == 1


def hours(**changed):
    week = {f"{end}_{day}": at for day in range(5) for end, at in (("opens", "08:00"), ("closes", "17:00"))}
    return week | {"version": "1"} | changed


def test_hours_from_midnight_to_midnight_are_the_whole_day(as_diaz, cast):
    sent = as_diaz.post("/clinic/settings/hours", hours(opens_0="00:00", closes_0="00:00"))

    assert sent.status_code == 302
    assert cast.harbour.hours.get(weekday=0).text == "00:00 – 24:00"


def test_hours_are_saved(as_diaz, cast):
    as_diaz.post(
        "/clinic/settings/hours",
        hours(opens_0="07:30", opens_4="", closes_4="", opens_5="09:00", closes_5="12:00"),
    )

    rows = {row.weekday: (row.opens, row.closes) for row in cast.harbour.hours.all()}
    assert sorted(rows) == [0, 1, 2, 3, 5]
    assert (rows[0], rows[5]) == ((time(7, 30), time(17)), (time(9), time(12)))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"closes_0": ""}, "Type both times, or neither if you are closed."),
        ({"closes_0": "07:00"}, "Closing must be later than opening."),
        ({"opens_0": "8 o'clock"}, "Type a time, like 08:30."),
    ],
)
def test_hours_with_a_mistake_say_so_and_stay(as_diaz, cast, change, words):
    response = as_diaz.post("/clinic/settings/hours", hours(**change))

    assert response.status_code == 422
    assert words in response.content.decode()
    assert cast.harbour.hours.get(weekday=0).closes == time(17)


def test_hours_in_two_tabs_show_both(as_diaz, cast):
    as_diaz.post("/clinic/settings/hours", hours(opens_0="07:00"))

    second = as_diaz.post("/clinic/settings/hours", hours(opens_0="09:00"))

    assert second.status_code == 422
    assert "<td>07:00</td><td>09:00</td>" in second.content.decode().replace(":00:00", ":00")
    assert cast.harbour.hours.get(weekday=0).opens == time(7)


def test_closed_day_is_added_once_and_taken_back(as_diaz, cast):
    for _press in range(2):
        as_diaz.post("/clinic/settings/closed-days", {"on": "2027-12-24", "reason": "Holiday"})
    closed = ClosedDay.objects.get(clinic=cast.harbour)

    as_diaz.post(f"/clinic/settings/closed-days/{closed.id}/remove")

    assert closed.on == date(2027, 12, 24)
    assert not ClosedDay.objects.exists()


@pytest.mark.parametrize(
    ("on", "words"), [("", "Enter the day."), ("2027-03-07", "This day is over."), ("soon", "as a date")]
)
def test_closed_day_with_a_mistake_says_so(as_diaz, on, words):
    response = as_diaz.post("/clinic/settings/closed-days", {"on": on})

    assert response.status_code == 422
    assert words in response.content.decode()


def test_closed_day_again_for_another_reason_says_that_it_is_there(as_diaz, cast):
    as_diaz.post("/clinic/settings/closed-days", {"on": "2027-12-24", "reason": "Holiday"})

    again = as_diaz.post("/clinic/settings/closed-days", {"on": "2027-12-24", "reason": "Flood"})

    assert again.status_code == 422
    assert again.content.decode().count("This day is in the list already.") >= 1
    assert ClosedDay.objects.get(clinic=cast.harbour).reason == "Holiday"


@pytest.mark.threat("T4")
def test_closed_day_of_another_clinic_is_not_found(as_diaz, cast):
    theirs = ClosedDay.objects.create(clinic=cast.hill, on=date(2027, 12, 24))

    assert as_diaz.post(f"/clinic/settings/closed-days/{theirs.id}/remove").status_code == 404


def test_chair_is_added_renamed_and_taken_out_of_use(as_diaz, cast):
    as_diaz.post("/clinic/settings/chairs", {"name": "Window"})
    chair = Chair.objects.get(clinic=cast.harbour, name="Window")

    as_diaz.post(f"/clinic/settings/chairs/{chair.id}", {"name": "Garden", "version": "1"})

    chair.refresh_from_db()
    assert (chair.name, chair.active, chair.version) == ("Garden", False, 2)


def test_chair_in_two_tabs_shows_both_and_loses_nothing(as_diaz, cast):
    chair = cast.harbour.chairs.get(name="Chair 2")
    form = {"name": "Chair 2", "active": "on", "version": "1"}
    as_diaz.post(f"/clinic/settings/chairs/{chair.id}", form | {"name": "Garden"})

    second = as_diaz.post(f"/clinic/settings/chairs/{chair.id}", {"name": "Window", "version": "1"})

    text = second.content.decode()
    chair.refresh_from_db()
    assert second.status_code == 422
    assert "<td>Garden</td><td>Window</td>" in text
    assert "<td>yes</td><td>no</td>" in text
    assert 'name="version" value="2"' in text
    assert (chair.name, chair.active) == ("Garden", True)


def test_last_chair_in_use_stays_in_use(as_diaz, cast):
    first, *others = cast.harbour.chairs.order_by("name")
    for chair in (*others, first):
        sent = as_diaz.post(f"/clinic/settings/chairs/{chair.id}", {"name": chair.name, "version": "1"})

    assert sent.status_code == 422
    assert "This is the last chair in use." in sent.content.decode()
    assert list(cast.harbour.chairs.filter(active=True)) == [first]


def test_chair_with_a_name_in_use_is_refused(as_diaz, cast):
    added = as_diaz.post("/clinic/settings/chairs", {"name": "Chair 1"})
    second = cast.harbour.chairs.get(name="Chair 2")
    renamed = as_diaz.post(
        f"/clinic/settings/chairs/{second.id}", {"name": "Chair 1", "active": "on", "version": "1"}
    )

    for response in (added, renamed):
        assert response.status_code == 422
        assert "There is a chair with this name." in response.content.decode()


@pytest.mark.threat("T4")
def test_chair_of_another_clinic_is_not_found(as_diaz, cast):
    theirs = cast.hill.chairs.first()

    assert as_diaz.post(f"/clinic/settings/chairs/{theirs.id}", {"name": "Mine"}).status_code == 404


WAY = {"way_in": "The blue door, floor 2", "parking": "Behind the house", "ask_for": "Rosa"}


def test_way_in_is_said_by_the_clinic_and_read_by_all_staff(as_diaz, as_nia, cast):
    as_diaz.post("/clinic/settings/clinic", FORM | WAY)

    cast.harbour.refresh_from_db()
    assert {name: getattr(cast.harbour, name) for name in WAY} == WAY
    assert "The blue door, floor 2" in as_nia.get("/clinic/settings").content.decode()


MONEY = {"price": "$450 an infusion", "deposit": "$100", "free_ahead": "2", "free_unit": "days"}


def test_what_it_costs_is_said_by_the_clinic_and_read_by_all_staff(as_diaz, as_nia, cast):
    as_diaz.post("/clinic/settings/clinic", FORM | MONEY)

    cast.harbour.refresh_from_db()
    assert {name: str(getattr(cast.harbour, name)) for name in MONEY} == MONEY
    text = as_nia.get("/clinic/settings").content.decode()
    assert "$450 an infusion" in text
    assert "2 working days before" in text


@pytest.mark.parametrize(("ahead", "unit"), [("0", "hours"), ("241", "hours"), ("21", "days"), ("x", "days")])
def test_time_to_cancel_that_nobody_could_mean_is_refused(as_diaz, cast, ahead, unit):
    response = as_diaz.post("/clinic/settings/clinic", FORM | {"free_ahead": ahead, "free_unit": unit})

    assert response.status_code == 422
    assert f'value="{ahead}"' in response.content.decode()
    cast.harbour.refresh_from_db()
    assert cast.harbour.free_ahead is None


@pytest.mark.parametrize(("name", "longest"), [("way_in", 250), ("parking", 250), ("ask_for", 120)])
def test_way_in_that_is_too_long_keeps_what_was_typed(as_diaz, cast, name, longest):
    response = as_diaz.post("/clinic/settings/clinic", FORM | {name: "a" * (longest + 1)})

    assert response.status_code == 422
    assert "a" * (longest + 1) in response.content.decode()


@pytest.mark.parametrize(
    ("who", "step", "shown"),
    [
        ("ana", "arrive", True),
        ("ana", "clothes", True),
        ("bea", "leave", True),
        ("bea", "ride", True),
        ("ana", "last-food", False),
    ],
)
def test_way_in_stands_on_the_steps_of_coming_here(care, cast, clock, who, step, shown):
    path = f"/steps/{care.key(step)}"
    before = cast.browser(who, clock.now).get(path).content.decode()
    type(cast.harbour).objects.filter(id=cast.harbour.id).update(**WAY)

    page = cast.browser(who, clock.now).get(path).content.decode()

    assert [words in page for words in WAY.values()] == [shown] * 3
    assert ("1 Harbour Street" in page) == shown
    assert "Parking" not in before.split("<main")[1].split("prose")[0]
