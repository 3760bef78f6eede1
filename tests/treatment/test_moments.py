"""What happened on an infusion day: its order, its times, corrections, and taking back."""

from datetime import timedelta

import pytest
from django.db.models import Prefetch
from django.http import Http404
from uuid6 import uuid7

from luna.people.errors import Refused, Replayed
from luna.treatment import actions, plans
from luna.treatment.models import Infusion, Moment
from tests import care as cared

NINE = "03-15 09:00"


@pytest.fixture
def say(care):
    def act(what, when, *, now=None, by=None, form=None):
        return actions.record_moment(
            infusion_id=care.infusions[0].id,
            what=what,
            at=cared.at(when),
            viewer=by or cared.staff(care.cast, care.cast.nia),
            client_id=form or uuid7(),
            now=cared.at(now or when),
            is_ready=True,
        )

    return act


@pytest.fixture
def take_back(care):
    def act(what, when, *, form=None):
        return actions.take_back_moment(
            infusion_id=care.infusions[0].id,
            what=what,
            viewer=cared.staff(care.cast, care.cast.nia),
            client_id=form or uuid7(),
            now=cared.at(when),
        )

    return act


def stand(care):
    return plans.standing_moments(care.infusions[0])


def test_record_moment_in_order_through_the_day(care, say):
    for what, when in [("arrived", "08:45"), ("started", "09:05"), ("ended", "09:50"), ("left", "11:10")]:
        say(what, f"03-15 {when}")
    say("home", "03-15 11:40", by=cared.caretaker(care.cast.bea, care.cast.ana_patient))

    assert list(stand(care)) == ["arrived", "started", "ended", "left", "home"]


@pytest.mark.parametrize("order", ["what", "-recorded_at"])
def test_the_last_word_stands_in_whatever_order_a_database_gives_them(care, say, take_back, order):
    say("arrived", "03-15 08:45")
    say("started", "03-15 09:05")
    take_back("started", "03-15 09:06")
    say("started", "03-15 09:10")
    rows = Infusion.objects.prefetch_related(Prefetch("moments", Moment.objects.order_by(order)))

    found = plans.standing_moments(rows.get(id=care.infusions[0].id))

    assert found == {"arrived": cared.at("03-15 08:45"), "started": cared.at("03-15 09:10")}


@pytest.mark.parametrize(
    ("what", "says"),
    [
        ("started", "Say first when the patient arrived."),
        ("ended", "Say first when the infusion started."),
        ("left", "Say first when the infusion ended."),
        ("home", "The infusion has not ended yet. Tell us when you are home."),
    ],
)
def test_record_moment_out_of_order_is_refused(say, what, says):
    with pytest.raises(Refused) as refusal:
        say(what, NINE)

    assert str(refusal.value) == says


def test_home_is_heard_even_when_the_clinic_forgot_the_rest(care, say):
    say("home", "03-15 11:40", by=cared.caretaker(care.cast.bea, care.cast.ana_patient))

    assert list(stand(care)) == ["home"]


@pytest.mark.parametrize("what", ["arrived", "started", "ended", "left"])
def test_a_caretaker_says_only_that_they_are_home(care, say, what):
    with pytest.raises(Http404):
        say(what, NINE, by=cared.caretaker(care.cast.bea, care.cast.ana_patient))


def test_a_caretaker_of_someone_else_cannot_say_they_are_home(care, say):
    with pytest.raises(Http404):
        say("home", "03-15 11:40", by=cared.caretaker(care.cast.cal, care.cast.oli_patient))


@pytest.mark.parametrize(
    ("when", "said_at", "says"),
    [
        ("03-15 09:10", NINE, "This time is in the future. Write down when it happened."),
        ("03-14 08:59", NINE, "This is more than a day ago. Check the time."),
        (
            "03-14 20:59",
            "03-14 20:59",
            "This infusion is booked for tomorrow at 9 am. Move it first if it is given today.",
        ),
    ],
)
def test_record_moment_at_a_time_that_cannot_be_is_refused(say, when, said_at, says):
    with pytest.raises(Refused) as refusal:
        say("arrived", when, now=said_at)

    assert str(refusal.value).replace("\u00a0", " ") == says
    assert refusal.value.field == "at"


def test_record_moment_before_what_came_first_is_refused(say):
    say("arrived", NINE)

    with pytest.raises(Refused) as refusal:
        say("started", "03-15 08:55", now="03-15 09:10")

    assert str(refusal.value) == "This does not fit the other times of this day. Check the time."


def test_record_moment_again_with_another_time_corrects_and_keeps_the_first_word(care, say):
    first = say("arrived", NINE)

    second = say("arrived", "03-15 08:50", now="03-15 09:10")

    assert second.supersedes == first
    assert stand(care) == {"arrived": cared.at("03-15 08:50")}
    assert Moment.objects.count() == 2


def test_record_moment_sent_twice_is_one_moment(say):
    form = uuid7()

    assert say("arrived", NINE, form=form) == say("arrived", NINE, form=form)
    assert Moment.objects.count() == 1


def test_record_moment_in_two_tabs_at_the_same_time_is_one_moment(say):
    assert say("arrived", NINE) == say("arrived", NINE)
    assert Moment.objects.count() == 1


def test_record_moment_sent_twice_with_another_time_is_refused(say):
    form = uuid7()
    say("arrived", NINE, form=form)

    with pytest.raises(Replayed):
        say("arrived", "03-15 08:50", now=NINE, form=form)


def test_take_back_the_latest_moment(care, say, take_back):
    say("arrived", NINE)
    say("started", "03-15 09:10")

    take_back("started", "03-15 09:12")

    assert stand(care) == {"arrived": cared.at(NINE)}


def test_take_back_an_earlier_moment_is_refused(say, take_back):
    say("arrived", NINE)
    say("started", "03-15 09:10")

    with pytest.raises(Refused) as refusal:
        take_back("arrived", "03-15 09:12")

    assert str(refusal.value) == "Take back what came after it first."


def test_take_back_twice_says_so_unless_it_is_the_same_form(say, take_back):
    form = uuid7()
    say("arrived", NINE)
    take_back("arrived", "03-15 09:12", form=form)

    assert take_back("arrived", "03-15 09:12", form=form).taken_back
    with pytest.raises(Refused) as refusal:
        take_back("arrived", "03-15 09:13")

    assert str(refusal.value) == "This was taken back already."


def test_said_again_after_taking_back_stands(care, say, take_back):
    say("arrived", NINE)
    take_back("arrived", "03-15 09:12")
    say("arrived", "03-15 09:20")

    assert stand(care) == {"arrived": cared.at("03-15 09:20")}


def test_record_moment_of_a_cancelled_infusion_is_refused(care, say, now):
    actions.cancel(
        infusion_id=care.infusions[0].id, why="unwell", expected_revision=1,
        viewer=cared.staff(care.cast, care.cast.nia), client_id=uuid7(), now=now,
    )  # fmt: skip

    with pytest.raises(Refused):
        say("arrived", NINE)


def test_a_clock_running_two_minutes_ahead_is_believed(care, say):
    say("arrived", "03-15 09:02", now=NINE)

    assert stand(care)["arrived"] - cared.at(NINE) == timedelta(minutes=2)
