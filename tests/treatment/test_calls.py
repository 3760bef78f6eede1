"""Whom staff have to call about one infusion: a patient without an account, who drives by phone alone."""

from datetime import time

import pytest
from django.db import connection
from django.db.models import Q
from django.http import Http404
from django.test.utils import CaptureQueriesContext
from uuid6 import uuid7

from luna.audit.models import AuditEvent
from luna.clinical.ride import Said
from luna.notices import actions as notices
from luna.notices import jobs
from luna.notices.models import Notice
from luna.people.errors import Refused, Stale
from luna.people.models import CircleMember, Clinician, ContactSafety, Patient
from luna.treatment import actions, calls, quiet
from luna.treatment.actions import WantedRide
from luna.treatment.calls import Hearers
from luna.treatment.models import PhoneCall, Ride
from tests import care as cared
from tests.cast import member
from tests.notices.reaching import reached

NOW = "03-12 12:00"
PHONE = "+12125550188"


@pytest.fixture
def nia(cast):
    return cast.sees("nia")


@pytest.fixture
def alone(cast):
    """Ana has no account."""
    Patient.objects.filter(id=cast.ana_patient.id).update(user=None, phone="+12125550177")


def names(viewer, when=NOW):
    """Return whom to call, and for what."""
    return [(one.name, one.what) for one in calls.to_make(viewer, cared.at(when))]


def spoken(viewer, when=NOW):
    found = [
        words for one in calls.to_make(viewer, cared.at(when)) for words in calls.words(one, cared.at(when))
    ]
    return [words.replace("\xa0", " ") for words in found]


def move(care, to, when=NOW, infusion=1, by=None):
    row = care.infusions[infusion - 1]
    row.refresh_from_db()
    return actions.move(
        infusion_id=row.id, start=actions.Start(cared.at(to)), why="clinic", expected_revision=row.revision,
        viewer=by or care.cast.sees("nia"), client_id=uuid7(), now=cared.at(when),
    )  # fmt: skip


def cancel(care, when=NOW, infusion=1):
    row = care.infusions[infusion - 1]
    row.refresh_from_db()
    return actions.cancel(
        infusion_id=row.id, why="clinic", expected_revision=row.revision, viewer=care.cast.sees("nia"),
        client_id=uuid7(), now=cared.at(when),
    )  # fmt: skip


def stop(care, when):
    return actions.stop_series(
        series_id=care.series.id, why="other", version=1, viewer=care.cast.sees("nia"), client_id=uuid7(),
        now=cared.at(when),
    )  # fmt: skip


def ask(care, name="Rae", when="03-11 12:00", phone=PHONE, **more):
    return actions.ask_ride(
        infusion_id=care.infusions[0].id, wanted=WantedRide(name=name, phone=phone, **more),
        viewer=care.cast.sees("nia"), client_id=uuid7(), now=cared.at(when),
    )  # fmt: skip


def answer(care, said, of, when="03-11 13:00"):
    return actions.answer_ride(
        infusion_id=care.infusions[0].id, said=Said(said), ask_id=of.id, viewer=care.cast.sees("nia"),
        client_id=uuid7(), now=cared.at(when),
    )  # fmt: skip


def tell(viewer, when=NOW):
    """Tick off all calls."""
    for one in calls.to_make(viewer, cared.at(when)):
        actions.told_by_phone(key=one.key, viewer=viewer, now=cared.at(when))


# The patient


def test_who_has_an_account_is_never_to_be_called(care, nia):
    move(care, "03-16 09:00")
    cancel(care, infusion=2)

    assert names(nia) == []


@pytest.mark.hazard("H7")
def test_patient_without_an_account_is_called_about_a_move(care, alone, nia):
    assert names(nia) == []
    move(care, "03-16 09:00")

    (one,) = calls.to_make(nia, cared.at(NOW))

    assert (one.name, one.what, one.phone, one.since) == ("Ana Abel", "moved", "+12125550177", cared.at(NOW))


