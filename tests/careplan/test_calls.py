"""The list of calls: whom no message reaches about a single change, what to say, and who was told."""

import re
from datetime import time

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from uuid6 import uuid7

from luna.careplan import plans
from luna.clinical.ride import Said
from luna.notices import jobs
from luna.notices.models import Notice
from luna.people.models import CircleMember, ContactSafety, Patient, User
from luna.treatment import actions as treatment
from luna.treatment.actions import WantedRide
from tests import care as cared
from tests.careplan import readying
from tests.notices.reaching import reached

PAGE = "/clinic/calls"
DAWN = "03-15 07:30"


@pytest.fixture
def alone(cast):
    """Ana has no account."""
    Patient.objects.filter(id=cast.ana_patient.id).update(user=None, phone="+12125550177")


@pytest.fixture
def nia(cast, clock):
    """Nia's browser at dawn on the day of Ana's first infusion."""
    clock.now = cared.at(DAWN)
    return cast.browser("nia", clock.now)


def words(response):
    """Return what a page says, without tags and with plain spaces."""
    text = re.sub(r"<[^>]+>", " ", response.content.decode())
    return re.sub(r"\s+", " ", text.replace("\xa0", " "))


def said(cast, when=DAWN):
    """Return whom to call, and what to say to them of each change; what is still open is not among it."""
    return {
        one.name: [
            [line.replace("\xa0", " ") for line in each.words] for each in one.lines if not each.still_open
        ]
        for one in plans.callees(cast.sees("nia"), "1", cared.at(when))
    }


def cancel(care, when=DAWN, row=None):
    row = row or care.infusions[0]
    treatment.cancel(
        infusion_id=row.id, why="clinic", expected_revision=row.revision, viewer=care.cast.sees("nia"),
        client_id=uuid7(), now=cared.at(when),
    )  # fmt: skip


def ask(care, when="03-12 12:00"):
    return treatment.ask_ride(
        infusion_id=care.infusions[0].id, wanted=WantedRide(name="Rae", phone="+12125550188"),
        viewer=care.cast.sees("nia"), client_id=uuid7(), now=cared.at(when),
    )  # fmt: skip


@pytest.mark.hazard("H7")
def test_cancelled_says_first_that_they_can_eat_then_each_medicine(care, alone, cast):
    treatment.sign_order(
        series_id=care.series.id,
        wanted=treatment.Wanted(
            what="medicine", name="lithium", handling="hold", stop_before_min=600, restart_after_min=180
        ),
        viewer=cast.sees("diaz"), client_id=uuid7(), now=cared.at("03-10 12:00"),
    )  # fmt: skip

    cancel(care)

    assert said(cast) == {
        "Ana Abel": [["You can eat and drink now", "lithium: left out until today at 12:40 pm."]]
    }


@pytest.mark.hazard("H7")
@pytest.mark.parametrize(
    ("when", "lines"),
    [
        (
            "03-10 12:00",
            ["Food until 7 am on Monday 15 March.", "Clear drinks until 8:30 am on Monday 15 March."],
        ),
        (
            "03-14 20:00",
            ["You can eat and drink now", "Food until 7 am tomorrow. Clear drinks until 8:30 am tomorrow."],
        ),
    ],
)
def test_other_times_to_eat_and_drink_are_said_near_or_far(care, alone, cast, when, lines):
    treatment.sign_order(
        series_id=care.series.id, wanted=treatment.Wanted(what="fasting", name="esketamine"),
        viewer=cast.sees("diaz"), client_id=uuid7(), now=cared.at("03-10 12:00"),
    )  # fmt: skip

    assert said(cast, when) == {"Ana Abel": [lines]}


@pytest.mark.hazard("H7")
def test_moved_says_the_last_sip_first(care, alone, cast):
    readying.move(care, "03-15 09:30", cared.at("03-15 07:10"))

    assert said(cast, "03-15 07:10") == {
        "Ana Abel": [["Clear drinks until 7:30 am", "No food until after the infusion."]]
    }
    assert said(cast, "03-15 08:00")["Ana Abel"][0][0] == "Last sip: 7:30 am"


