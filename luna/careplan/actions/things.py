"""Tick a thing of a list, add one, or take one off: each tap is saved at once."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid5

from django.db import transaction
from django.http import Http404
from django.utils.translation import gettext_lazy as _
from uuid6 import uuid7

from luna.audit import actions as audit
from luna.careplan import plans
from luna.careplan.actions import marking
from luna.careplan.models import ThingWord
from luna.careplan.plans import Plan, Things
from luna.clinical.task import Task
from luna.clinical.things import LONGEST, MOST, Said
from luna.escalation import writing
from luna.escalation.writing import Written
from luna.feed import actions as feed
from luna.people.access import Viewer
from luna.people.errors import Refused, Replayed
from luna.treatment.models import Series

WRITERS = {ThingWord.Which.BAG: "patient", ThingWord.Which.HOME: "caretaker"}


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody says of a thing. thing: its id, empty for one of their own, which `text` names."""

    said: Said
    infusion_id: UUID
    thing: str = ""
    text: str = ""


def say(*, viewer: Viewer, which: str, wanted: Wanted, client_id: UUID, now: datetime) -> None:
    """Keep one word about a thing in the viewer's own name. To say the same again is fine.

    The last tick marks the step that asks for the list as done, and a tick taken back opens it again. Words
    that cannot wait bring a human. Raises Refused for what cannot be said, and Http404 for a list or thing
    that is not the viewer's.
    """
    if viewer.capacity_kind != WRITERS[ThingWord.Which(which)]:
        raise Http404
    writing.heed(viewer=viewer, written=Written(wanted.text), client_id=client_id, now=now)
    _say(viewer, which, wanted, client_id, now)


@transaction.atomic
def _say(viewer: Viewer, which: str, wanted: Wanted, client_id: UUID, now: datetime) -> None:
    found = _held(viewer, which, now)
    text = "" if wanted.thing else " ".join(wanted.text.split())  # of what is there already it is known
    before = ThingWord.objects.filter(by=viewer.user_id, client_id=client_id).first()
    of = wanted.infusion_id if wanted.said in (Said.TICKED, Said.OPEN) else None
    if before is not None:
        told = (before.which, before.what, before.text, before.infusion_id)
        if told != (which, wanted.said, text, of) or wanted.thing not in ("", before.thing):
            raise Replayed
        return
    if not found.may_say:
        raise Refused(_("Somebody else is on duty now. Their ticks count here."))
    if found.infusion.id != wanted.infusion_id:
        raise Refused(_("That infusion has begun, or is not the next. Look again, then tick."))
    if not _changes(found, wanted, text):
        return
    row = ThingWord(id=uuid7(), which=which, what=wanted.said, thing=wanted.thing, text=text)
    row.clinic_id, row.patient_id, row.series_id = viewer.clinic_id, viewer.patient_id, found.series.id
    row.infusion_id = of
    row.thing = wanted.thing or row.id.hex
    row.at, row.recorded_at = now, now
    row.by_id, row.capacity, row.client_id = viewer.user_id, viewer.capacity_kind, client_id
    row.save(force_insert=True)
    audit.record("things.say", by=viewer, subject=row, now=now, payload={"which": which, "said": wanted.said})
    _answer(viewer, found, client_id, now)
    feed.changed(clinic_id=row.clinic_id, patient_id=row.patient_id, now=now)


def _held(viewer: Viewer, which: str, now: datetime) -> Things:
    """Return the list as it stands, keeping its series still: nobody else ticks meanwhile."""
    found = plans.things(viewer, which, now)
    if found is None:
        raise Http404
    Series.objects.select_for_update(no_key=True).get(id=found.series.id)
    found = plans.things(viewer, which, now)
    if found is None:
        raise Http404
    return found


def _changes(found: Things, wanted: Wanted, text: str) -> bool:
    """Say whether a word changes anything. Raises Refused for what cannot be added, Http404 for no thing."""
    if wanted.said is Said.ADDED and not wanted.thing:
        _check_own(found, text)
        return True
    lines = {one.id: one for one in found.lines}
    off = {one.id for one in found.off}
    if wanted.thing not in lines and wanted.thing not in off:
        raise Http404
    if wanted.said in (Said.ADDED, Said.OFF):
        return (wanted.thing in off) == (wanted.said is Said.ADDED)
    return wanted.thing in lines and (lines[wanted.thing].ticked is None) == (wanted.said is Said.TICKED)


def _check_own(found: Things, text: str) -> None:
    if not text:
        raise Refused(_("Write what it is."), "text")
    if len(text) > LONGEST:
        raise Refused(_("This is too long. Write at most %(n)s letters.") % {"n": LONGEST}, "text")
    if sum(one.is_own for one in found.lines) >= MOST:
        raise Refused(_("The list is full. Take something off first."), "text")


def _answer(viewer: Viewer, before: Things, client_id: UUID, now: datetime) -> None:
    """Mark the open step that asks for the list once all is ticked, and open it again when that ends."""
    found = plans.things(viewer, before.which, now)
    if found is None or found.is_complete == before.is_complete:
        return
    for task in _asking(viewer, found, now):
        about = {"task_key": task.key, "revision": task.revision, "client_id": uuid5(client_id, task.key)}
        if found.is_complete:
            marking.mark(viewer=viewer, done=True, now=now, **about)
        else:
            marking.take_back(viewer=viewer, now=now, **about)


def _asking(viewer: Viewer, found: Things, now: datetime) -> list[Task]:
    """Return the steps of this infusion that ask for the list and still can be answered."""
    [plan] = plans.plans_of(Series.objects.visible_to(viewer).filter(id=found.series.id), now)
    _actor, guide = plans.GUIDES[ThingWord.Which(found.which)]
    asking = [task for task in plan.tasks if task.step.guide == guide and plans.is_actor(viewer, task)]
    return [
        task
        for task in asking
        if task.opens_at <= now < task.closes_at
        and task.infusion in (None, found.infusion.id.hex)
        and _is_done(plan, task) != found.is_complete
    ]


def _is_done(plan: Plan, task: Task) -> bool:
    said = plan.standing(task)
    return said is not None and said.done
