"""A signed consent as a document of its own: the exact text, who signed it, when, and how."""

from luna.consents import plans, words
from luna.consents.models import Consent
from luna.records import pdf


def pdf_of(consent: Consent) -> bytes:
    """Return a signed consent as a tagged PDF. Raises pdf.NoPango."""
    return pdf.render("consents/paper.html", facts(consent))


def facts(consent: Consent) -> dict[str, object]:
    """Return what a page or a PDF of a signed consent says."""
    return {
        "consent": consent,
        **plans.told(consent.content),
        "clinic": consent.clinic,
        "patient": consent.patient,
        "lines": words.lines(consent),
    }
