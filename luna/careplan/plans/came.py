"""How far reminders of what keeps an infusion from starting came, and whom to call about it instead."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from luna.careplan.plans.reasons import Line, Said
from luna.notices import plans as notices
from luna.notices.models import Notice
from luna.notices.plans import Word
from luna.people import safety
from luna.people.access import Viewer
from luna.people.models import CircleMember, ContactSafety


@dataclass(frozen=True, slots=True)
class Came:
    """How far reminders came. sends_at: of those that quiet hours keep, when these let each out.

    safe, members: how those are called whom a reminder may not reach in time.
    """

    sends_at: Mapping[UUID, datetime]
    safe: Mapping[UUID, ContactSafety]  # by patient
    members: Mapping[tuple[UUID, UUID], str]  # patient and user -> number

    def word(self, line: Line, sent: Notice) -> Word:
        """Return how far a reminder of a reason came: one that leaves once it was to be mended is late."""
        return notices.word(sent, sends_at=self.sends_at.get(sent.id), by=line.reason.by)

    def phone(self, said: Said, line: Line) -> str:
        """Return the number of whoever can mend a reason, empty where none is known."""
        if line.to is not None and said.patient.user_id == line.to.id:
            return safety.number(said.patient, self.safe.get(said.patient.id))
        return self.members.get((said.patient.id, line.to.id), "") if line.to else ""


def came(viewer: Viewer, sent: Collection[Notice], now: datetime) -> Came:
    """Return how far the reminders of some infusions came. sent: through `chases`.

    One query at most, and three more where somebody may have to be called.
    """
    sends_at = notices.sends_at(sent, now)
    lost = (*Notice.OPEN_TO_STAFF, Notice.State.VOID)
    called = [one for one in sent if one.id in sends_at or one.state in lost]
    patients = {one.patient_id for one in called}
    if not called:
        return Came(sends_at, {}, {})
    users = {one.to_user_id for one in called}
    places = CircleMember.objects.visible_to(viewer).filter(patient__in=patients, user__in=users)
    members = list(places.order_by("since", "id"))  # of somebody who came back, the later place
    numbers = safety.numbers_of_members(viewer, members)
    return Came(
        sends_at,
        safety.latest_of(viewer, patients),
        {(one.patient_id, one.user_id): numbers[one.id] for one in members},
    )
