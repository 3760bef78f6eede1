"""Files are what their bytes say, sealed under keys of their own, and downloaded only by who may see them."""

from uuid import uuid4

import pytest
from django.db import DatabaseError, transaction
from django.http import Http404

from luna.audit.models import AuditEvent
from luna.people import keys
from luna.people.errors import Refused
from luna.people.models import Key
from luna.records import blobs
from luna.records.models import Blob

PDF = b"%PDF-1.7 the exact text that Ana agreed to"
JPEG = b"\xff\xd8\xff\xe0 a photo"


@pytest.fixture
def stored(cast, now):
    return store(cast, now)


def store(cast, now, *, by="nia", kind="history", content=PDF):
    return blobs.store(
        viewer=cast.sees(by), patient=cast.ana_patient, kind=kind, stem="consent", content=content, now=now
    )


def test_file_comes_back_as_it_was(cast, stored, now):
    assert blobs.read(cast.sees("nia"), stored.id, now) == blobs.File("consent.pdf", "application/pdf", PDF)


@pytest.mark.threat("T9")
def test_file_lies_sealed_in_the_database(stored):
    row = Blob.objects.get()

    assert b"Ana agreed" not in bytes(row.sealed)
    assert row.size == len(PDF)


def test_file_of_a_destroyed_key_is_gone(cast, stored, now):
    keys.destroy(Key.objects.get(owner_id=stored.id), now)

    with pytest.raises(Http404):
        blobs.read(cast.sees("nia"), stored.id, now)


def test_each_file_has_a_key_of_its_own(cast, stored, now):
    other = store(cast, now, content=JPEG)

    keys.destroy(Key.objects.get(owner_id=stored.id), now)

    assert blobs.read(cast.sees("nia"), other.id, now).content == JPEG


@pytest.mark.threat("T4")
@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("ana", True), ("nia", True), ("diaz", True), ("bea", False), ("oli", False), ("cal", False),
        ("dee", False), ("dee_caring", False), ("zoe", False), ("eve", False),
    ],
)  # fmt: skip
def test_file_is_read_by_the_patient_and_their_clinic(cast, stored, now, name, found):
    try:
        blobs.read(cast.sees(name), stored.id, now)
    except Http404:
        assert not found
    else:
        assert found


@pytest.mark.threat("T4")
@pytest.mark.parametrize("name", ["oli", "cal", "dee", "dee_caring", "zoe", "eve"])
def test_file_is_not_stored_by_the_wrong_people(cast, now, name):
    with pytest.raises(Http404):
        store(cast, now, by=name)

    assert Blob.objects.count() == 0


def test_unknown_file_is_not_found(cast, now):
    with pytest.raises(Http404):
        blobs.read(cast.sees("nia"), uuid4(), now)


@pytest.mark.parametrize(
    ("content", "media", "name"),
    [
        (PDF, "application/pdf", "consent.pdf"),
        (JPEG, "image/jpeg", "consent.jpg"),
        (b"\x89PNG\r\n\x1a\n...", "image/png", "consent.png"),
    ],
)
def test_file_is_what_its_first_bytes_say(cast, now, content, media, name):
    row = store(cast, now, content=content)

    assert (row.media, row.name) == (media, name)


@pytest.mark.threat("T8")
@pytest.mark.parametrize(
    "content", [b"", b"<html><script>alert(1)</script>", b"MZ\x90", b" %PDF-1.7", b"<svg onload=alert(1)>"]
)
def test_file_of_another_sort_is_refused(cast, now, content):
    with pytest.raises(Refused) as refused:
        store(cast, now, content=content)

    assert refused.value.field == "file"
    assert Blob.objects.count() == 0


def test_file_that_is_too_large_is_refused(cast, now):
    with pytest.raises(Refused):
        store(cast, now, content=PDF + b"x" * blobs.LARGEST)


@pytest.mark.threat("T8")
def test_download_is_never_opened_as_a_page():
    response = blobs.download(blobs.File("consent.pdf", "application/pdf", PDF))

    assert response["Content-Disposition"] == 'attachment; filename="consent.pdf"'
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Cache-Control"] == "private, no-store"


def test_looking_and_storing_are_audited(cast, stored, now):
    blobs.read(cast.sees("ana"), stored.id, now)

    assert list(AuditEvent.objects.order_by("id").values_list("verb", "patient_id")) == [
        ("file.store", cast.ana_patient.id),
        ("file.read", cast.ana_patient.id),
    ]


def test_stored_file_cannot_be_changed(stored):
    with pytest.raises(DatabaseError), transaction.atomic():
        Blob.objects.update(name="other.pdf")
