"""Duty: which caretaker is on for one infusion, and who stands by. FHIR: CareTeam.participant.

People say things about an infusion, one after the other, and the latest counts. Nothing here is
stored: who is on duty is worked out from what was said and from who is in the circle now. Whoever
leaves, or may no longer be the adult who stays, leaves a gap, and nobody slips into it unasked.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from luna.clinical.task import Task


class Said(StrEnum):
    """What can be said of somebody and one infusion."""

    TAKES = "takes"  # they are on duty from now on
    STANDS_BY = "stands-by"  # they are the reserve
    ASKED = "asked"  # they are to take it, once the other has said yes
    DECLINED = "declined"  # they do not take it after all: no to that, or taken back
    CANNOT = "cannot"  # not this one; no reason is ever asked


@dataclass(frozen=True, slots=True)
class Word:
    """One thing that was said. who: about whom; by: who said it; both are ids of persons."""

    said: Said
    who: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody who is in the circle, or was. may: they can be the adult who stays with the patient."""

    who: str
    may: bool
    since: datetime
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Cover:
    """Who is there for one infusion, by id; None for nobody.

    asked, asked_by: who is to take it over, and who proposed that. since: when who is on duty last
    changed, None if it never did. said_at: when who is on duty last said that they are, None if they
    never had to. left: whoever was on duty is no longer in the circle, or may not be.
    cannot: who said that they cannot.
    """

    on: str | None = None
    reserve: str | None = None
    asked: str | None = None
    asked_by: str | None = None
    since: datetime | None = None
    said_at: datetime | None = None
    left: bool = False
    cannot: frozenset[str] = frozenset()

    @property
    def is_gap(self) -> bool:
        """Tell whether nobody is on duty."""
        return self.on is None

    @property
    def answers(self) -> str | None:
        """Return whose yes a proposal waits for: the one asked, or whom they offered to relieve."""
        return self.on if self.asked is not None and self.asked == self.asked_by else self.asked


def cover(words: Iterable[Word], members: Iterable[Member]) -> Cover:
    """Return who is there for one infusion. words: about it, oldest first; members: the whole circle.

    1. While nobody said otherwise, it is who came into the circle when nobody else was in it.
    2. The latest word counts. Who takes it relieves the one before; who cannot leaves a gap.
    3. Nobody counts who is not in the circle now, or may not be the adult who stays.
    """
    people = list(members)
    found = Cover(on=usual(people))
    for word in words:
        found = _after(found, word)
    return _of_the_present(found, people)


def usual(members: Iterable[Member]) -> str | None:
    """Return who is on duty while nobody said so: who came when nobody else was there, and is in still.

    Not whoever remains when another leaves: nobody is put on duty without having been asked.
    """
    came = sorted(members, key=lambda one: one.since)
    for place, one in enumerate(came):
        alone = all(other.until is not None and other.until <= one.since for other in came[:place])
        if one.until is None and one.may and alone:
            return one.who
    return None


def briefings_once(
    tasks: Iterable[Task], on: Mapping[str, str | None], signed: Mapping[str, datetime], now: datetime
) -> tuple[Task, ...]:
    """Return the tasks with one briefing for each adult: that of the first infusion they are on duty for.

    One that closed before they signed is asked for again at their next infusion. While nobody is on
    duty there is nobody to brief. on: infusion -> who is on duty; signed: who -> when they signed.
    """
    kept: list[Task] = []
    asked: dict[str, datetime] = {}  # who -> when the last briefing asked of them closes
    for task in tasks:
        if task.step.is_briefing:
            who = on.get(task.infusion or "")
            closes_at = asked.get(who or "")
            if who is None or (closes_at is not None and min(signed.get(who, now), now) <= closes_at):
                continue
            asked[who] = task.closes_at
        kept.append(task)
    return tuple(kept)


def _after(found: Cover, word: Word) -> Cover:
    """Return how things stand after one more word."""
    who = word.who
    match word.said:
        case Said.TAKES:
            return replace(
                found,
                on=who,
                reserve=_unless(found.reserve, who),
                asked=None,
                asked_by=None,
                since=found.since if found.on == who else word.at,
                said_at=word.at,
                cannot=found.cannot - {who},
            )
        case Said.STANDS_BY:
            return replace(found, reserve=who, cannot=found.cannot - {who})
        case Said.ASKED:
            return replace(found, asked=who, asked_by=word.by)
    found = found if found.asked != who else replace(found, asked=None, asked_by=None)
    if word.said is Said.DECLINED:
        return found
    return replace(
        found,
        on=_unless(found.on, who),
        reserve=_unless(found.reserve, who),
        since=word.at if found.on == who else found.since,
        said_at=None if found.on == who else found.said_at,
        cannot=found.cannot | {who},
    )


def _of_the_present(found: Cover, members: list[Member]) -> Cover:
    """Return the same without anybody who is not there now."""
    here = {one.who for one in members if one.until is None and one.may}
    is_asked = found.asked in here
    reserve = found.reserve if found.reserve in here and found.reserve != found.on else None
    found = replace(
        found,
        reserve=reserve,
        asked=found.asked if is_asked else None,
        asked_by=found.asked_by if is_asked else None,
    )
    if found.on is None or found.on in here:
        return found
    ends = [one.until for one in members if one.who == found.on and one.until is not None]
    return replace(found, on=None, left=True, since=max(ends, default=found.since), said_at=None)


def _unless(one: str | None, who: str) -> str | None:
    return None if one == who else one