def test_patient_without_an_account_is_called_about_a_cancellation(care, alone, nia):
    cancel(care)

    assert names(nia) == [("Ana Abel", "cancelled")]
    assert names(nia, "03-15 10:59") == []  # by then it would have been over


def fast(care, when=NOW, infusion=None, rule="esketamine"):
    """Have Dr Diaz choose until when Ana eats and drinks: before one infusion, or before all."""
    wanted = actions.Wanted(
        what="fasting", name=rule, infusion_id=care.infusions[infusion - 1].id if infusion else None,
        food_min=480 if rule == "other" else None, drink_min=120 if rule == "other" else None,
    )  # fmt: skip
    return actions.sign_order(
        series_id=care.series.id, wanted=wanted, viewer=care.cast.sees("diaz"), client_id=uuid7(),
        now=cared.at(when),
    )  # fmt: skip


@pytest.mark.hazard("H7")
def test_patient_without_an_account_is_called_once_about_new_times_to_eat(care, alone, nia):
    order = fast(care)

    (one,) = calls.to_make(nia, cared.at(NOW))
    assert (one.what, one.infusion, one.since) == ("times", care.infusions[0], order.at)
    tell(nia)
    assert names(nia) == names(nia, "03-15 12:00") == []


@pytest.mark.hazard("H7")
def test_each_order_on_eating_is_a_call_of_its_own_and_so_is_its_end(care, alone, cast, nia):
    fast(care)
    tell(nia)
    order = fast(care, "03-12 13:00", rule="asa")
    assert names(nia, "03-12 13:00") == [("Ana Abel", "times")]
    tell(nia, "03-12 13:00")

    actions.stop_order(
        order_id=order.id, viewer=cast.sees("diaz"), client_id=uuid7(), now=cared.at("03-12 14:00")
    )

    assert names(nia, "03-12 14:00") == [("Ana Abel", "times")]


@pytest.mark.hazard("H7")
def test_order_on_eating_is_told_for_the_infusion_it_is_for(care, alone, nia):
    fast(care, infusion=2)

    (one,) = calls.to_make(nia, cared.at(NOW))

    assert (one.what, one.infusion) == ("times", care.infusions[1])


def test_time_that_was_chosen_after_an_order_on_eating_is_told_with_the_move(care, alone, nia):
    fast(care)
    move(care, "03-16 09:00", "03-12 13:00")

    assert names(nia, "03-12 13:00") == [("Ana Abel", "moved")]


def test_order_on_eating_is_no_call_about_who_has_come_or_has_an_account(care, alone, cast, nia):
    fast(care)
    assert names(nia, "03-15 08:41") == [("Ana Abel", "times")]
    care.say("arrived", cared.at("03-15 08:40"))
    assert names(nia, "03-15 08:41") == []

    Patient.objects.filter(id=cast.ana_patient.id).update(user=cast.ana)
    assert names(nia) == []


def test_another_chair_is_told_to_nobody(care, alone, cast, nia):
    row = care.infusions[0]
    other = cast.harbour.chairs.exclude(id=row.chair_id).first()
    actions.move(
        infusion_id=row.id, start=actions.Start(row.starts_at, other.id), why="clinic", expected_revision=1,
        viewer=nia, client_id=uuid7(), now=cared.at(NOW),
    )  # fmt: skip

    assert names(nia) == []


def test_call_is_over_when_they_have_an_account(care, alone, cast, nia):
    move(care, "03-16 09:00")
    Patient.objects.filter(id=cast.ana_patient.id).update(user=cast.ana)

    assert names(nia) == []


@pytest.mark.parametrize("happened", ["arrived", None])
def test_call_about_a_move_is_over_when_they_come_or_its_time_has(care, alone, nia, happened):
    move(care, "03-15 10:00")
    if happened:
        care.say(happened, cared.at("03-15 09:30"))

    assert names(nia, "03-15 09:31" if happened else "03-15 10:00") == []


def test_later_change_takes_the_place_of_an_earlier_one(care, alone, nia):
    move(care, "03-16 09:00")
    tell(nia)
    assert names(nia) == []

    move(care, "03-16 10:00", "03-12 13:00")
    assert names(nia, "03-12 13:00") == [("Ana Abel", "moved")]
    cancel(care, "03-12 14:00")
    assert names(nia, "03-12 14:00") == [("Ana Abel", "cancelled")]


