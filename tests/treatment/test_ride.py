"""Who takes Ana home: Bea and Cal are in her circle; Rae is a neighbour without an account."""

import re
from datetime import timedelta
from uuid import uuid4

import pytest
from django.http import Http404

from luna.audit.models import AuditEvent
from luna.careplan import jobs
from luna.clinical.ride import Said, State
from luna.clinical.triage import Urgency
from luna.escalation.models import Escalation
from luna.feed.models import Wake
from luna.notices.models import Notice
from luna.people import access, tokens
from luna.people.actions import circle
from luna.people.errors import Impaired, Refused, Replayed
from luna.people.models import CircleMember, Clinic, ContactSafety, Patient, Token
from luna.treatment import actions, covers, rides
from luna.treatment.actions import WantedRide as Wanted
from luna.treatment.models import Ride
from tests import care as cared
from tests.cast import member
from tests.notices import ledger

BEFORE = cared.at("03-10 12:00")
NEAR = cared.at("03-13 12:00")
EVE = cared.at("03-14 22:00")
RAE = Wanted(name="Rae", email="rae@example.org", phone="+12125550143")


@pytest.fixture
def cal(cast, now):
    """Cal, in Ana's circle as well, later than Bea."""
    member(cast.ana_patient, cast.cal, now + timedelta(hours=1))
    return cast.cal


@pytest.fixture
def ride(care, cast):
    """Return how the ride home of an infusion of Ana's stands, counted from 1."""

    def of(infusion=1):
        row = care.infusions[infusion - 1]
        return rides.ride(row, list(covers.circle().filter(patient=cast.ana_patient)))

    return of


@pytest.fixture
def ask(care, cast):
    def asks(wanted, by=None, *, infusion=1, now=BEFORE, client_id=None):
        return actions.ask_ride(
            infusion_id=care.infusions[infusion - 1].id, wanted=wanted, viewer=by or cast.sees("ana"),
            client_id=client_id or uuid4(), now=now,
        )  # fmt: skip

    return asks


@pytest.fixture
def answer(care):
    def answers(said, asked, by, *, now=BEFORE, client_id=None):
        return actions.answer_ride(
            infusion_id=asked.infusion_id, said=Said(said), ask_id=asked.id, viewer=by,
            client_id=client_id or uuid4(), now=now,
        )  # fmt: skip

    return answers


def by_link(said, asked, *, user_id=None, now=BEFORE):
    actions.answer_ride_by_link(ask_id=asked.id, said=Said(said), user_id=user_id, now=now)


def me(user, cast):
    return cared.caretaker(user, cast.ana_patient)


def told(words):
    """Return whom unsent messages with these words are for."""
    rows = Notice.objects.filter(words=words, state=Notice.State.PLANNED).select_related("to_user")
    return sorted(one.to_email or one.to_user.email for one in rows)


def move(care, cast, to="03-16 09:00", now=BEFORE):
    actions.move(
        infusion_id=care.infusions[0].id, start=actions.Start(cared.at(to)), why="clinic",
        expected_revision=care.infusions[0].revision, viewer=cast.sees("nia"), client_id=uuid4(), now=now,
    )  # fmt: skip


def test_member_is_asked_and_says_yes_on_their_own(ask, answer, ride, cast):
    asked = ask(Wanted(who_id=cast.bea.id))
    assert (ride().state, told("ride-asked")) == (State.ASKED, ["bea@example.org"])

    answer("confirmed", asked, me(cast.bea, cast))

    assert (ride().state, ride().driver.name, told("ride-set")) == (
        State.CONFIRMED, "Bea", ["ana@example.org"]
    )  # fmt: skip


def test_caretaker_who_names_themselves_has_said_yes(ask, ride, cast):
    ask(Wanted(who_id=cast.bea.id), me(cast.bea, cast))

    assert (ride().state, told("ride-asked"), told("ride-set")) == (State.CONFIRMED, [], ["ana@example.org"])


def test_nobody_says_yes_for_a_member(ask, answer, cast, cal):
    asked = ask(Wanted(who_id=cal.id))

    for by in (cast.sees("ana"), me(cast.bea, cast)):
        with pytest.raises(Http404):
            answer("confirmed", asked, by)


