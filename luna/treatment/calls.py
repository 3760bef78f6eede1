"""Whom staff have to call about an infusion because no message can go to them. Worked out, never stored.

A patient without an account, when an infusion is moved or cancelled, when an order changes until when they
eat and drink, or when nobody drives; and who was named to drive and could not be written to: what the ledger
of messages holds is not here. Who was asked to drive and has not answered is asked again when a message
would remind them. A call is over when staff ticked it off, when the patient has an account, when the infusion
changed again, or when it comes too late.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet, Subquery
from django.utils.translation import gettext

from luna.clinical import chase, fasting
from luna.clinical.protocol import Actor
from luna.clinical.ride import Hears
from luna.library import times
from luna.notices import plans as notices
from luna.notices import reach
from luna.people import safety
from luna.people.access import Viewer
from luna.people.models import CircleMember, ContactSafety, Patient
from luna.treatment import covers, plans, quiet, rides
from luna.treatment.models import Infusion, Moment, Order, PhoneCall, Ride, Series
from luna.treatment.quiet import NOBODY, Silent

CALLED = Prefetch("phone_calls", PhoneCall.objects.select_related("by"))


class What(StrEnum):
    """What somebody is to hear."""

    MOVED = "moved"
    CANCELLED = "cancelled"
    TIMES = "times"  # an order changed when they stop eating and drinking
    ASKED = "asked"  # whether they drive
    OPEN = "open"  # nobody drives any more
    OFF = "off"  # they need not drive
    STILL_OPEN = "still-open"  # what is open before the infusion: through `careplan.plans.to_call`


HOUR = timedelta(hours=1)
RIDE_OPEN = f".ride:{What.OPEN}"
# What a message says to somebody named to drive.
OF_WORDS = {"ride-link": What.ASKED, "ride-step-in": What.OPEN, "ride-released": What.OFF}
Written = Mapping[tuple[UUID, What], Sequence[datetime]]
OF_RIDE = {Hears.ASKED: What.ASKED, Hears.OPEN: What.OPEN, Hears.OFF: What.OFF}


@dataclass(frozen=True, slots=True)
class Call:
    """Somebody to be called, what they are to hear of an infusion, and since when it is so.

    key: names the reason and the person, as that of a message does. phone: E.164, empty where none is known.
    voicemail: what the patient said of leaving a message; None where nobody asked, or of who drives. to: the
    patient; None for who drives. still_open: in words. told: when and by whom they were told, None while
    they are to be called.
    """

    key: str
    infusion: Infusion
    what: What
    since: datetime
    name: str
    phone: str
    voicemail: bool | None = None
    to: Patient | None = None
    is_reserve: bool = False
    by_taxi: bool = False
    still_open: tuple[str, ...] = ()
    told: PhoneCall | None = None


@dataclass(frozen=True, slots=True)
class Hearers:
    """Who would hear that an infusion is moved or cancelled: by a message, or only if staff call them.

    waits: whose message their quiet hours keep, and until when; in time still.
    """

    messages: tuple[str, ...]
    calls: tuple[str, ...]
    waits: tuple[tuple[str, datetime], ...] = ()


def to_make(viewer: Viewer, now: datetime, about: Q | None = None) -> list[Call]:
    """Return the calls that a clinic's staff have to make and nobody made yet, the longest waiting first.

    about: which infusions; all of them without. Nobody to staff who may not book. The same number of queries,
    however many they are.
    """
    if not viewer.has_role(*plans.BOOKERS):
        return []
    said = Ride.objects.filter(infusion=OuterRef("pk"))
    changed = Q(cancelled=True) | Q(moved_revision__isnull=False) | Q(fasting__isnull=False) | Exists(said)
    by_phone = Exists(said.filter(ask=None, who=None, email=""))  # whom a text message may reach all the same
    ahead = Infusion.objects.visible_to(viewer).filter(leaves_at__gt=now)
    rows = list(with_calls(ahead.filter(about or Q())).filter(Q(changed, patient__user=None) | by_phone))
    patients = {row.patient_id for row in rows}
    members = list(covers.circle().filter(patient__in=patients)) if rows else []
    known = safety.latest_of(viewer, patients) if rows else {}
    sent = written(rows)
    found: list[Call] = []
    for row in rows:
        circle = [one for one in members if one.patient_id == row.patient_id]
        calls = of(row, circle, known.get(row.patient_id), sent, now)
        found += (one for one in calls if one.told is None)
    return sorted(found, key=lambda one: (one.since, one.key))


def of_change(viewer: Viewer, now: datetime, about: Q) -> dict[str, list[Any]]:
    """Return whom a page of some infusions names after a change.

    calls: whom to call, with those whom their quiet hours let hear of it too late. kept: who hears in time,
    once their quiet hours are over. about: which infusions.
    """
    kept = quiet.kept(viewer, now, about)
    late = [one for one in kept if one.is_too_late]
    return {"calls": [*to_make(viewer, now, about), *late], "kept": [one for one in kept if one not in late]}


def after_change(viewer: Viewer, now: datetime, about: Q) -> str:
    """Return what staff read once bookings were changed: who of the people concerned hears of it, and how."""
    found = of_change(viewer, now, about)
    if found["calls"]:
        return gettext("Saved. Now call those whom no message reaches in time.")
    if found["kept"]:
        return gettext(
            "Saved. The people concerned are told what changed, some once their quiet hours are over."
        )
    return gettext("Saved. The people concerned are being told what changed.")


def with_calls(infusions: QuerySet[Infusion]) -> QuerySet[Infusion]:
    """Return infusions with what `of` asks of each: four queries, however many they are.

    fasting, fasting_at: the order on eating and drinking signed last since they stand at their time, where
    no infusion before them was told of it; None without one.
    """
    told = {"cancelled_at": Subquery(plans.CANCELLED_AT), "was_at": Subquery(plans.WAS_AT)}
    rows = plans.booked(infusions).annotate(**told).select_related("patient__user", "series", "clinic")
    rows = rows.annotate(fasting=Subquery(_fasting("id")), fasting_at=Subquery(_fasting("at")))
    return rows.prefetch_related(rides.RIDES, "moments", CALLED).order_by("starts_at", "id")


def _fasting(field: str) -> QuerySet:
    """Return a field of the order that changed when to eat and drink before an infusion with `booked_at`.

    One of the whole series is told of once, with the first infusion after it.
    """
    between = Infusion.objects.filter(
        series=OuterRef("series"),
        cancelled=False,
        starts_at__gt=OuterRef("at"),
        starts_at__lt=OuterRef(OuterRef("starts_at")),
    )
    changes = Q(what=Order.What.FASTING) | Q(what=Order.What.NUMBER, name__in=(fasting.FOOD, fasting.DRINK))
    reaches = Q(infusion=OuterRef("pk")) | Q(~Exists(between), infusion=None)
    orders = Order.objects.filter(changes, reaches, series=OuterRef("series"), at__gt=OuterRef("booked_at"))
    return orders.order_by("-at", "-id").values(field)[:1]


def written(infusions: Iterable[Infusion]) -> Written:
    """Return what the ledger holds of each asking of somebody named to drive, and since when. One query."""
    of: dict[tuple[UUID, What], list[datetime]] = defaultdict(list)
    for ask_id, words, at in notices.to_drivers({one.patient_id for one in infusions}):
        if words in OF_WORDS:
            of[ask_id, OF_WORDS[words]].append(at)
    return of


def reached(infusions: Iterable[Infusion]) -> frozenset[UUID]:
    """Return the askings of those named to drive to whom a message could go. At most three queries for all.

    infusions: with their rides.
    """
    named = [row for one in infusions for row in one.rides.all() if row.ask_id is None and row.who_id is None]
    ways = reach.of_named([(row.email, row.phone) for row in named])
    return frozenset(row.id for row, way in zip(named, ways, strict=True) if way)


def of(
    infusion: Infusion,
    circle: Iterable[CircleMember],
    safe: ContactSafety | None,
    sent: Written,
    now: datetime,
) -> Iterator[Call]:
    """Give the calls about an infusion that came through `with_calls`. No queries.

    circle: of the patient, through `covers.circle`. safe: what staff know of calling the patient. sent: what
    `written` returns.
    """
    members = list(circle)
    told = {one.key: one for one in infusion.phone_calls.all()}
    patient = infusion.patient
    for what, reason, since in _of_patient(infusion, members, now) if patient.user_id is None else ():
        key = f"{infusion.id.hex}{reason}:patient"
        yield Call(
            key=key,
            infusion=infusion,
            what=what,
            since=since,
            name=patient.name,
            phone=safety.number(patient, safe),
            voicemail=safe.voicemail if safe else None,
            to=patient,
            told=told.get(key),
        )
    yield from _of_drivers(infusion, members, told, sent, now)


def words(call: Call, now: datetime) -> tuple[str, ...]:
    """Return what to say to somebody about the ride home; of all else nothing."""
    of = call.infusion
    zone, name = of.clinic.zone, of.patient.first_name
    when = times.when(of.leaves_at, zone, now, hours=of.clinic.clock)
    if call.to is not None and call.what is What.OPEN:
        said = gettext("Nobody is set to take you home any more. Who could? Pick-up is %(when)s.")
    elif call.what is What.OPEN:
        said = gettext("Nobody is set to take %(name)s home any more. Can you? Pick-up is %(when)s.")
    elif call.what is What.OFF:
        said = gettext("You need not take %(name)s home. It was about %(when)s. Thank you for being ready.")
    elif call.what is not What.ASKED:
        return ()
    elif call.is_reserve:
        said = gettext("Can you stand by to take %(name)s home? Pick-up is %(when)s.")
    elif call.by_taxi:
        said = gettext("Can you go home with %(name)s in a taxi? Pick-up is %(when)s.")
    else:
        said = gettext("Can you take %(name)s home? Pick-up is %(when)s.")
    return (said % {"name": name, "when": when},)


def hearing(
    infusion: Infusion, circle: Iterable[CircleMember], now: datetime, *, besides: Sequence[Infusion] = ()
) -> Hearers:
    """Return who would hear that an infusion is moved or cancelled, as far as the times it has say it.

    infusion: with its rides. circle: through `covers.circle`. besides: later ones that end with it, whose
    drivers hear that they need not come. As many queries for many.
    """
    members = list(circle)
    silent = quiet.silent(infusion, members, now)
    every = [infusion, *besides]
    return hearers(infusion, infusion.patient, members, reached(every), silent, besides=besides)


def hearers(
    infusion: Infusion,
    patient: Patient,
    circle: Iterable[CircleMember],
    reached: Collection[UUID],
    silent: Silent = NOBODY,
    *,
    besides: Sequence[Infusion] = (),
) -> Hearers:
    """Return who would hear that an infusion is moved, or cancelled alone or with others. No queries.

    infusion: with its rides, as are those besides. circle: through `covers.circle`. reached: as the function
    of that name returns. silent: who keeps quiet hours now.
    """
    members = list(circle)
    shown = [one for one in members if one.state == CircleMember.State.ACTIVE and Series.kind in one.kinds]
    phoned = [one for one in shown if not one.user.has_mail or one.device == CircleMember.Device.NONE]
    asked = (one for row in (infusion, *besides) for one in rides.ride(row, members).asked)
    named = [one for one in asked if one.who is None]
    by_link = {one.ask: gettext("%(name)s (drives)") % {"name": one.name} for one in named}
    written = [(one.user, Actor.CARETAKER) for one in shown if one not in phoned]
    if patient.user is not None:
        written.insert(0, (patient.user, Actor.PATIENT))
    late = [user for user, actor in written if silent.is_too_late(user, actor)]
    waits = [
        (user.name, at) for user, _actor in written if user not in late and (at := silent.sends_at(user))
    ]
    messages = [user.name for user, _actor in written if silent.sends_at(user) is None]
    calls = [*([patient.name] if patient.user is None else []), *(one.name for one in late)]
    calls += (one.user.name for one in phoned)
    drivers = dict.fromkeys((name, UUID(hex=ask) in reached) for ask, name in by_link.items())
    for name, is_reached in drivers:  # once, whatever they drive from
        (messages if is_reached else calls).append(name)
    return Hearers(tuple(messages), tuple(calls), tuple(waits))


def _of_patient(
    infusion: Infusion, members: Iterable[CircleMember], now: datetime
) -> Iterator[tuple[What, str, datetime]]:
    """Give what a patient is to hear: what, the reason it is named by, and since when."""
    happened = plans.standing_moments(infusion)
    has_come = Moment.What.ARRIVED in happened or Moment.What.STARTED in happened
    if infusion.cancelled:
        if infusion.ends_at > now:
            yield What.CANCELLED, f":cancelled:r{infusion.revision}", infusion.cancelled_at
        return
    if plans.is_off(infusion, infusion.series):
        return
    if infusion.moved_revision and not has_come and infusion.starts_at > now:
        yield What.MOVED, f":moved:r{infusion.moved_revision}", infusion.booked_at
    if infusion.fasting and not has_come and infusion.starts_at > now:
        yield What.TIMES, f":times:{infusion.fasting.hex}", infusion.fasting_at
    ride = rides.ride(infusion, members)
    if ride.is_open and ride.since is not None and _is_to_come(infusion, now):
        yield What.OPEN, _opened(ride.since), ride.since


def _of_drivers(
    infusion: Infusion,
    members: Iterable[CircleMember],
    told: Mapping[str, PhoneCall],
    sent: Written,
    now: datetime,
) -> Iterator[Call]:
    """Give the calls to who was named to drive and was not written to; of each the newest asking counts."""
    askings = {row.id.hex: row for row in infusion.rides.all() if row.ask_id is None}
    newest = {row.phone: row.id for row in askings.values() if row.phone}
    is_off = plans.is_off(infusion, infusion.series)
    for one in rides.hearings(infusion, members, is_off=is_off):
        row, what = askings[one.ask], OF_RIDE[one.hears]
        is_newest = newest.get(row.phone, row.id) == row.id
        is_due = infusion.ends_at > now if infusion.cancelled else _is_to_come(infusion, now)
        since = infusion.cancelled_at if infusion.cancelled and what is What.OFF else one.since
        is_written = any(at >= since for at in sent.get((row.id, what), ()))
        if row.who_id is not None or is_written or not is_newest or not is_due:
            continue
        reason = _opened(one.since) if what is What.OPEN else f".ride:{what}"
        key = f"{infusion.id.hex}{reason}:{one.ask}"
        if what is What.ASKED:
            key, since = _asked_again(infusion, key, since, told, now)
        yield Call(
            key=key,
            infusion=infusion,
            what=what,
            since=since,
            name=row.name,
            phone=row.phone,
            is_reserve=row.reserve,
            by_taxi=row.how == Ride.How.TAXI,
            told=told.get(key),
        )


def _asked_again(
    infusion: Infusion, key: str, since: datetime, told: Mapping[str, PhoneCall], now: datetime
) -> tuple[str, datetime]:
    """Return the key of the call that asks who was called and has not answered, and since when it is due.

    At the moments at which a message would remind them, but for who was called shortly before one.
    """
    made = [one for one in told.values() if one.key == key or one.key.startswith(f"{key}:")]
    stage = chase.passed(infusion.starts_at, since + chase.SPARED, now)
    if stage is None or not made:
        return key, since
    last, moment = max(made, key=lambda one: one.at), infusion.starts_at - stage
    if last.at > moment - chase.SPARED:
        return last.key, since
    return f"{key}:{stage // HOUR}h", moment


def _is_to_come(infusion: Infusion, now: datetime) -> bool:
    """Say whether the way home from an infusion is still ahead."""
    return infusion.leaves_at > now and not plans.has_left(infusion)


def _opened(since: datetime) -> str:
    return f"{RIDE_OPEN}:{since:%Y%m%dT%H%M%S%f}"
