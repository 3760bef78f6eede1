"""Somebody was rung, and pressed 1: they have it, as if they had said so on the page."""

from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext as _

from luna.escalation import actions
from luna.escalation.models import Escalation
from luna.notices import plans as notices
from luna.people import access
from luna.people.errors import Refused, Stale

HAND_OVER = "hand-over"  # the words of a call that asks to take over; any other asks for the first to come


def take(*, notice_id: UUID, fence: int, ref: str, now: datetime) -> str:
    """Take the escalation that a call was about, for whom it rang; return what the call says then.

    Whoever was asked to take over accepts that, as long as it is still asked of them.
    ref: the provider's id of the call. Raises Notice.DoesNotExist for a call that was never made, is long
    over, or asked for nothing; and Http404 when the person is no longer with that clinic.
    """
    notice, begun = notices.call(notice_id=notice_id, fence=fence, ref=ref, now=now)
    viewer = access.acting(notice.to_user, f"staff:{notice.clinic_id.hex}")
    row = Escalation.objects.visible_to(viewer).get(id=notice.values["escalation"])
    is_asked = notice.words == HAND_OVER
    if not is_asked and row.owner_id not in (None, viewer.user_id):
        return _("A colleague has it already. Thank you.")
    take_it = actions.accept if is_asked else actions.acknowledge
    try:
        # The id of the call stands for that of a form: pressed twice, it is taken once.
        take_it(escalation_id=row.id, viewer=viewer, client_id=begun.id, version=row.version, now=now)
    except Stale:
        return _("Something changed just now. Please open Luna.")
    except Refused:
        return _refused(Escalation.objects.get(id=row.id), viewer)
    return _("You have it now. Please open Luna.")


def _refused(row: Escalation, viewer: access.Viewer) -> str:
    """Return what a call says of an escalation that could not be taken, as it stands now."""
    if row.closed_at is not None:
        return _("It is over already. Thank you.")
    if row.owner_id == viewer.user_id:
        return _("You have it already. Please open Luna.")
    return _("A colleague has it, or you are not asked any more. Thank you.")
