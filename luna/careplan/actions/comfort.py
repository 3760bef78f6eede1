"""Write the comfort card: how a patient wants to be cared for during their infusions."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID, uuid5

from django.db import transaction
from django.http import Http404
from django.utils.translation import gettext_lazy as _

from luna.audit import actions as audit
from luna.careplan import plans
from luna.careplan.actions import marking
from luna.clinical.comfort import ANSWERS, LONGEST, TEXTS
from luna.clinical.task import TaskStatus
from luna.escalation import writing
from luna.escalation.writing import Written
from luna.feed import actions as feed
from luna.people.access import Viewer
from luna.people.errors import Refused, Replayed
from luna.records import facts
from luna.treatment import comforts
from luna.treatment.models import ComfortCard, Series


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a patient says on a card. said: question -> answer, "" for not said.

    infusion_id: the only infusion it is for, None for all of the series.
    """

    said: Mapping[str, str]
    calms: str = ""
    avoid: str = ""
    infusion_id: UUID | None = None

    @property
    def words(self) -> Written:
        """Return what is in their own words: it is looked at for phrases as any other."""
        return Written(f"{self.calms} {self.avoid}")

    def checked(self) -> "Wanted":
        """Return it trimmed, with what is not said left out. Raises Refused for what cannot be said."""
        for name, answer in self.said.items():
            if answer and answer not in ANSWERS.get(name, ()):
                raise Refused(_("Choose one of these, or “not said”."), name)
        for name in TEXTS:  # as it came: it may have been cut at a space
            if len(getattr(self, name)) > LONGEST:
                raise Refused(_("This is too long. Write at most %(n)s letters.") % {"n": LONGEST}, name)
        texts = {name: getattr(self, name).strip() for name in TEXTS}
        return replace(self, said={name: one for name, one in self.said.items() if one}, **texts)


def write(*, viewer: Viewer, wanted: Wanted, client_id: UUID, now: datetime) -> ComfortCard:
    """Write a patient's own card; words on it that cannot wait bring a human.

    It counts for the infusions that have not started. A step that asks for the card is done with it.
    Raises Refused for what cannot be said, and Http404 for whoever is no patient with an infusion ahead.
    """
    if viewer.capacity_kind != "patient":
        raise Http404
    writing.heed(viewer=viewer, written=wanted.words, client_id=client_id, now=now)
    return _write(viewer, wanted.checked(), client_id, now)


@transaction.atomic
def _write(viewer: Viewer, wanted: Wanted, client_id: UUID, now: datetime) -> ComfortCard:
    series = _held(viewer, now)
    before = ComfortCard.objects.filter(by=viewer.user_id, client_id=client_id).first()
    if before is not None:
        told = (before.said, before.calms, before.avoid, before.infusion_id)
        if told != (wanted.said, wanted.calms, wanted.avoid, wanted.infusion_id):
            raise Replayed
        return before
    found = comforts.at_hand(viewer, now)
    if found is None or found.open is None:
        raise Refused(_("No infusion is ahead. Nothing was changed."))
    if wanted.infusion_id not in (None, found.open.id):
        raise Refused(_("That infusion has started, or is not the next. Look again, then save."), "only")
    row = ComfortCard.objects.create(
        **facts.columns(series, viewer, client_id, now),
        series=series,
        infusion_id=wanted.infusion_id,
        said=wanted.said,
        calms=wanted.calms,
        avoid=wanted.avoid,
    )
    payload = {"said": wanted.said, "calms": wanted.calms, "avoid": wanted.avoid}
    audit.record("comfort.write", by=viewer, subject=row, now=now, payload=payload)
    _answer(viewer, series, client_id, now)
    feed.changed(clinic_id=series.clinic_id, patient_id=series.patient_id, now=now)
    return row


def _held(viewer: Viewer, now: datetime) -> Series:
    """Return the series a card is written for, keeping it still: no infusion starts meanwhile."""
    found = comforts.at_hand(viewer, now)
    if found is None:
        raise Http404
    return Series.objects.select_for_update(no_key=True).get(id=found.series.id)


def _answer(viewer: Viewer, series: Series, client_id: UUID, now: datetime) -> None:
    """Mark the open steps of a series that ask for the card."""
    for plan in plans.plans_of(Series.objects.visible_to(viewer).filter(id=series.id), now):
        for task in plan.tasks:
            is_open = plan.status(task) is TaskStatus.READY
            if is_open and plans.is_actor(viewer, task) and plans.item(plan, task).is_card:
                marking.mark(
                    viewer=viewer,
                    task_key=task.key,
                    done=True,
                    revision=task.revision,
                    client_id=uuid5(client_id, task.key),
                    now=now,
                )
