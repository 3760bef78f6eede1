"""Open, acknowledge, hand over, close.

A cause of a patient has one open escalation. While nobody has acknowledged it, it climbs the
clinic's ladder (climb.py). Acknowledging stops that clock and starts a second: not closed in time,
it climbs again. Only a human closes one; a later answer that all is well changes nothing.
"""

from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from luna.audit import actions as audit
from luna.clinical.triage import Urgency
from luna.escalation import plans, words
from luna.escalation.models import BETWEEN_US, Escalation, EscalationStep
from luna.feed import actions as feed
from luna.notices import actions as notices
from luna.notices.words import Act
from luna.people.access import Viewer
from luna.people.actions import charts
from luna.people.errors import Refused, Replayed, Stale
from luna.people.models import CircleMember, Clinician, User
from luna.people.sharing import Tell

OUTCOMES = words.OUTCOMES
LONGEST_NOTE = 2000

What = EscalationStep.What


@transaction.atomic
def open(
    *,
    clinic_id: UUID,
    patient_id: UUID,
    cause: str,
    urgency: int,
    about_type: str,
    about_id: str,
    by: Viewer | None,
    climbs: bool = True,
    now: datetime,
) -> Escalation:
    """Ask for a human, or join the escalation already open for this patient and cause.

    cause: a triage card, or a code of words.CAUSES. urgency: clinical.triage.Urgency; it only ever rises.
    by: whose answer asked for it; None when the clock did.
    climbs: False for what waits on the board for whoever has time: nobody is sent a message.
    """
    row = _open_one(patient_id, cause)
    if row is None:
        row, is_new = _create_or_join(
            clinic_id=clinic_id, patient_id=patient_id, cause=cause, urgency=int(urgency),
            about_type=about_type, about_id=about_id, opened_at=now, climbs_from=now,
            next_rung_at=now if climbs else None,
        )  # fmt: skip
    else:
        is_new = False
    what = What.OPENED if is_new else What.REPEATED
    step = EscalationStep.objects.create(
        clinic_id=clinic_id, escalation=row, what=what, by_id=by.user_id if by else None,
        about_id=about_id, at=now,
    )  # fmt: skip
    if not is_new:
        _repeat(row, int(urgency), step, now)
    verb = "escalation.open" if is_new else "escalation.repeat"
    audit.record(verb, by=_told_of(by, row) or audit.Actor(clinic_id, "clock"), subject=row, now=now)
    feed.changed(clinic_id=clinic_id, patient_id=patient_id, now=now)
    return row


@transaction.atomic
def acknowledge(
    *, escalation_id: UUID, viewer: Viewer, client_id: UUID, version: int, now: datetime
) -> Escalation:
    """Take an escalation: a named human has it now. Taken again by its owner, the second clock starts anew.

    Raises Stale when someone acted on it since the page was drawn, and Refused once it is closed.
    """
    row = _locked(escalation_id, viewer)
    if _is_replay(row, viewer, client_id, what=What.ACKNOWLEDGED):
        return row
    _check_open(row, version)
    _own(row, viewer.user_id, now)
    charts.take_part(patient_id=row.patient_id, by=viewer, now=now)
    return _done(row, "escalation.acknowledge", What.ACKNOWLEDGED, viewer, client_id, now=now)


@transaction.atomic
def hand_over(
    *, escalation_id: UUID, to_id: UUID, viewer: Viewer, client_id: UUID, version: int, now: datetime
) -> Escalation:
    """Ask a colleague to take over. Until they accept, the owner and the clock stay as they are.

    to_id: a user who is active staff of the clinic. Raises Refused for anyone else, Stale as above.
    """
    row = _locked(escalation_id, viewer)
    if _is_replay(row, viewer, client_id, what=What.HANDED_OVER, to_id=to_id):
        return row
    _check_open(row, version)
    if row.owner_id != viewer.user_id:
        raise Refused(_("Only the person who has this can hand it over. Take it first."), "to")
    if to_id == viewer.user_id or not _is_staff(row.clinic_id, to_id):
        raise Refused(_("Choose a colleague who works here now."), "to")
    notices.plan(
        key=f"{plans.key_of(row)}:hand-over:{client_id.hex}:{to_id.hex}",
        words="hand-over",
        clinic_id=row.clinic_id,
        patient_id=row.patient_id,
        to_user_id=to_id,
        due_at=now,
        urgent=True,
        values={"escalation": str(row.id)},
        task_key=plans.key_of(row),
        now=now,
    )
    return _done(row, "escalation.hand-over", What.HANDED_OVER, viewer, client_id, now=now, to_id=to_id)


@transaction.atomic
def accept(
    *, escalation_id: UUID, viewer: Viewer, client_id: UUID, version: int, now: datetime
) -> Escalation:
    """Say yes to a hand-over: only now does the escalation change hands. Raises Refused and Stale."""
    row = _locked(escalation_id, viewer)
    if _is_replay(row, viewer, client_id, what=What.ACCEPTED):
        return row
    _check_open(row, version)
    asked = plans.asked(row)
    if asked is None or asked.id != viewer.user_id:
        raise Refused(_("Nobody has asked you to take this over. You can take it yourself."))
    _own(row, viewer.user_id, now)
    charts.take_part(patient_id=row.patient_id, by=viewer, now=now)
    return _done(row, "escalation.accept", What.ACCEPTED, viewer, client_id, now=now)


