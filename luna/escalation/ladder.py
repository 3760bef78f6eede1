"""Set a clinic's ladder: who is told, and after how long. One that would not climb is refused."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from luna.audit import actions as audit
from luna.escalation import plans
from luna.escalation.models import Escalation, Rung
from luna.feed import actions as feed
from luna.people.access import Viewer
from luna.people.errors import Refused, Stale
from luna.people.models import Clinic, Clinician


@dataclass(frozen=True, slots=True)
class RungChoice:
    """One rung as an administrator chose it. who: "role:nurse", or "person:" and a clinician's id."""

    who: str
    after_min: int


@transaction.atomic
def set_ladder(*, rungs: Sequence[RungChoice], viewer: Viewer, version: int, now: datetime) -> None:
    """Replace a clinic's ladder. version: of the clinic's row when the page was drawn.

    Raises Refused for a ladder that would not climb or reaches nobody, and Stale.
    """
    clinic = Clinic.objects.select_for_update().get(id=viewer.clinic_id)
    if clinic.version != version:
        raise Stale
    made = [_rung(clinic.id, position, choice) for position, choice in enumerate(rungs)]
    _check_ladder(made)
    Rung.objects.filter(clinic=clinic).delete()
    Rung.objects.bulk_create(made)
    clinic.version += 1
    clinic.save(update_fields=["version"])
    for row in (
        Escalation.objects.open()
        .filter(clinic=clinic)
        .select_related("clinic")
        .select_for_update(of=("self",))
    ):
        # One that was told in full keeps its time to begin anew.
        row.next_rung_at = plans.next_rung_at(row, made) or row.next_rung_at
        row.save(update_fields=["next_rung_at"])
    payload = {"rungs": [(choice.who, choice.after_min) for choice in rungs]}
    audit.record("ladder.change", by=viewer, subject=clinic, now=now, payload=payload)
    feed.changed(clinic_id=clinic.id, now=now)


def _rung(clinic_id: UUID, position: int, choice: RungChoice) -> Rung:
    kind, _sep, of = choice.who.partition(":")
    if kind == "role":
        return Rung(clinic_id=clinic_id, position=position, after_min=choice.after_min, role=of)
    person = Clinician.objects.filter(clinic_id=clinic_id, id=of).first()
    if person is None:
        raise Refused(_("Choose people who work here."), f"rung{position}-who")
    return Rung(clinic_id=clinic_id, position=position, after_min=choice.after_min, clinician=person)


def _check_ladder(made: Sequence[Rung]) -> None:
    if not made:
        raise Refused(_("Name at least one person or role. Otherwise nobody is ever told."), "rung0-who")
    if made[0].after_min != 0:
        raise Refused(_("The first step is told at once. Enter 0 minutes."), "rung0-after_min")
    for lower, upper in pairwise(made):
        if upper.after_min < lower.after_min:
            message = _("Each step comes after the one before it. Enter %(least)s minutes or more.")
            raise Refused(message % {"least": lower.after_min}, f"rung{upper.position}-after_min")
    if not any(plans.recipients(rung) for rung in made):
        raise Refused(_("No step reaches anyone who works here now. Name someone who does."), "rung0-who")
