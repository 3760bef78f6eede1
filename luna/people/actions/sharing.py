"""What each person in a circle sees: chosen by the patient, person by person; ended with the series."""

from collections.abc import Iterable, Mapping
from copy import copy
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from luna.audit import actions as audit
from luna.feed import actions as feed
from luna.people import access, plans, sharing, tombstones
from luna.people.access import Viewer
from luna.people.actions import narrowing
from luna.people.errors import Refused, Stale
from luna.people.models import CircleMember, Patient

AFTER_SERIES = timedelta(days=7)  # the last check-ins are over by then; a design choice (grade D)


class Unsafe(Refused):
    """Whoever may take the patient home would not know what they need to: asked once more, and why."""


@dataclass(frozen=True, slots=True)
class Choice:
    """What a patient wants one person to see.

    version: of the member when the page was drawn. is_sure: they were told what would be missing.
    """

    member_id: UUID
    kinds: frozenset[str]
    is_kept: bool
    version: int
    is_sure: bool = False

    def differs(self, member: CircleMember) -> bool:
        """Say whether this is not what stands already."""
        return (access.shared_with(member), member.kept_at is not None) != (self.kinds, self.is_kept)

    def lost(self, member: CircleMember) -> frozenset[str]:
        """Return what the person would see no more."""
        kept = {sharing.KEPT} if member.kept_at is not None and not self.is_kept else set()
        return (access.shared_with(member) - self.kinds) | kept

    def widens(self, member: CircleMember) -> bool:
        """Say whether the person would see more, or for longer."""
        return bool(self.kinds - access.shared_with(member)) or (self.is_kept and member.kept_at is None)


def widens(choices: Iterable[Choice], patient: Patient) -> bool:
    """Say whether any of these choices shows somebody more: for that the PIN is asked first."""
    rows = _members(patient)
    return any(one.widens(rows[one.member_id]) for one in choices if one.member_id in rows)


@transaction.atomic
def choose(*, choices: Iterable[Choice], by: Viewer, now: datetime) -> list[CircleMember]:
    """Share with each person what the patient chose; return whom that changed. Twice is once.

    Raises Refused with the person's id as its field: Stale when they were changed meanwhile, Unsafe
    when the way home would lack something and the patient was not told so yet. Raises Impaired when
    somebody would see more while the patient is under the effect of an infusion. Nothing is changed then.
    """
    patient = (
        Patient.objects.select_for_update(of=("self",)).select_related("user", "clinic").get(pk=by.patient_id)
    )
    rows = _members(patient)
    wanted = [(rows.get(one.member_id), one) for one in choices]
    changed = [(row, one) for row, one in wanted if row is None or one.differs(row)]
    for row, one in changed:
        _check(row, one, patient, now)
    return [_share(row, one, by=by, now=now) for row, one in changed if row is not None]


def ends_with_series(*, patient_id: UUID, last_at: datetime | None) -> None:
    """Say when a patient's last series is over, in the transaction that changed it.

    last_at: the end of the last infusion that is still to be given or was; None when there is none.
    """
    ends_at = None if last_at is None else last_at + AFTER_SERIES
    Patient.objects.filter(pk=patient_id).update(sharing_ends_at=ends_at)


@transaction.atomic
def end_with_series(patient_id: UUID, now: datetime) -> int:
    """End what was shared for a series that is over, but for who is kept; return with how many people.

    They stay in the circle, so that the patient can share again at any time.
    """
    patient = Patient.objects.select_for_update().get(pk=patient_id)
    if patient.sharing_ends_at is None or patient.sharing_ends_at > now:
        return 0
    clock = audit.Actor(patient.clinic_id, "clock")
    over = [row for row in _members(patient).values() if row.kept_at is None and row.kinds]
    for row in over:
        was = copy(row)
        _write(row, frozenset(), None, now=now)
        audit.record("circle.end", by=clock, subject=row, now=now)
        narrowing.follow(row, was=was, by=clock, now=now)
    Patient.objects.filter(pk=patient.pk).update(sharing_ends_at=None)
    feed.changed(clinic_id=patient.clinic_id, patient_id=patient.pk, now=now)
    return len(over)


def _members(patient: Patient) -> Mapping[UUID, CircleMember]:
    rows = patient.circle.filter(state=CircleMember.State.ACTIVE).select_related("user")
    return {row.pk: row for row in rows.order_by("since", "id")}


def _check(row: CircleMember | None, choice: Choice, patient: Patient, now: datetime) -> None:
    if row is None:
        raise Refused(_("One of these people is no longer in your circle. Nothing was changed."))
    if row.version != choice.version:
        raise Stale(row.id.hex)
    if not choice.kinds <= set(access.SHAREABLE):
        raise Refused(_("This cannot be shared. Please choose again."), row.id.hex)
    if choice.widens(row):
        plans.check_may_sign(patient, now)
    if choice.lost(row) & set(access.PRACTICAL) and not choice.is_sure and plans.may_take_home(row):
        raise Unsafe(
            _("%(name)s could not take you home safely. Read why below, then say what you want.")
            % {"name": row.user.first_name},
            row.id.hex,
        )


def _share(row: CircleMember, choice: Choice, *, by: Viewer, now: datetime) -> CircleMember:
    lost = choice.lost(row)
    for kind in sharing.in_order(lost):
        tombstones.record(f"narrowed-{kind}", row.id, now)
    if sharing.KEPT in lost:
        tombstones.record(f"narrowed-{sharing.KEPT}", row.id, now)
    was, kept_at = copy(row), (row.kept_at or now) if choice.is_kept else None
    _write(row, choice.kinds, kept_at, now=now)
    payload = {"kinds": row.kinds, "kept": choice.is_kept}
    audit.record("circle.share", by=by, subject=row, now=now, payload=payload)
    if lost:
        narrowing.follow(row, was=was, by=by, now=now)
    feed.changed(clinic_id=row.clinic_id, patient_id=row.patient_id, now=now)
    return row


def _write(row: CircleMember, kinds: frozenset[str], kept_at: datetime | None, *, now: datetime) -> None:
    row.kinds, row.kept_at, row.shared_at = sharing.in_order(kinds), kept_at, now
    row.version += 1
    row.save(update_fields=["kinds", "kept_at", "shared_at", "version"])
