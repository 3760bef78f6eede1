"""The waiting list: who is offered a freed chair, who takes it, and everything that ends an offer."""

from datetime import time, timedelta
from uuid import uuid4

import pytest
from django.db import DatabaseError, connection, transaction
from django.http import Http404
from django.test.utils import CaptureQueriesContext

from luna.audit.models import AuditEvent
from luna.careplan import actions, plans
from luna.careplan.models import ChairOffer, OfferAnswer, OfferWithdrawal, Waiting
from luna.careplan.plans import waiting
from luna.clinical.triage import Urgency
from luna.clinical.waiting import Bar
from luna.escalation import actions as escalation
from luna.escalation.words import CAUSES
from luna.notices.models import Notice, Reach
from luna.people.errors import Refused, Replayed
from luna.people.models import CircleMember, ClosedDay, ContactSafety
from luna.treatment import actions as treatment
from luna.treatment.models import BookingRevision, Infusion, Order
from tests import care as caring
from tests.care import at
from tests.notices import ledger
from tests.treatment.test_pages import hidden, text_of

pytestmark = pytest.mark.django_db
NOON = "03-08 12:00"


@pytest.fixture
def pat(cast, now):
    """Pat Gray has an account and an infusion that is to be freed: Friday 12 March at 9 am."""
    patient = caring.new_in_care(cast, "Pat Gray", now)
    caring.start(cast, now, of=patient, starts=("03-12",), hour="09:00")
    return patient


@pytest.fixture
def slot(pat, cast, now):
    """The chair that Pat's cancelled infusion freed."""
    infusion = Infusion.objects.get(patient=pat)
    treatment.cancel(
        infusion_id=infusion.id, why="patient", expected_revision=1, viewer=cast.sees("nia"),
        client_id=uuid4(), now=now,
    )  # fmt: skip
    return BookingRevision.objects.get(infusion=infusion, revision=1)


def wish(cast, **changes):
    given = {"days": (0, 1, 2, 3, 4), "driver_id": cast.bea.id, "adult_id": cast.bea.id}
    return actions.WaitingWish(**{**given, **changes})


@pytest.fixture
def waits(care, cast, now):
    """Ana waits for an earlier time than Monday 15 March; Bea drives and stays."""
    return wait(care, cast, now)


def wait(care, cast, now, name="ana", n=0, client_id=None, **changes):
    return actions.wait(
        infusion_id=care.infusions[n].id, wish=wish(cast, **changes), viewer=cast.sees(name),
        client_id=client_id or uuid4(), now=now,
    )  # fmt: skip


def offer(care, cast, slot, now, hours=2, client_id=None, infusions=None, name="nia"):
    return actions.offer_chair(
        starts_at=slot.starts_at, chair_id=slot.chair_id,
        infusion_ids=[care.infusions[0].id] if infusions is None else infusions,
        until=now + timedelta(hours=hours), viewer=cast.sees(name), client_id=client_id or uuid4(), now=now,
    )  # fmt: skip


def answer(cast, row, now, takes=True, client_id=None, name="ana"):
    return actions.answer_offer(
        offer_id=row.id, takes=takes, viewer=cast.sees(name), client_id=client_id or uuid4(), now=now
    )


def hold(care, cast, now, hours):
    """Have Dr Diaz order that a medicine is left out so many hours before each infusion."""
    wanted = treatment.Wanted(
        what=Order.What.MEDICINE, name="lamotrigine", handling="hold", stop_before_min=hours * 60,
        restart_after_min=240,
    )  # fmt: skip
    treatment.sign_order(
        series_id=care.series.id, wanted=wanted, viewer=cast.sees("diaz"), client_id=uuid4(), now=now
    )


def bars(cast, now):
    """Return why the only one on the list cannot have the only free chair."""
    (free,), _of = plans.free_chairs(cast.sees("nia"), now)
    (one,) = free.candidates
    return one.bars


# --- The list


def test_patient_waits_with_days_hours_and_who_helps(care, cast, waits):
    assert waits == plans.waiting_of(care.infusions)[care.infusions[0].id]
    assert (waits.days, waits.driver, waits.adult) == ([0, 1, 2, 3, 4], cast.bea, cast.bea)


def test_whoever_changes_what_they_said_keeps_their_place(care, cast, now, waits, slot):
    wait(care, cast, now + timedelta(minutes=5), earliest=time(8))

    (free,), _of = plans.free_chairs(cast.sees("nia"), now + timedelta(minutes=6))
    assert [one.waits.since for one in free.candidates] == [now]


