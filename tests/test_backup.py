"""Backups and restores on a real installation, through the command."""

import pytest

pytestmark = [pytest.mark.processes, pytest.mark.both_engines]

FILL = """
from pathlib import Path
from luna import backup
backup.new_key(Path("private.key"))
from datetime import UTC, datetime, timedelta
from django.contrib.sessions.models import Session
from uuid import uuid4
from luna.notices.models import Notice
from luna.people.models import *
now = datetime(2020, 3, 8, 12, tzinfo=UTC)
Installation.objects.create(demo=False, created_at=now)
clinic = Clinic.objects.create(
    name="Harbour", zone="America/New_York", country="US", address="1 Quay", phone="+15550100",
    nurse_line="+15550101", lead_email="lead@example.org", welcome_name="Dr Diaz", created_at=now)
bea = User.objects.create(email="bea@example.org", name="Bea Canary-Name", created_at=now)
ana = Patient.objects.create(
    clinic=clinic, name="Ana", born_on="1980-01-01", email="ana@example.org", created_at=now)
member = CircleMember.objects.create(clinic=clinic, patient=ana, user=bea, relation="partner", since=now)
key = Key.objects.create(owner_id=uuid4(), purpose="entry", wrapped=b"wrapped", master_id="m", created_at=now)
token = Token.objects.create(purpose="invite", hash="h", clinic=clinic, subject_id=uuid4(), created_at=now,
    expires_at=now + timedelta(days=7))
Session.objects.create(session_key="s", session_data="", expire_date=now + timedelta(days=30))
User.objects.create(email="cal@example.org", name="Cal", created_at=now, set_up_code="told", set_up_until=now)
Invitation.objects.create(clinic=clinic, patient=ana, role="caretaker", email="sam@example.org", name="Sam",
    invited_by=bea, told=1, chase_at=now + timedelta(days=1), client_id=uuid4(), created_at=now,
    expires_at=datetime(2120, 3, 8, tzinfo=UTC))
for state in ("planned", "sending", "sent"):
    Notice.objects.create(clinic=clinic, key=state, words="moved", state=state, due_at=now, created_at=now,
        follow_at=now if state == "sent" else None)
answer = {"member": str(member.id), "key": str(key.id)}
"""
READ = """
from django.contrib.sessions.models import Session
from luna.notices.models import Notice
from luna.people.models import *
answer = {
    "users": sorted(User.objects.values_list("email", flat=True)),
    "member": list(CircleMember.objects.values_list("state", flat=True)),
    "key": [bytes(w).decode() if w else None for w in Key.objects.values_list("wrapped", flat=True)],
    "codes": User.objects.exclude(set_up_code="").count(),
    "live links": Token.objects.filter(revoked_at=None).count(),
    "sessions": Session.objects.count(),
    "to follow": Notice.objects.exclude(follow_at=None).count(),
    "notices": {one.key.partition(":")[0]: one.state for one in Notice.objects.all()},
}
"""
SEED = """
from pathlib import Path
from django.utils import timezone
from luna import backup, demo
demo.seed(timezone.now())
backup.new_key(Path("private.key"))
answer = True
"""
ROUTINE = """
from luna.notices.models import Notice
states = Notice.objects.reasons().filter(urgent=False, state="{state}", key__contains=":")
answer = sorted(states.values_list("key", flat=True))
"""
SENT, HELD = ROUTINE.format(state="sent"), ROUTINE.format(state="held")
UNSENT_CARRIERS = """
from luna.notices.models import DIGESTS, Notice
unsent = Notice.objects.filter(words__in=DIGESTS).exclude(state="sent")
answer = sorted(set(unsent.values_list("state", flat=True)))
"""
NOTHING_DUE = """
from django.utils import timezone
from luna.feed.models import Heartbeat
from luna.notices.models import Notice
due = Notice.objects.filter(state__in=["planned", "sending"], due_at__lte=timezone.now())
answer = Heartbeat.objects.exists() and not due.exists()
"""
BEATEN = """
from luna.feed.models import Heartbeat
answer = Heartbeat.objects.count()
"""
HALFWAY = """
from django.db.migrations.recorder import MigrationRecorder
had = MigrationRecorder.Migration.objects.filter(app="checkins")
had.filter(name__in=["0001_squashed_0004_nobody_known", "0004_nobody_known"]).delete()
answer = True
"""
UNFINISHED = """
from django.db import connection
connection.cursor().execute("CREATE TABLE luna_restore_unfinished ()")
answer = True
"""


@pytest.fixture
def filled(luna):
    """Return an installation with one of each thing a restore must mind, and their ids."""
    luna.ids = luna.ask(FILL)
    return luna


@pytest.fixture
def empty(filled, make_luna):
    """Return a second installation with the same keys and nothing in it."""
    other = make_luna("other", bare=True, LUNA_KEYS=str(filled.data.with_name("data-keys")))
    other.data.mkdir()
    return other


def restore(empty, filled):
    return empty.run("restore", str(filled.folder / "backup"), "--key", str(filled.folder / "private.key"))


