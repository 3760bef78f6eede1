import secrets
from uuid import uuid4

import pytest
from django.conf import settings

from luna.people import keys
from luna.people.errors import Unreadable
from luna.people.models import Key

CANARY = "canary-9f1c the neighbour must not know"


@pytest.fixture
def place():
    return {"table": "records_privateline", "column": "sealed", "row": uuid4(), "person": uuid4()}


def test_text_sealed_at_a_place_opens_there(db, now, place):
    key = keys.key_for(place["person"], "person", now)

    value = keys.seal_text(key, CANARY, **place)

    assert keys.open_text(value, **place) == CANARY


def test_same_text_is_sealed_differently_each_time(db, now, place):
    key = keys.key_for(place["person"], "person", now)

    assert keys.seal_text(key, CANARY, **place) != keys.seal_text(key, CANARY, **place)


@pytest.mark.threat("T9")
@pytest.mark.parametrize("part", ["table", "column", "row", "person"])
def test_text_does_not_open_at_another_place(db, now, place, part):
    key = keys.key_for(place["person"], "person", now)
    value = keys.seal_text(key, CANARY, **place)

    with pytest.raises(Unreadable):
        keys.open_text(value, **{**place, part: str(uuid4())})


@pytest.mark.threat("T9")
def test_two_rows_swapped_in_the_database_do_not_open(db, now, place):
    key = keys.key_for(place["person"], "person", now)
    other = {**place, "row": uuid4()}
    first, second = keys.seal_text(key, "first", **place), keys.seal_text(key, "second", **other)

    with pytest.raises(Unreadable):
        keys.open_text(second, **place)
    with pytest.raises(Unreadable):
        keys.open_text(first, **other)


@pytest.mark.threat("T9")
def test_changed_value_does_not_open(db, now, place):
    value = bytearray(keys.seal_text(keys.key_for(place["person"], "person", now), CANARY, **place))
    value[-1] ^= 1

    with pytest.raises(Unreadable):
        keys.open_text(bytes(value), **place)


@pytest.mark.parametrize("value", [b"", b"plain text that was never sealed at all, of some length"])
def test_value_that_was_never_sealed_is_refused(db, place, value):
    with pytest.raises(Unreadable):
        keys.open_text(value, **place)


def test_key_for_returns_the_same_key_again(db, now):
    owner = uuid4()

    assert keys.key_for(owner, "person", now).id == keys.key_for(owner, "person", now).id


def test_key_for_makes_one_key_for_each_purpose(db, now):
    owner = uuid4()

    keys.key_for(owner, "person", now)
    keys.key_for(owner, "entry", now)

    assert Key.objects.filter(owner_id=owner).count() == 2


@pytest.mark.threat("T9")
def test_destroyed_key_makes_what_it_sealed_unreadable(db, now, place):
    key = keys.key_for(place["person"], "person", now)
    value = keys.seal_text(key, CANARY, **place)

    keys.destroy(key, now)

    with pytest.raises(Unreadable):
        keys.open_text(value, **place)
    with pytest.raises(Unreadable):
        keys.key_for(place["person"], "person", now)


@pytest.mark.threat("T9")
def test_destroyed_key_is_written_down_outside_the_database(db, now, place):
    key = keys.key_for(place["person"], "person", now)

    keys.destroy(key, now)

    assert settings.LUNA_TOMBSTONES.read_text().count(f'"kind": "key-destroyed", "id": "{key.id}"') == 1


def test_rotation_rewraps_every_key_and_changes_no_value(db, now, place, settings):
    old, new = settings.LUNA_MASTER_KEY, secrets.token_bytes(32)
    value = keys.seal_text(keys.key_for(place["person"], "person", now), CANARY, **place)

    count = keys.rewrap(old, new)

    assert count == Key.objects.count() == 1
    with pytest.raises(Unreadable):
        keys.open_text(value, **place)
    settings.LUNA_MASTER_KEY = new
    assert keys.open_text(value, **place) == CANARY


def test_rotation_leaves_keys_of_another_master_alone(db, now, place):
    keys.key_for(place["person"], "person", now)

    assert keys.rewrap(secrets.token_bytes(32), secrets.token_bytes(32)) == 0


@pytest.mark.threat("T9")
def test_key_row_moved_to_another_owner_does_not_unwrap(db, now, place):
    key = keys.key_for(place["person"], "person", now)
    value = keys.seal_text(key, CANARY, **place)

    Key.objects.filter(id=key.id).update(owner_id=uuid4())

    with pytest.raises(Unreadable):
        keys.open_text(value, **place)


@pytest.mark.processes
@pytest.mark.threat("T9")
def test_files_of_a_database_hold_neither_text_nor_key(luna):
    answer = luna.ask(WRITE_PRIVATE_LINE)

    stored = b"".join(path.read_bytes() for path in luna.data.glob("luna.db*"))

    assert stored.count(bytes.fromhex(answer["sealed"])) >= 1
    assert stored.count(CANARY.encode()) == 0
    assert stored.count(bytes.fromhex(answer["master"])) == 0


WRITE_PRIVATE_LINE = f"""
from datetime import UTC, datetime
from uuid import uuid4
from django.conf import settings
from luna.people import keys
from luna.people.models import User
from luna.records.models import PrivateLine
now = datetime(2027, 3, 8, 17, 0, tzinfo=UTC)
bea = User.objects.create(email="bea@example.org", name="Bea", created_at=now)
line = PrivateLine(by=bea, at=now, client_id=uuid4())
key = keys.key_for(line.id, "entry", now)
place = dict(table="records_privateline", column="sealed", row=line.id, person=bea.id)
line.sealed = keys.seal_text(key, {CANARY!r}, **place)
line.save()
answer = {{"sealed": line.sealed.hex(), "master": settings.LUNA_MASTER_KEY.hex()}}
"""
