"""Choose a line to hold on to before an infusion. It is its writer's alone, but for whom they show it to."""

from datetime import datetime
from uuid import UUID, uuid5

from django.db import transaction
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext_lazy as _

from luna.careplan import plans
from luna.careplan.actions import marking
from luna.clinical.task import TaskStatus
from luna.people.access import Viewer
from luna.people.errors import Refused
from luna.people.models import CircleMember
from luna.records import actions as records
from luna.records.models import LineShare, PrivateLine
from luna.treatment import intentions
from luna.treatment.models import Infusion, Series

LONGEST = 120  # one line on a phone, read at a glance


@transaction.atomic
def intend(*, viewer: Viewer, infusion: Infusion, text: str, client_id: UUID, now: datetime) -> PrivateLine:
    """Keep the line a patient chose for their infusion, sealed as every private line; the newest stands.

    The step that asks for it is marked done, without the words. Raises Refused for a line that is empty
    or too long, and Http404 for anybody but the patient.
    """
    if viewer.capacity_kind != "patient" or viewer.patient_id != infusion.patient_id:
        raise Http404
    line = " ".join(text.split())
    if len(line) > LONGEST:
        raise Refused(
            _("This is too long. One line is enough: at most %(n)s letters.") % {"n": LONGEST}, "text"
        )
    row = records.keep_line(
        viewer=viewer, task_key=intentions.key(infusion), text=line, client_id=client_id, now=now
    )
    _answer(viewer, infusion, client_id, now)
    return row


@transaction.atomic
def show_intention(
    *,
    viewer: Viewer,
    infusion: Infusion,
    line_id: UUID,
    member_id: UUID | None,
    client_id: UUID,
    now: datetime,
) -> LineShare:
    """Show the line that stands for an infusion to one caretaker, or to the nurses (None).

    Raises Refused when another line stands by now, and what `records.actions.show_line` raises.
    """
    if viewer.capacity_kind != "patient" or viewer.patient_id != infusion.patient_id:
        raise Http404
    Series.objects.select_for_update(no_key=True).get(id=infusion.series_id)
    found = intentions.own(viewer, infusion)
    if found is None or found.line.id != line_id:
        raise Refused(_("Your line has changed meanwhile. Look again, then choose who sees it."))
    circle = CircleMember.objects.filter(patient=viewer.patient_id)
    member = get_object_or_404(circle, id=member_id) if member_id else None
    return records.show_line(viewer=viewer, line_id=line_id, member=member, client_id=client_id, now=now)


def _answer(viewer: Viewer, infusion: Infusion, client_id: UUID, now: datetime) -> None:
    """Mark the open step of this infusion that asks for a line."""
    for plan in plans.plans_of(Series.objects.visible_to(viewer).filter(id=infusion.series_id), now):
        for task in plan.tasks:
            is_its = task.infusion == infusion.id.hex and plans.item(plan, task).is_line
            if is_its and plans.is_actor(viewer, task) and plan.status(task) is TaskStatus.READY:
                marking.mark(
                    viewer=viewer,
                    task_key=task.key,
                    done=True,
                    revision=task.revision,
                    client_id=uuid5(client_id, task.key),
                    now=now,
                )
