"""Writes of the consultation: one function, one transaction, one audit line."""

from luna.intake.actions.deciding import (
    MEASURERS,
    Judgement,
    add_result,
    decide,
    measure,
    measured_before,
    take_back_result,
)
from luna.intake.actions.raising import of_answer
from luna.intake.actions.sending import send
from luna.intake.actions.words import answer, ask, notice, read

__all__ = [
    "MEASURERS",
    "Judgement",
    "add_result",
    "answer",
    "ask",
    "decide",
    "measure",
    "measured_before",
    "notice",
    "of_answer",
    "read",
    "send",
    "take_back_result",
]
