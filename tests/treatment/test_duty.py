"""Who is there for an infusion: Bea is Ana's only caretaker until Cal comes into the circle."""

import re
from datetime import timedelta
from uuid import uuid4

import pytest
from django.http import Http404

from luna.audit.models import AuditEvent
from luna.careplan import plans as careplan
from luna.clinical.triage import Urgency
from luna.escalation.models import Escalation
from luna.notices.models import Notice
from luna.people.errors import Impaired, Refused, Replayed
from luna.people.models import CircleMember, ContactSafety, Patient
from luna.treatment import actions, plans, turns
from luna.treatment.models import Duty
from tests import care as cared
from tests.cast import member, user

BEFORE = cared.at("03-10 12:00")
EVE = cared.at("03-14 12:00")


@pytest.fixture
def cal(cast, now):
    """Cal, in Ana's circle as well, later than Bea."""
    member(cast.ana_patient, cast.cal, now + timedelta(hours=1))
    return cast.cal


@pytest.fixture
def turn(care, cast):
    """Return who is there for an infusion of Ana's, counted from 1."""

    def of(infusion=1, now=BEFORE):
        return turns.for_viewer(cast.sees("ana"), now)[infusion - 1]

    return of


def ana(cast):
    return cast.sees("ana")


def told(words):
    """Return whom unsent messages with these words are for."""
    rows = Notice.objects.filter(words=words, state=Notice.State.PLANNED)
    return sorted(rows.values_list("to_user__email", flat=True))


def test_only_caretaker_is_on_duty_for_all(turn, cast):
    assert [turn(n).on for n in range(1, 7)] == [cast.bea_member] * 6


def test_cannot_opens_a_gap_and_tells_the_patient_and_who_could_take_it(care, turn, cast, cal):
    care.duty("cannot", cast.bea, BEFORE)

    assert (turn(1).on, turn(2).on) == (None, cast.bea_member)
    assert told("duty-open") == ["ana@example.org", "cal@example.org"]


def test_cannot_tells_the_reserve_if_there_is_one(care, cast, cal, now):
    third = user("Ida Ives", now)
    member(cast.ana_patient, third, now)
    care.duty("stands-by", third, BEFORE)

    care.duty("cannot", cast.bea, BEFORE)

    assert told("duty-open") == ["ana@example.org", "ida@example.org"]


def test_cannot_days_before_calls_nobody_at_the_clinic(care, cast):
    care.duty("cannot", cast.bea, BEFORE)

    assert not Escalation.objects.exists()


@pytest.mark.hazard("H9")
@pytest.mark.parametrize(
    ("when", "urgency"), [("03-13 09:00", Urgency.SOON), ("03-14 21:00", Urgency.URGENT)]
)
def test_cannot_inside_two_days_calls_the_clinic_at_once(care, cast, when, urgency):
    care.duty("cannot", cast.bea, cared.at(when))

    assert Escalation.objects.get().urgency == urgency


def test_cannot_asks_for_no_reason_and_is_audited(care, cast):
    care.duty("cannot", cast.bea, BEFORE)

    event = AuditEvent.objects.get(verb="duty.cannot")
    assert (event.reason, event.actor_id) == ("", cast.bea.id)


def test_whoever_could_takes_a_gap_with_one_tap(care, turn, cast, cal):
    care.duty("cannot", cast.bea, BEFORE)

    care.duty("takes", cal, BEFORE)

    assert turn().on.user == cal
    assert (told("duty-open"), told("duty-set")) == ([], ["ana@example.org"])


def test_a_second_tap_a_moment_later_finds_it_taken(care, cast, cal, now):
    third = user("Ida Ives", now)
    member(cast.ana_patient, third, now)
    care.duty("cannot", cast.bea, BEFORE)
    care.duty("takes", cal, BEFORE)

    with pytest.raises(Refused):
        care.duty("takes", third, BEFORE)


