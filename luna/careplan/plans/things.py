"""The two lists with things to tick: the patient's bag, and the home that a caretaker makes ready."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import get_language

from luna.careplan.models import ThingWord
from luna.clinical import things as rules
from luna.clinical.protocol import Actor
from luna.clinical.things import Line, Said, Thing, Word
from luna.library import content
from luna.library.wording import Guide
from luna.people.access import Viewer
from luna.people.models import CircleMember
from luna.treatment import comforts, covers
from luna.treatment.models import Infusion, Series

Which = ThingWord.Which
# Whose list it is, and the guide whose things it suggests; a step with that guide is done with the list.
GUIDES = {Which.BAG: (Actor.PATIENT, "comfort-kit"), Which.HOME: (Actor.CARETAKER, "home-ready")}
WORDS = ThingWord.objects.order_by("recorded_at", "id")


@dataclass(frozen=True, slots=True)
class Things:
    """A list as it stands for one infusion.

    members: of everybody who is or was a caretaker, hex of the user -> member; only of the home. on: the
    caretaker on duty, who makes it ready; None for nobody. may_say: whether it is the viewer's to tick.
    """

    which: str
    series: Series
    infusion: Infusion
    guide: Guide
    words: tuple[Word, ...]
    lines: tuple[Line, ...]
    members: dict[str, CircleMember]
    on: CircleMember | None
    may_say: bool

    @property
    def off(self) -> tuple[Thing, ...]:
        """Return what is suggested and was taken off."""
        return rules.taken_off(self.guide.things, self.words)

    @property
    def is_complete(self) -> bool:
        """Say whether all of it is ticked."""
        return rules.is_complete(self.lines)

    @property
    def ticked(self) -> int:
        """Return how many are."""
        return sum(one.ticked is not None for one in self.lines)

    def by(self, line: Line) -> str:
        """Return the first name of the caretaker who ticked a line; empty where nobody did."""
        member = self.members.get(line.ticked.by) if line.ticked else None
        return member.user.first_name if member else ""


def things(viewer: Viewer, which: str, now: datetime) -> Things | None:
    """Return a list for the infusion it is about now, None while there is none.

    The bag is packed until the infusion starts, the home made ready until the patient leaves.
    """
    found = comforts.at_hand(viewer, now)
    infusion = found and (found.open if which == Which.BAG else found.infusion)
    if found is None or infusion is None:
        return None
    card = comforts.of(viewer, infusion) if which == Which.BAG else None
    actor, name = GUIDES[Which(which)]
    guide = content.guide(actor, name, get_language() or content.ENGLISH)
    rows = WORDS.visible_to(viewer).filter(series=found.series, which=which)
    words = tuple(_words(rows))
    members = _members(viewer) if which == Which.HOME else {}
    on, may_say = _duty(viewer, infusion, members) if which == Which.HOME else (None, True)
    return Things(
        which=which,
        series=found.series,
        infusion=infusion,
        guide=guide,
        words=words,
        lines=rules.standing(guide.things, words, infusion.id.hex, card.said if card else {}),
        members=members,
        on=on,
        may_say=may_say,
    )


def _words(rows: Iterable[ThingWord]) -> Iterable[Word]:
    for row in rows:
        infusion = row.infusion_id.hex if row.infusion_id else None
        yield Word(Said(row.what), row.thing, row.by_id.hex, row.at, row.text, infusion)


def _members(viewer: Viewer) -> dict[str, CircleMember]:
    return {one.user_id.hex: one for one in covers.circle().filter(patient=viewer.patient_id)}


def _duty(
    viewer: Viewer, infusion: Infusion, members: dict[str, CircleMember]
) -> tuple[CircleMember | None, bool]:
    """Return who is on duty, and whether the viewer is asked: they are, or may be while nobody is."""
    cover = covers.cover(infusion, members.values())
    me = viewer.place_id.hex
    is_asked = cover.on == me if cover.on else me not in cover.cannot
    return members.get(cover.on or ""), is_asked