@pytest.mark.hazard("H7")
def test_called_off_after_a_move_still_says_that_they_can_eat(care, alone, cast):
    first = care.infusions[0]
    readying.move(care, "03-23 09:00", cared.at("03-15 07:10"))
    first.refresh_from_db()
    cancel(care, "03-15 07:20", first)

    assert said(cast, "03-15 07:20") == {
        "Ana Abel": [["You can eat and drink now"]]
    }  # she may fast for today


def test_driver_by_phone_alone_stands_beside_the_patient(care, alone, cast):
    ask(care)
    cancel(care)

    assert said(cast) == {
        "Ana Abel": [["You can eat and drink now"]],
        "Rae": [["You need not take Ana home. It was about today at 11 am. Thank you for being ready."]],
    }


def test_helper_without_mail_hears_the_words_of_their_page(care, cast):
    CircleMember.objects.filter(pk=cast.bea_member.pk).update(device="none", phone="+12125550143")
    cancel(care)
    jobs.run(cared.at(DAWN))

    assert said(cast) == {"Bea Burns": [["Ana can eat and drink now"]]}


def test_helper_who_is_not_shown_the_schedule_hears_nothing_of_it(care, cast):
    CircleMember.objects.filter(pk=cast.bea_member.pk).update(device="none", phone="+12125550143")
    cancel(care)
    jobs.run(cared.at(DAWN))
    CircleMember.objects.filter(pk=cast.bea_member.pk).update(kinds=["recovery"])

    assert said(cast) == {"Bea Burns": [[]]}


def test_patient_whose_ride_fell_through_is_asked_who_could(care, alone, cast):
    rae = ask(care)
    treatment.answer_ride(
        infusion_id=care.infusions[0].id, said=Said.DECLINED, ask_id=rae.id,
        viewer=cast.sees("nia"), client_id=uuid7(), now=cared.at(DAWN),
    )  # fmt: skip

    assert said(cast) == {
        "Ana Abel": [["Nobody is set to take you home any more. Who could? Pick-up is today at 11 am."]]
    }


def test_list_takes_as_many_queries_for_many(care, alone, cast, now):
    oli = cared.Care(cast, cared.start(cast, now, of=cast.oli_patient, hour="11:00"))
    counts = []
    for one in (care, oli):
        cancel(one)
        Patient.objects.filter(id=one.series.patient_id).update(user=None)
        with CaptureQueriesContext(connection) as found:
            assert all(words for lines in said(cast).values() for words in lines)
        counts.append(len(found))

    assert counts[0] == counts[1]


# The pages


def test_page_says_number_and_words_and_takes_off_who_was_told(care, alone, cast, nia):
    ContactSafety.objects.create(
        clinic=cast.harbour, patient=cast.ana_patient, phone="+12125550199", voicemail=False, by=cast.nia,
        at=cared.at("03-12 12:00"), client_id=uuid7(),
    )  # fmt: skip
    cancel(care)
    shown = words(nia.get(PAGE))
    assert "Leave no message" in shown
    assert "(212) 555-0199" in shown
    assert ": today at 9 am · since today at 7:30 am" in shown
    assert "Say to them alone: “You can eat and drink now”" in shown

    form = {"call": f"{care.infusions[0].id.hex}:cancelled:r2:patient"}
    for _press in range(2):
        assert nia.post(PAGE, form).status_code == 302

    assert "Nobody to call now." in words(nia.get(PAGE))


def test_old_page_is_told_that_it_changed(care, alone, nia):
    readying.move(care, "03-15 10:00", cared.at(DAWN))
    readying.move(care, "03-15 11:00", cared.at(DAWN))

    answer = nia.post(PAGE, {"call": f"{care.infusions[0].id.hex}:moved:r2:patient"})

    assert answer.status_code == 422
    assert "Someone changed this while you had it open." in words(answer)


@pytest.mark.parametrize("call", ["", "x", f"{'0' * 32}:moved:r2:patient"])
def test_press_for_no_call_is_not_found(care, nia, call):
    assert nia.post(PAGE, {"call": call}).status_code == 404


def test_answer_of_a_driver_is_a_tap_away(care, nia):
    ask(care)

    page = nia.get(PAGE).content.decode()

    assert f'href="/clinic/infusions/{care.infusions[0].id}#ride"' in page


def test_page_before_a_cancellation_says_who_gets_a_message_and_whom_to_call(care, cast, nia):
    ask(care)
    page = f"/clinic/infusions/{care.infusions[0].id}"

    for name in ("cancel", "move"):
        shown = words(nia.get(f"{page}/{name}"))
        assert "Get a message: Ana Abel, Bea Burns" in shown
        assert "No message reaches in time, call: Rae (drives)" in shown


