"""Pages of the hours at home: what an answer led to is told truthfully, whatever changed meanwhile."""

import re
from uuid import uuid4

import pytest

from luna.checkins import actions
from luna.escalation import actions as escalation
from luna.escalation.models import Escalation
from luna.people.models import CircleMember, Clinic, ContactSafety, OpeningHours
from luna.records.models import Response
from luna.treatment import actions as treatment
from tests.care import at, caretaker, staff
from tests.cast import browser, member

HOME, DUE, NIGHT = at("03-15 12:00"), at("03-15 13:05"), at("03-15 22:00")
FINE = {"wake": "awake", "breathing": "easy", "other": "fine"}
UNREAD = "Nobody at the clinic reads this until 8 am tomorrow."


@pytest.fixture
def answer(care, cast, clock):
    """Bea, at home since noon, answers; the clock then stands at that moment. Return the result's address."""
    care.home(HOME)
    clock.now = HOME

    def send(answers, *, step="check-1", when=DUE):
        response = actions.submit(
            viewer=caretaker(cast.bea, cast.ana_patient), task_key=care.key(step), revision=1,
            answers=answers, client_id=uuid4(), now=when,
        )  # fmt: skip
        clock.now = when
        return f"/check-in/{care.key(step)}/result/{response.pk}"

    return send


@pytest.fixture
def open_eight_to_five(cast):
    OpeningHours.objects.filter(clinic=cast.harbour).delete()
    for weekday in range(7):
        OpeningHours.objects.create(clinic=cast.harbour, weekday=weekday, opens="08:00", closes="17:00")


def text_of(response):
    assert response.status_code == 200
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).replace("\u00a0", " ").split())


@pytest.mark.hazard("H1")
@pytest.mark.parametrize("answers", [FINE | {"other": "vomiting"}, {"wake": "no"}])
def test_result_while_the_clinic_is_closed_says_that_nobody_reads_it(
    answer, as_bea, open_eight_to_five, answers
):
    Clinic.objects.update(after_hours_phone="+12025550199")

    page = text_of(as_bea.get(answer(answers, step="check-bedtime", when=NIGHT)))

    assert f"{UNREAD} Call (202) 555-0199." in page
    now = as_bea.get("/now")
    assert f"{UNREAD} Call (202) 555-0199." in text_of(now)
    assert re.findall(r'href="tel:([^"]+)"', now.content.decode())[:1] == ["+12025550199"]


def test_result_while_a_clinic_without_a_number_for_the_night_is_closed(answer, as_bea, open_eight_to_five):
    Clinic.objects.update(after_hours_phone="")

    page = text_of(as_bea.get(answer(FINE | {"other": "vomiting"}, step="check-bedtime", when=NIGHT)))

    assert f"{UNREAD} If it cannot wait, call 911." in page


@pytest.mark.hazard("H1")
@pytest.mark.parametrize(("own", "shown"), [("+12025550199", "(202) 555-0199"), ("", "(212) 555-0101")])
def test_result_of_a_clinic_whose_hours_are_not_known_does_not_call_it_open(answer, as_bea, cast, own, shown):
    OpeningHours.objects.all().delete()
    Clinic.objects.update(after_hours_phone=own, nurse_line="+12125550101")

    page = text_of(as_bea.get(answer(FINE | {"other": "vomiting"})))

    assert f"Nobody may be reading this now. Call {shown}." in page
    assert page.count("(212) 555-0101") == (1 if own else 2)
    assert "Nobody may be answering now." in text_of(as_bea.get("/worried"))


@pytest.mark.hazard("H1")
def test_a_guide_names_the_number_that_is_answered_now(answer, as_bea, care, clock):
    Clinic.objects.update(after_hours_phone="+12025550199", nurse_line="+12125550101")
    answer(FINE, when=DUE)
    by_day = text_of(as_bea.get(f"/steps/{care.key('check-1')}"))
    clock.now = NIGHT
    by_night = text_of(as_bea.get(f"/steps/{care.key('check-1')}"))

    shown = ("(212) 555-0101", "(202) 555-0199")
    assert [number in by_day for number in shown] == [True, False]
    assert [number in by_night for number in shown] == [False, True]


def test_worried_far_from_the_clinic_names_whose_clock_it_is(answer, as_bea, cast, clock, open_eight_to_five):
    clock.now = NIGHT
    cast.bea.zone = "Europe/Berlin"
    cast.bea.save()

    page = text_of(as_bea.get("/worried"))

    assert "Nobody at the clinic answers until tomorrow at 8 am (New York time)." in page


