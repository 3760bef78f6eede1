"""The chain: what is found when someone changes, cuts or makes anew what was written (01.6)."""

from datetime import timedelta

import pytest
from django.core import mail
from django.db import IntegrityError, connection, transaction

from luna.audit import actions, jobs, plans
from luna.audit.models import AuditEvent, AuditHead, AuditSeal, AuditUnsealed

GUARDED = ("audit_auditevent", "audit_auditseal", "audit_audithead")

pytestmark = pytest.mark.threat("T5")


@pytest.fixture
def chain(cast, now):
    """Harbour Clinic's chain of five lines."""
    for minutes in range(5):
        actions.record(
            "chart.read", by=cast.sees("nia"), subject=cast.ana_patient, now=now + timedelta(minutes=minutes)
        )
    jobs.run(now)
    return cast.harbour.id


@pytest.fixture
def unguarded(db):
    """Run SQL as someone would who holds the database and has taken its guards away."""

    def run(sql, *values):
        with connection.cursor() as cursor:
            if connection.vendor == "postgresql":
                cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            for name, table in _triggers(cursor):
                cursor.execute(
                    f'DROP TRIGGER "{name}"' + (f' ON "{table}"' if connection.vendor == "postgresql" else "")
                )
            cursor.execute(sql, values)

    return run


def _triggers(cursor):
    if connection.vendor == "sqlite":
        cursor.execute("SELECT name, tbl_name FROM sqlite_master WHERE type = 'trigger'")
    else:
        cursor.execute("SELECT tgname, tgrelid::regclass::text FROM pg_trigger WHERE NOT tgisinternal")
    return [(name, table) for name, table in cursor.fetchall() if table.strip('"') in GUARDED]


def _of(column):
    """Write an id as the engine stores it."""
    return column.hex if connection.vendor == "sqlite" else column


def codes(findings):
    return [(finding.code, finding.number) for finding in findings]


def test_chain_untouched_is_whole(chain):
    assert plans.verify(chain, plans.head(chain)) == []
    assert AuditUnsealed.objects.count() == 0


def test_chain_takes_up_where_it_ended(chain, cast, now):
    actions.record("circle.leave", by=cast.sees("bea"), subject=cast.bea_member, now=now)

    jobs.run(now)

    assert plans.head(chain).number == 6
    assert plans.verify(chain) == []


def test_chain_longer_than_a_batch_is_sealed_over_several_turns(cast, now, monkeypatch):
    monkeypatch.setattr(jobs, "BATCH", 2)
    for _line in range(5):
        actions.record("chart.read", by=cast.sees("nia"), subject=cast.ana_patient, now=now)

    done = [jobs.run(now) for _turn in range(4)]

    assert done == [2, 2, 1, 0]
    assert plans.verify(cast.harbour.id) == []


def test_chains_of_two_clinics_are_separate(cast, now):
    actions.record("chart.read", by=cast.sees("nia"), subject=cast.ana_patient, now=now)
    actions.record("chart.read", by=cast.sees("eve"), subject=cast.zoe_patient, now=now)
    actions.record("database.restore", by=actions.Actor(None, "clock"), subject=cast.harbour, now=now)

    jobs.run(now)

    assert {chain: plans.head(chain).number for chain in plans.chains()} == {
        actions.INSTALLATION: 1,
        cast.harbour.id: 1,
        cast.hill.id: 1,
    }


@pytest.mark.parametrize(
    ("column", "value"),
    [("verb", "circle.leave"), ("capacity", "patient"), ("reason", "x"), ("digest", "0" * 64)],
)
def test_chain_with_an_edited_line_is_found(chain, unguarded, column, value):
    third = AuditSeal.objects.get(chain=chain, number=3)

    unguarded(f"UPDATE audit_auditevent SET {column} = %s WHERE id = %s", value, _of(third.event_id))

    assert codes(plans.verify(chain)) == [(plans.CHANGED, 3)]


def test_chain_with_an_edited_actor_is_found(chain, unguarded, cast):
    unguarded("UPDATE audit_auditevent SET actor_id = %s", _of(cast.diaz.id))

    assert codes(plans.verify(chain)) == [(plans.CHANGED, 1)]


def test_chain_with_a_link_taken_out_is_found(chain, unguarded):
    unguarded("DELETE FROM audit_auditseal WHERE number = 3")

    assert codes(plans.verify(chain)) == [(plans.CHANGED, 3), (plans.LOST, 1)]


def test_chain_with_a_cut_tail_is_found_by_its_lines(chain, unguarded):
    unguarded("DELETE FROM audit_auditseal WHERE number > 3")

    assert codes(plans.verify(chain)) == [(plans.LOST, 2)]


