"""The database itself refuses to mix two clinics or two patients, on both engines."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction

from luna.careplan.models import Mark, Outcome
from luna.checkins.models import Watch
from luna.people.models import Chair, Clinician
from luna.records.models import Draft, Response
from luna.treatment.models import EpisodeOfCare, Infusion, Moment, Series
from tests import care as cares

pytestmark = [pytest.mark.django_db, pytest.mark.threat("T4")]

care = cares.care  # the fixture


@pytest.fixture
def others(care, now) -> Series:
    """Another patient's series, at the same clinic."""
    someone = cares.new_in_care(care.cast, "Max Moor", now)
    return cares.start(care.cast, now, of=someone, hour="13:00")


def refuse(write) -> None:
    with pytest.raises(IntegrityError, match="this write is refused"), transaction.atomic():
        write()


def fact(care, now) -> dict:
    ana, cast = care.cast.ana_patient, care.cast
    return {
        "clinic": cast.harbour, "patient": ana, "at": now, "recorded_at": now, "by": cast.ana,
        "capacity": "patient", "client_id": uuid4(),
    }  # fmt: skip


def outcome(series: Series, now, **changed) -> Outcome:
    values = {
        "clinic_id": series.clinic_id, "patient_id": series.patient_id, "series": series, "task_key": "k",
        "revision": 1, "step": "eat", "actor": "patient", "opens_at": now, "due_at": now, "closes_at": now,
        "result": "done", "protocol_sha256": "x", "at": now,
    }  # fmt: skip
    return Outcome.objects.create(**values | changed)


def draft(patient, by, now) -> Draft:
    return Draft.objects.create(
        clinic_id=patient.clinic_id, patient=patient, by=by, capacity="staff", questionnaire="intake",
        questionnaire_version="1", begun_at=now, saved_at=now,
    )  # fmt: skip


def test_infusion_is_of_the_patient_of_its_series(care, others):
    refuse(lambda: Infusion.objects.filter(id=care.infusions[0].id).update(series=others))


def test_series_is_of_the_patient_of_its_episode(care, others):
    refuse(lambda: Series.objects.filter(id=care.series.id).update(episode=others.episode))


def test_moment_is_of_the_patient_of_its_infusion(care, others, now):
    visit = others.infusions.first()

    refuse(lambda: Moment.objects.create(**fact(care, now), infusion=visit, what="arrived"))


def test_watch_is_of_the_patient_of_its_infusion(care, others, now):
    visit, cast = others.infusions.first(), care.cast
    values = {"clinic": cast.harbour, "adult": cast.bea, "started_at": now, "ends_at": now + timedelta(1)}

    refuse(lambda: Watch.objects.create(**values, infusion=visit, patient=cast.ana_patient))

    Watch.objects.create(**values, infusion=visit, patient=others.patient)


def test_mark_takes_the_place_only_of_one_about_the_same_patient(care, others, now):
    said = {"task_key": "k", "done": True, "revision": 1}
    first = Mark.objects.create(**fact(care, now) | {"patient": others.patient}, **said)

    refuse(lambda: Mark.objects.create(**fact(care, now), **said, supersedes=first))


def test_outcome_is_of_the_patient_of_its_series(care, others, now):
    refuse(lambda: outcome(care.series, now, patient_id=others.patient_id))
    refuse(lambda: outcome(care.series, now, clinic_id=care.cast.hill.id))

    assert outcome(care.series, now).series == care.series


def test_answers_are_of_the_patient_of_their_draft(care, others, now):
    nia, ana = care.cast.nia, care.cast.ana_patient
    said = {"questionnaire": "intake", "questionnaire_version": "1", "answers": {}, "content_hash": "x"}
    theirs, own = draft(others.patient, nia, now), draft(ana, nia, now)

    refuse(lambda: Response.objects.create(**fact(care, now), **said, draft=theirs))

    assert Response.objects.create(**fact(care, now), **said, draft=own).draft == own


def test_draft_never_moves_to_another_patient_or_writer(care, others, now):
    own = draft(care.cast.ana_patient, care.cast.nia, now)
    rows = Draft.objects.filter(id=own.id)

    refuse(lambda: rows.update(patient=others.patient))
    refuse(lambda: rows.update(by=care.cast.bea))

    assert rows.update(answers={"born": "1990-05-31"}, version=1) == 1


@pytest.mark.parametrize("model", [EpisodeOfCare, Series, Infusion])
def test_row_never_moves_to_another_patient(care, others, model):
    own = model.objects.filter(patient=care.cast.ana_patient)

    refuse(lambda: own.update(patient=others.patient))


@pytest.mark.parametrize("model", [Chair, Clinician])
def test_row_never_moves_to_another_clinic(care, model):
    own = model.objects.filter(clinic=care.cast.harbour)

    refuse(lambda: own.update(clinic=care.cast.hill))


TRIGGERS = """
from django.db import connection
column, table = ("tgname", "pg_trigger") if connection.vendor == "postgresql" else ("name", "sqlite_master")
with connection.cursor() as cursor:
    cursor.execute(f"SELECT {column} FROM {table} WHERE {column} LIKE 'guard_notices_notice_%'")
    answer = sorted(name for (name,) in cursor.fetchall())
"""


LIFT_AND_PUT_BACK = f"""
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from luna.audit import guards
lift = guards.Of("notices", guards.Lift(guards.Fixed("notice", "clinic", "patient")))
state = MigrationLoader(connection).project_state()
found = []
for step in (lift.database_forwards, lift.database_backwards):
    with connection.schema_editor() as editor:
        step("people", editor, state, state)
    exec({TRIGGERS!r})
    found.append(answer)
answer = found
"""


def test_guards_and_tables_go_and_come_back(luna):
    now = luna.ask(TRIGGERS)

    back = luna.run("manage", "migrate", "notices", "zero", "--verbosity=0")
    assert back.returncode == 0, back.stderr
    assert luna.ask(TRIGGERS) == []

    luna.run("manage", "migrate", "--verbosity=0")
    assert luna.ask(TRIGGERS) == now != []


def test_guard_is_lifted_and_put_back(luna):
    now = luna.ask(TRIGGERS)

    lifted, put_back = luna.ask(LIFT_AND_PUT_BACK)

    assert lifted == [name for name in now if name != "guard_notices_notice_fixed"]
    assert put_back == now != lifted
