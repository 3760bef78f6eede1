"""Have every slice do its part, in one transaction, when somebody is to see less of a patient (02.5)."""

from datetime import datetime

from django.conf import settings
from django.utils.module_loading import import_string

from luna.audit.actions import Actor
from luna.people.access import Viewer
from luna.people.models import CircleMember
from luna.people.sharing import Tell


def follow(
    member: CircleMember,
    *,
    was: CircleMember,
    by: Viewer | Actor,
    now: datetime,
    tell: Tell = Tell.NOBODY,
) -> None:
    """Withdraw messages, ask for cover, and tell whom the patient wants told.

    The slices that do so lie above this one: `settings.LUNA_WHEN_NARROWED` names their functions. Each
    is called with the member as they are from now on, and as they were; one that fails undoes the whole
    change.
    """
    for path in settings.LUNA_WHEN_NARROWED:
        import_string(path)(member=member, was=was, by=by, tell=tell, now=now)
