"""Contrast of the colour tokens, read from luna.css itself (WCAG 2.2, 1.4.6 and 1.4.11)."""

import re
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders

CSS = Path(finders.find("luna.css")).read_text()
TOKEN = re.compile(r"--([\w-]+):(#[0-9A-F]{6})")
LIGHT = dict(TOKEN.findall(CSS[CSS.index(":root{") : CSS.index("@media (prefers-color-scheme")]))
DARK = dict(TOKEN.findall(CSS[CSS.index("@media (prefers-color-scheme") : CSS.index("/* 2 ")]))

TEXT = [
    *[("ink", ground) for ground in ("paper", "surface", "sunk", "moon-wash")],
    *[("ink", ground) for ground in ("note-bg", "warn-bg", "alarm-bg")],
    *[("soft", ground) for ground in ("paper", "surface", "sunk", "moon-wash")],
    *[("link", ground) for ground in ("paper", "surface", "sunk")],
    *[(word, ground) for word in ("night-ink", "night-soft", "moon") for ground in ("night", "night-2")],
    ("night-ink", "night-line"), ("moon-ink", "moon"), ("moon-ink", "moon-deep"),
    ("act-ink", "act"), ("act-ink", "act-hover"), ("alarm-ink", "alarm-solid"),
    *[(level, f"{level}-bg") for level in ("fine", "note", "warn", "alarm")],
    *[(level, ground) for level in ("fine", "note", "warn", "alarm") for ground in ("surface", "paper")],
]  # fmt: skip
LINES = [
    *[("edge", ground) for ground in ("paper", "surface", "sunk")],
    *[(f"{level}-line", "surface") for level in ("fine", "note", "warn", "alarm")],
    ("focus", "paper"), ("focus", "surface"), ("act", "paper"),
    ("night-soft", "night-2"), ("moon", "night-2"),
]  # fmt: skip


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def test_contrast_of_black_on_white_is_the_highest_there_is():
    assert contrast("#000000", "#FFFFFF") == 21


def test_dark_has_every_colour_that_light_has():
    assert set(DARK) == set(LIGHT)


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize(("word", "ground"), TEXT)
def test_text_is_seven_to_one(theme, word, ground):
    assert contrast(theme[word], theme[ground]) >= 7


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize(("line", "ground"), LINES)
def test_lines_that_mean_something_are_three_to_one(theme, line, ground):
    assert contrast(theme[line], theme[ground]) >= 3
