"""What was told since a prescriber last decided, or said that they had read what is new."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from luna.intake.models import Medicine, News, Reading
from luna.intake.plans import answers
from luna.intake.plans.known import Known
from luna.people.access import Viewer
from luna.people.models import Patient


@dataclass(frozen=True, slots=True)
class Line:
    """One medicine as it stands, and all that was said of it before, the newest first. is_new: said since."""

    row: Medicine
    earlier: tuple[Medicine, ...]
    is_new: bool


@dataclass(frozen=True, slots=True)
class Changes:
    """What is new. since: None while no prescriber decided or read anything: then nothing is marked.

    taken: what is taken; ended: what is not any more, and what was on the list by mistake. before: item
    of the intake -> what its answer was, blank if it had none; of those that are another now.
    """

    since: datetime | None
    taken: tuple[Line, ...]
    ended: tuple[Line, ...]
    before: Mapping[str, str]


def changes(viewer: Viewer, patient: Patient, known: Known) -> Changes:
    """Return what was told since a prescriber last decided or read. One query."""
    read = Reading.objects.visible_to(viewer).filter(patient=patient, news__what__in=News.DECIDED_ON)
    times = [*(one.recorded_at for one in known.decisions), *read.values_list("recorded_at", flat=True)]
    since = max(times, default=None)
    lines = _lines(known.medicines, since)
    return Changes(
        since=since,
        taken=tuple(line for line in lines if line.row.is_taken),
        ended=tuple(line for line in lines if not line.row.is_taken),
        before=_before(patient, known, since),
    )


def _lines(rows: tuple[Medicine, ...], since: datetime | None) -> list[Line]:
    """Return each medicine as it stands, in the order they were first told."""
    follows = {row.supersedes_id: row for row in rows if row.supersedes_id}
    lines = []
    for first in (row for row in rows if row.supersedes_id is None):
        said = [first]
        while said[0].id in follows:
            said.insert(0, follows[said[0].id])
        is_new = since is not None and said[0].recorded_at > since
        lines.append(Line(said[0], tuple(said[1:]), is_new))
    return lines


def _before(patient: Patient, known: Known, since: datetime | None) -> dict[str, str]:
    now = answers.intake(patient, known.responses)
    if now is None or since is None:
        return {}
    then = answers.intake(patient, [row for row in known.responses if row.recorded_at <= since])
    said = {one.item: then.said(one.item) if then else "" for one in now.told}
    return {item: words for item, words in said.items() if words != now.said(item)}
