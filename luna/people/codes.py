"""Codes that prove a person reads an address: six digits, ten minutes, five tries, one browser.

What the browser's session keeps is a keyed hash, when, and how many tries there were.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import Enum
from typing import Any

from django.utils.crypto import constant_time_compare, get_random_string, salted_hmac

LIFE = timedelta(minutes=10)
TRIES = 5


class Answer(Enum):
    """What became of a try."""

    RIGHT = "right"
    WRONG = "wrong"
    OVER = "over"  # too late, or too many tries: a new code is needed


def make(subject: str, now: datetime) -> tuple[str, dict[str, Any]]:
    """Return a code for `subject` (the address it goes to), and what to keep of it."""
    code = get_random_string(6, "0123456789")
    return code, {"subject": subject, "hash": _hash(subject, code), "at": now.isoformat(), "tries": 0}


def check(kept: Mapping[str, Any], typed: str, now: datetime) -> tuple[Answer, dict[str, Any]]:
    """Return what became of typing `typed`, and what to keep instead."""
    after = {**kept, "tries": kept["tries"] + 1}
    if now - datetime.fromisoformat(kept["at"]) > LIFE or kept["tries"] >= TRIES:
        return Answer.OVER, after
    digits = "".join(letter for letter in typed if letter.isdigit())
    if constant_time_compare(_hash(kept["subject"], digits), kept["hash"]):
        return Answer.RIGHT, after
    return (Answer.OVER if after["tries"] >= TRIES else Answer.WRONG), after


def _hash(subject: str, code: str) -> str:
    return salted_hmac("luna.people.codes", f"{subject}:{code}", algorithm="sha256").hexdigest()
