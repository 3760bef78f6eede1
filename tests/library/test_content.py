"""The packaged content: every file says what it is, rests on evidence and can be read."""

import tomllib
from datetime import date
from functools import partial

import pytest

from luna.clinical import fasting
from luna.clinical.protocol import Actor
from luna.clinical.reading import Grade
from luna.library import content
from luna.library.errors import LibraryError, NoSuchContent

PROTOCOLS = content.names("protocols")
FRONTED = [path for path in content.ROOT.rglob("*.toml") if not path.name.endswith(".later.toml")]
EVIDENCE = content.evidence()


def name_of(path):
    return str(path.relative_to(content.ROOT))


def edited(name, old, new):
    """Return a packaged protocol after one change to its text."""
    text = content.protocol_text(name)
    assert text.count(old) > 0
    return content.protocol_of(text.replace(old, new))


@pytest.mark.parametrize("path", FRONTED, ids=name_of)
def test_every_file_has_version_and_review_date(path):
    head = tomllib.loads(path.read_text(encoding="utf-8"))

    assert (type(head["version"]), type(head["review_by"])) == (str, date)


@pytest.mark.parametrize("path", FRONTED, ids=name_of)
def test_every_file_is_named_by_its_id(path):
    head = tomllib.loads(path.read_text(encoding="utf-8"))

    assert head.get("id", head.get("country", "").lower()) == path.name.split(".")[0]


@pytest.mark.parametrize("path", [*FRONTED, *content.ROOT.rglob("*.md")], ids=name_of)
def test_no_file_claims_a_reviewer(path):
    assert 'reviewed_by = ""\n' in path.read_text(encoding="utf-8")


def test_packaged_protocols_are_five():
    assert PROTOCOLS == ("crps-outpatient", "mood-acute", "mood-maintenance", "oxford-weekly", "ptsd-series")


@pytest.mark.parametrize("name", PROTOCOLS)
def test_protocol_is_borne_out_by_the_library(name):
    assert content.problems(content.protocol(name)) == ()


@pytest.mark.parametrize("name", PROTOCOLS)
def test_protocol_has_words(name):
    assert set(content.words("protocols", name)) >= {"title", "summary", "strength", "evidence", "sources"}


@pytest.mark.parametrize("name", PROTOCOLS)
def test_protocol_words_name_the_same_version_and_title(name):
    protocol, words = content.protocol(name), content.words("protocols", name)

    assert (words["version"], words["title"]) == (protocol.version, protocol.title)


def test_problems_name_evidence_that_is_missing():
    found = content.problems(edited("mood-acute", '"ride-default"]', '"hearsay"]'))

    assert found == ("evidence: There is no record 'hearsay'. Add it to the evidence, or mend the name.",)


def test_problems_name_a_step_that_cites_nothing():
    found = content.problems(
        edited(
            "mood-acute",
            'guide = "calm-practice"\nevidence = ["grounding", "set-setting"]',
            'guide = "calm-practice"',
        )
    )

    assert found == ("step 'calm-practice': It cites nothing. Add evidence = [...].",)


def test_problems_name_a_guide_missing_for_its_reader():
    found = content.problems(edited("mood-acute", 'guide = "learn-signs"', 'guide = "wind-down"'))

    assert [problem.split(" There are")[0] for problem in found] == [
        "step 'learn-signs': guides/caretaker/wind-down.en.md: There is no such content."
    ]


def test_problems_name_a_step_without_a_guide():
    found = content.problems(edited("mood-acute", 'guide = "learn-signs"\n', ""))

    assert found == ("step 'learn-signs': It has no guide. Name one, like guide = \"rest\".",)


def test_problems_name_a_questionnaire_that_is_missing():
    found = content.problems(edited("mood-acute", 'questionnaire = "checkin"', 'questionnaire = "horoscope"'))

    assert len(found) == 5
    assert found[0].startswith("step 'check-1': questionnaires/horoscope.toml: There is no such content.")


def test_step_that_needs_what_there_is_not_is_refused():
    found = content.problems(
        edited(
            "mood-acute", 'needs = ["glp-1"]\nguide = "glp1-plan"', 'needs = ["moon"]\nguide = "glp1-plan"'
        )
    )

    assert found == (
        "step 'glp1-plan': There is no tag 'moon'. There are: ask-diabetes, comes-over, diabetes, drives, "
        "glp-1, has-caretaker, lives-alone, lives-with, no-driver, phone, trauma.",
    )


@pytest.mark.threat("T1")
@pytest.mark.parametrize("kind", ["schedule", "recovery", "infusion"])
def test_step_that_shows_what_was_told_may_not_be_shared_as_less(kind):
    found = content.problems(
        edited(
            "mood-acute",
            'id = "sugar-plan"\nactor = "patient"\nkind = "history"',
            f'id = "sugar-plan"\nactor = "patient"\nkind = "{kind}"',
        )
    )

    assert found == ("step 'sugar-plan': It shows what was told, so it is of the kind 'history'.",)


