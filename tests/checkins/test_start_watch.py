""" "We're home" begins one watch, whoever says it and however often."""

from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest
from django.http import Http404

from luna.audit.models import AuditEvent
from luna.checkins import actions, jobs
from luna.checkins.models import Watch
from luna.clinical.triage import Urgency
from luna.escalation.models import Escalation
from luna.notices.models import Notice
from luna.people.errors import Refused
from luna.people.models import CircleMember, ContactSafety, User
from luna.treatment import actions as treatment
from luna.treatment.models import Duty, Moment
from tests.care import at, caretaker, patient, staff
from tests.cast import browser, member

pytest_plugins = ["tests.care"]

SOON = at("03-15 13:00")
LEFT, HOME = at("03-15 11:00"), at("03-15 11:40")


@pytest.fixture
def on_the_way(care):
    """Ana has left the clinic after her first infusion."""
    visit = care.infusions[0]
    for what, when in (("arrived", visit.starts_at), ("started", visit.starts_at), ("ended", visit.ends_at)):
        care.say(what, when)
    care.say("left", LEFT)
    return care


def start(care, viewer, *, when=HOME, client_id=None):
    return actions.start_watch(
        viewer=viewer, infusion_id=care.infusions[0].pk, client_id=client_id or uuid4(), now=when
    )


def test_start_watch_begins_now_and_ends_with_the_last_check_in(on_the_way, cast):
    watch = start(on_the_way, caretaker(cast.bea, cast.ana_patient))

    assert (watch.adult, watch.started_at) == (cast.bea, HOME)
    assert watch.ends_at > at("03-16 07:00")
    assert Moment.objects.get(what="home").at == HOME


def test_start_watch_keeps_the_watcher_signed_in_until_it_ends(on_the_way, cast):
    watch = start(on_the_way, caretaker(cast.bea, cast.ana_patient))

    assert User.objects.get(pk=cast.bea.pk).watching_until == watch.ends_at


def test_start_watch_said_twice_is_one_watch(on_the_way, cast):
    bea = caretaker(cast.bea, cast.ana_patient)

    first = start(on_the_way, bea)
    again = start(on_the_way, bea, when=at("03-15 11:45"))

    assert again == first
    assert Watch.objects.count() == Moment.objects.filter(what="home").count() == 1


CANNOT_STAY = [{"is_adult": False}, {"is_adult": None}, {"help": "drives"}, {"help": "phone"}, {"help": ""}]


def say(cast, **said):
    """Let Bea's place in the circle say something else of her."""
    CircleMember.objects.filter(pk=cast.bea_member.pk).update(**said)


@pytest.mark.hazard("H9")
@pytest.mark.parametrize("said", CANNOT_STAY)
def test_start_watch_by_who_cannot_stay_begins_without_an_adult(on_the_way, cast, said):
    say(cast, **said)

    watch = start(on_the_way, caretaker(cast.bea, cast.ana_patient))

    assert (watch.adult, watch.started_at) == (None, HOME)
    assert Moment.objects.get(what="home").at == HOME
    assert User.objects.get(pk=cast.bea.pk).watching_until is None


@pytest.mark.hazard("H9")
@pytest.mark.parametrize("stays", [False, True])
def test_start_watch_by_who_cannot_stay_asks_a_human_unless_another_says_that_they_do(
    on_the_way, cast, cal, stays
):
    say(cast, help="drives")
    start(on_the_way, caretaker(cast.bea, cast.ana_patient))
    early, soon = HOME + jobs.WHO - timedelta(minutes=1), HOME + jobs.WHO

    jobs.run(early)
    if stays:
        take_over(on_the_way, cal, when=early)
    jobs.run(soon)

    assert Escalation.objects.filter(cause="no-adult", opened_at=soon).exists() is not stays
    assert Watch.objects.get().adult == (cast.cal if stays else None)


@pytest.mark.hazard("H9")
def test_start_watch_by_who_cannot_stay_leaves_it_to_who_keeps_it(on_the_way, cast, cal):
    say(cast, help="drives")
    first = start(on_the_way, cal)

    again = start(on_the_way, caretaker(cast.bea, cast.ana_patient), when=at("03-15 11:45"))

    assert (again.pk, again.adult) == (first.pk, cast.cal)


@pytest.mark.hazard("H9")
def test_start_watch_anew_by_who_cannot_stay_is_kept_by_nobody(on_the_way, cast, cal):
    start(on_the_way, cal)
    say(cast, help="drives")
    treatment.take_back_moment(
        infusion_id=on_the_way.infusions[0].pk, what="home", viewer=staff(cast, cast.nia),
        client_id=uuid4(), now=at("03-15 11:45"),
    )  # fmt: skip

    again = start(on_the_way, caretaker(cast.bea, cast.ana_patient), when=at("03-15 12:10"))

    assert (again.adult, again.started_at) == (None, at("03-15 12:10"))
    assert User.objects.get(pk=cast.cal.pk).watching_until is None


@pytest.mark.hazard("H9")
def test_start_watch_by_who_can_stay_takes_it_from_who_cannot_any_more(on_the_way, cast, cal):
    start(on_the_way, caretaker(cast.bea, cast.ana_patient))
    say(cast, help="drives")

    assert start(on_the_way, cal, when=at("03-15 11:45")).adult == cast.cal