def test_page_of_a_cancellation_afterwards_says_that_nobody_is_told(care, clock, cast):
    clock.now = cared.at("03-15 12:00")

    shown = words(cast.browser("nia", clock.now).get(f"/clinic/infusions/{care.infusions[0].id}/cancel"))

    assert "Its time is over, so nobody gets a message." in shown
    assert "Get a message" not in shown


def test_after_the_change_the_series_and_the_infusion_say_whom_to_call(care, alone, nia):
    page = f"/clinic/infusions/{care.infusions[0].id}"

    done = nia.post(
        f"{page}/cancel", {"why": "clinic", "revision": "1", "client_id": str(uuid7())}, follow=True
    )

    assert "Saved. Now call those whom no message reaches in time." in words(done)
    for shown in (words(done), words(nia.get(page))):
        assert "Call these people" in shown
        assert "Ana Abel (212) 555-0177" in shown
    nia.post(PAGE, {"call": f"{care.infusions[0].id.hex}:cancelled:r2:patient"})
    assert "Call these people" not in words(nia.get(page))


@pytest.mark.hazard("H7")
def test_whose_quiet_hours_keep_the_message_too_long_is_called_everywhere(care, cast, nia):
    reached(cast.ana, cared.at("03-01 09:00"), quiet_from=time(21), quiet_to=time(9))
    reached(cast.bea, cared.at("03-01 09:00"), quiet_from=time(21), quiet_to=time(7, 45))
    ContactSafety.objects.create(
        clinic=cast.harbour, patient=cast.ana_patient, phone="+12125550199", voicemail=False, by=cast.nia,
        at=cared.at("03-12 12:00"), client_id=uuid7(),
    )  # fmt: skip
    page = f"/clinic/infusions/{care.infusions[0].id}"

    done = nia.post(
        f"{page}/cancel", {"why": "clinic", "revision": "1", "client_id": str(uuid7())}, follow=True
    )

    assert "Saved. Now call those whom no message reaches in time." in words(done)
    for shown in (words(done), words(nia.get(page))):
        assert "Call these people Something changed, and no message reaches them in time." in shown
        assert "Ana Abel (212) 555-0199" in shown
        assert "Bea Burns Not sent yet, because of their quiet hours. It leaves today at 7:45 am" in shown
    listed = words(nia.get(PAGE))
    assert "Leave no message" in listed
    assert "Quiet hours: no message before today at 9 am." in listed
    assert "Say to them alone: “You can eat and drink now”" in listed
    assert "Bea Burns" not in listed

    notice = Notice.objects.get(words="cancelled", to_user=cast.ana)
    assert nia.post(PAGE, {"one": f"{notice.id}:{notice.fence}"}).status_code == 302

    assert "Nobody to call now." in words(nia.get(PAGE))
    assert "Call these people" not in words(nia.get(page))


@pytest.mark.hazard("H7")
def test_stopped_series_names_whom_to_call_before_and_after(care, cast, nia):
    reached(cast.ana, cared.at("03-01 09:00"), quiet_from=time(21), quiet_to=time(9))
    page = f"/clinic/series/{care.series.id}/stop"

    before = words(nia.get(page))
    done = words(nia.post(page, {"why": "clinic", "version": "1", "client_id": str(uuid7())}, follow=True))

    assert "No message reaches in time, call: Ana Abel" in before
    assert "Get a message: Bea Burns" in before
    assert "Saved. Now call those whom no message reaches in time." in done
    assert "Call these people" in done
    listed = words(nia.get(PAGE))
    assert "The plan has ended" in listed
    assert "Say to them alone: “You can eat and drink now”" in listed
    notice = Notice.objects.get(words="series-stopped", to_user=cast.ana)
    assert nia.post(PAGE, {"one": f"{notice.id}:{notice.fence}"}).status_code == 302
    assert "Nobody to call now." in words(nia.get(PAGE))


