"""The ways home ahead, each with who takes the patient: what the pages of the ride show."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from luna.clinical.ride import Driver, State
from luna.clinical.ride import Ride as Standing
from luna.library import plans as library
from luna.notices import reach
from luna.people import tokens
from luna.people.access import Viewer
from luna.people.models import CircleMember, Token
from luna.treatment import covers, plans, rides, turns
from luna.treatment.models import Infusion, Ride, Series


@dataclass(frozen=True, slots=True)
class Way:
    """One infusion and the ride home from it. able: who of the circle could drive.

    arrives_at: when the patient is to be at the desk; they are picked up when the chair is free.
    """

    infusion: Infusion
    number: int
    total: int
    ride: Standing
    able: tuple[CircleMember, ...]
    arrives_at: datetime

    def mine(self, viewer: Viewer) -> Driver | None:
        """Return the viewer as the one who is asked or coming, None if they are not."""
        both = (self.ride.driver, self.ride.reserve)
        return next((one for one in both if one is not None and one.who == viewer.place_id.hex), None)

    def may_drive(self, viewer: Viewer) -> bool:
        """Say whether the viewer can say "I drive" with one tap: nobody is coming, nor were they asked."""
        is_able = any(one.user_id == viewer.place_id for one in self.able)
        return is_able and self.mine(viewer) is None and self.ride.state is not State.CONFIRMED

    def is_free_for(self, viewer: Viewer) -> bool:
        """Say whether the viewer can say "I drive", and nobody is asked."""
        return self.ride.is_gap and self.may_drive(viewer)

    def may_step_in(self, driver: Driver) -> bool:
        """Say whether somebody is the reserve of a ride nobody else has said yes to."""
        return driver == self.ride.reserve and self.ride.state is not State.CONFIRMED

    def to_ask(self) -> list[CircleMember]:
        """Return who of the circle can be asked: not who is asked already."""
        taken = {one.who for one in self.ride.asked}
        return [one for one in self.able if one.user_id.hex not in taken]


def for_viewer(viewer: Viewer, now: datetime) -> list[Way]:
    """Return the ways home of a patient's, or of whom a caretaker cares for, soonest first."""
    if not viewer.kinds >= rides.NEEDED:
        return []
    mine = Series.objects.visible_to(viewer).filter(patient_id=viewer.patient_id, stopped_at=None)
    found = [way for series in plans.loaded(mine) for way in _of_series(series, now)]
    return sorted(found, key=lambda one: one.infusion.starts_at)


def way(infusion: Infusion, members: list[CircleMember], *, number: int = 0, total: int = 0) -> Way:
    """Return one infusion with its ride. It needs its series' protocol; members: through `covers.circle`."""
    return Way(
        infusion=infusion,
        number=number,
        total=total,
        ride=rides.ride(infusion, members),
        able=tuple(rides.able(members)),
        arrives_at=rides.arrives_at(infusion, library.protocol(infusion.series.protocol)),
    )


def unreached(ahead: Iterable[Way]) -> frozenset[str]:
    """Return the askings of those named by link whom no message reaches. At most three queries."""
    named = [rides.asking(way.infusion, one) for way in ahead for one in way.ride.asked if one.who is None]
    by_number = [row for row in named if not row.email]
    found = reach.of_named([("", row.phone) for row in by_number])
    return frozenset(row.id.hex for row, ways in zip(by_number, found, strict=True) if not ways)


def of_infusion(viewer: Viewer, infusion_id: UUID) -> Way | None:
    """Return the way home from one infusion a viewer may see, None when there is none."""
    if not viewer.kinds >= rides.NEEDED:
        return None
    rows = Infusion.objects.visible_to(viewer).select_related("series__protocol", "patient__user", "clinic")
    infusion = rows.prefetch_related(rides.RIDES, "moments").filter(id=infusion_id).first()
    if infusion is None:
        return None
    return way(infusion, list(covers.circle().filter(patient=infusion.patient_id)))


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody who was named by link may know: a first name, a time, a place, and their own answer.

    over: why nothing can be said any more, empty while it can: moved, off, settled.
    """

    first_name: str
    leaves_at: datetime
    zone: str
    place: str
    by_taxi: bool
    is_reserve: bool
    may_step_in: bool
    state: State
    over: str


def asked_by_link(ask_id: UUID, now: datetime) -> Asked | None:
    """Return what somebody who holds a working link to an asking may know, None when none works."""
    is_live = tokens.live(Token.Purpose.RIDE, now).filter(subject_id=ask_id).exists()
    asking = Ride.objects.filter(id=ask_id).select_related("infusion__series").first() if is_live else None
    if asking is None:
        return None
    rows = Infusion.objects.select_related("series__protocol", "patient__user", "clinic")
    infusion = rows.prefetch_related(rides.RIDES, "moments").get(id=asking.infusion_id)
    found = way(infusion, list(covers.circle().filter(patient=infusion.patient_id)))
    driver = found.ride.of(ask_id.hex)
    return Asked(
        first_name=infusion.patient.first_name,
        leaves_at=infusion.leaves_at,
        zone=infusion.clinic.zone,
        place=infusion.clinic.address,
        by_taxi=asking.how == Ride.How.TAXI,
        is_reserve=driver is not None and driver == found.ride.reserve,
        may_step_in=driver is not None and found.may_step_in(driver),
        state=driver.state if driver else State.NONE,
        over=_over(infusion, asking, driver, now),
    )


def _over(infusion: Infusion, asking: Ride, driver: Driver | None, now: datetime) -> str:
    if plans.is_off(infusion, infusion.series):
        return "off"
    if asking.revision != infusion.times_revision:
        return "moved"
    is_past = infusion.leaves_at + turns.OVER <= now or plans.has_left(infusion)
    return "settled" if driver is None or is_past else ""


def _of_series(series: Series, now: datetime) -> list[Way]:
    live = [one for one in series.infusions.all() if not plans.is_off(one, series)]
    return [
        way(one, series.patient.everybody, number=number, total=len(live))
        for number, one in enumerate(live, start=1)
        if one.leaves_at + turns.OVER > now and not plans.has_left(one)
    ]