def test_chain_with_a_cut_tail_is_found_against_a_saved_head(chain, unguarded):
    saved = plans.read_head(str(plans.head(chain)))
    tail = list(AuditSeal.objects.filter(number__gt=3).values_list("event_id", flat=True))

    unguarded("DELETE FROM audit_auditseal WHERE number > 3")
    for event_id in tail:
        unguarded("DELETE FROM audit_auditevent WHERE id = %s", _of(event_id))

    assert plans.verify(chain) == []
    assert codes(plans.verify(chain, saved)) == [(plans.CUT, 5)]


def test_chain_made_anew_with_the_key_is_found_against_a_saved_head(chain, unguarded, now):
    saved = plans.head(chain)
    events = list(AuditEvent.objects.order_by("id"))

    unguarded("DELETE FROM audit_auditseal")
    unguarded("UPDATE audit_auditevent SET verb = 'plan.read'")
    for event in events:
        AuditUnsealed.objects.create(event=event, chain=chain)
    jobs.seal(chain, now)

    assert plans.verify(chain) == []
    assert codes(plans.verify(chain, saved)) == [(plans.REBUILT, 5)]


def test_chain_is_compared_with_the_head_last_sent(chain, unguarded, settings, now):
    settings.LUNA_AUDIT_EMAIL = "keeper@example.org"
    jobs.send_heads(now)
    tail = AuditSeal.objects.get(number=5).event_id

    unguarded("DELETE FROM audit_auditseal WHERE number = 5")
    unguarded("DELETE FROM audit_auditevent WHERE id = %s", _of(tail))

    assert codes(plans.verify(chain)) == [(plans.CUT, 5)]


def test_newest_links_alone_can_be_checked(chain, unguarded):
    second = AuditSeal.objects.get(number=2)
    unguarded("UPDATE audit_auditevent SET verb = 'x' WHERE id = %s", _of(second.event_id))

    assert codes(plans.verify(chain, newest=2)) == []
    assert codes(plans.verify(chain, newest=4)) == [(plans.CHANGED, 2)]


def test_line_kept_from_the_sealer_is_found(chain, unguarded, cast, now):
    actions.record("chart.read", by=cast.sees("nia"), subject=cast.ana_patient, now=now)

    unguarded("DELETE FROM audit_auditunsealed")
    jobs.run(now)

    assert codes(plans.verify(chain)) == [(plans.LOST, 1)]


@pytest.mark.parametrize("table", GUARDED)
@pytest.mark.parametrize("write", ["UPDATE {} SET id = id", "DELETE FROM {}"])
def test_table_refuses_to_be_changed(chain, settings, now, table, write):
    settings.LUNA_AUDIT_EMAIL = "keeper@example.org"
    jobs.send_heads(now)

    with pytest.raises(IntegrityError, match="refused"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(write.format(table))


@pytest.mark.skipif("connection.vendor == 'sqlite'", reason="SQLite has no TRUNCATE")
@pytest.mark.parametrize("table", GUARDED)
def test_table_refuses_to_be_emptied(chain, table):
    with pytest.raises(IntegrityError, match="refused"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(f"TRUNCATE {table} CASCADE")


def test_heads_leave_the_machine_once_a_day(chain, settings, clock):
    settings.LUNA_AUDIT_EMAIL = "keeper@example.org"

    sent = [jobs.send_heads(clock.now), jobs.send_heads(clock.now + timedelta(hours=23))]

    assert sent == [1, 0]
    assert [(message.to, str(plans.head(chain)) in message.body) for message in mail.outbox] == [
        (["keeper@example.org"], True)
    ]
    assert AuditHead.objects.get().hash == plans.head(chain).hash


def test_heads_are_sent_again_the_next_day(chain, settings, clock):
    settings.LUNA_AUDIT_EMAIL = "keeper@example.org"

    jobs.send_heads(clock.now)
    jobs.send_heads(clock.move(days=1))

    assert len(mail.outbox) == 2


def test_heads_stay_when_nobody_is_named(chain, settings, now):
    settings.LUNA_AUDIT_EMAIL = ""

    assert jobs.send_heads(now) == 0
    assert mail.outbox == []


def test_heads_are_not_noted_when_the_mail_fails(chain, settings, now):
    settings.LUNA_AUDIT_EMAIL = "keeper@example.org"
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", 1, 1

    with pytest.raises(OSError):
        jobs.send_heads(now)

    assert jobs.send_heads(now) == 0  # not asked again at once
    assert not AuditHead.objects.exists()


def test_head_is_read_back_as_it_was_written(chain):
    head = plans.head(chain)

    assert plans.read_head(f"  {head}\n") == head


@pytest.mark.parametrize("text", ["", "x", "00000000-0000-0000-0000-000000000000:1:short"])
def test_head_that_is_none_is_refused(text):
    with pytest.raises(ValueError, match="not a saved head"):
        plans.read_head(text)
