"""How somebody helps, and who can be the adult who stays."""

from datetime import datetime
from uuid import uuid4

import pytest

from luna.audit.models import AuditEvent
from luna.people import access, hours, plans
from luna.people.actions import helping
from luna.people.actions.helping import Helping
from luna.people.errors import Impaired, Refused, Replayed, Stale
from luna.people.models import CircleMember, Patient
from tests import cast as people


def helper(**facts) -> CircleMember:
    return CircleMember(**{"help": "comes-over", "is_adult": True} | facts)


@pytest.mark.hazard("H9")
@pytest.mark.parametrize(
    ("facts", "may"),
    [
        ({}, True),
        ({"help": "lives-with"}, True),
        ({"device": "none"}, True),
        ({"is_adult": False}, False),
        ({"is_adult": None}, False),
        ({"help": ""}, False),
        ({"help": "drives"}, False),
        ({"help": "phone"}, False),
        ({"role": "therapist"}, False),
        ({"state": "left"}, False),
        ({"state": "revoked"}, False),
    ],
)
def test_named_adult_is_of_age_and_there(facts, may):
    member = helper(**facts)

    assert plans.may_be_named_adult(member) is may
    assert (plans.why_not_named_adult(member) is None) is may


MONDAY = [[0, "18:00", "22:00"]]
NIGHT = [[6, "20:00", "08:00"]]


@pytest.mark.parametrize(
    ("windows", "at", "there"),
    [
        ([], "2027-03-08T19:00", None),
        (MONDAY, "2027-03-08T18:00", True),
        (MONDAY, "2027-03-08T22:00", False),
        (MONDAY, "2027-03-09T19:00", False),
        (NIGHT, "2027-03-07T19:59", False),
        (NIGHT, "2027-03-07T23:00", True),
        (NIGHT, "2027-03-08T07:59", True),
        (NIGHT, "2027-03-08T08:00", False),
        (NIGHT, "2027-03-09T07:00", False),
    ],
)
def test_hours_say_who_is_there_and_over_midnight_too(windows, at, there):
    assert hours.is_there(windows, datetime.fromisoformat(at)) is there


@pytest.mark.parametrize(
    ("clock", "words"),
    [
        (12, "Monday 6 pm to 10:30 pm, Sunday 8 pm to noon"),
        (24, "Monday 18:00 to 22:30, Sunday 20:00 to 12:00"),
    ],
)
def test_hours_are_read_by_weekday(clock, words):
    windows = [[6, "20:00", "12:00"], [0, "18:00", "22:30"]]

    assert hours.in_words(windows, hours=clock).replace("\u00a0", " ") == words


# Saying how somebody helps

TYPED = {
    "help": "drives",
    "is_adult": "no",
    "device": "own",
    "phone": "",
    "language": "Español",
    "version": "1",
}


def paths(cast):
    bea = cast.bea_member.id
    return {
        "bea": "/circle/helping",
        "ana": f"/circle/members/{bea}/helping",
        "nia": f"/clinic/patients/{cast.ana_patient.id}/circle/{bea}/helping",
    }


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["ana", "bea", "nia"])
def test_helper_patient_and_staff_say_how_somebody_helps(cast, clock, name):
    typed = TYPED | {"from_0": "18:00", "to_0": "22:00", "interpreter": "on"}
    browser = cast.browser(name, clock.now)

    assert browser.get(paths(cast)[name]).status_code == 200
    assert browser.post(paths(cast)[name], typed).status_code == 302

    row = CircleMember.objects.get(pk=cast.bea_member.pk)
    assert (row.help, row.is_adult, row.hours, row.language, row.interpreter, row.version) == (
        "drives", False, [[0, "18:00", "22:00"]], "Español", True, 2,
    )  # fmt: skip
    assert AuditEvent.objects.filter(verb="helper.change", patient_id=cast.ana_patient.id).count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["oli", "cal", "dee", "dee_caring", "eve", "zoe"])
