"""Run late or close a day: what is touched and what stays, once for all of it, and what people read first.

Ana has her first infusion on Monday 15 March 2027 at nine, Oli his at eleven. Both stay two hours.
"""

from datetime import date, time

import pytest
from django.db import connection
from django.http import Http404
from django.test.utils import CaptureQueriesContext
from uuid6 import uuid7

from luna.audit.models import AuditEvent
from luna.careplan import actions, plans
from luna.careplan.models import DayChange
from luna.checkins import actions as checkins
from luna.checkins.models import Watch
from luna.notices import jobs as notices
from luna.notices.models import Notice
from luna.people.errors import Refused, Replayed, Stale
from luna.people.models import ClosedDay, Patient
from luna.treatment import actions as treatment
from luna.treatment.actions import WantedRide
from luna.treatment.calls import Hearers
from luna.treatment.models import BookingRevision, Infusion
from tests import care as cared
from tests.careplan import readying
from tests.cast import member
from tests.notices.conftest import provider
from tests.notices.reaching import reached

__all__ = ["provider"]

ON = date(2027, 3, 15)
DAWN = "03-15 07:30"


@pytest.fixture
def oli(care, cast, now):
    """Oli's infusions, two hours after Ana's."""
    return cared.Care(cast, cared.start(cast, now, of=cast.oli_patient, hour="11:00"))


@pytest.fixture
def nia(cast):
    return cast.sees("nia")


def late(minutes=30, on=ON):
    return plans.Asked(on, "late", minutes)


def closed(on=ON):
    return plans.Asked(on, "closed")


def confirm(asked, viewer, when=DAWN, *, words="", form=None, only=None, every=False):
    """Have staff look, and confirm what is ticked. only: infusions; every: also what breaks something."""
    at = cared.at(when)
    found = [one for one in plans.preview(viewer, asked, at).touched if every or one.is_whole]
    seen = {one.key: one.revision for one in found if only is None or one.key in only}
    change = actions.change_day(
        asked=asked, seen=seen, words=words, viewer=viewer, client_id=form or uuid7(), now=at
    )
    return change, actions.carry_out(change_id=change.id, viewer=viewer, now=at)


def starts(*cares):
    return [one.infusions[0].starts_at for one in cares]


# What it would do


def test_late_moves_all_that_has_not_begun_in_their_own_chairs(care, oli, nia):
    chairs = [one.infusions[0].chair_id for one in (care, oli)]

    _change, refused = confirm(late(30), nia)

    assert refused == {}
    assert starts(care, oli) == [cared.at("03-15 09:30"), cared.at("03-15 11:30")]
    assert [one.infusions[0].chair_id for one in (care, oli)] == chairs
    assert care.infusions[1].starts_at == cared.at("03-17 09:00")


def test_late_moves_one_after_the_other_in_a_single_chair(care, oli, cast, nia):
    cast.harbour.chairs.exclude(name="Chair 1").update(active=False)
    chair = cast.harbour.chairs.get(name="Chair 1")
    Infusion.objects.filter(series__in=[care.series, oli.series]).update(chair=chair)

    _change, refused = confirm(late(90), nia)

    assert refused == {}
    assert starts(care, oli) == [cared.at("03-15 10:30"), cared.at("03-15 12:30")]


@pytest.mark.parametrize(
    ("moments", "why"),
    [
        (["arrived"], "Has arrived: tell them yourself"),
        (["arrived", "started"], "Under way"),
        (["arrived", "started", "ended"], "Over"),
    ],
)
def test_who_has_come_is_never_moved(care, oli, nia, moments, why):
    for what in moments:
        care.say(what, cared.at("03-15 09:00"))

    found = plans.preview(nia, closed(), cared.at("03-15 09:10"))
    confirm(closed(), nia, "03-15 09:10")

    assert [one.why for one in found.kept] == [why]
    assert not care.infusions[0].cancelled
    assert oli.infusions[0].cancelled


def test_who_arrives_between_the_look_and_the_confirmation_stays(care, oli, nia):
    at = cared.at("03-15 08:30")
    seen = {one.key: one.revision for one in plans.preview(nia, late(), at).touched}
    care.say("arrived", at)

    with pytest.raises(Stale):
        actions.change_day(asked=late(), seen=seen, words="", viewer=nia, client_id=uuid7(), now=at)

    assert DayChange.objects.count() == 0


