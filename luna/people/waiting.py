"""Who was asked in and has not come, and who was never asked: what staff see of it."""

from dataclasses import dataclass
from datetime import datetime

from django.core.paginator import Page, Paginator
from django.db.models import Exists, OuterRef

from luna.people.access import Viewer
from luna.people.models import CircleMember, Invitation, Patient
from luna.people.plans import FORMER, PAGE

State = Invitation.State


@dataclass(frozen=True, slots=True)
class Waiting:
    """Open and run-out invitations, the longest waiting first; patients nobody asked; what came of others."""

    page: Page[Invitation]
    uninvited: list[Patient]
    answered: list[Invitation]
    left: list[CircleMember]

    @property
    def shown(self) -> list[Patient]:
        """Return whom the page shows, for the audit."""
        others = (*self.page.object_list, *self.answered, *self.left)
        return [*self.uninvited, *(row.patient for row in others)]


def of(viewer: Viewer, number: str, now: datetime) -> Waiting:
    """Return what staff see of who has not come in yet. Five queries, however many there are."""
    mine = Invitation.objects.visible_to(viewer).select_related("patient", "invited_by")
    pending = mine.filter(state=State.PENDING).order_by("created_at", "id")
    asked = Invitation.objects.filter(
        patient=OuterRef("pk"), role=Invitation.Role.PATIENT, state=State.PENDING
    )
    never = Patient.objects.visible_to(viewer).filter(~Exists(asked), user=None).order_by("name", "id")
    lately = mine.filter(state__in=(State.ACCEPTED, State.DECLINED), answered_at__gt=now - FORMER)
    left = CircleMember.objects.visible_to(viewer).filter(
        state=CircleMember.State.LEFT, until__gt=now - FORMER
    )
    return Waiting(
        page=Paginator(pending, PAGE).get_page(number),
        uninvited=list(never[:PAGE]),
        answered=list(lately.order_by("-answered_at")[:PAGE]),
        left=list(left.select_related("patient", "user").order_by("-until")[:PAGE]),
    )
