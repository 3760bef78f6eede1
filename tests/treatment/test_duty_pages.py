"""The circle's page of who is there, and what staff see and write down of it."""

from datetime import timedelta

import pytest

from luna.clinical.duty import Said
from luna.people.models import CareRelation, CircleMember, Clinic
from luna.treatment.models import Duty
from tests.cast import browser, member
from tests.people import reading


@pytest.fixture
def cal(cast, now):
    member(cast.ana_patient, cast.cal, now + timedelta(hours=1))
    return cast.cal


@pytest.fixture
def as_cal_for_ana(cast, cal, clock):
    return browser(cal, f"caretaker:{cast.ana_patient.id.hex}", clock.now)


def say(who_says, care, do, who, infusion=1, follow=True):
    path = f"/duty/{care.infusions[infusion - 1].id}"
    return who_says.post(path, {"do": do, "who": str(who.id)}, follow=follow)


def text(response):
    """Return the words of a page's main part, one space between them."""
    html = response.content.decode().split("<main", 1)[1]
    return " ".join(html.split())


def test_caretaker_says_in_one_tap_that_they_cannot(care, cast, as_bea):
    response = say(as_bea, care, "cannot", cast.bea)

    assert response.status_code == 200
    assert "Thank you for saying so" in text(response)
    assert "I can after all" in text(response)


def test_patient_sees_the_gap_and_asks_another(care, cast, cal, as_bea, as_ana):
    say(as_bea, care, "cannot", cast.bea)
    assert "Nobody is on duty yet" in text(as_ana.get("/duty"))

    response = say(as_ana, care, "asked", cal)

    assert "You asked Cal. There is no answer yet." in text(response)


def test_the_one_asked_says_yes(care, cast, cal, as_ana, as_cal_for_ana):
    say(as_ana, care, "asked", cal)
    assert "Ana asks you to take this one." in text(as_cal_for_ana.get("/duty"))

    say(as_cal_for_ana, care, "takes", cal)

    assert "Cal is on duty" in text(as_ana.get("/duty"))


def test_offer_is_answered_by_who_is_on_duty(care, cast, cal, as_bea, as_cal_for_ana):
    say(as_cal_for_ana, care, "asked", cal)

    assert "Cal offers to take this one." in text(as_bea.get("/duty"))
    assert "Yes, thank you" in text(as_bea.get("/duty"))


def test_what_does_not_fit_any_more_is_said_on_the_page(care, cast, cal, as_cal_for_ana):
    response = say(as_cal_for_ana, care, "takes", cal)

    assert response.status_code == 422
    assert "This has changed meanwhile" in response.content.decode()


def test_plan_names_who_is_on_duty_and_the_gap(care, cast, as_ana, as_bea):
    say(as_bea, care, "cannot", cast.bea, infusion=2)

    shown = text(as_ana.get("/plan"))

    assert ("Bea is on duty" in shown, "Nobody is on duty yet" in shown) == (True, True)


def test_series_page_names_who_is_on_duty_and_the_gap(care, cast, cal, as_bea, as_cal_for_ana, as_nia):
    say(as_cal_for_ana, care, "stands-by", cal)
    say(as_bea, care, "cannot", cast.bea, infusion=2)

    shown = text(as_nia.get(f"/clinic/series/{care.series.id}"))

    assert ("Bea Burns" in shown, "Reserve: Cal Cole" in shown, "Nobody" in shown) == (True, True, True)


def test_list_of_series_names_the_gap_of_the_next_infusion(care, cast, as_bea, as_nia):
    assert "Nobody is on duty" not in text(as_nia.get("/clinic/series"))

    say(as_bea, care, "cannot", cast.bea)

    assert "Nobody is on duty" in text(as_nia.get("/clinic/series"))


def test_now_names_a_gap_ahead_to_patient_and_caretaker(care, cast, cal, as_bea, as_ana, as_cal_for_ana):
    say(as_bea, care, "cannot", cast.bea, infusion=2)

    shown = [text(one.get("/now")) for one in (as_ana, as_cal_for_ana)]

    assert ["Nobody is on duty yet" in page for page in shown] == [True, True]


# Ana's infusions are on Mondays, Wednesdays and Fridays, and over at eleven in the morning.
MONDAYS, EVENINGS = [[0, "08:00", "20:00"]], [[day, "18:00", "22:00"] for day in range(7)]
AWAY, OWN_AWAY = "said not to be there then", "You said that you are not there then."


def there(member, hours):
    """Let a helper have said when they are there."""
    CircleMember.objects.filter(pk=member.pk).update(hours=hours)