def test_stopped_series_is_told_to_the_patient(care, alone, cast, nia):
    actions.stop_series(
        series_id=care.series.id, why="clinic", version=care.series.version, viewer=cast.sees("diaz"),
        client_id=uuid7(), now=cared.at(NOW),
    )  # fmt: skip

    assert names(nia) == [("Ana Abel", "cancelled")] * 6


def test_safe_number_and_voicemail_stand_with_the_call(care, alone, cast, nia):
    ContactSafety.objects.create(
        clinic=cast.harbour, patient=cast.ana_patient, phone="+12125550199", voicemail=False, by=cast.nia,
        at=cared.at(NOW), client_id=uuid7(),
    )  # fmt: skip
    move(care, "03-16 09:00")

    (one,) = calls.to_make(nia, cared.at(NOW))

    assert (one.phone, one.voicemail) == ("+12125550199", False)


def test_patient_without_an_account_hears_that_nobody_drives(care, alone, nia):
    rae = ask(care)
    answer(care, "confirmed", rae)
    assert names(nia) == []

    answer(care, "declined", rae, NOW)

    assert names(nia) == [("Ana Abel", "open")]
    assert spoken(nia) == [
        "Nobody is set to take you home any more. Who could? Pick-up is Monday 15 March at 11 am."
    ]
    ask(care, "Tom", NOW, phone="+12125550166")
    assert names(nia) == [("Tom", "asked")]


def test_ride_nobody_ever_had_is_no_call(care, alone, nia):
    assert names(nia) == []


# Who drives by phone alone


def test_driver_by_phone_alone_is_asked(care, nia):
    rae = ask(care)
    assert names(nia) == [("Rae", "asked")]
    assert spoken(nia) == ["Can you take Ana home? Pick-up is Monday 15 March at 11 am."]

    answer(care, "confirmed", rae)

    assert names(nia) == []


def test_reserve_by_phone_alone_is_asked_to_stand_by(care, nia):
    ask(care, reserve=True)

    assert spoken(nia) == ["Can you stand by to take Ana home? Pick-up is Monday 15 March at 11 am."]


def test_driver_with_an_address_is_written_to(care, nia):
    ask(care, email="rae@example.org")
    cancel(care)

    assert names(nia) == []


def test_move_asks_a_driver_anew_for_the_new_time(care, nia):
    answer(care, "confirmed", ask(care))
    move(care, "03-16 09:00")

    assert names(nia) == [("Rae", "asked")]
    assert spoken(nia) == ["Can you take Ana home? Pick-up is Tuesday 16 March at 11 am."]
    tell(nia)
    assert names(nia) == []


@pytest.mark.parametrize("reserve", [False, True])
def test_cancelled_infusion_releases_driver_and_reserve(care, nia, reserve):
    ask(care, reserve=reserve)
    cancel(care)

    assert names(nia) == [("Rae", "off")]
    assert spoken(nia) == [
        "You need not take Ana home. It was about Monday 15 March at 11 am. Thank you for being ready."
    ]


def test_driver_whose_asking_was_taken_back_is_released(care, nia):
    rae = ask(care)
    answer(care, "confirmed", rae)
    answer(care, "taken-back", rae, NOW)

    assert names(nia) == [("Rae", "off")]


def test_driver_who_is_named_again_is_not_released_too(care, nia):
    rae = ask(care)
    answer(care, "taken-back", rae)
    ask(care, when=NOW)

    assert names(nia) == [("Rae", "asked")]


def test_driver_who_said_no_is_not_called(care, nia):
    rae = ask(care)
    answer(care, "declined", rae)
    cancel(care)

    assert names(nia) == []


