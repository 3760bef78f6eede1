"""What was told before a first infusion, and what it means."""

from luna.intake.plans.answers import (
    INTAKES,
    Intake,
    Sent,
    Told,
    intake_of,
    is_underway,
    last_answers,
    today_of,
    underway,
)
from luna.intake.plans.findings import Finding, Findings, Test, findings, weigh
from luna.intake.plans.medicines import Medicines, kind_of, medicines_of, recognised, search
from luna.intake.plans.promises import promise
from luna.intake.plans.words import (
    Asked,
    collateral_of,
    enquiry_of,
    news,
    open_questions,
    questions_of,
    raised,
    text_of,
    unanswered,
)

__all__ = [
    "INTAKES",
    "Asked",
    "Finding",
    "Findings",
    "Intake",
    "Medicines",
    "Sent",
    "Test",
    "Told",
    "collateral_of",
    "enquiry_of",
    "findings",
    "intake_of",
    "is_underway",
    "kind_of",
    "last_answers",
    "medicines_of",
    "news",
    "open_questions",
    "promise",
    "questions_of",
    "raised",
    "recognised",
    "search",
    "text_of",
    "today_of",
    "unanswered",
    "underway",
    "weigh",
]