def test_who_arrives_while_it_is_carried_out_stays(care, oli, nia):
    at = cared.at("03-15 08:30")
    seen = {one.key: one.revision for one in plans.preview(nia, late(), at).touched}
    change = actions.change_day(asked=late(), seen=seen, words="", viewer=nia, client_id=uuid7(), now=at)
    care.say("arrived", at)

    refused = actions.carry_out(change_id=change.id, viewer=nia, now=at)

    assert [*refused] == [care.infusions[0].id.hex]
    assert starts(care, oli) == [cared.at("03-15 09:00"), cared.at("03-15 11:30")]


@pytest.mark.hazard("H9")
def test_who_is_at_home_keeps_their_watch(care, cast, nia):
    care.leave()
    checkins.start_watch(
        viewer=cast.sees("bea"), infusion_id=care.infusions[0].id, client_id=uuid7(),
        now=cared.at("03-15 11:40"),
    )  # fmt: skip
    before = Watch.objects.values().get()

    found = plans.preview(nia, closed(), cared.at("03-15 12:00"))

    assert [one.why for one in found.kept] == ["At home: the watch goes on"]
    assert found.touched == ()
    assert Watch.objects.values().get() == before


def test_preview_names_the_closing_hour_and_leaves_it_unticked(care, oli, nia):
    (first, second) = plans.preview(nia, late(300), cared.at(DAWN)).touched

    assert first.breaks == ()
    assert [words.replace("\xa0", " ") for words in second.breaks] == [
        "It would last until 6 pm. The clinic is closed by then."
    ]
    _change, refused = confirm(late(300), nia)
    assert refused == {}
    assert starts(care, oli) == [cared.at("03-15 14:00"), cared.at("03-15 11:00")]


def test_what_breaks_something_is_moved_when_it_is_ticked(care, oli, nia):
    _change, refused = confirm(late(300), nia, every=True)

    assert refused == {}
    assert starts(oli) == [cared.at("03-15 16:00")]


def test_preview_names_the_spacing_of_the_protocol(care, nia):
    care_of = care.infusions
    treatment.cancel(
        infusion_id=care_of[1].id, why="patient", expected_revision=1, viewer=nia, client_id=uuid7(),
        now=cared.at("03-12 12:00"),
    )  # fmt: skip

    (only,) = plans.preview(nia, closed(), cared.at(DAWN)).touched

    assert only.breaks == ("They would have fewer that week than the protocol asks for: 2-3.",)


def test_preview_names_all_who_would_be_told(care, cast, nia):
    treatment.ask_ride(
        infusion_id=care.infusions[0].id, wanted=WantedRide(name="Rae", email="rae@example.org"),
        viewer=cast.sees("ana"), client_id=uuid7(), now=cared.at("03-12 12:00"),
    )  # fmt: skip

    (only,) = plans.preview(nia, late(), cared.at(DAWN)).touched

    assert only.hearers == Hearers(("Ana Abel", "Bea Burns", "Rae (drives)"), ())


def test_preview_asks_as_often_for_many_as_for_one(care, oli, cast, nia, now, django_assert_max_num_queries):
    for name, hour in (("Uma Upton", "13:00"), ("Vic Vale", "13:00"), ("Wim West", "15:00")):
        cared.start(cast, now, of=cared.new_in_care(cast, name, now), hour=hour, starts=("03-15", "03-17"))

    with django_assert_max_num_queries(30):
        found = plans.preview(nia, late(), cared.at(DAWN))

    assert len(found.touched) == 5


# Once


def test_same_form_again_is_the_same_change(care, oli, nia):
    form = uuid7()
    first, _none = confirm(late(), nia, form=form)
    seen = {one["infusion"]: one["revision"] for one in first.lines}

    again = actions.change_day(
        asked=late(), seen=seen, words="", viewer=nia, client_id=form, now=cared.at(DAWN)
    )
    actions.carry_out(change_id=again.id, viewer=nia, now=cared.at(DAWN))

    assert again == first
    assert starts(care, oli) == [cared.at("03-15 09:30"), cared.at("03-15 11:30")]
    assert AuditEvent.objects.filter(verb="infusion.move").count() == 2
    assert AuditEvent.objects.filter(verb="day.change").count() == 1
    with pytest.raises(Replayed):
        actions.change_day(
            asked=late(45), seen=seen, words="", viewer=nia, client_id=form, now=cared.at(DAWN)
        )