def test_leaving_the_list_and_joining_again_begins_anew(care, cast, now, waits, slot):
    asked = {"infusion_id": care.infusions[0].id, "viewer": cast.sees("ana")}
    actions.stop_waiting(client_id=uuid4(), now=now, **asked)
    assert plans.waiting_of(care.infusions) == {}
    actions.stop_waiting(client_id=uuid4(), now=now, **asked)  # off already is off

    wait(care, cast, now + timedelta(minutes=5))

    (free,), _of = plans.free_chairs(cast.sees("nia"), now + timedelta(minutes=6))
    assert [one.waits.since for one in free.candidates] == [now + timedelta(minutes=5)]
    assert Waiting.objects.count() == 3


def test_leaving_the_list_sent_again_leaves_it_once(care, cast, now, waits):
    asked = {"infusion_id": care.infusions[0].id, "viewer": cast.sees("ana"), "client_id": uuid4()}
    actions.stop_waiting(now=now, **asked)
    again = wait(care, cast, now + timedelta(minutes=5))

    actions.stop_waiting(now=now + timedelta(minutes=6), **asked)

    assert plans.waiting_of(care.infusions) == {again.infusion_id: again}
    with pytest.raises(Replayed):
        actions.stop_waiting(now=now, **{**asked, "client_id": again.client_id})


def test_same_form_again_is_one_word_and_another_is_refused(care, cast, now):
    form = uuid4()
    first = wait(care, cast, now, client_id=form)

    assert wait(care, cast, now, client_id=form) == first
    with pytest.raises(Replayed):
        wait(care, cast, now, client_id=form, days=(1,))


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"days": ()}, "days"),
        ({"days": (7,)}, "days"),
        ({"earliest": time(10), "latest": time(9)}, "latest"),
        ({"driver_id": None}, "driver"),
        ({"driver_id": None, "driver_name": "x" * 61}, "driver"),
        ({"adult_id": None, "adult_name": " "}, "adult"),
    ],
)
def test_wish_nobody_could_keep_is_refused(care, cast, now, changes, field):
    with pytest.raises(Refused) as refused:
        wait(care, cast, now, **changes)
    assert refused.value.field == field


def test_somebody_outside_the_circle_is_no_helper_by_id(care, cast, now):
    with pytest.raises(Refused) as refused:
        wait(care, cast, now, driver_id=cast.cal.id)
    assert refused.value.field == "driver"


@pytest.mark.threat("T1")
@pytest.mark.parametrize("name", ["bea", "cal", "eve"])
def test_only_the_patient_and_staff_who_book_put_on_the_list(care, cast, now, name):
    with pytest.raises(Http404):
        wait(care, cast, now, name=name)


def test_move_ends_the_waiting(care, cast, now, waits, slot):
    treatment.move(
        infusion_id=care.infusions[0].id, start=treatment.Start(at("03-16 09:00")), why="clinic",
        expected_revision=1, viewer=cast.sees("nia"), client_id=uuid4(), now=now,
    )  # fmt: skip

    assert plans.waiting_of(care.infusions) == {}
    found, _of = plans.free_chairs(cast.sees("nia"), now)
    assert [one.candidates for one in found] == [(), ()]


# --- What is free


def test_chair_that_a_cancelled_or_moved_infusion_left_is_free(care, cast, now, slot):
    treatment.move(
        infusion_id=care.infusions[1].id, start=treatment.Start(at("03-18 09:00")), why="clinic",
        expected_revision=1, viewer=cast.sees("nia"), client_id=uuid4(), now=now,
    )  # fmt: skip

    found, _of = plans.free_chairs(cast.sees("nia"), now)
    assert [one.slot.starts_at for one in found] == [at("03-12 09:00"), at("03-17 09:00")]


def test_chair_that_was_booked_again_is_not_free(care, cast, now, slot):
    treatment.move(
        infusion_id=care.infusions[5].id, start=treatment.Start(slot.starts_at, slot.chair_id), why="clinic",
        expected_revision=1, viewer=cast.sees("nia"), client_id=uuid4(), now=now,
    )  # fmt: skip

    found, _of = plans.free_chairs(cast.sees("nia"), now)
    assert [one.slot.starts_at for one in found] == []


def test_chair_on_a_day_that_was_closed_or_is_past_is_not_free(cast, now, slot):
    assert plans.free_chairs(cast.sees("nia"), slot.starts_at)[0] == []
    ClosedDay.objects.create(clinic=cast.harbour, on=slot.starts_at.date())
    assert plans.free_chairs(cast.sees("nia"), now)[0] == []


# --- Who can be offered it


def test_who_can_still_fast_and_get_home_is_offered_it(cast, now, waits, slot):
    assert bars(cast, now) == ()


@pytest.mark.hazard("H7")
def test_who_can_no_longer_eat_in_time_is_not(care, cast, waits, slot):
    # Food ends eight hours before 9 am on Friday: an offer of two hours needs it three hours ahead.
    (free,), _of = plans.free_chairs(cast.sees("nia"), at(NOON))
    food = free.candidates[0].food_until
    assert food < slot.starts_at

    assert bars(cast, food - timedelta(hours=3)) == ()
    assert bars(cast, food - timedelta(hours=3) + timedelta(seconds=1)) == (Bar.FOOD,)


