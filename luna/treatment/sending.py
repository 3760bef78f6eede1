"""What the ledger of messages asks of bookings before it sends one: is it still true, and may a phone ring?

The ledger lies below this slice: `settings.LUNA_BEFORE_SENDING` names these functions.
"""

from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Prefetch, Q, prefetch_related_objects

from luna.clinical import plan as rules
from luna.library import plans as library
from luna.people import plans as people
from luna.people.models import CircleMember
from luna.treatment import covers, holding, plans, rides
from luna.treatment.models import Infusion, Moment, Series

# A phone stays quiet from the arrival to the way home: nobody writes down when somebody sits down in the
# chair. Not for ever if nobody wrote down who left: so long after the chair should have been free it may ring
# again. A choice of ours.
LONGEST = timedelta(hours=1)
# An infusion that was to begin this long ago is over, whatever was written down.
PAST = timedelta(hours=24)


def is_current(task_key: str, revision: int) -> bool:
    """Say whether a message about an infusion speaks of the times it has now. One query for most.

    task_key: begins with the infusion's id; what begins with anything else is of no booking. Of a cancelled
    one only that is said, and what outlives it; what was to be done before, until they have come. A reminder
    to somebody named to drive is current while they stand as it says.
    """
    of, _, about = task_key.partition(".")
    infusion = people.uuid_or_none(of)
    rows = Infusion.objects.filter(id=infusion).select_related("series__protocol")
    rows = rows.defer("series__protocol__text")
    if rides.is_reminder(about):
        rows = rows.prefetch_related(rides.RIDES)
    row = rows.first() if infusion else None
    if row is None:
        return True
    if row.cancelled:
        return _outlives(row, task_key, revision) if about else row.revision <= revision
    if row.times_revision > revision or not rides.is_as_told(row, about):
        return False
    return not (_is_before(row, about) and Moment.What.ARRIVED in happened(row.id))


def happened(infusion_id: UUID) -> dict[str, datetime]:
    """Return what happened on an infusion day, as it stands. One query."""
    row = Infusion(id=infusion_id)
    prefetch_related_objects([row], "moments")
    return plans.standing_moments(row)


def _outlives(infusion: Infusion, task_key: str, revision: int) -> bool:
    """Say whether a step stands though its infusion is cancelled: a medicine left out is taken again."""
    if not rules.KEY.fullmatch(task_key):
        return False
    series = plans.loaded(Series.objects.filter(id=infusion.series_id)).get()
    tasks = rules.apply(library.protocol(series.protocol), plans.facts(series))
    return any(task.key == task_key and task.revision <= revision for task in tasks)


def _is_before(infusion: Infusion, about: str) -> bool:
    """Say whether it is about a step that has its place before they come: a gate, or a last medicine."""
    step = about.partition(".")[0]
    protocol = library.protocol(infusion.series.protocol)
    return holding.is_stop(step) or any(one.gate and one.id == step for one in protocol.steps)


def is_hushed(user_id: UUID, now: datetime) -> bool:
    """Say whether somebody is there for an infusion, or on duty for who is, and has not left for home."""
    theirs = Q(patient__user=user_id) | Q(
        patient__circle__user=user_id, patient__circle__state=CircleMember.State.ACTIVE
    )
    today = Infusion.objects.filter(theirs, starts_at__gt=now - PAST, leaves_at__gt=now - LONGEST).distinct()
    rows = today.select_related("patient", "series").prefetch_related(
        "moments", covers.DUTIES, Prefetch("patient__circle", covers.circle(), to_attr="everybody")
    )
    return any(_is_on(row) and _is_there(row, user_id) for row in rows)


def _is_on(infusion: Infusion) -> bool:
    """Say whether the patient came and has not left; who came to one that is off after all goes home."""
    happened = plans.standing_moments(infusion)
    is_off = infusion.cancelled or infusion.series.stopped_at is not None
    began = Moment.What.STARTED if is_off else Moment.What.ARRIVED
    return began in happened and not plans.has_left(infusion)


def _is_there(infusion: Infusion, user_id: UUID) -> bool:
    on = covers.cover(infusion, infusion.patient.everybody).on
    return infusion.patient.user_id == user_id or on == user_id.hex
