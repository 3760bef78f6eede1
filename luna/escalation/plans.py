"""Reads of escalations: the board, one escalation whole, and what the home may truthfully be told."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Min, Prefetch, Q, QuerySet

from luna.clinical import escalation as rules
from luna.escalation import words
from luna.escalation.models import Escalation, EscalationStep, Rung
from luna.notices import plans as notices
from luna.notices.models import Notice
from luna.people.access import Viewer
from luna.people.models import CircleMember, Clinic, Clinician, Patient, User

MOST_URGENT = 3
LATELY = 10  # closed ones shown below the open

What = EscalationStep.What
TELLING = (What.OPENED, What.REPEATED)
TAKING = (What.ACKNOWLEDGED, What.ACCEPTED)
OWNING = (What.ACKNOWLEDGED, What.HANDED_OVER, What.ACCEPTED)


@dataclass(frozen=True, slots=True)
class Home:
    """What is known of an escalation, and nothing more: the page at home says no other thing.

    told_at: when the mail server first took a message to staff. Nobody need have read it.
    had_by: who had it before it was everybody's again, empty while somebody has it or nobody ever had.
    """

    opened_at: datetime
    told_at: datetime | None
    acknowledged_by: str
    acknowledged_at: datetime | None
    closed_at: datetime | None
    had_by: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """One escalation as a row of the board. open_for: until now, or until it was closed.

    asked: who was asked to take over and has not answered. had_by: as in Home.
    """

    row: Escalation
    level: str
    urgency: str
    cause: str
    open_for: timedelta
    told_at: datetime | None
    outcome: str
    asked: User | None
    had_by: str


@dataclass(frozen=True, slots=True)
class Board:
    """What a clinic has open, most urgent first, and what it closed lately."""

    open: list[Line]
    closed: list[Line]

    @property
    def shown(self) -> list[Patient | Escalation]:
        """Return whom the board shows, for the audit: each patient once.

        Of whom nothing is shown but what only staff may know, an escalation that says so in their stead.
        """
        rows = [line.row for line in (*self.open, *self.closed)]
        known = {row.patient_id: row.patient for row in rows if not row.staff_only}
        unseen = {row.patient_id: row for row in rows if row.patient_id not in known}
        return [*known.values(), *unseen.values()]

    @property
    def top(self) -> list[Line]:
        """Return the most urgent few."""
        return self.open[:MOST_URGENT]

    @property
    def more(self) -> int:
        """Return how many open ones there are besides."""
        return max(0, len(self.open) - MOST_URGENT)


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that happened, in words."""

    at: datetime
    text: str
    note: str
    task_key: str  # of the task it is about, empty for anything else


@dataclass(frozen=True, slots=True)
class Whole:
    """One escalation with all that staff need to act on it."""

    line: Line
    steps: list[Step]
    circle: list[CircleMember]
    colleagues: list[Clinician]  # who it may be handed to
    messages: list[notices.Line]


def key_of(escalation: Escalation) -> str:
    """Return the task key that all messages about an escalation carry."""
    return f"escalation.{escalation.id.hex}"


def rungs(clinic_id: UUID) -> list[Rung]:
    """Return a clinic's ladder as it is stored, lowest rung first."""
    rows = Rung.objects.filter(clinic_id=clinic_id).select_related("clinician__user").order_by("position")
    return list(rows)


def ladder(clinic: Clinic, stored: Iterable[Rung]) -> rules.Ladder:
    """Return a clinic's ladder as the rules read it. Raises BadLadder when it has no rung."""
    return rules.Ladder(
        tuple(
            rules.Rung(rung.position, timedelta(minutes=rung.after_min), str(rung.id), urgent=True)
            for rung in stored
        ),
        reclimb_after=timedelta(minutes=clinic.reclimb_min),
    )


def recipients(rung: Rung) -> list[User]:
    """Return the users a rung reaches now: a person, or all who hold a role; active ones only."""
    staff = Clinician.objects.filter(clinic_id=rung.clinic_id, active=True, user__is_active=True)
    if rung.clinician_id is not None:
        staff = staff.filter(id=rung.clinician_id)
    held = [one for one in staff.select_related("user").order_by("since", "id") if _is_named(one, rung)]
    return [one.user for one in held]


def reaches_anyone(clinic_id: UUID) -> bool:
    """Say whether at least one step of a clinic's ladder names somebody who works there now."""
    return any(recipients(rung) for rung in rungs(clinic_id))


def next_rung_at(escalation: Escalation, stored: list[Rung]) -> datetime | None:
    """Return when the next untold rung of a ladder is due; None when all were told on this clock."""
    return rules.next_rung_at(
        ladder(escalation.clinic, stored),
        opened_at=escalation.climbs_from,
        acknowledged_at=escalation.acknowledged_at,
        told=told(escalation),
    )


def told(escalation: Escalation) -> frozenset[int]:
    """Return the positions told, or found to reach nobody, on the running clock."""
    steps = escalation.steps.filter(what__in=[What.TOLD, What.NOBODY])
    if escalation.acknowledged_at is None:
        steps = steps.filter(at__gte=escalation.climbs_from)
    else:  # strictly later: acknowledging ends the first clock at that very instant
        steps = steps.filter(at__gt=escalation.acknowledged_at)
    return frozenset(steps.values_list("rung", flat=True))


def asked(escalation: Escalation) -> User | None:
    """Return who was asked to take over and has not answered, if somebody was."""
    return _asked(_life(escalation))


