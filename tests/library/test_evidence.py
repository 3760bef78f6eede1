"""A record without a source, or a source nobody can find, is refused."""

import pytest

from luna.clinical.reading import Grade
from luna.library.errors import LibraryError
from luna.library.evidence import read_evidence

TEXT = """
id = "evidence"
version = "1.0.0"
review_by = 2027-11-01
reviewed_by = ""
[[record]]
id = "rest-helps"
grade = "S"
fact = "Rest helps."
sources = ["doe2020"]
[[source]]
id = "doe2020"
title = "On rest"
authors = "Doe J"
year = 2020
pub = "J Rest 1:1"
doi = "10.1000/1"
grade = "R"
"""


def test_record_is_read_with_its_source():
    record = read_evidence(TEXT)["rest-helps"]

    assert (record.fact, record.grade, record.sources[0].link) == (
        "Rest helps.",
        Grade.S,
        "https://doi.org/10.1000/1",
    )


def test_source_without_a_doi_links_to_its_page():
    record = read_evidence(TEXT.replace('doi = "10.1000/1"', 'url = "https://example.org/rest"'))[
        "rest-helps"
    ]

    assert record.sources[0].link == "https://example.org/rest"


@pytest.mark.parametrize(
    ("old", "new", "path"),
    [
        ('sources = ["doe2020"]', 'sources = ["roe2021"]', "record[1] 'rest-helps'.sources"),
        ('sources = ["doe2020"]', "sources = []", "record[1] 'rest-helps'.sources"),
        ('fact = "Rest helps."', 'fact = " "', "record[1] 'rest-helps'.fact"),
        ('grade = "S"', 'grade = "A"', "record[1] 'rest-helps'.grade"),
        ('pub = "J Rest 1:1"\ndoi = "10.1000/1"', "", "source[1] 'doe2020'.doi"),
        ("year = 2020", "year = 20", "source[1] 'doe2020'.year"),
        ("[[source]]", '[[source]]\nid = "spare"\ntitle = "x"\npub = "x"\ngrade = "R"\n[[source]]', "source"),
    ],
)
def test_broken_evidence_names_the_place(old, new, path):
    assert TEXT.count(old) == 1

    with pytest.raises(LibraryError) as refused:
        read_evidence(TEXT.replace(old, new))

    assert refused.value.path == path
