"""What the ledger of messages asks before it sends one about a plan: is it still true?

The ledger lies below this slice: `settings.LUNA_BEFORE_SENDING` names this function.
"""

from datetime import datetime
from uuid import UUID

from luna.careplan import plans
from luna.people import plans as people
from luna.treatment import sending


def is_current(task_key: str, revision: int, now: datetime) -> bool:
    """Say whether a message still speaks of the times that stand; of an offer, whether it can be taken.

    A reminder of what is open before an infusion is current until they have come; of what is open at the
    desk, until it starts.
    """
    if not sending.is_current(task_key, revision):
        return False
    of, _sep, what = task_key.partition(".")
    if over := plans.READY_UNTIL.get(what.partition(".")[0]):
        return over not in sending.happened(UUID(of))
    offer_id = people.uuid_or_none(of) if what == plans.OFFER else None
    return offer_id is None or plans.offer_is_open(offer_id, now)
