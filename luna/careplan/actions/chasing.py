"""Remind whoever can put something right before an infusion: staff by a tap, the clock at set moments."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.http import Http404

from luna.audit import actions as audit
from luna.careplan import plans
from luna.clinical.chase import STAGES
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


def remind(shown: plans.Said, stage: timedelta | None, early: Collection[UUID], now: datetime) -> None:
    """Send whoever can mend what is open one message for all of it. Part of the clock's look at a patient.

    stage: how long before the infusion, of `clinical.chase.STAGES`; None: nothing is due but to `early`, the
    users who get the last one now because it would lie in their quiet hours. Whom staff reminded of it
    themselves a short while ago is left alone. The same again is the same message.
    """
    sent = plans.chases([shown])
    theirs: dict[User, list[plans.Line]] = {}
    for line in shown.pressing:
        if line.to is not None and plans.chase_of(shown, line, sent).is_open(now):
            theirs.setdefault(line.to, []).append(line)
    for to, lines in theirs.items():
        due = STAGES[-1] if to.id in early else stage
        key = plans.reminder_key(shown, to, due) if due else None
        if key and key not in sent:
            _send(shown, lines, to, key=key, task_key=plans.about_reminded(shown.row, to), now=now)


def withdraw(row: Infusion, still: Collection[User], now: datetime) -> None:
    """Withdraw what the clock has not sent yet to those who have nothing to mend any more.

    still: who has. Part of the clock's look at a patient.
    """
    waiting = notices.waiting(patient_id=row.patient_id, task_key_prefix=f"{plans.about_ready(row)}.")
    kept = {plans.about_reminded(row, user) for user in still}
    for task_key in waiting - kept:
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