def test_what_was_left_half_done_is_taken_up_and_not_done_twice(care, oli, cast, nia, monkeypatch):
    at = cared.at(DAWN)
    seen = {one.key: one.revision for one in plans.preview(nia, late(), at).touched}
    change = actions.change_day(asked=late(), seen=seen, words="", viewer=nia, client_id=uuid7(), now=at)
    move, moved = treatment.move, []

    def dies(**asked):
        if moved:
            raise KeyboardInterrupt
        moved.append(move(**asked))

    with monkeypatch.context() as patched:
        patched.setattr(treatment, "move", dies)
        with pytest.raises(KeyboardInterrupt):
            actions.carry_out(change_id=change.id, viewer=nia, now=at)
    assert starts(care, oli) == [cared.at("03-15 09:00"), cared.at("03-15 11:30")]  # the last goes first

    assert actions.carry_out(change_id=change.id, viewer=cast.sees("diaz"), now=at) == {}

    assert starts(care, oli) == [cared.at("03-15 09:30"), cared.at("03-15 11:30")]
    assert [row.revisions.count() for row in (care.infusions[0], oli.infusions[0])] == [2, 2]


def test_one_that_was_changed_meanwhile_holds_up_no_other(care, oli, nia):
    at = cared.at(DAWN)
    seen = {one.key: one.revision for one in plans.preview(nia, late(), at).touched}
    change = actions.change_day(asked=late(), seen=seen, words="", viewer=nia, client_id=uuid7(), now=at)
    readying.move(oli, "03-15 15:00", at)

    refused = actions.carry_out(change_id=change.id, viewer=nia, now=at)

    assert [*refused] == [oli.infusions[0].id.hex]
    assert starts(care, oli) == [cared.at("03-15 09:30"), cared.at("03-15 15:00")]


def test_day_of_another_clinic_is_not_found(care, cast, nia):
    change, _none = confirm(late(), nia)

    with pytest.raises(DayChange.DoesNotExist):
        actions.carry_out(change_id=change.id, viewer=cast.sees("dee"), now=cared.at(DAWN))
    assert plans.preview(cast.sees("dee"), late(), cared.at(DAWN)).touched == ()


def test_only_who_books_may(care, cast):
    with pytest.raises(Http404):
        actions.change_day(
            asked=late(), seen={}, words="", viewer=cast.sees("ana"), client_id=uuid7(), now=cared.at(DAWN)
        )


@pytest.mark.parametrize("minutes", [0, 4, 481])
def test_minutes_have_bounds(care, nia, minutes):
    with pytest.raises(Refused) as refused:
        actions.change_day(
            asked=late(minutes), seen={"x": 1}, words="", viewer=nia, client_id=uuid7(), now=cared.at(DAWN)
        )

    assert refused.value.field == "minutes"


# Who hears of it, and what they read first


def test_why_is_written_down_once_and_sent_to_nobody(care, cast, nia):
    confirm(closed(), nia, words="Snow in the pass")
    notices.run(cared.at(DAWN))

    revision = BookingRevision.objects.get(cancelled=True)
    assert (revision.why, revision.words) == ("clinic", "Snow in the pass")
    assert not Notice.objects.filter(values__icontains="Snow").exists()


@pytest.mark.threat("T6")
def test_circle_and_drivers_by_link_are_told_once(care, cast, nia, now):
    member(cast.ana_patient, cast.cal, now)
    treatment.ask_ride(
        infusion_id=care.infusions[0].id, wanted=WantedRide(name="Rae", email="rae@example.org"),
        viewer=cast.sees("ana"), client_id=uuid7(), now=cared.at("03-12 12:00"),
    )  # fmt: skip

    change, _none = confirm(late(), nia)

    (done,) = plans.done(nia, change, cared.at(DAWN))
    assert sorted(told.name for told in done.told) == ["Ana Abel", "Bea Burns", "Cal Cole", "Rae"]
    assert {told.level for told in done.told} == {"todo"}
    assert done.calls == []