def test_staff_write_down_a_yes_they_were_told(ask, answer, ride, cast):
    answer("confirmed", ask(Wanted(name="Rae", phone="+12125550143"), cast.sees("nia")), cast.sees("nia"))

    assert (ride().state, ride().driver.has_phone) == (State.CONFIRMED, True)


@pytest.mark.parametrize("who", ["oli", "zoe", "dee_caring", "dee", "eve"])
def test_strangers_name_nobody(ask, cast, who):
    with pytest.raises(Http404):
        ask(RAE, cast.sees(who))


def test_therapists_of_the_clinic_name_nobody(ask, cast):
    cast.harbour.clinicians.filter(user=cast.nia).update(roles=["therapist"])

    with pytest.raises(Http404):
        ask(RAE, cast.sees("nia"))


def test_caretaker_who_is_not_shown_the_ride_names_nobody(ask, cast):
    CircleMember.objects.filter(id=cast.bea_member.id).update(kinds=["schedule"])

    with pytest.raises(Http404):
        ask(RAE, me(cast.bea, cast))


@pytest.mark.hazard("H9")
@pytest.mark.parametrize(
    "facts",
    [
        {"is_adult": False},
        {"is_adult": None},
        {"help": "phone"},
        {"role": "therapist"},
        {"kinds": ["schedule"]},
        {"state": "left"},
    ],
)
def test_who_may_not_drive_is_never_asked_and_never_counts(ask, ride, cast, facts):
    ask(Wanted(who_id=cast.bea.id), me(cast.bea, cast))
    CircleMember.objects.filter(id=cast.bea_member.id).update(**facts)

    assert (ride().state, ride().left) == (State.NONE, True)
    with pytest.raises(Refused):
        ask(Wanted(who_id=cast.bea.id))


def test_who_only_drives_may_drive(ask, ride, cast):
    CircleMember.objects.filter(id=cast.bea_member.id).update(help="drives")

    ask(Wanted(who_id=cast.bea.id))

    assert ride().state is State.ASKED


@pytest.mark.hazard("H9")
@pytest.mark.threat("T6")
@pytest.mark.parametrize(
    ("wanted", "field"),
    [
        (Wanted(name="Ana", email="Ana@example.org"), "email"),
        (Wanted(name="Ana", email="rae@example.org", phone="+12125550100"), "phone"),
        (Wanted(name="Bea", email="bea@example.org"), "email"),
        (Wanted(name="", email="rae@example.org"), "name"),
        (Wanted(name="Rae", phone="+12125550143"), "email"),
        (Wanted(name="Rae", email="rae@example.org", how="taxi"), "how"),
    ],
)
def test_who_is_named_wrongly_is_refused(ask, wanted, field):
    with pytest.raises(Refused) as refused:
        ask(wanted)

    assert refused.value.field == field


def test_staff_know_the_safe_number_as_the_patients_own(ask, cast, now):
    ContactSafety.objects.create(
        clinic=cast.harbour, patient=cast.ana_patient, safe="yes", phone="+12125550177", by=cast.nia, at=now,
        client_id=uuid4(),
    )  # fmt: skip

    with pytest.raises(Refused):
        ask(Wanted(name="Rae", phone="+12125550177"), cast.sees("nia"))


@pytest.mark.hazard("H9")
def test_taxi_needs_the_clinics_leave_and_somebody_beside_the_patient(ask, ride, cast):
    Clinic.objects.filter(id=cast.harbour.id).update(taxi=True)

    ask(Wanted(name="Rae", email="rae@example.org", how="taxi"))

    assert (ride().driver.name, ride().driver.by_taxi) == ("Rae", True)
    with pytest.raises(Refused):
        ask(Wanted(how="taxi"))


def test_patient_under_the_effect_names_nobody(ask, cast):
    Patient.objects.filter(id=cast.ana_patient.id).update(impaired_until=EVE)

    with pytest.raises(Impaired):
        ask(RAE)


def test_same_form_asks_once_and_another_with_its_id_is_refused(ask, ride, cast):
    form = uuid4()
    first = ask(RAE, client_id=form)

    assert ask(RAE, client_id=form) == first
    with pytest.raises(Replayed):
        ask(Wanted(who_id=cast.bea.id), client_id=form)
    assert (Ride.objects.count(), told("ride-link")) == (1, ["rae@example.org"])


