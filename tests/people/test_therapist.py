"""An outside therapist: let in by the patient, to the times and no more; never on duty, never watching."""

from uuid import uuid4

import pytest
from django.test import Client

from luna.clinical import tailoring
from luna.notices import jobs as notices
from luna.notices.models import Notice
from luna.people import access, plans
from luna.people.actions import circle, invitations
from luna.people.models import CircleMember, Invitation
from luna.treatment import plans as treatment
from luna.treatment.models import Series
from tests import cast as people
from tests.test_access import GUARDED, things

pytestmark = pytest.mark.django_db
__all__ = ["things"]


@pytest.fixture
def tom(cast, now) -> CircleMember:
    """Tom, Ana's therapist, who accepted her invitation."""
    user = people.user("Tom Teller", now)
    invitation = invitations.invite(
        patient=cast.ana_patient, role="therapist", email=user.email, name=user.name,
        by=cast.sees("ana"), client_id=uuid4(), now=now,
    )  # fmt: skip
    circle.accept(invitation=invitation, user=user, name=user.name, zone="", now=now)
    return CircleMember.objects.get(user=user)


@pytest.fixture
def as_tom(tom, clock) -> Client:
    return people.browser(tom.user, f"therapist:{tom.patient_id.hex}", clock.now, fresh=True)


def test_patient_invites_a_therapist_who_is_written_to_in_words_of_their_own(as_ana_fresh, cast, now):
    typed = {"name": "Tom Teller", "email": "tom@example.org", "client_id": str(uuid4())}

    assert as_ana_fresh.get("/circle/therapist").status_code == 200
    assert as_ana_fresh.post("/circle/therapist", typed).status_code == 302
    notices.invite(now)

    assert Invitation.objects.get().role == "therapist"
    assert Notice.objects.get(to_email="tom@example.org").words == "invite-therapist"


@pytest.mark.parametrize("name", ["bea", "nia", "oli"])
def test_only_the_patient_lets_a_therapist_in(cast, clock, name):
    browser = cast.browser(name, clock.now, fresh=True)
    typed = {"name": "Tom Teller", "email": "tom@example.org", "client_id": str(uuid4())}

    browser.post("/circle/therapist", typed)

    assert not Invitation.objects.filter(patient=cast.ana_patient).exists()


def test_therapist_sees_the_times_and_nothing_else_by_default(tom):
    assert access.shared_with(tom) == {"schedule"}
    assert [str(label) for _capacity, label in access.capacities(tom.user)] == ["Therapist of Ana"]


@pytest.mark.threat("T4")
def test_every_page_that_does_not_name_therapists_is_not_there(things, as_tom):
    viewer_kinds = {"therapist", "person", "public"}
    wrong = []
    for address in GUARDED:
        if viewer_kinds & set(address.kinds):
            continue
        for method in ("get", "post"):
            if getattr(as_tom, method)(address.path(things)).status_code != 404:
                wrong.append((address.name, method))

    assert wrong == []


def test_page_shows_the_times_to_come(care, as_tom):
    page = as_tom.get("/therapy").content.decode()

    assert "Ana’s infusions" in page
    assert page.count('<li class="num">') == 6
    assert "Schedule and tasks" in page


def test_page_is_empty_once_the_patient_stopped_sharing(cast, care, tom, as_tom, now):
    circle.revoke(member=tom, by=cast.sees("ana"), now=now)

    page = as_tom.get("/therapy").content.decode()

    assert "Nothing to do here now." in page
    assert "infusions" not in page


def test_therapist_leaves_without_saying_why(tom, as_tom):
    assert "Leave Ana’s circle?" in as_tom.get("/circle/leave").content.decode()
    as_tom.post("/circle/leave")

    tom.refresh_from_db()
    assert tom.state == "left"


@pytest.mark.hazard("H9")
def test_therapist_is_never_on_duty_and_gets_no_steps(cast, care, tom, now):
    CircleMember.objects.filter(pk=tom.pk).update(help="lives-with", is_adult=True)
    CircleMember.objects.filter(pk=cast.bea_member.pk).update(state="left")
    tom.refresh_from_db()

    facts = treatment.facts(treatment.loaded(Series.objects.filter(pk=care.series.pk))[0])

    assert not plans.may_be_named_adult(tom)
    assert tailoring.HAS_CARETAKER not in facts.tags
    assert not Notice.objects.filter(to_user=tom.user).exists()


def test_sign_in_leads_a_therapist_to_their_own_page(as_tom):
    session = as_tom.session
    session["pin_asked"] = True
    session.save()

    assert as_tom.get("/").url == "/therapy"


def test_patient_sees_it_as_the_therapist_does(as_ana, care, tom):
    page = as_ana.get(f"/circle/members/{tom.id}/sees/therapy")

    assert page.status_code == 200
    assert "Ana’s infusions" in page.content.decode()