def test_reserve_by_phone_alone_hears_that_the_ride_is_open(care, nia):
    rae = ask(care, email="rae@example.org")
    tom = ask(care, "Tom", phone="+12125550166", reserve=True)
    answer(care, "confirmed", tom)
    answer(care, "confirmed", rae)
    assert names(nia) == []
    answer(care, "declined", rae, "03-11 14:00")
    assert spoken(nia) == [
        "Nobody is set to take Ana home any more. Can you? Pick-up is Monday 15 March at 11 am."
    ]
    tell(nia)
    assert names(nia) == []

    answer(care, "confirmed", rae, "03-11 15:00")
    answer(care, "declined", rae, "03-11 16:00")

    assert names(nia) == [("Tom", "open")]  # it is open anew, which they were not told


def test_taxi_is_asked_for_as_such(care, cast, nia):
    cast.harbour.taxi = True
    cast.harbour.save()
    ask(care, how=Ride.How.TAXI)

    assert spoken(nia) == ["Can you go home with Ana in a taxi? Pick-up is Monday 15 March at 11 am."]


def test_nobody_is_called_once_they_have_left(care, nia):
    ask(care)
    care.leave()

    assert names(nia, "03-15 11:00") == []


# Before it is confirmed


def test_hearers_are_named_as_they_will_hear(care, cast, nia, now):
    member(cast.ana_patient, cast.cal, now)
    CircleMember.objects.filter(user=cast.cal, patient=cast.ana_patient).update(device="none")
    ask(care, email="rae@example.org")
    ask(care, "Tom", phone="+12125550166", reserve=True)

    assert hearers(care, cast) == Hearers(
        ("Ana Abel", "Bea Burns", "Rae (drives)"), ("Cal Cole", "Tom (drives)")
    )


def test_hearers_of_a_patient_without_an_account(care, alone, cast):
    CircleMember.objects.filter(id=cast.bea_member.id).update(kinds=["recovery"])

    assert hearers(care, cast) == Hearers((), ("Ana Abel",))


def hearers(care, cast, when=NOW):
    row = care.infusions[0]
    circle = list(calls.covers.circle().filter(patient=row.patient_id))
    silent = quiet.silent(row, circle, cared.at(when))
    return calls.hearers(
        row, Patient.objects.get(id=cast.ana_patient.id), circle, calls.reached([row]), silent
    )


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        ("03-12 23:00", Hearers((), (), (("Ana Abel", "03-13 07:00"), ("Bea Burns", "03-13 07:00")))),
        # Ana eats until one at night; Bea leaves home at eight.
        ("03-14 23:00", Hearers((), ("Ana Abel",), (("Bea Burns", "03-15 07:00"),))),
        ("03-14 12:00", Hearers(("Ana Abel", "Bea Burns"), ())),
    ],
)
def test_hearers_in_quiet_hours_wait_or_are_called(care, cast, when, expected):
    nights(cast)

    found = hearers(care, cast, when)

    waits = tuple((name, cared.at(at)) for name, at in expected.waits)
    assert found == Hearers(expected.messages, expected.calls, waits)


# Whose quiet hours keep the message


def nights(*people, begins=22, ends=7):
    """Let Ana and Bea, or others, keep quiet hours."""
    cast = people[0]
    for user in people[1:] or (cast.ana, cast.bea):
        reached(user, cared.at("03-01 09:00"), quiet_from=time(begins), quiet_to=time(ends))


def kept(viewer, when):
    """Return whose message waits: (name, is too late, what it says)."""
    found = quiet.kept(viewer, cared.at(when))
    return sorted((one.name, one.is_too_late, one.line.notice.words) for one in found)


@pytest.mark.hazard("H7")
def test_patient_whose_message_comes_after_their_last_meal_is_called(care, cast, nia):
    nights(cast)
    move(care, "03-15 11:00", "03-14 23:00")

    assert kept(nia, "03-14 23:01") == [("Ana Abel", True, "moved"), ("Bea Burns", False, "moved")]
    found = calls.of_change(nia, cared.at("03-14 23:01"), Q(series=care.series))
    assert [one.name for one in found["calls"]] == ["Ana Abel"]
    assert [one.name for one in found["kept"]] == ["Bea Burns"]


