"""Read the lines people keep for themselves, and those they show to somebody."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from luna.people import keys
from luna.people.access import Viewer
from luna.people.errors import Unreadable
from luna.people.models import CircleMember, Clinician
from luna.records.models import LineShare, PrivateLine


@dataclass(frozen=True, slots=True)
class Line:
    """One private line, opened for its writer, or for whom they show it to."""

    id: UUID
    at: datetime
    text: str


def own_lines(viewer: Viewer, task_key: str) -> list[Line]:
    """Return what the viewer, and nobody else, wrote for themselves at a task, newest first."""
    rows = PrivateLine.objects.filter(by=viewer.user_id, task_key=task_key, deleted_at__isnull=True)
    return [line for row in rows.order_by("-at", "-id") if (line := _opened(row)) is not None]


def shares(viewer: Viewer, line: Line) -> list[LineShare]:
    """Return to whom the viewer shows a line of theirs, the first first; nobody who is out of the circle."""
    rows = LineShare.objects.visible_to(viewer).filter(by=viewer.user_id, line=line.id, ended_at=None)
    rows = rows.select_related("member__user").order_by("at", "id")
    return [row for row in rows if is_reader(row.member) and _shown(row) is not None]


def is_reader(member: CircleMember | None) -> bool:
    """Say whether a line can be shown: to the nurses (None), or to an active caretaker who sees the plan."""
    if member is None:
        return True
    is_caretaker = member.role == CircleMember.Role.CARETAKER
    return is_caretaker and member.state == CircleMember.State.ACTIVE and "schedule" in member.kinds


def shown_line(viewer: Viewer, task_key: str, writer_id: UUID) -> Line | None:
    """Return the line somebody else shows to the viewer at a task; only the newest they keep there counts.

    A nurse reads what is shown to the nurses, a caretaker what is shown to them in person.
    """
    if not (viewer.has_role(Clinician.Role.NURSE) or (viewer.member and is_reader(viewer.member))):
        return None
    rows = PrivateLine.objects.filter(by=writer_id, task_key=task_key, deleted_at__isnull=True)
    newest = next((row for row in rows.order_by("-at", "-id") if _opened(row) is not None), None)
    if newest is None:
        return None
    share = newest.shares.filter(clinic=viewer.clinic_id, member=viewer.member, ended_at=None).first()
    text = _shown(share) if share else None
    return Line(newest.id, newest.at, text) if text is not None else None


def _opened(row: PrivateLine) -> Line | None:
    """Return a line's text, None when its key is gone: deleted since the backup we were restored from."""
    try:
        return Line(row.id, row.at, keys.open_text(row.sealed, **place(row)))
    except Unreadable:
        return None


def _shown(share: LineShare) -> str | None:
    """Return what is shown, None when its key is gone: ended since the backup we were restored from."""
    try:
        return keys.open_text(share.sealed, **place_of_share(share))
    except Unreadable:
        return None


def place(row: PrivateLine) -> dict[str, object]:
    """Return what a line's ciphertext is bound to: moved anywhere else it does not open."""
    return {"table": "records_privateline", "column": "sealed", "row": row.id, "person": row.by_id}


def place_of_share(row: LineShare) -> dict[str, object]:
    """Return what the ciphertext of a share is bound to, with whom it is shown to."""
    reader = row.member_id or row.clinic_id
    return {"table": "records_lineshare", "column": "sealed", "row": row.id, "person": reader}
