"""How long one look of the clock takes with 100 patients due, among 1,000 and among 100,000 series.

Each size gets a database of its own in a process of its own, on SQLite as `luna serve` uses it. The
hundred due stand on the eve of an infusion: each gets two messages. Nobody else is to be touched.
"""

import json
import os
import subprocess
import sys
import tempfile
from datetime import UTC, datetime, timedelta
from statistics import median
from time import perf_counter
from uuid import UUID

NAMES = ("tick.due100.ms_at_1k", "tick.due100.ms_at_100k")
SIZES = (1_000, 100_000)
DUE, ROUNDS = 100, 5
NOW = datetime(2027, 3, 14, 22, tzinfo=UTC)  # 6 pm in New York, the day before the first infusion
FIRST = datetime(2027, 3, 15, 13, tzinfo=UTC)
DAYS = (0, 2, 4, 7, 9, 11)

# A patient each, then what belongs to them: written by the database itself, since 100,000 are many.
PATIENTS = """
WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < %s)
INSERT INTO people_patient (id, clinic_id, name, born_on, email, phone, address, created_at, version)
SELECT printf('%%032x', i + 1), %s, 'Patient ' || i, '1990-01-01', i || '@example.org', '', '', %s, 1 FROM n
"""
EPISODES = """
INSERT INTO treatment_episodeofcare (id, clinic_id, patient_id, started_at)
SELECT id, clinic_id, id, %s FROM people_patient
"""
SERIES = """
INSERT INTO treatment_series (id, clinic_id, patient_id, episode_id, protocol_id, started_by_id, started_at,
                              stopped_why, client_id, version)
SELECT id, clinic_id, id, id, %s, %s, %s, '', id, 1 FROM people_patient
"""
INFUSIONS = """
INSERT INTO treatment_infusion (id, clinic_id, patient_id, series_id, revision, starts_at, ends_at, leaves_at,
                                cancelled)
SELECT lower(hex(randomblob(16))), clinic_id, patient_id, id, 1, %s, %s, %s, 0 FROM treatment_series
"""
WAKES = """
INSERT INTO feed_wake (patient_id, clinic_id, wake_at) SELECT id, clinic_id, %s FROM people_patient
"""


def measure() -> list[dict[str, object]]:
    """Time the clock's look at both sizes."""
    small, large = (_in_own_process(size) for size in SIZES)
    note = (
        f"one look with {DUE} patients due among %s series, median of {ROUNDS}, SQLite with its real settings"
    )
    return [
        {"name": NAMES[0], "value": small, "unit": "ms", "baseline": None, "note": note % "1,000"},
        {"name": NAMES[1], "value": large, "unit": "ms", "baseline": small, "note": note % "100,000"},
    ]


def _in_own_process(size: int) -> float:
    with tempfile.TemporaryDirectory(prefix="luna-bench-") as folder:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("LUNA_")}
        environment |= {"LUNA_DATA": f"{folder}/data", "DJANGO_SETTINGS_MODULE": "luna.settings"}
        environment.pop("DATABASE_URL", None)
        done = subprocess.run(
            [sys.executable, "-m", "bench.tick_due", str(size)],
            env=environment,
            stdout=subprocess.PIPE,
            check=True,
        )
    return float(json.loads(done.stdout))


def _time(size: int) -> float:
    """Fill a new database and return the median time of a look, in ms."""
    import django  # noqa: PLC0415 -- the settings of this process are known only now

    django.setup()
    from django.core.management import call_command  # noqa: PLC0415 -- needs the settings above

    from luna.careplan import jobs  # noqa: PLC0415 -- needs the settings above
    from luna.feed.models import Wake  # noqa: PLC0415 -- needs the settings above

    call_command("migrate", verbosity=0)
    _fill(size)
    times = []
    for turn in range(ROUNDS):
        due = [UUID(int=turn * DUE + n + 1) for n in range(DUE)]
        Wake.objects.filter(patient_id__in=due).update(wake_at=NOW)
        begun = perf_counter()
        looked = jobs.run(NOW)
        times.append((perf_counter() - begun) * 1000)
        if looked != DUE:
            raise RuntimeError(f"The clock looked at {looked} patients, not at the {DUE} due.")
    return round(median(times), 1)


def _fill(size: int) -> None:
    from django.db import connection  # noqa: PLC0415 -- needs the settings of this process

    from luna.library import actions, content  # noqa: PLC0415 -- as above
    from luna.people.models import Clinic, Patient, User  # noqa: PLC0415 -- as above

    started = NOW - timedelta(days=7)
    clinic = Clinic.objects.create(
        name="Bench", zone="America/New_York", country="US", address="", phone="+12125550100",
        nurse_line="+12125550101", lead_email="lead@example.org", welcome_name="Lead", created_at=started,
    )  # fmt: skip
    people = [
        User(name=f"Person {n}", email=f"{n}@example.org", created_at=started) for n in range(DUE * ROUNDS)
    ]
    User.objects.bulk_create(people)
    text = content.protocol_text("mood-acute")
    signed = actions.sign(
        clinic_id=clinic.id, kind="protocol", text=text, accepted=actions.to_tick(content.protocol_of(text)),
        by_id=people[0].id, name="Lead", now=started,
    )  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(PATIENTS, [size, clinic.id.hex, started])
        cursor.execute(EPISODES, [started])
        cursor.execute(SERIES, [signed.id.hex, people[0].id.hex, started])
        for day in DAYS:
            starts = FIRST + timedelta(days=day)
            times = [starts, starts + timedelta(minutes=40), starts + timedelta(minutes=120)]
            cursor.execute(INFUSIONS, times)
        cursor.execute(WAKES, [NOW + timedelta(hours=12)])
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")  # what filling left to do is not the clock's
    patients = [Patient(id=UUID(int=n + 1), user=person) for n, person in enumerate(people)]
    Patient.objects.bulk_update(patients, ["user"])


if __name__ == "__main__":
    print(json.dumps(_time(int(sys.argv[1]))))
