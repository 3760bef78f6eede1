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
        "read consultations, measure, note results and medicines; write down spoken orders; start and stop "
        "series; book, move and cancel infusions; run late or close a day; start those that are ready; "
        "say what happens on the day; "
        "write down check-ins told on the phone"
    ),
    Role.PRESCRIBER: _(
        "what a nurse may; decide who can be treated, and that an infusion goes ahead all the same; sign, "
        "stop and countersign orders; sign protocols, the "
        "texts patients consent to, the triage rules and the emergency numbers"
    ),
    Role.THERAPIST: _("nothing more"),
    Role.COORDINATOR: _(
        "book, move and cancel infusions; run late or close a day; say what happens on the day; "
        "say who cares for a patient"
    ),
    Role.ADMIN: _(
        "sign the texts patients consent to; change the clinic's settings, hours, chairs, staff and ladder; "
        "say who cares for a patient; read the audit; review who opened charts"
    ),
}
# The pages that not all staff open, or none without the PIN: name of the address -> what one does there.
PAGES = {
    "consultation": _("A patient’s consultation"),
    "chart-medicine-add": _("Write down a medicine they take"),
    "chart-medicine": _("Write down what they say of a medicine"),
    "decision": _("Decide whether somebody can be treated"),
    "series-new": _("Start a series"),
    "series-stop": _("Stop a series"),
    "infusion-book": _("Add an infusion to a series"),
    "order-new": _("Sign an order, or write down a spoken one"),
    "order": _("Stop or countersign an order"),
    "series-money": _("What was told, paid or waived in a series"),
    "infusion": _("The day of an infusion"),
    "day-change": _("Run late or close a day"),
    "day-changed": _("What came of running late or closing, and whom to call"),
    "waiting-list": _("Who waits for an earlier time; offer a freed chair"),
    "sooner-wish": _("Put somebody on the list for an earlier time"),
    "ready": _("Whether an infusion is ready; start it"),
    "override": _("Decide that an infusion goes ahead all the same"),
    "infusion-move": _("Move an infusion"),
    "infusion-cancel": _("Cancel an infusion"),
    "check-in-phoned": _("Write down a check-in told on the phone"),
    "check-in-phoned-result": _("What follows from a check-in told on the phone"),
    "told-with-them": _("Write down who said on the phone that they are with a patient at home"),
    "infusion-duty": _("Say who is there for an infusion"),
    "infusion-ride": _("Say how somebody gets home from an infusion"),
    "infusion-ride-name": _("Name who takes somebody home"),
    "briefing-aloud": _("Read the briefing aloud and sign it"),
    "chart-team": _("Say who cares for a patient"),
    "chart-let-back-in": _("Help a patient or caretaker back in"),
    "chart-put-address-back": _("Put the address of a patient or caretaker back"),
    "staff": _("Who works here"),
    "staff-add": _("Add somebody to the staff"),
    "staff-change": _("Change what a colleague may do"),
    "staff-deactivate": _("End somebody’s place on the staff"),
    "staff-let-back-in": _("Help a colleague back in"),
    "staff-put-address-back": _("Put the address of a colleague back"),
    "settings-clinic": _("The clinic’s name, numbers and words"),
    "settings-hours": _("Opening hours"),
    "closed-days": _("Closed days"),
    "closed-day-remove": _("Open on a closed day again"),
    "chairs": _("Chairs"),
    "chair": _("Change a chair"),
    "ladder": _("The ladder: who is told, and when"),
    "access-review": _("Review who opened charts"),
    "audit": _("The audit"),
}
ALWAYS, IF_SHARED, NEVER = _("yes"), _("if the patient says so"), _("never")


@dataclass(frozen=True, slots=True)
class KindRow:
    """One kind of information, and who sees it: the patient and the clinic's staff always do."""

    label: Any
    to_caretakers: Any


@dataclass(frozen=True, slots=True)
class PageRow:
    """One page not open to all staff as it is: which roles open it, and whether the PIN is asked first."""

    name: Any
    roles: frozenset[str]
    is_fresh: bool


def kinds() -> list[KindRow]:
    """Return every kind of information and what caretakers see of it."""
    return [KindRow(label, _to_caretakers(kind)) for kind, label in access.KINDS.items()]


def staff_pages() -> list[PageRow]:
    """Return the pages that not all staff may open, or not without the PIN, in the order of `PAGES`."""
    found = {
        str(pattern.name): PageRow(
            name=PAGES[str(pattern.name)],
            roles=frozenset(getattr(pattern.callback, "roles", ()) or Role.values),
            is_fresh=getattr(pattern.callback, "fresh", False),
        )
        for pattern in _patterns(get_resolver().url_patterns)
        if "staff" in getattr(pattern.callback, "capacities", ()) and _is_limited(pattern.callback)
    }
    return [found[name] for name in PAGES]


def _to_caretakers(kind: str) -> Any:
    if kind in access.PRIVATE:
        return NEVER
    return ALWAYS if kind in access.PRACTICAL else IF_SHARED


def _patterns(found: Any) -> Iterator[URLPattern]:
    for pattern in found:
        if isinstance(pattern, URLResolver):
            yield from _patterns(pattern.url_patterns)
        else:
            yield pattern


def _is_limited(view: Any) -> bool:
    return bool(getattr(view, "roles", ()) or getattr(view, "fresh", False))