def test_same_answer_counts_once(ask, answer, cast):
    asked, form = ask(Wanted(who_id=cast.bea.id)), uuid4()

    first = answer("confirmed", asked, me(cast.bea, cast), client_id=form)

    assert answer("confirmed", asked, me(cast.bea, cast), client_id=form) == first
    with pytest.raises(Replayed):
        answer("declined", asked, me(cast.bea, cast), client_id=form)


def test_who_is_asked_next_relieves_the_one_before(ask, answer, ride, cast):
    first = ask(Wanted(who_id=cast.bea.id))
    answer("confirmed", first, me(cast.bea, cast))

    ask(RAE)

    assert (ride().state, ride().driver.name, told("ride-off")) == (State.ASKED, "Rae", ["bea@example.org"])
    with pytest.raises(Refused):
        answer("confirmed", first, me(cast.bea, cast))


def test_somebody_is_not_asked_twice(ask, cast):
    ask(Wanted(who_id=cast.bea.id))

    with pytest.raises(Refused):
        ask(Wanted(who_id=cast.bea.id, reserve=True))


@pytest.mark.hazard("H9")
@pytest.mark.parametrize(("when", "urgency"), [(NEAR, Urgency.SOON), (EVE, Urgency.URGENT)])
@pytest.mark.parametrize("first", [(), ("confirmed",)])
def test_a_no_opens_the_gap_to_patient_reserve_and_clinic(ask, answer, cast, cal, first, when, urgency):
    asked = ask(Wanted(who_id=cast.bea.id))
    ask(Wanted(who_id=cal.id, reserve=True))
    for said in first:
        answer(said, asked, me(cast.bea, cast))

    answer("declined", asked, me(cast.bea, cast), now=when)

    assert told("ride-open") == ["ana@example.org", "cal@example.org"]
    opened = Escalation.objects.get()
    assert (opened.cause, opened.urgency) == ("ride", urgency)


@pytest.mark.hazard("H9")
def test_a_no_long_before_calls_the_clinic_when_it_is_near(care, ask, answer, cast):
    answer("declined", ask(Wanted(who_id=cast.bea.id)), me(cast.bea, cast))
    assert told("ride-open") == ["ana@example.org"]
    assert not Escalation.objects.exists()

    for _turn in range(2):
        Wake.objects.update(wake_at=NEAR)
        jobs.run(NEAR)

    opened = Escalation.objects.get(cause="ride")
    assert (opened.urgency, opened.steps.filter(about_id__startswith="ride-").count()) == (Urgency.SOON, 1)


def test_nobody_ever_asked_is_not_a_call_for_help(care, cast):
    Wake.objects.update(wake_at=NEAR)
    jobs.run(NEAR)

    assert not Escalation.objects.filter(cause="ride").exists()


def test_reserve_by_link_is_told_and_steps_in(ask, answer, ride, cast):
    asked = ask(Wanted(who_id=cast.bea.id))
    rae = ask(Wanted(name="Rae", email="rae@example.org", reserve=True))
    by_link("confirmed", rae)
    answer("declined", asked, me(cast.bea, cast))
    assert told("ride-step-in") == ["rae@example.org"]

    by_link("steps-in", rae)
    by_link("steps-in", rae)

    assert (ride().state, ride().driver.name, told("ride-open")) == (State.CONFIRMED, "Rae", [])
    assert told("ride-set") == ["ana@example.org"]


def test_taken_back_opens_the_gap_and_tells_who_was_to_come(ask, answer, ride, cast):
    asked = ask(Wanted(who_id=cast.bea.id))
    answer("confirmed", asked, me(cast.bea, cast))

    answer("taken-back", asked, cast.sees("ana"))

    assert (ride().state, told("ride-off")) == (State.NONE, ["bea@example.org"])
    assert ride().is_gap


def test_staff_say_that_no_ride_is_needed(care, ask, ride, cast):
    ask(RAE)
    asked = {"infusion_id": care.infusions[0].id, "client_id": uuid4(), "now": BEFORE}

    with pytest.raises(Http404):
        actions.ride_not_needed(viewer=cast.sees("ana"), **asked)
    actions.ride_not_needed(viewer=cast.sees("nia"), **asked)

    assert (ride().state, told("ride-released")) == (State.NOT_NEEDED, ["rae@example.org"])
    assert not Escalation.objects.exists()


