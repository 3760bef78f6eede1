"""The demonstration: everybody is somewhere interesting, and starting over makes it new."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import DatabaseError, transaction

from luna import demo
from luna.careplan import plans
from luna.careplan.models import Mark
from luna.careplan.plans import Mode
from luna.escalation.models import Escalation
from luna.intake import plans as intake
from luna.intake.models import News
from luna.intake.plans import Standing
from luna.notices.models import Notice
from luna.people import access
from luna.people import plans as people
from luna.people.models import Clinic, Installation, Patient, User
from luna.treatment import protocols
from luna.treatment.models import Order, Series

HOURS = [datetime(2027, 3, 8, hour, 40, tzinfo=UTC) for hour in (0, 5, 9, 13, 17, 22)]


@pytest.fixture
def seeded(db, now):
    demo.seed(now)
    return now


def mode(slug, now):
    user, capacity = demo.sign_in(slug)
    return plans.day(access.acting(user, capacity), now).mode


@pytest.mark.parametrize("at", HOURS)
def test_everybody_and_what_waits_is_as_the_page_says_whatever_the_hour(db, at):
    demo.seed(at)

    modes = {slug: mode(slug, at) for slug in ("maya", "sam", "theo", "june", "paul", "rafi", "amir", "noor")}

    assert modes == {
        "maya": Mode.EVE, "sam": Mode.EVE, "theo": Mode.IN_CHAIR, "june": Mode.AT_HOME, "paul": Mode.AT_HOME,
        "rafi": Mode.BETWEEN, "amir": Mode.AT_HOME, "noor": Mode.BEFORE_FIRST,
    }  # fmt: skip

    paul = plans.day(access.acting(*demo.sign_in("paul")), at)
    assert [item.task.step.id for item in paul.current if item.is_check_in] == ["check-2"]
    assert {row.cause for row in Escalation.objects.open()} == {"vomiting", "ride"}


def test_nobody_missed_anything_in_a_new_demonstration(seeded):
    missed = [
        item.key
        for one in demo.PEOPLE
        if one.kind in ("patient", "caretaker")
        for item in plans.day(access.acting(*demo.sign_in(one.slug)), seeded).missed
    ]

    assert missed == []


@pytest.mark.threat("T2")
def test_whoever_had_an_infusion_today_may_not_sign(seeded):
    may = {patient.user.email: people.may_sign(patient, seeded) for patient in Patient.objects.all()}

    assert {email.partition("@")[0] for email, signs in may.items() if not signs} == {
        "theo",
        "june",
        "halima",
    }


def test_rafi_follows_a_protocol_whose_evidence_is_mixed_and_a_prescriber_confirmed_it(seeded):
    rafi = Patient.objects.get(name="Rafi Mendel")
    series = Series.objects.get(patient=rafi)
    confirmed = Mark.objects.get(patient=rafi, task_key=f"{series.id.hex}.confirm-choice.0")

    assert protocols.headline(series.protocol).strength.startswith("Mixed to negative evidence")
    assert (confirmed.by.name, confirmed.capacity, confirmed.done) == ("Kofi Osei", "staff", True)


def test_noors_plan_has_the_steps_that_her_answers_and_medicines_ask_for(seeded):
    noor = plans.days(access.acting(*demo.sign_in("noor")), seeded)

    found = {one.task.step.id for day in noor for one in day.items if one.task.because}
    assert found == {"sugar-plan", "glp1-plan", "glp1-stomach"}


def test_no_message_of_the_past_waits_to_be_sent(seeded):
    waiting = Notice.objects.filter(state=Notice.State.PLANNED, due_at__lt=seeded - timedelta(hours=1))

    assert list(waiting.values_list("words", flat=True)) == []


def test_rafi_is_open_again_with_a_medicine_he_takes_no_more_and_elin_asks(seeded):
    rafi, elin = (Patient.objects.get(name=name) for name in ("Rafi Mendel", "Elin Berg"))
    known = intake.current_eligibility(rafi, seeded)

    assert known.standing is Standing.REOPENED
    assert [one.id for one in known.raised] == ["since.interaction.cns-depressants:tramadol"]
    assert News.objects.get(what="reopened", readings=None).patient == rafi
    assert Order.objects.filter(patient=elin, handling="ask").count() == 1


@pytest.mark.threat("T7")
def test_the_mark_of_a_demonstration_can_never_be_taken_off_or_put_on(seeded):
    for change in ({"demo": False}, {"created_at": seeded}):
        with pytest.raises(DatabaseError), transaction.atomic():
            Installation.objects.update(**change)

    with pytest.raises(DatabaseError), transaction.atomic():
        Installation.objects.all().delete()


def test_start_over_makes_everybody_new_and_puts_the_guards_back(seeded):
    old = set(User.objects.values_list("id", flat=True))
    later = seeded + timedelta(days=2)

    demo.start_over(later)

    assert old.isdisjoint(User.objects.values_list("id", flat=True))
    assert [clinic.created_at for clinic in Clinic.objects.all()] == [later - timedelta(days=21)]
    assert mode("maya", later) is Mode.EVE
    with pytest.raises(DatabaseError), transaction.atomic():
        Mark.objects.update(done=False)


@pytest.mark.threat("T7")
def test_start_over_never_empties_a_real_database(cast, now):
    with pytest.raises(Installation.DoesNotExist):
        demo.start_over(now)

    assert Clinic.objects.count() == 2


@pytest.mark.processes
@pytest.mark.both_engines
def test_start_over_and_the_clock_never_wait_for_each_other(luna):
    assert luna.ask("from tests import starting_over\nanswer = starting_over.beside_the_clock()") == [
        None,
        None,
    ]
