"""Climb: tell whom a clinic's ladder names by now, one rung after the other, until a human answers.

When the whole ladder was told and nobody answered, it begins anew, and the clinic's lead is told.
"""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from luna.audit import actions as audit
from luna.clinical import escalation as rules
from luna.escalation import plans
from luna.escalation.models import Escalation, EscalationStep, Rung
from luna.feed import actions as feed
from luna.notices import actions as notices

What = EscalationStep.What


@transaction.atomic
def climb(escalation_id: UUID, *, now: datetime) -> bool:
    """Tell whom the ladder names by now; return whether there was anything to do.

    A rung that reaches nobody is written down, and the clinic's lead is told.
    """
    row = (
        Escalation.objects.due(now)
        .select_related("clinic")
        .select_for_update(skip_locked=True, of=("self",))
        .filter(id=escalation_id)
        .first()
    )
    if row is None:
        return False
    stored = plans.rungs(row.clinic_id)
    if stored:
        _climb(row, stored, now)
    else:
        row.climbs_from = now
        _tell_nobody(row, 0, now)
        row.next_rung_at = now + row.reclimb_after
    row.save()
    audit.record("escalation.climb", by=audit.Actor(row.clinic_id, "clock"), subject=row, now=now)
    feed.changed(clinic_id=row.clinic_id, now=now)
    return True


def _climb(row: Escalation, stored: list[Rung], now: datetime) -> None:
    ladder = plans.ladder(row.clinic, stored)
    told = plans.told(row)
    if {rung.position for rung in ladder.rungs} <= told:
        _tell_lead(row, "no-answer", now)
        row.begin_anew(now)
        told = frozenset()
    clock = {"opened_at": row.climbs_from, "acknowledged_at": row.acknowledged_at}
    due = {rung.position for rung in rules.due_rungs(ladder, **clock, told=told, now=now)}
    for rung in stored:
        if rung.position in due:
            _tell(row, rung, now)
    row.next_rung_at = rules.next_rung_at(ladder, **clock, told=told | due) or now + row.reclimb_after


def _tell(row: Escalation, rung: Rung, now: datetime) -> None:
    reached = plans.recipients(rung)
    for user in reached:
        notices.plan(
            key=f"escalation:{row.id.hex}:rung{rung.position}:{_clock(row)}:{user.id.hex}",
            words="rung",
            clinic_id=row.clinic_id,
            patient_id=row.patient_id,
            to_user_id=user.id,
            due_at=now,
            urgent=True,
            values={"escalation": str(row.id)},
            task_key=plans.key_of(row),
            now=now,
        )
        EscalationStep.objects.create(
            clinic_id=row.clinic_id, escalation=row, what=What.TOLD, to=user, rung=rung.position, at=now
        )
    if not reached:
        _tell_nobody(row, rung.position, now)


def _tell_nobody(row: Escalation, position: int, now: datetime) -> None:
    EscalationStep.objects.create(
        clinic_id=row.clinic_id, escalation=row, what=What.NOBODY, rung=position, at=now
    )
    _tell_lead(row, "nobody", now)


def _tell_lead(row: Escalation, code: str, now: datetime) -> None:
    notices.plan(
        key=f"escalation:{row.id.hex}:{code}:{int(now.timestamp())}",
        words=code,
        clinic_id=row.clinic_id,
        patient_id=row.patient_id,
        to_email=row.clinic.lead_email,
        due_at=now,
        urgent=True,
        values={"escalation": str(row.id)},
        task_key=plans.key_of(row),
        now=now,
    )


def _clock(row: Escalation) -> str:
    """Name the running clock by what began it and when: each clock tells each person once."""
    began = row.acknowledged_at or row.climbs_from
    return f"{'taken' if row.acknowledged_at else 'open'}-{began:%Y%m%dT%H%M%S%f}"
