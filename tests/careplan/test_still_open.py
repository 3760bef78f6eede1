"""Whom staff call about what is open before an infusion, because no message can remind them.

Ana's first infusion is on Monday 15 March at nine; 48 hours before it are eight on Saturday, since the clocks
go forward in between. Her consent is open, and on the eve what she says of her medicines.
"""

import re

import pytest
from django.db import connection
from django.db.models import Q
from django.http import Http404
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from uuid6 import uuid7

from luna.careplan import jobs, plans
from luna.feed.models import Wake
from luna.notices import jobs as notices
from luna.notices.models import Notice
from luna.people.errors import Stale
from luna.people.models import CircleMember, ContactSafety, Patient
from luna.treatment import actions as treatment
from luna.treatment.actions import WantedRide
from tests import care as cared
from tests.careplan import readying
from tests.consents import asking

SATURDAY, SUNDAY, DAWN = "03-13 08:00", "03-14 09:00", "03-15 06:00"
TITLE = "Something is still open before an infusion"
CONSENT = "The consent to treatment is not signed."


@pytest.fixture
def alone(cast):
    """Ana has no account."""
    Patient.objects.filter(id=cast.ana_patient.id).update(user=None, phone="+12125550177")


@pytest.fixture
def nia(cast):
    return cast.sees("nia")


def calls(viewer, when):
    return plans.to_call(viewer, cared.at(when))


def names(viewer, when):
    return [(one.name, one.what) for one in calls(viewer, when)]


def tell(viewer, when):
    """Tick off all calls."""
    for one in calls(viewer, when):
        treatment.told_by_phone(key=one.key, viewer=viewer, now=cared.at(when), to_make=plans.to_call)


def words(response):
    text = re.sub(r"<[^>]+>", " ", response.content.decode())
    return re.sub(r"\s+", " ", text.replace("\xa0", " "))


# The patient without an account


@pytest.mark.hazard("H7")
def test_patient_without_an_account_is_called_from_two_days_before(care, alone, nia):
    assert names(nia, "03-13 07:59") == []

    (one,) = calls(nia, SATURDAY)

    assert (one.name, one.what, one.phone) == ("Ana Abel", "still-open", "+12125550177")
    assert (one.infusion, one.since, one.still_open) == (care.infusions[0], cared.at(SATURDAY), (CONSENT,))


def test_patient_with_an_account_is_not_called(care, nia):
    assert names(nia, SUNDAY) == []


def test_noted_call_comes_again_at_the_next_moment_if_something_is_open(care, alone, nia):
    tell(nia, "03-13 10:00")

    assert names(nia, "03-14 08:59") == []
    assert names(nia, SUNDAY) == [("Ana Abel", "still-open")]
    tell(nia, SUNDAY)
    assert names(nia, "03-15 05:59") == []
    assert names(nia, DAWN) == [("Ana Abel", "still-open")]
    at_nine = calls(nia, readying.NINE)  # by then they are asked at the desk
    assert [one.infusion for one in at_nine] == [care.infusions[1]]


def test_who_was_called_shortly_before_a_moment_is_left_alone_at_it(care, alone, nia):
    tell(nia, "03-14 06:01")

    assert names(nia, SUNDAY) == []
    assert names(nia, DAWN) == [("Ana Abel", "still-open")]


def test_call_is_over_once_all_is_mended(care, alone, cast, nia):
    asking.sign_text(cast, cared.at("03-09 12:00"))
    assert names(nia, "03-13 08:30") != []

    Patient.objects.filter(id=cast.ana_patient.id).update(user=cast.ana)
    asking.sign(cast, cared.at("03-13 09:00"))
    Patient.objects.filter(id=cast.ana_patient.id).update(user=None)

    assert names(nia, "03-13 09:01") == []


def test_nobody_is_called_once_they_have_come_or_it_is_called_off(care, alone, nia):
    care.say("arrived", cared.at("03-15 08:30"))
    assert names(nia, "03-15 08:31") == []

    row = care.infusions[1]
    assert names(nia, "03-16 09:00") != []
    treatment.cancel(
        infusion_id=row.id, why="clinic", expected_revision=1, viewer=nia, client_id=uuid7(),
        now=cared.at("03-16 09:01"),
    )  # fmt: skip
    assert names(nia, "03-16 09:02") == [("Ana Abel", "cancelled")]