@pytest.mark.hazard("H9")
@pytest.mark.threat("T1")
def test_start_watch_by_who_must_not_take_them_home_and_cannot_stay_is_told_to_staff(on_the_way, cast, now):
    say(cast, help="drives")
    bar(cast, cast.bea, now)

    start(on_the_way, caretaker(cast.bea, cast.ana_patient))

    assert Escalation.objects.get().cause == "barred-adult"


def test_start_watch_before_the_infusion_is_refused(care, cast):
    with pytest.raises(Refused):
        start(care, caretaker(cast.bea, cast.ana_patient), when=at("03-14 20:00"))

    assert Watch.objects.count() == 0


@pytest.mark.hazard("H9")
def test_start_watch_by_anyone_else_is_not_found(on_the_way, cast):
    for viewer in (caretaker(cast.cal, cast.oli_patient), staff(cast, cast.nia)):
        with pytest.raises(Http404):
            start(on_the_way, viewer)


@pytest.fixture
def cal(cast, now):
    """Cal cares for Ana too."""
    member(cast.ana_patient, cast.cal, now)
    return caretaker(cast.cal, cast.ana_patient)


def bar(cast, person, now):
    """Have Nia write down that somebody must not take Ana home."""
    ContactSafety.objects.create(
        clinic=cast.harbour, patient=cast.ana_patient, safe="no", barred=[str(person.id)],
        by=cast.nia, at=now, client_id=uuid4(),
    )  # fmt: skip


def take_over(care, viewer, *, when=SOON):
    return actions.take_over(viewer=viewer, infusion_id=care.infusions[0].pk, client_id=uuid4(), now=when)


@pytest.mark.hazard("H9")
def test_take_over_makes_a_second_caretaker_the_one_who_watches(on_the_way, cast, cal):
    first = start(on_the_way, caretaker(cast.bea, cast.ana_patient))

    watch = take_over(on_the_way, cal)

    assert (watch.pk, watch.adult, watch.started_at) == (first.pk, cast.cal, HOME)
    ends = {one: User.objects.get(pk=one.pk).watching_until for one in (cast.bea, cast.cal)}
    assert ends == {cast.bea: None, cast.cal: watch.ends_at}


def test_take_over_pressed_twice_is_once(on_the_way, cast, cal):
    start(on_the_way, caretaker(cast.bea, cast.ana_patient))

    take_over(on_the_way, cal)
    take_over(on_the_way, cal)

    assert AuditEvent.objects.filter(verb="watch.take-over").count() == 1


def test_take_over_is_offered_to_the_one_who_does_not_watch(on_the_way, cast, clock, cal):
    start(on_the_way, caretaker(cast.bea, cast.ana_patient))
    clock.now = SOON
    capacity = f"caretaker:{cast.ana_patient.id.hex}"
    pages = [browser(one, capacity, SOON).get("/now").content.decode() for one in (cast.bea, cast.cal)]

    assert ["Bea said so." in page for page in pages] == [False, True]


@pytest.mark.parametrize("when", ["03-15 11:30", "03-17 20:00"])
def test_take_over_while_nobody_is_at_home_is_refused(on_the_way, cast, cal, when):
    if when > "03-16":
        start(on_the_way, caretaker(cast.bea, cast.ana_patient))

    with pytest.raises(Refused):
        take_over(on_the_way, cal, when=at(when))


@pytest.mark.hazard("H9")
@pytest.mark.threat("T1")
def test_take_over_by_anyone_who_is_no_caretaker_of_hers_is_not_found(on_the_way, cast):
    start(on_the_way, caretaker(cast.bea, cast.ana_patient))

    for viewer in (
        caretaker(cast.cal, cast.oli_patient),
        replace(caretaker(cast.bea, cast.ana_patient), kinds=frozenset({"schedule"})),
        patient(cast.ana, cast.ana_patient),
        staff(cast, cast.nia),
    ):
        with pytest.raises(Http404):
            take_over(on_the_way, viewer)


@pytest.mark.hazard("H9")
def test_take_over_by_who_watched_and_can_stay_no_more_is_refused(on_the_way, cast):
    start(on_the_way, caretaker(cast.bea, cast.ana_patient))
    say(cast, is_adult=False)

    with pytest.raises(Refused):
        take_over(on_the_way, caretaker(cast.bea, cast.ana_patient))


def test_taking_over_puts_them_on_duty_and_tells_who_was(on_the_way, cast, cal, now):
    start(on_the_way, caretaker(cast.bea, cast.ana_patient))

    take_over(on_the_way, cal)

    said = Duty.objects.get()
    assert (said.what, said.who) == ("takes", cast.cal)
    assert jobs.run(SOON) == 0
    assert Watch.objects.get().adult == cast.cal
    told = Notice.objects.filter(words="duty-set").values_list("to_user", flat=True)
    assert set(told) == {cast.ana.id, cast.bea.id}


@pytest.mark.hazard("H9")
@pytest.mark.threat("T1")
@pytest.mark.parametrize("begin", ["we're home", "with them now"])
def test_who_must_not_take_the_patient_home_and_watches_is_told_to_staff_alone(
    on_the_way, cast, cal, now, begin
):
    barred = cast.bea if begin == "we're home" else cast.cal
    bar(cast, barred, now)

    start(on_the_way, caretaker(cast.bea, cast.ana_patient))
    if begin == "with them now":
        take_over(on_the_way, cal)

    row = Escalation.objects.get(cause="barred-adult")
    assert (row.urgency, row.about_type, row.staff_only) == (Urgency.URGENT, "watch", True)
    assert Watch.objects.get().adult == barred