def test_problems_name_a_number_graded_surer_than_its_evidence():
    text = content.protocol_text("mood-acute")
    unsure = 'grade = "D"\nevidence = ["home-checks"]'

    found = content.problems(content.protocol_of(text.replace(unsure, unsure.replace('"D"', '"R"'), 1)))

    assert found == ("number 'check-1-late': Its grade R is surer than what it cites. Lower it.",)


def test_every_record_is_cited():
    cited = {name for kind in PROTOCOLS for name in content.protocol(kind).sources}
    cited.update(name for kind in PROTOCOLS for name in content.words("protocols", kind)["sources"])
    cited.update(
        name
        for actor in Actor
        for guide in content.names(f"guides/{actor}")
        for name in content.guide(actor, guide).sources
    )
    cited.update(
        name
        for rules in content.names("triage")
        for rule in content.triage_rules(rules).rules
        for name in rule.evidence
    )
    cited.update(name for names in fasting.EVIDENCE.values() for name in names)
    screening = content.screening("ketamine")
    cited.update(name for one in (*screening.criteria, *screening.tests) for name in one.evidence)
    cited.update(name for row in content.interactions("ketamine").interactions for name in row.evidence)
    cited.update(content.questionnaire(name).source for name in content.names("questionnaires"))
    cited.update(
        name
        for country in content.names("emergency")
        for line in content.emergency(country).lines
        for name in line.evidence
    )
    cited.update(content.words("pages", "worried")["sources"])
    cited.update(
        name
        for consent in content.names("consents")
        for name in content.consent_of(content.consent_text(consent)).sources
    )

    assert set(EVIDENCE) - cited == set()


def test_evidence_cited_by_pages_and_words_exists():
    cited = set(content.words("pages", "worried")["sources"])
    cited.update(name for kind in PROTOCOLS for name in content.words("protocols", kind)["sources"])
    cited.update(content.questionnaire(name).source for name in content.names("questionnaires"))

    assert cited - set(EVIDENCE) == set()


@pytest.mark.parametrize(
    ("name", "grade"),
    [
        ("mood-six-infusions", Grade.R),
        ("crps-strength", Grade.S),
        ("pain-fair-trial", Grade.B),
        ("fasting-default", Grade.D),
        ("mood-oxford-benefit", Grade.S),
        ("ketamine-often", Grade.B),
        ("ptsd-six", Grade.R),
        ("ptsd-guideline", Grade.B),
        ("rf-unresponsive", Grade.S),
        ("rf-suicide-act", Grade.B),
        ("numbers-us", Grade.S),
        ("numbers-gb", Grade.B),
    ],
)
def test_record_keeps_the_grade_of_the_evidence(name, grade):
    assert EVIDENCE[name].grade is grade


@pytest.mark.parametrize(
    ("read", "there_are"),
    [
        (content.protocol, ", ".join(PROTOCOLS)),
        (content.triage_rules, "intake, recovery, writing"),
        (content.questionnaire, "anxiety, briefing, checkin, intake, intake-mood, intake-pain, intake-ptsd"),
        (content.screening, "ketamine"),
        (content.interactions, "ketamine"),
        (partial(content.words, "pages"), "redisclosure, worried"),
    ],
)
def test_unknown_name_lists_what_there_is(read, there_are):
    with pytest.raises(NoSuchContent) as refused:
        read("moon-dust")

    assert refused.value.mend == f"There are: {there_are}."


@pytest.mark.parametrize(
    "name", ["../evidence", "..", "", "mood-acute.en", "/etc/passwd", "a" * 25, "MOOD-ACUTE"]
)
@pytest.mark.parametrize("read", [content.protocol, content.questionnaire, partial(content.guide, "patient")])
def test_name_never_reaches_outside_its_folder(read, name):
    with pytest.raises(NoSuchContent):
        read(name)


def test_later_answers_of_a_strange_name_are_none():
    assert content.later("../evidence") == ()


@pytest.mark.parametrize("language", ["en", "es", "en-xa", "../../x", ""])
def test_words_fall_back_to_english(language):
    assert content.guide("patient", "rest", language) == content.guide("patient", "rest", "en")
    assert content.words("questionnaires", "checkin", language)["title"] == "Check on {patient}"


def test_broken_words_name_the_file(tmp_path, monkeypatch):
    (tmp_path / "pages").mkdir()
    (tmp_path / "pages" / "odd.en.toml").write_text("title = ", encoding="utf-8")
    monkeypatch.setattr(content, "ROOT", tmp_path)

    with pytest.raises(LibraryError) as refused:
        content.words("pages", "odd")

    assert (refused.value.path, refused.value.mend) == ("pages/odd.en.toml", "Mend that line; see toml.io.")


def test_same_text_is_parsed_once():
    assert content.protocol("mood-acute") is content.protocol_of(content.protocol_text("mood-acute"))
