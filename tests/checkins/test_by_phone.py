"""A check-in told on the phone: a nurse writes it down in her own name, and says who answered."""

import re
from uuid import uuid4

import pytest
from django.http import Http404

from luna.audit.models import AuditEvent
from luna.careplan import jobs
from luna.careplan import plans as careplan
from luna.checkins import actions, plans
from luna.checkins import jobs as watches
from luna.checkins.models import Watch
from luna.clinical.triage import Urgency
from luna.escalation.models import Escalation
from luna.feed.models import Wake
from luna.notices import jobs as messages
from luna.notices.models import Notice
from luna.people.actions import helping
from luna.people.actions.helping import Helping
from luna.people.errors import Refused, Replayed
from luna.people.models import CareRelation, CircleMember, Clinic, Clinician
from luna.records.models import Response
from luna.treatment.models import Series
from tests.care import at, caretaker, staff

HOME, DUE = at("03-15 12:00"), at("03-15 13:05")
FINE = {"wake": "awake", "breathing": "easy", "other": "fine"}


@pytest.fixture
def gus(care, cast, now):
    """Gus, who has no smartphone, is on duty for Ana's first infusion; they are home since noon."""
    member = helping.add_without_mail(
        patient=cast.ana_patient, name="Gus Grey", phone="+12125550144", relation="parent",
        helping=Helping(help="comes-over", is_adult=True, device="none"),
        by=cast.sees("nia"), client_id=uuid4(), now=now,
    )  # fmt: skip
    care.duty("takes", member.user, now, by=staff(cast, cast.nia))
    visit = care.infusions[0]
    for what, when in (
        ("arrived", visit.starts_at), ("started", visit.starts_at), ("ended", visit.ends_at),
        ("left", visit.leaves_at), ("home", HOME),
    ):  # fmt: skip
        care.say(what, when)
    return member


@pytest.fixture
def submit(care, cast, gus):
    def send(answers, *, by=None, told_by=gus.user_id, client_id=None, when=DUE):
        return actions.submit(
            viewer=by or staff(cast, cast.nia), task_key=care.key("check-1"), revision=1, answers=answers,
            told_by=told_by, client_id=client_id or uuid4(), now=when,
        )  # fmt: skip

    return send


@pytest.fixture
def page(care, gus, clock):
    clock.now = DUE
    return f"/clinic/check-ins/{care.key('check-1')}"


def text_of(response):
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).replace("\u00a0", " ").split())


# --- What is written down


def test_answers_are_the_nurses_to_write_and_the_helpers_own(submit, cast, gus):
    response = submit(FINE)

    assert (response.by, response.capacity, response.told_by) == (cast.nia, "staff", gus.user)
    assert (response.patient, response.urgency) == (cast.ana_patient, Urgency.ROUTINE)
    assert AuditEvent.objects.get(verb="check-in.phoned").actor_id == cast.nia.id


@pytest.mark.hazard("H5")
def test_answers_are_judged_as_any_others_and_bring_a_human(submit):
    response = submit({"wake": "no"})

    found = Escalation.objects.get()
    assert (found.cause, found.urgency, found.about_id) == (
        "cannot-wake", Urgency.EMERGENCY, str(response.pk),
    )  # fmt: skip


def test_sent_twice_is_one_response(submit):
    form = uuid4()

    assert submit({"wake": "no"}, client_id=form) == submit({"wake": "no"}, client_id=form)
    assert (Response.objects.count(), Escalation.objects.get().steps.filter(what="opened").count()) == (1, 1)


def test_same_form_for_somebody_else_is_refused(submit, cast):
    form = uuid4()
    submit(FINE, client_id=form)

    with pytest.raises(Replayed):
        submit(FINE, told_by=cast.bea.id, client_id=form)


def test_check_in_is_done_and_by_whom(submit, care, cast, gus):
    submit(FINE)

    [plan] = careplan.plans_of(Series.objects.filter(id=care.series.id), DUE)
    task = next(one for one in plan.tasks if one.key == care.key("check-1"))
    assert (plan.standing(task).done, plan.standing(task).by) == (True, str(gus.user_id))


@pytest.mark.parametrize("answers", [{}, {"wake": "awake"}, FINE | {"wake": "<script>"}])
def test_answer_that_is_missing_or_strange_is_refused(submit, answers):
    with pytest.raises(Refused):
        submit(answers)

    assert Response.objects.count() == 0