def test_nobody_is_called_in_the_chair_or_on_the_way_home(care, alone, nia):
    care.say("arrived", cared.at("03-15 08:45"))
    care.say("started", cared.at("03-15 09:00"))

    assert names(nia, "03-15 09:01") == []  # two days before Wednesday's


def test_what_was_booked_after_a_moment_waits_for_the_next(care, alone, nia):
    readying.move(care, "03-16 09:00", cared.at("03-14 12:00"))  # 45 hours ahead

    assert names(nia, "03-14 12:30") == [("Ana Abel", "moved")]
    tell(nia, "03-14 12:30")
    assert [one.infusion for one in calls(nia, "03-15 08:59")] == []
    assert care.infusions[0] in [one.infusion for one in calls(nia, "03-15 09:00")]


def test_old_page_is_told_that_another_moment_has_come(care, alone, nia):
    (one,) = calls(nia, SATURDAY)

    with pytest.raises(Stale):
        treatment.told_by_phone(key=one.key, viewer=nia, now=cared.at(SUNDAY), to_make=plans.to_call)


@pytest.mark.threat("T1")
@pytest.mark.parametrize("who", ["eve", "bea", "oli"])
def test_only_staff_of_the_clinic_see_and_tick_off(care, alone, cast, nia, who):
    (one,) = calls(nia, SATURDAY)

    assert calls(cast.sees(who), SATURDAY) == []
    with pytest.raises(Http404):
        treatment.told_by_phone(
            key=one.key, viewer=cast.sees(who), now=cared.at(SATURDAY), to_make=plans.to_call
        )


def test_ride_that_fell_through_is_told_once(care, alone, cast, nia):
    CircleMember.objects.filter(id=cast.bea_member.id).update(state="ended", until=cared.at("03-10 09:00"))
    rae = treatment.ask_ride(
        infusion_id=care.infusions[0].id, wanted=WantedRide(name="Rae", phone="+12125550188"),
        viewer=nia, client_id=uuid7(), now=cared.at("03-11 12:00"),
    )  # fmt: skip
    assert not any("no ride" in text for one in calls(nia, SATURDAY) for text in one.still_open)
    treatment.answer_ride(
        infusion_id=care.infusions[0].id, said="declined", ask_id=rae.id, viewer=nia, client_id=uuid7(),
        now=cared.at("03-13 09:00"),
    )  # fmt: skip

    def of_ride(when):
        return [
            one.what
            for one in calls(nia, when)
            if one.what == "open" or any("There is no other ride yet." in text for text in one.still_open)
        ]

    assert of_ride("03-13 09:01") == ["open"]
    tell(nia, "03-13 09:02")
    assert of_ride("03-13 09:03") == []
    assert of_ride(SUNDAY) == ["still-open"]


def test_calls_take_as_many_queries_for_many(care, alone, cast, nia, now):
    oli = cared.Care(cast, cared.start(cast, now, of=cast.oli_patient, hour="11:00"))
    Patient.objects.filter(id=cast.oli_patient.id).update(user=None)
    counts = []
    for about in (Q(series=care.series), Q(series__in=[care.series, oli.series])):
        with CaptureQueriesContext(connection) as found:
            assert plans.to_call(nia, cared.at(DAWN), about)
        counts.append(len(found))

    assert counts[0] == counts[1]


# Who drives, by phone alone


def test_driver_who_was_called_and_has_not_answered_is_asked_again(care, nia):
    rae = treatment.ask_ride(
        infusion_id=care.infusions[0].id, wanted=WantedRide(name="Rae", phone="+12125550188"),
        viewer=nia, client_id=uuid7(), now=cared.at("03-11 12:00"),
    )  # fmt: skip
    assert names(nia, SATURDAY) == [("Rae", "asked")]
    (one,) = calls(nia, SATURDAY)
    assert one.since == cared.at("03-11 12:00")  # still the first call
    tell(nia, SATURDAY)
    assert names(nia, "03-14 08:59") == []
    assert [(one.what, one.since) for one in calls(nia, SUNDAY)] == [("asked", cared.at(SUNDAY))]
    tell(nia, SUNDAY)
    assert names(nia, "03-14 10:00") == []

    treatment.answer_ride(
        infusion_id=care.infusions[0].id, said="confirmed", ask_id=rae.id, viewer=nia, client_id=uuid7(),
        now=cared.at("03-14 10:00"),
    )  # fmt: skip
    assert names(nia, DAWN) == []


