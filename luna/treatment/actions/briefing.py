"""Sign that an adult knows what to do at home: by themselves, or by a nurse who read it to them."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.http import Http404
from django.utils.translation import gettext_lazy as _

from luna.audit import actions as audit
from luna.feed import actions as feed
from luna.notices import actions as notices
from luna.people import plans as people
from luna.people.access import Viewer
from luna.people.errors import Refused, Replayed
from luna.people.models import CircleMember, User
from luna.records import drafts, facts
from luna.records.questions import Asking
from luna.treatment import briefings, plans
from luna.treatment.models import Briefing

LONGEST_NAME = Briefing._meta.get_field("signed_name").max_length


@dataclass(frozen=True, slots=True)
class Answered:
    """The three questions as they were answered, and the version of the draft that was on the page."""

    asking: Asking
    version: int
    round: int


@transaction.atomic
def sign(
    *,
    viewer: Viewer,
    member: CircleMember,
    name: str,
    answered: Answered | None = None,
    client_id: UUID,
    now: datetime,
) -> Briefing:
    """Sign the briefing of an adult for the series that goes on; twice for one series is once.

    member: the viewer, or one of the circle to whom a nurse read it aloud. name: typed by who signs.
    answered: the questions, needed from somebody who signs for themselves the first time.
    Raises Refused without a name, a series, or the safe answers; Http404 for anybody else's, and for
    somebody who cannot be the adult who stays.
    """
    is_theirs = viewer.member is not None and viewer.member.id == member.id
    is_staff = viewer.has_role(*plans.STARTERS) and viewer.clinic_id == member.clinic_id
    if not (is_theirs or is_staff) or not people.may_be_named_adult(member):
        raise Http404
    before = Briefing.objects.filter(by=viewer.user_id, client_id=client_id).first()
    if before is not None:
        return _replayed(before, member, name)
    User.objects.select_for_update(no_key=True).get(id=member.user_id)  # a double click waits here
    standing = briefings.standing(viewer, member.user_id, member.patient_id)
    if standing.series is None:
        raise Refused(_("No infusion is planned now. You can do this once the times are booked."))
    if standing.signed_at is not None:
        return Briefing.objects.filter(series=standing.series, adult=member.user_id).earliest("recorded_at")
    signed_name = _name(name)
    people.check_person_may_sign(User.objects.get(id=viewer.user_id), now)
    if standing.in_full and not viewer.is_staff:
        _send(viewer, answered, now)
    row = Briefing.objects.create(
        series=standing.series,
        adult_id=member.user_id,
        cards=briefings.versions(),
        in_full=standing.in_full or viewer.is_staff,
        signed_name=signed_name,
        **facts.columns(member, viewer, client_id, now),
    )
    about = {"patient_id": row.patient_id, "subject": "briefing:"}
    notices.mended(user_id=row.adult_id, now=now, **about)
    audit.record("briefing.sign", by=viewer, subject=row, now=now, payload={"cards": row.cards})
    feed.changed(clinic_id=row.clinic_id, patient_id=row.patient_id, now=now)
    return row


def _replayed(before: Briefing, member: CircleMember, name: str) -> Briefing:
    if (before.adult_id, before.signed_name) != (member.user_id, name.strip()):
        raise Replayed
    return before


def _name(name: str) -> str:
    name = name.strip()
    if not name:
        raise Refused(_("Write your name to sign."), "name")
    if len(name) > LONGEST_NAME:
        raise Refused(_("This name is too long. Write at most 120 letters."), "name")
    return name


def _send(viewer: Viewer, answered: Answered | None, now: datetime) -> None:
    """Send the answers, if every one of them is the safe one."""
    if answered is None or briefings.packaged().again(answered.asking.answers):
        raise Refused(_("One card is not clear yet. Please look at it once more, then sign."))
    drafts.submit(
        viewer=viewer, asking=answered.asking, version=answered.version, round=answered.round, now=now
    )