def test_message_days_ahead_waits_and_nobody_is_called(care, cast, nia):
    nights(cast)
    cancel(care, "03-12 23:00")

    assert kept(nia, "03-12 23:01") == [("Ana Abel", False, "cancelled"), ("Bea Burns", False, "cancelled")]


@pytest.mark.hazard("H7")
@pytest.mark.parametrize(("when", "is_late"), [("03-14 23:00", True), ("03-12 23:00", False)])
def test_stopped_series_has_to_be_heard_by_its_next_infusion(care, cast, nia, when, is_late):
    nights(cast)

    stop(care, when)

    assert kept(nia, when[:-1] + "1") == [
        ("Ana Abel", is_late, "series-stopped"),
        ("Bea Burns", False, "series-stopped"),
    ]
    Notice.objects.update(state=Notice.State.SENT)
    assert kept(nia, when[:-1] + "1") == []


@pytest.mark.hazard("H7")
@pytest.mark.parametrize("then", ["moved", "cancelled", "series-stopped"])
def test_who_has_not_heard_of_a_move_goes_by_the_time_before_it(care, cast, nia, then):
    nights(cast)
    move(care, "03-16 11:00", "03-14 22:30")
    assert kept(nia, "03-14 22:31")[0] == ("Ana Abel", True, "moved")

    if then == "moved":
        move(care, "03-17 11:00", "03-14 23:00")
    elif then == "cancelled":
        cancel(care, "03-14 23:00")
    else:
        stop(care, "03-14 23:00")

    assert kept(nia, "03-14 23:01") == [("Ana Abel", True, then), ("Bea Burns", False, then)]
    told = Notice.objects.get(words=then, to_user=cast.ana, state=Notice.State.PLANNED)
    assert told.values["was_at"] == cared.at("03-15 09:00").isoformat()


def test_who_knows_no_other_time_is_told_nothing(care, cast, nia):
    nights(cast)
    move(care, "03-15 11:00", "03-14 22:30")
    move(care, "03-15 09:00", "03-14 23:00")

    assert kept(nia, "03-14 23:01") == []
    assert not Notice.objects.filter(words="moved", state=Notice.State.PLANNED).exists()


def test_stop_goes_by_the_earliest_time_that_somebody_still_knows(care, cast, nia):
    nights(cast)
    move(care, "03-18 11:00", "03-14 22:30")  # past the second
    stop(care, "03-14 23:00")

    assert kept(nia, "03-14 23:01") == [
        ("Ana Abel", True, "series-stopped"), ("Bea Burns", False, "series-stopped")
    ]  # fmt: skip


def test_newer_rule_takes_the_place_of_a_word_that_nobody_heard(care, cast, nia):
    nights(cast)
    fast(care, "03-14 22:30", None, "other")
    fast(care, "03-14 23:00", None, "esketamine")

    assert [name for name, *_rest in kept(nia, "03-14 23:01")] == ["Ana Abel", "Bea Burns"]
    cancel(care, "03-14 23:05")
    assert {words for *_rest, words in kept(nia, "03-14 23:06")} == {"cancelled"}


@pytest.mark.hazard("H7")
@pytest.mark.parametrize(
    ("when", "infusion", "rule", "late"),
    [
        ("03-14 23:00", None, "esketamine", {"Ana Abel": False, "Bea Burns": False}),  # food until 7 am
        ("03-14 23:00", None, "other", {"Ana Abel": True, "Bea Burns": False}),  # food until 1 am
        ("03-14 23:00", 2, "other", {"Ana Abel": False, "Bea Burns": False}),
        ("03-13 23:00", None, "other", {"Ana Abel": False, "Bea Burns": False}),
    ],
)
def test_other_times_to_eat_have_to_be_heard_by_the_first_of_them(
    care, cast, nia, when, infusion, rule, late
):
    nights(cast, begins=22, ends=6)
    fast(care, when, infusion, rule)

    assert kept(nia, when[:-1] + "1") == [(name, is_late, "times-changed") for name, is_late in late.items()]
    about = Q(id=care.infusions[(infusion or 1) - 1].id)
    assert len(quiet.kept(nia, cared.at(when), about)) == 2
    assert quiet.kept(nia, cared.at(when), Q(id=care.infusions[2].id)) == []


