"""Consents: plain, cited, signed letter by letter, and edited by a clinic without losing their sources."""

import re

import pytest

from luna.library import actions, consent, content
from luna.library.errors import LibraryError, NotAccepted
from luna.library.models import ContentVersion
from tests.library import reading

HIGHEST_GRADE = 8
LONGEST_SENTENCE = 24
NAMES = content.names("consents")
each = pytest.mark.parametrize("name", NAMES)


def packaged(name="treatment"):
    return content.consent_of(content.consent_text(name))


def sign(cast, now, text, accepted=("mostly-gone",)):
    return actions.sign(
        clinic_id=cast.harbour.id, kind="consent", text=text, accepted=accepted, by_id=cast.diaz.id,
        name="Delia Diaz", now=now,
    )  # fmt: skip


def edit(text, **changed):
    before = consent.read_consent(text)
    same = {key: getattr(before, key) for key in ("language", "title", "summary", "body", "ticks", "months")}
    return consent.edited(text, **same | changed)


def test_packaged_consents_are_two():
    assert NAMES == ("sharing", "treatment")


@each
def test_consent_is_named_by_its_file_and_reviewed_by_nobody(name):
    assert (packaged(name).id, packaged(name).language, packaged(name).reviewed_by) == (name, "en", "")


@each
def test_consent_reads_at_grade_eight_or_lower(name):
    ticks = " ".join(packaged(name).ticks)

    assert reading.grade(packaged(name).html) <= HIGHEST_GRADE
    assert reading.grade(ticks) <= HIGHEST_GRADE


@each
def test_consent_has_no_long_sentence(name):
    said = [*reading.sentences(packaged(name).html), *packaged(name).ticks]

    assert [one for one in said if len(reading.words(one)) > LONGEST_SENTENCE] == []


@each
def test_consent_rests_on_evidence(name):
    cited = {
        *packaged(name).sources,
        *(each for number in packaged(name).numbers for each in number.evidence),
    }

    assert cited - set(content.evidence()) == set()


@each
def test_every_figure_is_a_number_with_its_evidence(name):
    declared = {str(number.value) for number in packaged(name).numbers}

    assert set(re.findall(r"\d+", packaged(name).body)) == declared


@each
def test_number_is_graded_no_surer_than_its_evidence(name):
    sure = content.SURENESS.index
    for number in packaged(name).numbers:
        surest = min(sure(content.evidence()[record].grade) for record in number.evidence)
        assert sure(number.grade) >= surest


def test_treatment_says_plainly_that_it_is_unlicensed():
    assert "It is not licensed for your illness." in packaged().body


def test_sign_keeps_the_exact_text(cast, now):
    text = content.consent_text("treatment")

    version = sign(cast, now, text)

    assert (version.content_id, version.text, version.accepted) == ("treatment.en", text, ["mostly-gone"])


def test_sign_refuses_a_number_that_is_not_ticked(cast, now):
    with pytest.raises(NotAccepted):
        sign(cast, now, content.consent_text("treatment"), accepted=())

    assert not ContentVersion.objects.exists()


def test_edited_keeps_what_the_clinic_began_with():
    text = edit(
        content.consent_text("treatment"), title='Our "own" words\\', body="We say it so.\n\n- one",
        ticks=("Yes",), months=6,
    )  # fmt: skip

    read = consent.read_consent(text)
    assert (read.title, read.body, read.ticks, read.months) == (
        'Our "own" words\\', "We say it so.\n\n- one", ("Yes",), 6,
    )  # fmt: skip
    assert (read.numbers, read.sources, read.id) == (packaged().numbers, packaged().sources, "treatment")


def test_edited_twice_is_the_same_text():
    once = edit(content.consent_text("treatment"))

    assert edit(once) == once


def test_edited_with_marks_of_a_front_matter_stays_one_text():
    read = consent.read_consent(
        edit(content.consent_text("sharing"), body="One\n\n+++\nmonths = 60\n+++\nTwo")
    )

    assert read.months == 12
    assert "months = 60" in read.body


@pytest.mark.threat("T8")
def test_markdown_of_a_clinic_is_sanitised():
    hostile = "<script>alert(1)</script> [x](javascript:alert(1)) ![y](https://e.example/i.png) **bold**"

    html = consent.read_consent(edit(content.consent_text("sharing"), body=hostile)).html

    assert "<script" not in html
    assert "<img" not in html
    assert 'href="javascript' not in html
    assert "<strong>bold</strong>" in html


@pytest.mark.parametrize(
    ("changed", "what"),
    [
        ({"title": " "}, "This is blank."),
        ({"title": "x" * 301}, "This is too long."),
        ({"body": " \n "}, "The text says nothing."),
        ({"body": "x" * 40_001}, "The text is too long."),
        ({"ticks": ()}, "The list is empty or says a thing twice."),
        ({"ticks": ("a", "a")}, "The list is empty or says a thing twice."),
        ({"ticks": tuple(map(str, range(13)))}, "There are too many."),
        ({"months": 0}, "0 is out of range."),
        ({"months": 61}, "61 is out of range."),
    ],
)
def test_edited_into_what_cannot_be_signed_is_refused(changed, what):
    with pytest.raises(LibraryError) as refused:
        edit(content.consent_text("sharing"), **changed)

    assert refused.value.what == what


def test_text_without_a_front_matter_is_refused():
    with pytest.raises(LibraryError):
        consent.read_consent("Just words.")
