"""Clinics are strictly apart, and one person's capacities never add up; and every look is written down."""

from copy import copy

import pytest
from django.db import transaction
from django.test import Client

from luna.audit.models import AuditEvent
from luna.people import access
from luna.people.actions import sharing
from luna.people.models import CircleMember
from tests import cast as people
from tests.test_access import GUARDED, shown_of_ana, things

pytestmark = pytest.mark.threat("T4")
__all__ = ["things"]  # something of Ana's for every address

DOOR = "chart-reason"  # asks why, before anything but the name is shown
OPEN_TO_STAFF = [one for one in GUARDED if "staff" in one.kinds and one.is_of_ana and one.name != DOOR]


@pytest.fixture
def nia_cares(cast, now) -> CircleMember:
    """Nia, a nurse at Harbour Clinic, is Zoe's caretaker at Hill Clinic."""
    return people.member(cast.zoe_patient, cast.nia, now)


def viewers(cast, nia_cares) -> dict[str, access.Viewer]:
    return {
        "at work": people.viewer(cast.nia, f"staff:{cast.harbour.id.hex}"),
        "at home": people.viewer(cast.nia, f"caretaker:{cast.zoe_patient.id.hex}"),
    }


def test_nurse_here_and_caretaker_there_sees_in_each_only_what_it_allows(cast, nia_cares):
    seen = viewers(cast, nia_cares)

    assert (seen["at work"].is_staff, seen["at home"].is_staff) == (True, False)
    assert seen["at home"].roles == frozenset()
    assert seen["at home"].kinds == frozenset(access.PRACTICAL)
    for where, patient, expected in (
        ("at work", cast.ana_patient, True),
        ("at work", cast.zoe_patient, False),
        ("at home", cast.zoe_patient, True),
        ("at home", cast.ana_patient, False),
    ):
        may = seen[where].may_see("schedule", patient_id=patient.id, clinic_id=patient.clinic_id)
        assert (where, patient.name, may) == (where, patient.name, expected)


def test_scores_of_a_patient_elsewhere_stay_closed_to_a_nurse_who_cares_for_them(cast, nia_cares):
    seen = viewers(cast, nia_cares)
    about = {"patient_id": cast.zoe_patient.id, "clinic_id": cast.hill.id}

    assert [seen[where].may_see("scores", **about) for where in seen] == [False, False]


def test_page_of_work_is_not_found_at_home_and_the_reverse(cast, nia_cares, clock):
    at_work = people.browser(cast.nia, f"staff:{cast.harbour.id.hex}", clock.now, fresh=True)
    at_home = people.browser(cast.nia, f"caretaker:{cast.zoe_patient.id.hex}", clock.now, fresh=True)

    assert at_work.get(f"/clinic/patients/{cast.zoe_patient.id}").status_code == 404
    assert at_home.get(f"/clinic/patients/{cast.ana_patient.id}").status_code == 404
    assert at_work.get("/circle").status_code == 404
    assert "Zoe" in at_home.get("/circle").content.decode()


def test_sharing_with_somebody_who_is_staff_elsewhere_opens_nothing_at_their_work(cast, nia_cares, now):
    everything = sharing.Choice(
        nia_cares.pk, frozenset(access.SHAREABLE), is_kept=False, version=nia_cares.version
    )

    sharing.choose(choices=[everything], by=cast.sees("zoe"), now=now)

    seen = viewers(cast, nia_cares)
    assert seen["at home"].kinds == frozenset(access.SHAREABLE)
    assert not seen["at work"].may_see("journal", patient_id=cast.zoe_patient.id, clinic_id=cast.hill.id)


@pytest.mark.threat("T5")
def test_every_look_of_staff_at_something_of_anas_is_written_down(things, cast, clock):
    browser, silent = cast.browser("diaz", clock.now, fresh=True), []
    for address in OPEN_TO_STAFF:
        if not set(address.arguments) <= set(things):
            continue
        with transaction.atomic():
            client = Client()
            client.cookies = copy(browser.cookies)
            before = AuditEvent.objects.filter(patient_id=cast.ana_patient.id, actor_id=cast.diaz.id).count()
            response = client.get(address.path(things))
            after = AuditEvent.objects.filter(patient_id=cast.ana_patient.id, actor_id=cast.diaz.id).count()
            transaction.set_rollback(True)
        is_page = response.status_code == 200 and response["Content-Type"].startswith("text/html")
        if is_page and shown_of_ana(response) and after == before:
            silent.append(address.name)

    assert silent == []
