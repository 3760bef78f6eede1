"""The secret address where a calendar program fetches one person's times (control 03.3)."""

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from luna.audit import actions as audit
from luna.people import plans, tokens
from luna.people.access import Viewer
from luna.people.models import CalendarLink, Token, User

LONGEST = timedelta(days=400)  # it ends with the series; this is for one that nobody ever stops


@transaction.atomic
def make(*, viewer: Viewer, client_id: UUID, now: datetime) -> str | None:
    """Make a person's link and end the one before; return its secret, which is known only now.

    The same form again makes nothing and returns None. Raises Impaired while its owner may sign nothing.
    """
    user = User.objects.select_for_update().get(pk=viewer.user_id)
    if CalendarLink.objects.filter(user=user, client_id=client_id).exists():
        return None
    plans.check_person_may_sign(user, now)
    _end(plans.calendar_link(viewer, now), now)
    link = CalendarLink.objects.create(
        clinic_id=viewer.clinic_id,
        patient_id=viewer.patient_id,
        user=user,
        capacity=viewer.capacity_kind,
        created_at=now,
        client_id=client_id,
    )
    _token, secret = tokens.make(
        Token.Purpose.CALENDAR,
        clinic_id=viewer.clinic_id,
        subject_id=link.id,
        expires_at=now + LONGEST,
        now=now,
    )
    audit.record("calendar.make", by=viewer, subject=link, now=now)
    return secret


@transaction.atomic
def end(*, viewer: Viewer, now: datetime) -> bool:
    """End a person's link at once; say whether there was one. At any time: it only narrows."""
    User.objects.select_for_update().get(pk=viewer.user_id)
    link = plans.calendar_link(viewer, now)
    if link is None:
        return False
    _end(link, now)
    audit.record("calendar.end", by=viewer, subject=link, now=now)
    return True


def end_all(user: User, *, now: datetime) -> None:
    """End every link of a person. Part of an action that helps them back in."""
    for link in CalendarLink.objects.filter(user=user):
        _end(link, now)


def fetched(link: CalendarLink, *, now: datetime) -> None:
    """Note that something asked for a calendar, which its owner reads on their page."""
    CalendarLink.objects.filter(pk=link.pk).update(fetched_at=now)


def _end(link: CalendarLink | None, now: datetime) -> None:
    if link is not None:
        tokens.revoke(Token.Purpose.CALENDAR, subject_id=link.id, now=now)
