"""Sealed files: opened by one key only, and never when changed."""

import io

import pytest

from luna import seal

FACTS = {"engine": "sqlite"}


@pytest.fixture
def keys():
    return seal.new_key_pair()


def sealed(content: bytes, public_key: str) -> bytes:
    target = io.BytesIO()
    seal.seal(io.BytesIO(content), target, public_key=public_key, facts=FACTS)
    return target.getvalue()


def opened(data: bytes, private_key: str) -> bytes:
    return b"".join(seal.open_sealed(io.BytesIO(data), private_key=private_key))


@pytest.mark.parametrize("size", [0, 1, seal.CHUNK - 1, seal.CHUNK, seal.CHUNK + 1, 3 * seal.CHUNK])
def test_content_comes_back_whole(keys, size):
    private, public = keys
    content = bytes(range(256)) * (size // 256) + b"x" * (size % 256)

    assert opened(sealed(content, public), private) == content


@pytest.mark.threat("T9")
def test_content_cannot_be_read_in_the_file(keys):
    data = sealed(b"Ana was here. " * 100, keys[1])

    assert b"Ana" not in data


@pytest.mark.threat("T9")
def test_another_key_is_refused(keys):
    data = sealed(b"secret", keys[1])

    with pytest.raises(seal.CannotOpen, match="sealed to another key"):
        opened(data, seal.new_key_pair()[0])


@pytest.mark.parametrize("at", [12, 40, -1, -100])
def test_changed_file_is_refused(keys, at):
    private, public = keys
    data = bytearray(sealed(b"secret" * 1000, public))
    data[at] ^= 1

    with pytest.raises(seal.CannotOpen):
        opened(bytes(data), private)


def test_file_cut_at_a_chunk_is_refused(keys):
    private, public = keys
    data = sealed(b"x" * (2 * seal.CHUNK), public)

    with pytest.raises(seal.CannotOpen, match="changed or cut short"):
        opened(data[: -(seal.CHUNK + seal.TAG)], private)


def test_swapped_chunks_are_refused(keys):
    private, public = keys
    data = sealed(b"a" * seal.CHUNK + b"b" * seal.CHUNK + b"c", public)
    size = seal.CHUNK + seal.TAG
    start = len(data) - 2 * size - 1 - seal.TAG
    swapped = data[:start] + data[start + size : start + 2 * size] + data[start : start + size] + data[-17:]

    with pytest.raises(seal.CannotOpen, match="changed or cut short"):
        opened(swapped, private)


def test_other_file_is_refused(keys):
    with pytest.raises(seal.CannotOpen, match="not a backup"):
        opened(b"SQLite format 3", keys[0])


def test_mistyped_key_is_said(keys):
    with pytest.raises(seal.CannotOpen, match="not a backup key"):
        opened(sealed(b"secret", keys[1]), "hunter2")


def test_facts_can_be_read_without_the_key(keys, tmp_path):
    path = tmp_path / "backup"
    path.write_bytes(sealed(b"secret", keys[1]))

    assert seal.facts(path)["engine"] == "sqlite"
