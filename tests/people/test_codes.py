from datetime import timedelta

import pytest

from luna.people import codes
from luna.people.codes import Answer


@pytest.fixture
def made(now):
    return codes.make("ana@example.org", now)


def wrong(code: str) -> str:
    return "000000" if code != "000000" else "000001"


def test_code_is_right_in_its_ten_minutes(made, now):
    code, kept = made

    assert codes.check(kept, code, now + timedelta(minutes=10))[0] is Answer.RIGHT
    assert codes.check(kept, code, now + timedelta(minutes=10, seconds=1))[0] is Answer.OVER


def test_code_may_hold_spaces(made, now):
    code, kept = made

    assert codes.check(kept, f" {code[:3]}-{code[3:]} ", now)[0] is Answer.RIGHT


def test_fifth_wrong_try_ends_it(made, now):
    code, kept = made
    answers = []

    for _ in range(5):
        answer, kept = codes.check(kept, wrong(code), now)
        answers.append(answer)

    assert answers == [Answer.WRONG] * 4 + [Answer.OVER]
    assert codes.check(kept, code, now)[0] is Answer.OVER


@pytest.mark.threat("T9")
def test_what_is_kept_does_not_tell_the_code(made):
    code, kept = made

    assert [value for value in kept.values() if code in str(value)] == []


def test_code_for_one_address_is_wrong_for_another(made, now):
    code, kept = made

    assert codes.check({**kept, "subject": "bea@example.org"}, code, now)[0] is Answer.WRONG