@pytest.mark.hazard("H7")
def test_ordered_fasting_counts_and_not_the_protocols(care, cast, now, waits, slot):
    (before,), _of = plans.free_chairs(cast.sees("nia"), now)
    treatment.sign_order(
        series_id=care.series.id,
        wanted=treatment.Wanted(
            what=Order.What.FASTING, name="other", food_min=20 * 60, drink_min=4 * 60, sure=True,
            words="Slow stomach.",
        ),
        viewer=cast.sees("diaz"), client_id=uuid4(), now=now,
    )  # fmt: skip

    (after,), _of = plans.free_chairs(cast.sees("nia"), now)
    assert after.candidates[0].food_until == slot.starts_at - timedelta(hours=20)
    assert before.candidates[0].food_until > after.candidates[0].food_until


@pytest.mark.hazard("H7")
def test_heavy_meal_of_an_ordered_rule_counts_as_a_meal(care, cast, now, waits, slot):
    treatment.sign_order(
        series_id=care.series.id, wanted=treatment.Wanted(what=Order.What.FASTING, name="asa"),
        viewer=cast.sees("diaz"), client_id=uuid4(), now=now,
    )  # fmt: skip
    heavy = slot.starts_at - timedelta(hours=8)  # a light meal may be two hours later

    assert bars(cast, heavy - timedelta(hours=3)) == ()
    assert bars(cast, heavy - timedelta(hours=3) + timedelta(seconds=1)) == (Bar.FOOD,)


@pytest.mark.hazard("H7")
def test_medicine_that_can_no_longer_be_left_out_in_time_bars(care, cast, now, waits, slot):
    hold(care, cast, now, hours=24)
    assert bars(cast, now) == ()
    hold(care, cast, now, hours=96)  # before Friday 9 am that is now over; before Monday it is not
    assert bars(cast, now) == (Bar.MEDICINE,)


def test_times_they_did_not_say_bar(care, cast, now, waits, slot):
    wait(care, cast, now, days=(0,))
    assert bars(cast, now) == (Bar.TIMES,)
    wait(care, cast, now, latest=time(8, 30))
    assert bars(cast, now) == (Bar.TIMES,)


def test_helper_who_left_the_circle_or_never_could_bars(care, cast, now, waits, slot):
    CircleMember.objects.filter(pk=cast.bea_member.pk).update(state="left")

    assert bars(cast, now) == (Bar.RIDE, Bar.ADULT)


@pytest.mark.parametrize(("day", "expected"), [(4, ()), (0, (Bar.ADULT,))])
def test_adult_who_said_they_are_away_then_bars(cast, now, waits, slot, day, expected):
    CircleMember.objects.filter(pk=cast.bea_member.pk).update(hours=[[day, "08:00", "23:00"]])

    assert bars(cast, now) == expected  # Friday is day 4


def test_named_helper_counts_by_name(care, cast, now, slot):
    wait(care, cast, now, driver_id=None, driver_name="Rae", adult_id=None, adult_name="Rae")

    assert bars(cast, now) == ()


def test_helper_who_must_not_take_them_home_bars_for_staff(cast, now, waits, slot):
    ContactSafety.objects.create(
        clinic=cast.harbour, patient=cast.ana_patient, safe="no", phone="", voicemail=False,
        barred=[str(cast.bea.id)], note="", by=cast.nia, at=now, client_id=uuid4(),
    )  # fmt: skip

    assert Bar.BARRED in bars(cast, now)


def test_prescribers_hold_bars(care, cast, now, waits, slot):
    caring.decide(cast, cast.ana_patient, now, verdict="not-now")

    assert Bar.HELD in bars(cast, now)


def test_nobody_who_is_unwell_is_offered_anything(cast, now, waits, slot):
    escalation.open(
        clinic_id=cast.harbour.id, patient_id=cast.ana_patient.id, cause="no-reply", urgency=Urgency.SOON,
        about_type="series", about_id="x", by=None, now=now,
    )  # fmt: skip

    assert bars(cast, now) == (Bar.UNWELL,)


@pytest.mark.parametrize("cause", waiting.ARRANGING)
def test_what_is_still_to_be_arranged_says_nothing_of_how_they_are(cast, now, waits, slot, cause):
    escalation.open(
        clinic_id=cast.harbour.id, patient_id=cast.ana_patient.id, cause=cause, urgency=Urgency.SOON,
        about_type="series", about_id="x", by=None, now=now,
    )  # fmt: skip

    assert cause in CAUSES
    assert bars(cast, now) == ()


