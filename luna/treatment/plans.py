"""What is known of a series, as the clinical rules want it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from operator import attrgetter
from zoneinfo import ZoneInfo

from django.db.models import OuterRef, Prefetch, QuerySet, Subquery
from django.db.models.functions import Coalesce

from luna.clinical import tailoring
from luna.clinical.plan import Booking, SeriesFacts
from luna.clinical.protocol import Actor
from luna.intake import plans as intake
from luna.intake.models import Enquiry, Medicine
from luna.people import plans as people
from luna.people.access import Viewer
from luna.people.models import CircleMember, Patient
from luna.records.models import Response
from luna.treatment import briefings, covers, holding, ordering, rides, tips
from luna.treatment.holding import Held
from luna.treatment.models import BookingRevision, Infusion, Moment, Series

ORDER = tuple(Moment.What)  # the order an infusion day has its moments
EARLY = timedelta(hours=12)  # before the booked start: earlier is another day's infusion

# Who may book, move and cancel, and say what happened; who may start and stop a series.
BOOKERS = ("nurse", "prescriber", "coordinator")
STARTERS = ("nurse", "prescriber")


# Since when an infusion stands at its time.
BOOKED_AT = BookingRevision.objects.filter(
    infusion=OuterRef("pk"), revision=Coalesce(OuterRef("moved_revision"), 1)
).values("at")[:1]
# For when an infusion stood before it was moved last.
WAS_AT = BookingRevision.objects.filter(
    infusion=OuterRef("pk"), revision=OuterRef("moved_revision") - 1
).values("starts_at")[:1]
# All that was ever told of medicines, for `intake.by_name`.
TOLD = Medicine.objects.select_related("by").order_by("at", "id")
# All that was ever answered before a first visit, and written down by staff, for `known`.
ANSWERED = Response.objects.filter(questionnaire__in=list(intake.INTAKES))
ANSWERED = ANSWERED.select_related("by").order_by("recorded_at", "id")
ENQUIRED = Enquiry.objects.select_related("by").order_by("recorded_at", "id")
# When an infusion was cancelled: its last word, since nothing books a cancelled one again.
CANCELLED_AT = BookingRevision.objects.filter(infusion=OuterRef("pk"), cancelled=True).values("at")[:1]


def booked(infusions: QuerySet[Infusion]) -> QuerySet[Infusion]:
    """Return the infusions with `booked_at`: since when each stands at its time."""
    return infusions.annotate(booked_at=Subquery(BOOKED_AT))


def loaded(series: QuerySet[Series]) -> QuerySet[Series]:
    """Return the series with all that `facts` and a page need, in a fixed number of queries."""
    infusions = Infusion.objects.select_related("chair").prefetch_related(
        "moments", covers.DUTIES, rides.RIDES
    )
    infusions = booked(infusions).annotate(cancelled_at=Subquery(CANCELLED_AT), was_at=Subquery(WAS_AT))
    return (
        series.select_related("clinic", "patient__user", "protocol")
        .defer("protocol__text")
        .prefetch_related(
            Prefetch("infusions", infusions.order_by("starts_at", "id")),
            ordering.ORDERS,
            briefings.SIGNED,
            tips.CHOICES,
            Prefetch("patient__circle", covers.circle(), to_attr="everybody"),
            Prefetch("patient__medicines", TOLD, to_attr="told"),
            Prefetch("patient__responses", ANSWERED, to_attr="answered"),
            Prefetch("patient__enquirys", ENQUIRED, to_attr="enquired"),
        )
    )


def circle(series: Series) -> list[CircleMember]:
    """Return the caretakers in the circle now, the longest first, of a series that came through `loaded`."""
    return [one for one in series.patient.everybody if one.state == CircleMember.State.ACTIVE]


def facts(series: Series) -> SeriesFacts:
    """Return what the rules may know of a series that came through `loaded`. No queries."""
    caretakers = circle(series)
    bookings = tuple(_bookings(series))
    return SeriesFacts(
        series=series.id.hex,
        zone=series.clinic.zone,
        bookings=bookings,
        orders=(*ordering.as_rules_read(series), *holding.as_rules_read(series, bookings)),
        tags=_tags(caretakers),
        told=tailored(series, known(series)),
        stopped_at=series.stopped_at,
        person_zones=_zones(series, caretakers),
        duty_zones=_duty_zones(series, caretakers),
        tips=tips.as_rules_read(series),
        rezoned=series.rezoned or {},
    )


def known(series: Series) -> intake.Known:
    """Return what was told of the patient that tailors a series that came through `loaded`. No queries."""
    patient = series.patient
    return intake.Known(
        responses=tuple(patient.answered), medicines=tuple(patient.told), enquiries=tuple(patient.enquired)
    )


def tailored(series: Series, known: intake.Known) -> tuple[tailoring.Because, ...]:
    """Return which tags hold by what was told, for a series that came through `loaded`. No queries."""
    begun_on = series.started_at.astimezone(ZoneInfo(series.clinic.zone)).date()
    return tailoring.because(intake.tailored_words(known, since=begun_on), driver_since=_driver_since(series))


def facts_if(series: Series, infusion: Infusion, starts_at: datetime, now: datetime) -> SeriesFacts:
    """Return `facts` as they would be if an infusion were moved to another start now. No queries."""
    changes = {
        "starts_at": starts_at,
        "ends_at": starts_at + (infusion.ends_at - infusion.starts_at),
        "booked_at": now,
        "revision": infusion.revision + 1,
    }
    rows = [replace(one, **changes) if one.infusion == infusion.id.hex else one for one in _bookings(series)]
    rows.sort(key=lambda one: (one.starts_at, one.infusion))
    live = [one.infusion for one in rows if one.off_at(series.stopped_at) is None]
    numbers = {of: number for number, of in enumerate(live, start=1)}
    bookings = tuple(replace(one, number=numbers.get(one.infusion, one.number)) for one in rows)
    orders = (*ordering.as_rules_read(series), *holding.as_rules_read(series, bookings))
    return replace(facts(series), bookings=bookings, orders=orders)


def holds(series: Series) -> dict[str, tuple[Held, ...]]:
    """Return the holds of each medicine that has any, in order: `ordering.key` -> holds. No queries."""
    return holding.holds(series, _bookings(series))


@dataclass(frozen=True, slots=True)
class Line:
    """A series in the clinic's list. number: of the next infusion, or of the last when none is to come.

    is_gap: nobody is on duty for the next infusion.
    """

    series: Series
    coming: Infusion | None
    number: int
    total: int
    is_gap: bool


def line(series: Series, now: datetime) -> Line:
    """Return a series that came through `loaded` as a line of a list. No queries."""
    live = [one for one in series.infusions.all() if not is_off(one, series)]
    place, coming = next(
        ((n, one) for n, one in enumerate(live, start=1) if one.leaves_at >= now), (len(live), None)
    )
    is_gap = coming is not None and covers.cover(coming, series.patient.everybody).is_gap
    return Line(series=series, coming=coming, number=place, total=len(live), is_gap=is_gap)


def coming(viewer: Viewer, now: datetime, patient: Patient | None = None) -> list[Infusion]:
    """Return the infusions to come that a viewer may see, the next first.

    patient: theirs only, with the protocol of each.
    """
    rows = Infusion.objects.visible_to(viewer).filter(starts_at__gt=now).select_related("series")
    if patient is not None:
        rows = rows.filter(patient=patient).select_related("series__protocol").defer("series__protocol__text")
    return [one for one in rows.order_by("starts_at", "id") if not is_off(one, one.series)]


def is_off(infusion: Infusion, series: Series) -> bool:
    """Say whether an infusion will not be given: cancelled, or after its series was stopped."""
    stopped = series.stopped_at
    return infusion.cancelled or (stopped is not None and infusion.starts_at > stopped)


def is_day(infusion: Infusion, now: datetime) -> bool:
    """Say whether the day of an infusion has come, or is over."""
    return now >= infusion.starts_at - EARLY


def is_home(infusion: Infusion) -> bool:
    """Say whether the patient is home from an infusion. Needs its moments, as `standing_moments` does."""
    return Moment.What.HOME in standing_moments(infusion)


def has_left(infusion: Infusion) -> bool:
    """Say whether the patient is on the way home, or there. Needs its moments, as `standing_moments` does."""
    happened = standing_moments(infusion)
    return Moment.What.LEFT in happened or Moment.What.HOME in happened


def said(infusion: Infusion) -> list[Moment]:
    """Return all that was said of an infusion day, what was taken back too, in the order it was said.

    One query, none where the infusion's moments are loaded.
    """
    return sorted(infusion.moments.all(), key=attrgetter("recorded_at", "id"))


def standing_moments(infusion: Infusion) -> dict[str, datetime]:
    """Return what happened on an infusion day and when: the latest word on each moment, if not taken back.

    In the order it was said. One query, none where the infusion's moments are loaded.
    """
    found: dict[str, datetime] = {}
    for moment in said(infusion):
        if moment.taken_back:
            found.pop(moment.what, None)
        else:
            found[moment.what] = moment.at
    return found


def following(happened: Mapping[str, datetime]) -> str | None:
    """Return what the clinic says next on an infusion day, None when there is nothing left to say."""
    at_clinic = ORDER[:-1]  # home is for the caretaker to say
    later = [what for what in at_clinic if what not in happened]
    return later[0] if later and Moment.What.HOME not in happened else None


def latest(happened: Mapping[str, datetime]) -> str | None:
    """Return what happened last, which is what can be taken back."""
    return next((what for what in reversed(ORDER) if what in happened), None)


def _bookings(series: Series) -> Iterable[Booking]:
    number = 0
    for infusion in series.infusions.all():
        off = is_off(infusion, series)
        number += not off
        happened = standing_moments(infusion)
        yield Booking(
            infusion=infusion.id.hex,
            number=max(number, 1),
            revision=infusion.times_revision,
            starts_at=infusion.starts_at,
            ends_at=infusion.ends_at,
            booked_at=infusion.booked_at,
            cancelled_at=infusion.cancelled_at,
            **{f"{what}_at": happened.get(what) for what in ORDER},
        )


def _tags(circle: Iterable[CircleMember]) -> frozenset[str]:
    members = list(circle)
    tags = {tailoring.HAS_CARETAKER} if members else set()
    return frozenset(tags | {member.help for member in members if member.help})


def _driver_since(series: Series) -> datetime | None:
    """Return since when somebody might take the patient home: of the circle, or set for an infusion."""
    helpers = [one.since for one in circle(series) if people.may_take_home(one)]
    live = (one for one in series.infusions.all() if not is_off(one, series))
    found = (rides.ride(one, series.patient.everybody) for one in live)
    named = [ride.since for ride in found if ride.is_set and ride.since is not None]
    return max((*helpers, *named), default=None)


def _zones(series: Series, circle: Iterable[CircleMember]) -> dict[Actor, str]:
    """Return the zone of each person whose own differs from the clinic's; of caretakers, the first's."""
    patient = series.patient.user.zone if series.patient.user else ""
    caretaker = next((member.user.zone for member in circle), "")
    zones = {Actor.PATIENT: patient, Actor.CARETAKER: caretaker}
    return {actor: zone for actor, zone in zones.items() if zone}


def _duty_zones(series: Series, caretakers: Iterable[CircleMember]) -> dict[str, str]:
    """Return infusion -> the zone of the caretaker on duty, where it differs from the clinic's."""
    zones = {member.user_id.hex: member.user.zone or series.clinic.zone for member in caretakers}
    found = {one.id.hex: covers.cover(one, series.patient.everybody).on for one in series.infusions.all()}
    return {infusion: zones[on] for infusion, on in found.items() if on}