@pytest.mark.hazard("H7")
@pytest.mark.parametrize(("hours", "is_late"), [(8, True), (1, False)])
def test_held_medicine_has_to_be_heard_by_its_last_time(care, cast, nia, hours, is_late):
    nights(cast, cast.ana, ends=6)
    wanted = actions.Wanted(
        what="medicine", name="lithium", handling="hold", stop_before_min=hours * 60, restart_after_min=180
    )
    actions.sign_order(
        series_id=care.series.id, wanted=wanted, viewer=cast.sees("diaz"), client_id=uuid7(),
        now=cared.at("03-14 23:00"),
    )  # fmt: skip

    assert kept(nia, "03-14 23:01") == [("Ana Abel", is_late, "medicine-plan")]


def test_other_times_of_a_cancelled_infusion_wait_for_the_next(care, cast, nia):
    cancel(care, "03-14 12:00")
    nights(cast)
    fast(care, "03-14 23:00", None, "other")

    found = {one.infusion: one.line.notice.words for one in quiet.kept(nia, cared.at("03-14 23:01"))}
    assert found == {care.infusions[0]: "cancelled", care.infusions[1]: "times-changed"}


def test_stop_of_a_series_that_has_nothing_ahead_waits_and_nobody_is_called(care, cast, nia):
    nights(cast)
    stop(care, "03-26 23:00")  # the night after the last infusion

    assert not care.series.infusions.filter(cancelled=True).exists()
    assert Notice.objects.filter(words="series-stopped", state=Notice.State.PLANNED).count() == 2
    assert kept(nia, "03-26 23:01") == []


@pytest.mark.hazard("H7")
@pytest.mark.parametrize(
    ("to", "is_late"), [("03-16 09:00", True), ("03-16 14:00", False), ("03-18 09:00", False)]
)
def test_new_time_that_comes_before_the_old_counts(care, cast, nia, to, is_late):
    nights(cast)
    move(care, to, "03-15 23:00", infusion=2)

    assert kept(nia, "03-15 23:01")[0] == ("Ana Abel", is_late, "moved")


def test_without_quiet_hours_or_by_day_nothing_is_kept(care, cast, nia):
    move(care, "03-15 11:00", "03-14 23:00")
    assert kept(nia, "03-14 23:01") == []

    nights(cast)
    assert kept(nia, "03-15 07:00") == []


@pytest.mark.parametrize(("ends", "is_late"), [(time(6, 45), False), (time(6, 46), True)])
def test_message_leaves_a_quarter_of_an_hour_to_act(care, cast, nia, ends, is_late):
    reached(cast.ana, cared.at("03-01 09:00"), quiet_from=time(22), quiet_to=ends)
    cancel(care, "03-15 03:30")  # their last meal is over; the last sip is at seven

    assert kept(nia, "03-15 03:31") == [("Ana Abel", is_late, "cancelled")]


def test_nobody_is_called_once_the_message_left_or_they_have_come(care, cast, nia):
    nights(cast, cast.ana, begins=22, ends=10)
    move(care, "03-15 11:00", "03-15 06:00")
    jobs.run(cared.at("03-15 06:01"))
    assert kept(nia, "03-15 06:02") == [("Ana Abel", True, "moved")]

    care.say("arrived", cared.at("03-15 08:50"))
    assert kept(nia, "03-15 08:51") == []
    jobs.run(cared.at("03-15 10:01"))
    assert Notice.objects.get(to_user=cast.ana, words="moved").state == "sent"


@pytest.mark.hazard("H7")
def test_who_was_told_on_the_phone_gets_no_message_in_the_morning(care, cast, nia):
    nights(cast)
    move(care, "03-15 11:00", "03-14 23:00")
    jobs.run(cared.at("03-14 23:01"))
    notice = Notice.objects.get(to_user=cast.ana, words="moved")

    told = {notice.id: notice.fence}
    refused = notices.told_otherwise(told, viewer=nia, client_id=uuid7(), now=cared.at("03-14 23:05"))

    assert refused == []
    assert kept(nia, "03-14 23:06") == [("Bea Burns", False, "moved")]
    jobs.run(cared.at("03-15 07:01"))
    assert not notice.attempts.filter(channel="email").exists()