def test_who_was_not_reached_is_to_be_called_on_the_safe_number(care, cast, nia):
    change, _none = confirm(closed(), nia)
    Notice.objects.filter(words="cancelled", to_user=cast.ana).update(state="not-reached")
    Patient.objects.filter(id=cast.ana_patient.id).update(phone="+12125550177")

    (done,) = plans.done(nia, change, cared.at(DAWN))

    assert [(told.name, told.phone) for told in done.calls] == [("Ana Abel", "+12125550177")]


def test_patient_without_an_account_is_to_be_called(care, cast, nia):
    Patient.objects.filter(id=cast.ana_patient.id).update(user=None)

    change, _none = confirm(closed(), nia)

    (done,) = plans.done(nia, change, cared.at(DAWN))
    assert [(told.name, told.line) for told in done.calls] == [("Ana Abel", None)]


@pytest.mark.parametrize("said", [late, closed])
def test_driver_written_to_by_number_is_listed_once_and_called_where_it_fails(
    care, cast, nia, provider, said
):
    treatment.ask_ride(
        infusion_id=care.infusions[0].id, wanted=WantedRide(name="Rae", phone="+12125550188"),
        viewer=cast.sees("ana"), client_id=uuid7(), now=cared.at("03-12 12:00"),
    )  # fmt: skip
    change, _none = confirm(said(), nia)

    (done,) = plans.done(nia, change, cared.at(DAWN))
    assert [(told.phone, told.level) for told in done.told if told.name == "Rae"] == [
        ("+12125550188", "todo")
    ]
    Notice.objects.filter(to_phone="+12125550188").update(state="not-reached")
    (done,) = plans.done(nia, change, cared.at(DAWN))
    assert [(told.name, told.phone) for told in done.calls] == [("Rae", "+12125550188")]


def test_driver_known_by_phone_alone_is_called_and_ticked_off_once(care, cast, nia):
    treatment.ask_ride(
        infusion_id=care.infusions[0].id, wanted=WantedRide(name="Rae", phone="+12125550188"),
        viewer=nia, client_id=uuid7(), now=cared.at("03-12 12:00"),
    )  # fmt: skip
    change, _none = confirm(late(), nia)
    (done,) = plans.done(nia, change, cared.at(DAWN))
    (rae,) = done.calls
    assert [words.replace("\xa0", " ") for words in rae.words] == [
        "Can you take Ana home? Pick-up is today at 11:30 am."
    ]

    treatment.told_by_phone(key=rae.call.key, viewer=nia, now=cared.at(DAWN))

    (done,) = plans.done(nia, change, cared.at(DAWN))
    assert (rae.name, done.calls) == ("Rae", [])
    assert [told.call.told.by.name for told in done.told if told.name == "Rae"] == ["Nia Noor"]


def test_later_move_takes_the_call_off_the_page_of_the_day(care, cast, nia):
    Patient.objects.filter(id=cast.ana_patient.id).update(user=None)
    change, _none = confirm(late(), nia)

    readying.move(care, "03-16 09:00", cared.at("03-15 07:40"))

    (done,) = plans.done(nia, change, cared.at("03-15 07:45"))
    assert done.calls == []


def lithium(care, cast):
    """Have a prescriber say that lithium is left out around Ana's infusions."""
    treatment.sign_order(
        series_id=care.series.id,
        wanted=treatment.Wanted(
            what="medicine", name="lithium", handling="hold", stop_before_min=600, restart_after_min=180
        ),
        viewer=cast.sees("diaz"), client_id=uuid7(), now=cared.at("03-10 12:00"),
    )  # fmt: skip


def said(cast, viewer, change, when=DAWN):
    """Return whom to call, and what to say to them."""
    (done,) = plans.done(viewer, change, cared.at(when))
    return {told.name: [line.replace("\xa0", " ") for line in told.words] for told in done.calls}


def missed(cast, *people):
    Notice.objects.filter(words__in=["moved", "cancelled"], to_user__in=people).update(state="not-reached")