@pytest.mark.threat("T9")
def test_restore_drill(filled, empty):
    assert filled.run("backup", str(filled.folder / "backup")).returncode == 0
    filled.ask(f"""
from datetime import UTC, datetime
from uuid import UUID
from luna.people import tombstones
now = datetime(2020, 3, 9, tzinfo=UTC)
tombstones.record("circle-revoked", UUID("{filled.ids["member"]}"), now)
tombstones.record("key-destroyed", UUID("{filled.ids["key"]}"), now)
answer = sum(tombstones.replay().values())
""")

    done = restore(empty, filled)

    assert done.returncode == 0, done.stderr
    assert empty.ask(READ) == {
        "users": ["bea@example.org", "cal@example.org"],
        "member": ["revoked"],
        "key": [None],
        "codes": 0,
        "live links": 0,
        "sessions": 0,
        "to follow": 0,
        "notices": {"planned": "held", "sending": "held", "sent": "sent", "invitation": "held"},
    }
    assert empty.start().status() == 200


@pytest.mark.threat("T9")
def test_no_message_is_sent_twice_after_a_restore(luna, make_luna):
    luna.ask(SEED)
    before = set(luna.ask(SENT))
    assert luna.run("backup", "backup").returncode == 0
    luna.start()
    luna.wait_until(lambda: luna.ask(NOTHING_DUE))
    luna.stop()
    sent = set(luna.ask(SENT)) - before
    other = make_luna("other", bare=True, LUNA_KEYS=str(luna.data.with_name("data-keys")))
    other.data.mkdir()

    done = other.run("restore", str(luna.folder / "backup"), "--key", str(luna.folder / "private.key"))
    other.start()
    other.wait_until(lambda: other.ask(BEATEN))

    assert done.returncode == 0, done.stderr
    assert sent
    assert set(other.ask(SENT)) & sent == set()
    assert sent <= set(other.ask(HELD))
    assert other.ask(UNSENT_CARRIERS) == ["void"]  # each that was to leave in one is looked at for itself


@pytest.mark.threat("T9")
def test_backup_holds_nothing_to_read(filled):
    filled.run("backup", str(filled.folder / "backup"))

    data = (filled.folder / "backup").read_bytes()

    assert b"Canary" not in data
    assert b"bea@" not in data


def test_backup_while_serving(filled, empty):
    filled.start()

    assert filled.run("backup", str(filled.folder / "backup")).returncode == 0
    assert restore(empty, filled).returncode == 0


def test_backup_needs_its_public_key(luna):
    done = luna.run("backup", str(luna.folder / "backup"))

    assert done.returncode == 1
    assert "Make the keys first: luna backup-key new FILE" in done.stderr
    assert not (luna.folder / "backup").exists()


def test_backup_key_is_made_once_and_for_its_owner_only(luna):
    done = luna.run("backup-key", "new", "private.key")

    assert done.returncode == 0
    assert (luna.folder / "private.key").stat().st_mode & 0o777 == 0o600
    assert luna.run("backup-key", "new", "private.key").returncode == 1


def test_backup_never_overwrites(filled):
    (filled.folder / "backup").write_text("yesterday's")

    done = filled.run("backup", str(filled.folder / "backup"))

    assert done.returncode == 1
    assert (filled.folder / "backup").read_text() == "yesterday's"


def test_restore_replaces_no_database(filled):
    filled.run("backup", str(filled.folder / "backup"))

    done = restore(filled, filled)

    assert done.returncode == 1
    assert done.stderr.startswith("There is already a database here")
    assert filled.ask(READ)["sessions"] == 1


@pytest.mark.threat("T9")
def test_restore_of_a_changed_backup_leaves_nothing(filled, empty):
    filled.run("backup", str(filled.folder / "backup"))
    data = bytearray((filled.folder / "backup").read_bytes())
    data[-40] ^= 1
    (filled.folder / "backup").write_bytes(data)

    done = restore(empty, filled)

    assert done.returncode == 1
    assert done.stderr == "This file was changed or cut short. Use another copy of it.\n"
    assert sorted(path.name for path in empty.data.glob("luna.db*")) in ([], ["luna.db"])
    assert (
        empty.ask("from django.db import connection\nanswer = connection.introspection.table_names()") == []
    )


def test_restore_with_another_master_key_is_refused(filled, make_luna):
    filled.run("backup", str(filled.folder / "backup"))

    done = restore(make_luna("stranger", bare=True), filled)

    assert done.returncode == 1
    assert "belongs to other keys" in done.stderr


def test_restore_of_a_database_too_old_for_this_luna_is_refused(filled, empty):
    filled.ask(HALFWAY)
    filled.run("backup", str(filled.folder / "backup"))

    done = restore(empty, filled)

    assert done.returncode == 1
    assert done.stderr.startswith("The database is older than this Luna can bring up to date")


def test_restore_waits_for_a_running_luna(filled, empty):
    filled.run("backup", str(filled.folder / "backup"))
    empty.start()

    done = restore(empty, filled)

    assert done.returncode == 1
    assert "Luna runs on" in done.stderr or "already a database" in done.stderr


def test_unfinished_restore_is_not_served(luna):
    if "DATABASE_URL" not in luna.settings:
        pytest.skip("On SQLite an unfinished restore never gets the database's name.")
    luna.ask(UNFINISHED)

    done = luna.run("serve")

    assert done.returncode == 1
    assert "A restore of this database did not finish." in done.stderr
