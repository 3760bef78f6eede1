"""Acted: noted when the person does what a message asked for, and for nobody who did not."""

from datetime import timedelta
from uuid import uuid4

import pytest

from luna.careplan import actions as careplan
from luna.careplan import jobs as clock
from luna.checkins import actions as checkins
from luna.clinical.ride import Said
from luna.escalation import actions as escalation
from luna.escalation.writing import Written
from luna.intake import actions as intake
from luna.intake.models import News
from luna.notices import actions, jobs
from luna.notices.models import Notice
from luna.notices.words import Act
from luna.people.actions import circle, invitations
from luna.people.models import Invitation
from luna.treatment import actions as treatment
from luna.treatment.actions import WantedRide
from tests import care as cared
from tests.cast import member
from tests.notices.ledger import planned

State = Notice.State
BEFORE = cared.at("03-10 12:00")
LATER = BEFORE + timedelta(minutes=5)


def everything_leaves(now=BEFORE):
    """Have all that waits reach whom it is for."""
    Notice.objects.filter(state=State.PLANNED).update(state=State.SENT, sent_at=now)


def done():
    """Return the codes of the messages that somebody acted on, with their names."""
    rows = Notice.objects.filter(acted_at__isnull=False).select_related("to_user")
    return sorted((one.words, one.to_user.first_name if one.to_user else one.to_email) for one in rows)


def form(**more):
    return {"client_id": uuid4(), **more}


@pytest.fixture
def cal(cast, now):
    """Cal, in Ana's circle as well."""
    member(cast.ana_patient, cast.cal, now + timedelta(hours=1))
    return cast.cal


@pytest.fixture
def asked(care, cast):
    """Return what asks somebody to take Ana home from her first infusion; the message has left."""

    def ask(**wanted):
        row = treatment.ask_ride(
            infusion_id=care.infusions[0].id, wanted=WantedRide(**wanted), viewer=cast.sees("ana"),
            now=BEFORE, **form(),
        )  # fmt: skip
        everything_leaves()
        return row

    return ask


@pytest.mark.parametrize("said", [Said.CONFIRMED, Said.DECLINED])
def test_driver_of_the_circle_acts_by_a_yes_or_a_no(care, cast, asked, said):
    asking = asked(who_id=cast.bea.id)

    treatment.answer_ride(
        infusion_id=care.infusions[0].id, said=said, ask_id=asking.id, viewer=cast.sees("bea"), now=LATER,
        **form(),
    )  # fmt: skip

    row = Notice.objects.get(words="ride-asked")
    assert (row.opened_at, row.acted_at, row.state) == (LATER, LATER, State.SENT)
    assert done() == [("ride-asked", "Bea")]


def test_driver_by_link_opens_and_acts_by_the_answer_alone(client, care, asked):
    asking = asked(name="Rae", email="rae@example.org")
    link = Notice.objects.get(words="ride-link")

    treatment.answer_ride_by_link(ask_id=asking.id, said=Said.CONFIRMED, user_id=None, now=LATER)

    link.refresh_from_db()
    assert (link.opened_at, link.acted_at) == (LATER, LATER)
    assert done() == [("ride-link", "rae@example.org")]


def test_driver_whose_asking_was_taken_back_did_nothing(care, cast, asked):
    asking = asked(who_id=cast.bea.id)

    treatment.answer_ride(
        infusion_id=care.infusions[0].id, said=Said.TAKEN_BACK, ask_id=asking.id, viewer=cast.sees("ana"),
        now=LATER, **form(),
    )  # fmt: skip

    assert done() == []
    assert Notice.objects.get(words="ride-asked").withdrawn


def test_answer_of_the_new_time_does_nothing_for_the_old_message(care, cast, asked):
    asking = asked(who_id=cast.bea.id)
    infusion = care.infusions[0]
    treatment.move(
        infusion_id=infusion.id, start=treatment.Start(cared.at("03-15 11:00"), None), why="clinic",
        expected_revision=1, viewer=cast.sees("nia"), now=LATER, **form(),
    )  # fmt: skip
    everything_leaves(LATER)
    newest = infusion.rides.order_by("recorded_at", "id").last()
    assert newest.id != asking.id

    treatment.answer_ride(
        infusion_id=infusion.id, said=Said.CONFIRMED, ask_id=newest.id, viewer=cast.sees("bea"), now=LATER,
        **form(),
    )  # fmt: skip

    rows = Notice.objects.filter(words="ride-asked").order_by("revision")
    assert [one.acted_at for one in rows] == [None, LATER]


