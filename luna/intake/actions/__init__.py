"""Writes of the consultation: one function, one transaction, one audit line."""

from luna.intake.actions.raising import Written, of_answer
from luna.intake.actions.sending import send
from luna.intake.actions.words import answer, ask, notice, read

__all__ = ["Written", "answer", "ask", "notice", "of_answer", "read", "send"]