def test_it_is_off_the_list_of_calls_once_written_down(submit, care, cast):
    Wake.objects.update(wake_at=DUE)
    jobs.run(DUE)
    messages.run(DUE)
    due = Notice.objects.filter(task_key=care.key("check-1"))
    assert set(due.values_list("state", flat=True)) == {"not-reached"}

    submit(FINE)

    assert set(due.values_list("state", flat=True)) == {"void"}


@pytest.mark.threat("T1")
def test_nobody_answers_whose_check_in_it_is_not(submit, cast, gus):
    for who in (cast.bea.id, cast.cal.id, cast.nia.id, None):  # Bea is not on duty
        with pytest.raises(Refused):
            submit(FINE, told_by=who)

    CircleMember.objects.filter(pk=gus.pk).update(kinds=["schedule", "ride"])
    with pytest.raises(Refused):
        submit(FINE)


@pytest.mark.threat("T4")
@pytest.mark.parametrize("who", ["ana", "bea", "cal", "dee", "dee_caring", "eve", "oli"])
def test_nobody_else_writes_it_down(submit, cast, who):
    with pytest.raises(Http404):
        submit(FINE, by=cast.sees(who))


def test_caretaker_who_answers_themselves_names_nobody(submit, care, cast, gus):
    CircleMember.objects.filter(pk=gus.pk).update(state="left")
    care.duty("takes", cast.bea, HOME)

    with pytest.raises(Http404):
        submit(FINE, by=caretaker(cast.bea, cast.ana_patient), told_by=cast.bea.id)


@pytest.mark.parametrize("roles", [["coordinator"], ["admin"], ["therapist"]])
def test_only_nurses_and_prescribers_write_it_down(submit, cast, roles):
    Clinician.objects.filter(user=cast.nia).update(roles=roles)

    with pytest.raises(Http404):
        submit(FINE)


# --- The pages


def test_nurse_writes_it_down_from_the_list_of_calls(page, as_nia, care, gus):
    Wake.objects.update(wake_at=DUE)
    jobs.run(DUE)
    messages.run(DUE)
    assert f'href="{page}"' in as_nia.get("/clinic/calls").content.decode()

    first = as_nia.get(page)
    assert "Gus Grey answers on the phone" in text_of(first)
    form = re.search(r'name="client_id" value="([^"]+)"', first.content.decode())[1]
    sent = as_nia.post(page, {"client_id": form, "told_by": gus.user_id, **FINE})

    done = text_of(as_nia.get(sent.url))
    response = Response.objects.get()
    assert sent.url == f"{page}/result/{response.pk}"
    assert "Gus Grey’s answers are stored." in done
    assert page not in as_nia.get("/clinic/calls").content.decode()


def test_questions_come_one_at_a_time_and_keep_who_answers(page, as_nia, gus):
    second = as_nia.post(page, {"client_id": uuid4(), "told_by": gus.user_id, "wake": "awake"})

    shown = second.content.decode()
    assert f'name="told_by" value="{gus.user_id}"' in shown
    assert 'name="wake" value="awake"' in shown
    assert 'name="breathing"' in shown
    assert Response.objects.count() == 0


def test_where_two_could_answer_it_is_asked_first_who_does(page, as_nia, gus):
    CircleMember.objects.filter(pk=gus.pk).update(is_adult=None)  # so he is not on duty any more

    shown = text_of(as_nia.get(page))

    assert "Who is on the phone?" in shown
    assert ("Gus Grey" in shown, "Bea Burns" in shown) == (True, True)


@pytest.mark.hazard("H1")
def test_emergency_says_what_to_tell_them_and_leads_to_who_has_it(page, as_nia, gus):
    sent = as_nia.post(page, {"client_id": uuid4(), "told_by": gus.user_id, "wake": "no"})

    shown = as_nia.get(sent.url)
    assert "Tell Gus now: hang up and call 911" in text_of(shown)
    assert f"/clinic/escalations/{Escalation.objects.get().id}" in shown.content.decode()


def test_list_of_who_is_at_home_leads_to_it_and_says_who_answered(page, as_nia, submit):
    watches.run(DUE)
    assert f'href="{page}"' in as_nia.get("/clinic/at-home").content.decode()

    submit(FINE)

    assert "Gus Grey, by phone" in text_of(as_nia.get("/clinic/at-home"))