def test_patient_who_asks_somebody_has_seen_to_the_gap(care, cast, cal, asked):
    asking = asked(who_id=cast.bea.id)
    treatment.answer_ride(
        infusion_id=care.infusions[0].id, said=Said.DECLINED, ask_id=asking.id, viewer=cast.sees("bea"),
        now=LATER, **form(),
    )  # fmt: skip
    everything_leaves(LATER)

    asked(who_id=cast.cal.id)

    assert ("ride-open", "Ana") in done()


def test_who_takes_an_open_day_has_acted_and_nobody_else(care, cast, cal):
    care.duty("cannot", cast.bea, BEFORE)
    everything_leaves()

    care.duty("takes", cast.cal, LATER)

    assert done() == [("duty-open", "Cal")]


def test_who_stands_by_has_answered_nothing(care, cast, cal):
    care.duty("cannot", cast.bea, BEFORE)
    everything_leaves()

    care.duty("stands-by", cast.cal, LATER)

    assert done() == []


def test_word_that_staff_write_down_is_that_of_whoever_told_them(care, cast, cal):
    care.duty("cannot", cast.bea, BEFORE)
    everything_leaves()

    care.duty("takes", cast.cal, LATER, by=cast.sees("nia"))

    assert done() == [("duty-open", "Cal")]


def test_step_is_acted_on_by_marking_it_and_not_by_taking_that_back(care, cast):
    clock.run(cared.at("03-14 18:00"))
    at = cared.at("03-14 18:05")
    everything_leaves(at)
    about = {"viewer": cast.sees("ana"), "task_key": care.key("last-food"), "revision": 1}

    careplan.mark(done=True, now=at, **about, **form())

    assert done() == [("step-open", "Ana")]


def test_reserve_who_takes_over_the_watch_has_acted(care, cast, cal, now):
    care.duty("stands-by", cast.cal, BEFORE)
    care.leave()
    checkins.start_watch(
        viewer=cast.sees("bea"), infusion_id=care.infusions[0].id, now=cared.at("03-15 11:30"), **form()
    )
    clock.run(cared.at("03-15 13:01"))
    everything_leaves(cared.at("03-15 13:01"))
    assert Notice.objects.filter(words="duty-silent", to_user=cast.cal).exists()
    with_ana = cared.caretaker(cast.cal, cast.ana_patient)

    checkins.take_over(
        viewer=with_ana, infusion_id=care.infusions[0].id, now=cared.at("03-15 13:05"), **form()
    )

    assert ("duty-silent", "Cal") in done()
    assert ("checkin-due", "Bea") not in done()


@pytest.mark.parametrize("answer", [circle.accept, invitations.decline])
def test_invitation_is_acted_on_by_a_yes_or_a_no(cast, now, answer):
    invitation = invite(cast, now)

    if answer is circle.accept:
        answer(invitation=invitation, user=cast.cal, name="Cal Carter", zone="Europe/Dublin", now=LATER)
    else:
        answer(invitation=invitation, now=LATER)

    row = Notice.objects.get(words="invite")
    assert (row.opened_at, row.acted_at) == (LATER, LATER)


def test_invitation_that_was_taken_back_is_acted_on_by_nobody(cast, now):
    invitations.cancel(invitation=invite(cast, now), by=cast.sees("ana"), now=LATER)

    assert done() == []


def invite(cast, now) -> Invitation:
    invitation = invitations.invite(
        patient=cast.ana_patient, role="caretaker", email=cast.cal.email, name="Cal", by=cast.sees("ana"),
        now=now, **form(),
    )  # fmt: skip
    jobs.invite(now)
    everything_leaves(now)
    return invitation


def test_prescriber_acts_on_what_is_new_by_reading_it(cast, now):
    written = Written(text="She sleeps badly.")
    intake.notice(viewer=cast.sees("bea"), audience="team", written=written, now=now, **form())
    everything_leaves(now)
    news = News.objects.get()

    intake.read(viewer=cast.sees("diaz"), patient=cast.ana_patient, news_ids=[news.id], now=LATER, **form())

    assert done() == [("chart-news", "Delia")]


def test_what_reached_nobody_is_not_acted_on_but_needed_no_more(cast, now):
    notice = planned(cast, now, task_key="aa.check")
    Notice.objects.update(state=State.NOT_REACHED)

    act(cast, "aa.check", now)

    notice.refresh_from_db()
    assert (notice.state, notice.acted_at) == (State.VOID, None)