def test_message_on_its_way_by_day_is_nothing_staff_decide_about(care, cast, nia):
    move(care, "03-15 11:00", "03-14 12:00")
    notice = Notice.objects.get(to_user=cast.ana, words="moved")

    form = {"viewer": nia, "client_id": uuid7(), "now": cared.at("03-14 12:01")}
    assert [type(why) for _notice, why in notices.told_otherwise({notice.id: 0}, **form)] == [Refused]


@pytest.mark.threat("T1")
@pytest.mark.parametrize("who", ["eve", "bea", "oli"])
def test_only_staff_of_the_clinic_see_whose_message_waits(care, cast, nia, who):
    nights(cast)
    move(care, "03-15 11:00", "03-14 23:00")

    assert kept(cast.sees(who), "03-14 23:01") == []


def test_messages_that_wait_take_as_many_queries_for_many(care, cast, nia):
    nights(cast)
    counts = []
    for infusion in (1, 2):
        move(care, f"{cared.DAYS[infusion - 1]} 14:00", "03-14 23:00", infusion=infusion)
        with CaptureQueriesContext(connection) as found:
            assert len(quiet.kept(nia, cared.at("03-14 23:01"))) == 2 * infusion
        counts.append(len(found))

    assert counts[0] == counts[1] <= 25


# Ticked off


def test_call_is_ticked_off_once_and_written_down(care, alone, nia):
    move(care, "03-16 09:00")
    (one,) = calls.to_make(nia, cared.at(NOW))

    first = actions.told_by_phone(key=one.key, viewer=nia, now=cared.at(NOW))
    again = actions.told_by_phone(key=one.key, viewer=nia, now=cared.at("03-12 13:00"))

    assert again == first
    assert names(nia) == []
    assert PhoneCall.objects.count() == AuditEvent.objects.filter(verb="call.told").count() == 1


def test_call_of_an_old_page_is_refused_after_a_later_change(care, alone, nia):
    move(care, "03-16 09:00")
    (one,) = calls.to_make(nia, cared.at(NOW))
    move(care, "03-16 10:00", "03-12 13:00")

    with pytest.raises(Stale):
        actions.told_by_phone(key=one.key, viewer=nia, now=cared.at("03-12 13:01"))

    assert names(nia, "03-12 13:01") == [("Ana Abel", "moved")]


@pytest.mark.threat("T1")
@pytest.mark.parametrize("who", ["eve", "bea", "oli"])
def test_only_staff_of_the_clinic_see_and_tick_off(care, alone, cast, nia, who):
    move(care, "03-16 09:00")
    (one,) = calls.to_make(nia, cared.at(NOW))

    assert calls.to_make(cast.sees(who), cared.at(NOW)) == []
    with pytest.raises(Http404):
        actions.told_by_phone(key=one.key, viewer=cast.sees(who), now=cared.at(NOW))


def test_who_may_not_book_sees_none(care, alone, cast, nia):
    move(care, "03-16 09:00")
    Clinician.objects.filter(user=cast.diaz).update(roles=["therapist"])

    assert names(cast.sees("diaz")) == []


@pytest.mark.parametrize("key", ["", "x", "0" * 32, "0" * 32 + ":moved:r1:patient"])
def test_key_of_no_infusion_is_not_found(care, nia, key):
    with pytest.raises(Http404):
        actions.told_by_phone(key=key, viewer=nia, now=cared.at(NOW))


def test_calls_take_as_many_queries_for_many(care, alone, cast, nia):
    counts = []
    for infusion in (1, 2):
        move(care, f"{cared.DAYS[infusion - 1]} 14:00", infusion=infusion)
        with CaptureQueriesContext(connection) as found:
            assert len(calls.to_make(nia, cared.at(NOW), Q(series=care.series))) == infusion
        counts.append(len(found))

    assert counts[0] == counts[1] <= 7