def test_nobody_else_says_how_somebody_helps(cast, clock, name):
    browser = cast.browser(name, clock.now, fresh=True)

    for path in (paths(cast)["ana"], paths(cast)["nia"]):
        assert browser.post(path, TYPED).status_code == 404


@pytest.mark.django_db
def test_two_at_once_see_what_stands_and_lose_nothing(as_nia, cast):
    path = paths(cast)["nia"]
    as_nia.post(path, TYPED)

    page = as_nia.post(path, TYPED | {"help": "phone", "language": "Deutsch"})

    text = page.content.decode()
    assert page.status_code == 422
    assert "Someone changed this" in text
    assert "Deutsch" in text
    assert "Only drives" in text
    assert as_nia.post(path, TYPED | {"help": "phone", "version": "2"}).status_code == 302


@pytest.mark.django_db
def test_half_a_day_is_refused_where_it_stands(as_bea):
    page = as_bea.post("/circle/helping", TYPED | {"from_2": "18:00"})

    assert page.status_code == 422
    assert "Type both times, or neither." in page.content.decode()


@pytest.mark.django_db
def test_patient_cannot_change_the_number_of_a_helper(as_ana, cast):
    as_ana.post(paths(cast)["ana"], TYPED | {"phone": "(212) 555-0133"})

    assert CircleMember.objects.get(pk=cast.bea_member.pk).phone == ""


@pytest.fixture
def elsewhere(cast, now):
    """Bea cares for Oli at the same clinic and for Zoe at the other one too, each on her own number."""
    places = people.member(cast.oli_patient, cast.bea, now), people.member(cast.zoe_patient, cast.bea, now)
    CircleMember.objects.filter(pk__in=[place.pk for place in places]).update(phone="+12125550133")
    return places


@pytest.mark.django_db
@pytest.mark.threat("T4")
def test_number_staff_type_is_of_one_circle_and_stands_in_the_audit(as_nia, cast, elsewhere):
    answer = as_nia.post(paths(cast)["nia"], TYPED | {"phone": "(212) 555-0144"})

    assert answer.status_code == 302
    assert CircleMember.objects.get(pk=cast.bea_member.pk).phone == "+12125550144"
    assert {CircleMember.objects.get(pk=place.pk).phone for place in elsewhere} == {"+12125550133"}
    assert AuditEvent.objects.filter(verb="helper.change", subject_id=cast.bea_member.pk).count() == 1


@pytest.mark.django_db
@pytest.mark.threat("T4")
def test_number_given_to_one_circle_is_not_shown_in_another(as_nia, as_bea, cast, elsewhere):
    for page in (as_nia.get(paths(cast)["nia"]), as_bea.get(paths(cast)["bea"])):
        assert page.status_code == 200
        assert "555-0133" not in page.content.decode()


@pytest.mark.django_db
@pytest.mark.threat("T3")
def test_shared_phone_signs_in_each_time(as_bea, cast):
    as_bea.post("/circle/helping", TYPED | {"device": "shared"})
    as_bea.post("/me/device", {"own_device": "yes"})

    assert as_bea.session["own_device"] is False
    assert access.shares_phone(cast.bea)


@pytest.mark.django_db
@pytest.mark.threat("T3")
def test_phone_that_staff_learn_is_shared_is_signed_out(as_nia, as_bea, cast):
    as_nia.post(paths(cast)["nia"], TYPED | {"device": "shared"})

    assert as_bea.get("/now").status_code == 302


@pytest.mark.django_db
def test_who_left_is_not_changed_any_more(cast, now):
    CircleMember.objects.filter(pk=cast.bea_member.pk).update(state="left")

    with pytest.raises(Refused):
        helping.change(member=cast.bea_member, helping=Helping(), version=1, by=cast.sees("nia"), now=now)
    with pytest.raises(Stale):
        helping.change(member=cast.cal_member, helping=Helping(), version=9, by=cast.sees("nia"), now=now)