def test_result_in_opening_hours_or_once_somebody_has_it_says_nothing_of_hours(
    answer, as_bea, cast, open_eight_to_five
):
    assert "Nobody at the clinic reads" not in text_of(as_bea.get(answer(FINE | {"other": "vomiting"})))
    path = answer(FINE | {"other": "vomiting"}, step="check-bedtime", when=NIGHT)
    row = Escalation.objects.get()

    escalation.acknowledge(
        escalation_id=row.id, viewer=staff(cast, cast.nia), client_id=uuid4(), version=row.version, now=NIGHT
    )

    assert "Nobody at the clinic reads" not in text_of(as_bea.get(path))
    assert "Nobody at the clinic reads" not in text_of(as_bea.get("/now"))


@pytest.mark.hazard("H1")
def test_result_outlives_its_task(answer, as_bea, care, cast):
    path = answer({"wake": "no"})
    treatment.take_back_moment(
        infusion_id=care.infusions[0].id,
        what="home",
        viewer=staff(cast, cast.nia),
        client_id=uuid4(),
        now=DUE,
    )

    page = text_of(as_bea.get(path))

    assert "Call 911 now" in page
    assert "change my answer" not in page
    assert path in as_bea.get("/now").content.decode()


@pytest.mark.hazard("H1")
def test_fine_is_not_called_fine_while_an_earlier_answer_is_open(answer, as_bea):
    answer({"wake": "no"})

    page = text_of(as_bea.get(answer(FINE, when=at("03-15 13:10"))))

    assert "That sounds fine." not in page
    assert "An earlier answer is still open" in page


@pytest.mark.hazard("H1")
def test_now_keeps_an_open_answer_when_a_later_one_was_settled(answer, as_bea, cast):
    path = answer({"wake": "no"})
    answer(FINE | {"other": "vomiting"}, when=at("03-15 13:10"))
    row = Escalation.objects.get(cause="vomiting")
    escalation.close(
        escalation_id=row.id, outcome="advised", note="", viewer=staff(cast, cast.nia), client_id=uuid4(),
        version=row.version, now=at("03-15 13:15"),
    )  # fmt: skip

    assert path in as_bea.get("/now").content.decode()


@pytest.mark.hazard("H5")
def test_answers_changed_after_going_back_can_be_sent(answer, as_bea, care, clock):
    answer(FINE)
    path, form = f"/check-in/{care.key('check-1')}", str(uuid4())
    assert as_bea.post(path, FINE | {"client_id": form}).status_code == 302

    again = as_bea.post(path, FINE | {"other": "vomiting", "client_id": form})
    fresh = re.search(r'name="client_id" value="([^"]+)"', again.content.decode())[1]

    assert again.status_code == 422
    assert as_bea.post(path, FINE | {"other": "vomiting", "client_id": fresh}).status_code == 302
    assert Escalation.objects.get().cause == "vomiting"
    assert Response.objects.count() == 3


@pytest.mark.hazard("H6")
def test_an_emergency_answered_anew_is_the_same_call_for_help(answer, as_bea, care):
    answer({"wake": "no"})
    path, form = f"/check-in/{care.key('check-1')}", str(uuid4())
    as_bea.post(path, {"wake": "no", "client_id": form})

    again = as_bea.post(path, {"wake": "no", "breathing": "easy", "client_id": form})
    fresh = re.search(r'name="client_id" value="([^"]+)"', again.content.decode())[1]
    as_bea.post(path, {"wake": "no", "breathing": "easy", "client_id": fresh})

    found = Escalation.objects.get()
    assert (found.cause, found.steps.filter(what="opened").count()) == ("cannot-wake", 1)
    assert Response.objects.count() == 3


@pytest.mark.hazard("H9")
def test_home_taken_back_ends_the_list_and_said_anew_begins_the_check_ins_again(
    answer, care, cast, as_bea, as_nia, clock
):
    bea = caretaker(cast.bea, cast.ana_patient)
    about = {"infusion_id": care.infusions[0].id, "viewer": bea}
    watch = actions.start_watch(client_id=uuid4(), now=HOME, **about)
    treatment.take_back_moment(
        what="home", client_id=uuid4(), now=at("03-15 12:05"), **about | {"viewer": staff(cast, cast.nia)}
    )
    clock.now = at("03-15 12:06")
    assert "Nobody is at home under watch" in text_of(as_nia.get("/clinic/at-home"))

    again = actions.start_watch(client_id=uuid4(), now=at("03-15 12:15"), **about)

    assert (again.pk, again.started_at) == (watch.pk, at("03-15 12:15"))
    clock.now = at("03-15 12:16")
    assert "Ana Abel" in text_of(as_nia.get("/clinic/at-home"))


