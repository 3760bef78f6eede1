"""Sign a protocol version for a clinic."""

from collections.abc import Collection
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from luna.audit import actions as audit
from luna.clinical.errors import ContentError
from luna.feed import actions as feed
from luna.library import actions as library
from luna.library import content
from luna.library.errors import NotAccepted
from luna.library.models import ContentVersion
from luna.people.access import Viewer
from luna.people.errors import Refused

LONGEST_TEXT = 200_000  # characters; the largest packaged protocol has a tenth of it


@transaction.atomic
def sign_protocol(*, text: str, accepted: Collection[str], viewer: Viewer, now: datetime) -> ContentVersion:
    """Sign one exact text of a protocol for the viewer's clinic; signing it again changes nothing.

    accepted: ids of the B and D numbers ticked one by one. Refuses an unticked one by its name, a
    text that cannot be read, and one the library does not bear out (no guide, no source).
    """
    if len(text) > LONGEST_TEXT:
        raise Refused(_("This protocol is too long. Shorten it to 200,000 characters."))
    try:
        flaws = content.problems(content.protocol_of(text))
        if flaws:
            raise Refused(_("This protocol cannot be signed. %(why)s") % {"why": " ".join(flaws)})
        version = library.sign(
            clinic_id=viewer.clinic_id,
            kind=ContentVersion.Kind.PROTOCOL,
            text=text,
            accepted=accepted,
            by_id=viewer.user_id,
            name=viewer.name,
            now=now,
        )
    except NotAccepted as problem:
        number = content.protocol_of(text).numbers[problem.id]
        unticked = _("“%(number)s” is not ticked. Tick it if you agree with it, or do not sign.")
        raise Refused(unticked % {"number": number.text}, problem.id) from problem
    except ContentError as problem:
        raise Refused(_("This protocol cannot be read. %(why)s") % {"why": problem}) from problem
    if version.signed_at == now:  # not when the same words were signed before
        audit.record("protocol.sign", by=viewer, subject=version, now=now, payload={"sha256": version.sha256})
        feed.changed(clinic_id=viewer.clinic_id, now=now)
    return version
