"""What the clinic measured before a first infusion, as it stands now."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from luna.clinical import baseline
from luna.intake.models import LabResult
from luna.intake.plans.known import Known
from luna.records.models import Observation


@dataclass(frozen=True, slots=True)
class Measured:
    """The newest of each measurement, by name; and the results that stand, the newest first."""

    rows: Mapping[str, Observation] = field(default_factory=dict)
    results: tuple[LabResult, ...] = ()

    @property
    def facts(self) -> dict[str, float]:
        """Return what rules read."""
        return {name: float(row.value) for name, row in self.rows.items()}


def measured(known: Known) -> Measured:
    """Return what was measured: of each name the newest, and the results nobody took back."""
    newest = {row.name: row for row in sorted(known.observations, key=lambda row: (row.at, row.id))}
    replaced = {row.supersedes_id for row in known.results}
    standing = [row for row in known.results if row.id not in replaced and not row.mistaken]
    return Measured(
        rows={name: newest[name] for name in baseline.MEASURES if name in newest},
        results=tuple(sorted(standing, key=lambda row: (row.taken_on, row.id), reverse=True)),
    )