def test_driver_who_was_asked_shortly_before_a_moment_is_left_alone_at_it(care, nia):
    treatment.ask_ride(
        infusion_id=care.infusions[0].id, wanted=WantedRide(name="Rae", phone="+12125550188"),
        viewer=nia, client_id=uuid7(), now=cared.at("03-14 05:00"),
    )  # fmt: skip
    tell(nia, "03-14 06:30")

    assert names(nia, SUNDAY) == []
    assert names(nia, DAWN) == [("Rae", "asked")]


# A caretaker without a smartphone


def look(when):
    Wake.objects.update(wake_at=cared.at(when))
    jobs.run(cared.at(when))
    notices.run(cared.at(when))


def listed(viewer, when):
    """Return whom to call about what is open, and each thing that is."""
    found = {
        one.name: [line.still_open for line in one.lines if line.title == TITLE]
        for one in plans.callees(viewer, "1", cared.at(when))
    }
    return {name: things for name, things in found.items() if things}


def test_caretaker_without_a_smartphone_is_listed_once_with_what_is_open(care, cast, nia):
    CircleMember.objects.filter(pk=cast.bea_member.pk).update(device="none", phone="+12125550143")
    look(SATURDAY)
    look(SUNDAY)

    ride = "There is no ride. Nobody goes home alone, by car, taxi or bus."
    assert listed(nia, "03-14 09:01") == {"Bea Burns": [(ride, "Bea has not signed the briefing.")]}
    readying.before(care, cared.at("03-14 09:02"))
    assert listed(nia, "03-14 09:03") == {"Bea Burns": [(ride,)]}
    readying.drives(care, cared.at("03-14 09:04"))
    look("03-14 09:05")
    assert listed(nia, "03-14 09:06") == {}


def test_caretaker_without_a_smartphone_leaves_the_list_when_its_time_has_come(care, cast, nia):
    CircleMember.objects.filter(pk=cast.bea_member.pk).update(device="none", phone="+12125550143")
    look(DAWN)
    first = care.infusions[0].id.hex
    assert listed(nia, DAWN) != {}

    look(readying.NINE)

    states = Notice.objects.filter(task_key__startswith=f"{first}.ready").values_list("state", flat=True)
    assert set(states) == {"void"} | ({"sent"} & set(states))


# The pages


def test_pages_say_the_number_and_what_is_open_and_take_off_who_was_told(care, alone, cast, monkeypatch):
    now = cared.at("03-14 10:00")
    monkeypatch.setattr(timezone, "now", lambda: now)
    ContactSafety.objects.create(
        clinic=cast.harbour, patient=cast.ana_patient, phone="+12125550199", voicemail=False, by=cast.nia,
        at=cared.at("03-12 12:00"), client_id=uuid7(),
    )  # fmt: skip
    browser = cast.browser("nia", now, fresh=True)
    ready = f"/clinic/infusions/{care.infusions[0].id}/ready"

    for page in (ready, "/clinic/readiness"):
        shown = words(browser.get(page))
        assert "No message reaches Ana Abel. Call. (212) 555-0199 Leave no message" in shown
    page = browser.get("/clinic/calls")
    shown = words(page)
    assert f"{TITLE}: tomorrow at 9 am" in shown
    assert f"What is open: {CONSENT}" in shown
    assert f'href="{ready}"' in page.content.decode()

    (one,) = calls(cast.sees("nia"), "03-14 10:00")
    for _press in range(2):
        assert browser.post("/clinic/calls", {"call": one.key}).status_code == 302

    assert "Nobody to call now." in words(browser.get("/clinic/calls"))
    for page in (ready, "/clinic/readiness"):
        assert "Ana Abel was told by phone, today at 10 am" in words(browser.get(page))
