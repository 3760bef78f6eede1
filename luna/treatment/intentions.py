"""The line a patient holds on to before an infusion: theirs alone, but for whom they show it to."""

from dataclasses import dataclass
from datetime import datetime

from luna.people.access import Viewer
from luna.people.models import CircleMember
from luna.records import plans as kept
from luna.records.plans import Line
from luna.treatment import comforts, covers, plans
from luna.treatment.models import Infusion

INTENTION = "intention"


@dataclass(frozen=True, slots=True)
class Reader:
    """Somebody a line can be shown to. member: None for the nurses of the clinic."""

    member: CircleMember | None
    is_shown: bool

    @property
    def key(self) -> str:
        """Return who it is, as a form says it: empty for the nurses."""
        return str(self.member.id) if self.member else ""


@dataclass(frozen=True, slots=True)
class Own:
    """A patient's line for one infusion, with everybody it can be shown to, the nurses first."""

    infusion: Infusion
    line: Line
    readers: tuple[Reader, ...]

    @property
    def shown(self) -> list[Reader]:
        """Return whom it is shown to."""
        return [one for one in self.readers if one.is_shown]


def key(infusion: Infusion) -> str:
    """Return what lines for an infusion belong to; it is no step's."""
    return f"{infusion.id.hex}.{INTENTION}"


def own(viewer: Viewer, infusion: Infusion) -> Own | None:
    """Return the line the viewer chose for an infusion, None without one. Three queries."""
    line = next(iter(kept.own_lines(viewer, key(infusion))), None)
    if line is None:
        return None
    shown = {row.member_id for row in kept.shares(viewer, line)}
    circle = [one for one in covers.circle().filter(patient=viewer.patient_id) if kept.is_reader(one)]
    readers = (Reader(one, (one.id if one else None) in shown) for one in (None, *circle))
    return Own(infusion, line, tuple(readers))


def shown(viewer: Viewer, infusion: Infusion, now: datetime) -> Line | None:
    """Return the line a patient shows to somebody else for an infusion, until it is over. Needs its moments.

    Whoever must not take the patient home is shown none; a patient who looks as they do is not told so.
    """
    writer = infusion.patient.user_id
    if writer is None or plans.is_off(infusion, infusion.series) or comforts.is_over(infusion, now):
        return None
    line = kept.shown_line(viewer, key(infusion), writer)
    if line is None or viewer.member is None or viewer.looking:
        return line
    return None if covers.is_barred(covers.circle().get(id=viewer.member.id)) else line
