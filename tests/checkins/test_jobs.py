"""A watch stays true to its plan, and an adult who leaves during it is noticed."""

from datetime import timedelta
from uuid import uuid4

import pytest

from luna.checkins import actions, jobs
from luna.checkins.models import Watch
from luna.escalation.models import Escalation, EscalationStep
from luna.feed import actions as feed
from luna.people.actions import circle, sharing
from luna.people.models import CircleMember, ContactSafety, User
from luna.treatment import actions as treatment
from tests.care import at, caretaker, patient, staff
from tests.cast import member

HOME = at("03-15 11:40")


@pytest.fixture
def watch(care, cast, clock):
    """Bea is at home with Ana since 11:40."""
    visit = care.infusions[0]
    for what, when in (("arrived", visit.starts_at), ("started", visit.starts_at), ("ended", visit.ends_at)):
        care.say(what, when)
    care.say("left", at("03-15 11:00"))
    clock.now = at("03-15 12:55")  # when a browser signs in
    return actions.start_watch(
        viewer=caretaker(cast.bea, cast.ana_patient), infusion_id=visit.pk, client_id=uuid4(), now=HOME
    )


def take_back(care, when):
    treatment.take_back_moment(
        infusion_id=care.infusions[0].id, what="home", viewer=staff(care.cast, care.cast.nia),
        client_id=uuid4(), now=when,
    )  # fmt: skip


def revoke(cast, when):
    circle.revoke(member=cast.bea_member, by=staff(cast, cast.nia), now=when)


def until(person):
    return User.objects.get(pk=person.pk).watching_until


@pytest.mark.hazard("H5")
def test_home_corrected_by_staff_moves_the_watch_and_the_sign_in(care, cast, watch):
    later = HOME + timedelta(minutes=30)
    treatment.record_moment(
        infusion_id=care.infusions[0].id, what="home", at=later, viewer=staff(cast, cast.nia),
        client_id=uuid4(), now=later,
    )  # fmt: skip

    assert [jobs.run(later), jobs.run(later)] == [1, 0]

    now_is = Watch.objects.get()
    assert (now_is.started_at, now_is.adult) == (later, cast.bea)
    assert now_is.ends_at >= watch.ends_at
    assert until(cast.bea) == now_is.ends_at


def test_home_taken_back_ends_the_watch_and_said_anew_by_staff_it_runs_again(care, cast, watch):
    back, anew = at("03-15 12:00"), at("03-15 12:20")
    take_back(care, back)
    jobs.run(back)
    ended = Watch.objects.get().ends_at, until(cast.bea)

    care.say("home", anew)
    jobs.run(anew)

    assert ended == (back, back)
    assert (Watch.objects.get().started_at, Watch.objects.get().ends_at) == (anew, until(cast.bea))
    assert until(cast.bea) > anew + timedelta(hours=12)


@pytest.mark.hazard("H5")
def test_the_watching_adult_taken_out_asks_a_human_once(cast, watch, as_nia, clock):
    when = clock.now = at("03-15 13:00")
    jobs.run(when)
    assert Escalation.objects.count() == 0
    revoke(cast, when)

    jobs.run(when)
    jobs.run(when + timedelta(minutes=5))

    found = Escalation.objects.exclude(cause="coverage").get()  # that one is about the next infusion
    assert (found.cause, found.urgency, found.about_id) == ("no-adult", 2, watch.id.hex)
    assert found.steps.filter(what="repeated").count() == 0
    assert until(cast.bea) is None
    page = as_nia.get("/clinic/at-home").content.decode()
    assert ("Nobody known" in page, "Bea" in page) == (True, False)


@pytest.mark.hazard("H9")
@pytest.mark.threat("T1")
@pytest.mark.parametrize("kinds", [["ride", "recovery"], ["schedule", "ride"], []])
def test_the_watching_adult_who_sees_too_little_asks_a_human_at_once(cast, watch, kinds):
    when = at("03-15 13:00")
    choice = sharing.Choice(
        member_id=cast.bea_member.id, kinds=frozenset(kinds), is_kept=False, version=1, is_sure=True
    )

    sharing.choose(choices=[choice], by=patient(cast.ana, cast.ana_patient), now=when)
    at_once = Escalation.objects.order_by("cause").values_list("cause", flat=True)

    assert list(at_once) == ["coverage", "no-adult"]  # the first is about the next infusion
    jobs.run(when)
    assert EscalationStep.objects.filter(escalation__cause="no-adult").count() == 1
    assert (Watch.objects.get().adult, until(cast.bea)) == (None, None)


@pytest.mark.hazard("H9")
@pytest.mark.parametrize("said", [{"is_adult": False}, {"is_adult": None}, {"help": "drives"}])
def test_the_watching_adult_who_turns_out_not_to_stay_asks_a_human_once(
    care, cast, watch, as_nia, clock, said
):
    when = clock.now = at("03-15 13:00")
    CircleMember.objects.filter(pk=cast.bea_member.pk).update(**said)
    assert "Nobody known" in as_nia.get("/clinic/at-home").content.decode()

    jobs.run(when)
    jobs.run(when + timedelta(minutes=5))

    found = Escalation.objects.get()
    assert (found.cause, found.urgency, found.opened_at) == ("no-adult", 2, when)
    assert found.steps.count() == 1
    assert (Watch.objects.get().adult, until(cast.bea)) == (None, None)