@transaction.atomic
def close(
    *,
    escalation_id: UUID,
    outcome: str,
    note: str,
    viewer: Viewer,
    client_id: UUID,
    version: int,
    now: datetime,
) -> Escalation:
    """Close an escalation, saying what became of it. outcome: a code of OUTCOMES.

    Raises Refused without an outcome, or without the note some outcomes need; Stale as above.
    """
    row = _locked(escalation_id, viewer)
    if _is_replay(row, viewer, client_id, what=What.CLOSED, outcome=outcome, note=note):
        return row
    _check_open(row, version)
    _check_outcome(outcome, note)
    row.closed_at, row.next_rung_at = now, None
    _acted(row, viewer.user_id, now)
    _withdraw_messages(row)
    about = {"outcome": outcome, "note": note}
    return _done(row, "escalation.close", What.CLOSED, viewer, client_id, now=now, **about)


def narrowed(
    *, member: CircleMember, was: CircleMember, by: Viewer | audit.Actor, tell: Tell, now: datetime
) -> None:
    """Leave it on the board that somebody is to be told by the clinic, where the patient wants that.

    One of settings.LUNA_WHEN_NARROWED.
    """
    if tell is not Tell.CLINIC:
        return
    open(
        clinic_id=member.clinic_id,
        patient_id=member.patient_id,
        cause=words.TELL_MEMBER,
        urgency=Urgency.ROUTINE,
        about_type="member",
        about_id=member.id.hex,
        by=by if isinstance(by, Viewer) else None,
        climbs=False,
        now=now,
    )


def _told_of(by: Viewer | None, row: Escalation) -> Viewer | None:
    """Return who may be named to the patient, who reads the audit: no caretaker for what they wrote."""
    is_theirs = by is not None and by.capacity_kind == "caretaker" and row.about_type in BETWEEN_US
    return None if is_theirs and not row.staff_only else by


def _open_one(patient_id: UUID, cause: str) -> Escalation | None:
    return Escalation.objects.open().select_for_update().filter(patient_id=patient_id, cause=cause).first()


def _create_or_join(**columns: object) -> tuple[Escalation, bool]:
    """Add the row, or return the one that another transaction added a moment before."""
    try:
        with transaction.atomic():
            return Escalation.objects.create(**columns), True
    except IntegrityError:
        row = _open_one(columns["patient_id"], columns["cause"])
        if row is None:  # not the race: a guard of the database refused it
            raise
        return row, False


def _repeat(row: Escalation, urgency: int, step: EscalationStep, now: datetime) -> None:
    """Add a report to an open escalation. More urgent than before, it is everybody's again."""
    if urgency > row.urgency:
        row.urgency = urgency
        row.version += 1
        row.begin_anew(now)
        row.save()
    elif row.owner_id is not None:
        notices.plan(
            key=f"{plans.key_of(row)}:again:{step.id.hex}:{row.owner_id.hex}",
            words="again",
            clinic_id=row.clinic_id,
            patient_id=row.patient_id,
            to_user_id=row.owner_id,
            due_at=now,
            urgent=True,
            values={"escalation": str(row.id)},
            task_key=plans.key_of(row),
            now=now,
        )


def _own(row: Escalation, user_id: UUID, now: datetime) -> None:
    row.owner_id, row.acknowledged_at = user_id, now
    row.next_rung_at = now + row.reclimb_after
    _acted(row, user_id, now)
    _withdraw_messages(row)


def _acted(row: Escalation, user_id: UUID, now: datetime) -> None:
    """Note that somebody did what the messages about an escalation asked them for."""
    notices.acted(Act.HAVE, user_id=user_id, patient_id=row.patient_id, task_key=plans.key_of(row), now=now)


def _withdraw_messages(row: Escalation) -> None:
    """Take back what was not sent yet: nobody is called to what another has, or what is over."""
    notices.void(patient_id=row.patient_id, task_key_prefix=plans.key_of(row))


def _locked(escalation_id: UUID, viewer: Viewer) -> Escalation:
    rows = Escalation.objects.visible_to(viewer).select_related("clinic").select_for_update(of=("self",))
    return rows.get(id=escalation_id)


def _is_replay(row: Escalation, viewer: Viewer, client_id: UUID, **content: object) -> bool:
    """Say whether this very form was stored before. Raises Replayed when it came with other content."""
    before = EscalationStep.objects.filter(by_id=viewer.user_id, client_id=client_id).first()
    if before is None:
        return False
    if before.escalation_id != row.id or any(getattr(before, k) != v for k, v in content.items()):
        raise Replayed
    return True


def _check_open(row: Escalation, version: int) -> None:
    if row.closed_at is not None:
        raise Refused(_("This was closed meanwhile. See below by whom. Nothing was changed."))
    if row.version != version:
        raise Stale


def _check_outcome(outcome: str, note: str) -> None:
    if outcome not in OUTCOMES:
        raise Refused(_("Choose what became of it."), "outcome")
    if outcome in words.NEEDS_NOTE and not note.strip():
        raise Refused(_("Write a line about it, so that the next person knows."), "note")
    if len(note) > LONGEST_NOTE:
        raise Refused(_("Shorten the note to %(most)s characters.") % {"most": LONGEST_NOTE}, "note")


def _is_staff(clinic_id: UUID, user_id: UUID) -> bool:
    staff = Clinician.objects.filter(clinic_id=clinic_id, active=True)
    return staff.filter(user__in=User.objects.filter(id=user_id, is_active=True)).exists()


def _done(
    row: Escalation,
    verb: str,
    what: str,
    viewer: Viewer,
    client_id: UUID,
    *,
    now: datetime,
    **about: object,
) -> Escalation:
    """Write down one step of a human, and tell the pages."""
    row.version += 1
    row.save()
    EscalationStep.objects.create(
        clinic_id=row.clinic_id, escalation=row, what=what, by_id=viewer.user_id, client_id=client_id, at=now,
        **about,
    )  # fmt: skip
    audit.record(verb, by=viewer, subject=row, now=now, payload={"what": what, **about})
    feed.changed(clinic_id=row.clinic_id, patient_id=row.patient_id, now=now)
    return row
