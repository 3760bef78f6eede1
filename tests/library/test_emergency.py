"""Emergency numbers: every country has one to call, and someone to talk to."""

import pytest

from luna.clinical.reading import Grade
from luna.library import content
from luna.library.emergency import LineKind, read_emergency
from luna.library.errors import LibraryError

COUNTRIES = content.names("emergency")


def numbers(country, kind):
    return [(line.call, line.text) for line in content.emergency(country).of(kind)]


def test_packaged_countries():
    assert COUNTRIES == ("au", "ca", "eu", "gb", "ie", "nz", "us")


@pytest.mark.hazard("H10")
@pytest.mark.parametrize(
    ("country", "emergency", "crisis"),
    [
        ("US", [("911", ""), ("", "911")], [("988", "988")]),
        ("CA", [("911", ""), ("", "911")], [("988", "988")]),
        ("GB", [("999", ""), ("", "999")], [("116 123", ""), ("", "85258")]),
        ("IE", [("112", ""), ("", "112")], [("116 123", ""), ("", "50808")]),
        ("AU", [("000", "")], [("13 11 14", "")]),
        ("NZ", [("111", ""), ("", "111")], [("1737", "1737")]),
        ("DE", [("112", "")], [("116 123", "")]),
    ],
)
def test_country_has_numbers_to_call_and_text(country, emergency, crisis):
    assert numbers(country, LineKind.EMERGENCY) == emergency
    assert numbers(country, LineKind.CRISIS) == crisis


@pytest.mark.hazard("H10")
@pytest.mark.parametrize("country", ["JP", "xx", "", "../triage/recovery"])
def test_unknown_country_gets_112_and_says_it_was_not_made_for_it(country):
    found = content.emergency(country)

    assert (found.country, country in found.countries) == ("EU", False)


@pytest.mark.parametrize("country", COUNTRIES)
def test_first_emergency_number_is_one_to_call(country):
    assert content.emergency(country).of(LineKind.EMERGENCY)[0].call != ""


@pytest.mark.parametrize("country", COUNTRIES)
def test_every_number_rests_on_evidence(country):
    cited = {name for line in content.emergency(country).lines for name in line.evidence}

    assert cited - set(content.evidence()) == set()


def test_background_numbers_must_be_ticked():
    assert [line.name for line in content.emergency("US").lines if line.needs_tick] == [
        "Emergency by text",
        "Poison help",
    ]


def test_grade_of_a_number_is_no_surer_than_its_evidence():
    graded = {
        (country, line.name): (line.grade, content.evidence()[line.evidence[0]].grade)
        for country in COUNTRIES
        for line in content.emergency(country).lines
    }
    surer = [key for key, (claimed, known) in graded.items() if (claimed, known) == (Grade.S, Grade.B)]

    assert surer == []


@pytest.mark.parametrize(
    ("old", "new", "path"),
    [
        ('call = "999"', 'call = "nine nine nine"', "line[1] 'Emergency'.call"),
        ('text = "85258"', 'text = "javascript:1"', "line[4] 'Shout'.text"),
        ('call = "116 123"\n', "", "line[3] 'Samaritans'.call"),
        ('kind = "crisis"', 'kind = "urgent"', "line"),
        ('kind = "emergency"', 'kind = "police"', "line[1] 'Emergency'.kind"),
        ('countries = ["GB"]', "countries = []", "countries"),
    ],
)
def test_broken_numbers_name_the_place(old, new, path):
    text = content.emergency_text("GB")
    assert text.count(old) > 0

    with pytest.raises(LibraryError) as refused:
        read_emergency(text.replace(old, new))

    assert refused.value.path == path
