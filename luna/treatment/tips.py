"""What a patient says of the tips for body and mind: which of them are left out, and since when."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Prefetch
from django.utils.translation import gettext_lazy as _

from luna.clinical import tips
from luna.clinical.tips import Choice, Part
from luna.people.access import Viewer
from luna.treatment.models import Series, TipChoice

# Of each part: what it is called, and what is in it.
PARTS = {
    Part.BODY: (_("Tips for the body"), _("Light days, water and sleep before an infusion.")),
    Part.MIND: (_("Tips for the mind"), _("Short practices, such as slow breathing.")),
}
# What was said, in the order it was.
CHOICES = Prefetch("patient__tipchoices", TipChoice.objects.order_by("recorded_at", "id"), to_attr="tips")


@dataclass(frozen=True, slots=True)
class Switch:
    """How a patient stands with the tips of one part. said: the choice that stands, None before one."""

    part: Part
    said: Choice | None

    @property
    def is_off(self) -> bool:
        """Say whether they are left out."""
        return self.said is not None and self.said.leaves_out

    @property
    def title(self) -> str:
        """Return what they are called."""
        return str(PARTS[self.part][0])

    @property
    def about(self) -> str:
        """Return what is in them."""
        return str(PARTS[self.part][1])


def switches(viewer: Viewer) -> list[Switch]:
    """Return how a patient stands with each part. One query."""
    rows = TipChoice.objects.visible_to(viewer).filter(patient=viewer.patient_id)
    return _switches(_choices(rows.order_by("recorded_at", "id")))


def of(series: Series) -> list[Switch]:
    """Return how the patient of a series that came through `plans.loaded` stands with each part."""
    return _switches(as_rules_read(series))


def as_rules_read(series: Series) -> tuple[Choice, ...]:
    """Return all that was said, of a series that came through `plans.loaded`. No queries."""
    return _choices(series.patient.tips)


def _switches(choices: tuple[Choice, ...]) -> list[Switch]:
    return [Switch(part, tips.standing(choices, part)) for part in Part]


def _choices(rows: Iterable[TipChoice]) -> tuple[Choice, ...]:
    return tuple(Choice(Part(row.part), row.leaves_out, row.at) for row in rows)
