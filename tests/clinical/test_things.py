from dataclasses import replace

import pytest

from luna.clinical.errors import ProtocolError
from luna.clinical.reading import Table
from luna.clinical.things import Line, Said, Thing, Word, is_complete, read_thing, standing, taken_off
from tests.clinical.examples import at

NOW = at("2027-06-07 09:00")
MASK = Thing("mask", "An eye mask", "mask", ("yes",), ("no",))
SOCKS = Thing("socks", "Warm socks")
LIST = (MASK, SOCKS)


def word(said, thing, infusion=None, text=""):
    return Word(Said(said), thing, "ana", NOW, text, infusion)


def ids(*words, infusion="1", said=None):
    return [one.id for one in standing(LIST, words, infusion, said or {})]


def ticked(*words, infusion="1"):
    return [one.id for one in standing(LIST, words, infusion, {}) if one.ticked]


def test_list_begins_with_what_is_suggested_and_nothing_is_ticked():
    assert ids() == ["mask", "socks"]
    assert ticked() == []


def test_tick_is_of_one_infusion_and_the_last_word_stands():
    words = word("ticked", "mask", "1"), word("ticked", "socks", "1"), word("open", "mask", "1")

    assert ticked(*words) == ["socks"]
    assert ticked(*words, infusion="2") == []


def test_own_things_come_last_and_stay_for_every_infusion():
    words = word("added", "9", text="My bear"), word("ticked", "9", "1")

    assert ids(*words) == ids(*words, infusion="2") == ["mask", "socks", "9"]
    assert standing(LIST, words, "1", {})[-1] == Line("9", "My bear", True, False, words[1])


def test_what_is_taken_off_stays_off_until_it_is_put_back():
    off = word("off", "socks")

    assert ids(off, infusion="2") == ["mask"]
    assert taken_off(LIST, [off]) == (SOCKS,)
    assert ids(off, word("added", "socks")) == ["mask", "socks"]


def test_own_thing_taken_off_is_gone_and_cannot_be_put_back():
    words = word("added", "9", text="My bear"), word("off", "9")

    assert ids(*words) == ["mask", "socks"]
    assert taken_off(LIST, words) == ()


@pytest.mark.parametrize(
    ("said", "there", "wanted"),
    [({}, True, False), ({"mask": "yes"}, True, True), ({"mask": "no"}, False, False)],
)
def test_comfort_card_asks_for_a_thing_or_takes_it_off_and_not_said_changes_nothing(said, there, wanted):
    lines = {one.id: one for one in standing(LIST, [], "1", said)}

    assert ("mask" in lines) is there
    assert any(one.is_wanted for one in lines.values()) is wanted
    assert lines["socks"].is_wanted is False


def test_list_is_complete_once_all_that_is_on_it_is_ticked():
    lines = standing(LIST, [word("ticked", "mask", "1"), word("ticked", "socks", "1")], "1", {})

    assert is_complete(lines)
    assert not is_complete([*lines[:1], replace(lines[1], ticked=None)])
    assert not is_complete([])


@pytest.mark.parametrize(
    "changes", [{"card": "song"}, {"card": "mask", "wanted": ["dim"]}, {"wanted": ["yes"]}, {"colour": "red"}]
)
def test_thing_that_the_card_does_not_know_is_refused(changes):
    row = Table({"id": "mask", "text": "An eye mask", **changes}, "thing", ProtocolError)

    with pytest.raises(ProtocolError):
        read_thing(row)