def test_nobody_who_gave_up_an_infusion_as_unwell_is_offered_anything(care, cast, now, waits, slot):
    treatment.cancel(
        infusion_id=care.infusions[2].id, why="unwell", expected_revision=1, viewer=cast.sees("nia"),
        client_id=uuid4(), now=now,
    )  # fmt: skip

    found, _of = plans.free_chairs(cast.sees("nia"), now)
    assert [one.candidates[0].bars[0] for one in found] == [Bar.UNWELL, Bar.UNWELL]


def test_nobody_under_way_or_under_the_effect_is_offered_anything(care, cast, now, waits, slot):
    wait(care, cast, now, n=2)
    treatment.move(
        infusion_id=care.infusions[1].id, start=treatment.Start(at("03-18 09:00")), why="clinic",
        expected_revision=1, viewer=cast.sees("nia"), client_id=uuid4(), now=now,
    )  # fmt: skip
    care.say("arrived", at("03-15 08:30"))
    care.say("started", at("03-15 09:00"))

    found, _of = plans.free_chairs(cast.sees("nia"), at("03-15 09:30"))
    assert found != []
    assert all({Bar.UNDER_WAY, Bar.IMPAIRED} <= set(one.candidates[0].bars) for one in found)


def test_two_in_one_day_break_the_rhythm(care, cast, now, waits, slot):
    treatment.move(
        infusion_id=care.infusions[1].id, start=treatment.Start(at("03-12 13:00")), why="clinic",
        expected_revision=1, viewer=cast.sees("nia"), client_id=uuid4(), now=now,
    )  # fmt: skip

    (free, *_more), _of = plans.free_chairs(cast.sees("nia"), now)
    assert Bar.SPACING in free.candidates[0].bars


# --- Offering


def test_offer_is_one_message_that_says_nothing_and_ends_at_a_time(care, cast, now, waits, slot):
    (row,) = offer(care, cast, slot, now)

    notice = Notice.objects.get(words="sooner-offered")
    assert (notice.to_user, notice.patient) == (cast.ana, cast.ana_patient)
    assert row.until == now + timedelta(hours=2)


def test_same_form_again_and_an_open_offer_again_send_nothing_twice(care, cast, now, waits, slot):
    form = uuid4()
    first = offer(care, cast, slot, now, client_id=form)

    assert offer(care, cast, slot, now, client_id=form) == first
    assert offer(care, cast, slot, now) == []
    assert Notice.objects.filter(words="sooner-offered").count() == 1


def test_nothing_is_offered_to_who_cannot_have_it(care, cast, now, waits, slot):
    with pytest.raises(Refused, match="last meal"):
        offer(care, cast, slot, now, hours=88)
    wait(care, cast, now, days=(0,))
    with pytest.raises(Refused, match="Ana Abel cannot be offered it"):
        offer(care, cast, slot, now)
    with pytest.raises(Refused, match="not on the list"):
        offer(care, cast, slot, now, infusions=[care.infusions[1].id])
    assert ChairOffer.objects.count() == 0


@pytest.mark.parametrize(("hours", "words"), [(0.2, "15 minutes"), (100, "before the infusion starts")])
def test_offer_that_is_too_short_or_too_long_is_refused(care, cast, now, waits, slot, hours, words):
    with pytest.raises(Refused, match=words):
        offer(care, cast, slot, now, hours=hours)


@pytest.mark.parametrize("name", ["ana", "bea"])
def test_only_staff_who_book_offer(care, cast, now, waits, slot, name):
    with pytest.raises(Http404):
        offer(care, cast, slot, now, name=name)


def test_message_is_not_sent_once_the_offer_cannot_be_taken(care, cast, now, waits, slot):
    offer(care, cast, slot, now)
    notice = Notice.objects.get(words="sooner-offered")
    wait(care, cast, now, days=(0,))  # Friday is no day of theirs any more

    ledger.take(notice.id, now=now)

    notice.refresh_from_db()
    assert notice.state == Notice.State.VOID


def test_leaving_the_list_withdraws_the_message(care, cast, now, waits, slot):
    offer(care, cast, slot, now)

    actions.stop_waiting(
        infusion_id=care.infusions[0].id, viewer=cast.sees("ana"), client_id=uuid4(), now=now
    )

    assert Notice.objects.get(words="sooner-offered").state == Notice.State.VOID


# --- Taking it


def test_taking_moves_the_infusion_and_asks_the_rest_anew(care, cast, now, waits, slot):
    (row,) = offer(care, cast, slot, now)

    answer(cast, row, now)

    moved = care.infusions[0]
    assert (moved.starts_at, moved.chair_id) == (slot.starts_at, slot.chair_id)
    assert moved.moved_revision == 2
    assert plans.waiting_of([moved]) == {}
    assert Notice.objects.filter(words="moved", patient=cast.ana_patient).count() == 2  # Ana and Bea


