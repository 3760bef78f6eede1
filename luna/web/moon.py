"""Geometry of the moon: how much of it is lit, and its way across one night.

Pure functions, values in and numbers out; a macro in jinja2/parts/moon.html draws them.
Lengths are SVG units of the drawing they belong to.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

LEFT, RIGHT = 24.0, 336.0
WIDTH = 360.0  # of the whole drawing
GROUND, PEAK = 150.0, 46.0
LABEL_GAP = 14.0
NEAR_TOP = 0.15  # share of the night either side of the peak where a label stands above
WORDS = 84.0, 36.0  # how wide and high the two lines beside a stop are, at most
ABOVE = 14.0  # of them above the line their place is given by
CLEAR = 46.0  # the word "now" is left out when a stop is nearer than this


def lit(fraction: float, *, centre: float = 12, radius: float = 10) -> str:
    """Return the path of the lit part of a waxing moon, empty when nothing is lit.

    fraction: lit share, 0 new to 1 full; values outside are taken as the nearest.
    """
    fraction = min(max(fraction, 0.0), 1.0)
    if fraction == 0:
        return ""
    top, bottom = centre - radius, centre + radius
    bulge = radius * abs(1 - 2 * fraction)
    sweep = 0 if fraction < 0.5 else 1
    return (
        f"M{centre:g} {top:g}A{radius:g} {radius:g} 0 0 1 {centre:g} {bottom:g}"
        f"A{bulge:.2f} {radius:g} 0 0 {sweep} {centre:g} {top:g}z"
    )


@dataclass(frozen=True, slots=True)
class Label:
    """Where the words of a stop stand: text position and SVG text-anchor."""

    x: float
    y: float
    anchor: str


@dataclass(frozen=True, slots=True)
class Stop:
    """A moment on the arc with its place and the place of its words."""

    x: float
    y: float
    label: Label


@dataclass(frozen=True, slots=True)
class Arc:
    """One night drawn as the moon's way from the evening to the infusion."""

    track: str
    past: str
    now: Stop
    stops: tuple[Stop, ...]
    end: Stop
    now_is_clear: bool


def arc(*, begins: datetime, now: datetime, stops: Sequence[datetime], ends: datetime) -> Arc:
    """Return the night from `begins` to `ends` with `now` and each stop placed on it.

    Moments outside the night are placed at its nearer end.
    Raises ValueError if the night does not end after it begins.
    """
    if ends <= begins:
        raise ValueError("A night must end after it begins. Give a later `ends`.")
    share = [_share(begins, moment, ends) for moment in stops]
    placed = _apart([_stop(part) for part in share])
    here = _share(begins, now, ends)
    moon = _stop(here)
    return Arc(
        track=_way(0, 1),
        past=_way(0, here) if here > 0 else "",
        now=moon,
        stops=placed,
        end=_stop(1),
        now_is_clear=all(_is_clear(moon, stop) for stop in placed),
    )


def _is_clear(moon: Stop, stop: Stop) -> bool:
    """Say whether the word "now" above the moon has room beside a stop and its words."""
    word = Label(moon.x, moon.y - 32, "middle")
    return math.hypot(stop.x - moon.x, stop.y - moon.y) >= CLEAR and not _meet(word, stop.label)


def _share(begins: datetime, moment: datetime, ends: datetime) -> float:
    return min(max((moment - begins) / (ends - begins), 0.0), 1.0)


def _point(share: float) -> tuple[float, float]:
    x = LEFT + share * (RIGHT - LEFT)
    y = GROUND - (GROUND - PEAK) * math.sin(math.pi * share)
    return round(x, 1), round(y, 1)


def _way(start: float, end: float) -> str:
    pieces = max(2, round(64 * (end - start)))
    points = [_point(start + (end - start) * piece / pieces) for piece in range(pieces + 1)]
    return "M" + "L".join(f"{x:g} {y:g}" for x, y in points)


def _stop(share: float) -> Stop:
    x, y = _point(share)
    if abs(share - 0.5) <= NEAR_TOP:
        return Stop(x, y, Label(x, y - 32, "middle"))
    if share < 0.5:
        return Stop(x, y, Label(x + LABEL_GAP, y + 1, "start"))
    return Stop(x, y, Label(x - LABEL_GAP, y - 8, "end"))


def _apart(stops: Sequence[Stop]) -> tuple[Stop, ...]:
    """Return the stops with words that stand on no others: those of the lowest stay, the next give way."""
    found: dict[int, Stop] = {}
    for place, stop in sorted(enumerate(stops), key=lambda one: -one[1].y):
        taken = [one.label for one in found.values()]
        usual = stop.label
        tries = [
            usual,
            *(Label(usual.x, other.y - WORDS[1], usual.anchor) for other in taken),
            Label(stop.x - LABEL_GAP, stop.y + LABEL_GAP, "end"),
            Label(stop.x + LABEL_GAP, stop.y + LABEL_GAP, "start"),
        ]
        label = next((one for one in tries if _fits(one, taken)), usual)
        found[place] = Stop(stop.x, stop.y, label)
    return tuple(found[place] for place in range(len(stops)))


def _fits(label: Label, taken: Sequence[Label]) -> bool:
    """Say whether words stand within the drawing, or just above it, and on none of the others."""
    left, top = corner(label)
    if left < 0 or left + WORDS[0] > WIDTH or top < -ABOVE / 2:
        return False
    return not any(_meet(label, other) for other in taken)


def _meet(one: Label, other: Label) -> bool:
    (left, top), (left_too, top_too) = corner(one), corner(other)
    return abs(left - left_too) < WORDS[0] and abs(top - top_too) < WORDS[1]


def corner(label: Label) -> tuple[float, float]:
    """Return the left upper corner of the words of a stop."""
    before = {"start": 0.0, "middle": WORDS[0] / 2, "end": WORDS[0]}
    return label.x - before[label.anchor], label.y - ABOVE
