"""How often anything changed in a clinic: what a live page compares."""

from uuid import UUID

from luna.feed.models import Counter


def number(clinic_id: UUID) -> int:
    """Return how often anything changed in a clinic, 0 where nothing ever did. One query.

    Whoever draws a page reads this first: what changes while it is drawn must count as not yet seen.
    """
    return Counter.objects.filter(clinic_id=clinic_id).values_list("n", flat=True).first() or 0
