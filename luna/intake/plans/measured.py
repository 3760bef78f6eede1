"""What the clinic measured before a first infusion, as it stands now."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from zoneinfo import ZoneInfo

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from luna.clinical import baseline
from luna.intake.models import LabResult
from luna.intake.plans.known import Known
from luna.records.models import Observation

# measurement -> as staff read it
MEASURES: Mapping[str, Promise] = {
    "systolic_mmhg": _("Blood pressure, upper number"),
    "diastolic_mmhg": _("Blood pressure, lower number"),
    "heart_rate_per_min": _("Heart rate"),
    "breaths_per_min": _("Breaths in a minute"),
    "spo2_percent": _("Oxygen saturation"),
    "weight_kg": _("Weight"),
    "height_cm": _("Height"),
}


@dataclass(frozen=True, slots=True)
class Measured:
    """The newest of each measurement, by name; and the results that stand, the newest first.

    zone: where the clinic is, whose days count.
    """

    rows: Mapping[str, Observation] = field(default_factory=dict)
    results: tuple[LabResult, ...] = ()
    zone: str = "UTC"

    @property
    def facts(self) -> dict[str, float]:
        """Return what rules read of the measurements."""
        return {name: float(row.value) for name, row in self.rows.items()}

    def result_of(self, test: str) -> LabResult | None:
        """Return the newest result of a test of the screening."""
        return next((row for row in self.results if row.test == test), None)

    def day_of(self, name: str) -> date:
        """Return the clinic's day on which something was measured last."""
        return self.rows[name].at.astimezone(ZoneInfo(self.zone)).date()


def measured(known: Known, zone: str) -> Measured:
    """Return what was measured: of each name the newest, and the results nobody took back."""
    newest = {row.name: row for row in sorted(known.observations, key=lambda row: (row.at, row.id))}
    replaced = {row.supersedes_id for row in known.results}
    standing = [row for row in known.results if row.id not in replaced and not row.mistaken]
    return Measured(
        rows={name: newest[name] for name in baseline.MEASURES if name in newest},
        results=tuple(sorted(standing, key=lambda row: (row.taken_on, row.id), reverse=True)),
        zone=zone,
    )