@pytest.mark.hazard("H1")
def test_an_answer_from_before_home_was_taken_back_answers_no_later_check_in(
    answer, care, cast, as_bea, clock
):
    answer(FINE, when=at("03-15 12:35"))
    treatment.take_back_moment(
        infusion_id=care.infusions[0].id, what="home", viewer=staff(cast, cast.nia), client_id=uuid4(),
        now=at("03-15 12:40"),
    )  # fmt: skip
    about = {"viewer": caretaker(cast.bea, cast.ana_patient), "infusion_id": care.infusions[0].id}
    actions.start_watch(client_id=uuid4(), now=at("03-15 14:00"), **about)
    clock.now = at("03-15 14:31")

    page = as_bea.get("/now").content.decode()

    assert f'href="/check-in/{care.key("check-1")}"' in page


@pytest.fixture
def left(care, clock):
    """Ana has left the clinic after her first infusion."""
    care.leave()
    clock.now = HOME
    return care


STILL_NEEDED = "We still need an adult who stays with Ana."
NEEDED = "Nobody has told us. We need an adult who stays."


def say_home(browser, care):
    return text_of(browser.post("/home", {"infusion": care.infusions[0].id.hex}, follow=True))


@pytest.mark.hazard("H9")
@pytest.mark.parametrize("said", [{"is_adult": False}, {"help": "drives"}, {"help": "phone"}])
def test_home_said_by_who_cannot_stay_is_thanked_and_told_that_an_adult_is_needed(
    left, cast, as_bea, as_nia, now, said
):
    CircleMember.objects.filter(pk=cast.bea_member.pk).update(**said)
    member(cast.ana_patient, cast.cal, now)

    page = say_home(as_bea, left)

    assert (f"Thank you. {STILL_NEEDED}" in page, "Good that you’re home" in page) == (True, False)
    assert (NEEDED in page, "I’m with Ana now" in page) == (True, False)
    assert "Start the check-in" in page or "Next" in page
    assert "Nobody known" in text_of(as_nia.get("/clinic/at-home"))
    cal = browser(cast.cal, f"caretaker:{cast.ana_patient.id.hex}", HOME)
    assert "I’m with Ana now" in text_of(cal.get("/now"))

    cal.post("/home/with-them", {"infusion": left.infusions[0].id.hex})

    assert NEEDED not in text_of(as_bea.get("/now"))


def test_home_said_by_who_can_stay_asks_for_nobody(left, as_bea):
    page = say_home(as_bea, left)

    assert "Good that you’re home. We’ll tell you when it’s time to look in." in page
    assert (STILL_NEEDED in page, "Who is with Ana?" in page) == (False, False)


@pytest.mark.threat("T1")
def test_who_does_not_see_the_hours_at_home_reads_nothing_of_who_is_there(left, cast, as_bea):
    CircleMember.objects.filter(pk=cast.bea_member.pk).update(kinds=["schedule", "ride"])

    page = say_home(as_bea, left)

    assert STILL_NEEDED in page
    assert "Who is with Ana?" not in page


@pytest.mark.threat("T1")
@pytest.mark.hazard("H9")
def test_list_of_who_is_at_home_marks_who_must_not_be_with_them_for_staff_alone(left, cast, as_bea, now):
    page = say_home(as_bea, left)
    clear = text_of(cast.browser("nia", HOME).get("/clinic/at-home"))
    ContactSafety.objects.create(
        clinic=cast.harbour, patient=cast.ana_patient, safe="no", barred=[str(cast.bea.id)],
        by=cast.nia, at=now, client_id=uuid4(),
    )  # fmt: skip

    barred = text_of(cast.browser("nia", HOME).get("/clinic/at-home"))

    mark = "Must not take the patient home"
    assert [mark in one for one in (page, clear, barred, text_of(as_bea.get("/now")))] == [
        False,
        False,
        True,
        False,
    ]
