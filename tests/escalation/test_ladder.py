"""The ladder's page: who is told, and what would not climb is refused in words."""

from datetime import timedelta

import pytest

from luna.audit.models import AuditEvent
from luna.escalation import jobs
from luna.escalation.models import Escalation, Rung
from luna.notices.models import Notice
from luna.people.models import Clinic, Clinician
from tests.escalation.crew import opened, set_rungs

pytestmark = pytest.mark.django_db

PAGE = "/clinic/ladder"


def form(cast, *rungs, version=None):
    """Return the form as typed: ("role:nurse", "0"), ("person:diaz", "10")."""
    typed = {"version": version or Clinic.objects.get(id=cast.harbour.id).version}
    for position, (who, after_min) in enumerate(rungs):
        kind, _sep, name = who.partition(":")
        if kind == "person":
            who = f"person:{Clinician.objects.get(user=getattr(cast, name)).id}"
        typed |= {f"rung{position}-who": who, f"rung{position}-after_min": after_min}
    return typed


def stored(cast):
    return list(
        Rung.objects.filter(clinic=cast.harbour)
        .order_by("position")
        .values_list("position", "role", "clinician__user", "after_min")
    )


def test_ladder_is_saved_in_order_and_audited(as_diaz, cast):
    answer = as_diaz.post(PAGE, form(cast, ("role:nurse", "0"), ("", ""), ("person:diaz", "15")))

    assert answer.url == PAGE
    assert stored(cast) == [(0, "nurse", None, 0), (1, "", cast.diaz.id, 15)]
    assert AuditEvent.objects.get(verb="ladder.change").actor_id == cast.diaz.id
    assert Clinic.objects.get(id=cast.harbour.id).version == cast.harbour.version + 1


def test_page_says_truthfully_what_luna_does(as_diaz, cast):
    set_rungs(cast, ("role:nurse", 0), ("role:therapist", 5))

    page = as_diaz.get(PAGE).content.decode()

    assert "Luna does not ring a phone here, so keep the nurse line answered." in page
    assert "Nobody. The clinic’s lead would be told instead." in page
    assert page.count("Nia Noor") == 7  # who is reached now, and in each of the six menus


@pytest.mark.parametrize(
    ("rungs", "message"),
    [
        ([], "Name at least one person or role. Otherwise nobody is ever told."),
        ([("role:nurse", "5")], "The first step is told at once. Enter 0 minutes."),
        (
            [("role:nurse", "0"), ("person:diaz", "20"), ("role:admin", "10")],
            "Each step comes after the one before it. Enter 20 minutes or more.",
        ),
        ([("role:therapist", "0")], "No step reaches anyone who works here now. Name someone who does."),
        ([("role:nurse", "")], "Enter after how many minutes."),
        ([("role:nurse", "soon")], "Enter a whole number of minutes, like 10."),
        ([("role:nurse", "-1")], "Enter 0 or more minutes."),
        ([("role:nurse", "1441")], "Enter at most 1440 minutes."),
        ([("role:king", "0")], "Select a valid choice. role:king is not one of the available choices."),
    ],
)
def test_ladder_that_would_not_climb_is_refused(as_diaz, cast, rungs, message):
    answer = as_diaz.post(PAGE, form(cast, *rungs))

    page = answer.content.decode()
    assert answer.status_code == 422
    assert message in page
    assert "Error:" in page
    assert stored(cast) == []


@pytest.mark.threat("T4")
def test_person_of_another_clinic_cannot_be_named(as_diaz, cast):
    assert as_diaz.post(PAGE, form(cast, ("person:dee", "0"))).status_code == 422
    assert stored(cast) == []


def test_ladder_changed_in_another_tab_is_stale_and_keeps_what_was_typed(as_diaz, cast):
    before = form(cast, ("role:nurse", "0"))
    as_diaz.post(PAGE, form(cast, ("role:admin", "0")))

    answer = as_diaz.post(PAGE, before)

    page = answer.content.decode()
    assert answer.status_code == 422
    assert "Someone changed this while you had it open." in page
    assert '<option value="role:nurse" selected>' in page
    assert stored(cast) == [(0, "admin", None, 0)]


@pytest.mark.hazard("H5")
def test_change_reaches_an_escalation_that_is_open(as_diaz, cast, now):
    set_rungs(cast, ("role:nurse", 0), ("person:diaz", 60))
    opened(cast, now)
    jobs.run(now)

    as_diaz.post(PAGE, form(cast, ("role:nurse", "0"), ("person:diaz", "5")))
    jobs.run(now + timedelta(minutes=5))

    assert set(Notice.objects.values_list("to_user", flat=True)) == {cast.nia.id, cast.diaz.id}


def test_change_does_not_begin_anew_an_escalation_everybody_was_told_of(as_diaz, cast, now):
    set_rungs(cast, ("role:nurse", 0))
    opened(cast, now)
    jobs.run(now)

    as_diaz.post(PAGE, form(cast, ("role:nurse", "0")))

    assert Escalation.objects.get().next_rung_at == now + timedelta(minutes=30)


@pytest.mark.threat("T4")
@pytest.mark.parametrize("who", ["as_nia", "as_ana", "as_bea", "as_cal", "as_dee", "as_dee_caring"])
def test_page_is_for_administrators_only(request, who, cast):
    client = request.getfixturevalue(who)

    assert client.get(PAGE).status_code == 404
    assert client.post(PAGE, form(cast, ("role:nurse", "0"))).status_code == 404


@pytest.mark.threat("T4")
def test_administrator_of_another_clinic_changes_only_their_own(as_eve, cast):
    as_eve.post(PAGE, form(cast, ("role:prescriber", "0")))

    assert stored(cast) == []
    assert Rung.objects.get().clinic_id == cast.hill.id