def test_who_is_on_duty_is_not_relieved_without_a_yes(care, cast, cal):
    with pytest.raises(Refused):
        care.duty("takes", cal, BEFORE)


def test_patient_asks_and_the_other_says_yes(care, turn, cast, cal):
    care.duty("asked", cal, BEFORE, by=ana(cast))
    assert (turn().on, told("duty-asked")) == (cast.bea_member, ["cal@example.org"])

    care.duty("takes", cal, BEFORE)

    assert turn().on.user == cal
    assert told("duty-set") == ["ana@example.org", "bea@example.org"]


def test_swap_is_proposed_by_one_and_accepted_by_the_other(care, turn, cast, cal):
    care.duty("asked", cal, BEFORE)
    assert told("duty-asked") == ["bea@example.org"]

    care.duty("takes", cal, BEFORE, by=cast.sees("bea"))

    assert (turn().on.user, told("duty-set")) == (cal, ["ana@example.org", "cal@example.org"])


def test_no_leaves_it_as_it_was(care, turn, cast, cal):
    care.duty("asked", cal, BEFORE, by=cast.sees("bea"))

    care.duty("declined", cal, BEFORE)

    assert (turn().on, turn().asked, told("duty-stays")) == (cast.bea_member, None, ["bea@example.org"])


def test_only_who_is_asked_can_say_yes(care, cast, cal):
    care.duty("asked", cal, BEFORE)

    with pytest.raises(Refused):
        care.duty("takes", cal, BEFORE)


def test_nobody_speaks_for_another_caretaker(care, cast, cal):
    with pytest.raises(Http404):
        care.duty("cannot", cast.bea, BEFORE, by=cared.caretaker(cal, cast.ana_patient))


@pytest.mark.parametrize("who", ["oli", "zoe", "dee_caring", "dee", "eve"])
def test_strangers_change_nothing(care, cast, who):
    with pytest.raises(Http404):
        care.duty("cannot", cast.bea, BEFORE, by=cast.sees(who))


def test_therapists_of_the_clinic_do_not_write_it_down(care, cast):
    cast.harbour.clinicians.filter(user=cast.nia).update(roles=["therapist"])

    with pytest.raises(Http404):
        care.duty("cannot", cast.bea, BEFORE, by=cast.sees("nia"))


def test_staff_write_down_what_somebody_told_them(care, turn, cast, cal):
    care.duty("takes", cal, BEFORE, by=cast.sees("nia"))

    assert turn().on.user == cal
    assert told("duty-set") == ["ana@example.org", "bea@example.org", "cal@example.org"]


@pytest.mark.hazard("H9")
@pytest.mark.parametrize(
    "facts",
    [
        {"is_adult": False},
        {"is_adult": None},
        {"help": "drives"},
        {"help": "phone"},
        {"role": "therapist"},
        {"kinds": ["schedule"]},
    ],
)
def test_who_cannot_be_the_adult_who_stays_is_never_on_duty(care, turn, cast, facts):
    CircleMember.objects.filter(id=cast.bea_member.id).update(**facts)

    assert (turn().on, turn().able) == (None, ())
    with pytest.raises(Refused):
        care.duty("takes", cast.bea, BEFORE, by=cast.sees("nia"))


@pytest.mark.hazard("H9")
@pytest.mark.threat("T1")
def test_who_must_not_take_the_patient_home_is_known_to_staff_and_no_page_of_theirs_differs(
    care, turn, cast, now, as_ana, as_bea, as_nia
):
    before = [browser.get("/duty").content.decode().split("<main")[1] for browser in (as_ana, as_bea)]
    ContactSafety.objects.create(
        clinic=cast.harbour, patient=cast.ana_patient, safe="no", barred=[str(cast.bea.id)],
        by=cast.nia, at=now, client_id=uuid4(),
    )  # fmt: skip

    after = [browser.get("/duty").content.decode().split("<main")[1] for browser in (as_ana, as_bea)]
    hidden = re.compile(r'name="(csrfmiddlewaretoken|client_id)" value="[^"]+"')
    assert [hidden.sub("", page) for page in after] == [hidden.sub("", page) for page in before]
    staff = as_nia.get(f"/clinic/infusions/{care.infusions[0].id}").content.decode()
    assert "Must not take the patient home" in staff


