"""Read what a clinic signed. A text is parsed once for all who signed the same words."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import QuerySet

from luna.clinical.protocol import Protocol
from luna.clinical.triage import RuleSet
from luna.library import content
from luna.library.emergency import Emergency
from luna.library.models import ContentVersion

RULES = "recovery"  # the triage rules that judge check-ins at home
NUMBERS_GOOD_FOR = timedelta(days=365)  # after that a clinic checks its emergency numbers again

_PARSED: dict[str, Protocol] = {}
_NUMBERS: dict[str, Emergency] = {}


def signed(clinic_id: UUID, kind: str, content_id: str) -> ContentVersion | None:
    """Return the version of a content the clinic signed last, or None if it never signed one.

    kind: a ContentVersion.Kind value.
    """
    rows = ContentVersion.objects.filter(clinic_id=clinic_id, kind=kind, content_id=content_id)
    return rows.order_by("-signed_at", "-id").first()


def signed_protocols(clinic_id: UUID) -> list[ContentVersion]:
    """Return the version the clinic signed last of each protocol, by content id, without their texts."""
    rows = ContentVersion.objects.filter(clinic_id=clinic_id, kind=ContentVersion.Kind.PROTOCOL)
    return list(_newest(rows).values())


def newest(clinic_id: UUID) -> dict[tuple[str, str], ContentVersion]:
    """Return (kind, content id) -> the version the clinic signed last, without the texts."""
    return _newest(ContentVersion.objects.filter(clinic_id=clinic_id))


def has_run_out(version: ContentVersion, now: datetime) -> bool:
    """Tell whether a signature is so old that it is due again. Only numbers change by themselves."""
    return version.kind == ContentVersion.Kind.EMERGENCY and now - version.signed_at > NUMBERS_GOOD_FOR


def rules(clinic_id: UUID) -> RuleSet:
    """Return the newest triage rules the clinic signed, else those that came with Luna: never none."""
    version = signed(clinic_id, ContentVersion.Kind.TRIAGE, RULES)
    return content.triage_of(version.text) if version else content.triage_rules(RULES)


def emergency(clinic_id: UUID, country: str) -> Emergency:
    """Return the newest emergency numbers the clinic signed for its country, else the packaged ones.

    country: ISO 3166 code of two letters. A signature that has run out still counts: it is due
    again, but no less right than what nobody at the clinic has checked.
    """
    rows = ContentVersion.objects.filter(
        clinic_id=clinic_id, kind=ContentVersion.Kind.EMERGENCY, content_id=country.lower()
    )
    sha256 = rows.order_by("-signed_at", "-id").values_list("sha256", flat=True).first()
    if sha256 is None:
        return content.emergency(country)
    if sha256 not in _NUMBERS:
        _NUMBERS[sha256] = content.emergency_of(rows.filter(sha256=sha256)[0].text)
    return _NUMBERS[sha256]


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


def _newest(rows: QuerySet[ContentVersion]) -> dict[tuple[str, str], ContentVersion]:
    rows = rows.defer("text").order_by("kind", "content_id", "signed_at", "id")
    return {(row.kind, row.content_id): row for row in rows}