@pytest.mark.hazard("H7")
def test_who_is_called_hears_what_their_page_says(care, cast, nia):
    lithium(care, cast)
    change, _none = confirm(late(), nia)
    missed(cast, cast.ana, cast.bea)

    assert said(cast, nia, change) == {
        "Ana Abel": [
            first_line(cast, "ana", DAWN),
            "No food and no drinks until after the infusion.",
            "lithium: left out until today at 1:10 pm.",
        ],
        "Bea Burns": [first_line(cast, "bea", DAWN), "No food and no drinks until after the infusion."],
    }


@pytest.mark.hazard("H7")
def test_patient_without_an_account_hears_that_they_can_eat(care, cast, nia):
    Patient.objects.filter(id=cast.ana_patient.id).update(user=None)

    change, _none = confirm(closed(), nia)

    assert said(cast, nia, change) == {"Ana Abel": ["You can eat and drink now"]}


def test_words_of_a_call_are_of_now_and_on_their_own_clock(care, cast, nia):
    cast.bea.zone = "Europe/Dublin"
    cast.bea.save()
    change, _none = confirm(late(), nia)
    missed(cast, cast.bea)

    assert said(cast, nia, change, "03-15 07:15")["Bea Burns"][0].endswith("7:30 am (New York time)")
    assert said(cast, nia, change, "03-15 08:00")["Bea Burns"][0].startswith("Ana’s last sip: 7:30 am")


def test_call_says_no_words_to_who_is_not_shown_them(care, cast, nia):
    change, _none = confirm(late(), nia)
    missed(cast, cast.bea)
    cast.bea_member.kinds = ["recovery"]
    cast.bea_member.save()

    assert said(cast, nia, change) == {"Bea Burns": []}


def test_call_says_no_words_once_they_have_come(care, cast, nia):
    change, _none = confirm(late(), nia)
    missed(cast, cast.ana)
    care.say("arrived", cared.at("03-15 09:20"))

    assert said(cast, nia, change, "03-15 09:21") == {"Ana Abel": []}


def test_call_says_no_words_of_a_far_day(care, cast, nia):
    change, _none = confirm(late(), nia, "03-10 12:00")
    missed(cast, cast.ana)

    assert said(cast, nia, change, "03-10 12:00") == {"Ana Abel": []}


def test_words_of_calls_take_as_many_queries_for_many(care, oli, cast, nia):
    change, _none = confirm(late(), nia, every=True)
    asked = []
    for people in ([cast.ana], [cast.ana, cast.bea, cast.oli]):
        missed(cast, *people)
        with CaptureQueriesContext(connection) as found:
            calls = [told for one in plans.done(nia, change, cared.at(DAWN)) for told in one.calls]
        assert all(told.words for told in calls)
        asked.append((len(calls), len(found)))

    assert [calls for calls, _queries in asked] == [1, 3]
    assert asked[0][1] == asked[1][1]


@pytest.mark.hazard("H7")
def test_night_before_says_who_waits_and_who_is_called(care, cast, nia):
    keep_nights(cast.ana, cast.bea)
    Patient.objects.filter(id=cast.ana_patient.id).update(phone="+12125550177")
    night = "03-14 23:00"

    change, _none = confirm(late(), nia, night)

    (done,) = plans.done(nia, change, cared.at(night))
    assert {told.name: (told.level, told.word) for told in done.told} == {
        "Ana Abel": ("warn", "unreached"),
        "Bea Burns": ("todo", "waits"),
    }
    (ana,) = done.calls
    assert (ana.phone, ana.line.sends_at) == ("+12125550177", cared.at("03-15 07:00"))
    assert ana.words[0].replace("\xa0", " ") == "Best not to eat now. Your limit is 3:30 am tomorrow."


def test_night_days_before_only_says_when_it_leaves(care, cast, nia):
    keep_nights(cast.ana, cast.bea)

    change, _none = confirm(closed(), nia, "03-11 23:00")

    (done,) = plans.done(nia, change, cared.at("03-11 23:00"))
    assert {(told.level, told.word) for told in done.told} == {("todo", "waits")}
    assert done.calls == []
    notices.run(cared.at("03-12 07:00"))
    (done,) = plans.done(nia, change, cared.at("03-12 07:01"))
    assert {(told.level, told.word) for told in done.told} == {("fine", "sent")}