@pytest.mark.hazard("H9")
def test_who_leaves_the_circle_leaves_a_gap_at_once(ask, ride, cast):
    ask(Wanted(who_id=cast.bea.id), me(cast.bea, cast))

    circle.leave(by=me(cast.bea, cast), now=BEFORE)

    assert ride().state is State.NONE
    assert "ride" in set(Escalation.objects.values_list("cause", flat=True))


def test_nothing_is_said_once_the_patient_has_left(care, ask, answer, cast):
    asked = ask(Wanted(who_id=cast.bea.id))
    care.leave()

    with pytest.raises(Refused):
        answer("declined", asked, me(cast.bea, cast), now=care.infusions[0].leaves_at)


@pytest.mark.threat("T6")
class TestMoved:
    def test_a_move_voids_the_yes_and_asks_everybody_again(self, care, ask, answer, ride, cast):
        answer("confirmed", ask(Wanted(who_id=cast.bea.id)), me(cast.bea, cast))
        rae = ask(Wanted(name="Rae", email="rae@example.org", reserve=True))
        by_link("confirmed", rae)

        move(care, cast)

        found = ride()
        assert (found.state, found.driver.name, found.reserve.name) == (State.ASKED, "Bea", "Rae")
        assert found.reserve.state is State.ASKED
        assert (told("ride-asked"), told("ride-link")) == (["bea@example.org"], ["rae@example.org"])

    @pytest.mark.hazard("H9")
    def test_an_answer_to_the_old_time_is_refused(self, care, ask, ride, cast):
        rae = ask(RAE)
        move(care, cast)

        with pytest.raises(Refused):
            by_link("confirmed", rae)

        assert ride().state is State.ASKED

    def test_another_chair_asks_nobody_again(self, care, ask, ride, cast):
        rae = ask(RAE)
        by_link("confirmed", rae)
        other = cast.harbour.chairs.create(name="Another")

        actions.move(
            infusion_id=care.infusions[0].id, start=actions.Start(care.infusions[0].starts_at, other.id),
            why="clinic", expected_revision=1, viewer=cast.sees("nia"), client_id=uuid4(), now=BEFORE,
        )  # fmt: skip

        assert ride().state is State.CONFIRMED

    def test_a_cancelled_infusion_releases_who_was_named_by_link(self, care, ask, cast):
        rae = ask(RAE)
        actions.cancel(
            infusion_id=care.infusions[0].id, why="clinic", expected_revision=1, viewer=cast.sees("nia"),
            client_id=uuid4(), now=BEFORE,
        )  # fmt: skip

        assert (told("ride-link"), told("ride-released")) == ([], ["rae@example.org"])
        with pytest.raises(Refused):
            by_link("confirmed", rae)


