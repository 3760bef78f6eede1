"""Who looked: for the patient in words, for an administrator with the state of the chain (A9, Q5)."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from luna.audit import actions, jobs
from luna.audit.models import AuditEvent, AuditSeal


def looked(cast, who, patient, now, verb="chart.read"):
    actions.record(verb, by=cast.sees(who), subject=patient, now=now)


def test_who_looked_names_people_and_says_what_they_did(as_ana, cast, now):
    looked(cast, "nia", cast.ana_patient, now)
    looked(cast, "bea", cast.ana_patient, now, "plan.read")

    text = as_ana.get("/who-looked").content.decode()

    assert "Nia Noor opened your chart" in text
    assert "nurse · today at noon" in text
    assert "Bea Burns looked at your plan" in text


def test_call_for_help_that_climbs_all_night_does_not_bury_who_looked(as_ana, cast, now):
    clock = actions.Actor(cast.harbour.id, "clock")
    actions.record("escalation.open", by=clock, subject=cast.ana_patient, now=now)
    for _rung in range(3):
        actions.record("escalation.climb", by=clock, subject=cast.ana_patient, now=now)

    text = as_ana.get("/who-looked").content.decode()

    assert text.count("Luna itself") == 1
    assert "called the clinic’s attention" in text


def test_who_looked_leaves_out_the_patient_unless_asked(as_ana):
    as_ana.get("/circle")

    without, within = (as_ana.get(path).content.decode() for path in ("/who-looked", "/who-looked?own"))

    assert ("looked at your circle" in without, "looked at your circle" in within) == (False, True)


@pytest.mark.threat("T5")
def test_who_looked_shows_only_ones_own(as_ana, cast, now):
    looked(cast, "nia", cast.oli_patient, now)
    looked(cast, "eve", cast.zoe_patient, now)

    text = as_ana.get("/who-looked").content.decode()

    assert ("Nia Noor" in text, "Eve Eames" in text) == (False, False)


def test_who_looked_takes_as_many_queries_for_many(as_ana, cast, now):
    looked(cast, "nia", cast.ana_patient, now)
    few = queries(as_ana, "/who-looked")
    for who in ("nia", "diaz", "bea"):
        for _line in range(10):
            looked(cast, who, cast.ana_patient, now)

    assert queries(as_ana, "/who-looked") == few


def queries(browser, path):
    browser.get(path)
    with CaptureQueriesContext(connection) as captured:
        browser.get(path)
    return len(captured)


@pytest.mark.parametrize("who", ["as_bea", "as_nia", "as_cal"])
def test_who_looked_is_for_the_patient_alone(who, request):
    assert request.getfixturevalue(who).get("/who-looked").status_code == 404


def test_audit_is_for_administrators(as_diaz, as_nia, cast, now):
    looked(cast, "nia", cast.ana_patient, now)
    looked(cast, "eve", cast.zoe_patient, now)

    text = as_diaz.get("/clinic/audit").content.decode()

    assert as_nia.get("/clinic/audit").status_code == 404
    assert ("Ana Abel" in text, "Zoe Zhu" in text, "Eve Eames" in text) == (True, False, False)


def test_audit_of_one_patient(as_diaz, cast, now):
    looked(cast, "nia", cast.ana_patient, now)
    looked(cast, "nia", cast.oli_patient, now)

    text = as_diaz.get("/clinic/audit", {"patient": cast.oli_patient.id}).content.decode()

    assert ("Oli Orr" in text, "Ana Abel" in text) == (True, False)


@pytest.mark.threat("T4")
@pytest.mark.parametrize("wanted", ["zoe", "x", ""])
def test_audit_of_a_patient_elsewhere_is_not_found(as_diaz, cast, wanted):
    wanted = cast.zoe_patient.id if wanted == "zoe" else wanted

    assert as_diaz.get("/clinic/audit", {"patient": wanted}).status_code == 404


def test_audit_says_that_the_chain_is_whole(as_diaz, cast, now):
    looked(cast, "nia", cast.ana_patient, now)
    jobs.run(now)

    assert "Whole: the newest 1 lines" in as_diaz.get("/clinic/audit").content.decode()


@pytest.mark.threat("T5")
def test_audit_says_that_the_chain_is_broken(as_diaz, cast, now):
    looked(cast, "nia", cast.ana_patient, now)
    forged = AuditEvent.objects.get()
    AuditSeal.objects.create(chain=cast.harbour.id, number=1, event=forged, hash="0" * 64, sealed_at=now)

    text = as_diaz.get("/clinic/audit").content.decode()

    assert "The audit was tampered with" in text
    assert "line 1 was changed" in text