def test_preview_at_night_says_who_waits_and_who_is_called(care, cast, nia):
    keep_nights(cast.ana, cast.bea)

    (only,) = plans.preview(nia, late(), cared.at("03-14 23:00")).touched

    assert only.hearers == Hearers((), ("Ana Abel",), (("Bea Burns", cared.at("03-15 07:00")),))


def test_night_takes_as_many_queries_for_many(care, oli, cast, nia):
    keep_nights(cast.ana, cast.bea, cast.oli)
    asked = []
    for only in ([care.infusions[0].id.hex], [oli.infusions[0].id.hex, care.infusions[0].id.hex]):
        change, _none = confirm(late(5 * len(only)), nia, "03-14 23:00", only=only, every=True)
        with CaptureQueriesContext(connection) as found:
            done = plans.done(nia, change, cared.at("03-14 23:00"))
        asked.append((len([told for one in done for told in one.calls]), len(found)))

    assert [calls for calls, _queries in asked] == [1, 2]
    assert asked[0][1] == asked[1][1]


def keep_nights(*people):
    for user in people:
        reached(user, cared.at("03-01 09:00"), quiet_from=time(22), quiet_to=time(7))


def first_line(cast, who, when):
    found = plans.day(cast.sees(who), cared.at(when)).changed
    return found and found.title.replace("\xa0", " ")


@pytest.mark.hazard("H7")
@pytest.mark.parametrize(
    ("asked", "when", "said"),
    [
        (closed(), "03-15 07:30", "You can eat and drink now"),
        (late(30), "03-15 07:10", "Clear drinks until 7:30 am"),
        (late(30), "03-15 08:00", "Last sip: 7:30 am"),
        (late(240), "03-15 06:30", "You can eat and drink now"),
        (late(120), "03-15 06:30", "Clear drinks until 9 am"),
        (late(30), "03-15 00:30", "Best not to eat now. Your limit is 3:30 am."),
    ],
)
def test_first_line_says_what_may_be_eaten_and_drunk(care, cast, nia, asked, when, said):
    (before,) = plans.preview(nia, asked, cared.at(when)).touched
    assert first_line(cast, "ana", when) is None

    confirm(asked, nia, when)

    assert first_line(cast, "ana", when) == said
    assert before.eating.replace("\xa0", " ") == said


@pytest.mark.hazard("H7")
def test_first_line_follows_an_order_about_fasting(care, cast, nia):
    treatment.sign_order(
        series_id=care.series.id,
        wanted=treatment.Wanted(what="fasting", name="other", food_min=6 * 60, drink_min=4 * 60),
        viewer=cast.sees("diaz"), client_id=uuid7(), now=cared.at("03-12 12:00"),
    )  # fmt: skip

    confirm(late(60), nia, "03-15 05:30")

    assert first_line(cast, "ana", "03-15 05:30") == "Clear drinks until 6 am"


@pytest.mark.hazard("H7")
def test_first_line_tells_the_caretaker_of_the_patient(care, cast, nia):
    confirm(closed(), nia)

    assert first_line(cast, "bea", DAWN) == "Ana can eat and drink now"


def test_first_line_of_a_move_goes_after_half_a_day(care, cast, nia):
    confirm(late(on=date(2027, 3, 17)), nia, "03-15 12:00")

    assert first_line(cast, "ana", "03-15 23:50") == "You can eat and drink now"
    assert first_line(cast, "ana", "03-16 00:10") is None


def test_first_line_of_a_move_goes_when_they_arrive(care, cast, nia):
    confirm(late(), nia)
    care.say("arrived", cared.at("03-15 09:10"))

    assert first_line(cast, "ana", "03-15 09:15") is None


def test_first_line_of_a_closed_day_stands_until_the_old_time_is_over(care, cast, nia):
    confirm(closed(date(2027, 3, 17)), nia, "03-15 12:00")

    assert first_line(cast, "ana", "03-17 05:00") == "You can eat and drink now"
    assert first_line(cast, "ana", "03-17 12:00") is None


