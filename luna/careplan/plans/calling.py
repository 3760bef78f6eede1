"""Whom a clinic's staff have to call, and the words to say: what no message can tell."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.core.paginator import Page, Paginator

from luna.careplan.plans import eating
from luna.careplan.plans.changed import Reader, spoken
from luna.careplan.plans.daily import RUNNING, where
from luna.careplan.plans.loading import Plan, Visit, plans_of
from luna.careplan.plans.reasons import Said
from luna.careplan.plans.still_open import going, said_of, to_call
from luna.notices import plans as notices
from luna.notices import words as titles
from luna.people import safety
from luna.people.access import KINDS, Viewer, shared_with
from luna.people.models import CircleMember, Patient
from luna.people.plans import uuid_or_none
from luna.treatment import calls as treatment
from luna.treatment import quiet
from luna.treatment.calls import Call, What
from luna.treatment.models import Infusion, Series
from luna.treatment.quiet import Kept

PEOPLE = 25  # on one page
HEX = 32  # the key of a message about an infusion begins with its id
CHANGES = (What.MOVED, What.CANCELLED, What.TIMES)
REMINDERS = ("ready-ask", "ready-duty")  # messages about what is open before an infusion
TITLES = {
    What.MOVED: "moved",
    What.CANCELLED: "cancelled",
    What.TIMES: titles.TIMES,
    What.ASKED: "ride-asked",
    What.OPEN: "ride-step-in",
    What.OFF: "ride-off",
    What.STILL_OPEN: "ready-ask",
}


@dataclass(frozen=True, slots=True)
class ToSay:
    """One thing somebody is to hear on the phone.

    at: the time it is about, if it is about one. since: when it came to be said. words: what to say, line by
    line. still_open: what they are to see to before the infusion. message: the one nobody had of it; None
    where none could be written, and then call says what it is.
    """

    title: str
    at: datetime | None
    since: datetime
    words: tuple[str, ...] = ()
    still_open: tuple[str, ...] = ()
    message: notices.Line | None = None
    call: Call | None = None


@dataclass(frozen=True, slots=True)
class Callee:
    """Somebody the clinic phones, and what for. member: their place in the circle, None of other people.

    voicemail: what the patient said of leaving a message; None where nobody asked, or of others.
    """

    name: str
    phone: str
    patient: Patient
    lines: tuple[ToSay, ...]
    member: CircleMember | None = None
    voicemail: bool | None = None


def callees(viewer: Viewer, number: str, now: datetime) -> Page[Callee]:
    """Return a page of whom staff have to phone and what for, the longest waiting first.

    number: as it was asked for. The same number of queries, however many they are.
    """
    waiting: list[notices.Waiting | list[Call] | list[Kept]] = [*notices.to_phone(viewer)]
    waiting += [*_grouped(viewer, now), *_too_late(viewer, now)]
    waiting.sort(key=_since)
    page: Page[Any] = Paginator(waiting, PEOPLE).get_page(number)
    written = notices.calls(viewer, [one for one in page if isinstance(one, notices.Waiting)])
    calls = [one for one in page if isinstance(one, list) and isinstance(one[0], Call)]
    late = [one for one in page if isinstance(one, list) and isinstance(one[0], Kept)]
    infusions = _moved(viewer, written)
    called = {one.patient_id for one in infusions.values()}
    called |= {one.infusion.patient_id for mine in calls for one in mine if one.what in CHANGES}
    called |= {mine[0].infusion.patient_id for mine in late}
    plans = plans_of_called(viewer, called, now)
    reminded = {found for one in written for line in one.lines if (found := _reminded(line))}
    said = said_of(viewer, reminded, now)
    numbers = safety.numbers_of_members(viewer, [one.member for one in written])
    found = [_by_message(one, numbers[one.member.id], infusions, plans, said) for one in written]
    found += (_by_phone(mine, plans, now) for mine in calls)
    found += (_by_late_message(mine, plans) for mine in late)
    page.object_list = sorted(found, key=lambda one: one.lines[0].since)
    return page


def _grouped(viewer: Viewer, now: datetime) -> list[list[Call]]:
    """Return the calls to who has no address: of each, all they are to hear of one patient."""
    of: dict[tuple[UUID, bool, str, str], list[Call]] = defaultdict(list)
    for one in to_call(viewer, now):
        of[one.infusion.patient_id, one.to is not None, one.name, one.phone].append(one)
    return list(of.values())


def _too_late(viewer: Viewer, now: datetime) -> list[list[Kept]]:
    """Return the messages that quiet hours keep too long: of each reader, all of one patient."""
    of: dict[tuple[UUID, UUID], list[Kept]] = defaultdict(list)
    for one in quiet.kept(viewer, now):
        if one.is_too_late:
            of[one.infusion.patient_id, one.line.notice.to_user_id].append(one)
    return list(of.values())


def _since(waits: notices.Waiting | list[Call] | list[Kept]) -> datetime:
    if isinstance(waits, notices.Waiting):
        return waits.since
    first = waits[0]
    return first.since if isinstance(first, Call) else first.line.notice.due_at


def plans_of_called(viewer: Viewer, patients: Collection[UUID], now: datetime) -> Mapping[UUID, list[Plan]]:
    """Return patient -> all their plans that run, or ended a short while ago."""
    of: dict[UUID, list[Plan]] = defaultdict(list)
    for plan in plans_of(going(viewer, now).filter(patient__in=patients), now) if patients else ():
        of[plan.patient.id].append(plan)
    return of


def said_to(
    to: Patient | CircleMember, infusion: Infusion, was: datetime, mine: Sequence[Plan]
) -> tuple[str, ...]:
    """Return what to say to somebody of an infusion that was moved or cancelled, line by line.

    was: when it began before. mine: all plans of the patient. Nothing to who is not shown the schedule.
    """
    found = _visit(infusion, mine)
    reader = _reader(to, infusion, mine) if found else None
    return spoken(found[1], was, mine, reader) if found and reader else ()


def _visit(infusion: Infusion, mine: Sequence[Plan]) -> tuple[Plan, Visit] | None:
    return next(((plan, found) for plan in mine if (found := plan.visit(infusion.id.hex))), None)


def _reader(to: Patient | CircleMember, infusion: Infusion, mine: Sequence[Plan]) -> Reader | None:
    """Return who hears it; None for who is not shown the schedule, and while an infusion is on."""
    kinds = frozenset(KINDS) if isinstance(to, Patient) else shared_with(to)
    if Series.kind not in kinds or any(where(plan)[0] in RUNNING for plan in mine):
        return None
    zone = (to.user.zone if to.user else "") or mine[0].clinic.zone
    return Reader("" if isinstance(to, Patient) else infusion.patient.first_name, zone, kinds)


def _times_to(
    to: Patient | CircleMember, row: Infusion, was: datetime, mine: Sequence[Plan]
) -> tuple[str, ...]:
    """Return until when a patient eats and drinks, line by line: as after a move; of a far infusion, both."""
    words, found = said_to(to, row, was, mine), _visit(row, mine)
    if words or found is None:
        return words
    plan, visit = found
    reader = _reader(to, row, mine)
    if reader is None or visit.off or visit.booking.arrived_at or visit.starts_at <= plan.now:
        return ()
    return eating.limits(plan, row.id.hex, reader.zone)


def _moved(viewer: Viewer, written: Sequence[notices.Call]) -> dict[UUID, Infusion]:
    """Return the infusions of which somebody could not be written that they change. At most one query."""
    ids = {found for one in written for line in one.lines if (found := _infusion_of(line))}
    rows = Infusion.objects.visible_to(viewer).filter(id__in=ids).select_related("patient")
    return {row.id: row for row in rows} if ids else {}


def _infusion_of(line: notices.Line) -> UUID | None:
    """Return which infusion a message says was moved or cancelled, or has something else before it.

    None of any other message.
    """
    if line.notice.words in titles.BEFORE:
        return uuid_or_none(line.notice.values.get("infusion", ""))
    if line.notice.words == titles.STOPPED and not line.notice.task_key:
        return None
    is_moving = line.notice.words in titles.MOVING
    return uuid_or_none(line.notice.key[:HEX]) if is_moving else None


def _reminded(line: notices.Line) -> UUID | None:
    """Return which infusion a message asks to see to something before, None of any other message."""
    is_reminder = line.notice.words in REMINDERS
    return uuid_or_none(line.notice.values["infusion"]) if is_reminder else None


def _still_open(line: notices.Line, said: Mapping[UUID, Said]) -> tuple[str, ...]:
    """Return what of a reminder is open yet, and theirs to see to."""
    infusion_id, of = _reminded(line), line.notice.values.get("of", ())
    lines = said[infusion_id].pressing if infusion_id in said else ()
    return tuple(one.text for one in lines if one.to == line.notice.to_user and one.subject in of)


def _by_message(
    one: notices.Call,
    phone: str,
    infusions: Mapping[UUID, Infusion],
    plans: Mapping[UUID, list[Plan]],
    said: Mapping[UUID, Said],
) -> Callee:
    """Return who has no way to read the messages that wait for them."""

    def words(line: notices.Line) -> tuple[str, ...]:
        infusion_id = _infusion_of(line)
        row = infusions.get(infusion_id) if infusion_id else None
        return _of_message(line, one.member, row, plans.get(row.patient_id, [])) if row else ()

    lines = [
        ToSay(line.title, line.starts_at, line.notice.due_at, words(line), _still_open(line, said), line)
        for line in one.lines
    ]
    return Callee(one.user.name, phone, one.patient, tuple(lines), member=one.member)


def _by_late_message(mine: Sequence[Kept], plans: Mapping[UUID, list[Plan]]) -> Callee:
    """Return whom their quiet hours let hear too late, with all they are to hear of one patient."""
    first = mine[0]
    lines = tuple(_late(one, plans.get(one.infusion.patient_id, [])) for one in mine)
    member = first.to if isinstance(first.to, CircleMember) else None
    return Callee(first.name, first.phone, first.infusion.patient, lines, member, first.voicemail)


def _late(one: Kept, mine: Sequence[Plan]) -> ToSay:
    line = one.line
    words = _of_message(line, one.to, one.infusion, mine) if one.to else ()
    at = line.starts_at or one.infusion.starts_at
    return ToSay(line.title, at, line.notice.due_at, words, message=line)


def _of_message(
    line: notices.Line, to: Patient | CircleMember, row: Infusion, mine: Sequence[Plan]
) -> tuple[str, ...]:
    """Return what to say to somebody in place of a message about an infusion, line by line."""
    if line.notice.words in titles.BEFORE:
        return _times_to(to, row, row.starts_at, mine)
    was = line.notice.values.get("was_at")
    return said_to(to, row, datetime.fromisoformat(was), mine) if was else ()


def _by_phone(mine: Sequence[Call], plans: Mapping[UUID, list[Plan]], now: datetime) -> Callee:
    """Return who has no address, with all they are to hear of one patient."""
    first = mine[0]
    lines = tuple(_to_say(one, plans, now) for one in mine)
    patient = first.to or first.infusion.patient
    return Callee(first.name, first.phone, patient, lines, voicemail=first.voicemail)


def _to_say(call: Call, plans: Mapping[UUID, list[Plan]], now: datetime) -> ToSay:
    row = call.infusion
    title = "ride-open" if call.what is What.OPEN and call.to is not None else TITLES[call.what]
    words = treatment.words(call, now)
    if call.to is not None and call.what in CHANGES:
        # Called off after a move, they may not have heard of the move yet, and still fast for the old time.
        tell = _times_to if call.what is What.TIMES else said_to
        words = tell(call.to, row, row.was_at or row.starts_at, plans.get(row.patient_id, []))
    at = row.starts_at if call.what in (*CHANGES, What.STILL_OPEN) else row.leaves_at
    return ToSay(titles.title(title), at, call.since, words, call.still_open, call=call)
