"""Now, as people read it: every open task is there, on the clock it counts on, and silence is named."""

import html
import re
from uuid import uuid4

import pytest

from luna.careplan import actions as careplan
from luna.careplan import plans
from luna.checkins import actions as checkins
from luna.consents import plans as consents
from luna.intake.actions import enquiry
from luna.people.models import User
from luna.treatment import actions as treatment
from luna.web import screens
from tests import care as cared
from tests.consents import asking
from tests.intake import giving

FINE = {"wake": "awake", "breathing": "easy", "other": "fine"}


@pytest.fixture
def when(clock):
    """Let it be a moment of Ana's series, before anybody signs in."""

    def set_to(text):
        clock.now = cared.at(text)

    set_to("03-14 18:30")
    return set_to


@pytest.fixture
def on_the_day(care, clock):
    clock.now = cared.at("03-15 08:50")
    return care


def text_of(browser, path="/now"):
    response = browser.get(path)
    assert response.status_code == 200
    words = html.unescape(re.sub(r"<[^>]+>", " ", response.content.decode()))
    return " ".join(words.replace("\u00a0", " ").split())


def say(care, *whats):
    times = {"arrived": "08:50", "started": "09:00", "ended": "09:45", "left": "11:00"}
    for what in whats:
        care.say(what, cared.at(f"03-15 {times[what]}"))


# --- Before the first visit


def card_of(browser):
    """Return the title of the card and where its button leads."""
    page = browser.get("/now").content.decode()
    title = re.search(r'id="now-title">([^<]+)<', page)[1]
    button = re.search(
        r'id="card".*?class="btns btns--flow"><a class="[^"]*" href="([^"]+)"', page, re.DOTALL
    )
    return title, button and button[1]


def test_newcomer_is_led_to_the_questions_before_anything_is_signed(cast, as_ana, now):
    for about in consents.ABOUTS:
        asking.sign_text(cast, now, about)
    assert card_of(as_ana) == ("First, some questions", "/intake")

    giving.save(cast.sees("ana"), "mood-since", "months", now)
    assert card_of(as_ana) == ("Go on with your questions", "/intake/ask/intake-mood")
    assert "To read and sign" in text_of(as_ana)

    giving.send(cast.sees("ana"), now)
    assert card_of(as_ana) == ("Something to read and sign", None)


def test_newcomer_is_led_to_the_questions_the_clinic_chose(cast, as_ana, now):
    enquiry.save(
        viewer=cast.sees("nia"), patient=cast.ana_patient, values={"intake": "intake-pain"}, version=0,
        client_id=uuid4(), now=now,
    )  # fmt: skip

    assert card_of(as_ana) == ("First, some questions", "/intake/ask/intake-pain")


def test_patient_with_a_series_and_a_caretaker_are_asked_nothing_of_the_kind(care, when, as_ana, as_bea):
    for browser in (as_ana, as_bea):
        assert "some questions" not in text_of(browser)


# --- On the clock


@pytest.mark.hazard("H7")
def test_fasting_times_stay_on_the_clinics_clock_and_say_so(care, when, cast, request):
    User.objects.filter(pk=cast.ana.pk).update(zone="America/Los_Angeles")
    as_ana = request.getfixturevalue("as_ana")

    page = text_of(as_ana)

    assert "Eat until 10 pm" in page
    assert "7 am last sip" in page
    assert "Some of these times are on the clock of New York." in page


@pytest.mark.parametrize(("moment", "begins"), [("03-14 19:40", "5 pm"), ("03-14 20:05", "6 pm")])
def test_drawing_of_the_night_begins_at_a_full_hour(care, cast, moment, begins):
    viewer = cast.sees("ana")

    night = screens.now(viewer, plans.day(viewer, cared.at(moment))).night

    assert night.begins.replace("\u00a0", " ") == begins


def test_times_on_ones_own_clock_need_no_place(care, when, as_ana):
    assert "on the clock of" not in text_of(as_ana)


@pytest.mark.hazard("H7")
def test_a_step_of_another_infusion_is_not_hidden_by_the_night(care, when, cast, as_ana, now):
    treatment.book(
        series_id=care.series.id, start=treatment.Start(cared.at("03-15 15:00")), client_id=uuid4(), now=now,
        viewer=cared.staff(cast, cast.nia),
    )  # fmt: skip
    when("03-14 22:30")

    page = as_ana.get("/now").content.decode()

    assert care.key("last-food", 1) in page
    assert care.key("last-food", 2) in page


@pytest.mark.hazard("H1")
def test_a_check_in_that_closed_in_silence_is_still_offered(on_the_day, as_bea, clock):
    care = on_the_day
    care.home(cared.at("03-15 11:30"))
    clock.now = cared.at("03-15 12:55")

    page = as_bea.get("/now").content.decode()

    assert f'href="/check-in/{care.key("check-1")}"' in page
    assert "Start the check-in" in page


def test_a_missed_check_in_is_let_go_once_a_later_one_is_answered(on_the_day, as_bea, cast, clock):
    care = on_the_day
    care.home(cared.at("03-15 11:30"))
    checkins.submit(
        viewer=cared.caretaker(cast.bea, cast.ana_patient), task_key=care.key("check-2"), revision=1,
        answers=FINE, client_id=uuid4(), now=cared.at("03-15 13:30"),
    )  # fmt: skip
    clock.now = cared.at("03-15 13:40")

    assert f'href="/check-in/{care.key("check-1")}"' not in as_bea.get("/now").content.decode()


