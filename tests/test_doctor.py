"""The doctor: what is well, what is not, and what to do."""

import sys
from datetime import timedelta

import pytest
from django.db import connection

from luna import doctor
from luna.audit import actions
from luna.audit import jobs as audit
from luna.feed.models import Heartbeat
from luna.notices.models import Notice
from luna.people.models import Installation

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def sound(settings, tmp_path, now, monkeypatch):
    """Start each test from an installation that is well."""
    settings.LUNA_SMTP_URL = "smtp://mail.example"
    settings.LUNA_DATA = tmp_path
    settings.LUNA_KEYS = tmp_path / "keys"
    settings.LUNA_KEYS.mkdir(mode=0o700)
    settings.LUNA_TOMBSTONES = settings.LUNA_KEYS.parent.parent / "tombstones.jsonl"
    (settings.LUNA_KEYS / "backup.pub").write_text("key")
    Heartbeat.objects.create(started_at=now, at=now)
    monkeypatch.setattr(doctor, "_settings", lambda: iter(()))
    monkeypatch.setattr(doctor, "_paper", lambda: iter(()))  # what the machine has is not the test's


def to_mend(now, *, go_live=False) -> list[str]:
    return [finding.what for finding in doctor.examine(now, go_live=go_live) if finding.must_mend]


def to_look_at(now) -> list[str]:
    findings = doctor.examine(now, go_live=False)
    return [finding.what for finding in findings if finding.fix and not finding.must_mend]


def test_sound_installation_has_nothing_to_mend(now):
    assert (to_mend(now), to_look_at(now)) == ([], [])


@pytest.mark.hazard("H5")
def test_silent_clock_must_be_mended(now):
    found = to_mend(now + timedelta(minutes=3))

    assert found == [
        "The clock has not ticked since 2027-03-08 17:00 UTC: no reminder is sent and no escalation climbs."
    ]


def test_failing_jobs_are_worth_a_look(now):
    Heartbeat.objects.update(failures=2)

    assert to_look_at(now) == ["The clock ticks, but 2 of its jobs fail."]


def test_messages_that_did_not_go_out_are_counted(now, cast):
    for state in ("held", "held", "not-reached", "sent"):
        key = f"{state}-{Notice.objects.count()}"
        Notice.objects.create(
            clinic=cast.harbour, key=key, words="moved", state=state, due_at=now, created_at=now
        )

    assert to_look_at(now) == ["1 messages are not reached.", "2 messages are held."]


def test_machine_that_makes_no_pdfs_must_be_mended(monkeypatch, tmp_path):
    (tmp_path / "weasyprint.py").write_text("raise OSError('cannot load library')")
    monkeypatch.undo()
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "weasyprint", raising=False)

    assert [(one.what, one.must_mend) for one in doctor._paper()] == [("PDFs cannot be made.", True)]


@pytest.mark.threat("T9")
def test_keys_open_to_others_must_be_mended(now, settings):
    settings.LUNA_KEYS.chmod(0o755)

    assert to_mend(now) == [f"Others can look into {settings.LUNA_KEYS}."]


def test_real_installation_without_mail_must_be_mended(now, settings):
    settings.LUNA_SMTP_URL = ""

    assert to_mend(now) == ["No mail server is set, so no message leaves."]


def test_demonstration_may_be_without_mail_but_not_go_live(now, settings):
    settings.LUNA_SMTP_URL = ""
    Installation.objects.create(demo=True, created_at=now)

    assert to_mend(now) == []
    assert "This is a demonstration." in to_mend(now, go_live=True)


@pytest.mark.threat("T5")
def test_audit_heads_saved_elsewhere_are_compared(now, cast):
    by = actions.Actor(clinic_id=cast.harbour.id, capacity_kind="clock")
    actions.record("clinic.change", by=by, subject=cast.harbour, now=now)
    audit.run(now)
    (head,) = doctor.audit_heads()

    assert doctor.audit_problems([head]) == []
    chain, number, hash_ = head.split(":")
    ahead = f"{chain}:{int(number) + 5}:{hash_}"
    assert len(doctor.audit_problems([ahead])) == 1


def test_going_live_asks_for_everything_safety_asks(now, cast):
    found = to_mend(now, go_live=True)

    role = "Not yet: The database role Luna runs as cannot change its own safeguards."  # PostgreSQL's alone
    assert [what for what in found if "linic" not in what and what != role] == [
        "Not yet: People reach Luna by https only.",
        "Not yet: A watcher outside this machine hears when the clock stands still.",
        "Not yet: The heads of the audit leave this machine every day.",
        "Not yet: A restore was rehearsed in the last 90 days.",
    ]
    harbour = str(cast.harbour.id)
    assert [what.replace(harbour, "…") for what in found if harbour in what] == [
        "Not yet: Clinic … signed a protocol.",
        "Not yet: Clinic … signed the triage rules.",
        "Not yet: Clinic … signed its emergency numbers within a year.",
        "Not yet: Every rung of clinic …'s ladder reaches somebody.",
    ]


@pytest.mark.threat("T5")
def test_role_that_owns_the_tables_may_not_go_live_on_postgresql(now):
    problem = "Not yet: The database role Luna runs as cannot change its own safeguards."

    assert (problem in to_mend(now, go_live=True)) is (connection.vendor == "postgresql")


@pytest.mark.parametrize(("days", "fresh"), [(90, True), (91, False)])
def test_rehearsal_is_good_for_ninety_days(now, settings, days, fresh):
    (settings.LUNA_KEYS / "restore-rehearsed").write_text((now - timedelta(days=days)).isoformat())

    rehearsed = "Not yet: A restore was rehearsed in the last 90 days." not in to_mend(now, go_live=True)

    assert rehearsed is fresh


@pytest.mark.parametrize(
    ("finding", "line"),
    [
        (doctor.Finding("All is well."), "ok    All is well."),
        (doctor.Finding("It rattles.", "Oil it."), "look  It rattles.\n      Oil it."),
        (doctor.Finding("It broke.", "Mend it.", must_mend=True), "MEND  It broke.\n      Mend it."),
    ],
)
def test_finding_is_a_line(finding, line):
    assert str(finding) == line