@pytest.mark.hazard("H7")
def test_other_times_to_eat_that_quiet_hours_keep_too_long_are_called_about(care, cast, clock):
    reached(cast.ana, cared.at("03-01 09:00"), quiet_from=time(21), quiet_to=time(8))
    reached(cast.bea, cared.at("03-01 09:00"), quiet_from=time(21), quiet_to=time(7, 45))
    clock.now = cared.at("03-14 23:00")
    page = f"/clinic/series/{care.series.id}/orders"
    form = {"name": "other", "food_h": "8", "drink_h": "4", "client_id": str(uuid7())}
    diaz, nia = cast.browser("diaz", clock.now, fresh=True), cast.browser("nia", clock.now)

    done = words(diaz.post(f"{page}/fasting", form, follow=True))

    assert "Call these people Something changed, and no message reaches them in time." in done
    assert "Ana Abel" in done
    assert "Bea Burns Not sent yet, because of their quiet hours." in done
    listed = words(nia.get(PAGE))
    assert "Some times have changed" in listed
    spoken = "“Best not to eat now. Your limit is 1 am tomorrow.” “Clear drinks until 5 am tomorrow.”"
    assert f"Say to them alone: {spoken}" in listed
    notice = Notice.objects.get(words="times-changed", to_user=cast.ana)
    assert nia.post(PAGE, {"one": f"{notice.id}:{notice.fence}"}).status_code == 302
    assert "Nobody to call now." in words(nia.get(PAGE))
    jobs.run(cared.at("03-15 08:01"))
    mailed = Notice.objects.filter(words="times-changed", attempts__channel="email").distinct()
    assert [one.to_user for one in mailed] == [cast.bea]


def test_who_has_no_smartphone_hears_of_other_times_to_eat_what_they_are(care, cast, nia):
    CircleMember.objects.filter(user=cast.bea).update(device=CircleMember.Device.NONE)
    treatment.sign_order(
        series_id=care.series.id, wanted=treatment.Wanted(what="fasting", name="esketamine"),
        viewer=cast.sees("diaz"), client_id=uuid7(), now=cared.at("03-14 12:00"),
    )  # fmt: skip
    jobs.run(cared.at("03-14 12:01"))

    assert said(cast, "03-14 20:00") == {
        "Bea Burns": [
            ["Ana can eat and drink now", "Food until 7 am tomorrow. Clear drinks until 8:30 am tomorrow."]
        ]
    }
    care.say("arrived", cared.at("03-15 08:45"))
    assert said(cast, "03-15 08:50") == said(cast, "03-16 12:00") == {"Bea Burns": [[]]}


def test_times_of_a_far_infusion_are_said_on_the_clock_of_who_is_called(care, cast, nia):
    CircleMember.objects.filter(user=cast.bea).update(device=CircleMember.Device.NONE)
    User.objects.filter(id=cast.bea.id).update(zone="America/Los_Angeles")
    treatment.sign_order(
        series_id=care.series.id, wanted=treatment.Wanted(what="fasting", name="esketamine"),
        viewer=cast.sees("diaz"), client_id=uuid7(), now=cared.at("03-10 12:00"),
    )  # fmt: skip
    jobs.run(cared.at("03-10 12:01"))

    ((line, drinks),) = said(cast, "03-10 13:00")["Bea Burns"]
    assert line == "Food until 7 am on Monday 15 March (New York time)."
    assert drinks == "Clear drinks until 8:30 am on Monday 15 March (New York time)."


def test_page_before_a_stop_names_the_drivers_of_every_infusion_ahead(care, cast, nia):
    treatment.ask_ride(
        infusion_id=care.infusions[1].id, wanted=WantedRide(name="Rae", phone="+12125550188"),
        viewer=cast.sees("nia"), client_id=uuid7(), now=cared.at("03-12 12:00"),
    )  # fmt: skip
    page = f"/clinic/series/{care.series.id}/stop"

    assert "No message reaches in time, call: Rae (drives)" in words(nia.get(page))


def test_in_time_after_quiet_hours_is_said_and_nobody_is_called(care, cast, nia):
    for user in (cast.ana, cast.bea):
        reached(user, cared.at("03-01 09:00"), quiet_from=time(21), quiet_to=time(9))
    page = f"/clinic/infusions/{care.infusions[2].id}"

    done = words(
        nia.post(f"{page}/cancel", {"why": "clinic", "revision": "1", "client_id": str(uuid7())}, follow=True)
    )

    assert "The people concerned are told what changed, some once their quiet hours are over." in done
    assert "Call these people" not in done
    assert "Nobody to call now." in words(nia.get(PAGE))
