"""Signing content: what a signature binds, and what it refuses."""

import pytest

from luna.clinical.errors import ProtocolError
from luna.clinical.reading import Grade
from luna.library import actions, content, plans
from luna.library.errors import NotAccepted, Unsound
from luna.library.models import ContentVersion

PROTOCOL = "mood-acute"
UNSURE = 'grade = "D"\nevidence = ["home-checks"]'


@pytest.fixture
def sign(cast, now):
    def act(*, kind="protocol", text=None, accepted=None, when=now, clinic=None):
        ticked = actions.to_tick(content.protocol(PROTOCOL)) if accepted is None else accepted
        return actions.sign(
            clinic_id=(clinic or cast.harbour).id, kind=kind, text=text or content.protocol_text(PROTOCOL),
            accepted=ticked, by_id=cast.diaz.id, name="Delia Diaz", now=when,
        )  # fmt: skip

    return act


def test_sign_keeps_the_exact_text_and_what_was_ticked(sign, cast, now):
    version = sign()

    assert version.text == content.protocol_text(PROTOCOL)
    assert (version.content_id, version.version) == (PROTOCOL, content.protocol(PROTOCOL).version)
    assert tuple(version.accepted) == actions.to_tick(content.protocol(PROTOCOL))
    assert (version.signed_by_id, version.signed_name, version.signed_at) == (cast.diaz.id, "Delia Diaz", now)
    assert not version.demo


def test_to_tick_is_every_number_of_grade_b_or_d():
    numbers = content.protocol(PROTOCOL).numbers.values()

    assert set(actions.to_tick(content.protocol(PROTOCOL))) == {
        number.id for number in numbers if number.grade in (Grade.B, Grade.D)
    }


@pytest.mark.parametrize("missed", actions.to_tick(content.protocol(PROTOCOL)))
def test_sign_with_one_number_unticked_is_refused_by_its_name(sign, missed):
    others = [number for number in actions.to_tick(content.protocol(PROTOCOL)) if number != missed]

    with pytest.raises(NotAccepted) as refusal:
        sign(accepted=others)

    assert refusal.value.ids == (missed,)
    assert ContentVersion.objects.count() == 0


def test_sign_twice_is_one_signature(sign):
    assert sign() == sign()
    assert ContentVersion.objects.count() == 1


def test_sign_a_text_that_cannot_be_read_is_refused(sign):
    with pytest.raises(ProtocolError):
        sign(text="id = 5")


@pytest.mark.hazard("H1")
@pytest.mark.parametrize(("was", "now_is", "where"), [
    ('card = "chest"', 'card = "horoscope"', "rule 'chest': There are no words for its card 'horoscope'."),
    ('id = "recovery"', 'id = "horoscope"', "triage/horoscope.en.toml: There is no such content."),
])  # fmt: skip
def test_sign_rules_whose_card_has_no_words_is_refused(sign, was, now_is, where):
    rules = content.triage_rules("recovery").rules
    text = content.triage_text("recovery").replace(was, now_is, 1)

    with pytest.raises(Unsound) as refusal:
        sign(kind="triage", text=text, accepted=[rule.id for rule in rules])

    assert refusal.value.problems[0][: len(where)] == where
    assert ContentVersion.objects.count() == 0


@pytest.mark.hazard("H1")
@pytest.mark.parametrize(("was", "now_is", "where"), [
    ('guide = "check"', 'guide = "horoscope"', "step 'check-1'"),
    ('questionnaire = "checkin"', 'questionnaire = "horoscope"', "step 'check-1'"),
    ('"ride-default"]', '"hearsay"]', "evidence"),
    (UNSURE, UNSURE.replace('"D"', '"R"'), "number 'check-1-late'"),
])  # fmt: skip
def test_sign_a_protocol_the_library_does_not_bear_out_is_refused(sign, was, now_is, where):
    with pytest.raises(Unsound) as refusal:
        sign(text=content.protocol_text(PROTOCOL).replace(was, now_is))

    assert refusal.value.problems[0].startswith(f"{where}: ")
    assert ContentVersion.objects.count() == 0


def test_sign_of_another_clinic_is_its_own(sign, cast):
    assert sign().id != sign(clinic=cast.hill).id
    assert plans.signed(cast.hill.id, "protocol", PROTOCOL).clinic_id == cast.hill.id


@pytest.mark.parametrize(("kind", "text", "expected"), [
    ("triage", content.triage_text("recovery"), "recovery"),
    ("emergency", content.emergency_text("US"), "us"),
])  # fmt: skip
def test_sign_rules_and_emergency_numbers_with_their_ticks(sign, kind, text, expected):
    everything = {rule.id for rule in content.triage_rules("recovery").rules}
    everything |= {line.name for line in content.emergency("US").lines}

    assert sign(kind=kind, text=text, accepted=everything).content_id == expected


@pytest.mark.parametrize(("kind", "text"), [
    ("triage", content.triage_text("recovery").replace('grade = "S"', 'grade = "D"', 1)),
    ("emergency", content.emergency_text("US").replace('grade = "R"', 'grade = "B"')),
])  # fmt: skip
def test_sign_rules_and_emergency_numbers_unticked_is_refused(sign, kind, text):
    with pytest.raises(NotAccepted):
        sign(kind=kind, text=text, accepted=())


def test_signed_is_the_newest_and_signed_protocols_one_of_each(sign, cast, now):
    sign()
    text = content.protocol_text(PROTOCOL).replace('version = "3.0.0"', 'version = "3.0.1"', 1)
    newer = sign(text=text, when=now.replace(hour=20))

    assert plans.signed(cast.harbour.id, "protocol", PROTOCOL) == newer
    assert plans.signed_protocols(cast.harbour.id) == [newer]
    assert plans.protocol(newer).version == "3.0.1"


def test_nothing_signed_is_none(cast):
    assert plans.signed(cast.harbour.id, "protocol", PROTOCOL) is None
    assert plans.signed_protocols(cast.harbour.id) == []


def test_protocols_read_a_text_once_for_all_who_signed_it(sign, cast, django_assert_num_queries):
    ours, theirs = sign(), sign(clinic=cast.hill)
    plans.protocols([ours])

    with django_assert_num_queries(0):
        assert plans.protocol(theirs) is plans.protocol(ours)
