"""Every fact that findings are worked out from, and what of it was known at an earlier moment."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from luna.clinical import baseline
from luna.intake.models import EligibilityDecision, Enquiry, LabResult, Medicine, MedicineReview
from luna.intake.plans.answers import INTAKES
from luna.people.access import Viewer
from luna.people.models import Patient
from luna.records.models import Fact, Observation, Response


@dataclass(frozen=True, slots=True)
class Known:
    """What was told and measured of one patient: every row ever, the oldest first.

    decisions: those that were signed.
    """

    responses: tuple[Response, ...] = ()
    medicines: tuple[Medicine, ...] = ()
    reviews: tuple[MedicineReview, ...] = ()
    observations: tuple[Observation, ...] = ()
    results: tuple[LabResult, ...] = ()
    enquiries: tuple[Enquiry, ...] = ()
    decisions: tuple[EligibilityDecision, ...] = ()

    @property
    def decision(self) -> EligibilityDecision | None:
        """Return the decision that was signed last, None while there is none."""
        followed = {row.supersedes_id for row in self.decisions}
        return next((row for row in reversed(self.decisions) if row.id not in followed), None)

    def since(self, decision: EligibilityDecision) -> tuple[Fact, ...]:
        """Return what was told and measured since a decision, the oldest first.

        A form that waited while the decision was signed has the earlier time: its id tells.
        """
        told = (
            *self.responses,
            *self.medicines,
            *self.observations,
            *self.results,
            *self.enquiries,
        )
        later = [row for row in told if row.recorded_at >= decision.recorded_at or row.id > decision.id]
        return tuple(sorted(later, key=_order))

    def up_to(self, fact: Fact) -> "Known":
        """Return what was known right after one fact was told."""
        last = _order(fact)
        return self._of(lambda row: _order(row) <= last)

    def before(self, fact: Fact) -> "Known":
        """Return what was known until one fact was told."""
        first = _order(fact)
        return self._of(lambda row: _order(row) < first)

    def _of(self, wanted: Callable[[Fact], bool]) -> "Known":
        def until(rows: Iterable[Any]) -> tuple[Any, ...]:
            return tuple(row for row in rows if wanted(row))

        return Known(
            responses=until(self.responses),
            medicines=until(self.medicines),
            reviews=until(self.reviews),
            observations=until(self.observations),
            results=until(self.results),
            enquiries=until(self.enquiries),
        )


def known_of(viewer: Viewer, patients: Iterable[Patient]) -> dict[UUID, Known]:
    """Return patient id -> what is known of them, as the viewer may see it. Seven queries."""
    ids = [patient.id for patient in patients]
    found: dict[UUID, dict[str, list[Any]]] = {of: defaultdict(list) for of in ids}
    for name, model, more in (
        ("responses", Response, {"questionnaire__in": list(INTAKES)}),
        ("medicines", Medicine, {}),
        ("reviews", MedicineReview, {}),
        ("observations", Observation, {"name__in": list(baseline.MEASURES), "task_key": None}),
        ("results", LabResult, {}),
        ("enquiries", Enquiry, {}),
        ("decisions", EligibilityDecision, {}),
    ):
        rows = model.objects.visible_to(viewer).filter(patient__in=ids, **more)
        for row in rows.select_related("by").order_by("recorded_at", "id"):
            found[row.patient_id][name].append(row)
    return {of: Known(**{name: tuple(rows) for name, rows in lists.items()}) for of, lists in found.items()}


def _order(fact: Fact) -> tuple[datetime, UUID]:
    return fact.recorded_at, fact.id
