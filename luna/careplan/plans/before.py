"""What a patient says before an infusion: how anxious they are, and a line to hold on to."""

from dataclasses import dataclass
from datetime import datetime

from luna.people.access import Viewer
from luna.records.models import Response
from luna.treatment import comforts
from luna.treatment import plans as treatment
from luna.treatment.models import Infusion

ANXIETY = "anxiety"  # the questionnaire, and its one question


@dataclass(frozen=True, slots=True)
class Felt:
    """How anxious a patient said they are, 0 to 10, and when. by: who of staff wrote it down, if they did."""

    value: int
    at: datetime
    by: str = ""


def next_infusion(viewer: Viewer, now: datetime) -> Infusion | None:
    """Return the patient's first infusion that has not started, None when there is none."""
    found = comforts.at_hand(viewer, now)
    return found.open if found else None


def asked_today(viewer: Viewer, now: datetime) -> Infusion | None:
    """Return the infusion that the patient is asked about now: on its day, until it starts."""
    infusion = next_infusion(viewer, now)
    return infusion if infusion is not None and treatment.is_day(infusion, now) else None


def felt(viewer: Viewer, infusion: Infusion) -> Felt | None:
    """Return the newest number said before an infusion, None while none was. One query."""
    rows = Response.objects.visible_to(viewer).filter(
        patient=infusion.patient_id, questionnaire=ANXIETY, task_key=anxiety_key(infusion)
    )
    last = rows.select_related("by").order_by("recorded_at", "id").last()
    if last is None:
        return None
    by = last.by.name if last.capacity == "staff" else ""
    return Felt(int(last.answers[ANXIETY]), last.at, by)


def anxiety_key(infusion: Infusion) -> str:
    """Return what answers about an infusion belong to; it is no step's."""
    return f"{infusion.id.hex}.{ANXIETY}"


def pressure_key(infusion: Infusion) -> str:
    """Return what blood pressures at arrival belong to; it is no step's."""
    return f"{infusion.id.hex}.pressure"