def test_taking_twice_is_once(care, cast, now, waits, slot):
    (row,) = offer(care, cast, slot, now)

    assert answer(cast, row, now) == answer(cast, row, now)
    with pytest.raises(Refused, match="already"):
        answer(cast, row, now, takes=False)
    assert care.infusions[0].revision == 2


def test_no_leaves_everything_as_it_is(care, cast, now, waits, slot):
    (row,) = offer(care, cast, slot, now)

    answer(cast, row, now, takes=False)

    assert care.infusions[0].revision == 1
    assert plans.waiting_of(care.infusions) == {waits.infusion_id: waits}
    ((_row, state),) = plans.offers_of(cast.sees("ana"), now)
    assert state == "declined"


def second(cast, now, slot):
    """Let Sol, with an account, wait too; return the infusion."""
    patient = caring.new_in_care(cast, "Sol Stern", now)
    series = caring.start(cast, now, of=patient, starts=("03-15",), hour="10:00")
    infusion = series.infusions.get()
    actions.wait(
        infusion_id=infusion.id,
        wish=wish(cast, driver_id=None, driver_name="Rae", adult_id=None, adult_name="Rae"),
        viewer=caring.patient(patient.user, patient), client_id=uuid4(), now=now + timedelta(minutes=1),
    )  # fmt: skip
    return infusion


def test_first_who_takes_it_has_it_and_the_other_reads_so_kindly(care, cast, now, waits, slot):
    other = second(cast, now, slot)
    later = now + timedelta(minutes=2)
    rows = offer(care, cast, slot, later, infusions=[care.infusions[0].id, other.id])
    mine, theirs = sorted(rows, key=lambda one: one.infusion_id == other.id)
    sol = caring.patient(other.patient.user, other.patient)

    answer(cast, mine, later)
    with pytest.raises(Refused, match="It is taken"):
        actions.answer_offer(offer_id=theirs.id, takes=True, viewer=sol, client_id=uuid4(), now=later)

    assert [state for _row, state in plans.offers_of(sol, later)] == ["gone"]
    assert Notice.objects.get(words="sooner-offered", patient=other.patient).state == Notice.State.VOID
    other.refresh_from_db()
    assert other.revision == 1


def test_form_sent_again_with_one_more_person_asks_that_one_too(care, cast, now, waits, slot):
    other, form, later = second(cast, now, slot), uuid4(), now + timedelta(minutes=2)
    first = offer(care, cast, slot, later, client_id=form)

    both = [care.infusions[0].id, other.id]
    rows = offer(care, cast, slot, later, client_id=form, infusions=both)

    assert first == rows[:1]
    assert [one.infusion_id for one in rows] == both
    assert offer(care, cast, slot, later, client_id=form, infusions=both) == rows
    assert Notice.objects.filter(words="sooner-offered").count() == 2


def test_who_waits_longest_stands_first(care, cast, now, waits, slot):
    other = second(cast, now, slot)

    (free,), _of = plans.free_chairs(cast.sees("nia"), now + timedelta(minutes=2))
    assert [one.waits.infusion.id for one in free.able] == [care.infusions[0].id, other.id]


@pytest.mark.hazard("H7")
def test_offer_is_judged_again_when_it_is_taken(care, cast, now, waits, slot):
    (row,) = offer(care, cast, slot, now)
    hold(care, cast, now, hours=96)

    with pytest.raises(Refused, match="can’t be taken any more"):
        answer(cast, row, now)
    assert OfferAnswer.objects.count() == 0
    assert care.infusions[0].revision == 1


@pytest.mark.parametrize(("after", "state"), [(119, "open"), (120, "over")])
def test_offer_ends_by_itself(care, cast, now, waits, slot, after, state):
    offer(care, cast, slot, now)

    assert [how for _row, how in plans.offers_of(cast.sees("ana"), now + timedelta(minutes=after))] == [state]


def test_offer_of_a_chair_that_staff_booked_otherwise_is_over(care, cast, now, waits, slot):
    (row,) = offer(care, cast, slot, now)
    treatment.move(
        infusion_id=care.infusions[5].id, start=treatment.Start(slot.starts_at, slot.chair_id), why="clinic",
        expected_revision=1, viewer=cast.sees("nia"), client_id=uuid4(), now=now,
    )  # fmt: skip

    with pytest.raises(Refused, match="can’t be taken any more"):
        answer(cast, row, now)


def test_chair_that_was_taken_and_freed_again_can_be_offered_again(care, cast, now, waits, slot):
    (row,) = offer(care, cast, slot, now)
    answer(cast, row, now)
    treatment.move(
        infusion_id=care.infusions[0].id, start=treatment.Start(at("03-16 09:00")), why="clinic",
        expected_revision=2, viewer=cast.sees("nia"), client_id=uuid4(), now=now,
    )  # fmt: skip
    wait(care, cast, now)

    assert [how for _row, how in plans.offers_of(cast.sees("ana"), now)] == ["over"]
    (again,) = offer(care, cast, slot, now)
    answer(cast, again, now)
    assert care.infusions[0].starts_at == slot.starts_at


