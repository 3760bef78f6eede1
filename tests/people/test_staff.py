"""Staff: added by an administrator, told by a message, ended at once, never left without one."""

import pytest
from django.conf import settings

from luna.people import plans, tombstones
from luna.people.models import Clinician, User
from tests import cast as people

NEW = {"email": "Roy@Example.org", "name": "Roy Rowe", "title": "RN", "roles": ["nurse", "coordinator"]}


def test_staff_is_listed_for_administrators(as_diaz):
    text = as_diaz.get("/clinic/staff").content.decode()

    for words in ("Delia Diaz", "Nia Noor", "prescriber, administrator"):
        assert words in text
    assert "Eve Eames" not in text


def test_added_staff_can_come_in_and_will_be_told(as_diaz, cast):
    as_diaz.post("/clinic/staff/add", NEW)

    added = Clinician.objects.get(user__email="roy@example.org")
    assert (added.clinic_id, added.roles, added.title) == (cast.harbour.id, ["coordinator", "nurse"], "RN")
    assert list(plans.staff_to_tell()) == [added]


def test_added_staff_keeps_an_account_they_have(as_diaz, cast):
    as_diaz.post("/clinic/staff/add", NEW | {"email": "cal@example.org"})

    assert Clinician.objects.get(user=cast.cal).clinic_id == cast.harbour.id
    assert User.objects.get(pk=cast.cal.pk).name == "Cal Cole"


def test_staff_added_twice_is_refused(as_diaz):
    as_diaz.post("/clinic/staff/add", NEW)

    again = as_diaz.post("/clinic/staff/add", NEW)

    assert again.status_code == 422
    assert "on your staff already" in again.content.decode()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"email": "roy"}, "Type an e-mail address"),
        ({"name": ""}, "Type a name."),
        ({"roles": []}, "Choose at least one."),
        ({"roles": ["king"]}, "Select a valid choice."),
        ({"title": "x" * 41}, "Use at most 40 letters. There are 41."),
    ],
)
def test_added_staff_with_a_mistake_says_so(as_diaz, change, words):
    response = as_diaz.post("/clinic/staff/add", NEW | change)

    assert response.status_code == 422
    assert words in response.content.decode()
    assert not Clinician.objects.filter(user__email="roy@example.org").exists()


@pytest.mark.threat("T1")
def test_staff_pages_that_change_roles_ask_for_the_second_factor_again(cast, clock):
    browser = cast.browser("diaz", clock.now)

    assert browser.get("/clinic/staff/add").url.startswith("/me/unlock")
    assert browser.post("/clinic/staff/add", NEW).status_code == 423
    assert not Clinician.objects.filter(user__email="roy@example.org").exists()


@pytest.mark.threat("T5")
def test_staff_is_for_administrators_only(as_nia, cast):
    nia = Clinician.objects.get(user=cast.nia)

    answers = [
        as_nia.post(path, NEW | {"version": 1, "roles": ["admin"]}).status_code
        for path in ("/clinic/staff/add", f"/clinic/staff/{nia.id}", f"/clinic/staff/{nia.id}/deactivate")
    ]

    nia.refresh_from_db()
    assert answers == [404, 404, 404]
    assert nia.roles == ["nurse"]


def test_roles_are_changed(as_diaz, cast):
    nia = Clinician.objects.get(user=cast.nia)

    as_diaz.post(f"/clinic/staff/{nia.id}", {"title": "RN", "roles": ["nurse", "admin"], "version": 1})

    nia.refresh_from_db()
    assert (nia.roles, nia.version) == (["admin", "nurse"], 2)


def test_roles_changed_in_two_tabs_show_both(as_diaz, cast):
    nia = Clinician.objects.get(user=cast.nia)
    path = f"/clinic/staff/{nia.id}"
    as_diaz.post(path, {"title": "Senior RN", "roles": ["nurse"], "version": 1})

    second = as_diaz.post(path, {"title": "RN BSN", "roles": ["nurse"], "version": 1})

    assert second.status_code == 422
    assert "<td>Senior RN</td><td>RN BSN</td>" in second.content.decode()


def test_last_administrator_stays(as_diaz, cast):
    diaz = Clinician.objects.get(user=cast.diaz)

    ended = as_diaz.post(f"/clinic/staff/{diaz.id}/deactivate")
    demoted = as_diaz.post(f"/clinic/staff/{diaz.id}", {"title": "MD", "roles": ["prescriber"], "version": 1})

    diaz.refresh_from_db()
    for response in (ended, demoted):
        assert response.status_code == 422
        assert "only administrator" in response.content.decode()
    assert (diaz.active, diaz.roles) == (True, ["prescriber", "admin"])


def test_administrator_can_go_when_there_is_another(as_diaz, cast, now):
    people.staff(cast.harbour, cast.cal, ["admin"], now)
    diaz = Clinician.objects.get(user=cast.diaz)

    as_diaz.post(f"/clinic/staff/{diaz.id}/deactivate")

    diaz.refresh_from_db()
    assert diaz.active is False


@pytest.mark.threat("T5")
def test_ended_staff_is_out_at_once(as_diaz, as_nia, cast):
    nia = Clinician.objects.get(user=cast.nia)
    before = as_nia.get("/clinic/patients").status_code

    as_diaz.post(f"/clinic/staff/{nia.id}/deactivate")

    assert (before, as_nia.get("/clinic/patients").status_code) == (200, 404)


@pytest.mark.threat("T9")
def test_ended_staff_stays_out_after_a_restore(as_diaz, cast):
    nia = Clinician.objects.get(user=cast.nia)
    as_diaz.post(f"/clinic/staff/{nia.id}/deactivate")
    Clinician.objects.filter(pk=nia.pk).update(active=True)  # as yesterday's backup has it

    tombstones.replay()

    assert Clinician.objects.get(pk=nia.pk).active is False
    assert settings.LUNA_TOMBSTONES.read_text().count(str(nia.id)) == 1


def test_ended_staff_added_again_stays_in_after_a_restore(as_diaz, cast, clock):
    nia = Clinician.objects.get(user=cast.nia)
    as_diaz.post(f"/clinic/staff/{nia.id}/deactivate")
    clock.move(minutes=1)
    as_diaz.post("/clinic/staff/add", NEW | {"email": "nia@example.org"})

    tombstones.replay()

    assert Clinician.objects.get(pk=nia.pk).active is True


@pytest.mark.threat("T4")
@pytest.mark.parametrize("rest", ["", "/deactivate", "/let-back-in"])
def test_staff_of_another_clinic_is_not_found(as_diaz, cast, rest):
    eve = Clinician.objects.get(user=cast.eve)

    assert as_diaz.post(f"/clinic/staff/{eve.id}{rest}").status_code == 404


def test_let_back_in_shows_a_code_for_a_colleague(as_diaz, cast):
    nia = Clinician.objects.get(user=cast.nia)

    asked = as_diaz.get(f"/clinic/staff/{nia.id}/let-back-in").content.decode()
    told = as_diaz.post(f"/clinic/staff/{nia.id}/let-back-in").content.decode()

    assert "face to face" in asked
    assert "Read this code to them" in told