def test_acted_only_moves_forward(cast, now):
    planned(cast, now, task_key="aa.check")
    everything_leaves(now)

    act(cast, "aa.check", now)
    act(cast, "aa.check", LATER)

    row = Notice.objects.get()
    assert (row.opened_at, row.acted_at) == (now, now)


def act(cast, task_key, now):
    actions.acted(
        Act.CHECK_IN, user_id=cast.bea.id, patient_id=cast.ana_patient.id, task_key=task_key, now=now
    )


def test_closing_an_escalation_is_what_its_messages_asked_for(cast, now):
    row = escalation.open(
        clinic_id=cast.harbour.id, patient_id=cast.ana_patient.id, cause="check-in", urgency=2,
        about_type="task", about_id="x", by=None, now=now,
    )  # fmt: skip
    planned(
        cast, now, key="rung", words="rung", to_user_id=cast.nia.id, urgent=True,
        values={"escalation": str(row.id)}, task_key=f"escalation.{row.id.hex}",
    )  # fmt: skip
    everything_leaves(now)

    escalation.close(
        escalation_id=row.id, outcome="advised", note="", viewer=cast.sees("nia"), version=row.version,
        now=LATER, **form(),
    )  # fmt: skip

    assert done() == [("rung", "Nia")]


class TestReminder:
    """What keeps an infusion from starting: acted on once each thing the message named is put right."""

    @pytest.fixture
    def remind(self, care, cast):
        def plan(*of, to=None, key="ready"):
            planned(
                cast, BEFORE, key=key, words="ready-ask", to_user_id=(to or cast.ana).id, revision=1,
                task_key=f"{care.infusions[0].id.hex}.ready", values={"starts_at": BEFORE, "of": of},
            )  # fmt: skip
            everything_leaves()

        return plan

    def mend(self, cast, care, subject, now=LATER, infusion=0):
        actions.mended(
            user_id=cast.ana.id, patient_id=cast.ana_patient.id, subject=subject,
            infusion_id=care.infusions[infusion].id, now=now,
        )  # fmt: skip

    def test_all_it_named(self, care, cast, remind):
        remind("ride:", "consent:")

        self.mend(cast, care, "ride:")
        assert done() == []
        self.mend(cast, care, "consent:")

        assert done() == [("ready-ask", "Ana")]

    def test_what_it_never_named_is_nothing(self, care, cast, remind):
        remind("ride:")

        self.mend(cast, care, "consent:")
        self.mend(cast, care, "ride:", infusion=1)

        assert done() == []

    def test_ride_that_the_patient_saw_to(self, care, cast, remind, asked):
        remind("ride:")

        asked(who_id=cast.bea.id)

        assert ("ready-ask", "Ana") in done()

    def test_ride_that_somebody_else_saw_to(self, care, cast, remind):
        remind("ride:")

        treatment.ask_ride(
            infusion_id=care.infusions[0].id, wanted=WantedRide(who_id=cast.bea.id), viewer=cast.sees("bea"),
            now=LATER, **form(),
        )  # fmt: skip

        assert done() == []

    def test_no_is_an_answer_and_puts_nothing_right(self, care, cast, remind, asked):
        asking = asked(who_id=cast.bea.id)
        remind("ride:", to=cast.bea)

        treatment.answer_ride(
            infusion_id=care.infusions[0].id, said=Said.DECLINED, ask_id=asking.id, viewer=cast.sees("bea"),
            now=LATER, **form(),
        )  # fmt: skip

        assert done() == [("ride-asked", "Bea")]

    def test_step_that_was_marked(self, care, cast, remind):
        remind(f"gate:{care.key('last-food')}")

        careplan.mark(
            viewer=cast.sees("ana"), task_key=care.key("last-food"), done=True, revision=1,
            now=cared.at("03-14 18:05"), **form(),
        )  # fmt: skip

        assert done() == [("ready-ask", "Ana")]

    def test_step_that_was_denied_is_not_mended(self, care, cast, remind):
        remind(f"gate:{care.key('last-food')}")

        careplan.mark(
            viewer=cast.sees("ana"), task_key=care.key("last-food"), done=False, revision=1,
            now=cared.at("03-14 18:05"), **form(),
        )  # fmt: skip

        assert done() == []
