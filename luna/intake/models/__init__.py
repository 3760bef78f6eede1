"""What is told before a first infusion, and what is decided on it."""

from luna.intake.models.decision import EligibilityDecision, LabResult
from luna.intake.models.history import (
    Answer,
    Collateral,
    Enquiry,
    Medicine,
    MedicineReview,
    News,
    Question,
    Reading,
)

__all__ = [
    "Answer",
    "Collateral",
    "EligibilityDecision",
    "Enquiry",
    "LabResult",
    "Medicine",
    "MedicineReview",
    "News",
    "Question",
    "Reading",
]