@pytest.mark.hazard("H9")
def test_who_is_on_duty_at_hours_they_are_not_there_is_named_to_all(care, cast, as_ana, as_bea, as_nia):
    there(cast.bea_member, MONDAYS)

    seen = [text(as_ana.get("/duty")).count(f"Bea {AWAY}"), text(as_bea.get("/duty")).count(OWN_AWAY)]

    assert seen == [4, 4]
    series = text(as_nia.get(f"/clinic/series/{care.series.id}"))
    assert series.count("Said not to be there then") == 4
    pages = [text(as_nia.get(f"/clinic/infusions/{one.id}")) for one in care.infusions[:2]]
    assert ["Said not to be there then" in page for page in pages] == [False, True]
    assert all("Is there: Monday 8 am to 8 pm" in page.replace("\u00a0", " ") for page in pages)


@pytest.mark.hazard("H9")
@pytest.mark.parametrize(
    ("hours", "is_away"),
    [(("08:00", "15:30"), False), (("08:00", "13:00"), True), (("12:00", "20:00"), True)],
)
def test_duty_is_to_take_them_home_and_to_stay_for_the_first_hours(care, cast, as_bea, hours, is_away):
    there(cast.bea_member, [[day, *hours] for day in range(7)])

    assert (OWN_AWAY in text(as_bea.get("/duty"))) is is_away


def test_who_said_no_hours_is_never_called_away(care, cast, as_ana, as_nia):
    assert AWAY not in text(as_ana.get("/duty"))
    page = text(as_nia.get(f"/clinic/infusions/{care.infusions[0].id}"))
    assert ("Said not to be there then" in page, "Is there:" in page) == (False, False)


@pytest.mark.hazard("H9")
def test_hours_warn_who_takes_or_asks_and_bar_nobody(care, cast, cal, as_ana, as_bea, as_cal_for_ana):
    there(cast.ana_patient.circle.get(user=cal), EVENINGS)
    say(as_bea, care, "cannot", cast.bea)

    assert text(as_cal_for_ana.get("/duty")).count(OWN_AWAY) == 6
    assert text(as_ana.get("/duty")).count(f"Cal {AWAY}") == 6
    page = text(say(as_cal_for_ana, care, "takes", cal))

    assert "Thank you. It is set" in page
    assert f"Cal {AWAY}" in text(as_ana.get("/duty"))


def test_staff_write_down_who_is_there(care, cast, cal, as_nia):
    infusion = care.infusions[0]

    response = as_nia.post(
        f"/clinic/infusions/{infusion.id}/duty", {"do": "takes", "who": str(cal.id)}, follow=True
    )

    assert "Cal Cole is on duty" in text(response)


@pytest.mark.parametrize("who", ["oli", "cal", "zoe", "dee_caring"])
def test_strangers_do_not_find_the_infusion(care, cast, clock, who):
    stranger = cast.browser(who, clock.now)

    codes = {say(stranger, care, said.value, cast.bea, follow=False).status_code for said in Said}

    assert (codes, Duty.objects.count()) == ({404}, 0)


@pytest.mark.parametrize("who", ["dee", "eve"])
def test_staff_of_another_clinic_do_not_find_the_infusion(care, cast, clock, who):
    stranger = cast.browser(who, clock.now, fresh=True)

    response = stranger.post(
        f"/clinic/infusions/{care.infusions[0].id}/duty", {"do": "takes", "who": str(cast.bea.id)}
    )

    assert response.status_code == 404


@pytest.mark.parametrize("do", ["", "nonsense", "takes'"])
def test_nonsense_is_not_found(care, cast, as_bea, do):
    assert say(as_bea, care, do, cast.bea).status_code == 404


def test_someone_taken_out_sees_no_day(care, cast, as_bea):
    cast.bea_member.state = "revoked"
    cast.bea_member.save()

    assert "No infusion is ahead." in text(as_bea.get("/duty"))


@pytest.mark.threat("T5")
def test_staff_who_do_not_care_for_them_say_why_before_they_write_anything_down(care, cast, cal, as_nia):
    Clinic.objects.update(charts=Clinic.Charts.ASSIGNED)
    CareRelation.objects.all().delete()

    response = as_nia.post(
        f"/clinic/infusions/{care.infusions[0].id}/duty", {"do": "takes", "who": str(cal.id)}
    )

    held = reading.hidden(response, f"/clinic/patients/{cast.ana_patient.id}/reason")
    assert (response.status_code, held["to"]) == (423, f"/clinic/infusions/{care.infusions[0].id}/duty")
    assert Duty.objects.count() == 0
