"""Rides and duty that fell through before infusions that the board's two days do not show yet.

A gap that nobody ever filled is none of it: its step asks for it in time.
"""

from collections import defaultdict
from copy import copy
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from luna.careplan.plans.reasons import SAID
from luna.clinical import duty, ride
from luna.people.access import Viewer
from luna.people.models import CircleMember
from luna.treatment import covers, rides
from luna.treatment.models import Duty, Infusion, Ride


@dataclass(frozen=True, slots=True)
class Fallen:
    """One infusion ahead whose ride, or whose adult, is no longer there. texts: what fell through."""

    row: Infusion
    texts: tuple[str, ...]


def fallen(viewer: Viewer, after: datetime) -> list[Fallen]:
    """Return the infusions from `after` on of which something fell through, by time. Four queries."""
    rows = list(_suspects(viewer, after).prefetch_related(rides.RIDES, covers.DUTIES))
    circles: dict[UUID, list[CircleMember]] = defaultdict(list)
    for member in covers.circle().filter(patient__in={row.patient_id for row in rows}) if rows else ():
        circles[member.patient_id].append(member)
    found = (Fallen(row, _texts(row, circles[row.patient_id])) for row in rows)
    return [one for one in found if one.texts]


def _suspects(viewer: Viewer, after: datetime) -> QuerySet[Infusion]:
    """Return the infusions of which something may have fallen through: few, and no gap is missed.

    Somebody said no, or was taken back; who was there left; of what was said, a place in the circle changed
    or a move made it void.
    """
    said = Ride.objects.filter(infusion=OuterRef("pk"))
    words = Duty.objects.filter(infusion=OuterRef("pk"))
    no = said.filter(what__in=[ride.Said.DECLINED, ride.Said.TAKEN_BACK])
    cannot = words.filter(what__in=[duty.Said.CANNOT, duty.Said.DECLINED])
    places = CircleMember.objects.filter(patient=OuterRef("patient"), role=CircleMember.Role.CARETAKER)
    left = places.filter(until__gt=OuterRef("series__started_at"))
    is_other = Q(moved_revision__isnull=False) | Exists(places.filter(version__gt=1))
    void = is_other & (Exists(said) | Exists(words))
    ahead = Infusion.objects.visible_to(viewer).filter(starts_at__gte=after, cancelled=False)
    going = ahead.exclude(series__stopped_at__lt=F("starts_at"))
    found = going.filter(Exists(no) | Exists(cannot) | Exists(left) | void)
    return found.select_related("patient", "series").order_by("starts_at", "id")


def _texts(row: Infusion, members: list[CircleMember]) -> tuple[str, ...]:
    way, cover = rides.ride(row, members), covers.cover(row, members)
    found = []
    if way.is_gap and (way.since is not None or way.voided or way.left):
        how = ride.State.DECLINED if way.state is ride.State.DECLINED else "left" if way.left else "none"
        text = SAID[f"ride.{'moved' if way.voided else how}"][1]
        found.append(str(text) % {"name": way.driver.name if way.driver else ""})
    if cover.on is None and (cover.since is not None or cover.left or _has_lost_one(row, members)):
        found.append(str(SAID["adult.none"][1]) % {"patient": row.patient.first_name})
    return tuple(found)


def _has_lost_one(row: Infusion, members: list[CircleMember]) -> bool:
    """Say whether somebody who left during the series would be on duty: who usually is never says so."""
    gone = [one for one in members if one.until is not None and one.until > row.series.started_at]
    return any(covers.cover(row, _with(one, members)).on == one.user_id.hex for one in gone)


def _with(gone: CircleMember, members: list[CircleMember]) -> list[CircleMember]:
    """Return a circle as if somebody had not left it."""
    here = copy(gone)
    here.state, here.until = CircleMember.State.ACTIVE, None
    return [here if one is gone else one for one in members]
