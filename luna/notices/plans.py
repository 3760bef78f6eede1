"""Reads of the ledger: what to send next, and what a clinic's staff must know of it."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Exists, F, OuterRef, Prefetch, Window
from django.db.models.functions import RowNumber

from luna.notices import words
from luna.notices.models import Attempt, Notice
from luna.people.access import Viewer
from luna.people.models import CircleMember, Patient, User

LISTED = 50
CALLED = 200  # messages told by phone, on one list
LEVELS = {
    Notice.State.NOT_REACHED: "warn",
    Notice.State.UNKNOWN: "warn",
    Notice.State.HELD: "note",
    Notice.State.SENT: "fine",
    Notice.State.VOID: "na",
}


@dataclass(frozen=True, slots=True)
class Line:
    """One message as staff see it."""

    notice: Notice
    title: str
    to: str
    about: str  # the patient's name, "" if it is about nobody
    level: str
    why: str
    tries: list[Attempt]
    starts_at: datetime | None = None  # the time it tells, if it tells one

    @property
    def asks(self) -> str:
        """Return the key of the check-in it asks for, empty for a message of any other kind."""
        return self.notice.task_key if self.notice.words in words.CHECK_INS else ""


def due(now: datetime, limit: int) -> list[UUID]:
    """Return the ids of the notices to send next: urgent first, then one of each clinic in turn.

    A clinic with ten thousand due makes another wait for one of them, not for all.
    """
    turn = Window(RowNumber(), partition_by=[F("clinic_id"), F("urgent")], order_by=[F("due_at"), F("id")])
    rows = Notice.objects.due(now).annotate(turn=turn).order_by("-urgent", "turn", "due_at")
    return list(rows.values_list("id", flat=True)[:limit])


def for_staff(viewer: Viewer) -> list[Line]:
    """Return the messages that reached nobody, as far as we know; urgent and oldest first."""
    rows = Notice.objects.visible_to(viewer).for_staff().order_by("-urgent", "due_at")
    return _lines(rows)


def history(viewer: Viewer, patient_id: UUID | None) -> list[Line]:
    """Return the latest messages of a clinic, or those about one patient, newest first."""
    rows = Notice.objects.visible_to(viewer)
    if patient_id is not None:
        rows = rows.filter(patient_id=patient_id)
    return _lines(rows.order_by("-due_at", "-id"))


def about(viewer: Viewer, patient_id: UUID, task_key: str) -> list[Line]:
    """Return the latest messages about one task or escalation of a patient, newest first."""
    rows = Notice.objects.visible_to(viewer).filter(patient_id=patient_id, task_key=task_key)
    return _lines(rows.order_by("-due_at", "-id"))


@dataclass(frozen=True, slots=True)
class Call:
    """Somebody the clinic phones, and what for. member: their latest place, also one that ended."""

    user: User
    member: CircleMember
    patient: Patient
    lines: list[Line]


def calls(viewer: Viewer) -> list[Call]:
    """Return who is to be phoned because no message reaches them, the longest waiting first.

    Four queries, however many they are.
    """
    tried = Attempt.objects.filter(notice=OuterRef("pk"), reason=words.BY_PHONE)
    rows = Notice.objects.visible_to(viewer).filter(Exists(tried), state=Notice.State.NOT_REACHED)
    of: dict[tuple[UUID, UUID], list[Line]] = {}
    for line in _lines(rows.order_by("due_at", "id"), CALLED):
        of.setdefault((line.notice.to_user_id, line.notice.patient_id), []).append(line)
    members = CircleMember.objects.visible_to(viewer).filter(user__in={user for user, _patient in of})
    known = {(row.user_id, row.patient_id): row for row in members.order_by("since")}
    return [
        Call(lines[0].notice.to_user, known[who], lines[0].notice.patient, lines) for who, lines in of.items()
    ]


def _lines(rows, most: int = LISTED) -> list[Line]:
    tries = Prefetch("attempts", Attempt.objects.order_by("at", "id"), to_attr="tried")
    found = rows.select_related("to_user", "patient").prefetch_related(tries)[:most]
    return [_line(notice) for notice in found]


def _line(notice: Notice) -> Line:
    last = next((attempt for attempt in reversed(notice.tried) if attempt.reason), None)
    return Line(
        notice=notice,
        title=words.title(notice.words),
        to=notice.to_user.name if notice.to_user else notice.to_email,
        about=notice.patient.name if notice.patient else "",
        level=LEVELS.get(Notice.State(notice.state), "todo"),
        why=words.why(last.reason) if last else "",
        tries=notice.tried,
        starts_at=datetime.fromisoformat(told) if (told := notice.values.get("starts_at")) else None,
    )