@pytest.mark.hazard("H7")
def test_medicine_that_is_left_out_already_is_news_however_far_the_day_is(care, cast, nia):
    week = treatment.Wanted(
        what="medicine", name="lithium", handling="hold", stop_before_min=7 * 24 * 60, restart_after_min=180
    )
    treatment.sign_order(
        series_id=care.series.id, wanted=week, viewer=cast.sees("diaz"), client_id=uuid7(),
        now=cared.at("03-06 12:00"),
    )  # fmt: skip
    row = care.infusions[0]
    treatment.cancel(
        infusion_id=row.id, why="clinic", expected_revision=row.revision, viewer=nia, client_id=uuid7(),
        now=cared.at("03-10 12:00"),
    )  # fmt: skip

    found = plans.day(cast.sees("ana"), cared.at("03-10 12:01")).changed
    far = care.infusions[5]
    treatment.move(
        infusion_id=far.id, start=treatment.Start(cared.at("03-26 11:00")), why="clinic",
        expected_revision=far.revision, viewer=nia, client_id=uuid7(), now=cared.at("03-11 12:00"),
    )  # fmt: skip
    later = plans.day(cast.sees("ana"), cared.at("03-15 12:00")).changed

    assert later is None  # left out since an earlier one: no news of this
    assert found.title == "You can eat and drink now"
    assert [line.partition(":")[0] for line in found.medicines] == ["lithium"]


def test_change_of_a_far_day_is_no_news_for_today(care, cast, nia):
    confirm(late(on=date(2027, 3, 24)), nia, "03-15 07:30")

    assert first_line(cast, "ana", "03-15 07:40") is None


@pytest.mark.parametrize(
    ("handling", "asked", "said"),
    [
        ("hold", late(30), "lithium: left out until today at 1:10 pm."),
        ("hold", closed(), "lithium: left out until today at 12:40 pm."),
        ("ask", closed(), "lithium: ask the clinic."),
        ("take", closed(), None),
    ],
)
def test_held_medicine_says_what_its_order_says(care, cast, nia, handling, asked, said):
    times = {"stop_before_min": 600, "restart_after_min": 180} if handling == "hold" else {}
    treatment.sign_order(
        series_id=care.series.id,
        wanted=treatment.Wanted(what="medicine", name="lithium", handling=handling, **times),
        viewer=cast.sees("diaz"), client_id=uuid7(), now=cared.at("03-10 12:00"),
    )  # fmt: skip

    confirm(asked, nia)

    found = plans.day(cast.sees("ana"), cared.at(DAWN)).changed
    assert [line.replace("\xa0", " ") for line in found.medicines] == ([said] if said else [])
    assert plans.day(cast.sees("bea"), cared.at(DAWN)).changed.medicines == ()  # not shared with her


@pytest.mark.parametrize(("shut", "closed_days"), [(True, [ON]), (False, [])])
def test_closed_day_is_entered_when_asked_for(care, cast, nia, shut, closed_days):
    at = cared.at(DAWN)
    seen = {one.key: one.revision for one in plans.preview(nia, closed(), at).touched}
    asked = {"seen": seen, "words": "Snow", "shut": shut, "viewer": nia, "client_id": uuid7(), "now": at}

    actions.change_day(asked=closed(), **asked)
    actions.change_day(asked=closed(), **asked)

    assert [*ClosedDay.objects.values_list("on", flat=True)] == closed_days


def test_day_that_is_closed_already_keeps_its_reason(care, cast, nia):
    ClosedDay.objects.create(clinic=cast.harbour, on=ON, reason="Holiday")
    at = cared.at(DAWN)
    seen = {one.key: one.revision for one in plans.preview(nia, closed(), at).touched}

    actions.change_day(
        asked=closed(), seen=seen, words="Snow", shut=True, viewer=nia, client_id=uuid7(), now=at
    )

    assert ClosedDay.objects.get().reason == "Holiday"


def test_preview_says_nothing_of_a_first_line_that_would_not_stand_first(care, nia):
    (far,) = plans.preview(nia, closed(date(2027, 3, 24)), cared.at(DAWN)).touched
    care.say("arrived", cared.at("03-15 09:00"))
    (other,) = plans.preview(nia, closed(date(2027, 3, 17)), cared.at("03-15 09:10")).touched

    assert (far.eating, other.eating) == ("", "")