@pytest.mark.hazard("H9")
@pytest.mark.parametrize("said", [(), ("arrived",), ("arrived", "started", "ended")])
def test_home_can_be_said_although_the_clinic_forgot_to_say_who_left(on_the_day, as_bea, clock, said):
    say(on_the_day, *said)
    clock.now = cared.at("03-15 09:50")

    assert "Home already?" in text_of(as_bea)
    sent = {"infusion": on_the_day.infusions[0].id.hex, "client_id": str(uuid4())}
    assert as_bea.post("/home", sent).status_code == 302

    assert "Home already?" not in text_of(as_bea)


@pytest.mark.parametrize(("said", "at"), [((), "09:30"), (("arrived", "started"), "09:30")])
def test_home_is_not_offered_before_the_infusion_is_over(on_the_day, as_bea, clock, said, at):
    say(on_the_day, *said)
    clock.now = cared.at(f"03-15 {at}")

    assert "Home already?" not in text_of(as_bea)


def test_home_is_offered_once_where_the_clinic_said_who_left(on_the_day, as_bea, as_ana, clock):
    say(on_the_day, "arrived", "started", "ended", "left")
    clock.now = cared.at("03-15 11:05")

    assert "Home already?" not in text_of(as_bea)
    assert "Home already?" not in text_of(as_ana)


def test_a_step_somebody_was_written_to_about_is_on_now(care, when, as_ana, cast):
    page = as_ana.get("/now").content.decode()
    assert {care.key(step) in page for step in ("last-food", "medicines")} == {True}

    careplan.mark(
        viewer=cared.patient(cast.ana, cast.ana_patient), task_key=care.key("medicines"), done=False,
        revision=1, client_id=uuid4(), now=cared.at("03-14 18:30"),
    )  # fmt: skip

    assert care.key("medicines") in as_ana.get("/now").content.decode()


@pytest.mark.hazard("H7")
@pytest.mark.parametrize(
    ("moment", "says"),
    [
        ("03-14 21:30", "Eat until 10 pm Sip clear drinks until 7 am tomorrow."),
        (
            "03-14 22:00",
            "Best not to eat now. Your limit is 3 am tomorrow. Sip clear drinks until 7 am tomorrow.",
        ),
        (
            "03-15 00:30",
            "Best not to eat now. Your limit is 3 am. Sip clear drinks until 7 am. 3 am last food",
        ),
    ],
)
def test_night_never_says_to_eat_until_a_time_that_has_passed(care, when, request, moment, says):
    when(moment)

    page = text_of(request.getfixturevalue("as_ana"))

    assert says in page
    assert "yesterday" not in page.partition("Also open")[0].partition("Tell me more")[0]


# --- For the chair


def test_card_and_sound_are_at_hand_from_the_eve_until_the_chair_is_left(on_the_day, when, cast, clock):
    found = {}
    for at in ("03-13 18:30", "03-14 18:30", "03-15 08:50"):
        when(at)
        for name in ("ana", "bea"):
            page = cast.browser(name, clock.now).get("/now").content.decode()
            found[at, name] = ('href="/comfort"' in page, 'href="/calm/sounds?minutes=60"' in page)
    say(on_the_day, "arrived", "started")
    when("03-15 09:10")
    page = cast.browser("bea", clock.now).get("/now").content.decode()

    assert 'href="/comfort"' in page
    assert {at: of for (at, _name), of in found.items()} == {
        "03-13 18:30": (False, False), "03-14 18:30": (True, True), "03-15 08:50": (True, True),
    }  # fmt: skip


def test_whoever_sees_no_schedule_finds_neither_card_nor_length(on_the_day, cast, clock):
    cast.bea_member.kinds = ["ride"]
    cast.bea_member.save()

    page = cast.browser("bea", clock.now).get("/now").content.decode()

    assert 'href="/comfort"' not in page
    assert "minutes=" not in page


def test_packing_leads_to_sounds_long_enough_for_the_longest_infusion(care, when, cast, clock):
    when("03-12 09:00")
    page = cast.browser("ana", clock.now).get(f"/steps/{care.series.id.hex}.comfort-kit.0").content.decode()

    assert 'href="/calm/sounds?minutes=60"' in page


@pytest.mark.parametrize("minutes", ["", "x", "-1", "99999", "60"])
def test_sounds_are_drawn_for_whatever_the_address_asks(as_nobody, minutes):
    page = as_nobody.get("/calm/sounds", {"minutes": minutes})

    assert page.status_code == 200
    assert ("selected" in page.content.decode()) == (minutes == "60")


# --- Calm


def test_practices_name_nobody_and_say_where_they_come_from(as_nobody, as_ana):
    for browser in (as_nobody, as_ana):
        page = browser.get("/calm/practices").content.decode()

        assert page.count('<section class="card') == 3
        assert not re.search(r"[{}]", page.split("<main")[1].split("</main>")[0])
        assert "Not yet reviewed by a clinician." in page
        assert "slow breath out" in page


def test_step_of_the_practice_leads_to_the_pages(care, when, cast, clock):
    when("03-10 09:00")
    page = cast.browser("ana", clock.now).get(f"/steps/{care.series.id.hex}.calm-practice.0").content.decode()

    assert 'href="/calm/practices"' in page