@pytest.mark.threat("T6")
class TestByLink:
    def test_named_driver_confirms_and_the_patient_is_told(self, ask, ride):
        by_link("confirmed", ask(RAE))

        assert (ride().state, ride().driver.name, told("ride-set")) == (
            State.CONFIRMED, "Rae", ["ana@example.org"]
        )  # fmt: skip

    def test_the_row_names_nobody_who_has_no_account(self, ask):
        by_link("confirmed", ask(RAE))
        by_link("confirmed", Ride.objects.get(what="asked"))

        row = Ride.objects.get(what="confirmed")
        assert (row.by, row.capacity) == (None, "link")
        assert AuditEvent.objects.get(verb="ride.confirmed").capacity == "link"

    def test_a_yes_is_taken_back_by_the_same_link(self, ask, ride):
        rae = ask(RAE)
        by_link("confirmed", rae)

        by_link("declined", rae, now=NEAR)

        assert (ride().state, Escalation.objects.get().cause) == (State.DECLINED, "ride")

    @pytest.mark.hazard("H9")
    def test_the_patient_cannot_answer_for_who_drives(self, ask, cast):
        with pytest.raises(Refused):
            by_link("confirmed", ask(RAE), user_id=cast.ana.id)

    def test_an_address_that_became_the_patients_own_is_refused(self, ask, cast):
        rae = ask(RAE)
        Patient.objects.filter(id=cast.ana_patient.id).update(email="rae@example.org")

        with pytest.raises(Refused):
            by_link("confirmed", rae)

    def test_it_says_nothing_but_yes_and_no(self, ask):
        with pytest.raises(Refused):
            by_link("taken-back", ask(RAE))

    def test_it_runs_out(self, care, ask):
        rae = ask(RAE)

        with pytest.raises(Refused):
            by_link("confirmed", rae, now=care.infusions[0].leaves_at + timedelta(hours=24))

    def test_only_a_keyed_hash_of_it_is_kept(self, care, ask, cast):
        rae = ask(RAE)
        address = actions.ride_link(
            infusion_id=rae.infusion_id, ask_id=rae.id, viewer=cast.sees("nia"), now=BEFORE
        )

        secret = address.rsplit("/", 1)[1]
        assert tokens.find(Token.Purpose.RIDE, secret, BEFORE).subject_id == rae.id
        assert tokens.find(Token.Purpose.INVITE, secret, BEFORE) is None
        assert all(secret not in str(vars(row)) for row in [*Token.objects.all(), *Notice.objects.all()])

    def test_only_staff_are_shown_a_link(self, ask, cast):
        rae = ask(RAE)

        for by in (cast.sees("ana"), me(cast.bea, cast)):
            with pytest.raises(Http404):
                actions.ride_link(infusion_id=rae.infusion_id, ask_id=rae.id, viewer=by, now=BEFORE)

    def test_the_message_holds_a_link_that_works(self, ask):
        rae = ask(RAE)
        letter = ledger.take(Notice.objects.get(words="ride-link").id, now=BEFORE)

        secret = re.search(r"/r/(\S+)", letter.body)[1]
        assert letter.address == "rae@example.org"
        assert tokens.find(Token.Purpose.RIDE, secret, BEFORE).subject_id == rae.id


class TestKeptAway:
    """The patient told staff alone that Bea must not take them home (A13)."""

    @pytest.fixture
    def barred(self, cast, now):
        ContactSafety.objects.create(
            clinic=cast.harbour, patient=cast.ana_patient, safe="no", barred=[str(cast.bea.id)], by=cast.nia,
            at=now, client_id=uuid4(),
        )  # fmt: skip

    @pytest.mark.parametrize(
        "wanted", [Wanted(), Wanted(name="Bea", email="bea@example.org", phone="+12125550143")]
    )
    def test_staff_cannot_name_them(self, ask, cast, barred, wanted):
        wanted = wanted if wanted.name else Wanted(who_id=cast.bea.id)

        with pytest.raises(Refused, match="contact safety"):
            ask(wanted, cast.sees("nia"))

    def test_the_circle_sees_no_difference_and_staff_are_asked(self, care, ask, ride, cast, barred):
        ask(Wanted(who_id=cast.bea.id), me(cast.bea, cast))

        members = list(covers.circle().filter(patient=cast.ana_patient))
        assert ride().state is State.CONFIRMED
        assert rides.is_barred(care.infusions[0], ride().driver, members)
        assert Escalation.objects.get().cause == "barred-adult"

    def test_who_left_and_is_named_by_link_is_known_by_the_address(self, care, ask, ride, cast, barred):
        CircleMember.objects.filter(id=cast.bea_member.id).update(state="left", until=BEFORE)
        ask(Wanted(name="B", email="bea@example.org"))

        members = list(covers.circle().filter(patient=cast.ana_patient))
        assert rides.is_barred(care.infusions[0], ride().driver, members)
        assert Escalation.objects.get().cause == "barred-adult"


def test_rides_of_many_infusions_take_one_query(care, ask, cast, django_assert_num_queries):
    for n in range(1, 5):
        ask(RAE, infusion=n)
    members = list(covers.circle().filter(patient=cast.ana_patient))

    with django_assert_num_queries(2):
        rows = list(care.series.infusions.prefetch_related(rides.RIDES).order_by("starts_at"))
        states = [rides.ride(row, members).state for row in rows]

    assert states == [State.ASKED] * 4 + [State.NONE] * 2


def test_ride_is_of_its_own_kind(cast, ask):
    ask(RAE)
    CircleMember.objects.filter(id=cast.bea_member.id).update(kinds=["schedule"])

    assert not Ride.objects.visible_to(cast.sees("bea")).exists()
    assert Ride.objects.visible_to(cast.sees("ana")).count() == 1
    assert "ride" in access.PRACTICAL
