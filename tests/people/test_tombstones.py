"""Tombstones: what was taken back stays taken back after a restore."""

import json
from datetime import timedelta
from uuid import uuid4

import pytest

from luna.people import tombstones
from luna.people.models import CircleMember, Key, Token, User

pytestmark = [pytest.mark.django_db, pytest.mark.threat("T9")]


@pytest.fixture(autouse=True)
def book(settings, tmp_path):
    settings.LUNA_TOMBSTONES = tmp_path / "keys" / "tombstones.jsonl"
    return settings.LUNA_TOMBSTONES


def test_line_says_what_when_and_which(book, now):
    id_ = uuid4()

    tombstones.record("key-destroyed", id_, now)

    assert [json.loads(line) for line in book.read_text().splitlines()] == [
        {"at": now.isoformat(), "kind": "key-destroyed", "id": str(id_)}
    ]
    assert book.stat().st_mode & 0o777 == 0o600


def test_lines_are_added_never_replaced(book, now):
    tombstones.record("key-destroyed", uuid4(), now)
    tombstones.record("token-revoked", uuid4(), now)

    assert len(book.read_text().splitlines()) == 2


def test_unknown_kind_is_refused(now):
    with pytest.raises(ValueError, match="No kind of tombstone 'eaten'"):
        tombstones.record("eaten", uuid4(), now)


def test_nothing_recorded_replays_nothing():
    assert tombstones.replay() == {}


def test_revoked_member_is_out_again(cast, now):
    tombstones.record("circle-revoked", cast.bea_member.id, now)

    assert tombstones.replay() == {"circle-revoked": 1}

    member = CircleMember.objects.get(id=cast.bea_member.id)
    assert (member.state, member.until) == ("revoked", now)


def test_destroyed_key_is_gone_again(now):
    key = Key.objects.create(owner_id=uuid4(), purpose="entry", wrapped=b"x", master_id="m", created_at=now)
    tombstones.record("key-destroyed", key.id, now)

    assert tombstones.replay() == {"key-destroyed": 1}

    key.refresh_from_db()
    assert (key.wrapped, key.destroyed_at) == (None, now)


def test_revoked_link_is_void_again(now):
    token = Token.objects.create(
        purpose="invite", hash="h", subject_id=uuid4(), created_at=now, expires_at=now + timedelta(days=1)
    )
    tombstones.record("token-revoked", token.id, now)

    assert tombstones.replay() == {"token-revoked": 1}

    token.refresh_from_db()
    assert token.revoked_at == now


def test_blocked_user_is_blocked_again(cast, now):
    tombstones.record("user-blocked", cast.nia.id, now)

    assert tombstones.replay() == {"user-blocked": 1}

    assert not User.objects.get(id=cast.nia.id).is_active


def test_second_replay_changes_nothing(cast, now):
    tombstones.record("circle-revoked", cast.bea_member.id, now)
    tombstones.replay()

    assert tombstones.replay() == {}


@pytest.mark.parametrize("line", ["", "{}", "not json", '{"kind": "eaten", "id": "x", "at": "y"}'])
def test_line_nobody_understands_stops_the_restore(cast, book, now, line):
    tombstones.record("circle-revoked", cast.bea_member.id, now)
    with book.open("a") as file:
        file.write(f"{line}\n")

    with pytest.raises(ValueError, match="line 2, is not a tombstone"):
        tombstones.replay()

    assert CircleMember.objects.get(id=cast.bea_member.id).state == "active"
