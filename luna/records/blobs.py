"""Files of a patient's: a signed consent, a photo of one on paper. Each is sealed under a key of its own.

A file is what its first bytes say, whatever it was called. It is only ever handed out as a
download, so that a browser never runs it as one of our pages.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.http import Http404, HttpResponse
from django.utils.translation import gettext_lazy as _
from uuid6 import uuid7

from luna.audit import actions as audit
from luna.feed import actions as feed
from luna.people import keys
from luna.people.access import Viewer
from luna.people.errors import Refused, Unreadable
from luna.people.models import Patient
from luna.records.models import Blob

LARGEST = 8 * 1024 * 1024  # bytes: a photo of a page, or a hundred pages of text
# What a file begins with -> what it is, and how its name ends.
MEDIA = (
    (b"%PDF-", "application/pdf", "pdf"),
    (b"\xff\xd8\xff", "image/jpeg", "jpg"),
    (b"\x89PNG\r\n\x1a\n", "image/png", "png"),
)


@dataclass(frozen=True, slots=True)
class File:
    """One file, opened."""

    name: str
    media: str
    content: bytes


@transaction.atomic
def store(*, viewer: Viewer, patient: Patient, kind: str, stem: str, content: bytes, now: datetime) -> Blob:
    """Seal a file and keep it; return its row.

    kind: what it is shared as (Blob.Kind). stem: what it is saved as, without its ending: "consent".
    Raises Http404 when the patient is not the viewer's, and Refused for a file that is too large
    or neither a PDF nor a photo.
    """
    if viewer.clinic_id != patient.clinic_id or not (viewer.is_staff or viewer.patient_id == patient.id):
        raise Http404
    media, ending = _media(content)
    row = Blob(
        id=uuid7(),
        clinic_id=patient.clinic_id,
        patient=patient,
        kind=Blob.Kind(kind),
        by_id=viewer.user_id,
        at=now,
        name=f"{stem}.{ending}",
        media=media,
        size=len(content),
    )
    row.sealed = keys.seal(keys.key_for(row.id, "entry", now), content, **_place(row))
    row.digest = audit.digest({"name": row.name, "content": content.hex()})
    row.save(force_insert=True)
    audit.record("file.store", by=viewer, subject=row, now=now)
    feed.changed(clinic_id=row.clinic_id, patient_id=row.patient_id, now=now)
    return row


def read(viewer: Viewer, blob_id: UUID, now: datetime) -> File:
    """Return a file the viewer may see, and note that they looked.

    Raises Http404 for any other, and for one whose key was destroyed.
    """
    row = Blob.objects.visible_to(viewer).filter(id=blob_id).first()
    if row is None:
        raise Http404
    try:
        content = keys.unseal(row.sealed, **_place(row))
    except Unreadable:
        raise Http404 from None
    audit.read("file.read", by=viewer, subject=row, now=now)
    return File(row.name, row.media, content)


def download(file: File) -> HttpResponse:
    """Return a file as a download that no browser opens as a page, and that no cache keeps."""
    return HttpResponse(
        file.content,
        content_type=file.media,
        headers={
            "Content-Disposition": f'attachment; filename="{file.name}"',
            "Cache-Control": "private, no-store",
            "X-Content-Type-Options": "nosniff",
        },
    )


def _media(content: bytes) -> tuple[str, str]:
    if len(content) > LARGEST:
        raise Refused(_("This file is too large. Use one of at most 8 megabytes."), "file")
    for begins, media, ending in MEDIA:
        if content.startswith(begins):
            return media, ending
    raise Refused(_("This is neither a PDF nor a photo. Use a PDF, JPEG or PNG file."), "file")


def _place(row: Blob) -> dict[str, object]:
    """Return what a file's ciphertext is bound to: moved anywhere else it does not open."""
    return {"table": "records_blob", "column": "sealed", "row": row.id, "person": row.patient_id}
