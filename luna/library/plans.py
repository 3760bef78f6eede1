"""Read what a clinic signed. A text is parsed once for all who signed the same words."""

from collections.abc import Iterable, Mapping
from uuid import UUID

from luna.clinical.protocol import Protocol
from luna.library import content
from luna.library.models import ContentVersion

_PARSED: dict[str, Protocol] = {}


def signed(clinic_id: UUID, kind: str, content_id: str) -> ContentVersion | None:
    """Return the version of a content the clinic signed last, or None if it never signed one.

    kind: a ContentVersion.Kind value.
    """
    rows = ContentVersion.objects.filter(clinic_id=clinic_id, kind=kind, content_id=content_id)
    return rows.order_by("-signed_at", "-id").first()


def signed_protocols(clinic_id: UUID) -> list[ContentVersion]:
    """Return the version the clinic signed last of each protocol, by content id, without their texts."""
    rows = ContentVersion.objects.filter(clinic_id=clinic_id, kind=ContentVersion.Kind.PROTOCOL)
    newest: dict[str, ContentVersion] = {}
    for row in rows.defer("text").order_by("content_id", "signed_at", "id"):
        newest[row.content_id] = row
    return list(newest.values())


def protocol(version: ContentVersion) -> Protocol:
    """Return the protocol a signed version holds."""
    return protocols([version])[version.sha256]


def protocols(versions: Iterable[ContentVersion]) -> Mapping[str, Protocol]:
    """Return sha256 -> protocol. Only texts never read before are fetched, in one query."""
    wanted = {version.sha256 for version in versions}
    unread = wanted.difference(_PARSED)
    if unread:
        rows = ContentVersion.objects.filter(sha256__in=unread, kind=ContentVersion.Kind.PROTOCOL)
        _PARSED.update(
            (sha256, content.protocol_of(text)) for sha256, text in rows.values_list("sha256", "text")
        )
    return {sha256: _PARSED[sha256] for sha256 in wanted}
