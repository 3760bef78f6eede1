"""Keep a line for oneself, show it to somebody, and delete it for good."""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext_lazy as _

from luna.audit import actions as audit
from luna.feed import actions as feed
from luna.people import keys
from luna.people import plans as people
from luna.people.access import Viewer
from luna.people.errors import Refused, Replayed
from luna.people.models import CircleMember, Patient, User
from luna.people.sharing import Tell
from luna.records import plans
from luna.records.models import LineShare, PrivateLine

LONGEST = 2000


@transaction.atomic
def keep_line(*, viewer: Viewer, task_key: str, text: str, client_id: UUID, now: datetime) -> PrivateLine:
    """Keep a line only its writer can read, sealed with a key of its own.

    Nothing is audited: that somebody wrote, and when, is theirs as well.
    """
    text = text.strip()
    if not text:
        raise Refused(_("Write something first."), "text")
    if len(text) > LONGEST:
        raise Refused(_("This is too long. Write at most 2000 letters."), "text")
    User.objects.select_for_update(no_key=True).get(id=viewer.user_id)  # a double click waits here
    before = PrivateLine.objects.filter(by=viewer.user_id, client_id=client_id).first()
    if before is not None:
        if before.deleted_at is None and keys.open_text(before.sealed, **plans.place(before)) != text:
            raise Replayed
        return before
    row = PrivateLine(by_id=viewer.user_id, task_key=task_key, at=now, client_id=client_id)
    row.sealed = keys.seal_text(keys.key_for(row.id, "entry", now), text, **plans.place(row))
    row.save(force_insert=True)
    earlier = PrivateLine.objects.filter(by=viewer.user_id, task_key=task_key).exclude(id=row.id)
    # The new line is its writer's alone, and so is an earlier one that stands again once this is deleted.
    _stop(viewer, LineShare.objects.filter(line__in=earlier, ended_at=None), now)
    return row


@transaction.atomic
def delete_line(*, viewer: Viewer, line_id: UUID, now: datetime) -> None:
    """Delete one's own line: its key is destroyed, so no backup can show it. Deleting again is fine."""
    row = _own(viewer, line_id)
    if row.deleted_at is not None:
        return
    keys.destroy(keys.key_for(row.id, "entry", now), now)
    row.sealed, row.deleted_at = None, now
    row.save(update_fields=["sealed", "deleted_at"])
    _stop(viewer, row.shares.filter(ended_at=None), now)


@transaction.atomic
def show_line(
    *, viewer: Viewer, line_id: UUID, member: CircleMember | None, client_id: UUID, now: datetime
) -> LineShare:
    """Show a patient's own line to one caretaker, or to the clinic's nurses (None). To show it twice is fine.

    Raises Refused for a line that was deleted and for somebody who cannot read it, Impaired from an infusion
    until its limit ends, and Http404 for a line of somebody else.
    """
    people.check_may_sign(Patient.objects.select_for_update(no_key=True).get(id=viewer.patient_id), now)
    if member is not None:
        member.refresh_from_db()  # what they see is changed under the patient's row
    line = _own(viewer, line_id)
    before = LineShare.objects.filter(by=viewer.user_id, client_id=client_id).first()
    if before is not None:
        if (before.line_id, before.member_id) != (line.id, member.id if member else None):
            raise Replayed
        return before
    if line.deleted_at is not None:
        raise Refused(_("This line was deleted. Nothing was shared."))
    if not plans.is_reader(member) or (member and member.patient_id != viewer.patient_id):
        raise Refused(_("They do not see your plan any more. Nothing was shared."))
    stands = line.shares.filter(member=member, ended_at=None).first()
    if stands is not None:
        return stands
    row = LineShare(
        clinic_id=viewer.clinic_id,
        patient_id=viewer.patient_id,
        line=line,
        member=member,
        by_id=viewer.user_id,
        at=now,
        client_id=client_id,
    )
    text = keys.open_text(line.sealed, **plans.place(line))
    row.sealed = keys.seal_text(keys.key_for(row.id, "entry", now), text, **plans.place_of_share(row))
    row.save(force_insert=True)
    audit.record("line.show", by=viewer, subject=row, now=now, payload={"member": row.member_id})
    feed.changed(clinic_id=row.clinic_id, patient_id=row.patient_id, now=now)
    return row


@transaction.atomic
def hide_line(*, viewer: Viewer, line_id: UUID, member_id: UUID | None, now: datetime) -> None:
    """Stop showing one's own line to somebody: from now on nothing opens it to them.

    It always works, also during an infusion. To hide it twice is fine.
    """
    line = _own(viewer, line_id)
    _stop(viewer, line.shares.filter(member=member_id, ended_at=None), now)


def narrowed(
    *, member: CircleMember, was: CircleMember, by: Viewer | audit.Actor, tell: Tell, now: datetime
) -> None:
    """End what somebody was shown who does not see the plan any more: let in again, they are shown nothing.

    One of settings.LUNA_WHEN_NARROWED.
    """
    if not plans.is_reader(member):
        _stop(by, LineShare.objects.filter(member=member, ended_at=None), now, verb="line.end")


def _own(viewer: Viewer, line_id: UUID) -> PrivateLine:
    mine = PrivateLine.objects.select_for_update(no_key=True).filter(by=viewer.user_id)
    return get_object_or_404(mine, id=line_id)


def _stop(
    by: Viewer | audit.Actor, shares: QuerySet[LineShare], now: datetime, *, verb: str = "line.hide"
) -> None:
    standing = list(shares.select_for_update(of=("self",)).order_by("id"))
    for share in standing:
        _end(share, now)
        audit.record(verb, by=by, subject=share, now=now, payload={"member": share.member_id})
    for clinic_id, patient_id in sorted({(share.clinic_id, share.patient_id) for share in standing}):
        feed.changed(clinic_id=clinic_id, patient_id=patient_id, now=now)


def _end(share: LineShare, now: datetime) -> None:
    keys.destroy(keys.key_for(share.id, "entry", now), now)
    share.sealed, share.ended_at = None, now
    share.save(update_fields=["sealed", "ended_at"])