def test_same_form_for_another_chair_is_refused(care, cast, now, waits, slot):
    form = uuid4()
    offer(care, cast, slot, now, client_id=form)
    slot.starts_at += timedelta(hours=1)

    with pytest.raises(Replayed):
        offer(care, cast, slot, now, client_id=form)


def test_offer_outlives_no_move_of_the_infusion_it_would_replace(care, cast, now, waits, slot):
    (row,) = offer(care, cast, slot, now)
    treatment.move(
        infusion_id=care.infusions[0].id, start=treatment.Start(at("03-16 09:00")), why="clinic",
        expected_revision=1, viewer=cast.sees("nia"), client_id=uuid4(), now=now,
    )  # fmt: skip
    wait(care, cast, now)

    with pytest.raises(Refused, match="can’t be taken any more"):
        answer(cast, row, now)


@pytest.mark.threat("T1")
@pytest.mark.parametrize("name", ["bea", "cal", "nia", "eve"])
def test_nobody_but_the_patient_takes_it(care, cast, now, waits, slot, name):
    (row,) = offer(care, cast, slot, now)

    with pytest.raises(Http404):
        answer(cast, row, now, name=name)


def test_words_of_the_list_can_be_neither_changed_nor_dropped(care, cast, now, waits, slot):
    (row,) = offer(care, cast, slot, now)
    said = answer(cast, row, now)

    for one in (waits, row, said):
        with pytest.raises(DatabaseError), transaction.atomic():
            type(one).objects.filter(pk=one.pk).update(capacity="x")


# --- Quiet hours


def keep_quiet(user, begins, ends):
    """Let somebody keep quiet hours; it is noon in New York."""
    return Reach.objects.update_or_create(
        user=user, defaults={"quiet_from": time(begins), "quiet_to": time(ends)}
    )


def candidate(cast, now):
    (free,), _of = plans.free_chairs(cast.sees("nia"), now)
    return free.candidates[0]


def test_nothing_is_offered_by_message_that_quiet_hours_keep_until_it_is_over(care, cast, now, waits, slot):
    keep_quiet(cast.ana, 11, 14)

    with pytest.raises(Refused, match="quiet hours: call them"):
        offer(care, cast, slot, now, hours=2)
    with pytest.raises(Refused, match="quiet hours: call them"):
        offer(care, cast, slot, now, hours=2.24)
    assert Notice.objects.filter(words="sooner-offered").count() == 0
    assert len(offer(care, cast, slot, now, hours=2.25)) == 1


def test_offer_that_quiet_hours_keep_never_looks_sent(care, cast, now, as_nia, waits, slot):
    keep_quiet(cast.ana, 11, 14)
    offer(care, cast, slot, now, hours=4)
    ledger.take(Notice.objects.get(words="sooner-offered").id, now=now)

    assert candidate(cast, now).word is waiting.Word.WAITS
    page = text_of(as_nia.get("/clinic/waiting-list"))
    assert "Not sent yet, because of their quiet hours. Nobody has read it. It leaves today at 2 pm" in page


def test_offer_whose_message_comes_too_late_says_to_call(care, cast, now, as_nia, waits, slot):
    type(cast.ana_patient).objects.filter(pk=cast.ana_patient.pk).update(phone="+12025550123")
    offer(care, cast, slot, now, hours=2)
    keep_quiet(cast.ana, 11, 15)  # she begins to keep them before it is sent

    assert candidate(cast, now).word is waiting.Word.UNREACHED
    page = as_nia.get("/clinic/waiting-list")
    assert "No message reaches them in time. Call" in text_of(page)
    assert 'href="tel:+12025550123"' in page.content.decode()


def test_number_to_call_is_the_safe_one(cast, now, waits, slot):
    ContactSafety.objects.create(
        clinic=cast.harbour, patient=cast.ana_patient, safe="no", phone="+12025550199", voicemail=False,
        barred=[], note="", by=cast.nia, at=now, client_id=uuid4(),
    )  # fmt: skip

    assert candidate(cast, now).phone == "+12025550199"


@pytest.mark.parametrize(
    ("outcome", "word"), [("accepted", "sent"), ("unknown", "unreached"), ("refused", "unreached")]
)
def test_message_says_how_far_it_came_and_no_more(care, cast, now, as_ana, waits, slot, outcome, word):
    offer(care, cast, slot, now)
    assert candidate(cast, now).word is waiting.Word.LEAVES
    letter = ledger.take(Notice.objects.get(words="sooner-offered").id, now=now)
    ledger.finish(letter, outcome=outcome, lasting=True if outcome == "refused" else None, now=now)

    assert candidate(cast, now).word == word

    as_ana.get("/sooner")  # whether or not a message brought her there
    assert candidate(cast, now).word == "opened"