def due(now: datetime, limit: int) -> list[UUID]:
    """Return the ids of the escalations whose ladder has somebody to tell, most urgent first."""
    rows = Escalation.objects.due(now).order_by("-urgency", "next_rung_at")
    return list(rows.values_list("id", flat=True)[:limit])


def state_for_home(escalation: Escalation) -> Home:
    """Return what the caretaker's page may say of an escalation."""
    owner = escalation.owner
    is_open_to_all = owner is None and escalation.closed_at is None
    return Home(
        opened_at=escalation.opened_at,
        told_at=_told_at([escalation]).get(key_of(escalation)),
        acknowledged_by=owner.name if owner else "",
        acknowledged_at=escalation.acknowledged_at,
        closed_at=escalation.closed_at,
        had_by=_had_by(_life(escalation)) if is_open_to_all else "",
    )


def board(viewer: Viewer, now: datetime) -> Board:
    """Return a clinic's escalations. The same number of queries however many there are."""
    rows = _listed(Escalation.objects.visible_to(viewer))
    waiting = rows.open().order_by("-urgency", "opened_at")
    lately = rows.exclude(closed_at=None).order_by("-closed_at")[:LATELY]
    return Board(open=_lines(list(waiting), now), closed=_lines(list(lately), now))


def open_about(viewer: Viewer, patient_id: UUID, now: datetime) -> list[Line]:
    """Return what is open about one patient, the most urgent first."""
    rows = _listed(Escalation.objects.visible_to(viewer)).filter(patient_id=patient_id)
    return _lines(list(rows.open().order_by("-urgency", "opened_at")), now)


def whole(viewer: Viewer, escalation_id: UUID, now: datetime) -> Whole:
    """Return one escalation. Raises Escalation.DoesNotExist for one the viewer may not see."""
    row = _listed(Escalation.objects.visible_to(viewer)).get(id=escalation_id)
    staff = Clinician.objects.filter(clinic_id=row.clinic_id, active=True, user__is_active=True)
    circle = row.patient.circle.filter(_to_call(row)).select_related("user")
    return Whole(
        line=_lines([row], now)[0],
        steps=[_step(step) for step in row.life],
        circle=list(circle.order_by("since")),
        colleagues=list(staff.exclude(user_id=viewer.user_id).select_related("user").order_by("user__name")),
        messages=notices.about(viewer, row.patient_id, key_of(row)),
    )


def _to_call(row: Any) -> Q:
    """Return which of the circle staff may call about an escalation that came through `_listed`."""
    here = Q(state=CircleMember.State.ACTIVE)
    if row.staff_only:  # whoever told it knows, and nobody else is to learn of it
        return here & Q(user__in={step.by_id for step in row.life if step.what in TELLING})
    if row.about_type == "member":
        return here | Q(id__in={step.about_id for step in row.life if step.about_id})
    return here


def _is_named(one: Clinician, rung: Rung) -> bool:
    return one.id == rung.clinician_id or rung.role in one.roles


def _listed(rows: QuerySet[Any]) -> Any:
    life = EscalationStep.objects.select_related("by", "to").order_by("at", "id")
    return rows.select_related("patient", "owner", "clinic").prefetch_related(
        Prefetch("steps", life, to_attr="life")
    )


def _lines(rows: list[Escalation], now: datetime) -> list[Line]:
    first_told = _told_at(rows)
    return [_line(row, first_told, now) for row in rows]


def _line(row: Any, first_told: Mapping[str, datetime], now: datetime) -> Line:
    level, urgency = words.URGENCIES[row.urgency]
    outcome = next((step.outcome for step in row.life if step.what == What.CLOSED), "")
    return Line(
        row=row,
        level=level,
        urgency=str(urgency),
        cause=words.cause(row),
        open_for=(row.closed_at or now) - row.opened_at,
        told_at=first_told.get(key_of(row)),
        outcome=str(words.OUTCOMES[outcome]) if outcome else "",
        asked=_asked(row.life) if row.closed_at is None else None,
        had_by=_had_by(row.life) if row.owner is None and row.closed_at is None else "",
    )


def _life(escalation: Escalation) -> list[EscalationStep]:
    return list(escalation.steps.select_related("by", "to").order_by("at", "id"))


def _asked(life: Iterable[EscalationStep]) -> User | None:
    owning = [step for step in life if step.what in OWNING]
    return owning[-1].to if owning and owning[-1].what == What.HANDED_OVER else None


def _had_by(life: Iterable[EscalationStep]) -> str:
    """Return the name of the last person who took it, empty if nobody did."""
    return next((step.by.name for step in reversed(list(life)) if step.what in TAKING and step.by), "")


def _told_at(rows: list[Escalation]) -> dict[str, datetime]:
    """Return escalation key -> when a message to staff was first taken by the mail server."""
    sent = Notice.objects.filter(
        patient_id__in={row.patient_id for row in rows},
        task_key__in=[key_of(row) for row in rows],
        words="rung",
        state=Notice.State.SENT,
    )
    return dict(sent.values_list("task_key").annotate(first=Min("sent_at")))


def _step(step: EscalationStep) -> Step:
    names = {"by": step.by.name if step.by else "", "to": step.to.name if step.to else ""}
    text = str(words.STEPS[step.what]) % names
    outcome = str(words.OUTCOMES[step.outcome]) if step.outcome else ""
    return Step(
        at=step.at,
        text=text,
        note=" ".join(filter(None, [outcome, step.note])),
        task_key=step.about_id if "." in step.about_id else "",
    )
