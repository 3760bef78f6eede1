from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from luna.web import moon

EVENING = datetime(2027, 3, 8, 18, tzinfo=UTC)
MORNING = datetime(2027, 3, 9, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    ("fraction", "path"),
    [
        (0, ""),
        (-1, ""),
        (0.25, "M12 2A10 10 0 0 1 12 22A5.00 10 0 0 0 12 2z"),
        (0.5, "M12 2A10 10 0 0 1 12 22A0.00 10 0 0 1 12 2z"),
        (0.75, "M12 2A10 10 0 0 1 12 22A5.00 10 0 0 1 12 2z"),
        (1, "M12 2A10 10 0 0 1 12 22A10.00 10 0 0 1 12 2z"),
        (9, "M12 2A10 10 0 0 1 12 22A10.00 10 0 0 1 12 2z"),
    ],
)
def test_lit_part_follows_fraction(fraction, path):
    assert moon.lit(fraction) == path


def test_arc_rises_from_the_ground_and_sets_at_the_infusion():
    night = moon.arc(begins=EVENING, now=EVENING, stops=[], ends=MORNING)

    assert (night.now.x, night.now.y) == (moon.LEFT, moon.GROUND)
    assert (night.end.x, night.end.y) == (moon.RIGHT, moon.GROUND)
    assert night.past == ""


def test_arc_places_a_stop_by_its_share_of_the_night():
    night = moon.arc(begins=EVENING, now=EVENING, stops=[EVENING + timedelta(hours=8)], ends=MORNING)

    assert (night.stops[0].x, night.stops[0].y) == (180, moon.PEAK)


@pytest.mark.parametrize(("hours", "anchor"), [(2, "start"), (8, "middle"), (14, "end")])
def test_words_of_a_stop_stay_inside_the_arc(hours, anchor):
    night = moon.arc(begins=EVENING, now=EVENING, stops=[EVENING + timedelta(hours=hours)], ends=MORNING)

    assert night.stops[0].label.anchor == anchor


@given(st.floats(0, 1), st.floats(0, 1))
@example(0.4, 0.65)  # one beside the peak, the other just past where words stand above
def test_words_of_two_stops_never_stand_on_each_other(first, second):
    stops = [EVENING + share * (MORNING - EVENING) for share in (first, second)]

    night = moon.arc(begins=EVENING, now=EVENING, stops=stops, ends=MORNING)

    (left, top), (left_too, top_too) = (moon.corner(stop.label) for stop in night.stops)
    assert abs(left - left_too) >= moon.WORDS[0] or abs(top - top_too) >= moon.WORDS[1]


def test_words_of_a_stop_alone_stay_where_they_are():
    stop = EVENING + timedelta(hours=14)
    night = moon.arc(begins=EVENING, now=EVENING, stops=[stop], ends=MORNING)
    both = moon.arc(begins=EVENING, now=EVENING, stops=[stop - timedelta(hours=1), stop], ends=MORNING)

    assert both.stops[1] == night.stops[0]
    assert both.stops[0].label.y < night.stops[0].label.y


def test_now_is_not_named_beside_a_stop():
    stop = EVENING + timedelta(hours=4)

    near = moon.arc(begins=EVENING, now=stop - timedelta(minutes=30), stops=[stop], ends=MORNING)
    far = moon.arc(begins=EVENING, now=stop - timedelta(hours=3), stops=[stop], ends=MORNING)

    assert (near.now_is_clear, far.now_is_clear) == (False, True)


def test_a_night_that_does_not_end_is_refused():
    with pytest.raises(ValueError, match="A night must end after it begins"):
        moon.arc(begins=EVENING, now=EVENING, stops=[], ends=EVENING)


@given(st.timedeltas(min_value=timedelta(days=-2), max_value=timedelta(days=2)))
def test_every_moment_lands_on_the_drawing(offset):
    night = moon.arc(begins=EVENING, now=EVENING + offset, stops=[EVENING + offset], ends=MORNING)

    for place in (night.now, *night.stops):
        assert moon.LEFT <= place.x <= moon.RIGHT
        assert moon.PEAK <= place.y <= moon.GROUND
