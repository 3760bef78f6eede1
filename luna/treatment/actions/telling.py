"""Tell the people concerned that a series changed: one message each, and no older one after it."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import datetime

from luna.clinical import fasting
from luna.clinical.protocol import Actor, Step
from luna.library import content
from luna.library import plans as library
from luna.notices import actions as notices
from luna.notices.words import BEFORE, MEDICINES, TIMES
from luna.people.models import CircleMember, User
from luna.treatment.models import Infusion, Order, Series

# What a message about an order says, where it is not just a step that changed.
WORDS = {Order.What.MEDICINE: MEDICINES, Order.What.FASTING: TIMES}


def concerned(series: Series) -> list[User]:
    """Return the patient, if they have an account, and every caretaker who may see the schedule."""
    patient = User.objects.filter(patients=series.patient_id)
    return [*patient, *(member.user for member in _caretakers(series))]


def _caretakers(series: Series) -> list[CircleMember]:
    members = CircleMember.objects.filter(
        patient_id=series.patient_id,
        state=CircleMember.State.ACTIVE,
        role=CircleMember.Role.CARETAKER,
    ).select_related("user")
    return [member for member in members.order_by("since", "id") if Series.kind in member.kinds]


def of_series(series: Series, words: str, values: Mapping[str, datetime], now: datetime) -> None:
    """Send each person concerned one message about the whole series."""
    for user in concerned(series):
        notices.plan(
            key=f"{series.id.hex}:{words}:{user.id.hex}",
            words=words,
            clinic_id=series.clinic_id,
            patient_id=series.patient_id,
            to_user_id=user.id,
            due_at=now,
            values=values,
            now=now,
        )


def of_infusion(
    infusion: Infusion,
    words: str,
    values: dict[str, datetime],
    now: datetime,
    *,
    besides: Iterable[Infusion] = (),
) -> None:
    """Void what was still to be said of this infusion's old times, and send each person one message.

    The message belongs to the infusion's new revision: a still later change voids it in turn. It names the
    time that its reader knows: who has not heard of the change before still goes by an earlier one. Who
    knows no other time than the new one is told nothing. besides: others that the message is about.
    """
    every = [infusion, *besides]
    known = notices.unheard(patient_id=infusion.patient_id, task_keys=[one.id.hex for one in every])
    for one in every:  # all: an order raises a task's revision past that of its booking
        notices.void(patient_id=one.patient_id, task_key_prefix=one.id.hex)
    notices.void(
        patient_id=infusion.patient_id,
        task_key_prefix=infusion.series_id.hex,
        before_revision=infusion.revision,
    )
    for user in concerned(infusion.series):
        told = values | ({"was_at": known[user.id]} if "was_at" in values and user.id in known else {})
        if "was_at" in told and told["was_at"] == told.get("starts_at"):
            continue
        notices.plan(
            key=f"{infusion.id.hex}:{words}:r{infusion.revision}:{user.id.hex}",
            words=words,
            clinic_id=infusion.clinic_id,
            patient_id=infusion.patient_id,
            to_user_id=user.id,
            due_at=now,
            values=told,
            task_key=infusion.id.hex,
            revision=infusion.revision,
            now=now,
        )


def of_order(series: Series, order: Order, now: datetime) -> None:
    """Withdraw what was still to be said of the steps an order changes, and tell whose steps they are.

    An order about a medicine is the patient's to read, and a step theirs it is shared with. A fasting rule
    changes times that everybody goes by, as a move does. Needs the series' infusions.
    """
    steps = [] if order.what == Order.What.MEDICINE else list(_changed(series, order))
    infusions = [one for one in series.infusions.all() if order.infusion_id in {None, one.id}]
    for about in [*infusions, *([] if order.infusion_id else [series])]:
        for step in steps:
            notices.void(patient_id=series.patient_id, task_key_prefix=f"{about.id.hex}.{step.id}")
    words = WORDS.get(order.what, "plan-changed")
    ahead = [one for one in infusions if not one.cancelled and one.starts_at > now]
    # What it matters for first: by then they have to hear of it.
    values = {"infusion": ahead[0].id} if words in BEFORE and ahead else {}
    if values:
        notices.outdone(patient_id=series.patient_id, words=words, infusion_id=ahead[0].id)
    for user in _whose(series, order, steps):
        notices.plan(
            key=f"{order.id.hex}:{words}:{user.id.hex}",
            words=words,
            clinic_id=series.clinic_id,
            patient_id=series.patient_id,
            to_user_id=user.id,
            due_at=now,
            values=values,
            now=now,
        )


def _changed(series: Series, order: Order) -> Iterator[Step]:
    """Give the steps an order about a number or step changes."""
    if order.what == Order.What.ADD:
        yield content.step_of(order.step_text or order.supersedes.step_text)
        return
    for step in library.protocol(series.protocol).steps:
        is_timed = bool(_numbers(order).intersection(step.numbers))
        if is_timed or (order.what == Order.What.SKIP and order.name == step.id):
            yield step


def _numbers(order: Order) -> set[str]:
    """Return the numbers of the protocol an order sets."""
    if order.what == Order.What.FASTING:
        return {fasting.FOOD, fasting.DRINK}
    return {order.name} if order.what == Order.What.NUMBER else set()


def _whose(series: Series, order: Order, steps: Collection[Step]) -> Iterator[User]:
    if order.what == Order.What.FASTING:
        yield from concerned(series)
        return
    patient = series.patient.user
    is_theirs = order.what == Order.What.MEDICINE or any(one.actor is Actor.PATIENT for one in steps)
    if patient is not None and is_theirs:
        yield patient
    shared = {one.kind for one in steps if one.actor is Actor.CARETAKER}
    yield from (member.user for member in _caretakers(series) if shared.intersection(member.kinds))