def test_patient_changes_nothing_while_impaired_and_caretakers_still_can(care, turn, cast, cal):
    Patient.objects.filter(id=cast.ana_patient.id).update(impaired_until=EVE + timedelta(hours=1))

    with pytest.raises(Impaired):
        care.duty("asked", cal, EVE, by=ana(cast))
    care.duty("cannot", cast.bea, EVE)

    assert turn(now=EVE).on is None


def test_reserve_takes_over_on_the_day_without_a_yes(care, turn, cast, cal):
    care.duty("stands-by", cal, BEFORE)
    with pytest.raises(Refused):
        care.duty("takes", cal, EVE)

    care.duty("takes", cal, cared.at("03-15 12:00"))

    assert turn(now=cared.at("03-15 12:00")).on.user == cal


def test_same_form_again_is_one_word_and_with_other_content_is_refused(care, cast, cal):
    asked = {"infusion_id": care.infusions[0].id, "client_id": uuid4(), "now": BEFORE}
    bea = {"who_id": cast.bea.id, "viewer": cast.sees("bea"), **asked}

    actions.say_duty(said="cannot", **bea)
    actions.say_duty(said="cannot", **bea)

    assert Duty.objects.count() == 1
    with pytest.raises(Replayed):
        actions.say_duty(said="takes", **bea)


def test_infusion_that_is_over_or_cancelled_takes_no_word(care, cast):
    with pytest.raises(Refused):
        care.duty("cannot", cast.bea, cared.at("03-20 12:00"))


def test_steps_of_an_infusion_are_those_of_who_is_on_duty(care, cast, cal):
    care.duty("cannot", cast.bea, BEFORE, infusion=2)
    care.duty("takes", cal, BEFORE, infusion=2)

    def own(person, infusion):
        viewer = cared.caretaker(person, cast.ana_patient)
        items = [one for day in careplan.days(viewer, BEFORE) for one in day.items]
        return {one.task.step.id for one in items if one.task.number == infusion}

    assert ("ride" in own(cast.bea, 1), "ride" in own(cal, 2)) == (True, True)
    assert (own(cast.bea, 2), own(cal, 1)) == (set(), set())


def test_steps_of_a_gap_are_for_all_but_who_cannot(care, cast, cal):
    care.duty("cannot", cast.bea, BEFORE)
    plan = careplan.plans_of(plans.Series.objects.all(), BEFORE)[0]
    ride = next(task for task in plan.tasks if task.key == care.key("ride"))

    assert [one.user for one in plan.helpers(ride)] == [cal]


def test_guide_names_who_is_on_duty(care, cast, cal):
    care.duty("cannot", cast.bea, BEFORE)
    care.duty("takes", cal, BEFORE)
    plan = careplan.plans_of(plans.Series.objects.all(), BEFORE)[0]

    named = {
        task.number: careplan.values(plan, task)["caretaker"]
        for task in plan.tasks
        if task.step.id == "ride" and task.number in (1, 2)
    }

    assert named == {1: "Cal", 2: "Bea"}


@pytest.mark.parametrize("count", [1, 6])
def test_turns_take_the_same_number_of_queries_for_few_and_many(
    care, cast, cal, count, django_assert_num_queries
):
    for infusion in range(1, count + 1):
        care.duty("cannot", cast.bea, BEFORE, infusion=infusion)
        care.duty("takes", cal, BEFORE, infusion=infusion)

    with django_assert_num_queries(14):
        turns.for_viewer(cast.sees("ana"), BEFORE)
