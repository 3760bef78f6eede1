"""The infusions ahead, each with who is there for it: what the pages of duty show."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from luna.clinical.duty import Cover
from luna.clinical.ride import Ride
from luna.people.access import Viewer
from luna.people.models import CircleMember
from luna.treatment import covers, plans, rides
from luna.treatment.models import Infusion, Series

OVER = timedelta(hours=24)  # after the chair is free: the first night at home still has somebody on duty


@dataclass(frozen=True, slots=True)
class Turn:
    """One infusion and who is there for it; None for nobody.

    asked: who is to take it over, proposed by asked_by: a caretaker, or None when the patient asks.
    able: who of the circle could be on duty. ride: how the way home stands.
    """

    infusion: Infusion
    number: int
    total: int
    cover: Cover
    on: CircleMember | None
    reserve: CircleMember | None
    asked: CircleMember | None
    asked_by: CircleMember | None
    able: tuple[CircleMember, ...]
    ride: Ride

    @property
    def is_asked_again(self) -> bool:
        """Say whether who is on duty said so of other times."""
        return covers.is_asked_again(self.cover, self.ride, self.infusion)

    def drives(self, viewer: Viewer) -> bool:
        """Say whether this person is coming, or asked to: who is not there does not drive either."""
        return any(one.who == viewer.place_id.hex for one in self.ride.asked)

    def waits_for(self, viewer: Viewer) -> bool:
        """Say whether a proposal waits for this person's yes."""
        return self.cover.answers == viewer.place_id.hex

    def is_own(self, viewer: Viewer) -> bool:
        """Say whether the proposal is this person's, to be taken back."""
        return self.asked is not None and self.cover.asked_by == viewer.place_id.hex

    def may_take(self, viewer: Viewer, now: datetime) -> bool:
        """Say whether this person takes it with one tap: a gap, the reserve on the day itself, or anew.

        From when the patient is to leave, whoever can stay may: who is with them counts then, not the list.
        """
        hex_ = viewer.place_id.hex
        is_able = any(one.user_id == viewer.place_id for one in self.able)
        is_day = now >= self.infusion.starts_at - plans.EARLY
        is_free = self.on is None or (hex_ == self.cover.reserve and is_day) or now >= self.infusion.leaves_at
        return is_able and (self.is_asked_again if hex_ == self.cover.on else is_free)

    def is_away(self, member: CircleMember | None) -> bool:
        """Say whether somebody said that they are not there then: to take the patient home, and after."""
        return covers.is_away_from(member, self.infusion)

    def others(self, viewer: Viewer) -> list[CircleMember]:
        """Return who else could take it over: not who has it, nor who is asked already."""
        taken = {self.cover.on, self.cover.asked, viewer.place_id.hex}
        return [one for one in self.able if one.user_id.hex not in taken]


def of_series(series: Series, now: datetime) -> list[Turn]:
    """Return the turns that are not over, of a series that came through `plans.loaded`. No queries."""
    live = [one for one in series.infusions.all() if not plans.is_off(one, series)]
    return [
        turn(one, series.patient.everybody, number=number, total=len(live))
        for number, one in enumerate(live, start=1)
        if one.leaves_at + OVER > now
    ]


def for_viewer(viewer: Viewer, now: datetime) -> list[Turn]:
    """Return the turns of a patient's, or of whom a caretaker cares for, soonest first."""
    mine = Series.objects.visible_to(viewer).filter(patient_id=viewer.patient_id, stopped_at=None)
    found = [one for series in plans.loaded(mine) for one in of_series(series, now)]
    return sorted(found, key=lambda one: one.infusion.starts_at)


def turn(infusion: Infusion, members: list[CircleMember], *, number: int = 0, total: int = 0) -> Turn:
    """Return one infusion with who is there. members: the whole circle, through `covers.circle`.

    infusion: one that came through `plans.booked`, with what was said of it.
    """
    found = covers.cover(infusion, members)
    here = {one.user_id.hex: one for one in members if one.until is None}
    return Turn(
        infusion=infusion,
        number=number,
        total=total,
        cover=found,
        on=here.get(found.on or ""),
        reserve=here.get(found.reserve or ""),
        asked=here.get(found.asked or ""),
        asked_by=here.get(found.asked_by or ""),
        able=tuple(covers.able(members)),
        ride=rides.ride(infusion, members),
    )
