"""Read the lines people keep for themselves."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from luna.people import keys
from luna.people.access import Viewer
from luna.people.errors import Unreadable
from luna.records.models import PrivateLine


@dataclass(frozen=True, slots=True)
class Line:
    """One private line, opened for its writer."""

    id: UUID
    at: datetime
    text: str


def own_lines(viewer: Viewer, task_key: str) -> list[Line]:
    """Return what the viewer, and nobody else, wrote for themselves at a task, newest first."""
    rows = PrivateLine.objects.filter(by=viewer.user_id, task_key=task_key, deleted_at__isnull=True)
    return [line for row in rows.order_by("-at", "-id") if (line := _opened(row)) is not None]


def _opened(row: PrivateLine) -> Line | None:
    """Return a line's text, None when its key is gone: deleted since the backup we were restored from."""
    try:
        return Line(row.id, row.at, keys.open_text(row.sealed, **place(row)))
    except Unreadable:
        return None


def place(row: PrivateLine) -> dict[str, object]:
    """Return what a line's ciphertext is bound to: moved anywhere else it does not open."""
    return {"table": "records_privateline", "column": "sealed", "row": row.id, "person": row.by_id}
