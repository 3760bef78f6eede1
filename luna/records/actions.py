"""Keep a line for oneself, and delete it for good."""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext_lazy as _

from luna.people import keys
from luna.people.access import Viewer
from luna.people.errors import Refused, Replayed
from luna.people.models import User
from luna.records import plans
from luna.records.models import PrivateLine

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
    return row


@transaction.atomic
def delete_line(*, viewer: Viewer, line_id: UUID, now: datetime) -> None:
    """Delete one's own line: its key is destroyed, so no backup can show it. Deleting again is fine."""
    mine = PrivateLine.objects.select_for_update(no_key=True).filter(by=viewer.user_id)
    row = get_object_or_404(mine, id=line_id)
    if row.deleted_at is not None:
        return
    keys.destroy(keys.key_for(row.id, "entry", now), now)
    row.sealed, row.deleted_at = None, now
    row.save(update_fields=["sealed", "deleted_at"])
