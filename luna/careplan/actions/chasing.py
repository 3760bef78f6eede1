"""Remind whoever can put something right before an infusion: staff by a tap, the clock at set moments."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.http import Http404

from luna.audit import actions as audit
from luna.careplan import plans
from luna.clinical.chase import STAGES, TOGETHER
from luna.clinical.readiness import Mender
from luna.feed import actions as feed
from luna.notices import actions as notices
from luna.notices.models import Notice
from luna.people.access import Viewer
from luna.people.errors import Stale
from luna.people.models import User
from luna.treatment import plans as treatment
from luna.treatment.models import Infusion, Series

DUTY = ("adult", "ride")  # what the patient puts right on the page of who is there


@transaction.atomic
def chase(*, infusion_id: UUID, subject: str, number: int, viewer: Viewer, now: datetime) -> Notice:
    """Send one reminder to whoever can mend one reason of an infusion. Twice is one message.

    subject: a `plans.Line.subject`. number: the `plans.Chase.number` that staff were shown, so that a tap
    sent again, or that of somebody else, is no second one. Raises Stale when the reason is not open any
    more, it has begun, nobody can be sent one, or they were reminded a short while ago.
    """
    if not viewer.has_role(*treatment.BOOKERS):
        raise Http404
    mine = Series.objects.visible_to(viewer).filter(infusions=infusion_id)
    list(mine.select_for_update(no_key=True).values_list("id", flat=True))
    shown = plans.in_words(plans.readiness_of(viewer, infusion_id, now))
    line = next((one for one in shown.pressing if one.subject == subject and one.to is not None), None)
    if line is None or line.to is None or shown.has_begun:
        raise Stale
    sent = plans.chases([shown])
    key, chased = plans.chase_key(shown, line, number), plans.chase_of(shown, line, sent)
    if key in sent:
        return sent[key]
    if number != chased.number or not chased.is_open(now):
        raise Stale
    row = shown.row
    notice = _send(shown, [line], line.to, key=key, task_key=plans.about_chased(shown), now=now)
    audit.record("readiness.chase", by=viewer, subject=row, now=now, reason=line.reason.code)
    feed.changed(clinic_id=row.clinic_id, patient_id=row.patient_id, now=now)
    return notice


@dataclass(frozen=True, slots=True)
class Due:
    """One infusion ahead, and who is reminded of it now.

    stage: how long before it, of `clinical.chase.STAGES`; None: nothing is due but to `early`, user -> when
    the last one is due to whoever would get it in their quiet hours.
    """

    shown: plans.Said
    stage: timedelta | None
    early: Mapping[UUID, datetime]

    def to(self, user: User) -> tuple[timedelta, datetime] | None:
        """Return which reminder is due to somebody and since when, None for none."""
        if user.id in self.early:
            return STAGES[-1], self.early[user.id]
        return (self.stage, self.shown.row.starts_at - self.stage) if self.stage else None


def remind(ahead: Sequence[Due], waiting: Collection[str], now: datetime, *, is_alone: bool) -> None:
    """Send whoever can mend what is open before an infusion one message for all of it.

    Part of the clock's look at a patient. ahead: their infusions, by time. Whom staff reminded of it
    themselves a short while ago is left alone. What is one thing for several infusions is asked for with the
    first of them. The same again is the same message; a later one takes the place of one that reached nobody,
    so that whoever is called stands on the list once. waiting: as in `withdraw`. is_alone: nobody is in
    their circle.
    """
    sent = plans.chases(one.shown for one in ahead)
    for due in ahead:
        for to, lines in _to_ask(due.shown, sent, now).items():
            found = due.to(to)
            if found is None:
                continue
            stage, since = found
            key, row = plans.reminder_key(due.shown, to, stage), due.shown.row
            asked = plans.asked_for(row, to, sent.values(), since=since - TOGETHER)
            is_new = any(one.subject not in asked or not one.is_once(is_alone=is_alone) for one in lines)
            if key not in sent and is_new:
                about = plans.about_reminded(row, to)
                if about in waiting:
                    notices.void(patient_id=row.patient_id, task_key_prefix=about)
                sent[key] = _send(due.shown, lines, to, key=key, task_key=about, now=now)


def _to_ask(shown: plans.Said, sent: Mapping[str, Notice], now: datetime) -> dict[User, list[plans.Line]]:
    """Return who can mend what of an infusion, but for what staff reminded them of a short while ago."""
    found: dict[User, list[plans.Line]] = {}
    for line in shown.pressing:
        if line.to is not None and plans.chase_of(shown, line, sent).is_open(now):
            found.setdefault(line.to, []).append(line)
    return found


def withdraw(row: Infusion, still: Collection[User], waiting: Collection[str]) -> None:
    """Withdraw what the clock has not sent yet to those who have nothing to mend any more.

    still: who has. waiting: the task keys of what reached nobody yet, through `notices.waiting`. Part of the
    clock's look at a patient.
    """
    mine = {one for one in waiting if one.startswith(f"{plans.about_ready(row)}.")}
    for task_key in mine - {plans.about_reminded(row, user) for user in still}:
        notices.void(patient_id=row.patient_id, task_key_prefix=task_key)


def _send(
    shown: plans.Said, lines: Sequence[plans.Line], to: User, *, key: str, task_key: str, now: datetime
) -> Notice:
    row = shown.row
    return notices.plan(
        key=key,
        words=_words(lines),
        clinic_id=row.clinic_id,
        patient_id=row.patient_id,
        to_user_id=to.id,
        due_at=now,
        values={
            "starts_at": row.starts_at,
            "infusion": row.id,
            "of": [one.subject for one in lines],
        },
        task_key=task_key,
        revision=row.revision,
        now=now,
    )


def _words(lines: Sequence[plans.Line]) -> str:
    """Return which message is sent to whoever can mend these."""
    if lines[0].reason.mender is Mender.PRESCRIBER:
        return "ready-decide"
    is_duty = all(one.reason.mender is Mender.PATIENT and one.reason.code in DUTY for one in lines)
    return "ready-duty" if is_duty else "ready-ask"