@pytest.mark.threat("T4")
@pytest.mark.parametrize("who", ["as_ana", "as_bea", "as_cal", "as_dee", "as_dee_caring", "as_eve"])
def test_page_is_not_found_by_anybody_else(page, request, who):
    browser = request.getfixturevalue(who)

    assert browser.get(page).status_code == 404
    assert browser.post(page, {"client_id": uuid4(), **FINE}).status_code == 404
    assert Response.objects.count() == 0


@pytest.mark.threat("T4")
@pytest.mark.parametrize("who", ["as_ana", "as_bea", "as_dee", "as_eve", "as_diaz"])
def test_result_is_not_found_by_anybody_but_who_wrote_it(page, request, who, submit):
    path = f"{page}/result/{submit(FINE).pk}"

    assert request.getfixturevalue(who).get(path).status_code == 404


@pytest.mark.threat("T5")
def test_staff_who_do_not_care_for_them_say_why_first(page, as_nia, cast):
    Clinic.objects.update(charts=Clinic.Charts.ASSIGNED)
    CareRelation.objects.all().delete()

    why = f"/clinic/patients/{cast.ana_patient.id}/reason"
    assert as_nia.get(page)["Location"].split("?")[0] == why


@pytest.mark.parametrize("key", ["x", "a.b.0", f"{'0' * 32}.check-1.0"])
def test_check_in_that_does_not_exist_is_not_found(as_nia, key):
    assert as_nia.get(f"/clinic/check-ins/{key}").status_code == 404


def test_step_that_is_no_check_in_is_not_found(as_nia, care, gus):
    assert as_nia.get(f"/clinic/check-ins/{care.key('ride')}").status_code == 404


@pytest.mark.threat("T1")
def test_helper_who_looks_themselves_later_finds_their_own_answers(submit, cast, gus):
    response = submit({"wake": "no"})

    found = plans.result(caretaker(gus.user, cast.ana_patient), response.pk, DUE)

    assert found.response == response
    with pytest.raises(Http404):
        plans.result(caretaker(cast.bea, cast.ana_patient), response.pk, DUE)


# --- Who is with them, as told on the phone


@pytest.fixture
def told(care, gus, clock):
    """Return the address to say who is there; the clinic wrote down that they are home, and nobody who."""
    watches.run(DUE)
    clock.now = DUE
    return f"/clinic/at-home/{care.infusions[0].pk}/with-them"


def test_nurse_writes_down_who_is_with_them_and_the_list_names_them(told, as_nia, gus):
    assert "Gus Grey is with them" in text_of(as_nia.get("/clinic/at-home"))

    for client_id in [uuid4()] * 2:
        as_nia.post(told, {"who": gus.user_id, "client_id": client_id})

    shown = text_of(as_nia.get("/clinic/at-home"))
    assert "Nobody known" not in shown
    assert "Gus Grey is with them now, and is called if something is wrong." in shown
    assert (Watch.objects.get().adult, AuditEvent.objects.filter(verb="watch.phoned").count()) == (
        gus.user,
        1,
    )
    watches.run(DUE + watches.WHO)
    assert not Escalation.objects.filter(cause="no-adult").exists()


@pytest.mark.hazard("H9")
def test_who_is_under_18_is_not_offered_and_refused(told, as_nia, gus):
    CircleMember.objects.filter(pk=gus.pk).update(is_adult=None)
    assert "Gus Grey is with them" not in text_of(as_nia.get("/clinic/at-home"))

    as_nia.post(told, {"who": gus.user_id, "client_id": uuid4()})

    assert "Look at who is there now, then choose again." in text_of(as_nia.get("/clinic/at-home"))
    assert Watch.objects.get().adult is None


@pytest.mark.parametrize("who", ["", "x"])
def test_nobody_chosen_says_so_and_changes_nothing(told, as_nia, who):
    shown = text_of(as_nia.post(told, {"who": who, "client_id": uuid4()}, follow=True))

    assert "Choose who is with them." in shown
    assert Watch.objects.get().adult is None


@pytest.mark.threat("T4")
@pytest.mark.parametrize("who", ["as_ana", "as_bea", "as_cal", "as_dee", "as_dee_caring", "as_eve"])
def test_nobody_else_says_who_is_with_them(told, request, who, gus):
    answer = request.getfixturevalue(who).post(told, {"who": gus.user_id, "client_id": uuid4()})

    assert (answer.status_code, Watch.objects.get().adult) == (404, None)
