"""Sign a version of a protocol, of the triage rules or of the emergency numbers for a clinic."""

from collections.abc import Collection, Mapping
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from luna.audit import actions as audit
from luna.clinical.errors import ContentError
from luna.feed import actions as feed
from luna.library import actions as library
from luna.library.errors import NotAccepted
from luna.library.models import ContentVersion
from luna.people.access import Viewer
from luna.people.errors import Refused
from luna.treatment import readings

VERBS = {
    ContentVersion.Kind.PROTOCOL: "protocol.sign",
    ContentVersion.Kind.TRIAGE: "triage.sign",
    ContentVersion.Kind.EMERGENCY: "emergency.sign",
}
LONGEST_TEXT = 200_000  # characters; the largest packaged protocol has a tenth of it


class Unticked(Refused):
    """Lines that need a tick have none. titles: id -> title of each of them."""

    def __init__(self, titles: Mapping[str, str]) -> None:
        """Name them all, and say what to do."""
        named = ", ".join(f"“{title}”" for title in titles.values())
        message = _("Not ticked: %(numbers)s. Tick each if you agree with it, or do not sign.")
        super().__init__(message % {"numbers": named}, next(iter(titles)))
        self.titles = titles


@transaction.atomic
def sign(*, kind: str, text: str, accepted: Collection[str], viewer: Viewer, now: datetime) -> ContentVersion:
    """Sign one exact text for the viewer's clinic; signing it again changes nothing while it is good.

    kind: a ContentVersion.Kind value. accepted: ids of the B and D lines ticked one by one.
    Refuses unticked ones by their names (Unticked), a text that cannot be read, a protocol the library
    does not bear out (no guide, no source), and numbers of another country than the clinic's.
    """
    if len(text) > LONGEST_TEXT:
        raise Refused(_("This text is too long. Shorten it to 200,000 characters."))
    try:
        if problem := readings.problem(kind, text, viewer.clinic):
            raise Refused(_("This cannot be signed. %(why)s") % {"why": problem})
        version = library.sign(
            clinic_id=viewer.clinic_id,
            kind=kind,
            text=text,
            accepted=accepted,
            by_id=viewer.user_id,
            name=viewer.name,
            country=viewer.clinic.country if kind == ContentVersion.Kind.EMERGENCY else "",
            now=now,
        )
    except NotAccepted as problem:
        titles = {one.id: one.title for one in readings.lines(kind, text, viewer.clinic)}
        raise Unticked({id_: titles[id_] for id_ in problem.ids}) from problem
    except ContentError as problem:
        raise Refused(_("This cannot be read. %(why)s") % {"why": problem}) from problem
    if version.signed_at == now:  # not when the same words were signed before
        payload = {"sha256": version.sha256}
        audit.record(VERBS[version.kind], by=viewer, subject=version, now=now, payload=payload)
        feed.changed(clinic_id=viewer.clinic_id, now=now)
    return version