# Somebody without e-mail


def add(cast, now, who="nia", **changes):
    given = {"name": "Gus Grey", "phone": "+12125550144", "relation": "parent", "client_id": uuid4()}
    known = Helping(help="comes-over", is_adult=True, device="none")
    return helping.add_without_mail(
        patient=cast.ana_patient, helping=known, by=cast.sees(who), now=now, **given | changes
    )


@pytest.mark.django_db
@pytest.mark.hazard("H9")
def test_helper_without_mail_is_in_the_circle_and_may_stay(cast, now):
    row = add(cast, now)

    assert not row.user.has_mail
    assert plans.may_be_named_adult(row)
    assert row in [member for member, _shares in plans.members(cast.ana_patient)]


@pytest.mark.django_db
def test_same_form_is_one_helper(cast, now):
    client_id = uuid4()
    first = add(cast, now, client_id=client_id)

    assert add(cast, now, client_id=client_id) == first
    with pytest.raises(Replayed):
        add(cast, now, client_id=client_id, name="Gus Green")


@pytest.mark.django_db
@pytest.mark.threat("T2")
def test_patient_after_an_infusion_adds_nobody(cast, now):
    Patient.objects.filter(pk=cast.ana_patient.pk).update(impaired_until=now.replace(year=now.year + 1))

    with pytest.raises(Impaired):
        add(cast, now, "ana")


@pytest.mark.django_db
def test_helper_without_mail_is_called_whatever_is_typed(as_nia, cast, now):
    row = add(cast, now)
    path = f"/clinic/patients/{cast.ana_patient.id}/circle/{row.id}/helping"

    page = as_nia.post(path, TYPED | {"device": "own", "phone": "+12125550144"})

    assert page.status_code == 422
    assert "have no e-mail address" in page.content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("name", "relation", "lives"),
    [("ana", "They are your …", "Lives with you"), ("nia", "They are the patient’s …", "Lives with Ana")],
)
def test_page_asks_in_the_words_of_who_reads_it(cast, clock, name, relation, lives):
    browser = cast.browser(name, clock.now, fresh=True)
    path = "/circle/helper" if name == "ana" else f"/clinic/patients/{cast.ana_patient.id}/helper"

    page = browser.get(path).content.decode()

    assert (page.count(relation), page.count(lives)) == (1, 1)


@pytest.mark.parametrize("name", ["ana", "nia"])
def test_page_adds_somebody_who_agreed_and_whose_number_is_one(cast, clock, name):
    browser = cast.browser(name, clock.now, fresh=True)
    path = "/circle/helper" if name == "ana" else f"/clinic/patients/{cast.ana_patient.id}/helper"
    typed = {
        "name": "Gus Grey", "phone": "(212) 555-0144", "relation": "parent", "help": "comes-over",
        "is_adult": "yes", "language": "", "client_id": str(uuid4()),
    }  # fmt: skip

    wrong = browser.post(path, typed | {"phone": "12", "agreed": "on"})
    unasked = browser.post(path, typed)
    done = browser.post(path, typed | {"agreed": "on"})

    assert (browser.get(path).status_code, wrong.status_code, unasked.status_code, done.status_code) == (
        200, 422, 422, 302,
    )  # fmt: skip
    row = CircleMember.objects.get(user__name="Gus Grey")
    assert (row.phone, row.device, row.is_adult) == ("+12125550144", "none", True)


@pytest.mark.threat("T1")
@pytest.mark.parametrize("changed", [{"state": "revoked"}, {"kinds": []}])
def test_who_was_taken_out_finds_the_same_as_between_two_series(as_bea, cast, changed):
    CircleMember.objects.filter(pk=cast.bea_member.pk).update(**changed)

    for answer in (as_bea.get("/circle/helping"), as_bea.post("/circle/helping", TYPED)):
        assert (answer.status_code, answer["Location"]) == (302, "/circle")