def test_refused_offer_keeps_who_was_ticked(care, cast, now, as_nia, waits, slot):
    keep_quiet(cast.ana, 11, 14)
    sent = {
        "slot": hidden(as_nia.get("/clinic/waiting-list"), "slot"),
        "infusion": [str(care.infusions[0].id)],
        "hours": "1",
        "client_id": str(uuid4()),
    }

    page = as_nia.post("/clinic/waiting-list", sent)

    assert page.status_code == 422
    assert "Ana Abel cannot be offered it until then" in text_of(page)
    assert " checked" in page.content.decode()


def test_who_keeps_quiet_hours_is_told_of_before_anything_is_offered(cast, now, as_nia, waits, slot):
    keep_quiet(cast.ana, 11, 14)

    page = as_nia.get("/clinic/waiting-list")
    assert "Quiet hours: no message before today at 2 pm. Sooner, call" in text_of(page)
    assert "checked" not in page.content.decode()


# --- Taking it back


def withdraw(cast, row, now, name="nia", client_id=None):
    return actions.withdraw_offer(
        offer_id=row.id, viewer=cast.sees(name), client_id=client_id or uuid4(), now=now
    )


def test_offer_taken_back_can_be_taken_by_nobody(care, cast, now, waits, slot):
    (row,) = offer(care, cast, slot, now)

    withdraw(cast, row, now)

    assert [how for _row, how in plans.offers_of(cast.sees("ana"), now)] == ["withdrawn"]
    for takes in (True, False):
        with pytest.raises(Refused, match="taken back"):
            answer(cast, row, now, takes=takes)
    assert Notice.objects.get(words="sooner-offered").state == Notice.State.VOID
    assert care.infusions[0].revision == 1
    assert plans.waiting_of(care.infusions) == {waits.infusion_id: waits}  # and keeps her place
    assert AuditEvent.objects.filter(verb="chair.withdraw", actor_id=cast.nia.id).count() == 1


def test_taking_back_twice_is_once(care, cast, now, waits, slot):
    (row,) = offer(care, cast, slot, now)
    form = uuid4()

    assert withdraw(cast, row, now, client_id=form) == withdraw(cast, row, now, client_id=form)
    assert withdraw(cast, row, now, name="diaz").by == cast.nia
    assert OfferWithdrawal.objects.count() == 1
    (again,) = offer(care, cast, slot, now)
    with pytest.raises(Replayed):
        withdraw(cast, again, now, client_id=form)
    answer(cast, again, now)
    assert care.infusions[0].starts_at == slot.starts_at


@pytest.mark.parametrize(("takes", "words"), [(True, "said yes before"), (False, "said no before")])
def test_what_was_answered_is_not_taken_back(care, cast, now, waits, slot, takes, words):
    (row,) = offer(care, cast, slot, now)
    answer(cast, row, now, takes=takes)

    with pytest.raises(Refused, match=words):
        withdraw(cast, row, now)
    assert OfferWithdrawal.objects.count() == 0


def test_offer_that_is_over_is_not_taken_back(care, cast, now, waits, slot):
    (row,) = offer(care, cast, slot, now)

    with pytest.raises(Refused, match="over already"):
        withdraw(cast, row, now + timedelta(hours=2))


@pytest.mark.threat("T1")
@pytest.mark.parametrize("name", ["ana", "bea", "cal", "eve"])
def test_nobody_but_staff_who_book_takes_it_back(care, cast, now, waits, slot, name):
    (row,) = offer(care, cast, slot, now)

    with pytest.raises(Http404):
        withdraw(cast, row, now, name=name)


# --- On Now


def test_open_offer_stands_on_the_patients_now_and_on_nobody_elses(
    care, cast, now, as_ana, as_bea, clock, waits, slot
):
    assert "You can come earlier" not in text_of(as_ana.get("/now"))
    offer(care, cast, slot, now)

    page = as_ana.get("/now")
    assert "You can come earlier Friday 12 March at 9 am You can answer until 2 pm." in text_of(page)
    assert 'href="/sooner"' in page.content.decode()
    assert "come earlier" not in text_of(as_bea.get("/now"))

    clock.now = now + timedelta(hours=2)
    assert "You can come earlier" not in text_of(as_ana.get("/now"))


def test_now_shows_no_offer_that_can_be_theirs_no_more(care, cast, now, as_ana, waits, slot):
    (row,) = offer(care, cast, slot, now)
    wait(care, cast, now, days=(0,))  # Friday is no day of theirs any more
    assert "You can come earlier" not in text_of(as_ana.get("/now"))

    wait(care, cast, now)
    withdraw(cast, row, now)
    assert "You can come earlier" not in text_of(as_ana.get("/now"))


