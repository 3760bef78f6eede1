"""Note that staff told somebody on the phone whom no message can go to."""

from collections.abc import Callable
from datetime import datetime

from django.db import transaction
from django.db.models import Q
from django.http import Http404
from django.shortcuts import get_object_or_404

from luna.audit import actions as audit
from luna.feed import actions as feed
from luna.people import plans as people
from luna.people.access import Viewer
from luna.people.errors import Stale
from luna.treatment import calls, plans
from luna.treatment.models import Infusion, PhoneCall, Series

ToMake = Callable[[Viewer, datetime, Q], list[calls.Call]]

HEX = 32  # a key begins with the infusion's id


@transaction.atomic
def told_by_phone(*, key: str, viewer: Viewer, now: datetime, to_make: ToMake = calls.to_make) -> PhoneCall:
    """Write down that somebody who had to be called was told. Twice is once.

    key: a `calls.Call.key`. to_make: what works out the calls about an infusion. Raises Stale when that is
    not what they are to hear any more.
    """
    infusion_id = people.uuid_or_none(key[:HEX])
    if not viewer.has_role(*plans.BOOKERS) or infusion_id is None:
        raise Http404
    infusion = get_object_or_404(Infusion.objects.visible_to(viewer), id=infusion_id)
    Series.objects.select_for_update(no_key=True).get(id=infusion.series_id)
    before = infusion.phone_calls.filter(key=key).first()
    if before is not None:
        return before
    if not any(one.key == key for one in to_make(viewer, now, Q(id=infusion_id))):
        raise Stale
    row = PhoneCall.objects.create(
        clinic_id=infusion.clinic_id, infusion=infusion, key=key, by_id=viewer.user_id, at=now
    )
    audit.record("call.told", by=viewer, subject=row.infusion, now=now)
    feed.changed(clinic_id=infusion.clinic_id, patient_id=infusion.patient_id, now=now)
    return row