@pytest.mark.hazard("H9")
def test_an_adult_who_came_after_a_human_was_asked_and_cannot_stay_asks_again(said_by_staff, care, cast):
    jobs.run(HOME + jobs.WHO)
    relieved, over = at("03-15 12:30"), at("03-15 14:00")
    actions.take_over(
        viewer=caretaker(cast.bea, cast.ana_patient), infusion_id=care.infusions[0].pk, client_id=uuid4(),
        now=relieved,
    )  # fmt: skip
    jobs.run(relieved)
    CircleMember.objects.filter(pk=cast.bea_member.pk).update(help="phone")

    for minutes in (0, 5):
        feed.wake(clinic_id=cast.harbour.id, patient_ids=[cast.ana_patient.id], now=over)
        jobs.run(over + timedelta(minutes=minutes))

    asked = EscalationStep.objects.filter(escalation__cause="no-adult").order_by("at")
    assert [step.at for step in asked] == [HOME + jobs.WHO, over]


def test_an_adult_who_leaves_after_the_watch_asks_nobody_about_it(cast, watch):
    when = watch.ends_at + timedelta(minutes=1)
    revoke(cast, when)

    jobs.run(when)

    assert Escalation.objects.filter(cause="no-adult").count() == 0


@pytest.fixture
def said_by_staff(care, clock):
    """Nia wrote down that Ana is home at 11:40. Nobody else has said anything, and the clock has looked."""
    visit = care.infusions[0]
    for what, when in (("arrived", visit.starts_at), ("started", visit.starts_at), ("ended", visit.ends_at)):
        care.say(what, when)
    care.say("left", at("03-15 11:00"))
    care.say("home", HOME)
    clock.now = HOME  # when a browser signs in
    assert [jobs.run(HOME), jobs.run(HOME)] == [1, 0]


@pytest.mark.hazard("H9")
def test_home_first_said_by_staff_is_in_the_list_with_nobody_known(said_by_staff, as_nia):
    page = as_nia.get("/clinic/at-home").content.decode()

    assert ("Nobody known" in page, "Ana" in page) == (True, True)
    assert (Watch.objects.get().adult, Watch.objects.get().started_at) == (None, HOME)


@pytest.mark.hazard("H9")
def test_home_with_nobody_known_asks_a_human_once_after_a_while(said_by_staff, cast):
    jobs.run(HOME + timedelta(minutes=14))
    before = Escalation.objects.count()
    for minutes in (15, 20, 25):
        feed.wake(clinic_id=cast.harbour.id, patient_ids=[cast.ana_patient.id], now=HOME)
        jobs.run(HOME + timedelta(minutes=minutes))

    found = Escalation.objects.get()
    assert (before, found.cause, found.urgency, found.steps.count()) == (0, "no-adult", 2, 1)


def test_home_first_said_by_staff_long_after_begins_nothing(care, clock):
    care.home(HOME)
    clock.now = at("03-16 20:00")

    assert jobs.run(clock.now) == 0
    assert Watch.objects.count() == 0


@pytest.mark.hazard("H9")
def test_caretaker_says_who_is_with_them_and_nobody_is_asked(said_by_staff, care, cast, as_bea):
    offered = as_bea.get("/now").content.decode()
    as_bea.post("/home/with-them", {"infusion": care.infusions[0].id.hex})

    jobs.run(HOME + timedelta(minutes=20))

    assert "Nobody has told us." in offered
    assert "Who is with Ana?" not in as_bea.get("/now").content.decode()
    assert (Watch.objects.get().adult, Escalation.objects.count()) == (cast.bea, 0)
    assert until(cast.bea) == Watch.objects.get().ends_at


@pytest.mark.hazard("H9")
def test_the_reserve_who_takes_over_keeps_the_watch_and_the_sign_in(care, cast, watch, now):
    member(cast.ana_patient, cast.cal, now)
    later = HOME + timedelta(minutes=80)
    care.duty("stands-by", cast.cal, HOME)
    care.duty("takes", cast.cal, later)

    assert [jobs.run(later), jobs.run(later)] == [1, 0]

    assert Watch.objects.get().adult == cast.cal
    assert (until(cast.bea), until(cast.cal)) == (None, watch.ends_at)


@pytest.mark.hazard("H9")
@pytest.mark.threat("T1")
def test_a_barred_reserve_who_takes_over_calls_a_human_and_hides_no_other_call(care, cast, watch, now):
    row = member(cast.ana_patient, cast.cal, now)
    ContactSafety.objects.create(
        clinic=cast.harbour, patient=cast.ana_patient, safe="no", barred=[str(cast.cal.id)],
        by=cast.nia, at=now, client_id=uuid4(),
    )  # fmt: skip
    later = HOME + timedelta(minutes=80)
    care.duty("stands-by", cast.cal, HOME)
    care.duty("takes", cast.cal, later)

    jobs.run(later)
    jobs.run(later)
    told = list(Escalation.objects.values_list("cause", flat=True))
    row.kinds = []
    row.save()
    jobs.run(later)

    assert told == ["barred-adult"]
    assert set(Escalation.objects.values_list("cause", flat=True)) == {"barred-adult", "no-adult"}


def test_duty_that_was_settled_before_they_came_home_leaves_the_watch_to_who_is_there(care, cast, watch, now):
    member(cast.ana_patient, cast.cal, now)
    care.duty("stands-by", cast.cal, HOME - timedelta(hours=5))
    care.duty("takes", cast.cal, HOME - timedelta(hours=4))

    jobs.run(HOME + timedelta(minutes=5))

    assert Watch.objects.get().adult == cast.bea