# --- Pages


def test_staff_take_an_offer_back_after_being_asked_once_more(care, cast, now, as_ana, as_nia, waits, slot):
    offer(care, cast, slot, now)
    page = as_nia.get("/clinic/waiting-list")
    assert "Take the offer to Ana Abel back" in text_of(page)
    sent = {"do": "back", "offer": hidden(page, "offer"), "client_id": str(uuid4())}

    assert "Taken back. Nobody can say yes" in text_of(as_nia.post("/clinic/waiting-list", sent, follow=True))

    assert "The clinic took this offer back." in text_of(as_ana.get("/sooner"))
    taken = {"offer": sent["offer"], "do": "take", "client_id": str(uuid4())}
    refused = as_ana.post("/sooner", taken)
    assert refused.status_code == 422
    assert "This offer was taken back." in text_of(refused)


def test_patient_asks_is_offered_and_takes_it_on_the_phone(care, cast, as_ana, as_nia, clock, slot):
    path = f"/sooner/{care.infusions[0].id}"
    assert "I’d like it earlier" in text_of(as_ana.get("/sooner"))
    said = {
        "days": ["4"],
        "driver": str(cast.bea.id),
        "adult": str(cast.bea.id),
        "earliest": "",
        "latest": "",
    }
    done = as_ana.post(path, {**said, "client_id": str(uuid4())}, follow=True)
    assert "You wait for an earlier time" in text_of(done)

    board = as_nia.get("/clinic/waiting-list")
    assert "Ana Abel" in text_of(board)
    key = hidden(board, "slot")
    sent = {"slot": key, "infusion": [str(care.infusions[0].id)], "hours": "2", "client_id": str(uuid4())}
    assert "Open until 2 pm" in text_of(as_nia.post("/clinic/waiting-list", sent, follow=True))

    page = as_ana.get("/sooner")
    assert "Friday 12 March, 9 am" in text_of(page)
    assert "You can answer until 2 pm." in text_of(page)
    taken = {"offer": hidden(page, "offer"), "do": "take", "client_id": str(uuid4())}
    done = as_ana.post("/sooner", taken, follow=True)
    assert "It is yours." in text_of(done)
    assert care.infusions[0].starts_at == slot.starts_at
    assert as_ana.post("/sooner", taken).status_code == 302  # sent twice, taken once
    assert "You have it." in text_of(as_ana.get("/sooner"))


def test_who_cannot_have_it_is_named_with_why(care, cast, now, as_nia, waits, slot):
    wait(care, cast, now, days=(0,))

    page = text_of(as_nia.get("/clinic/waiting-list"))
    assert "Nobody on the list can have it." in page
    assert "Ana Abel : Not a day or hour they can come" in page


def test_late_yes_is_refused_kindly_and_nothing_moves(care, cast, now, as_ana, clock, waits, slot):
    (row,) = offer(care, cast, slot, now)
    clock.now = now + timedelta(hours=2)

    page = as_ana.post("/sooner", {"offer": str(row.id), "do": "take", "client_id": str(uuid4())})

    assert page.status_code == 422
    assert "This time can’t be taken any more." in text_of(page)
    assert care.infusions[0].revision == 1


def test_refused_wish_keeps_what_was_typed(care, as_ana):
    sent = {"days": ["0"], "earliest": "09:00", "latest": "08:00", "driver": "other", "driver_name": "Rae"}

    page = as_ana.post(f"/sooner/{care.infusions[0].id}", {**sent, "client_id": str(uuid4())})

    assert page.status_code == 422
    assert 'value="Rae"' in page.content.decode()
    assert 'value="08:00"' in page.content.decode()


def test_staff_put_somebody_on_the_list_and_take_them_off(care, cast, as_nia):
    path = f"/clinic/infusions/{care.infusions[0].id}"
    assert f'href="/sooner/{care.infusions[0].id}"' in as_nia.get(path).content.decode()
    said = {"days": ["4"], "driver": "other", "driver_name": "Rae", "adult": str(cast.bea.id)}
    done = as_nia.post(f"/sooner/{care.infusions[0].id}", {**said, "client_id": str(uuid4())}, follow=True)
    assert "Ana Abel" in text_of(done)

    as_nia.post(f"/sooner/{care.infusions[0].id}", {"do": "leave", "client_id": str(uuid4())})
    assert plans.waiting_of(care.infusions) == {}


def test_list_asks_the_database_as_often_however_many_wait(care, cast, now, as_nia, waits, slot):
    def queries():
        with CaptureQueriesContext(connection) as found:
            as_nia.get("/clinic/waiting-list")
        return len(found)

    queries()  # the first look is written down
    one = queries()
    second(cast, now, slot)
    queries()

    assert queries() == one
