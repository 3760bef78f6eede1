"""Who may see and do what, read from where it is decided: the kinds, the roles, and every view's own word."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver
from django.utils.translation import gettext_lazy as _

from luna.people import access
from luna.people.models import Clinician

Role = Clinician.Role
# What a role allows beyond what all staff may; said to staff. docs/permissions.md says the same.
MAY = {
    Role.NURSE: _(
        "read consultations, measure and note results; write down spoken orders; start and stop series; "
        "book, move and cancel infusions; say what happens on the day; write down check-ins told on the phone"
    ),
    Role.PRESCRIBER: _(
        "what a nurse may; decide who can be treated; sign, stop and countersign orders; sign protocols, the "
        "texts patients consent to, the triage rules and the emergency numbers"
    ),
    Role.THERAPIST: _("nothing more"),
    Role.COORDINATOR: _(
        "book, move and cancel infusions; say what happens on the day; say who cares for a patient"
    ),
    Role.ADMIN: _(
        "sign the texts patients consent to; change the clinic's settings, hours, chairs, staff and ladder; "
        "say who cares for a patient; read the audit; review who opened charts"
    ),
}
ALWAYS, IF_SHARED, NEVER = _("yes"), _("if the patient says so"), _("never")


@dataclass(frozen=True, slots=True)
class KindRow:
    """One kind of information, and who sees it: the patient and the clinic's staff always do."""

    label: Any
    to_caretakers: Any


@dataclass(frozen=True, slots=True)
class PageRow:
    """One page of the clinic's: its address, which roles open it, and whether the PIN is asked first."""

    address: str
    roles: frozenset[str]
    is_fresh: bool


def kinds() -> list[KindRow]:
    """Return every kind of information and what caretakers see of it."""
    return [KindRow(label, _to_caretakers(kind)) for kind, label in access.KINDS.items()]


def staff_pages() -> list[PageRow]:
    """Return every page staff may open, by address."""
    found = [
        PageRow(
            address=_address(pattern, before),
            roles=frozenset(getattr(pattern.callback, "roles", ()) or Role.values),
            is_fresh=getattr(pattern.callback, "fresh", False),
        )
        for before, pattern in _patterns(get_resolver().url_patterns)
        if "staff" in getattr(pattern.callback, "capacities", ())
    ]
    return sorted(found, key=lambda row: row.address)


def _to_caretakers(kind: str) -> Any:
    if kind in access.PRIVATE:
        return NEVER
    return ALWAYS if kind in access.PRACTICAL else IF_SHARED


def _patterns(found: Any, before: str = "/") -> Iterator[tuple[str, URLPattern]]:
    for pattern in found:
        if isinstance(pattern, URLResolver):
            yield from _patterns(pattern.url_patterns, before + str(pattern.pattern))
        else:
            yield before, pattern


def _address(pattern: URLPattern, before: str) -> str:
    """Return an address as people read it: what it is about in braces."""
    text = before + str(pattern.pattern)
    for name in pattern.pattern.converters:
        kind = next(part for part in text.split("<") if part.partition(">")[0].endswith(f":{name}"))
        text = text.replace(f"<{kind.partition('>')[0]}>", f"{{{name.removesuffix('_id')}}}")
    return text
